"""Exit codes: what a script or a monitor may rely on (docs/exit-codes.md tells the same)."""

from enum import IntEnum

__all__ = ["Exit"]


class Exit(IntEnum):
    """How a command ended."""

    OK = 0  # done, and the answer is good
    GAPS = 1  # done, and the answer is "no": there are gaps, or a check failed
    USAGE = 2  # the command line is wrong
    CONFIG = 3  # the configuration or a secret cannot be used
    LEDGER = 4  # the ledger cannot be opened, is busy, or has another schema
    SERVER = 5  # a mail server cannot be used, or the output not be written
    PARTIAL = 6  # done in part: some recipients or files were refused
    DRAIN = 7  # stopped before everything in hand was finished
    NOT_FOUND = 8  # no such notice, delivery or recipient
