"""Eight bits written in seven: what decodes to the same, and what is left alone."""

import email
import email.policy
from email.message import EmailMessage

import pytest

from agent.outbound.composing.fields import Field, cut
from agent.outbound.composing.sevenbits import in_ascii, in_seven_bits

LONG = "ü" * 300


def parsed(raw: bytes | None) -> EmailMessage:
    assert raw is not None
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def leaves(raw: bytes | None) -> list[tuple[str, bytes]]:
    return [
        (part.get_content_type(), bytes(part.get_payload(decode=True) or b""))
        for part in parsed(raw).walk()
        if not part.is_multipart()
    ]


def field(text: str, encoding: str = "utf-8") -> Field:
    return Field(text.partition(":")[0].lower(), text.encode(encoding) + b"\r\n")


def parts(*those: str, kind: str = "mixed", head: str = "") -> bytes:
    inner = "".join(f"--x\r\n{one}\r\n" for one in those)
    return f'{head}Content-Type: multipart/{kind}; boundary="x"\r\n\r\n{inner}--x--\r\n'.encode()


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("Subject: Grüße an alle", "Grüße an alle"),
        ("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= und Küsse", "Grüße und Küsse"),
        (f"Subject: {LONG}", LONG),
        ("X-Mailer: Büro 1.0", "Büro 1.0"),
        ("From: Jürgen Groß <j@example.org>", "Jürgen Groß <j@example.org>"),
        ('To: "Groß, J." <j@x.example>, b@x.example', '"Groß, J." <j@x.example>, b@x.example'),
        ("Cc: Büro: a@x.example, Zoë <z@x.example>;", "Büro: a@x.example, Zoë <z@x.example>;"),
    ],
)  # fmt: skip
def test_a_field_comes_back_when_it_is_decoded(text: str, decoded: str) -> None:
    raw = in_ascii(field(text)).raw
    name = text.partition(":")[0]
    assert str(parsed(raw + b"\r\n")[name]) == decoded
    assert cut(raw + b"\r\n")[0][0].name == name.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Subject: plain",
        "From: jürgen@example.org",
        "To: Ada <ada@bücher.example>",
        "Message-ID: <ü@example.org>",
        "References: <a@b> <ü@c>",
        "To: ü, x",
        "To: ;;ü<>",
        "To: " + "Zoë <z@x.example>,\r\n " * 2_000 + "a@x.example",
    ],
)
def test_what_no_encoding_is_there_for_stays(text: str) -> None:
    assert in_ascii(field(text)) == field(text)


def test_a_field_in_another_charset_is_read_by_what_the_message_says() -> None:
    assert "ü".encode("latin-1") not in in_ascii(field("Subject: ü", "latin-1")).raw
    raw = in_ascii(field("Subject: Привет", "koi8-r"), "koi8-r").raw
    assert parsed(raw + b"\r\n")["Subject"] == "Привет"
    raw = in_ascii(field("Subject: Привет"), "koi8-r").raw
    assert parsed(raw + b"\r\n")["Subject"] == "Привет", "UTF-8 shows by itself"


def test_names_of_files() -> None:
    raw = in_ascii(field('Content-Disposition: attachment; filename="Größe.pdf"; size=3')).raw
    message = parsed(raw + b"\r\n")
    assert message.get_filename() == "Größe.pdf"
    assert 'size="3"' in raw.decode()


def test_a_text_without_any_mime_says_what_it_is() -> None:
    message = parsed(in_seven_bits("Subject: x\r\n\r\nGrüße an alle Leute\r\n".encode()))
    assert message.get_content_charset() == "utf-8"
    assert message.get_content().splitlines() == ["Grüße an alle Leute"]
    message = parsed(in_seven_bits("Subject: x\r\n\r\nGrüße an alle Leute\r\n".encode("latin-1")))
    assert message.get_content_charset() == "unknown-8bit"


@pytest.mark.parametrize("encoding", ["8bit", "7bit", "binary", "quoted-printable", ""])
def test_every_part_decodes_to_what_it_was(encoding: str) -> None:
    cte = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""
    head = f"Content-Type: text/plain; charset=utf-8\r\n{cte}\r\n"
    text = f"{head}ein Satz mit Grüßen\r\n. und mehr \r\n"
    page = f"Content-Type: text/html; charset=koi8-r\r\n{cte}\r\n\r\n"
    data = f"Content-Type: application/x; name=ü\r\n{cte}\r\n\x01\xff\xfe"
    same = "Content-Type: text/plain\r\n\r\nabc"
    raw = parts(text, page, data, same, head="Subject: ü\r\nContent-Transfer-Encoding: 8bit\r\n")
    raw = raw.replace(b"koi8-r", b"koi8-r", 1).replace(
        b"\r\n\r\n\r\n--x", b"\r\n\r\n\xf0\xd2\r\n--x"
    )
    before = email.message_from_bytes(raw)
    wanted = [
        bytes(one.get_payload(decode=True) or b"")
        for one in before.walk()
        if not one.is_multipart()
    ]
    made = in_seven_bits(raw)
    assert [content for _, content in leaves(made)] == wanted
    assert parsed(made)["Content-Transfer-Encoding"] == "7bit"


def test_a_message_within_a_message() -> None:
    head = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    inner = f"{head}Subject: ü\r\n\r\nGrüße hier"
    made = parsed(in_seven_bits(parts(inner)))
    nested = next(made.iter_parts())
    assert isinstance(nested, EmailMessage)
    assert nested["Content-Transfer-Encoding"] == "7bit"
    within = nested.get_content()
    assert within["Subject"] == "ü"
    assert within.get_content().strip() == "Grüße hier"


SIGNED = "DKIM-Signature: v=1; h=from\r\n"
ENVELOPED = f"Content-Type: message/rfc822\r\n\r\n{SIGNED}Subject: x\r\n\r\nü"


@pytest.mark.parametrize(
    "raw",
    [
        f"{SIGNED}Subject: x\r\n\r\nü".encode(),
        "ARC-Message-Signature: i=1\r\nSubject: x\r\n\r\nü".encode(),
        parts("Content-Type: text/plain\r\n\r\nü", "X: y\r\n\r\n.", kind="signed"),
        parts(parts("X: y\r\n\r\nü", kind="signed").decode().replace("x", "z")),
        parts(ENVELOPED),
        parts("Content-Type: message/partial\r\n\r\nSubject: x\r\n\r\nü"),
        "From: ü@example.org\r\n\r\nu".encode(),
        "no header ü".encode(),
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 150 + b"\xfc",
        parts(*["\r\nü"] * 11_000),
        b"Subject: x\r\n\r\n\xfc" + b"\r\n" * 600_000,
    ],
)  # fmt: skip
def test_where_something_depends_on_the_octets_nothing_is_made(raw: bytes) -> None:
    assert in_seven_bits(raw) is None


def test_what_is_in_seven_bits_already_is_not_touched() -> None:
    raw = b"Subject:  odd \r\nContent-Transfer-Encoding: 8bit\r\n\r\n.\r\n"
    assert in_seven_bits(raw) is raw
    signed = SIGNED.encode() + raw
    assert in_seven_bits(signed) is signed


def test_lines_are_no_longer_than_mail_can_carry() -> None:
    text = "Content-Type: text/html\r\n\r\n" + "<p>word</p> " * 1_000
    code = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + "QUJD" * 1_000
    raw = parts(text, code, "X-Long: " + "a word " * 300 + "\r\n\r\nsame")
    made = in_seven_bits(b"X-Other: " + b"a word " * 300 + b"\r\n" + raw)
    assert [content for _, content in leaves(made)] == [
        b"<p>word</p> " * 1_000,
        b"ABC" * 1_000,
        b"same",
    ]
    assert b"charset" not in (made or b""), "what is ASCII needs no other name"
    assert in_seven_bits(b"X: " + b"x" * 2_000 + b"\r\n\r\n") is None


def test_a_signature_forbids_short_lines_too() -> None:
    assert in_seven_bits(SIGNED.encode() + b"\r\n" + b"x" * 1_000) is None
    assert in_seven_bits(parts("X: y\r\n\r\n" + "x" * 1_000, kind="signed")) is None
