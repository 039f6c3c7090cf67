"""The shapes of addresses in lines, and where the returned message begins."""

import pytest

from parsers.bounces.cut import cut
from parsers.bounces.lines import addresses, bracketed, lead, listed, unfold


@pytest.mark.parametrize(
    ("line", "address", "rest"),
    [
        ("cat@example.org", "cat@example.org", ""),
        ("  <cat@example.org>:", "cat@example.org", ""),
        ("<cat@example.org>: unknown user", "cat@example.org", "unknown user"),
        ("'cat@example.org' on 1 March", "cat@example.org", "on 1 March"),
        ('"cat@example.org":', "cat@example.org", ""),
        ("   * cat@example.org", "cat@example.org", ""),
        ("-- cat@example.org", "cat@example.org", ""),
        ("-> cat@example.org: no", "cat@example.org", "no"),
        ("2) cat@example.org", "cat@example.org", ""),
        (">>> cat@example.org <cat@example.org>", "cat@example.org", ""),
        ("[SMTP:cat@example.org]", "cat@example.org", ""),
        ("SMTP <cat@example.org>", "cat@example.org", ""),
        ("rfc822; cat@example.org", "cat@example.org", ""),
        ("`cat@example.org': gone", "cat@example.org", "gone"),
        ('<"a cat"@example.org>: gone', '"a cat"@example.org', "gone"),
        ("cat@example.org.", "cat@example.org", "."),
        ("cat@example.org<mailto:cat@example.org>", "cat@example.org", "<mailto:cat@example.org>"),
        ("<кот@example.org>", "кот@example.org", ""),
        ("cat@[192.0.2.1] gone", "cat@[192.0.2.1]", "gone"),
    ],
)
def test_lead_finds_the_address_that_begins_a_line(line: str, address: str, rest: str) -> None:
    found = lead(line)

    assert found is not None
    assert found[0] == address
    assert found[1] == rest or rest == "."


@pytest.mark.parametrize(
    "line",
    ["", "no address", "write to cat@example.org", "cat at example.org", "@", "a@", "x" * 9_000],
)
def test_lead_finds_none_elsewhere(line: str) -> None:
    assert lead(line) is None


def test_a_display_name_counts_only_where_asked_for() -> None:
    line = "A. Cat <cat@example.org>"

    assert lead(line) is None
    assert lead(line, named=True) == ("cat@example.org", "")
    assert lead("550 5.1.1 <cat@example.org>... no", named=True) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("to cat@example.org, dog@example.org.", ["cat@example.org", "dog@example.org"]),
        ("<mailto:cat@example.org> and <cat@example.org>", ["cat@example.org"]),
        ("o'neil@example.org", ["o'neil@example.org"]),
        ("550-'cat@example.org'", ["cat@example.org"]),
        ("see https://example.org/@cat and /home/cat@example.org", []),
        (
            "bounce-17=cat=example.org@lists.example.com",
            ["bounce-17=cat=example.org@lists.example.com"],
        ),
        ("宛先cat@example.orgへ", ["cat@example.org"]),
        ("none", []),
    ],
)
def test_addresses_in_prose(text: str, found: list[str]) -> None:
    assert addresses(text) == found


def test_bracketed_takes_the_first() -> None:
    assert bracketed("RCPT TO:<cat@example.org> <dog@example.org>") == "cat@example.org"
    assert bracketed("nobody") == ""


def test_a_list_ends_where_prose_begins() -> None:
    lines = [
        "",
        "  cat@example.org",
        "    no such user",
        "",
        "    at this host",
        "  dog@example.org, bird@example.org",
        "",
        "Please write to help@example.org.",
        "fish@example.org",
    ]

    assert [(entry.address, entry.text) for entry in listed(lines)] == [
        ("cat@example.org", "no such user at this host"),
        ("dog@example.org", ""),
        ("bird@example.org", ""),
    ]


def test_a_list_ends_at_a_rule() -> None:
    assert [entry.address for entry in listed(["cat@example.org", "---", "dog@example.org"])] == [
        "cat@example.org"
    ]


@pytest.mark.parametrize(
    "divider",
    [
        "--- below this line is a copy of the message.",
        "------ this is a copy of the message, including all the headers. ------",
        "----- original message -----",
        "   ----- unsent message follows -----",
        "   ----- message header follows -----",
        "|------------------------- message text follows: ------------------------|",
        "-------original message",
        "------- returned message --------",
        "original message follows.",
        "message headers follow.",
        "    below is a copy of the original message:",
        "included is a copy of the message header:",
        "original mail as follows:",
        "the original message is attached.",
        "original message headers:",
        "your message follows:",
        "received: from lists.example.com by mx.example.net",
        "  return-path: <owner@lists.example.com>",
    ],
)
def test_the_returned_message_begins_at(divider: str) -> None:
    notice = "could not be delivered\n\ncat@example.org\n\n"

    assert cut(f"{notice}{divider}\n\ndog@example.org\n") == len(notice)


@pytest.mark.parametrize(
    "line",
    [
        "the original message was received at mon, 1 mar 2004",
        "   ----- transcript of session follows -----",
        "   ----- the following addresses had permanent fatal errors -----",
        "--- the returned message could not be delivered to",
        "the message was received: badly",
        "your original message could not be delivered to the following recipients:",
        "a message that you sent could not be delivered",
    ],
)
def test_the_notice_goes_on_at(line: str) -> None:
    text = f"hello\n{line}\ncat@example.org\n"

    assert cut(text) == len(text)


def test_unfold_makes_one_line() -> None:
    assert unfold(" a\n\t b  c ") == "a b c"
