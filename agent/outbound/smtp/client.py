"""Sending messages to one recipient each over SMTP or LMTP, and knowing exactly how each ended.

Owns the line and its reuse, the order of the conversation (RFC 5321) where it is
not pipelined, and telling apart, phase by phase, refused, not now, not reached,
and unknown. Must not retry, choose a route or
know the ledger's rows.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from agent.log import event
from agent.outbound.composing.compose import Composed
from agent.outbound.floor import Waiting
from agent.outbound.replies import accepted, classified, not_sent, unknown
from agent.outbound.routes import Relay
from agent.outbound.smtp.envelope import (
    NOTIFY,
    Letter,
    mail_arguments,
    needs_utf8,
    rcpt_arguments,
    unfit,
)
from agent.outbound.smtp.flight import Flight
from agent.outbound.smtp.line import Line, LineLost
from agent.outbound.smtp.opening import Capabilities, Unreachable, open_line
from agent.outbound.smtp.supply import More, Supply
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["NOTIFY", "Capabilities", "Connection", "Letter", "Unreachable", "probe", "rehearse"]

_LOG = logging.getLogger("landed.smtp")
_CHUNK = 65_536
_IDLE = 2.0  # seconds after which a server may have given a line up
_QUIT_SECONDS = 5.0


class Connection:
    """A line to one relay, opened when first needed and reused until it breaks.

    careful: names of routes whose PIPELINING is not to be trusted, shared with
    others and added to. Not safe for several threads. send() and send_many() raise
    nothing for what a server does.
    """

    def __init__(self, relay: Relay, careful: set[str] | None = None) -> None:
        self.relay = relay
        self._careful = set() if careful is None else careful
        self._flight: Flight | None = None
        self._heard_at = 0.0
        self._on_trial = ""  # why a flight failed that is now tried without pipelining
        self.capabilities = Capabilities()
        self.sent = 0  # transactions since the line was opened
        self.opened_at = 0.0  # time.monotonic()
        self._line: Line | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether a line stands, as far as we know."""
        return self._line is not None and self._line.is_open

    @property
    def is_pipelined(self) -> bool:
        """Whether a line stands that carries several letters at a time."""
        return self.is_open and self.capabilities.pipelining and not self._is_careful()

    def open(self, *, until: float | None = None) -> None:
        """Connects, TLS and AUTH included. until is a time.monotonic() value.

        Raises Unreachable, which says in which phase and what to do.
        """
        self.close()
        with Waiting():
            self._line, self.capabilities = open_line(self.relay, until=until)
        self.sent, self.opened_at = 0, time.monotonic()
        self._flight, self._heard_at = None, self.opened_at
        if not self.capabilities.dsn and not self.relay.final:
            event(
                _LOG,
                logging.WARNING,
                "dsn-not-offered",
                route=self.relay.name,
                host=self.relay.server,
                meaning="no success report can be asked of this relay",
            )

    def close(self) -> None:
        """QUIT where the line still stands, and gives the socket back. Raises nothing."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            if line.is_open:
                line.answer = min(line.answer, _QUIT_SECONDS)
                line.until = None
                line.docmd("QUIT")
        except (OSError, ValueError):
            pass  # the mail's fate is known by now
        finally:
            line.close()

    def send(
        self,
        composed: Composed,
        recipient: str,
        *,
        notify: Sequence[str] = NOTIFY,
        within: timedelta | None = None,
    ) -> AttemptResult:
        """One transaction for one recipient; within bounds all of it, connecting included.

        ACCEPTED only for a positive reply to the whole message. AMBIGUOUS when
        the end of it may have left and no sense came back; before that nothing was
        sent, and the result is DEFERRED, REJECTED or UNREACHED.
        """
        return next(self.send_many([Letter(composed, recipient, notify)], within=within))

    def send_many(
        self,
        letters: Sequence[Letter],
        *,
        within: timedelta | None = None,
        more: More | None = None,
    ) -> Iterator[AttemptResult]:
        """One result for each letter, in their order, as they come in; within bounds them all.

        Pipelined where the server offers it and has not been found to lie. What
        the line did not carry goes over a new one, once there was progress. more
        is asked for further letters where a proven line would run short of them.
        """
        until = None if within is None else time.monotonic() + within.total_seconds()
        left = Supply(letters, more)
        while left:
            reused, trusted = self.is_open, not self._is_careful()
            try:
                if not reused:
                    self.open(until=until)
            except Unreachable as error:
                yield from (error.result for _ in range(len(left)))
                return
            told = 0
            for result in self._over_this_line(left, until, reused=reused):
                left.done()
                told += 1
                # one recipient a transaction, so an LMTP server too answers once (RFC 2033 4.2)
                yield result._replace(delivered=True) if self._is_the_end(result) else result
            if left and not told and not reused and trusted is not self._is_careful():
                why = self._flight.lost if self._flight else "the line was lost"
                phase = self._flight.phase if self._flight else Phase.MAIL
                dsn = self.capabilities.dsn
                yield from (not_sent(phase, why, dsn_offered=dsn) for _ in range(len(left)))
                return

    def rehearse(self, letter: Letter, *, with_recipient: bool) -> AttemptResult | None:
        """What refuses the envelope of a letter that is not sent; None: nothing does.

        Only MAIL is said where with_recipient is False. Raises Unreachable.
        """
        self.open()
        line, offered = self._line, self.capabilities
        assert line is not None  # noqa: S101 - open() has just made it
        refused = unfit(letter, offered, self.relay.server)
        if refused is not None:
            return refused
        commands = [(Phase.MAIL, "MAIL", mail_arguments(letter, offered))]
        if with_recipient:
            commands.append((Phase.RCPT, "RCPT", rcpt_arguments(letter, offered)))
        phase = Phase.MAIL
        try:
            line.command_encoding = "utf-8" if offered.smtputf8 else "ascii"
            for phase, command, arguments in commands:
                line.putcmd(command, arguments)
                code, text = line.getreply()
                if not 200 <= code <= 299:
                    return classified(phase, code, text, dsn_offered=offered.dsn)
        except LineLost as lost:
            return not_sent(phase, str(lost), dsn_offered=offered.dsn)
        return None

    def _is_the_end(self, result: AttemptResult) -> bool:
        return self.relay.final and result.outcome is Outcome.ACCEPTED

    def _over_this_line(
        self, left: Supply, until: float | None, *, reused: bool
    ) -> Iterator[AttemptResult]:
        """Results of the first letters, as far as this line carries them."""
        line, offered = self._line, self.capabilities
        assert line is not None  # noqa: S101 - send_many() has just opened it
        line.until = until
        refused = unfit(left.first(), offered, self.relay.server)
        if refused is not None:
            yield refused
            return
        if not offered.pipelining or self._is_careful():
            result = self._transaction(left.first())
            self._tried(result)
            # an idle line that the server had given up: nothing was said on it yet
            if self.is_open or not reused or result.phase is not Phase.MAIL:
                yield result
            return
        if self._flight is None:
            self._flight = Flight(line, offered)
        fresh = reused and time.monotonic() - self._heard_at > _IDLE
        left.rewind()
        left.fits = lambda letter: unfit(letter, offered, self.relay.server) is None
        try:
            for result in self._flight.carry(left, fresh=fresh):
                self.sent += 1
                self._heard_at = time.monotonic()
                yield result
        except GeneratorExit:
            line.close()  # replies are still to come, and nobody waits for them
            raise
        if self._flight.suspect and not self._is_careful():
            self._careful.add(self.relay.name)
            self._on_trial = self._flight.suspect

    def _is_careful(self) -> bool:
        return self.relay.name in self._careful

    def _tried(self, result: AttemptResult) -> None:
        """Whether one command at a time has helped where a flight had not."""
        why, self._on_trial = self._on_trial, ""
        if not why:
            return
        if result.phase is not Phase.FINAL:
            self._careful.discard(self.relay.name)
            return
        event(
            _LOG,
            logging.WARNING,
            "pipelining-distrusted",
            route=self.relay.name,
            host=self.relay.server,
            why=why,
            meaning="one command at a time from now on",
        )

    def _transaction(self, letter: Letter) -> AttemptResult:
        line = self._line
        assert line is not None  # noqa: S101 - send_many() has just opened it
        offered = self.capabilities
        phase = Phase.MAIL
        self.sent += 1
        try:
            utf8 = offered.smtputf8 and needs_utf8(letter)
            line.command_encoding = "utf-8" if utf8 else "ascii"
            line.putcmd("MAIL", mail_arguments(letter, offered))
            code, text = line.getreply()
            if 200 <= code <= 299:
                phase = Phase.RCPT
                line.putcmd("RCPT", rcpt_arguments(letter, offered))
                code, text = line.getreply()
            if phase is Phase.RCPT and 200 <= code <= 299:
                phase = Phase.DATA
                code, text = line.docmd("DATA")
                if code == 354:
                    return self._content(line, letter.stuffed(offered))
        except LineLost as lost:
            words = line.last_words() if line.is_open else None
            if words is None or not 400 <= words[0] <= 599:
                line.close()
                return not_sent(phase, str(lost), dsn_offered=offered.dsn)
            code, text = words
        result = classified(phase, code, text, dsn_offered=offered.dsn)
        self._reset(line, code)
        return result

    def _content(self, line: Line, stuffed: bytes) -> AttemptResult:
        """The message after 354. The final dot is sent by itself, so that we know if it left."""
        dsn = self.capabilities.dsn
        phase = Phase.DATA
        try:
            for at in range(0, len(stuffed), _CHUNK):
                line.send(stuffed[at : at + _CHUNK])
            # what came before the final dot could be taken for the reply to it
            line.expect_silence()
            phase = Phase.FINAL
            line.send(b".\r\n")
        except LineLost as lost:
            words = line.last_words() if line.is_open else None
            line.close()
            if words is not None and 400 <= words[0] <= 599:
                return classified(phase, words[0], words[1], dsn_offered=dsn)
            if phase is Phase.FINAL and not lost.unsent:
                return unknown(str(lost), dsn_offered=dsn)
            why = f"{lost}; the end of the message was not sent"
            return not_sent(Phase.DATA, why, dsn_offered=dsn)
        try:
            code, text = line.getreply()
        except LineLost as lost:
            return unknown(str(lost), dsn_offered=dsn)
        if not 200 <= code <= 299:
            result = classified(Phase.FINAL, code, text, dsn_offered=dsn)
            self._reset(line, code)
            return result
        return accepted(code, text, dsn_offered=dsn)

    def _reset(self, line: Line, code: int) -> None:
        """The line ready for the next transaction, or closed."""
        if not line.is_open:
            return
        if code == 421 or not 400 <= code <= 599:
            line.close()  # RFC 5321 3.8: 421 announces the end; nonsense has lost the thread
            return
        try:
            if line.rset()[0] != 250:
                line.close()
        except LineLost:
            line.close()


def probe(relay: Relay) -> Capabilities:
    """What a relay offers; connects, logs in, and leaves. Raises Unreachable."""
    with Connection(relay) as connection:
        connection.open()
        return connection.capabilities


def rehearse(relay: Relay, letter: Letter) -> AttemptResult | None:
    """What a relay refuses of the envelope of letter, which is not sent. Raises Unreachable."""
    # a relay for some domains need not take mail to others
    to = letter.recipient.rpartition("@")[2]
    fits = relay.serves(to, relay.classes[0] if relay.classes else "")
    with Connection(relay) as connection:
        return connection.rehearse(letter, with_recipient=fits)
