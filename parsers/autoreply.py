"""What a program answered for a person: out of office, acknowledgement, challenge.

Owns telling such answers by RFC 3834, by the private headers that responders
used before and beside it, and by their subjects. Must be asked after the readers
of reports: Postfix calls its bounces auto-replied as well. X-Auto-Response-Suppress
says what its sender does not want back, and proves nothing.
"""

import re
from datetime import UTC, datetime

from parsers.absence import until
from parsers.ackwords import (
    ACKNOWLEDGED,
    ACKNOWLEDGES,
    CALLS_ITSELF,
    OF_TICKETS,
    SURE_ACKNOWLEDGEMENT,
    SURE_CHALLENGE,
    TAGGED,
)
from parsers.addresses import bare
from parsers.autowords import (
    ABSENT,
    ABSENT_TEXT,
    CHALLENGE,
    ENDS_ABSENT,
    HEADERS,
    IS_ABSENT,
    MOVED,
    NOTE_THANKS,
    NOTE_UNREAD,
    NOTE_URGENT,
    SAYS_SO,
    TELLING_VALUES,
    TICKET,
)
from parsers.bounces.senders import is_daemon, is_programs
from parsers.dates import parse_date
from parsers.deputy import deputy
from parsers.desks import desk_signs, is_office
from parsers.draft import Draft
from parsers.mailprograms import is_typed
from parsers.mime.message import Message
from parsers.mime.texts import alike
from parsers.reply import answers, is_answer, is_bulk, names_mail, own_words, quotes
from parsers.report import Kind, Reason, RecipientReport, Severity

__all__ = ["read_autoreply"]

_APPLE_END = re.compile(r"endDate=(\d{4}-\d\d-\d\d)")
_NOTE_SIGNS = 3
_DESK_SIGNS = 2  # one more behind "Re:" from a person, one less with a subject of an office
_LOOKED_AT = 4_000  # characters of the text


def read_autoreply(message: Message) -> Draft | None:
    """A responder's answer, or None. Its sender is the recipient that it speaks for.

    "auto-generated" alone is any program's mail; it is an answer if it also answers
    something or calls itself one (Exchange's out-of-office does both). Of a program that
    only takes no answer, and of a mail system, it is one if its words are.
    """
    why = _automatic(message)
    # Postfix and Exim call their bounces auto-replied, and a mail system has no holidays
    sure = bool(why) and not is_daemon(message)
    if not why and is_programs(message):
        why = answers(message)
    sender = bare(message.sender)
    if not why or sender.lower().startswith("mailer-daemon@"):
        return None
    words = own_words(message.full_text)
    meaning = _meaning(message.subject, words[:_LOOKED_AT])
    if meaning is None and not sure:
        return None  # it may be anything, a bounce in words that nobody knows too
    reason, notes = meaning or (Reason.VACATION, ())
    end, stand_in = None, ""
    if reason is not Reason.UNDEFINED:
        known = {bare(value).lower() for value in (*message.headers("to"), sender)}
        end = _apple_end(message) or until(words, parse_date(message.header("date")))
        # whoever moved keeps the name; whoever is away signs with it
        name = message.sender.partition("<")[0] if reason is Reason.VACATION else ""
        stand_in = deputy(words, known, name, away=sure or meaning is not None)
    recipient = RecipientReport(
        address=sender,
        reason=reason,
        severity=Severity.NONE,
        diagnostic=" ".join(words.split())[:500],
    )
    return Draft(
        Kind.AUTOREPLY,
        "rfc3834",
        words=why,
        recipients=(recipient,) if "@" in sender else (),
        text=words,
        until=end,
        deputy=stand_in,
        notes=notes,
    )


def _automatic(message: Message) -> str:
    """What shows that a program answered, or ""."""
    fields = message.fields
    submitted = message.header("auto-submitted").lower()
    word = submitted.partition(";")[0].partition("(")[0].strip()
    if word in {"auto-replied", "auto-reply", "auto_replied"}:
        return f"Auto-Submitted: {submitted[:80]}"
    for name in HEADERS:
        if name in fields and message.header(name).lower() not in {"no", "false"}:
            return f"{name}: {message.header(name)[:80]}"
    for name, telling in TELLING_VALUES.items():
        if telling.match(message.header(name)):
            return f"{name}: {message.header(name)[:80]}"
    subject = message.subject
    if _says_absent(subject) and not is_bulk(message):
        return f"Subject: {subject[:200]}"
    if word.startswith("auto-") and (why := answers(message)):
        return f"Auto-Submitted: {submitted[:80]}, {why}"
    return _in_words(message)


def _in_words(message: Message) -> str:
    """How an answer without any such header shows that a program wrote it, or ""."""
    why = answers(message)
    bulk = not why and message.header("precedence").lower() in {"bulk", "junk"}
    if bulk:
        why = names_mail(message)
    if not why:
        return ""
    words = alike(own_words(message.full_text)[:_LOOKED_AT])
    if found := SAYS_SO.search(words):
        shown = found[0]
    elif SURE_CHALLENGE.any(words):
        shown = "a challenge"
    elif ABSENT_TEXT.search(words) and _is_note(message, words):
        shown = "a note of absence"
    elif bulk and (ABSENT_TEXT.search(words) or TICKET.search(words)):
        shown = "an absence or a ticket, Precedence: bulk"
    else:
        shown = _acknowledged(message, words)
    return shown and f"{shown}, {why}"


def _says_absent(subject: str) -> bool:
    return any(
        form is not None
        for form in (ABSENT.match(subject), IS_ABSENT.match(subject), ENDS_ABSENT.search(subject))
    )


def _is_note(message: Message, words: str) -> bool:
    """Whether words that speak of an absence are nothing but a note of it."""
    forms = (NOTE_THANKS, NOTE_URGENT, NOTE_UNREAD)
    signs = sum(form.search(words) is not None for form in forms)
    if signs == _NOTE_SIGNS - 1:
        return until(words, parse_date(message.header("date"))) is not None
    return signs >= _NOTE_SIGNS


def _acknowledged(message: Message, words: str) -> str:
    """How an answer shows that it is a program's acknowledgement, or "".

    Where no person's program put "Re:" before our subject, one sign. A notice of ours may
    call itself automatic as well, and be quoted without a mark, so beneath a "Re:" that
    wants words of thanks beside it, as the fields of a ticket system do.
    """
    subject = message.subject
    fresh = not is_answer(subject)
    if fresh and (ACKNOWLEDGED.match(subject) or MOVED.search(alike(subject))):
        return f"Subject: {subject[:200]}"
    if SURE_ACKNOWLEDGEMENT.any(words):
        return "an acknowledgement"
    acknowledges, calls_itself = ACKNOWLEDGES.any(words), CALLS_ITSELF.any(words)
    if (fresh or acknowledges) and calls_itself:
        return "it calls itself automatic"
    office = is_office(bare(message.sender))
    asks = "?" in words  # which a desk does not
    signs = desk_signs(words)
    wanted = _DESK_SIGNS + 1 - fresh - office + asks
    # numbers and days alone are anybody's, but who types has a mail program, which quotes
    if ((acknowledges or calls_itself) and acknowledges + calls_itself + signs >= wanted) or (
        office and not asks and signs and not is_typed(message) and not quotes(message.full_text)
    ):
        return "an acknowledgement of a desk"
    by_ticket = fresh and (TAGGED.search(subject) or TICKET.search(words))
    if acknowledges and (by_ticket or OF_TICKETS.intersection(message.fields)):
        return "an acknowledgement of a ticket system"
    return ""


def _meaning(subject: str, words: str) -> tuple[Reason, tuple[str, ...]] | None:
    """What kind of answer it is, None where it does not say so.

    Only an absence and a move have a reason of their own.
    """
    title, words = alike(subject), alike(words)
    acknowledgement = "an acknowledgement by a ticket system or mailbox"
    automatic = "an answer that calls itself automatic"
    challenge = "a challenge: it asks the sender to confirm before delivery"
    if CHALLENGE.search(words):
        return Reason.UNDEFINED, (challenge,)
    if MOVED.search(title) or MOVED.search(words):
        return Reason.HASMOVED, ("the address has changed, or its owner has left",)
    if ABSENT.match(subject) or ABSENT_TEXT.search(words):
        return Reason.VACATION, ()
    if TICKET.search(title) or TICKET.search(words):
        return Reason.UNDEFINED, (acknowledgement,)
    if not is_answer(subject) and CHALLENGE.search(title):
        return Reason.UNDEFINED, (challenge,)
    return (Reason.UNDEFINED, (automatic,)) if SAYS_SO.search(words) else None


def _apple_end(message: Message) -> datetime | None:
    found = _APPLE_END.search(message.header("x-apple-criteria"))
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
