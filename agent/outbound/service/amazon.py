"""Amazon SES: its API wants a library of its own, which signs each call; the calls are ours.

Owns that library's client: whose keys it takes, and that it reads nobody's files and
environment where the route names keys. Must not judge an answer.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests
from anymail.backends.amazon_ses import EmailBackend
from anymail.exceptions import AnymailRequestsAPIError
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from agent.outbound.routes import Relay

__all__ = ["BotoCoreError", "Call", "account", "backend"]

Call = Callable[..., requests.Response]

_NOWHERE = (None, None, os.devnull, None)
_NOT_THEIRS = {
    "profile": (None, None, None, None),
    "config_file": _NOWHERE,
    "credentials_file": _NOWHERE,
}


@dataclass(frozen=True, slots=True)
class _Whole:
    """A body that was read to its end, as botocore takes one."""

    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


def backend(relay: Relay, call: Call) -> EmailBackend:
    """What speaks the API, its client open; every request is made by call.

    call is requests.Session.request. Without a username the keys are looked for where
    Amazon's programs look. Raises BotoCoreError and ValueError for settings that are
    unusable; its own calls raise AnymailRequestsAPIError, as those of other services do.
    """
    settings = dict(relay.settings)
    session: dict[str, Any] = {"region_name": settings["region_name"]}
    if relay.username:
        session |= {
            "aws_access_key_id": relay.username,
            "aws_secret_access_key": relay.password,
            "botocore_session": Session(session_vars=_NOT_THEIRS),
        }
    seconds = relay.timeout.total_seconds()
    client: dict[str, Any] = {
        "config": {
            "retries": {"total_max_attempts": 1},  # when to try again the ledger decides
            "ignore_configured_endpoint_urls": True,
            "connect_timeout": seconds,
            "read_timeout": seconds,
        }
    }
    if "api_url" in settings:
        client["endpoint_url"] = settings["api_url"]
    made = EmailBackend(
        session_params=session,
        client_params=client,
        configuration_set_name=settings.get("configuration_set_name"),
    )
    made.open()

    def called(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        return _answer(call, request)

    made.client.meta.events.register("before-send.sesv2", called)
    return made


def account(opened: EmailBackend) -> str:
    """What may be sent, in words for people; "" where nothing is in the way."""
    found = opened.client.get_account()
    if not found.get("SendingEnabled", True):
        return "this account may not send now"
    if not found.get("ProductionAccessEnabled", True):
        return "this account is in the sandbox: it reaches verified addresses only"
    return ""


def _answer(call: Call, request: AWSPreparedRequest) -> AWSResponse:
    """The request made by us, within our bounds. Raises AnymailRequestsAPIError."""
    headers = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name.lower() != "user-agent"  # it tells of this machine, and is not signed
    }
    try:
        answer = call(request.method, request.url, headers=headers, data=request.body)
    except requests.RequestException as error:
        raise AnymailRequestsAPIError(type(error).__name__) from error
    if answer.status_code >= 300:
        raise AnymailRequestsAPIError(str(answer.status_code), response=answer)
    return AWSResponse(request.url, answer.status_code, answer.headers, _Whole(answer.content))
