"""Sending a probe: one mail by one relay, taken or not.

Owns what is asked of the relay for it. Must not retry, and must not know where the
probe is expected.
"""

from datetime import timedelta

from agent.inbound.canary import ProbeRefused
from agent.outbound.composing.compose import Composed
from agent.outbound.replies import blamed
from agent.outbound.routes import Relay
from agent.outbound.ways import way_out
from parsers.report import Reason
from parsers.token import find_marks
from store.endings import AttemptResult
from store.words import Outcome, Phase

__all__ = ["transmit"]

_WITHIN = timedelta(minutes=5)
_OF_MAILBOX = frozenset({Reason.USERUNKNOWN, Reason.MAILBOXFULL, Reason.SUSPEND, Reason.HASMOVED})


def transmit(relay: Relay, sender: str, recipient: str, raw: bytes) -> None:
    """Hand the probe over. Raises ProbeRefused unless the relay has answered for it.

    One that goes to its own return path asks for no report: that would come back in its
    stead, and show nothing.
    """
    straight = sender == recipient
    composed = Composed(
        envelope_from=sender,
        envid=next(find_marks(sender), ""),  # RFC 3461 4.4
        message_id="",
        raw=raw,
        smtputf8=not (sender + recipient).isascii(),
    )
    with way_out(relay) as connection:
        result = connection.send(
            composed, recipient, notify=("NEVER",) if straight else ("FAILURE",), within=_WITHIN
        )
    if result.outcome is not Outcome.ACCEPTED:
        said = " ".join(filter(None, (result.reply_code, result.reply_text)))
        raise ProbeRefused(said or str(result.outcome), deaf=_is_of_mailbox(result))


def _is_of_mailbox(result: AttemptResult) -> bool:
    """Whether the mailbox itself was refused; what is only full may say so for the time being."""
    if result.phase is not Phase.RCPT:
        return False
    reason = blamed(result).reason
    full = result.outcome is Outcome.DEFERRED and reason == Reason.MAILBOXFULL
    return full or (result.outcome is Outcome.REJECTED and reason in _OF_MAILBOX)
