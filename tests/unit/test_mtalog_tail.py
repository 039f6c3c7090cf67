"""A log is read to its end, once, however it is rotated."""

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.inbound.mtalog import tail as module
from agent.inbound.mtalog.tail import LogError, LogLost, LogMoved, Place, Tail
from parsers.maillog import LINE_LIMIT


class Reader:
    """Reads on, as a follower does: the place is kept between the readings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Place()

    def read(self) -> list[str]:
        """A new Tail each time, as after a restart."""
        lines: list[str] = []
        for chunk in Tail(self.path).after(self.place):
            lines += [line.decode().rstrip("\n") for line in chunk.lines]
            self.place = chunk.place
        return lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text("a1\na2\n")
    return path


def write(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def aged(path: Path, seconds: int) -> None:
    """As if last written so many seconds ago."""
    now = path.stat().st_mtime
    os.utime(path, (now - seconds, now - seconds))


def test_only_what_is_new_is_read(log: Path) -> None:
    reader = Reader(log)
    assert reader.read() == ["a1", "a2"]
    assert reader.read() == []
    write(log, "a3\n")
    assert reader.read() == ["a3"]


def test_half_a_line_waits_for_its_end(log: Path) -> None:
    reader = Reader(log)
    write(log, "a3 beg")
    assert reader.read() == ["a1", "a2"]
    write(log, "un\n")
    assert reader.read() == ["a3 begun"]


def test_a_log_whose_first_line_is_not_whole_is_not_yet_read(log: Path) -> None:
    log.write_text("begun")
    reader = Reader(log)
    assert reader.read() == []
    assert reader.place == Place()
    write(log, " and ended\n")
    assert reader.read() == ["begun and ended"]


def test_a_renamed_log_is_read_to_its_end_first(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    write(log, "a3\na4 without end")
    log.rename(log.with_name("mail.log.1"))
    aged(log.with_name("mail.log.1"), 5)
    log.write_text("")
    assert reader.read() == ["a3"]  # until the new one has a line, the old one may grow
    write(log, "b1\n")
    assert reader.read() == ["a4 without end", "b1"]


def test_a_copied_and_truncated_log_is_read_on_in_its_copy(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    write(log, "a3\n")
    copy = log.with_name("mail.log-20261122")
    copy.write_text(log.read_text())
    assert reader.read() == ["a3"]  # the copy is there, the log not yet truncated
    os.truncate(log, 0)
    assert reader.read() == []
    aged(copy, 5)
    write(log, "b1\nb2\nb3\nb4\n")  # longer than it ever was
    assert reader.read() == ["b1", "b2", "b3", "b4"]


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_several_rotations_are_caught_up_with_compressed_ones_too(
    log: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    reader = Reader(log)
    reader.read()
    for number, (text, age) in {3: ("a1\na2\na3\n", 30), 2: ("b1\n", 20)}.items():
        old = log.with_name(f"mail.log.{number}{suffix}")
        old.write_bytes(pack(text.encode()))
        aged(old, age)
    log.with_name("mail.log.1").write_text("c1\n")
    aged(log.with_name("mail.log.1"), 10)
    log.write_text("d1\n")
    assert reader.read() == ["a3", "b1", "c1", "d1"]
    assert reader.read() == []


def test_a_copy_that_is_just_being_compressed_is_not_read_twice(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    old = log.with_name("mail.log.1")
    old.write_text("a1\na2\na3\n")
    half = gzip.compress(b"a1\na2\n" + os.urandom(50_000))
    old.with_name("mail.log.1.gz").write_bytes(half[: len(half) // 2])
    old.with_name("mail.log.bad.gz").write_bytes(b"no archive\n")
    aged(old, 5)
    log.write_text("b1\n")
    assert reader.read() == ["a3", "b1"]


def test_a_log_emptied_without_a_copy_is_lost_and_says_so(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    log.write_text("")
    with pytest.raises(LogMoved, match="is empty"):  # nobody can say that it was read to its end
        reader.read()
    log.write_text("b1\n")
    with pytest.raises(LogLost, match="keep at least one rotated file"):
        reader.read()
    reader.place = Place()
    assert reader.read() == ["b1"]


def test_a_shorter_log_with_the_same_first_line_is_not_read_from_its_middle(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    log.write_text("a1\n")
    with pytest.raises(LogLost):
        reader.read()


def test_a_line_longer_than_any_server_writes_is_dropped(log: Path) -> None:
    write(log, "x" * (2 * LINE_LIMIT + 5) + "\n" + "a3\n")
    reader = Reader(log)
    assert reader.read() == ["a1", "a2", "a3"]
    assert reader.place.offset == log.stat().st_size


def test_reading_goes_in_bounded_chunks(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK_LINES", 2)
    write(log, "a3\na4\na5\n")
    chunks = list(Tail(log).after(Place()))
    assert [len(chunk.lines) for chunk in chunks] == [2, 2, 1]
    rest = list(Tail(log).after(chunks[0].place))
    assert [line for chunk in rest for line in chunk.lines] == [b"a3\n", b"a4\n", b"a5\n"]


def test_a_log_that_is_not_there_or_not_readable_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"mail\.log cannot be read: No such file.*group adm"):
        list(Tail(tmp_path / "mail.log").after(Place()))
    (tmp_path / "dir.log").mkdir()
    with pytest.raises(LogError, match="Is a directory"):
        list(Tail(tmp_path / "dir.log").after(Place(5, 5)))


def test_a_rotation_in_the_middle_of_a_reading_is_noticed(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = Tail(log)
    found = tail._files(Place())
    log.write_text("b1\n")
    monkeypatch.setattr(tail, "_files", lambda _: found)
    with pytest.raises(LogMoved):
        list(tail.after(Place()))


def test_the_lines_before_a_place_are_given_again_in_bounds(log: Path) -> None:
    reader = Reader(log)
    reader.read()
    log.rename(log.with_name("mail.log.1"))
    aged(log.with_name("mail.log.1"), 5)
    log.write_text("b1\nb2\n")
    reader.read()
    write(log, "b3\n")
    tail = Tail(log)
    assert list(tail.before(reader.place, 1000)) == [b"a1\n", b"a2\n", b"b1\n", b"b2\n"]
    assert list(tail.before(reader.place, 9)) == [b"a2\n", b"b1\n", b"b2\n"]
    assert list(tail.before(reader.place, 3)) == [b"b2\n"]
    assert list(tail.before(Place(), 1000)) == []
    assert list(Tail(log.with_name("none")).before(reader.place, 9)) == []
