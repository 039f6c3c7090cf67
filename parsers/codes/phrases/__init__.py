"""All phrase tables, joined. Must hold data only."""

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
from parsers.codes.words import Row

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
_KNOWN = {row.phrase for row in _TOLD}
# what the grammar adds to the tables
CROSSED = tuple(
    {
        row.phrase: row
        for crossing in CROSSINGS
        for row in crossing.rows()
        if row.phrase not in _KNOWN
    }.values()
)
ROWS: tuple[Row, ...] = (*_TOLD, *CROSSED)
