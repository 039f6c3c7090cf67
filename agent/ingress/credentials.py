"""Who may hand notices in: files of salted or plain hashes, never of secrets.

Owns both kinds of file: users with scrypt hashes of passwords (RFC 7914) for
SMTP, and API tokens with SHA-256 hashes (a token is 32 random bytes, so a slow
hash would add nothing). A file is read again when it has changed. Must not log.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "SCOPES",
    "CredentialsError",
    "Token",
    "Tokens",
    "Users",
    "add_token",
    "add_user",
    "remove_line",
]

SCOPES = ("send", "read")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_PREFIX = "landed_"
_FILE_LIMIT = 1_000_000
# 16 MiB and some 50 ms for each try; the listener bounds how many there are at once
_COST = {"n": 1 << 14, "r": 8, "p": 1}
_MEMORY = 64 * 1024 * 1024


class CredentialsError(Exception):
    """The file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token file says of one token."""

    name: str
    scopes: frozenset[str]
    digest: str


class _Lines:
    """The entries of a file, by name, read again when the file has changed."""

    def __init__(self, path: Path, fields: int, kind: str) -> None:
        self._path, self._fields, self._kind = path, fields, kind
        self._seen: tuple[int, int, int] | None = None
        self._entries: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def entries(self) -> Mapping[str, list[str]]:
        """The fields of each line, by their first. Raises CredentialsError."""
        with self._lock:
            try:
                found = self._path.stat()
                mark = (found.st_mtime_ns, found.st_size, found.st_ino)
                if mark != self._seen:
                    self._entries = _entries(self._path, self._fields)
                    self._seen = mark
            except FileNotFoundError:
                raise CredentialsError(
                    f'{self._path} is not there: make it with "landed {self._kind} add"'
                ) from None
            except OSError as error:
                raise CredentialsError(f"{self._path} cannot be read: {error.strerror}") from None
            return self._entries


def _entries(path: Path, fields: int) -> dict[str, list[str]]:
    with path.open("rb") as file:
        raw = file.read(_FILE_LIMIT)
    found: dict[str, list[str]] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != fields or not _NAME.fullmatch(words[0]):
            raise CredentialsError(f"line {number} of {path} is not of this program's making")
        found[words[0]] = words
    return found


class Users:
    """The people and programs of a users file."""

    def __init__(self, path: Path) -> None:
        self._lines = _Lines(path, 2, "user")

    def check(self) -> None:
        """Raises CredentialsError where the file cannot be used."""
        self._lines.entries()

    def verify(self, name: str, password: bytes) -> bool:
        """Whether that is the user's password; takes as long for a user who is not there."""
        entry = self._lines.entries().get(name)
        known = entry[1] if entry else _hashed(b"", b"nobody has this salt")
        kind, _, rest = known.partition("$")
        salt, _, _ = rest.partition("$")
        if kind != "scrypt":
            raise CredentialsError(f"the entry of {name} is of no known kind")
        right = hmac.compare_digest(known, _hashed(password, base64.b64decode(salt)))
        return right and entry is not None

    def names(self) -> list[str]:
        """Who is in the file, sorted."""
        return sorted(self._lines.entries())


class Tokens:
    """The tokens of a token file."""

    def __init__(self, path: Path) -> None:
        self._lines = _Lines(path, 3, "token")

    def check(self) -> None:
        """Raises CredentialsError where the file cannot be used."""
        self._lines.entries()

    def find(self, text: str) -> Token | None:
        """The token of that text, None for one that is not in the file."""
        digest = _digest(text)
        found = None
        for one in self.all():
            if hmac.compare_digest(one.digest, digest):
                found = one
        return found

    def all(self) -> list[Token]:
        """Every token, by name."""
        return [
            Token(name, frozenset(scopes.split(",")), digest)
            for name, scopes, digest in sorted(self._lines.entries().values())
        ]


def add_user(path: Path, name: str, password: str) -> None:
    """Puts a user into the file, in the place of one of the same name. Raises CredentialsError."""
    _checked(name)
    if len(password) < 12 or len(password) > 1000:
        raise CredentialsError("a password has 12 to 1000 characters")
    _put(path, [name, _hashed(password.encode(), os.urandom(16))])


def add_token(path: Path, name: str, scopes: Iterable[str]) -> str:
    """Makes a token, keeps its hash, and returns its text, which is kept nowhere.

    Raises CredentialsError, also for a name that is taken.
    """
    _checked(name)
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise CredentialsError(f"the scopes are {' and '.join(SCOPES)}; name one or both")
    if path.exists() and name in _Lines(path, 3, "token").entries():
        raise CredentialsError(f"there is a token called {name}; remove it first")
    text = _PREFIX + secrets.token_urlsafe(32)
    _put(path, [name, ",".join(wanted), _digest(text)])
    return text


def remove_line(path: Path, name: str) -> bool:
    """Takes a user or token out of its file; False where there is none. Raises CredentialsError."""
    lines = _read(path)
    kept = [line for line in lines if line.split()[:1] != [name]]
    if kept == lines:
        return False
    _write(path, kept)
    return True


def _checked(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CredentialsError("a name has letters, digits and . _ @ -, and at most 100 of them")


def _hashed(password: bytes, salt: bytes) -> str:
    digest = hashlib.scrypt(password, salt=salt, maxmem=_MEMORY, **_COST)
    return "$".join(("scrypt", *(base64.b64encode(part).decode() for part in (salt, digest))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _put(path: Path, words: list[str]) -> None:
    kept = [line for line in _read(path) if line.split()[:1] != words[:1]]
    _write(path, [*kept, " ".join(words)])


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path} cannot be read: {error}") from None


def _write(path: Path, lines: list[str]) -> None:
    """The whole file at once, for its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise CredentialsError(f"{path} cannot be written: {error.strerror}") from None
