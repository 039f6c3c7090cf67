"""Keeping the state columns true: judge what is known of deliveries, write the change.

Owns the state columns of delivery and the rows of gap. Must not decide (that
is store.judge) and must be called in the transaction that added the facts, which
also locked and read what is known (store.known, offered from here too).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from store import asking, bare, paths
from store.errors import LedgerError
from store.ids import new_id, tracking_id
from store.instants import to_micros
from store.judge import decide, later, patience
from store.known import HEAD, WRITTEN, Known, load
from store.picture import Picture, draw
from store.texts import clean
from store.words import AfterAmbiguous, GapKind, Policy, PolicyBook, State, Verdict

__all__ = ["Judged", "Known", "columns", "load", "open_gaps", "settle"]

_RETRY = timedelta(hours=1)
_DONE = frozenset({Verdict.LANDED, Verdict.PRESUMED, Verdict.CLOSED})
_ENDED = frozenset(
    {
        GapKind.FAILED,
        GapKind.REJECTED,
        GapKind.CONTESTED,
        GapKind.QUARANTINED,
        GapKind.SUPPRESSED,
        GapKind.UNCONFIRMED,
    }
)
_WHY = 1000  # characters, as the tables have it
_AT = {name: place for place, name in enumerate(WRITTEN)}
_GAP, _NEXT_LOOK, _NEXT_ATTEMPT = _AT["gap"], _AT["next_look_at"], _AT["next_attempt_at"]
_CLOSE_GAP = (
    "UPDATE gap SET closed_at = ?, closed_why = ? WHERE delivery_id = ? AND closed_at IS NULL"
)
_OPEN_GAP = bare.insert("gap", "id, delivery_id, kind, why, opened_at")


@dataclass(slots=True)
class Judged:
    """What settling did."""

    states: dict[int, State] = field(default_factory=dict)
    opened: int = 0
    closed: int = 0
    failed: dict[int, str] = field(default_factory=dict)

    def only(self, delivery_id: int) -> State:
        """The state of the one delivery in question. Raises LedgerError: it was not judged."""
        if delivery_id in self.failed:
            raise LedgerError(
                f"delivery {tracking_id(delivery_id)} cannot be judged: {self.failed[delivery_id]}"
            )
        return self.states[delivery_id]


def columns(state: State, policy: Policy, picture: Picture, owed_at: datetime) -> tuple[Any, ...]:
    """What a judgement puts into the columns known.JUDGED of delivery, as it lies there."""
    give_up_at = later(owed_at, policy.give_up_after)
    return (
        state.verdict.value,
        int(state.stage),
        None if state.assurance is None else int(state.assurance),
        None if state.gap is None else state.gap.value,
        clean(state.why, _WHY),
        to_micros(state.deadline),
        _micros(state.next_look_at),
        _micros(state.needs_watermark),
        _micros(_resend_at(state, policy, picture, give_up_at)),
        to_micros(give_up_at),
    )


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _resend_at(
    state: State, policy: Policy, picture: Picture, give_up_at: datetime
) -> datetime | None:
    """When an ambiguous attempt has been waited for long enough to send again, if ever."""
    unknown = state.verdict is Verdict.WAITING or state.gap is GapKind.AMBIGUOUS
    if picture.ambiguous is None or picture.given_up is not None or not unknown:
        return None
    if policy.after_ambiguous is not AfterAmbiguous.RESEND:
        return None
    moment = patience(picture, policy)
    return moment if moment < give_up_at else None


def settle(
    tx: Session,
    known: Mapping[int, Known],
    *,
    policies: PolicyBook,
    now: datetime,
    also: Mapping[int, Mapping[str, Any]] | None = None,
    heard: bool = True,
) -> Judged:
    """Judge the loaded deliveries, write what changed, open and close their gaps.

    also: further columns of delivery to set, by id. heard: there is new
    evidence, so a send that it made needless is called off. A delivery that
    cannot be judged is looked at again in an hour (at once, when heard).
    """
    judged = Judged()
    ears = _Ears(tx, known)
    first: dict[int, datetime] = {}
    book: dict[tuple[str, str], Policy] = {}
    changes = _Changes(now)
    for number, one in known.items():
        asked = one.row.notice_class, one.row.domain
        before = one.row[HEAD:]
        after = list(before)
        try:
            policy = book.get(asked)
            if policy is None:
                policy = book[asked] = policies(*asked)
            picture = draw(one.facts)
            state = ears.decide(number, policy, picture, now)
        except Exception as error:  # noqa: BLE001 - one that raises must not stop the others
            judged.failed[number] = f"{type(error).__name__}: {error}"
            after[_NEXT_LOOK] = to_micros(now if heard else now + _RETRY)
            called_off = False
        else:
            judged.states[number] = state
            called_off = heard and _needless(state, picture)
            if policy.ask and number not in ears.looked:
                first |= _first_look(number, state, policy, picture, now)
            after[:_NEXT_ATTEMPT] = columns(state, policy, picture, one.owed_at)
        if also:
            for name, value in also.get(number, {}).items():
                after[_AT[name]] = to_micros(value) if isinstance(value, datetime) else value
        if called_off:
            after[_NEXT_ATTEMPT] = None
        changes.note(number, before, after, judged.states.get(number))
    asking.begin(tx, first)
    judged.closed, judged.opened = changes.write(tx)
    return judged


class _Ears:
    """What was observed of each of some deliveries; asked once, and where it matters."""

    def __init__(self, tx: Session, known: Mapping[int, Known]) -> None:
        self._tx = tx
        self._known = known
        self._heard = paths.heard(tx)
        self._strictest = self._heard.through()

    @cached_property
    def looked(self) -> dict[int, datetime | None]:
        """Through when a recipient's own mailbox was seen, of those where that was begun."""
        return asking.seen(self._tx, self._known)

    @cached_property
    def _tried(self) -> dict[int, list[paths.Tried]]:
        return paths.tried(self._tx, self._known)

    def decide(self, number: int, policy: Policy, picture: Picture, now: datetime) -> State:
        """The state of one delivery."""
        own = {asking.OWN_MAILBOX: self.looked.get(number)} if policy.ask else {}
        marks = {**self._strictest, **own} if own else self._strictest
        state = decide(policy, picture, marks, now)
        if state.needs_watermark is not None and self._heard.routes:
            # only silence asks for a watermark, and only then it matters which way the mail went
            routes = paths.relied(self._tried.get(number, ()), self._known[number].facts)
            marks = {**self._heard.through(routes), **own}
            state = decide(policy, picture, marks, now)
        return self._without_lost(state, policy, picture, marks, now)

    def _without_lost(
        self,
        state: State,
        policy: Policy,
        picture: Picture,
        marks: Mapping[str, datetime | None],
        now: datetime,
    ) -> State:
        """The state, unless it rests on a stretch of a channel that nobody has read."""
        if picture.accepted is None or not self._heard.lost:
            return state
        missed = self._heard.missed(picture.accepted.at)
        strict = decide(policy, picture, {**marks, **missed}, now) if missed else state
        if strict.gap is GapKind.BLIND and state.gap is not GapKind.BLIND:
            # no look will find more
            return replace(strict, next_look_at=None, needs_watermark=None)
        return strict


class _Changes:
    """What judging changed, written in few statements."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._updates: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
        self._closing: list[tuple[Any, ...]] = []
        self._turned: dict[int, State] = {}

    def note(
        self, number: int, before: Sequence[Any], after: Sequence[Any], state: State | None
    ) -> None:
        """One delivery; state is what it was judged to be, None where it could not be."""
        changed = tuple(place for place in _PLACES if after[place] != before[place])
        if not changed:
            return
        values = (*(after[place] for place in changed), to_micros(self._now), number)
        self._updates.setdefault(changed, []).append(values)
        if state is not None and after[_GAP] != before[_GAP]:
            self._turned[number] = state
            if before[_GAP] is not None:
                self._closing.append((to_micros(self._now), clean(state.why, _WHY), number))

    def write(self, tx: Session) -> tuple[int, int]:
        """How many gaps were closed and opened."""
        # an index is written again where its column is named, changed or not: so only those are
        for changed, rows in self._updates.items():
            named = ", ".join(f"{WRITTEN[place]} = ?" for place in changed)
            bare.many(tx, f"UPDATE delivery SET {named}, judged_at = ? WHERE id = ?", rows)  # noqa: S608 - our own names
        bare.many(tx, _CLOSE_GAP, self._closing)
        return len(self._closing), open_gaps(tx, self._turned, self._now)


_PLACES = range(len(WRITTEN))


def _first_look(
    number: int, state: State, policy: Policy, picture: Picture, now: datetime
) -> dict[int, datetime]:
    """When the recipient's mailbox is to be asked first: the mail may be there by then."""
    began = picture.accepted or picture.ambiguous
    if state.verdict is not Verdict.WAITING or began is None or policy.ask_times < 1:
        return {}
    return {number: max(now, min(later(began.at, policy.ask_after), state.deadline))}


def _needless(state: State, picture: Picture) -> bool:
    """Whether sending (again) would at best be a second copy."""
    accepted = picture.accepted
    return (
        state.verdict in _DONE
        or state.gap in _ENDED
        or (accepted is not None and accepted.attempt in (None, picture.latest))
    )


def open_gaps(tx: Session, states: Mapping[int, State], now: datetime) -> int:
    """Write a gap row for each delivery whose new state is one; how many."""
    at_now = to_micros(now)
    rows = [
        (new_id(now), number, state.gap.value, clean(state.why, _WHY), at_now)
        for number, state in states.items()
        if state.gap is not None
    ]
    bare.many(tx, _OPEN_GAP, rows)
    return len(rows)
