"""One transaction before it is on a line: its commands, and whether a server can carry it.

Owns the parameters of MAIL and RCPT (RFC 1870, 3461, 6152, 6531, 6533) and the
refusals that are known before a word is said. Pure: must not hold a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from agent.outbound.composing.compose import Composed
from agent.outbound.composing.fields import cut
from agent.outbound.composing.sevenbits import in_seven_bits
from agent.outbound.replies import clean
from agent.outbound.smtp.opening import Capabilities
from agent.outbound.wire import dot_stuffed, on_the_wire, orcpt, xtext
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["NOTIFY", "Letter", "mail_arguments", "needs_utf8", "rcpt_arguments", "unfit"]

NOTIFY = ("SUCCESS", "FAILURE", "DELAY")  # RFC 3461 4.1: say it, whatever happens

_ORCPT_CHARACTERS = 500  # RFC 3461 4.2


@dataclass
class Letter:
    """One message to one recipient."""

    composed: Composed
    recipient: str
    notify: Sequence[str] = NOTIFY
    wire: bytes = field(init=False)  # the message as it goes over the wire, its dots not doubled

    def __post_init__(self) -> None:
        raw = self.composed.raw
        self.wire = raw if self.composed.plain else on_the_wire(raw)

    @cached_property
    def seven_bits(self) -> bytes | None:
        """The same for a server that carries no eight bits; None where that cannot be."""
        return in_seven_bits(self.wire)

    def content(self, offered: Capabilities) -> bytes:
        """What leaves for a server that it is not unfit() for (RFC 6152 3)."""
        if offered.smtputf8 or (offered.eight_bit and not self.composed.smtputf8):
            return self.wire
        return self.seven_bits or self.wire

    def stuffed(self, offered: Capabilities) -> bytes:
        """The same with its dots doubled, as it leaves by DATA."""
        content = self.content(offered)
        return content if self.composed.plain and content is self.wire else dot_stuffed(content)


def needs_utf8(letter: Letter) -> bool:
    """Whether addresses or header fields are not ASCII (RFC 6531 3.4)."""
    composed = letter.composed
    return composed.smtputf8 or not (letter.recipient + composed.envelope_from).isascii()


def mail_arguments(letter: Letter, offered: Capabilities) -> str:
    """What follows MAIL."""
    raw = letter.content(offered)
    words = [f"FROM:<{letter.composed.envelope_from}>"]
    if offered.size is not None:
        words.append(f"SIZE={len(raw)}")
    if offered.eight_bit and not raw.isascii():
        words.append("BODY=8BITMIME")
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
    addresses = letter.recipient + letter.composed.envelope_from
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
    if letter.composed.smtputf8 and not offered.smtputf8 and letter.seven_bits is None:
        return _refused_here(
            "5.6.9",
            f"{_foreign_field(letter)} of the message holds an address or id that is not ASCII, or "
            f"is signed, and {host} does not offer SMTPUTF8: write it in ASCII, or send by a relay "
            "that offers it",
            offered,
        )
    if not (offered.eight_bit or offered.smtputf8) and letter.seven_bits is None:
        return _refused_here(
            "5.6.3",
            f"the message has eight bits that a signature covers, and {host} does not offer "
            "8BITMIME: encode it as quoted-printable or base64 before it is signed, or send by a "
            "relay that offers it",
            offered,
        )
    size = len(letter.content(offered))
    if offered.size and size > offered.size:
        return _refused_here(
            "5.3.4", f"the message has {size} octets; {host} takes {offered.size}", offered
        )
    return None


def _foreign_field(letter: Letter) -> str:
    """The first field that is not ASCII, by its name."""
    fields, _ = cut(letter.wire)
    foreign = [field for field in fields if not field.raw.isascii()]
    return foreign[0].raw.partition(b":")[0].decode("ascii") if foreign else "a field"


def _refused_here(status: str, why: str, offered: Capabilities) -> AttemptResult:
    return AttemptResult(
        outcome=Outcome.REJECTED,
        phase=Phase.MAIL,
        status=status,
        reply_text=clean(why),
        dsn_offered=offered.dsn,
    )
