"""Taking messages apart: what senders really send, and what strangers may."""

import base64

import pytest

from parsers.mime.message import Limits, parse
from parsers.mime.texts import SUPERSETS, decode_octets, decode_text


def multipart(*parts: str, kind: str = "mixed", head: str = "From: a@example.org\n") -> bytes:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f'{head}Content-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'.encode()


PLAIN = "Content-Type: text/plain\n\nx"
RETURNED = "Received: from a by b\nMessage-ID: <m@example.com>\nTo: x@example.net\nSubject: s\n"


def test_header_fields_are_unfolded_decoded_and_any_case() -> None:
    message = parse(
        b"SUBJECT: =?utf-8?q?h=C3=A9?=\n =?iso-8859-1?b?6Q==?= more\nX-A : 1\nx-a: 2\n"
        b"From: \x1b$B$3\x1b(B <a@b.example>\nX-Long: a\n\tb\n\nbody"
    )
    assert message.header("subject") == "héé more"
    assert message.headers("X-A") == ["1", "2"]
    assert message.header("from") == "こ <a@b.example>"
    assert message.header("x-long") == "a b"
    assert message.header("nothing") == ""


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("iso-2022-jp", "こ".encode("iso-2022-jp"), "こ"),
        ("gb2312", "你好".encode("gb18030"), "你好"),
        ("shift_jis", "コ".encode("cp932"), "コ"),
        ("x-made-up", b"caf\xe9", "café"),
        ("us-ascii", "café".encode(), "café"),
        ("utf-8", b"caf\xe9", "caf\ufffd"),
        ("punycode", b"abc-", "abc-"),
        ("", "こ".encode("iso-2022-jp"), "こ"),
    ],
)
def test_text_of_any_charset(charset: str, raw: bytes, text: str) -> None:
    head = b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n"
    assert parse(head + raw).text == text


@pytest.mark.parametrize("charset", sorted(SUPERSETS))
def test_ascii_means_itself_in_what_is_called_a_superset(charset: str) -> None:
    text = "".join(chr(code) for code in range(128) if chr(code) not in "\x1b\r")
    assert decode_octets(text, charset) == decode_text(text.encode(), charset) == text


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "cp037", "hz", "johab", "utf-8"])
@pytest.mark.parametrize("raw", [b"a+AOk-~{VP~}\\", b"a\r\nb\rc", b"\x1b$B$3\x1b(B", b"caf\xe9"])
def test_octets_are_decoded_as_bytes_are(charset: str, raw: bytes) -> None:
    assert decode_octets(raw.decode("latin-1"), charset) == decode_text(raw, charset)


def test_plain_text_goes_before_html_and_html_is_reduced() -> None:
    plain, html = "Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>rich</p>"
    assert parse(multipart(plain, html, kind="alternative")).text == "plain"
    page = (
        "Content-Type: text/html\n\n<html><style>p {}</style><script>if (a < b) x()</script>"
        "<p>one &lt;two&gt;<br>three</p><!-- no --><td>four</td></html>"
    )
    assert parse(multipart(page)).text == "one <two>\nthree\nfour"
    assert parse(b"Content-Type: text/html\n\n<!-- open").text == ""
    assert parse(b"Content-Type: text/html\n\n<style>open").text == ""
    assert parse(b"Content-Type: text/html\n\na<b").text == "a"


def test_text_stops_at_the_returned_message() -> None:
    message = parse(
        multipart(
            "Content-Type: text/plain\n\nabove",
            f"Content-Type: message/rfc822\n\n{RETURNED}\nthe mail",
            "Content-Type: text/plain\n\nfooter of a list",
        )
    )
    assert message.text == "above"
    assert message.returned.header("message-id") == "<m@example.com>"


@pytest.mark.parametrize(
    "kind",
    [
        "message/rfc822",
        "Message/RFC822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
        'application/octet-stream; name="Original Message.eml"',
    ],
)
def test_returned_headers_of_every_form(kind: str) -> None:
    message = parse(
        multipart("Content-Type: text/plain\n\nx", f"Content-Type: {kind}\n\n{RETURNED}")
    )
    assert message.returned.header("subject") == "s"
    assert "received" in message.returned
    assert "x-none" not in message.returned
    assert list(message.returned) == ["received", "message-id", "to", "subject"]


def test_a_returned_message_without_a_part_around_it() -> None:
    message = parse(multipart(PLAIN, f"{RETURNED}Content-Type: text/plain\n\nthe mail"))
    assert message.returned.header("message-id") == "<m@example.com>"
    assert message.text == "x"


def test_returned_headers_in_base64_attachment() -> None:
    encoded = base64.encodebytes(RETURNED.encode()).decode()
    message = parse(
        multipart(
            "Content-Type: text/plain\n\nx",
            "Content-Type: application/octet-stream\nContent-Disposition: attachment\n"
            f"Content-Transfer-Encoding: base64\n\n{encoded}",
        )
    )
    assert message.returned.header("message-id") == "<m@example.com>"


@pytest.mark.parametrize(
    "copy",
    [
        f"--- Below this line is a copy of the message.\n\n{RETURNED}\nbody",
        f"Original message follows.\n\n{RETURNED}",
        "> Received: from a\n> by b\n> Message-ID: <m@example.com>\n> To: x@example.net\n"
        "> Subject: s\n",
        f"Return-Path: <a@example.com>\n{RETURNED}",
    ],
)
def test_copy_in_plain_text(copy: str) -> None:
    message = parse(f"From: a@b.example\n\nIt failed.\n\n{copy}".encode())
    assert message.text.strip() == "It failed."
    assert message.returned.header("message-id") == "<m@example.com>"
    assert message.returned.header("subject") == "s"
    assert message.quoted


def test_a_summary_of_the_message_is_no_copy_unless_announced() -> None:
    summary = "To: x@example.net\nSubject: s\nSent: Monday\n"
    assert parse(f"A: b\n\nYour message\n\n{summary}\ndid not arrive.".encode()).quoted == ""
    announced = parse(f"A: b\n\nBad.\n\n----- Original message -----\n{summary}".encode())
    assert announced.text == "Bad.\n\n"
    assert not parse(b"A: b\n\nReceived: yesterday, thank you.\n").returned.headers("message-id")


def test_parts_are_bounded_in_number_and_depth_and_say_so() -> None:
    many = parse(multipart(*["Content-Type: text/plain\n\nx"] * 30), Limits(max_parts=10))
    assert len(many.parts) == 10
    assert "only the first 10 parts were read" in many.notes
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%03d."\n\n--b%03d.\n' % (i, i)
        for i in range(20)
    )
    message = parse(deep, Limits(max_depth=5))
    assert len(message.parts) == 6
    assert "parts nested deeper than 5 were not read" in message.notes


@pytest.mark.parametrize("levels", [12, 14, 15, 16, 40, 200])
def test_of_a_large_message_only_the_levels_that_are_read_are_opened(levels: int) -> None:
    """The library copies each; what stands beside the deep parts is read as before."""
    letters = "x" * 70_000
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{i:03}."\n\n--b{i:03}.\n' for i in range(levels)
    )
    closed = "".join(f"\n--b{i:03}.--\n" for i in reversed(range(1, levels)))
    beside = "\n--b000.\nContent-Type: text/csv\n\na,b\n--b000.--\n"
    raw = f"{opened}Content-Type: text/html\n\n{letters}{closed}{beside}".encode()

    message = parse(raw)
    kinds = [part.content_type for part in message.parts]

    assert kinds[:12] == ["multipart/mixed"] * 12
    assert (kinds[-1], message.parts[-1].text.strip()) == ("text/csv", "a,b")
    assert ("text/html" in kinds) == (levels <= 12)
    assert ("parts nested deeper than 12 were not read" in message.notes) == (levels > 12)


def test_a_structure_that_the_library_refuses_is_text() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%03d."; name=x\n\n--b%03d.\n' % (i, i)
        for i in range(400)
    )
    message = parse(b"Subject: deep\n" + deep)
    assert message.header("subject") == "deep"
    assert message.content_type == "text/plain"
    assert any("could not be read" in note for note in message.notes)


def test_the_middle_of_a_long_message_is_left_out_and_its_end_kept() -> None:
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n"
    raw = multipart("Content-Type: text/plain\n\n" + "x" * 5_000, status)
    message = parse(raw, Limits(max_bytes=1_000, max_tail=300))
    assert any("octets in the middle" in note for note in message.notes)
    assert message.status_parts == ["Reporting-MTA: dns; a\n"]


def test_text_is_bounded_and_says_so() -> None:
    message = parse(b"Content-Type: text/plain\n\n" + b"x" * 500, Limits(max_text=100))
    assert len(message.text) == 100
    assert any("first 100 octets" in note for note in message.notes)


def test_a_large_message_in_unusual_spelling_is_masked_too() -> None:
    padding = "y" * 10_000
    message = parse(
        multipart(
            f"Content-Type: text/plain\n\n{padding} message/rfc822",
            f"Content-Type: MESSAGE/rfc822\n\n{RETURNED}",
        )
    )
    assert message.text.endswith("message/rfc822")
    assert message.returned.header("message-id") == "<m@example.com>"
    digest = parse(
        f"Content-Type: multipart/digest; boundary=b\n\n--b\n\n{padding}\n--b--".encode()
    )
    assert digest.text == padding


def test_hundreds_of_encoded_words_are_left_to_whoever_asks() -> None:
    raw = multipart(
        "Content-Type: text/plain; x=" + "=?utf-8?q?a?= " * 700 + "\nX-Name: =?utf-8?q?b?=\n\n=?",
    )
    message = parse(raw)
    assert any("encoded words" in note for note in message.notes)
    part = message.parts[1]
    assert part.fields.header("x-name") == "b"
    assert part.text == "=?"


def test_damaged_base64_gives_what_can_be_read() -> None:
    encoded = base64.b64encode(b"Reporting-MTA: dns; a.example\n").decode()
    message = parse(
        multipart(
            "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
            f"{encoded[:8]}@@{encoded[8:]}\n-- footer"
        )
    )
    assert message.status_parts[0].startswith("Reporting-MTA: dns; a.example")
    assert any("damaged base64" in note for note in message.notes)


def test_a_wrong_or_missing_boundary_is_found_in_the_body() -> None:
    raw = multipart("Content-Type: text/plain\n\nhello").replace(b'boundary="b"', b'boundary="c"')
    message = parse(raw)
    assert message.text == "hello"
    assert any("boundary" in note for note in message.notes)
    assert parse(b"Content-Type: multipart/mixed\n\njust text").text == "just text"


@pytest.mark.parametrize(
    "raw",
    [
        b"From x@y Mon Jan 1 00:00:00 2026\nSubject: s\n\nt",
        b"\n\n Subject: s\n\nt",
        b"Subject: s\r\rt",
    ],
    ids=["mbox line", "blank lines first", "lone carriage returns"],
)
def test_odd_beginnings(raw: bytes) -> None:
    message = parse(raw)
    assert message.header("subject") == "s"
    assert message.text == "t"


def test_crlf_and_lf_read_the_same() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\na\nb", f"Content-Type: message/rfc822\n\n{RETURNED}"
    )
    other = parse(raw.replace(b"\n", b"\r\n"))
    assert other.text == parse(raw).text == "a\nb"
    assert other.returned.header("to") == "x@example.net"


def test_attachments_are_no_text() -> None:
    message = parse(
        multipart(
            "Content-Type: text/plain\n\nhello",
            'Content-Type: text/plain; name="a.txt"\nContent-Disposition: attachment\n\nnot me',
        )
    )
    assert message.text == "hello"
    assert message.parts[2].filename == "a.txt"
    assert message.parts[2].disposition == "attachment"


@pytest.mark.parametrize("blanks", [5, 200])
def test_damaged_base64_behind_many_blanks(blanks: int) -> None:
    raw = (
        'Content-Type: multipart/mixed; boundary="t"\n\n--t\nContent-Type: text/plain\n'
        f"Content-Transfer-Encoding:{' ' * blanks}base64\n\naGVsbG8g====?x!!\n--t--\n"
    )
    message = parse(raw.encode())

    assert message.text in {"hello ", ""}
    assert any("damaged base64" in note for note in message.notes)
