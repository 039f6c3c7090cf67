"""What a bounce detector says, and what a detector is.

Owns the values only. A detector finds recipients and the words that belong to
each; why a delivery failed is judged from those words elsewhere (parsers.codes).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from parsers.bounces.notice import Notice
from parsers.report import Action, Reason

__all__ = ["Attempt", "Detector", "Finding", "Form", "Found"]


class Found(Struct, frozen=True):
    """One recipient that a bounce names. Absent things are ""."""

    address: str  # where it failed: after aliases and forwards
    original_address: str = ""  # what we wrote to, where the sender tells of an expansion
    diagnostic: str = ""  # the words that belong to this recipient, unfolded
    action: Action = Action.FAILED
    status: str = ""  # only where it stands apart from the diagnostic
    reply_code: str = ""  # likewise
    command: str = ""  # the SMTP command that was answered: "RCPT", "DATA", ...
    reporting_mta: str = ""  # host name
    remote_mta: str = ""  # host name or address literal without brackets
    date: str = ""  # of the last attempt, as written
    reason: Reason | None = None  # only where the sender's own scheme leaves no doubt


class Finding(Struct, frozen=True):
    """What one detector made of a message: never empty."""

    detector: str
    recipients: tuple[Found, ...]  # in the order of the report, no address twice
    words: str = ""  # the words on which the detector spoke, for --explain
    around: str = ""  # the head of the notice: for recipients whose own words say nothing


class Detector(Protocol):
    """Reads one sender's form. Called only if one of its marks stands in the opening.

    Calling it yields recipients in order, repeats allowed, nothing if the form is
    not there after all; it must be linear in the text and must not raise.
    """

    @property
    def name(self) -> str:
        """What Report.detector shows."""
        ...

    @property
    def marks(self) -> tuple[str, ...]:
        """Lower-case words of the sender's form; () means "always called"."""
        ...

    def __call__(self, notice: Notice) -> Iterator[Found]:
        """The recipients that the notice names."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A detector made of a reading function: what each sender's file ends with."""

    name: str
    marks: tuple[str, ...]
    read: Callable[[Notice], Iterator[Found]]

    def __call__(self, notice: Notice) -> Iterator[Found]:
        """The recipients that the notice names."""
        return self.read(notice)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One detector's turn, for --explain. finding is None if it found nothing."""

    detector: str
    mark: str  # the mark that called it; "" if it is always called or was not called
    called: bool
    finding: Finding | None = None
