"""judge: all facts of one delivery -> its state. Pure, total, blind to order and repeats.

Owns the rules. Must not read a clock or a database: now and the watermarks come
in as arguments. The first row that fits decides:

    facts                                              state
    -------------------------------------------------  ---------------------------------------
    CLOSED, not reopened since                         closed
    a standing failure and a success of (perhaps) the  gap contested
      same attempt
    a standing failure, nothing arrived                gap rejected (REJECTED, REFUSED)
                                                       or failed (FAILED), at once
    QUARANTINED, nothing arrived since, where arrival  gap quarantined, at once
      is asked for
    the stage asked for, at the assurance asked for    landed
    SUPPRESSED, never accepted                         gap suppressed
    UNREAD                                             gap unconfirmed, at once: look
    AMBIGUOUS, nothing heard of it                     waiting for ambiguous_wait, then gap
                                                       ambiguous (HOLD) or waiting for the
                                                       resend; at the deadline, or when our
                                                       retries ended: gap ambiguous
    never accepted                                     gap unsent when given up or at the
                                                       deadline, else waiting
    DELAYED and no progress since                      gap delayed after delayed_after or at
                                                       the deadline, else waiting
    before the deadline                                waiting
    the stage asked for, but weaker                    gap unconfirmed, unless silence is good
    silence, channels observed through the moment      presumed where silence is good (moment:
                                                       deadline and silence_after) and the mail
                                                       is not known to be ABSENT, else
                                                       gap silent (moment: deadline)
    silence, channels not observed that far            waiting for blind_grace, then gap blind

A failure stands unless a later attempt, itself not failed and not given up,
has begun; what was said of the fallen attempt then no longer counts. A failed
second copy does not undo the first copy's arrival. A success is DELIVERED or
more at a claim or better: RELAYED and then FAILED is the plain asynchronous
bounce. A hint never contradicts, and where silence is good it never harms.
ABSENT proves nothing by itself, since readers delete mail; it only forbids to
presume that the mail arrived.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from store.picture import Picture, draw
from store.telling import moment, told
from store.words import (
    AfterAmbiguous,
    Assurance,
    Fact,
    FactKind,
    GapKind,
    Policy,
    Stage,
    State,
    Verdict,
)

__all__ = ["decide", "judge", "later", "patience"]

_DOUBLINGS = 10
_RELOOK = timedelta(minutes=5)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def judge(
    policy: Policy,
    facts: Iterable[Fact],
    watermarks: Mapping[str, datetime | None],
    now: datetime,
) -> State:
    """What the ledger may say of a delivery at now, given everything it was told.

    facts: aware datetimes; without OWED the earliest fact starts the clock.
    watermarks: of every channel that is due, and of each path to one that a missing probe
    puts in doubt (store.paths); None: never read to its end.
    """
    return decide(policy, draw(facts), watermarks, now)


def decide(
    policy: Policy, picture: Picture, watermarks: Mapping[str, datetime | None], now: datetime
) -> State:
    """judge() for whoever has drawn the picture already."""
    return _Case(policy, picture, watermarks, now).state()


def later(start: datetime, span: timedelta) -> datetime:
    """Start + span, held within what a datetime can say."""
    try:
        return start + span
    except OverflowError:
        return _END_OF_TIME if span > timedelta(0) else _BEGINNING


def patience(picture: Picture, policy: Policy) -> datetime:
    """Until when to wait for evidence of an ambiguous attempt: each time twice as long as before.

    A relay that loses every reply would else send a copy an hour.
    """
    assert picture.ambiguous is not None  # noqa: S101 - asked only where there is one
    try:
        span = policy.ambiguous_wait * 2 ** min(max(picture.lost, 1) - 1, _DOUBLINGS)
    except OverflowError:
        span = timedelta.max
    return later(picture.ambiguous.at, span)


class _Case:
    """One judgement: the picture, and what is asked of it."""

    def __init__(
        self,
        policy: Policy,
        picture: Picture,
        watermarks: Mapping[str, datetime | None],
        now: datetime,
    ) -> None:
        self.policy = policy
        self.picture = picture
        self.watermarks = watermarks
        self.now = now
        start = picture.owed.at if picture.owed is not None else now
        self.deadline = later(start, policy.within)

    def state(self) -> State:
        """Down the table of the module, to the first row that fits."""
        picture = self.picture
        if picture.human is not None and picture.human.kind is FactKind.CLOSED:
            return self._end(Verdict.CLOSED, told(picture.human))
        return (
            self._failure()
            or self._quarantined()
            or self._met()
            or self._unsent_by_choice()
            or self._unread()
            or self._ambiguous()
            or self._unaccepted()
            or self._delayed()
            or self._silence()
        )

    def _end(
        self,
        verdict: Verdict,
        why: str,
        *,
        gap: GapKind | None = None,
        look: datetime | None = None,
        needs: datetime | None = None,
    ) -> State:
        best = self.picture.best(self.policy.assurance)
        return State(
            verdict=verdict,
            stage=Stage.QUEUED if best is None else best.stage,
            assurance=None if best is None else best.assurance,
            gap=gap,
            why=why,
            deadline=self.deadline,
            next_look_at=look,
            needs_watermark=needs,
        )

    def _gap(self, kind: GapKind, why: str) -> State:
        return self._end(Verdict.GAP, why, gap=kind)

    def _wait(self, why: str, until: datetime) -> State:
        return self._end(Verdict.WAITING, why, look=until)

    def _failure(self) -> State | None:
        failures = self.picture.failures
        if not failures:
            return None
        for failure in reversed(failures):
            against = self.picture.contests(failure)
            if against is not None:
                return self._gap(GapKind.CONTESTED, f"{told(failure)}; yet {told(against.fact)}")
        if self.picture.arrived() is not None:
            return None
        decides = failures[-1]
        bounced = decides.kind is FactKind.FAILED
        weak = "only a hint: " if decides.assurance < Assurance.CLAIM else ""
        return self._gap(GapKind.FAILED if bounced else GapKind.REJECTED, weak + told(decides))

    def _quarantined(self) -> State | None:
        held = self.picture.quarantined
        if held is None or self.policy.stage < Stage.DELIVERED:
            return None
        return self._gap(GapKind.QUARANTINED, told(held))

    def _met(self) -> State | None:
        if self.policy.stage is Stage.QUEUED:
            return self._end(Verdict.LANDED, "its policy asks for nothing beyond the ledger")
        proof = self.picture.meets(self.policy.stage, self.policy.assurance)
        return None if proof is None else self._end(Verdict.LANDED, told(proof.fact))

    def _unsent_by_choice(self) -> State | None:
        picture = self.picture
        if picture.suppressed is None or picture.accepted is not None:
            return None
        return self._gap(GapKind.SUPPRESSED, told(picture.suppressed))

    def _unread(self) -> State | None:
        unread = self.picture.unread
        if unread is None:
            return None
        return self._gap(GapKind.UNCONFIRMED, f"look: {told(unread)}")

    def _ambiguous(self) -> State | None:
        picture, policy = self.picture, self.policy
        if picture.ambiguous is None:
            return None
        said = told(picture.ambiguous)
        if picture.given_up is not None:
            return self._gap(GapKind.AMBIGUOUS, f"{said}; {told(picture.given_up)}")
        until = min(patience(picture, policy), self.deadline)
        if self.now < until:
            return self._wait(f"{said}; waiting for evidence until {moment(until)}", until)
        if policy.after_ambiguous is AfterAmbiguous.HOLD:
            return self._gap(GapKind.AMBIGUOUS, f"{said}; its policy leaves the resend to a person")
        if self.now < self.deadline:
            return self._wait(f"{said}; to be sent again", self.deadline)
        return self._gap(GapKind.AMBIGUOUS, f"{said}; nothing was heard by {moment(self.deadline)}")

    def _unaccepted(self) -> State | None:
        picture = self.picture
        if picture.accepted is not None:
            return None
        if picture.given_up is not None:
            last = "" if picture.deferred is None else f"; last: {told(picture.deferred)}"
            return self._gap(GapKind.UNSENT, told(picture.given_up) + last)
        last = "no attempt was made" if picture.deferred is None else told(picture.deferred)
        if self.now >= self.deadline:
            return self._gap(GapKind.UNSENT, f"no relay took it by {moment(self.deadline)}: {last}")
        if picture.deferred is None:
            return self._wait("not yet sent", self.deadline)
        return self._wait(f"not yet sent: {last}", self.deadline)

    def _delayed(self) -> State | None:
        delayed = self.picture.delayed
        if delayed is None:
            return None
        until = min(later(delayed.at, self.policy.delayed_after), self.deadline)
        if self.now >= until:
            return self._gap(GapKind.DELAYED, f"{told(delayed)}; nothing since")
        return self._wait(told(delayed), until)

    def _silence(self) -> State:
        policy, accepted = self.policy, self.picture.accepted
        if accepted is None:  # _unaccepted has dealt with it
            raise AssertionError("silence is only judged of what was accepted")
        said = told(self._furthest() or accepted)
        if self.now < self.deadline:
            return self._wait(f"{said}; {self._asked()}", self.deadline)
        weak = self.picture.meets(policy.stage, Assurance.HINT)
        if weak is not None and not policy.silence_is_good:
            return self._gap(
                GapKind.UNCONFIRMED,
                f"only a {weak.assurance.word} where a {policy.assurance.word} is asked for: "
                f"{told(weak.fact)}",
            )
        through = self.deadline
        if policy.silence_is_good:
            through = max(through, later(accepted.at, policy.silence_after))
        if self.now < through:
            return self._wait(f"{said}; silence counts as good on {moment(through)}", through)
        unseen = sorted(
            name for name, mark in self.watermarks.items() if mark is None or mark < through
        )
        if self.watermarks and not unseen:
            heard = (
                f"{said}; nothing else was heard by {moment(through)}, and every channel was read"
            )
            absent = self.picture.absent
            if policy.silence_is_good and absent is None:
                return self._end(Verdict.PRESUMED, heard)
            looked = "" if absent is None else f"; {told(absent)}"
            return self._gap(GapKind.SILENT, heard + looked)
        return self._unseen(said, through, unseen)

    def _unseen(self, said: str, through: datetime, unseen: list[str]) -> State:
        names = ", ".join(unseen[:5]) or "no channel is watched"
        why = f"{said}; not observed through {moment(through)}: {names}"
        relook = later(self.now, _RELOOK)
        grace = later(through, self.policy.blind_grace)
        if self.now < grace:
            return self._end(Verdict.WAITING, why, look=min(relook, grace), needs=through)
        return self._end(Verdict.GAP, why, gap=GapKind.BLIND, look=relook, needs=through)

    def _furthest(self) -> Fact | None:
        best = self.picture.best(Assurance.CLAIM)
        return None if best is None else best.fact

    def _asked(self) -> str:
        return f"{self.policy.stage.word} is due by {moment(self.deadline)}"
