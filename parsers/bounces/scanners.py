"""A virus scanner's notice to whoever was to get a mail: nothing of ours was returned.

Owns telling it from the scanner's notice to whoever sent the mail, which is a bounce in much
the same words (hMailServer's are the very same). Must not find recipients.
"""

import re

from parsers.bounces.lines import addresses
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import holds

__all__ = ["is_to_recipient"]

_SCANNED = ("virus", "worm", "malware", "infected", "trojan")
_TO_YOU = re.compile(
    r"\b(?:(?:mail|message) (?:to|for) you|(?:sent|addressed) to you|(?:destined|intended) for you"
    r"|sent you|you would have received|(?:mail|nachricht) an sie|vous (?:est destiné|est destine"
    r"|a été envoyé)e?|para usted|a lei destinat[ao])\b"
)
_OPENING = 1_500
# in a summary of the mail, or in a sentence
_SENDER = re.compile(
    r"(?:^\W{0,8}(?:from|sender|sender address|von|absender|de|expéditeur|da|mittente)[ \t]{0,20}:"
    r"|\bsent (?:from|by)\b)([^\n@]{0,80}@[\w.-]{1,255})",
    re.MULTILINE,
)


def is_to_recipient(notice: Notice) -> bool:
    """Whether a scanner of viruses tells whoever was to get a mail what became of it.

    It says so, or names the one it writes to, and another as the mail's sender.
    """
    low = f"{notice.subject.lower()}\n{notice.low[:_OPENING]}"
    if not holds(low, _SCANNED):
        return False
    if _TO_YOU.search(low) is not None:
        return True
    asked = {address.lower() for address in addresses(notice.header("to"))}
    sender = _SENDER.search(low)
    return (
        sender is not None
        and asked.isdisjoint(addresses(sender[1]))
        and not asked.isdisjoint(addresses(low))
    )
