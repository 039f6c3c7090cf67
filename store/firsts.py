"""First attempts that went well, judged and written in few statements.

Owns the shortcut for the one case that is nearly every case: the first attempt
is accepted, before the deadline, and nothing else was ever said of the
delivery. A property test holds it equal to store.judge. Everything else goes
the long way (store.attempts).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from store import bare
from store.endings import Ended, detail
from store.facts import NewFact, digest
from store.ids import new_id
from store.instants import from_micros, to_micros
from store.judge import later
from store.telling import moment, told
from store.texts import clean
from store.words import (
    Assurance,
    Fact,
    FactKind,
    Outcome,
    Policy,
    PolicyBook,
    Stage,
    State,
    Verdict,
)

__all__ = ["finish", "presume"]

# the digest of a fact is within one delivery, so this is the same for all
_ACCEPTED = digest(NewFact(FactKind.ACCEPTED, 0, from_micros(0), attempt=1))
_PROOF, _TAKEN = int(Assurance.PROOF), int(Stage.ACCEPTED)


def presume(policy: Policy, owed_at: datetime, accepted: Fact, now: datetime) -> State | None:
    """What judge() says of OWED, STARTED and this ACCEPTED of attempt 1; None: ask it."""
    deadline = later(owed_at, policy.within)
    if policy.stage <= Stage.ACCEPTED or now >= deadline:
        return None
    return State(
        verdict=Verdict.WAITING,
        stage=Stage.ACCEPTED,
        assurance=accepted.assurance,
        gap=None,
        why=f"{told(accepted)}; {policy.stage.word} is due by {moment(deadline)}",
        deadline=deadline,
        next_look_at=deadline,
    )


_LOCKED = (
    "SELECT d.id, d.owed_at, d.deadline, d.next_look_at, d.give_up_at, a.id, n.notice_class,"
    " r.domain,"
    " d.verdict = 'waiting' AND d.attempts = 1 AND a.outcome = '' AND d.gap IS NULL"
    " AND d.needs_watermark IS NULL AND d.resend_at IS NULL AND d.next_attempt_at IS NULL"
    " FROM delivery d JOIN attempt a ON a.delivery_id = d.id AND a.number = 1"
    " JOIN notice n ON n.id = d.notice_id JOIN recipient r ON r.id = d.recipient_id"
    " WHERE d.id IN (?) ORDER BY d.id"
)
_SAID = "SELECT delivery_id, COUNT(*) FROM evidence WHERE delivery_id IN (?) GROUP BY delivery_id"
_OWED_AND_STARTED = 2  # facts; that of a first attempt is written with its row
_ATTEMPT = (
    "UPDATE attempt SET finished_at = ?, outcome = 'accepted', phase = ?, reply_code = ?,"
    " status = ?, reply_text = ?, remote_queue_id = ?, dsn_offered = ? WHERE id = ?"
)
_EVIDENCE = bare.insert(
    "evidence",
    "id, delivery_id, digest, kind, occurred_at, recorded_at, assurance, attempt, status,"
    " reply_code, diagnostic, detail",
)
# an index is written again where its column is named, changed or not: so only these are
_DELIVERY = (
    "UPDATE delivery SET stage = ?, assurance = ?, why = ?, judged_at = ?, claimed_by = '',"
    " lease_until = NULL WHERE id = ?"
)


def finish(
    tx: Session, ended: Sequence[Ended], *, policies: PolicyBook, now: datetime
) -> frozenset[int]:
    """Writes down those of ended that are as usual; the deliveries that these are of.

    Locks the deliveries of all of them.
    """
    wanted = {one.delivery_id: one for one in ended if _may_be_usual(one)}
    if not wanted:
        return frozenset()
    ids = sorted(one.delivery_id for one in ended)
    locked = bare.rows(tx, _LOCKED, ids, lock=True)
    said = dict(tuple(row) for row in bare.rows(tx, _SAID, ids))
    book: dict[tuple[str, str], Policy | None] = {}
    attempts: list[tuple[Any, ...]] = []
    evidence: list[tuple[Any, ...]] = []
    deliveries: list[tuple[Any, ...]] = []
    micros = to_micros(now)
    for number, owed, deadline, look, give_up, attempt, notice_class, domain, usual in locked:
        one = wanted.get(number)
        if one is None or not usual or said.get(number) != _OWED_AND_STARTED:
            continue
        asked = (notice_class, domain)
        if asked not in book:
            book[asked] = _policy(policies, asked)
        policy, owed_at = book[asked], from_micros(owed)
        at = min(max(to_micros(one.at), owed), micros)
        line = detail(one.result)
        fact = Fact(FactKind.ACCEPTED, from_micros(at), attempt=1, detail=line)
        state = None if policy is None else presume(policy, owed_at, fact, now)
        if state is None or policy is None or to_micros(state.deadline) != deadline:
            continue
        if look != deadline or to_micros(later(owed_at, policy.give_up_after)) != give_up:
            continue
        result = one.result
        code, status = clean(result.reply_code, 10), clean(result.status, 20)
        text, queued = clean(result.reply_text, 2000), clean(result.remote_queue_id, 200)
        phase = "" if result.phase is None else result.phase.value
        attempts.append(
            (to_micros(one.at), phase, code, status, text, queued, result.dsn_offered, attempt)
        )
        evidence.append(
            (
                *(new_id(now), number, _ACCEPTED, FactKind.ACCEPTED.value, at, micros),
                *(_PROOF, 1, status, code, text, clean(line, 1000)),
            )
        )
        deliveries.append((_TAKEN, _PROOF, clean(state.why, 1000), micros, number))
    bare.many(tx, _ATTEMPT, attempts)
    bare.many(tx, _EVIDENCE, evidence)
    bare.many(tx, _DELIVERY, deliveries)
    return frozenset(row[1] for row in evidence)


def _may_be_usual(one: Ended) -> bool:
    result = one.result
    return (
        one.number == 1
        and result.outcome is Outcome.ACCEPTED
        and not (result.delivered or result.reason or result.severity)
    )


def _policy(policies: PolicyBook, asked: tuple[str, str]) -> Policy | None:
    """None where the book raises: the long way tells why."""
    try:
        return policies(*asked)
    except Exception:  # noqa: BLE001 - a person's configuration; one that raises must stop no other
        return None
