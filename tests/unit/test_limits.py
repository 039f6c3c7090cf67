"""Limits on the way out: what is over them waits its turn, and nothing else waits with it."""

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config import Config, Route
from agent.config import Limit as LimitKeys
from agent.configfile import ConfigError
from agent.outbound.routes import Relay
from agent.outbound.sending.limits import Limit, Limits
from agent.outbound.sending.means import Sent
from agent.outbound.sending.sender import Sender
from agent.wall import Wall
from agent.wiring import outward
from store import slots
from store.words import Stage
from tests.plugins.outgoing import Outgoing, open_outgoing
from tests.plugins.smtpd import HOST, run_smtpd, scripted
from tests.plugins.storybook import OWED
from tests.plugins.waiting import PATIENCE

MINUTE = timedelta(minutes=1)


class Clock:
    """The time that the test says it is."""

    def __init__(self) -> None:
        self.time, self.step = OWED, timedelta(milliseconds=1)

    def __call__(self) -> datetime:
        self.time += self.step
        return self.time

    def pass_by(self, span: timedelta) -> None:
        self.time += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outgoing(tmp_path: Path, clock: Clock) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path, clock) as opened:
        yield opened


def relay(port: int, name: str = "r", **changes: Any) -> Relay:
    return Relay(name, HOST, port, security="none", timeout=timedelta(seconds=10), **changes)


def people(many: int, domain: str = "a.example") -> list[str]:
    return [f"u{number}@{domain}" for number in range(many)]


def run(sender: Sender, outgoing: Outgoing) -> Sent:
    return sender.run_once(outgoing.now, threading.Event())


def stages(outgoing: Outgoing, ids: list[int]) -> list[bool]:
    return [outgoing.view(one).state.stage is Stage.ACCEPTED for one in ids]


def test_a_route_gives_out_so_many_a_minute_in_their_order(
    outgoing: Outgoing, clock: Clock
) -> None:
    with scripted() as server:
        ids = outgoing.owe(*people(10))
        sender = outgoing.sender([relay(server.port)], limits=Limits([Limit("r", (), 4)]))
        assert run(sender, outgoing) == Sent(tried=4, accepted=4, limited=6)
        assert stages(outgoing, ids) == [True] * 4 + [False] * 6
        due = [outgoing.view(one).next_attempt_at for one in ids[4:]]
        assert due == sorted(due, key=lambda at: at or OWED)
        assert run(sender, outgoing) == Sent(), "nothing is due, so nothing is looked at"
        clock.pass_by(MINUTE)
        (late,) = outgoing.owe("late@a.example", key="later")
        assert run(sender, outgoing) == Sent(tried=4, accepted=4, limited=1)
        assert not outgoing.view(late).attempts, "it stands behind those who waited"
        clock.pass_by(MINUTE)
        assert run(sender, outgoing).accepted == 3
        assert len(server.messages) == 11
    assert all(outgoing.view(one).attempts == 1 for one in ids), "to wait is no attempt"


def test_a_clock_that_is_set_back_holds_nobody_longer_than_the_limit(
    outgoing: Outgoing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wall = Wall(outgoing.ledger, clock)
    wall.fared("sender 1", "")
    clock.pass_by(timedelta(days=1))
    with scripted() as server:
        outgoing.owe(*people(10))
        sender = outgoing.sender([relay(server.port)], limits=Limits([Limit("r", (), 4)]))
        assert run(sender, outgoing) == Sent(tried=4, accepted=4, limited=6)
        wall.alive()
        clock.pass_by(-timedelta(hours=20))
        assert run(sender, outgoing) == Sent()
        with caplog.at_level(logging.WARNING, "landed.agent"):
            wall.alive()
            wall.alive()
        told = [one for one in caplog.records if one.name == "landed.agent"]
        assert [one.getMessage() for one in told] == ["clock-set-back"]
        assert run(sender, outgoing) == Sent(limited=6), "these four count for a minute"
        clock.pass_by(MINUTE + timedelta(seconds=5))
        assert run(sender, outgoing).accepted == 4
        clock.pass_by(MINUTE + timedelta(seconds=5))
        assert run(sender, outgoing).accepted == 2


def test_a_limit_outlives_the_agent(outgoing: Outgoing, clock: Clock) -> None:
    with scripted() as server:
        outgoing.owe(*people(6))
        ways, limits = [relay(server.port)], Limits([Limit("r", (), 0, 4)])
        assert run(outgoing.sender(ways, limits=limits), outgoing).accepted == 4
        clock.pass_by(timedelta(minutes=59))
        assert run(outgoing.sender(ways, limits=limits), outgoing) == Sent()
        outgoing.owe("x@a.example", key="k2")
        assert run(outgoing.sender(ways, limits=limits), outgoing) == Sent(limited=1)
        clock.pass_by(MINUTE * 2)
        assert run(outgoing.sender(ways, limits=limits), outgoing).accepted == 3


def test_the_mail_of_other_domains_and_routes_goes_on(outgoing: Outgoing, clock: Clock) -> None:
    with scripted() as server:
        slow = outgoing.owe(*people(300, "slow.example"), key="slow")
        free = outgoing.owe(*people(30, "free.example"), *people(30, "other.example"), key="free")
        own = outgoing.owe(*people(5, "own.example"), key="own")
        ways = [relay(server.port, "own", domains=("own.example",)), relay(server.port)]
        limits = Limits(
            [Limit("own", (), 2)],
            [Limit("slow", ("SLOW.example", "slower.example"), 3), Limit("others", (), 20)],
        )
        sent = run(outgoing.sender(ways, limits=limits), outgoing)
    assert sum(stages(outgoing, slow)) == 3
    assert sum(stages(outgoing, free)) == 40, "each of the others by itself"
    assert sum(stages(outgoing, own)) == 2
    assert sent.limited == 297 + 20 + 3
    for number in [*slow, *free, *own]:
        view = outgoing.view(number)
        assert view.next_attempt_at is None or view.next_attempt_at > clock.time
    with outgoing.ledger.transaction(read_only=True) as tx:
        assert slots.usage(tx, now=clock.time)["limit slow, a minute"].taken == 3


def test_what_the_relay_never_heard_of_is_not_counted(outgoing: Outgoing, clock: Clock) -> None:
    with scripted({"CONNECT": lambda count: "421 later" if count == 1 else "220 ok"}) as server:
        outgoing.owe(*people(3))
        sender = outgoing.sender([relay(server.port)], limits=Limits([Limit("r", (), 2)]))
        assert run(sender, outgoing).unreached == 1
        clock.pass_by(MINUTE * 2)
        assert run(sender, outgoing).accepted == 2


@dataclass
class Watchful:
    """An aiosmtpd handler that knows how many lines carry mail of a domain at a time."""

    shared: str = ""  # a domain whose mail is answered once a second line has brought some
    now: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    heard: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _count(self, what: str, more: int) -> None:
        with self.lock:
            self.now[what] += more
            self.most[what] = max(self.most[what], self.now[what])

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        self._count(address.partition("@")[2], 1)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        domain = envelope.rcpt_tos[0].partition("@")[2]
        end = time.monotonic() + (PATIENCE if domain == self.shared else 0)
        await asyncio.sleep(0.01)
        while self.most[domain] < 2 and time.monotonic() < end:
            await asyncio.sleep(0.01)
        self.heard.append(domain)
        self._count(domain, -1)
        return "250 2.0.0 Ok"


def drain(senders: list[Sender], outgoing: Outgoing, many: int, handler: Watchful) -> None:
    """Each of the threads works until so many have arrived."""
    deadline = time.monotonic() + PATIENCE

    def work(sender: Sender) -> None:
        while len(handler.heard) < many and time.monotonic() < deadline:
            run(sender, outgoing)
            time.sleep(0.01)

    threads = [threading.Thread(target=work, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(handler.heard) == many


def test_connections_are_counted_over_all_threads(tmp_path: Path) -> None:
    handler = Watchful("two.example")
    with open_outgoing(tmp_path) as outgoing, run_smtpd(handler) as port:
        outgoing.owe(
            *people(20, "one.example"), *people(20, "two.example"), *people(20, "three.example")
        )
        ways = [relay(port, "narrow", domains=("three.example",)), relay(port)]
        limits = Limits(
            [Limit("narrow", connections=1)], [Limit("one", ("one.example",), connections=2)]
        )
        sender = outgoing.sender(ways, limits=limits)
        drain([sender] * 4, outgoing, 60, handler)
    assert handler.most["three.example"] == 1
    assert handler.most["one.example"] <= 2
    assert handler.most["two.example"] > 1


def test_no_span_sees_too_many_at_a_real_server(outgoing: Outgoing, clock: Clock) -> None:
    """Two agents with two threads each; the minutes pass when all that may go has gone."""
    handler, minutes = Watchful(), []
    clock.step = timedelta(0)
    with run_smtpd(handler) as port:
        outgoing.owe(*people(16, "slow.example"), *people(40, "free.example"))
        limits = Limits([Limit("r", (), 25)], [Limit("slow", ("slow.example",), 5)])
        agents = [outgoing.sender([relay(port)], limits=limits, worker=name) for name in "ab"]
        for total in (25, 50, 55, 56):
            before = len(handler.heard)
            drain(agents * 2, outgoing, total, handler)
            for agent in agents:
                run(agent, outgoing)
            minutes.append(Counter(handler.heard[before:]))
            clock.pass_by(MINUTE)
    assert minutes == [
        {"slow.example": 5, "free.example": 20},
        {"slow.example": 5, "free.example": 20},
        {"slow.example": 5},
        {"slow.example": 1},
    ]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ((LimitKeys(name="a"), LimitKeys(name="b")), "both of all others"),
        (
            (
                LimitKeys(name="a", domains=("x.example",)),
                LimitKeys(name="b", domains=("X.example.",)),
            ),
            "both name X.example",
        ),
    ],
)
def test_two_limits_of_one_domain_are_told(keys: tuple[LimitKeys, ...], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        outward.limits(Config(routes=(Route(),), limits=keys))


def test_without_keys_there_is_no_limit() -> None:
    assert not outward.limits(Config(routes=(Route(),), limits=()))
    limits = outward.limits(Config(routes=(Route(per_minute=3, per_hour=9),)))
    assert [(one.name, one.most) for one in limits.meters("relay", "x.example")] == [
        ("route relay, a minute", 3),
        ("route relay, an hour", 9),
    ]
