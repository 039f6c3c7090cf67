"""One line's way to one relay: letters are begun, carried and ended, without a pause between.

Owns how many attempts are begun at a time, and that the next ones are written
down while the line is busy with those before. Must not choose a route.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.outbound.floor import Working
from agent.outbound.replies import clean
from agent.outbound.sending.bookkeeper import Bookkeeper, Made
from agent.outbound.smtp.envelope import Letter
from agent.outbound.ways import Way
from store.errors import LedgerError
from store.outbox import AttemptResult, Outgoing, Start
from store.words import Outcome, Phase

__all__ = ["Pace", "Trip", "is_spent", "undone"]

_BEGUN = 64  # attempts written down as started in one commit
_ENDED = 64  # and as ended
_MOMENT = 0.25  # seconds
_MESSAGES_PER_LINE = 1_000
_LINE_AGE = 300.0  # seconds


@dataclass(slots=True)
class Pace:
    """How many attempts to begin at once by one route: a crash leaves all of those open.

    What goes out in a moment, more or less: one commit serves many where the relay is quick.
    """

    many: int = 1

    def after(self, seconds: float) -> None:
        """So long the last many have taken."""
        if seconds < _MOMENT:
            self.many = min(_BEGUN, 2 * self.many)
        elif seconds > 2 * _MOMENT:
            self.many = max(1, self.many // 2)


class Trip:
    """Letters over one line, until there are no more. run() once.

    write makes an outgoing a letter; what it raises is that one's trouble alone.
    take gives the next ones, at most so many, and none when the line is to rest.
    """

    def __init__(
        self,
        line: Way,
        books: Bookkeeper,
        stop: threading.Event,
        *,
        write: Callable[[Outgoing], Letter],
        take: Callable[[int], Sequence[Outgoing]],
        pace: Pace,
    ) -> None:
        self._line, self._books, self._stop = line, books, stop
        self._write, self._take, self._pace = write, take, pace
        self._route = line.relay.name
        self._aloft: deque[tuple[Outgoing, int]] = deque()  # begun, in the order of their letters
        self._made: list[Made] = []
        self._asked_at = 0.0
        self._trouble: LedgerError | None = None
        self.heard: set[int] = set()  # deliveries of which the server may have heard

    def run(self, within: timedelta) -> None:
        """All that there is for this line; within bounds it. Raises LedgerError."""
        with Working():
            self._run(within)

    def _run(self, within: timedelta) -> None:
        began = time.monotonic()
        # what is begun last has half of the time to come to its end
        latest = began + within.total_seconds() / 2

        def more() -> Sequence[Letter]:
            if self._trouble or self._stop.is_set() or time.monotonic() > latest:
                return ()
            self._pace.after(time.monotonic() - self._asked_at)
            try:
                return self._next(self._pace.many)
            except LedgerError as error:
                # those in the air come to their end first
                self._trouble = error
                return ()

        letters = self._next(self._pace.many if self._line.is_pipelined else 1)
        since = time.monotonic()
        try:
            for result in self._line.send_many(letters, within=within, more=more):
                outgoing, number = self._aloft.popleft()
                self._made.append(Made(outgoing, number, self._route, result))
                if result.outcome is not Outcome.UNREACHED:
                    self.heard.add(outgoing.delivery_id)
                full = len(self._made) >= 2 * _ENDED
                # after a refusal of us the route may rest: known before the next ones begin
                if full or result.of_us or time.monotonic() - since > _MOMENT:
                    self._finish()
                    since = time.monotonic()
        finally:
            self._finish()
        if self._trouble:
            raise self._trouble
        if self._aloft:
            raise RuntimeError(f"{len(self._aloft)} letters have no result")

    def _finish(self) -> None:
        made, self._made = self._made, []
        self._books.finish(made)

    def _next(self, many: int) -> list[Letter]:
        """The next letters, their attempts begun, together with the ends of those before."""
        self._asked_at = time.monotonic()
        sent = self._line.sent if self._line.is_open else 0
        room = _MESSAGES_PER_LINE - sent - len(self._aloft)
        some = self._take(min(many, room)) if room > 0 and not is_spent(self._line) else ()
        if not some:
            return []
        letters: dict[int, Letter] = {}
        broken: dict[int, str] = {}
        starts = []
        for one in some:
            try:
                letter = self._write(one)
            except Exception as error:  # noqa: BLE001 - one poisonous notice must not stop the others
                why = f"this notice could not be composed ({type(error).__name__}: {error})"
                broken[one.delivery_id] = why
                starts.append(Start(one.delivery_id, self._route, "", ""))
            else:
                letters[one.delivery_id] = letter
                mail = letter.composed
                starts.append(
                    Start(
                        one.delivery_id,
                        self._route,
                        mail.envelope_from,
                        mail.message_id,
                        mail.envid,
                    )
                )
        over, self._made = self._made, []
        begun = self._books.begin(some, starts, over)
        sendable = [(one, number) for one, number in begun if one.delivery_id in letters]
        self._aloft += sendable
        self._made += [
            Made(one, number, self._route, undone(broken[one.delivery_id]))
            for one, number in begun
            if one.delivery_id in broken
        ]
        return [letters[one.delivery_id] for one, _ in sendable]


def is_spent(line: Way) -> bool:
    """Whether a line has served long enough: a new one is due."""
    if not line.is_open:
        return False
    return line.sent >= _MESSAGES_PER_LINE or time.monotonic() - line.opened_at > _LINE_AGE


def undone(why: str, outcome: Outcome = Outcome.DEFERRED) -> AttemptResult:
    """The result of an attempt that sent nothing, so that the reason stands in the trace."""
    return AttemptResult(outcome=outcome, phase=Phase.CONNECT, reply_text=clean(why))
