"""Evidence: reports and facts go in, once each, and the state follows at once.

Owns the rows of report and evidence. Must not read mail: facts come as plain
strings. Everything happens in the caller's transaction, which also moves the
channel's cursor (channels.advance), so a report is never seen and then lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import bare, judging
from store import facts as rows
from store.batches import in_batches
from store.facts import NewFact
from store.ids import new_id
from store.instants import to_micros
from store.packing import pack, unpack
from store.tables import REPORT
from store.texts import clean
from store.words import PolicyBook, State

__all__ = [
    "NewFact",
    "NewReport",
    "Recorded",
    "UnmatchedReport",
    "purge_raw",
    "raw",
    "record",
    "record_fact",
    "record_facts",
    "record_many",
    "unmatched",
]


class NewReport(NamedTuple):
    """One message read from a channel."""

    channel_id: int
    uidvalidity: int
    uid: int
    raw: bytes
    kind: str
    message_id: str
    sender: str
    subject: str
    received_at: datetime
    outcome: str  # matched, unmatched, forged, foreign, unreadable, canary
    tried: str  # one line per clue tried and what came of it
    summary: str
    settled: bool = False  # nothing is to be moved or flagged in the mailbox
    packed: bytes = b""  # raw as it is kept, where somebody has packed it already
    internal_date: datetime | None = None  # as the mailbox tells it, to know the mail again by


class Recorded(NamedTuple):
    """What came of one report. states: of the deliveries it touched, after judging."""

    report_id: int
    new: bool  # False: this mail had been recorded before, nothing was added
    facts_added: int
    states: Mapping[int, State] = MappingProxyType({})
    unknown: tuple[int, ...] = ()  # delivery ids that this ledger does not have


@dataclass(frozen=True, slots=True)
class UnmatchedReport:
    """A report that changed no delivery."""

    id: int
    channel_id: int
    uid: int
    kind: str
    sender: str
    subject: str
    received_at: datetime
    outcome: str
    tried: str
    summary: str


def record(
    tx: Session,
    report: NewReport,
    facts: Sequence[NewFact],
    *,
    policies: PolicyBook,
    now: datetime,
) -> Recorded:
    """Keep one report and what it proves; the same (channel, UIDVALIDITY, UID) counts once."""
    return record_many(tx, [(report, facts)], policies=policies, now=now)[0]


def record_many(
    tx: Session,
    reports: Sequence[tuple[NewReport, Sequence[NewFact]]],
    *,
    policies: PolicyBook,
    now: datetime,
) -> list[Recorded]:
    """record() for a batch, in order; each touched delivery is judged once, at the end.

    A delivery that cannot be judged is missing in states and looked at by the next sweep.
    """
    numbers = _new_reports(tx, [report for report, _ in reports], now)
    asked = {
        fact.delivery_id
        for (_, facts), (_, new) in zip(reports, numbers, strict=True)
        if new
        for fact in facts
    }
    known = judging.load(tx, asked)
    plan = [
        (place, fact, number)
        for place, ((_, facts), (number, new)) in enumerate(zip(reports, numbers, strict=True))
        if new
        for fact in facts
        if fact.delivery_id in known
    ]
    added = rows.add(tx, known, [(fact, number) for _, fact, number in plan], now)
    judged = judging.settle(tx, known, policies=policies, now=now)
    counts = [0] * len(reports)
    for (place, _, _), new in zip(plan, added, strict=True):
        counts[place] += new
    return [
        Recorded(
            report_id=number,
            new=new,
            facts_added=count,
            states={
                fact.delivery_id: judged.states[fact.delivery_id]
                for fact in facts
                if new and fact.delivery_id in judged.states
            },
            unknown=tuple(
                fact.delivery_id for fact in facts if new and fact.delivery_id not in known
            ),
        )
        for (_, facts), (number, new), count in zip(reports, numbers, counts, strict=True)
    ]


def _new_reports(
    tx: Session, reports: Sequence[NewReport], now: datetime
) -> list[tuple[int, bool]]:
    """The id of each report's row and whether it was made now.

    The channels are locked first, so two readers of one mailbox take turns. A mail that was
    recorded without content, and has come since, is made anew in its row.
    """
    bare.rows(tx, _LOCK, sorted({report.channel_id for report in reports}), lock=True)
    present: dict[tuple[int, int, int], int] = {}
    empty: set[int] = set()
    for channel, validity in sorted({(one.channel_id, one.uidvalidity) for one in reports}):
        uids = [
            one.uid for one in reports if (one.channel_id, one.uidvalidity) == (channel, validity)
        ]
        for uid, number, size, outcome in bare.rows(tx, _PRESENT, uids, channel, validity):
            present[channel, validity, uid] = number
            if not size and outcome == "unreadable":
                empty.add(number)
    made: list[tuple[Any, ...]] = []
    numbers: list[tuple[int, bool]] = []
    for one in reports:
        key = (one.channel_id, one.uidvalidity, one.uid)
        number = present.get(key)
        numbers.append((number, False) if number is not None else (new_id(now), True))
        if number is None:
            present[key] = numbers[-1][0]
            made.append(_row(numbers[-1][0], one, now))
        elif number in empty and one.raw:
            empty.remove(number)
            numbers[-1] = (number, True)
            bare.many(tx, _FILL, [(*_row(number, one, now)[4:], number)])
    bare.many(tx, _INSERT, made)
    return numbers


_LOCK = "SELECT d.id FROM channel d WHERE d.id IN (?) ORDER BY d.id"
_PRESENT = (
    "SELECT uid, id, raw_size, outcome FROM report"
    " WHERE uid IN (?) AND channel_id = ? AND uidvalidity = ?"
)
_WRITTEN = (
    "raw", "raw_size", "kind", "message_id", "sender", "subject", "received_at", "recorded_at",
    "outcome", "tried", "summary", "moved_at", "internal_date",
)  # fmt: skip
_INSERT = bare.insert("report", ", ".join(("id, channel_id, uidvalidity, uid", *_WRITTEN)))
_FILL = f"UPDATE report SET {', '.join(f'{name} = ?' for name in _WRITTEN)} WHERE id = ?"  # noqa: S608 - our own names


def _row(number: int, report: NewReport, now: datetime) -> tuple[Any, ...]:
    recorded_at = to_micros(now)
    return (
        number,
        report.channel_id,
        report.uidvalidity,
        report.uid,
        report.packed or pack(report.raw),
        len(report.raw),
        clean(report.kind, 50),
        clean(report.message_id, 998),
        clean(report.sender, 1000),
        clean(report.subject, 998),
        to_micros(report.received_at),
        recorded_at,
        clean(report.outcome, 50),
        clean(report.tried, 4000),
        clean(report.summary, 2000),
        recorded_at if report.settled else None,
        None if report.internal_date is None else to_micros(report.internal_date),
    )


def record_fact(tx: Session, fact: NewFact, *, policies: PolicyBook, now: datetime) -> State | None:
    """Evidence that came without a report; None when the ledger has no such delivery.

    Raises LedgerError when the delivery cannot be judged; nothing is written then.
    """
    known = judging.load(tx, [fact.delivery_id])
    if not known:
        return None
    rows.add(tx, known, [(fact, None)], now)
    return judging.settle(tx, known, policies=policies, now=now).only(fact.delivery_id)


def record_facts(
    tx: Session, facts: Sequence[NewFact], *, policies: PolicyBook, now: datetime
) -> int:
    """record_fact() for a batch, as a log brings them; how many were new.

    Facts of deliveries that this ledger does not have are left out. A delivery that
    cannot be judged keeps its facts, and the next sweep looks at it.
    """
    known = judging.load(tx, {fact.delivery_id for fact in facts})
    ours = [(fact, None) for fact in facts if fact.delivery_id in known]
    added = rows.add(tx, known, ours, now)
    # what is only a repeat changes no state
    touched = {fact.delivery_id for (fact, _), new in zip(ours, added, strict=True) if new}
    judging.settle(tx, {one: known[one] for one in touched}, policies=policies, now=now)
    return sum(added)


def unmatched(tx: Session, limit: int = 100) -> list[UnmatchedReport]:
    """The newest reports that changed no delivery, newest first."""
    found = tx.execute(
        select(*(REPORT.c[name] for name in UnmatchedReport.__dataclass_fields__))
        .where(REPORT.c.outcome != "matched", REPORT.c.outcome != "canary")
        .order_by(REPORT.c.id.desc())
        .limit(limit)
    )
    return [UnmatchedReport(*row) for row in found]


def raw(tx: Session, report_id: int) -> bytes | None:
    """The report's mail as it came; None when purged or unknown."""
    packed = tx.scalar(select(REPORT.c.raw).where(REPORT.c.id == report_id))
    return None if packed is None else unpack(packed)


def purge_raw(tx: Session, *, before: datetime, limit: int = 1000) -> int:
    """Drop the mails of reports recorded before that moment; evidence stays. How many."""
    old = tx.scalars(
        select(REPORT.c.id)
        .where(REPORT.c.recorded_at < before, REPORT.c.raw.is_not(None))
        .order_by(REPORT.c.recorded_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    for some in in_batches(old):
        tx.execute(update(REPORT).where(REPORT.c.id.in_(some)).values(raw=None))
    return len(old)
