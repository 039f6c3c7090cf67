"""What carries letters by a route, whatever its kind.

Owns that choice, and what every kind can do. Must not send.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from agent.outbound.composing.compose import Composed
from agent.outbound.program import Program
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import Connection
from agent.outbound.smtp.envelope import NOTIFY, Letter
from agent.outbound.smtp.supply import More
from store.outbox import AttemptResult

if TYPE_CHECKING:
    from agent.outbound.service.api import Api

__all__ = ["Way", "check_service", "way_out"]


class Way(Protocol):
    """A line, a command or a service. Not for several threads; raises nothing for what they do."""

    relay: Relay
    sent: int  # letters since it was opened
    opened_at: float  # time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether a line stands, as far as we know."""

    @property
    def is_pipelined(self) -> bool:
        """Whether a line stands that carries several letters at a time."""

    def close(self) -> None:
        """Ends what is open."""

    def send(
        self,
        composed: Composed,
        recipient: str,
        *,
        notify: Sequence[str] = NOTIFY,
        within: timedelta | None = None,
    ) -> AttemptResult:
        """One letter; within bounds it."""

    def send_many(
        self,
        letters: Sequence[Letter],
        *,
        within: timedelta | None = None,
        more: More | None = None,
    ) -> Iterable[AttemptResult]:
        """One result for each letter in its order, and for what more gives; within bounds all."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def way_out(relay: Relay, careful: set[str] | None = None) -> Way:
    """What carries letters by this route; careful is for SMTP, see Connection."""
    if relay.kind == "sendmail":
        return Program(relay)
    return _api(relay) if relay.kind == "service" else Connection(relay, careful)


def check_service(relay: Relay) -> tuple[str, bool]:
    """Where a route's service answers, and whether it takes the key. Raises Unreachable."""
    with _api(relay) as api:
        return api.check()


def _api(relay: Relay) -> "Api":
    from agent.outbound.service.api import Api  # noqa: PLC0415 - Django costs a quarter of a second

    return Api(relay)
