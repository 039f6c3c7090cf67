"""Exchange 5.5 and 2000, Outlook's own notices, hMailServer: "did not reach".

Odd: "address on date" (in any language, with 'quotes' around it, or a display name
in place of the address), a sentence indented below it, then codes of Microsoft's:
"MSEXCH:IMS:... (000C05A6) Unknown Recipient" or "<mail.example.com #5.1.1 SMTP; 550 ...>".
X.400 addresses carry the real one in "DDA:SMTP=".
"""

import re
from collections.abc import Iterator

from parsers.bounces.asides import is_aside
from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import Entry, addresses, lead
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.bounces.view import undivided
from parsers.report import Action

__all__ = ["EXCHANGE"]

_LISTS = (
    "did not reach the following recipient",
    "following recipient(s) could not be reached",
    "following recipients could not be reached",
    "konnte(n) nicht erreicht werden",
    "folgende(n) empfänger konnte",
    "folgende empfänger konnte",
    "n'a pas été remis au(x) destinataire",
    "destinataire(s) suivant(s) n'a pas pu",
    "destinatario(s) siguiente(s)",
    "non è stato recapitato ai seguenti",
    "seguenti destinatari",
)
_X400 = re.compile(r"smtp=([^;/\s]{1,128}?(?:\(a\)|@)[^;/\s]{1,128})", re.IGNORECASE)
# a name, then "on", "am", "le", "el", "il" ... and a date
_DATED = re.compile(r"(.{1,120}?) (?:on|am|le|el|il|op|em|den) (?=\S{0,12}\d|\w{3}, )(.{6,60})$")
# that of Exchange 5.5 is not indented, but its words are
_DATED_ADDRESS = re.compile(r"['\"]?[^\s'\"@]{1,64}@[^\s'\"]{1,255}['\"]? [^\W\d]\w{0,3} .{0,12}\d")
_LISTED = re.compile(
    r"[ \t]+['\"]?[^\s'\"@]{1,64}@[^\s'\"]{1,255}['\"]? "
    r"[^\W\d]\w{0,3} (?:\w{2,12}[.,]? )?\d{1,4}[./-]\d"
)


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    for words in _LISTS:
        lines = notice.from_line(words)
        if lines:
            for entry, date in _entries(lines, notice):
                yield Found(entry.address, diagnostic=entry.text, action=action, date=date)
            return
    # any other language: an indented address with a date after it begins the list
    listed = _DATED_ADDRESS if "\n    msexch:" in notice.low else _LISTED
    start = next((at for at, line in enumerate(notice.lines) if listed.match(line)), None)
    if start is not None:
        for entry, date in _entries(notice.lines[start:], notice):
            yield Found(entry.address, diagnostic=entry.text, action=action, date=date)


def _entries(lines: list[str], notice: Notice) -> Iterator[tuple[Entry, str]]:
    entry: Entry | None = None
    margin = 0
    date = ""
    for line in lines[: undivided(lines)]:
        stripped = line.strip()
        if not stripped:
            continue
        depth = len(line) - len(line.lstrip(" \t"))
        if entry is None or depth <= margin:
            if entry is not None and is_aside(stripped) and lead(stripped) is None:
                break
            address, when = _head(stripped, notice)
            if address:
                if entry is not None:
                    yield entry, date
                entry, margin, date = Entry(address), depth, when
                continue
        if entry is None:
            return
        if stripped[:2] in {"--", "==", "__"} or stripped.lower() == "hmailserver":
            break
        entry.words.append(stripped)
    if entry is not None:
        yield entry, date


def _head(line: str, notice: Notice) -> tuple[str, str]:
    """Address and date if the line begins an entry, else "" and ""."""
    x400 = _X400.search(line) if "=" in line else None
    if x400 is not None:
        return x400[1].replace("(a)", "@"), ""
    head = lead(line, named=True)
    dated = _DATED.match(line)
    if head is not None:
        return head[0], dated[2] if dated else ""
    if dated is not None:
        # a display name: whom we wrote to, if that was one person
        inside = addresses(dated[1])
        if inside:
            return inside[0], dated[2]
        if len(notice.written_to) == 1:
            return notice.written_to[0], dated[2]
    return "", ""


EXCHANGE = Form(
    "exchange",
    (
        "did not reach",
        "\n    msexch:",
        "x-mailer: internet mail service",
        "could not be reached",
        "intended recipients",
        "nicht erreicht",
        "n'a pas été remis",
        "n'a pas atteint",
        "no ha llegado",
        "non ha raggiunto",
        "subject: undeliverable:",
        "subject: unzustellbar:",
        "subject: non remis",
        "subject: no se puede entregar",
        "subject: non recapitabile",
        "subject: não entregue",
        "subject: onbestelbaar",
        "subject: 配信不能",
    ),
    _read,
)
