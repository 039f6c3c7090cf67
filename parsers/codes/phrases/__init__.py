"""All phrase tables, joined. Must hold data only."""

from parsers.codes.phrases import (
    addresses,
    asian,
    content,
    domains,
    european,
    hosts,
    identity,
    mailboxes,
    systems,
)
from parsers.codes.words import Row

__all__ = ["ROWS"]

ROWS: tuple[Row, ...] = (
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
