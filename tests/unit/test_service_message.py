"""From a message of any shape to what a mail service's API takes, and what is refused."""

import pytest

from agent.outbound.composing.compose import Composed
from agent.outbound.service.catalogue import SERVICES
from agent.outbound.service.message import Unsendable, for_service
from agent.outbound.smtp.envelope import Letter

MARK = "b" + "a2345" * 5
PATH = f"{MARK}@bounces.example.org"
HEAD = (
    "From: =?utf-8?q?Notices_=C3=BC?= <notices@example.org>\r\n"
    'To: "Lovelace, Ada" <ADA@example.com>, Ben <ben@example.com>\r\n'
    "Cc: boss@example.com\r\n"
    "Subject: =?utf-8?q?F=C3=BCr?=\r\n =?utf-8?q?_dich?=\r\n"
    "Message-ID: <m1@example.org>\r\nReferences: <thread@x>\r\n <m1@example.org>\r\n"
    f"Reply-To: Desk <r{MARK[1:]}@example.org>\r\nAuto-Submitted: auto-generated\r\n"
    "List-Id: Alerts <alerts.example.org>\r\nX-Landed-Id: mabc\r\n"
    "Date: Fri, 9 Oct 2026 08:00:00 +0000\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256\r\nReceived: from a by b\r\nMIME-Version: 1.0\r\n"
)
BASE64 = b"Content-Transfer-Encoding: base64\r\n\r\n"
ATTACHED = b"Content-Disposition: attachment\r\n"
PLAIN = "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe\r\nund mehr\r\n"


def letter(body: bytes, head: str = HEAD) -> Letter:
    mail = Composed(PATH, MARK, "m1@example.org", head.encode() + body, smtputf8=False)
    return Letter(mail, "ada@example.com")


def made(body: bytes, service: str = "mailgun", *, path: bool = False, head: str = HEAD):  # type: ignore[no-untyped-def]
    return for_service(letter(body, head), SERVICES[service], with_return_path=path)


def parts(*those: bytes, kind: str = "mixed") -> bytes:
    inner = b"".join(b"--x\r\n" + one + b"\r\n" for one in those)
    return f'Content-Type: multipart/{kind}; boundary="x"\r\n\r\n'.encode() + inner + b"--x--\r\n"


def test_headers_that_can_survive_do_and_the_others_are_left_to_the_service() -> None:
    message = made(PLAIN.encode("latin-1"))
    assert message.subject == "Für dich"
    assert message.from_email == '"Notices ü" <notices@example.org>'
    assert message.to == ['"Lovelace, Ada" <ada@example.com>'], "nobody else gets a copy"
    assert message.cc == message.bcc == []
    assert message.reply_to == [f'"Desk" <r{MARK[1:]}@example.org>']
    assert message.extra_headers == {
        "Message-ID": "<m1@example.org>",
        "References": "<thread@x> <m1@example.org>",
        "Auto-Submitted": "auto-generated",
        "List-Id": "Alerts <alerts.example.org>",
        "X-Landed-Id": "mabc",
    }
    assert message.body == "Grüße\nund mehr\n"
    assert message.metadata == {"landed": MARK}
    assert not hasattr(message, "tags")
    assert not hasattr(message, "envelope_sender")


def test_where_there_is_no_metadata_a_tag_carries_the_token() -> None:
    message = made(b"\r\nhi\r\n", "postal", path=True)
    assert message.tags == [MARK]
    assert not hasattr(message, "metadata")
    assert message.envelope_sender == PATH
    assert set(made(b"\r\nhi\r\n", "mailjet").extra_headers) == {
        "References", "Auto-Submitted", "X-Landed-Id",
    }, "Mailjet refuses the call for the others"  # fmt: skip
    assert made(b"\r\nhi\r\n", "postmark").extra_headers["X-PM-KeepID"] == "true"


def test_texts_pages_pictures_and_files() -> None:
    page = b"Content-Type: text/html; charset=utf-8\r\n" + BASE64 + b"PGI+w7w8L2I+\r\n"
    image = (
        b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\n"
        b"Content-Disposition: inline; filename=l.png\r\n" + BASE64 + b"iVBORw0KGgo=\r\n"
    )
    pdf = (
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
        b" filename*=utf-8''R%C3%A9sum%C3%A9.pdf\r\n" + BASE64 + b"JVBERg==\r\n"
    )
    table = b"Content-Type: text/csv; charset=latin-1\r\n" + ATTACHED + b"\r\nM\xfcller;1\r\n"
    footer = b"Content-Type: text/plain\r\n\r\na footer\r\n"
    mail = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n"
    calendar = b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n"
    alternative = parts(PLAIN.encode("latin-1"), page, calendar, kind="alternative")
    alternative = alternative.replace(b"--x", b"--y").replace(b'"x"', b'"y"')
    message = made(parts(alternative, image, pdf, table, footer, mail))
    assert message.body == "Grüße\nund mehr\n"
    assert [tuple(one) for one in message.alternatives] == [("<b>ü</b>", "text/html")]
    picture = next(one for one in message.attachments if not isinstance(one, tuple))
    assert picture.get_content() == b"\x89PNG\r\n\x1a\n"
    assert picture["Content-ID"] == "<logo@x>"
    files = {one[0]: one for one in message.attachments if isinstance(one, tuple)}
    assert files["Résumé.pdf"][1:] == (b"%PDF", "application/pdf")
    kinds = [one[2] for one in files.values()]
    assert sorted(kinds) == [
        "application/pdf", "message/rfc822", "text/calendar", "text/csv", "text/plain",
    ]  # fmt: skip
    by_kind = {one[2]: one[1] for one in files.values()}
    assert by_kind["text/csv"].strip() == "Müller;1"
    assert by_kind["text/plain"].strip() == "a footer"
    assert b"Subject: inner" in by_kind["message/rfc822"].replace(b"\r\n", b"\n")


def test_a_page_without_a_text_is_a_page() -> None:
    message = made(b"Content-Type: text/html\r\n\r\n<p>x</p>")
    assert (message.body, message.content_subtype, message.alternatives) == (
        "<p>x</p>\n",
        "html",
        [],
    )


@pytest.mark.parametrize(
    "body",
    [
        parts(b"\r\nsigned", b"Content-Type: application/pgp-signature\r\n\r\nx", kind="signed"),
        parts(b"\r\nx", kind="encrypted"),
        b"Content-Type: application/pkcs7-mime\r\n\r\nMIIB",
        parts(*[b"Content-Type: image/gif\r\n\r\nGIF"] * 201),
    ],
)
def test_what_would_be_changed_is_refused(body: bytes) -> None:
    with pytest.raises(Unsendable):
        made(body)


def test_parts_within_parts_have_an_end() -> None:
    body = b"\r\nx"
    for number in range(40):
        outer = f'Content-Type: multipart/mixed; boundary="b{number}e"\r\n\r\n--b{number}e\r\n'
        body = outer.encode() + body + f"\r\n--b{number}e--\r\n".encode()
    with pytest.raises(Unsendable, match="nested"):
        made(body)


def test_utf8_in_headers_is_read_as_it_is() -> None:
    head = "From: Zoë <zoe@example.org>\r\nTo: ada@example.com\r\nSubject: Grüße\r\nX-A: a\r\n"
    head += "X-A: b\r\n"
    message = made("\r\nhé\r\n".encode(), head=head)
    assert message.from_email == '"Zoë" <zoe@example.org>'
    assert message.subject == "Grüße"
    assert message.extra_headers == {"X-A": "a"}
    assert message.body == "hé\n"
