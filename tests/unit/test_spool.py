"""The spool folder: order, whole files only, and no file lost or taken twice."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config import Config
from agent.config import Spool as SpoolKeys
from agent.doctor.finding import Level
from agent.doctor.spool import examine_spool
from agent.ingress.spool import Spool, SpoolError
from store.database import Ledger
from store.errors import LedgerBusy
from store.ids import parse_tracking_id
from store.reading import Reader
from tests.plugins.doors import LETTER, a_door, keys

NO_STOP = threading.Event()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "landed.db")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spool"
    made.mkdir()
    return made


def spool(ledger: Ledger, folder: Path, **options: Any) -> Spool:
    return Spool(a_door(ledger), folder, "example.org", **options)


def drop(folder: Path, name: str, raw: bytes) -> None:
    (folder / ".part").write_bytes(raw)
    (folder / ".part").rename(folder / name)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def letter(key: str, to: str = "ada@example.com") -> bytes:
    return LETTER.replace(b"own@", key.encode() + b"@").replace(b"someone@example.com", to.encode())


def test_files_are_taken_in_order_and_answered(ledger: Ledger, folder: Path) -> None:
    for name in ("b.eml", "a.EML", "c.eml"):
        drop(folder, name, letter(name[0].lower(), "ada@example.com"))
    (folder / ".hidden.eml").write_bytes(LETTER)
    (folder / "half.eml.tmp").write_bytes(LETTER)
    assert spool(ledger, folder).run_once(NO_STOP) == 3
    assert tree(folder) == [
        ".hidden.eml",
        *(f"done/{name}{end}" for name in ("a.EML", "b.eml", "c.eml") for end in ("", ".json")),
        "half.eml.tmp",
    ]
    told = json.loads((folder / "done/b.eml.json").read_text())
    assert told["notice"] == "b@example.org"
    with Reader.open(ledger.url) as reader:
        trace = reader.trace(parse_tracking_id(told["deliveries"][0]["tracking_id"]))
        person = reader.recipient("ada@example.com")
    assert trace is not None
    assert person is not None
    numbers = {row.notice: row.number for row in person.deliveries}
    assert numbers == {"a@example.org": 1, "b@example.org": 2, "c@example.org": 3}
    assert (folder / "done/a.EML").read_bytes() == letter("a")


def test_what_is_refused_says_why(ledger: Ledger, folder: Path) -> None:
    drop(folder, "1.eml", letter("x"))
    drop(folder, "2.eml", letter("x").replace(b"Hello.", b"Other."))
    drop(folder, "3.eml", b"Subject: nobody\r\n\r\nx")
    drop(folder, "4.eml", letter("y", "ada@example.com, bad@@x"))
    drop(folder, "5.eml", b"")
    drop(folder, "6.eml", b"Received: x\r\nX-Landed-Id: z\r\n" + letter("z"))
    assert spool(ledger, folder, remove=True).run_once(NO_STOP) == 6
    why = {path.name: path.read_text() for path in (folder / "refused").glob("*.why")}
    assert sorted(why) == [f"{number}.eml.why" for number in (2, 3, 4, 5, 6)]
    assert "other content" in why["2.eml.why"]
    assert "no recipient" in why["3.eml.why"]
    assert "taken, but not for:\nbad@@x: " in why["4.eml.why"]
    assert "loop" in why["6.eml.why"]
    assert not (folder / "1.eml").exists()
    assert not (folder / "done").exists()
    assert keys(ledger.url, "y@example.org") == {"y@example.org": ["ada@example.com"]}


def test_a_crash_between_ledger_and_move_is_harmless(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = b"To: ada@example.com\r\nSubject: no id\r\n\r\nx\r\n"
    drop(folder, "a.eml", bare)

    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "_move", crash)
        with pytest.raises(Crash):
            spool(ledger, folder).run_once(NO_STOP)
    assert tree(folder) == ["a.eml"]
    assert spool(ledger, folder).run_once(NO_STOP) == 1
    assert json.loads((folder / "done/a.eml.json").read_text())["created"] is False
    # the same content dropped later is another notice
    drop(folder, "a.eml", bare)
    os.utime(folder / "a.eml", ns=(1, 1))
    assert spool(ledger, folder).run_once(NO_STOP) == 1
    assert json.loads((folder / "done/a.2.eml.json").read_text())["created"] is True
    with Reader.open(ledger.url) as reader:
        person = reader.recipient("ada@example.com")
    assert person is not None
    assert len(person.deliveries) == 2


def test_a_busy_ledger_leaves_the_files(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, "a.eml", letter("a"))
    place = spool(ledger, folder)

    def busy(*_: object) -> None:
        raise LedgerBusy("busy")

    monkeypatch.setattr(place.door, "accept", busy)
    with pytest.raises(LedgerBusy):
        place.run_once(NO_STOP)
    assert tree(folder) == ["a.eml"]


def test_what_is_no_file_stops_no_other(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(LETTER)
    (folder / "1.eml").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "2.eml")
    (folder / "3.eml").mkdir()
    drop(folder, "4.eml", letter("d"))
    with pytest.raises(SpoolError, match=r"cannot be taken or moved: 3 .*permissions"):
        spool(ledger, folder).run_once(NO_STOP)
    assert (folder / "done/4.eml").exists()
    assert keys(ledger.url, "own@example.org") == {"own@example.org": []}


def test_a_stop_is_heard_and_a_missing_folder_told(ledger: Ledger, folder: Path) -> None:
    drop(folder, "a.eml", letter("a"))
    stop = threading.Event()
    stop.set()
    assert spool(ledger, folder).run_once(stop) == 0
    with pytest.raises(SpoolError, match="cannot be read"):
        spool(ledger, folder / "none").run_once(NO_STOP)


def test_a_file_that_another_agent_took_is_passed_over(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ingress.spool.waiting", lambda _: ["gone.eml"])
    assert spool(ledger, folder).run_once(NO_STOP) == 0
    assert tree(folder) == []


def test_files_that_cannot_be_taken_keep_none_behind_them_waiting(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ingress.spool._MOST", 3)
    for number in range(4):
        (folder / f"a{number}.eml").symlink_to("/etc/passwd")
    for number in range(4):
        drop(folder, f"b{number}.eml", letter(f"b{number}"))
    for left in (1, 0):
        with pytest.raises(SpoolError, match=r"a0\.eml.*a link, and links are not followed"):
            spool(ledger, folder, remove=True).run_once(NO_STOP)
        assert len(list(folder.glob("b*.eml"))) == left


def test_what_cannot_be_moved_is_taken_and_told_once(
    ledger: Ledger, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "done").write_text("no folder")
    (folder / "refused").write_text("no folder")
    drop(folder, "a.eml", letter("a"))
    drop(folder, "b.eml", b"")
    place = spool(ledger, folder)
    with caplog.at_level("INFO"):
        for _ in range(3):
            with pytest.raises(SpoolError, match="cannot be taken or moved: 2"):
                place.run_once(NO_STOP)
        assert [one.getMessage() for one in caplog.records] == ["accepted"]
        for name in ("done", "refused"):
            (folder / name).unlink()
        assert place.run_once(NO_STOP) == 2
    assert [one.getMessage() for one in caplog.records] == ["accepted", "accepted", "refused"]
    assert keys(ledger.url, "a@example.org") == {"a@example.org": ["ada@example.com"]}


def test_the_doctor_names_what_is_not_taken(folder: Path) -> None:
    config = Config(spool=SpoolKeys(folder=str(folder)))
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert [one.level for one in examine_spool(config, later)] == [Level.OK]
    for number in range(4):
        (folder / f"{number}.eml").symlink_to("/etc/passwd")
    assert [one.level for one in examine_spool(config, datetime.now(UTC))] == [Level.OK]
    (told,) = examine_spool(config, later)
    assert told.level is Level.FAIL
    assert "4 file(s) lie in" in told.found
    assert told.found.endswith("'0.eml', '1.eml', '2.eml' and 1 more")
    (gone,) = examine_spool(Config(spool=SpoolKeys(folder=str(folder / "none"))), later)
    assert gone.level is Level.FAIL
    assert list(examine_spool(Config(), later)) == []
