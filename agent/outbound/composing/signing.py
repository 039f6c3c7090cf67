"""DKIM (RFC 6376, RFC 8463): signing what was composed, once nothing changes any more.

Owns the keys in memory, which fields are signed, and which key serves which
author. Must not add or change a field other than the signatures, and never
shows a key.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.outbound.composing.fields import Field, cut, signed_names
from agent.outbound.wire import on_the_wire

__all__ = ["Signer", "signatures"]

_ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
_SEED_AT = 16  # where the 32 octets stand in the PKCS #8 form of an Ed25519 key, RFC 8410 7
_SEED = 32

# signed once more than they occur, so that nobody can add another one (RFC 6376 8.15)
_SEALED = ("from", "to", "cc", "subject", "date", "message-id", "reply-to", "mime-version")
_SIGNED = (
    *_SEALED,
    "sender",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
    "cfbl-address",  # RFC 9477 3.1 asks for it
    "cfbl-feedback-id",
    "disposition-notification-to",
    "x-landed-id",
)
_PROBE = b"From: a@example.org\r\n\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """One key. It signs for authors at domain and below.

    key: a PEM private key, or for Ed25519 its 32 octets in base64. Raises
    ValueError, without the key, where it cannot sign.
    """

    domain: str
    selector: str
    key: bytes = field(repr=False)
    algorithm: str = "rsa-sha256"

    def __post_init__(self) -> None:
        if self.algorithm not in _ALGORITHMS:
            raise ValueError(
                f'"{self.algorithm}" is no algorithm of DKIM: {", ".join(_ALGORITHMS)}'
            )
        for what, name in (("domain", self.domain), ("selector", self.selector)):
            if not name or not name.isascii() or any(one in name for one in " ;\r\n\t@"):
                raise ValueError(f'{what} "{name}" is no domain name (write it as A-labels)')
        if self.algorithm.startswith("ed25519"):
            object.__setattr__(self, "key", _seed(self.key))
        try:
            self.sign(_PROBE, ("from",))
        except Exception:  # noqa: BLE001 - the library lets through whatever its decoders raise
            # not chained: a complaint might repeat the key
            raise ValueError(f"this is no private key for {self.algorithm}") from None

    def covers(self, author_domain: str) -> bool:
        """Whether a signature of this domain speaks for an author there (relaxed alignment)."""
        ours, theirs = self.domain.lower(), author_domain.lower().rstrip(".")
        return theirs == ours or theirs.endswith(f".{ours}")

    def sign(self, raw: bytes, names: Iterable[str]) -> bytes:
        """The DKIM-Signature field, with its CRLF, of a message in its wire form."""
        import dkim  # noqa: PLC0415 - half a second, and most installations sign elsewhere

        signature: bytes = dkim.sign(
            raw,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"simple"),
            signature_algorithm=self.algorithm.encode(),
            include_headers=[name.encode() for name in names],
        )
        return signature


def signatures(signers: Sequence[Signer], raw: bytes, author_domain: str) -> bytes:
    """A DKIM-Signature field for each key that covers the author; b"" where none does.

    Nor where a signature of somebody else forbids any further one. Raises
    MalformedHeader.
    """
    covering = [signer for signer in signers if signer.covers(author_domain)]
    if not covering:
        return b""
    wire = on_the_wire(raw)
    fields, _ = cut(wire)
    if "dkim-signature" in signed_names(fields):
        return b""
    names = _names(fields)
    return b"".join(signer.sign(wire, names) for signer in covering)


def _names(fields: Sequence[Field]) -> list[str]:
    here = [one.name for one in fields]
    found: list[str] = []
    for name in _SIGNED:
        found += [name] * (here.count(name) + (name in _SEALED))
    return found


def _seed(key: bytes) -> bytes:
    """The form that the library wants: base64 of the 32 octets (RFC 8032 5.1.5)."""
    text = b"".join(line for line in key.split() if line)
    if key.lstrip().startswith(b"-----BEGIN PRIVATE KEY-----"):
        inner = key.strip().splitlines()[1:-1]
        try:
            der = base64.b64decode(b"".join(inner), validate=True)
        except binascii.Error:
            return b""
        return base64.b64encode(der[_SEED_AT : _SEED_AT + _SEED])
    return text
