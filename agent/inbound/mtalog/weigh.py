"""From what the log says of a delivery to its facts.

Owns what a line proves: another host's acceptance is relayed, a mailbox's is
delivered, one of our own hosts' is no more than accepted. The rest is weighed as a
delivery report would be (agent.inbound.facts), so that the same failure by log and
by report is one piece of evidence. Pure.
"""

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from agent.inbound.facts import facts_of
from agent.inbound.known import Target
from agent.inbound.mtalog.queue import Said
from parsers.codes import weigh
from parsers.maillog import Event, Hand
from parsers.report import Action, Kind, RecipientReport, Report
from store.evidence import NewFact
from store.words import FactKind

__all__ = ["facts_of_line", "is_own"]

_HANDS = {
    Hand.HOST: Action.RELAYED,
    Hand.MAILBOX: Action.DELIVERED,
    Hand.QUEUE: Action.EXPANDED,
    Hand.NOBODY: None,
}
_EVENTS = {
    Event.DEFERRED: Action.DELAYED,
    Event.BOUNCED: Action.FAILED,
    Event.EXPIRED: Action.FAILED,
    Event.DELETED: Action.FAILED,
}
_FRAME = re.compile(
    r"host \S{1,300} (?:said|refused to talk to me): (?P<words>.*?)"
    r"(?: \(in reply to [\w .]{1,60} command\))?"
)
_BY_HAND = "an administrator deleted it from the mail server's queue"


def facts_of_line(
    said: Said, target: Target, *, host: str, own_hosts: Sequence[str], now: datetime
) -> tuple[NewFact, ...]:
    """The facts that a line proves of the delivery that its queue id belongs to.

    host: the mail server's full name, as its reports give it, "" where not configured.
    own_hosts: names, addresses and networks whose acceptance is not yet relaying.
    """
    line = said.line
    action = _HANDS[line.hand] if line.hand else _EVENTS[line.event]
    if action is None:
        return ()
    whole = line.event in {Event.EXPIRED, Event.DELETED}
    people = said.waiting or ((target.address, ""),) if whole else ((line.address, line.original),)
    facts: list[NewFact] = []
    for address, original in people:
        one_of_many = not said.alone and original not in {"", address}
        done = Action.EXPANDED if one_of_many and action is Action.DELIVERED else action
        report = _report(said, done, address, original, host)
        for fact in facts_of(report, target, said.link, received_at=now, now=now):
            own = fact.kind is FactKind.RELAYED and (
                is_own(line.relay, own_hosts) or is_own(line.relay_ip, own_hosts)
            )
            detail = f"taken by our own {line.relay}: {fact.detail}"
            facts.append(fact._replace(kind=FactKind.ACCEPTED, detail=detail) if own else fact)
    return tuple(facts)


def is_own(relay: str, own_hosts: Sequence[str]) -> bool:
    """Whether a host, by name or address, is one of these names, addresses or networks."""
    plain = relay.strip("[]").lower()
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return bool(plain) and plain in {own.lower() for own in own_hosts}
    for own in own_hosts:
        try:
            if address in ipaddress.ip_network(own, strict=False):
                return True
        except ValueError:
            continue
    return False


def _report(said: Said, action: Action, address: str, original: str, host: str) -> Report:
    line = said.line
    text = _BY_HAND if line.event is Event.DELETED else _remote_words(line.text)
    mta = _full(line.host, host)
    verdict = weigh(
        text, status=line.status, action=action, remote_mta=line.relay, reporting_mta=mta
    )
    at = line.when.astimezone(UTC)  # a time without zone is of this machine's clock
    one = RecipientReport(
        address=address,
        original_address=original,
        action=action,
        status=line.status or verdict.status,
        reply_code=verdict.reply_code,
        reason=verdict.reason,
        severity=verdict.severity,
        diagnostic=text,
        reporting_mta=mta,
        remote_mta=line.relay,
        date=at,
        basis=verdict.basis,
    )
    return Report(Kind.DSN, recipients=(one,), date=at, detector="mta-log")


def _remote_words(text: str) -> str:
    """What the next host said, as Postfix's report repeats it: without Postfix's own frame."""
    found = _FRAME.fullmatch(text)
    return found["words"] if found else text


def _full(logged: str, host: str) -> str:
    """The log says "mail" where reports say "mail.example.org"; several servers may share it."""
    return host if logged in {"", host.partition(".")[0]} else logged
