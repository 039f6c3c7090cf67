"""Which detectors are tried, in which order.

Owns the order: the most authoritative evidence first, and the first detector that
finds a recipient has spoken. Must not read any form itself. To add a sender: a
sample with its expectation in tests/data/bounces, a file here, and one line in
the right tier; if another sample changes its result, the tier is wrong.
"""

from collections.abc import Iterable, Iterator

from parsers.bounces.finding import Attempt, Detector, Finding, Found
from parsers.bounces.notice import Notice
from parsers.mime import Message

__all__ = ["DETECTORS", "attempts", "detect"]

MAX_RECIPIENTS = 1_000  # of one notice; beyond is somebody's joke
MAX_WORDS = 300  # characters shown by --explain

DETECTORS: tuple[Detector, ...] = ()


def detect(message: Message) -> Finding | None:
    """The recipients that a bounce in nobody's standard names, or None if it is no bounce."""
    notice = Notice(message)
    opening = notice.opening
    for detector in DETECTORS:
        mark = _called_by(detector, opening)
        if mark is not None and (finding := _ask(detector, notice)) is not None:
            return finding
    return None


def attempts(message: Message) -> Iterator[Attempt]:
    """Every detector's turn until one has spoken, for --explain."""
    notice = Notice(message)
    opening = notice.opening
    for detector in DETECTORS:
        mark = _called_by(detector, opening)
        if mark is None:
            yield Attempt(detector.name, mark="", called=False)
            continue
        finding = _ask(detector, notice)
        yield Attempt(detector.name, mark, called=True, finding=finding)
        if finding is not None:
            return


def _called_by(detector: Detector, opening: str) -> str | None:
    marks = detector.marks
    if not marks:
        return ""
    for mark in marks:
        if mark in opening:
            return mark
    return None


def _ask(detector: Detector, notice: Notice) -> Finding | None:
    kept = _distinct(detector(notice))
    if not kept:
        return None
    words = kept[0].diagnostic or kept[0].address
    return Finding(detector.name, tuple(kept), words[:MAX_WORDS])


def _distinct(found: Iterable[Found]) -> list[Found]:
    """Each address once, in order; of repeats the one with more words."""
    kept: dict[str, Found] = {}
    for one in found:
        local, _, domain = one.address.rpartition("@")
        key = f"{local}@{domain.lower()}"
        before = kept.get(key)
        if before is None:
            if len(kept) >= MAX_RECIPIENTS:
                break
            kept[key] = one
        elif len(one.diagnostic) > len(before.diagnostic):
            kept[key] = one
    return list(kept.values())
