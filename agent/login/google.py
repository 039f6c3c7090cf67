"""Tokens of Google, by google-auth: a service account's for a mailbox, or a refresh token's.

Owns the two flows and the words for their errors. Must not keep tokens (tokens.py does).
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import google.auth.exceptions
import requests
from google.auth.transport.requests import Request
from google.oauth2 import credentials, service_account

from agent.login.tokens import TokenError

__all__ = ["MAIL", "REPORTS", "by_refresh_token", "by_service_account"]

MAIL = "https://mail.google.com/"
REPORTS = "https://www.googleapis.com/auth/admin.reports.audit.readonly"
"""What a token is for."""

_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - a place, no secret
# untyped in the library
_account: Any = service_account.Credentials
_person: Any = credentials.Credentials
_LIFE = timedelta(minutes=30)  # where the answer does not tell


def by_service_account(
    name: str, key: str, username: str, scope: str = MAIL
) -> tuple[str, datetime]:
    """A token in the name of username, and its end. key is the account's JSON.

    Raises TokenError. The account needs domain-wide delegation for the scope.
    """
    try:
        account = _account.from_service_account_info(
            json.loads(key), scopes=[scope], subject=username
        )
    except (ValueError, TypeError, LookupError):
        raise TokenError(
            f'login "{name}": the secret is not the JSON key of a service account: make one in the '
            "Google Cloud console, and name its file"
        ) from None
    return _refreshed(
        name, account, f"allow the account the scope {scope} by domain-wide delegation"
    )


def by_refresh_token(
    name: str, client_id: str, secret: str, refresh_token: str, *, token_uri: str = ""
) -> tuple[str, datetime]:
    """A token for whoever gave the refresh token, and its end. Raises TokenError."""
    person = _person(
        None,
        refresh_token=refresh_token,
        client_id=client_id,
        client_secret=secret,
        token_uri=token_uri or _TOKEN_URI,
    )
    return _refreshed(name, person, "get a new refresh token: the old one was withdrawn or ran out")


def _refreshed(name: str, holder: Any, todo: str) -> tuple[str, datetime]:
    try:
        with requests.Session() as session:
            holder.refresh(Request(session=session))
    except google.auth.exceptions.TransportError:
        raise TokenError(
            f'login "{name}": Google cannot be reached; the next try asks again'
        ) from None
    except google.auth.exceptions.GoogleAuthError as error:
        words = " ".join(str(error.args[0] if error.args else error).split())[:300]
        raise TokenError(f'login "{name}" got no token ({words}): {todo}') from None
    end = holder.expiry.replace(tzinfo=UTC) if holder.expiry else datetime.now(UTC) + _LIFE
    return str(holder.token), end
