"""A notice in nobody's form in the parts in which it comes: the returned mail is beside it."""

import base64
import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest

from parsers.read import read

NOTICES: list[dict[str, Any]] = [
    notice
    for notice in json.loads(
        (Path(__file__).parents[1] / "data" / "wild-notices.json").read_text("utf-8")
    )
    if not notice["html"]
    and notice["recipients"]
    and all(one in notice["text"] for one in notice["recipients"])
    and "@lists.example.com" not in notice["text"]  # the list itself, beside a display name
]
HEADER = (
    "Received: from a by b; x\nReturn-Path: <owner-cats@lists.example.com>\n"
    "From: writer@w.example\nTo: cats@lists.example.com\nSubject: x\n"
)
RETURNED = HEADER + "\nunknown@w.example is not a valid user. 550 dog@w.example\n"
RFC822 = f"Content-Type: message/rfc822\n\n{RETURNED}"


def _parts(*parts: str, kind: str = "mixed", mark: str = "b") -> str:
    body = "".join(f"--{mark}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n{body}--{mark}--\n"


def _plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}"


def _html(text: str) -> str:
    return (
        "Content-Type: text/html; charset=utf-8\n\n"
        f"<html><body>{escape(text).replace(chr(10), '<br>')}</body></html>"
    )


def _base64(text: str) -> str:
    return (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(text.encode()).decode()
    )


FORMS: dict[str, Callable[[str], str]] = {
    "beside a mail": lambda text: _parts(_plain(text), RFC822),
    "beside a text": lambda text: _parts(_plain(text), _plain(RETURNED)),
    "beside a header": lambda text: _parts(
        _plain(text), f"Content-Type: text/rfc822-headers\n\n{HEADER}"
    ),
    "beside octets": lambda text: _parts(
        _plain(text), f"Content-Type: application/octet-stream; name=orig.eml\n\n{RETURNED}"
    ),
    "beside an attachment": lambda text: _parts(
        _plain(text),
        f"Content-Type: text/plain\nContent-Disposition: attachment\n\n{RETURNED}",
    ),
    "a report without status": lambda text: _parts(_plain(text), RFC822, kind="report"),
    "a report whose status names nobody": lambda text: _parts(
        _plain(text),
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n",
        RFC822,
        kind="report",
    ),
    "in two forms": lambda text: _parts(
        _parts(_plain(text), _html(text), kind="alternative", mark="c"), RFC822
    ),
    "in HTML": lambda text: _parts(_html(text), RFC822),
    "in base64": lambda text: _parts(_base64(text), RFC822),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "notice", NOTICES, ids=lambda notice: " ".join(notice["text"].split())[:60]
)
def test_the_returned_mail_names_nobody(notice: dict[str, Any], form: str) -> None:
    report = read(
        (
            f"From: {notice['from']}\nTo: owner-cats@lists.example.com\n"
            f"Subject: {notice['subject']}\nMIME-Version: 1.0\n{FORMS[form](notice['text'])}"
        ).encode()
    )

    assert sorted({one.address for one in report.recipients}) == sorted(notice["recipients"])
