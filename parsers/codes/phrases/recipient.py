"""What is said of the recipient's address and mailbox."""

from parsers.codes.phrases.table import rows
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["ROWS"]

ROWS = (
    *rows(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        """
        user unknown
        unknown user
        no such user
        """,
    ),
    *rows(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        """
        mailbox full
        over quota
        """,
    ),
)
