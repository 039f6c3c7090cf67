"""What PowerMTA makes of a failure: its bounce categories, a field of its reports.

Owns the table (Port25's user guide, "bounce categories"). The category is that of the
reporting server, which saw the session: it goes before what the words seem to say.
"""

from parsers.report import Reason

__all__ = ["CATEGORIES"]

CATEGORIES: dict[str, Reason] = {
    "bad-configuration": Reason.SYSTEMERROR,
    "bad-connection": Reason.NETWORKERROR,
    "bad-domain": Reason.HOSTUNKNOWN,
    "bad-mailbox": Reason.USERUNKNOWN,
    "content-related": Reason.CONTENTERROR,
    "inactive-mailbox": Reason.SUSPEND,
    "invalid-sender": Reason.REJECTED,
    "message-expired": Reason.EXPIRED,
    "no-answer-from-host": Reason.NETWORKERROR,
    "policy-related": Reason.POLICYVIOLATION,
    "protocol-errors": Reason.SYNTAXERROR,
    "quota-issues": Reason.MAILBOXFULL,
    "relaying-issues": Reason.NORELAYING,
    "routing-errors": Reason.SYSTEMERROR,
    "spam-related": Reason.SPAMDETECTED,
    "virus-related": Reason.VIRUSDETECTED,
}  # "other" says nothing
