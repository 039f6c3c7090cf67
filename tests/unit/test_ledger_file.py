"""What only a SQLite ledger has: a file, its modes, and its readers."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Ledger, LedgerBusy, LedgerUnavailable
from store.ids import new_id, parse_tracking_id, tracking_id
from store.instants import from_micros, to_micros
from store.reading import Reader

_ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_opening_makes_the_file_private_and_current(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "landed.sqlite"
    ledger = Ledger.open(path)
    assert ledger.schema_is_current()
    assert ledger.url == str(path)
    assert ledger.dialect == "sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ledger.close()


def test_no_loss_on_power_failure_is_asked_for(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        answers = {
            name: tx.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert answers == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_missing_ledger_is_not_made_unasked(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    for opening in (lambda: Ledger.open(path, create=False), lambda: Reader.open(str(path))):
        with pytest.raises(LedgerUnavailable, match="`landed send` or `landed run` makes it"):
            opening()
    assert not path.exists()


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("not a database at all, but long enough to be looked at" * 30)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        Reader.open(path)
    with pytest.raises(LedgerUnavailable):
        Ledger.open(path)
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(LedgerUnavailable, match="there is no ledger"):
        Reader.open(tmp_path / "empty.sqlite")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnavailable, match="cannot make the ledger"):
        Ledger.open(tmp_path / "file" / "landed.sqlite")


def test_a_lock_file_that_cannot_be_made_is_told(ledger: Ledger, tmp_path: Path) -> None:
    gone = Ledger(ledger._engine, tmp_path / "gone" / "landed.sqlite")
    with pytest.raises(LedgerUnavailable, match="lock file"), gone.hold("x"):
        pass


def test_a_writer_in_the_way_is_busy(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.database._BUSY_SECONDS", 0)
    ledger = Ledger.open(ledger_url)
    with ledger.transaction(), pytest.raises(LedgerBusy), ledger.transaction():
        pass
    with ledger.transaction(), ledger.transaction(read_only=True):
        pass
    ledger.close()


def test_many_processes_may_make_the_same_ledger(tmp_path: Path) -> None:
    path = tmp_path / "landed.sqlite"
    code = "import sys; from store.database import Ledger; Ledger.open(sys.argv[1]).close()"
    makers = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=_ROOT) for _ in range(3)
    ]
    assert [maker.wait(60) for maker in makers] == [0, 0, 0]
    assert Ledger.open(path, create=False).schema_is_current()


def test_reading_works_beside_a_writer_and_after_it(ledger: Ledger, ledger_url: str) -> None:
    with ledger.transaction(), Reader.open(ledger_url) as reader:
        assert reader.gaps() == []
    ledger.close()
    with Reader.open(f"sqlite:///{ledger_url}") as reader:
        assert reader.count_gaps() == {}


def test_a_reader_cannot_write(ledger_url: str) -> None:
    with Reader.open(ledger_url) as reader, pytest.raises(LedgerUnavailable, match="readonly"):
        reader._plain.rows("DELETE FROM notice")


def test_reading_needs_no_sqlalchemy(ledger_url: str) -> None:
    code = (
        "import sys; from store.reading import Reader; r = Reader.open(sys.argv[1]); r.gaps();"
        "print([m for m in ('sqlalchemy', 'sqlmodel', 'pydantic', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ledger_url], cwd=_ROOT, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[]"


def test_no_postgres_there_is_told() -> None:
    url = "postgresql://me:secret@127.0.0.1:1/none"
    for opening in (Ledger.open, Reader.open):
        with pytest.raises(LedgerUnavailable, match="does not answer") as raised:
            opening(url)
        assert "secret" not in str(raised.value)
    with pytest.raises(LedgerUnavailable, match="not a valid URL"):
        Ledger.open("postgresql://host:port/none")


# --- ids and instants


def test_ids_rise_whatever_the_clock_does() -> None:
    later = NOW.replace(year=2027)
    drawn = [new_id(at) for at in (NOW, NOW, later, NOW, later, datetime(1999, 1, 1, tzinfo=UTC))]
    assert drawn == sorted(set(drawn))
    assert all(0 < number < 1 << 63 for number in drawn)


def test_tracking_ids_come_back() -> None:
    for number in (1, new_id(NOW), (1 << 63) - 1):
        shown = tracking_id(number)
        assert len(shown) == 13
        assert shown.isalnum()
        assert parse_tracking_id(f" {shown.upper()}\n") == number


@pytest.mark.parametrize("typed", ["", "a" * 12, "a" * 14, "1" * 13, "8" * 13, "z" * 13, "ä" * 13])
def test_what_is_no_tracking_id_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="tracking ID"):
        parse_tracking_id(typed)


def test_instants_are_exact_and_aware() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
    assert from_micros(to_micros(moment)) == moment
    assert to_micros(datetime(1969, 12, 31, tzinfo=UTC)) < 0
    with pytest.raises(ValueError, match="time zone"):
        to_micros(moment.replace(tzinfo=None))


def test_no_environment_is_needed(ledger_url: str) -> None:
    code = "import sys; from store.database import Ledger; Ledger.open(sys.argv[1]).migrate()"
    bare = {"PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code, ledger_url], cwd=_ROOT, env=bare, check=True)
