"""Receipts that are no report: free text of phones and mail programs, and TNEF.

Owns the words of such receipts. Must be asked after the standard's reader, and
asks for two signs, subject and text: people write "read" as well.
"""

import re

from parsers.addresses import bare
from parsers.draft import Draft
from parsers.mime.message import Message
from parsers.phrases import Signs
from parsers.reply import own_words
from parsers.report import Action, Basis, Disposition, Kind, Reason, RecipientReport, Severity
from parsers.tnef import message_class

__all__ = ["read_receipt"]

_READ = re.compile(
    r"\s{0,4}(?:read|return receipt|read[ -]receipt|opened|seen|message read"
    r"|gelesen|lesebestätigung|lu|message lu|leído|letto"
    r"|lid[ao]|lida?|confirmação de leitura|confirmación de lectura|conferma (?:di )?lettura"
    r"|leesbevestiging|(?:confirmation|notification) de lecture|accusé de (?:lecture|réception)"
    r"|empfangsbestätigung"
    r"|ricevuta di lettura|acuse de lectura|recibo de leitura|potwierdzenie przeczytania"
    r"|potvrzení o přečtení|läskvitto|lesekvittering|kvittering for læsning|lukukuittaus"
    r"|(?:уведомление о прочтении|подтверждение прочтения)(?: письма)?|olvasási visszaigazolás"
    r"|okundu bilgisi|開封通知|수신 확인|已读回执|已讀回條|απόδειξη ανάγνωσης"
    r"|(?:delivery|disposition) notification"
    r"|gelezen|przeczytan[oea]|odczytan[oea]|přečteno|prečítané|läst|læst|lest|luettu|lesið"
    r"|прочитано|прочтено|прочетено|elolvasva|olvasott|διαβάστηκε|αναγνώστηκε|citit|pročitano"
    r"|prebrano"
    r"|loetud|lasīts|perskaityta|llegit|dibaca|đã đọc|อ่านแล้ว|נקרא|مقروء(?:ة)?|قراءة"
    r"|okundu|开封|開封(?:済み?)?|開封確認|已读|已讀|읽음|읽은 상태)"
    r"(?: \([^)\n]{1,40}\))?(?: (?:for|by|für|von|de|par|por|da|di|door|od|от)(?: [^:\n-]{1,40})?)?"
    r"\s{0,2}(?:[:：-]|$)",
    re.IGNORECASE,
)
# "Ricevuta di ritorno (visualizzato) - x", as Thunderbird has it in each of its languages
_STATED = re.compile(
    r"[^:：()（\n]{2,40}[(（](?:displayed|angezeigt|gelesen|affiché|lu|visualizzat[oa]|letto|exibid[oa]"
    r"|mostrad[oa]|leído|weergegeven|gelezen|wyświetlon[aey]|przeczytan[aey]|zobrazen[oa]|visat|läst"
    r"|vist|læst|lest|näytetty|luettu|görüntülendi|表示済み?|已显示|已顯示|표시됨)[)）]\s{0,2}[:：-]",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"receipt|bestätigung|accusé|ricevuta|recibo|acuse|bevestiging|potwierdzeni|doručenk|kvitt"
    r"|kuittaus|alındı|確認|回执|回條|확인",
    re.IGNORECASE,
)
# which nobody says of himself
_DISCLAIMS = re.compile(
    r"no guarantee that the (?:message has been|recipient has) read"
    r"|receipt only acknowledges that the message was",
    re.IGNORECASE,
)
_NOT_READ = re.compile(
    r"\s{0,4}(?:not read|unread|deleted(?: without being read)?|nicht gelesen|ungelesen|non lu"
    r"|no leído"
    r"|non letto|não lid[ao]|niet gelezen|ongelezen"
    r"|nie(?: ?przeczytan[oea]| odczytan[oea])|nepřečteno|neprečítané|oläst|ej läst|ikke læst"
    r"|ikke lest"
    r"|ulest|ulæst|ei luettu|lukematta|ólesið|не ?про(?:читано|чтено|четено)|не е прочетено"
    r"|nem olvasott|olvasatlan|μη αναγνωσμένο|δεν διαβάστηκε|necitit|nepročitano|neprebrano"
    r"|lugemata"
    r"|nelasīts|neperskaityta|no llegit|tidak dibaca|chưa đọc|ยังไม่ได้อ่าน|לא נקרא|غير مقروء(?:ة)?"
    r"|okunmadı|未開封|未读|未讀|읽지 않음)"
    r"\s{0,2}[:：-]",
    re.IGNORECASE,
)
_READ_TEXT = re.compile(
    r"(?<!not )(?<!never )(?:was|has been) (?:read|opened|displayed)\b"
    r"|(?:received and displayed|was seen by|has (?:read|opened) your)\b|a bien été (?:lu|affiché)"
    r"|opened your (?:message|e-?mail)|return receipt for (?:the|your)"
    r"|was received by\W{1,10}[\w.+-]{1,64}@"
    r"|wurde .{0,80}(?:gelesen|geöffnet|angezeigt)|a été (?:lu|ouvert|affiché)"
    r"|(?:fue|ha sido) (?:leído|abierto)|se (?:ha leído|leyó)|è stato (?:letto|aperto|visualizzato)"
    r"|foi (?:lid[ao]|abert[ao])"
    r"|is (?:op .{0,40} )?gelezen|została? (?:.{0,30} )?(?:odczytan|przeczytan)"
    r"|byla? (?:.{0,30} )?(?:přečten|zobrazen)|bola? (?:.{0,30} )?prečítan"
    r"|(?:har )?(?:lästes|blev läst|blev læst|ble lest)|har lästs|var læst|on luettu|luettiin"
    r"|прочита[нл]|прочтен|прочетен|okundu|開封され|開封しました"
    r"|elolvas(?:ták|va|ta)|olvasták el|διαβάστηκε|αναγνώσ|fost citit|pročitan|prebran|loeti|lasīt"
    r"|perskaityt|s.ha llegit|(?:telah )?dibaca|đã được đọc|ถูกอ่าน|อ่านเมื่อ|נקרא|تم(?:ت)? قراء"
    r"|已被?(?:阅|閱)?(?:读|讀)|(?:阅读|閱讀)了|被(?:阅读|閱讀)|已于.{0,40}(?:阅读|閱讀)"
    r"|읽었습니다|읽혔습니다|읽음",
    re.IGNORECASE,
)
_UNREAD_TEXT = re.compile(
    r"deleted without being read|not (?:been )?(?:read|opened)|ungelesen gelöscht"
    r"|ohne gelesen (?:zu|worden)|supprimé(?:e)? sans (?:être|avoir été) lu"
    r"|elimin(?:ad[oa]|ó) sin (?:ser )?le[eí]|eliminad[oa] sin haber|eliminó sin haber"
    r"|borr.{1,6} sin"
    r"|eliminat[oa] senza|(?:eliminada|excluíd[ao]|apagada) sem|verwijderd zonder"
    r"|(?:utan att|uden at|uten at?) |lukematta|bez (?:prze|od)czytania|bez přečtení|bez prečítania"
    r"|nepřečten|nieprzeczytan|непрочитан|без прочт|без прочит|без да|olvasatlanul|olvasás nélkül"
    r"|χωρίς να|fără a fi|bez čitanja|brez branja|lugemata|nelasīt|neperskait|sense (?:ser )?lle"
    r"|tanpa dibaca|mà (?:không|chưa) (?:được )?đọc|โดยไม่ได้อ่าน|בלי ש|מבלי ש|ללא קריאה"
    r"|دون قراء|دون أن"
    r"|okunmadan|開封(?:され)?ずに|未開封のまま|未読のまま|未(?:经|經)?(?:阅|閱)?(?:读|讀)|읽지 않",
    re.IGNORECASE,
)
# MS-OXCMAIL and MS-OXTNEF: classes of reports, as they come out of winmail.dat
_CLASSES = (
    ("ipnnrn", Disposition.DELETED),
    ("ipnrn", Disposition.DISPLAYED),
    ("read receipt", Disposition.DISPLAYED),
)
_DISCLAIMING = Signs(("no guarantee that", "only acknowledges that"))
# both must be there: what the subject says, what the text does, and what that comes to
_SIGNS = (
    (_READ, _READ_TEXT, Disposition.DISPLAYED),
    (_NOT_READ, _UNREAD_TEXT, Disposition.DELETED),
    (_STATED, _RECEIPT, Disposition.DISPLAYED),
)
_MAX_TEXT = 2_000


def read_receipt(message: Message) -> Draft | None:
    """A receipt without report structure, or None."""
    return _in_words(message) or _in_tnef(message)


def _in_words(message: Message) -> Draft | None:
    subject = message.subject
    text = ""
    for named, words, disposition in _SIGNS:
        if named.match(subject) is None:
            continue
        text = text or " ".join(message.full_text[:_MAX_TEXT].split())
        if (found := words.search(text)) is None:
            continue
        # what is in doubt was not read
        unread = _UNREAD_TEXT.search(text) if disposition is Disposition.DISPLAYED else None
        said = f"{subject[:100]} / {(unread or found)[0]}"
        told = Disposition.DELETED if unread else disposition
        return _draft(message, "receipt-words", said, told)
    return _disclaiming(message)


def _disclaiming(message: Message) -> Draft | None:
    """One that its subject does not show, but says that it proves no reading, and quotes none."""
    if not _DISCLAIMING.any(message.low[:_MAX_TEXT]):
        return None
    found = _DISCLAIMS.search(" ".join(own_words(message.full_text)[:_MAX_TEXT].split()))
    return found and _draft(message, "receipt-words", found[0], Disposition.DISPLAYED)


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
