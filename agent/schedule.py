"""What is done at set times: polls, sweeps, digests, on APScheduler.

Owns the scheduler's settings: one run of a job at a time, late runs folded
into one. Must not know what a job does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

__all__ = ["Job", "Timetable"]


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
        """Starts the thread that watches the clock."""
        self._scheduler.start()

    def close(self, within: timedelta) -> bool:
        """Starts no further job; False when one in hand did not end within the time."""
        ending = Thread(target=self._scheduler.shutdown, name="timetable-end", daemon=True)
        ending.start()
        ending.join(max(within.total_seconds(), 0))
        return not ending.is_alive()
