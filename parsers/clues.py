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
_PLACES = (*_ADDRESSED, PRIVATE_HEADER)
_RETURNED_PLACES = (*_RETURN_PATHS, PRIVATE_HEADER, *_ANSWERED)
# a mark is a run of these letters; all are the same one here, so that a run is a substring
_RUNS = bytes(ord("a" if chr(i).isalpha() or chr(i) in "234567" else " ") for i in range(128))
_RUNS += bytes(128)
_RUN = b"a" * MARK_LENGTH
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
    fields, returned = message.fields, message.returned
    answered = fields.gather(_ANSWERED)
    places = [fields.first("subject"), envelope_id, original_message_id, text, *answered]
    places += fields.gather(_PLACES)
    found = _Found()
    if _any_run(places) or _may_be_marked(returned):
        _marks(
            found,
            fields,
            returned,
            envelope_id=envelope_id,
            original_message_id=original_message_id,
            text=text,
        )
    if envelope_id:
        found.add(ClueKind.ENVELOPE_ID, envelope_id)
    if original_message_id:
        found.add(ClueKind.MESSAGE_ID, original_message_id)
    for value in answered:
        for identifier in message_ids(value[:_MAX_VALUE]):
            found.add(ClueKind.REFERENCES, identifier)
    return found.clues()


def _any_run(places: list[str]) -> bool:
    """Whether a mark may stand in any of them: one search, since most messages have none."""
    joined = "\n".join([place[:_MAX_TEXT] for place in places if len(place) >= MARK_LENGTH])
    # in octets: of a text the same takes ten times as long
    return _RUN in joined.encode("ascii", "replace").translate(_RUNS)


def _may_be_marked(returned: Headers) -> bool:
    """The same for the returned message, of which nothing else may have been asked yet."""
    if 0 < len(returned.block) <= _MAX_TEXT and not _any_run([returned.block]):
        return False
    return _any_run(returned.gather(_RETURNED_PLACES))


def _marks(
    found: "_Found",
    fields: Headers,
    returned: Headers,
    *,
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
        found = self._kinds
        if len(found) > 1:
            return tuple(
                Clue(kind, value)
                for strength in ClueKind
                for value, kind in found.items()
                if kind is strength
            )
        return tuple([Clue(kind, value) for value, kind in found.items()])


def first_mark(clues: tuple[Clue, ...]) -> str:
    """The strongest mark among clues, or ""."""
    for clue in clues:
        if len(clue.value) == MARK_LENGTH and next(find_marks(clue.value), "") == clue.value:
            return clue.value
    return ""
