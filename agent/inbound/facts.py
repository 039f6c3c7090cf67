"""From what a report says to facts about one delivery.

Owns the weighing: which kind of report is which fact, and how much it proves. Pure.
Must not find the delivery (correlate does) nor judge what the facts add up to
(the ledger does).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from agent.inbound.known import Target
from parsers.addresses import domain_form
from parsers.report import (
    Action,
    Basis,
    Clue,
    ClueKind,
    Disposition,
    Kind,
    Reason,
    RecipientReport,
    Report,
)
from parsers.token import Purpose
from store.evidence import NewFact
from store.words import Assurance, FactKind

__all__ = ["Link", "Strength", "facts_of", "same_address", "sane_time"]

_SKEW = timedelta(minutes=5)  # clocks of other people's servers
_DETAIL_LIMIT = 500

_ACTIONS: Mapping[Action, FactKind] = {
    Action.DELIVERED: FactKind.DELIVERED,
    Action.RELAYED: FactKind.RELAYED,
    Action.EXPANDED: FactKind.EXPANDED,
    Action.DELAYED: FactKind.DELAYED,
    Action.FAILED: FactKind.FAILED,
}
# RFC 5965 7.3 and the registry: what is a complaint of a person about this very mail
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "virus", "other"})


class Strength(Enum):
    """How a report was tied to its delivery."""

    SIGNED = auto()  # a valid mark of ours, in a place that only machines write
    NAMED = auto()  # an id that anybody who saw the mail could repeat
    SEEN = auto()  # only the visible reference


@dataclass(frozen=True, slots=True)
class Link:
    """The clue that tied a report to a delivery."""

    clue: Clue
    strength: Strength
    purpose: Purpose | None = None  # of the mark; None where an id was looked up
    attempt: int | None = None  # None where the clue does not tell

    @property
    def words(self) -> str:
        """For the trace: kind and value."""
        return f"{self.clue.kind}: {self.clue.value}"


def facts_of(
    report: Report,
    target: Target,
    link: Link,
    *,
    received_at: datetime,
    now: datetime,
    found: str = "",
) -> tuple[NewFact, ...]:
    """The facts that a report proves, claims or hints of the delivery it was tied to.

    received_at (aware) stands in where the report's own date cannot be. found: what our own
    mail host found of its sender, as parsers.authentication tells it. Total: a report that
    says nothing of the delivery gives no facts.
    """
    moment = _Moment(report, target, received_at, now)
    match report.kind:
        case Kind.DSN | Kind.BOUNCE:
            return tuple(
                fact
                for said in _concerned(report.recipients, target, link)
                if (fact := _delivery_status(report.kind, said, target, link, moment))
            )
        case Kind.MDN:
            return (_disposition(report, target, link, moment),)
        case Kind.ARF:
            return _complaint(report, target, link, moment)
        case Kind.AUTOREPLY:
            return (_away(report, target, link, moment),)
        case Kind.REPLY:
            return (_replied(report, target, link, moment, found),)
        case _:
            return ()


def same_address(one: str, other: str) -> bool:
    """Whether two addresses name one mailbox, as far as can be told from outside."""
    return bool(one) and (one == other or _folded(one) == _folded(other))


def sane_time(said: datetime | None, *, owed_at: datetime | None, now: datetime) -> bool:
    """Whether a date that a stranger wrote can be when it happened."""
    if said is None or said.tzinfo is None or said > now + _SKEW:
        return False
    return owed_at is None or said >= owed_at - _SKEW


class _Moment:
    """When it happened: the report's own dates where sane, else when it was received."""

    def __init__(
        self, report: Report, target: Target, received_at: datetime, now: datetime
    ) -> None:
        self._dates = (report.date, received_at)
        self._owed_at = target.owed_at
        self._now = now

    def of(self, said: RecipientReport | None) -> datetime:
        dates: list[datetime | None] = [said.date if said else None, *self._dates]
        for date in dates:
            if date is not None and sane_time(date, owed_at=self._owed_at, now=self._now):
                return min(date, self._now)
        return self._now


def _folded(address: str) -> str:
    plain = address.strip().removeprefix("<").removesuffix(">").strip()
    if plain.isascii():
        return plain.lower()
    local, at, domain = plain.rpartition("@")
    return local.casefold() + at + domain_form(domain)


def _concerned(
    recipients: tuple[RecipientReport, ...], target: Target, link: Link
) -> tuple[RecipientReport, ...]:
    """_about(), but that a reference which anybody may quote ties to nobody who is not named."""
    about = _about(recipients, target)
    if link.strength is not Strength.SEEN:
        return about
    return tuple(said for said in about if _is_said_of(said, target))


def _is_said_of(said: RecipientReport, target: Target) -> bool:
    return same_address(said.original_address or said.address, target.address) or same_address(
        said.address, target.address
    )


def _about(recipients: tuple[RecipientReport, ...], target: Target) -> tuple[RecipientReport, ...]:
    """What is said of the target; where nobody is it, all are addresses that it leads to."""
    return tuple(said for said in recipients if _is_said_of(said, target)) or recipients


def _fact(
    kind: FactKind,
    assurance: Assurance,
    target: Target,
    link: Link,
    *,
    at: datetime,
    detail: str,
    said: RecipientReport | None = None,
) -> NewFact:
    return NewFact(
        kind=kind,
        delivery_id=target.id,
        at=at,
        assurance=assurance,
        attempt=link.attempt,
        clue=link.words,
        recipient=(said.original_address or said.address) if said else "",
        status=said.status if said else "",
        reply_code=said.reply_code if said else "",
        reason=str(said.reason) if said else "",
        severity=str(said.severity) if said else "",
        diagnostic=said.diagnostic if said else "",
        reporting_mta=said.reporting_mta if said else "",
        remote_mta=said.remote_mta if said else "",
        detail=detail[:_DETAIL_LIMIT],
    )


def _lowered(most: Assurance, link: Link) -> Assurance:
    """One step down for an id that anybody could repeat, to the bottom for visible text."""
    match link.strength:
        case Strength.SIGNED:
            return most
        case Strength.NAMED:
            return Assurance(max(most - 1, Assurance.HINT))
        case _:
            return Assurance.HINT


def _delivery_status(
    kind_of_report: Kind, said: RecipientReport, target: Target, link: Link, moment: _Moment
) -> NewFact | None:
    if said.action is None:
        return None
    kind = _ACTIONS[said.action]
    # that it failed stands in a DSN's Action field, even where only words say why
    in_words = kind_of_report is Kind.BOUNCE and said.basis is Basis.WORDS
    is_named = bool(said.address or said.original_address)
    most = Assurance.PROOF if is_named and not in_words else Assurance.CLAIM
    words = [said.diagnostic or " ".join(filter(None, (str(said.action), said.status)))]
    if not same_address(said.original_address or said.address, target.address) and said.address:
        words.append(f"(said of {said.address}, to which {target.address} leads)")
    elif said.original_address and not same_address(said.address, said.original_address):
        words.append(f"(at {said.address}, to which {target.address} was forwarded)")
    elif not is_named:
        words.append("(it names no recipient)")
    words += [f"({odd})" for odd in said.contradictions]
    if said.retry_until is not None and kind is FactKind.DELAYED:
        words.append(f"(tried until {said.retry_until:%Y-%m-%d %H:%M} UTC)")
    return _fact(
        kind,
        _lowered(most, link),
        target,
        link,
        at=moment.of(said),
        detail=" ".join(words),
        said=said,
    )


def _disposition(report: Report, target: Target, link: Link, moment: _Moment) -> NewFact:
    """RFC 8098 3.2.6: the recipient's own program speaks, so never more than a claim."""
    said = next(iter(_about(report.recipients, target)), None)
    disposition = said.disposition if said else None
    assurance = _lowered(Assurance.CLAIM, link)
    if said is not None and said.refused:
        kind, detail = FactKind.REFUSED, ""
    elif disposition is Disposition.DISPLAYED:
        kind, detail = FactKind.DISPLAYED, "a read receipt says so"
    elif disposition is not None:
        kind, detail = FactKind.UNREAD, f'it says "{disposition}"'
    else:
        kind, detail = FactKind.UNREAD, "it does not say what became of the mail"
        assurance = Assurance.HINT
    if said is not None and said.diagnostic:
        detail = f"{detail}: {said.diagnostic}" if detail else said.diagnostic
    return _fact(kind, assurance, target, link, at=moment.of(said), detail=detail, said=said)


def _complaint(report: Report, target: Target, link: Link, moment: _Moment) -> tuple[NewFact, ...]:
    if report.feedback_type not in _COMPLAINTS:
        return ()
    said = next(iter(_about(report.recipients, target)), None)
    assurance = _lowered(Assurance.CLAIM, link)
    detail = f'"{report.feedback_type}"'
    at = moment.of(said)
    return (_fact(FactKind.COMPLAINED, assurance, target, link, at=at, detail=detail, said=said),)


def _away(report: Report, target: Target, link: Link, moment: _Moment) -> NewFact:
    """RFC 3834. An absence note speaks for a mailbox, a ticket or a challenge for a program."""
    said = next(iter(report.recipients), None)
    reason = said.reason if said else Reason.UNDEFINED
    assurance = _lowered(Assurance.CLAIM, link)
    if reason is Reason.VACATION:
        words = ["from the mailbox"]
    elif reason is Reason.HASMOVED:
        words = ["the address has moved"]
    else:
        assurance, words = Assurance.HINT, ["hardly from a person's mailbox"]
    if report.until is not None:
        words.append(f"away until {report.until:%Y-%m-%d}")
    if report.deputy:
        words.append(f"refers to {report.deputy}")
    detail = ", ".join(words)
    if report.subject:
        detail += f": {report.subject}"
    return _fact(FactKind.AWAY, assurance, target, link, at=moment.of(None), detail=detail)


def _replied(report: Report, target: Target, link: Link, moment: _Moment, found: str) -> NewFact:
    """A person wrote; the mark in the address they wrote to ties it to the mail they had.

    Whoever the mail was passed on to can answer as well, an alias or a deputy among them: that
    proves nothing of the recipient, but where our own host found that its domain wrote.
    """
    addressed = link.clue.kind is ClueKind.ADDRESSED and link.purpose is not None
    is_theirs = same_address(report.sender, target.address)
    known = _vouched(found, target) or (is_theirs and "dmarc=fail" not in found.lower())
    match link.strength:
        case Strength.SIGNED:
            assurance = Assurance.PROOF if addressed and known else Assurance.CLAIM
        case Strength.NAMED:
            assurance = Assurance.CLAIM
        case _:
            assurance = Assurance.HINT
    detail = report.sender or "somebody"
    if not is_theirs:
        detail += f", not {target.address} to whom it went"
    if report.subject:
        detail += f": {report.subject}"
    return _fact(FactKind.REPLIED, assurance, target, link, at=moment.of(None), detail=detail)


def _vouched(found: str, target: Target) -> bool:
    """Whether the recipient's domain wrote (dmarc) or signed (dkim) what came."""
    domain = target.address.rpartition("@")[2].lower()
    results = found.lower().split(", ")
    return any(f"{method}=pass ({domain})" in results for method in ("dmarc", "dkim"))
