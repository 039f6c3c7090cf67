"""What an absence note says: until when, and who deputises.

Owns the words for both in the languages of our recipients. Must not decide whether
a message is such a note. A date is only taken where a word says that it is the
end; one that can be read in two ways is not read at all.
"""

import re
from datetime import UTC, datetime, timedelta

from parsers.phrases import Signs

__all__ = ["deputy", "until"]

_MONTHS: dict[str, int] = {}
for _names in (
    # each row one language, January first; prefixes of three letters or more suffice
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta"
    " syyskuuta lokakuuta marraskuuta joulukuuta",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "január február március április május június július augusztus szeptember október november"
    " december",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου"
    " οκτωβρίου νοεμβρίου δεκεμβρίου",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie"
    " decembrie",
    "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
):
    for _number, _name in enumerate(_names.split(), 1):
        # rows earlier in the list win: "listopad" is November in Polish, as in Czech
        _MONTHS.setdefault(_name, _number)
_SHORT = {
    name[:3]: number
    for name, number in reversed(_MONTHS.items())
    if name.isascii() and len(name) > 3
} | {"sept": 9, "märz": 3, "mrz": 3, "févr": 2, "août": 8, "déc": 12, "dez": 12, "okt": 10}

# words that say "this is the last day, or the day of return"
_END = (
    r"until|till|through|thru|up to and including|back (?:in the office )?(?:on|by)"
    r"|return(?:ing)?(?: to (?:the office|work))?(?: on)?|be back|available again(?: on| from)?"
    r"|bis(?: einschließlich| einschl\.?)?(?: zum| einschließlich)?|wieder (?:ab|am)(?: dem)?"
    r"|ab dem"
    r"|jusqu[’']au|jusqu[’']à|de retour (?:le|au bureau le)|à partir du"
    r"|hasta el(?: día)?|hasta|regreso el|regresaré el|volveré el"
    r"|fino al?|rientro (?:il|previsto il)|tornerò il|sarò di ritorno il"
    r"|até(?: ao?)?(?: dia)?|regresso a|retorno (?:em|dia)"
    r"|tot(?: en met)?|t/m|terug op"
    r"|do dnia|do|wracam|wrócę"
    r"|do|od"
    r"|till och med|t\.o\.m\.?|tom|åter(?: den)?|tillbaka(?: den)?"
    r"|til og med|tilbage(?: den)?|tilbake(?: den)?|til(?: den)?"
    r"|по|до|вернусь"
    r"|până (?:la|pe|în)|pana (?:la|pe|in)|έως(?: και)?(?: τις)?|μέχρι(?: τις)?|עד(?: ה)?|حتى|لغاية"
)
_DAY_FIRST = (
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?(?:\s(?:de|of|den))?\s{0,2}"
    r"(?P<m>[^\W\d_]{3,14})\.?,?(?:\s(?:de|del))?(?:\s{1,2}(?P<y>\d{4}))?"
)
_MONTH_FIRST = (
    r"(?P<m>[^\W\d_]{3,14})\.?\s(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?!:)(?:,?\s{1,2}(?P<y>\d{4}))?"
)
_DOTTED = r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d{2})\b)?"
_SLASHED = r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-](?P<y>\d{4}|\d{2}))?\b"
_ISO = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_WEEKDAY = r"(?:[^\W\d_]{2,12}[,.]?\s{1,2}){0,2}(?:the |den |dem |el |le |il )?"
_LEAD = re.compile(rf"(?<!\w)(?:{_END})\s{{0,2}}:?\s{{0,2}}", re.IGNORECASE)
_FORMS = [
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (_ISO, _DOTTED, _SLASHED, _DAY_FIRST, _MONTH_FIRST)
]
# languages that put the end after the date
_CJK = re.compile(
    r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일号]"
    r"(?:\s?[(（][^)）\n]{1,4}[)）])?\s?(?:まで|迄|까지|为止|為止|之前|返回|回来)"
)
_AFTER = (
    # Finnish, Turkish
    re.compile(
        r"(?<!\d)(?P<d>\d{1,2})\.?\s?(?P<m>\d{1,2}(?=\.)|[^\W\d_]{3,14})\.?\s?(?P<y>\d{4})?"
        r"\s?(?:saakka|asti|tarihine (?:kadar|dek)|['’]?(?:e|a|ye|ya) kadar)\b",
        re.IGNORECASE,
    ),
    # Hungarian
    re.compile(
        r"(?:(?<!\d)(?P<y>\d{4})\.\s)?(?<![^\W\d_])(?P<m>[^\W\d_]{3,14})\s(?P<d>\d{1,2})-(?:ig|ától|től)\b",
        re.IGNORECASE,
    ),
)
_MAX_TEXT = 4_000
_MAX_LEADS = 30

# lower-case stems of the words that make an address near them a deputy
_CONTACT = Signs(
    (
        "contact",
        "reach",
        "write to",
        "get in touch",
        "e-mail",
        "email",
        "direct",
        "forward",
        "address",
        "colleague",
        "assist",
        "urgent",
        "deput",
        "vertret",
        "wenden",
        "kontakt",
        "dringend",
        "kollege",
        "kollegin",
        "erreich",
        "weitergeleitet",
        "adress",
        "écri",
        "remplac",
        "collègue",
        "joindre",
        "urgen",
        "contac",
        "escrib",
        "dirij",
        "sustitu",
        "compañer",
        "rivolg",
        "scriv",
        "colleg",
        "sostitu",
        "contat",
        "substitu",
        "neem",
        "bereik",
        "vervang",
        "dringende",
        "zastęp",
        "pilny",
        "obrać",
        "naléhav",
        "zástup",
        "kontaktuj",
        "vikar",
        "hast",
        "ersätt",
        "hänvis",
        "henvend",
        "срочн",
        "обращ",
        "замещ",
        "пиш",
        "acil",
        "ulaş",
        "sijainen",
        "yhtey",
        "терміно",
        "зверта",
        "заміща",
        "sürgős",
        "forduljon",
        "keress",
        "επικοιν",
        "επείγ",
        "urgenț",
        "contacta",
        "דחופ",
        "לפנות",
        "פנו",
        "عاجل",
        "التواصل",
        "للتواصل",
        "连络",
        "連絡",
        "代理",
        "担当",
        "联系",
        "聯絡",
        "緊急",
        "急ぎ",
        "연락",
        "담당",
    )
)
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_NEAR = 160  # characters before an address in which the word that makes it a deputy stands


def until(text: str, written: datetime | None) -> datetime | None:
    """The end of the absence that text tells, 00:00 UTC of that day; None if untold or unclear.

    written (aware) is when the note was sent; it completes a date without year.
    """
    text = text[:_MAX_TEXT]
    for tries, lead in enumerate(_LEAD.finditer(text)):
        if tries >= _MAX_LEADS:
            break
        for form in _FORMS:
            found = form.match(text, lead.end())
            if found and (day := _day(found, written)):
                return day
    for form in (_CJK, *_AFTER):
        found = form.search(text)
        if found and (day := _day(found, written)):
            return day
    return None


def _day(found: re.Match[str], written: datetime | None) -> datetime | None:
    day, month_text, year_text = int(found["d"]), found["m"].lower(), found["y"]
    if month_text.isdigit():
        month = int(month_text)
        if "/" in found[0] and not found[0].strip()[:4].isdigit():
            if day <= 12 and month <= 12 and day != month:
                return None  # 3/4 is March in one country and April in the next
            if month > 12:
                day, month = month, day
    else:
        month = _MONTHS.get(month_text) or _SHORT.get(month_text) or _SHORT.get(month_text[:3], 0)
    if year_text is None and written is None:
        return None
    try:
        if year_text:
            year = int(year_text)
            return datetime(year + 2000 if year < 100 else year, month, day, tzinfo=UTC)
        assert written is not None  # noqa: S101 - told apart above
        end = datetime(written.year, month, day, tzinfo=UTC)
        if end < written - timedelta(days=60):
            end = end.replace(year=written.year + 1)
    except ValueError:
        return None
    return end


def deputy(text: str, known: set[str]) -> str:
    """The address that text names to write to instead, or "".

    known are addresses (lower case) that cannot be it: the writer's and ours.
    """
    text = text[:_MAX_TEXT]
    for found in _ADDRESS.finditer(text):
        address = found[0].strip("'.")
        if address.lower() in known:
            continue
        if _CONTACT.any(text[max(0, found.start() - _NEAR) : found.start()].lower()):
            return address
    return ""
