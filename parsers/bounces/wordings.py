"""Senders whose only oddity is their wording: a table, and the one way to read it.

Owns the phrases. A row says where the addresses stand (after a phrase: on the rest of
its line, or listed below) and where the words that belong to them begin.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from parsers.bounces.finding import Found
from parsers.bounces.lines import addresses, listed, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay, verdict_words
from parsers.report import Action

__all__ = ["WORDINGS", "Wording"]

MAX_WORDS = 1_500
MAX_REPEATS = 1_000  # recipients of a phrase that comes once for each


@dataclass(frozen=True, slots=True)
class Wording:
    """One merely worded sender. All phrases are lower case."""

    name: str
    marks: tuple[str, ...]  # any of them in the opening calls the row
    after: str  # the addresses stand after this phrase
    reason: str = ""  # the words stand after this phrase; "": with the address, or anywhere

    def __call__(self, notice: Notice) -> Iterator[Found]:
        """The recipients that the notice names."""
        at = notice.low.find(self.after)
        if at < 0:
            return
        action = Action.DELAYED if is_delay(notice) else Action.FAILED
        again = notice.low.find(self.after, at + 1)
        if again >= 0 and (found := list(self._each(notice, at, action))):
            yield from found
            return
        common = self._reason(notice)
        end = at + len(self.after)
        line, _, below = notice.above[end:].partition("\n")
        inline = addresses(line)
        if inline:
            beside = below.partition("\n\n")[0]  # "as their mailbox is full"
            words = common or verdict_words(notice)
            if not common and "@" not in beside:
                words = unfold(f"{words} {beside}")[:MAX_WORDS]
            for address in inline:
                yield Found(address, diagnostic=words, action=action)
            return
        for entry in listed(below.split("\n"), named=True):
            words = common or entry.text or verdict_words(notice)
            yield Found(entry.address, diagnostic=words, action=action)

    def _each(self, notice: Notice, at: int, action: Action) -> Iterator[Found]:
        """Where the phrase comes once for each address: the words are those up to the next."""
        for _ in range(MAX_REPEATS):
            start = at + len(self.after)
            at = notice.low.find(self.after, start)
            piece = notice.above[start : at if at >= 0 else len(notice.above)]
            for address in addresses(piece.partition("\n")[0]):
                reason = notice.low.find(self.reason, start, start + len(piece))
                told = piece[reason - start + len(self.reason) :] if reason >= 0 else piece
                words = unfold(told.partition("\n\n")[0])[:MAX_WORDS]
                yield Found(address, diagnostic=words, action=action)
            if at < 0:
                return

    def _reason(self, notice: Notice) -> str:
        if not self.reason:
            return ""
        at = notice.low.find(self.reason)
        if at < 0:
            return ""
        words = notice.above[at + len(self.reason) :].lstrip(" :=\n\t-")
        return unfold(words.partition("\n\n")[0])[:MAX_WORDS]


WORDINGS: tuple[Wording, ...] = (
    Wording(
        "messagelabs",
        ("delivery agent at messagelabs", "mailer-daemon@messagelabs", "email security.cloud"),
        "deliver your message to the following addresses",
        "reason",
    ),
    Wording(
        "amazonses",
        ("the following message to <",),
        "the following message to",
        "the reason for the problem:",
    ),
    Wording(
        "mailmarshal",
        ("could not be delivered because of", 'undeliverable mail: "'),
        "the following recipients were affected",
        "could not be delivered because of",
    ),
    Wording(
        "mailfoundry",
        ("delivery failed for the following reason:",),
        "unable to deliver message to",
        "delivery failed for the following reason",
    ),
    Wording("kddi", ("your mail sent on:",), "could not be delivered to:"),
    Wording(
        "mimecast",
        ("this is a delivery failure notification message indicating",),
        "you addressed to email address :",
        "additional information follows",
    ),
    Wording(
        "mxlogic", (".mxlogic.net", "a message that you have sent could not be"), "address failed:"
    ),
    Wording("barracuda", ("spam & virus firewall", "spam firewall"), "your message to:"),
    Wording(
        "surfcontrol",
        ("x-mailer: surfcontrol", "a transcript of the attempts to send the message"),
        "addressed to:",
        "failed to send to identified host",
    ),
    Wording(
        "x3",
        ("this is an automatically generated delivery status notification",),
        "following recipients failed permanently",
        "technical details:",
    ),
    Wording("amavis", ("the message was not relayed to", "could not be relayed to"), "relayed to:"),
    Wording(
        "biglobe",
        ("non-delivered information", "@biglobe.ne.jp"),
        "the following addresses had delivery problems",
        "non-delivered information -----",
    ),
    Wording(
        "groupwise",
        ("the attached file had the following undeliverable", "novell groupwise"),
        "undeliverable recipient(s):",
        "transcript of session follows:",
    ),
    Wording(
        "communigate", ("failed to deliver to '", "communigate"), "failed to deliver to", "reports:"
    ),
    Wording(
        "mdaemon",
        ("permanent fatal delivery error", "x-mailer: mdaemon", "the attached message had"),
        "failed address:",
    ),
    Wording("smail", ("failed addresses follow", "message log follows"), "failed addresses follow"),
    Wording("mmdf", ("failed mail (msg.", "(queue: smtp)"), "could not be delivered to '"),
    Wording("x400", ("this report relates to your message:",), "your message was not delivered to"),
)
