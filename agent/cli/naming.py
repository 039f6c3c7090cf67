"""From what a person types or pastes to what it names: a delivery, an address.

Owns that reading. Must not print answers; it ends the command when nothing is
named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli.context import fail
from agent.exits import Exit
from agent.reconcile.plain import plain

if TYPE_CHECKING:
    from agent.config import Config
    from store.reading import Reader

__all__ = ["canonical", "delivery_named"]


def canonical(address: str) -> str:
    """The address as the ledger keeps it. Ends the command for what is no address."""
    import agent.log  # noqa: F401 - keeps the library behind it from writing on the terminal
    from parsers.addresses import InvalidAddress
    from parsers.addresses import canonical as canonical_form

    try:
        return canonical_form(address)
    except InvalidAddress as error:
        fail(f"{plain(address)} is not an address: {error}", Exit.USAGE)


def delivery_named(reader: Reader, config: Config, text: str) -> int:
    """The delivery behind a tracking ID, a mark or an address with one, a Message-ID, a number.

    Ends the command when there is none, or when the mark is not one of ours.
    """
    found = reader.resolve(_unmarked(config, text.strip()))
    if found is None:
        fail(f"no delivery is known by {plain(text)}", Exit.NOT_FOUND)
    return found


def _unmarked(config: Config, text: str) -> str:
    """The number that a mark in text names; text without its brackets where there is no mark."""
    from parsers.token import InvalidToken, Purpose, find_marks, verify

    marks = list(find_marks(text))
    if not marks:
        return text.removeprefix("<").removesuffix(">").strip()
    from agent.wiring.ledger import keyring

    keys = keyring(config)
    trouble = ""
    for mark in marks:
        try:
            token = verify(keys, mark)
        except InvalidToken as error:
            trouble = f"{mark} is not a mark of ours: {error}"
            continue
        if token.purpose is not Purpose.CANARY:
            return str(token.id)
        trouble = f"{mark} is the mark of a canary: it belongs to no delivery"
    raise fail(trouble, Exit.NOT_FOUND)
