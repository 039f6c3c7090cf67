"""Mail services by their APIs: what is asked of each, and what its answers mean.

The answers have the form that the services document; nobody is called.
"""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from sqlalchemy import text
from urllib3.exceptions import MaxRetryError, NewConnectionError

from agent.config import Config, Route, Secret
from agent.configfile import ConfigError
from agent.doctor.finding import Level
from agent.doctor.ways_out import examine_relay
from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.service.catalogue import SERVICES, checked_settings
from agent.outbound.smtp.opening import Unreachable
from agent.outbound.ways import check_service, way_out
from agent.wiring import outward
from parsers.token import Purpose, find_marks, verify
from store.outbox import AttemptResult
from store.words import GapKind, Outcome, Phase, Stage
from tests.plugins.outgoing import KEYS, Outgoing, open_outgoing
from tests.plugins.ports import HOST, refusing_port

ANSWERS = Path(__file__).parents[1] / "data" / "service-answers.json"
KEY = "key-of-the-service"
ADA = "ada@example.com"
MARK = "b" + "a2345" * 5
MAIL = Composed(
    envelope_from=f"{MARK}@bounces.example.org",
    envid=MARK,
    message_id="m1@example.org",
    raw=(
        b"From: Notices <notices@example.org>\r\nTo: Ada <ada@example.com>\r\nSubject: Hi\r\n"
        b"Message-ID: <m1@example.org>\r\nReferences: <m1@example.org>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b'--x\r\nContent-Type: multipart/alternative; boundary="y"\r\n\r\n'
        b"--y\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--y\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--y--\r\n"
        b"--x\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n--x--\r\n"
    ),
    smtputf8=False,
)

# service -> (URL, its answer when it takes a mail, the id that it tells)
TAKEN: dict[str, tuple[str, int, Any, str]] = {
    "mailgun": (
        "https://api.mailgun.net/v3/mg.example.org/messages",
        200,
        {"id": "<2026.1@mg.example.org>", "message": "Queued. Thank you."},
        "<2026.1@mg.example.org>",
    ),
    "postmark": (
        "https://api.postmarkapp.com/email",
        200,
        {
            "To": ADA,
            "SubmittedAt": "2026-10-09T08:00:00Z",
            "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
            "ErrorCode": 0,
            "Message": "OK",
        },
        "0a129aee-e1cd-480d-b08d-4f48548ff48d",
    ),
    "sendgrid": ("https://api.sendgrid.com/v3/mail/send", 202, "", ""),
    "brevo": (
        "https://api.brevo.com/v3/smtp/email",
        201,
        {"messageId": "<202610090800.1@smtp-relay.mailin.fr>"},
        "<202610090800.1@smtp-relay.mailin.fr>",
    ),
    "mailjet": (
        "https://api.mailjet.com/v3.1/send",
        200,
        {
            "Messages": [
                {
                    "Status": "success",
                    "To": [
                        {
                            "Email": ADA,
                            "MessageUUID": "124",
                            "MessageID": 20547681647433000,
                            "MessageHref": "https://api.mailjet.com/v3/message/2",
                        }
                    ],
                }
            ]
        },
        "20547681647433000",
    ),
    "resend": ("https://api.resend.com/emails", 200, {"id": "r-1"}, "r-1"),
    "sparkpost": (
        "https://api.sparkpost.com/api/v1/transmissions/",
        200,
        {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "11"}},
        "11",
    ),
}
SETTINGS = {"mailgun": {"sender_domain": "mg.example.org"}}


def route(service: str, **changes: Any) -> Relay:
    username = "public-key" if SERVICES[service].user else ""
    settings = changes.pop("settings", SETTINGS.get(service, {}))
    path = changes.get("return_path", False)
    return Relay(
        "api",
        "",
        kind="service",
        service=service,
        username=username,
        password=KEY,
        settings=checked_settings(service, settings, username, KEY, with_path=path),
        timeout=timedelta(seconds=5),
        **changes,
    )


def send(relay: Relay) -> AttemptResult:
    with way_out(relay) as way:
        return way.send(MAIL, ADA, within=timedelta(seconds=20))


def answered(service: str, status: int, body: Any) -> AttemptResult:
    kind = {"body": body} if isinstance(body, str) else {"json": body}
    with responses.RequestsMock() as played:
        played.post(TAKEN[service][0], status=status, **kind)
        return send(route(service))


@pytest.mark.parametrize("service", list(TAKEN))
def test_what_is_asked_and_what_is_kept_of_the_answer(service: str) -> None:
    url, status, body, number = TAKEN[service]
    kind = {"body": body} if isinstance(body, str) else {"json": body}
    with responses.RequestsMock() as played:
        played.post(url, status=status, **kind)
        result = send(route(service))
        request = played.calls[0].request
    assert (result.outcome, result.phase) == (Outcome.ACCEPTED, Phase.FINAL)
    assert result.reply_code == str(status)
    assert result.remote_queue_id == number or (service == "sendgrid" and result.remote_queue_id)
    assert not result.dsn_offered
    asked = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    for word in (MARK, ADA, "hello", "a.pdf", "m1@example.org", "References"):
        assert word.encode() in asked, word
    assert request.headers["User-Agent"] == "landed"
    assert KEY not in result.reply_text


def test_the_token_is_where_each_service_gives_it_back() -> None:
    with responses.RequestsMock() as played:
        for service in ("postmark", "sendgrid", "brevo", "mailjet"):
            url, status, body, _ = TAKEN[service]
            kind = {"body": body} if isinstance(body, str) else {"json": body}
            played.post(url, status=status, **kind)
            send(route(service))
        asked = [json.loads(call.request.body or "") for call in played.calls]
    assert asked[0]["Metadata"] == {"landed": MARK}
    assert {"Name": "X-PM-KeepID", "Value": "true"} in asked[0]["Headers"]
    assert asked[1]["custom_args"]["landed"] == MARK
    assert json.loads(asked[2]["headers"]["X-Mailin-custom"]) == {"landed": MARK}
    assert json.loads(asked[3]["Globals"]["EventPayload"]) == {"landed": MARK}
    assert "Sender" not in asked[3]["Globals"]


def test_nobody_s_environment_comes_before_the_route(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login eve password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "no.such.settings")
    url, status, body, _ = TAKEN["sendgrid"]
    with responses.RequestsMock() as played:
        played.post(url, status=status, body=body)
        send(route("sendgrid", ca_file="/etc/ours.pem"))
        asked = played.calls[0].request
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.req_kwargs["verify"] == "/etc/ours.pem"  # type: ignore[attr-defined]


def test_a_service_that_can_is_asked_to_use_our_return_path() -> None:
    url, status, body, _ = TAKEN["mailjet"]
    with responses.RequestsMock() as played:
        played.post(url, status=status, json=body)
        send(route("mailjet", return_path=True))
        asked = json.loads(played.calls[0].request.body or "")
    assert asked["Globals"]["Sender"]["Email"] == MAIL.envelope_from


def _answers() -> list[Any]:
    """What the services say when they do not take a mail, and what that comes to."""
    rows = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return [
        pytest.param(
            *(row["service"], row["status"], row["body"], row["outcome"], row["phase"]),
            id=f"{row['service']}-{row['status']}-{number}",
        )
        for number, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("service", "status", "body", "outcome", "phase"),
    [
        *_answers(),
        pytest.param("mailjet", 200, "[" * 50_000, "ambiguous", "final", id="deep"),
        pytest.param("brevo", 201, "x" * (1 << 21), "ambiguous", "final", id="endless"),
    ],
)
def test_what_an_answer_means(
    service: str, status: int, body: Any, outcome: str, phase: str
) -> None:
    result = answered(service, status, body)
    assert (result.outcome, result.phase) == (outcome, phase), result.reply_text
    assert result.reply_text.startswith("route api: ")
    assert KEY not in result.reply_text
    assert len(result.reply_text) < 1_000
    assert result.severity != "hard", "what a service thinks of an address proves nothing about it"


def test_its_suppression_list_is_told_as_that() -> None:
    inactive = "Found inactive addresses: ada@example.com. Inactive recipients are ones"
    result = answered("postmark", 422, {"ErrorCode": 406, "Message": inactive})
    assert result.reason == "suppressed"
    assert "Postmark's own suppression list" in result.reply_text


def test_an_answer_that_repeats_the_key_gives_nothing_away() -> None:
    result = answered("mailgun", 401, f"no such key {KEY}\x1b[31m")
    assert KEY not in result.reply_text
    assert "no such key ***" in result.reply_text
    assert "\x1b" not in result.reply_text


REFUSED = MaxRetryError(None, "/", NewConnectionError(None, "no"))  # type: ignore[arg-type]
NO_TLS = MaxRetryError(None, "/", OSError("SSL"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (requests.ConnectionError(REFUSED), Outcome.UNREACHED),
        (requests.exceptions.SSLError(NO_TLS), Outcome.UNREACHED),
        (requests.ConnectTimeout("connect"), Outcome.UNREACHED),
        (requests.exceptions.InvalidURL("x"), Outcome.UNREACHED),
        (requests.ReadTimeout("read"), Outcome.AMBIGUOUS),
        (requests.ConnectionError("Connection aborted."), Outcome.AMBIGUOUS),
        (requests.exceptions.ChunkedEncodingError("broke off"), Outcome.AMBIGUOUS),
        (RuntimeError("a bug of somebody's"), Outcome.AMBIGUOUS),
    ],
)
def test_a_line_that_breaks(error: Exception, outcome: Outcome) -> None:
    with responses.RequestsMock() as played:
        played.post(TAKEN["brevo"][0], body=error)
        assert send(route("brevo")).outcome is outcome


@contextmanager
def mute_server(first: bytes) -> Iterator[int]:
    """Takes a request whole, says first, and then nothing more until the client leaves."""

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            line.settimeout(10)
            while b"\r\n\r\n" not in line.recv(65_536):
                pass
            line.sendall(first)
            while line.recv(65_536):
                pass

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(120)


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"HTTP/1.1 200 OK\r\n"]
)
def test_a_server_that_says_nothing_more_is_left_in_time(first: bytes) -> None:
    with mute_server(first) as port:
        settings = {"api_url": f"http://{HOST}:{port}/", "sender_domain": "mg.example.org"}
        relay = route("mailgun", settings=settings)
        with way_out(relay) as way:
            result = way.send(MAIL, ADA, within=timedelta(seconds=2))
    assert result.outcome is Outcome.AMBIGUOUS
    assert "may be taken" in result.reply_text


def test_a_port_that_refuses_was_never_asked() -> None:
    with refusing_port() as port:
        relay = route("brevo", settings={"api_url": f"http://{HOST}:{port}/"})
        assert send(relay).outcome is Outcome.UNREACHED
        with pytest.raises(Unreachable, match="cannot be reached"):
            check_service(relay)
        findings, usable = examine_relay(relay)
    assert not usable
    assert findings[0].level is Level.FAIL


def test_what_a_service_cannot_carry_is_refused_before_it_is_asked() -> None:
    image = (
        b'From: a@example.org\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/html\r\n\r\n<img src=cid:l>\r\n"
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <l>\r\n\r\nPNG\r\n--x--\r\n"
    )
    signed = (
        b'From: a@example.org\r\nContent-Type: multipart/signed; boundary="x"\r\n\r\n'
        b"--x\r\n\r\nx\r\n--x--\r\n"
    )
    with responses.RequestsMock():
        for raw, told in ((image, "inline attachments"), (signed, "by a relay"), (b"", "no From")):
            mail = Composed(MAIL.envelope_from, MARK, "m", raw, smtputf8=False)
            result = way_out(route("brevo")).send(mail, ADA)
            assert result.outcome is Outcome.REJECTED
            assert told in result.reply_text
        result = way_out(route("mailgun")).send(MAIL, "ada@example.com\r\nBcc: x@example.com")
        assert (result.outcome, result.status) == (Outcome.REJECTED, "5.1.3")
        mail = Composed(
            MAIL.envelope_from, MARK, "m", b"From: Zo\xc3\xab <zo\xc3\xab@x.example>\r\n\r\nx", True
        )
        assert "EAI" in way_out(route("mailgun")).send(mail, ADA).reply_text


def test_the_doctor_tries_the_key_and_says_what_is_lost() -> None:
    with responses.RequestsMock() as played:
        played.get("https://api.postmarkapp.com/server", json={"Name": "ours"})
        findings, usable = examine_relay(route("postmark"))
        asked = played.calls[0].request
    assert usable
    assert asked.headers["X-Postmark-Server-Token"] == KEY
    assert [one.level for one in findings] == [Level.OK, Level.NOTE]
    assert findings[0].found == "https://api.postmarkapp.com/ answers; it takes the key"
    assert "its own return path; the token travels in its metadata" in findings[1].found


def test_the_doctor_says_that_a_key_is_refused() -> None:
    with responses.RequestsMock() as played:
        played.get("https://api.brevo.com/v3/account", status=401, json={"message": f"no {KEY}"})
        findings, usable = examine_relay(route("brevo"))
    assert not usable
    assert "Brevo says 401" in findings[0].found
    assert "check password" in findings[0].found
    assert KEY not in findings[0].found


def test_where_no_place_is_known_to_try_the_key_only_the_api_is_asked() -> None:
    with responses.RequestsMock() as played:
        played.get("https://api.mailgun.net/v3/", status=404)
        findings, usable = examine_relay(route("mailgun"))
        asked = played.calls[0].request
    assert usable
    assert "shows with a mail" in findings[0].found
    assert "Authorization" not in asked.headers


def test_the_whole_way_from_the_ledger_to_the_service(tmp_path: Path) -> None:
    url, status, body, number = TAKEN["brevo"]
    with open_outgoing(tmp_path) as outgoing, responses.RequestsMock() as played:
        played.post(url, status=status, json=body)
        played.post(url, status=400, json={"message": "email is not valid in to"})
        ids = outgoing.owe(ADA, "ben@example.com")
        sent = outgoing.send(route("brevo"))
        asked = [json.loads(call.request.body or "") for call in played.calls]
        assert (sent.accepted, sent.rejected) == (1, 1)
        assert outgoing.view(ids[0]).state.stage is Stage.ACCEPTED
        assert outgoing.view(ids[1]).state.gap is GapKind.REJECTED
        attempt = _attempt(outgoing, ids[0])
    assert attempt == ("api", number)
    metadata = json.loads(asked[0]["headers"]["X-Mailin-custom"])
    token = verify(KEYS, metadata["landed"])
    assert (token.purpose, token.id, token.attempt) == (Purpose.BOUNCE, ids[0], 1)
    assert any(
        verify(KEYS, mark).id == ids[0] for mark in find_marks(asked[0]["headers"]["References"])
    )


def _attempt(outgoing: Outgoing, delivery: int) -> tuple[str, str]:
    with outgoing.ledger.transaction(read_only=True) as tx:
        row = tx.execute(
            text("SELECT route, remote_queue_id FROM attempt WHERE delivery_id = :id"),
            {"id": delivery},
        ).one()
        return row.route, row.remote_queue_id


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"service": "carrier-pigeon"}, "is none of amazon_ses, brevo"),
        ({"service": "mailgun", "password": Secret("")}, "needs its key"),
        ({"service": "mailgun", "settings": {"api_key": "x"}}, "Mailgun has no api_key to be set"),
        ({"service": "postal"}, "Postal needs api_url"),
        ({"service": "mailjet"}, "needs its api_key as username"),
        ({"service": "brevo", "settings": {"api_url": "http://brevo.example/"}}, "must begin"),
        ({"service": "brevo", "return_path": True}, "uses its own, whatever it is asked"),
        ({"kind": "smtp", "service": "brevo"}, 'for kind = "service" only'),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_are_told(
    keys: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDED_TEST_KEY", KEY)
    given = {"kind": "service", "password": Secret("env:LANDED_TEST_KEY"), **keys}
    with pytest.raises(ConfigError, match=told) as caught:
        outward.relays(Config(routes=(Route(**given),)))
    assert KEY not in str(caught.value)


def test_a_route_of_the_configuration_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDED_TEST_KEY", KEY)
    wanted = Route(
        kind="service",
        service="mailgun",
        password=Secret("env:LANDED_TEST_KEY"),
        settings={"sender_domain": "mg.example.org"},
    )
    (relay,) = outward.relays(Config(routes=(wanted,)))
    url, status, body, _ = TAKEN["mailgun"]
    with responses.RequestsMock() as played:
        played.post(url, status=status, json=body)
        assert send(relay).outcome is Outcome.ACCEPTED
    assert KEY not in repr(relay)


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_service_of_the_catalogue_is_one_of_the_library_s(service: str) -> None:
    settings = {
        name: "eu-west-1" if name == "region_name" else "https://api.example/"
        for name in SERVICES[service].needed
    }
    with responses.RequestsMock(assert_all_requests_are_fired=False) as played:
        played.add(responses.Response("POST", url=re.compile("https://.*"), status=500))
        result = send(route(service, settings=settings))
    assert result.outcome is Outcome.AMBIGUOUS, result.reply_text
