"""All phrase tables, joined. Must hold data only."""

from parsers.codes.phrases import (
    addresses,
    content,
    domains,
    hosts,
    identity,
    languages,
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
    *languages.ROWS,
)
