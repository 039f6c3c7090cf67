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
