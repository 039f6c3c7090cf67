"""Addresses in report fields, and addresses that people hand in."""

import subprocess
import sys

import pytest

from parsers.addresses import InvalidAddress, bare, canonical, fold_domain, parse_list, typed
from parsers.read import read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rfc822; nora@Example.NET", ("rfc822", "nora@example.net")),
        ("RFC822;<nora@example.net>", ("rfc822", "nora@example.net")),
        ("<nora@example.net>", ("", "nora@example.net")),
        ("rfc822; nora@example.net (Nora)", ("rfc822", "nora@example.net")),
        ("rfc822; Nora <nora@example.net>", ("rfc822", "nora@example.net")),
        ('rfc822; "a b"@example.net', ("rfc822", '"a b"@example.net')),
        (r"utf-8; j\x{F6}rg@example.net", ("utf-8", "jörg@example.net")),
        (r"utf-8; a\x{D800}\x{1}@example.net", ("utf-8", r"a\x{D800}\x{1}@example.net")),
        ("unknown; NORA", ("unknown", "NORA")),
        ("rfc822; @relay.example:nora@example.net", ("rfc822", "nora@example.net")),
        ("rfc822; <@relay.example:nora@example.net>", ("rfc822", "nora@example.net")),
        ("rfc822; Nora <@relay.example:nora@example.net>", ("rfc822", "nora@example.net")),
        ("rfc822; 'nora@example.net'", ("rfc822", "nora@example.net")),
        ("rfc822; nora.o'neil@example.net", ("rfc822", "nora.o'neil@example.net")),
        ("rfc822; nora@example.net:DEFERRED", ("rfc822", "nora@example.net")),
        ("rfc822; <>", ("rfc822", "")),
        ("", ("", "")),
        ("rfc822; <mailto:nora@example.net>", ("rfc822", "nora@example.net")),
        ("rfc822; |/usr/bin/procmail", ("rfc822", "|/usr/bin/procmail")),
        ("rfc822; nora@[192.0.2.1]", ("rfc822", "nora@[192.0.2.1]")),
    ],
)
def test_typed_addresses(value: str, expected: tuple[str, str]) -> None:
    assert typed(value) == expected


def test_bare_takes_what_stands_in_brackets() -> None:
    assert bare('"N, O" <nora@EXAMPLE.net>') == "nora@example.net"
    assert bare("x" * 5_000 + "@example.net") != ""
    assert fold_domain("NORA") == "NORA"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Nora@Example.NET", "Nora@example.net"),
        ("x@bücher.example", "x@xn--bcher-kva.example"),
        ("jörg@example.net", "jörg@example.net"),
        ("jo\u0308rg@example.net", "jörg@example.net"),
        ('"a b"@example.net', '"a b"@example.net'),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
    ],
)
def test_canonical(given: str, kept: str) -> None:
    assert canonical(given) == kept
    assert canonical(kept) == kept


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "no address"),
        ("nora", "name@domain"),
        ("a b@example.net", "grammar"),
        ("a..b@example.net", "grammar"),
        ("a@b@example.net", "grammar"),
        ("x" * 65 + "@example.net", "64 octets"),
        ("a@-x.example", "no domain name"),
        ("a@" + "x." * 150 + "example", "no domain name"),
        ("a@☃.example", "international"),
        ("a\x00@example.net", "control"),
        ("a\u202e@example.net", "control"),
        ("\udcfc@example.net", "no text"),
        ("a@\udcfc.example", "no text"),
        ("a" * 64 + "@" + "b" * 60 + ".c" * 64 + ".example", "254 octets"),
        ("Ada <ada@example.net>", "address alone"),
        ("a@[x]", "IP address"),
        ("a@[999.2.3.4]", "IP address"),
        ("a@[IPv6:zz]", "IP address"),
        ("a@[192.0.2.1", "IP address"),
        ("a@[::1]", "IP address"),
    ],
)
def test_what_is_no_address_says_why(given: str, why: str) -> None:
    with pytest.raises(InvalidAddress, match=why):
        canonical(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('"nora"@example.net', "nora@example.net"),
        ('"n\\ora"@example.net', "nora@example.net"),
        ('"nora b"@example.net', '"nora b"@example.net'),
        ('"nora \\b"@example.net', '"nora b"@example.net'),
        ('"a\\"\\\\b"@example.net', '"a\\"\\\\b"@example.net'),
        ('"a..b"@example.net', '"a..b"@example.net'),
        ('"nørå"@example.net', "nørå@example.net"),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@[IPv6:2001:DB8:0::1]", "a@[ipv6:2001:db8::1]"),
    ],
)
def test_one_address_has_one_form(given: str, kept: str) -> None:
    assert canonical(given) == kept
    assert canonical(kept) == kept


def test_two_addresses_without_a_comma_are_told_and_none_of_them_is_lost() -> None:
    addresses, refused = parse_list("Ada <a@x.example> Ben <b@x.example>, c@x.example")
    assert addresses == ["c@x.example"]
    assert "without a comma" in refused[0].reason
    assert parse_list('"Ada <a@x.example>" <b@x.example>') == (["b@x.example"], [])


def test_the_library_s_own_words_are_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    program = "import agent.log, parsers.addresses as a; a.parse_list('<mailto:a@x.example>')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    assert capfd.readouterr() == ("", "")


def test_lists_take_names_groups_comments_and_separators() -> None:
    addresses, refused = parse_list(
        'Nora <nora@example.net>, "Berg, Olaf" <olaf@example.net>; team: p@example.net,'
        " q@example.net;\nr@example.net (R, the last)\nNORA <nora@EXAMPLE.net>,"
        " <a\\,b>, (all) s@t.example"
    )
    assert addresses == [
        "nora@example.net",
        "olaf@example.net",
        "p@example.net",
        "q@example.net",
        "r@example.net",
        "s@t.example",
    ]
    assert [one.text for one in refused] == ["<a\\,b>"]


def test_refused_entries_keep_their_words_and_others_go_on() -> None:
    addresses, refused = parse_list("nora, olaf@example.net, undisclosed-recipients:;")
    assert addresses == ["olaf@example.net"]
    assert refused[0].text == "nora"
    assert "name@domain" in refused[0].reason
    assert parse_list("") == ([], [])


def test_reading_reports_does_not_load_flanker() -> None:
    sys.modules.pop("flanker", None)
    read(b"From: a@example.org\nSubject: x\n\nhello")
    assert "flanker" not in sys.modules
