"""The story of one delivery, line by line: what happened, when, and who says so.

Owns the words of `landed trace`. Must not ask the ledger nor judge: it retells
a store.reading.Trace. Everything a stranger wrote goes through plain().
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from textwrap import wrap

from agent.reconcile.plain import moment, plain, span
from store.stories import AttemptRow, EvidenceRow, GapSpan, Trace
from store.words import FactKind, Policy

__all__ = ["tell"]

_INDENT = " " * 23
_FIELD, _WHAT = 13, 12  # columns of a field's name, and of what happened
_NARROW = 4
_OF_ATTEMPTS = frozenset(
    {FactKind.STARTED, FactKind.ACCEPTED, FactKind.DEFERRED, FactKind.REJECTED}
)


def tell(trace: Trace, policy: Policy, *, width: int = 0) -> str:
    """The whole story as text, in the order of time; lines no longer than width, 0: as they come.

    A word is never broken: it may be there to be pasted.
    """
    head = _wrapped(_head(trace, policy), width, _FIELD)
    events = _wrapped(_events(trace), width, len(_INDENT) + _WHAT)
    return "\n".join(line.rstrip() for line in [*head, "", *events]) + "\n"


def _wrapped(lines: Iterable[str], width: int, indent: int) -> Iterator[str]:
    """Long lines go on below their own beginning, where a terminal has room for that."""
    indent = indent if width >= 2 * indent else _NARROW
    for line in lines:
        if not 0 < width < len(line):
            yield line
            continue
        yield from wrap(
            line,
            width,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )


def _head(trace: Trace, policy: Policy) -> Iterator[str]:
    delivery, state = trace.delivery, trace.state
    gap = f": {state.gap}" if state.gap else ""
    yield f"{delivery.tracking_id}  {state.verdict}{gap}"
    yield _field("why", plain(state.why))
    yield _field(
        "notice",
        f'{plain(delivery.notice)} "{plain(delivery.subject)}", '
        f"class {plain(delivery.notice_class)}, from {plain(trace.sender)}",
    )
    yield _field("recipient", _recipient(trace))
    yield _field("number", _number(trace))
    yield _field("expected", _expected(policy, state.deadline))
    assured = f", by {state.assurance.word}" if state.assurance else ""
    yield _field("shown", f"{state.stage.word}{assured}")
    if trace.message_id:
        yield _field("message-id", f"<{plain(trace.message_id)}>")
    if trace.next_attempt_at:
        held = f", held by {plain(trace.claimed_by)}" if trace.claimed_by else ""
        yield _field("next try", f"{moment(trace.next_attempt_at)}{held}")
    if state.next_look_at:
        yield _field("next look", moment(state.next_look_at))
    yield _field("judged", moment(trace.judged_at))


def _field(name: str, value: str) -> str:
    return f"  {name:<{_FIELD - 2}}{value}"


def _recipient(trace: Trace) -> str:
    address = plain(trace.delivery.recipient)
    given = plain(trace.as_given)
    named = f" ({plain(trace.name)})" if trace.name else ""
    return f"{address}{named}" + (f", given as {given}" if given != address else "")


def _number(trace: Trace) -> str:
    number = f"{trace.delivery.number} for this recipient"
    if trace.previous_number is None or trace.previous_at is None:
        return f"{number}, the first"
    return f"{number}; the one before was {trace.previous_number} of {trace.previous_at:%Y-%m-%d}"


def _expected(policy: Policy, deadline: datetime) -> str:
    silence = (
        f"; silence counts {span(policy.silence_after)} after acceptance"
        if policy.silence_is_good
        else ""
    )
    return (
        f"{policy.stage.word} by {policy.assurance.word} within {span(policy.within)}, that is by "
        f"{moment(deadline)} (policy {plain(policy.name)}{silence})"
    )


def _events(trace: Trace) -> Iterator[str]:
    told = [(attempt.started_at, 1, _attempt(attempt)) for attempt in trace.attempts]
    attempted = {attempt.number for attempt in trace.attempts}
    for fact in trace.evidence:
        # the attempt's own line tells these, reply and all
        if fact.report_id is None and fact.kind in _OF_ATTEMPTS and fact.attempt in attempted:
            continue
        told.append((fact.at, 0 if fact.kind == FactKind.OWED else 2, _fact(fact)))
    for gap in trace.gaps:
        told.append((gap.opened_at, 3, [f"{'gap opened':<12}{gap.kind}: {plain(gap.why)}"]))
        if gap.closed_at:
            told.append((gap.closed_at, 4, [_gap_closed(gap)]))
    # reports know whole seconds: within one, an answer comes after what it answers
    in_order = sorted(told, key=lambda one: (one[0].replace(microsecond=0), one[1], one[0]))
    for at, _, (first, *rest) in in_order:
        yield f"{moment(at)}   {first}"
        yield from (f"{_INDENT}{'':<{_WHAT}}{line}" for line in rest)


def _attempt(attempt: AttemptRow) -> list[str]:
    lines = [f"{f'attempt {attempt.number}':<12}{_ending(attempt)}"]
    if attempt.reply_code or attempt.reply_text:
        reply = " ".join(filter(None, [attempt.reply_code, attempt.reply_text]))
        lines.append(f'reply "{plain(reply)}"')
    envelope = [f"return path {plain(attempt.envelope_from)}"]
    if attempt.envelope_id and not attempt.envelope_from.startswith(attempt.envelope_id):
        envelope.append(f"ENVID {plain(attempt.envelope_id)}")
    if attempt.outcome:
        envelope.append("DSN asked for" if attempt.dsn_offered else "the relay offers no DSN")
    if attempt.remote_queue_id:
        envelope.append(f"queued as {plain(attempt.remote_queue_id)}")
    return [*lines, ", ".join(envelope)]


def _ending(attempt: AttemptRow) -> str:
    via = f"via {plain(attempt.route)}"
    if not attempt.outcome:
        left = "its worker is gone: ambiguous" if attempt.reaped_at else "not finished yet"
        return f"{via}: {left} ({plain(attempt.worker)})"
    phase = f" at {attempt.phase}" if attempt.phase else ""
    status = f", {plain(attempt.status)}" if attempt.status else ""
    finished = attempt.finished_at
    took = f", after {span(finished - attempt.started_at)}" if finished else ""
    return f"{via}: {attempt.outcome}{phase}{status}{took}"


def _fact(fact: EvidenceRow) -> list[str]:
    known = [fact.assurance.word, fact.status, fact.reason]
    if fact.severity not in {"", "none"}:
        known.append(fact.severity)
    if fact.attempt is not None:
        known.append(f"attempt {fact.attempt}")
    lines = [f"{fact.kind:<12}{', '.join(plain(word) for word in known if word)}"]
    if fact.detail:
        lines.append(plain(fact.detail))
    if fact.diagnostic and fact.diagnostic != fact.detail:
        lines.append(f'diagnostic "{plain(fact.diagnostic)}"')
    hosts = [("reported by", fact.reporting_mta), ("remote host", fact.remote_mta)]
    if any(host for _, host in hosts):
        lines.append(", ".join(f"{what} {plain(host)}" for what, host in hosts if host))
    if fact.report_id is not None:
        lines.append(_report(fact))
    if fact.clue:
        lines.append(f"matched by {plain(fact.clue)}")
    return lines


def _report(fact: EvidenceRow) -> str:
    uid = f" UID {fact.report_uid}" if fact.report_uid is not None else ""
    sender = f" from {plain(fact.report_sender)}" if fact.report_sender else ""
    subject = f' "{plain(fact.report_subject)}"' if fact.report_subject else ""
    return f"report {plain(fact.report_kind)} in {plain(fact.report_channel)}{uid}{sender}{subject}"


def _gap_closed(gap: GapSpan) -> str:
    why = f": {plain(gap.closed_why)}" if gap.closed_why else ""
    return f"{'gap closed':<12}{gap.kind}{why}"
