"""Notices in nobody's form, as administrators write them: the generic reader's own samples."""

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest

from parsers.bounces import detect
from parsers.mime.message import parse

NOTICES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "wild-notices.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "notice", NOTICES, ids=lambda notice: " ".join(notice["text"].split())[:60]
)
@pytest.mark.parametrize("return_path", ["Return-Path: <>\n", ""], ids=["null", "none"])
def test_notice_names_its_recipients(notice: dict[str, Any], return_path: str) -> None:
    kind = "html" if notice["html"] else "plain"
    raw = (
        f"{return_path}From: {notice['from']}\nTo: owner-cats@lists.example.com\n"
        f"Subject: {notice['subject']}\nContent-Type: text/{kind}; charset=utf-8\n\n"
        f"{notice['text']}"
    )
    finding = detect(parse(raw.encode()))

    found = finding.recipients if finding else ()
    assert sorted(one.address for one in found) == sorted(notice["recipients"])
    assert {str(one.action) for one in found} <= {notice["action"]}


# what stands above or below a notice and names somebody else; no divider in between
ABOVE = (
    "This mail was scanned by the gateway of w.example (admin@w.example).\n\n",
    "If you have questions, write to postmaster@w.example.\n\n",
    "Message-ID: <1.2@w.example>\nFrom: writer@w.example\nSubject: hi\n\n",
)
OTHER = "unknown@w.example is not a valid user\n"
BELOW = (
    f"\nFrom: writer@w.example\nTo: list@lists.example.com\nSubject: x\n\n{OTHER}",
    f"\nDate: Mon, 3 Apr 2000 10:00:00 -0400\nFrom: writer@w.example\nSubject: x\n\n{OTHER}",
    f"\nSubject: x\nMIME-Version: 1.0\nFrom: writer@w.example\n\n{OTHER}",
    "\n> Hi all,\n> unknown@w.example does not exist any more\n",
    "\n__________________________\nCats mailing list\nCats@lists.w.example\nhttp://w.example\n",
    "\nRegards,\nYour mail team\npostmaster@w.example\n",
    "\n-- \nYour mail team\nmailteam@w.example\n",
    "\nA copy of this notice was sent to admin@w.example.\n",
    "\nQuestions? helpdesk@w.example\n",
    "\nGet your free mail at http://w.example! Contact sales@w.example\n",
)


@pytest.mark.parametrize(
    ("above", "below"),
    [*((text, "") for text in ABOVE), *(("", text) for text in BELOW)],
    ids=lambda text: " ".join(text.split())[:12] or "-",
)
@pytest.mark.parametrize(
    "notice",
    [
        notice
        for notice in NOTICES
        if notice["recipients"]
        and not notice["html"]
        and all(one in notice["text"] for one in notice["recipients"])
        and "@lists.example.com" not in notice["text"]  # the list itself, beside a display name
        and not notice["text"].startswith("****")  # a title must be the first line
    ],
    ids=lambda notice: " ".join(notice["text"].split())[:60],
)
def test_what_stands_around_a_notice_is_not_taken_for_it(
    notice: dict[str, Any], above: str, below: str
) -> None:
    raw = (
        f"From: {notice['from']}\nTo: owner-cats@lists.example.com\n"
        f"Subject: {notice['subject']}\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{above}{notice['text']}{below}"
    )
    finding = detect(parse(raw.encode()))

    found = finding.recipients if finding else ()
    assert sorted(one.address for one in found) == sorted(notice["recipients"])


def _lines(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))


def _breaks(text: str) -> str:
    return "<p>" + escape(text).replace("\n\n", "</p><p>").replace("\n", "<br>\n") + "</p>"


def _preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


@pytest.mark.parametrize("form", [_lines, _breaks, _preformatted])
@pytest.mark.parametrize(
    "notice",
    [
        notice
        for notice in NOTICES
        if not notice["html"] and all(one in notice["text"] for one in notice["recipients"])
    ],
    ids=lambda notice: " ".join(notice["text"].split())[:60],
)
def test_the_same_in_html(notice: dict[str, Any], form: Callable[[str], str]) -> None:
    raw = (
        f"From: {notice['from']}\nTo: owner-cats@lists.example.com\nSubject: {notice['subject']}\n"
        "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
        f"<html><body>{form(notice['text'])}</body></html>"
    )
    finding = detect(parse(raw.encode()))

    found = finding.recipients if finding else ()
    assert sorted(one.address for one in found) == sorted(notice["recipients"])
