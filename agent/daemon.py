"""The long-running agent: which parts run, and how they start, stop and reload together.

Owns that wiring, as a list. Sees the configuration, as the commands do; every
part below gets plain values. Must not do any part's work.
"""

import gc
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from sdnotify import SystemdNotifier

from agent.config import Config
from agent.configfile import ConfigError, load
from agent.exits import Exit
from agent.inbound.mtalog.follow import KIND as LOG_KIND
from agent.inbound.mtalog.follow import log_channel
from agent.inbound.watch import KIND, Progress, Watcher, channel_name
from agent.log import event
from agent.reconcile.digest import send_due
from agent.reconcile.ears import wait_for_ears
from agent.reconcile.period import trigger
from agent.reconcile.sweep import purge_once, sweep_once
from agent.schedule import Job, Timetable
from agent.signals import Request, Requests
from agent.supervise import Component, guarded, resting
from agent.wall import Wall
from agent.wiring import asking, doors, inward, logins, outward, reconciling
from agent.wiring.check import check
from agent.wiring.patrol import Patrol, cadence, ways
from agent.wiring.pulse import Shortages
from agent.wiring.routes import Routes, way_part
from store import canaries, channels, gaps
from store.database import Ledger
from store.errors import LedgerError

__all__ = ["Agent", "run_once", "serve"]

_log = logging.getLogger("landed.agent")
_TICK = timedelta(seconds=1)
_DAILY = timedelta(days=1)
_EARS = timedelta(seconds=30)  # a backlog may take longer, and is told of then


def _now() -> datetime:
    return datetime.now(UTC)


class Agent:
    """All parts of one configuration. start(), then stop(); not to be started twice."""

    def __init__(self, config: Config, ledger: Ledger, name: str) -> None:
        self._config, self._ledger, self.name = config, ledger, name
        self._stop = threading.Event()
        self._wall = Wall(ledger, _now)
        self._policies = reconciling.policies(config)
        self._watchers = inward.watchers(config, ledger)
        self._components = [*self._senders(), *self._listeners(), *self._servers()]
        jobs = self._jobs()
        self._parts = [
            *(one.name for one in self._components),
            *(job.name for job in jobs),
            *map(way_part, config.routes),
        ]
        self._timetable = Timetable(jobs, now=_now)

    def _senders(self) -> list[Component]:
        sender = outward.sender(self._config, self._ledger, self.name)
        routes = Routes(self._config, self._ledger, sender, self._wall)

        def send(stop: threading.Event) -> None:
            sender.run_once(_now, stop)
            routes.tell(_now())

        return [
            self._component(f"sender {number}", send, self._config.sending.every)
            for number in range(1, self._config.sending.workers + 1)
        ]

    def _listeners(self) -> list[Component]:
        """Each folder holds a line open, in a thread of its own: it waits as long as it must."""

        def listen(watcher: Watcher) -> Component:
            def work(stop: threading.Event) -> None:
                # it has no round to end; what cannot be read shows at its channel
                self._wall.fared(_named(watcher), "")
                watcher.watch(_now, stop)

            return self._component(_named(watcher), work, _TICK)

        return [listen(watcher) for _, watcher in self._watchers]

    def _servers(self) -> list[Component]:
        """Ways in that listen. One that serves has no round to end, so it says that it is well."""

        def component(name: str, serve: doors.Server) -> Component:
            def ready(port: int) -> None:
                self._wall.fared(name, "")
                event(_log, logging.INFO, "listening", component=name, port=port)

            return self._component(name, lambda stop: serve(stop, ready), _TICK)

        return [component(*one) for one in doors.servers(self._config, self._ledger)]

    def _component(
        self, name: str, work: Callable[[threading.Event], object], every: timedelta
    ) -> Component:
        return Component(name, work, every, self._stop, self._wall)

    def _jobs(self) -> list[Job]:
        """Logs, mailboxes that are asked, sweeps, clearing out, probes, digests."""
        shortages = Shortages(self._config)

        def sweep() -> object:
            shortages.tell()
            self._wall.alive()
            return sweep_once(self._ledger, self._policies, _now(), _log)

        def purge() -> object:
            return purge_once(self._ledger, self._config.sweep.keep_reports, _now(), _log)

        jobs = [
            self._job(f"watch {log.name}", partial(log.run_once, _now, self._stop), source.poll)
            for source, log in inward.followers(self._config, self._ledger)
        ]
        jobs += [
            self._job(
                f"ask {asker.name}",
                resting(partial(asker.run_once, _now, self._stop), _now, first=wanted.every),
                wanted.every,
            )
            for wanted, asker in asking.askers(self._config, self._ledger)
        ]
        folder = doors.spool(self._config, self._ledger)
        if folder is not None:
            jobs.append(
                self._job("spool", partial(folder.run_once, self._stop), self._config.spool.every)
            )
        jobs.append(self._job("sweep", sweep, self._config.sweep.every))
        jobs.append(self._job("purge", purge, _DAILY))
        if self._config.logins:

            def warn() -> object:
                return logins.warn(self._config, self._ledger, _now())

            jobs.append(self._job("logins", warn, _DAILY))
        if self._config.canaries.every:
            patrol = Patrol(self._config, self._ledger)

            def probe() -> object:
                return patrol.run_once(_now, self._stop)

            jobs.append(self._job("canaries", probe, cadence(self._config)))
        if self._config.digest.to:
            plan, began = reconciling.digest_plan(self._config), _now()

            def hear_and_judge() -> bool:
                wait_for_ears(self._ledger, began, self._stop, at_most=_EARS)
                # after a time in which nothing ran there is much to be judged before it is told
                sweep()
                return not self._stop.is_set()

            def digest() -> object:
                return send_due(
                    self._ledger, plan, self._policies, _now(), _log, beforehand=hear_and_judge
                )

            # at the start too: a period that came while nothing ran still gets its digest
            jobs.append(self._job("digest", digest, trigger(plan.schedule)))
        return jobs

    def _job(self, name: str, work: Callable[[], object], when: timedelta | BaseTrigger) -> Job:
        return Job(name, guarded(name, work, self._wall), when)

    def start(self) -> None:
        """Starts every part; each opens its own connections and may fail and come back."""
        _take_over(self._config, self._ledger)
        self._wall.has_only(self._parts)
        for component in self._components:
            component.start()
        self._timetable.start()
        event(
            _log,
            logging.INFO,
            "started",
            agent=self.name,
            mailboxes=len(self._watchers),
            senders=self._config.sending.workers,
        )

    def is_well(self) -> bool:
        """Whether every thread still lives (a failing part lives: it is being retried)."""
        return all(component.is_alive() for component in self._components)

    def stop(self) -> bool:
        """Ends every wait at once and finishes what is in hand; False when that took too long."""
        self._stop.set()
        end = time.monotonic() + self._config.daemon.drain.total_seconds()
        left = [self._timetable.close(self._config.daemon.drain)]
        left += [
            component.join(timedelta(seconds=end - time.monotonic()))
            for component in self._components
        ]
        drained = all(left)
        event(_log, logging.INFO, "stopped", agent=self.name, drained=drained)
        return drained


def _named(watcher: Watcher) -> str:
    return f"watch {watcher.name}"


def _take_over(config: Config, ledger: Ledger) -> None:
    """The ledger as this configuration wants it: its channels count, its policies judge."""
    configured = [
        channel_name(account, folder)
        for account in inward.accounts(config)
        for folder in account.folders
    ]
    logs = [log_channel(log.name) for log in config.logs]
    asked = asking.channels(config)
    kinds = [
        *((name, KIND) for name in configured),
        *((name, LOG_KIND) for name in logs),
        *((name, channels.MAILBOX) for name in asked),
    ]

    # tx is the ledger's affair: this layer does not know the database's types
    def take_over(tx: Any) -> None:
        for name, kind in kinds:
            channels.ensure(tx, name, kind, _now())
        channels.retire(tx, [name for name, _ in kinds])
        canaries.forget(tx, but=[(way.route, way.channel) for way in ways(config)])
        gaps.rejudge_all(tx, now=_now())

    ledger.run(take_over)  # another agent may start at the same moment


def agent_name() -> str:
    """Names this process in the ledger: whose lease, whose lock, whose failure."""
    return f"{socket.gethostname()}-{os.getpid()}"


def serve(path: Path, ledger: Callable[[Config], Ledger], requests: Requests) -> Exit:
    """Runs until a stop is asked for; a reload checks the new configuration before it acts.

    ledger opens the ledger of a configuration. Raises ConfigError and
    LedgerError at the start only: a bad reload leaves the old one running.
    """
    notifier = SystemdNotifier()
    config = load(path)
    check(config)
    while True:
        opened = ledger(config)
        try:
            agent = Agent(config, opened, agent_name())
            # what is loaded by now stays: looking for garbage in it takes a twentieth of the time
            gc.collect()
            gc.freeze()
            agent.start()
            notifier.notify("READY=1")
            replacement = _attend(agent, lambda: _checked(path, ledger), requests, notifier)
            notifier.notify("STOPPING=1" if replacement is None else "RELOADING=1")
            drained = agent.stop()
        finally:
            opened.close()
        if replacement is None:
            return Exit.OK if drained else Exit.DRAIN
        config = replacement


def _attend(
    agent: Agent,
    reload: Callable[[], Config | None],
    requests: Requests,
    notifier: SystemdNotifier,
) -> Config | None:
    """Waits for requests, feeding the watchdog; the new configuration, or None to stop."""
    while True:
        asked = requests.wait(_TICK)
        if Request.STOP in asked:
            return None
        if Request.RELOAD in asked:
            replacement = reload()
            if replacement is not None:
                return replacement
        if agent.is_well():
            notifier.notify("WATCHDOG=1")


def _checked(path: Path, ledger: Callable[[Config], Ledger]) -> Config | None:
    """The configuration as it stands in the file now; None, with a line, where it cannot run."""
    try:
        config = load(path)
        check(config)
        ledger(config).close()
    except (ConfigError, LedgerError) as error:
        event(_log, logging.ERROR, "reload-refused", config=path, why=error)
        return None
    event(_log, logging.INFO, "reloading", config=path)
    return config


def run_once(config: Config, ledger: Ledger, progress: Progress | None = None) -> Exit:
    """One pass of everything, for cron: send what is due, read every folder, sweep, digest.

    Raises ConfigError before any of it.
    """
    check(config)
    stop = threading.Event()
    wall, policies = Wall(ledger, _now), reconciling.policies(config)
    _take_over(config, ledger)
    sender = outward.sender(config, ledger, agent_name())
    routes = Routes(config, ledger, sender, wall)

    def work_off() -> None:
        sender.run_once(_now, stop)
        routes.tell(_now())

    send = ("sender 1", work_off)
    steps: list[tuple[str, Callable[[], object]]] = []
    folder = doors.spool(config, ledger)
    if folder is not None:
        steps.append(("spool", partial(folder.run_once, stop)))
    steps.append(send)
    if config.canaries.every:
        steps.append(("canaries", partial(Patrol(config, ledger).run_once, _now, stop)))
    steps += [
        (_named(watcher), partial(watcher.run_once, _now, stop))
        for _, watcher in inward.watchers(config, ledger, progress)
    ]
    steps += [
        (f"watch {log.name}", partial(log.run_once, _now, stop))
        for _, log in inward.followers(config, ledger)
    ]
    steps += [
        (f"ask {asker.name}", partial(asker.run_once, _now, stop))
        for _, asker in asking.askers(config, ledger)
    ]
    steps.append(("logins", lambda: logins.warn(config, ledger, _now())))
    steps.append(("sweep", lambda: sweep_once(ledger, policies, _now(), _log)))
    steps.append(("purge", lambda: purge_once(ledger, config.sweep.keep_reports, _now(), _log)))
    if config.digest.to:
        plan = reconciling.digest_plan(config)
        steps.append(("digest", lambda: send_due(ledger, plan, policies, _now(), _log)))
        steps.append(send)
    # a daemon on this machine may have these parts beside
    beside = [*doors.SERVERS, *(f"sender {n + 1}" for n in range(config.sending.workers))]
    wall.has_only([*(name for name, _ in steps), *map(way_part, config.routes), *beside])
    wall.alive()
    went_well = [guarded(name, work, wall)() for name, work in steps]
    return Exit.OK if all(went_well) else Exit.SERVER
