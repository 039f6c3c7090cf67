"""Asking by HTTPS: pages, throttling, tokens that ended, refusals; against recorded answers."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from agent.asking import web as module
from agent.asking.connector import AskingError, MailboxError, Pace, Stopped
from agent.asking.web import NotThere, Web
from agent.login.tokens import TokenError

BASE = "https://api.example"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORD = "very-secret-token"


class Tokens:
    """Gives one token until it is asked to renew it."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self) -> str:
        return f"{WORD}-{self.number}"

    def renew(self) -> str:
        self.number += 1
        return self()


class Waits(threading.Event):
    """An event that is never set, and remembers how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self.waited.append(timeout)
        return self.is_set()


@pytest.fixture
def played() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def web(tokens: Tokens) -> Web:
    return Web("far", BASE, tokens, Pace(60_000), "ask for the permission", now=lambda: NOW)


def get(web: Web, stop: threading.Event | None = None) -> Any:
    return web.get("/x", {"a": "b c"}, stop or Waits())


def test_it_asks_with_the_token_and_reads_json(web: Web, played: responses.RequestsMock) -> None:
    played.get(f"{BASE}/x?a=b+c", json={"value": [1]})
    assert get(web) == {"value": [1]}
    assert played.calls[0].request.headers["Authorization"] == f"Bearer {WORD}-1"
    assert WORD not in repr(web)


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        ("7", 7.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:30 GMT", 0.0),
        ("999999", 300.0),
        ("soon", 5.0),
        ("-3", 5.0),
    ],
)
def test_throttling_waits_as_long_as_it_is_asked_to(
    web: Web, played: responses.RequestsMock, told: str, waited: float
) -> None:
    played.get(f"{BASE}/x", status=429, headers={"Retry-After": told})
    played.get(f"{BASE}/x", json={})
    stop = Waits()
    assert get(web, stop) == {}
    assert [one for one in stop.waited if one >= 1] == ([waited] if waited else [])


def test_throttling_that_does_not_end_is_an_error_that_names_the_wait(
    web: Web, played: responses.RequestsMock
) -> None:
    played.get(f"{BASE}/x", status=429, headers={"Retry-After": "60"})
    with pytest.raises(AskingError, match="asked too often") as caught:
        get(web)
    assert caught.value.retry_after == timedelta(seconds=60)
    assert len(played.calls) == 4


def test_googles_quota_comes_as_403_and_is_waited_for(
    web: Web, played: responses.RequestsMock
) -> None:
    reasons = {"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}}
    played.get(f"{BASE}/x", status=403, json=reasons)
    played.get(f"{BASE}/x", status=503)
    played.get(f"{BASE}/x", json={"ok": True})
    stop = Waits()
    assert get(web, stop) == {"ok": True}
    assert [one for one in stop.waited if one >= 1] == [5.0, 10.0]


def test_an_expired_token_is_renewed_once(
    web: Web, tokens: Tokens, played: responses.RequestsMock
) -> None:
    gone = {"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation"}}
    played.get(f"{BASE}/x", status=401, json=gone)
    played.get(f"{BASE}/x", json={"ok": True})
    assert get(web) == {"ok": True}
    assert played.calls[1].request.headers["Authorization"] == f"Bearer {WORD}-2"
    played.get(f"{BASE}/x", status=401, json=gone)
    played.reset()
    played.get(f"{BASE}/x", status=401, json=gone)
    with pytest.raises(AskingError, match=r"Lifetime validation.*ask for the permission"):
        get(web)
    assert tokens.number == 3


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (403, AskingError, "does not let us ask .*Access is denied.*: ask for the permission"),
        (404, NotThere, "knows no such mailbox"),
        (400, MailboxError, "cannot answer for this mailbox"),
        (418, AskingError, "answered 418"),
        (302, AskingError, "answered 302"),
    ],
)
def test_refusals_in_words(
    web: Web,
    played: responses.RequestsMock,
    code: int,
    kind: type[AskingError],
    words: str,
) -> None:
    told = {"error": {"code": "Denied", "message": "Access is denied\r\n\x1b[31m" + "x" * 5000}}
    played.get(f"{BASE}/x", status=code, json=told)
    with pytest.raises(kind, match=words) as caught:
        get(web)
    assert type(caught.value) is kind
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert WORD not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN'], ids=lambda one: one[:5]
)
def test_answers_without_sense(web: Web, played: responses.RequestsMock, body: bytes) -> None:
    played.get(f"{BASE}/x", body=body)
    with pytest.raises(AskingError, match="makes no sense"):
        get(web)


def test_an_answer_without_end_is_cut(
    web: Web, played: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_OCTETS", 1000)
    played.get(f"{BASE}/x", body=b"x" * 1001)
    with pytest.raises(AskingError, match="larger or slower"):
        get(web)


def test_no_line_no_token_and_a_stop(web: Web, played: responses.RequestsMock) -> None:
    played.get(f"{BASE}/x", body=requests.ConnectionError(f"with {WORD}"))
    with pytest.raises(AskingError, match="cannot be reached") as caught:
        get(web)
    assert WORD not in str(caught.value)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        get(web, stopped)

    def none() -> str:
        raise TokenError('login "m" got no token')

    web.token = none
    with pytest.raises(AskingError, match='asking "far": login "m" got no token'):
        get(web)


def _following(page: Any) -> tuple[str, dict[str, str]]:
    return str(page.get("next", "")), {}


def all_pages(web: Web, following: Callable[..., Any] = _following) -> list[Any]:
    return list(web.pages("/x", {"a": "b"}, Waits(), following))


def test_pages_are_followed_at_the_same_host_only(web: Web, played: responses.RequestsMock) -> None:
    played.get(f"{BASE}/x?a=b", json={"n": 1, "next": f"{BASE}/x?page=2"})
    played.get(f"{BASE}/x?page=2", json={"n": 2})
    assert [page["n"] for page in all_pages(web)] == [1, 2]
    for elsewhere in ("https://evil.example/x", "http://api.example/x", "/x", "file:///etc/passwd"):
        played.reset()
        played.get(f"{BASE}/x?a=b", json={"next": elsewhere})
        with pytest.raises(AskingError, match="leads to another host"):
            all_pages(web)


def test_pages_that_never_end_do(
    web: Web, played: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGES", 3)
    played.get(f"{BASE}/x", json={"next": f"{BASE}/x"})
    with pytest.raises(AskingError, match="more than 3 pages"):
        all_pages(web)
