"""What the generic reader would make of each sender, had nobody written its detector.

Run as a program: a directory of *.eml with expected.json beside them, as argument or in
LANDED_CORPUS. Every detector in turn is taken out of the registry, and the mails on which it
spoke are read again: a stranger's form is read no better than that. Last, all are taken out
but the generic ones. Holds no corpus data, and is no test.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parsers.bounces import registry
from parsers.bounces.finding import Detector, Finding
from parsers.bounces.notice import Notice
from parsers.bounces.registry import DETECTORS
from parsers.read import read
from tests.bench.compare_corpus import Tally, compare_mail

__all__ = ["main", "without"]

_GENERIC = ("fields", "buried-fields", "generic", "written-to")


@contextmanager
def without(*names: str) -> Iterator[list[str]]:
    """The registry without some detectors; gives the names of those that speak meanwhile."""
    spoke: list[str] = []
    ask = registry._ask

    def asked(detector: Detector, notice: Notice) -> Finding | None:
        finding = None if detector.name in names else ask(detector, notice)
        if finding is not None:
            spoke.append(detector.name)
        return finding

    registry._ask = asked
    try:
        yield spoke
    finally:
        registry._ask = ask


def _speakers(mails: dict[str, bytes]) -> dict[str, list[str]]:
    """The mails on which each detector speaks."""
    by_detector: dict[str, list[str]] = {}
    for name, raw in mails.items():
        with without() as spoke:
            read(raw)
        for detector in dict.fromkeys(spoke):
            by_detector.setdefault(detector, []).append(name)
    return by_detector


def main(arguments: list[str]) -> int:
    """Print what is lost without each detector; 2 where there is nothing to read."""
    place = Path(arguments[0] if arguments else os.environ.get("LANDED_CORPUS", ""))
    if not (place / "expected.json").is_file():
        print("give a directory with expected.json, as argument or in LANDED_CORPUS")
        return 2
    expected = json.loads((place / "expected.json").read_text())
    mails = {name: (place / name).read_bytes() for name in sorted(expected)}
    speakers = _speakers(mails)
    print(f"{'without':20} {'mails':>5} {'recipients':>17} {'hard/soft':>15} {'reason':>15}")
    lost: list[str] = []
    total, full = Tally(), Tally()
    names = [one.name for one in DETECTORS if one.name in speakers]
    special = [one.name for one in DETECTORS if one.name not in _GENERIC]
    rounds: list[tuple[tuple[str, ...], list[str]]] = [
        ((name,), speakers[name]) for name in dict.fromkeys(names)
    ]
    rounds.append((tuple(special), sorted({m for n in special for m in speakers.get(n, ())})))
    for taken, about in rounds:
        before, after = Tally(), Tally()
        for mail in about:
            compare_mail(mail, mails[mail], expected[mail], before)
        with without(*taken):
            for mail in about:
                compare_mail(mail, mails[mail], expected[mail], after)
        known = set(before.differing)
        lost += [
            f"{taken[0] if len(taken) == 1 else 'all'}: {line}"
            for line in after.differing
            if line not in known
        ]
        label = taken[0] if len(taken) == 1 else "all of them"
        cells = [
            f"{getattr(before, what).total():5} -> {getattr(after, what).total():4}"
            for what in ("recipients", "severity", "reason")
        ]
        print(f"{label:20} {after.mails.total():5} {'   '.join(cells)}")
        if len(taken) == 1 and taken[0] not in _GENERIC:
            for kept, one in ((total, after), (full, before)):
                for what in ("mails", "recipients", "pairs", "severity", "reason"):
                    getattr(kept, what).update(getattr(one, what))
    for what in ("recipients", "severity", "reason"):
        print(
            f"one left out at a time, {what}: {getattr(total, what).total()} of"
            f" {getattr(full, what).total()}"
        )
    print("\n" + "\n".join(lost))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
