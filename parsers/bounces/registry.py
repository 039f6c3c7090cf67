"""Which detectors are tried, in which order.

Owns the order: the most authoritative evidence first, and the first detector that
finds a recipient has spoken. Must not read any form itself. To add a sender: a
sample with its expectation in tests/data/bounces, a file here, and one line in
the right tier; if another sample changes its result, the tier is wrong.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from parsers.bounces.aol import AOL, PH
from parsers.bounces.closed import CLOSED
from parsers.bounces.courier import COURIER
from parsers.bounces.domino import DOMINO, NOTES
from parsers.bounces.dragonfly import DRAGONFLY
from parsers.bounces.exchange import EXCHANGE
from parsers.bounces.exchange_online import EXCHANGE_ONLINE
from parsers.bounces.exim import EXIM
from parsers.bounces.fields import BURIED_FIELDS, FIELDS
from parsers.bounces.finding import Attempt, Detector, Finding, Found
from parsers.bounces.fml import FML
from parsers.bounces.forwarded import FORWARDED
from parsers.bounces.gate import is_personal
from parsers.bounces.generic import GENERIC, LAST_RESORT
from parsers.bounces.gmx import GMX
from parsers.bounces.google import GMAIL, GOOGLE_GROUPS
from parsers.bounces.imail import IMAIL
from parsers.bounces.intermail import INTERMAIL
from parsers.bounces.interscan import INTERSCAN
from parsers.bounces.iplanet import IPLANET
from parsers.bounces.james import JAMES
from parsers.bounces.listserv import LISTSERV
from parsers.bounces.mfilter import MFILTER
from parsers.bounces.notice import Notice
from parsers.bounces.opensmtpd import OPENSMTPD
from parsers.bounces.postfix import POSTFIX, POSTFIX_SESSION
from parsers.bounces.qmail import QMAIL, X2, YAHOO
from parsers.bounces.sendmail import SENDMAIL
from parsers.bounces.ses import SES_NOTIFICATION
from parsers.bounces.transcript import OLD_SENDMAIL
from parsers.bounces.wordings import WORDINGS
from parsers.bounces.x6 import X6
from parsers.bounces.zoho import ZOHO
from parsers.mime.message import Message
from parsers.phrases import Phrases

__all__ = ["DETECTORS", "attempts", "detect"]

MAX_RECIPIENTS = 1_000  # of one notice; beyond is somebody's joke
MAX_FOUND = 10 * MAX_RECIPIENTS  # with repeats: a session may refuse all of them often
MAX_ADDRESS = 512  # characters; RFC 5321 allows 254, source routes are longer
MAX_WORDS = 300  # characters shown by --explain
MAX_AROUND = 1_500  # characters of a notice in which its verdict stands

DETECTORS: tuple[Detector, ...] = (
    # Fields that a machine wrote for machines, if in the wrong place.
    SES_NOTIFICATION,
    FIELDS,
    LISTSERV,
    # A header names the recipients; the text only adds words. GMX speaks Exim's prose
    # without its header, so it goes first.
    GOOGLE_GROUPS,
    GMAIL,
    GMX,
    EXIM,
    # The sender says who it is, or its layout is like no other's.
    DRAGONFLY,
    OPENSMTPD,
    POSTFIX_SESSION,
    QMAIL,
    X2,
    YAHOO,
    POSTFIX,
    COURIER,
    EXCHANGE_ONLINE,
    EXCHANGE,
    DOMINO,
    NOTES,
    IPLANET,
    ZOHO,
    MFILTER,
    IMAIL,
    INTERMAIL,
    INTERSCAN,
    JAMES,
    X6,
    FML,
    # The same layout with many writers: more of them look like Sendmail than are.
    *WORDINGS,
    SENDMAIL,
    OLD_SENDMAIL,
    # The domain must be guessed from the sender.
    AOL,
    PH,
    # The sender is the recipient.
    CLOSED,
    # Second hand.
    FORWARDED,
    # Nobody's form: structure alone.
    GENERIC,
    # A report within a report, its fields below a divider; then whom the mail was written to.
    BURIED_FIELDS,
    LAST_RESORT,
)

# in one pass over the opening: all marks, and which detectors each of them calls
_CALLS: dict[str, list[int]] = {}
for _place, _detector in enumerate(DETECTORS):
    for _mark in _detector.marks:
        _CALLS.setdefault(_mark, []).append(_place)
_MARKS = Phrases(_CALLS)
_CALLED = tuple(_CALLS.values())
_ALWAYS = frozenset(place for place, detector in enumerate(DETECTORS) if not detector.marks)


def detect(message: Message) -> Finding | None:
    """The recipients that a bounce in nobody's standard names, or None if it is no bounce.

    Raises OutOfTimeError before a detector that may not be asked any more.
    """
    allowance = message.allowance
    notice = Notice(message)
    called = set(_ALWAYS)
    for met in _MARKS.found(notice.opening):
        called.update(_CALLED[met])
    for place in sorted(called):
        if allowance is not None:
            allowance.check()
        if (finding := _ask(DETECTORS[place], notice)) is not None:
            return finding
    return None


def attempts(message: Message) -> Iterator[Attempt]:
    """Every detector's turn until one has spoken, for --explain."""
    notice = Notice(message)
    opening = notice.opening
    for detector in DETECTORS:
        mark = next((mark for mark in detector.marks or ("",) if mark in opening), None)
        if mark is None:
            yield Attempt(detector.name, mark="", called=False)
            continue
        finding = _ask(detector, notice)
        yield Attempt(detector.name, mark, called=True, finding=finding)
        if finding is not None:
            return


def _ask(detector: Detector, notice: Notice) -> Finding | None:
    kept = _distinct(islice(detector(notice), MAX_FOUND))
    if not kept or (detector is not FORWARDED and is_personal(notice)):
        return None
    if len(kept) > MAX_RECIPIENTS:
        notice.message.note(f"only the first {MAX_RECIPIENTS} recipients were read")
        kept = kept[:MAX_RECIPIENTS]
    words = kept[0].diagnostic or kept[0].address
    return Finding(detector.name, tuple(kept), words[:MAX_WORDS], notice.above[:MAX_AROUND])


def _distinct(found: Iterable[Found]) -> list[Found]:
    """Each address once, in order; of repeats the one with more words.

    Of more than MAX_RECIPIENTS one more, so that it shows.
    """
    kept: dict[str, Found] = {}
    for told in found:
        one = told
        if one.address[:1] == "@":  # a source route, "@relay.example:cat@example.org"
            one = replace(told, address=told.address.rpartition(":")[2])
        local, at, domain = one.address.rpartition("@")
        if not (at and local and domain) or len(one.address) > MAX_ADDRESS:
            continue
        key = f"{local}@{domain.lower()}"
        before = kept.get(key)
        if before is None:
            if len(kept) > MAX_RECIPIENTS:
                break
            kept[key] = one
        elif len(one.diagnostic) > len(before.diagnostic):
            kept[key] = one
    return list(kept.values())
