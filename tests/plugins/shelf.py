"""A folder for the server that lies: some mails under UIDs of the test's choice.

Owns the answers to SEARCH and FETCH of such a folder. Never part of the product.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from tests.plugins.liar import Liar

__all__ = ["shelf"]

_MESSAGE_ID = re.compile(rb"^Message-ID:[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)
_DAY = datetime(2026, 10, 1, tzinfo=UTC)


def shelf(
    liar: Liar,
    mails: Mapping[int, bytes | None],
    *,
    dates: Mapping[int, datetime] | None = None,
    dated: bool = True,
) -> None:
    """Let the server hold these mails; one that is None is listed and never given.

    dates: when they came; those that are not named came when only a mail of this content did.
    dated: whether the server tells of it at all.
    """

    def search() -> bytes:
        first, colon, _ = liar.commands[-1].rpartition(" ")[2].partition(":")
        # "n:*" always finds the last one
        found = [uid for uid in mails if uid == int(first) or (colon and uid > int(first))]
        found = found or ([max(mails)] if colon and mails else [])
        return b"* SEARCH " + " ".join(map(str, found)).encode() + b"\r\nTAG OK done\r\n"

    def fetch() -> bytes:
        _, _, words, items = liar.commands[-1].split(" ", 3)
        told = b""
        for uid in sorted(set(_uids(words, max(mails, default=0)))):
            mail = mails.get(uid)
            if mail is not None:
                given = b" ".join(_items(uid, mail, items.upper()))
                told += b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, given)
        return told + b"TAG OK done\r\n"

    def _items(uid: int, mail: bytes, items: str) -> Iterator[bytes]:
        if "RFC822.SIZE" in items:
            yield b"RFC822.SIZE %d" % len(mail)
        if "INTERNALDATE" in items and dated:
            at = (dates or {}).get(uid) or _DAY + timedelta(seconds=zlib.crc32(mail) % 1_000_000)
            yield f'INTERNALDATE "{at:%d-%b-%Y %H:%M:%S} +0000"'.encode()
        if "HEADER.FIELDS" in items:
            field = b"".join(_MESSAGE_ID.findall(mail)) + b"\r\n"
            name = b"BODY[HEADER.FIELDS (MESSAGE-ID)]<0>"
            yield b"%b {%d}\r\n%b" % (name, len(field), field)
        elif "BODY" in items:
            yield b"BODY[] {%d}\r\n%b" % (len(mail), mail)

    liar.tell("UID FETCH", fetch)
    liar.tell("UID SEARCH", search)


def _uids(words: str, last: int) -> Iterator[int]:
    for word in words.replace("*", str(last)).split(","):
        first, _, end = word.partition(":")
        yield from range(int(first), int(end or first) + 1)
