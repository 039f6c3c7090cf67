"""The keys of the agent as a process.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta

from agent.config.kinds import Duration, Section

__all__ = [
    "Daemon",
]


class Daemon(Section, frozen=True):
    """The long-running agent."""

    drain: Annotated[
        Duration, Meta(description="How long a stop may take to finish what is in hand.")
    ] = Duration(seconds=30)
    least_room: Annotated[
        int,
        Meta(
            ge=0,
            le=1 << 24,
            description="Megabytes that should be free on the disk of a SQLite ledger; with less, "
            "`landed status`, `landed doctor` and the log warn. 0: only when it is full.",
        ),
    ] = 500
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"], Meta(description='One line per fact, as "text" or "json".')
    ] = "text"
