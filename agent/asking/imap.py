"""Asking over IMAP: a master user, an authorization identity, or one login that sees all.

Owns how a mailbox is looked through. Nothing in it is changed: folders are opened with
EXAMINE and read with BODY.PEEK. Only the identifying headers of mail that the server says
is ours are fetched. Must not know deliveries beyond what it is asked for.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from agent.asking.connector import (
    AskingError,
    Look,
    MailboxError,
    NobodyKnownError,
    Pace,
    Sighting,
    Stopped,
    Wanted,
)
from agent.inbound.account import Account, ImapError
from agent.inbound.line import Line
from agent.login.tokens import TokenSource
from parsers.mime.headers import parse_headers
from parsers.token import as_mark, claimed_id
from store.words import FactKind

__all__ = ["ImapConnector", "ImapPlan"]

_FOLDERS = 200  # of one mailbox that are looked through
_CANDIDATES = 2_000  # mails of one folder whose headers are fetched, the newest
_CHAIN = 20  # Message-IDs in one SEARCH
_FETCHED = 200  # headers in one FETCH
_HEADER = "HEADER.FIELDS (MESSAGE-ID REFERENCES X-LANDED-ID)"
_OCTETS = 8_192  # of these headers
_JUNK = re.compile(r"junk|spam|bulk", re.IGNORECASE)
_SENT = re.compile(r"(?:^|[/.])(?:sent|drafts|outbox|templates)\b[^/.]*$", re.IGNORECASE)
# where the recipient's own outgoing mail lies, and views of what lies elsewhere
_PASSED_OVER = frozenset(
    {rb"\sent", rb"\drafts", rb"\flagged", rb"\important", rb"\noselect", rb"\nonexistent"}
)
# what may stand in a user name without meaning something to the server
_PLAIN = re.compile(r"[^\x00-\x20*%/\\\"(){}\x7f-\x9f]{1,320}")
_ID = re.compile(r"[!-~]{3,900}")

# a folder's flags, its name, and the name within the mailbox that it belongs to
_Listed = tuple[Sequence[bytes], str, str]


@dataclass(frozen=True, slots=True)
class ImapPlan:
    """How the mailbox of an address is reached: {address}, {local}, {domain} stand for its own.

    account: how to log in; its user name may hold these. authorize_as: whose rights the
    login then has (RFC 4616), "" for its own. folders: where the folders of a mailbox
    begin for a login that sees all of them, "" where each login sees one mailbox. token:
    what gives tokens for a user name, instead of a password.
    """

    account: Account
    authorize_as: str = ""
    folders: str = ""
    token: Callable[[str], TokenSource] | None = None


@dataclass(frozen=True, slots=True)
class _Folder:
    name: str
    junk: bool
    rank: int  # INBOX first, then Junk


class ImapConnector:
    """A Connector to the mailboxes of one server."""

    lag = timedelta()

    def __init__(self, name: str, plan: ImapPlan, pace: Pace) -> None:
        self.name = name
        self._plan = plan
        self._pace = pace
        self._shared: _Line | None = None

    def look(
        self, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> Look:
        """See Connector. Found is what lies in any folder but those of outgoing mail."""
        self._pace.wait(stop)
        try:
            with _Turn(self, mailbox) as line:
                return self._search(line, mailbox, wanted, now, stop)
        except ImapError as error:
            raise self._explained(error) from None

    def check(self, mailbox: str, now: datetime) -> str:  # noqa: ARG002 - others need it
        """See Connector: logs in and lists the folders."""
        if not mailbox and "{" in self._plan.account.username + self._plan.authorize_as:
            raise NobodyKnownError(
                "no recipient in these domains is known yet, and the login needs one"
            )
        try:
            with _Turn(self, mailbox) as line:
                if not mailbox:
                    return f"{line.account.where} lets us in"
                count = len(self._folders(line, mailbox))
        except ImapError as error:
            raise self._explained(error) from None
        finally:
            self.close()
        return f"{line.account.where} lets us in; the mailbox of {mailbox} has {count} folder(s)"

    def close(self) -> None:
        """See Connector."""
        line, self._shared = self._shared, None
        if line is not None:
            line.close()

    def _line(self, mailbox: str) -> "_Line":
        if self._shared is not None and self._shared.connected:
            return self._shared
        plan = self._plan
        username = _filled(plan.account.username, mailbox)
        token = None if plan.token is None else plan.token(username)
        account = replace(plan.account, username=username, token=token)
        line = _Line(account, _filled(plan.authorize_as, mailbox))
        if plan.folders:
            self._shared = line
        return line

    def _folders(self, line: "_Line", mailbox: str) -> list[_Folder]:
        found = line.own_folders(_filled(self._plan.folders, mailbox))
        if not found:
            raise MailboxError(
                f'the login "{line.account.username}" sees no folder of {mailbox}: give it the '
                "rights to look up and read there (l and r, RFC 4314), or correct folders"
            )
        return found

    def _search(
        self,
        line: "_Line",
        mailbox: str,
        wanted: Sequence[Wanted],
        now: datetime,
        stop: threading.Event,
    ) -> Look:
        left = {one.delivery_id: one for one in wanted if _ID.fullmatch(one.message_id)}
        whole = len(left) == len(wanted)
        folders = self._folders(line, mailbox)
        whole &= len(folders) <= _FOLDERS
        sightings: list[Sighting] = []
        for folder in folders[:_FOLDERS]:
            if not left:
                break
            if stop.is_set():
                raise Stopped
            try:
                found, complete = line.find(folder.name, list(left.values()))
            except ImapError as error:
                if error.trouble != "refused" or error.passing:
                    raise
                whole = False  # it is not for us
                continue
            whole &= complete
            for number, is_seen in found.items():
                del left[number]
                sightings += self._sighted(number, folder, now, is_seen=is_seen)
        absent = f'every folder was looked through by asking "{self.name}"'
        return Look(tuple(sightings), now if whole else None, absent)

    def _sighted(
        self, number: int, folder: _Folder, now: datetime, *, is_seen: bool
    ) -> Iterator[Sighting]:
        where = f'{folder.name} by asking "{self.name}"'
        kind = FactKind.JUNK if folder.junk else FactKind.INBOX
        yield Sighting(number, kind, now, f"found in {where}")
        # in Junk the mark is mostly that of "mark all as read"; at a login that sees all
        # mailboxes it may be that login's own
        if is_seen and not folder.junk and not self._plan.folders:
            yield Sighting(number, FactKind.READ, now, f"marked as read in {where}")

    def _explained(self, error: ImapError) -> AskingError:
        told = str(error)
        if error.passing:
            return AskingError(told, retry_after=error.retry_after)
        if error.trouble == "login" and not self._plan.folders:
            return MailboxError(f"{told}; does this mailbox exist, and may the login open it?")
        if error.trouble == "folder":
            return MailboxError(told)
        return AskingError(told)


class _Turn:
    """The line for one mailbox: a shared one stays open, any other is closed at the end."""

    def __init__(self, connector: ImapConnector, mailbox: str) -> None:
        self._connector = connector
        self._line = connector._line(mailbox)  # noqa: SLF001 - a part of it

    def __enter__(self) -> "_Line":
        return self._line.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._line is not self._connector._shared:  # noqa: SLF001
            self._line.close()


class _Line(Line):
    """A connection that looks and never touches. Every method raises ImapError."""

    def __init__(self, account: Account, authorize_as: str) -> None:
        super().__init__(account)
        self._authorize_as = authorize_as

    def _log_in(self) -> None:
        if not self._authorize_as:
            super()._log_in()
            return
        with self._doing("logging in"):
            account = self.account
            self._client.plain_login(account.username, account.password, self._authorize_as)
        self._ask_capabilities()

    def own_folders(self, prefix: str) -> list[_Folder]:
        """The folders in which mail to this person may lie, the likeliest first.

        prefix: where they begin, "" for all that the login calls its own.
        """
        with self._doing("listing the folders"):
            others = () if prefix else self._of_others()
            listed = self._below(prefix) if prefix else self._all()
        found = []
        for flags, own, short in listed:
            words = {flag.lower() for flag in flags}
            if words & _PASSED_OVER or _SENT.search(short):
                continue
            if any(own.startswith(other) for other in others):
                continue
            junk = rb"\junk" in words or bool(_JUNK.search(short))
            rank = 0 if short.upper() in {"", "INBOX"} else 1 if junk else 2
            found.append(_Folder(own, junk, rank))
        return sorted(found, key=lambda one: one.rank)

    def _all(self) -> list[_Listed]:
        return [
            (flags, str(name), str(name)) for flags, _, name in self._client.list_folders("", "*")
        ]

    def _below(self, prefix: str) -> list[_Listed]:
        """The folder of that name, and what is beneath it."""
        top = self._client.list_folders("", "")
        separator = top[0][1].decode("ascii", "replace") if top and top[0][1] else "/"
        person, at, domain = prefix.partition("@")
        if separator == "." and "." in person.partition(".")[2]:
            # Cyrus writes a dot within a name so where dots part the levels
            head, _, tail = person.partition(".")
            person = f"{head}.{tail.replace('.', '^')}"
        end = at + domain
        patterns = [f"{person}{end}", f"{person}{end}{separator}*"]
        if end:  # Cyrus writes the domain behind the folder: user/ada/Junk@example.org
            patterns.append(f"{person}{separator}*{end}")
        found: dict[str, _Listed] = {}
        for pattern in patterns:
            for flags, _, name in self._client.list_folders("", pattern):
                own = str(name)
                short = own.replace(end, "", 1).removeprefix(person).strip(separator)
                found[own] = (flags, own, short)
        return list(found.values())

    def _of_others(self) -> tuple[str, ...]:
        """Where other people's and public folders begin (RFC 2342)."""
        if "NAMESPACE" not in self.capabilities:
            return ()
        told = self._client.namespace()
        places = [*(told.other or ()), *(told.shared or ())]
        return tuple(str(prefix) for prefix, _ in places if prefix)

    def find(self, folder: str, wanted: Sequence[Wanted]) -> tuple[dict[int, bool], bool]:
        r"""Which of these mails lie there, with their \Seen; and whether all was looked at.

        First by Message-ID. Some servers do not find what is there, and some services
        replace the Message-ID: what is left is looked for among the mail from its sender.
        """
        with self._doing(f'looking into folder "{folder}"'):
            self._client.select_folder(folder, readonly=True)
        since = min(one.since for one in wanted).date() - timedelta(days=1)
        found: dict[int, bool] = {}
        complete = True
        by_id = [("HEADER", "Message-ID", one.message_id) for one in wanted]
        for keys in _chunks(by_id):
            complete &= self._among(keys, since, wanted, found)
        left = [one for one in wanted if one.delivery_id not in found]
        senders = sorted({one.sender for one in left if _ID.fullmatch(one.sender)})
        for keys in _chunks([("FROM", sender) for sender in senders]):
            complete &= self._among(keys, since, left, found)
        return found, complete

    def _among(
        self,
        keys: Sequence[tuple[str, ...]],
        since: date,
        wanted: Sequence[Wanted],
        found: dict[int, bool],
    ) -> bool:
        with self._doing("looking for mail"):
            uids = sorted(int(one) for one in self._client.search(["SINCE", since, *_or(keys)]))
        newest = uids[-_CANDIDATES:]
        shown = 0
        for start in range(0, len(newest), _FETCHED):
            with self._doing("fetching headers"):
                told = self._client.fetch(
                    newest[start : start + _FETCHED],
                    [f"BODY.PEEK[{_HEADER}]<0.{_OCTETS}>", "FLAGS"],
                )
            shown += sum(_recognize(items, wanted, found) for items in told.values())
        # what is not shown may be ours, unless somebody has just deleted it
        return shown >= len(uids)


def _recognize(
    items: Mapping[bytes, Any], wanted: Sequence[Wanted], found: dict[int, bool]
) -> bool:
    """Whether its header was shown at all."""
    header = next((items[name] for name in items if name.startswith(b"BODY[HEADER")), None)
    if not isinstance(header, bytes):
        return False
    fields = parse_headers(header[:_OCTETS].decode("latin-1").replace("\r\n", "\n"))
    own = fields.header("message-id").strip("<> \t")
    marks = fields.header("x-landed-id").lower().split()
    references = fields.header("references").lower()
    for one in wanted:
        # an answer names us in References too, but has no mark of its own
        renamed = one.mark in marks and one.mark in references
        # several recipients may share a Message-ID; a mark, where it was left, tells them apart
        # (it may be of a key that is no longer current)
        others = [mark for mark in map(as_mark, marks) if mark]
        if others and all(claimed_id(mark) != one.delivery_id for mark in others):
            continue
        if own == one.message_id or renamed:
            flags = items.get(b"FLAGS") or ()
            found[one.delivery_id] = any(flag.lower() == rb"\seen" for flag in flags)
    return True


def _or(keys: Sequence[tuple[str, ...]]) -> list[str]:
    """Any of these (RFC 3501 6.4.4: OR takes two)."""
    words: list[str] = []
    for key in keys[:-1]:
        words += ["OR", *key]
    return [*words, *keys[-1]]


def _chunks(keys: Sequence[tuple[str, ...]]) -> Iterable[Sequence[tuple[str, ...]]]:
    return (keys[start : start + _CHAIN] for start in range(0, len(keys), _CHAIN))


def _filled(template: str, mailbox: str) -> str:
    """The template with the mailbox's own name in it. Raises MailboxError.

    An address that holds what parts names at the server could name another mailbox.
    """
    if "{" not in template:
        return template
    local, _, domain = mailbox.rpartition("@")
    if not local or not _PLAIN.fullmatch(mailbox):
        raise MailboxError(f"{mailbox!r} cannot be the name of a mailbox and is not asked")
    values = {"address": mailbox, "local": local, "domain": domain}
    return re.sub(r"\{(address|local|domain)\}", lambda found: values[found[1]], template)
