"""iPlanet and Sun Messaging Server, PMDF before them, Apple's after.

Odd: the text labels what the status part leaves out. "Recipient address:" may be a
source route ("@smtp.example.net:cat@server") or a mailbox of the store ("cat@ims-ms-daemon"),
"Original address:" is the one we wrote to. Old PMDF writes "Addressed to" or "To:".
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["IPLANET"]

_LABEL = re.compile(
    r"^[ \t]*(recipient address|original address|reason|diagnostic code|remote system"
    r"|addressed to|the reason)[ \t]*:[ \t]*",
    re.MULTILINE,
)
_REMOTE = re.compile(r"(?:dns;)?[ \t]*([\w.-]+\.\w+)")


# one report may hold sections of either kind
_SECTION = re.compile(r"successfully (delivered|relayed) to|(?:not|cannot) be(?:en)? delivered to")
_ACTIONS = {"delivered": Action.DELIVERED, "relayed": Action.RELAYED}


def _read(notice: Notice) -> Iterator[Found]:
    action = Action.DELAYED if is_delay(notice) else Action.FAILED
    sections = list(_SECTION.finditer(notice.low)) if "successfully " in notice.low else []
    for section, after in zip_longest(sections, sections[1:]):
        told = _ACTIONS.get(section[1] or "", action)
        yield from _blocks(notice, told, section.end(), after.start() if after else None)
    if not sections:
        yield from _blocks(notice, action)


def _blocks(
    notice: Notice, action: Action, begin: int = 0, until: int | None = None
) -> Iterator[Found]:
    until = len(notice.above) if until is None else until
    labels = list(_LABEL.finditer(notice.low, begin, until))
    block: dict[str, str] = {}
    for at, label in enumerate(labels):
        end = labels[at + 1].start() if at + 1 < len(labels) else until
        value = unfold(notice.above[label.end() : end].partition("\n\n")[0])
        name = label[1].replace("addressed to", "recipient address")
        if name == "recipient address" and name in block:
            yield from _found(block, action)
            block = {}
        block.setdefault(name, value)
    yield from _found(block, action)


def _found(block: dict[str, str], action: Action) -> Iterator[Found]:
    address = block.get("recipient address", "")
    if "@" not in address:
        return
    original = block.get("original address", "")
    if original and (address.startswith("@") or "." not in address.rpartition("@")[2]):
        # a route or a name inside the store: the address outside is the one that failed
        address, original = original, ""
    remote = _REMOTE.match(block.get("remote system", ""))
    yield Found(
        address.partition(" ")[0].strip("<>"),
        original if original != address else "",
        block.get("diagnostic code") or block.get("reason") or block.get("the reason", ""),
        action,
        remote_mta=remote[1] if remote else "",
    )


IPLANET = Form(
    "iplanet",
    ("recipient address:", "this report relates to a message you sent"),
    _read,
)
