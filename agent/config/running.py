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
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"], Meta(description='One line per fact, as "text" or "json".')
    ] = "text"
