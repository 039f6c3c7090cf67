"""Whom a note of absence, or of a new address, tells to write to instead.

Owns the words for that in the languages of our recipients. Must not decide whether a
message is such a note.
"""

import re
from itertools import islice

from parsers.phrases import Signs

__all__ = ["deputy"]


def _signs(phrases: str) -> Signs:
    """Phrases that are parted by bars."""
    return Signs(phrase.strip() for phrase in phrases.split("|"))


# lower-case stems of the words that make an address behind them a deputy
_CONTACT = _signs(
    "contact | reach | write to | get in touch | e-mail | email | direct | forward |"
    "address | colleague | assist | urgent | deput | vertret | wenden | kontak |"
    "dringend | kollege | erreich | weitergeleitet | adress | écri | collègue | joindre |"
    "urgen | contac | escrib | dirij | sustitu | compañer | rivolg | scriv | colleg |"
    "sostitu | contat | substitu | neem | bereik | vervang | zastęp | pilny | obrać |"
    "naléhav | zástup | vikar | hast | ersätt | hänvis | henvend | срочн | обращ | замещ |"
    "пиш | acil | ulaş | yhtey | терміно | зверта | заміща | sürgős | forduljon | keress |"
    "επικοιν | επείγ | urgenț | דחופ | לפנות | פנו | عاجل | التواصل | للتواصل | 连络 | 連絡 |"
    "代理 | 担当 | 联系 | 聯絡 | 緊急 | 急ぎ | 연락 | 담당 | please send | send your | send any |"
    "send all | in my absence | replac | cover | instead | query | queries | inquir |"
    "enquir | help | ask | turn to | please use | use the | my new | new address |"
    "speak to | call or | liaise | successor | took over | taken over | neue | künftig |"
    "stattdessen | nachfolge | ansprechpartner | zuständig | nouvelle | désormais |"
    "dorénavant | envoyer | messages à | absence | suppl | nueva | diríj | comunicar |"
    "consult | mensajes a | nuovo | utilizzare | nova | utilize | envie | encaminh |"
    "nieuw | mailen | mail naar | terecht bij | contact op | nye | ny adress | ny e- |"
    "kolleg | vänd | tavoit | sijais | kirjoit | obraca | kierow | nowy | nové | obrať |"
    "obrát | obrat | hitn | zamjen | nujn | obrn | pišite | спешн | обърн | пишете | связ |"
    "нов | напис | зв'яз | контакт | hafið | hafa samband | kreip | susisiek | lūdz |"
    "sazin | palun | pöördu | kirjuta | hubungi | silakan | mendesak | liên hệ | gửi |"
    "khẩn | ติดต่อ | กรุณา | ด่วน | iletişim | irtibat | contactați | adresați | scrieți |"
    "sürget | keresse | írjon | απευθυν | στείλτε | בדחיפות | יצירת קשר | צרו קשר |"
    "להחליף | לכתוב | يرجى | الاتصال | تماس | संपर्क | 请 | 請 | 问 | 代わり | 後任 |"
    "担当者 | まで |"
    "問い合わせ | 문의 | 대신 | 급한 | idatzi | jarri harreman |"
    "communiqu | remit | обрат | 대행 | 담당 | vervang | shkruani | kontaktoni"
)
# and one before them
_BEHIND = _signs(
    "تماس | is covering | covers for | will cover | will help | can help | will assist |"
    "can assist |"
    "will be able to help | is standing in | stands in | deputis | deputiz | will take over |"
    "has taken over | vertritt | hilft ihnen | steht ihnen | assure | me remplace | me sustituye |"
    "le atender | mi sostituisce | vervangt | vertegenwoordigt | iletişim | ulaş | adresine |"
    "yaz |"
    "연락 | 문의 | 로 보내 | ご連絡 | お問い合わせ | まで | へお送り | へお願い | पर संपर्क |"
    "से संपर्क | helbidera"
)
# what "For sales: cat@example.org" has before the address
_FOR = re.compile(
    r"(?:^|[\n.;,•*-] ?)(?:for|für|pour|para|per|voor|för|til|dla|pro|для|за)"
    r"\s[^.!?\n@]{2,60}[:,–-]\s{0,2}[<(\"']?$",
    re.IGNORECASE,
)
# before an address that is nobody's to write to
_PASSED = re.compile(
    r"(?:\b(?:(?:e-?)?mails?|messages?|nachricht|courriel|correo|messaggio|mensagem|bericht|письмо)"
    r" (?:to|an|à|al?|ao|aan|für|til|till|на)|\b(?:from|sent to|cc|bcc|wrote to"
    r"|former|old|previous|alten?|bisherigen?|ancienne adresse|antigua|vecchio|antigo|oude"
    r"|(?:this|my|the|diese|dieses) (?:e-?mail )?(?:address|mailbox|account|adresse|postfach)))"
    r"\W{0,3}$"
)
# in a signature's line
_SIGNED = re.compile(r"\b(?:tel|phone|fone|fax|mob(?:il|ile)?|www|http|web|gsm)\b|\+\d{6}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_ROBOTS = re.compile(r"(?:no|do-?not)[-_.]?reply|mailer-daemon|postmaster", re.IGNORECASE)
_NEAR = 160  # characters before an address in which the word that makes it a deputy stands
_AFTER = 60  # and behind it
_JUST_BEFORE = 40
_MOST = 20  # addresses that are looked at
_SENTENCE = 2  # words of one, beside an address and names
_MAX_TEXT = 4_000
# with which begins what a company has beneath every mail
_SMALL_PRINT = re.compile(
    r"\b(?:confidential|confidentiel|confidencial|vertraulich|vertrouwelijk|riservat|poufn|důvěrn"
    r"|конфиденц|privileged|intended (?:only |solely )?for|not the (?:addressee|intended)"
    r"|received (?:this|it) (?:e-?mail |message )?(?:in error|by mistake)|irrtümlich|par erreur)"
    r"|機密|机密",
    re.IGNORECASE,
)


def deputy(text: str, known: set[str], name: str = "", *, away: bool = False) -> str:
    """The address that text names to write to instead, or "".

    known are addresses (lower case) that cannot be it: the writer's and ours. Where name
    is given, the writer's full name, nor can one that is made of it: a signature's. Where
    text surely tells of an absence or a move (away), any other address in a sentence is it.
    """
    text = _SMALL_PRINT.split(text[:_MAX_TEXT], maxsplit=1)[0]
    names = re.findall(r"[^\W\d_]{2,}", name.lower())
    spoken_of = ""
    for found in islice(_ADDRESS.finditer(text), _MOST):
        address = found[0].strip("'.-")
        local = address.lower().partition("@")[0]
        if address.lower() in known or _ROBOTS.match(local) or _is_made_of(local, names):
            continue
        before = text[max(0, found.start() - _NEAR) : found.start()].lower()
        after = text[found.end() : found.end() + _AFTER].lower().partition("@")[0]
        if _CONTACT.any(before) or _FOR.search(before) or _BEHIND.any(after):
            return address
        if away and not spoken_of and not _PASSED.search(before[-_JUST_BEFORE:]):
            spoken_of = address if _is_prose(text, found.start(), found.end()) else ""
    return spoken_of


def _is_made_of(local: str, names: list[str]) -> bool:
    """Whether a local part is somebody's of these names: "nora.berg", "n.berg", "nberg"."""
    parts = [part for part in re.split(r"[\W\d_]+", local) if part]
    initials = {name[0] for name in names}
    return any(len(part) > 1 for part in parts) and all(
        part in initials
        or any(part == one or (part[1:] == one and part[0] in initials) for one in names)
        for part in parts
    )


def _is_prose(text: str, start: int, end: int) -> bool:
    """Whether what stands between start and end is part of a sentence, not of a signature."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[first:start] + " " + text[end : last if last >= 0 else len(text)]
    if _SIGNED.search(line.lower()):
        return False
    # names and streets begin with a capital, where there are any; Chinese parts no words
    words = [word for word in _WORD.findall(line) if not word[0].isupper()]
    return len(words) >= _SENTENCE or sum(map(len, words)) >= _SENTENCE * 4
