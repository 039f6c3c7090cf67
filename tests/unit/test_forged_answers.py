"""A stranger's mail of every kind, with a mark in every place: no delivery changes by a bad one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from parsers.read import read
from parsers.report import Kind
from parsers.token import Keyring, Purpose, sign
from store import channels, ids
from store.ids import new_id
from store.words import Verdict
from tests.plugins.owed import BOUNCES, DOMAIN, KEYRING, Owed, open_owed, policies

FORGER = Keyring({1: b"fedcba9876543210fedcba9876543210"}, current=1)
RETIRED = Keyring({3: b"33333333333333333333333333333333"}, current=3)
# what owed.mail() makes is half an hour old
HELD = Keyring(KEYRING.secrets, KEYRING.current, timedelta(minutes=10))
ANNA, ZOE = "anna@a.example", "zoe@z.example"

# what a mail is made of; {who} is whom it speaks of or comes from
_STATUS = (
    "From: MAILER-DAEMON@mx.example\n{head}Subject: Report\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nA report on your mail. {text}\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n{envelope}\n"
    "Final-Recipient: rfc822; {who}\nAction: ACTION\nStatus: STATUS\n"
    "--b\nContent-Type: message/rfc822\n\n{returned}Subject: x\n\nx\n--b--\n"
)
FORMS = {
    "failed": _STATUS.replace("ACTION", "failed").replace("STATUS", "5.1.1"),
    "delivered": _STATUS.replace("ACTION", "delivered").replace("STATUS", "2.0.0"),
    "delayed": _STATUS.replace("ACTION", "delayed").replace("STATUS", "4.4.1"),
    "bounce": (
        "From: MAILER-DAEMON@mx.example\n{head}Subject: failure notice\n\n"
        "Hi. This is the qmail-send program at mx.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        "<{who}>:\nSorry, no mailbox here by that name. (#5.1.1) {text}\n\n"
        "--- Below this line is a copy of the message.\n\n{returned}Subject: x\n\nx\n"
    ),
    "read": (
        "From: {who}\n{head}Subject: Read: x\n"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt was read. {text}\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; {who}\n{original}"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
        "--b\nContent-Type: message/rfc822\n\n{returned}Subject: x\n\nx\n--b--\n"
    ),
    "receipt": "From: {who}\n{head}Subject: Read: x\n\nYour message was read. {text}\n",
    "complaint": (
        "From: abuse@isp.example\n{head}Subject: abuse\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSpam. {text}\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        "User-Agent: x/1\n{envelope}Original-Rcpt-To: {who}\n"
        "--b\nContent-Type: message/rfc822\n\n{returned}Subject: x\n\nx\n--b--\n"
    ),
    "away": (
        "From: {who}\n{head}Subject: Automatic reply: x\nAuto-Submitted: auto-replied\n\n"
        "I am out of the office until 2030-01-01. {text}\n"
    ),
    "answer": "From: {who}\n{head}Subject: Re: x\n\nDone. {text}\n",
}
KINDS = {
    "failed": Kind.DSN,
    "delivered": Kind.DSN,
    "delayed": Kind.DSN,
    "bounce": Kind.BOUNCE,
    "read": Kind.MDN,
    "receipt": Kind.MDN,
    "complaint": Kind.ARF,
    "away": Kind.AUTOREPLY,
    "answer": Kind.REPLY,
}
# where a mark may stand, and the purpose that belongs there
PLACES = {
    "to": ("head", "To: {verp}\n", Purpose.BOUNCE),
    "decorated": ("head", "To: ops@x.example\nDelivered-To: {verp}\n", Purpose.BOUNCE),
    "envelope": ("envelope", "Original-Envelope-Id: {mark}\n", Purpose.BOUNCE),
    "path": ("returned", "Return-Path: <{verp}>\n", Purpose.BOUNCE),
    "private": ("head", "X-Landed-ID: {mark}\n", Purpose.MESSAGE),
    "returned-private": ("returned", "X-Landed-ID: {mark}\n", Purpose.MESSAGE),
    "original": ("original", "Original-Message-ID: <{mark}@x.example>\n", Purpose.MESSAGE),
    "message-id": ("returned", "Message-ID: <{mark}@x.example>\n", Purpose.MESSAGE),
    "references": ("head", "References: <{mark}@x.example>\n", Purpose.MESSAGE),
    "visible": ("text", "(ref {mark})", Purpose.MESSAGE),
}


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def made(form: str, place: str, mark: str, who: str) -> bytes:
    """A mail of a form, with the mark in one place and nowhere else."""
    slot, written, _ = PLACES[place]
    slots = dict.fromkeys(("head", "envelope", "returned", "original", "text"), "")
    slots[slot] = written.format(mark=mark, verp=BOUNCES.address(mark))
    if slot != "head":
        slots["head"] = f"To: ops@{DOMAIN}\nReferences: <stranger@x.example>\n"
    elif place != "references":
        slots["head"] += "References: <stranger@x.example>\n"
    return FORMS[form].format(who=who, **slots).encode()


def hear(owed: Owed, keyring: Keyring, *mails: bytes, after: timedelta = timedelta(0)) -> list[str]:
    with owed.ledger.transaction() as tx:
        channel = channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
    ingest = Ingest(
        owed.ledger, channel.id, channel.name, keyring, policies, read=read, tidies=True
    )
    batch = [Mail(uid, mail) for uid, mail in enumerate(mails, channel.last_uid + 1)]
    return [one.correlation.outcome for one in ingest.take(batch, 1, now=owed.now())]


def bad_marks(owed: Owed, number: int, purpose: Purpose) -> list[str]:
    """Not signed by us, by a key we dropped, for another place, of no delivery, of no attempt."""
    return [
        sign(FORGER, purpose, number, 1),
        sign(RETIRED, purpose, number, 1),
        sign(KEYRING, Purpose.CLICK, number, 1),
        sign(KEYRING, purpose, new_id(owed.now()), 1),
        sign(KEYRING, purpose, number, 7),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read_as_its_kind(form: str) -> None:
    """Else nothing below would be tried."""
    assert read(made(form, "to", sign(KEYRING, Purpose.BOUNCE, 1, 1), ANNA)).kind is KINDS[form]


@pytest.mark.parametrize("form", FORMS)
def test_no_bad_mark_anywhere_changes_a_delivery(owed: Owed, form: str) -> None:
    (number,) = owed.mail("k1", ANNA)
    before = owed.delivery(number)
    mails = [
        made(form, place, mark, who)
        for place, (_, _, purpose) in PLACES.items()
        for mark in bad_marks(owed, number, purpose)
        for who in (ANNA, ZOE)
    ]

    outcomes = hear(owed, KEYRING, *mails)

    assert not {"matched", "canary"} & set(outcomes)
    assert {"forged", "foreign"} <= set(outcomes)
    assert owed.delivery(number) == before
    # the good one is believed all the same
    good = made(form, "to", sign(KEYRING, Purpose.BOUNCE, number, 1), ANNA)
    assert hear(owed, KEYRING, good) == ["matched"]
    assert owed.delivery(number).state != before.state


@pytest.mark.parametrize("form", FORMS)
def test_a_mark_that_is_quoted_decides_nothing(owed: Owed, form: str) -> None:
    """The reference of a notice, in the mail of somebody who is not its recipient."""
    (number,) = owed.mail("k1", ANNA)
    reference = sign(KEYRING, Purpose.MESSAGE, number, 0)
    bounce = sign(KEYRING, Purpose.BOUNCE, number, 1)

    hear(owed, KEYRING, *(made(form, "visible", mark, ZOE) for mark in (reference, bounce)))

    assert owed.delivery(number).state.verdict is Verdict.WAITING


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_to_what_was_mailed_too_long_ago_changes_nothing(
    owed: Owed, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "_last", 0)  # numbers never go back, and they tell the time
    (number,) = owed.mail("k1", ANNA)
    before = owed.delivery(number)
    mails = [
        made(form, place, sign(KEYRING, purpose, number, 1), ANNA)
        for place, (_, _, purpose) in PLACES.items()
    ]

    assert "matched" not in hear(owed, HELD, *mails)
    assert owed.delivery(number) == before
    # without that bound they are believed
    assert hear(owed, KEYRING, *mails).count("matched") >= 4


@pytest.mark.parametrize("form", FORMS)
def test_a_shared_message_id_speaks_of_nobody_else(owed: Owed, form: str) -> None:
    """The right Message-ID, and a recipient who never was one: it may be anybody's guess."""
    shared = f"weekly@{DOMAIN}"
    numbers = owed.mail("k1", ANNA, "ben@b.example", message_id=shared)
    before = [owed.delivery(number) for number in numbers]
    slots = {
        "head": f"To: ops@{DOMAIN}\nReferences: <{shared}>\n",
        "returned": f"Message-ID: <{shared}>\n",
        "original": f"Original-Message-ID: <{shared}>\n",
        "envelope": "",
        "text": "",
    }
    stranger = FORMS[form].format(who=ZOE, **slots).encode()
    annas = FORMS[form].format(who=ANNA, **slots).encode()

    assert hear(owed, KEYRING, stranger) == ["unmatched"]
    assert [owed.delivery(number) for number in numbers] == before
    assert hear(owed, KEYRING, annas) == ["matched"]
    assert owed.delivery(numbers[1]) == before[1]
