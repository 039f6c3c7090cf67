"""Composing holds for whatever is written: it comes back, in lines that mail can carry."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.outbound.composing.compose import Identity, compose
from agent.outbound.composing.fields import cut, decoded
from agent.outbound.composing.sevenbits import in_seven_bits
from agent.outbound.composing.template import TemplateError, build_notice
from parsers.token import AddressForm, Keyring, find_marks, verify
from store.outbox import Outgoing

KEYS = Keyring({2: b"q" * 32}, 2)
IDENTITY = Identity(
    sender="n@example.org",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=AddressForm.parse("reply+{token}@example.org"),
    message_id_domain="example.org",
    request_receipt=True,
    visible_reference=True,
)
NOW = datetime(2026, 10, 9, tzinfo=UTC)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
NO_CONTROLS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
ONE_LINE = st.text(alphabet=NO_CONTROLS, max_size=300)


def composed(content: bytes, delivery_id: int, attempt: int, name: str) -> bytes:
    outgoing = Outgoing(
        delivery_id=delivery_id,
        notice_id=1,
        notice_class="notice",
        content=content,
        subject="s",
        sender="n@example.org",
        address="ada@example.com",
        as_given="ada@example.com",
        number=2,
        previous_number=1,
        previous_at=NOW,
        attempts_so_far=0,
        message_id=None,
        owed_at=NOW,
        key="k",
        name=name,
    )
    return compose(IDENTITY, KEYS, outgoing, attempt).raw


@settings(deadline=None, max_examples=60)
@given(ONE_LINE, ANY, ANY, ONE_LINE, st.integers(0, 2**63 - 1), st.integers(1, 40))
@example("=?utf-8?q?no?= x", "\r.\r\n..\n", "<b>", 'a"\\', 1, 1)
@example("x" * 900, "y" * 3000, "ü" * 3000, "z" * 200, 1, 1)
@example("  two  blanks  ", "\u2028\x0c\x1c", "", "Ä, Ö <ü>", 1, 1)
def test_whatever_is_written_comes_back(
    subject: str, text: str, page: str, name: str, delivery_id: int, attempt: int
) -> None:
    try:
        content = build_notice(sender="n@example.org", subject=subject, text=text, html=page)
    except TemplateError:
        assert "\0" in text + page
        return
    raw = composed(content, delivery_id, attempt, name)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk()] == [[], [], []]
    fields = {field.name: field.value.decode() for field in cut(raw)[0]}
    assert len(fields) == len(cut(raw)[0])
    assert decoded(fields["subject"]) == subject
    plain = message.get_body(("plain",))
    assert plain is not None
    # the line ends of mail are all alike, and a text ends with one
    wanted = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    assert plain.get_content().replace("\r\n", "\n").startswith(wanted)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**63 - 1), st.integers(1, 40))
def test_marks_are_found_again_in_each_place(delivery_id: int, attempt: int) -> None:
    content = build_notice(sender="n@example.org", subject="s", text="t", html="<p>t</p>")
    raw = composed(content, delivery_id, attempt, "")
    fields = {field.name: field.value.decode() for field in cut(raw)[0]}
    for place in (
        fields["message-id"],
        fields["references"],
        fields["x-landed-id"],
        fields["reply-to"],
        fields["disposition-notification-to"],
    ):
        (mark,) = find_marks(place)
        assert verify(KEYS, mark).id == delivery_id
    message = email.message_from_bytes(raw, policy=email.policy.default)
    texts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    assert len(texts) == 2
    for text in texts:
        (mark,) = find_marks(text)
        assert verify(KEYS, mark).id == delivery_id


HEADER_NAMES = st.text(alphabet=st.characters(max_codepoint=300), max_size=20)


@settings(deadline=None, max_examples=60)
@given(HEADER_NAMES, ANY, ANY)
@example("X-A", "b\r\nBcc: x@example.org", "s")
@example("X-A", "b", "s\nBcc: x@example.org")
def test_no_value_begins_another_header(name: str, value: str, subject: str) -> None:
    try:
        raw = build_notice(
            sender="n@example.org", subject=subject, text="t", headers=[(name, value)]
        )
    except TemplateError:
        return
    names = [field.name for field in cut(raw)[0]]
    assert names == [
        "from",
        "subject",
        name.lower(),
        "x-landed-template",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
    ]


@settings(deadline=None, max_examples=200)
@given(
    st.text(alphabet=NO_CONTROLS, min_size=1, max_size=200),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")),
    st.binary(max_size=200),
)
@example("=?utf-8?q?=C3=BC?= ü", "ü" * 900, b"\xff\r\n--x--\r\n\xff")
@example("x", "", b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: \xff\r\n\r\n\xff")
def test_eight_bits_come_back_from_seven(subject: str, text: str, data: bytes) -> None:
    subject = " ".join(subject.split())
    head = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".encode()
    plain = head + text.encode() + b"\r\n"
    made = in_seven_bits(plain)
    if made is not None:
        assert made.isascii()
        message = email.message_from_bytes(made, policy=email.policy.default)
        assert message.get_payload(decode=True) == text.encode() + b"\r\n"
        assert cut(made)[0][0].name == "subject"
        assert decoded(cut(made)[0][0].value.decode()) == decoded(subject)
    else:
        # only what was ASCII all along may have lines that are too long
        assert any(len(line) > 998 for line in plain.split(b"\r\n") if line.isascii())
    mixed = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n' + data + b"\r\n--x--\r\n"
    found = in_seven_bits(mixed)
    assert found is None or found.isascii()
