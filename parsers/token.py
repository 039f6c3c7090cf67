"""The token: what names a delivery in mail, signed, and the addresses it rides in.

Owns the only writer and the only reader of tokens, so that their alphabets
can never drift apart. Must not know what a delivery is: an id is a 64-bit
number here, and a key is bytes that somebody else read from a file.

A token is 24 lower-case base32 letters over 15 bytes:

    8 bytes   delivery id, big-endian
    1 byte    key number (3 bits), attempt (5 bits, 31 = "31 or later")
    6 bytes   truncated HMAC-SHA-256 over purpose and the nine bytes before

A *mark* is the purpose's letter and the token: 25 letters and digits, the form
that stands in mail. Servers fold the case of local parts, so reading folds too.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "LOCAL_PART_LIMIT",
    "LOCAL_PART_SAFE",
    "MARK_LENGTH",
    "AddressForm",
    "InvalidToken",
    "Keyring",
    "Purpose",
    "Token",
    "as_mark",
    "claimed_id",
    "find_marks",
    "sign",
    "verify",
]

MARK_LENGTH = 25
LOCAL_PART_LIMIT = 64  # octets, RFC 5321 4.5.3.1.1
LOCAL_PART_SAFE = 45  # octets; above it some DMARC software misjudges, and SRS adds more

_MAC_BYTES = 6
_BODY_BYTES = 9
_MAX_ATTEMPT = 31
_MAX_KEY = 7
_MIN_SECRET_BYTES = 16
_REMEMBERED = 4096  # valid marks, of the batch at hand
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_DIGITS = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]  # of ten bits each
_SHIFTS = range(8 * (_BODY_BYTES + _MAC_BYTES) - 10, -1, -10)
_MARK = re.compile(r"(?<![0-9A-Za-z])([bmrkcBMRKC])([A-Za-z2-7]{24})(?![0-9A-Za-z])")


class Purpose(StrEnum):
    """Where a token stands. Each has a key of its own, so one leaked helps no other."""

    BOUNCE = "b"  # envelope sender, ENVID, Disposition-Notification-To
    MESSAGE = "m"  # Message-ID, References, private header, visible reference
    REPLY = "r"  # Reply-To
    CANARY = "k"  # probe mails of our own
    CLICK = "c"  # links


_PURPOSES = {purpose.value: purpose for purpose in Purpose}


class InvalidToken(ValueError):
    """The mark is not one of ours: wrong form, unknown key, or a forged signature."""


class Token(NamedTuple):
    """What a valid mark says. key names the secret that signed it."""

    id: int
    attempt: int
    purpose: Purpose
    key: int


@dataclass(frozen=True, slots=True)
class Keyring:
    """The signing secrets by number (0 to 7); new marks use current, old keys still verify.

    Raises ValueError for a number out of range, a missing current key, or a
    secret under 16 bytes.
    """

    secrets: Mapping[int, bytes]
    current: int
    valid_for: timedelta | None = None  # since what a mark names was made; None: for ever
    # marks that were found valid: a report repeats its mark in many places
    _valid: dict[str, "Token"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.current not in self.secrets:
            raise ValueError(f"token key {self.current} is current but has no secret")
        for number, secret in self.secrets.items():
            if not 0 <= number <= _MAX_KEY:
                raise ValueError(f"token key number {number} is not between 0 and {_MAX_KEY}")
            if len(secret) < _MIN_SECRET_BYTES:
                raise ValueError(
                    f"token key {number} has under {_MIN_SECRET_BYTES} bytes; use 32 random ones"
                )

    def still_believes(self, made: datetime, said: datetime) -> bool:
        """Whether a mark of what was made then still counts in what was said then; both aware."""
        return self.valid_for is None or said - made <= self.valid_for

    def __repr__(self) -> str:
        """Numbers only: a keyring in a log or traceback must not show a secret."""
        return f"Keyring(keys={sorted(self.secrets)}, current={self.current})"

    def mac(self, key: int, purpose: Purpose, body: bytes) -> bytes:
        """The 6-byte signature of body for one purpose. Raises KeyError for an unknown key."""
        ready, ready_outer = _derived(self.secrets[key], purpose)
        inner, outer = ready.copy(), ready_outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()[:_MAC_BYTES]


@lru_cache(64)
def _derived(secret: bytes, purpose: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The two hashes of HMAC (RFC 2104 2) for one purpose, its key in them already.

    To begin with the key each time costs thrice as much.
    """
    key = hmac.digest(secret, b"landed token " + purpose.encode(), "sha256")
    padded = key.ljust(hashlib.sha256().block_size, b"\0")
    return (
        hashlib.sha256(bytes(octet ^ 0x36 for octet in padded)),
        hashlib.sha256(bytes(octet ^ 0x5C for octet in padded)),
    )


def sign(keyring: Keyring, purpose: Purpose, delivery_id: int, attempt: int = 0) -> str:
    """The 25-character mark for a delivery.

    delivery_id is 0 <= id < 2**64; attempt counts from 1, 0 where a mark must
    not change between attempts (Message-ID). Raises ValueError out of range.
    """
    if not 0 <= delivery_id < 1 << 64:
        raise ValueError(f"delivery id {delivery_id} does not fit in 64 bits")
    if attempt < 0:
        raise ValueError(f"attempt {attempt} is negative")
    flags = keyring.current << 5 | min(attempt, _MAX_ATTEMPT)
    body = delivery_id.to_bytes(8, "big") + bytes([flags])
    signed = int.from_bytes(body + keyring.mac(keyring.current, purpose, body), "big")
    # base64.b32encode() is written in Python, and slower
    return purpose.value + "".join([_PAIRS[signed >> shift & 1023] for shift in _SHIFTS])


def verify(keyring: Keyring, mark: str) -> Token:
    """What the mark names. Raises InvalidToken; compares in constant time."""
    known = keyring._valid.get(mark)  # noqa: SLF001 - of this room
    if known is not None:
        return known
    found = _MARK.fullmatch(mark)
    if found is None:
        raise InvalidToken("not 25 letters and digits of a tracking mark")
    purpose = _PURPOSES[found[1].lower()]
    # int() reads the digits of base 32 in C; base64.b32decode() is written in Python
    raw = int(found[2].lower().translate(_DIGITS), 32).to_bytes(_BODY_BYTES + _MAC_BYTES, "big")
    body, given = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
    key = body[8] >> 5
    if key not in keyring.secrets:
        raise InvalidToken(f"signed with key {key}, which is not configured")
    if not hmac.compare_digest(given, keyring.mac(key, purpose, body)):
        raise InvalidToken("the signature does not match")
    token = Token(int.from_bytes(body[:8], "big"), body[8] & _MAX_ATTEMPT, purpose, key)
    if len(keyring._valid) >= _REMEMBERED:  # noqa: SLF001
        keyring._valid.clear()  # noqa: SLF001
    keyring._valid[mark] = token  # noqa: SLF001
    return token


def as_mark(word: str) -> str:
    """The word as a mark, lower-cased and unverified; "" where it is none."""
    return word.lower() if len(word) == MARK_LENGTH and _MARK.fullmatch(word) else ""


def claimed_id(mark: str) -> int:
    """The id that a mark names, unverified: to tell marks that claim the same apart from others."""
    return int(mark[1:14].translate(_DIGITS), 32) >> 1  # 13 digits hold 65 bits


def find_marks(text: str) -> Iterator[str]:
    """Every mark-shaped word of text, lower-cased, in order, unverified."""
    for found in _MARK.finditer(text):
        yield found[0].lower()


@dataclass(frozen=True, slots=True)
class AddressForm:
    """How marks become addresses: a bare mark at a domain of our own, or prefix+mark.

    Written in the configuration as "{token}@bounces.example.org" or, for hosts
    with sub-addressing only, "notices+{token}@example.org".
    """

    prefix: str  # "" or "notices+", its separator included
    domain: str

    @classmethod
    def parse(cls, template: str) -> "AddressForm":
        """Reads the written form. Raises ValueError, saying what is wrong, for any other."""
        local, at, domain = template.rpartition("@")
        if not at or not domain or not local.endswith("{token}") or local.count("{token}") != 1:
            raise ValueError(
                f'"{template}" is not an address form: write "{{token}}@bounces.example.org"'
                ' or "notices+{token}@example.org"'
            )
        prefix = local.removesuffix("{token}")
        if prefix and not re.fullmatch(r"[A-Za-z0-9._-]+[+=_-]", prefix):
            raise ValueError(
                f'"{prefix}" cannot stand before a token: letters, digits, dots, then a separator'
            )
        if len(prefix) + MARK_LENGTH > LOCAL_PART_LIMIT:
            raise ValueError(f'"{prefix}" is too long: a local part has {LOCAL_PART_LIMIT} octets')
        return cls(prefix, domain.lower())

    @property
    def is_safe_length(self) -> bool:
        """Whether the local part stays within the length that DMARC software gets right."""
        return len(self.prefix) + MARK_LENGTH <= LOCAL_PART_SAFE

    def address(self, mark: str) -> str:
        """The address that carries mark."""
        return f"{self.prefix}{mark}@{self.domain}"
