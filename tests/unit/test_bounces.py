"""Every bounce form is read from a sample of it, and nothing else is read as a bounce."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parsers.bounces import Attempt, Detector, Finding, Found, attempts, detect
from parsers.bounces.notice import Notice
from parsers.bounces.registry import DETECTORS, MAX_RECIPIENTS
from parsers.bounces.verdict import verdict_words
from parsers.mime.message import parse
from parsers.report import Action

DATA = Path(__file__).parents[1] / "data"
SAMPLES = sorted((DATA / "bounces").glob("*.eml"))
OTHERS = sorted((DATA / "not-bounces").glob("*.eml"))


def finding_of(raw: bytes) -> Finding | None:
    return detect(parse(raw))


def found_in(
    text: str, sender: str = "MAILER-DAEMON@example.net", subject: str = "Returned mail"
) -> list[str]:
    raw = f"From: {sender}\nTo: a@example.com\nSubject: {subject}\n\n{text}".encode()
    finding = finding_of(raw)
    return [one.address for one in finding.recipients] if finding else []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample_names_its_recipients(sample: Path) -> None:
    expected: dict[str, Any] = json.loads(sample.with_suffix(".json").read_text("utf-8"))
    finding = finding_of(sample.read_bytes())

    assert finding is not None
    assert finding.detector == expected["detector"]
    wanted: list[dict[str, str]] = expected["recipients"]
    assert [one.address for one in finding.recipients] == [one["address"] for one in wanted]
    for found, want in zip(finding.recipients, wanted, strict=True):
        for name, value in want.items():
            if name == "words":
                assert value in found.diagnostic
            else:
                assert str(getattr(found, name)) == value
        assert found.original_address == want.get("original_address", "")


@pytest.mark.parametrize("sample", OTHERS, ids=lambda path: path.stem)
def test_what_is_no_bounce_is_not_read_as_one(sample: Path) -> None:
    assert finding_of(sample.read_bytes()) is None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_line_ends_do_not_matter(sample: Path) -> None:
    raw = sample.read_bytes().replace(b"\r\n", b"\n")

    assert finding_of(raw) == finding_of(raw.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_detector_keeps_the_protocol(detector: Detector) -> None:
    assert detector.name == detector.name.lower()
    assert all(mark == mark.lower() and mark.strip() for mark in detector.marks)
    for raw in (b"", b"\n", b"Subject: x\n\n" + b"@" * 5_000, b"From: <>\n\n<>:\n---\n"):
        found = detector(Notice(parse(raw)))
        assert isinstance(found, Iterator)
        assert [one for one in found if isinstance(one, Found)] == []


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_every_detector_has_a_sample(detector: Detector) -> None:
    named = {
        json.loads(path.with_suffix(".json").read_text("utf-8"))["detector"] for path in SAMPLES
    }

    assert detector.name in named


def test_names_are_unique() -> None:
    names = [detector.name for detector in DETECTORS]

    assert len(set(names)) == len(names)


def test_attempts_tell_who_was_asked_until_one_spoke() -> None:
    sample = DATA / "bounces" / "qmail-01.eml"
    turns = list(attempts(parse(sample.read_bytes())))

    assert turns[-1].finding == finding_of(sample.read_bytes())
    assert turns[-1].called
    assert turns[-1].mark == "hi. this is the"
    assert all(isinstance(turn, Attempt) and turn.finding is None for turn in turns[:-1])
    assert not turns[0].called


def test_attempts_end_without_a_finding() -> None:
    turns = list(attempts(parse(b"From: a@example.org\nSubject: hello\n\nHello.\n")))

    assert len(turns) == len(DETECTORS)
    assert all(turn.finding is None for turn in turns)


def test_the_returned_message_is_never_scanned() -> None:
    text = (
        "Your message could not be delivered to cat@example.org: user unknown\n\n"
        "----- Original message -----\n"
        "550 <dog@example.org>... User unknown\nFailed recipient: bird@example.org\n"
    )

    assert found_in(text) == ["cat@example.org"]


def test_an_address_is_named_once_with_the_longer_words() -> None:
    finding = finding_of(
        b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n"
        b"Hi. This is the qmail-send program at example.net.\n\n"
        b"<cat@example.org>:\nno\n\n<cat@EXAMPLE.org>:\nSorry, no mailbox here by that name.\n\n"
    )

    assert finding is not None
    (only,) = finding.recipients
    assert only.diagnostic == "Sorry, no mailbox here by that name."


def test_recipients_are_bounded() -> None:
    for more in (0, 1, 50):
        many = "".join(f"<c{n}@a.example>:\nno\n\n" for n in range(MAX_RECIPIENTS + more))
        text = f"Hi. This is the qmail-send program.\n\n{many}"
        message = parse(f"From: MAILER-DAEMON@a.example\n\n{text}".encode())
        finding = detect(message)
        assert finding is not None
        assert len(finding.recipients) == MAX_RECIPIENTS
        assert bool(message.notes) == bool(more), "what is cut is said"


def test_a_finding_shows_the_words_on_which_it_rests() -> None:
    sample = DATA / "bounces" / "dragonfly-01.eml"
    finding = finding_of(sample.read_bytes())

    assert finding is not None
    assert "Mailbox full" in finding.words
    assert finding.recipients[0].action is Action.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "@" * 200_000,
        "a@" * 100_000,
        "<a@b>:" * 30_000,
        "----- " * 30_000,
        "recipient: " * 20_000,
        ("copy of " * 3 + "\n") * 5_000,
        '"' * 100_000 + "@example.org",
        "a@b." * 50_000,
        "<" * 100_000,
        "(expanded from " * 10_000,
    ],
    ids=lambda text: text[:12].strip(),
)
def test_hostile_text_is_survived(text: str) -> None:
    sender = "MAILER-DAEMON@example.net"
    raw = f"From: {sender}\nSubject: Returned mail: undeliverable\n\nfailed\n\n{text}\n".encode()
    message = parse(raw)
    for detector in DETECTORS:
        found = list(detector(Notice(message)))
        assert all("@" in one.address and len(one.address) < 400 for one in found)


def test_the_words_of_the_whole_notice_are_looked_for_once() -> None:
    """Some senders' readers want them for each recipient, and a notice may have thousands."""
    notice = Notice(parse(b"From: MAILER-DAEMON\n\ncat@example.org: user unknown\n"))

    assert verdict_words(notice) is verdict_words(notice)


PLAIN = "Sorry, your message could not be delivered to:\n\n  cat@example.org\n\nUser unknown.\n"


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON",
        "<>",
        "Postmaster@mx.example.net (Postmaster)",
        "Internet Mail Delivery <delivery@mx.example.net>",
        "SMTP Server <s@mx.example.net>",
        "uucp@mx.example.net (UUCP)",
        "System Administrator",
        "Mail Administrator <ma@mx.example.net>",
    ],
)
def test_a_mail_system_needs_no_telling_subject(sender: str) -> None:
    assert found_in(PLAIN, sender=sender, subject="hello") == ["cat@example.org"]


@pytest.mark.parametrize(
    "subject",
    [
        "Undeliverable Mail",
        "Nondeliverable mail",
        "Your message was not delivered",
        "Address unknown",
        "Nachricht nicht zustellbar",
        "Notification d'échec de distribution",
        "Rejected: hello",
        "Can't deliver mail",
        "NDN: hello",
    ],
)
def test_a_telling_subject_needs_no_known_sender(subject: str) -> None:
    assert found_in(PLAIN, sender="root@mx.example.net", subject=subject) == ["cat@example.org"]


def test_a_null_return_path_and_plain_words_suffice() -> None:
    head = b"From: root@mx.example.net\nTo: a@example.com\nSubject: hello\n\n"

    assert finding_of(head + PLAIN.encode()) is None
    assert finding_of(b"Return-Path: <>\n" + head + PLAIN.encode()) is not None
    assert finding_of(b"Return-Path: <>\n" + head + b"I could not reach cat@example.org.\n") is None


def test_a_list_is_never_a_mail_system() -> None:
    head = b"From: MAILER-DAEMON@example.net\nSubject: Returned mail\nList-Id: <x.example.net>\n\n"

    assert finding_of(head + PLAIN.encode()) is None


FOOTER = "\n__________________________\nCats mailing list\nCats@lists.w.example\n"
SIGNED = "\nRegards,\nYour mail team\nmailteam@w.example\n"


@pytest.mark.parametrize("below", [FOOTER, SIGNED], ids=["footer", "signature"])
@pytest.mark.parametrize("name", ["gmx-01", "notes-01", "imail-01", "exchange-01", "intermail-01"])
def test_what_stands_below_is_not_taken_for_a_recipient(name: str, below: str) -> None:
    message = parse((DATA / "bounces" / f"{name}.eml").read_bytes())
    notice = Notice(message)
    text = notice.above.rstrip() + "\n"
    mailer = message.header("x-mailer")
    head = f"From: {notice.sender}\nSubject: {notice.subject}\nX-Mailer: {mailer}\n"
    plain = f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}".encode()
    before, after = finding_of(plain), finding_of(plain + below.encode())

    assert before is not None
    assert after is not None
    assert [one.address for one in after.recipients] == [one.address for one in before.recipients]
