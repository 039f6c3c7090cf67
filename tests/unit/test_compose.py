"""Composing: every mark in its place, whole messages left alone, numbers told."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from agent.outbound.composing.compose import Composed, Identity, compose
from agent.outbound.composing.fields import (
    MalformedHeader,
    cut,
    decoded,
    entries,
    unstructured,
    values,
)
from agent.outbound.composing.template import TemplateError, address_field, build_notice
from parsers.token import AddressForm, Keyring, Purpose, find_marks, verify
from store.outbox import Outgoing

KEYS = Keyring({1: b"k" * 32}, 1)
NOW = datetime(2026, 10, 9, 8, 30, tzinfo=UTC)
OWED = datetime(2026, 10, 9, 8, 0, tzinfo=UTC)
IDENTITY = Identity(
    sender="Notices <notices@example.org>",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=AddressForm.parse("reply+{token}@example.org"),
    message_id_domain="example.org",
    request_receipt=True,
    visible_reference=False,
)
OUTGOING = Outgoing(
    delivery_id=4711,
    notice_id=1,
    notice_class="notice",
    content=build_notice(sender="Notices <notices@example.org>", subject="Hi", text="Hello\n"),
    subject="Hi",
    sender="Notices <notices@example.org>",
    address="ada@example.com",
    as_given="Ada <ada@example.com>",
    number=17,
    previous_number=16,
    previous_at=datetime(2026, 10, 2, tzinfo=UTC),
    attempts_so_far=0,
    message_id=None,
    owed_at=OWED,
    key="incident-1",
    name="Ada L.",
)
WHOLE = (
    b"From: app@example.org\r\nTo: list@example.com\r\nBcc: secret@example.com\r\n"
    b"Return-Path: <app@example.org>\r\nSubject: whole\r\nMessage-ID: <own.1@app.example.org>\r\n"
    b"References: <older@example.org>\r\nDate: Thu, 1 Oct 2026 00:00:00 +0000\r\n"
    b"X-Landed-Notice: k\r\n\r\nbody \xff\r\n.\r\n  odd \t \r\n"
)


def made(
    identity: Identity = IDENTITY, attempt: int = 2, **changes: object
) -> tuple[Composed, EmailMessage]:
    composed = compose(
        identity,
        KEYS,
        OUTGOING._replace(**changes),  # type: ignore[arg-type]  # any field of Outgoing
        attempt,
    )
    message = email.message_from_bytes(composed.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return composed, message


def token_of(text: str) -> tuple[int, int, Purpose]:
    (mark,) = find_marks(text)
    token = verify(KEYS, mark)
    return token.id, token.attempt, token.purpose


def test_every_place_carries_a_mark_of_its_own_purpose() -> None:
    composed, message = made()
    assert token_of(composed.envelope_from) == (4711, 2, Purpose.BOUNCE)
    assert token_of(composed.envid) == (4711, 2, Purpose.BOUNCE)
    assert token_of(composed.message_id) == (4711, 0, Purpose.MESSAGE)
    assert token_of(message["Message-ID"]) == (4711, 0, Purpose.MESSAGE)
    assert token_of(message["References"]) == (4711, 0, Purpose.MESSAGE)
    assert token_of(message["X-Landed-Id"]) == (4711, 0, Purpose.MESSAGE)
    assert token_of(message["Reply-To"]) == (4711, 0, Purpose.REPLY)
    assert message["Disposition-Notification-To"] == composed.envelope_from
    assert composed.envelope_from.endswith("@bounces.example.org")
    assert message["X-Landed-Template"] is None


def test_a_fresh_message_has_no_defects_and_says_what_it_is() -> None:
    composed, message = made()
    assert [part.defects for part in message.walk()] == [[]]
    assert not any(value.defects for value in message.values())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    assert message["To"] == '"Ada L." <ada@example.com>'
    assert message["Date"].datetime == OWED
    assert message["X-Landed-Number"] == "17 for you, the one before was 16 of 2 October 2026"
    assert not composed.smtputf8
    assert composed.raw.count(b"\n") == composed.raw.count(b"\r\n")


def test_a_resend_differs_in_the_return_path_only() -> None:
    first, second = made(attempt=1)[0], made(attempt=2)[0]
    assert first.message_id == second.message_id
    assert first.envelope_from != second.envelope_from
    assert (
        first.raw.replace(first.envelope_from.encode(), second.envelope_from.encode()) == second.raw
    )


def test_a_resend_keeps_the_message_id_of_the_first_attempt() -> None:
    composed, message = made(message_id="before@example.org")
    assert composed.message_id == "before@example.org"
    assert message["Message-ID"] == "<before@example.org>"


def test_receipts_are_asked_only_when_wanted() -> None:
    quiet = replace(IDENTITY, request_receipt=False)
    assert made(quiet)[1]["Disposition-Notification-To"] is None
    asked = WHOLE.replace(b"Subject:", b"Disposition-Notification-To: me@example.org\r\nSubject:")
    composed, message = made(quiet, content=asked)
    assert message.get_all("Disposition-Notification-To") == [composed.envelope_from]


def test_without_a_reply_form_answers_go_to_the_sender() -> None:
    assert made(replace(IDENTITY, reply_to=None))[1]["Reply-To"] is None


def test_the_first_notice_to_somebody_says_so() -> None:
    assert made(previous_number=None, previous_at=None, number=1)[1]["X-Landed-Number"] == (
        "1 for you, the first one"
    )
    assert made(previous_at=None)[1]["X-Landed-Number"] == ("17 for you, the one before was 16")


def test_a_whole_message_keeps_its_body_and_its_own_headers() -> None:
    composed, message = made(replace(IDENTITY, visible_reference=True), content=WHOLE)
    assert composed.raw.endswith(b"\r\n\r\nbody \xff\r\n.\r\n  odd \t \r\n")
    assert composed.message_id == "own.1@app.example.org"
    assert message.get_all("Message-ID") == ["<own.1@app.example.org>"]
    assert message["References"].startswith("<older@example.org> <m")
    assert token_of(message["References"]) == (4711, 0, Purpose.MESSAGE)
    assert message["To"] == "list@example.com"
    assert message.get_all("From") == ["app@example.org"]
    assert message["Date"].datetime == datetime(2026, 10, 1, tzinfo=UTC)
    for name in ("Bcc", "Return-Path", "X-Landed-Notice"):
        assert message[name] is None
    assert len(message.get_all("Subject", [])) == 1


def test_a_callers_reply_to_and_auto_submitted_stay() -> None:
    content = WHOLE.replace(
        b"Subject:", b"Reply-To: desk@example.org\r\nAuto-Submitted: no\r\nSubject:"
    )
    message = made(content=content)[1]
    assert message.get_all("Reply-To") == ["desk@example.org"]
    assert message.get_all("Auto-Submitted") == ["no"]


def test_no_header_that_a_signature_covers_is_touched() -> None:
    signature = (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x;\r\n"
        b"\th=From:To:References:Reply-To:\r\n MIME-Version; bh=x; b=y\r\n"
    )
    composed, message = made(replace(IDENTITY, visible_reference=True), content=signature + WHOLE)
    assert message["References"] == "<older@example.org>"
    assert message["Reply-To"] is None
    assert message["MIME-Version"] is None
    assert signature in composed.raw
    assert token_of(message["X-Landed-Id"]) == (4711, 0, Purpose.MESSAGE)


def test_a_message_without_addresses_gets_them() -> None:
    message = made(content=b"Subject: x\r\nMessage-ID: nonsense\r\n\r\nhi\r\n")[1]
    assert message["From"] == "Notices <notices@example.org>"
    assert message["To"] == '"Ada L." <ada@example.com>'
    assert token_of(message["Message-ID"]) == (4711, 0, Purpose.MESSAGE)
    assert len(message.get_all("Message-ID", [])) == 1


def test_long_references_keep_the_first_and_the_latest() -> None:
    many = " ".join(f"<{number}@example.org>" for number in range(60)).encode()
    content = WHOLE.replace(b"<older@example.org>", many)
    ids = made(content=content)[1]["References"].split()
    assert len(ids) == 20
    assert ids[0] == "<0@example.org>"
    assert ids[-2] == "<59@example.org>"


def test_the_visible_reference_stands_in_text_and_html() -> None:
    content = build_notice(
        sender="n@example.org", subject="s", text="Grüße\n", html="<html><body>x</body></html>"
    )
    message = made(replace(IDENTITY, visible_reference=True), content=content)[1]
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert token_of(plain.get_content()) == (4711, 0, Purpose.MESSAGE)
    assert token_of(page.get_content()) == (4711, 0, Purpose.MESSAGE)
    assert page.get_content().strip().endswith("</p></body></html>")
    assert plain.get_content().startswith("Grüße\r\n\r\nReference m")
    assert "number 17 for you, the one before was 16 of 2 October 2026." in plain.get_content()
    assert [part.defects for part in message.walk()] == [[], [], []]
    bare = build_notice(sender="n@example.org", subject="s", text="x", html="<b>y</b>")
    page = made(replace(IDENTITY, visible_reference=True), content=bare)[1].get_body(("html",))
    assert page is not None
    assert token_of(page.get_content()) == (4711, 0, Purpose.MESSAGE)


def test_a_utf8_address_needs_smtputf8() -> None:
    composed = made(address="jürgen@example.com", name="")[0]
    assert composed.smtputf8
    assert "To: jürgen@example.com\r\n".encode() in composed.raw


def test_the_same_parts_are_the_same_bytes() -> None:
    parts = {"sender": "n@example.org", "subject": "s", "text": "a", "html": "<p>a</p>"}
    assert build_notice(**parts) == build_notice(**parts)  # type: ignore[arg-type]
    dated = build_notice(**parts, now=NOW)  # type: ignore[arg-type]
    assert b"Date: Fri, 09 Oct 2026 08:30:00 +0000\r\n" in dated


def test_callers_headers_are_written_in_their_own_way() -> None:
    raw = build_notice(
        sender="Jürgen Groß <j@example.org>",
        subject="s",
        text="x",
        headers=[
            ("Reply-To", 'Größe <a@example.org>, "B, C" <b@example.org>'),
            ("List-Unsubscribe", f"<https://example.org/{'x' * 600}>"),
            ("X-Team", "Überwachung"),
            ("X-Empty", ""),
        ],
    )
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert [one.addr_spec for one in message["Reply-To"].addresses] == [
        "a@example.org",
        "b@example.org",
    ]
    assert [one.display_name for one in message["Reply-To"].addresses] == ["Größe", "B, C"]
    assert message["List-Unsubscribe"] == f"<https://example.org/{'x' * 600}>"
    assert message["X-Team"] == "Überwachung"
    assert message["X-Empty"] == ""
    assert message["From"].addresses[0].display_name == "Jürgen Groß"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("X-A", "b\r\nBcc: x@example.org", "line end"),
        ("X-A", "b\nBcc: x@example.org", "line end"),
        ("X-A", "b\rBcc: x@example.org", "line end"),
        ("X-A", "b\u2028Bcc: x@example.org", "line end"),
        ("X-A", "b\x85Bcc: x@example.org", "line end"),
        ("X-A", "b\udc80", "line end"),
        ("X A", "b", "no name"),
        ("X-A:\r\nBcc", "b", "no name"),
        ("", "b", "no name"),
        ("Ä", "b", "no name"),
        ("X" * 90, "b", "too long"),
        ("Bcc", "x@example.org", "program itself"),
        ("Content-Type", "text/html", "program itself"),
        ("X-Landed-Id", "m", "program itself"),
        ("From", "x@example.org", "sender"),
        ("Subject", "x", "subject"),
        ("List-Id", "x" * 995, "longer than a line"),
        ("X-Long", "x" * 10_001, "10000"),
        ("Reply-To", "no address", "cannot be used"),
        ("Reply-To", " ", "addresses"),
    ],
)
def test_a_header_that_could_do_harm_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(TemplateError, match=told):
        build_notice(sender="n@example.org", subject="s", text="x", headers=[(name, value)])


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "a\r\nBcc: x@example.org"},
        {"subject": "x" * 901},
        {"sender": "a@example.org, b@example.org"},
        {"sender": "a@example.org\nBcc: x@example.org"},
        {"sender": "nobody"},
        {"text": "a\0b"},
        {"text": "a\udc80"},
        {"html": "a\0b"},
        {"headers": [("X-A", "b")] * 101},
    ],
)
def test_parts_that_make_no_message_are_refused(parts: dict[str, object]) -> None:
    whole: dict[str, object] = {"sender": "n@example.org", "subject": "s", "text": "x", **parts}
    with pytest.raises(TemplateError):
        build_notice(**whole)  # type: ignore[arg-type]


def test_header_blocks_are_cut_exactly() -> None:
    assert cut(b"\r\nbody") == ([], b"body")
    fields, body = cut(b"A: 1\r\n\t2\r\nB:3")
    assert [(field.name, field.value) for field in fields] == [("a", b"1\t2"), ("b", b"3")]
    assert body == b""
    assert values(fields, "a") == ["1\t2"]
    with pytest.raises(MalformedHeader, match="line 2"):
        cut(b"A: 1\r\nnot a field\r\n\r\n")
    with pytest.raises(MalformedHeader, match="line 1"):
        cut(b" A: 1\r\n\r\n")


def test_a_line_end_never_gets_into_a_field() -> None:
    with pytest.raises(ValueError, match="line end"):
        unstructured("X-A", "a\nb")


def test_address_fields_take_up_to_a_limit() -> None:
    with pytest.raises(TemplateError, match="exactly one"):
        address_field("From", "a@example.org, b@example.org", most=1)


def test_a_list_is_cut_outside_quotes_and_brackets_only() -> None:
    assert entries('"a\\", b" <a@example.org>,, <c,d@example.org> , e@example.org,') == [
        '"a\\", b" <a@example.org>',
        "<c,d@example.org>",
        "e@example.org",
    ]


def test_broken_encoded_words_stay_as_they_are() -> None:
    assert decoded("=?no-such-charset?q?x?=") == "=?no-such-charset?q?x?="
    assert decoded("=?utf-8?q?=C3=BC?=") == "ü"


def test_fields_in_eight_bits_become_encoded_words_and_the_body_stays() -> None:
    content = WHOLE.replace(b"Subject: whole", "Subject: Grüße".encode("latin-1"))
    content = content.replace(b"To: list@", "To: Übung <list@".encode())
    content = content.replace(b"@example.com\r\nBcc", b"@example.com>\r\nBcc", 1)
    mail, message = made(content=content)
    assert not mail.smtputf8, "no relay must be able to carry UTF-8 for that"
    assert message["Subject"] == "Grüße"
    assert message["To"] == "Übung <list@example.com>"
    assert mail.raw.endswith(b"\r\n\r\nbody \xff\r\n.\r\n  odd \t \r\n")


def test_what_a_message_says_of_its_text_is_looked_up_once_for_all_fields(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[bytes] = []

    def look(head: bytes) -> EmailMessage:
        looked.append(head)
        return email.message_from_bytes(head, policy=email.policy.default)

    monkeypatch.setattr("agent.outbound.composing.compose.message_from_bytes", look)
    many = b"".join(f"X-{n}: Grüße\r\n".encode("latin-1") for n in range(50))
    _, message = made(content=many + WHOLE)
    assert message["X-49"] == "Grüße"
    assert len(looked) == 1


def test_a_field_that_a_signature_covers_keeps_its_eight_bits() -> None:
    signature = b"DKIM-Signature: v=1; h=from:subject\r\n"
    content = signature + WHOLE.replace(b"Subject: whole", "Subject: Grüße".encode())
    mail, _ = made(content=content)
    assert mail.smtputf8
    assert "\r\nSubject: Grüße\r\n".encode() in mail.raw


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        ("", "Grüße\r\n".encode(), True),
        ("", b"plain\r\n", False),
        ("", b"latin \xfc\r\n", False),
        ("Content-Type: text/html\r\n", "<b>Grüße</b>\r\n".encode(), False),
        ("DKIM-Signature: h=content-type\r\n", "Grüße\r\n".encode(), False),
    ],
)
def test_a_text_in_utf8_without_any_mime_says_so(head: str, body: bytes, told: bool) -> None:
    content = f"{head}From: app@example.org\r\nSubject: x\r\n\r\n".encode() + body
    mail, message = made(content=content)
    assert mail.raw.endswith(b"\r\n\r\n" + body)
    assert (message["Content-Transfer-Encoding"] == "8bit") is told
    if told:
        assert message.get_content() == body.decode()
