"""Which big receiver speaks, and what it means: asked before the general tables.

Owns how a receiver is known, by its hosts or by marks in its words. Must not hold
conventions: receivers.py does.
"""

from collections.abc import Collection
from functools import lru_cache

from parsers.codes.receivers import RECEIVERS, Receiver
from parsers.codes.words import fold
from parsers.report import Reason

__all__ = ["MARKS", "ask_receivers", "find_receiver"]

_BY_DOMAIN = {domain: receiver for receiver in RECEIVERS for domain in receiver.domains}
MARKS = tuple(mark for receiver in RECEIVERS for mark in receiver.marks)
_MARKED = tuple(receiver for receiver in RECEIVERS for _ in receiver.marks)
_FOLDED = {
    receiver.name: tuple((fold(phrase), reason) for phrase, reason in receiver.phrases)
    for receiver in RECEIVERS
}


@lru_cache(maxsize=1024)
def find_receiver(host: str) -> Receiver | None:
    """The receiver whose mail host this is, by the last two or three labels of its name.

    A comment after the name does not count; of an address the domain is taken.
    """
    name = host.rpartition("@")[2] if "@" in host else host.partition(" ")[0]
    name = name.strip("[]().<>").lower()
    labels = name.rsplit(".", 3)[-3:]
    if len(labels) < 2:
        return None
    return _BY_DOMAIN.get(f"{labels[-2]}.{labels[-1]}") or _BY_DOMAIN.get(".".join(labels))


# What means more where it is all that was said: IMail's "Unknown user: a@b".
_ALONE = {"unknown user": Reason.USERUNKNOWN}


def ask_receivers(
    lowered: str,
    folded: str,
    status: str,
    *,
    remote: str,
    reporting: str,
    marked: Collection[int],
) -> Reason | None:
    """The reason that the conventions of whoever spoke give, or None.

    lowered is the text in lower case, folded the same as of words.fold; remote and
    reporting are host names; marked are the places of all MARKS that stand in the text. A
    remote host speaks for itself, then whoever is recognised in the text; the reporting host
    only where no remote one is named.
    """
    if remote and (receiver := find_receiver(remote)) is not None:
        return _ask(receiver, lowered, folded, status)
    if marked:
        return _ask(_MARKED[min(marked)], lowered, folded, status)
    if reporting and (receiver := find_receiver(reporting)) is not None:
        if receiver.reports or not remote:
            return _ask(receiver, lowered, folded, status)
        return None
    return _ALONE.get(lowered)


def _ask(receiver: Receiver, lowered: str, folded: str, status: str) -> Reason | None:
    for words, reason in receiver.raw:
        if words in lowered:
            return reason
    for words, reason in _FOLDED[receiver.name]:
        if words in folded:
            return reason
    for code, reason in receiver.statuses:
        if code == status:
            return reason
    return None
