"""The shapes in which a notice of nobody's form names an address near its verdict.

Owns one function for each: a label, a list below the sentence, the line or paragraph of the
refusal, an address alone, a summary's field. Which of them is believed is generic.py's affair.
"""

import re
from collections.abc import Iterator

from parsers.bounces.asides import is_aside, names_another, names_id
from parsers.bounces.lines import REACHED, Entry, addresses, lead, listed, unfold
from parsers.bounces.qmail import paragraphs
from parsers.bounces.verdict import is_failure, is_refusal
from parsers.bounces.view import View

__all__ = [
    "alone",
    "answered",
    "headed",
    "in_line",
    "in_paragraph",
    "labelled",
    "led",
    "listed_below",
    "only_one",
    "set_off",
    "to_field",
]

_LABEL = re.compile(
    r"^[ \t>*|-]*(?:(?:failed|invalid|unknown|intended|original|final|affected|undeliverable|bad"
    r"|rejected|envelope|e-?mail|destination|target|the|your|to)[ \t]+){0,3}"
    r"(?:recipients?|address(?:ee)?s?|users?|mailbox|account|destination|rcpt to|receiver"
    r"|delivery to|(?:user|e-?mail|member|login|customer)[ _-]?id"
    r"|empfänger|empfaenger|destinataires?|destinat[aá]rios?|destinatari|destinatar|odbiorca"
    r"|ontvangers?|mottagare|mottaker|modtager|vastaanottaja|příjemce|prijemce|primatelj|címzett"
    r"|cimzett|alıcı|alici|παραλήπτης|получатель|отримувач|адресат|宛先|收件人|수신자)"
    r"(?:[ \t]+(?:address(?:es)?|name|e-?mail)|\(e?s\))?[ \t.]*(?::|=|：)[ \t]*(.*)",
    re.IGNORECASE,
)
_ENVELOPE = re.compile(
    r"[ \t]*(?:x-)?(?:envelope-to|rcpt-to|failed-recipients?)[ \t]*:(.*)", re.IGNORECASE
)
_INTRO = re.compile(
    r"follow(?:ing|s)\b.{0,60}(?:address|recipient|user|destination|mailbox|people|account)"
    r"|(?:address|recipient|user|destination)(?:s|es|\(e?s\))?\b.{0,60}(?:follow|below|:$)|\bresults?:$",
    re.IGNORECASE,
)
_GOT = re.compile(
    r"\W*(?:(?:result|status)\W{1,3})?(?:ok|delivered|accepted|successful\w*)\b", re.IGNORECASE
)
_SUCCESS = re.compile(r"\b(?:was|were|been|is|are) (?:successfully )?delivered", re.IGNORECASE)
# with which a directory offers others of the name
_OFFERED = re.compile(
    r"\b(?:choose|one of|try|matches|alternatives?|similar|suggest\w*|did you mean)\b[^@]{0,30}:$",
    re.IGNORECASE,
)
_SAID_TO = re.compile(r"\W*your?\b", re.IGNORECASE)
# "to cat@example.org, dog@example.org and", with which a line ends
_LISTING = re.compile(
    r"@[\w.-]{1,255}>?(?:,|;| ?&|,? (?:and|or|und|et|y|e|en|och|og))$", re.IGNORECASE
)
_BESIDE = re.compile(r"(?:\W|and|or|und|et|y|e|en|i|och|og|ja|<)*", re.IGNORECASE)
_TO = re.compile(
    r"^[ \t>|]*(?:to|an|a|à|para|til|do|aan|кому|宛先|收件人)[ \t]*[:：]", re.IGNORECASE
)
_DESKS = frozenset(
    {"info", "sales", "hotline", "help", "service", "billing", "admin", "hostmaster", "security"}
    | {"noc", "feedback", "office", "contact", "spam", "directory", "operator", "postmaster"}
)
_SENT = (">>>", "-->")
_COMMAND = re.compile(
    r"[^A-Za-z\n]{0,24}(?:(?:sent|send|c|client|out)\W{1,4})?"
    r"(?:rcpt[ ]to[ ]?:?(.{1,330})|mail from|data$|helo |ehlo |quit)",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"[^A-Za-z0-9\n]{0,8}(?:(?:rcvd|recv|s|server|in|got)\W{1,4})?([245])[0-5]\d[ -]",
    re.IGNORECASE,
)
# each list may reach to the end, and a hostile mail has a sentence before every address
_MOST_LISTS = 8
_LONG = 16  # entries of one that counts for several


def headed(view: View) -> Iterator[Entry]:
    """Paragraphs headed by "<cat@example.org>:", as qmail and Postfix write them."""
    for address, original, words in paragraphs(view.notice):
        if not view.is_role(address) and is_refusal(words):
            yield Entry(address, [words], original)


def labelled(view: View) -> Iterator[Entry]:
    """A label before the address: "Failed recipient: cat@example.org"."""
    originals: list[Entry] = []
    finals: list[Entry] = []
    for entry, original in _labels(view):
        (originals if original else finals).append(entry)
    if len(originals) == len(finals) == 1 and originals[0].address != finals[0].address:
        finals[0].original = originals[0].address
    yield from finals or originals


def _labels(view: View) -> Iterator[tuple[Entry, bool]]:
    """Labelled entries, and whether the label says that the address is the original one."""
    for at, line in enumerate(view.lines):
        if "@" not in line and not line.endswith(":"):
            continue
        envelope = _ENVELOPE.match(line)
        label = envelope or _LABEL.match(line)
        if label is None or line.lstrip().startswith(_SENT) or (not envelope and view.is_aside(at)):
            continue
        rest = label[1]
        below = view.lines[at + 1 : at + 12]
        while rest.endswith(",") and below and "@" in below[0]:
            rest += below.pop(0)
        named = addresses(rest)
        if not rest.strip():
            for entry in listed(below):
                if _is_listed(entry, view):
                    yield entry, False
            continue
        for address in named:
            if not view.is_role(address) and not names_another(rest[: rest.find(address)]):
                until = below.index("") if "" in below else len(below)
                words = [rest if len(named) == 1 else "", *below[:until]]
                yield Entry(address, words), line.lower().lstrip(" *|-").startswith("original")


def listed_below(view: View) -> Iterator[Entry]:
    """A list below the sentence that says so."""
    blocks = list(view.paragraphs())
    left = _MOST_LISTS
    refused: set[tuple[str, str]] = set()  # entries that are none: the next list has them too
    for at, (start, end) in enumerate(blocks):
        text = " ".join(view.lines[start:end])
        failure = is_failure(text.lower())
        if not (failure or _INTRO.search(text)) or is_aside(text[-80:]):
            continue
        if (not failure and _SUCCESS.search(text)) or _OFFERED.search(text[-60:]):
            continue
        begin = next(_leads(view, start, end), None)
        if begin is None and at + 1 < len(blocks):
            begin = blocks[at + 1][0]
        if begin is None or (begin and _OFFERED.search(view.lines[begin - 1][-60:])):
            continue
        left -= 1
        if left < 0:
            return
        entries = [
            entry
            for entry in listed(view.lines[begin:], named=True)
            if not view.is_other(entry.address) and not _GOT.match(entry.text)
        ]
        for entry in entries:
            seen = entry.address, entry.text
            if seen in refused:
                continue
            if _is_listed(entry, view):
                break
            refused.add(seen)
        else:
            left -= len(entries) // _LONG
            continue
        if begin and view.lines[begin - 1].endswith((",", ";")):
            # a list that had begun in the sentence
            yield from map(Entry, addresses(view.lines[begin - 1].rpartition(":")[2]))
        yield from entries
        return


def _leads(view: View, start: int, end: int) -> Iterator[int]:
    """The lines of a paragraph that begin with an address, but those under "Delivered:"."""
    reached = False
    for at in range(start, end):
        line = view.lines[at]
        if lead(line) is None:
            reached = REACHED.match(line.strip()) is not None
        elif at > start and not reached:
            yield at


def _is_listed(entry: Entry, view: View) -> bool:
    if "@" in entry.beside and entry.beside[0] not in "([<,;" and addresses(entry.beside):
        return False  # a sentence that begins with an address
    rest = entry.words[0] if entry.words else ""
    return not view.is_role(entry.address) and (
        not rest
        or rest[:1] in "([<-'\"#"
        or is_refusal(rest)
        or (len(entry.words) > 1 and is_refusal(entry.text))
    )


def set_off(view: View) -> Iterator[Entry]:
    """Alone in the midst of a sentence: "Mail to", the address, "has been returned since ..."."""
    blocks = list(view.paragraphs())
    for (_, before), (start, end), (after, last) in zip(
        blocks, blocks[1:], blocks[2:], strict=False
    ):
        if end - start != 1 or view.lines[before - 1][-1] in ".:!?;":
            continue
        head, rest = lead(view.lines[start], named=True), view.lines[after].lstrip()
        if head is None or head[1] or view.is_other(head[0]) or not rest[:1].islower():
            continue
        words = unfold(" ".join(view.lines[after:last]))
        if is_refusal(words) or is_failure(words.lower()):
            yield Entry(head[0], [words])


def answered(view: View) -> Iterator[Entry]:
    """In a dialogue, whom the far side refused; others that it took are nobody's failure."""
    asked: list[str] = []
    took: set[str] = set()
    refused: list[Entry] = []
    for line in view.lines:
        if (command := _COMMAND.match(line)) is not None:
            asked = addresses(command[1]) if command[1] else []
        elif asked and (answer := _ANSWERED.match(line)) is not None:
            if answer[1][0] == "2":
                took.update(asked)
            else:
                refused += (Entry(one, [line.strip()]) for one in asked)
            asked = []
    if took:  # else the other shapes see more of it
        yield from refused


def in_line(view: View) -> Iterator[Entry]:
    """The address in the very line of the refusal: "550 <cat@example.org>... User unknown".

    Beside a line that says "could not be delivered", a mere code with an address at the
    reporter's own domain names the sender that was refused.
    """
    sure: list[Entry] = []
    other: list[Entry] = []
    sent = ""  # the last command of a transcript
    said = -1  # the last line that says it
    judged: dict[str, tuple[bool, bool]] = {}  # of what stands around addresses, often the same
    for at, line in enumerate(view.lines):
        if line.startswith(_SENT):
            sent = line
        if "@" not in line or view.is_aside(at):
            continue
        named = view.named(at)
        if len(named) > 1 and (between := _begins(line, named)):
            # the words are about it, and mention others; or they are said to it
            named = named[1:] if _SAID_TO.match(between) else named[:1]
        rest = line
        for address in named:
            rest = rest.replace(address, " ")
        if rest not in judged:
            failure = is_failure(rest.lower())
            judged[rest] = failure, failure or is_refusal(rest)
        failure, refusal = judged[rest]
        whole = failure or (0 <= said == at - 1 and _goes_on(view, at))
        if not whole and not refusal:
            continue
        said = at if whole else said
        words = [sent] if sent and sent is not line else []
        words += [line.strip(), *_more(view, at)]
        for address in named:
            before = line[: line.find(address)]
            if not view.is_other(address) and not names_another(before):
                (sure if whole else other).append(Entry(address, words))
    yield from sure
    for entry in other:
        if not sure or not view.is_near(entry.address):
            yield entry


def _goes_on(view: View, at: int) -> bool:
    """Whether a line goes on with the list with which the one above it ends."""
    return lead(view.lines[at]) is not None and _LISTING.search(view.lines[at - 1]) is not None


def _begins(line: str, named: list[str]) -> str:
    """The words between the first of its addresses, with which a line begins, and the next.

    "" where another begins the line, or where they only join the two.
    """
    head = lead(line)
    if head is None or head[0] != named[0]:
        return ""
    between = head[1].partition(named[1])[0]
    return "" if _BESIDE.fullmatch(between) else between


def _more(view: View, at: int) -> Iterator[str]:
    """The lines below one that belong to its sentence: up to a blank or another address."""
    for line in view.lines[at + 1 : at + 8]:
        if not line.strip() or "@" in line:
            return
        yield line.strip()


def in_paragraph(view: View) -> Iterator[Entry]:
    """The address and the refusal in one paragraph, on different lines."""
    for start, end in view.paragraphs():
        block = [view.lines[at] for at in range(start, end) if not view.is_aside(at)]
        text = unfold(" ".join(block))
        if "@" not in text or not (is_failure(text.lower()) or is_refusal(text)):
            continue
        for address in addresses(text):
            before = text[: text.find(address)]
            if not view.is_other(address) and not names_another(before):
                yield Entry(address, [text])


def alone(view: View) -> Iterator[Entry]:
    """An address alone on its line, the refusal elsewhere."""
    for line in view.lines:
        head = lead(line, named=True)
        if head is not None and not head[1] and not view.is_other(head[0]):
            yield Entry(head[0])


def to_field(view: View) -> Iterator[Entry]:
    """The "To:" of a summary of the message."""
    for line in view.lines:
        if "@" in line and _TO.match(line):
            yield from (Entry(one) for one in addresses(line) if not view.is_other(one))


def only_one(view: View) -> Iterator[Entry]:
    """The one address that is nobody else's, or those that one line lists."""
    first = {line: at for at, line in reversed([*enumerate(view.lines)]) if "@" in line}
    left = {
        address
        for line, at in first.items()
        if not view.is_aside(at)
        for address in view.named(at)
        if not view.is_other(address) and not view.is_asker(address)
        if not names_id(line[: line.find(address)])
    }
    if len(left) > 1:  # beside a person a desk is where to ask
        left = {one for one in left if one.partition("@")[0].lower() not in _DESKS}
    if len(left) > 1:  # who wrote the returned mail is told of, not written to
        left -= {one for one in left if one.lower() in view.spoken_of}
    if len(left) == 1:
        yield Entry(left.pop())
    elif left:
        yield from _in_a_row(view, first, left)


def _in_a_row(view: View, lines: dict[str, int], left: set[str]) -> Iterator[Entry]:
    """All that are left, where one line has them with nothing but commas between."""
    for line, at in lines.items():
        named = view.named(at)
        if left.issuperset(named) and len(named) == len(left):
            head = line.find(named[0])
            between = line[head : line.rfind(named[-1])]
            for one in named:
                between = between.replace(one, "", 1)
            if _BESIDE.fullmatch(between):
                yield from map(Entry, named)
            return


def led(view: View) -> Iterator[Entry]:
    """Several lines of one paragraph, each of which begins with an address, whatever is said."""
    for start, end in view.paragraphs():
        heads = [lead(line, named=True) for line in view.lines[start:end]]
        entries = [Entry(head[0], [head[1]]) for head in heads if head is not None]
        if len(entries) > 1 and len(entries) == len(heads):
            if any(view.is_other(entry.address) for entry in entries):
                continue
            yield from (entry for entry in entries if not _GOT.match(entry.text))
            return
