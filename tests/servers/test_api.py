"""The HTTP API over real sockets: taking on, asking, refusing, and never a token in a log."""

import http.client
import json
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.ingress.api import build
from agent.ingress.credentials import Tokens, add_token, remove_line
from agent.ingress.listener import Place
from agent.ingress.webserver import WebServer
from store.database import Ledger
from store.errors import LedgerBusy
from store.reading import Reader
from tests.plugins.certificates import write_certificates
from tests.plugins.doors import LETTER, a_door, serving
from tests.plugins.storybook import tell_story
from tests.plugins.waiting import until

PARTS: dict[str, Any] = {
    "notice": "k1",
    "recipients": ["Ada <ada@example.com>", "ben@Example.com"],
    "subject": "Hi",
    "text": "Grüße\n",
}


class Site:
    """An API that runs, and a client of it with both scopes."""

    def __init__(self, folder: Path, ledger: Ledger, **limits: int) -> None:
        self.ledger, self.tokens = ledger, folder / "tokens"
        self.door = a_door(ledger, **limits)
        self.token = add_token(self.tokens, "both", ["send", "read"])
        self.app = build(
            self.door, lambda: Reader.open(ledger.url), Tokens(self.tokens), version="1"
        )
        self.url = ""

    def server(
        self, place: Place | None = None, *, requests: int = 20, timeout: float = 30
    ) -> WebServer:
        return WebServer(
            self.app,
            place or Place("127.0.0.1", 0),
            max_bytes=self.door.limits.max_bytes,
            requests=requests,
            timeout=timedelta(seconds=timeout),
        )

    def client(self, token: str | None = None) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token or self.token}"},
            timeout=30,
            trust_env=False,
        )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "landed.db")
    yield opened
    opened.close()


@pytest.fixture
def site(tmp_path: Path, ledger: Ledger) -> Iterator[Site]:
    made = Site(tmp_path, ledger, max_bytes=20_000, max_recipients=100)
    with serving(made.server().run) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def is_problem(response: httpx.Response, status: int, words: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["status"] == status
    assert words in told["detail"]
    return told


def test_a_notice_in_parts_is_owed_and_known_again(site: Site) -> None:
    with site.client() as client:
        first = client.post("/v1/notices", json=PARTS)
        again = client.post("/v1/notices", json=PARTS)
        other = client.post("/v1/notices", json=PARTS | {"text": "other"})
        story = client.get("/v1/notices/k1")
        ids = [one["tracking_id"] for one in first.json()["deliveries"]]
        trace = client.get(f"/v1/deliveries/{ids[0]}")
    assert first.status_code == 201
    assert first.json()["created"] is True
    assert [one["recipient"] for one in first.json()["deliveries"]] == [
        "ada@example.com",
        "ben@example.com",
    ]
    assert again.status_code == 200
    assert [one["tracking_id"] for one in again.json()["deliveries"]] == ids
    assert is_problem(other, 409, "other content")["type"] == "urn:landed:conflict"
    assert story.json()["notice"] == "k1"
    assert {one["tracking_id"] for one in story.json()["deliveries"]} == set(ids)
    assert trace.json()["delivery"]["recipient"] == "ada@example.com"
    assert trace.json()["evidence"][0]["kind"] == "owed"


def test_the_idempotency_key_is_the_key_where_none_is_given(site: Site) -> None:
    bare = {name: value for name, value in PARTS.items() if name != "notice"}
    with site.client() as client:
        mine = client.post("/v1/notices", json=bare, headers={"Idempotency-Key": "i/1 1"})
        both = client.post("/v1/notices", json=PARTS, headers={"Idempotency-Key": "k1"})
        differ = client.post("/v1/notices", json=PARTS, headers={"Idempotency-Key": "k2"})
        none = client.post("/v1/notices", json=bare)
        slash = client.get("/v1/notices/i/1 1")
    assert mine.json()["notice"] == "i/1 1"
    assert both.status_code == 201
    is_problem(differ, 409, "two different keys")
    is_problem(none, 422, "needs a key")
    assert slash.json()["notice"] == "i/1 1"


def test_an_idempotency_key_in_quotes_is_the_same_key(site: Site) -> None:
    bare = {name: value for name, value in PARTS.items() if name != "notice"}
    mail = {"Content-Type": "message/rfc822"}
    with site.client() as client:

        def owed(key: str, **more: str) -> httpx.Response:
            return client.post(
                "/v1/notices", json=bare | more, headers={b"Idempotency-Key": key.encode()}
            )

        first = owed("8e03978e")
        quoted = owed('"8e03978e"')
        beside = owed('"8e03978e"', notice="8e03978e")
        keys = [
            owed(given).json()["notice"]
            for given in (
                '"8e03978e"; v=1',
                r'"a \"b\" \\c"',
                '"Grüße"',
                'a "b"',
                '"half',
                r'"a\b"',
                '"a"b"',
            )
        ]
        letter = client.post(
            "/v1/notices", content=LETTER, headers=mail | {"Idempotency-Key": '"of a letter"'}
        )
        twice = [
            client.post(
                "/v1/notices",
                json=bare,
                headers=[("Idempotency-Key", "8e03978e"), ("Idempotency-Key", other)],
            )
            for other in ('"8e03978e"', "another")
        ]
        empty = [
            owed('""'),
            owed('" "'),
            client.post("/v1/notices", content=LETTER, headers=mail | {"Idempotency-Key": '""'}),
        ]
    assert first.status_code == 201
    assert first.json()["notice"] == "8e03978e"
    assert [one.status_code for one in (quoted, beside)] == [200, 200]
    assert keys == ["8e03978e", r'a "b" \c', "Grüße", 'a "b"', '"half', r'"a\b"', '"a"b"']
    assert letter.json()["notice"] == "of a letter"
    for one in empty:
        is_problem(one, 422, "within its quotes")
    assert twice[0].status_code == 200
    is_problem(twice[1], 409, "with two keys")


def test_a_whole_message(site: Site) -> None:
    mail = {"Content-Type": "message/rfc822; charset=utf-8"}
    with site.client() as client:
        own = client.post("/v1/notices", content=LETTER, headers=mail)
        named = client.post(
            "/v1/notices?to=a@example.com&to=b@example.com&class=alarm",
            content=LETTER,
            headers=mail | {"Idempotency-Key": "named"},
        )
        classes = [
            client.get(f"/v1/notices/{key}").json()["notice_class"]
            for key in ("own@example.org", "named")
        ]
        loop = client.post(
            "/v1/notices", content=b"Received: x\r\nX-Landed-Id: y\r\n" + LETTER, headers=mail
        )
    assert own.json()["notice"] == "own@example.org"
    assert [one["recipient"] for one in own.json()["deliveries"]] == ["someone@example.com"]
    assert len(named.json()["deliveries"]) == 2
    assert classes == ["notice", "alarm"]
    is_problem(loop, 422, "loop")


def test_some_refused_and_all_refused(site: Site) -> None:
    with site.client() as client:
        some = client.post("/v1/notices", json=PARTS | {"recipients": ["a@example.com", "b@@c"]})
        none = client.post("/v1/notices", json=PARTS | {"notice": "x", "recipients": ["b@@c"]})
        injected = client.post("/v1/notices", json=PARTS | {"subject": "x\r\nBcc: y@example.com"})
        many = client.post(
            "/v1/notices", json=PARTS | {"recipients": [f"p{n}@example.com" for n in range(101)]}
        )
    assert some.status_code == 201
    assert [one["address"] for one in some.json()["refused"]] == ["b@@c"]
    assert [one["address"] for one in is_problem(none, 422)["refused"]] == ["b@@c"]
    is_problem(injected, 422, "line end")
    is_problem(many, 422, "more than 100 recipients")


def test_recipients_that_differ_in_capitals_alone_are_warned_of(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    carla = PARTS | {"recipients": ["Carla@Example.com", "carla@example.com", "ada@example.com"]}
    with site.client() as client, caplog.at_level(logging.WARNING):
        both = client.post("/v1/notices", json=carla)
        again = client.post("/v1/notices", json=carla)
        other = client.post("/v1/notices", json=PARTS | {"notice": "k2"})
    assert [one["recipient"] for one in both.json()["deliveries"]] == [
        *("Carla@example.com", "carla@example.com", "ada@example.com")
    ]
    (told,) = both.json()["warnings"]
    assert told.startswith("Carla@example.com and carla@example.com differ only in capital letters")
    assert again.json()["warnings"] == [told]
    assert other.json()["warnings"] == []
    assert [one.getMessage() for one in caplog.records] == ["accepted-with"]


def test_a_batch_is_answered_one_by_one(site: Site) -> None:
    notices = [PARTS | {"notice": f"n{number}"} for number in range(3)]
    bad: list[dict[str, Any]] = [PARTS | {"notice": "x", "recipients": ["b@@c"]}]
    conflict = [PARTS | {"notice": "n0", "text": "other"}]
    with site.client() as client:
        done = client.post("/v1/batches", json={"notices": notices + bad + conflict})
        large = client.post(
            "/v1/batches", json={"notices": [PARTS | {"notice": f"m{n}"} for n in range(60)]}
        )
        only_bad = client.post("/v1/batches", json={"notices": bad})
    assert done.status_code == 200
    answers = done.json()["answers"]
    assert [one["status"] for one in answers] == [201, 201, 201, 422, 409]
    assert answers[1]["accepted"]["notice"] == "n1"
    assert answers[3]["problem"]["refused"][0]["address"] == "b@@c"
    assert "other content" in answers[4]["problem"]["detail"]
    is_problem(large, 422, "a batch has at most 100 recipients")
    assert only_bad.json()["answers"][0]["status"] == 422


def test_a_notice_with_a_mistake_in_its_form_stops_no_other_of_its_batch(site: Site) -> None:
    bare = {name: value for name, value in PARTS.items() if name != "subject"}
    notices = [
        PARTS | {"notice": "n0"},
        bare | {"notice": "n1", "recipients": []},
        5,
        PARTS | {"notice": "n3", "urgent": True},
        PARTS | {"notice": "n4", "headers": [{"name": "X-A", "value": 1}]},
        PARTS | {"notice": "n5"},
    ]
    with site.client() as client:
        done = client.post("/v1/batches", json={"notices": notices})
        missing = client.get("/v1/notices/n1")
        bodies: list[Any] = [
            {"notices": [PARTS], "urgent": True},
            {"notices": []},
            {"notices": [5] * 1001},
            [PARTS],
        ]
        wrong = [client.post("/v1/batches", json=body) for body in bodies]
    assert done.status_code == 200
    answers = done.json()["answers"]
    assert [one["status"] for one in answers] == [201, 422, 422, 422, 422, 201]
    assert [one["accepted"]["notice"] for one in answers if "accepted" in one] == ["n0", "n5"]
    problems = [one["problem"] for one in answers if "problem" in one]
    assert {one["type"] for one in problems} == {"urn:landed:invalid"}
    places = [[told.partition(": ")[0] for told in one["errors"]] for one in problems]
    assert places == [
        ["notices.1.recipients", "notices.1.subject"],
        ["notices.2"],
        ["notices.3.urgent"],
        ["notices.4.headers.0.value"],
    ]
    is_problem(missing, 404)
    for one in wrong:
        is_problem(one, 422, "not as it must be")


def test_gaps_come_in_pages(tmp_path: Path) -> None:
    folder = tmp_path / "story"
    folder.mkdir()
    book = tell_story(folder)
    ledger = Ledger.open(book.ledger)
    made = Site(tmp_path, ledger)
    try:
        with serving(made.server().run) as port:
            made.url = f"http://127.0.0.1:{port}"
            with made.client() as client:
                whole = client.get("/v1/gaps").json()
                paged: list[dict[str, Any]] = []
                query = "?limit=2"
                while True:
                    page = client.get(f"/v1/gaps{query}").json()
                    paged += page["gaps"]
                    if page["next"] is None:
                        break
                    query = f"?limit=2&after={page['next']}"
                kinds = client.get("/v1/gaps?kind=failed&class=invoice&domain=Example.org").json()
                later = client.get("/v1/gaps?since=2030-01-01T00:00:00").json()
                for wrong in ("kind=none", "after=x", "since=soon", "limit=0"):
                    is_problem(client.get(f"/v1/gaps?{wrong}"), 422)
    finally:
        ledger.close()
    assert whole["next"] is None
    assert paged == whole["gaps"]
    assert len(paged) > 5
    assert [one["recipient"] for one in kinds["gaps"]] == ["ben@example.org"]
    assert later == {"gaps": [], "next": None}


def test_who_may_what(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sender, reader = (add_token(site.tokens, name, [name]) for name in ("send", "read"))
    assert sender not in site.tokens.read_text()
    assert site.tokens.stat().st_mode & 0o077 == 0
    with site.client("landed_wrong") as client:
        answer = client.post("/v1/notices", json=PARTS)
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
        is_problem(httpx.get(f"{site.url}/v1/gaps", trust_env=False), 401)
    with site.client(sender) as client:
        assert client.post("/v1/notices", json=PARTS).status_code == 201
        refused = client.get("/v1/notices/k1")
        is_problem(refused, 403, "read")
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        assert remove_line(site.tokens, "send")
        is_problem(client.post("/v1/notices", json=PARTS), 401)
    with site.client(reader) as client:
        assert client.get("/v1/notices/k1").status_code == 200
        is_problem(client.post("/v1/notices", json=PARTS), 403, "send")
        site.tokens.write_text("damaged\n")
        damaged = client.get("/v1/notices/k1")
        is_problem(damaged, 503)
        assert damaged.headers["retry-after"] == "5"
        site.tokens.unlink()
        is_problem(client.get("/v1/notices/k1"), 503)
    assert httpx.get(f"{site.url}/healthz", trust_env=False).json() == {"status": "ok"}
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "accepted" in told
    refused_tokens = [one for one in caplog.records if one.getMessage() == "token-refused"]
    assert len(refused_tokens) == 2, "who gives none has not tried one"
    assert "'client': '127.0.0.1'" in told
    for secret in (site.token, sender, reader):
        assert secret not in told.replace("Authorization", "")


def test_every_error_is_a_problem(site: Site) -> None:
    with site.client() as client:
        is_problem(client.get("/v2"), 404)
        is_problem(client.get("/v1/notices/none"), 404)
        is_problem(client.get("/v1/deliveries/none"), 404)
        is_problem(client.get("/v1/deliveries/aaaaaaaaaaaaa"), 404)
        method = client.delete("/v1/notices")
        is_problem(method, 405)
        assert method.headers["allow"] == "POST"
        is_problem(client.post("/v1/notices", content=b"x"), 415)
        is_problem(
            client.post("/v1/batches", content=LETTER, headers={"Content-Type": "message/rfc822"}),
            415,
        )
        json_type = {"Content-Type": "application/json"}
        is_problem(client.post("/v1/notices", content=b"{", headers=json_type), 400)
        surrogate = client.post(
            "/v1/notices", content=b'{"\\ud800": 1, "\xff": 2}', headers=json_type
        )
        assert surrogate.status_code in {400, 422}
        wrong = is_problem(client.post("/v1/notices", json=PARTS | {"oops": 1, "text": 5}), 422)
        assert len(wrong["errors"]) == 2


def test_what_is_too_large_is_refused_before_it_is_read(site: Site) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(
            b"POST /v1/notices HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n"
            b"Content-Type: application/json\r\n\r\n"
        )
        head = line.recv(4096)
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in head

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    with site.client() as client:
        is_problem(
            client.post(
                "/v1/notices", content=endless(), headers={"Content-Type": "application/json"}
            ),
            413,
            "20000 bytes",
        )


def test_who_sends_too_slowly_is_hung_up_on_and_too_many_wait(
    tmp_path: Path, ledger: Ledger
) -> None:
    made = Site(tmp_path, ledger)
    with serving(made.server(requests=1, timeout=0.5).run) as port:
        made.url = f"http://127.0.0.1:{port}"
        slow = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        slow.putrequest("POST", "/v1/notices")
        for name, value in (
            ("Authorization", f"Bearer {made.token}"),
            ("Content-Type", "application/json"),
            ("Content-Length", "10"),
        ):
            slow.putheader(name, value)
        slow.endheaders(b"{")
        with made.client() as client:
            met = [client.get("/healthz")]
            deadline = time.monotonic() + 60
            while met[-1].status_code != 200 and time.monotonic() < deadline:
                met.append(client.get("/healthz"))
        answer = slow.getresponse()
        assert answer.status == 408
        assert answer.getheader("content-type") == "application/problem+json"
        slow.close()
    assert met[-1].status_code == 200
    assert all(one.status_code in {200, 503} for one in met)


def test_what_goes_wrong_inside_stays_inside(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(error: Exception) -> Callable[..., Any]:
        def work(*_: Any) -> Any:
            raise error

        return work

    with site.client() as client:
        monkeypatch.setattr(site.door, "accept", failing(LedgerBusy("/secret is busy")))
        busy = client.post("/v1/notices", json=PARTS)
        monkeypatch.setattr(site.door, "accept", failing(RuntimeError("/secret")))
        broken = client.post("/v1/notices", json=PARTS)
    is_problem(busy, 503)
    assert busy.headers["retry-after"] == "5"
    is_problem(broken, 500)
    assert "secret" not in busy.text + broken.text
    # the answer is out before the line is written
    until(lambda: "request-failed" in caplog.text, "the line of the log")


def test_tls_and_a_port_that_is_taken(tmp_path: Path, ledger: Ledger) -> None:
    certificates = write_certificates(tmp_path)
    made = Site(tmp_path, ledger)
    place = Place("127.0.0.1", 0, "tls", str(certificates.chain), str(certificates.key))
    with serving(made.server(place).run) as port:
        trust = ssl.create_default_context(cafile=str(certificates.ca))
        answer = httpx.get(f"https://localhost:{port}/healthz", verify=trust, trust_env=False)
        assert answer.status_code == 200
        with (
            pytest.raises(OSError, match="in use"),
            serving(made.server(Place("127.0.0.1", port)).run),
        ):
            pass


def test_the_document_names_what_there_is(site: Site) -> None:
    document = httpx.get(f"{site.url}/openapi.json", trust_env=False).json()
    assert set(document["paths"]) == {
        "/v1/notices",
        "/v1/batches",
        "/v1/notices/{key}",
        "/v1/deliveries/{tracking_id}",
        "/v1/gaps",
        "/healthz",
    }
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    for name in set(document["components"]["schemas"]):
        assert f"#/components/schemas/{name}" in text, f"{name} is used nowhere"


def test_a_page_and_a_moment_are_told_apart_from_nonsense(site: Site) -> None:
    with site.client() as client:
        for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-10-02"):
            assert client.get("/v1/gaps", params={"since": since}).status_code == 200
        for since in ("1700000000", "0.0", "-5", "yesterday"):
            answer = client.get("/v1/gaps", params={"since": since})
            assert answer.status_code == 422
            assert "since" in answer.json()["errors"][0]
        answer = client.get("/v1/gaps", params={"after": "nonsense"})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("after cannot be used: a tracking ID has 13")


def test_recipients_of_a_query_are_not_dropped_beside_a_notice_in_json(site: Site) -> None:
    with site.client() as client:
        for query in ({"to": "cleo@example.com"}, {"class": "alarm"}):
            answer = client.post("/v1/notices", json=PARTS, params=query)
            assert answer.status_code == 422
            assert "names its recipients and its class itself" in answer.json()["detail"]


def test_a_key_in_utf8_is_the_key_that_it_looks_like(site: Site) -> None:
    parts = {name: value for name, value in PARTS.items() if name != "notice"}
    with site.client() as client:
        for key, written in (("ké-1", "utf-8"), ("ké-2", "latin-1"), ("plain", "ascii")):
            headers = {b"Idempotency-Key": key.encode(written)}
            answer = client.post("/v1/notices", json=parts, headers=headers)
            assert (answer.status_code, answer.json()["notice"]) == (201, key)
            assert client.get(f"/v1/notices/{key}").status_code == 200
        both = {b"Idempotency-Key": "ké-1".encode()}
        again = client.post("/v1/notices", json=parts | {"notice": "ké-1"}, headers=both)
        assert again.status_code == 200


def test_a_misspelt_parameter_of_the_query_is_told_and_not_passed_over(site: Site) -> None:
    mail = {"Content-Type": "message/rfc822"}
    with site.client() as client:
        sent = client.post("/v1/notices?too=ada@example.com", content=LETTER, headers=mail)
        asked = client.get("/v1/gaps?domian=example.com")
        story = client.get("/v1/notices/own@example.org?x=1")
        assert client.get("/v1/notices/own@example.org").status_code == 404
        assert client.get("/healthz?x=1").status_code == 200
        unknown = client.get("/v1/gaps?domian=x", headers={"Authorization": "Bearer no"})
    assert [one.status_code for one in (sent, asked, story)] == [422, 422, 422]
    assert sent.json()["detail"] == 'the query has no "too" here: there are class, to'
    assert "there are after, class, domain, kind, limit, since" in asked.json()["detail"]
    assert story.json()["detail"] == 'the query has no "x" here: there is none'
    assert unknown.status_code == 401


def test_what_the_framework_refuses_is_told_with_what_to_do(site: Site) -> None:
    with site.client() as client:
        nowhere, head = client.get("/v1/notice"), client.put("/v1/gaps")
        latin = client.post(
            "/v1/notices",
            content='{"notice": "ü"}'.encode("latin-1"),
            headers={"Content-Type": "application/json"},
        )
    assert "/openapi.json" in nowhere.json()["detail"]
    assert head.json()["detail"] == "not by PUT here, but by GET"
    assert "UTF-8" in latin.json()["detail"]


def test_head_is_get_without_what_it_tells(site: Site) -> None:
    with site.client() as client:
        for path in ("/healthz", "/v1/gaps?limit=1", "/v1/notices/none"):
            got, head = client.get(path), client.head(path)
            assert head.status_code == got.status_code
            assert head.headers["content-type"] == got.headers["content-type"]
            assert head.content == b""
        assert client.head("/v1/notices").status_code == 405
        assert client.get("/healthz").json() == {"status": "ok"}, "the line is in step"
