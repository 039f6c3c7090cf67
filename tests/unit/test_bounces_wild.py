"""Notices in nobody's form, as administrators write them: the generic reader's own samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from parsers.bounces import detect
from parsers.mime import parse

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


RETURNED = (
    "From: writer@w.example\nTo: list@lists.example.com\nSubject: x\n",
    "Date: Mon, 3 Apr 2000 10:00:00 -0400\nFrom: writer@w.example\nSubject: x\n",
    "Subject: x\nMIME-Version: 1.0\nFrom: writer@w.example\n",
)


@pytest.mark.parametrize("header", RETURNED, ids=lambda header: header[:4])
@pytest.mark.parametrize(
    "notice",
    [
        notice
        for notice in NOTICES
        if notice["recipients"]
        and not notice["html"]
        and all(one in notice["text"] for one in notice["recipients"])
        and "@lists.example.com" not in notice["text"]  # the list itself, beside a display name
    ],
    ids=lambda notice: " ".join(notice["text"].split())[:60],
)
def test_a_returned_message_without_divider_is_not_scanned(
    notice: dict[str, Any], header: str
) -> None:
    raw = (
        f"From: {notice['from']}\nTo: owner-cats@lists.example.com\n"
        f"Subject: {notice['subject']}\nContent-Type: text/plain; charset=utf-8\n\n"
        f"{notice['text']}\n\n{header}\nunknown@w.example is not a valid user\n"
    )
    finding = detect(parse(raw.encode()))

    found = finding.recipients if finding else ()
    assert sorted(one.address for one in found) == sorted(notice["recipients"])
