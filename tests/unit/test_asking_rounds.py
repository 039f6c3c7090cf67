"""Rounds of asking: what is due, what a failure costs, and every finding once."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from agent.asking.connector import AskingError, Look, MailboxError, Sighting, Stopped, Wanted
from agent.asking.rounds import Asker, asking_channel
from parsers.token import Purpose, sign
from store import channels
from store.reading import Reader
from store.words import FactKind, Policy, Verdict
from tests.plugins.owed import DOMAIN, KEYRING, Owed, open_owed

ANNA, BEN = "anna@people.test", "ben@people.test"
K = FactKind
_NEVER = threading.Event()


def policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("asks", ask=True, ask_after=timedelta(minutes=1), ask_times=3)


@dataclass
class Scripted:
    """A connector that says what it is told to, and remembers what it was asked."""

    answers: dict[str, list[FactKind] | Exception] = field(default_factory=dict)
    whole: bool = True
    name: str = "own"
    lag: timedelta = timedelta()
    asked: list[tuple[str, list[Wanted]]] = field(default_factory=list)
    closed: int = 0
    breaks_at: int = 0  # the number of the look at which the server fails; 0: never

    def look(
        self, mailbox: str, wanted: Sequence[Wanted], now: datetime, stop: threading.Event
    ) -> Look:
        self.asked.append((mailbox, list(wanted)))
        if len(self.asked) == self.breaks_at:
            raise AskingError("out of order")
        told = self.answers.get(mailbox, [])
        if isinstance(told, Exception):
            raise told
        seen = tuple(Sighting(one.delivery_id, k, now, f"as {k}") for one in wanted for k in told)
        return Look(seen, now - self.lag if self.whole else None, "as absent")

    def check(self, mailbox: str, now: datetime) -> str:
        return "well"

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path, policies) as opened:
        yield opened


def asker(owed: Owed, connector: Scripted) -> Asker:
    return Asker(owed.ledger, connector, ["people.test"], KEYRING, policies)


def now() -> datetime:
    return datetime.now(UTC)


def later() -> datetime:
    return now() + timedelta(minutes=30)


def kinds(owed: Owed, number: int) -> list[str]:
    with Reader.open(owed.ledger.url) as reader:
        story = reader.trace(number)
    assert story is not None
    return [one.kind for one in story.evidence if one.detail.startswith("as ")]


def test_each_mailbox_is_asked_once_for_all_that_is_open(owed: Owed) -> None:
    first = owed.mail("k1", ANNA, BEN)
    second = owed.mail("k2", ANNA)
    connector = Scripted({ANNA: [K.INBOX], BEN: [K.JUNK]})
    done = asker(owed, connector).run_once(now, threading.Event())
    assert (done.mailboxes, done.refused, done.facts) == (2, 0, 3)
    asked = dict(connector.asked)
    assert len(connector.asked) == 2
    assert {one.delivery_id for one in asked[ANNA]} == {first[0], *second}
    one = asked[BEN][0]
    assert one.message_id == f"{one.mark}@{DOMAIN}"
    assert one.mark == sign(KEYRING, Purpose.MESSAGE, first[1])
    assert one.sender == f"ops@{DOMAIN}"
    assert owed.verdicts([*first, *second]) == [Verdict.LANDED] * 3
    assert owed.channel("asking:own").kind == channels.MAILBOX
    assert owed.channel("asking:own").watermark is not None
    assert connector.closed == 1


def test_what_has_landed_is_not_asked_for_again(owed: Owed) -> None:
    (number,) = owed.mail("k1", ANNA)
    connector = Scripted({ANNA: [K.INBOX]})
    one = asker(owed, connector)
    assert one.run_once(now, threading.Event()).facts == 1
    assert one.run_once(later, threading.Event()).mailboxes == 0
    assert kinds(owed, number) == ["inbox"]


def test_the_same_finding_of_a_restarted_agent_adds_nothing(owed: Owed) -> None:
    (number,) = owed.mail("k1", ANNA)
    for _ in range(2):
        done = asker(owed, Scripted({ANNA: []})).run_once(later, threading.Event())
    assert done.facts == 0
    assert kinds(owed, number) == ["absent"]


def test_what_was_seen_in_part_is_not_absent(owed: Owed) -> None:
    (number,) = owed.mail("k1", ANNA)
    asker(owed, Scripted(whole=False)).run_once(now, threading.Event())
    assert kinds(owed, number) == []


def test_what_tells_late_says_nothing_of_what_was_just_sent(owed: Owed) -> None:
    (number,) = owed.mail("k1", ANNA)  # half an hour ago
    connector = Scripted(lag=timedelta(hours=3))
    asker(owed, connector).run_once(now, _NEVER)
    assert kinds(owed, number) == []
    hours = (now() + timedelta(hours=4)).timestamp()
    asker(owed, connector).run_once(partial(datetime.fromtimestamp, hours, UTC), _NEVER)
    assert kinds(owed, number) == ["absent"]


def test_one_mailbox_that_fails_stops_no_other(owed: Owed) -> None:
    numbers = owed.mail("k1", ANNA, BEN)
    connector = Scripted({ANNA: MailboxError("no such mailbox"), BEN: [K.INBOX]})
    done = asker(owed, connector).run_once(now, threading.Event())
    assert (done.mailboxes, done.refused) == (1, 1)
    assert owed.verdicts(numbers) == [Verdict.WAITING, Verdict.LANDED]
    for hours in range(1, 60):
        when = (now() + timedelta(hours=hours)).timestamp()
        owed.mail(f"k{hours + 1}", BEN)
        asker(owed, connector).run_once(partial(datetime.fromtimestamp, when, UTC), _NEVER)
    tries = [mailbox for mailbox, _ in connector.asked].count(ANNA)
    assert tries == 3, "looks that were refused count where others were not"


def test_where_no_mailbox_opens_nobody_was_asked(owed: Owed) -> None:
    people = [f"person{n}@people.test" for n in range(12)]
    numbers = owed.mail("k1", *people)
    refused = MailboxError("the login is refused: check it")
    connector = Scripted(dict.fromkeys(people, refused))
    one = asker(owed, connector)
    for _ in range(10):
        with pytest.raises(AskingError, match="the login is refused"):
            one.run_once(now, _NEVER)
    assert owed.channel("asking:own").last_error == "the login is refused: check it"
    tried = [mailbox for mailbox, _ in connector.asked]
    assert len(tried) == 50, "five at a time are enough to know"
    assert len(set(tried)) > 5, "and not the same ones"
    connector.answers = {person: [K.INBOX] for person in people}
    assert one.run_once(now, _NEVER).facts == 12, "such tries were no looks"
    assert set(owed.verdicts(numbers)) == {Verdict.LANDED}
    assert owed.channel("asking:own").last_error == ""


def test_a_server_that_fails_in_between_keeps_what_was_found(owed: Owed) -> None:
    numbers = owed.mail("k1", ANNA, BEN)
    connector = Scripted({ANNA: [K.INBOX], BEN: [K.INBOX]}, breaks_at=2)
    with pytest.raises(AskingError, match="out of order"):
        asker(owed, connector).run_once(now, threading.Event())
    assert sorted(owed.verdicts(numbers)) == [Verdict.LANDED, Verdict.WAITING]


def test_a_stop_ends_the_round_and_who_is_second_does_nothing(owed: Owed) -> None:
    numbers = owed.mail("k1", ANNA)
    connector = Scripted({ANNA: Stopped()})
    assert asker(owed, connector).run_once(now, threading.Event()).mailboxes == 0
    with owed.ledger.hold("ask own") as held:
        assert held
        assert not asker(owed, connector).run_once(now, threading.Event()).held
    assert owed.verdicts(numbers) == [Verdict.WAITING]
    assert asking_channel("own") == "asking:own"
