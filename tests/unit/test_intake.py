"""Intake: what is taken on, what is refused, and that a key is one notice."""

import email
import email.policy
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.outbound.intake import Accepted, IntakeError, Limits, accept_message, accept_parts
from store import notices, outbox
from store.database import Ledger
from store.errors import NoticeConflict
from store.words import Policy

NOW = datetime(2026, 10, 9, 8, tzinfo=UTC)
MESSAGE = (
    b"From: =?utf-8?q?B=C3=BCro?= <app@example.org>\n"
    b"To: Ada <ada@example.com>, team: ben@example.com;\n"
    b"Cc: cy@example.com\nBcc: dan@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
    b"Message-ID: <own@example.org>\n\nHello \xe4\n.\nend"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "ledger.db")
    yield opened
    opened.close()


def policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("test")


def parts(ledger: Ledger, **changes: Any) -> Accepted:
    given: dict[str, Any] = {
        "key": "k1",
        "recipients": ["ada@example.com"],
        "sender": "Notices <notices@example.org>",
        "subject": "Hi",
        "text": "Hello\n",
        "policies": policies,
        "now": NOW,
    }
    return accept_parts(ledger, **(given | changes))


def whole(ledger: Ledger, raw: bytes = MESSAGE, **changes: Any) -> Accepted:
    given: dict[str, Any] = {"sender": "n@example.org", "policies": policies, "now": NOW}
    return accept_message(ledger, raw, **(given | changes))


def stored(ledger: Ledger) -> list[outbox.Outgoing]:
    with ledger.transaction() as tx:
        return outbox.claim(tx, worker="t", limit=100, lease=timedelta(hours=1), now=NOW)


def test_recipients_are_canonical_doubles_folded_and_the_refused_are_told(ledger: Ledger) -> None:
    accepted = parts(
        ledger,
        recipients=[
            '"Ada L." <Ada@EXAMPLE.com>, jo@müller.example',
            "Ada@example.com",
            "no address",
            "bob@@example.com",
            "",
        ],
    )
    assert [one.address for one in accepted.deliveries] == [
        "Ada@example.com",
        "jo@xn--mller-kva.example",
    ]
    assert [one.text for one in accepted.refused] == ["no address", "bob@@example.com", ""]
    assert all(one.reason for one in accepted.refused)
    out = {one.address: one for one in stored(ledger)}
    assert out["Ada@example.com"].name == "Ada L."
    assert out["Ada@example.com"].as_given == '"Ada L." <Ada@EXAMPLE.com>'
    assert out["jo@xn--mller-kva.example"].as_given == "jo@müller.example"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_nobody_joins_by_a_line_end_within_a_recipient(ledger: Ledger, end: str) -> None:
    smuggled = f"ada@example.com{end}Bcc: eve@example.com"
    accepted = parts(ledger, recipients=[smuggled, "ben@example.com"])
    assert [one.address for one in accepted.deliveries] == ["ben@example.com"]
    assert [one.text for one in accepted.refused] == [smuggled]
    assert "line end" in accepted.refused[0].reason


def test_the_same_key_is_the_same_notice(ledger: Ledger) -> None:
    first = parts(ledger)
    again = parts(ledger, recipients=["ada@example.com", "ben@example.com"])
    assert first.created
    assert not again.created
    assert again.notice_id == first.notice_id
    assert [(one.address, one.created) for one in again.deliveries] == [
        ("ada@example.com", False),
        ("ben@example.com", True),
    ]
    assert len(stored(ledger)) == 2
    with pytest.raises(NoticeConflict, match="k1"):
        parts(ledger, text="Something else")


def test_nobody_to_send_to_is_an_error_that_names_why(ledger: Ledger) -> None:
    with pytest.raises(IntakeError, match="bob: ") as caught:
        parts(ledger, recipients=["bob"])
    assert [one.text for one in caught.value.refused] == ["bob"]
    with pytest.raises(IntakeError, match="name at least one"):
        parts(ledger, recipients=[])
    with ledger.transaction() as tx:
        assert notices.find(tx, "k1") is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key": ""}, "key"),
        ({"key": "a\nb"}, "key"),
        ({"key": "x" * 501}, "key"),
        ({"notice_class": "no blanks"}, "is no class"),
        ({"subject": "a\r\nBcc: eve@example.com"}, "line end"),
        ({"headers": [("X-A", "b\nBcc: eve@example.com")]}, "line end"),
        ({"sender": "a@example.org\r\nBcc: eve@example.com"}, "line end"),
        ({"text": "x" * 2000, "limits": Limits(max_bytes=1000)}, "1000 is the limit"),
        ({"text": "\u2028\n" * 300_000}, "more than 500000 lines"),
        ({"html": "x\r" * 600_000}, "the HTML has more than 500000 lines"),
        (
            {
                "recipients": [f"r{n}@example.com" for n in range(4)],
                "limits": Limits(max_recipients=3),
            },
            "more than 3 recipients",
        ),
    ],
)
def test_what_could_do_harm_is_refused(ledger: Ledger, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(IntakeError, match=told):
        parts(ledger, **changes)
    assert stored(ledger) == []


def test_an_address_with_a_line_end_is_refused(ledger: Ledger) -> None:
    accepted = parts(ledger, recipients=["ada@example.com", "eve@example.com\r\nRCPT TO:<x>"])
    assert "ada@example.com" in [one.address for one in accepted.deliveries]
    assert all("\r" not in one.address for one in accepted.deliveries)
    assert accepted.refused


def test_a_whole_message_brings_key_and_recipients(ledger: Ledger) -> None:
    accepted = whole(ledger)
    assert accepted.key == "own@example.org"
    assert [one.address for one in accepted.deliveries] == [
        "ada@example.com",
        "ben@example.com",
        "cy@example.com",
        "dan@example.com",
    ]
    out = stored(ledger)[0]
    assert out.subject == "Grüße"
    assert out.sender == "Büro <app@example.org>"
    assert out.content == MESSAGE.replace(b"\n", b"\r\n")
    assert out.notice_class == "notice"
    again = whole(ledger, MESSAGE.replace(b"\n", b"\r\n"))
    assert not again.created
    assert not any(one.created for one in again.deliveries)


def test_an_empty_group_is_no_mistake(ledger: Ledger) -> None:
    accepted = whole(ledger, b"To: undisclosed-recipients:;\nBcc: x@example.com\n\nhi", key="k")
    assert [one.address for one in accepted.deliveries] == ["x@example.com"]
    assert accepted.refused == ()


def test_what_is_given_beside_a_message_comes_first(ledger: Ledger) -> None:
    fields = b"X-Landed-Notice: theirs\nX-Landed-Class: alert\n"
    accepted = whole(ledger, fields + MESSAGE)
    assert accepted.key == "theirs"
    assert {one.notice_class for one in stored(ledger)} == {"alert"}
    accepted = whole(
        ledger,
        b"From me Thu Oct  1 00:00:00 2026\n" + fields + MESSAGE,
        key="mine",
        recipients=["eve@example.com"],
        notice_class="other",
    )
    assert accepted.key == "mine"
    assert [one.address for one in accepted.deliveries] == ["eve@example.com"]
    (out,) = stored(ledger)
    assert out.notice_class == "other"
    assert out.content.startswith(b"X-Landed-Notice")


def test_a_message_without_a_sender_gets_ours_and_old_macintosh_ends_are_read(
    ledger: Ledger,
) -> None:
    whole(ledger, b"To: ada@example.com\rSubject: x\r\rbody\r", key="k")
    (out,) = stored(ledger)
    assert out.sender == "n@example.org"
    assert out.content == b"To: ada@example.com\r\nSubject: x\r\n\r\nbody\r\n"


SIGNED = b"DKIM-Signature: v=1; h=from\n"


def test_lines_that_are_too_long_for_mail_are_encoded(ledger: Ledger) -> None:
    text = b"word " * 5_000 + b"\n.\n" + "Grüße\n".encode()
    many = b", ".join(b"u%d@example.com" % number for number in range(150))
    raw = MESSAGE.partition(b"\n\n")[0].replace(b"To: ", b"To: " + many + b", ") + b"\n\n" + text
    first = whole(ledger, raw)
    assert len(first.deliveries) >= 150
    assert not whole(ledger, raw).created, "the same mail is the same notice"
    content = stored(ledger)[0].content
    assert max(map(len, content.split(b"\r\n"))) <= 998
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert found.get_payload(decode=True) == text.replace(b"\n", b"\r\n")
    assert len(found["To"].addresses) >= 150


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"To: ada@example.com\n\nbody", "needs a key"),
        (b"just a text\n", "is no mail message: line 1"),
        (b"\nFrom: x@example.org\n", "without From"),
        (b"X-A: b\n\nbody", "without From"),
        (b"From: a@example.org\n" + MESSAGE, "more than one From"),
        (MESSAGE + b"\0", "NUL"),
        (SIGNED + MESSAGE + b"\n" + b"x" * 999, "line 12 of the message has 999 octets"),
        (b"X-Word: " + b"x" * 2000 + b"\n" + MESSAGE, "line 1 of the message has 2008 octets"),
        (b"Received: x\n" * 31 + MESSAGE, "31 Received"),
        (b"Received: x\nX-Landed-Id: maaaa\n" + MESSAGE, "loop"),
        (b"X-Landed-Id: maaaa\n" + MESSAGE, "loop"),
        (b"X-Landed-Template: parts\n" + MESSAGE, "own"),
        (MESSAGE.replace(b"Hello", b"x" * 3000), "is the limit"),
        (b"X-A: b\rBcc: eve@example.com\n" + MESSAGE, "carriage return"),
        (b"X-A: b\n" * 200_000 + MESSAGE, "more than 1000000 octets"),
        (b"X-A: b\rBcc: eve@example.com", "needs a key"),
        (b"Subject: x\rBcc: e@example.com\nTo: x@example.com", "carriage return"),
    ],
)
def test_a_message_that_should_not_go_out_is_refused(ledger: Ledger, raw: bytes, told: str) -> None:
    with pytest.raises(IntakeError, match=told):
        whole(ledger, raw, limits=Limits(max_bytes=2_500 if len(raw) < 10_000 else 2_500_000))
    assert stored(ledger) == []


def test_many_line_ends_take_no_more_memory_than_the_message_does(ledger: Ledger) -> None:
    raw = MESSAGE + b"\n" * 4_000_000
    whole(ledger, MESSAGE, key="first", recipients=["a@example.com"])  # what is loaded only once
    tracemalloc.start()
    try:
        assert whole(ledger, raw).created
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(raw)
