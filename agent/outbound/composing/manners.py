"""Good manners by class of notice: the fields that tell receivers what sort of mail this is.

Owns List-Id (RFC 2919), Feedback-ID, CFBL-Address (RFC 9477), Auto-Submitted
(RFC 3834) and further fields that a class wants. Must not replace a field that
the message brings, and never asks receivers to keep quiet.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.outbound.composing.fields import Field, folded
from agent.outbound.composing.template import TemplateError, caller_field
from parsers.token import AddressForm

__all__ = ["Manners", "choose_manners", "is_gag"]

_LIST_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,255}")
_OWN = frozenset({"list-id", "feedback-id", "cfbl-address", "cfbl-feedback-id", "auto-submitted"})
_GAG = "x-auto-response-suppress"
# of MS-OXCMAIL 2.1.3.2.20: these would silence the reports that we live on
_GAGS = frozenset({"all", "dr", "ndr", "rn", "nrn"})


@dataclass(frozen=True, slots=True)
class Manners:
    """What all notices of one class carry. Raises ValueError for what no field can hold."""

    name: str = ""  # of the class; empty: every class without manners of its own
    list_id: str = ""  # "alerts.example.org", or "Alerts <alerts.example.org>"
    feedback_id: str = ""
    complaints_to: AddressForm | str = ""  # an address, or a form that carries the mark
    auto_submitted: str = "auto-generated"  # empty: no such field
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.list_id:
            inner = _list_id(self.list_id).rpartition("<")[2].removesuffix(">")
            if not _LIST_ID.fullmatch(inner) or "." not in inner:
                raise ValueError(f'list_id: "{inner}" is not of the form of a domain name')
        for name, value in self.headers.items():
            if name.lower() in _OWN:
                raise ValueError(f"headers: {name} has a key of its own")
            try:
                raw = caller_field(name, value)
            except TemplateError as error:
                raise ValueError(f"headers: {error}") from None
            if is_gag(Field(name.lower(), raw)):
                raise ValueError(
                    f'headers: {name} "{value}" would silence the very reports that show '
                    'what landed; "OOF" and "AutoReply" are allowed'
                )
        self.written("mark", frozenset())

    def written(self, mark: str, present: frozenset[str]) -> list[bytes]:
        """The fields, each with its CRLF, but for those present. mark is the return path's."""
        to = self.complaints_to
        address = to.address(mark) if isinstance(to, AddressForm) else to
        wanted = [
            ("List-Id", _list_id(self.list_id)),
            ("Feedback-ID", self.feedback_id),
            ("CFBL-Address", f"{address}; report=arf" if address else ""),
            ("Auto-Submitted", self.auto_submitted),
        ]
        lines = [
            folded(name, value) for name, value in wanted if value and name.lower() not in present
        ]
        return lines + [
            caller_field(name, value)
            for name, value in self.headers.items()
            if name.lower() not in present
        ]


def choose_manners(known: Sequence[Manners], notice_class: str) -> Manners:
    """Those of this class, else the ones for every class, else the plain ones."""
    if not known:
        return _PLAIN
    by_name = {one.name: one for one in known}
    return by_name.get(notice_class) or by_name.get("") or _PLAIN


def is_gag(header: Field) -> bool:
    """Whether a field asks receivers not to send the reports that we need."""
    if header.name != _GAG:
        return False
    words: Iterable[bytes] = header.value.lower().replace(b",", b" ").split()
    return any(word.decode("ascii", "replace") in _GAGS for word in words)


def _list_id(text: str) -> str:
    return text if "<" in text or not text else f"<{text}>"


_PLAIN = Manners()
