"""Secrets that run out: who is warned, and when.

Owns the days before. Pure: must not know configuration or send anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Ending", "endings"]

_STEPS = (1, 7, 30)  # days before: each is told once


@dataclass(frozen=True, slots=True)
class Ending:
    """A secret that runs out soon, or has."""

    login: str
    what: str  # "secret" or "certificate"
    on: date
    left: timedelta
    step: int  # 30, 7, 1 or 0: how urgent it has become

    @property
    def words(self) -> str:
        """One sentence for people."""
        when = f"in {self.left.days} days" if self.left.days > 0 else "by now"
        todo = (
            "make a new one at the provider, put it in its place, and set secret_expires anew"
            if self.what == "secret"
            else "make a new one, upload it at the provider, then put it in its place"
        )
        return f'the {self.what} of login "{self.login}" runs out {when} (on {self.on}): {todo}'


def endings(secrets: Iterable[tuple[str, str, date]], today: date) -> list[Ending]:
    """Those (login, what, last day) that run out within thirty days or have, soonest first."""
    found = []
    for login, what, on in sorted(secrets, key=lambda one: one[2]):
        left = on - today
        step = 0 if left.days <= 0 else next((n for n in _STEPS if left.days <= n), None)
        if step is not None:
            found.append(Ending(login, what, on, left, step))
    return found
