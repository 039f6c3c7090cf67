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
from parsers.bounces.lines import Entry, addresses, listed, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.transcript import Said, transcript
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["SENDMAIL"]

MAX_LISTS = 6  # failed, delayed and delivered, each once; more is a joke
_TITLE = re.compile(
    r"^[ \t]*-{2,}[ \t]*the following addresses had (?:\w+[ -]){0,3}"
    r"(errors?|problems?|notifications?)[^\n]*\n",
    re.MULTILINE,
)
_EXPANDED = re.compile(r"\((?:expanded|generated) from:?[ \t]*(.{1,384}?)\)$")
_REASON = re.compile(r"\(?reason:[ \t]*(.*)", re.DOTALL)


def _read(notice: Notice) -> Iterator[Found]:
    said = transcript(notice)
    for title in islice(_TITLE.finditer(notice.low), MAX_LISTS):
        words = title[0]
        if "success" in words or "notification" in words:
            action = Action.DELIVERED
        elif "transient" in words or (" warning" in words) or is_delay(notice):
            action = Action.DELAYED
        else:
            action = Action.FAILED
        lines = notice.above[title.end() :].split("\n")
        for entry in listed(lines, named=True):
            yield _found(entry, action, said)


def _found(entry: Entry, action: Action, said: list[Said]) -> Found:
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
    wanted = entry.address.lower()
    about = next(
        (line for line in said if line.address.lower() in {wanted, original.lower()}), None
    )
    if about is None and len({line.address for line in said if line.address}) <= 1 and said:
        about = said[-1]
    if about is None:
        return Found(entry.address, original, words, action)
    diagnostic = words if len(words) > 8 and stated is not None else (about.words or words)
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
