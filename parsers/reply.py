"""What a person wrote back: the own words, without what they quote.

Owns telling a reply from a stranger's mail, and unquoting. Must not look for
bounces in what is quoted: a person who quotes one has not bounced.
"""

import re

from parsers.bounces.senders import is_programs
from parsers.draft import Draft
from parsers.mailprograms import SAYS_RE
from parsers.mime.message import Message
from parsers.report import Kind
from parsers.token import find_marks

__all__ = ["answers", "is_answer", "is_bulk", "names_mail", "own_words", "quotes", "read_reply"]

_BULK = ("list-id", "list-unsubscribe", "x-mailchimp-id", "feedback-id", "x-campaign-id")
# the line with which mail programs open a quotation
_OPENING = re.compile(
    r"^(?:"
    r"(?:on|am|le|el|il|op|den|em|w dniu|dne|le|il giorno|pe|vào|tarihinde)\s[^\n]{4,200}"
    r"(?:wrote|schrieb|a écrit|écrit|escribió|ha scritto|scrisse|schreef|skrev|escreveu"
    r"|napisał(?:\(a\))?"
    r"|napsal(?:\(a\))?|kirjoitti|yazdı|írta)[^\n]{0,80}:?"
    r"|[^\n]{0,120}(?:のメール|さんは書きました|写道|寫道|пишет|написал)[^\n]{0,40}[:：]"
    r"|-{2,}\s{0,2}(?:original|forwarded|ursprüngliche|weitergeleitete|mensaje|message|messaggio"
    r"|oorspronkelijk"
    r"|исходное|původní|wiadomość|mensagem|原始邮件|元のメッセージ)[^\n]{0,60}"
    r"|_{10,}\s{0,2}"
    r"|(?:from|von|de|da|van|från|od|发件人|差出人|от)\s{0,2}[:：][^\n]{1,200}"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_AFTER = re.compile(
    r"^(?:from|von|de|da|van|från|fra|od|发件人|差出人|от|sent|gesendet|envoyé|enviado|inviato|date"
    r"|datum|to|an"
    r"|subject|betreff|objet|asunto|oggetto)\s{0,2}[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_MAX_TEXT = 8_000  # characters of a person's own words that are kept
_SCANNED = 32_000  # characters in which they are looked for


def read_reply(message: Message) -> Draft | None:
    """A person's answer to something; None for mail that answers nothing.

    It answers if it names a mail, is addressed to a mark of ours, or says "Re:".
    Bulk mail answers nothing, whatever its subject says, and no program is a person: what
    a mail system says and nobody understands stays unknown.
    """
    why = answers(message)
    if not why or is_programs(message):
        return None
    return Draft(Kind.REPLY, "reply", words=why, text=own_words(message.full_text))


def answers(message: Message) -> str:
    """What shows that message answers something: a header and its value, or ""."""
    fields = message.fields
    addressed = next(
        (mark for value in fields.headers("to") for mark in find_marks(value[:_SCANNED])), ""
    )
    if addressed:
        return f"To: {addressed}"
    precedence = message.header("precedence").lower()
    if precedence in {"bulk", "junk", "list"} or is_bulk(message):
        return ""
    if named := names_mail(message):
        return named
    subject = message.subject
    return f"Subject: {subject[:200]}" if is_answer(subject) else ""


def names_mail(message: Message) -> str:
    """The header that names what a message of no list answers, and its value, or ""."""
    if is_bulk(message):
        return ""
    for name in ("In-Reply-To", "References"):
        if value := message.header(name.lower()):
            return f"{name}: {value[:200]}"
    return ""


def is_bulk(message: Message) -> bool:
    """Whether a list or a campaign sent it."""
    return any(name in message.fields for name in _BULK)


def is_answer(subject: str) -> bool:
    """Whether a mail program put "Re:" before it, in whatever language."""
    return SAYS_RE.match(subject) is not None


def own_words(text: str) -> str:
    """What the writer added: no quoted lines, nothing beneath a quotation's opening or signature.

    text has LF line ends; at most 8,000 characters are returned.
    """
    text = text[:_SCANNED]
    for found in _OPENING.finditer(text):
        if _opens(text, found):
            text = text[: found.start()]
            break
    if signature := _SIGNATURE.search(text):
        text = text[: signature.start()]
    lines = [line for line in text.split("\n") if not line.lstrip().startswith((">", "|"))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_MAX_TEXT]


def quotes(text: str) -> bool:
    """Whether text has, beside own words, a quotation of another mail."""
    text = text[:_SCANNED]
    return "\n>" in text or any(_opens(text, found) for found in _OPENING.finditer(text))


def _opens(text: str, found: re.Match[str]) -> bool:
    """Whether a line that looks like an opening is one: a From line needs company."""
    line = found[0].lstrip().lower()
    if line.startswith(("on ", "am ", "-")) or line[:1] == "_" or ">" in text[found.end() :][:4]:
        return True
    if _HEADER_AFTER.match(found[0]):
        following = text[found.end() + 1 : found.end() + 300].split("\n")[:3]
        return sum(_HEADER_AFTER.match(after) is not None for after in following) >= 2
    return True
