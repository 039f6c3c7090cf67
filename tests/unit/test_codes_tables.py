"""Each row of the tables decides some text: turn any one around and a test breaks."""

from pathlib import Path

import pytest

from parsers.codes import find_command, judge, weigh
from parsers.codes.hosted import find_receiver
from parsers.codes.iana import REGISTRY, Weight, look_up
from parsers.codes.microsoft import CODES, look_up_microsoft
from parsers.codes.phrases import CROSSED, CROSSINGS, ROWS
from parsers.codes.phrases.table import lines
from parsers.codes.receivers import RECEIVERS
from parsers.codes.tiers import RANK, TIERS
from parsers.codes.verdict import FINDER, precedence, strongest
from parsers.codes.words import Finder, Row, Strength, fold, spelled
from parsers.report import Action, Basis, Reason, Severity

DATA = Path(__file__).parent.parent / "data"


def _table(name: str) -> list[list[str]]:
    rows = (DATA / name).read_text().splitlines()
    return [row.split("\t") for row in rows if not row.startswith("#")]


PHRASES = _table("verdict-phrases.tsv")


def _decide(rows: list[Row]) -> Reason:
    return max(rows, key=precedence).reason


def test_every_example_is_decided_as_written() -> None:
    wrong = []
    for reason, strength, text in PHRASES:
        best = strongest(fold(text))
        if best is None or (best.reason, best.strength.name.lower()) != (reason, strength):
            wrong.append((reason, text, best))
    assert wrong == []


def test_flipping_any_row_changes_what_its_example_comes_to() -> None:
    examples = {fold(text): reason for reason, _, text in PHRASES}
    turn = dict(zip(Reason, [*list(Reason)[1:], next(iter(Reason))], strict=True))
    unproven = set(ROWS) - set(CROSSED)
    for folded, reason in examples.items():
        found = FINDER.find(folded)
        for row in found:
            flipped = [
                one._replace(reason=turn[one.reason]) if one is row else one for one in found
            ]
            if _decide(flipped) != reason:
                unproven.discard(row)
    assert unproven == set()


@pytest.mark.parametrize(("reason", "severity", "text"), _table("verdict-grammar.tsv"))
def test_a_sentence_of_the_grammar(reason: str, severity: str, text: str) -> None:
    verdict = weigh(f"550 {text}", command="RCPT")
    assert (verdict.reason, verdict.severity) == (reason, severity)


def test_what_the_grammar_builds_means_what_its_crossing_says() -> None:
    decided = [(row, strongest(fold(row.phrase))) for row in CROSSED]
    assert [row for row, best in decided if best is None or best.reason != row.reason] == []


def test_each_part_of_the_grammar_has_its_sentence() -> None:
    told = {text for _, _, text in _table("verdict-grammar.tsv")}
    for crossing in CROSSINGS:
        first, second = crossing.parts()
        assert len(first) == len(set(first))
        assert len(second) == len(set(second))
        for one in first:
            assert any(f"{one}{crossing.glue}{other}" in told for other in second), one
        for other in second:
            assert any(f"{one}{crossing.glue}{other}" in told for one in first), other


def test_phrases_stand_in_the_tables_as_texts_are_folded() -> None:
    parts = [part for row in ROWS for part in row.phrase.split(" * ") if part.isascii()]
    assert [part for part in parts if [fold(part)] != spelled(part)] == []


def test_no_phrase_stands_twice() -> None:
    phrases = [" * ".join(spelled(row.phrase)) for row in ROWS]
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("mailboxfull", "mailbox is full / mail box was full / mailbox has been full"),
        ("userunknown", "user does not exist / user doesn't exist"),
        ("userunknown", "mailbox could not be found / mail box couldn't be found"),
        ("hostunknown", "cannot find host / can't find host / unable to find host"),
        ("mailboxfull", "user has exceeded his quota / user exceeds his quota"),
        ("norelaying", "relaying not allowed / relaying not permitted"),
        ("suspend", "account is disabled / account was disabled / account has been disabled"),
        ("blocked", "your ip is blacklisted / your ip was blocklisted / your ip is black listed"),
        ("rejected", "sender not authorized / sender not authorised"),
        ("policyviolation", "email policy violation / e-mail policy violation"),
    ],
)
def test_one_row_holds_however_it_is_spelled(reason: str, texts: str) -> None:
    assert {weigh(f"550 {text}", command="RCPT").reason for text in texts.split(" / ")} == {reason}


def test_what_begins_many_phrases_begins_faint_ones() -> None:
    """A stronger row would have all of them tried before what says more: a third of the time."""
    begun: dict[str, list[Strength]] = {}
    for row in ROWS:
        begun.setdefault(row.phrase.partition(" * ")[0], []).append(row.strength)
    many = {first: set(strengths) for first, strengths in begun.items() if len(strengths) > 20}
    assert {first for first, strengths in many.items() if strengths != {Strength.FAINT}} == set()


def test_every_reason_has_one_place_in_the_precedence() -> None:
    assert sorted(RANK) == sorted(Reason)
    assert sum(len(tier) for tier in TIERS) == len(Reason)


@pytest.mark.parametrize(("kind", "code", "reason", "severity"), _table("verdict-codes.tsv"))
def test_a_code_alone(kind: str, code: str, reason: str, severity: str) -> None:
    verdict = weigh("", status=code) if kind == "status" else weigh("", reply_code=code)
    assert (verdict.reason, verdict.severity) == (reason, severity)


@pytest.mark.parametrize(("host", "status", "text", "reason"), _table("verdict-receivers.tsv"))
def test_a_receivers_convention(host: str, status: str, text: str, reason: str) -> None:
    assert weigh(text, status=status, remote_mta=host).reason == reason


@pytest.mark.parametrize(("command", "text"), _table("verdict-commands.tsv"))
def test_a_command_is_found(command: str, text: str) -> None:
    assert find_command(text) == command


@pytest.mark.parametrize(("name", "host"), _table("verdict-hosts.tsv"))
def test_every_domain_of_a_receiver(name: str, host: str) -> None:
    found = find_receiver(host)
    assert found is not None
    assert found.name == name


def test_every_domain_has_its_host() -> None:
    hosts = [host for _, host in _table("verdict-hosts.tsv")]
    domains = [domain for receiver in RECEIVERS for domain in receiver.domains]
    assert [one for one in domains if not any(host.endswith(f".{one}") for host in hosts)] == []


@pytest.mark.parametrize(("reason", "text"), _table("verdict-precedence.tsv"))
def test_one_reason_goes_before_another(reason: str, text: str) -> None:
    assert weigh(text).reason == reason


@pytest.mark.parametrize(
    ("command", "text", "reason", "severity"),
    [
        ("", "5.1.1", "userunknown", "hard"),
        ("", "5.1.2", "hostunknown", "hard"),
        ("", "5.1.6", "hasmoved", "hard"),
        ("", "550 null MX", "notaccept", "hard"),
        ("", "5.2.2", "mailboxfull", "soft"),
        ("", "delivered to mailbox", "delivered", "none"),
        ("MAIL", "550 unknown user", "rejected", "soft"),
        ("MAIL", "550 unknown domain", "rejected", "soft"),
        ("RCPT", "550 unknown domain", "hostunknown", "hard"),
        ("CONN", "550 unknown user", "blocked", "soft"),
        ("CONN", "550 sender blacklisted", "blocked", "soft"),
        ("MAIL", "550 sender blacklisted", "rejected", "soft"),
        ("EHLO", "550 unknown user", "blocked", "soft"),
        ("HELO", "550 unknown user", "blocked", "soft"),
        ("CONN", "550 no", "blocked", "soft"),
        ("CONN", "554 spam detected", "blocked", "soft"),
        ("EHLO", "550 your host sent a virus", "blocked", "soft"),
        ("DATA", "554 spam detected", "spamdetected", "soft"),
        ("EHLO", "550 invalid hostname", "blocked", "soft"),
        ("DATA", "553 cats.example.com does not exist", "rejected", "soft"),
        ("", "553 cats.example.com does not exist", "hostunknown", "hard"),
        ("MAIL", "553 cats.example.com does not exist", "rejected", "soft"),
        ("RCPT", "553 tom.cat does not exist", "userunknown", "hard"),
        ("", "550 5.1.1 tom.cat does not exist", "userunknown", "hard"),
        ("DATA", "553 <tom@cats.example.com> does not exist", "filtered", "soft"),
        ("MAIL", "553 5.1.8 no such domain", "rejected", "soft"),
        ("", "553 5.1.7 unknown user", "rejected", "soft"),
    ],
)
def test_what_the_answered_command_makes_of_it(
    command: str, text: str, reason: str, severity: str
) -> None:
    verdict = weigh(text, command=command)
    assert (verdict.reason, verdict.severity) == (reason, severity)


@pytest.mark.parametrize("action", [Action.DELIVERED, Action.RELAYED, Action.EXPANDED])
def test_a_good_action_is_no_failure(action: Action) -> None:
    verdict = weigh("550 no such user", action=action)
    assert (verdict.reason, verdict.severity) == (Reason.DELIVERED, Severity.NONE)


@pytest.mark.parametrize("text", ["", "550 hm"])
def test_nothing_said_while_it_goes_on_trying_is_a_delay(text: str) -> None:
    assert weigh(text, action=Action.DELAYED).reason is Reason.EXPIRED


@pytest.mark.parametrize(("category", "reason", "severity"), _table("verdict-categories.tsv"))
def test_a_category_of_powermta(category: str, reason: str, severity: str) -> None:
    verdict = judge("550 hm", category=category)
    assert (verdict.reason, verdict.severity) == (reason, severity)
    assert (verdict.basis is Basis.FIELD) == (category != "other")


def test_a_remote_host_speaks_for_itself() -> None:
    text = "550 Requested action not taken: mailbox unavailable"
    hotmail = "bay.hotmail.com"
    assert weigh(text, reporting_mta=hotmail).reason is Reason.USERUNKNOWN
    assert weigh(text, remote_mta="mx.example.org", reporting_mta=hotmail).reason is Reason.FILTERED
    outbound = "server-1.bemta-1.messagelabs.com"
    verdict = weigh("550 No such user", remote_mta="mx.example.org", reporting_mta=outbound)
    assert verdict.reason is Reason.USERUNKNOWN


def test_what_is_all_that_was_said() -> None:
    assert weigh("Unknown user").reason is Reason.USERUNKNOWN
    assert weigh("Unknown user: a@b.example").reason is Reason.USERUNKNOWN
    assert weigh("550 Unknown user a@b.example").reason is Reason.FILTERED


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mx1.hotmail.com", "Microsoft"),
        ("mfs.ezweb.ne.jp", "KDDI"),
        ("MX.QQ.COM", "Tencent"),
        ("smtp-in.orange.fr (193.252.22.65)", "Orange, La Poste"),
        ("Postmaster <postmaster@hotmail.com>", "Microsoft"),
        ("hotmail.com.example.org", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_a_receiver_is_known_by_its_host(host: str, name: str | None) -> None:
    receiver = find_receiver(host)
    assert (receiver.name if receiver else None) == name


def test_domains_of_receivers_are_told_once() -> None:
    domains = [domain for receiver in RECEIVERS for domain in receiver.domains]
    assert len(domains) == len(set(domains))


def test_the_registry_is_whole() -> None:
    """IANA, SMTP Enhanced Status Codes: the details of each subject."""
    details = {0: 0, 1: 10, 2: 4, 3: 6, 4: 7, 5: 6, 6: 10, 7: 30}
    expected = {f"{subject}.{n}" for subject, last in details.items() for n in range(last + 1)}
    assert set(REGISTRY) == expected
    assert not set(CODES) & expected
    assert all(entry.text for entry in REGISTRY.values())


def test_the_registry_is_only_asked_for_failures() -> None:
    assert look_up("2.1.5") is None
    assert look_up("5.9.9") is None
    assert look_up("4.4.4") == (Reason.NETWORKERROR, Weight.USUAL)
    assert look_up_microsoft("5.7.950") is None
    assert look_up_microsoft("5.7.620") is Reason.BLOCKED


def test_the_short_notation() -> None:
    table = lines("mailboxfull!: voll / ganz voll\n    noch voller\n# comment\nexpired?: spat # so")
    assert table == (
        Row("voll", Reason.MAILBOXFULL, Strength.CERTAIN),
        Row("ganz voll", Reason.MAILBOXFULL, Strength.CERTAIN),
        Row("noch voller", Reason.MAILBOXFULL, Strength.CERTAIN),
        Row("spat", Reason.EXPIRED, Strength.PLAIN),
    )


def test_gaps_are_bounded_and_in_order() -> None:
    row = Row("domain * not found", Reason.HOSTUNKNOWN, Strength.PLAIN)
    finder = Finder([row])
    assert finder.find(fold("Domain b.example not found")) == [row]
    assert finder.find(fold("domain; domain x not found")) == [row]
    assert finder.find(fold("not found: domain")) == []
    assert finder.find(fold("domain " + "x" * 200 + " not found")) == []
    assert finder.find(fold("domain a " * 9)) == []


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("The mailbox of <a@b.example> is full", " the mailbox is full "),
        ("no user for a@b.example does not help", " no user does not help "),
        ("we relay no mail for a@b.example", " we relay no mail for "),
        ("proof of is, for not", " proof of is for not "),
        ("Skrzynka PEŁNA", " skrzynka pelna "),
        ("kullanıcı bulunamadı", " kullanici bulunamadi "),
        ("brøndbyøster: købt på Ærø, cœur, đ", " brondbyoster kobt pa aero coeur d "),
    ],
)
def test_texts_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("550 User cat not found", "userunknown"),
        ('550 Mailbox "cat" is not known', "userunknown"),
        ("550 the account of Tom Cat, Ltd. is deactivated", "suspend"),
        ("552 mailbox cat is full", "mailboxfull"),
        ("550 domain cats.example.org could not be resolved", "hostunknown"),
        ("550 the user who wrote this long sentence in his manual is full of hope", "onhold"),
        ("550 the user interface of it is blue", "onhold"),
    ],
)
def test_a_name_stands_between_subject_and_predicate(text: str, reason: str) -> None:
    assert weigh(text, command="RCPT").reason == reason


def test_words_are_whole_words() -> None:
    finder = Finder([Row("mailbox full", Reason.MAILBOXFULL, Strength.PLAIN)])
    assert finder.find(fold("MAILBOX-FULL!"))
    assert not finder.find(fold("mailbox fully working"))


def test_phrases_that_share_words_are_all_found() -> None:
    rows = [Row(text, Reason.ONHOLD, Strength.PLAIN) for text in ("a b", "b c", "b", "a b c")]
    assert Finder(rows).find(fold("a b c")) == rows
    assert Finder(rows).first(fold("b")) == rows[2]
    assert Finder(rows).first(fold("c")) is None


def test_a_guess_in_a_warning_is_no_reason_and_a_reply_is_one() -> None:
    """Many a mailer says "the usual cause is that the system is temporarily unavailable"."""
    guess, reply = "temporarily unavailable", "451 4.0.0 temporarily unavailable"
    delayed = [weigh(text, status="4.0.0", action=Action.DELAYED) for text in (guess, reply)]

    assert [one.reason for one in delayed] == [Reason.EXPIRED, Reason.SYSTEMERROR]
    assert weigh(guess, status="4.0.0").reason is Reason.SYSTEMERROR
