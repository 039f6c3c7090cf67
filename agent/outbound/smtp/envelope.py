"""One transaction before it is on a line: its commands, and whether a server can carry it.

Owns the parameters of MAIL and RCPT (RFC 1870, 3461, 6152, 6531, 6533) and the
refusals that are known before a word is said. Pure: must not hold a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.outbound.composing.compose import Composed
from agent.outbound.replies import clean
from agent.outbound.smtp.opening import Capabilities
from agent.outbound.wire import on_the_wire, orcpt, xtext
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["NOTIFY", "Letter", "mail_arguments", "needs_utf8", "rcpt_arguments", "unfit"]

NOTIFY = ("SUCCESS", "FAILURE", "DELAY")  # RFC 3461 4.1: say it, whatever happens

_ORCPT_CHARACTERS = 500  # RFC 3461 4.2


@dataclass(frozen=True)
class Letter:
    """One message to one recipient."""

    composed: Composed
    recipient: str
    notify: Sequence[str] = NOTIFY

    @cached_property
    def wire(self) -> bytes:
        """The message as it goes over the wire, its dots not doubled."""
        return on_the_wire(self.composed.raw)


def needs_utf8(letter: Letter) -> bool:
    """Whether addresses or header fields are not ASCII (RFC 6531 3.4)."""
    composed = letter.composed
    return composed.smtputf8 or not (letter.recipient + composed.envelope_from).isascii()


def mail_arguments(letter: Letter, offered: Capabilities) -> str:
    """What follows MAIL."""
    raw = letter.wire
    words = [f"FROM:<{letter.composed.envelope_from}>"]
    if offered.size is not None:
        words.append(f"SIZE={len(raw)}")
    if offered.eight_bit and not raw.isascii():
        words.append("BODY=8BITMIME")  # where it is not offered, eight bits go all the same
    if offered.smtputf8 and needs_utf8(letter):
        words.append("SMTPUTF8")
    if offered.dsn:
        words += ["RET=HDRS", f"ENVID={xtext(letter.composed.envid)}"]
    return " ".join(words)


def rcpt_arguments(letter: Letter, offered: Capabilities) -> str:
    """What follows RCPT."""
    words = [f"TO:<{letter.recipient}>"]
    if offered.dsn:
        words.append(f"NOTIFY={','.join(letter.notify)}")
        original = orcpt(letter.recipient)
        if len(original) <= _ORCPT_CHARACTERS:
            words.append(f"ORCPT={original}")
    return " ".join(words)


def unfit(letter: Letter, offered: Capabilities, host: str) -> AttemptResult | None:
    """The refusal of what this server cannot carry at all."""
    addresses, size = letter.recipient + letter.composed.envelope_from, len(letter.wire)
    if not addresses.isascii() and not offered.smtputf8:
        foreign = letter.composed.envelope_from if letter.recipient.isascii() else letter.recipient
        return _refused_here(
            "5.6.7",
            f"{foreign} is not ASCII, and {host} does not offer SMTPUTF8: send to an ASCII "
            "address of this recipient, or by a relay that offers it",
            offered,
        )
    if "\r" in addresses or "\n" in addresses:
        return _refused_here("5.1.3", "a line end within an address cannot be sent", offered)
    if offered.size and size > offered.size:
        return _refused_here(
            "5.3.4", f"the message has {size} octets; {host} takes {offered.size}", offered
        )
    return None


def _refused_here(status: str, why: str, offered: Capabilities) -> AttemptResult:
    return AttemptResult(
        outcome=Outcome.REJECTED,
        phase=Phase.MAIL,
        status=status,
        reply_text=clean(why),
        dsn_offered=offered.dsn,
    )
