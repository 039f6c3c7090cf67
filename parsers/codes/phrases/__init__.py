"""All phrase tables, joined, each phrase once however it is spelled. Must hold data only."""

from collections.abc import Iterable

from parsers.codes.phrases import (
    addresses,
    asian,
    content,
    domains,
    european,
    grammar,
    grammar_asian,
    grammar_european,
    grammar_faint,
    grammar_senders,
    grammar_systems,
    hosts,
    identity,
    mailboxes,
    systems,
)
from parsers.codes.words import Row, spelled

__all__ = ["CROSSED", "CROSSINGS", "ROWS"]

_TOLD: tuple[Row, ...] = (
    *addresses.ROWS,
    *mailboxes.ROWS,
    *identity.ROWS,
    *hosts.ROWS,
    *content.ROWS,
    *domains.ROWS,
    *systems.ROWS,
    *asian.ROWS,
    *european.ROWS,
)

CROSSINGS = (
    *grammar.CROSSINGS,
    *grammar_senders.CROSSINGS,
    *grammar_systems.CROSSINGS,
    *grammar_european.CROSSINGS,
    *grammar_asian.CROSSINGS,
    *grammar_faint.CROSSINGS,
)


def _distinct(rows: Iterable[Row], known: Iterable[str] = ()) -> dict[str, Row]:
    """By what is looked for, the strongest of the rows that are spelled alike; none of known."""
    kept: dict[str, Row] = {}
    taken = set(known)
    for row in rows:
        spelling = " * ".join(spelled(row.phrase))
        if spelling in taken:
            continue
        before = kept.get(spelling)
        if before is None or before.strength < row.strength:
            kept[spelling] = row
    return kept


_KEPT = _distinct(_TOLD)
# what the grammar adds to the tables
CROSSED = tuple(
    _distinct((row for crossing in CROSSINGS for row in crossing.rows()), _KEPT).values()
)
ROWS: tuple[Row, ...] = (*_KEPT.values(), *CROSSED)
