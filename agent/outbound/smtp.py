"""Sending one message to one recipient over SMTP, and knowing exactly how it ended.

Owns the order of the conversation (RFC 5321), the parameters of RFC 3461 and
RFC 6533 towards servers that offer DSN, and telling apart, phase by phase,
refused, not now, not reached, and unknown. Must not retry, choose a route or
know the ledger's rows.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from agent.log import event
from agent.outbound.compose import Composed
from agent.outbound.line import Line, LineLost
from agent.outbound.opening import Capabilities, Unreachable, open_line
from agent.outbound.replies import classified, clean, queue_id, status_of
from agent.outbound.routes import Relay
from agent.outbound.wire import dot_stuffed, on_the_wire, orcpt, xtext
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["NOTIFY", "Capabilities", "Connection", "Unreachable", "probe"]

NOTIFY = ("SUCCESS", "FAILURE", "DELAY")  # RFC 3461 4.1: say it, whatever happens

_LOG = logging.getLogger("landed.smtp")
_CHUNK = 65_536
_ORCPT_CHARACTERS = 500  # RFC 3461 4.2
_QUIT_SECONDS = 5.0


class Connection:
    """A line to one relay, opened when first needed and reused until it breaks.

    Not safe for several threads. send() raises nothing for what a server does.
    """

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
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

    def open(self, *, until: float | None = None) -> None:
        """Connects, TLS and AUTH included. until is a time.monotonic() value.

        Raises Unreachable, which says in which phase and what to do.
        """
        self.close()
        self._line, self.capabilities = open_line(self.relay, until=until)
        self.sent, self.opened_at = 0, time.monotonic()
        if not self.capabilities.dsn:
            event(
                _LOG,
                logging.WARNING,
                "dsn-not-offered",
                route=self.relay.name,
                host=self.relay.host,
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
        the final dot left and no sense came back; before that nothing was sent,
        and the result is DEFERRED, REJECTED or UNREACHED.
        """
        until = None if within is None else time.monotonic() + within.total_seconds()
        reused = self.is_open
        if not reused:
            try:
                self.open(until=until)
            except Unreachable as error:
                return error.result
        result = self._transaction(composed, recipient, notify, until)
        if reused and not self.is_open and result.phase is Phase.MAIL:
            # an idle line that the server had given up: nothing was said on it yet
            try:
                self.open(until=until)
            except Unreachable as error:
                return error.result
            result = self._transaction(composed, recipient, notify, until)
        return result

    def _transaction(
        self, composed: Composed, recipient: str, notify: Sequence[str], until: float | None
    ) -> AttemptResult:
        line = self._line
        assert line is not None  # noqa: S101 - send() has just opened it
        line.until = until
        offered = self.capabilities
        raw = on_the_wire(composed.raw)
        refused = self._unfit(composed, recipient, len(raw))
        if refused is not None:
            return refused
        phase = Phase.MAIL
        self.sent += 1
        try:
            foreign = composed.smtputf8 or not (recipient + composed.envelope_from).isascii()
            utf8 = foreign and offered.smtputf8
            line.command_encoding = "utf-8" if utf8 else "ascii"
            line.putcmd("MAIL", self._mail_arguments(composed, raw, utf8=utf8))
            code, text = line.getreply()
            if 200 <= code <= 299:
                phase = Phase.RCPT
                line.putcmd("RCPT", self._rcpt_arguments(recipient, notify))
                code, text = line.getreply()
            if phase is Phase.RCPT and 200 <= code <= 299:
                phase = Phase.DATA
                code, text = line.docmd("DATA")
                if code == 354:
                    return self._content(line, raw)
        except LineLost as lost:
            words = line.last_words() if line.is_open else None
            if words is None or not 400 <= words[0] <= 599:
                line.close()
                return self._lost(phase, str(lost))
            code, text = words
        result = classified(phase, code, text, dsn_offered=offered.dsn)
        self._reset(line, code)
        return result

    def _content(self, line: Line, raw: bytes) -> AttemptResult:
        """The message after 354. The final dot is sent by itself, so that we know if it left."""
        dsn = self.capabilities.dsn
        stuffed = dot_stuffed(raw)
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
                return self._unknown(str(lost))
            return self._lost(Phase.DATA, f"{lost}; the end of the message was not sent")
        try:
            code, text = line.getreply()
        except LineLost as lost:
            return self._unknown(str(lost))
        if not 200 <= code <= 299:
            result = classified(Phase.FINAL, code, text, dsn_offered=dsn)
            self._reset(line, code)
            return result
        words_said = clean(text)
        return AttemptResult(
            outcome=Outcome.ACCEPTED,
            phase=Phase.FINAL,
            reply_code=str(code),
            status=status_of(words_said),
            reply_text=words_said,
            remote_queue_id=queue_id(words_said),
            dsn_offered=dsn,
        )

    def _lost(self, phase: Phase, why: str) -> AttemptResult:
        return AttemptResult(
            outcome=Outcome.DEFERRED,
            phase=phase,
            reply_text=clean(f"{why}; nothing was sent"),
            dsn_offered=self.capabilities.dsn,
        )

    def _unknown(self, why: str) -> AttemptResult:
        return AttemptResult(
            outcome=Outcome.AMBIGUOUS,
            phase=Phase.FINAL,
            reply_text=clean(f"{why}; the whole message had been sent, so it may have been taken"),
            dsn_offered=self.capabilities.dsn,
        )

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

    def _unfit(self, composed: Composed, recipient: str, size: int) -> AttemptResult | None:
        """What this server cannot carry at all, known before a word is said."""
        offered, host = self.capabilities, self.relay.host
        foreign = next(
            (one for one in (recipient, composed.envelope_from) if not one.isascii()), None
        )
        if foreign is not None and not offered.smtputf8:
            return self._refused_here(
                "5.6.7",
                f"{foreign} is not ASCII, and {host} does not offer SMTPUTF8: send to an ASCII "
                "address of this recipient, or by a relay that offers it",
            )
        if offered.size and size > offered.size:
            return self._refused_here(
                "5.3.4", f"the message has {size} octets; {host} takes {offered.size}"
            )
        return None

    def _refused_here(self, status: str, why: str) -> AttemptResult:
        return AttemptResult(
            outcome=Outcome.REJECTED,
            phase=Phase.MAIL,
            status=status,
            reply_text=clean(why),
            dsn_offered=self.capabilities.dsn,
        )

    def _mail_arguments(self, composed: Composed, raw: bytes, *, utf8: bool) -> str:
        offered = self.capabilities
        words = [f"FROM:<{composed.envelope_from}>"]
        if offered.size is not None:
            words.append(f"SIZE={len(raw)}")
        if offered.eight_bit and not raw.isascii():
            words.append("BODY=8BITMIME")  # where it is not offered, eight bits go all the same
        if utf8:
            words.append("SMTPUTF8")
        if offered.dsn:
            words += ["RET=HDRS", f"ENVID={xtext(composed.envid)}"]
        return " ".join(words)

    def _rcpt_arguments(self, recipient: str, notify: Sequence[str]) -> str:
        words = [f"TO:<{recipient}>"]
        if self.capabilities.dsn:
            words.append(f"NOTIFY={','.join(notify)}")
            original = orcpt(recipient)
            if len(original) <= _ORCPT_CHARACTERS:
                words.append(f"ORCPT={original}")
        return " ".join(words)


def probe(relay: Relay) -> Capabilities:
    """What a relay offers; connects, logs in, and leaves. Raises Unreachable."""
    with Connection(relay) as connection:
        connection.open()
        return connection.capabilities
