"""Asking Google Workspace's Gmail log, against recorded answers."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from responses import matchers

from agent.asking.connector import AskingError, Look, Pace, Wanted
from agent.asking.google import Google
from agent.asking.web import Web
from store.words import Assurance, FactKind

BASE = "https://admin.example"
LOG = f"{BASE}/admin/reports/v1/activity/users/anna%40people.test/applications/gmail"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
K = FactKind


@pytest.fixture
def reports() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connector() -> Google:
    web = Web("ws", BASE, lambda: "token", Pace(60_000), "delegate it", now=lambda: NOW)
    return Google("ws", Pace(60_000), web)


def look(*ids: str, days: float = 1) -> Look:
    since = NOW - timedelta(days=days)
    wanted = [Wanted(n, one, "mark", "ops@x.example", since) for n, one in enumerate(ids, 1)]
    return connector().look("anna@people.test", wanted, NOW, threading.Event())


def happened(kind: int, minute: int = 0, name: str = "a@x", **info: Any) -> dict[str, Any]:
    def nested(title: str, *parameters: dict[str, Any]) -> dict[str, Any]:
        return {"name": title, "messageValue": {"parameter": list(parameters)}}

    event_info = [{"name": "mail_event_type", "intValue": str(kind)}]
    if "success" in info:
        event_info.append({"name": "success", "boolValue": info["success"]})
    message_info = [{"name": "rfc2822_message_id", "value": f"<{name}>"}]
    if "is_spam" in info:
        message_info.append({"name": "is_spam", "boolValue": info["is_spam"]})
    return {
        "id": {"time": f"2026-03-01T10:{minute:02}:00.000Z", "applicationName": "gmail"},
        "actor": {"email": "anna@people.test"},
        "events": [
            {
                "name": "delivery",
                "type": "delivery_type",
                "parameters": [
                    nested("event_info", *event_info),
                    nested("message_info", *message_info),
                ],
            }
        ],
    }


def kinds(found: Look) -> list[tuple[int, FactKind]]:
    return [(one.delivery_id, one.kind) for one in found.sightings]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([happened(2)], [K.INBOX]),
        ([happened(2, is_spam=True)], [K.JUNK]),
        ([happened(2, success=False)], [K.FAILED]),
        ([happened(4, 5), happened(2, 1)], [K.JUNK]),
        ([happened(5)], [K.QUARANTINED]),
        ([happened(5, 1), happened(6, 2)], [K.INBOX]),
        ([happened(2, 1), happened(4, 2), happened(12, 3)], [K.INBOX]),
        ([happened(2, 1), happened(7, 2), happened(7, 3)], [K.INBOX, K.READ]),
        ([happened(2, 1), happened(7, 2), happened(9, 3)], [K.INBOX, K.READ, K.REPLIED]),
        ([happened(1), happened(3), happened(13), happened(0)], []),
        ([happened(2, name="other@x")], []),
    ],
)
def test_what_the_log_says(
    reports: responses.RequestsMock, events: list[dict[str, Any]], expected: list[FactKind]
) -> None:
    reports.get(LOG, json={"items": events})
    found = look("a@x")
    assert [one.kind for one in found.sightings] == expected
    claims = [one.kind for one in found.sightings if one.assurance is Assurance.CLAIM]
    assert claims == [one for one in expected if one in (K.READ, K.REPLIED)]


def test_one_question_for_each_mail_with_both_ends_of_the_span(
    reports: responses.RequestsMock,
) -> None:
    asked = {
        "startTime": "2026-02-28T11:00:00Z",
        "endTime": "2026-03-01T12:00:00Z",
        "eventName": "delivery",
        "maxResults": "1000",
    }
    for name in ("a@x", "b@x"):
        filters = {"filters": f"message_info.rfc2822_message_id==<{name}>"}
        reports.get(
            LOG,
            json={"items": [happened(2, 7, name=name)]},
            match=[matchers.query_param_matcher({**asked, **filters})],
        )
    found = look("a@x", "b@x")
    assert kinds(found) == [(1, K.INBOX), (2, K.INBOX)]
    assert found.sightings[0].at == datetime(2026, 3, 1, 10, 7, tzinfo=UTC)
    assert found.through == NOW - timedelta(hours=3), "the log is late"
    assert len(reports.calls) == 2


def test_pages_are_followed_and_the_span_is_thirty_days_at_most(
    reports: responses.RequestsMock,
) -> None:
    reports.get(LOG, json={"items": [happened(2, 1)], "nextPageToken": "p2"})
    reports.get(LOG, json={"items": [happened(4, 2)]})
    assert kinds(look("a@x", days=80)) == [(1, K.JUNK)]
    first, second = (call.request.params for call in reports.calls)  # type: ignore[attr-defined]
    assert first["startTime"] == "2026-01-30T12:00:00Z"
    assert (second["pageToken"], second["endTime"]) == ("p2", first["endTime"])


def test_a_missing_permission_says_what_to_do(reports: responses.RequestsMock) -> None:
    told = {"error": {"code": 403, "message": "Insufficient Permission", "errors": [{}]}}
    reports.get(LOG, status=403, json=told)
    with pytest.raises(AskingError, match=r"Insufficient Permission.*delegate it"):
        look("a@x")


@pytest.mark.parametrize(
    "items",
    [
        None,
        7,
        [None, {}],
        [{"events": 3}],
        [{"id": {"time": "x"}, "events": [{"parameters": [{"name": 1}]}]}],
        [{"id": 1, "events": [{"parameters": [{"messageValue": {"parameter": "x"}}]}]}],
    ],
)
def test_answers_of_any_shape_are_no_error(reports: responses.RequestsMock, items: object) -> None:
    reports.get(LOG, json={"items": items})
    assert kinds(look("a@x")) == []


def test_parameters_without_end_are_cut(reports: responses.RequestsMock) -> None:
    deep: dict[str, Any] = {"name": "x", "value": "y"}
    for _ in range(100):
        deep = {"name": "n", "messageValue": {"parameter": [deep]}}
    wide = [{"name": str(n), "value": "x"} for n in range(5000)]
    reports.get(LOG, json={"items": [{"events": [{"parameters": [deep, *wide]}]}]})
    assert kinds(look("a@x")) == []


def test_the_check_asks_for_one_event(reports: responses.RequestsMock) -> None:
    reports.get(LOG, json={})
    assert connector().check("anna@people.test", NOW) == "Gmail's log answers"
    (call,) = reports.calls
    assert call.request.params["maxResults"] == "1"  # type: ignore[attr-defined]
