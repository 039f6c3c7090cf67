"""The choice of a policy: first fit by class and recipient domain."""

import pytest

from agent.reconcile.policy import Rule, book
from parsers.addresses import canonical
from store.words import Policy, Stage


def rule(name: str, classes: tuple[str, ...] = (), domains: tuple[str, ...] = ()) -> Rule:
    return Rule(name, classes, domains, Policy(name=name))


@pytest.mark.parametrize(
    ("notice_class", "domain", "expected"),
    [
        ("alert", "example.org", "alerts to us"),
        ("ALERT", "Example.ORG.", "alerts to us"),
        ("alert", "elsewhere.example", "alerts"),
        ("invoice", "example.org", "rest"),
        ("invoice", "bücher.example", "books"),
        ("invoice", "xn--bcher-kva.example", "books"),
        ("invoice", "BÜCHER.example", "books"),
        ("invoice", "sub.example.org", "rest"),
        ("", "", "rest"),
    ],
)
def test_the_first_rule_that_fits_counts(notice_class: str, domain: str, expected: str) -> None:
    choose = book(
        [
            rule("alerts to us", ("alert",), ("example.org",)),
            rule("alerts", ("Alert",)),
            rule("books", (), ("Bücher.example", "other.example")),
            rule("rest"),
            rule("never reached", ("invoice",)),
        ]
    )
    assert choose(notice_class, domain).name == expected


def test_no_rule_that_fits_leaves_the_built_in_policy() -> None:
    choose = book([rule("alerts", ("alert",))])
    assert choose("invoice", "example.org") == Policy(name="built-in")
    assert book([])("a", "b").stage is Stage.DELIVERED


def test_a_domain_that_is_no_host_name_is_compared_as_it_is() -> None:
    odd = "ü" * 64 + ".example"  # a label over 63 octets has no ASCII form, RFC 5890
    choose = book([rule("odd", (), (odd,))])
    assert choose("", odd.upper()).name == "odd"
    assert choose("", "ü.example").name == "built-in"


@pytest.mark.parametrize(
    "written", ["stra\u00dfe.example", "STRA\u00dfE.example.", "xn--strae-oqa.example"]
)
def test_a_domain_is_the_one_that_addresses_have(written: str) -> None:
    # IDNA 2003 made "strasse.example" of it, which belongs to somebody else
    theirs = canonical("ada@stra\u00dfe.example").partition("@")[2]
    choose = book([rule("theirs", (), (written,))])
    assert choose("", theirs).name == "theirs"
    assert choose("", "strasse.example").name == "built-in"


def test_a_policy_asks_only_where_a_mailbox_can_be_asked() -> None:
    asks = Rule("asks", (), (), Policy("asks", ask=True, stage=Stage.DISPLAYED))
    choose = book([asks], askable=["people.test", "b\u00fccher.example"])
    assert choose("alert", "people.test").ask
    assert choose("alert", "xn--bcher-kva.example").ask
    elsewhere = choose("alert", "elsewhere.example")
    assert (elsewhere.ask, elsewhere.stage) == (False, Stage.DISPLAYED)
    assert not book([asks])("alert", "people.test").ask
