"""What SMTP replies mean for a delivery: pure reading of codes and texts.

Owns the classification by phase (RFC 5321 4.2 and 4.3) and the cleaning of a
server's words. Must not hold a connection.
"""

import re

from agent.outbound.unwelcome import LOGIN_CODES, is_of_us
from parsers.codes import weigh
from parsers.report import Severity
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = [
    "accepted",
    "blamed",
    "classified",
    "clean",
    "not_sent",
    "queue_id",
    "status_of",
    "unknown",
]

_TEXT_CHARACTERS = 2_000
_STATUS = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_QUEUE_ID = re.compile(
    r"(?:queued as|queued with id|queue[- ]?id[:=]?|\bid=|accepted as|message id[:=]?)\s*<?"
    r"([A-Za-z0-9][A-Za-z0-9._@+/=-]{3,150})",
    re.IGNORECASE,
)
_SENDMAIL_ID = re.compile(r"([A-Za-z0-9]{8,40}) Message accepted for delivery")
_SES_ID = re.compile(r"Ok ([0-9a-f]{16}-[0-9a-f-]{20,})", re.IGNORECASE)
_COMMANDS = {Phase.MAIL: "MAIL", Phase.RCPT: "RCPT", Phase.DATA: "DATA", Phase.FINAL: "DATA"}


def clean(text: bytes | str) -> str:
    """A server's words on one line, without control characters, bounded."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    words = " ".join(text[: 4 * _TEXT_CHARACTERS].split())
    if not words.isprintable():
        words = "".join(one if one.isprintable() else "\ufffd" for one in words)
    return words[:_TEXT_CHARACTERS]


def status_of(text: str) -> str:
    """The enhanced status code (RFC 3463) at the beginning of a reply's text, or ""."""
    found = _STATUS.match(text)
    return found[1] if found else ""


def queue_id(text: str) -> str:
    """The id under which the server took the mail, where its words show one, or ""."""
    for pattern in (_QUEUE_ID, _SENDMAIL_ID, _SES_ID):
        found = pattern.search(text)
        if found:
            return found[1].rstrip(".>")
    return ""


def classified(phase: Phase, code: int, text: bytes | str, *, dsn_offered: bool) -> AttemptResult:
    """The result that a negative or senseless reply in a phase means.

    What makes no sense (no code, or a positive one where it cannot be) is
    temporary before the final dot. After it, it is ambiguous. A refusal of us is
    marked as such (agent.outbound.unwelcome): what becomes of it is not known here.
    """
    words = clean(text)
    if 400 <= code <= 499:
        outcome = Outcome.DEFERRED
    elif 500 <= code <= 599:
        outcome = Outcome.REJECTED
    elif phase is Phase.FINAL:
        outcome = Outcome.AMBIGUOUS
    else:
        outcome = Outcome.DEFERRED
    if phase in {Phase.CONNECT, Phase.TLS, Phase.AUTH}:
        outcome = Outcome.UNREACHED
    elif phase is Phase.MAIL and code in LOGIN_CODES:
        outcome, phase = Outcome.UNREACHED, Phase.AUTH
    if outcome in {Outcome.AMBIGUOUS, Outcome.DEFERRED} and not 400 <= code <= 499:
        words = clean(f"the server's reply makes no sense here: {words}")
    result = AttemptResult(
        outcome=outcome,
        phase=phase,
        reply_code=str(code) if code > 0 else "",
        status=status_of(words),
        reply_text=words,
        dsn_offered=dsn_offered,
    )
    if outcome is Outcome.UNREACHED and phase is Phase.AUTH:
        return result._replace(of_us=True)
    return blamed(result) if outcome is Outcome.REJECTED else result


def blamed(result: AttemptResult) -> AttemptResult:
    """The same refusal with its reason and severity, as a report of it would have them."""
    phase = result.phase
    verdict = weigh(
        result.reply_text,
        status=result.status,
        reply_code=result.reply_code,
        command=_COMMANDS.get(phase, "") if phase else "",
    )
    # what is said to MAIL is never about the address
    severity = Severity.SOFT if phase is Phase.MAIL else verdict.severity
    of_us = phase is not None and is_of_us(
        phase, int(result.reply_code or 0), result.status, verdict
    )
    return result._replace(reason=verdict.reason.value, severity=severity.value, of_us=of_us)


def accepted(code: int, text: bytes | str, *, dsn_offered: bool) -> AttemptResult:
    """The result that a positive reply to a whole message means."""
    words = clean(text)
    return AttemptResult(
        outcome=Outcome.ACCEPTED,
        phase=Phase.FINAL,
        reply_code=str(code),
        status=status_of(words),
        reply_text=words,
        remote_queue_id=queue_id(words),
        dsn_offered=dsn_offered,
    )


def not_sent(phase: Phase, why: str, *, dsn_offered: bool) -> AttemptResult:
    """The line was lost before the end of the message had left."""
    return AttemptResult(
        outcome=Outcome.DEFERRED,
        phase=phase,
        reply_text=clean(f"{why}; nothing was sent"),
        dsn_offered=dsn_offered,
    )


def unknown(why: str, *, dsn_offered: bool) -> AttemptResult:
    """The end of the message may have left, and no sense came back."""
    return AttemptResult(
        outcome=Outcome.AMBIGUOUS,
        phase=Phase.FINAL,
        reply_text=clean(f"{why}; the whole message had been sent, so it may have been taken"),
        dsn_offered=dsn_offered,
    )
