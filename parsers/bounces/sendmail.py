"""Sendmail 8, and those who copy its layout (ActiveHunter, Bigfoot, McAfee, X1, Biglobe).

Odd: two lists that say the same. "----- The following addresses had permanent fatal
errors -----" names the recipients, with "(reason: ...)" and "(expanded from: <...>)"
below each; "----- Transcript of session follows -----" has the SMTP dialogue, where
alone the words stand if the reason is missing.
"""

import re
from collections.abc import Iterator
from itertools import islice

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import Entry, addresses, joined, listed, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.transcript import Said, transcript
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["SENDMAIL"]

MAX_PROGRAMS = 1_000  # lines looked at of a list without an address
MAX_LISTS = 6  # failed, delayed and delivered, each once; more is a joke
_TITLE = re.compile(
    r"^[ \t]*-{2,}[ \t]*the following addresses had (?:\w+[ -]){0,3}"
    r"(errors?|problems?|notifications?)[^\n]*\n",
    re.MULTILINE,
)
_EXPANDED = re.compile(r"\((?:expanded|generated) from:?[ \t]*(.{1,384}?)\)$")
_VAGUE = ("can't create", "unknown mailer error")  # of which the program tells more
_REASON = re.compile(r"\(?reason:[ \t]*(.*)", re.DOTALL)


def _read(notice: Notice) -> Iterator[Found]:
    said = _Transcript(transcript(notice))
    for title in islice(_TITLE.finditer(notice.low), MAX_LISTS):
        words = title[0]
        if "success" in words or "notification" in words:
            action = Action.DELIVERED
        elif "transient" in words or (" warning" in words) or is_delay(notice):
            action = Action.DELAYED
        else:
            action = Action.FAILED
        lines = joined(notice.above[title.end() :].split("\n"))
        found = [_found(entry, action, said) for entry in listed(lines, named=True)]
        # fields, where there are any, tell of it better
        yield from found or (() if "final-recipient:" in notice.low else _behind(lines, action))


def _behind(lines: list[str], action: Action) -> Iterator[Found]:
    """Whom a file or program was written to for: "/var/archive (expanded from: <cat@...>)"."""
    for at, line in enumerate(lines[:MAX_PROGRAMS]):
        if line.startswith("   -----"):
            return
        expanded = _EXPANDED.search(line)
        if expanded is not None:
            for address in addresses(expanded[1]):
                yield Found(address, diagnostic=lines[at - 1].strip() if at else "", action=action)


class _Transcript:
    """What the session said, by address."""

    def __init__(self, said: list[Said]) -> None:
        self._by_address: dict[str, tuple[int, Said]] = {}
        for at, line in enumerate(said):
            self._by_address.setdefault(line.address.lower(), (at, line))
        # of one address, or of none: it is of whoever is listed
        alone = len({line.address for line in said if line.address}) <= 1
        self._last = said[-1] if said and alone else None

    def about(self, address: str, original: str) -> Said | None:
        """The first line about either name of a recipient."""
        told = [
            self._by_address[name]
            for name in {address.lower(), original.lower()}
            if name in self._by_address
        ]
        return min(told)[1] if told else self._last


def _found(entry: Entry, action: Action, said: _Transcript) -> Found:
    original, reason = "", []
    for line in entry.words:
        expanded = _EXPANDED.search(line)
        if expanded is not None:
            original = (addresses(expanded[1]) or [""])[0]
        else:
            reason.append(line)
    words = unfold(" ".join(reason))
    stated = _REASON.match(words)
    if stated is not None:
        words = stated[1].removesuffix(")")
    elif words.startswith(("(", "[")):
        words = words.strip("()[] ")
    about = said.about(entry.address, original)
    if about is None:
        return Found(entry.address, original, words, action)
    diagnostic = words if len(words) > 8 and stated is not None else (about.words or words)
    # a program's own words stand before
    if not about.command and (words in about.words or words.lower().startswith(_VAGUE)):
        diagnostic = about.words
    return Found(
        entry.address,
        original if original != entry.address else "",
        diagnostic,
        action,
        command=about.command,
        remote_mta=about.host,
    )


SENDMAIL = Form(
    "sendmail",
    ("the following addresses had",),
    _read,
)
