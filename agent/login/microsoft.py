"""Tokens of Microsoft 365, by msal: an application's own, or a person's who signed in once.

Owns the two flows and the words for their errors. Must not know mailboxes. Scopes and
the mail protocols that take them: learn.microsoft.com, "Authenticate an IMAP, POP or
SMTP connection using OAuth".
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msal
import requests

from agent.login.certificate import Certificate
from agent.login.tokens import TokenError, TokenFile

__all__ = ["GRAPH", "MAIL", "Application", "Person"]

MAIL = "https://outlook.office365.com/.default"
GRAPH = "https://graph.microsoft.com/.default"
"""What an application's token is for; which of its permissions count is the tenant's affair."""

_OF_PERSON = [
    "https://outlook.office.com/IMAP.AccessAsUser.All",
    "https://outlook.office.com/SMTP.Send",
]
_TIMEOUT = 30  # seconds for any answer


def _session(ca_file: str) -> requests.Session:
    """Bounded in time; and ca_file counts, whatever REQUESTS_CA_BUNDLE says."""
    session = requests.Session()
    ask = partial(session.request, timeout=_TIMEOUT)
    session.request = partial(ask, verify=ca_file) if ca_file else ask  # type: ignore[method-assign]
    return session


@dataclass
class _Client:
    """What both flows share. ca_file: certificates to trust; empty: the system's."""

    name: str
    authority: str  # https://login.microsoftonline.com/TENANT
    client_id: str
    file: TokenFile
    ca_file: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def _with_cache(self, work: Callable[[Any], Mapping[str, Any] | None]) -> Mapping[str, Any]:
        """Work with msal's cache as the file has it, which is written back where it changed."""
        cache = msal.SerializableTokenCache()
        text = self.file.read()
        try:
            if text:
                cache.deserialize(text)
            answer = work(cache)
        except requests.RequestException as error:
            raise TokenError(
                f'login "{self.name}": {self.authority} cannot be reached '
                f"({type(error).__name__}); the next try asks again"
            ) from None
        except ValueError as error:  # msal's word for a wrong authority, and json's
            raise TokenError(f'login "{self.name}": {" ".join(str(error).split())[:300]}') from None
        if cache.has_state_changed:
            self.file.write(cache.serialize())
        return answer or {}

    def _token(self, answer: Mapping[str, Any], todo: str) -> str:
        token = answer.get("access_token")
        if isinstance(token, str) and token:
            return token
        said = answer.get("error_description") or answer.get("error") or "no account is known"
        words = " ".join(str(said).split())[:300]
        raise TokenError(f'login "{self.name}" got no token ({words}): {todo}')


@dataclass
class Application(_Client):
    """A TokenSource: the application's own permission (client credentials, RFC 6749 4.4).

    It proves itself by secret or, where that is given, by certificate (RFC 7523).
    """

    secret: str = field(default="", repr=False)
    certificate: Certificate | None = field(default=None, repr=False)
    scope: str = MAIL

    def __call__(self) -> str:
        """A token, from the cache until shortly before it ends. Raises TokenError."""
        return self._asked(is_anew=False)

    def renew(self) -> str:
        """A new token, whatever is kept: the server no longer takes that. Raises TokenError."""
        return self._asked(is_anew=True)

    def _asked(self, *, is_anew: bool) -> str:
        with self._lock:
            answer = self._with_cache(partial(self._ask, is_anew=is_anew))
            return self._token(answer, self._todo)

    @property
    def _todo(self) -> str:
        proof = "the secret" if self.certificate is None else "the certificate"
        needs = (
            "IMAP.AccessAsApp (for routes SMTP.SendAsApp), an administrator's consent, and the "
            "mailbox's permission"
            if self.scope == MAIL
            else "the permissions that docs/asking.md names, with an administrator's consent"
        )
        return (
            f"check client_id, tenant and {proof}, which may have run out; the application needs "
            f"{needs}"
        )

    def _ask(self, cache: Any, *, is_anew: bool) -> Any:
        client = msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=self._credential(),
            authority=self.authority,
            instance_discovery=False,
            token_cache=cache,
            http_client=_session(self.ca_file),
        )
        if is_anew:
            client.remove_tokens_for_client()
        return client.acquire_token_for_client(scopes=[self.scope])

    def _credential(self) -> str | dict[str, str]:
        if self.certificate is None:
            return self.secret
        # without a thumbprint msal takes that of SHA-256, and sends the certificate along (x5c)
        return {"private_key": self.certificate.key, "public_certificate": self.certificate.shown}


@dataclass
class Person(_Client):
    """A TokenSource: what a person allowed when they signed in (device code, RFC 8628)."""

    def __call__(self) -> str:
        """A token, renewed without the person while their permission lasts. Raises TokenError."""
        with self._lock:
            return self._token(
                self._with_cache(self._ask_silently), f'run "landed login {self.name}" and sign in'
            )

    def sign_in(self, show: Callable[[str], None]) -> str:
        """Have a person sign in; show gets what to tell them. Who it was. Raises TokenError."""

        def ask(cache: Any) -> Any:
            client = self._client(cache)
            flow = client.initiate_device_flow(scopes=_OF_PERSON)
            if "message" not in flow:
                return flow
            show(str(flow["message"]))
            return client.acquire_token_by_device_flow(flow)

        with self._lock:
            answer = self._with_cache(ask)
            self._token(answer, "sign in again, with the account of the mailbox")
        claims = answer.get("id_token_claims")
        return str(claims.get("preferred_username", "")) if isinstance(claims, dict) else ""

    def _ask_silently(self, cache: Any) -> Any:
        client = self._client(cache)
        accounts = client.get_accounts()
        if not accounts:
            return None
        return client.acquire_token_silent_with_error(_OF_PERSON, account=accounts[0])

    def _client(self, cache: Any) -> Any:
        return msal.PublicClientApplication(
            self.client_id,
            authority=self.authority,
            instance_discovery=False,
            token_cache=cache,
            http_client=_session(self.ca_file),
        )
