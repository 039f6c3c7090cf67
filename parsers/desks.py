"""How a service desk acknowledges mail where no header and no single word says so.

Owns the signs that are alike in all languages: an address of an office, the number of a
case, the days in which it will be answered. Must not decide what a message is: one sign
proves nothing, since people have offices and case numbers too.
"""

import re

from parsers.ackwords import TAGGED
from parsers.mime.texts import alike

__all__ = ["desk_signs", "is_office"]

_OFFICE = re.compile(
    r"(?:service|support|kunden|client|customer|helpdesk)|(?:^|[._-])(?:info|help|bok|sav|tuki"
    r"|billing|orders?|helpdesk|contact|kontakt|contacto|contato|contatti"
    r"|office"
    r"|care|kunden\w*|customer\w*|client\w*|klant\w*|kundtj\w*|kundeservice|asiakas\w*|servicedesk"
    r"|desk|team|sales|post|poststelle|postmottak|mailbox|hello|hallo|registrator|registratur"
    r"|reception"
    r"|recepcion|accueil|segreteria|secretar\w*|sekretar\w*|atendimento|ouvidoria|sac|soporte"
    r"|suporte"
    r"|assistenza|podpora|podatelna|pomoc|biuro|urzad|ugyfel\w*|tamogatas|destek|kefu|cs|inquiry"
    r"|toiawase|jimu\w*|feedback|enquir\w*|inquir\w*|complaints?|relations|booking|reservations?"
    r"|jobs"
    r"|careers|recruit\w*|press|webmaster|verwaltung|rathaus|stadt|gemeente|gemeinde|kommune|mairie"
    r"|ayuntamiento|comune|tickets?|it-service|no-?reply|admin|admissions)(?:$|[._+-]|\d)"
)
# "case number 4411", "Nr. 2025-4411", "受付番号：4411"
_NUMBER = re.compile(
    alike(
        r"(?:number|\bno|\bnr|n[°ºr]|nummer|numer\w{0,2}|numéro|número|protocol\w{0,3}|protokoll"
        r"|aktenzeichen|dossier|caso|chamado|\bsag|ärende|zgłoszenie|dotaz\w{0,2}|запрос|单号"
        r"|ticket|tiket\w{0,4}|case|reference|référence|referencia|riferimento|incidencia"
        r"|referenz|\bref|\bid|vorgang|номер\w{0,3}|№|番号"
        r"|编号|編號"
        r"|번호|numara\w{0,3}|čísl\w{1,3}|számon|szám\w{0,3}|mã số|หมายเลข\w{0,6}|מספר|رقم|برقم"
        r"|αριθμ\w{1,3}|nomor)(?: is| er| ist"
        r"| är)?[ .:：#=-]{0,3}(?:[a-zα-ω]{1,8}[/ -]?)?\d[\d/.-]{2,}|\b(?:inc|req|cas|ref)\d{4,}"
    )
)
_THREE = re.compile(r"\d\d\d|\d[/.-]")  # a number has, which costs less to look for
# how long it will take: "2 working days"
_SPAN = re.compile(
    alike(
        r"(?:one|two|three|few) (?:business|working) days?\b|\d ?\+?(?:\s?(?:-|–|to|bis|à"
        r"|a)\s?\d{1,3})? ?(?:business |working |werk|arbeits|full )?"
        r"(?:hours?\b|days?\b|stunden|tagen?\b|h ouvr|heures|jours|horas|días|ore\b|giorni|dias"
        r"|uur\b"
        r"|werkdagen|dagen|timmar|arbetsdagar|dagar|timer\b|hverdage|dager|arkipäiv|päiv|dni\b"
        r"|dnů|hodin"
        r"|godzin|munkanap|nap\w{0,2}\b|рабочих|дн|часов|днів|годин|zile|εργάσιμ|ημέρ|iş günü"
        r"|gün\b|saat"
        r"|営業日|時間|个工作日|個工作天|工作日|小时|영업일|시간|ngày|giờ|วัน|ชั่วโมง|hari|ימי"
        r"|שעות|ساعة|أيام|يوم)"
    )
)


def is_office(address: str) -> bool:
    """Whether an address is one that many read, by its local part."""
    return _OFFICE.search(address.partition("@")[0].lower()) is not None


def desk_signs(words: str) -> int:
    """How many of the two there are in words (which went through alike())."""
    numbered = _THREE.search(words) and (_NUMBER.search(words) or TAGGED.search(words))
    return (numbered is not None) + (_SPAN.search(words) is not None)
