"""The doctor finds what is wrong and says what to do."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.config import Config, Identity, Mailbox, Route, Secret, Tokens
from agent.configtext import render
from agent.demo.play import Scene, scene
from agent.doctor.examine import examine
from agent.doctor.finding import Finding, Level
from agent.doctor.round_trip import clock
from agent.wiring.ledger import ledger_url
from store.database import Ledger
from tests.plugins.liar import run_liar
from tests.plugins.mailsite import Cast, MailSite


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as it:
        yield it


def examined(config: Config, patience: float = 20) -> list[Finding]:
    def opened() -> Ledger:
        ledger = Ledger.open(ledger_url(config))
        ledger.migrate()
        return ledger

    return list(
        examine(
            config,
            opened,
            now=lambda: datetime.now(UTC),
            patience=timedelta(seconds=patience),
        )
    )


def failures(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is Level.FAIL]


def test_a_healthy_company_passes(played: Scene) -> None:
    findings = examined(played.config)
    assert failures(findings) == []
    told = {finding.subject: finding.found for finding in findings}
    assert set(told) >= {"configuration", "return path", "route relay", "mailbox bounces"}
    assert "a probe came back in bounces/INBOX" in told["round trip"]
    assert told["clock"] == "the mail server's clock agrees with ours"
    assert any("IDLE" in finding.found for finding in findings)


def test_the_command_says_it_line_by_line(played: Scene) -> None:
    arguments = ["--config", str(played.path), "doctor", "--patience", "20"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "round trip: a probe came back in bounces/INBOX" in done.output
    done = CliRunner().invoke(app, [*arguments, "--format", "json"])
    lines = [json.loads(line) for line in done.output.splitlines()]
    assert {line["level"] for line in lines} <= {"ok", "note"}
    assert {"subject", "found", "todo"} <= set(lines[0])


def changed_mailbox(config: Config, **changes: object) -> Config:
    boxes = tuple(msgspec.structs.replace(box, **changes) for box in config.mailboxes)
    return msgspec.structs.replace(config, mailboxes=boxes)


def changed_route(config: Config, **changes: object) -> Config:
    routes = tuple(msgspec.structs.replace(route, **changes) for route in config.routes)
    return msgspec.structs.replace(config, routes=routes)


def no_password(config: Config) -> Config:
    return changed_mailbox(config, password=Secret("env:LANDED_TEST_NOWHERE"))


def wrong_login(config: Config) -> Config:
    return changed_mailbox(config, username="nobody")


def wrong_folder(config: Config) -> Config:
    return changed_mailbox(config, folders=("INBOX", "Junk"))


def no_mailbox(config: Config) -> Config:
    return msgspec.structs.replace(config, mailboxes=())


def closed_port(config: Config) -> Config:
    return changed_route(config, port=1)


def no_tls_there(config: Config) -> Config:
    return changed_route(config, security="starttls")


def bad_return_path(config: Config) -> Config:
    return msgspec.structs.replace(config, identity=Identity(return_path="bounces@example.org"))


def bad_ledger(config: Config) -> Config:
    return msgspec.structs.replace(config, ledger=os.devnull + "/landed.db")


@pytest.mark.parametrize(
    ("breaking", "subject", "told"),
    [
        (no_password, "configuration", "LANDED_TEST_NOWHERE is not set"),
        (bad_return_path, "configuration", "is not an address form"),
        (wrong_login, "mailbox bounces", "nobody"),
        (wrong_folder, "mailbox bounces", 'no folder "Junk"; it has "INBOX"'),
        (no_mailbox, "mailboxes", "nothing that comes back is heard"),
        (closed_port, "route relay", "cannot be reached"),
        (no_tls_there, "route relay", "does not offer STARTTLS"),
        (bad_ledger, "ledger", ""),
    ],
)
def test_what_is_broken_is_named(
    played: Scene,
    monkeypatch: pytest.MonkeyPatch,
    breaking: Callable[[Config], Config],
    subject: str,
    told: str,
) -> None:
    monkeypatch.delenv("LANDED_TEST_NOWHERE", raising=False)
    findings = examined(breaking(played.config))
    found = failures(findings)
    assert any(one.subject == subject and told in one.found for one in found), found
    assert [one for one in findings if one.level is not Level.OK and not one.todo] == []


def test_a_mailbox_that_does_not_get_the_probe_is_noticed(played: Scene) -> None:
    """Mail to this domain is taken by the far end, and goes elsewhere."""
    identity = msgspec.structs.replace(played.config.identity, return_path="{token}@else.example")
    config = msgspec.structs.replace(played.config, identity=identity)
    (found,) = failures(examined(config, patience=1))
    assert found.subject == "round trip"
    assert "is in no watched folder after 1 s" in found.found


def test_a_server_writes_nothing_on_the_terminal(played: Scene, tmp_path: Path) -> None:
    listed = b'* LIST () "/" "&IC4-reversed"\r\n* LIST () "/" {5}\r\na\x07b\x9bc\r\nTAG OK done\r\n'
    refused = b"TAG NO \x1b[2Jno such \xe2\x80\xae folder\r\n"
    with run_liar({"LIST": listed, "(EXAMINE|SELECT)": refused}) as liar:
        box = msgspec.structs.replace(played.config.mailboxes[0], port=liar.port)
        config = msgspec.structs.replace(played.config, mailboxes=(box,))
        path = tmp_path / "hostile.toml"
        path.write_text(render(config), encoding="utf-8")
        done = CliRunner().invoke(app, ["-c", str(path), "doctor"])
    assert done.exit_code == 1
    assert "a\\x07b\\x9bc" in done.output
    assert "\\u202ereversed" in done.output
    assert all(one.isprintable() or one == "\n" for one in done.output)


def test_a_relay_that_refuses_the_probe_is_noticed(
    played: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played.town, "may_enter", lambda _: "550 5.1.1 no such user")
    (found,) = failures(examined(played.config))
    assert found.subject == "round trip"
    assert "no such user" in found.found


def test_a_relay_that_refuses_us_is_noticed(played: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played.town, "may_enter", lambda _: "554 5.7.1 Relay access denied")
    (found,) = failures(examined(played.config))
    assert found.subject == "route relay"
    assert "does not relay for us (554 5.7.1 Relay access denied)" in found.found
    assert found.todo.startswith("have its owner allow this host or the login of route relay")


def test_sub_addressing_is_noted(played: Scene) -> None:
    form = "notices+{token}@bounces.kontor.example"
    identity = msgspec.structs.replace(played.config.identity, return_path=form)
    findings = examined(msgspec.structs.replace(played.config, identity=identity))
    assert failures(findings) == []
    assert any("sub-addressing" in one.found for one in findings if one.level is Level.NOTE)


def test_a_long_prefix_is_noted(played: Scene) -> None:
    form = "operations-notices-of-us+{token}@bounces.kontor.example"
    identity = msgspec.structs.replace(played.config.identity, return_path=form)
    findings = examined(msgspec.structs.replace(played.config, identity=identity))
    assert any("longer than 45" in one.found for one in findings if one.level is Level.NOTE)


@pytest.mark.parametrize(
    ("stamp", "level"),
    [(None, Level.NOTE), (timedelta(), Level.OK), (timedelta(hours=1), Level.FAIL)],
)
def test_clocks_are_compared(stamp: timedelta | None, level: Level) -> None:
    now = datetime(2026, 10, 2, 7, tzinfo=UTC)
    told = None if stamp is None else now + stamp
    assert clock(told, now, now).level is level
    if stamp:
        assert clock(now - stamp, now, now).level is level


@pytest.mark.servers
def test_a_real_mail_site_passes(
    mail_site: MailSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postfix with STARTTLS and AUTH, Dovecot over TLS, a catch-all bounce domain."""
    monkeypatch.setenv("LANDED_TEST_SMTP", mail_site.accounts[Cast.ANNA])
    monkeypatch.setenv("LANDED_TEST_IMAP", mail_site.accounts[Cast.BOUNCES])
    key = tmp_path / "landed.key"
    key.write_text(base64.b64encode(b"k" * 32).decode(), encoding="ascii")
    ca_file = str(mail_site.certificates.ca)
    config = Config(
        ledger=str(tmp_path / "landed.db"),
        identity=Identity(sender=Cast.ANNA, return_path=f"{{token}}@{Cast.BOUNCE_DOMAIN}"),
        tokens=Tokens(keys={"1": Secret(f"file:{key}")}),
        routes=(
            Route(
                host=mail_site.host,
                port=mail_site.submission_port,
                ca_file=ca_file,
                username=Cast.ANNA,
                password=Secret("env:LANDED_TEST_SMTP"),
            ),
        ),
        mailboxes=(
            Mailbox(
                host=mail_site.host,
                port=mail_site.imaps_port,
                ca_file=ca_file,
                username=Cast.BOUNCES,
                password=Secret("env:LANDED_TEST_IMAP"),
            ),
        ),
    )
    findings = examined(config)
    assert failures(findings) == []
    told = " ".join(finding.found for finding in findings)
    for word in ("TLSv1", "DSN is offered", "PIPELINING", "CONDSTORE", "a probe came back"):
        assert word in told
