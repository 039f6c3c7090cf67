"""Refusals of us: our sender, our login, our host, or relaying at all, whoever the recipient is.

Owns which 5xx are such, and what a person does about them. Pure: must not hold a
line, and must not know what a route does then.
"""

import re

from parsers.codes.verdict import Verdict
from parsers.report import Basis, Reason
from store.words import Phase

__all__ = ["LOGIN_CODES", "advice", "is_of_us", "masked"]

LOGIN_CODES = frozenset({530, 534, 535, 538})
"""Another login, or TLS, is wanted first (RFC 4954 6, RFC 3207 4)."""

# RFC 1870 6.1, RFC 5321 4.1.1.11: the size or the parameters of this one message
_MESSAGE_CODES = frozenset({504, 552, 555})
_MESSAGE_STATUS = re.compile(r"5\.(?:2\.3|3\.4|5\.4|6\.[0-9]+)\Z")
_MESSAGE_REASONS = frozenset(
    {
        *(Reason.MESGTOOBIG, Reason.CONTENTERROR, Reason.NOTCOMPLIANTRFC),
        *(Reason.SPAMDETECTED, Reason.VIRUSDETECTED),
    }
)
_LOGIN = frozenset({Reason.SECURITYERROR, Reason.FAILEDSTARTTLS})
_HOST = frozenset({Reason.BLOCKED, Reason.BADREPUTATION, Reason.REQUIREPTR})
# Postfix says at RCPT what it knows since MAIL (smtpd_delay_reject)
_SAID_AT_RCPT = _HOST | {Reason.REJECTED, Reason.NORELAYING, Reason.FAILEDSTARTTLS}


def is_of_us(phase: Phase, code: int, status: str, verdict: Verdict) -> bool:
    """Whether a 5xx is about us. At MAIL it is, unless it names the message; no recipient is known.

    At RCPT only words that name our sender, host or login, or relaying, make it so.
    """
    if phase is Phase.MAIL:
        return not (
            code in _MESSAGE_CODES
            or _MESSAGE_STATUS.match(status)
            or verdict.reason in _MESSAGE_REASONS
        )
    if phase is not Phase.RCPT:
        return False
    if code in LOGIN_CODES:
        return True
    return verdict.basis is Basis.WORDS and verdict.reason in _SAID_AT_RCPT


def advice(reason: str, code: str, *, server: str, route: str, domain: str) -> str:
    """What the refusal is of, and what to do. domain: of our return path."""
    if reason == Reason.NORELAYING:
        return (
            f"{server} does not relay for us: have its owner allow this host or the login of "
            f"route {route}, or name in domains what that route is for"
        )
    if reason in _LOGIN or code in map(str, LOGIN_CODES):
        return (
            f"{server} wants another login or TLS: check username, password and security of "
            f"route {route}"
        )
    if reason in _HOST:
        return f"{server} takes no mail from this host: ask its owner what to change"
    return (
        f"{server} refuses our sender at {domain}: have its owner allow it, or check "
        f"identity.return_path and the login of route {route}"
    )


def masked(text: str, domain: str) -> str:
    """The same without our local parts: each letter has its own, and their trouble is one."""
    return re.sub(
        rf"[\w.+=-]{{1,64}}@{re.escape(domain)}", f"*@{domain}", text, flags=re.IGNORECASE
    )
