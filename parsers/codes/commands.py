"""Which SMTP command a text says was answered, in each mail system's own way.

Owns find_command() and its table. Must not judge what the command means.
"""

import re
from collections.abc import Collection

from parsers.codes.find import MAX_TEXT
from parsers.phrases import Phrases

__all__ = ["PHRASES", "find_command", "told_command"]

# What is searched, and what it tells. The first that is found decides. All lower case.
_ENTRIES = {
    # Postfix, in parentheses at the end
    "in reply to end of data": "DATA",
    "in reply to data": "DATA",
    "in reply to bdat": "DATA",
    "in reply to rcpt": "RCPT",
    "in reply to mail": "MAIL",
    "in reply to ehlo": "EHLO",
    "in reply to helo": "HELO",
    "in reply to starttls": "STARTTLS",
    "in reply to auth": "AUTH",
    "in reply to initial": "CONN",
    # Exim and GMX: "SMTP error from remote mail server after RCPT TO:<...>:"
    "after end of data": "DATA",
    "after pipelined end of data": "DATA",
    "after sending data block": "DATA",
    "after data": "DATA",
    "after pipelined data": "DATA",
    "after rcpt": "RCPT",
    "after pipelined rcpt": "RCPT",
    "after mail from": "MAIL",
    "after pipelined mail": "MAIL",
    "after ehlo": "EHLO",
    "after helo": "HELO",
    "after starttls": "STARTTLS",
    "after auth": "AUTH",
    "after initial connection": "CONN",
    "after i sent the message": "DATA",  # qmail and clones
    # qmail, DragonFly
    "does not like recipient": "RCPT",
    "does not like sender": "MAIL",
    "did not like our final data": "DATA",
    "did not like our data": "DATA",
    "did not like our rcpt": "RCPT",
    "did not like our mail": "MAIL",
    "did not like our ehlo": "EHLO",
    "did not like our helo": "HELO",
    "did not like our": "CONN",
    # qmail, as in "Connected to 192.0.2.1 but sender was rejected."
    "but sender was rejected": "MAIL",
    "but my name was rejected": "HELO",
    "but greeting failed": "CONN",
    "refused to talk to me": "CONN",  # Postfix
    "failed on data command": "DATA",
    "text command": "DATA",  # 1&1
    "rcpt command": "RCPT",
    "rcpt to command": "RCPT",
    "mail command": "MAIL",
    "mail from command": "MAIL",
    "data command": "DATA",
    # Yahoo, at the end
    "[rcpt_to]": "RCPT",
    "[mail_from]": "MAIL",
    "sent: rcpt": "RCPT",
    "sent: mail": "MAIL",
    "sent: data": "DATA",
    "smtp:rcpt": "RCPT",
    "smtp:mail": "MAIL",
    "smtp:data": "DATA",
    "accept your message (data)": "DATA",
    # NetEase, a reply at once after it
    "rcpt to: 5": "RCPT",
    "rcpt to: 4": "RCPT",
    "mail from: 5": "MAIL",
    "mail from: 4": "MAIL",
    # as Postfix, in other words
    "in response to end of data": "DATA",
    "in response to data": "DATA",
    "in response to rcpt": "RCPT",
    "in response to mail": "MAIL",
    # Gmail before 2016 told the number of its own state
    "(state 13)": "MAIL",
    "(state 14)": "RCPT",
    "(state 15)": "DATA",
    "(state 16)": "DATA",
    "(state 17)": "DATA",
    "(state 18)": "DATA",
    "transfer of mail text": "DATA",
    "[body]": "DATA",
    "end-of-data": "DATA",
    "to end of data": "DATA",
    # the command itself, in whatever sentence
    "(rcpt to)": "RCPT",
    "rcpt to:<": "RCPT",
    "rcpt to: <": "RCPT",
    "rcpt to <": "RCPT",
    "mail from:<": "MAIL",
    "mail from: <": "MAIL",
}
# Transcripts: sendmail ">>> RCPT", MDaemon "--> RCPT", Postfix's postmaster notice "In:  RCPT".
_ARROWS = (">>>", "-->", "in: ")
_TRANSCRIPT = re.compile(r"(?:>>>|-->|\bin:) {0,2}(rcpt|mail|data|ehlo|helo|starttls|auth)\b")
# the same of arrows alone: sre looks for two letters much faster than for three
_ARROWED = re.compile(r"(?:>>>|-->) {0,2}(rcpt|mail|data|ehlo|helo|starttls|auth)\b")
_COMMANDS = (*_ENTRIES.values(), *("" for _ in _ARROWS))
PHRASES = (*_ENTRIES, *_ARROWS)
_SEARCH = Phrases(PHRASES)


def find_command(text: str) -> str:
    """The SMTP command that was answered: CONN, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA or "".

    CONN stands for the greeting. Of a transcript (">>> RCPT To:<...>") the last command counts.
    """
    lowered = text[:MAX_TEXT].lower()
    return told_command(_SEARCH.found(lowered), lowered)


def told_command(found: Collection[int], lowered: str) -> str:
    """The same, if the places of all PHRASES that stand in a text are known already."""
    if not found:  # as in most texts
        return ""
    last = max(found)
    if last >= len(_ENTRIES):
        form = _TRANSCRIPT if last == len(_COMMANDS) - 1 else _ARROWED
        if said := form.findall(lowered):
            return str(said[-1]).upper()
    return _COMMANDS[min(found)]
