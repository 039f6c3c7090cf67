"""Amazon SES by its API: what is asked of it, by whose keys, and what its answers mean."""

import base64
import json
import logging
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from agent.doctor.finding import Level
from agent.doctor.ways_out import examine_relay
from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.service.catalogue import checked_settings
from agent.outbound.ways import way_out
from parsers.token import Purpose, verify
from store.outbox import AttemptResult
from store.words import Outcome, Phase, Stage
from tests.plugins.outgoing import KEYS, open_outgoing
from tests.plugins.ports import HOST, refusing_port
from tests.unit.test_service import ADA, MAIL, MARK, mute_server

KEY_ID, KEY = "AKIAEXAMPLEKEYNUMBER", "secret+key/of+the+account"
REGION = {"region_name": "eu-west-1"}
API = "https://email.eu-west-1.amazonaws.com"
SEND, ACCOUNT = f"{API}/v2/email/outbound-emails", f"{API}/v2/email/account"
UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in region "
    "EU-WEST-1: ada@example.com"
)
ENVIRONMENT = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL")


@pytest.fixture(autouse=True)
def _nobody_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def route(username: str = KEY_ID, password: str = KEY, **changes: Any) -> Relay:
    settings = changes.pop("settings", REGION)
    path = changes.get("return_path", False)
    return Relay(
        "ses",
        "",
        kind="service",
        service="amazon_ses",
        username=username,
        password=password,
        settings=checked_settings("amazon_ses", settings, username, password, with_path=path),
        timeout=timedelta(seconds=5),
        **changes,
    )


def send(relay: Relay, mail: Composed = MAIL) -> AttemptResult:
    with way_out(relay) as way:
        return way.send(mail, ADA, within=timedelta(seconds=20))


def answered(status: int, body: Any, kind: str = "") -> AttemptResult:
    """What a refusal of that kind means; Amazon names it in a header."""
    given = {"json": body} if isinstance(body, dict) else {"body": body}
    headers = {"x-amzn-ErrorType": kind} if kind else {}
    with responses.RequestsMock() as played:
        played.post(SEND, status=status, headers=headers, **given)
        result = send(route())
        assert len(played.calls) == 1, "trying again is the ledger's business"
    return result


def test_one_signed_call_carries_the_message_and_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = {**REGION, "configuration_set_name": "notices"}
    with responses.RequestsMock() as played, way_out(route(settings=settings)) as way:
        played.post(SEND, json={"MessageId": "0102-1"})
        for _ in range(2):
            result = way.send(MAIL, ADA, within=timedelta(seconds=20))
        asked = played.calls[0].request
    assert (result.outcome, result.phase) == (Outcome.ACCEPTED, Phase.FINAL)
    assert (result.reply_code, result.remote_queue_id) == ("200", "0102-1")
    assert asked.headers["User-Agent"] == "landed", "nothing about this machine"
    assert f"Credential={KEY_ID}/" in asked.headers["Authorization"]
    body = json.loads(asked.body or "")
    assert body["Destination"] == {"ToAddresses": [ADA]}
    assert body["ConfigurationSetName"] == "notices"
    assert "FeedbackForwardingEmailAddress" not in body
    message = message_from_bytes(base64.b64decode(body["Content"]["Raw"]["Data"]))
    assert json.loads(message["X-Metadata"]) == {"landed": MARK}
    assert message["References"] == "<m1@example.org>"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]
    assert KEY not in result.reply_text + caplog.text


def test_failures_are_passed_on_to_our_return_path_where_that_is_wanted() -> None:
    with responses.RequestsMock() as played:
        played.post(SEND, json={"MessageId": "0102-1"})
        send(route(return_path=True))
        body = json.loads(played.calls[0].request.body or "")
    assert body["FeedbackForwardingEmailAddress"] == MAIL.envelope_from


def test_eight_bits_never_reach_it() -> None:
    raw = (
        "From: a@example.org\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n"
    ).encode()
    with responses.RequestsMock() as played:
        played.post(SEND, json={"MessageId": "0102-1"})
        send(route(), Composed(MAIL.envelope_from, MARK, "m", raw, smtputf8=False))
        body = json.loads(played.calls[0].request.body or "")
    sent = base64.b64decode(body["Content"]["Raw"]["Data"])
    assert sent.isascii()
    part = message_from_bytes(sent)
    assert "Grüße" in bytes(part.get_payload(decode=True) or b"").decode()


@pytest.mark.parametrize(
    ("status", "kind", "body", "outcome", "phase"),
    [
        (403, "UnrecognizedClientException", {"message": "token invalid"}, "unreached", "auth"),
        (403, "SignatureDoesNotMatch", {"message": f"not by {KEY}"}, "unreached", "auth"),
        (403, "AccessDeniedException", {"message": "no ses:SendEmail"}, "unreached", "auth"),
        (429, "TooManyRequestsException:", {"message": "slower"}, "unreached", "connect"),
        (404, "NotFoundException", {"message": "no configuration set"}, "unreached", "connect"),
        (400, "SendingPausedException", {"message": "paused"}, "unreached", "connect"),
        (400, "LimitExceededException", {"message": "quota"}, "unreached", "connect"),
        (400, "MessageRejected", {"message": UNVERIFIED}, "deferred", "data"),
        (
            400,
            "MessageRejected",
            {"message": "Illegal address ada@example.com"},
            "rejected",
            "rcpt",
        ),
        (413, "RequestEntityTooLarge", "", "rejected", "data"),
        (503, "", "", "unreached", "connect"),
        (500, "InternalFailure", "", "ambiguous", "final"),
        (302, "", "", "unreached", "connect"),
        (200, "", "no JSON", "ambiguous", "final"),
        (200, "", {}, "ambiguous", "final"),
        (200, "", "[" * 50_000, "ambiguous", "final"),
        (200, "", "x" * (1 << 21), "ambiguous", "final"),
    ],
)
def test_what_an_answer_means(status: int, kind: str, body: Any, outcome: str, phase: str) -> None:
    result = answered(status, body, kind)
    assert (result.outcome, result.phase) == (outcome, phase), result.reply_text
    assert kind.rstrip(":") in result.reply_text
    assert KEY not in result.reply_text
    assert result.severity != "hard"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (requests.ConnectTimeout("connect"), Outcome.UNREACHED),
        (requests.ReadTimeout("read"), Outcome.AMBIGUOUS),
        (requests.ConnectionError("Connection aborted."), Outcome.AMBIGUOUS),
        (RuntimeError("a bug of somebody's"), Outcome.AMBIGUOUS),
    ],
)
def test_a_line_that_breaks(error: Exception, outcome: Outcome) -> None:
    with responses.RequestsMock() as played:
        played.post(SEND, body=error)
        assert send(route()).outcome is outcome
        assert len(played.calls) == 1


def test_a_server_that_says_nothing_more_is_left_in_time() -> None:
    with mute_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") as port:
        settings = {**REGION, "api_url": f"http://{HOST}:{port}"}
        with way_out(route(settings=settings)) as way:
            result = way.send(MAIL, ADA, within=timedelta(seconds=2))
    assert result.outcome is Outcome.AMBIGUOUS
    assert "may be taken" in result.reply_text


def test_a_port_that_refuses_was_never_asked() -> None:
    with refusing_port() as port:
        relay = route(settings={**REGION, "api_url": f"http://{HOST}:{port}"})
        result = send(relay)
        findings, usable = examine_relay(relay)
    assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.CONNECT)
    assert not usable
    assert "cannot be reached" in findings[0].found


def test_a_region_that_is_none_is_told() -> None:
    result = send(route(settings={"region_name": "nowhere at all"}))
    assert result.outcome is Outcome.UNREACHED
    assert "nowhere at all" in result.reply_text
    assert "check settings" in result.reply_text


def test_nobody_s_environment_comes_before_the_route(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in zip(
        ENVIRONMENT, ("nobody", "AKIAOTHER", "other", f"https://{HOST}:1"), strict=True
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path))
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
    with responses.RequestsMock() as played:
        played.post(SEND, json={"MessageId": "0102-1"})
        assert send(route(ca_file="/etc/ours.pem")).outcome is Outcome.ACCEPTED
        asked = played.calls[0].request
    assert f"Credential={KEY_ID}/" in asked.headers["Authorization"]
    assert asked.req_kwargs["verify"] == "/etc/ours.pem"  # type: ignore[attr-defined]


def test_without_keys_of_its_own_a_route_takes_those_of_amazon_s_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "credentials"
    keys.write_text(f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {KEY}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with responses.RequestsMock() as played:
        played.post(SEND, json={"MessageId": "0102-1"})
        assert send(route("", "")).outcome is Outcome.ACCEPTED
        assert f"Credential={KEY_ID}/" in played.calls[0].request.headers["Authorization"]
    keys.unlink()
    with responses.RequestsMock():
        result = send(route("", ""))
    assert result.outcome is Outcome.UNREACHED
    assert "credentials" in result.reply_text
    assert "check the keys" in result.reply_text


def test_settings_that_cannot_be_used_are_told_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="needs region_name"):
        route(settings={})
    with pytest.raises(ValueError, match="needs its aws_access_key_id as username"):
        route("", KEY)
    with pytest.raises(ValueError, match="needs its key"):
        route(KEY_ID, "")
    with pytest.raises(ValueError, match="has no aws_session_token"):
        route(settings={**REGION, "aws_session_token": "x"})


def test_where_the_library_is_missing_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.outbound.service.catalogue.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=r"needs boto3: install landed\[ses\]"):
        route()


@pytest.mark.parametrize(
    ("status", "kind", "body", "usable", "told"),
    [
        (200, "", {"SendingEnabled": True, "ProductionAccessEnabled": True}, True, "takes the key"),
        (200, "", {"SendingEnabled": False}, False, "may not send now"),
        (200, "", {"ProductionAccessEnabled": False}, False, "verified addresses only"),
        (403, "AccessDeniedException", {"message": "no"}, True, "shows with a mail"),
        (403, "UnrecognizedClientException", {"message": "no"}, False, "check password"),
        (500, "", "", False, "says 500"),
    ],
)
def test_the_doctor_asks_about_the_account(
    status: int, kind: str, body: Any, usable: bool, told: str
) -> None:
    given = {"json": body} if isinstance(body, dict) else {"body": body}
    with responses.RequestsMock() as played:
        played.get(ACCOUNT, status=status, headers={"x-amzn-ErrorType": kind}, **given)
        findings, found = examine_relay(route(return_path=True))
    assert found is usable
    assert told in findings[0].found
    if usable:
        assert findings[1].level is Level.NOTE
        assert "passes failures and complaints on to ours" in findings[1].found


def test_the_whole_way_from_the_ledger_to_amazon(tmp_path: Path) -> None:
    with open_outgoing(tmp_path) as outgoing, responses.RequestsMock() as played:
        played.post(SEND, json={"MessageId": "0102-1"})
        (delivery,) = outgoing.owe(ADA)
        sent = outgoing.send(route())
        body = json.loads(played.calls[0].request.body or "")
        assert sent.accepted == 1
        assert outgoing.view(delivery).state.stage is Stage.ACCEPTED
    message = message_from_bytes(base64.b64decode(body["Content"]["Raw"]["Data"]))
    token = verify(KEYS, json.loads(message["X-Metadata"])["landed"])
    assert (token.purpose, token.id, token.attempt) == (Purpose.BOUNCE, delivery, 1)
