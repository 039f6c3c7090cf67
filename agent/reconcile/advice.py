"""What each kind of gap means and what to do about it, most urgent first.

Owns those sentences; the digest prints them and docs/reports.md holds the same
(a test compares). Must not look at a delivery: it speaks of the kind alone.
"""

from dataclasses import dataclass

from store.words import GapKind

__all__ = ["ADVICE", "Advice", "urgency"]


@dataclass(frozen=True, slots=True)
class Advice:
    """meaning: what is known. action: what a person does next."""

    meaning: str
    action: str


ADVICE: dict[GapKind, Advice] = {
    GapKind.BLIND: Advice(
        "A channel that would have told us was not observed through the deadline.",
        'Run "landed status" and make that channel readable; the answer may be waiting in it.',
    ),
    GapKind.UNSENT: Advice(
        "No relay of ours has taken it.",
        'Check that the agent runs, and that the relay answers and takes our sender ("landed'
        ' doctor"); it is tried again until its policy gives up.',
    ),
    GapKind.AMBIGUOUS: Advice(
        "The connection died before the relay's last reply: it may or may not have been sent.",
        "Look in the relay's log for the Message-ID; the policy says whether it is sent again.",
    ),
    GapKind.REJECTED: Advice(
        "It was refused in session, or by the recipient's own filter.",
        "Read the reply; correct what it objects to, the address or the message, then send a new"
        " notice.",
    ),
    GapKind.FAILED: Advice(
        "A final failure report came back.",
        "Find another address or another way to tell this person, then close the delivery.",
    ),
    GapKind.QUARANTINED: Advice(
        "The recipient's own mail system holds it back in quarantine.",
        "Release it there and allow this sender, or have the recipient do so.",
    ),
    GapKind.CONTESTED: Advice(
        "There is evidence of failure and of success.",
        'Read "landed trace", decide which is true, and close it with the reason.',
    ),
    GapKind.DELAYED: Advice(
        "A mail server said that it keeps trying, and nothing came since.",
        "Wait for its final word, or reach the person another way when the matter is urgent.",
    ),
    GapKind.SILENT: Advice(
        "Our relay took it, every channel was observed through the deadline, and what the policy"
        " asks for did not come.",
        "Ask the person, or ask for less: many hosts never confirm a delivery.",
    ),
    GapKind.UNCONFIRMED: Advice(
        "The only evidence is weaker than the policy asks for.",
        "Look at that evidence; accept it by closing the delivery, or ask the person.",
    ),
    GapKind.SUPPRESSED: Advice(
        "It was deliberately not sent: the address is on the suppression list.",
        'Reach the person another way, or take the address off with "landed suppress remove".',
    ),
}

_ORDER = {kind: place for place, kind in enumerate(ADVICE)}


def urgency(kind: GapKind | str) -> int:
    """Sorts kinds: 0 is what to look at first."""
    return _ORDER[GapKind(kind)]
