"""`landed parse`: every kind of place that mail lies in, and both forms of output."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from agent.cli.parse import parse
from agent.mailfiles import NoMail, files_of, messages_of, split_mbox

DATA = Path(__file__).parents[1] / "data" / "reports"
SAMPLE = DATA / "005-postfix-failed-unknown.eml"
MESSAGE_FIELDS = [
    "path",
    "kind",
    "original_message_id",
    "envelope_id",
    "token",
    "feedback_type",
    "recipients",
]
RECIPIENT_FIELDS = [
    "address",
    "original_address",
    "action",
    "disposition",
    "status",
    "reply_code",
    "reason",
    "severity",
    "diagnostic",
    "reporting_mta",
    "remote_mta",
]
app = typer.Typer()
app.command()(parse)


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin, env={"COLUMNS": "300"})


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def mbox(*messages: bytes) -> bytes:
    return b"".join(b"From a@b Mon Oct  5 07:00:00 2026\n" + raw + b"\n" for raw in messages)


def test_jsonl_has_the_promised_fields_in_order() -> None:
    result = run("--format", "jsonl", str(SAMPLE))
    assert result.exit_code == 0
    (row,) = lines(result)
    assert list(row)[: len(MESSAGE_FIELDS)] == MESSAGE_FIELDS
    (one,) = row["recipients"]
    assert list(one)[: len(RECIPIENT_FIELDS)] == RECIPIENT_FIELDS
    assert row["path"] == str(SAMPLE)
    assert (row["kind"], one["severity"], one["disposition"]) == ("dsn", "hard", "")


def test_folders_maildirs_and_files_come_sorted(tmp_path: Path) -> None:
    raw = SAMPLE.read_bytes()
    for name in ("b.eml", "a.EML", "note.txt"):
        (tmp_path / name).write_bytes(raw)
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "mail" / folder).mkdir(parents=True)
        (tmp_path / "mail" / folder / "1.host:2,S").write_bytes(raw)
    rows = lines(run("--format", "jsonl", str(tmp_path)))
    assert [Path(row["path"]).relative_to(tmp_path).as_posix() for row in rows] == [
        "a.EML",
        "b.eml",
        "mail/cur/1.host:2,S",
        "mail/new/1.host:2,S",
    ]


def test_an_mbox_has_numbers(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(mbox(SAMPLE.read_bytes(), b"Subject: x\n\n>From here\n>>From there\n"))
    rows = lines(run("--format", "jsonl", str(box)))
    assert [row["path"] for row in rows] == [f"{box}#1", f"{box}#2"]
    assert [row["kind"] for row in rows] == ["dsn", "unknown"]


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input(arguments: tuple[str, ...]) -> None:
    rows = lines(run("--format", "jsonl", *arguments, stdin=SAMPLE.read_bytes()))
    assert [row["path"] for row in rows] == ["-"]
    rows = lines(run("--format", "jsonl", *arguments, stdin=mbox(b"Subject: x\n\ny\n")))
    assert [row["path"] for row in rows] == ["-"]


def test_what_cannot_be_read_is_told_at_the_end_and_the_rest_goes_on(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("--format", "jsonl", str(tmp_path / "none.eml"), str(empty), str(SAMPLE))
    assert result.exit_code == 6
    assert len(lines(result)) == 1
    assert "none.eml was not read: No such file" in result.stderr
    assert "neither .eml files nor a Maildir" in result.stderr


def test_an_unreadable_file_in_a_folder_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(SAMPLE.read_bytes())
    opened = Path.open

    def refusing(self: Path, *given: Any, **named: Any) -> Any:
        if self.name == "a.eml":
            raise PermissionError(13, "Permission denied")
        return opened(self, *given, **named)

    monkeypatch.setattr(Path, "open", refusing)
    result = run("--format", "jsonl", str(tmp_path))
    assert result.exit_code == 6
    assert [row["path"] for row in lines(result)] == [str(tmp_path / "b.eml")]
    assert "a.eml was not read: Permission denied" in result.stderr


def test_the_table_tells_the_story_and_no_control_character_leaves(tmp_path: Path) -> None:
    evil = tmp_path / "evil.eml"
    evil.write_bytes(
        b"From: a@example.org\nSubject: Re: x\nIn-Reply-To: <\x1b[2J@x>\n\n\x1b]0;owned\x07hi\n"
    )
    result = run("--format", "table", str(SAMPLE), str(evil))
    assert result.exit_code == 0
    assert "userunknown" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\\x1b[2J@x" in result.stdout


def test_the_table_names_refusals_forwards_and_complaints() -> None:
    result = run("--format", "table", str(DATA))
    assert "deleted (refused)" in result.stdout
    assert "nora.private@example.org (for nora@example.net)" in result.stdout
    assert "arf (not-spam)" in result.stdout


@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_explain(form: str) -> None:
    result = run(
        "--explain", "--format", form, str(SAMPLE), str(DATA / "113-challenge-response.eml")
    )
    assert "delivery status (RFC 3464)" in result.stdout
    assert "rfc3464: Reporting-MTA" in result.stdout
    challenge = next(DATA.glob("*-challenge-response.eml"))
    told = run("--explain", "--format", form, str(challenge)).stdout
    assert "a challenge: it asks the sender" in told


def test_messages_are_bounded() -> None:
    stream = io.BytesIO(b"Subject: x\n\n" + b"x" * 5_000)
    ((label, raw),) = messages_of(stream, "x")
    assert (label, len(raw)) == ("x", 5_012)
    assert list(split_mbox([b"no separator\n"])) == [b"no separator\n"]
    assert list(split_mbox([])) == []


def test_an_eml_that_begins_with_from_is_one_message() -> None:
    stream = io.BytesIO(mbox(b"Subject: x\n\ny\n", b"Subject: z\n\ny\n"))
    assert len(list(messages_of(stream, "a.eml"))) == 1


def test_a_folder_without_mail_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(NoMail, match="Maildir"):
        files_of(tmp_path)
