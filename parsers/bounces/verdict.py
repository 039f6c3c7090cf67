"""How a notice says that a mail was not delivered, in the words of any sender.

Owns the words that make a text a non-delivery notice, or a delay warning. Must
not judge why: parsers.codes does that from the diagnostic.
"""

import re

from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.stems import FAILED, REFUSED

__all__ = ["is_delay", "is_failure", "says_failure", "verdict_words"]

_DELIVERY_FAILED = re.compile(
    r"deliver\w* (?:\w+ ){1,5}(?:has )?failed|fail\w* (?:\w+ ){1,3}deliver"
)

_CODE = re.compile(
    r"(?<![\d.])[45][0-5]\d[ \-:](?!\d{3})|(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.])|\b5[0-5]\d_"
)
_DELAY = (
    "warning message only",
    "this is a warning only",
    "this is only a warning",
    "has been delayed",
    "been delayed",
    "is delayed",
    "delivery delayed",
    "delayed mail",
    "(delay)",
    "not yet been delivered",
    "yet to be delivered",
    "still undelivered",
    "still being retried",
    "will be retried",
    "will keep trying",
    "will continue to try",
    "attempts will continue",
    "will be attempted again",
    "keep on trying",
    "will continue trying",
    "continues to try",
    "still trying",
    "do not need to resend",
    "don't need to resend",
    "no action is required on your part",
    "could not be delivered yet",
    "transient non-fatal errors",
    "verzögert",
    "verzögerung",
    "a été retardé",
    "se ha retrasado",
    "è stata ritardata",
    "задерж",
    "遅延",
    "延迟",
    "延遲",
)
_GIVEN_UP = (
    "given up",
    "giving up",
    "not going to try again",
    "no further",
    "failed permanently",
    "permanent fatal errors",
    "permanent error",
    "could not be delivered for",
)
MAX_INTRODUCTION = 1_500  # characters in which the sender says that it only warns
MAX_VERDICT = 700  # characters of verdict words taken when no address has words of its own


def is_failure(low: str) -> bool:
    """Whether a text, given in lower case, says that a mail was not delivered (or not yet)."""
    if any(stem in low for stem in FAILED):
        return True
    return "deliver" in low and "fail" in low and _DELIVERY_FAILED.search(low) is not None


def says_failure(text: str) -> bool:
    """Whether a line or phrase holds a refusal: a code or words."""
    low = text.lower()
    return any(stem in low for stem in REFUSED) or _CODE.search(text) is not None


def is_delay(notice: Notice) -> bool:
    """Whether the notice only warns: the sender goes on trying."""
    subject = notice.subject.lower()
    if subject.startswith("warning") or any(words in subject for words in _DELAY):
        return True
    low = notice.low[:MAX_INTRODUCTION]
    if any(words in low for words in _GIVEN_UP):
        return False
    return any(words in low for words in _DELAY)


def verdict_words(notice: Notice) -> str:
    """The lines of the notice that hold a refusal, on one line, bounded."""
    kept: list[str] = []
    size = 0
    for line in notice.lines:
        if line and says_failure(line[:1_000]):
            kept.append(line[:1_000])
            size += len(line)
            if size > MAX_VERDICT:
                break
    return unfold(" ".join(kept))[:MAX_VERDICT]
