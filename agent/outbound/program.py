"""The local sendmail command as a way out: one run for each letter, told by its exit code.

Owns the command's arguments, its time limit and what sysexits mean for a
delivery. No shell is involved. Must not retry, choose a route or know the
ledger's rows.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from typing import IO

from agent.outbound.onebyone import OneByOne
from agent.outbound.replies import clean
from agent.outbound.routes import Relay
from agent.outbound.smtp.envelope import Letter, unfit
from agent.outbound.smtp.opening import Capabilities, Unreachable
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["Program"]

_SAID_BYTES = 4_096

# sysexits.h: these refuse this letter for good
_REFUSALS = {
    os.EX_DATAERR: (Phase.DATA, "", ""),
    os.EX_NOUSER: (Phase.RCPT, "userunknown", "hard"),
    os.EX_NOHOST: (Phase.RCPT, "hostunknown", "hard"),
}
# and these say that the command cannot serve anybody now
_BROKEN = frozenset(
    {os.EX_OSERR, os.EX_OSFILE, os.EX_CANTCREAT, os.EX_IOERR, os.EX_NOPERM, os.EX_CONFIG}
)


class Program(OneByOne):
    """A route's sendmail command; a run that takes too long is killed. Not for several threads."""

    sent = 0  # nothing stays open that could serve too long
    opened_at = 0.0

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.capabilities = Capabilities(dsn=relay.dsn, eight_bit=True)

    def close(self) -> None:
        """Nothing is open."""

    def check(self) -> None:
        """Raises Unreachable where the command cannot be run at all."""
        if not os.access(self.relay.command, os.X_OK):
            raise Unreachable(
                self._result(
                    Outcome.UNREACHED, Phase.CONNECT, f"{self.relay.command} is no program"
                )
            )

    def _carry(self, letter: Letter, until: float | None) -> AttemptResult:
        # what it makes of UTF-8 in header fields is its own affair; an argument must be ASCII
        ascii_only = (letter.recipient + letter.composed.envelope_from).isascii()
        offered = replace(self.capabilities, smtputf8=ascii_only)
        refused = unfit(letter, offered, self.relay.command)
        if refused is not None:
            return refused
        seconds = self.relay.timeout.total_seconds()
        if until is not None:
            seconds = min(seconds, max(0.001, until - time.monotonic()))
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(  # noqa: S603 - no shell, and "--" before the address
                    self._arguments(letter),
                    stdin=subprocess.PIPE,
                    stdout=said,
                    stderr=said,
                    env={"PATH": os.defpath, "LC_ALL": "C"},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                why = f"{self.relay.command} cannot be run ({error}); check command"
                return self._result(Outcome.UNREACHED, Phase.CONNECT, why)
            try:
                # a command of Unix reads lines of Unix, and makes CRLF of them itself
                process.communicate(letter.wire.replace(b"\r\n", b"\n"), timeout=seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                why = f"it did not end within {seconds:g} seconds and was killed"
                words = _words(said)
                why += f": {words}" if words else ""
                return self._result(Outcome.AMBIGUOUS, Phase.FINAL, why)
            except BaseException:
                _end(process)
                raise
            words = _words(said)
        return self._ended(process.returncode, words)

    def _arguments(self, letter: Letter) -> list[str]:
        reports: list[str] = []
        if self.relay.dsn:
            wanted = ",".join(word.lower() for word in letter.notify)
            reports = ["-N", wanted, "-V", letter.composed.envid]
        sender = ["-f", letter.composed.envelope_from]
        return [self.relay.command, "-i", *sender, *reports, "--", letter.recipient]

    def _ended(self, code: int, words: str) -> AttemptResult:
        why = f"exit code {code}" + (f": {words}" if words else "")
        if code == os.EX_OK:
            return self._result(Outcome.ACCEPTED, Phase.FINAL, why)
        if code in _REFUSALS:
            phase, reason, severity = _REFUSALS[code]
            result = self._result(Outcome.REJECTED, phase, why)
            return result._replace(reason=reason, severity=severity)
        if code in _BROKEN:
            return self._result(Outcome.UNREACHED, Phase.CONNECT, why)
        if code == os.EX_TEMPFAIL or code < 0:
            # Sendmail means "queued, not sent yet" by it, others that they could not queue it
            return self._result(Outcome.AMBIGUOUS, Phase.FINAL, f"{why}; it may have been queued")
        return self._result(Outcome.DEFERRED, Phase.DATA, why)

    def _result(self, outcome: Outcome, phase: Phase, why: str) -> AttemptResult:
        return AttemptResult(
            outcome=outcome,
            phase=phase,
            reply_text=clean(f"route {self.relay.name}: {why}"),
            dsn_offered=self.relay.dsn,
        )


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    return clean(said.read(_SAID_BYTES).decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command and what it started, in its own session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        process.kill()
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it had not read all of it
            process.stdin.close()
    process.wait()
