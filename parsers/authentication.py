"""Authentication-Results (RFC 8601): what our own mail host found of a report's sender.

Owns reading the one field that our host wrote. Must not believe any other: a sender may
write as many of them as they like, in anybody's name but the one that our host removes.
"""

import re

from parsers.mime.headers import parse_headers

__all__ = ["authentication"]

_HEAD = 65_536  # octets of a header that are looked at
_VALUE = 4_000  # characters of one field
_METHODS = frozenset({"arc", "dkim", "dmarc", "spf"})
_MOST = 10  # results told
_TOKEN = re.compile(r"\\.|[()\"\\]|[^()\"\\]+", re.DOTALL)
_IN_QUOTES = re.compile(r"[^\w.+-]")  # becomes a letter: it neither ends a result nor begins one
_RESULT = re.compile(
    r"^\s{0,9}([a-z]{3,8})(?:/1)?\s{0,9}=\s{0,9}([a-z]{3,12})(?![a-z])", re.IGNORECASE
)
# of what: the domain that signed, the envelope's, or the one in From
_OF = re.compile(
    r"\b(?:header\.d|smtp\.mailfrom|header\.from)=\s{0,9}([\w.@+-]{1,320})", re.IGNORECASE
)


def authentication(raw: bytes, authserv_id: str) -> str:
    """The results that the host of that name noted, as "dkim=pass (example.org), spf=fail".

    "" where it noted none, or authserv_id is "". Only its first field counts: a host
    puts its own on top, and must remove others in its name (RFC 8601 5). Never raises.
    """
    if not authserv_id:
        return ""
    head = raw[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    fields = parse_headers(head.decode("ascii", "replace"))
    for value in fields.headers("authentication-results"):
        who, _, results = _plain(value[:_VALUE]).partition(";")
        if who.split()[:1] and who.split()[0].lower() == authserv_id.lower():
            return ", ".join(_told(results))
    return ""


def _plain(value: str) -> str:
    """Without comments and quotes (RFC 5322 3.2.2, 3.2.4): a sender writes what stands in them."""
    told = []
    depth, quoted = 0, False
    for piece in _TOKEN.findall(value):
        if piece == '"' and not depth:
            quoted = not quoted
        elif quoted:
            told.append(_IN_QUOTES.sub("_", piece.removeprefix("\\")))
        elif piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
            told.append(" ")
        elif not depth:
            told.append(piece)
    return "".join(told)


def _told(results: str) -> list[str]:
    told = []
    for part in results.split(";"):
        found = _RESULT.match(part)
        if found is None or found[1].lower() not in _METHODS:
            continue
        of = _OF.search(part)
        shown = f" ({of[1].rpartition('@')[2]})" if of else ""
        told.append(f"{found[1].lower()}={found[2].lower()}{shown}")
    return told[:_MOST]
