"""The command as a whole: its list, its version, and what happens when it fails."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.main import get_command
from typer.testing import CliRunner

from agent.cli import main
from agent.cli.progress import reading
from agent.configfile import ConfigError
from agent.exits import Exit
from store.database import Ledger
from store.errors import LedgerUnavailable

ROOT = Path(__file__).parents[2]


LANDED = [sys.executable, "-c", "from agent.cli.main import run; run()"]
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


def landed(
    *arguments: str, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LANDED, *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_help_lists_every_command_and_no_secret() -> None:
    done = landed("--help", LANDED_IMAP_PASSWORD="correct horse")
    assert done.returncode == 0
    for command in ("send", "gaps", "trace", "notice", "recipient", "digest", "run", "doctor"):
        assert f" {command} " in done.stdout
    assert "horse" not in done.stdout


def test_the_version() -> None:
    done = landed("--version")
    assert (done.returncode, done.stdout[:7]) == (0, "landed ")


@pytest.mark.parametrize("address", ["\\a@b.example", b"\xfc@b.example", ")@b.example"])
def test_what_is_no_address_is_told_in_our_own_words_only(
    tmp_path: Path, address: str | bytes
) -> None:
    Ledger.open(tmp_path / "landed.db").close()
    (tmp_path / "landed.toml").touch()
    for words in (["recipient", address], ["suppress", "check", address]):
        done = subprocess.run(
            [*LANDED, *words],
            cwd=tmp_path,
            env=ENVIRONMENT,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == Exit.USAGE
        assert done.stdout == b""
        assert done.stderr.startswith(b"landed: ")
        assert done.stderr.count(b"\n") == 1


def test_a_missing_configuration_is_one_sentence(tmp_path: Path) -> None:
    done = landed("gaps", folder=tmp_path)
    assert done.returncode == Exit.CONFIG
    assert done.stderr == (
        'landed: there is no configuration at landed.toml: write one with "landed init", '
        "or name another with --config or LANDED_CONFIG\n"
    )


def test_the_environment_names_a_configuration(tmp_path: Path) -> None:
    done = landed("gaps", LANDED_CONFIG=str(tmp_path / "other.toml"))
    assert f"{tmp_path}/other.toml" in done.stderr


def test_a_ledger_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "landed.toml").write_text("", encoding="utf-8")
    done = landed("gaps", folder=tmp_path)
    assert done.returncode == Exit.LEDGER
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["gaps"],
        ["gaps", "--check"],
        ["trace", "1"],
        ["notice", "k"],
        ["recipient", "a@example.org"],
        ["stats"],
        ["status"],
        ["digest", "--print"],
        ["unmatched"],
        ["suppress", "list"],
        ["suppress", "check", "a@example.org"],
        ["suppress", "remove", "a@example.org"],
        ["close", "1", "--why", "x"],
    ],
)
def test_a_question_makes_and_changes_no_ledger(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "landed.toml").write_text("", encoding="utf-8")
    command = ["--config", str(tmp_path / "landed.toml"), *words]
    told = CliRunner().invoke(main.app, command).exception
    assert isinstance(told, LedgerUnavailable)
    assert "the first `landed send` or `landed run` makes it" in str(told)
    assert not (tmp_path / "landed.db").exists()
    for version, advice in (("0001", "brings it up to date"), ("9999", "a newer program made it")):
        with closing(sqlite3.connect(tmp_path / "landed.db")) as file:
            file.executescript(
                "DROP TABLE IF EXISTS alembic_version;"
                "CREATE TABLE alembic_version (version_num TEXT);"
                f"INSERT INTO alembic_version VALUES ('{version}')"
            )
        told = CliRunner().invoke(main.app, command).exception
        assert isinstance(told, LedgerUnavailable)
        assert advice in str(told)
        with closing(sqlite3.connect(tmp_path / "landed.db")) as file:
            assert file.execute("SELECT name FROM sqlite_master").fetchall() == [
                ("alembic_version",)
            ]


def test_a_ledger_of_a_newer_program_is_told_by_who_writes_too(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "landed.db")
    with ledger.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerUnavailable, match="a newer program made it"):
        ledger.migrate()
    ledger.close()


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ConfigError("wrong key"), Exit.CONFIG, "wrong key"),
        (LedgerUnavailable("the disk is full"), Exit.LEDGER, "the disk is full"),
        (OSError(13, "Permission denied", "/x"), Exit.SERVER, "/x: Permission denied"),
        (RuntimeError("odd"), Exit.SERVER, "a mistake of the program itself (RuntimeError: odd)"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_no_error_leaves_as_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(main, "app", fails)
    monkeypatch.setattr(main, "_discard_output", lambda: None)
    monkeypatch.delenv("LANDED_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert ended.value.code == code
    assert told in capfd.readouterr().err


def test_debugging_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(main, "app", fails)
    monkeypatch.setenv("LANDED_DEBUG", "1")
    with pytest.raises(RuntimeError, match="odd"):
        main.run()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    samples = ROOT / "tests" / "data" / "reports"
    script = (
        f"{sys.executable} -c 'from agent.cli.main import run; run()' parse {samples} | head -1"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    # all may be written before the reader goes; 1 would mean "there are gaps"
    assert done.returncode in {Exit.OK, 141}
    assert done.stderr == ""
    assert done.stdout.startswith("{")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_an_output_that_is_closed_is_written_to_nowhere(closed: str) -> None:
    samples = ROOT / "tests" / "data" / "reports"
    script = f"{sys.executable} -c 'from agent.cli.main import run; run()' parse {samples} {closed}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == Exit.OK
    assert done.stderr == ""
    assert bool(done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_a_question_without_an_answer_is_no_gap(tmp_path: Path) -> None:
    done = subprocess.run(
        [*LANDED, "init"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == Exit.USAGE
    assert list(tmp_path.iterdir()) == []


def test_control_c_at_a_question_ends_as_shells_have_it(tmp_path: Path) -> None:
    # shells start what runs in the background with the signal ignored, this test's children too
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    with subprocess.Popen(
        [*LANDED[:2], heeding + LANDED[2], "init"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as asking:
        assert asking.stdout is not None
        assert asking.stdout.read(4) == b"From"
        for _ in range(12):  # the system may deliver it just before the wait begins
            asking.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                asking.wait(10)
                break
        assert asking.poll() == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        name
        for name, one in sorted(get_command(main.app).commands.items())  # type: ignore[attr-defined]
        if not hasattr(one, "commands")
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(main.app, [command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert f"landed {command}" in shown.stdout
    assert "[]" not in shown.stdout  # rich takes a word in brackets for markup


def test_a_bar_is_for_a_person_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with reading() as progress:
        assert progress is None
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", shown)
    with reading() as progress:
        assert progress is not None
        progress("bounces/INBOX", 200, 1000)
        progress("bounces/INBOX", 1000, 1000)
        progress("bounces/[/x] [red]", 1, 1)
    assert "bounces/[/x] [red]" in shown.getvalue()
    assert "bounces/INBOX" in shown.getvalue()
    assert "1000/1000" in shown.getvalue()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("told", [True, False])
def test_output_that_cannot_be_written_is_told_and_is_never_an_answer(
    unbuffered: str, told: bool
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*LANDED, "--version"],
            stdout=full,
            stderr=subprocess.PIPE if told else full,
            env={**ENVIRONMENT, "PYTHONUNBUFFERED": unbuffered},
            check=False,
            encoding="utf-8",
            timeout=120,
        )
    assert done.returncode == Exit.SERVER
    if told:
        assert "the output is not whole (No space left on device)" in done.stderr
        assert done.stderr.startswith("landed: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_away_is_no_good_answer(unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        done = subprocess.run(
            [*LANDED, "--version"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, "PYTHONUNBUFFERED": unbuffered},
            check=False,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (141, b"")
