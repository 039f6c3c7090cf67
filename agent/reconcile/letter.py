"""The digest as a mail: findings in, subject, text and HTML out.

Owns the templates' surroundings: escaping, filters, counts in words. Must not
choose what is told. Every value a template prints goes through plain(), and in
HTML through escaping too, whatever the template's author remembered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from agent.reconcile.findings import Findings
from agent.reconcile.plain import moment, plain
from store.words import GapKind

__all__ = ["Letter", "write"]

_WIDTH = 78  # RFC 5322 2.1.1
_EXAMPLE = "TRACKING-ID"


@dataclass(frozen=True, slots=True)
class Letter:
    """One digest, ready to be sent."""

    subject: str
    text: str
    html: str


def write(findings: Findings, *, subject: str, now: datetime) -> Letter:
    """Puts findings into words. subject is how the subject begins."""
    facts = _facts(findings, subject, now)
    templates = _templates()
    return Letter(
        subject=str(facts["subject"]),
        text=templates.get_template("digest.txt.j2").render(facts).strip("\n") + "\n",
        html=templates.get_template("digest.html.j2").render(facts) + "\n",
    )


def _facts(findings: Findings, subject: str, now: datetime) -> dict[str, object]:
    first = next((row for one in findings.sections for row in one.groups[0].rows), None)
    return {
        "subject": _subject(findings, subject),
        "all_clear": findings.is_empty,
        "total": findings.total,
        "fresh": findings.fresh,
        "since": findings.since,
        "kinds": _counted(findings.kinds),
        "owed": findings.owed,
        "verdicts": _counted(findings.verdicts),
        "deaf": findings.deaf,
        "late": findings.late,
        "sections": findings.sections,
        "unlisted": sum(findings.unlisted.values()),
        "unlisted_kinds": _counted(findings.unlisted),
        "own": findings.own,
        "own_total": findings.own_total,
        "example": first.tracking_id if first else _EXAMPLE,
        "now": now,
    }


def _subject(findings: Findings, begin: str) -> str:
    if findings.is_empty:
        return f"{begin}: none, all clear"
    new = f", {findings.fresh} new" if findings.fresh else ""
    deaf = f"; {len(findings.deaf)} not heard" if findings.deaf else ""
    late = "; not all judged" if findings.late else ""
    return f"{begin}: {findings.total}{new}{deaf}{late}"


def _counted(counts: Mapping[GapKind, int] | Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("agent.reconcile"),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"moment": moment, "wrapped": _wrapped}
    return templates


class _Lines(str):
    """Text that was made harmless and then wrapped: its line ends are ours."""

    __slots__ = ()


def _wrapped(text: str, indent: int = 0) -> _Lines:
    width = _WIDTH - indent
    return _Lines(f"\n{' ' * indent}".join(wrap(plain(text), width, break_on_hyphens=False)))


def _harmless(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, _Lines) else value
