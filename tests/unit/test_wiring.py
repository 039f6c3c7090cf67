"""From keys of the configuration to plain values, and every mistake told."""

import base64
import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.config import (
    Config,
    Digest,
    Duration,
    Identity,
    Login,
    Mailbox,
    PolicyRule,
    Reading,
    Route,
    Secret,
    Tokens,
)
from agent.configfile import ConfigError
from agent.wiring import inward, outward, reconciling
from agent.wiring.check import check
from agent.wiring.ledger import keyring, ledger_url
from parsers.mime.message import Limits
from parsers.token import Purpose, sign, verify
from store.database import Ledger
from store.words import AfterAmbiguous, Assurance, Stage


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    key = tmp_path / "k"
    key.write_text(base64.b64encode(b"k" * 32).decode(), encoding="ascii")
    monkeypatch.setenv("LANDED_TEST_PASSWORD", "correct horse")
    secret = Secret("env:LANDED_TEST_PASSWORD")
    return Config(
        identity=Identity(reply_to="{token}@reply.example.org"),
        tokens=Tokens(current=1, keys={"1": Secret(f"file:{key}")}),
        routes=(Route(username="ops", password=secret),),
        mailboxes=(Mailbox(password=secret, folders=("INBOX", "Junk")),),
        policies=(
            PolicyRule(
                name="urgent",
                classes=("alarm",),
                stage="acted",
                assurance="proof",
                within=Duration(hours=1),
                after_ambiguous="hold",
            ),
        ),
    )


def test_every_value_arrives(config: Config) -> None:
    check(config)
    mark = sign(keyring(config), Purpose.BOUNCE, 5)
    assert verify(keyring(config), mark).id == 5
    identity = outward.identity(config)
    assert identity.return_path.address(mark) == f"{mark}@bounces.example.org"
    assert identity.message_id_domain == "example.org"
    assert identity.reply_to is not None
    (relay,) = outward.relays(config)
    assert (relay.username, relay.password) == ("ops", "correct horse")
    (account,) = inward.accounts(config)
    assert (account.password, account.folders) == ("correct horse", ("INBOX", "Junk"))


def test_no_secret_shows(config: Config) -> None:
    shown = repr((outward.relays(config), inward.accounts(config), keyring(config)))
    assert "horse" not in shown
    assert "kkkk" not in shown


def test_policies_become_policies(config: Config) -> None:
    book = reconciling.policies(config)
    urgent = book("alarm", "example.com")
    assert (urgent.stage, urgent.assurance) == (Stage.ACTED, Assurance.PROOF)
    assert urgent.within == timedelta(hours=1)
    assert urgent.after_ambiguous is AfterAmbiguous.HOLD
    assert book("bulletin", "example.com").stage is Stage.DELIVERED


def test_the_password_of_a_postgresql_ledger_is_put_in(config: Config) -> None:
    with_password = msgspec.structs.replace(
        config,
        ledger="postgresql://me@db.example.org:5433/landed?sslmode=verify-full",
        ledger_password=Secret("env:LANDED_TEST_PASSWORD"),
    )
    assert ledger_url(with_password) == (
        "postgresql://me:correct%20horse@db.example.org:5433/landed?sslmode=verify-full"
    )


def put(**changes: object) -> Callable[[Config], Config]:
    return lambda config: msgspec.structs.replace(config, **changes)


def watching(*folders: str, **changes: object) -> Mailbox:
    secret = Secret("env:LANDED_TEST_PASSWORD")
    mailbox = Mailbox(password=secret, folders=("INBOX", *folders))
    return msgspec.structs.replace(mailbox, **changes)


def believing(valid_for: str, **policy: Any) -> Callable[[Config], Config]:
    """Answers are believed for so long, and one policy waits for two days."""

    def change(config: Config) -> Config:
        tokens = msgspec.structs.replace(config.tokens, valid_for=Duration.parse(valid_for))
        return put(tokens=tokens, policies=(PolicyRule(name="default", **policy),))(config)

    return change


def test_answers_may_be_believed_for_ever_or_as_long_as_they_are_waited_for(
    config: Config,
) -> None:
    for valid_for, quiet in (("0s", True), ("2d", False), ("4d", True)):
        check(believing(valid_for, silence_is_good=quiet)(config))


@pytest.mark.parametrize(
    ("breaking", "told"),
    [
        (put(routes=()), "there is no way out"),
        (put(identity=Identity(sender="nobody")), "has no address in it"),
        (put(identity=Identity(return_path="x@example.org")), "not an address form"),
        (put(identity=Identity(reply_to="x@example.org")), "not an address form"),
        (put(tokens=Tokens(keys={"one": Secret("env:HOME")})), "is not a number"),
        (put(tokens=Tokens(keys={"1": Secret("env:LANDED_TEST_PASSWORD")})), "is not base64"),
        (put(tokens=Tokens(current=2, keys={})), "current but has no secret"),
        (put(ledger_password=Secret("env:LANDED_TEST_PASSWORD")), "it needs a ledger such as"),
        (put(digest=Digest(schedule="at noon")), "digest.schedule"),
        (believing("1d"), r'policy "default" waits longer than 1d for an answer'),
        (believing("3d", silence_is_good=True), "give_up_after and silence_after together"),
        (put(routes=(Route(auth="oauth2", login="m365"),)), "needs the username"),
        (put(mailboxes=(watching("Landed", after="move"),)), "and move it again, for ever"),
        (put(mailboxes=(watching("Landed", after_by_kind={"mdn": "move"}),)), "for ever"),
        (put(mailboxes=(watching(after_by_kind={"reply": "delete"}),)), "what people write"),
        (
            put(routes=(Route(auth="oauth2", login="m365", username="ops"),)),
            'route relay: there is no login "m365"',
        ),
    ],
)
def test_mistakes_are_told(config: Config, breaking: Callable[[Config], Config], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check(breaking(config))


def test_a_route_with_a_login_reads_no_password(config: Config) -> None:
    secret = Secret("env:LANDED_TEST_PASSWORD")
    wanted = put(
        logins=(Login(name="m365", client_id="c", secret=secret),),
        routes=(Route(username="o", auth="oauth2", login="m365", password=Secret("env:NONE_X")),),
    )(config)
    (relay,) = outward.relays(wanted)
    assert relay.token is not None
    assert relay.password == ""
    assert "horse" not in repr(relay)


def test_the_limits_of_reading_arrive(config: Config) -> None:
    part = b"--b\nContent-Type: text/plain\n\nhello\n"
    raw = b'Content-Type: multipart/mixed; boundary="b"\n\n' + part * 40 + b"--b--\n"
    default = inward.reader(config)(raw)
    wanted = msgspec.structs.replace(config, reading=Reading(max_parts=5))

    assert default.notes == ()
    assert any("parts" in note for note in inward.reader(wanted)(raw).notes)


def test_the_limits_of_reading_are_the_parsers_own() -> None:
    keys = msgspec.structs.asdict(Reading())
    del keys["helper_from"]  # says who reads, not how much
    for name, value in keys.items():
        assert getattr(Limits(), name) == value


@pytest.mark.parametrize(("processors", "helped_from"), [({0}, 0), ({0, 1}, 7)])
def test_a_helper_reads_a_backlog_where_there_is_a_processor_for_it(
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    processors: set[int],
    helped_from: int,
) -> None:
    made: list[int] = []

    def ahead(_limits: Limits, *, at_least: int) -> None:
        made.append(at_least)

    monkeypatch.setattr("agent.inbound.backlog.ahead.Ahead", ahead)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: processors)
    wanted = msgspec.structs.replace(config, reading=Reading(helper_from=7))
    with closing(Ledger.open(tmp_path / "landed.db")) as ledger:
        inward.watchers(wanted, ledger)
    assert made == [helped_from]
