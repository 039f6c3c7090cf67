"""Mailboxes that a notice names without their domain.

Owns the shapes in which they stand: a column before the refusal, a label, a sentence, a list.
Asked only where no address stands; the domain is the one that is told beside it, else
that of the notice's own sender. Must not read what has an address.
"""

import re
from collections.abc import Iterator

from parsers.bounces.lines import Entry, unfold
from parsers.bounces.verdict import is_failure, is_refusal
from parsers.bounces.view import View

__all__ = ["local_parts"]

_ROW = re.compile(
    # FirstClass puts the name of its site behind a comma
    # and flush left a small letter tells a name from a label: "cat: no such user"
    r"(?:[ \t]{1,16}|(?=[\w.-]{1,48},[ \w]{1,48} \()|(?=[a-z][\w.-]{1,48}(?::|\.\.\.) ))"
    r"[\"'<]?([A-Za-z][\w.'-]{1,48})[>\"']?"
    r"(?:,[ \w]{1,48}(?= \())?"
    r"(?:[ \t]{2,}|\t|[ \t]*(?::|\.\.\.|\(|-)[ \t]*)(\S.*)$"
)
# CompuServe writes a number without a domain, between brackets or after "? EPLRNF - "
_NAMED_LOCAL = re.compile(
    r"[ \t\[*?-]{0,8}(?:[A-Z]{4,8}[ \t]*-[ \t]*)?(?:receiver not found"
    r"|(?:unknown|no such|invalid|bad|undeliverable) (?:user|recipient|address|mailbox)"
    r"|(?:user|recipient|mailbox) (?:unknown|not found))[ \t]*:[ \t]*"
    r"[\"'<]?([A-Za-z0-9][\w.'-]{1,48})[\"'>]?[ \t\]]*$",
    re.IGNORECASE,
)
# the label of a recipient: "Addressee: CAT", PMDF
_LABELLED = re.compile(
    r"[ \t*-]{0,8}(?:(?:failed|original|final|intended)[ \t]+)?"
    r"(?:addressee|recipient|receiver|user ?id|mailbox)[ \t]*:[ \t]*"
    r"[\"'<]?([A-Za-z0-9][\w.'-]{1,48})[\"'>]?[ \t]*$",
    re.IGNORECASE,
)
# AOL has the reply's code before the name
_CODED = re.compile(
    r"[ \t]{0,16}5[0-5]\d[ -][\"'<]?([A-Za-z0-9][\w.'-]{1,48})[\"'>]?(?:\.\.\.)?[ \t]+"
    r"((?:is(?: a)? not|is unknown|not (?:a )?known|mailbox|account|unknown|no such|over)\b.*)$",
    re.IGNORECASE,
)
# FirstClass: "A. Cat,Cats' School (The name was not found ...)", written to as "A._Cat"
_FULL_NAME = re.compile(
    r"([A-Z][\w.'-]{0,30}(?: [A-Z][\w.'-]{0,30}){1,3}),[ \w'.-]{1,48} \((\S.*)$"
)
_NO_NAMES = frozenset(
    {"said", "please", "note", "user", "mailbox", "address", "delivery", "command", "reply"}
    | {"error", "reason", "subject", "date", "sent", "from", "to", "cc", "message", "size", "host"}
    | {"response", "status", "remote", "server", "diagnostic", "transcript", "smtp", "code"}
    | {"problem", "cause", "details", "explanation", "description", "result", "action", "warning"}
    | {"text", "info", "hint", "mail", "procmail", "sendmail", "deliver", "local", "program"}
    | {"queue", "fehler", "grund", "motivo", "raison", "motif", "reden", "orsak", "powód"}
)
# "User ID CAT is not known at node VM.EXAMPLE", "Mail for user 'cat' could not be delivered"
_TOLD = re.compile(
    r"\b(?:(?:user|mailbox|account|recipient|person|nobody)(?:[ \t]+(?:id|name|named|called))?"
    r"|(?:mail|message|letter) (?:for|to)(?=[ \t]+[\"'<]))[ \t]+"
    r"(?:[\"'<`]([A-Za-z0-9][\w.-]{0,48})[\"'>]"
    r"|([A-Za-z0-9][\w.-]{0,48})[ \t]+(?:is|was|does|has|not|unknown)\b)"
    r"(?:[^\n]{0,40}?[ \t](?:at|on|in)[ \t]+(?:node|host|domain|system)[ \t]+"
    r"([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}))?",
    re.IGNORECASE,
)
_NO_USERS = frozenset(
    {"account", "mailbox", "quota", "address", "name", "unknown", "is", "was", "has", "does", "not"}
    | {"you", "this", "that", "who", "which", "it", "here", "status", "id", "list", "domain"}
    | {"and", "or", "if", "may", "can", "could", "error", "listed", "directory", "box", "system"}
)


# a name that has its line to itself, in a list below the sentence: Prodigy
_ALONE = re.compile(r"[ \t]{0,16}[\"'<]?([A-Za-z0-9][\w.'-]{1,48})[\"'>]?[ \t]*$")


def local_parts(view: View) -> Iterator[Entry]:
    """Each mailbox so named, and the line or row in which it is refused."""
    if any("@" in line and not view.is_aside(at) for at, line in enumerate(view.lines)):
        return
    for line in view.lines:
        named = _NAMED_LOCAL.match(line) or _LABELLED.match(line)
        if named is not None:
            yield Entry(view.notice.whole(named[1]), [line.strip()])
            continue
        coded = _CODED.match(line)
        if coded is not None and coded[1].lower() not in _NO_NAMES | _NO_USERS:
            yield Entry(view.notice.whole(coded[1]), [line.strip()])
            continue
        full = _FULL_NAME.match(line)
        if full is not None and is_refusal(full[2]):
            yield Entry(view.notice.whole(full[1].replace(" ", "_")), [full[2]])
            continue
        row = _ROW.match(line)
        if row is not None and row[1].lower() not in _NO_NAMES and is_refusal(row[2]):
            yield Entry(view.notice.whole(row[1]), [row[2]])
            continue
        told = _TOLD.search(line)
        if told is None or not (is_refusal(line) or is_failure(line.lower())):
            continue
        name = told[1] or told[2]
        if told[1] or name.lower() not in _NO_USERS:
            whole = f"{name}@{told[3].rstrip('.')}" if told[3] else view.notice.whole(name)
            yield Entry(whole, [line.strip()])
    yield from _listed(view)


def _listed(view: View) -> Iterator[Entry]:
    """A list of nothing but names below the sentence that says so."""
    sentence = ""
    for start, end in view.paragraphs():
        lines = view.lines[start:end]
        if sentence:
            names = [_ALONE.match(line) for line in lines]
            if all(name is not None and name[1].lower() not in _NO_NAMES for name in names):
                yield from (Entry(view.notice.whole(name[1]), [sentence]) for name in names if name)
                return
        said = unfold(" ".join(lines))
        sentence = said if said.endswith(":") and is_failure(said.lower()) else ""
