"""Every way in which a message names the delivery it answers, strongest first.

Owns where to look. Must not verify a mark: that takes the keys, and whoever has
them decides what a clue is worth.
"""

import re

from parsers.headers import Headers
from parsers.mime import Message
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
_ANSWERED = ("in-reply-to", "references")
_RETURN_PATHS = ("return-path", "x-return-path", "x-envelope-from", "disposition-notification-to")
_ANGLED = re.compile(r"<([^<>\s]{1,998})>")
_MAX_IDS = 50  # References of a long thread
_MAX_VALUES = 20  # of one header
_MAX_VALUE = 4_000  # characters of one header value
_MAX_TEXT = 16_000  # characters of the text in which a reference is looked for


def message_ids(value: str) -> list[str]:
    """The Message-IDs of a header value in order, without angle brackets."""
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
    found = _Found()
    fields, returned = message.root.fields, message.returned
    answered = [value for name in _ANSWERED for value in fields.raw(name)]
    if _any_mark(fields, returned, envelope_id, original_message_id, *answered, text):
        _marks(found, fields, returned, envelope_id, original_message_id, text)
    if envelope_id:
        found.add(ClueKind.ENVELOPE_ID, envelope_id)
    if original_message_id:
        found.add(ClueKind.MESSAGE_ID, original_message_id)
    for value in answered:
        for identifier in message_ids(value[:_MAX_VALUE]):
            found.add(ClueKind.REFERENCES, identifier)
    return found.clues()


def _any_mark(fields: Headers, returned: Headers, *texts: str) -> bool:
    """Whether a mark stands anywhere at all: one search where most messages have none."""
    values = [fields.header("subject"), *texts]
    for name in (*_ADDRESSED, PRIVATE_HEADER):
        values += fields.raw(name)
    for name in (*_RETURN_PATHS, *_ANSWERED, PRIVATE_HEADER):
        values += returned.raw(name)
    joined = "\n".join([value[:_MAX_TEXT] for value in values if len(value) >= MARK_LENGTH])
    return next(find_marks(joined), None) is not None


def _marks(
    found: "_Found",
    fields: Headers,
    returned: Headers,
    envelope_id: str,
    original_message_id: str,
    text: str,
) -> None:
    for name in _ADDRESSED:
        found.marks(ClueKind.ADDRESSED, fields.raw(name))
    found.marks(ClueKind.ENVELOPE_ID, [envelope_id])
    for name in _RETURN_PATHS:
        found.marks(ClueKind.RETURN_PATH, returned.raw(name))
    for headers in (fields, returned):
        found.marks(ClueKind.HEADER, headers.raw(PRIVATE_HEADER))
    found.marks(ClueKind.MESSAGE_ID, [original_message_id])
    for name in _ANSWERED:
        found.marks(ClueKind.REFERENCES, fields.raw(name))
        # whom the returned mail answered is no clue; a mark of ours in it is
        found.marks(ClueKind.REFERENCES, returned.raw(name))
    found.marks(ClueKind.VISIBLE, [fields.header("subject"), text])


class _Found:
    """The clues so far; of a value that comes twice the stronger kind stays."""

    def __init__(self) -> None:
        self._kinds: dict[str, ClueKind] = {}

    def marks(self, kind: ClueKind, values: list[str]) -> None:
        for value in values[:_MAX_VALUES]:
            if len(value) >= MARK_LENGTH:
                for mark in find_marks(value[:_MAX_TEXT]):
                    self._kinds.setdefault(mark, kind)

    def add(self, kind: ClueKind, value: str) -> None:
        self._kinds.setdefault(value[:_MAX_VALUE], kind)

    def clues(self) -> tuple[Clue, ...]:
        kinds = list(ClueKind)
        ordered = sorted(self._kinds.items(), key=lambda item: kinds.index(item[1]))
        return tuple(Clue(kind, value) for value, kind in ordered)


def first_mark(clues: tuple[Clue, ...]) -> str:
    """The strongest mark among clues, or ""."""
    for clue in clues:
        if len(clue.value) == MARK_LENGTH and next(find_marks(clue.value), "") == clue.value:
            return clue.value
    return ""
