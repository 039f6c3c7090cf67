"""Sender processes beside the agent: they send, end with it, and come back when they are killed."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from agent import crew
from agent.config import Config, Sending
from agent.config.kinds import Duration
from agent.config.ways import Route
from agent.configfile import ConfigError
from agent.outbound.intake import accept_parts
from agent.wiring.outward import limits
from store.database import Ledger
from store.words import Policy
from tests.plugins.smtpd import Inbox, run_smtpd

pytestmark = pytest.mark.servers

PATIENCE = 30.0


class Seen:
    """A witness that keeps the last word of each part."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def fared(self, name: str, trouble: str) -> None:
        self.words[name] = trouble


@pytest.fixture
def config(tmp_path: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    path = tmp_path / "ledger.db"
    path.write_bytes(empty_sqlite.read_bytes())
    monkeypatch.setenv("CREW_KEY", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=")
    base = msgspec.structs.replace(Config(), ledger=str(path))
    tokens = msgspec.structs.replace(base.tokens, keys={"1": "env:CREW_KEY"})
    identity = msgspec.structs.replace(
        base.identity,
        sender="Notices <notices@example.org>",
        return_path="{token}@bounces.example.org",
    )
    return msgspec.structs.replace(base, tokens=tokens, identity=identity)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def ready(config: Config, inbox: Inbox) -> Iterator[Config]:
    with run_smtpd(inbox) as port:
        route = Route(host="127.0.0.1", port=port, security="none")
        sending = Sending(workers=3, processes=2, every=Duration(milliseconds=200))
        yield msgspec.structs.replace(config, routes=(route,), sending=sending)


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {PATIENCE} s"
        time.sleep(0.05)


def children() -> list[int]:
    """Our own processes that send."""
    return _children_of(os.getpid())


def test_processes_share_the_workers_send_and_drain(ready: Config, inbox: Inbox) -> None:
    ledger = Ledger.open(ready.ledger)
    stop, seen = threading.Event(), Seen()
    owe(ledger, *[f"r{number}@example.net" for number in range(40)])
    parts = crew.senders(ready, ledger, "test", stop, seen)
    assert [one.name for one in parts] == ["sender process 1", "sender process 2"]
    for one in parts:
        one.start()
    until(lambda: len(inbox.envelopes) == 40, "the mail")
    assert len(children()) == 2
    stop.set()
    assert all(one.join(ready.daemon.drain) for one in parts)
    assert children() == []
    assert set(seen.words.values()) == {""}
    ledger.close()


def test_one_that_is_killed_is_told_and_comes_back(ready: Config, inbox: Inbox) -> None:
    ledger = Ledger.open(ready.ledger)
    stop, seen = threading.Event(), Seen()
    owe(ledger, "ada@example.net", key="k1")
    parts = crew.senders(ready, ledger, "test", stop, seen)
    for one in parts:
        one.start()
    until(lambda: len(inbox.envelopes) == 1, "the mail")
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(seen.words) == 2 and all(seen.words.values()), "the trouble")
    assert "ended by itself (exit code -9)" in seen.words["sender process 1"]
    owe(ledger, "ada@example.net", key="k2")
    until(lambda: len(inbox.envelopes) == 2, "the mail after that")
    stop.set()
    assert all(one.join(ready.daemon.drain) for one in parts)
    ledger.close()


def test_a_process_ends_when_its_agent_is_gone(ready: Config, inbox: Inbox) -> None:
    code = (
        "import pickle, sys, threading; from agent import crew; from store.database import Ledger;"
        "config = pickle.load(sys.stdin.buffer);"
        "seen = type('W', (), {'fared': lambda *_: None})();"
        "parts = crew.senders(config, Ledger.open(config.ledger), 'x', threading.Event(), seen);"
        "[one.start() for one in parts]; print('started', flush=True); threading.Event().wait()"
    )
    agent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert agent.stdin is not None
    assert agent.stdout is not None
    with agent.stdin as pipe:
        pickle.dump(ready, pipe)
    ledger = Ledger.open(ready.ledger)
    owe(ledger, "ada@example.net")
    until(lambda: len(inbox.envelopes) == 1, "the mail")
    mine = _children_of(agent.pid)
    assert len(mine) == 2
    agent.kill()
    agent.wait()
    until(lambda: not any(_runs(pid) for pid in mine), "the end of its processes")
    agent.stdout.close()
    ledger.close()


def owe(ledger: Ledger, *people: str, key: str = "k") -> None:
    accept_parts(
        ledger,
        key=key,
        recipients=people,
        sender="Notices <notices@example.org>",
        subject="Hi",
        text="Hello\n",
        policies=lambda _notice_class, _domain: Policy("p"),
        now=datetime.now(UTC),
    )


def _children_of(agent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == agent and b"agent.crew" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_counted_connections_need_one_process(config: Config) -> None:
    two = msgspec.structs.replace(
        config, sending=Sending(processes=2), routes=(Route(name="r", connections=3),)
    )
    with pytest.raises(ConfigError, match="connections of r are counted within one process"):
        limits(two)
    assert limits(msgspec.structs.replace(two, sending=Sending())) is not None
