"""What people and their responders write in many languages: who, until when, and who deputises."""

from pathlib import Path

import pytest

from parsers.read import read
from parsers.report import Kind

DATA = Path(__file__).parents[1] / "data"


def rows(name: str) -> list[tuple[str, ...]]:
    lines = (DATA / name).read_text("utf-8").splitlines()[1:]
    return [tuple(line.split("\t")) for line in lines]


ROWS = rows("absence-notes.tsv")
PEOPLE = rows("answers-of-people.tsv")
DESKS = rows("answers-of-desks.tsv")


@pytest.mark.parametrize(("until", "deputy", "text"), ROWS, ids=[row[2][:40] for row in ROWS])
def test_a_note(until: str, deputy: str, text: str) -> None:
    """Written on 3 March 2025 by Quinn Ferris; an empty column: the note does not say."""
    raw = (
        "From: Quinn Ferris <quinn@example.net>\nTo: ops@example.com\nSubject: Re: Server room\n"
        "Date: Mon, 3 Mar 2025 10:00:00 +0100\nAuto-Submitted: auto-replied\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )

    report = read(raw.encode())

    assert report.kind is Kind.AUTOREPLY
    assert (report.until.date().isoformat() if report.until else "") == until
    assert report.deputy == deputy


def answer(sender: str, subject: str, text: str) -> Kind:
    raw = (
        f"From: {sender}\nTo: ops@example.com\nIn-Reply-To: <a@b>\nSubject: {subject}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
    return read(raw.encode()).kind


@pytest.mark.parametrize(("sender", "subject", "text"), PEOPLE, ids=[row[2][:40] for row in PEOPLE])
def test_a_person_who_thanks_confirms_or_will_be_away(sender: str, subject: str, text: str) -> None:
    quoted = f"{text}\n\nOn Monday ops@example.com wrote:\n> The room is closed.\n"
    assert answer(sender, subject, quoted) is Kind.REPLY


@pytest.mark.parametrize(("sender", "subject", "text"), DESKS, ids=[row[2][:40] for row in DESKS])
def test_a_desk_that_acknowledges_without_a_header(sender: str, subject: str, text: str) -> None:
    assert answer(sender, subject, text) is Kind.AUTOREPLY
