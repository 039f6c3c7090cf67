"""All phrase tables, joined. Must hold data only."""

from parsers.codes.phrases import (
    addresses,
    asian,
    content,
    domains,
    european,
    grammar,
    hosts,
    identity,
    mailboxes,
    systems,
)
from parsers.codes.words import Row

__all__ = ["CROSSED", "ROWS"]

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

_KNOWN = {row.phrase for row in _TOLD}
# what grammar.py adds to the tables
CROSSED = tuple(
    {
        row.phrase: row
        for crossing in grammar.CROSSINGS
        for row in crossing.rows()
        if row.phrase not in _KNOWN
    }.values()
)
ROWS: tuple[Row, ...] = (*_TOLD, *CROSSED)
