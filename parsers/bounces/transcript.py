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

_TITLE = re.compile(r"(^[ \t]*-{2,}[ \t]*)?transcript of session follows", re.MULTILINE)
_TALKING = re.compile(r"(?:\.\.\. )?while talking to ([\w.-]+)", re.IGNORECASE)
_OWN = re.compile(
    r"(?:([245]\d\d)[ -]+)?(?:([45]\.\d\.\d{1,3})[ ]+)?"
    r"(?:<([^<>]{1,384})>|\"([^\"]{1,384})\"|([^\s<>\"]{1,384}?))"
    r"(?: \((?:smtp|uux?|ether|local)\))?"
    r"\.\.\.[ \t]*(.*)"
)
_PATH = re.compile(r"!|::")  # of UUCP and DECnet: "leaf!cat", "node::cat"
MAX_TOGETHER = 100  # addresses of one line
_EMPTY = ("remote protocol error", "service unavailable", "user unknown")


@dataclass(frozen=True, slots=True)
class Said:
    """What a transcript says of one address. address may be a local part, or ""."""

    address: str
    words: str
    command: str = ""
    host: str = ""
    deferred: bool = False


class _Session:
    """The state of a dialogue while its lines are read."""

    def __init__(self) -> None:
        self.host = self.command = self.reply = self.asked = ""
        self.printed = ""  # by a program that was to deliver
        self.refused = -1  # where the far side's answer begins, if it came last
        self.found: list[Said] = []

    def sent(self, line: str) -> None:
        """A ">>>" line: our side."""
        self.command = line.partition(" ")[0].upper()
        self.asked = (addresses(line) or [""])[0] if self.command == "RCPT" else ""
        self.reply = ""

    def heard(self, line: str) -> None:
        """A "<<<" line: the far side."""
        if line[:1] in {"4", "5"}:
            self.reply = f"{self.reply} {line}".strip()
            if self.asked:
                self.refused = len(self.found) if self.refused < 0 else self.refused
                self.found.append(Said(self.asked, self.reply, self.command, self.host))

    def own(self, line: str) -> None:
        """Any other line: the mail system's comment."""
        refused, self.refused = self.refused, -1
        if talking := _TALKING.match(line):
            self.host, self.command, self.reply, self.asked = talking[1].rstrip("."), "", "", ""
        elif own := _OWN.match(line):
            words = own[6]
            deferred = (own[1] or "")[:1] == "4" or words.lower().startswith("deferred")
            empty = self.reply and words.lower().startswith(_EMPTY)
            told = self.reply if empty else unfold(f"{self.printed} {line}")
            self.printed = ""
            address = own[3] or own[4] or own[5]
            if refused >= 0 and "@" in address and address.lower() != self.asked.lower():
                # the far side's host has a name of its own; ours is what was written to
                told = self.found[-1].words
                del self.found[refused:]
            for one in _each(address):
                self.found.append(Said(one, told, self.command, self.host, deferred))
        elif line[:1] in {"4", "5"} and line[1:3].isdigit() and (named := addresses(line)):
            # "554 <cat@example.org>,<dog@example.org>... Cannot send message for 3 days"
            listed = addresses(line.partition("...")[0]) if ">,<" in line else named[:1]
            for address in listed[:MAX_TOGETHER]:
                self.found.append(Said(address, line, self.command, self.host, line[0] == "4"))
        elif not self.command and ": " in line:  # "procmail: Quota exceeded"
            self.printed = line


def _each(address: str) -> list[str]:
    """The addresses of a line that has several, "cat@example.org,dog@example.org"; or the one."""
    several = address.split(",")
    if all("@" in one for one in several):
        return [one.strip("<>") for one in several[:MAX_TOGETHER]]
    return [address]


def transcript(notice: Notice) -> list[Said]:
    """What each line of a transcript says, in order; [] if the notice has none."""
    titles = list(_TITLE.finditer(notice.low))
    if not titles:
        return []
    # AOL and AT&T explain the titles, in quotes, before they come
    at = next((title.start() for title in titles if title[1]), titles[0].start())
    session = _Session()
    for raw in notice.above[at:].split("\n")[1:]:
        line = raw.strip()
        if line.startswith("---"):
            break
        if line.startswith(">>>"):
            session.sent(line[3:].strip())
        elif line.startswith("<<<"):
            session.heard(line[3:].strip())
        elif line:
            session.own(line)
    return session.found


def _read(notice: Notice) -> Iterator[Found]:
    delay = is_delay(notice)
    local: list[Said] = []
    told = False
    lines = transcript(notice)
    refused = {said.address.strip("<>").lower() for said in lines if not said.deferred}
    for said in lines:
        if "@" in said.address:
            told = True
            deferred = said.deferred and said.address.strip("<>").lower() not in refused
            action = Action.DELAYED if delay or deferred else Action.FAILED
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
    written_to: dict[str, str] = {}
    for address in notice.written_to:
        for part in address.lower().split("@", 1):
            written_to.setdefault(part, address)
    for said in local:
        address = _whole(said, notice, written_to)
        if address:
            yield Found(address, diagnostic=said.words, command=said.command, remote_mta=said.host)


def _whole(said: Said, notice: Notice, written_to: dict[str, str]) -> str:
    """The address behind a local part, a path of hosts or a host name; "" if it cannot be told.

    written_to holds whom the returned message was written to, by local part and by domain.
    """
    told = said.address.strip("<>\"'")
    name = told.lower()
    if name in written_to:
        return written_to[name]
    if " " in name:
        return ""
    *path, user = _PATH.split(name)
    if path and user in written_to:
        return written_to[user]
    nobody = name.startswith(("|", "/")) or ("." in name and "host" in said.words.lower())
    if (path or nobody) and len(notice.written_to) == 1:  # a program, a file or a host
        return notice.written_to[0]
    if nobody or (path and (notice.written_to or not notice.domain)):
        return ""
    return _by_way(told, notice.domain) if path else notice.whole(told)


def _by_way(path: str, reporter: str) -> str:
    """The address of who is reached by way of a host: it knows the nodes, and the next hops.

    "leaf!cat" is "leaf!cat@hub.example.org" to anybody else, and "NODE::CAT" is CAT.
    """
    if "::" in path:
        return f"{path.rpartition('::')[2]}@{reporter}"
    first, _, rest = path.partition("!")
    return f"{rest if first.lower() == reporter.partition('.')[0] else path}@{reporter}"


OLD_SENDMAIL = Form("sendmail5", ("transcript of session follows",), _read)
