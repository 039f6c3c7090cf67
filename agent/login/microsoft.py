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

from agent.login.tokens import TokenError, TokenFile

__all__ = ["Application", "Person"]

_OF_APPLICATION = ["https://outlook.office365.com/.default"]
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
    """A TokenSource: the application's own permission (client credentials, RFC 6749 4.4)."""

    secret: str = field(default="", repr=False)

    def __call__(self) -> str:
        """A token, from the cache until shortly before it ends. Raises TokenError."""
        with self._lock:
            return self._token(
                self._with_cache(self._ask),
                "check client_id, tenant and the secret, which may have run out; the application "
                "needs IMAP.AccessAsApp (to send: SMTP.SendAsApp), an administrator's consent, "
                "and the mailbox's permission",
            )

    def _ask(self, cache: Any) -> Any:
        client = msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=self.secret,
            authority=self.authority,
            instance_discovery=False,
            token_cache=cache,
            http_client=_session(self.ca_file),
        )
        return client.acquire_token_for_client(scopes=_OF_APPLICATION)


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
