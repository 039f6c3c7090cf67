"""What every request to the API needs: whose it is, the door, and the ledger for reading.

Owns checking a token and its scopes. Must not log a token, and knows none: only their hashes.
"""

import logging
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from agent.ingress.credentials import CredentialsError, Token, Tokens
from agent.ingress.door import Door
from agent.log import event
from store.reading import Reader

__all__ = ["Office", "Opened", "Pulse", "office_of", "token_of"]

_log = logging.getLogger("landed.ingress")

Opened = Callable[[], Reader]
Pulse = Callable[[], object]


class Office:
    """What every request needs; one for an application."""

    def __init__(self, door: Door, opened: Opened, tokens: Tokens, pulse: Pulse) -> None:
        self.door, self.opened, self.tokens, self.pulse = door, opened, tokens, pulse

    def token(self, scopes: SecurityScopes, given: HTTPAuthorizationCredentials | None) -> Token:
        """Whose request it is. Raises HTTPException for who may not."""
        try:
            found = self.tokens.find(given.credentials) if given else None
        except CredentialsError as error:
            event(_log, logging.ERROR, "tokens-unusable", why=error)
            raise HTTPException(503, "tokens cannot be checked now", {"Retry-After": "5"}) from None
        if found is None:
            raise HTTPException(
                401, "a known bearer token is needed", {"WWW-Authenticate": "Bearer"}
            )
        missing = set(scopes.scopes) - found.scopes
        if missing:
            needed = " ".join(sorted(missing))
            raise HTTPException(
                403,
                f"this token has not the scope {needed}",
                {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
            )
        return found

    def read(self, question: Callable[[Reader], Any]) -> Any:
        """A question to the ledger."""
        with self.opened() as reader:
            return question(reader)


_bearer = HTTPBearer(auto_error=False, description='Made by "landed token add".')


def token_of(
    request: Request,
    scopes: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Token:
    """Whose request it is. Raises HTTPException for who may not, or asks what is not there."""
    try:
        found: Token = request.app.state.office.token(scopes, given)
    except HTTPException as error:
        if error.status_code == 401 and given is not None:
            client = request.client.host if request.client else ""
            event(_log, logging.WARNING, "token-refused", way="http", client=client)
        raise
    _check_query(request)
    return found


def _check_query(request: Request) -> None:
    """A misspelt "to" or "domain" that was passed over would reach, or show, too many."""
    known = sorted(one.alias for one in request.scope["route"].dependant.query_params)
    for name in request.query_params:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "there is none"
            raise HTTPException(422, f'the query has no "{name[:60]}" here: {there}')


def office_of(request: Request) -> Office:
    """The one of the application that is asked."""
    found: Office = request.app.state.office
    return found
