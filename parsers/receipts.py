"""Receipts that are no report: free text of phones and mail programs, and TNEF.

Owns the words of such receipts. Must be asked after the standard's reader, and
asks for two signs, subject and text: people write "read" as well.
"""

import re

from parsers.addresses import bare
from parsers.draft import Draft
from parsers.mime.message import Message
from parsers.report import Action, Basis, Disposition, Kind, Reason, RecipientReport, Severity
from parsers.tnef import message_class

__all__ = ["read_receipt"]

_READ = re.compile(
    r"\s{0,4}(?:read|return receipt|read receipt|opened|gelesen|lesebestätigung|lu|leído|letto"
    r"|lida?"
    r"|gelezen|przeczytan[oe]|přečteno|läst|læst|lest|luettu|прочитано|okundu|开封|開封済み|已读|已讀|읽음)"
    r"(?: \([^)\n]{1,40}\))?\s{0,2}[:：-]",
    re.IGNORECASE,
)
_NOT_READ = re.compile(
    r"\s{0,4}(?:not read|nicht gelesen|ungelesen|non lu|no leído|non letto|não lida|niet gelezen"
    r"|nieprzeczytan[oe]|nepřečteno|oläst|ikke læst|ikke lest|ei luettu|не прочитано|okunmadı"
    r"|未開封|未读)"
    r"\s{0,2}[:：-]",
    re.IGNORECASE,
)
_READ_TEXT = re.compile(
    r"was (?:read|opened|displayed)\b|has been (?:read|opened|displayed)"
    r"|return receipt for (?:the|your)"
    r"|wurde .{0,80}(?:gelesen|geöffnet|angezeigt)|a été (?:lu|ouvert|affiché)"
    r"|(?:fue|ha sido) (?:leído|abierto)|è stato (?:letto|aperto|visualizzato)|foi (?:lida|lido"
    r"|aberta)"
    r"|is gelezen|została? (?:odczytan|przeczytan)|byla? (?:přečten|zobrazen)"
    r"|(?:har )?(?:lästes|blev läst|blev læst|ble lest)|on luettu|прочитано|okundu|開封され"
    r"|已被?阅?读|읽었습니다",
    re.IGNORECASE,
)
_UNREAD_TEXT = re.compile(
    r"deleted without being read|ungelesen gelöscht|ohne gelesen zu werden|supprimé sans (?:être"
    r"|avoir été) lu"
    r"|eliminad[oa] sin (?:ser )?leer|eliminat[oa] senza|eliminada sem|verwijderd zonder",
    re.IGNORECASE,
)
# MS-OXCMAIL and MS-OXTNEF: classes of reports, as they come out of winmail.dat
_CLASSES = (
    ("ipnnrn", Disposition.DELETED),
    ("ipnrn", Disposition.DISPLAYED),
    ("read receipt", Disposition.DISPLAYED),
)
_MAX_TEXT = 2_000


def read_receipt(message: Message) -> Draft | None:
    """A receipt without report structure, or None."""
    return _in_words(message) or _in_tnef(message)


def _in_words(message: Message) -> Draft | None:
    subject = message.subject
    if _READ.match(subject):
        disposition, words = Disposition.DISPLAYED, _READ_TEXT
    elif _NOT_READ.match(subject):
        disposition, words = Disposition.DELETED, _UNREAD_TEXT
    else:
        return None
    found = words.search(" ".join(message.full_text[:_MAX_TEXT].split()))
    if found is None:
        return None
    return _draft(message, "receipt-words", f"{subject[:100]} / {found[0]}", disposition)


def _in_tnef(message: Message) -> Draft | None:
    for part in message.parts:
        name = part.filename.lower()
        if part.content_type not in {"application/ms-tnef", "application/vnd.ms-tnef"} and (
            name != "winmail.dat"
        ):
            continue
        kind = message_class(part.content)
        for word, disposition in _CLASSES:
            if word in kind:
                return _draft(message, "tnef", kind, disposition)
        if kind.startswith("report.") and kind.endswith(".dr"):
            return _draft(message, "tnef", kind, None)
    return None


def _draft(message: Message, detector: str, words: str, disposition: Disposition | None) -> Draft:
    """A receipt by the message's sender; without disposition it is one of delivery."""
    recipient = RecipientReport(
        address=bare(message.sender),
        action=Action.DELIVERED if disposition is None else None,
        disposition=disposition,
        reason=Reason.DELIVERED,
        severity=Severity.NONE,
        basis=Basis.WORDS,
    )
    return Draft(
        Kind.DSN if disposition is None else Kind.MDN,
        detector,
        words=words,
        recipients=(recipient,) if "@" in recipient.address else (),
    )
