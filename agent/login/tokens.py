"""Access tokens: what gives one, how they are kept, and what is told when none comes.

Owns the file in which tokens lie, readable by its owner only. Must not know a provider.
No message here ever holds a token.
"""

import contextlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["Kept", "TokenError", "TokenFile", "TokenSource", "renewed"]

TokenSource = Callable[[], str]
"""Gives an access token that is good for some minutes at least. Raises TokenError."""

_MARGIN = timedelta(minutes=5)  # a token that ends sooner is renewed first
_LIMIT = 1_000_000


def renewed(source: TokenSource) -> str:
    """A token that was not handed out before, where the source can. Raises TokenError."""
    renew = getattr(source, "renew", source)
    return str(renew())


class TokenError(Exception):
    """No token can be had; the text says of which login, what happened and what to do."""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """One file of the owner's alone."""

    path: Path

    def read(self) -> str:
        """What it holds; "" where it is not there. Raises TokenError for one that others read."""
        try:
            with self.path.open(encoding="utf-8") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise TokenError(
                        f"{self.path} can be read by others: make it yours with chmod 600, and "
                        "withdraw its tokens at the provider if they were seen"
                    )
                return file.read(_LIMIT)
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError(f"the tokens in {self.path} cannot be read ({error})") from None

    def write(self, text: str) -> None:
        """All of text or nothing, with mode 0600. Raises TokenError."""
        passing = self.path.with_name(f".{self.path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            handle = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
                file.write(text)
            passing.replace(self.path)
        except OSError as error:
            raise TokenError(
                f"the tokens cannot be kept in {self.path} ({error.strerror}): its folder must be "
                "writable"
            ) from None
        finally:
            passing.unlink(missing_ok=True)


@dataclass
class Kept:
    """A TokenSource over one that fetches: its token is kept until shortly before it ends.

    fetch gives a token and its end (aware UTC), or raises TokenError. use tells apart
    whose token it is where one file serves several mailboxes. Safe for several threads.
    """

    file: TokenFile
    use: str
    fetch: Callable[[], tuple[str, datetime]]
    now: Callable[[], datetime]
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __call__(self) -> str:
        """A token with some minutes left. Raises TokenError."""
        with self._lock:
            kept = self._kept()
            token, end = self._read(kept)
            if token and end - self.now() > _MARGIN:
                return token
            return self._fetched(kept)

    def renew(self) -> str:
        """A new token, whatever is kept: the server no longer takes that. Raises TokenError."""
        with self._lock:
            return self._fetched(self._kept())

    def _fetched(self, kept: dict[str, dict[str, str]]) -> str:
        token, end = self.fetch()
        # one login may serve very many mailboxes: what has ended is not kept
        alive = {use: one for use, one in kept.items() if self._ends(one) > self.now()}
        alive[self.use] = {"token": token, "end": end.isoformat()}
        self.file.write(json.dumps(alive))
        return token

    def _ends(self, one: dict[str, str]) -> datetime:
        try:
            return datetime.fromisoformat(one["end"])
        except (LookupError, TypeError, ValueError):
            return self.now()

    def _kept(self) -> dict[str, dict[str, str]]:
        with contextlib.suppress(ValueError):
            kept = json.loads(self.file.read())
            if isinstance(kept, dict):
                return kept
        return {}

    def _read(self, kept: dict[str, dict[str, str]]) -> tuple[str, datetime]:
        one = kept.get(self.use)
        token = one.get("token") if isinstance(one, dict) else None
        return (token, self._ends(one)) if one and isinstance(token, str) else ("", self.now())
