"""`landed send` from the outside: what it prints, what it keeps, how it ends."""

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from agent.cli.context import use_config
from agent.cli.send import send
from agent.exits import Exit
from store import notices
from store.database import Ledger
from store.ids import parse_tracking_id
from store.words import Stage
from tests.plugins.smtpd import CLOSE, scripted

MESSAGE = b"From: app@example.org\nTo: ada@example.com\nMessage-ID: <one@example.org>\n\nHello\n"

app = typer.Typer()
app.command()(send)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "landed.key").write_bytes(base64.b64encode(b"k" * 32))
    (tmp_path / "body.txt").write_text("Grüße\n", encoding="utf-8")
    (tmp_path / "page.html").write_text("<p>Grüße</p>\n", encoding="utf-8")
    write_config(tmp_path, 9)
    monkeypatch.chdir(tmp_path)
    use_config(tmp_path / "landed.toml")
    root, ours = logging.getLogger(), logging.getLogger("landed")
    before = root.handlers[:], root.level, ours.level
    yield tmp_path
    root.handlers[:], root.level, ours.level = before
    use_config(None)


def write_config(folder: Path, port: int) -> None:
    (folder / "landed.toml").write_text(
        f'[[routes]]\nname = "relay"\nport = {port}\nsecurity = "none"\ntimeout = "10s"\n',
        encoding="utf-8",
    )


def call(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


PARTS = ("--notice", "k1", "--subject", "Hi", "--body-file", "body.txt")


def test_parts_are_owed_and_the_ids_printed(folder: Path) -> None:
    (folder / "to.txt").write_text("# the team\nben@example.com\n\nCy <cy@example.com>\n")
    done = call(
        *PARTS,
        *("--to", "ada@example.com", "--to-file", "to.txt", "--html-file", "page.html"),
        *("--header", "X-Team: ops", "--class", "alert", "--from", "Ops <ops@example.org>"),
    )
    assert done.exit_code == Exit.OK, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "notice k1"
    assert [line.split()[1] for line in lines[1:]] == [
        "ada@example.com",
        "ben@example.com",
        "cy@example.com",
    ]
    ledger = Ledger.open(folder / "landed.db")
    with ledger.transaction() as tx:
        found = notices.delivery(tx, parse_tracking_id(lines[1].split()[0]))
        notice = notices.find(tx, "k1")
    ledger.close()
    assert found is not None
    assert (found.address, found.notice_class) == ("ada@example.com", "alert")
    assert notice is not None
    assert notice.sender == "Ops <ops@example.org>"


def test_the_same_key_again_is_known_and_other_content_is_refused(folder: Path) -> None:
    call(*PARTS, "--to", "ada@example.com")
    again = call(*PARTS, "--to", "ada@example.com", "--to", "ben@example.com")
    assert again.exit_code == Exit.OK
    first, second = again.stdout.splitlines()[1:]
    assert again.stdout.startswith("notice k1 (known already)\n")
    assert first.endswith("(known already)")
    assert second.endswith("number 1")
    (folder / "body.txt").write_text("other")
    conflict = call(*PARTS, "--to", "ada@example.com")
    assert conflict.exit_code == Exit.USAGE
    assert "k1" in conflict.stderr
    assert "other content" in " ".join(conflict.stderr.split())


def test_json_names_everything_and_some_refused_is_partial(folder: Path) -> None:
    done = call(*PARTS, "--to", "ada@example.com, bad\x1b[31m@@x", "--format", "json")
    assert done.exit_code == Exit.PARTIAL
    answer = json.loads(done.stdout)
    assert answer["notice"] == "k1"
    assert answer["created"] is True
    (delivery,) = answer["deliveries"]
    assert delivery["recipient"] == "ada@example.com"
    assert delivery["number"] == 1
    assert delivery["stage"] == "queued"
    assert parse_tracking_id(delivery["tracking_id"])
    assert [one["address"] for one in answer["refused"]] == ["bad\x1b[31m@@x"]
    assert "refused bad\\x1b[31m@@x: " in done.stderr


def test_recipients_that_differ_in_capitals_alone_are_warned_of(folder: Path) -> None:
    done = call(*PARTS, "--to", "Carla@Example.com, carla@example.com, ada@example.com")
    assert done.exit_code == Exit.OK, done.output
    assert "Carla@example.com" in done.stdout
    assert "landed: warning: Carla@example.com and carla@example.com differ only in" in done.stderr
    answer = json.loads(
        call(*PARTS, "--to", "CARLA@example.com, carla@example.com", "--format", "json").stdout
    )
    (told,) = answer["warnings"]
    assert told.startswith("CARLA@example.com and carla@example.com differ")
    alone = call(*PARTS, "--to", "Carla@example.com, ada@example.com", "--format", "json")
    assert json.loads(alone.stdout)["warnings"] == []


def test_a_whole_message_comes_on_standard_input_or_from_a_file(folder: Path) -> None:
    done = call(stdin=MESSAGE)
    assert done.exit_code == Exit.OK, done.output
    assert done.stdout.startswith("notice one@example.org\n")
    (folder / "mail.eml").write_bytes(MESSAGE)
    again = call("--message-file", "mail.eml")
    assert again.stdout.startswith("notice one@example.org (known already)\n")
    other = call("--notice", "mine", "--to", "eve@example.com", stdin=MESSAGE)
    assert other.stdout.splitlines()[0] == "notice mine"
    assert "eve@example.com" in other.stdout


def test_now_sends_at_once(folder: Path) -> None:
    with scripted({"EHLO": "250 scripted.test"}) as server:
        write_config(folder, server.port)
        done = call(*PARTS, "--to", "ada@example.com", "--now")
        assert len(server.messages) == 1
    assert done.exit_code == Exit.OK, done.output
    assert "dsn-not-offered" in done.stderr
    number = parse_tracking_id(done.stdout.splitlines()[1].split()[0])
    ledger = Ledger.open(folder / "landed.db")
    with ledger.transaction() as tx:
        found = notices.delivery(tx, number)
    ledger.close()
    assert found is not None
    assert found.state.stage is Stage.ACCEPTED


def test_now_tells_when_it_did_not_go(folder: Path) -> None:
    with scripted({"CONNECT": CLOSE}) as server:
        write_config(folder, server.port)
        assert call(*PARTS, "--to", "ada@example.com", "--now").exit_code == Exit.SERVER
    with scripted({"RCPT": "550 5.1.1 no such user"}) as server:
        write_config(folder, server.port)
        done = call(*PARTS, "--to", "ben@example.com", "--now")
    assert done.exit_code == Exit.GAPS
    assert "no such user" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--body-file", "body.txt", "--message-file", "m"), "either"),
        (("--body-file", "body.txt", "--subject", "x", "--to", "a@example.com"), "--notice"),
        (("--body-file", "body.txt", "--notice", "k", "--to", "a@example.com"), "--subject"),
        (("--subject", "x"), "--subject goes with --body-file"),
        (("--html-file", "x"), "--html-file goes with"),
        (("--header", "x: y"), "--header goes with"),
        (("--from", "x@example.org"), "--from goes with"),
        ((*PARTS, "--to", "a@example.com", "--header", "no colon"), "Name: value"),
        ((*PARTS, "--to", "a@example.com", "--header", "X-A: b\nBcc: c@example.com"), "line end"),
        ((*PARTS, "--to", "nobody"), "no recipient that can be sent to"),
        (PARTS, "name at least one"),
        ((*PARTS, "--to-file", "missing.txt"), "missing.txt cannot be read"),
        ((*PARTS, "--to-file", "binary"), "not UTF-8"),
        ((*PARTS[:-1], "binary", "--to", "a@example.com"), "binary is not UTF-8"),
        ((*PARTS[:-1], "missing.txt", "--to", "a@example.com"), "missing.txt cannot be read"),
        ((), "this is no mail message"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    done = call(*arguments)
    assert done.exit_code == Exit.USAGE, done.output
    assert told in done.stderr
    assert "Traceback" not in done.output


def test_a_list_without_end_is_no_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.cli.send._TO_FILE_BYTES", 100)
    (folder / "to.txt").write_text("a@example.com\n" * 10)
    done = call(*PARTS, "--to-file", "to.txt")
    assert done.exit_code == Exit.USAGE
    assert "100 bytes" in done.stderr


def test_a_terminal_is_not_read_as_a_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.cli.send._at_terminal", lambda: True)
    done = call()
    assert done.exit_code == Exit.USAGE
    assert "standard input" in done.stderr
