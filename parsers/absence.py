"""Until when an absence note says that its writer is away.

Owns the words for that in the languages of our recipients. Must not decide whether a
message is such a note. A date is only taken where a word or a range says that it is the
end; one that can be read in two ways is not read at all.
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice

from parsers.months import NAME, month

__all__ = ["until"]

# words that say "this is the last day, or the day of return"; in English both orders of
# day and month are written behind them, in the other languages the day comes first
_ENGLISH = (
    r"until|till|through|thru|up to and including"
    r"|back(?: (?:in|at|to) (?:the |my )?(?:office|work|desk))?(?: on| by| from)?"
    r"|return(?:ing)?(?: to (?:the office|work))?(?: on| after)?|be back(?: on)?"
    r"|available again(?: on| from)?|(?:resume|resuming)(?: work)?(?: on)?"
)
_OTHERS = (
    r"bis(?: einschließlich| einschl\.?| inkl\.?)?(?: zum| einschließlich)?"
    r"|wieder (?:ab|am)(?: dem)?|zurück (?:ab|am)(?: dem)?"
    r"|jusqu[’']au|jusqu[’']à|de retour (?:le|au bureau le|à partir du)"
    r"|hasta el(?: día)?|hasta|ata(?: o)?|regreso el|regresaré el|volveré el|vuelvo el"
    r"|reincorporo el|reincorporaré el|fins al?|torno el"
    r"|fino al?|rientro (?:il|previsto (?:il|per))|rientrerò il|tornerò il|torno il"
    r"|sarò di ritorno il"
    r"|até(?: ao?)?(?: dia)?|regresso (?:a|em)|retorno (?:em|dia|no dia)"
    r"|tot(?: en met)?|t/m|terug op"
    r"|do dnia|do|wracam|wrócę|zpět|zpátky|späť"
    r"|till och med|t\.o\.m\.?|tom|åter(?: den)?|tillbaka(?: den)?"
    r"|til og með|til og med|tilbage(?: den)?|tilbake(?: den)?|til(?: den)?"
    r"|по|до|вернусь|повернусь"
    r"|p[âa]n[ăa] (?:la|pe|[îi]n)(?: data de)?|έως(?: και)?(?: τις)?|μέχρι(?: τις| και)?"
    r"|עד(?: ה)?|حتى"
    r"|لغاية|تا|kuni|līdz|iki|deri(?: më)?|tan|sampai(?: dengan)?|hingga|đến(?: hết)?"
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
_DAY_FIRST = (
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.|-)?(?:\s(?:de|of|den|d))?[\s'’]{0,2}"
    rf"(?P<m>{NAME}|(?:[ก-ฮเ-ไ][ิีึ]?\.){{2}})(?!@)[.,-]?,?(?:\s(?:de|del"
    rf"|พ\.ศ\.))?(?:\s{{0,2}}(?P<y>\d{{4}}))?"
)
_MONTH_FIRST = (
    rf"(?P<m>{NAME})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s{{1,2}}(?P<y>\d{{4}}))?"
)
_DOTTED = r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d{2})\b)?"
_SLASHED = r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{4}|\d{2}))?\b"
_ISO = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_VIETNAMESE = r"(?P<d>\d{1,2}) tháng (?P<m>\d{1,2})(?: năm (?P<y>\d{4}))?"
_CHINESE = r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일号號]"
_LATVIAN = rf"(?P<y>\d{{4}})\. gada (?P<d>\d{{1,2}})\. (?P<m>{NAME})"
_WEEKDAY = (
    rf"(?:(?:{NAME}|t\.o\.m|t/m)[,.]?\s{{1,2}}){{0,3}}"
    r"(?:the |den |dem |el |le |il |ngày |วันที่\s?){0,2}"
)
# what may stand between the lead and the date: "5pm on"
_BETWEEN = r"(?:\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|h|uhr)?\s(?:on|am|le|el|il)\s)?"
_LEAD = re.compile(
    # Chinese and Thai part no words
    rf"(?:(?<!\w)(?:(?P<en>{_ENGLISH})|{_OTHERS})|至|到|ถึง)\s{{0,2}}:?\s{{0,2}}{_BETWEEN}",
    re.IGNORECASE,
)
_WEAK_LEAD = re.compile(rf"(?<!\w)(?:{_FROM})\s{{1,2}}", re.IGNORECASE)
_FORMS = [
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (_ISO, _CHINESE, _DOTTED, _SLASHED, _VIETNAMESE, _LATVIAN, _DAY_FIRST, _MONTH_FIRST)
]
# "3 to", "March 3 -", "Monday, 3rd of March until": the first day, and what leads to the last
_RANGE = re.compile(
    r"(?<![\w.:/-])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号號]"
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
    r"(?:\s?[(（][^)）\n]{1,4}[)）])?\s?(?:まで|迄|까지|为止|為止|之前|返回|回来)"
)
_BACK_AFTER = (
    r"\s{1,2}(?:[^\W\d_]{1,12}\s){0,3}(?:wieder|zurück|weer|terug|tillbaka|åter|tilbage|tilbake"
    r"|back"
    r"|de retour|di ritorno|de vuelta|de volta|takaisin|zpět|zpátky|späť)\b"
)
_AFTER = (
    # Finnish, Turkish, Basque, Hindi
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})\.?\s?(?P<m>\d{{1,2}}(?=\.)|{NAME})\.?\s?(?P<y>\d{{4}})?"
        r"\s?(?:saakka\b|asti\b|(?:tarihine|gününe) (?:kadar|dek)\b|['’]?(?:e|a|ye|ya) kadar\b|तक)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:(?<!\d)(?P<y>\d{{4}})(?:ko|eko) )?(?P<m>{NAME}) (?P<d>\d{{1,2}})(?:ra)? arte\b",
        re.IGNORECASE,
    ),
    # Hungarian
    re.compile(
        r"(?:(?<!\d)(?P<y>\d{4})\.\s)?(?<![^\W\d_])(?P<m>[^\W\d_]{3,14})\s(?P<d>\d{1,2})-(?:ig"
        r"|ától|től)\b",
        re.IGNORECASE,
    ),
    # Lithuanian
    re.compile(rf"\biki (?:(?P<y>\d{{4}}) m\. )?(?P<m>{NAME}) (?P<d>\d{{1,2}}) d\.", re.IGNORECASE),
    # "am 17. März bin ich wieder da", "woensdag 5 maart weer"
    re.compile(r"(?<![\w.])" + _DOTTED + _BACK_AFTER, re.IGNORECASE),
    re.compile(r"(?<![\w.])" + _DAY_FIRST + _BACK_AFTER, re.IGNORECASE),
)
_ORDERED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d])")
_BUDDHIST = 543  # years by which the Thai count is ahead
_MAX_TEXT = 4_000
_MAX_LEADS = 30


def until(text: str, written: datetime | None) -> datetime | None:
    """The end of the absence that text tells, 00:00 UTC of that day; None if untold or unclear.

    written (aware) is when the note was sent; it completes a date without year.
    """
    note = _Note(text[:_MAX_TEXT], written)
    for lead in note.tried(_LEAD):
        if day := note.day_at(lead.end(), day_first=lead["en"] is None):
            return day
    for pattern in (_CJK, *_AFTER):
        found = pattern.search(note.text)
        if found and (day := note.day(found)):
            return day
    for span in note.tried(_RANGE):
        if day := note.day_at(span.end()):
            return day
    found = _SAME_MONTH.search(note.text)
    if found and (day := note.day(found)):
        return day
    for lead in note.tried(_WEAK_LEAD):
        near = note.text[max(0, lead.start() - 40) : lead.end() + 80]
        if _RETURN.search(near) and (day := note.day_at(lead.end())):
            return day
    return None


class _Note:
    """A note's text, and what completes the dates in it."""

    def __init__(self, text: str, written: datetime | None) -> None:
        self.text = text
        self._written = written
        self._order: str | None = None

    def tried(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The first places where pattern stands; a hostile note has many."""
        return list(islice(pattern.finditer(self.text), _MAX_LEADS))

    def day_at(self, start: int, *, day_first: bool = False) -> datetime | None:
        """The date that begins at start, or None."""
        for form in _FORMS:
            found = form.match(self.text, start)
            if found and (day := self.day(found, day_first=day_first)):
                return day
        return None

    def day(self, found: re.Match[str], *, day_first: bool = False) -> datetime | None:
        """The date that a form found; None where there is none, or it may be another."""
        day, name, year_text = int(found["d"]), found["m"].lower(), found["y"]
        if name.isdigit():
            number = int(name)
            if "/" in found[0] and not (year_text and found.start("y") < found.start("m")):
                if number > 12:
                    day, number = number, day
                elif day <= 12 and day != number and not day_first:
                    if not (order := self._ordered()):
                        return None  # 3/4 is March in one country and April in the next
                    day, number = (day, number) if order == "day" else (number, day)
        else:
            number = month(name, self.text)
        return self._completed(day, number, year_text)

    def _completed(self, day: int, number: int, year_text: str | None) -> datetime | None:
        try:
            if year_text:
                year = int(year_text)
                year = year + 2000 if year < 100 else year
                return datetime(year - _BUDDHIST if year > 2500 else year, number, day, tzinfo=UTC)
            if (written := self._written) is None:
                return None
            end = datetime(written.year, number, day, tzinfo=UTC)
            if end < written - timedelta(days=60):
                end = end.replace(year=written.year + 1)
        except ValueError:
            return None
        return end

    def _ordered(self) -> str:
        """What another date of the note shows to stand first: "day", "month", or ""."""
        if self._order is None:
            shown = set()
            for one in self.tried(_ORDERED):
                first, second = int(one[1]), int(one[2])
                if first > 12 >= second:
                    shown.add("day")
                elif second > 12 >= first:
                    shown.add("month")
            self._order = shown.pop() if len(shown) == 1 else ""
        return self._order
