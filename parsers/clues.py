"""Every way in which a message names the delivery it answers, strongest first.

Owns where to look. Must not verify a mark: that takes the keys, and whoever has
them decides what a clue is worth.
"""

import re

from parsers.mime.headers import Headers
from parsers.mime.message import Message
from parsers.report import Clue, ClueKind
from parsers.token import MARK_LENGTH, find_marks

__all__ = ["PRIVATE_HEADER", "find_clues", "first_mark", "message_ids"]

PRIVATE_HEADER = "x-landed-id"

# in the order in which systems trust them; some decorate To
_ADDRESSED = (
    "to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "apparently-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "cc",
)
_PRIVATE = (PRIVATE_HEADER,)
_ANSWERED = ("in-reply-to", "references")
_RETURN_PATHS = ("return-path", "x-return-path", "x-envelope-from", "disposition-notification-to")
_PLACES = frozenset({*_ADDRESSED, PRIVATE_HEADER})
# a mark is a run of letters and some digits; all are the same one here, other digits another,
# and the rest is blank, so that a run is a substring
_RUNS = bytes(
    ord("a" if chr(i).isalpha() or chr(i) in "234567" else "0" if chr(i).isdigit() else " ")
    for i in range(128)
)
_RUNS += b" " * 128
_RUN = b" " + b"a" * MARK_LENGTH + b" "
_ANGLED = re.compile(r"<([^<>\s]{1,998})>")
_STRENGTH = {kind: strength for strength, kind in enumerate(ClueKind)}
_MAX_ID = 1_000  # characters of a Message-ID with its brackets
_MAX_IDS = 50  # References of a long thread
_MAX_VALUES = 20  # of one header
_MAX_VALUE = 4_000  # characters of one header value
_MAX_TEXT = 16_000  # characters of the text in which a reference is looked for


def message_ids(value: str) -> list[str]:
    """The Message-IDs of a header value in order, without angle brackets."""
    if value[:1] == "<" and value[-1:] == ">" and len(value) <= _MAX_ID and value.isprintable():
        alone = value[1:-1]  # as nearly all fields have it
        if alone and " " not in alone and "<" not in alone and ">" not in alone:
            return [alone]
    found = _ANGLED.findall(value)[:_MAX_IDS] if "<" in value else []
    if not found and (bare := value.strip()) and "@" in bare and " " not in bare:
        return [bare.strip("<>")]
    return found


def find_clues(
    message: Message, *, envelope_id: str = "", original_message_id: str = "", text: str = ""
) -> tuple[Clue, ...]:
    """The clues of a message, strongest first, no repeats.

    envelope_id and original_message_id are what its report fields told; text is
    where a visible reference may stand besides the subject.
    """
    fields, returned = message.fields, message.returned
    found: dict[str, ClueKind] = {}
    # one search first, since most messages have no mark; the returned header as it stands,
    # since nothing else of it may be asked for
    places = [message.subject, envelope_id, original_message_id, text[:_MAX_TEXT]]
    answered = fields.raw("in-reply-to") + fields.raw("references")
    places += fields.gather(_PLACES) + answered
    places += [returned.block] if returned.block else returned.gather(returned)
    if _has_run("\n".join(places)):
        _marks(
            found,
            fields,
            returned,
            subject=message.subject,
            envelope_id=envelope_id,
            original_message_id=original_message_id,
            text=text,
        )
    marked = bool(found)
    if envelope_id:
        found.setdefault(envelope_id[:_MAX_VALUE], ClueKind.ENVELOPE_ID)
    if original_message_id:
        found.setdefault(original_message_id[:_MAX_VALUE], ClueKind.MESSAGE_ID)
    for value in answered:
        for identifier in message_ids(value[:_MAX_VALUE]):
            found.setdefault(identifier, ClueKind.REFERENCES)
    clues = [Clue(kind, value) for value, kind in found.items()]
    if marked:  # else they are in order
        clues.sort(key=lambda clue: _STRENGTH[clue.kind])
    return tuple(clues)


def _has_run(text: str) -> bool:
    """Whether a mark may stand in text."""
    # in octets: of a text the same takes ten times as long
    return _RUN in f" {text} ".encode("ascii", "replace").translate(_RUNS)


def _marks(
    found: dict[str, ClueKind],
    fields: Headers,
    returned: Headers,
    *,
    subject: str,
    envelope_id: str,
    original_message_id: str,
    text: str,
) -> None:
    """Adds every mark; of one that comes twice the stronger kind stays."""
    addressed = _bounded(fields, _ADDRESSED)
    private = _bounded(fields, _PRIVATE) + _bounded(returned, _PRIVATE)
    # whom the returned mail answered is no clue; a mark of ours in it is
    answered = _bounded(fields, _ANSWERED) + _bounded(returned, _ANSWERED)
    for kind, values in (
        (ClueKind.ADDRESSED, addressed),
        (ClueKind.ENVELOPE_ID, [envelope_id]),
        (ClueKind.RETURN_PATH, _bounded(returned, _RETURN_PATHS)),
        (ClueKind.HEADER, private),
        (ClueKind.MESSAGE_ID, [original_message_id]),
        (ClueKind.REFERENCES, answered),
        (ClueKind.VISIBLE, [subject, text[:_MAX_TEXT]]),
    ):
        # a line end is no letter, so no mark is made of two values
        for mark in find_marks("\n".join(values)):
            found.setdefault(mark, kind)


def _bounded(headers: Headers, names: tuple[str, ...]) -> list[str]:
    return [
        value[:_MAX_TEXT]
        for name in names
        for value in headers.raw(name)[:_MAX_VALUES]
        if len(value) >= MARK_LENGTH
    ]


def first_mark(clues: tuple[Clue, ...]) -> str:
    """The strongest mark among clues, or ""."""
    for clue in clues:
        if len(clue.value) == MARK_LENGTH and next(find_marks(clue.value), "") == clue.value:
            return clue.value
    return ""
