"""`landed sendmail` as cron and PHP call it: what it takes, what it ignores, how it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.cli.sendmail import Asked, Sysexit, parse
from store import outbox
from store.database import Ledger
from store.errors import LedgerBusy
from tests.plugins.storybook import write_config

MESSAGE = b"From: App <app@example.org>\nTo: ada@example.com\nSubject: x\n\nHello\n"
CRON = (
    b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\n"
    b"Content-Type: text/plain; charset=UTF-8\nAuto-Submitted: auto-generated\n\nit failed\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = write_config(tmp_path, '[identity]\nsender = "Ops <ops@example.org>"\n')
    monkeypatch.setenv("LANDED_CONFIG", str(config))
    return tmp_path


def call(*words: str, stdin: bytes = MESSAGE) -> Result:
    return CliRunner().invoke(app, ["sendmail", *words], input=stdin)


def stored(folder: Path) -> dict[str, bytes]:
    """What is to go out, by recipient."""
    ledger = Ledger.open(folder / "landed.db")
    try:
        with ledger.transaction() as tx:
            due = outbox.claim(
                tx, worker="t", limit=100, lease=timedelta(hours=1), now=datetime.now(UTC)
            )
    finally:
        ledger.close()
    return {one.address: one.content for one in due}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("-t -i", Asked(from_header=True, dots_are_text=True)),
        ("-ti", Asked(from_header=True, dots_are_text=True)),
        ("-oi -t -fa@b.c", Asked(from_header=True, dots_are_text=True, sender="a@b.c")),
        ("-oi -f a@b.c x@y.z", Asked(["x@y.z"], dots_are_text=True, sender="a@b.c")),
        ("-FCronDaemon -i -odi -oem -oi -t -f root", None),
        ("-r a@b.c -F Me -- -odd@y.z", Asked(["-odd@y.z"], sender="a@b.c", name="Me")),
        ("-N never -R hdrs -V id -B 8BITMIME -O X=y -X log x@y.z", Asked(["x@y.z"])),
        ("-G -U -n -m -em -Am -d0.1 -bm x@y.z", Asked(["x@y.z"])),
        ("-bs", Asked(mode="bs")),
        ("-q30m", Asked(mode="q")),
        ("-v x@y.z -t y@y.z", Asked(["x@y.z", "y@y.z"], from_header=True, verbose=True)),
    ],
)
def test_the_old_command_line(words: str, asked: Asked | None) -> None:
    cron = Asked(sender="root", name="CronDaemon", from_header=True, dots_are_text=True)
    assert parse(words.split()) == (asked or cron)


def test_recipients_of_the_line_and_of_the_header(folder: Path) -> None:
    done = call("-t", "-i", "ben@example.com, Cy <cy@example.com>")
    assert (done.exit_code, done.output) == (0, "")
    assert set(stored(folder)) == {"ada@example.com", "ben@example.com", "cy@example.com"}
    only = call("-i", "dan@example.com")
    assert only.exit_code == 0
    assert set(stored(folder)) == {"dan@example.com"}


def test_a_recipient_behind_the_dashes_may_look_like_an_option(folder: Path) -> None:
    done = call("-i", "-f", "a@b.example", "--", "-odd@y.example", "--@y.example", "b@y.example")
    assert (done.exit_code, done.output) == (0, "")
    assert set(stored(folder)) == {"-odd@y.example", "--@y.example", "b@y.example"}


def test_what_is_resent_goes_to_whom_it_is_resent(folder: Path) -> None:
    again = (
        b"Resent-From: b@example.org\nResent-To: cy@example.com\nResent-Bcc: dan@example.com\n"
        b"Resent-Message-ID: <again@example.org>\n"
    )
    before = b"Resent-From: a@example.org\nResent-To: ben@example.com\n"
    own = b"Message-ID: <own@example.org>\n" + MESSAGE
    assert call("-t", stdin=own).exit_code == 0
    assert set(stored(folder)) == {"ada@example.com"}
    done = call("-v", "-t", stdin=again + before + own)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("notice again@example.org\n"), "it is no repeat of the first"
    assert set(stored(folder)) == {"cy@example.com", "dan@example.com"}


def test_nobody_gets_mail_by_a_carriage_return_in_a_subject(folder: Path) -> None:
    done = call("-t", "-i", stdin=b"To: ada@example.com\nSubject: x\rBcc: eve@example.com\n\nb\n")
    assert done.exit_code == Sysexit.DATAERR
    assert "carriage return" in done.output
    assert stored(folder) == {}


def test_help() -> None:
    done = call("--help")
    assert done.exit_code == 0
    assert "Understands -t, -i" in done.output


def test_cron_has_no_domains_and_gets_ours(folder: Path) -> None:
    done = call(*["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"], stdin=CRON)
    assert done.exit_code == 0, done.output
    (content,) = stored(folder).values()
    assert b"From: Cron Daemon <root@example.org>\r\n" in content
    assert b"Message-ID: <" in content


def test_a_text_without_header_is_a_body(folder: Path) -> None:
    done = call("-f", "backup", "-F", "Back: up", "ops", stdin=b"all is well\nreally\n")
    assert done.exit_code == 0, done.output
    found = stored(folder)
    assert list(found) == ["ops@example.org"]
    head, _, body = found["ops@example.org"].partition(b"\r\n\r\n")
    assert b'From: "Back: up" <backup@example.org>' in head
    assert body == b"all is well\r\nreally\r\n"


def test_a_dot_ends_the_message_unless_told_otherwise(folder: Path) -> None:
    call("a@example.com", stdin=MESSAGE + b".\nmore\n")
    call("-i", "b@example.com", stdin=MESSAGE + b".\nmore\n")
    found = stored(folder)
    assert found["a@example.com"].endswith(b"Hello\r\n")
    assert found["b@example.com"].endswith(b"Hello\r\n.\r\nmore\r\n")


def test_with_a_message_id_a_repeat_is_the_same_notice(folder: Path) -> None:
    own = b"Message-ID: <own@example.org>\n" + MESSAGE
    first, second = call("-v", "-t", stdin=own), call("-v", "-t", stdin=own)
    assert first.stdout == second.stdout
    assert first.stdout.startswith("notice own@example.org\n")
    assert first.stdout.endswith("  ada@example.com\n")
    conflict = call("-t", stdin=own + b"other\n")
    assert conflict.exit_code == Sysexit.DATAERR
    assert "other content" in conflict.stderr
    without = {call("-v", "-t").stdout for _ in range(2)}
    assert len(without) == 2


@pytest.mark.parametrize(
    ("words", "stdin", "code", "told"),
    [
        ("-bs", b"", Sysexit.UNAVAILABLE, "SMTP conversation"),
        ("-bp", b"", Sysexit.UNAVAILABLE, "list of its queue"),
        ("-bz", b"", Sysexit.UNAVAILABLE, "-bz"),
        ("", MESSAGE, Sysexit.USAGE, "name recipients"),
        ("-f", MESSAGE, Sysexit.USAGE, "-f needs a value"),
        ("--read-it ada@b.c", MESSAGE, Sysexit.USAGE, "there is no option --read-it"),
        ("-t -F a\nBcc:x@y.z -f a@b.c", b"To: a@example.com\n\nx", Sysexit.USAGE, "line end"),
        ("-t -f a@@b", b"To: a@example.com\n\nx", Sysexit.USAGE, "From"),
        ("a@@b", MESSAGE, Sysexit.NOUSER, "no recipient"),
        ("a@example.com b@@c", MESSAGE, Sysexit.NOUSER, "the other recipients were taken"),
        ("-t", b"Subject: x\n\nx", Sysexit.DATAERR, "name at least one"),
        ("a@example.com", b"X: " + b"x" * 2000 + b"\n" + MESSAGE, Sysexit.DATAERR, "998"),
        ("a@example.com", b"Received: x\nX-Landed-Id: y\n" + MESSAGE, Sysexit.DATAERR, "loop"),
        ("a@example.com", b"Subject: x\nnonsense\n\n", Sysexit.DATAERR, "no mail message"),
    ],
)
def test_how_it_ends(folder: Path, words: str, stdin: bytes, code: int, told: str) -> None:
    done = call(*[word for word in words.split(" ") if word], stdin=stdin)
    assert done.exit_code == code, done.output
    assert told in done.stderr
    assert done.stderr.startswith("landed sendmail: ")
    assert done.stdout == ""


def test_what_is_wrong_around_it_has_codes_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(error: Exception) -> Any:
        def work(*_: object, **__: object) -> Any:
            raise error

        return work

    for error, code in (
        (LedgerBusy("busy"), Sysexit.TEMPFAIL),
        (OSError(5, "input/output error"), Sysexit.IOERR),
        (RuntimeError("secret"), Sysexit.SOFTWARE),
    ):
        monkeypatch.setattr("agent.cli.sendmail._accept", failing(error))
        done = call("-t")
        assert done.exit_code == code
        assert "secret" not in done.output
    monkeypatch.undo()
    monkeypatch.setenv("LANDED_CONFIG", str(folder / "none.toml"))
    assert call("-t").exit_code == Sysexit.CONFIG


def test_a_ledger_that_cannot_be_made_or_read(folder: Path) -> None:
    (folder / "file").write_text("")
    (folder / "landed.db").write_bytes(b"no database at all" * 100)
    for name, code in (("file/landed.db", Sysexit.CANTCREAT), ("landed.db", Sysexit.TEMPFAIL)):
        (folder / "landed.toml").write_text(f'ledger = "{name}"\n')
        assert call("-t").exit_code == code


def test_a_flood_is_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.outbound.screening.Limits.__init__.__defaults__", (500, 10, 30))
    done = call("-t", stdin=MESSAGE + b"more\n" * 200)
    assert done.exit_code == Sysexit.DATAERR
    assert "500 is the limit" in done.stderr
