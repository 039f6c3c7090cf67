"""Asking Google Workspace: Gmail's log, by the Reports API of the Admin SDK.

Owns the question and what each event means. Source: developers.google.com, "Gmail audit
activity events" (activities.list, applicationName=gmail): both ends of the span must be
given, thirty days apart at most. The log tells what happened, not what is: a mail that it
does not know may not have been logged yet.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from agent.asking.connector import Look, Pace, Sighting, Wanted
from agent.asking.web import Answer, Web
from store.words import Assurance, FactKind

__all__ = ["Google"]

_SPAN = timedelta(days=30)
_EARLIER = timedelta(hours=1)  # their clock may be behind ours
_LAG = timedelta(hours=3)
_PAGE = "1000"
_DEPTH = 6
_MOST = 2_000  # parameters of one event
# event_info.mail_event_type
_RECEIVED, _SPAM, _QUARANTINED, _RELEASED, _OPENED, _REPLIED, _TO_INBOX = 2, 4, 5, 6, 7, 9, 12


class Google:
    """A Connector to the mailboxes of one Workspace."""

    lag = _LAG

    def __init__(self, name: str, pace: Pace, web: Web) -> None:
        self.name = name
        self._pace = pace
        self._web = web

    def look(
        self, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> Look:
        """See Connector. One question for each mail: only events of our own are read."""
        self._pace.wait(stop)
        sightings: list[Sighting] = []
        for one in wanted:
            events = sorted(self._events(mailbox, one, now, stop), key=lambda event: event[:2])
            sightings += self._told(one, events)
        absent = f'Gmail\'s log knows no arrival by asking "{self.name}"'
        return Look(tuple(sightings), now - _LAG, absent)

    def check(self, mailbox: str, now: datetime) -> str:
        """See Connector: asks for one event of the last five minutes."""
        span = _span(now - timedelta(minutes=5), now)
        try:
            self._web.get(_path(mailbox or "all"), {**span, "maxResults": "1"}, threading.Event())
        finally:
            self.close()
        return "Gmail's log answers"

    def close(self) -> None:
        """See Connector."""
        self._web.close()

    def _events(
        self, mailbox: str, wanted: Wanted, now: datetime, stop: threading.Event
    ) -> Iterator[tuple[datetime, int, Mapping[str, Any]]]:
        name = f"<{wanted.message_id}>"
        asked = {
            **_span(max(wanted.since - _EARLIER, now - _SPAN), now),
            "eventName": "delivery",
            "filters": f"message_info.rfc2822_message_id=={name}",
            "maxResults": _PAGE,
        }

        def following(answer: Answer) -> tuple[str, Mapping[str, str]]:
            page = answer.get("nextPageToken")
            if not page:
                return "", {}
            return f"{self._web.base}{_path(mailbox)}", {**asked, "pageToken": str(page)}

        for page in self._web.pages(_path(mailbox), asked, stop, following):
            for activity in _dicts(page.get("items")):
                at = _moment(activity) or now
                for event in _dicts(activity.get("events")):
                    values: dict[str, Any] = {}
                    _flatten(event.get("parameters"), "", values, _DEPTH)
                    if values.get("message_info.rfc2822_message_id") == name:
                        yield at, _number(values.get("event_info.mail_event_type")), values

    def _told(
        self, wanted: Wanted, events: Sequence[tuple[datetime, int, Mapping[str, Any]]]
    ) -> Iterator[Sighting]:
        """Where it lies after all of that, and what was done with it."""
        lies: Sighting | None = None
        done: dict[FactKind, Sighting] = {}

        def seen(kind: FactKind, at: datetime, words: str) -> Sighting:
            claims = kind in {FactKind.READ, FactKind.REPLIED}
            assurance = Assurance.CLAIM if claims else Assurance.PROOF
            return Sighting(
                wanted.delivery_id, kind, at, f'{words}, by the log of "{self.name}"', assurance
            )

        for at, number, values in events:
            if number == _RECEIVED and values.get("event_info.success") is False:
                lies = lies or seen(FactKind.FAILED, at, "turned away on arrival")
            elif number == _RECEIVED and values.get("message_info.is_spam") is True:
                lies = seen(FactKind.JUNK, at, "received as spam")
            elif number == _RECEIVED:
                lies = seen(FactKind.INBOX, at, "received")
            elif number == _SPAM:
                lies = seen(FactKind.JUNK, at, "flagged as spam")
            elif number == _QUARANTINED:
                lies = seen(FactKind.QUARANTINED, at, "quarantined")
            elif number in {_RELEASED, _TO_INBOX}:
                lies = seen(FactKind.INBOX, at, "moved to the inbox")
            elif number == _OPENED:
                done.setdefault(FactKind.READ, seen(FactKind.READ, at, "opened for the first time"))
            elif number == _REPLIED:
                done.setdefault(FactKind.REPLIED, seen(FactKind.REPLIED, at, "replied to"))
        if lies is not None:
            yield lies
        yield from done.values()


def _path(mailbox: str) -> str:
    return f"/admin/reports/v1/activity/users/{quote(mailbox, safe='')}/applications/gmail"


def _span(start: datetime, end: datetime) -> dict[str, str]:
    first, last = (f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for one in (start, end))
    return {"startTime": first, "endTime": last}


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _flatten(listed: object, prefix: str, values: dict[str, Any], depth: int) -> None:
    """Nested parameters by their full names; the first of each counts."""
    for one in _dicts(listed):
        if len(values) >= _MOST or depth == 0:
            return
        name = f"{prefix}{one.get('name', '')}"
        nested = one.get("messageValue")
        if isinstance(nested, dict):
            _flatten(nested.get("parameter"), f"{name}.", values, depth - 1)
            continue
        for key in ("value", "intValue", "boolValue"):
            if key in one:
                values.setdefault(name, one[key])


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _moment(activity: Mapping[str, Any]) -> datetime | None:
    told = activity.get("id")
    try:
        moment = datetime.fromisoformat(str(told.get("time") if isinstance(told, dict) else ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
