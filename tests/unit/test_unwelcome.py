"""A relay that refuses us: the route rests, nothing is lost. What one letter got is its own."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config import Config, Digest, Route
from agent.outbound.replies import classified
from agent.outbound.routes import Relay
from agent.outbound.sending.means import Sent
from agent.outbound.unwelcome import advice, masked
from agent.wall import Wall
from agent.wiring.routes import Routes
from store import components, notices
from store.words import GapKind, Outcome, Phase, Stage
from tests.plugins.outgoing import Outgoing, open_outgoing
from tests.plugins.smtpd import HOST, Reply, ScriptedServer, scripted

START = datetime(2026, 10, 9, 8, tzinfo=UTC)
ORDERLY = "250-scripted.test\r\n250-SIZE 1000000\r\n250-DSN\r\n250 8BITMIME"
PIPELINING = "250-scripted.test\r\n250-SIZE 1000000\r\n250-DSN\r\n250 PIPELINING"
CHUNKING = "250-scripted.test\r\n250-SIZE 1000000\r\n250-CHUNKING\r\n250 PIPELINING"
NOT_YOU = "554 5.7.1 <x@bounces.example.org>: Sender address rejected: Access denied"


class Clock:
    """The time that the test says it is."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outgoing(tmp_path: Path, clock: Clock) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path, clock) as opened:
        yield opened


def relay(port: int, name: str = "main", **changes: Any) -> Relay:
    return Relay(name, HOST, port, security="none", timeout=timedelta(seconds=20), **changes)


@pytest.mark.parametrize(
    ("phase", "reply"),
    [
        (Phase.MAIL, NOT_YOU),
        (Phase.MAIL, "550 no"),
        (Phase.MAIL, "550 5.7.1 relay access denied"),
        (Phase.MAIL, "503 5.5.1 Error: authentication needed"),
        (Phase.MAIL, "501 5.1.7 Bad sender address syntax"),
        (Phase.MAIL, "553 localpart too long"),
        (Phase.MAIL, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked"),
        (Phase.MAIL, "523 5.7.10 encryption needed"),
        (Phase.MAIL, "550 5.4.5 Daily user sending quota exceeded"),
        (Phase.MAIL, "550 5.7.232 your tenant exceeded its daily limit"),
        (Phase.MAIL, "550 5.1.1 user unknown"),
        (Phase.RCPT, NOT_YOU),
        (Phase.RCPT, "554 5.7.1 <ada@example.com>: Relay access denied"),
        (Phase.RCPT, "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
        (Phase.RCPT, "553 5.7.1 <x@bounces.example.org>: Sender address rejected: not logged in"),
        (Phase.RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using x"),
        (Phase.RCPT, "530 5.7.1 Authentication required"),
    ],
)
def test_it_is_of_us(phase: Phase, reply: str) -> None:
    result = classified(phase, int(reply[:3]), reply[4:], dsn_offered=True)
    assert (result.outcome, result.of_us) == (Outcome.REJECTED, True)
    assert result.severity == "soft", "no address is suppressed for it"


@pytest.mark.parametrize(
    ("phase", "reply"),
    [
        (Phase.MAIL, "552 5.3.4 Message size exceeds fixed limit"),
        (Phase.MAIL, "552 too much"),
        (Phase.MAIL, "550 message size exceeds the limit"),
        (Phase.MAIL, "550 5.2.3 too long for this system"),
        (Phase.MAIL, "555 5.5.4 Unsupported option: SMTPUTF8"),
        (Phase.MAIL, "501 5.5.4 Syntax: MAIL FROM:<address>"),
        (Phase.MAIL, "504 command parameter not implemented"),
        (Phase.MAIL, "553 5.6.7 Must offer SMTPUTF8"),
        (Phase.MAIL, "550 5.7.1 this message looks like spam"),
        (Phase.MAIL, "554 5.7.1 virus found"),
        (Phase.RCPT, "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown"),
        (Phase.RCPT, "554 5.7.1 <ada@example.com>: Recipient address rejected: Access denied"),
        (Phase.RCPT, "552 5.2.2 mailbox full"),
        (Phase.RCPT, "550 no"),
        (Phase.DATA, "554 5.7.1 Sender address rejected: Access denied"),
        (Phase.FINAL, "550 5.7.60 Client does not have permissions to send as this sender"),
    ],
)
def test_it_is_of_this_letter_or_recipient(phase: Phase, reply: str) -> None:
    result = classified(phase, int(reply[:3]), reply[4:], dsn_offered=True)
    assert (result.outcome, result.of_us) == (Outcome.REJECTED, False)


def test_another_login_is_wanted() -> None:
    result = classified(Phase.MAIL, 530, b"5.7.0 login first", dsn_offered=True)
    assert (result.outcome, result.phase, result.of_us) == (Outcome.UNREACHED, Phase.AUTH, True)


@pytest.mark.parametrize("ehlo", [ORDERLY, PIPELINING, CHUNKING], ids=["one", "data", "bdat"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_one_letter_is_tried_for_each_rest_and_all_go_once_it_is_mended(
    outgoing: Outgoing, clock: Clock, ehlo: str, command: str
) -> None:
    ids = outgoing.owe(*(f"r{number}@example.com" for number in range(12)))
    script: dict[str, Reply] = {"EHLO": ehlo, command: NOT_YOU, "DATA": "503 5.5.1 no"}
    with scripted(script) as server:
        sender = outgoing.sender([relay(server.port)])
        first = sender.run_once(clock, threading.Event())
        assert (first.tried, first.unreached, first.rejected) == (1, 1, 0)
        assert sender.run_once(clock, threading.Event()) == Sent()
        clock.time += timedelta(minutes=2)
        assert sender.run_once(clock, threading.Event()).tried == 1
        assert sender.refuses_us("main")
        told = sender.trouble("main")
        assert told is not None
        assert "refuses our sender at bounces.example.org: have its owner allow it" in told
        assert "<*@bounces.example.org>" in told
        why = outgoing.view(ids[0]).state.why
        assert why.startswith("not yet sent: ")
        assert "have its owner allow it" in why
        assert "Access denied" in why
        server.script.update({command: "250 2.1.0 ok", "DATA": "354 go on"})
        clock.time += timedelta(minutes=10)
        last = sender.run_once(clock, threading.Event())
        assert (last.accepted, last.rejected, last.unreached) == (12, 0, 0)
        assert sender.trouble("main") == ""
        assert not sender.refuses_us("main")


def test_a_mail_store_may_refuse_us_too(outgoing: Outgoing, clock: Clock) -> None:
    offer = "250-store.test\r\n250-PIPELINING\r\n250 8BITMIME"
    ids = outgoing.owe(*(f"r{number}@example.com" for number in range(5)))
    with scripted({"LHLO": offer, "MAIL": NOT_YOU, "DATA": "503 5.5.1 no"}) as server:
        sender = outgoing.sender([relay(server.port, kind="lmtp", final=True)])
        first = sender.run_once(clock, threading.Event())
        assert (first.tried, first.unreached, first.rejected) == (1, 1, 0)
        assert sender.refuses_us("main")
        server.script.update({"MAIL": "250 2.1.0 ok", "DATA": "354 go on"})
        clock.time += timedelta(minutes=5)
        assert sender.run_once(clock, threading.Event()).accepted == 5
    assert outgoing.view(ids[0]).state.stage is Stage.DELIVERED


def _refusing(server: ScriptedServer, *bad: str) -> None:
    """A server that says of some recipients what others say of a sender."""

    def rcpt(_count: int) -> str:
        return NOT_YOU if any(one in server.heard[-1] for one in bad) else "250 2.1.5 ok"

    server.script["RCPT"] = rcpt


def test_who_alone_is_refused_is_refused_for_good_at_the_second_time(
    outgoing: Outgoing, clock: Clock
) -> None:
    with scripted({"EHLO": ORDERLY}) as server:
        _refusing(server, "bad@")
        sender = outgoing.sender([relay(server.port)])
        ids = outgoing.owe(*(f"r{n}@example.com" for n in range(5)), "bad@example.com")
        ids += outgoing.owe("last@example.com", key="last")
        assert sender.run_once(clock, threading.Event()) == Sent(tried=7, accepted=6, deferred=1)
        assert sender.trouble("main") == "", "the route goes on"
        clock.time += timedelta(minutes=2)
        assert sender.run_once(clock, threading.Event()) == Sent(tried=1, rejected=1)
        state = outgoing.view(ids[5]).state
        assert state.gap is GapKind.REJECTED
        assert "Access denied" in state.why
        assert sender.trouble("main") == ""


def test_two_in_a_row_are_the_route(outgoing: Outgoing, clock: Clock) -> None:
    with scripted({"EHLO": ORDERLY}) as server:
        sender = outgoing.sender([relay(server.port)])
        outgoing.owe("good@example.com")
        assert sender.run_once(clock, threading.Event()).accepted == 1
        _refusing(server, "r")
        outgoing.owe(*(f"r{n}@example.com" for n in range(4)), key="more")
        sent = sender.run_once(clock, threading.Event())
        assert (sent.deferred, sent.unreached, sent.rejected) == (1, 1, 0)
        assert sender.refuses_us("main")


def test_one_that_is_refused_first_of_all_holds_the_others_up_for_a_rest_only(
    outgoing: Outgoing, clock: Clock
) -> None:
    with scripted({"EHLO": ORDERLY}) as server:
        _refusing(server, "bad@")
        sender = outgoing.sender([relay(server.port)])
        (bad,) = outgoing.owe("bad@example.com")
        outgoing.owe(*(f"r{n}@example.com" for n in range(3)), key="more")
        assert sender.run_once(clock, threading.Event()).unreached == 1
        for _ in range(3):
            clock.time += timedelta(minutes=3)
            sender.run_once(clock, threading.Event())
        assert outgoing.view(bad).state.gap is GapKind.REJECTED
        assert sum("<message>" in line for line in server.heard) == 3


def test_another_route_stands_in(outgoing: Outgoing, clock: Clock) -> None:
    with scripted({"MAIL": NOT_YOU}) as wary, scripted() as spare:
        routes = [relay(wary.port), relay(spare.port, "spare", priority=1)]
        outgoing.owe(*(f"r{n}@example.com" for n in range(5)))
        sent = outgoing.sender(routes).run_once(clock, threading.Event())
        assert (sent.accepted, sent.unreached) == (5, 1)


def test_too_large_a_letter_holds_up_nobody(outgoing: Outgoing, clock: Clock) -> None:
    def mail(count: int) -> str:
        return "552 5.3.4 too large" if count == 1 else "250 2.1.0 ok"

    with scripted({"EHLO": ORDERLY, "MAIL": mail}) as server:
        ids = outgoing.owe(*(f"r{n}@example.com" for n in range(4)))
        sent = outgoing.send(relay(server.port))
        assert (sent.accepted, sent.rejected) == (3, 1)
        gaps = [outgoing.view(one).state.gap for one in ids]
        assert gaps.count(GapKind.REJECTED) == 1


def test_what_is_refused_until_it_is_given_up_is_unsent_and_says_why(
    outgoing: Outgoing, clock: Clock
) -> None:
    with scripted({"MAIL": NOT_YOU}) as server:
        (one,) = outgoing.owe("ada@example.com")
        sender = outgoing.sender([relay(server.port)])
        sender.run_once(clock, threading.Event())
        clock.time += timedelta(days=3)
        sender.run_once(clock, threading.Event())
    state = outgoing.view(one).state
    assert state.gap is GapKind.UNSENT
    assert "have its owner allow it" in state.why


@pytest.mark.parametrize(
    ("reason", "code", "told"),
    [
        ("norelaying", "554", "does not relay for us: have its owner allow this host"),
        ("securityerror", "550", "wants another login or TLS: check username"),
        ("undefined", "530", "wants another login or TLS: check username"),
        ("blocked", "554", "takes no mail from this host: ask its owner"),
        ("rejected", "550", "refuses our sender at b.test: have its owner allow it"),
    ],
)
def test_the_advice_never_blames_the_address(reason: str, code: str, told: str) -> None:
    words = advice(reason, code, server="mx", route="r", domain="b.test")
    assert told in words
    assert "correct the address" not in words


def test_our_local_parts_are_masked_and_nobody_elses() -> None:
    said = "<bABC234@Bounces.test>: no; <ada@example.com>, x@bounces.tests"
    assert (
        masked(said, "bounces.test") == "<*@bounces.test>: no; <ada@example.com>, *@bounces.tests"
    )


def test_the_admins_are_told_once(
    outgoing: Outgoing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(digest=Digest(to=("admin@example.org",)), routes=(Route(name="main"),))
    with scripted({"EHLO": ORDERLY, "MAIL": NOT_YOU}) as server:
        sender = outgoing.sender([relay(server.port)])
        routes = Routes(config, outgoing.ledger, sender, Wall(outgoing.ledger, clock))
        outgoing.owe("ada@example.com")
        with caplog.at_level(logging.ERROR, "landed.send"):
            for _ in range(3):
                sender.run_once(clock, threading.Event())
                routes.tell(clock())
                clock.time += timedelta(minutes=30)
        assert caplog.messages.count("route-refuses-us") == 1
        # another process, or the same one started again, finds it told
        Routes(config, outgoing.ledger, sender, Wall(outgoing.ledger, clock)).tell(clock())
        server.script["MAIL"] = "250 2.1.0 ok"
        clock.time += timedelta(hours=3)
        sender.run_once(clock, threading.Event())
        routes.tell(clock())
    with outgoing.ledger.transaction(read_only=True) as tx:
        assert notices.find(tx, "route:main:refuses-us:2026-10-09") is not None
        (part,) = components.list_all(tx)
    assert (part.name, part.trouble) == ("route main", "")
    mail = next(one for one in server.messages if b"admin@example.org" in one)
    assert b": route main refuses our mail\r\n" in mail
    assert b"Auto-Submitted: auto-generated" in mail
    assert b"have its owner allow it" in mail.replace(b"=\r\n", b"")


def test_an_admin_who_cannot_be_told_stops_no_sending(
    outgoing: Outgoing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    config = Config(digest=Digest(to=("nobody",)), routes=(Route(name="main"),))
    with scripted({"MAIL": NOT_YOU}) as server:
        sender = outgoing.sender([relay(server.port)])
        outgoing.owe("ada@example.com")
        sender.run_once(clock, threading.Event())
        Routes(config, outgoing.ledger, sender, Wall(outgoing.ledger, clock)).tell(clock())
    assert "not-told" in caplog.messages
