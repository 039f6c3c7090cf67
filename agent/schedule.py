"""What is done at set times: polls, sweeps, digests, on APScheduler.

Owns the scheduler's settings: one run of a job at a time, late runs folded into one, and
all of them at once where the clock is set back. Must not know what a job does.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

__all__ = ["Job", "Timetable"]

_GLANCE = 1.0  # seconds between two looks at the clock
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BACK = timedelta(seconds=2)  # by less a clock is only corrected


@dataclass(frozen=True, slots=True)
class Job:
    """Work and when it is due. Work must not raise (see agent.supervise.guarded)."""

    name: str
    work: Callable[[], object]
    when: BaseTrigger | timedelta  # besides once at the start


class Timetable:
    """Runs jobs until it is closed."""

    def __init__(self, jobs: Iterable[Job], *, now: Callable[[], datetime]) -> None:
        wanted = list(jobs)
        self._now = now
        self._closing = Event()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(len(wanted), 1))},
            # a machine that slept, or a slow run, must not cause a burst of late ones
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in wanted:
            trigger = (
                IntervalTrigger(seconds=job.when.total_seconds(), timezone=UTC)
                if isinstance(job.when, timedelta)
                else job.when
            )
            self._scheduler.add_job(
                job.work, trigger, id=job.name, name=job.name, next_run_time=now()
            )

    def start(self) -> None:
        """Starts the threads that watch the clock."""
        self._scheduler.start()
        Thread(target=self._follow_clock, name="timetable-clock", daemon=True).start()

    def _follow_clock(self) -> None:
        """Where the clock is set back every job is due: else it would wait for its old time."""
        ahead = self._ahead()
        while not self._closing.wait(_GLANCE):
            new = self._ahead()
            if new < ahead - _BACK:
                for job in self._scheduler.get_jobs():
                    self._scheduler.modify_job(job.id, next_run_time=self._now())
                ahead = new
            ahead = max(ahead, new)

    def _ahead(self) -> timedelta:
        """How far the clock is ahead of one that is never set."""
        return self._now() - _EPOCH - timedelta(seconds=time.monotonic())

    def close(self, within: timedelta) -> bool:
        """Starts no further job; False when one in hand did not end within the time."""
        self._closing.set()
        ending = Thread(target=self._scheduler.shutdown, name="timetable-end", daemon=True)
        ending.start()
        ending.join(max(within.total_seconds(), 0))
        return not ending.is_alive()
