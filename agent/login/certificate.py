"""A certificate by which an application proves itself, read from PEM: key, certificate, last day.

Owns that reading. Pure; must not open a file or know a provider. No message here ever
holds a part of the key.
"""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["Certificate", "read_certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is shown and signed with."""

    key: str = field(repr=False)  # PEM, PKCS #8, not encrypted
    shown: str = field(repr=False)  # PEM, the certificate of that key alone
    ends: datetime  # aware UTC: of its own certificate


def read_certificate(pem: str) -> Certificate:
    """The key and its certificate in one PEM text, in any order. Raises ValueError.

    Further certificates, as of its authority, may stand there too.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise ValueError("its private key is encrypted: store it without a pass phrase") from None
    except ValueError:
        raise ValueError("it holds no private key in PEM form") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("its private key is not RSA, which Microsoft asks for")  # noqa: TRY004
    try:
        there = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise ValueError("it holds no certificate in PEM form") from None
    own = [one for one in there if one.public_key() == key.public_key()]
    if not own:
        raise ValueError("none of its certificates belongs to its private key")
    return Certificate(
        key=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        shown=own[0].public_bytes(serialization.Encoding.PEM).decode(),
        ends=own[0].not_valid_after_utc,
    )
