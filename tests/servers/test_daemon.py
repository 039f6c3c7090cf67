"""The daemon starts, works, reloads, drains, and says how it ended."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from agent import daemon
from agent.config import Config
from agent.configtext import render
from agent.demo.play import Scene, scene
from agent.exits import Exit
from agent.outbound.intake import accept_parts
from agent.schedule import Job, Timetable
from agent.signals import Request, Requests
from agent.wiring import reconciling
from agent.wiring.ledger import ledger_url
from store import components
from store.database import Ledger
from store.reading import Reader
from store.words import Verdict
from tests.plugins.ports import refusing_port
from tests.plugins.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as it:
        yield it


def opened(config: Config) -> Ledger:
    ledger = Ledger.open(ledger_url(config))
    ledger.migrate()
    return ledger


def owe(play: Scene, key: str, *people: str) -> None:
    ledger = opened(play.config)
    try:
        accept_parts(
            ledger,
            key=key,
            recipients=[f"{name}@kontor.example" for name in people],
            sender=play.config.identity.sender,
            subject="A test",
            text="Words.\n",
            notice_class="bulletin",
            policies=reconciling.policies(play.config),
            now=datetime.now(UTC),
        )
    finally:
        ledger.close()


def verdicts(play: Scene, key: str) -> dict[str, str]:
    reader = Reader.open(ledger_url(play.config))
    try:
        story = reader.notice(key)
    finally:
        reader.close()
    assert story is not None
    return {row.recipient.partition("@")[0]: str(row.verdict) for row in story.deliveries}


class Running:
    """serve() in a thread, and how it ended."""

    def __init__(self, play: Scene) -> None:
        self.requests = Requests()
        self.ended: list[Exit] = []
        self._thread = threading.Thread(target=self._run, args=(play.path,), daemon=True)
        self._thread.start()

    def _run(self, path: Path) -> None:
        self.ended.append(daemon.serve(path, opened, self.requests))

    def stop(self) -> Exit:
        self.requests.ask(Request.STOP)
        self._thread.join(PATIENCE)
        self.requests.close()
        return self.ended[0]


def test_it_sends_hears_judges_and_drains(played: Scene) -> None:
    owe(played, "one", "ada", "gus")
    running = Running(played)
    until(
        lambda: verdicts(played, "one") == {"ada": Verdict.LANDED, "gus": Verdict.GAP},
        "the verdict over ada and gus",
    )
    assert running.stop() is Exit.OK


def test_a_reload_is_checked_first_and_then_taken(
    played: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "landed.agent")
    running = Running(played)
    until(lambda: "started" in caplog.messages, "the start")
    good = played.path.read_text(encoding="utf-8")
    played.path.write_text('nonsense = "yes"\n' + good, encoding="utf-8")
    running.requests.ask(Request.RELOAD)
    until(lambda: "reload-refused" in caplog.messages, "the refusal")
    wider = msgspec.structs.replace(
        played.config, sending=msgspec.structs.replace(played.config.sending, workers=3)
    )
    played.path.write_text(render(wider), encoding="utf-8")
    running.requests.ask(Request.RELOAD)
    until(lambda: caplog.messages.count("started") == 2, "the second start")
    owe(played, "after", "ada")
    until(lambda: verdicts(played, "after") == {"ada": Verdict.LANDED}, "ada's mail")
    assert running.stop() is Exit.OK


def test_a_digest_that_is_due_at_the_start_waits_until_the_mailboxes_were_read(
    played: Scene,
) -> None:
    owe(played, "one", "ada")
    running = Running(played)
    until(lambda: bool(played.town.kept), "the digest")
    digest = played.town.kept[0]
    assert running.stop() is Exit.OK
    assert "not heard" not in digest.header("Subject")
    assert b"NOT HEARD" not in digest.raw


def test_folders_without_idle_are_polled(played: Scene) -> None:
    quiet = tuple(msgspec.structs.replace(box, idle=False) for box in played.config.mailboxes)
    played.path.write_text(
        render(msgspec.structs.replace(played.config, mailboxes=quiet)), encoding="utf-8"
    )
    owe(played, "polled", "hana")
    running = Running(played)
    until(lambda: verdicts(played, "polled") == {"hana": Verdict.GAP}, "hana's bounce")
    assert running.stop() is Exit.OK


def test_what_fails_shows_and_comes_back(played: Scene) -> None:
    deaf = tuple(msgspec.structs.replace(box, username="nobody") for box in played.config.mailboxes)
    ledger = opened(played.config)
    try:
        code = daemon.run_once(msgspec.structs.replace(played.config, mailboxes=deaf), ledger)
        assert code is Exit.SERVER
        with ledger.transaction() as tx:
            trouble = {one.name: one.trouble for one in components.list_all(tx)}
        assert "nobody" in trouble["watch bounces/INBOX"]
        assert trouble["sweep"] == ""

        assert daemon.run_once(played.config, ledger) is Exit.OK
        with ledger.transaction() as tx:
            (watch,) = [one for one in components.list_all(tx) if one.name.startswith("watch")]
        assert (watch.trouble, watch.failures) == ("", 1)
    finally:
        ledger.close()


def test_a_relay_that_does_not_answer_shows_and_what_is_no_longer_there_does_not(
    played: Scene,
) -> None:
    def parts() -> dict[str, str]:
        with ledger.transaction(read_only=True) as tx:
            return {one.name: one.trouble for one in components.list_all(tx)}

    ledger = opened(played.config)
    try:
        owe(played, "shows", "ada")
        (route,) = played.config.routes
        (box,) = played.config.mailboxes
        with refusing_port() as port:
            away = msgspec.structs.replace(route, name="away", port=port)
            renamed = msgspec.structs.replace(box, name="renamed", port=port)
            broken = msgspec.structs.replace(played.config, routes=(away,), mailboxes=(renamed,))
            assert daemon.run_once(broken, ledger) is Exit.SERVER
        told = parts()
        assert f"127.0.0.1 port {port} cannot be reached" in told["route away"]
        # a sentence for people: no name of an exception before it
        assert told["watch renamed/INBOX"].startswith('mailbox "renamed"')
        with ledger.transaction() as tx:
            for part in ("http api", "sender 2"):
                components.fared(
                    tx, agent=socket.gethostname(), name=part, trouble="", now=datetime.now(UTC)
                )
        assert daemon.run_once(played.config, ledger) is Exit.OK
        told = parts()
        assert {"http api", "sender 2"} <= told.keys()  # of a daemon beside
        assert told["route relay"] == ""
        assert not {"route away", "watch renamed/INBOX"} & told.keys()
    finally:
        ledger.close()


def test_one_pass_for_cron_sends_reads_and_judges(played: Scene) -> None:
    owe(played, "cron", "ben", "gus")
    ledger = opened(played.config)
    try:
        assert daemon.run_once(played.config, ledger) is Exit.OK
    finally:
        ledger.close()
    assert verdicts(played, "cron") == {"ben": Verdict.LANDED, "gus": Verdict.GAP}


def test_a_stop_that_takes_too_long_is_told(played: Scene) -> None:
    hasty = msgspec.structs.replace(
        played.config,
        daemon=msgspec.structs.replace(
            played.config.daemon, drain=type(played.config.daemon.drain)()
        ),
    )
    ledger, release = opened(hasty), threading.Event()
    agent = daemon.Agent(hasty, ledger, "hasty")
    try:
        # in hand however quickly all others end
        agent._components.append(agent._component("stuck", lambda _: release.wait(), timedelta()))
        agent.start()
        assert agent.stop() is False
    finally:
        release.set()
        parts = agent._components
        until(lambda: not any(part.is_alive() for part in parts), "the end of its threads")
        ledger.close()


def test_the_process_says_ready_feeds_the_watchdog_and_ends_on_sigterm(
    played: Scene, tmp_path: Path
) -> None:
    notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notices.settimeout(PATIENCE)
    address = tmp_path / "notify"
    notices.bind(str(address))
    process = subprocess.Popen(
        [sys.executable, "-c", "from agent.cli.main import run; run()", "run"],
        cwd=ROOT,
        env={**os.environ, "NOTIFY_SOCKET": str(address), "LANDED_CONFIG": str(played.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert notices.recv(100) == b"READY=1"
        assert notices.recv(100) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        notices.close()
    assert process.returncode == 0
    lines = log.splitlines()
    assert any(" started agent=" in line for line in lines)
    assert any("drained=True" in line for line in lines)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('ledger = "landed.db"', 'ledger = "landed.key/x.db"', "cannot make the ledger"),
        ('to = ["admin@kontor.example"]', 'to = ["admin"]', "digest.to:"),
        ("sender = ", "sendr = ", "did you mean"),
    ],
)
def test_a_reload_that_cannot_run_leaves_the_old_one_running(
    played: Scene, caplog: pytest.LogCaptureFixture, was: str, becomes: str, told: str
) -> None:
    caplog.set_level("INFO", "landed.agent")
    good = played.path.read_text(encoding="utf-8")
    assert was in good
    running = Running(played)
    until(lambda: "started" in caplog.messages, "the start")
    played.path.write_text(good.replace(was, becomes), encoding="utf-8")
    running.requests.ask(Request.RELOAD)
    until(lambda: "reload-refused" in caplog.messages, "the refusal")
    owe(played, "after", "ben")
    until(lambda: verdicts(played, "after") == {"ben": Verdict.LANDED}, "ben's mail")
    assert running.stop() is Exit.OK
    (refused,) = [one for one in caplog.records if one.message == "reload-refused"]
    assert told in str(refused.__dict__)


@pytest.mark.parametrize("words", [["run"], ["run", "--once"]])
def test_a_schedule_that_is_none_is_told_at_the_start(tmp_path: Path, words: list[str]) -> None:
    with scene(tmp_path) as played:
        text = played.path.read_text(encoding="utf-8")
        assert '"0 7 * * *"' in text
        played.path.write_text(text.replace('"0 7 * * *"', '"0 25 * * *"'), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", "from agent.cli.main import run; run()", *words],
            cwd=ROOT,
            env={**os.environ, "LANDED_CONFIG": str(played.path)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == Exit.CONFIG
    assert 'landed: digest.schedule: "0 25 * * *" is not a schedule' in done.stderr


def test_a_bad_configuration_is_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "landed.toml"
    path.write_text("ledger = 7\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from agent.cli.main import run; run()", "-c", str(path), "run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == Exit.CONFIG
    assert "line 1: ledger: expected text in quotes, got a whole number" in done.stderr
    assert "Traceback" not in done.stderr


def test_jobs_in_hand_are_waited_for_within_bounds() -> None:
    begun, release = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        release.wait(PATIENCE)

    table = Timetable([Job("slow", work, timedelta(hours=1))], now=lambda: datetime.now(UTC))
    table.start()
    assert begun.wait(PATIENCE)
    assert table.close(timedelta()) is False
    release.set()
