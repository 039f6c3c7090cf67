"""A mail service as a way out: called as a Connection is, one HTTP request for each letter.

Owns the calls and their bounds in time and size. Must not retry, choose a route or
know the ledger's rows. Django is set up here with nothing but its defaults: no project,
no settings of anybody's environment.
"""

import time
import warnings
from importlib import import_module
from typing import Any
from urllib.parse import urljoin

import requests
from anymail.exceptions import AnymailConfigurationError, AnymailNotSupportedWarning
from django.conf import settings
from django.core.mail import EmailMessage

from agent.outbound.onebyone import OneByOne
from agent.outbound.replies import clean
from agent.outbound.routes import Relay
from agent.outbound.service.catalogue import SERVICES
from agent.outbound.service.message import for_service
from agent.outbound.service.outcome import (
    failed,
    refused_call,
    refused_here,
    taken,
    unreached,
)
from agent.outbound.smtp.envelope import Letter, unfit
from agent.outbound.smtp.opening import Capabilities, Unreachable
from store.outbox import AttemptResult

__all__ = ["Api"]

_ANSWER_BYTES = 1 << 20
# what a service cannot do its library says, message by message
_OFFERED = Capabilities(eight_bit=True, smtputf8=True)

if not settings.configured:
    settings.configure(USE_TZ=True, USE_I18N=False)
# that it is not maintained for SendGrid stands in our documentation
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)


class _Session(requests.Session):
    """Requests that end by until (time.monotonic()), with answers of a bounded size."""

    until: float = 0.0
    asked = False  # whether a request has been begun

    def request(  # type: ignore[override]  # only ever called by django-anymail
        self, method: str, url: str, **given: Any
    ) -> requests.Response:
        self.asked = True
        left = max(0.001, self.until - time.monotonic())
        given |= {"stream": True, "allow_redirects": False, "timeout": left}
        # neither REQUESTS_CA_BUNDLE nor a .netrc may come before what the route says
        given |= {"verify": self.verify, "auth": given.get("auth") or _as_it_is}
        response = super().request(method, url, **given)
        body = bytearray()
        with response:
            for chunk in response.iter_content(16_384):
                body += chunk
                if len(body) > _ANSWER_BYTES or time.monotonic() > self.until:
                    raise requests.exceptions.ReadTimeout("the answer does not end")
        response._content = bytes(body)  # noqa: SLF001 - where requests itself keeps it
        return response


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class Api(OneByOne):
    """A route's service. Reports cannot be asked for, whatever notify says.

    Not for several threads.
    """

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.sent = 0
        self.opened_at = time.monotonic()
        self._service = SERVICES[relay.service]
        self._session: _Session | None = None
        self._amazon: Any = None  # its client costs a tenth of a second, so it is kept

    def close(self) -> None:
        """Gives the connections back."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
        self._amazon = None
        self.sent, self.opened_at = 0, time.monotonic()

    def check(self) -> tuple[str, bool]:
        """Where the API answers, and whether it is known to take the key. Raises Unreachable."""
        backend = self._backend()
        if isinstance(backend, AttemptResult):
            raise Unreachable(backend)
        session = self._open(self.relay.timeout.total_seconds())
        if self._service.library:
            return self._account(backend)
        url, given = str(backend.api_url), {}
        if self._service.about_key:
            # a message that is never sent shows how this service wants its key
            empty = EmailMessage("", "", "nobody@example.org", ["nobody@example.org"])
            asked = backend.build_message_payload(empty, {}).get_request_params(url)
            given = {"headers": asked["headers"], "auth": asked["auth"]}
        try:
            answer = session.request("GET", urljoin(url, self._service.about_key), **given)
        except requests.RequestException as error:
            why = f"{url} cannot be reached ({type(error).__name__})"
            raise Unreachable(unreached(self.relay, f"{why}; check the network")) from None
        if given and answer.status_code in {401, 403}:
            raise Unreachable(refused_call(self.relay, answer))
        return url, bool(given) and answer.status_code == 200

    def _account(self, backend: Any) -> tuple[str, bool]:
        """The same as check() where a library of the service's own makes the calls."""
        from agent.outbound.service.amazon import account  # noqa: PLC0415 - as in _backend()

        url = backend.client.meta.endpoint_url
        try:
            trouble = account(backend)
        except Exception as error:  # noqa: BLE001 - whatever there is to say about an answer
            result = failed(
                self.relay, error, None, asked=bool(self._session and self._session.asked)
            )
            if "AccessDenied" in result.reply_text:
                return url, False  # a key that may send need not be one that may ask
            raise Unreachable(result) from None
        if trouble:
            raise Unreachable(unreached(self.relay, f"{self._service.title}: {trouble}"))
        return url, True

    def _carry(self, letter: Letter, until: float | None) -> AttemptResult:
        backend = self._backend()
        if isinstance(backend, AttemptResult):
            return backend
        unfitting = unfit(letter, _OFFERED, self._service.title)
        if unfitting is not None:
            return unfitting
        try:
            message = for_service(letter, self._service, with_return_path=self.relay.return_path)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is this message's own
            return refused_here(self.relay, clean(str(error)) or type(error).__name__)
        seconds = self.relay.timeout.total_seconds()
        if until is not None:
            seconds = min(seconds, max(0.001, until - time.monotonic()))
        backend.session = session = self._open(seconds)
        self.sent += 1
        try:
            backend.send_messages([message])
        except Exception as error:  # noqa: BLE001 - whatever an answer does to its reader, others go on
            return failed(self.relay, error, message, asked=session.asked)
        return taken(self.relay, message)

    def _backend(self) -> Any:
        """What speaks this service's API, or the result of not having it."""
        if self._service.library:
            return self._own_library()
        options = dict(self.relay.settings)
        options[self._service.secret] = self.relay.password
        module = import_module(f"anymail.backends.{self.relay.service}")
        try:
            return module.EmailBackend(**options)
        except AnymailConfigurationError as error:
            return unreached(self.relay, clean(str(error)))

    def _own_library(self) -> Any:
        """Amazon's, the only one."""
        from agent.outbound.service import amazon  # noqa: PLC0415 - large, and an extra

        if self._amazon is None:
            try:
                self._amazon = amazon.backend(self.relay, self._call)
            except (amazon.BotoCoreError, ValueError) as error:
                return unreached(self.relay, f"{clean(str(error))}; check settings")
        return self._amazon

    def _call(self, *words: Any, **given: Any) -> requests.Response:
        assert self._session is not None  # noqa: S101 - _open() comes before every call
        return self._session.request(*words, **given)

    def _open(self, seconds: float) -> _Session:
        if self._session is None:
            self._session = _Session()
            self._session.headers["User-Agent"] = "landed"
            if self.relay.ca_file:
                self._session.verify = self.relay.ca_file
        self._session.asked = False
        self._session.until = time.monotonic() + seconds
        return self._session
