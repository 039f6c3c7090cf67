"""Dates as people write them in notes, in the languages of our recipients.

Owns their forms. Must not know what a date means. One that can be read in two ways is
not read at all.
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice

from parsers.months import NAME, month

__all__ = ["DAY_FIRST", "DOTTED", "Note"]

DAY_FIRST = (
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.|-)?(?:\s(?:de|of|den|d))?[\s'’]{0,2}"
    rf"(?P<m>{NAME}|(?:[ก-ฮเ-ไ][ิีึ]?\.){{2}})(?!@)[.,-]?,?(?:\s(?:de|del"
    rf"|พ\.ศ\.))?(?:\s{{0,2}}(?P<y>\d{{4}}))?"
)
_MONTH_FIRST = (
    rf"(?P<m>{NAME})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s{{1,2}}(?P<y>\d{{4}}))?"
)
DOTTED = r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d{2})\b)?"
_SLASHED = r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{4}|\d{2}))?\b"
_ISO = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_VIETNAMESE = r"(?P<d>\d{1,2}) tháng (?P<m>\d{1,2})(?: năm (?P<y>\d{4}))?"
_CHINESE = r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일号號]"
_LATVIAN = rf"(?P<y>\d{{4}})\. gada (?P<d>\d{{1,2}})\. (?P<m>{NAME})"
_WEEKDAY = (
    rf"(?:(?:{NAME}(?:-feira)?|t\.o\.m|t/m)[,.]?\s{{1,2}}){{0,3}}"
    r"(?:the |den |dem |d\.? |el |le |il |ngày |בתאריך |ב-?|วันที่\s?){0,2}"
)
_FORMS = [
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (_ISO, _CHINESE, DOTTED, _SLASHED, _VIETNAMESE, _LATVIAN, DAY_FIRST, _MONTH_FIRST)
]
# "the end of May"
_MONTH_END = re.compile(
    r"(?:the |zum )?(?:end of|ende|fin(?:al(?:es)?)? d[e’'] ?|fin|fine(?: di)?|fim de|eind"
    r"|slutet av|slutningen af"
    r"|utgangen av|końca|konce|konca|конца|кінця|края на|sfârșitul lunii) "
    rf"(?P<m>{NAME})(?:\s(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_ORDERED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d])")
_BUDDHIST = 543  # years by which the Thai count is ahead
_MOST = 30  # places in a text at which is looked


class Note:
    """A note's text, and what completes the dates in it."""

    def __init__(self, text: str, written: datetime | None) -> None:
        self.text = text
        self._written = written
        self._order: str | None = None

    def tried(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """The first places where pattern stands; a hostile note has many."""
        return list(islice(pattern.finditer(self.text), _MOST))

    def day_at(self, start: int, *, as_it_stands: bool = False) -> datetime | None:
        """The date that begins at start, or None."""
        for form in _FORMS:
            found = form.match(self.text, start)
            if found and (day := self.day(found, as_it_stands=as_it_stands)):
                return day
        return None

    def month_end_at(self, start: int) -> datetime | None:
        """The last day of the month of which start begins to tell the end, or None."""
        found = _MONTH_END.match(self.text, start)
        number = month(found["m"].lower(), self.text) if found else 0
        if not found or not number:
            return None
        first = self._completed(1, number, found["y"])
        return first and (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def day(self, found: re.Match[str], *, as_it_stands: bool = False) -> datetime | None:
        """The date that a form found; None where there is none, or it may be another.

        as_it_stands: 3/4 is day and month in the order of the form.
        """
        day, name, year_text = int(found["d"]), found["m"].lower(), found["y"]
        if name.isdigit():
            number = int(name)
            if "/" in found[0] and not (year_text and found.start("y") < found.start("m")):
                if number > 12:
                    day, number = number, day
                elif day <= 12 and day != number and not as_it_stands:
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
