"""Sendmail 5 and its kin: nothing but the transcript of a session.

Odd: "While talking to host:", then ">>> COMMAND" and "<<< reply", then a line of
Sendmail's own, "550 <address>... User unknown", which names the recipient. Where
that line names a host only, or says "Remote protocol error", the words are in the
dialogue before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.bounces.finding import Form, Found
from parsers.bounces.lines import addresses, unfold
from parsers.bounces.notice import Notice
from parsers.bounces.verdict import is_delay
from parsers.report import Action

__all__ = ["OLD_SENDMAIL", "Said", "transcript"]

_TALKING = re.compile(r"(?:\.\.\. )?while talking to ([\w.-]+)", re.IGNORECASE)
_OWN = re.compile(
    r"(?:([245]\d\d)[ -]+)?(?:([45]\.\d\.\d{1,3})[ ]+)?"
    r"(?:<([^<>]{1,384})>|\"([^\"]{1,384})\"|([^\s<>\"]{1,384}?))(?: \((?:smtp|uux?|ether|local)\))?"
    r"\.\.\.[ \t]*(.*)"
)
_EMPTY = ("remote protocol error", "service unavailable", "user unknown")


@dataclass(frozen=True, slots=True)
class Said:
    """What a transcript says of one address. address may be a local part, or ""."""

    address: str
    words: str
    command: str = ""
    host: str = ""
    deferred: bool = False


def transcript(notice: Notice) -> list[Said]:
    """What each line of a transcript says, in order; [] if the notice has none."""
    at = notice.low.find("transcript of session follows")
    if at < 0:
        return []
    host = command = reply = asked = ""
    found: list[Said] = []
    for raw in notice.above[at:].split("\n")[1:]:
        line = raw.strip()
        if not line:
            continue
        if line.startswith(">>>"):
            sent = line[3:].strip()
            command = sent.partition(" ")[0].upper()
            asked = (addresses(sent) or [""])[0] if command == "RCPT" else ""
            reply = ""
        elif line.startswith("<<<"):
            heard = line[3:].strip()
            if heard[:1] in {"4", "5"}:
                reply = f"{reply} {heard}".strip()
                if asked:
                    found.append(Said(asked, reply, command, host))
        elif talking := _TALKING.match(line):
            host, command, reply, asked = talking[1].rstrip("."), "", "", ""
        elif own := _OWN.match(line):
            address = own[3] or own[4] or own[5]
            words = own[6]
            deferred = (own[1] or "")[:1] == "4" or words.lower().startswith("deferred")
            if reply and words.lower().startswith(_EMPTY):
                words = reply
            else:
                words = unfold(line)
            found.append(Said(address, words, command, host, deferred))
        elif line.startswith("---"):
            break
        elif line[:1] in {"4", "5"} and line[1:3].isdigit() and (named := addresses(line)):
            found.append(Said(named[0], line, command, host, line[0] == "4"))
    return found


def _read(notice: Notice) -> Iterator[Found]:
    delay = is_delay(notice)
    local: list[Said] = []
    told = False
    for said in transcript(notice):
        if "@" in said.address:
            told = True
            action = Action.DELAYED if delay or said.deferred else Action.FAILED
            yield Found(
                said.address.strip("<>"),
                diagnostic=said.words,
                action=action,
                command=said.command,
                remote_mta=said.host,
            )
        elif said.address and not said.deferred:
            local.append(said)
    if told:
        return
    for said in local:
        address = _whole(said.address, notice)
        if address:
            yield Found(address, diagnostic=said.words, command=said.command, remote_mta=said.host)


def _whole(local: str, notice: Notice) -> str:
    """The recipient of the returned message that has this local part; else one at the reporter."""
    name = local.strip("<>\"'").lower()
    for address in notice.written_to:
        mailbox, _, domain = address.lower().partition("@")
        if name in {mailbox, domain}:
            return address
    if "!" in name or ("." in name and " " not in name and len(notice.written_to) == 1):
        return notice.written_to[0] if len(notice.written_to) == 1 else ""
    return f"{local}@{notice.domain}" if notice.domain and " " not in name else ""


OLD_SENDMAIL = Form("sendmail5", ("transcript of session follows",), _read)
