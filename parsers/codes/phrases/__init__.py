"""All phrase tables, joined. Must hold data only."""

from parsers.codes.phrases import recipient
from parsers.codes.words import Row

__all__ = ["ROWS"]

ROWS: tuple[Row, ...] = (*recipient.ROWS,)
