"""Digest periods: where one ends and the next begins, from a cron expression.

Owns the reading of that expression, in UTC, as cron(8) means it. Must not
wait for anything: the daemon's scheduler does, with the trigger given here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

__all__ = ["Period", "period", "trigger"]

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_REACH = (timedelta(hours=2), timedelta(days=2), timedelta(days=60), timedelta(days=1500))


@dataclass(frozen=True, slots=True)
class Period:
    """What one digest is for: it is written at start and tells what is open then."""

    start: datetime  # aware UTC: the newest moment of the schedule that has come
    previous: datetime  # the one before it: what opened since then is new
    prefix: str = "digest:"  # of the key

    @property
    def key(self) -> str:
        """The digest's notice key: the same for every agent, whenever exactly it looks."""
        return f"{self.prefix}{self.start:%Y-%m-%dT%H:%M:%SZ}"


def trigger(expression: str) -> CronTrigger:
    """APScheduler's trigger for "minute hour day month weekday" in UTC.

    Raises ValueError, with what to write, for anything else. Weekdays count as
    in cron, 0 and 7 being Sunday; APScheduler's own count starts on Monday.
    """
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f'"{expression}" is not a schedule: write minute hour day month weekday,'
            ' for example "0 7 * * *"'
        )
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        raise ValueError(f'"{expression}" names a day and a weekday: name only one of them')
    try:
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=_weekdays(weekday),
            timezone=UTC,
        )
    except ValueError as error:
        raise ValueError(f'"{expression}" is not a schedule: {error}') from None


def period(expression: str, now: datetime) -> Period:
    """The period that now falls into.

    Raises ValueError for a schedule that cannot be read, or has not come twice
    within the last four years.
    """
    wanted = trigger(expression)
    start = _newest(wanted, expression, now)
    return Period(start, _newest(wanted, expression, start - timedelta(microseconds=1)))


def _newest(wanted: CronTrigger, expression: str, now: datetime) -> datetime:
    """The last moment of the schedule that is not after now: a trigger only looks ahead."""
    for reach in _REACH:
        first = wanted.get_next_fire_time(None, now - reach)
        if first is not None and first <= now:
            return _last_in(wanted, first, now)
    raise ValueError(f'"{expression}" has no moment in the last {_REACH[-1].days // 365} years')


def _last_in(wanted: CronTrigger, known: datetime, now: datetime) -> datetime:
    """Halves the stretch between a moment of the schedule and now until none lies between."""
    low, high = known, now
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        found = wanted.get_next_fire_time(None, middle)
        if found is not None and found <= now:
            low = found
        else:
            high = middle
    return low.astimezone(UTC)


def _weekdays(field: str) -> str:
    """Weekdays as names, so that nobody's count of them matters."""
    if field == "*":
        return field
    chosen: set[int] = set()
    for part in field.lower().split(","):
        days, _, step = part.partition("/")
        first, dash, last = days.partition("-")
        if days == "*":
            low, high = 0, 6
        else:
            low = _weekday(first)
            high = _weekday(last) if dash else (6 if step else low)
        if high < low:
            high += 7
        if step and not (step.isdigit() and int(step)):
            raise ValueError(f'"{field}" is not a list of weekdays')
        chosen.update(day % 7 for day in range(low, high + 1, int(step or 1)))
    return ",".join(_DAYS[day] for day in sorted(chosen))


def _weekday(name: str) -> int:
    if name in _DAYS:
        return _DAYS.index(name)
    if name.isdigit() and int(name) <= 7:
        return int(name)
    raise ValueError(f'"{name}" is not a weekday: write sun to sat, or 0 to 7')
