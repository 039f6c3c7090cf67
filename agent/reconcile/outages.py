"""Probes that did not come back as they should: the admins are told once, and once when it is well.

Owns what counts as an outage, its key and its words. Must not send: what it tells is
a notice like any other. An outage's key names the probe with which it began, so however
many agents run, and however often each looks, it is told once.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agent.log import event
from agent.outbound.intake import accept_parts
from agent.reconcile.plain import moment, plain, span
from store import canaries, channels, notices, paths
from store.canaries import Canary
from store.database import Ledger
from store.errors import NoticeConflict
from store.telling import LEFT
from store.words import PolicyBook

__all__ = ["Audience", "Outages", "Trouble"]

_HEADERS = (("Auto-Submitted", "auto-generated"),)  # RFC 3834 5
_NOWHERE = ""  # the channel of probes that must not come back


class Trouble(StrEnum):
    """What is wrong with a way."""

    MISSING = "missing"  # a probe did not come back in time
    STRAYED = "strayed"  # it came back in another watched folder
    BOUNCED = "bounced"  # the address known to work did not


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told, and how such notices are tracked."""

    to: tuple[str, ...]  # nobody: the log only
    sender: str
    notice_class: str
    subject: str  # how the subject begins


@dataclass(frozen=True, slots=True)
class _State:
    """Whether a trouble is on now, and the probes that may have begun it, newest first."""

    trouble: Trouble
    now: Canary | None  # the oldest probe that shows it
    past: Sequence[Canary]


@dataclass
class Outages:
    """Looks at the probes and tells what changed. Not for two threads at once."""

    ledger: Ledger
    audience: Audience
    policies: PolicyBook
    patience: timedelta
    # a missing probe and its channel -> sentences about the cause
    suspects: Callable[[Canary], list[str]]
    log: logging.Logger
    _known: set[tuple[tuple[str, str], Trouble]] = field(default_factory=set, init=False)

    def look(self, ways: Sequence[tuple[str, str]], now: datetime) -> int:
        """Tell every outage that began or ended on these ways; how many notices were taken on.

        A way is a route and the channel where its probes are expected; one that works says
        nothing of another. Raises LedgerError and IntakeError.
        """
        told = 0
        with self.ledger.hold("outages") as held:
            if not held:
                return 0
            for way in dict.fromkeys(ways):
                for state in self._states(way, now):
                    told += self._follow(way, state, now)
        return told

    def _states(self, way: tuple[str, str], now: datetime) -> list[_State]:
        route, channel = way
        before = now - self.patience
        with self.ledger.transaction(read_only=True) as tx:
            recent = canaries.recent(tx, route=route, channel=channel)
            late = canaries.overdue(tx, route=route, channel=channel, sent_before=before)
        back = [one for one in recent if one.returned_at is not None]
        if channel == _NOWHERE:
            newest = recent[0] if recent else None
            bounced = newest if newest and newest.returned_at else None
            return [_State(Trouble.BOUNCED, bounced, back)]
        slow = [one for one in recent if self._was_late(one, now)]
        astray = [one for one in back if one.returned_by != channel]
        strayed = back[0] if back and back[0].returned_by != channel else None
        return [
            _State(Trouble.MISSING, late[0] if late else None, [*slow, *late]),
            _State(Trouble.STRAYED, strayed, astray),
        ]

    def _was_late(self, one: Canary, now: datetime) -> bool:
        return (one.returned_at or now) - one.sent_at > self.patience

    def _follow(self, way: tuple[str, str], state: _State, now: datetime) -> int:
        began = self._open_outage(state)
        if state.now is not None and began is None:
            return self._tell_began(way, state.trouble, state.now, now)
        if state.now is None and began is not None:
            return self._tell_ended(way, state.trouble, began, now)
        return 0

    def _open_outage(self, state: _State) -> Canary | None:
        """The probe of the newest outage that was told and not ended."""
        with self.ledger.transaction(read_only=True) as tx:
            for one in state.past:
                if notices.find(tx, _key(state.trouble, one)) is not None:
                    ended = notices.find(tx, _key(state.trouble, one, "well")) is not None
                    return None if ended else one
        return None

    def _tell_began(
        self, way: tuple[str, str], trouble: Trouble, probe: Canary, now: datetime
    ) -> int:
        if not self.audience.to and (way, trouble) in self._known:
            return 0  # only the log is told, and was
        why = self._why(probe, trouble)
        event(
            self.log, logging.ERROR, f"probe-{trouble}",
            channel=probe.channel or "none", route=probe.route, sent=probe.sent_at,
            why="; ".join(why),
        )  # fmt: skip
        self._known.add((way, trouble))
        if trouble is Trouble.MISSING:
            self.ledger.run(lambda tx: _doubt(tx, way, probe.id, why, now))
        subject, text = _began(trouble, probe, why, self.patience)
        return self._accept(_key(trouble, probe), subject, text, now)

    def _tell_ended(
        self, way: tuple[str, str], trouble: Trouble, probe: Canary, now: datetime
    ) -> int:
        event(
            self.log, logging.INFO, "probes-well",
            channel=probe.channel or "none", route=probe.route, began=probe.sent_at,
        )  # fmt: skip
        self._known.discard((way, trouble))
        subject, text = _ended(trouble, probe)
        return self._accept(_key(trouble, probe, "well"), subject, text, now)

    def _why(self, probe: Canary, trouble: Trouble) -> list[str]:
        if trouble is not Trouble.MISSING:
            return []
        if probe.refusal:
            return [f"it is refused: {probe.refusal}"]
        with self.ledger.transaction(read_only=True) as tx:
            channel = next((one for one in channels.all(tx) if one.name == probe.channel), None)
        is_heard = channel is None or channel.last_error.startswith(LEFT)
        if channel is not None and channel.failing_since is not None and not is_heard:
            since = moment(channel.failing_since)
            return [f"the folder cannot be read since {since}: {channel.last_error}"]
        return self.suspects(probe)

    def _accept(self, key: str, subject: str, text: str, now: datetime) -> int:
        if not self.audience.to:
            return 0
        try:
            accepted = accept_parts(
                self.ledger,
                key=key,
                recipients=self.audience.to,
                sender=self.audience.sender,
                subject=f"{self.audience.subject}: {subject}",
                text=text,
                headers=_HEADERS,
                notice_class=self.audience.notice_class,
                policies=self.policies,
                now=now,
            )
        except NoticeConflict:  # another machine was quicker, and found other words
            return 0
        return int(accepted.created)


# tx is the ledger's affair: this layer does not know the database's types
def _doubt(tx: Any, way: tuple[str, str], probe_id: int, why: Sequence[str], now: datetime) -> None:
    """Have the silence judged again that was believed since this path was heard last."""
    canaries.explain(tx, probe_id, "; ".join(why))
    for hold in paths.heard(tx).holds:
        if (hold.route, hold.channel) == way:
            paths.doubt(tx, hold, now)


def _key(trouble: Trouble, probe: Canary, what: str = "") -> str:
    return ":".join(filter(None, ("probe", trouble, str(probe.id), what)))


def _began(
    trouble: Trouble, probe: Canary, why: Sequence[str], patience: timedelta
) -> tuple[str, str]:
    sent = f"A probe mail of landed's own, sent by route {probe.route} at {moment(probe.sent_at)},"
    fared = f"has not come back in {probe.channel} within {span(patience)}."
    if probe.refusal:
        sent = f"A probe mail of landed's own, for route {probe.route} at {moment(probe.sent_at)},"
        fared = f"was not taken, so that none comes back in {probe.channel}."
    match trouble:
        case Trouble.MISSING:
            subject = f"a probe by route {probe.route} is missing in {probe.channel}"
            body = (
                f"{sent}\n{fared}\n\n"
                "Other answers may be missing there too. Until a later probe by this route comes\n"
                "back, nothing that it sends is presumed landed: what rests on silence becomes\n"
                '"blind", also what was judged since the last probe that came back was sent. So\n'
                "does what goes by others, until a probe of their own comes back.\n\n" + _found(why)
            )
        case Trouble.STRAYED:
            subject = f"probes come back in {probe.returned_by}"
            body = (
                f"{sent}\ncame back in {probe.returned_by}, not in {probe.channel}.\n\n"
                "That folder is watched, so nothing is missed. But mail to the return path is\n"
                "being sorted away, often as junk: tell the filter that it is none.\n"
            )
        case Trouble.BOUNCED:
            subject = f"a mail by route {probe.route} to the working address bounced"
            body = (
                f"{sent}\nwent to the address that is known to work, and came back in "
                f"{probe.returned_by}.\n\nLook at that mail: others may be refused for the same "
                "reason.\n"
            )
    return plain(subject), body + "\nYou are told once more when it is well again.\n"


def _found(why: Sequence[str]) -> str:
    if not why:
        return (
            "The mailbox can be read, and shows no cause. Look at how every address of the return\n"
            "path is delivered into it (sub-addressing, catch-all, forwarding), at the queue of\n"
            "the relay, and at the address that is to bounce. `landed doctor` tries each part.\n"
        )
    return "What was found:\n" + "".join(f"- {plain(one)}\n" for one in why)


def _ended(trouble: Trouble, probe: Canary) -> tuple[str, str]:
    place = f" in {probe.channel}" if probe.channel else ""
    text = (
        f"What was told of the probe mail of {moment(probe.sent_at)} by route {probe.route} "
        f"({trouble})\nis over: a later probe fared as it should, and so do answers again.\n"
    )
    if trouble is Trouble.MISSING and probe.returned_at is None and not probe.refusal:
        text += (
            "\nThat probe itself never came back, and answers of that time may be lost with it:\n"
            "of what went out then silence proves less than it says. Look where they may lie\n"
            "(Junk, a quarantine, the relay's queue), and move them into a watched folder.\n"
        )
    return plain(f"probes by route {probe.route} are well again{place}"), text
