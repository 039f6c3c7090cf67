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
    [mail for mail in MAILS if mail["kind"] not in {"reply", "mdn"}],
    ids=lambda mail: mail["form"],
)
def test_a_null_return_path_makes_no_bounce(mail: dict[str, Any]) -> None:
    """Responders send with one, and whoever wants no bounces."""
    assert _report(mail, "Return-Path: <>\n").kind not in REPORTS


@pytest.mark.parametrize(
    "mail",
    [mail for mail in MAILS if "until" in mail or "deputy" in mail],
    ids=lambda mail: mail["form"],
)
def test_until_when_and_who_deputises(mail: dict[str, Any]) -> None:
    report = _report(mail)

    until = report.until.date().isoformat() if report.until else ""
    assert until == mail.get("until", "")
    assert report.deputy == mail.get("deputy", "")


@pytest.mark.parametrize(
    "mail", [mail for mail in MAILS if mail["kind"] == "mdn"], ids=lambda mail: mail["form"]
)
def test_whether_it_was_read(mail: dict[str, Any]) -> None:
    (recipient,) = _report(mail).recipients

    assert recipient.disposition == mail["disposition"]


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


BOUNCED = 'The mail to cat@example.org could not be delivered: "550 user unknown".'


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("Nora Berg <nberg@example.com>", f"Hello,\n\n{BOUNCED}\n"),
        ("Berg, Nora <nora.berg@example.com>", BOUNCED),
        ("Nora <n@example.com>", f"Hello,\n\n{BOUNCED}\n\nNora\n"),
        ("n@example.com", f"{BOUNCED} Does anybody know why?"),
        ("n@example.com", f"{BOUNCED} Please change my address in your list."),
        ("n@example.com", f"See below.\n\nOn Monday MAILER-DAEMON wrote:\n> {BOUNCED}\n"),
        ("n@example.com", f"Am Montag schrieb MAILER-DAEMON:\n> {BOUNCED}\n"),
    ],
)
@pytest.mark.parametrize(
    "subject", ["Returned mail", "Mail delivery failed: returning message to sender", "bounces"]
)
def test_a_person_tells_of_a_bounce(sender: str, text: str, subject: str) -> None:
    raw = f"From: {sender}\nTo: notices@lists.example.com\nSubject: {subject}\n\n{text}"

    assert read(raw.encode()).kind not in REPORTS


@pytest.mark.parametrize("sender", ["Mail Hub <mailhub@example.com>", "n@example.com"])
def test_a_program_of_that_subject_is_believed(sender: str) -> None:
    raw = f"From: {sender}\nTo: notices@lists.example.com\nSubject: Returned mail\n\n{BOUNCED}"

    assert read(raw.encode()).kind is Kind.BOUNCE


def test_a_scanner_that_names_whom_it_does_not_write_to_means_a_mail_of_ours() -> None:
    """Whoever wrote it: a list's mail, or one whose bounces a service takes."""
    raw = (
        "From: hMailServer <postmaster@example.org>\nTo: %s\nSubject: Virus found\n\n"
        "The message below contained a virus and did not\n"
        "reach some or all of the intended recipients.\n\n"
        "   From: notices@example.com\n   To: cat@example.org\n   Subject: hello\n"
    )
    kinds = [read((raw % to).encode()).kind for to in ("b1@example.net", "cat@example.org")]

    assert kinds == [Kind.BOUNCE, Kind.UNKNOWN]


@pytest.mark.parametrize(
    ("subject", "kind"), [("Undelivered mail", Kind.BOUNCE), ("Your mailbox", Kind.UNKNOWN)]
)
def test_a_full_mailbox_is_told_to_whoever_wrote_or_to_its_owner(subject: str, kind: Kind) -> None:
    raw = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: dora@example.com\n"
        f"Subject: {subject}\n\nMail to cat@example.org is rejected: 98 % of its space is used.\n"
    )

    assert read(raw.encode()).kind is kind
