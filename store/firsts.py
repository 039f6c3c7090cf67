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
from store.ids import new_ids
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
_KIND, _PROOF, _TAKEN = FactKind.ACCEPTED.value, int(Assurance.PROOF), int(Stage.ACCEPTED)


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
        why=told(accepted) + _due(policy, deadline),
        deadline=deadline,
        next_look_at=deadline,
    )


def _due(policy: Policy, deadline: datetime) -> str:
    """How the sentence about such a delivery ends."""
    return f"; {policy.stage.word} is due by {moment(deadline)}"


_LOCKED = (
    "SELECT d.id, a.id,"
    " d.verdict = 'waiting' AND d.attempts = 1 AND a.outcome = '' AND d.gap IS NULL"
    " AND d.needs_watermark IS NULL AND d.resend_at IS NULL AND d.next_attempt_at IS NULL,"
    " d.owed_at, d.deadline, d.next_look_at, d.give_up_at, n.notice_class, r.domain"
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
    dues: dict[tuple[Any, ...], str | None] = {}
    attempts: list[tuple[Any, ...]] = []
    evidence: list[tuple[Any, ...]] = []
    deliveries: list[tuple[Any, ...]] = []
    micros, fresh = to_micros(now), iter(new_ids(now, len(locked)))
    for number, attempt, usual, *rest in locked:
        one = wanted.get(number)
        if one is None or not usual or said.get(number) != _OWED_AND_STARTED:
            continue
        terms = tuple(rest)
        if terms not in dues:
            dues[terms] = _usual_due(policies, terms, now)
        due, result, ended_at = dues[terms], one.result, to_micros(one.at)
        if due is None:
            continue
        at = min(max(ended_at, terms[0]), micros)
        line = detail(result)
        why = told(Fact(FactKind.ACCEPTED, from_micros(at), attempt=1, detail=line)) + due
        code, status = clean(result.reply_code, 10), clean(result.status, 20)
        text, queued = clean(result.reply_text, 2000), clean(result.remote_queue_id, 200)
        phase = "" if result.phase is None else result.phase.value
        attempts.append((ended_at, phase, code, status, text, queued, result.dsn_offered, attempt))
        evidence.append(
            (
                *(next(fresh), number, _ACCEPTED, _KIND, at, micros),
                *(_PROOF, 1, status, code, text, clean(line, 1000)),
            )
        )
        deliveries.append((_TAKEN, _PROOF, clean(why, 1000), micros, number))
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


def _usual_due(policies: PolicyBook, terms: tuple[Any, ...], now: datetime) -> str | None:
    """How the sentence ends for deliveries of these terms; None: not the usual case."""
    owed, deadline, look, give_up, *asked = terms
    try:
        policy = policies(*asked)
    except Exception:  # noqa: BLE001 - a person's configuration: the long way tells why
        return None
    owed_at = from_micros(owed)
    at = later(owed_at, policy.within)
    kept = (to_micros(at), to_micros(at), to_micros(later(owed_at, policy.give_up_after)))
    if policy.ask or (deadline, look, give_up) != kept:
        return None
    accepted = Fact(FactKind.ACCEPTED, owed_at, attempt=1)
    return None if presume(policy, owed_at, accepted, now) is None else _due(policy, at)
