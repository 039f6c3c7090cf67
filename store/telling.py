"""Saying one fact in words for a person.

Owns the phrases of `why`. Must not judge. Details come from strangers' mail, so
control characters are taken out and length is bounded here.
"""

from datetime import UTC, datetime, timedelta

from store.words import Fact, FactKind

__all__ = ["ASKED_FOR", "GONE", "LEFT", "moment", "path", "plain", "told"]

ASKED_FOR = timedelta(days=7)
"""So long a mail is asked for again that the server lists and does not give."""

GONE = "the server listed it and gave no content; it is not listed any more"
"""What was tried with one that left the folder before it was given."""

LEFT = "reports are recorded, but their mail is left where it is"
"""How the error of a channel begins that is heard, and whose mail cannot be moved or flagged."""

_PHRASES = {
    FactKind.OWED: "owed since",
    FactKind.STARTED: "an attempt began",
    FactKind.ACCEPTED: "our relay accepted it",
    FactKind.DEFERRED: "put off",
    FactKind.REJECTED: "refused",
    FactKind.AMBIGUOUS: "the line died before the reply to the whole message",
    FactKind.GIVEN_UP: "our retries ended",
    FactKind.RELAYED: "a remote host accepted it and promised no further report",
    FactKind.EXPANDED: "expanded to several recipients",
    FactKind.DELAYED: "delayed, the MTA goes on trying",
    FactKind.DELIVERED: "delivered",
    FactKind.FAILED: "failed for good",
    FactKind.REFUSED: "refused by the recipient's filter",
    FactKind.DISPLAYED: "displayed",
    FactKind.UNREAD: "a receipt came that does not say it was shown",
    FactKind.AWAY: "an automatic reply came",
    FactKind.COMPLAINED: "the recipient complained",
    FactKind.REPLIED: "a person answered",
    FactKind.CONFIRMED: "a person confirmed",
    FactKind.OPENED: "a pixel or link was fetched, by whom is unknown",
    FactKind.INBOX: "in the recipient's own mailbox",
    FactKind.JUNK: "in Junk of the recipient's own mailbox",
    FactKind.QUARANTINED: "held in quarantine by the recipient's own system",
    FactKind.ABSENT: "not found in the recipient's own mailbox",
    FactKind.READ: "marked as read in the recipient's own mailbox",
    FactKind.SUPPRESSED: "not sent: the address is suppressed",
    FactKind.CLOSED: "closed by hand",
    FactKind.REOPENED: "reopened by hand",
}
_DETAIL = 300


def moment(at: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{at.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


def path(route: str, channel: str) -> str:
    """The way of a mail and of its answer: the route out, the channel back."""
    return f"{route} -> {channel}"


def plain(text: str, limit: int = _DETAIL) -> str:
    """Text on one line, printable, at most limit characters."""
    words = " ".join(text[: 4 * limit].split())
    if not words.isprintable():
        words = "".join(c if c.isprintable() else "\ufffd" for c in words)
    return words if len(words) <= limit else words[: limit - 1] + "\u2026"


def told(fact: Fact) -> str:
    """What happened, when, in which attempt, in whose words."""
    which = "" if fact.attempt is None or fact.attempt < 2 else f", attempt {fact.attempt}"
    detail = f": {plain(fact.detail)}" if fact.detail else ""
    return f"{_PHRASES[fact.kind]} ({moment(fact.at)}{which}){detail}"
