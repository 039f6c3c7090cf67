"""The registry of enhanced status codes as data, each with the reason it suggests.

Owns what a status code alone is worth: IANA "SMTP Enhanced Status Codes"
(RFC 3463, 4954, 5248, 6531, 6710, 7293, 7372, 7505, 8689). Must not look at
words: how code and words are weighed against each other is verdict.py's.
"""

from enum import IntEnum
from typing import NamedTuple

from parsers.report import Reason

__all__ = ["REGISTRY", "REPLIES", "Entry", "Weight", "look_up"]


class Weight(IntEnum):
    """How much senders mean what they say when they use a code."""

    VAGUE = 0  # a bucket: chosen by programs that did not know, or mean policy at large
    USUAL = 2  # mostly right, but plain words against it win
    PRECISE = 4  # used on purpose: only decisive words are stronger


class Entry(NamedTuple):
    """One row: the registry's short text, and what it suggests for 5.x.x and 4.x.x."""

    text: str
    permanent: Reason
    temporary: Reason
    weight: Weight


def _row(
    text: str,
    permanent: Reason,
    weight: Weight = Weight.USUAL,
    temporary: Reason | None = None,
) -> Entry:
    return Entry(text, permanent, temporary or permanent, weight)


_V, _U, _P = Weight.VAGUE, Weight.USUAL, Weight.PRECISE

REGISTRY: dict[str, Entry] = {
    # X.0: says nothing; Postfix's bucket for every bare 5xx
    "0.0": _row("other undefined status", Reason.ONHOLD, _V, Reason.ONHOLD),
    # X.1: addresses. Sendmail writes 5.1.1 for any refusal of RCPT, so it is not precise.
    "1.0": _row("other address status", Reason.USERUNKNOWN, _V),
    "1.1": _row("bad destination mailbox address", Reason.USERUNKNOWN),
    "1.2": _row("bad destination system address", Reason.HOSTUNKNOWN),
    "1.3": _row("bad destination mailbox address syntax", Reason.USERUNKNOWN),
    "1.4": _row("destination mailbox address ambiguous", Reason.FILTERED),
    "1.5": _row("destination address valid", Reason.ONHOLD, _V),
    "1.6": _row("destination mailbox has moved, no forwarding address", Reason.HASMOVED, _P),
    "1.7": _row("bad sender's mailbox address syntax", Reason.REJECTED),
    "1.8": _row("bad sender's system address", Reason.REJECTED),
    "1.9": _row("message relayed to non-compliant mailer", Reason.SYSTEMERROR),
    "1.10": _row("recipient address has null MX", Reason.NOTACCEPT),
    # X.2: mailboxes. 5.2.1 is used for disabled, unknown and filtering mailboxes alike.
    "2.0": _row("other or undefined mailbox status", Reason.FILTERED, _V, Reason.ONHOLD),
    "2.1": _row("mailbox disabled, not accepting messages", Reason.FILTERED, _V, Reason.SUSPEND),
    "2.2": _row("mailbox full", Reason.MAILBOXFULL, _P),
    "2.3": _row("message length exceeds administrative limit", Reason.EXCEEDLIMIT, _P),
    "2.4": _row("mailing list expansion problem", Reason.FILTERED, _U, Reason.SYSTEMERROR),
    # X.3: the mail system
    "3.0": _row("other or undefined mail system status", Reason.SYSTEMERROR, _V),
    "3.1": _row("mail system full", Reason.SYSTEMFULL),
    "3.2": _row("system not accepting network messages", Reason.NOTACCEPT, _U, Reason.SYSTEMERROR),
    "3.3": _row("system not capable of selected features", Reason.SYSTEMERROR),
    "3.4": _row("message too big for system", Reason.MESGTOOBIG, _P),
    "3.5": _row("system incorrectly configured", Reason.SYSTEMERROR),
    "3.6": _row("requested priority was changed", Reason.ONHOLD, _V),
    # X.4: network and routing
    "4.0": _row("other or undefined network or routing status", Reason.NETWORKERROR, _V),
    "4.1": _row("no answer from host", Reason.EXPIRED),
    "4.2": _row("bad connection", Reason.EXPIRED),
    "4.3": _row("directory server failure", Reason.SYSTEMERROR),
    "4.4": _row("unable to route", Reason.HOSTUNKNOWN, _U, Reason.NETWORKERROR),
    "4.5": _row("mail system congestion", Reason.SYSTEMFULL, _V, Reason.TOOMANYCONN),
    "4.6": _row("routing loop detected", Reason.NETWORKERROR, _P),
    "4.7": _row("delivery time expired", Reason.EXPIRED),
    # X.5: the protocol. Outlook.com writes 5.5.0 for everything.
    "5.0": _row("other or undefined protocol status", Reason.SYSTEMERROR, _V),
    "5.1": _row("invalid command", Reason.SYNTAXERROR),
    "5.2": _row("syntax error", Reason.SYNTAXERROR),
    "5.3": _row("too many recipients", Reason.TOOMANYCONN),
    "5.4": _row("invalid command arguments", Reason.SYNTAXERROR),
    "5.5": _row("wrong protocol version", Reason.SYNTAXERROR),
    "5.6": _row("authentication exchange line is too long", Reason.SYNTAXERROR),
    # X.6: content
    "6.0": _row("other or undefined media error", Reason.CONTENTERROR),
    "6.1": _row("media not supported", Reason.CONTENTERROR),
    "6.2": _row("conversion required and prohibited", Reason.CONTENTERROR),
    "6.3": _row("conversion required but not supported", Reason.CONTENTERROR),
    "6.4": _row("conversion with loss performed", Reason.CONTENTERROR),
    "6.5": _row("conversion failed", Reason.CONTENTERROR),
    "6.6": _row("message content not available", Reason.CONTENTERROR),
    "6.7": _row("non-ASCII addresses not permitted", Reason.CONTENTERROR),
    "6.8": _row("UTF-8 string reply is required", Reason.CONTENTERROR),
    "6.9": _row("UTF-8 header message cannot be transferred", Reason.CONTENTERROR),
    "6.10": _row("duplicate of X.6.8, deprecated", Reason.CONTENTERROR),
    # X.7: security and policy. 5.7.0 and 5.7.1 mean whatever the site refuses mail for.
    "7.0": _row("other or undefined security status", Reason.SECURITYERROR, _V),
    "7.1": _row(
        "delivery not authorized, message refused", Reason.SECURITYERROR, _V, Reason.BLOCKED
    ),
    "7.2": _row("mailing list expansion prohibited", Reason.FILTERED),
    "7.3": _row("security conversion required but not possible", Reason.SECURITYERROR),
    "7.4": _row("security features not supported", Reason.SECURITYERROR),
    "7.5": _row("cryptographic failure", Reason.SECURITYERROR),
    "7.6": _row("cryptographic algorithm not supported", Reason.SECURITYERROR),
    "7.7": _row("message integrity failure", Reason.SECURITYERROR),
    "7.8": _row("authentication credentials invalid", Reason.SECURITYERROR),
    "7.9": _row("authentication mechanism is too weak", Reason.SECURITYERROR),
    "7.10": _row("encryption needed", Reason.FAILEDSTARTTLS),
    "7.11": _row("encryption required for mechanism", Reason.SECURITYERROR),
    "7.12": _row("a password transition is needed", Reason.SECURITYERROR),
    "7.13": _row("user account disabled", Reason.SUSPEND, _P),
    "7.14": _row("trust relationship required", Reason.SECURITYERROR),
    "7.15": _row("priority level is too low", Reason.SECURITYERROR),
    "7.16": _row("message is too big for the specified priority", Reason.MESGTOOBIG),
    "7.17": _row("mailbox owner has changed", Reason.HASMOVED, _P),
    "7.18": _row("domain owner has changed", Reason.HASMOVED, _P),
    "7.19": _row("RRVS test cannot be completed", Reason.SECURITYERROR),
    "7.20": _row("no passing DKIM signature found", Reason.AUTHFAILURE, _P),
    "7.21": _row("no acceptable DKIM signature found", Reason.AUTHFAILURE, _P),
    "7.22": _row("no valid author-matched DKIM signature", Reason.AUTHFAILURE, _P),
    "7.23": _row("SPF validation failed", Reason.AUTHFAILURE, _P),
    "7.24": _row("SPF validation error", Reason.AUTHFAILURE, _P),
    "7.25": _row("reverse DNS validation failed", Reason.REQUIREPTR, _P),
    "7.26": _row("multiple authentication checks failed", Reason.AUTHFAILURE, _P),
    "7.27": _row("sender address has null MX", Reason.REJECTED),
    "7.28": _row("mail flood detected", Reason.SPEEDING),
    "7.29": _row("ARC validation failure", Reason.AUTHFAILURE, _P),
    "7.30": _row("REQUIRETLS support required", Reason.FAILEDSTARTTLS, _P),
}

# Reply codes that suggest something by themselves (RFC 5321 4.2.3, 4954, 7504, 7505), all weak.
REPLIES: dict[str, Reason] = {
    "421": Reason.EXPIRED,
    "431": Reason.SYSTEMFULL,
    "432": Reason.EXPIRED,
    "441": Reason.EXPIRED,
    "442": Reason.NETWORKERROR,
    "446": Reason.NETWORKERROR,
    "447": Reason.EXPIRED,
    "452": Reason.SYSTEMFULL,
    "454": Reason.FAILEDSTARTTLS,
    "455": Reason.SYNTAXERROR,
    "500": Reason.SYNTAXERROR,
    "501": Reason.SYNTAXERROR,
    "502": Reason.SYNTAXERROR,
    "503": Reason.SYNTAXERROR,
    "504": Reason.SYNTAXERROR,
    "521": Reason.NOTACCEPT,
    "522": Reason.MAILBOXFULL,
    "523": Reason.EXCEEDLIMIT,
    "525": Reason.SUSPEND,
    "530": Reason.SECURITYERROR,
    "534": Reason.SECURITYERROR,
    "535": Reason.SECURITYERROR,
    "538": Reason.SECURITYERROR,
    "551": Reason.HASMOVED,
    "552": Reason.MAILBOXFULL,
    "555": Reason.SYNTAXERROR,
    "556": Reason.NOTACCEPT,
}


def look_up(status: str) -> tuple[Reason, Weight] | None:
    """What a status code alone suggests, or None where the registry does not have it."""
    entry = REGISTRY.get(status[2:])
    if entry is None:
        return None
    if status[0] == "4":
        return entry.temporary, entry.weight
    return (entry.permanent, entry.weight) if status[0] == "5" else None
