"""What a service's answer to a call means for a delivery.

Owns that reading, and errors that people can act on. Must not call anybody. A request
of which nothing has left was not heard; one that left without an answer is ambiguous;
a refusal of the call is nobody's fault at the other end, unless it says so.
"""

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

import requests
from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from urllib3.exceptions import MaxRetryError

from agent.outbound.replies import clean
from agent.outbound.routes import Relay
from agent.outbound.service.catalogue import SERVICES
from store.outbox import AttemptResult
from store.words import Outcome, Phase

__all__ = ["failed", "refused_call", "refused_here", "taken", "unreached"]

_WORDS = 600  # characters of an answer
_LOGIN = frozenset({401, 402, 403})  # the key, the account, or what it may send
# what Amazon says with 400, and means the account by
_ACCOUNT = frozenset(
    {
        *("AccountSuspendedException", "SendingPausedException", "LimitExceededException"),
        "MailFromDomainNotVerifiedException",
    }
)
_UNVERIFIED = "not verified"  # an account that is still tried out reaches nobody else
_ROUTE = frozenset({404, 405, 406, 408, 410, 425, 429, 451, 501, 503, 505, 507})
# how the services say that it is the recipient whom they do not take
_ABOUT_RECIPIENT = re.compile(
    r"""['"`]to['"`]|\bto\[\d+\]|personalizations\.\d+\.to\b|\bnot valid in to\b""", re.IGNORECASE
)


def taken(relay: Relay, message: Any) -> AttemptResult:
    """The result of a call that the service answered without complaint."""
    status = message.anymail_status
    title = SERVICES[relay.service].title
    found = list(status.recipients.values())
    one = found[0] if len(found) == 1 else None
    code = _status(status.esp_response)
    number = "" if one is None or one.message_id is None else str(one.message_id)
    word = "unknown" if one is None or one.status is None else one.status
    told = f"{title} says {word}" + (f" as {number}" if number else "")
    if word in {"sent", "queued"} or (word == "unknown" and number):
        return _result(relay, Outcome.ACCEPTED, Phase.FINAL, told, code=code, queue_id=number)
    if word in {"rejected", "invalid"}:
        return _of_recipient(relay, word, told, code)
    if word == "failed" or (code and not code.startswith("2")):
        return refused_call(relay, status.esp_response, message.to)
    return _result(relay, Outcome.AMBIGUOUS, Phase.FINAL, f"{told}, and no more", code=code)


def _status(response: Any) -> str:
    """The HTTP status; Amazon's library gives a dict instead of a response."""
    if isinstance(response, dict):
        return str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    return str(getattr(response, "status_code", "") or "")


def _of_recipient(relay: Relay, word: str, told: str, code: str) -> AttemptResult:
    """The service will not write to this address; what it knows of it, we do not."""
    title = SERVICES[relay.service].title
    if word == "rejected":
        why = f"{told}: the address is on {title}'s own suppression list"
        return _result(relay, Outcome.REJECTED, Phase.RCPT, why, code=code, reason="suppressed")
    return _result(relay, Outcome.REJECTED, Phase.RCPT, f"{told}: no valid address", code=code)


def failed(relay: Relay, error: Exception, message: Any, *, asked: bool) -> AttemptResult:
    """The result of a call that ended in an error. asked: a request was begun.

    message: None for a call that was about none.
    """
    if isinstance(error, AnymailRecipientsRefused):
        return taken(relay, message)
    if not asked:
        return _not_asked(relay, error)
    if isinstance(error, AnymailRequestsAPIError):
        if error.response is None:
            return _unanswered(relay, error)
        if _words(error).startswith("Invalid Mailgun API endpoint"):
            return unreached(relay, "there is no API of Mailgun at api_url: correct it")
        return refused_call(relay, error.response, message.to if message else ())
    why = f"the answer of {SERVICES[relay.service].title} cannot be read ({type(error).__name__})"
    return _result(relay, Outcome.AMBIGUOUS, Phase.FINAL, f"{why}; it may have been taken")


def _not_asked(relay: Relay, error: Exception) -> AttemptResult:
    """Nothing has left: the route's keys are wrong, or the message is none for this service."""
    told = isinstance(error, AnymailError) and not isinstance(error, ValueError | TypeError)
    if told or isinstance(error, AnymailConfigurationError):
        return unreached(relay, f"{_words(error)}; check the keys of this route")
    return refused_here(relay, _words(error) or type(error).__name__)


def refused_here(relay: Relay, why: str) -> AttemptResult:
    """No call was made: this message cannot be carried by this service."""
    title = SERVICES[relay.service].title
    return _result(relay, Outcome.REJECTED, Phase.DATA, f"{title} cannot carry it: {why}")


def unreached(relay: Relay, why: str, phase: Phase = Phase.CONNECT) -> AttemptResult:
    """No message could be handed over, and none could now."""
    return _result(relay, Outcome.UNREACHED, phase, why)


def _unanswered(relay: Relay, error: AnymailRequestsAPIError) -> AttemptResult:
    cause = error.__cause__
    title = SERVICES[relay.service].title
    told = cause.args[0] if cause is not None and cause.args else cause
    if isinstance(told, MaxRetryError):  # the line itself could not be had
        kind = type(told.reason).__name__ if told.reason is not None else "no connection"
        phase = Phase.TLS if "SSL" in kind else Phase.CONNECT
        why = f"{title} cannot be reached ({kind}); check the network, and api_url if it is set"
        return unreached(relay, why, phase)
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return unreached(relay, f"{title} cannot be reached within the time for an answer")
    if isinstance(cause, ValueError):  # requests' own kinds for a wrong URL, header or proxy
        return unreached(relay, f"{title} cannot be called ({type(cause).__name__}); check api_url")
    kind = type(cause).__name__
    why = f"{title} gave no answer ({kind}); the whole message had been sent, so it may be taken"
    return _result(relay, Outcome.AMBIGUOUS, Phase.FINAL, why)


def refused_call(
    relay: Relay, response: requests.Response, to: Sequence[str] = ()
) -> AttemptResult:
    """What a status other than success means, and what stands in the body."""
    code, said = response.status_code, _said(response)
    kind = clean(response.headers.get("x-amzn-errortype", "").partition(":")[0])[:100]
    said = f"{kind}: {said}" if kind else said
    title = SERVICES[relay.service].title
    told = f"{title} says {code}: {said}" if said else f"{title} says {code}"
    if code in _LOGIN:
        return _result(
            relay,
            Outcome.UNREACHED,
            Phase.AUTH,
            f"{told}; check password, and what this account may send",
            code=str(code),
        )
    if code in _ROUTE or 300 <= code <= 399 or kind in _ACCOUNT:
        return _result(relay, Outcome.UNREACHED, Phase.CONNECT, told, code=str(code))
    if code == 413:
        return _result(
            relay, Outcome.REJECTED, Phase.DATA, told, code=str(code), reason="mesgtoobig"
        )
    if 400 <= code <= 499:
        told_of_it = _ABOUT_RECIPIENT.search(said) or _names(said, to)
        if told_of_it and not (kind and _UNVERIFIED in said):
            return _result(relay, Outcome.REJECTED, Phase.RCPT, told, code=str(code))
        # the account, the sender or our call: the same will do once it is put right
        return _result(relay, Outcome.DEFERRED, Phase.DATA, told, code=str(code))
    why = f"{told}; whether it took the message is not known"
    return _result(relay, Outcome.AMBIGUOUS, Phase.FINAL, why, code=str(code))


def _names(said: str, to: Sequence[str]) -> bool:
    addresses = [one.rpartition("<")[2].rstrip(">").casefold() for one in to]
    return any(one in said.casefold() for one in addresses)


def _said(response: requests.Response) -> str:
    """The body on one line, as JSON without its spaces where it is JSON."""
    text = response.text[: 10 * _WORDS]
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return clean(text)[:_WORDS]


def _words(error: Exception) -> str:
    """What it says itself, without the request that it holds."""
    return clean(" ".join(str(one) for one in error.args))[:_WORDS]


def _result(
    relay: Relay,
    outcome: Outcome,
    phase: Phase,
    why: str,
    *,
    code: str = "",
    queue_id: str = "",
    reason: str = "",
) -> AttemptResult:
    text = clean(f"route {relay.name}: {why}")
    for secret in (relay.password, relay.username):
        # a service may repeat what it was called with
        text = text.replace(secret, "***") if len(secret) > 3 else text
    return AttemptResult(
        outcome=outcome,
        phase=phase,
        reply_code=code,
        reply_text=text,
        remote_queue_id=queue_id,
        reason=reason,
        severity="soft" if reason else "",
    )
