"""All phrase tables, joined. Must hold data only."""

from parsers.codes.phrases import message, recipient, sender, system
from parsers.codes.words import Row

__all__ = ["ROWS"]

ROWS: tuple[Row, ...] = (*recipient.ROWS, *sender.ROWS, *message.ROWS, *system.ROWS)
