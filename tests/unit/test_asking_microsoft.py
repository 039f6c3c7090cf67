"""Asking Microsoft 365: the mailbox, then the trace, against recorded answers."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from agent.asking.connector import AskingError, Look, MailboxError, Pace, Wanted
from agent.asking.microsoft import Microsoft
from agent.asking.web import Web
from store.words import FactKind

BASE = "https://graph.example/v1.0"
ANNA = "anna@people.test"
USER = f"{BASE}/users/anna%40people.test"
TRACES = f"{BASE}/admin/exchange/tracing/messageTraces"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
K = FactKind


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for name in ("inbox", "junkemail", "sentitems", "drafts"):
            mock.get(f"{USER}/mailFolders/{name}", json={"id": f"id-{name}"})
        yield mock


def connector(*, mailbox: bool = True, trace: bool = True) -> Microsoft:
    web = Web("m365", BASE, lambda: "token", Pace(60_000), "grant it", now=lambda: NOW)
    return Microsoft(
        "m365", Pace(60_000), mailbox=web if mailbox else None, trace=web if trace else None
    )


def look(*ids: str, days: float = 1, **sources: bool) -> Look:
    since = NOW - timedelta(days=days)
    wanted = [Wanted(n, one, "mark", "ops@x.example", since) for n, one in enumerate(ids, 1)]
    return connector(**sources).look(ANNA, wanted, NOW, threading.Event())


def message(name: str, folder: str = "inbox", *, is_read: bool = False) -> dict[str, Any]:
    return {
        "internetMessageId": f"<{name}>",
        "parentFolderId": f"id-{folder}",
        "isRead": is_read,
    }


def trace(name: str, status: str, minute: int = 0, to: str = ANNA) -> dict[str, Any]:
    return {
        "messageId": f"<{name}>",
        "recipientAddress": to,
        "status": status,
        "receivedDateTime": f"2026-03-01T10:{minute:02}:00Z",
    }


def kinds(found: Look) -> list[tuple[int, FactKind]]:
    return [(one.delivery_id, one.kind) for one in found.sightings]


def asked(graph: responses.RequestsMock, where: str) -> list[str]:
    found = [call.request for call in graph.calls if str(call.request.url).startswith(where)]
    return [str(one.params.get("$filter", "")) for one in found]  # type: ignore[attr-defined]


def values(*items: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"value": list(items), **more}


def test_folder_and_read_mark(graph: responses.RequestsMock) -> None:
    graph.get(
        f"{USER}/messages",
        json=values(
            message("a@x", is_read=True),
            message("b@x", "junkemail", is_read=True),
            message("c@x", "projects"),
            message("d@x", "sentitems"),
            message("other@x"),
        ),
    )
    found = look("a@x", "b@x", "c@x", "d@x", trace=False)
    assert kinds(found) == [(1, K.INBOX), (1, K.READ), (2, K.JUNK), (3, K.INBOX)]
    assert found.through == NOW
    assert found.sightings[0].detail == 'found in INBOX by asking "m365"'
    (first,) = asked(graph, f"{USER}/messages")
    assert first.startswith("internetMessageId eq '<a@x>' or internetMessageId eq '<b@x>'")


def test_of_two_copies_the_one_outside_junk_counts(graph: responses.RequestsMock) -> None:
    copies = [message("a@x", "junkemail"), message("a@x", "projects"), message("a@x", "junkemail")]
    graph.get(f"{USER}/messages", json=values(*copies))
    found = look("a@x", trace=False)
    assert kinds(found) == [(1, K.INBOX)]
    assert "another folder" in found.sightings[0].detail


def test_without_knowing_junk_nothing_is_said_to_have_arrived(
    graph: responses.RequestsMock,
) -> None:
    graph.get(f"{USER}/messages", json=values(message("a@x", "junkemail")))
    graph.replace(responses.GET, f"{USER}/mailFolders/drafts", status=404)
    assert kinds(look("a@x", trace=False)) == [(1, K.JUNK)]
    graph.replace(responses.GET, f"{USER}/mailFolders/junkemail", status=404)
    with pytest.raises(MailboxError):
        look("a@x", trace=False)


def play(graph: responses.RequestsMock, where: str, pages: dict[str, tuple[int, Any]]) -> None:
    """Answers by the token of the page that is asked for, "" for the first one."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        code, told = pages[request.params.get("$skiptoken", "")]
        return code, {}, json.dumps(told)

    graph.add_callback(responses.GET, where, answer)


def test_many_are_asked_in_chains_and_pages_are_followed(graph: responses.RequestsMock) -> None:
    following = {"@odata.nextLink": f"{USER}/messages?$skiptoken=2"}
    first, second = values(message("0@x"), **following), values(message("1@x"))
    play(graph, f"{USER}/messages", {"": (200, first), "2": (200, second)})
    found = look(*[f"{n}@x" for n in range(25)], trace=False)
    assert kinds(found) == [(1, K.INBOX), (2, K.INBOX)]
    filters = [one for one in asked(graph, f"{USER}/messages") if one]
    assert [one.count(" eq ") for one in filters] == [10, 10, 5]


def test_a_quote_in_an_id_stays_a_quote(graph: responses.RequestsMock) -> None:
    graph.get(f"{USER}/messages", json=values())
    look("o'neill@x", trace=False)
    assert asked(graph, f"{USER}/messages") == ["internetMessageId eq '<o''neill@x>'"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("delivered", [K.INBOX]),
        ("filteredAsSpam", [K.JUNK]),
        ("quarantined", [K.QUARANTINED]),
        ("failed", [K.FAILED]),
        ("expanded", [K.EXPANDED]),
        ("pending", []),
        ("gettingStatus", []),
        ("unknownFutureValue", []),
    ],
)
def test_what_the_trace_says(
    graph: responses.RequestsMock, status: str, expected: list[FactKind]
) -> None:
    graph.get(TRACES, json=values(trace("a@x", status), trace("other@x", "failed")))
    found = look("a@x", mailbox=False)
    assert [one.kind for one in found.sightings] == expected
    # what is pending is not absent
    assert found.through == (NOW - timedelta(hours=1) if expected else None)
    (words,) = asked(graph, TRACES)
    assert words == (
        "receivedDateTime ge 2026-02-28T11:00:00Z and receivedDateTime le 2026-03-01T12:00:00Z "
        "and recipientAddress eq 'anna@people.test'"
    )


def test_the_newest_trace_of_this_recipient_counts(graph: responses.RequestsMock) -> None:
    rows = [
        trace("a@x", "failed", 1),
        trace("a@x", "delivered", 5),
        trace("a@x", "pending", 3),
        trace("a@x", "quarantined", 9, to="ben@people.test"),
    ]
    graph.get(TRACES, json=values(*rows))
    assert kinds(look("a@x", mailbox=False)) == [(1, K.INBOX)]


def test_a_long_span_is_asked_in_pieces_of_ten_days(graph: responses.RequestsMock) -> None:
    graph.get(TRACES, json=values())
    found = look("a@x", days=25, mailbox=False)
    assert found.through is not None
    assert len(asked(graph, TRACES)) == 3
    assert "does not know it" in found.absent


def test_the_trace_is_asked_for_what_the_mailbox_does_not_hold(
    graph: responses.RequestsMock,
) -> None:
    graph.get(f"{USER}/messages", json=values(message("a@x")))
    graph.get(TRACES, json=values(trace("a@x", "failed"), trace("b@x", "quarantined")))
    found = look("a@x", "b@x", "c@x")
    assert kinds(found) == [(1, K.INBOX), (2, K.QUARANTINED)]
    assert found.through == NOW, "the mailbox was seen whole: c is absent"


def test_an_alias_has_no_mailbox_but_a_trace(graph: responses.RequestsMock) -> None:
    graph.get(f"{USER}/messages", status=404, json={"error": {"code": "ErrorInvalidUser"}})
    graph.get(TRACES, json=values(trace("a@x", "delivered")))
    assert kinds(look("a@x")) == [(1, K.INBOX)]
    with pytest.raises(MailboxError, match="no such mailbox"):
        look("a@x", trace=False)


def test_a_failure_on_a_later_page_is_no_answer_at_all(graph: responses.RequestsMock) -> None:
    first = values(trace("a@x", "delivered"), **{"@odata.nextLink": f"{TRACES}?$skiptoken=2"})
    refused = {"error": {"code": "Forbidden", "message": "no"}}
    play(graph, TRACES, {"": (200, first), "2": (403, refused)})
    with pytest.raises(AskingError, match="grant it"):
        look("a@x", mailbox=False)


@pytest.mark.parametrize("listed", [None, "x", [1, None], [{"internetMessageId": {}}], [{}]])
def test_answers_of_any_shape_are_no_error(graph: responses.RequestsMock, listed: object) -> None:
    graph.get(f"{USER}/messages", json={"value": listed})
    graph.get(TRACES, json={"value": listed, "@odata.nextLink": None})
    assert kinds(look("a@x")) == []


def test_the_check_asks_one_thing_of_each(graph: responses.RequestsMock) -> None:
    graph.get(TRACES, json=values())
    graph.get(f"{USER}/messages", json=values())
    told = connector().check(ANNA, NOW)
    assert told == f"the message trace answers; the mailbox of {ANNA} opens"
    assert "not tried" in connector().check("", NOW)
