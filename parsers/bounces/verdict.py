"""How a notice says that a mail was not delivered, in the words of any sender.

Owns the words that make a text a non-delivery notice, or a delay warning. Must
not judge why: parsers.codes does that from the diagnostic.
"""

import re

from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.refusals import REFUSED
from parsers.bounces.stems import FAILED, spellings
from parsers.codes.verdict import strongest
from parsers.codes.words import Strength, fold
from parsers.phrases import Signs

__all__ = [
    "holds",
    "is_delay",
    "is_failure",
    "is_refusal",
    "says_failure",
    "verdict_words",
    "words_of",
]

_DELIVERY_FAILED = re.compile(
    r"deliver\w* (?:\w+ ){1,5}(?:has )?failed|fail\w* (?:\w+ ){1,3}deliver"
)

_CODE = re.compile(
    # from the first digit on, looking back: sre skips to it without trying every letter
    r"[45](?:(?<![\d.][45])(?:[0-5]\d[ \-:\t](?!\d{3})|\.\d\.\d{1,3}(?![\d.]))"
    r"|(?<!\w5)(?<=5)[0-5]\d_)"
)
# all that is said
_BARE = re.compile(r"\W{0,4}[45][0-5]\d\W{0,4}")
_BARE_LENGTH = 11
_DELAY = (
    "warning message only",
    "this is a warning only",
    "this is only a warning",
    "has been delayed",
    "been delayed",
    "is delayed",
    "delivery pending",  # Smail
    "mail warning",
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
    "are still pending",
    "waiting mail (",  # MMDF
    "will be deleted in several days",  # UUCP
    "[delayed",  # ZMailer
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
    "just a warning",
    "advisory-only",
    "message delayed",
    "mail delayed",
    "been postponed",
    "still in the queue",
    "still in queue",
    "still queued",
    "been queued for",
    "been in the queue for",
    "still not delivered",
    ": delayed",
    "delayed:",
    "next attempt",
    "delivery deferred",
    "was deferred",
    "were deferred",
    "be tried again",
    "d'un retard",
    "ritardat",
    "will be sent later",
    "will retry",
    "being retried",
    "keep trying",
    "will try again",
    "will be attempted until",
    "further attempts will",
    "delivery attempts will",
    "temporarily unable to deliver",
    "temporary failure deliver",
    "temporary delivery",
    "(temporary)",
    "not yet be deliver",
    "not yet be fully deliver",
    "not yet deliver",
    "in our queue",
    "waiting in the queue",
    "noch nicht zugestellt",
    "bisher nicht",
    "weiterhin versucht",
    "weiter versucht",
    "pas encore pu",
    "pas encore été",
    "nouvelles tentatives",
    "retardé",
    "aún no ha podido",
    "todavía",
    "seguirá intentando",
    "demorado",
    "retrasad",
    "non è ancora stato",
    "in ritardo",
    "ainda não",
    "atrasad",
    "vertraagd",
    "opóźni",
    "försenad",
    "forsinket",
    "viivästy",
    "再送を試み",
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
    "gave up",
    "finally failed",
    "will not be retried",
    "not be retried",
    "never be delivered",
    "not going to try again",
    "no further",
    "failed permanently",
    "permanent fatal errors",
    "permanent error",
    "could not be delivered for",
)
_FAILED, _REFUSED = Signs(spellings(FAILED)), Signs(spellings(REFUSED))
_DELAYED, _GAVE_UP = Signs(spellings(_DELAY)), Signs(_GIVEN_UP)
MAX_INTRODUCTION = 1_500  # characters in which the sender says that it only warns
MAX_VERDICT = 700  # characters of verdict words taken when no address has words of its own


# by the table's identity, since to hash one takes longer than to look for all that is in it;
# each is kept beside its search, so that no other can come to stand in its place
_searches: dict[int, tuple[tuple[str, ...], Signs]] = {}


def holds(low: str, stems: tuple[str, ...]) -> bool:
    """Whether one of stems, a table, stands in low. All are looked for in one pass."""
    known = _searches.get(id(stems))
    if known is None:
        known = _searches[id(stems)] = (stems, Signs(spellings(stems)))
    return known[1].any(low)


def is_failure(low: str) -> bool:
    """Whether a text, given in lower case, says that a mail was not delivered (or not yet)."""
    if _FAILED.any(low):
        return True
    return "deliver" in low and "fail" in low and _DELIVERY_FAILED.search(low) is not None


def says_failure(text: str) -> bool:
    """Whether a line or phrase holds a refusal: a code or words."""
    if _CODE.search(text) is not None:
        return True
    if len(text) <= _BARE_LENGTH and _BARE.fullmatch(text) is not None:
        return True
    return _REFUSED.any(text.lower())


def is_refusal(text: str) -> bool:
    """says_failure(), or words that the tables of parsers.codes know for a reason.

    For texts of a notice only: the tables hold what people write as well.
    """
    if says_failure(text):
        return True
    row = strongest(fold(text[:1_000]))
    return row is not None and row.strength > Strength.FAINT


def is_delay(notice: Notice) -> bool:
    """Whether the notice only warns: the sender goes on trying."""
    subject = notice.subject.lower()
    if "failed" not in subject and (subject.startswith("warning") or _DELAYED.any(subject)):
        return True
    low = notice.low[:MAX_INTRODUCTION].replace("\n", " ")
    return _DELAYED.any(low) and not _GAVE_UP.any(low)


def verdict_words(notice: Notice) -> str:
    """The lines of the notice that hold a refusal, on one line, bounded. Worked out once."""
    if notice.verdict is None:
        notice.verdict = words_of(notice.lines)
    return notice.verdict


def words_of(lines: list[str]) -> str:
    """Those of lines that hold a refusal, likewise."""
    kept: list[str] = []
    size = 0
    for line in dict.fromkeys(lines):
        quoted = line[:1] == ">" and line[:3] != ">>>"
        if line and not quoted and says_failure(line[:1_000]):
            kept.append(line[:1_000])
            size += len(line)
            if size > MAX_VERDICT:
                break
    return unfold(" ".join(kept))[:MAX_VERDICT]
