"""Keeping the state columns true: load what is known of deliveries, judge, write the change.

Owns the state columns of delivery and the rows of gap. Must not decide (that
is store.judge) and must be called in the transaction that added the facts. The
rows are locked in the order of their ids before facts are read, so that two
writers see each other's evidence and never wait for each other in a circle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from store import asking, channels
from store.batches import in_batches
from store.errors import LedgerError
from store.ids import new_id, tracking_id
from store.judge import decide, later
from store.picture import Picture, draw
from store.tables import DELIVERY, EVIDENCE, GAP, NOTICE, RECIPIENT
from store.words import (
    AfterAmbiguous,
    Assurance,
    Fact,
    FactKind,
    GapKind,
    Policy,
    PolicyBook,
    State,
    Verdict,
)

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
_STATE = (
    "verdict",
    "stage",
    "assurance",
    "gap",
    "why",
    "deadline",
    "next_look_at",
    "needs_watermark",
    "resend_at",
    "give_up_at",
    "next_attempt_at",
)
_WRITTEN = (*_STATE, "attempts", "claimed_by", "lease_until", "message_id")
_ROW = [
    DELIVERY.c.id,
    DELIVERY.c.owed_at,
    NOTICE.c.notice_class,
    RECIPIENT.c.domain,
    *(DELIVERY.c[name] for name in _WRITTEN),  # last: settle() compares this tail
]


# statements are built once: putting one together costs as much as running it
_LOCKED = (
    select(*_ROW)
    .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
    .join(RECIPIENT, RECIPIENT.c.id == DELIVERY.c.recipient_id)
    .where(DELIVERY.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(DELIVERY.c.id)
    .with_for_update(of=DELIVERY, key_share=True)
)
_SAID = select(
    EVIDENCE.c.delivery_id,
    EVIDENCE.c.digest,
    EVIDENCE.c.kind,
    EVIDENCE.c.occurred_at,
    EVIDENCE.c.assurance,
    EVIDENCE.c.attempt,
    EVIDENCE.c.detail,
    EVIDENCE.c.diagnostic,
).where(EVIDENCE.c.delivery_id.in_(bindparam("ids", expanding=True)))
_UPDATE = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("at_id"))
    .values({name: bindparam(name) for name in (*_WRITTEN, "judged_at")})
)
_CLOSE_GAP = (
    update(GAP)
    .where(GAP.c.delivery_id == bindparam("at_delivery"), GAP.c.closed_at.is_(None))
    .values(closed_at=bindparam("closed_at"), closed_why=bindparam("closed_why"))
)


@dataclass(slots=True)
class Known:
    """One locked delivery and everything that was ever said of it."""

    row: Row[Any]
    facts: list[Fact] = field(default_factory=list)
    digests: set[int] = field(default_factory=set)


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


def load(tx: Session, delivery_ids: Iterable[int], *, said: bool = True) -> dict[int, Known]:
    """Lock these deliveries and read their facts; ids that do not exist are left out.

    said: False leaves the facts out, for who judges nothing and adds what is new for sure.
    """
    known: dict[int, Known] = {}
    # a forged number may be larger than any column
    wanted = sorted({number for number in delivery_ids if 0 <= number < 1 << 63})
    for some in in_batches(wanted):
        locked = tx.execute(_LOCKED, {"ids": some})
        known.update((row.id, Known(row)) for row in locked)
        if not said:
            continue
        facts = tx.execute(_SAID, {"ids": some})
        for delivery, digest, kind, at, assurance, attempt, detail, diagnostic in facts:
            one = known[delivery]
            one.digests.add(digest)
            one.facts.append(
                Fact(FactKind(kind), at, Assurance(assurance), attempt, detail or diagnostic)
            )
    return known


def columns(state: State, policy: Policy, picture: Picture, owed_at: datetime) -> dict[str, Any]:
    """The state columns of delivery for a judgement, without next_attempt_at."""
    give_up_at = later(owed_at, policy.give_up_after)
    return {
        "verdict": state.verdict.value,
        "stage": int(state.stage),
        "assurance": None if state.assurance is None else int(state.assurance),
        "gap": None if state.gap is None else state.gap.value,
        "why": state.why,
        "deadline": state.deadline,
        "next_look_at": state.next_look_at,
        "needs_watermark": state.needs_watermark,
        "resend_at": _resend_at(state, policy, picture, give_up_at),
        "give_up_at": give_up_at,
    }


def _resend_at(
    state: State, policy: Policy, picture: Picture, give_up_at: datetime
) -> datetime | None:
    """When an ambiguous attempt has been waited for long enough to send again, if ever."""
    unknown = state.verdict is Verdict.WAITING or state.gap is GapKind.AMBIGUOUS
    if picture.ambiguous is None or picture.given_up is not None or not unknown:
        return None
    if policy.after_ambiguous is not AfterAmbiguous.RESEND:
        return None
    moment = later(picture.ambiguous.at, policy.ambiguous_wait)
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
    marks = channels.watermarks(tx)
    seen: dict[int, datetime | None] | None = None
    first: dict[int, datetime] = {}
    book: dict[tuple[str, str], Policy] = {}
    updates: list[dict[str, Any]] = []
    turned: list[tuple[int, str | None, State]] = []
    for number, one in known.items():
        row = one.row
        extra = {} if also is None else dict(also.get(number, {}))
        asked = (row.notice_class, row.domain)
        try:
            policy = book.get(asked)
            if policy is None:
                policy = book[asked] = policies(*asked)
            picture = draw(one.facts)
            due = marks
            if policy.ask:
                if seen is None:
                    seen = asking.seen(tx, known)
                due = {**marks, asking.OWN_MAILBOX: seen.get(number)}
            state = decide(policy, picture, due, now)
        except Exception as error:  # noqa: BLE001 - one that raises must not stop the others
            judged.failed[number] = f"{type(error).__name__}: {error}"
            extra["next_look_at"] = now if heard else now + _RETRY
        else:
            judged.states[number] = state
            if seen is not None and number not in seen and policy.ask:
                first |= _first_look(number, state, policy, picture, now)
            new = columns(state, policy, picture, row.owed_at) | extra
            new.setdefault("next_attempt_at", row.next_attempt_at)
            if heard and _needless(state, picture):
                new["next_attempt_at"] = None
            if new["gap"] != row.gap:
                turned.append((number, row.gap, state))
            extra = new
        before = dict(zip(_WRITTEN, row[-len(_WRITTEN) :], strict=True))
        after = before | extra
        if after != before:
            updates.append({"at_id": number, "judged_at": now, **after})
    if updates:
        tx.execute(_UPDATE, updates)
    asking.begin(tx, first)
    _turn(tx, turned, judged, now)
    return judged


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


def _turn(
    tx: Session, turned: Sequence[tuple[int, str | None, State]], judged: Judged, now: datetime
) -> None:
    closing = [
        {"at_delivery": number, "closed_at": now, "closed_why": state.why}
        for number, before, state in turned
        if before is not None
    ]
    if closing:
        tx.execute(_CLOSE_GAP, closing)
    judged.closed += len(closing)
    judged.opened += open_gaps(tx, {number: state for number, _, state in turned}, now)


def open_gaps(tx: Session, states: Mapping[int, State], now: datetime) -> int:
    """Write a gap row for each delivery whose new state is one; how many."""
    rows = [
        {
            "id": new_id(now),
            "delivery_id": number,
            "kind": state.gap.value,
            "why": state.why,
            "opened_at": now,
        }
        for number, state in states.items()
        if state.gap is not None
    ]
    if rows:
        tx.execute(GAP.insert(), rows)
    return len(rows)
