"""Every place in which a message may name its delivery, and which goes first."""

import base64

import pytest

from parsers import read as module
from parsers.clues import find_clues, first_mark, message_ids
from parsers.mime.message import parse
from parsers.read import explain, read
from parsers.report import Clue, ClueKind, Kind
from parsers.token import Keyring, Purpose, sign

RING = Keyring({0: b"a secret of sixteen"}, 0)


def mark(number: int, purpose: Purpose = Purpose.BOUNCE) -> str:
    return sign(RING, purpose, number)


A, B, C, D, E, F, G = (mark(number) for number in range(1, 8))


def report(head: str = "", returned: str = "", text: str = "x") -> bytes:
    return (
        f"From: MAILER-DAEMON@example.net\n{head}Content-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n"
        f"--b\nContent-Type: message/rfc822\n\nSubject: s\n{returned}\n\n--b--\n"
    ).encode()


def test_in_a_returned_mail_without_a_part_around_it() -> None:
    raw = (
        f"From: MAILER-DAEMON@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n"
        f"--b\nReceived: from a by b\nX-Landed-Id: {A}\n\nx\n--b--\n"
    )
    assert read(raw.encode()).clues == (Clue(ClueKind.HEADER, A),)


@pytest.mark.parametrize(
    "name",
    ["To", "Delivered-To", "X-Original-To", "Envelope-To", "Apparently-To", "X-Envelope-To", "Cc"],
)
def test_addressed(name: str) -> None:
    raw = report(f"{name}: Bounces <notices+{A.upper()}@example.com>\n")
    assert read(raw).clues[0] == Clue(ClueKind.ADDRESSED, A)
    assert read(raw).token == A


@pytest.mark.parametrize("name", ["Return-Path", "Disposition-Notification-To"])
def test_return_path_of_the_returned_mail(name: str) -> None:
    assert read(report(returned=f"{name}: <{A}@bounces.example.com>")).clues == (
        Clue(ClueKind.RETURN_PATH, A),
    )


def test_strongest_first_and_no_repeats() -> None:
    raw = report(
        f"To: {A}@bounces.example.com\nX-Landed-Id: {D}\nReferences: <{E}@example.com> <x@y>\n"
        f"In-Reply-To: <{A}@example.com>\nSubject: ref {F}\n",
        f"Return-Path: <{C}@bounces.example.com>\nReferences: <{G}@example.com> <other@thread>\n"
        f"Message-ID: <{B}@example.com>",
    )
    clues = find_clues(
        parse(raw), envelope_id=f"env-{mark(9)}", original_message_id=f"{B}@example.com"
    )
    assert [(clue.kind, clue.value) for clue in clues] == [
        (ClueKind.ADDRESSED, A),
        (ClueKind.ENVELOPE_ID, mark(9)),
        (ClueKind.ENVELOPE_ID, f"env-{mark(9)}"),
        (ClueKind.RETURN_PATH, C),
        (ClueKind.HEADER, D),
        (ClueKind.MESSAGE_ID, B),
        (ClueKind.MESSAGE_ID, f"{B}@example.com"),
        (ClueKind.REFERENCES, E),
        (ClueKind.REFERENCES, G),
        (ClueKind.REFERENCES, f"{A}@example.com"),
        (ClueKind.REFERENCES, f"{E}@example.com"),
        (ClueKind.REFERENCES, "x@y"),
        (ClueKind.VISIBLE, F),
    ]
    assert first_mark(clues) == A


def test_a_visible_reference_in_the_text() -> None:
    raw = f"From: nora@example.net\nSubject: Re: x\n\nI read it. Ref: {A}\n".encode()
    assert read(raw).clues == (Clue(ClueKind.VISIBLE, A),)


def test_a_visible_reference_in_an_encoded_subject() -> None:
    subject = base64.b64encode(f"Ré: {A}".encode()).decode()
    raw = f"From: nora@example.net\nSubject: =?utf-8?b?{subject}?=\nIn-Reply-To: <m@x>\n\nyes\n"
    assert Clue(ClueKind.VISIBLE, A) in read(raw.encode()).clues


def test_without_marks_identifiers_remain() -> None:
    raw = b"From: nora@example.net\nSubject: Re: x\nIn-Reply-To: <m@example.com>\n\nyes\n"
    said = read(raw)
    assert said.token == ""
    assert said.clues == (Clue(ClueKind.MESSAGE_ID, "m@example.com"),)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<a@b> <c@d>", ["a@b", "c@d"]),
        ("a@b", ["a@b"]),
        ("your mail of Monday", []),
        ("", []),
        ("<a b>", []),
    ],
)
def test_message_ids(value: str, found: list[str]) -> None:
    assert message_ids(value) == found


def test_long_threads_are_bounded() -> None:
    raw = report("References: " + " ".join(f"<{i}@x>" for i in range(500)) + "\n")
    assert len(read(raw).clues) <= 60


def test_explain_names_each_reader_until_one_spoke() -> None:
    said, steps = explain(b"From: nora@example.net\nSubject: Re: x\n\nyes\n")
    assert said.kind is Kind.REPLY
    assert [step.spoke for step in steps].count(True) == 1
    assert steps[-1].reader == "reply of a person"
    assert steps[-1].words == "reply: Subject: Re: x"
    assert steps[0].reader.startswith("delivery status")


def test_explain_shows_the_bounce_detectors_that_were_tried() -> None:
    raw = (
        b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n"
        b"Hi. This is the qmail-send program at example.net.\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        b"<nora@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
    )
    said, steps = explain(raw)
    assert said.detector == "qmail"
    assert steps[-1].reader == "  qmail"
    assert steps[-1].spoke


def test_an_error_within_a_reader_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_message: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(module, "READERS", (module.Reader("broken", broken),))
    said = read(b"Subject: x\n\ny")
    assert said.kind is Kind.UNKNOWN
    assert said.notes == ("unreadable: RuntimeError: boom",)
