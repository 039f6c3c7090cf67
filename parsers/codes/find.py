"""Codes, commands and clean text out of what a mail system said.

Owns the reading of one diagnostic text: its SMTP reply code, its enhanced
status, the SMTP command it answers. Must not judge what they mean (verdict.py
does) and never looks at more than MAX_TEXT characters.
"""

import re

__all__ = ["MAX_TEXT", "clean", "find_command", "find_reply_code", "find_status"]

MAX_TEXT = 4096  # characters of one diagnostic that are read; real ones are under 1,500

# "smtp; 550 ...": the diagnostic type of RFC 3464 2.3.6 and private ones ("X-Postfix;").
_TYPE = re.compile(r"(?:e?smtp|lmtp|dns|unknown|x-[a-z0-9-]{1,40})\s?;\s?", re.IGNORECASE)

# A reply of several lines: every line but the last has a hyphen (RFC 5321 4.2.1).
_FOLDED = re.compile(r"(?<![\w.-])([245][0-5]\d)-(?:([245]\.[0-7]\.\d{1,3})[ -])?\s?")

_STATUS = r"[245]\.[0-7]\.\d{1,3}(?![\d]|\.\d)"
# After a reply code, where the remote server itself said it: "550 5.1.1", "550-'5.7.1", "553 #5.1.0".
_REPLIED_STATUS = re.compile(r"(?<![\w.])[245][0-5]\d[ -][ '\"#(\[]{0,3}(" + _STATUS + ")")
_ANY_STATUS = re.compile(r"(?<![\w.])(" + _STATUS + ")")
# Programs print their version numbers next to their names.
_VERSION = re.compile(
    r"(?:exim|postfix|sendmail|qmail|version|server|release|build|esmtp|v)[ /]?$", re.IGNORECASE
)

_LEADING_CODE = re.compile(r"\W{0,4}([245][0-5]\d)(?![\w.]\d|\w)")
_CODE_WITH_STATUS = re.compile(r"(?<![\w.])([245][0-5]\d)[ -][ '\"#(\[]{0,3}[245]\.[0-7]\.\d")
_TOLD_CODE = re.compile(
    r"(?:said|says|reply|reason|respon\w{2,5}|error|code|return\w{0,3}|failure|with|because|was|is"
    r"|answer\w{0,3}|<<<|[:>\[(]|\.{3})[\W_]{0,6}(?:SMTP[; ]{1,2})?([245][0-5]\d)(?=[\s:,;.\-\])]|$)",
    re.IGNORECASE,
)

# Words by which mail systems tell which command was answered, in their order of
# trust: the first that is found decides. The left side is searched in lower case.
_COMMANDS: tuple[tuple[str, str], ...] = (
    # Postfix: "(in reply to end of DATA command)"
    ("in reply to end of data", "DATA"),
    ("in reply to data", "DATA"),
    ("in reply to rcpt", "RCPT"),
    ("in reply to mail", "MAIL"),
    ("in reply to ehlo", "EHLO"),
    ("in reply to helo", "HELO"),
    ("in reply to starttls", "STARTTLS"),
    ("in reply to auth", "AUTH"),
    ("in reply to initial", "CONN"),
    ("refused to talk to me", "CONN"),
    # Exim: "SMTP error from remote mail server after RCPT TO:<...>:"
    ("after end of data", "DATA"),
    ("after pipelined end of data", "DATA"),
    ("after sending data block", "DATA"),
    ("after data", "DATA"),
    ("after pipelined data", "DATA"),
    ("after rcpt", "RCPT"),
    ("after pipelined rcpt", "RCPT"),
    ("after mail from", "MAIL"),
    ("after pipelined mail", "MAIL"),
    ("after ehlo", "EHLO"),
    ("after helo", "HELO"),
    ("after starttls", "STARTTLS"),
    ("after auth", "AUTH"),
    ("after initial connection", "CONN"),
    # qmail and its clones
    ("does not like recipient", "RCPT"),
    ("rejected recipient", "RCPT"),
    ("sender was rejected", "MAIL"),
    ("does not like sender", "MAIL"),
    ("my name was rejected", "HELO"),
    ("greeting failed", "CONN"),
    ("but greeting", "CONN"),
    ("failed on data command", "DATA"),
    ("failed after i sent the message", "DATA"),
    ("failed after i sent the data", "DATA"),
    ("failed to deliver the message after", "DATA"),
    # DragonFly
    ("did not like our final data", "DATA"),
    ("did not like our data", "DATA"),
    ("did not like our rcpt", "RCPT"),
    ("did not like our mail", "MAIL"),
    ("did not like our ehlo", "EHLO"),
    ("did not like our helo", "HELO"),
    ("did not like our", "CONN"),
    # Yahoo: "[RCPT_TO]", X3: "SMTP:RCPT host", GMX and 1&1: "after RCPT command", "for TEXT command"
    ("[rcpt_to]", "RCPT"),
    ("[mail_from]", "MAIL"),
    ("[data]", "DATA"),
    ("smtp:rcpt", "RCPT"),
    ("smtp:mail", "MAIL"),
    ("smtp:data", "DATA"),
    ("for text command", "DATA"),
    ("rcpt to command", "RCPT"),
    ("rcpt command", "RCPT"),
    ("mail from command", "MAIL"),
    ("mail command", "MAIL"),
    ("data command", "DATA"),
    ("accept your message (data)", "DATA"),
    ("(rcpt to)", "RCPT"),
    # Gmail before 2016 told its own state numbers
    ("(state 13)", "MAIL"),
    ("(state 14)", "RCPT"),
    ("(state 15)", "DATA"),
    ("(state 16)", "DATA"),
    ("(state 17)", "DATA"),
    ("(state 18)", "DATA"),
)
_TRANSCRIPT = re.compile(r">>> ?(RCPT|MAIL|DATA|EHLO|HELO|STARTTLS|AUTH|QUIT|RSET)", re.IGNORECASE)


def clean(text: str) -> str:
    """One line of what was said: unfolded, without type, continuations, control characters.

    "smtp; 550-5.1.1 No such\\n 550 5.1.1 user" becomes "550 5.1.1 No such user".
    At most MAX_TEXT characters are read.
    """
    text = " ".join(text[:MAX_TEXT].split())
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    if typed := _TYPE.match(text):
        text = text[typed.end() :]
    if folded := _FOLDED.search(text):
        code, status = folded.group(1), folded.group(2)
        head, rest = text[: folded.start()], text[folded.end() :]
        marks = (
            (f" {code}-{status} ", f" {code} {status} ") if status else (f" {code}-", f" {code} ")
        )
        for mark in marks:
            rest = rest.replace(mark, " ")
        text = f"{head}{code} {status} {rest}" if status else f"{head}{code} {rest}"
    return text.strip()


def find_status(text: str) -> str:
    """The enhanced status code (RFC 3463) that text tells, or "".

    What follows a reply code is the remote server's own word and goes first;
    IP addresses and version numbers are not codes.
    """
    if "." not in text:
        return ""
    text = text[:MAX_TEXT]
    if found := _REPLIED_STATUS.search(text):
        return found.group(1)
    for candidate in _ANY_STATUS.finditer(text):
        if not _VERSION.search(text, max(0, candidate.start() - 9), candidate.start()):
            return candidate.group(1)
    return ""


def find_reply_code(text: str) -> str:
    """The SMTP reply code (RFC 5321 4.2) that text tells, or ""."""
    text = text[:MAX_TEXT]
    found = _LEADING_CODE.match(text) or _CODE_WITH_STATUS.search(text) or _TOLD_CODE.search(text)
    return found.group(1) if found else ""


def find_command(text: str) -> str:
    """The SMTP command that was answered: CONN, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA or "".

    CONN stands for the greeting. Of a transcript (">>> RCPT To:<...>") the last command counts.
    """
    text = text[:MAX_TEXT]
    if ">>>" in text:
        last = ""
        for found in _TRANSCRIPT.finditer(text):
            last = found.group(1).upper()
        if last:
            return last
    lowered = text.lower()
    for words, command in _COMMANDS:
        if words in lowered:
            return command
    return ""
