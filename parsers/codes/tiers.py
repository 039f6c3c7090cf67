"""Which reason speaks when a text holds words of several, equally strong.

Owns the precedence between reasons, as data. Must not hold phrases.
"""

from parsers.report import Reason

__all__ = ["RANK", "TIERS"]

TIERS: tuple[tuple[Reason, ...], ...] = (
    # Said of one mailbox, with words nobody uses for anything else.
    (Reason.MAILBOXFULL, Reason.EXCEEDLIMIT, Reason.SUSPEND, Reason.HASMOVED),
    # The site named which check failed, often inside "blocked", "rejected" or "spam".
    (Reason.AUTHFAILURE, Reason.REQUIREPTR, Reason.NOTCOMPLIANTRFC),
    (Reason.VIRUSDETECTED,),
    (Reason.TOOMANYCONN, Reason.SPEEDING, Reason.BADREPUTATION),
    # "blocked ... see spamhaus" goes before spam, "sender rejected" after the lists.
    (Reason.BLOCKED,),
    (Reason.SPAMDETECTED,),
    (Reason.NORELAYING,),
    (Reason.MESGTOOBIG,),
    (Reason.NOTACCEPT,),
    (Reason.REJECTED,),
    (Reason.FAILEDSTARTTLS, Reason.SUPPRESSED),
    (Reason.CONTENTERROR,),
    (Reason.POLICYVIOLATION,),
    (Reason.MAILERERROR, Reason.SYSTEMFULL),
    # A name error quoted with a network error is the network's.
    (Reason.NETWORKERROR, Reason.HOSTUNKNOWN),
    (Reason.USERUNKNOWN, Reason.FILTERED),
    (Reason.SYSTEMERROR,),
    (Reason.SECURITYERROR,),
    (Reason.SYNTAXERROR,),
    # Every last error ends with "giving up": only where nothing else was said.
    (Reason.EXPIRED,),
    (Reason.ONHOLD, Reason.UNDEFINED, Reason.DELIVERED, Reason.FEEDBACK, Reason.VACATION),
)

RANK: dict[Reason, int] = {
    reason: rank for rank, reason in enumerate(reason for tier in TIERS for reason in tier)
}
