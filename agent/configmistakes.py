"""Mistakes in a configuration file, in words: the line, the key, what may stand there.

Owns those words. Must not decide what is a mistake (agent.configfile and the types
of agent.config do), nor repeat a value of a key that may hold a secret.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

import msgspec

__all__ = ["Mistake", "told", "unknown", "unlike"]

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*[.=]""")
_NAMES = (
    ("`str`", "text in quotes"),
    ("`int`", "a whole number"),
    ("`bool`", "true or false"),
    ("`array`", "a list"),
    ("`object`", "a table"),
    ("`float`", "a number with a point"),
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One key that cannot be used."""

    section: str  # "" for a key above all sections
    index: int | None  # which of the repeated sections, counted from 0
    key: str  # "" where the section itself is meant; may have a path behind it
    what: str

    @property
    def where(self) -> str:
        """As the key is named in messages: routes[0].port."""
        number = "" if self.index is None else f"[{self.index}]"
        return ".".join(filter(None, [f"{self.section}{number}", self.key]))


def told(mistakes: Iterable[Mistake], text: str) -> str:
    """A line for each, with the line of the file where the key stands, if it can be found."""
    places = _places(text)
    lines = []
    for one in mistakes:
        name = re.split(r"[.\[]", one.key)[0]
        tried = ((one.index, name), (one.index, ""), (0, ""))
        number = next((places[found] for at in tried if (found := (one.section, *at)) in places), 0)
        at = f"line {number}: " if number else ""
        lines.append(f"  {at}{one.where}: {one.what}")
    return "\n".join(lines)


def unknown(name: str, known: Iterable[str]) -> str:
    """What is said of a key that there is not."""
    near = get_close_matches(name, list(known), 1)
    return f'there is no such key; did you mean "{near[0]}"?' if near else "there is no such key"


def unlike(error: msgspec.ValidationError, wanted: Any) -> tuple[str, str]:
    """What was expected, and the path below the key, from msgspec's words and the key's type."""
    what, _, path = str(error).partition(" - at `$")
    if what.startswith("Invalid enum value"):
        allowed = ", ".join(f'"{one}"' for one in _choices(wanted))
        what = f"{what.removeprefix('Invalid enum value ')} is none of {allowed}"
    for name, words in _NAMES:
        what = what.replace(name, words)
    return what[:1].lower() + what[1:], path.rstrip("`")


def _choices(wanted: Any) -> list[str]:
    """The words of the first Literal in a type."""
    if get_origin(wanted) is Literal:
        return [str(one) for one in get_args(wanted)]
    for inner in get_args(wanted):
        found = _choices(inner)
        if found:
            return found
    return []


def _places(text: str) -> dict[tuple[str, int | None, str], int]:
    """The line of every key and section, by section, its number and key. As people write TOML."""
    section: str = ""
    index: int | None = None
    counts: dict[str, int] = {}
    found: dict[tuple[str, int | None, str], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            section, index = header[2], None
            if header[1] == "[[":
                index = counts.get(section, 0)
                counts[section] = index + 1
            found.setdefault((section, index, ""), number)
        elif key := _KEY.match(line):
            found.setdefault((section, index, key[1]), number)
    # a key above all sections is named as a section is
    for (above, _, key_name), number in list(found.items()):
        if not above and key_name:
            found.setdefault((key_name, None, ""), number)
    return found
