"""Which delivery does a report speak of? The strongest clue decides; pure.

Owns the order of trust and the refusal of forged and foreign marks. Must not ask
the ledger (known.py gathered what it knows) nor weigh what is said (facts.py).
Total: any report gives an answer, and one with no valid mark and no known id
gives no facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from agent.inbound.facts import Link, Strength, facts_of, same_address
from agent.inbound.known import Lookup, Target, mark_of, may_be_a_notice, names_nobody
from parsers.report import Action, Clue, ClueKind, Kind, Report
from parsers.token import InvalidToken, Keyring, Purpose, verify
from store.evidence import NewFact
from store.ids import made_at, tracking_id

__all__ = ["Correlation", "Verdict", "correlate"]

Verdict = Literal["matched", "unmatched", "forged", "foreign", "unreadable", "canary"]

_LAST_ATTEMPT = 31  # "31 or later", see parsers.token
_ORDER = {kind: rank for rank, kind in enumerate(ClueKind)}
# a mark is only worth something where we put it
_FITS: Mapping[ClueKind, frozenset[Purpose]] = {
    ClueKind.ADDRESSED: frozenset({Purpose.BOUNCE, Purpose.REPLY, Purpose.CANARY}),
    ClueKind.ENVELOPE_ID: frozenset({Purpose.BOUNCE, Purpose.CANARY}),
    ClueKind.RETURN_PATH: frozenset({Purpose.BOUNCE, Purpose.CANARY}),
    ClueKind.HEADER: frozenset({Purpose.MESSAGE, Purpose.CANARY}),
    ClueKind.MESSAGE_ID: frozenset({Purpose.MESSAGE, Purpose.CANARY}),
    ClueKind.REFERENCES: frozenset({Purpose.MESSAGE, Purpose.CANARY}),
    # a hint whatever it is, so any mark of a delivery will do
    ClueKind.VISIBLE: frozenset({Purpose.MESSAGE, Purpose.BOUNCE, Purpose.REPLY}),
}
# places that only our composer and the machines on the way fill: a bad signature there is
# somebody's work, while a word in a stranger's Message-ID may look like a mark by chance
_OURS_ALONE = frozenset({ClueKind.ADDRESSED, ClueKind.ENVELOPE_ID, ClueKind.RETURN_PATH})


_REPORTS = frozenset({Kind.DSN, Kind.BOUNCE})


class Correlation(NamedTuple):
    """What became of one report."""

    outcome: Verdict
    facts: tuple[NewFact, ...] = ()
    tried: tuple[str, ...] = ()  # one line per clue and what came of it
    clue: Clue | None = None  # the one that decided
    delivery_id: int | None = None  # the delivery it was tied to, facts or not
    canary_id: int | None = None  # of a probe of ours that came back by the way of every answer
    refused: bool = False  # that probe, for good
    by_recipient: bool = False  # a person wrote from the recipient's own address, with our mark
    author: str = ""  # who wrote, without our mark, as our own mail host found to be true


@dataclass(frozen=True, slots=True)
class _Refused:
    """A clue that led nowhere. final: nothing else in this report is believed either."""

    why: str
    outcome: Verdict = "unmatched"
    final: bool = False


@dataclass(frozen=True, slots=True)
class _Canary:
    """A probe of our own."""

    id: int


@dataclass(frozen=True, slots=True)
class _Found:
    """The deliveries that a clue names, and how sure that is."""

    link: Link
    targets: tuple[Target, ...]


def correlate(
    report: Report,
    keyring: Keyring,
    lookup: Lookup,
    now: datetime,
    *,
    received_at: datetime | None = None,
    found: str = "",
) -> Correlation:
    """Tie a report to its delivery and draw its facts.

    now and received_at (when the mailbox got it, where known) are aware UTC. found: see
    facts_of().
    """
    if _is_our_own(report, keyring, lookup):
        return Correlation("unmatched", tried=("message-id: a mail of our own, not an answer",))
    tried: list[str] = []
    outcome: Verdict = "unmatched"
    received = received_at or now
    for clue in _clues(report):
        step = _follow(clue, report, keyring, lookup)
        match step:
            case _Refused(why, worse, final):
                tried.append(f"{clue.kind}: {why}")
                outcome = worse if final or outcome == "unmatched" else outcome
                if final:
                    return Correlation(worse, tried=tuple(tried), clue=clue)
            case _Canary(number):
                return _probe(number, clue, report, tried)
            case _Found(link, targets):
                doubt = _late(targets, keyring, received) or _nameless(
                    report, link, targets, keyring
                )
                if doubt is not None:
                    tried.append(f"{clue.kind}: {doubt.why}")
                    return Correlation(doubt.outcome, tried=tuple(tried), clue=clue)
                others = (
                    _others(report, targets, lookup) if link.strength is Strength.SIGNED else ()
                )
                linked = [*((link, target) for target in targets), *others]
                drawn = _draw(report, linked, received=received, now=now, found=found)
                return _told(report, link, targets, drawn, tried)
    if not tried:
        tried.append("no clue: no mark of ours, no Message-ID or envelope id was found")
    return Correlation(outcome, tried=tuple(tried))


def _probe(number: int, clue: Clue, report: Report, tried: list[str]) -> Correlation:
    """What a mail about a probe of ours shows. An answer to its author came by another way."""
    if clue.kind is not ClueKind.ADDRESSED and report.kind not in _REPORTS:
        tried.append(f"{clue.kind}: canary, but not by the way of a report: it proves nothing")
        return Correlation("canary", tried=tuple(tried), clue=clue)
    tried.append(f"{clue.kind}: canary")
    refused = report.kind is Kind.BOUNCE or any(
        one.action is Action.FAILED for one in report.recipients if report.kind is Kind.DSN
    )
    return Correlation("canary", (), tuple(tried), clue, canary_id=number, refused=refused)


def _nameless(
    report: Report, link: Link, targets: tuple[Target, ...], keyring: Keyring
) -> _Refused | None:
    """Why a report that names no recipient says nothing of these; None where it does.

    Its mark is all that there is, so it must be signed, and no other may contradict it.
    """
    if report.kind not in _REPORTS or not names_nobody(report):
        return None
    told = f"delivery {tracking_id(targets[0].id)}, but the report names no recipient"
    if link.strength is not Strength.SIGNED:
        return _Refused(f"{told}, and has no signed mark where only machines write")
    for clue in report.clues:
        if clue.kind is not link.clue.kind and clue.kind not in _OURS_ALONE:
            continue
        try:
            other = verify(keyring, mark_of(clue))
        except InvalidToken:
            continue
        if other.purpose is Purpose.CANARY or other.id != targets[0].id:
            return _Refused(f"{told}, and has marks of several mails")
    return None


def _late(targets: tuple[Target, ...], keyring: Keyring, received: datetime) -> _Refused | None:
    """Why nothing is believed of these any more; None where it is."""
    made = max(made_at(target.id) for target in targets)
    valid_for = keyring.valid_for
    if valid_for is None or keyring.still_believes(made, received):
        return None
    return _Refused(
        f"expired: delivery {tracking_id(targets[0].id)} is of {made:%Y-%m-%d}, and answers are "
        f"believed for {valid_for.days} days (tokens.valid_for)",
        "foreign",
    )


def _is_our_own(report: Report, keyring: Keyring, lookup: Lookup) -> bool:
    """Whether a notice came back as it went out: it carries our marks, and answers nothing."""
    if not report.message_id or not may_be_a_notice(report):
        return False
    if lookup.by_message_id(report.message_id):
        return True
    try:
        token = verify(keyring, mark_of(Clue(ClueKind.MESSAGE_ID, report.message_id)))
    except InvalidToken:
        return False
    return token.purpose is Purpose.MESSAGE


def _clues(report: Report) -> Iterable[Clue]:
    """Strongest first, whatever order they came in; the plain fields as a last resort."""
    clues = sorted(report.clues, key=lambda clue: _ORDER[clue.kind])
    if report.original_message_id:
        named = Clue(ClueKind.MESSAGE_ID, report.original_message_id)
        if named not in clues:
            clues.append(named)
    return clues


def _follow(
    clue: Clue, report: Report, keyring: Keyring, lookup: Lookup
) -> _Refused | _Canary | _Found:
    mark = mark_of(clue)
    if not mark:
        return _look_up(clue, report, lookup)
    step = _follow_mark(mark, clue, keyring, lookup)
    if isinstance(step, _Refused) and not step.final and clue.value.lower() != mark:
        # the whole id may still be known, as after a key was retired
        named = _look_up(clue, report, lookup)
        return named if isinstance(named, _Found) else step
    return step


def _follow_mark(
    mark: str, clue: Clue, keyring: Keyring, lookup: Lookup
) -> _Refused | _Canary | _Found:
    alone = clue.kind in _OURS_ALONE
    try:
        token = verify(keyring, mark)
    except InvalidToken as error:
        retired = "not configured" in str(error)
        return _Refused(
            f"mark refused, {error}", "foreign" if retired else "forged", alone and not retired
        )
    if token.purpose not in _FITS[clue.kind]:
        purpose = token.purpose.name.lower()
        return _Refused(f"a mark for another place ({purpose})", "forged", final=alone)
    if token.purpose is Purpose.CANARY:
        return _Canary(token.id)
    target = lookup.by_id(token.id)
    if target is None:
        return _Refused(
            f"signed, but this ledger has no delivery {tracking_id(token.id)}", "foreign", alone
        )
    if target.attempts < max(token.attempt, 1):
        made = (
            f"attempt {max(token.attempt, 1)} of delivery {tracking_id(target.id)} was never made"
        )
        if token.attempt != _LAST_ATTEMPT or target.attempts < _LAST_ATTEMPT:
            return _Refused(made, "foreign", alone)
    known = 0 < token.attempt < _LAST_ATTEMPT
    strength = Strength.SEEN if clue.kind is ClueKind.VISIBLE else Strength.SIGNED
    link = Link(clue, strength, token.purpose, token.attempt if known else None)
    return _Found(link, (target,))


def _look_up(clue: Clue, report: Report, lookup: Lookup) -> _Refused | _Found:
    """An id that stands in the ledger as it is; shared ids are told apart by recipient."""
    match clue.kind:
        case ClueKind.ENVELOPE_ID:
            targets = lookup.by_envelope_id(clue.value)
        case ClueKind.MESSAGE_ID | ClueKind.REFERENCES:
            targets = lookup.by_message_id(clue.value)
        case _:
            return _Refused("no mark of ours")
    mailed = tuple(target for target in targets if target.attempts > 0)
    if targets and not mailed:
        return _Refused("names a delivery that was never mailed", "foreign")
    if not mailed:
        return _Refused("not in the ledger")
    if len(mailed) > 1:
        named = tuple(target for target in mailed if _speaks_of(report, target))
        if not named or (len(named) > 1 and report.kind not in {Kind.DSN, Kind.BOUNCE}):
            return _Refused(
                f"shared by {len(mailed)} deliveries, and no recipient tells them apart"
            )
        mailed = named
    return _Found(Link(clue, Strength.NAMED), mailed)


def _speaks_of(report: Report, target: Target) -> bool:
    addresses = [report.sender] if report.kind in {Kind.REPLY, Kind.AUTOREPLY, Kind.MDN} else []
    for said in report.recipients:
        addresses += [said.original_address, said.address]
    return any(same_address(address, target.address) for address in addresses)


def _others(
    report: Report, targets: tuple[Target, ...], lookup: Lookup
) -> tuple[tuple[Link, Target], ...]:
    """Deliveries of the same Message-ID to the other recipients that one report speaks of."""
    if report.kind not in {Kind.DSN, Kind.BOUNCE} or len(report.recipients) < 2:
        return ()
    mine = {target.id for target in targets}
    others: dict[int, tuple[Link, Target]] = {}
    for clue in _clues(report):
        if clue.kind is not ClueKind.MESSAGE_ID:
            continue
        for other in lookup.by_message_id(clue.value):
            if other.attempts and other.id not in mine and _speaks_of(report, other):
                others.setdefault(other.id, (Link(clue, Strength.NAMED), other))
    return tuple(others.values())


def _draw(
    report: Report,
    linked: Iterable[tuple[Link, Target]],
    *,
    received: datetime,
    now: datetime,
    found: str,
) -> tuple[NewFact, ...]:
    return tuple(
        fact
        for link, target in linked
        for fact in facts_of(report, target, link, received_at=received, now=now, found=found)
    )


def _told(
    report: Report,
    link: Link,
    targets: tuple[Target, ...],
    facts: tuple[NewFact, ...],
    tried: list[str],
) -> Correlation:
    names = ", ".join(tracking_id(target.id) for target in targets)
    # a complaint type that is none ("not-spam") is understood, and says nothing
    understood = bool(facts) or report.kind is Kind.ARF
    tail = "" if facts else ", but the message says nothing of what became of it"
    tried.append(f"{link.clue.kind}: delivery {names}{tail}")
    return Correlation(
        "matched" if understood else "unmatched",
        facts,
        tuple(tried),
        link.clue,
        targets[0].id,
        by_recipient=report.kind is Kind.REPLY
        and link.strength is Strength.SIGNED
        and same_address(report.sender, targets[0].address),
    )
