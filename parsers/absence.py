"""Until when an absence note says that its writer is away.

Owns the words for that in the languages of our recipients. Must not decide whether a
message is such a note. A date is only taken where a word or a range says that it is the
end.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from parsers.months import NAME
from parsers.notedates import DAY_FIRST, DOTTED, Note

__all__ = ["until"]

# words that say "this is the last day, or the day of return"; in English both orders of
# day and month are written behind them, in the other languages the day comes first
_ENGLISH = (
    r"until|till|through(?: to)?|thru|up to and including|re-?open(?:s|ing)?(?: on)?"
    r"|(?:be )?back(?: (?:in|at|to) (?:the |my )?(?:office|work|desk))?(?: on| by| from)?"
    r"|return(?:ing)?(?: to (?:the office|work))?(?: on| after)?"
    r"|available again(?: on| from)?|(?:resume|resuming)(?: work)?(?: on)?"
)
_OTHERS = (
    r"bis(?: einschließlich| einschl\.?| inkl\.?)?(?: zum| einschließlich)?"
    r"|jusqu[’']au|jusqu[’']à|hasta el(?: día)?|hasta|ata(?: o)?|fins al?|fino al?"
    r"|até(?: ao?)?(?: dia)?|tot(?: en met)?|t/m|do dnia|do(?: vključno)?"
    r"|till och med|t\.o\.m\.?|tom|til og me[dð]|til(?: den)?|по|до"
    r"|p[âa]n[ăa] (?:la|pe|[îi]n)(?: data de)?|έως(?: και)?(?: τις)?|μέχρι(?: τις| και)?"
    r"|עד(?: ה)?|حتى|إلى|الى|s/d|لغاية|تا|kuni|līdz|iki|deri(?: më)?|tan|sampai(?: dengan)?|hingga"
    r"|đến(?: hết)?"
)
# words of coming back: others may stand before the date, "de vuelta en la oficina el lunes"
_RETURNS = (
    r"zurück|wieder|rückkehr|erster arbeitstag|de retour|reviens|reviendrai|retour|rentre"
    r"|rentrerai|reprends"
    r"|reprendrai|vuelvo|volveré|regreso|regresaré|(?:re)?incorporo|(?:re)?incorporaré|de vuelta"
    r"|torno|tornerò|rientro|rientrerò|di ritorno|di nuovo|volto|voltarei|regresso|regressarei"
    r"|retorno|retornarei|de volta|tornaré|terug|weer|tillbaka|åter|tilbage|tilbake|igen"
    r"|palaan|takaisin|wracam|wrócę|powrót|vrátím se|zpět|zpátky|vrátim sa|späť|vraćam se"
    r"|vratim se|natrag|nazaj|vrnem|враћам се|вернусь|буду на (?:рабочем месте|работе|месте)"
    r"|возвращаюсь|выхожу|выйду|повернуся"
    r"|повертаюсь|връщам се|завръщам се|επιστρέφω|επιστρέψω|θα επιστρέψω|revin|voi reveni"
    r"|mă întorc|kembali|trở lại|làm lại|quay lại|kem til baka|tagasi|atgriezīšos|grįšiu|kthehem"
    r"|و?سأعود|أعود|العودة|برمی‌گردم|ו?אחזור|ו?אשוב|ו?חוזרת?|กลับมา(?:ทำงาน)?"
)
# what a date follows that may as well be the first day
_FROM = (
    r"ab dem|ab|à partir du|od|ode dne|from|a partir del?|dal|a partire dal|vanaf|från(?: och med)?"
    r"|fra(?: og med)?|с|з"
)
_RETURN = re.compile(
    r"\b(?:wieder|zurück|retour|nouveau|joignable|zpět|opět|zpátky|späť|opäť|ponownie|powrotem"
    r"|back|again|return|available|disponible|di ritorno|weer|terug|åter|tillbaka|igen|tilbage"
    r"|tilbake|снова|обратно|знову)\b",
    re.IGNORECASE,
)
# what may stand between the lead and the date: "5pm on"
_BETWEEN = r"(?:\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|h|uhr)?\s(?:on|am|le|el|il)\s)?"
_LEAD = re.compile(
    # Chinese and Thai part no words
    rf"(?:(?<!\w)(?:(?P<en>{_ENGLISH})|{_OTHERS})|至|到|ถึง)\s{{0,2}}:?\s{{0,2}}{_BETWEEN}",
    re.IGNORECASE,
)
_RETURN_LEAD = re.compile(
    rf"(?<!\w)(?:{_RETURNS})[\s:]{{1,3}}(?:[^\W\d_]{{1,12}}[,:]?\s{{1,2}}){{0,5}}?"
    rf"(?=(?:ב-?)?\d|d\. \d|{NAME}[.,]?\s\d)",
    re.IGNORECASE,
)
_WEAK_LEAD = re.compile(rf"(?<!\w)(?:{_FROM})\s{{1,2}}", re.IGNORECASE)
# "3 to", "March 3 -", "Monday, 3rd of March until": the first day, and what leads to the last
_RANGE = re.compile(
    r"(?<![0-9A-Za-z.:/-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号號]"
    r"|\d{1,2}[./]\s?\d{1,2}(?:[./](?:\d{4}|\d{2})?)?"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?(?:\s(?:de |of )?{NAME}\.?,?(?:\s(?:de )?\d{{4}})?)?"
    rf"|{NAME}\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?)"
    r"(?:\s?[(（][^)）\n]{1,4}[)）])?\s{0,2}(?:[-–—~〜～]\s{0,2}|(?:to|au|al|à|a)\s{1,2})"
    r"|\b(?:between|zwischen|entre|tra|tussen|mellan|mellom|mellem|między|mezi)\s[^@\n]{1,30}?"
    r"\s(?:and|und|et|y|e|en|och|og|a|i)\s{1,2}",
    re.IGNORECASE,
)
_SAME_MONTH = re.compile(
    rf"(?<![^\W\d_])(?P<m>{NAME})\.?\s\d{{1,2}}(?:st|nd|rd|th)?\s{{0,2}}(?:[-–—]|to|through|thru"
    rf"|until)"
    r"\s{0,2}(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?![./:-]\d)(?:,?\s{1,2}(?P<y>\d{4}))?",
    re.IGNORECASE,
)
# languages that put the end after the date
_CJK = re.compile(
    r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일号號]"
    r"(?:\s?[(（][^)）\n]{1,4}[)）])?\s?(?:まで|迄|까지|为止|為止|之前|以?[后後]|返回|回来|返岗"
    r"|恢复"
    r"|より(?:出社|復帰|業務|出勤)|から(?:出社|復帰|業務|出勤)"
    r"|に(?:復帰|戻|出社)|에? ?복귀|(?:부터|에) ?(?:정상 ?)?(?:출근|근무|업무))"
)
_CJK_SLASHED = re.compile(
    r"(?<![\d/])(?:(?P<y>\d{4})/)?(?P<m>\d{1,2})/(?P<d>\d{1,2})(?:\s?[(（][^)）\n]{1,4}[)）])?\s?(?:まで|迄|까지)"
)
# of what may be hours, both must be dates
_DOTTED_RANGE = re.compile(
    r"(?<![\d.])\d{1,2}\.\d{1,2}\.?\s{0,2}(?:[-–—]|to|bis|au|al|till?|do)\s{0,2}(?P<d>\d{1,2})"
    r"\.(?P<m>\d{1,2})(?:\.(?P<y>\d{4}|\d\d)?)?(?![\d:]|\s?(?:uhr|h\b|[ap]m))",
    re.IGNORECASE,
)
_CJK_DAYS = re.compile(
    r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?\d{1,2}\s?[日일号號]?(?:\s?[(（][^)）\n]{1,4}[)）])?"
    r"\s?(?:から|より|부터|至|到|[-~〜～–])\s?(?P<d>\d{1,2})\s?[日일号號]"
)
_BACK_AFTER = (
    r"\s{1,2}(?:[^\W\d_]{1,12}\s){0,3}(?:wieder|zurück|weer|terug|tillbaka|åter|tilbage|tilbake"
    r"|back"
    r"|de retour|di ritorno|de vuelta|de volta|takaisin|zpět|zpátky|späť"
    r"|döneceğim|dönüyorum|dönüş\w{0,6})\b"
)
# behind the date, with what else stands in such a note, lower case
_AFTER: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    ((), _CJK),
    ((), _CJK_DAYS),
    # Finnish, Turkish, Hindi
    (
        ("saakka", "asti", "kadar", "dek", "तक"),
        re.compile(
            rf"(?<!\d)(?P<d>\d{{1,2}})\.?\s?(?P<m>\d{{1,2}}(?=\.)|{NAME})\.?\s?(?P<y>\d{{4}})?"
            r"\s?(?:saakka\b|asti\b|(?:tarihine|gününe) (?:kadar|dek)\b|['’]?(?:e|a|ye"
            r"|ya) kadar\b|तक)",
            re.IGNORECASE,
        ),
    ),
    # Basque
    (
        ("arte",),
        re.compile(
            rf"(?:(?<!\d)(?P<y>\d{{4}})(?:ko|eko) )?(?P<m>{NAME}) (?P<d>\d{{1,2}})(?:ra)? arte\b",
            re.IGNORECASE,
        ),
    ),
    # Hungarian
    (
        ("között", "-ig"),
        re.compile(
            rf"(?:(?<!\d)(?P<y>\d{{4}})\.\s)?(?<![^\W\d_])(?P<m>{NAME})\s\d{{1,2}}(?:\.?\s?(?:és"
            rf"|[-–])|-t[óő]l)\s?(?P<d>\d{{1,2}})"
            r"(?:\.?\s?között|-ig)\b",
            re.IGNORECASE,
        ),
    ),
    (
        ("-ig",),
        re.compile(
            rf"(?:(?<!\d)(?P<y>\d{{4}})\.\s)?(?<![^\W\d_])(?P<m>{NAME})\s(?P<d>\d{{1,2}})-ig\b",
            re.IGNORECASE,
        ),
    ),
    (
        ("-ig",),
        re.compile(r"(?<![\d.])(?P<y>\d{4}(?=\.))?\.?(?P<m>\d{1,2})\.\s?(?P<d>\d{1,2})\.?-ig\b"),
    ),
    (
        ("vissza", "újra", "ismét"),
        re.compile(
            rf"(?:(?<!\d)(?P<y>\d{{4}})\.\s)?(?<![^\W\d_])(?P<m>{NAME})\s(?P<d>\d{{1,2}})-[áé]n\b[^\n.]{{0,30}}?\b(?:vissza|újra|ismét)",
            re.IGNORECASE,
        ),
    ),
    # Lithuanian
    (
        ("iki ",),
        re.compile(
            rf"\biki (?:(?P<y>\d{{4}}) m\. )?(?P<m>{NAME}) (?P<d>\d{{1,2}}) d\.", re.IGNORECASE
        ),
    ),
    # "am 17. März bin ich wieder da", "woensdag 5 maart weer"
    (
        (),
        re.compile(r"(?<![\w.])" + DOTTED + _BACK_AFTER, re.IGNORECASE),
    ),
    (
        (),
        re.compile(r"(?<![\w.])" + DAY_FIRST + _BACK_AFTER, re.IGNORECASE),
    ),
)
_DIGIT = re.compile(r"\d")
_MAX_TEXT = 4_000


def until(text: str, written: datetime | None) -> datetime | None:
    """The end of the absence that text tells, 00:00 UTC of that day; None if untold or unclear.

    written (aware) is when the note was sent; it completes a date without year.
    """
    note = Note(text[:_MAX_TEXT], written)
    return next((day for day in _days(note) if day is not None), None)


def _days(note: Note) -> Iterator[datetime | None]:
    """What may be the end, the surest first."""
    for lead in note.tried(_LEAD):
        yield note.day_at(lead.end(), as_it_stands=lead["en"] is None)
        yield note.month_end_at(lead.end())
    if _DIGIT.search(note.text) is None:
        return
    low = note.text.lower()
    for signs, pattern in _AFTER:
        called = not signs or any(sign in low for sign in signs)
        if called and (found := pattern.search(note.text)):
            yield note.day(found)
    if found := _CJK_SLASHED.search(note.text):
        yield note.day(found, as_it_stands=True)
    for span in note.tried(_RANGE):
        yield note.day_at(span.end())
    if found := _DOTTED_RANGE.search(note.text):
        yield note.day(found)
    if found := _SAME_MONTH.search(note.text):
        yield note.day(found)
    for lead in note.tried(_RETURN_LEAD):
        yield note.day_at(lead.end(), as_it_stands=True)
    for lead in note.tried(_WEAK_LEAD):
        if _RETURN.search(note.text, max(0, lead.start() - 40), lead.end() + 80):
            yield note.day_at(lead.end())
