"""Turns each rule of the verdict tables around, and counts those that no test minds.

Run as a program, without arguments. Phrases, status codes, reply codes, receivers' conventions,
commands, severities and precedence are changed one at a time, in this process, and the tests of
tests/unit/test_codes*.py are called until one fails. Prints the score of each table and the
rules that survived; exits 1 where one did.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from typing import Any

from parsers.codes import commands, hosted, iana, microsoft, powermta, receivers, tiers, verdict
from parsers.codes.phrases import ROWS
from parsers.codes.words import fold
from parsers.phrases import Phrases
from parsers.report import Reason
from tests.unit import test_codes, test_codes_tables

__all__ = ["main"]

_REASONS = list(Reason)
_OTHER = dict(zip(_REASONS, [*_REASONS[1:], _REASONS[0]], strict=True))
_CACHED = (verdict.strongest, hosted.find_receiver)
Mutant = tuple[str, Callable[[], Any], Callable[[Any], None]]  # name, change, undo


def _calls() -> Iterator[Callable[[], None]]:
    """Every test of the tables as a call, the examples of parametrized ones each by itself."""
    for module in (test_codes, test_codes_tables):
        for name, test in vars(module).items():
            if not name.startswith("test_") or "flipping" in name:
                continue
            marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
            if not marks:
                yield test
            elif len(marks) == 1:
                names, examples = marks[0].args[:2]
                several = not isinstance(names, str) or "," in names
                for one in examples:
                    values = getattr(one, "values", one)  # pytest.param
                    yield partial(test, *values) if several else partial(test, values)


def _caught(calls: list[Callable[[], None]]) -> bool:
    for cache in _CACHED:
        with suppress(AttributeError):
            cache.cache_clear()
    for at, call in enumerate(calls):
        try:
            call()
        except Exception:  # noqa: BLE001 - whatever it is, a test minds
            calls.insert(0, calls.pop(at))  # the next rule of the same table is minded there too
            return True
    return False


@contextmanager
def _changed(place: Any, key: Any, value: Any) -> Iterator[None]:
    """place[key], or the attribute key of place, is value meanwhile."""
    if isinstance(place, dict):
        before = place[key]
        place[key] = value
        yield
        place[key] = before
    else:
        before = getattr(place, key)
        setattr(place, key, value)
        yield
        setattr(place, key, before)


def _codes() -> Iterator[tuple[str, Any, Any, Any]]:
    for status, entry in iana.REGISTRY.items():
        permanent = entry._replace(permanent=_OTHER[entry.permanent])
        yield f"status 5.{status}", iana.REGISTRY, status, permanent
        temporary = entry._replace(temporary=_OTHER[entry.temporary])
        yield f"status 4.{status}", iana.REGISTRY, status, temporary
    for status, reason in microsoft.CODES.items():
        yield f"Microsoft {status}", microsoft.CODES, status, _OTHER[reason]
    ranges = microsoft._RANGES
    for at, (first, last, reason) in enumerate(ranges):
        turned = (*ranges[:at], (first, last, _OTHER[reason]), *ranges[at + 1 :])
        yield f"Microsoft {first} to {last}", microsoft, "_RANGES", turned
    for category, reason in powermta.CATEGORIES.items():
        yield f"PowerMTA {category}", powermta.CATEGORIES, category, _OTHER[reason]
    for code, reason in iana.REPLIES.items():
        yield f"reply {code}", iana.REPLIES, code, _OTHER[reason]


def _receivers() -> Iterator[tuple[str, Any, Any, Any]]:
    known = receivers.RECEIVERS
    for one in known:
        for table in ("phrases", "statuses", "raw"):
            rows = getattr(one, table)
            for at, (words, reason) in enumerate(rows):
                other = (*rows[:at], (words, _OTHER[reason]), *rows[at + 1 :])
                yield f"{one.name}: {words}", one, table, other
        for mark in one.marks:
            yield f"{one.name}: the mark {mark!r}", one, "marks", mark
        for domain in one.domains:
            yield f"{one.name}: the domain {domain}", one, "domains", domain


@contextmanager
def _receiver(one: receivers.Receiver, table: str, value: Any) -> Iterator[None]:
    """The receivers' tables as they would be with one row changed, mark or domain missing."""
    module: Any = hosted
    if table == "marks":
        heard = [
            "\0" if (mark, who) == (value, one) else mark
            for mark, who in zip(module.MARKS, module._MARKED, strict=True)
        ]
        with _changed(verdict, "_HEARD", Phrases((*commands.PHRASES, *heard))):
            yield
    elif table == "domains":
        with _changed(module._BY_DOMAIN, value, None):
            yield
    else:
        new = one._replace(**{table: value})
        swap = {id(one): new}
        by_domain = {d: swap.get(id(r), r) for d, r in module._BY_DOMAIN.items()}
        folded = {
            **module._FOLDED,
            one.name: tuple((fold(words), reason) for words, reason in new.phrases),
        }
        with (
            _changed(module, "_BY_DOMAIN", by_domain),
            _changed(module, "_MARKED", tuple(swap.get(id(r), r) for r in module._MARKED)),
            _changed(module, "_FOLDED", folded),
        ):
            yield


def _commands() -> Iterator[tuple[str, Any, Any, Any]]:
    told = commands._COMMANDS
    for at, words in enumerate(commands._ENTRIES):
        new = (*told[:at], told[at] + "?", *told[at + 1 :])
        yield f"command {words!r}", commands, "_COMMANDS", new


def _severities() -> Iterator[tuple[str, Any, Any, Any]]:
    for name in ("_HARD", "_AT_SENDER", "_GREETING", "_GOOD", "_NOTHING"):
        members = getattr(verdict, name)
        for one in members:
            yield f"{name} without {one}", verdict, name, tuple(m for m in members if m is not one)


def _precedences() -> Iterator[tuple[str, Any, Any, Any]]:
    """Two tiers that follow each other, the other way round."""
    for upper, lower in zip(tiers.TIERS, tiers.TIERS[1:], strict=False):
        order = list(tiers.TIERS)
        at = order.index(upper)
        order[at], order[at + 1] = lower, upper
        rank = {reason: n for n, reason in enumerate(chain.from_iterable(order))}
        key = [(row.strength, -rank[row.reason], len(row.phrase)) for row in ROWS]
        rows = [row for _, row in sorted(zip(key, ROWS, strict=True), reverse=True)]
        yield f"{upper[0]} before {lower[0]}", verdict, "FINDER", type(verdict.FINDER)(rows)


def main() -> int:
    """Print the scores; 1 where a rule survived, 0 otherwise."""
    calls = list(_calls())
    assert not _caught(calls), "the tests fail as they are"
    test_codes_tables.test_flipping_any_row_changes_what_its_example_comes_to()
    print(f"{'phrases':14} {len(ROWS):5} of {len(ROWS):5} rules are minded")
    survived: list[str] = []
    tables = {
        "codes": _codes,
        "receivers": _receivers,
        "commands": _commands,
        "severities": _severities,
        "precedence": _precedences,
    }
    for title, table in tables.items():
        mutants = list(table())
        lived = []
        for name, place, key, value in mutants:
            change = _receiver if title == "receivers" else _changed
            with change(place, key, value):
                if not _caught(calls):
                    lived.append(name)
        survived += lived
        print(f"{title:14} {len(mutants) - len(lived):5} of {len(mutants):5} rules are minded")
    print("\n".join(survived))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
