"""A real Postfix that will not have our mail, at MAIL or at RCPT, and is then set right."""

import shutil
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.doctor.finding import Level
from agent.doctor.ways_out import examine_relay
from agent.outbound.composing.compose import Composed
from agent.outbound.routes import Relay
from agent.outbound.sending.sender import Retry, Sender
from agent.outbound.smtp.client import rehearse
from agent.outbound.smtp.envelope import Letter
from store.words import GapKind, Stage
from tests.plugins.certificates import write_certificates
from tests.plugins.outgoing import Outgoing, open_outgoing
from tests.plugins.ports import HOST
from tests.plugins.postfix import PostfixPlan, find_postfix, start_postfix
from tests.plugins.requirements import require_server
from tests.plugins.waiting import until

pytestmark = pytest.mark.servers

SENDER = "btoken@bounces.example.org"
BOXES = tuple(f"r{number}@people.test" for number in range(20))
# the restrictions that refuse, what they then do, and what it means for us
WAYS = {
    "sender": ("sender", "reject", "refuses our sender at bounces.example.org"),
    "domain": (
        "sender",
        "550 5.1.8 Sender address rejected: Domain not found",
        "refuses our sender at bounces.example.org",
    ),
    "host": ("client", "reject", "mail from this host"),
    "relaying": ("relay", "reject_unauth_destination", "does not relay for us"),
}


class Clock:
    """The time that the test says it is, so that a slow machine ends no rest."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Rules:
    """What Postfix asks before each restriction: by list, or by recipient, what to do."""

    actions: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def answer(self, name: str, asked: dict[str, str]) -> str:
        return self.actions.get(asked.get("recipient", ""), self.actions.get(name, "DUNNO"))


@contextmanager
def run_rules() -> Iterator[Rules]:
    """A policy service (Postfix: SMTPD_POLICY_README) for each list of restrictions."""
    rules = Rules()

    def asked(lines: Iterator[bytes]) -> dict[str, str]:
        told: dict[str, str] = {}
        for line in lines:
            name, _, value = line.decode().rstrip("\n").partition("=")
            if not name:
                return told
            told[name] = value
        return {}

    def serving(name: str) -> type[socketserver.StreamRequestHandler]:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while question := asked(iter(self.rfile.readline, b"")):
                    self.wfile.write(f"action={rules.answer(name, question)}\n\n".encode())

        return Handler

    with ExitStack() as undo:
        for name in ("client", "sender", "relay"):
            server = undo.enter_context(
                socketserver.ThreadingTCPServer((HOST, 0), serving(name), bind_and_activate=True)
            )
            server.daemon_threads = True
            server.block_on_close = False
            threading.Thread(target=server.serve_forever, daemon=True).start()
            undo.callback(server.shutdown)
            rules.ports[name] = server.server_address[1]
        yield rules


@dataclass(frozen=True)
class Site:
    """A relay, and what it does."""

    relay: Relay
    rules: Rules


@pytest.fixture(scope="module", params=["yes", "no"], ids=["at-rcpt", "at-mail"])
def started(request: pytest.FixtureRequest) -> Iterator[Site]:
    missing = find_postfix()
    if missing:
        require_server(missing)
    with ExitStack() as undo:
        directory = Path(tempfile.mkdtemp(prefix="landed-", dir="/tmp"))
        undo.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)
        home = directory / "p"
        home.mkdir()
        rules = undo.enter_context(run_rules())
        lists = [
            f"smtpd_{name}_restrictions = check_policy_service inet:{HOST}:{rules.ports[name]}"
            + (", permit_mynetworks, reject" if name == "relay" else "")
            for name in rules.ports
        ]
        postfix = start_postfix(
            home,
            PostfixPlan(("people.test",), (), (), 1, BOXES, {}, {}, {}),
            write_certificates(directory),
            lmtp_port=1,  # what is taken stays in its queue
            auth_socket=directory / "none",
            more="\n".join([f"smtpd_delay_reject = {request.param}", *lists, ""]),
        )
        undo.callback(postfix.daemon.stop)
        way = Relay("main", HOST, postfix.smtp_port, security="none", local_hostname="agent.test")
        yield Site(way, rules)


@pytest.fixture
def site(started: Site) -> Site:
    started.rules.actions.clear()
    return started


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outgoing(tmp_path: Path, clock: Clock) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def sender(site: Site, outgoing: Outgoing) -> Sender:
    soon = Retry(first=timedelta(minutes=1), longest=timedelta(minutes=2))
    return outgoing.sender([site.relay], retry=soon)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_while_it_refuses_us(
    site: Site, outgoing: Outgoing, clock: Clock, sender: Sender, way: str
) -> None:
    name, action, told = WAYS[way]
    site.rules.actions[name] = action
    domain = "elsewhere.test" if way == "relaying" else "people.test"
    ids = outgoing.owe(*(f"r{number}@{domain}" for number in range(20)))
    first = sender.run_once(outgoing.now, threading.Event())
    assert (first.accepted, first.rejected, first.deferred) == (0, 0, 0)
    assert first.unreached == 1  # one alone is tried before the route rests
    trouble = sender.trouble("main")
    assert trouble is not None
    assert told in trouble
    assert sender.refuses_us("main")
    views = [outgoing.view(one) for one in ids]
    assert not any(one.state.gap for one in views)
    tried = next(one for one in views if one.attempts)
    assert told in tried.state.why
    site.rules.actions.clear()

    def all_taken() -> bool:
        clock.time += timedelta(minutes=2)
        sender.run_once(outgoing.now, threading.Event())
        return all(outgoing.view(one).state.stage is Stage.ACCEPTED for one in ids)

    until(all_taken, "every notice at the relay")
    assert sender.trouble("main") == ""


def test_who_alone_is_refused_is_refused_for_good(
    site: Site, outgoing: Outgoing, clock: Clock, sender: Sender
) -> None:
    """In the words by which a sender is refused; all others are taken."""
    site.rules.actions["r3@people.test"] = "554 5.7.1 Sender address rejected: members only"
    ids = outgoing.owe(*BOXES)

    def all_ended() -> bool:
        clock.time += timedelta(minutes=2)
        sender.run_once(outgoing.now, threading.Event())
        states = [outgoing.view(one).state for one in ids]
        return all(state.gap or state.stage is Stage.ACCEPTED for state in states)

    until(all_ended, "the end of every attempt")
    gaps = {address: outgoing.view(one).state.gap for address, one in zip(BOXES, ids, strict=True)}
    assert {address for address, gap in gaps.items() if gap} == {"r3@people.test"}
    assert gaps["r3@people.test"] is GapKind.REJECTED
    assert sender.trouble("main") == ""


def test_the_doctor_asks_and_sends_nothing(site: Site) -> None:
    letter = Letter(Composed(SENDER, "envid", "", b"\r\n", smtputf8=False), "r1@people.test")
    assert rehearse(site.relay, letter) is None
    findings, usable = examine_relay(site.relay, SENDER)
    assert usable
    assert all(one.level is not Level.FAIL for one in findings)
    site.rules.actions["sender"] = "reject"
    findings, usable = examine_relay(site.relay, SENDER)
    assert not usable
    (bad,) = [one for one in findings if one.level is Level.FAIL]
    assert bad.found.startswith("127.0.0.1 refuses our sender at bounces.example.org (554 5.7.1")
    assert bad.todo.startswith("have its owner allow it")
    assert bad.todo.endswith("its mail waits meanwhile")
