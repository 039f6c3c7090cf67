"""Codes and clean text out of what a mail system said.

Owns the reading of one diagnostic text: its SMTP reply code, its enhanced
status. Must not judge what they mean (verdict.py does) and never looks at more
than MAX_TEXT characters.
"""

import re

__all__ = ["MAX_TEXT", "clean", "find_codes", "find_reply_code", "find_status"]

MAX_TEXT = 4096  # characters of one diagnostic that are read; real ones are under 1,500

# "smtp; 550 ...": the diagnostic type of RFC 3464 2.3.6 and private ones ("X-Postfix;").
_TYPE = re.compile(r"(?:e?smtp|lmtp|dns|unknown|x-[a-z0-9-]{1,40})\s?;\s?", re.IGNORECASE)

_TYPE_LENGTH = 45  # characters of the longest
_FAILURES = ("4", "5")

# All begin with their first digit and look back from there: sre skips to a set of first
# characters ten times as fast as it tries a look behind at every letter.
# RFC 5321 knows no 57x; Sendmail answers "571" to relaying, others to whatever policy forbids.
_CODE = r"[245](?<![\w.][245])[0-57]\d"
# A reply of several lines: every line but the last has a hyphen (RFC 5321 4.2.1).
_FOLDED = re.compile(r"([245](?<![\w.-][245])[0-57]\d)-(?:([245]\.[0-7]\.\d{1,3})[ -])?\s?")

_STATUS = r"[245]\.[0-7]\.\d{1,3}(?![\d]|\.\d)"
# Right after a reply code, where the remote server itself said it; also as in 550-'5.7.1 and
# 553 #5.1.0.
_REPLIED_STATUS = re.compile(_CODE + r"[ -][ '\"#(\[]{0,3}(" + _STATUS + ")")
_ALONE = re.compile(_STATUS)
_DOTTED = re.compile(r"\.[0-7]\.\d")
_LONGEST = 9  # "5.7.606" and some
_ANY_STATUS = re.compile(r"[245](?<![\w.][245])" + _STATUS.removeprefix("[245]"))
# Programs print their version numbers next to their names.
_VERSION = re.compile(
    r"(?:exim|postfix|sendmail|qmail|version|server|release|build|esmtp|v)[ /]?$", re.IGNORECASE
)

_BOTH = re.compile(r"([245][0-57]\d)[ -](" + _STATUS + ")")
_LEADING_CODE = re.compile(r"\W{0,4}([245][0-57]\d)(?![\w.]\d|\w)")
_CODE_WITH_STATUS = re.compile("(" + _CODE + r")[ -][ '\"#(\[]{0,3}[245]\.[0-7]\.\d")
# A number that could be one: a host's address, a size or a version is not.
_CANDIDATE = re.compile(_CODE + r"(?=[\s:,;\-\])]|\.(?!\d)|$)")
_ANY_CODE = re.compile(r"[245][0-57]\d")
# What leads up to a reply.
_LEAD = re.compile(
    r"(?:said|says|reply|reason|respon\w{2,5}|error|code|return\w{0,3}|failure|with|because|was|is"
    r"|answer\w{0,3}|<<<|[:>\[(]|\.{3})[\W_]{0,6}(?:smtp[; ]{1,2})?$"
)
_LEAD_LENGTH = 24
# an address and a code, and no more
_BARE = re.compile(r"[^\s@]{1,64}@[\w.-]{1,255}[>)]?[ ,;:-]{1,3}([45][0-5]\d)\W{0,3}$")
# A line's end that a log wrote out, as Exim's and IronPort's do: "receiving\n450-4.2.1 mail".
_WRITTEN_END = re.compile(r"(?:\\r)?\\n(?=[\W\dA-Z]|$)")
# IronPort, as Amazon SES once was, puts its own opinion before the remote's words: "5.1.0 - Unknown
# address error 550-'". Its status stands where they tell none.
_OPINION = re.compile(
    r"([45]\.\d\.\d{1,2}) - [A-Za-z ]{3,60}(?=([245][0-57]\d)-'(#?[245]\.\d\.\d)?)"
)


def clean(text: str) -> str:
    """One line of what was said: unfolded, without type, continuations, control characters.

    Two lines "smtp; 550-5.1.1 No such" and "550 5.1.1 user" become "550 5.1.1 No such user".
    At most MAX_TEXT characters are read.
    """
    text = text[:MAX_TEXT]
    if "\\n" in text:
        text = _WRITTEN_END.sub(" ", text)
    text = " ".join(text.split())
    if not text.isprintable():
        text = "".join(filter(str.isprintable, text))
    if ";" in text[:_TYPE_LENGTH] and (typed := _TYPE.match(text)):
        text = text[typed.end() :]
    if text[:1] in _FAILURES and (opinion := _OPINION.match(text)):
        text = text[opinion.end() :]
        if not opinion[3]:
            text = f"{opinion[2]} {opinion[1]} {text[4:]}"
    if "-" in text and (folded := _FOLDED.search(text)):
        code, status = folded.group(1), folded.group(2)
        head, rest = text[: folded.start()], text[folded.end() :]
        marks = (
            (f" {code}-{status} ", f" {code} {status} ") if status else (f" {code}-", f" {code} ")
        )
        for mark in marks:
            rest = rest.replace(mark, " ")
        text = f"{head}{code} {status} {rest}" if status else f"{head}{code} {rest}"
    return text.strip()


def find_codes(text: str) -> tuple[str, str]:
    """What find_status() and find_reply_code() tell; one look where a text begins with both."""
    if begins := _BOTH.match(text):
        return begins[2], begins[1]
    # one search for what every status has, instead of three for a status
    dotted = _DOTTED.search(text) is not None
    return find_status(text) if dotted else "", _find_reply_code(text, dotted=dotted)


def find_status(text: str) -> str:
    """The enhanced status code (RFC 3463) that text tells, or "".

    What follows a reply code is the remote server's own word and goes first;
    IP addresses and version numbers are not codes.
    """
    if "." not in text:
        return ""
    if len(text) < _LONGEST and (alone := _ALONE.fullmatch(text)):
        return alone.group()
    text = text[:MAX_TEXT]
    if found := _REPLIED_STATUS.search(text):
        return found.group(1)
    for candidate in _ANY_STATUS.finditer(text):
        if not _VERSION.search(text, max(0, candidate.start() - 9), candidate.start()):
            return candidate.group()
    return ""


def find_reply_code(text: str) -> str:
    """The SMTP reply code (RFC 5321 4.2) that text tells, or ""."""
    return _find_reply_code(text, dotted=True)


def _find_reply_code(text: str, *, dotted: bool) -> str:
    text = text[:MAX_TEXT]
    if _ANY_CODE.search(text) is None:
        return ""
    if found := _LEADING_CODE.match(text) or (dotted and _CODE_WITH_STATUS.search(text)):
        return found.group(1)
    for candidate in _CANDIDATE.finditer(text):
        start = candidate.start()
        if _LEAD.search(text[max(0, start - _LEAD_LENGTH) : start].lower()):
            return candidate.group()
    bare = _BARE.match(text) if "@" in text else None
    return bare[1] if bare else ""
