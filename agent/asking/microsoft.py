"""Asking Microsoft 365 by Graph: the mailbox itself, then the message trace.

Owns the two questions and what their answers mean. Sources: learn.microsoft.com, Graph
v1.0: "List messages" (Mail.ReadBasic.All), "List messageTraces"
(ExchangeMessageTrace.Read.All). The mailbox tells folder and read mark at once; the trace
tells quarantine and failure, some time later, for at most ninety days back.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from agent.asking.connector import Look, Pace, Sighting, Wanted
from agent.asking.web import Answer, NotThere, Web
from store.words import FactKind

__all__ = ["Microsoft"]

_TRACES = "/admin/exchange/tracing/messageTraces"
_CHAIN = 10  # Message-IDs in one filter
_SPAN = timedelta(days=10)  # the longest that one question to the trace may cover
_BACK = timedelta(days=89)
_EARLIER = timedelta(hours=1)  # their clock may be behind ours
_LAG = timedelta(hours=1)
_PAGE = "1000"
_STATUS = {
    "delivered": (FactKind.INBOX, "delivered to the mailbox"),
    "filteredasspam": (FactKind.JUNK, "filtered as spam"),
    "quarantined": (FactKind.QUARANTINED, "quarantined"),
    "failed": (FactKind.FAILED, "failed"),
    "expanded": (FactKind.EXPANDED, "expanded to the members of a group"),
}
_JUNK = "junkemail"
_SKIPPED = ("sentitems", "drafts")  # what the recipient sends is no arrival


class Microsoft:
    """A Connector to the mailboxes of one tenant. mailbox, trace: which questions are asked.

    Each has a pace of its own: the trace allows far fewer requests than mailboxes do.
    """

    def __init__(self, name: str, pace: Pace, *, mailbox: Web | None, trace: Web | None) -> None:
        self.name = name
        self.lag = _LAG if mailbox is None else timedelta()
        self._pace = pace
        self._mailbox = mailbox
        self._trace = trace

    def look(
        self, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> Look:
        """See Connector."""
        self._pace.wait(stop)
        sightings: list[Sighting] = []
        through: datetime | None = None
        if self._mailbox is not None:
            try:
                sightings += self._in_mailbox(self._mailbox, mailbox, wanted, now, stop)
                through = now
            except NotThere:
                if self._trace is None:  # an alias or a group has traces and no mailbox
                    raise
        found = {one.delivery_id for one in sightings}
        left = [one for one in wanted if one.delivery_id not in found]
        if self._trace is not None and left:
            traced, whole = self._in_trace(self._trace, mailbox, left, now, stop)
            sightings += traced
            through = through or (now - _LAG if whole else None)
        traced_only = "the message trace does not know it"
        what = traced_only if self._mailbox is None else "no folder holds it"
        return Look(tuple(sightings), through, f'{what} by asking "{self.name}"')

    def check(self, mailbox: str, now: datetime) -> str:
        """See Connector: lists one message, and one trace."""
        stop, well = threading.Event(), []
        try:
            if self._trace is not None:
                since = {"$filter": _between(now - timedelta(minutes=5), now), "$top": "1"}
                self._trace.get(_TRACES, since, stop)
                well.append("the message trace answers")
            if self._mailbox is not None and mailbox:
                self._mailbox.get(_messages(mailbox), {"$select": "id", "$top": "1"}, stop)
                well.append(f"the mailbox of {mailbox} opens")
            elif self._mailbox is not None:
                well.append("mailboxes were not tried: no recipient there is known yet")
        finally:
            self.close()
        return "; ".join(well)

    def close(self) -> None:
        """See Connector."""
        for web in (self._mailbox, self._trace):
            if web is not None:
                web.close()

    def _in_mailbox(
        self,
        web: Web,
        mailbox: str,
        wanted: Sequence[Wanted],
        now: datetime,
        stop: threading.Event,
    ) -> Iterator[Sighting]:
        known = {f"<{one.message_id}>": one.delivery_id for one in wanted}
        names = list(known)
        lying: dict[int, tuple[str, bool]] = {}
        places: dict[str, str] = {}
        for start in range(0, len(names), _CHAIN):
            chain = " or ".join(
                f"internetMessageId eq {_quoted(one)}" for one in names[start : start + _CHAIN]
            )
            asked = {
                "$filter": chain,
                "$select": "internetMessageId,isRead,parentFolderId",
                "$top": "100",
            }
            for page in web.pages(_messages(mailbox), asked, stop, _next_link):
                for one in _items(page, "value"):
                    number = known.get(str(one.get("internetMessageId", "")))
                    if number is None:
                        continue
                    places = places or self._places(web, mailbox, stop)
                    place = places.get(str(one.get("parentFolderId", "")), "")
                    # of two copies the one that is not in Junk counts
                    if place not in _SKIPPED and lying.get(number, (_JUNK,))[0] == _JUNK:
                        lying[number] = (place, one.get("isRead") is True)
        for number, (place, is_read) in lying.items():
            yield from self._lies(number, place, now, is_read=is_read)

    def _lies(self, number: int, place: str, now: datetime, *, is_read: bool) -> Iterator[Sighting]:
        where = {"inbox": "INBOX", _JUNK: "Junk"}.get(place, "another folder")
        kind = FactKind.JUNK if place == _JUNK else FactKind.INBOX
        yield Sighting(number, kind, now, f'found in {where} by asking "{self.name}"')
        # in Junk the mark is mostly that of "mark all as read"
        if is_read and kind is FactKind.INBOX:
            yield Sighting(
                number, FactKind.READ, now, f'marked as read in {where} by asking "{self.name}"'
            )

    def _places(self, web: Web, mailbox: str, stop: threading.Event) -> dict[str, str]:
        """The folders with a meaning, by id: their shown names are in the owner's language.

        Asked for each time, since a mailbox that was moved has others.
        """
        found = {"": ""}
        for name in ("inbox", _JUNK, *_SKIPPED):
            try:
                told = web.get(
                    f"/users/{quote(mailbox, safe='')}/mailFolders/{name}", {"$select": "id"}, stop
                )
            except NotThere:
                if name == _JUNK:  # what lies there would pass for arrived
                    raise
                continue
            found[str(told.get("id", ""))] = name
        return found

    def _in_trace(
        self, web: Web, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> tuple[list[Sighting], bool]:
        """What the trace tells, and whether it has come to an end with all that it knows."""
        known = {f"<{one.message_id}>": one.delivery_id for one in wanted}
        newest: dict[int, tuple[datetime, str]] = {}
        start = max(min(one.since for one in wanted) - _EARLIER, now - _BACK)
        while start < now:
            end = min(start + _SPAN, now)
            spanned = f"{_between(start, end)} and recipientAddress eq {_quoted(mailbox)}"
            asked = {"$filter": spanned, "$top": _PAGE}
            pages = web.pages(_TRACES, asked, stop, _next_link)
            for page in pages:
                for one in _items(page, "value"):
                    number = known.get(_bracketed(one.get("messageId")))
                    if number is None or not _same(one.get("recipientAddress"), mailbox):
                        continue
                    at = _moment(one.get("receivedDateTime")) or start
                    if number not in newest or at >= newest[number][0]:
                        newest[number] = at, str(one.get("status", ""))
            start = end
        told = {number: _STATUS.get(status.lower()) for number, (_, status) in newest.items()}
        sightings = [
            Sighting(number, said[0], now, f'{said[1]}, by the trace of "{self.name}"')
            for number, said in told.items()
            if said is not None
        ]
        # pending, or a word that is new to us: nothing is known yet
        return sightings, len(sightings) == len(told)


def _messages(mailbox: str) -> str:
    return f"/users/{quote(mailbox, safe='')}/messages"


def _quoted(text: str) -> str:
    """A string of OData: a quote within is doubled."""
    return "'" + text.replace("'", "''") + "'"


def _between(start: datetime, end: datetime) -> str:
    first, last = (f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for one in (start, end))
    return f"receivedDateTime ge {first} and receivedDateTime le {last}"


def _next_link(answer: Answer) -> tuple[str, Mapping[str, str]]:
    return str(answer.get("@odata.nextLink") or ""), {}


def _items(page: Answer, name: str) -> list[Mapping[str, Any]]:
    listed = page.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _bracketed(value: object) -> str:
    text = str(value or "").strip()
    return text if text.startswith("<") else f"<{text}>"


def _same(value: object, mailbox: str) -> bool:
    return str(value or "").casefold() == mailbox.casefold()


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
