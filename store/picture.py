"""What the facts of one delivery add up to, before any policy or clock is asked.

Owns the reading of facts: which stage each proves, which attempt counts, which
failure still stands. Must not know deadlines. Pure: equal sets of facts give
equal pictures, in whatever order and however often they came.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from store.words import Assurance, Fact, FactKind, Stage

__all__ = ["Picture", "Positive", "draw", "fallen"]

_STAGES = {
    FactKind.ACCEPTED: Stage.ACCEPTED,
    FactKind.DELAYED: Stage.ACCEPTED,  # some MTA has it and goes on trying
    FactKind.RELAYED: Stage.RELAYED,
    FactKind.EXPANDED: Stage.RELAYED,
    FactKind.QUARANTINED: Stage.RELAYED,
    FactKind.DELIVERED: Stage.DELIVERED,
    FactKind.INBOX: Stage.DELIVERED,
    FactKind.JUNK: Stage.DELIVERED,
    FactKind.AWAY: Stage.DELIVERED,
    FactKind.COMPLAINED: Stage.DELIVERED,
    FactKind.UNREAD: Stage.DELIVERED,
    FactKind.DISPLAYED: Stage.DISPLAYED,
    FactKind.READ: Stage.DISPLAYED,
    FactKind.OPENED: Stage.DISPLAYED,
    FactKind.REPLIED: Stage.ACTED,
    FactKind.CONFIRMED: Stage.ACTED,
}
# who fetched a pixel is unknown; who removed a mail unshown cannot be told from a filter;
# a preview, a rule or "mark all as read" sets the same mark as a reader
_CEILING = {
    FactKind.OPENED: Assurance.HINT,
    FactKind.UNREAD: Assurance.CLAIM,
    FactKind.READ: Assurance.CLAIM,
}
_OURS = frozenset(
    {
        FactKind.STARTED,
        FactKind.ACCEPTED,
        FactKind.DEFERRED,
        FactKind.REJECTED,
        FactKind.AMBIGUOUS,
    }
)
_UNREAD = FactKind.UNREAD
_BAD = frozenset({FactKind.FAILED, FactKind.REJECTED, FactKind.REFUSED})


class Positive(NamedTuple):
    """A fact that shows a stage, and how well."""

    stage: Stage
    assurance: Assurance
    fact: Fact


class Picture(NamedTuple):
    """The facts, sorted out. Lists stand in the order of time."""

    owed: Fact | None  # OWED, or the earliest fact of any kind
    human: Fact | None  # the latest CLOSED or REOPENED
    shown: tuple[Positive, ...]  # all that shows a stage
    positives: tuple[Positive, ...]  # the same without UNREAD: what may meet a policy
    unread: Fact | None  # the latest UNREAD
    failures: tuple[Fact, ...]  # FAILED, REJECTED, REFUSED that no later attempt supersedes
    latest: int | None  # number of the latest attempt of ours
    ambiguous: Fact | None  # of the latest attempt, with nothing that resolves it
    lost: int  # attempts that were ever ambiguous
    accepted: Fact | None  # the earliest sign that some MTA has it
    delayed: Fact | None  # the first DELAYED since any other progress
    given_up: Fact | None
    suppressed: Fact | None
    quarantined: Fact | None  # the latest QUARANTINED, with no arrival since and never shown
    absent: Fact | None  # the latest ABSENT, where nothing shows an arrival
    deferred: Fact | None  # the latest "not now"

    def best(self, least: Assurance) -> Positive | None:
        """The furthest stage shown with at least that assurance, by its best evidence."""
        found = [one for one in self.shown if one.assurance >= least]
        return max(found, key=lambda one: (one.stage, one.assurance), default=None)

    def meets(self, stage: Stage, least: Assurance) -> Positive | None:
        """The evidence that shows at least that stage with at least that assurance."""
        found = [one for one in self.positives if one.stage >= stage and one.assurance >= least]
        return max(found, key=lambda one: (one.assurance, one.stage), default=None)

    def contests(self, failure: Fact) -> Positive | None:
        """The success, at a claim or better, that contradicts this failure; a hint cannot."""
        if failure.assurance < Assurance.CLAIM:
            return None
        for one in reversed(self.positives):
            if (
                one.stage >= Stage.DELIVERED
                and one.assurance >= Assurance.CLAIM
                and _may_be_same(one.fact.attempt, failure.attempt)
            ):
                return one
        return None

    def arrived(self) -> Positive | None:
        """Any success at DELIVERED or above, at a claim or better."""
        return self.meets(Stage.DELIVERED, Assurance.CLAIM)


def _may_be_same(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _order(fact: Fact) -> tuple[datetime, str, int, int, str]:
    attempt = -1 if fact.attempt is None else fact.attempt
    return (fact.at, fact.kind, attempt, fact.assurance, fact.detail)


def draw(facts: Iterable[Fact]) -> Picture:
    """Sort the facts out."""
    ordered = sorted(set(facts), key=_order)
    by_kind: dict[FactKind, list[Fact]] = {}
    for fact in ordered:
        by_kind.setdefault(fact.kind, []).append(fact)
    begun = _begun(ordered)
    latest = max(begun, default=None)
    given_up = _given_up(by_kind, begun)
    failures, left_behind = _standing(ordered, begun, given_up)
    shown = tuple(
        Positive(stage, _capped(fact), fact)
        for fact in ordered
        if (stage := _STAGES.get(fact.kind)) is not None and fact.attempt not in left_behind
    )
    unread, positives = None, shown
    if FactKind.UNREAD in by_kind:
        unread = next((one.fact for one in reversed(shown) if one.fact.kind is _UNREAD), None)
        positives = tuple(one for one in shown if one.fact.kind is not _UNREAD)
    accepted = _accepted(positives, latest)
    ambiguous = None
    if accepted is None and latest is not None:
        ambiguous = _ambiguous(ordered, latest)
    return Picture(
        owed=_first(by_kind, FactKind.OWED) or (ordered[0] if ordered else None),
        human=_human(by_kind),
        shown=shown,
        positives=positives,
        unread=unread,
        failures=failures,
        latest=latest,
        ambiguous=ambiguous,
        lost=len({fact.attempt for fact in by_kind.get(FactKind.AMBIGUOUS, ())}),
        accepted=accepted,
        delayed=_delayed(by_kind, positives, latest),
        given_up=given_up,
        suppressed=_last(by_kind, FactKind.SUPPRESSED),
        quarantined=_quarantined(by_kind, positives),
        absent=_absent(by_kind, positives),
        deferred=_last(by_kind, FactKind.DEFERRED),
    )


def fallen(facts: Iterable[Fact]) -> frozenset[int]:
    """The attempts that are known to have failed."""
    return frozenset(
        fact.attempt for fact in facts if fact.kind in _BAD and fact.attempt is not None
    )


def _first(by_kind: dict[FactKind, list[Fact]], kind: FactKind) -> Fact | None:
    found = by_kind.get(kind)
    return found[0] if found else None


def _last(by_kind: dict[FactKind, list[Fact]], kind: FactKind) -> Fact | None:
    found = by_kind.get(kind)
    return found[-1] if found else None


def _human(by_kind: dict[FactKind, list[Fact]]) -> Fact | None:
    found = [by_kind[kind][-1] for kind in (FactKind.CLOSED, FactKind.REOPENED) if kind in by_kind]
    return max(found, key=_order) if found else None


def _capped(fact: Fact) -> Assurance:
    ceiling = _CEILING.get(fact.kind)
    return fact.assurance if ceiling is None else min(fact.assurance, ceiling)


def _quarantined(
    by_kind: dict[FactKind, list[Fact]], positives: tuple[Positive, ...]
) -> Fact | None:
    """The latest QUARANTINED, unless the mail arrived after it or was shown before.

    Some systems take mail out of the mailbox again, so an earlier arrival is no answer.
    """
    held = _last(by_kind, FactKind.QUARANTINED)
    if held is None or any(
        one.stage >= Stage.DISPLAYED or (one.stage is Stage.DELIVERED and one.fact.at > held.at)
        for one in positives
        if one.assurance >= Assurance.CLAIM
    ):
        return None
    return held


def _absent(by_kind: dict[FactKind, list[Fact]], positives: tuple[Positive, ...]) -> Fact | None:
    """The latest ABSENT: a mail that did arrive may have been removed by its reader."""
    missing = _last(by_kind, FactKind.ABSENT)
    if missing is None or any(
        one.stage >= Stage.DELIVERED and one.assurance >= Assurance.CLAIM for one in positives
    ):
        return None
    return missing


def _begun(ordered: list[Fact]) -> dict[int, datetime]:
    """When each attempt is first heard of from our own side."""
    begun: dict[int, datetime] = {}
    for fact in ordered:
        if fact.attempt is not None and fact.kind in _OURS:
            begun.setdefault(fact.attempt, fact.at)
    return begun


def _given_up(by_kind: dict[FactKind, list[Fact]], begun: dict[int, datetime]) -> Fact | None:
    """GIVEN_UP, unless an attempt began after it."""
    last = _last(by_kind, FactKind.GIVEN_UP)
    if last is None or any(at > last.at for at in begun.values()):
        return None
    return last


def _standing(
    ordered: list[Fact], begun: dict[int, datetime], given_up: Fact | None
) -> tuple[tuple[Fact, ...], frozenset[int]]:
    """The failures that stand, and the attempts that fell and were followed by a better one.

    A failure is superseded by a later attempt that has not failed itself. What
    else was said of the fallen attempt then counts no longer: the later one is
    judged alone.
    """
    bad = [fact for fact in ordered if fact.kind in _BAD]
    if given_up is not None or not bad:
        return tuple(bad), frozenset()
    fallen = {fact.attempt for fact in bad}
    alive = {number: at for number, at in begun.items() if number not in fallen}
    standing: list[Fact] = []
    left: set[int] = set()
    for fact in bad:
        if fact.attempt is None:
            if any(at > fact.at for at in alive.values()):
                left.update(number for number, at in begun.items() if at <= fact.at)
            else:
                standing.append(fact)
        elif any(number > fact.attempt for number in alive):
            left.add(fact.attempt)
        else:
            standing.append(fact)
    return tuple(standing), frozenset(left)


def _accepted(positives: tuple[Positive, ...], latest: int | None) -> Fact | None:
    """The earliest sign that some MTA has the mail, of the latest attempt where there is one."""
    taken = [one.fact for one in positives if one.assurance >= Assurance.CLAIM]
    current = [fact for fact in taken if fact.attempt is None or fact.attempt == latest]
    found = current or taken
    return found[0] if found else None


def _ambiguous(ordered: list[Fact], latest: int) -> Fact | None:
    """The AMBIGUOUS of the latest attempt, unless it was finished after all."""
    of_it = [fact for fact in ordered if fact.attempt == latest]
    if any(fact.kind in (FactKind.DEFERRED, FactKind.REJECTED) for fact in of_it):
        return None
    return next((fact for fact in of_it if fact.kind is FactKind.AMBIGUOUS), None)


def _delayed(
    by_kind: dict[FactKind, list[Fact]], positives: tuple[Positive, ...], latest: int | None
) -> Fact | None:
    """The first DELAYED of the latest attempt that no other progress of it has followed."""
    if FactKind.DELAYED not in by_kind:
        return None

    def concerns(fact: Fact) -> bool:
        return latest is None or fact.attempt is None or fact.attempt >= latest

    progress = max(
        (
            one.fact.at
            for one in positives
            if one.stage >= Stage.RELAYED
            and one.assurance >= Assurance.CLAIM
            and concerns(one.fact)
        ),
        default=None,
    )
    return next(
        (
            fact
            for fact in by_kind[FactKind.DELAYED]
            if concerns(fact) and (progress is None or fact.at > progress)
        ),
        None,
    )
