"""The first configuration: right for the answers, private, and never over another."""

import base64
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.configfile import load
from agent.firstconfig import Answers, NotWritten, first_config, secrets_wanted, write_first


def answers(**changes: object) -> Answers:
    given: dict[str, object] = {
        "sender": "Ops <ops@example.org>",
        "return_path": "{token}@bounces.example.org",
        "relay": "mail.example.org:587",
        "relay_user": "ops",
        "mailbox": "imap.example.org",
        "mailbox_user": "bounces",
        "digest_to": "Admin <admin@example.org>, night@example.org",
    }
    return Answers(**(given | changes))  # type: ignore[arg-type]


def test_what_is_written_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    written = write_first(first_config(answers()), path, replace=False)
    assert [what for what, _ in written] == ["configuration", "token key"]
    config = load(path)
    assert config.routes[0].security == "starttls"
    assert (config.mailboxes[0].host, config.mailboxes[0].port) == ("imap.example.org", 993)
    assert config.mailboxes[0].security == "tls"
    assert config.digest.to == ("admin@example.org", "night@example.org")
    for name in ("landed.toml", "landed-1.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    key = (tmp_path / "landed-1.key").read_text(encoding="ascii")
    assert len(base64.b64decode(key)) == 32
    assert sorted(path.name for path in tmp_path.iterdir()) == ["landed-1.key", "landed.toml"]


def test_another_configuration_stays(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(NotWritten, match="--force"):
        write_first(first_config(answers()), path, replace=False)
    assert path.read_text(encoding="utf-8") == "mine"


def test_replacing_keeps_the_key(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    write_first(first_config(answers()), path, replace=False)
    key = (tmp_path / "landed-1.key").read_bytes()
    written = write_first(first_config(answers(relay_user="")), path, replace=True)
    assert [what for what, _ in written] == ["configuration"]
    assert (tmp_path / "landed-1.key").read_bytes() == key
    assert load(path).routes[0].username == ""


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot be written"):
        write_first(first_config(answers()), tmp_path / "no" / "landed.toml", replace=False)


@pytest.mark.parametrize(
    ("relay", "security", "port"),
    [
        ("localhost:25", "none", 25),
        ("127.0.0.1:2525", "none", 2525),
        ("mail.example.org", "starttls", 587),
        ("mail.example.org:465", "tls", 465),
        ("[::1]", "none", 587),
    ],
)
def test_how_a_line_is_secured(relay: str, security: str, port: int) -> None:
    route = first_config(answers(relay=relay)).routes[0]
    assert (route.security, route.port) == (security, port)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sender": "nobody"}, "has no address"),
        ({"return_path": "bounces@example.org"}, "not an address form"),
        ({"relay": "mail:0"}, "not host:port"),
        ({"mailbox": "imap:port"}, "not host:port"),
        ({"digest_to": "admin@example.org, x"}, '"x": an address is written name@domain'),
    ],
)
def test_wrong_answers_are_told(change: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        first_config(answers(**change))


def test_no_mailbox_is_an_answer() -> None:
    assert first_config(answers(mailbox="")).mailboxes == ()


def test_the_places_of_secrets_are_named() -> None:
    assert secrets_wanted(first_config(answers())) == [
        "env:LANDED_SMTP_PASSWORD (password of route relay)",
        "env:LANDED_IMAP_PASSWORD (password of mailbox bounces)",
    ]


TYPED = "Ops <ops@example.org>\n{token}@b.example.org\nmail:25\n\nimap:143\nb\n\n"


def test_the_command_asks(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    run = CliRunner().invoke(app, ["--config", str(path), "init"], input=TYPED)
    assert run.exit_code == 0, run.output
    assert "landed doctor" in run.output
    assert load(path).identity.return_path == "{token}@b.example.org"
    run = CliRunner().invoke(app, ["--config", str(path), "init"], input=TYPED)
    assert run.exit_code == 3
    assert "--force" in run.output
    assert "From address" not in run.output  # told before anything is asked
    assert CliRunner().invoke(app, ["--config", str(path), "init", "--help"]).exit_code == 0
    run = CliRunner().invoke(app, ["--config", str(path), "init", "--force"], input=TYPED)
    assert run.exit_code == 0, run.output


def test_a_wrong_answer_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    typed = "nobody\n" + TYPED.replace("\n{token}", "\ntoken@b.example.org\n{token}").replace(
        "imap:143", "imap:port\nimap:143"
    )
    run = CliRunner().invoke(app, ["--config", str(path), "init"], input=typed)
    assert run.exit_code == 0, run.output
    for told in ('"nobody" has no address in it', "is not an address form", "is not host:port"):
        assert told in run.output
    config = load(path)
    assert config.identity.return_path == "{token}@b.example.org"
    assert (config.mailboxes[0].host, config.mailboxes[0].port) == ("imap", 143)


def test_a_wrong_answer_on_the_command_line_is_told(tmp_path: Path) -> None:
    config = ["--config", str(tmp_path / "c"), "init"]
    run = CliRunner().invoke(app, [*config, "--sender", "nobody"], input=TYPED)
    assert run.exit_code == 2
    assert "has no address in it" in run.output
    assert list(tmp_path.iterdir()) == []


def test_a_new_key_alone(tmp_path: Path) -> None:
    config = ["--config", str(tmp_path / "landed.toml"), "init", "--new-key"]
    run = CliRunner().invoke(app, [*config, "2"])
    assert run.exit_code == 0, run.output
    assert (tmp_path / "landed-2.key").exists()
    assert CliRunner().invoke(app, [*config, "2"]).exit_code == 3
    assert CliRunner().invoke(app, [*config, "8"]).exit_code == 2
