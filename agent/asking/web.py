"""Questions to a provider's HTTPS interface: paced, patient, bounded in size and time.

Owns the retries, the waits that a server asks for, the renewal of a token and the words
for what is refused. Must not know what an answer means. No message here holds a token.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import requests

from agent.asking.connector import AskingError, MailboxError, Pace, Stopped
from agent.login.tokens import TokenError, TokenSource, renewed

__all__ = ["Answer", "NotThere", "Web"]

Answer: TypeAlias = Mapping[str, Any]

_TIMEOUT = (10, 60)  # seconds to connect, and for each piece of an answer
_WHOLE = 300.0  # seconds for all of an answer
_OCTETS = 16 << 20
_TRIES = 4
_PAGES = 100
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=5)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# Google's words for "too fast", which come with 403
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})


class NotThere(MailboxError):
    """There is no such mailbox, or it is not for us."""


@dataclass
class Web:
    """One provider's interface at one base address, asked with one login's tokens.

    todo: what to do where the permission is missing, as the end of a sentence.
    """

    name: str  # of the connector
    base: str  # "https://graph.microsoft.com/v1.0", without a slash at the end
    token: TokenSource = field(repr=False)
    pace: Pace
    todo: str
    ca_file: str = ""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def get(self, path: str, parameters: Mapping[str, str], stop: threading.Event) -> Answer:
        """One answer. Raises NotThere, MailboxError, AskingError, Stopped."""
        return self._ask(f"{self.base}{path}", parameters, stop)

    def pages(
        self,
        path: str,
        parameters: Mapping[str, str],
        stop: threading.Event,
        following: Callable[[Answer], tuple[str, Mapping[str, str]]],
    ) -> Iterator[Answer]:
        """All pages of an answer; following tells the next one's address, "" at the end.

        Raises as get() does, also where there are more pages than anybody needs.
        """
        where, asked = f"{self.base}{path}", parameters
        for _ in range(_PAGES):
            answer = self._ask(where, asked, stop)
            yield answer
            where, asked = following(answer)
            if not where:
                return
            self._stay(where)
        raise AskingError(
            f'asking "{self.name}": {self._host} gives more than {_PAGES} pages for one mailbox'
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.base).netloc

    def _stay(self, where: str) -> None:
        """The next page's address comes from an answer: it must not lead elsewhere."""
        mine, other = urlsplit(self.base), urlsplit(where)
        if (other.scheme, other.netloc) != (mine.scheme, mine.netloc):
            raise AskingError(
                f'asking "{self.name}": an answer of {mine.netloc} leads to another host; nothing '
                "is asked there"
            )

    def _ask(self, where: str, parameters: Mapping[str, str], stop: threading.Event) -> Answer:
        wait, is_renewed = _FIRST_WAIT, False
        for left in reversed(range(_TRIES)):
            self.pace.wait(stop)
            code, headers, body = self._once(where, parameters, is_renewed=is_renewed)
            if code == 200:
                return self._read(body)
            reason, words = _said(body)
            if code == 401 and not is_renewed:
                is_renewed = True
                continue
            asked = _retry_after(headers.get("Retry-After", ""), self.now())
            if code in {429, 500, 502, 503, 504} or (code == 403 and reason in _TOO_FAST):
                if left and stop.wait((wait if asked is None else asked).total_seconds()):
                    raise Stopped
                wait = min(wait * 2, _LONGEST_WAIT)
                continue
            raise self._refused(code, words)
        raise self._worn_out(code, words, asked)

    def _once(
        self, where: str, parameters: Mapping[str, str], *, is_renewed: bool
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            token = renewed(self.token) if is_renewed else self.token()
        except TokenError as error:
            raise AskingError(f'asking "{self.name}": {error}') from None
        try:
            with self._session.get(
                where,
                params=dict(parameters),
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=_TIMEOUT,
                verify=self.ca_file or True,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.headers, self._body(response)
        except requests.RequestException as error:
            raise AskingError(
                f'asking "{self.name}": {self._host} cannot be reached ({type(error).__name__}); '
                "the next try asks again"
            ) from None

    def _body(self, response: requests.Response) -> bytes:
        pieces, size, end = [], 0, self.now() + timedelta(seconds=_WHOLE)
        for piece in response.iter_content(65_536):
            size += len(piece)
            if size > _OCTETS or self.now() > end:
                raise AskingError(
                    f'asking "{self.name}": an answer of {self._host} is larger or slower than any '
                    "can be"
                )
            pieces.append(piece)
        return b"".join(pieces)

    def _read(self, body: bytes) -> Answer:
        answer = _json(body)
        if not isinstance(answer, dict):
            raise AskingError(f'asking "{self.name}": the answer of {self._host} makes no sense')
        return answer

    def _refused(self, code: int, words: str) -> AskingError:
        who = f'asking "{self.name}"'
        if code == 404:
            return NotThere(f"{who}: {self._host} knows no such mailbox ({words})")
        if code == 400:
            return MailboxError(f"{who}: {self._host} cannot answer for this mailbox ({words})")
        if code in {401, 403}:
            return AskingError(f"{who}: {self._host} does not let us ask ({words}): {self.todo}")
        return AskingError(f"{who}: {self._host} answered {code} ({words})")

    def _worn_out(self, code: int, words: str, asked: timedelta | None) -> AskingError:
        what = "is asked too often" if code in {403, 429} else "is out of order"
        return AskingError(
            f'asking "{self.name}": {self._host} {what} ({code}, {words}); the next try waits, and '
            "a smaller per_minute helps where this comes often",
            retry_after=asked,
        )


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """RFC 9110 10.2.3: seconds, or a date; held within what anybody would wait."""
    text = text.strip()
    if text.isdecimal() and len(text) < 10:
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta()), _LONGEST_WAIT)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(body: bytes) -> tuple[str, str]:
    """The error's reason, and its words on one line."""
    told = _json(body)
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return "", "no reason given"
    reason, listed = "", error.get("errors")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        reason = str(listed[0].get("reason", ""))[:100]
    words = f"{error.get('code', '')}: {error.get('message', '')}"
    return reason, " ".join(_CONTROL.sub(" ", words[:1000]).split())[:300]
