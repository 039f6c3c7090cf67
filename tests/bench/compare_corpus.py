"""How often we agree with another reader's findings on a directory of bounces.

Run as a program: a directory of *.eml with expected.json beside them, as argument or in
LANDED_CORPUS. Prints shares of agreement, each family's, and the mails that differ. It
holds no corpus data, and is no test: which of two readers is right is for a person.
"""

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parsers.read import read
from parsers.report import Kind, RecipientReport, Report, Severity

__all__ = ["Tally", "compare", "compare_mail", "main"]


@dataclass
class Tally:
    """Counts of one comparison."""

    mails: Counter[str] = field(default_factory=Counter)  # per family
    recipients: Counter[str] = field(default_factory=Counter)  # mails with exactly these
    pairs: Counter[str] = field(default_factory=Counter)  # recipients found by both, per family
    severity: Counter[str] = field(default_factory=Counter)
    reason: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)


# complaints and auto-replies: their "recipient" is made up where none is told
_NAMELESS = ("feedback", "vacation")


def _family(name: str) -> str:
    return name.rsplit("-", 1)[0]


def _reason(report: Report, recipient: RecipientReport | None) -> str:
    if report.kind is Kind.ARF:
        return "feedback"
    if report.kind is Kind.AUTOREPLY:
        return "vacation"
    return str(recipient.reason) if recipient else "(none)"


def _addresses(found: RecipientReport) -> set[str]:
    return {a.lower() for a in (found.address, found.original_address) if a}


def compare_mail(name: str, raw: bytes, expected: list[dict[str, Any]], tally: Tally) -> None:
    """Add one mail to the tally: what read() makes of raw, against what is expected."""
    family = _family(name)
    report = read(raw)
    if not expected:
        found = ", ".join(f"{one.address} {one.reason}" for one in report.recipients)
        tally.differing.append(f"{name}: not read by the peer | ours {report.kind} {found}")
        return
    left = list(report.recipients)
    same = True
    tally.mails[family] += 1
    for wanted in expected:
        names = {str(wanted[key]).lower() for key in ("recipient", "alias") if wanted[key]}
        match = next((one for one in report.recipients if _addresses(one) & names), None)
        if match is not None:
            left = [one for one in left if one is not match]
        elif wanted["reason"] not in _NAMELESS:
            same = False
            tally.differing.append(f"{name}: no {wanted['recipient']}, {wanted['reason']}")
            continue
        tally.pairs[family] += 1
        hard = match is not None and match.severity is Severity.HARD
        reason = _reason(report, match)
        tally.severity[family] += hard == wanted["hardbounce"]
        tally.reason[family] += reason == wanted["reason"]
        if hard != wanted["hardbounce"] or reason != wanted["reason"]:
            said = f"{match.status} {match.command} {match.diagnostic[:160]}" if match else ""
            tally.differing.append(
                f"{name}: {wanted['reason']}{' hard' if wanted['hardbounce'] else ''}"
                f" | ours {reason}{' hard' if hard else ''} | {said}"
            )
    if left:
        tally.differing.append(f"{name}: also {', '.join(one.address for one in left)}")
    tally.recipients[family] += same and not left


def compare(corpus: Path) -> Tally:
    """Every mail of expected.json, read and compared. Raises OSError where it is missing."""
    expected = json.loads((corpus / "expected.json").read_text())
    tally = Tally()
    for name in sorted(expected):
        compare_mail(name, (corpus / name).read_bytes(), expected[name], tally)
    return tally


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f} %" if whole else "     -  "


def main(arguments: list[str]) -> int:
    """Print the comparison; 2 where there is nothing to compare with."""
    place = arguments[0] if arguments else os.environ.get("LANDED_CORPUS", "")
    if not place or not (Path(place) / "expected.json").is_file():
        print("give a directory with expected.json, as argument or in LANDED_CORPUS")
        return 2
    tally = compare(Path(place))
    for line in tally.differing:
        print(line)
    print(f"\n{'family':28} {'mails':>5} {'recipients':>10} {'hard/soft':>10} {'reason':>9}")
    for family in [*sorted(tally.mails), ""]:
        counts = [
            counter[family] if family else counter.total()
            for counter in (
                tally.mails,
                tally.recipients,
                tally.pairs,
                tally.severity,
                tally.reason,
            )
        ]
        mails, recipients, pairs, severity, reason = counts
        print(
            f"{family or 'all':28} {mails:5} {_share(recipients, mails):>10}"
            f" {_share(severity, pairs):>10} {_share(reason, pairs):>9}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
