"""The bound in time: what was read in whole is given, the rest is left out, and that is said."""

from collections.abc import Callable

import msgspec
import pytest

from agent.config import Config, Reading
from agent.wiring import inward
from parsers import allowance
from parsers.mime.limits import Limits
from parsers.read import explain, read
from parsers.report import Kind, Report

GIVEN_UP = "reading was given up after 5 s"
LONG = b"x" * 70 + b"\n"
PEOPLE = 40


class Clock:
    """Stands still for so many looks, then is an hour on."""

    def __init__(self, looks: int = 1_000_000) -> None:
        self.looks = 0
        self._until = looks

    def __call__(self) -> float:
        self.looks += 1
        return 0.0 if self.looks <= self._until else 3_600.0


def multipart(*parts: bytes) -> bytes:
    head = b"From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered\nMIME-Version: 1.0\n"
    head += b"Message-ID: <report@mx.example.net>\nTo: bounces@us.example\n"
    head += b'Content-Type: multipart/report; boundary="b"\n\n'
    return head + b"".join(b"--b\n" + part for part in parts) + b"--b--\n"


def padding(octets: int) -> bytes:
    return LONG * (octets // len(LONG) + 1)


def dsn(*, diagnostics: bool = True) -> bytes:
    """PEOPLE recipients; without diagnostics the words are looked for in the text."""
    blocks = b"".join(
        b"Final-Recipient: rfc822; u%d@far.example\nAction: failed\nStatus: 5.1.1\n" % number
        + (b"Diagnostic-Code: smtp; 550 5.1.1 no such user\n" if diagnostics else b"")
        + b"\n"
        for number in range(PEOPLE)
    )
    text = b"".join(
        b"<u%d@far.example>: host mx said: 550 5.2.2 mailbox full\n\n" % number
        for number in range(PEOPLE)
    )
    return multipart(
        b"Content-Type: text/plain\n\n" + text,
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n" + blocks,
        b"Content-Type: message/rfc822\n\nMessage-ID: <ours@us.example>\n\n" + padding(40_000),
    )


def words() -> bytes:
    """The same people in a mail system's own words."""
    told = b"".join(
        b"<u%d@far.example>:\n550 5.1.1 no such user here\n\n" % number for number in range(PEOPLE)
    )
    return (
        b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\nTo: bounces@us.example\n\n"
        b"Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to "
        b"deliver your message to the following addresses.\nThis is a permanent error; I've given "
        b"up. Sorry it didn't work out.\n\n"
        + told
        + b"--- Below this line is a copy of the message.\n\nMessage-ID: <ours@us.example>\n\n"
        + padding(40_000)
    )


def parts() -> bytes:
    """Of no common shape: the header names a file, so the MIME library is asked part by part."""
    raw = multipart(*[b"Content-Type: text/plain\n\n" + LONG * 4] * 200)
    return raw.replace(b'boundary="b"', b'boundary="b"; name=a', 1)


FORMS: dict[str, Callable[[], bytes]] = {
    "fields": dsn,
    "fields without words": lambda: dsn(diagnostics=False),
    "words": words,
    "parts": parts,
    "text": lambda: b"From: a@b.example\nSubject: Re: lunch\n\nYes.\n" + padding(40_000),
}


def check(cut: Report, whole: Report, clock: Clock, looks: int) -> None:
    """Nothing half, nothing of another kind, and never without a word."""
    assert cut.kind in {whole.kind, Kind.UNKNOWN}
    assert set(cut.recipients) <= set(whole.recipients)
    assert set(cut.clues) <= set(whole.clues)
    assert (cut.message_id, cut.subject) == (whole.message_id, whole.subject)
    if clock.looks <= looks:
        assert cut == whole
    else:
        assert any(note.startswith(GIVEN_UP) for note in cut.notes)
    if cut.kind is Kind.UNKNOWN:
        assert not cut.recipients


@pytest.mark.parametrize("form", FORMS)
def test_wherever_time_runs_out_what_is_given_is_whole(form: str) -> None:
    raw = FORMS[form]()
    patient = Clock()
    whole = read(raw, clock=patient)
    assert whole == read(raw), "a clock that is not over changes nothing"
    assert patient.looks > 4
    for looks in range(1, patient.looks + 1):
        clock = Clock(looks)
        cut = read(raw, clock=clock)
        check(cut, whole, clock, looks)
        assert clock.looks <= looks + 1, "once over, nobody looks at the clock again"
        assert explain(raw, clock=Clock(looks))[0] == cut


def test_recipients_that_were_judged_are_given() -> None:
    raw = dsn()
    given = {
        len(report.recipients): report
        for looks in range(1, 200)
        if (report := read(raw, clock=Clock(looks))).kind is Kind.DSN
    }
    assert sorted(given) == list(range(1, PEOPLE + 1))
    told = f"{GIVEN_UP}: only the first 7 of {PEOPLE} recipients were read"
    assert told in given[7].notes
    assert given[7].recipients == read(raw).recipients[:7]
    assert given[PEOPLE].recipients == read(raw).recipients


def test_where_nothing_is_sure_it_is_unknown_with_the_reason() -> None:
    report = read(words(), clock=Clock(1))
    assert (report.kind, report.recipients, report.detector) == (Kind.UNKNOWN, (), "")
    assert report.notes == (
        f'{GIVEN_UP}: "delivery status (RFC 3464)" was not finished, and none before it spoke',
        f"{GIVEN_UP}: clues were looked for in the header only",
    )
    assert report.sender == "MAILER-DAEMON@mx.example.net"


def test_parts_that_were_not_found_leave_nothing_to_be_sure_of() -> None:
    report = read(parts(), clock=Clock(20))
    assert report.kind is Kind.UNKNOWN
    assert f"{GIVEN_UP}: only the first 20 parts were found" in report.notes


def test_little_mail_costs_no_look_at_the_clock() -> None:
    clock = Clock(0)
    raw = dsn()[: allowance.UNTIMED]
    assert read(raw, clock=clock) == read(raw)
    assert not clock.looks


@pytest.mark.parametrize("seconds", [0, 0.0])
def test_no_seconds_are_no_bound(seconds: float) -> None:
    clock = Clock(0)
    assert read(dsn(), Limits(seconds=seconds), clock) == read(dsn())
    assert not clock.looks


def test_the_agent_hands_in_a_clock_of_its_own_work() -> None:
    keys = Reading(seconds=1e-9)
    report = inward.reader(msgspec.structs.replace(Config(), reading=keys))(dsn())
    assert report.notes[-1].startswith("reading was given up after 1e-09 s")
    assert not inward.reader(Config())(dsn()).notes
