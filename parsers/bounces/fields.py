"""Delivery status fields in plain text: Amazon WorkMail, some gateways, forwarded reports.

Odd: "Final-Recipient: rfc822; cat@example.org", "Action:", "Status:" and the rest, as
RFC 3464 would have them, but in the human text instead of a part of their own. Where
a bounce was itself returned, flattened to text, the fields stand below its divider.
"""

import re
from collections.abc import Iterator

from parsers.addresses import typed
from parsers.bounces.finding import Form, Found
from parsers.bounces.gate import is_notice
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.places import Places
from parsers.codes import find_command
from parsers.report import Action

__all__ = ["BURIED_FIELDS", "FIELDS"]

_FIELD = re.compile(
    r"^[ \t]*(final-recipient|original-recipient|action|status|diagnostic-code|remote-mta"
    r"|reporting-mta|last-attempt-date)[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+\S[^\n]*)*)",
    re.MULTILINE | re.IGNORECASE,
)
_TYPE = re.compile(
    r"^[ \t]*(?:rfc[/ ]?822|utf-8|dns|dsn|smtp|x-[\w-]+)[ \t]*;[ \t]*", re.IGNORECASE
)
_NAMES = ("final-recipient", "original-recipient")
_NEAR = 600  # characters after an address in which its command is told
_ACTIONS = {action.value: action for action in Action}


def _read(notice: Notice) -> Iterator[Found]:
    # the returned message may be a report too: its fields only where there are no others
    found = list(_fields(notice, notice.above))
    yield from found or _fields(notice, notice.below)


def _fields(notice: Notice, text: str) -> Iterator[Found]:
    reporting = ""
    places = Places(notice.above)
    block: dict[str, str] = {}
    for field in _FIELD.finditer(text):
        name, value = field[1].lower(), unfold(field[2])
        if name == "reporting-mta":
            reporting = reporting or _TYPE.sub("", value).partition(" ")[0]
            continue
        # fields that began with a name end before the next one
        named = next(iter(block), "") in _NAMES and ("action" in block or "status" in block)
        if name in block or (named and name in _NAMES):
            yield from _found(notice, places, block, reporting)
            block = {}
        block[name] = value
    yield from _found(notice, places, block, reporting)


def _found(
    notice: Notice, places: Places, block: dict[str, str], reporting: str
) -> Iterator[Found]:
    final = typed(block.get("final-recipient", ""))[1]
    original = typed(block.get("original-recipient", ""))[1]
    address = final or original
    if " " in address:  # a pipe or a file, and the address behind it
        address = next(iter(addresses(address)), address)
    if "@" not in address or ("action" not in block and "status" not in block):
        return
    word = block.get("action", "failed").partition(" ")[0].strip(";,").lower()
    yield Found(
        address,
        original if original != address and "@" in original else "",
        _TYPE.sub("", block.get("diagnostic-code", "")),
        _ACTIONS.get(word, Action.FAILED),
        status=block.get("status", "").partition(" ")[0],
        command=_command(notice, places.find(address)),
        reporting_mta=reporting,
        remote_mta=_TYPE.sub("", block.get("remote-mta", "")).partition(" ")[0],
        date=block.get("last-attempt-date", ""),
    )


def _command(notice: Notice, at: int) -> str:
    """What the human text, where it names the address at this place, says was answered, or ""."""
    near = unfold(notice.above[at : at + _NEAR].partition("\n\n")[0]) if at >= 0 else ""
    return find_command(near) if "in reply to " in near else ""


def _read_buried(notice: Notice) -> Iterator[Found]:
    if "final-recipient:" in notice.below.lower() and is_notice(notice):
        yield from _read(notice)


BURIED_FIELDS = Form("buried-fields", (), _read_buried)
FIELDS = Form("fields", ("final-recipient:", "original-recipient:"), _read)
