"""What people, shops, lists, programs and cheats write, and responders in many languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from parsers.mime.message import parse
from parsers.read import read
from parsers.report import Kind, Report

MAILS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "strangers.json").read_text("utf-8")
)
BOUNCES = sorted((Path(__file__).parents[1] / "data" / "bounces").glob("*.eml"))
REPORTS = {Kind.BOUNCE, Kind.DSN, Kind.ARF, Kind.MDN}


def _report(mail: dict[str, Any], more: str = "") -> Report:
    fields = "".join(f"{name}: {value}\n" for name, value in mail["headers"].items())
    raw = (
        f"{more}From: {mail['sender']}\nTo: notices@lists.example.com\n"
        f"Subject: {mail['subject']}\nDate: Mon, 21 Dec 2026 10:00:00 +0000\n{fields}"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{mail['text']}"
    )
    return read(raw.encode())


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail["form"])
def test_what_it_is(mail: dict[str, Any]) -> None:
    report = _report(mail)

    if mail["kind"] == "other":
        assert report.kind not in REPORTS
    else:
        assert report.kind == mail["kind"]


@pytest.mark.parametrize(
    "mail",
    [mail for mail in MAILS if mail["kind"] != "reply"],
    ids=lambda mail: mail["form"],
)
def test_a_null_return_path_makes_no_bounce(mail: dict[str, Any]) -> None:
    """Responders send with one, and whoever wants no bounces."""
    assert _report(mail, "Return-Path: <>\n").kind not in REPORTS


@pytest.mark.parametrize(
    "mail", [mail for mail in MAILS if "until" in mail], ids=lambda mail: mail["form"]
)
def test_until_when_and_who_deputises(mail: dict[str, Any]) -> None:
    report = _report(mail)

    assert report.until is not None
    assert report.until.date().isoformat() == mail["until"]
    assert report.deputy == mail["deputy"]


@pytest.mark.parametrize("bounce", BOUNCES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("mail trouble", "Hello,\n\nthis came today:\n\n"),
        ("Undelivered mail?", "Hello,\n\nI got this. What does this mean?\n\n"),
    ],
    ids=["plain", "telling"],
)
def test_a_person_shows_a_bounce_to_somebody(bounce: Path, subject: str, words: str) -> None:
    text = words + parse(bounce.read_bytes()).text
    raw = f"From: Dora <dora@example.org>\nSubject: {subject}\nContent-Type: text/plain\n\n{text}"

    assert read(raw.encode()).kind not in REPORTS
