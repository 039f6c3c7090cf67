"""Limits of what goes out: how much by a route, how much to a recipient domain.

Owns which limits a message falls under, and their names in the ledger. Must not
count: the ledger does for messages (store.slots), agent.outbound.sending.gate for lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from parsers.addresses import domain_form

__all__ = ["Limit", "Limits", "Meter"]

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """What may go by a route, or to some domains together. 0: no limit of that kind.

    No domains: those that no other limit names, each by itself; of a route: any.
    """

    name: str
    domains: tuple[str, ...] = ()
    per_minute: int = 0
    per_hour: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True)
class Meter:
    """At most so many messages within any span of that length."""

    name: str  # in the ledger, and to people
    most: int
    span: timedelta


class Limits:
    """Every limit there is, of routes (by their names) and of recipient domains.

    Raises ValueError where two are of one domain.
    """

    def __init__(self, routes: Sequence[Limit] = (), limits: Sequence[Limit] = ()) -> None:
        self._routes = {
            route.name: route
            for route in routes
            if route.per_minute or route.per_hour or route.connections
        }
        self._domains: dict[str, Limit] = {}
        self._others: Limit | None = None
        for limit in limits:
            if not limit.domains and self._others is not None:
                raise ValueError(f'"{self._others.name}" and "{limit.name}" are both of all others')
            self._others = self._others if limit.domains else limit
            for domain in limit.domains:
                known = self._domains.setdefault(domain_form(domain), limit)
                if known is not limit:
                    raise ValueError(f'"{known.name}" and "{limit.name}" both name {domain}')

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._routes or self._domains or self._others)

    def meters(self, route: str, domain: str) -> tuple[Meter, ...]:
        """Those that a message by that route to that domain falls under."""
        of = self._routes.get(route)
        found = [] if of is None else list(_meters(of, f"route {route}"))
        limit, name = self._of(domain)
        if limit is not None:
            found += _meters(limit, name)
        return tuple(found)

    def lines(self, route: str) -> int:
        """How many lines there may be to that route at a time; 0: any number."""
        of = self._routes.get(route)
        return 0 if of is None else of.connections

    def lines_to(self, domain: str) -> tuple[str, int]:
        """Whose lines count together with those of that domain, and how many there may be."""
        limit, name = self._of(domain)
        return name, 0 if limit is None else limit.connections

    def most_of(self, name: str) -> int:
        """How many messages the meter of that name allows; 0: there is none of that name."""
        named = [(f"route {one}", of) for one, of in self._routes.items()]
        named += [(f"limit {of.name}", of) for of in self._domains.values()]
        if self._others is not None and name.startswith(f"limit {self._others.name} "):
            named.append((name.rpartition(", ")[0], self._others))
        return next((m.most for key, of in named for m in _meters(of, key) if m.name == name), 0)

    def _of(self, domain: str) -> tuple[Limit | None, str]:
        plain = domain_form(domain)
        limit = self._domains.get(plain)
        if limit is not None:
            return limit, f"limit {limit.name}"
        return self._others, "" if self._others is None else f"limit {self._others.name} {plain}"


def _meters(of: Limit, name: str) -> Iterator[Meter]:
    if of.per_minute:
        yield Meter(f"{name}, a minute", of.per_minute, _MINUTE)
    if of.per_hour:
        yield Meter(f"{name}, an hour", of.per_hour, _HOUR)
