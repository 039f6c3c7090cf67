r"""Fetching mail of an open folder: bounded in octets, a batch ahead, whole or cut.

Owns the commands that fetch, and the habits of servers that lie in their answers. Must
not know which mail is new, nor what it says.

While a batch is worked on the server makes the next one ready: its FETCH has been sent
already (RFC 3501 5.5 allows it), and waits in the line's buffers. BODY.PEEK leaves \Seen
alone.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient.response_parser import parse_fetch_response

from agent.inbound.account import ImapError
from agent.inbound.answers import NONSENSE, Given, split
from agent.inbound.line import Line
from agent.inbound.parts import parts_behind, shortened
from agent.inbound.uids import batches, ranges

__all__ = ["Mail", "Reader"]

_SLOWEST = 10_000  # octets per second that a fetch must reach
_BATCH_OCTETS = 4 << 20  # two of them may be in memory
_FIELD = 2_000  # octets of a field
_MESSAGE_ID = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
_SIZES = 5_000  # mails whose sizes are asked for at once


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as fetched. raw is None where the server lists it but gives no content."""

    uid: int
    raw: bytes | None
    received_at: datetime | None = None  # INTERNALDATE, aware
    note: str = ""  # what was cut


@dataclass(frozen=True, slots=True)
class _Asked:
    """A batch that is on its way."""

    uids: list[int]
    tags: list[bytes]
    octets: int


class Reader(Line):
    """A connection that fetches. Call it with a folder selected; raises ImapError."""

    def fetch(self, uids: Sequence[int], *, ahead: bool = True) -> Generator[list[Mail]]:
        """The mails in batches bounded by count and octets; what is gone meanwhile is left out.

        ahead: the next batch is asked for before one is yielded. A caller that stops
        early must close the iterator, which then drops the line. Of a mail over
        max_bytes only the beginning is read.
        """
        for start in range(0, len(uids), _SIZES):
            window = uids[start : start + _SIZES]
            sizes = self._sizes(window)
            most = self.account.max_bytes
            held = {uid: min(size, most) for uid, size in sizes.items()}
            cut = batches(window, held, most=self.account.batch, octets=max(most, _BATCH_OCTETS))
            yield from self._batches(cut, sizes, set(window), ahead=ahead)

    def dates(self, uids: Sequence[int]) -> dict[int, datetime | None]:
        """INTERNALDATE of those that are there; None where the server tells none."""
        told = self._take(self._send(uids, "(INTERNALDATE)"), octets=0)
        return {uid: told[uid].date for uid in uids if uid in told}

    def message_ids(self, uids: Sequence[int]) -> dict[int, str]:
        """The field Message-ID of those that are there, as it stands; "" where there is none."""
        found: dict[int, str] = {}
        for words in ranges(uids):
            with self._doing("asking for Message-IDs", octets=len(uids) * _FIELD):
                told = self._client.answer(self._client.ask(words, f"({_MESSAGE_ID}<0.{_FIELD}>)"))
                answers = parse_fetch_response(list(told), normalise_times=False)
            for uid, items in answers.items():
                for name, value in items.items():
                    if name.upper().startswith(b"BODY[HEADER.FIELDS"):
                        found[uid] = " ".join((value or b"").decode("ascii", "replace").split())
        return found

    def _batches(
        self,
        cut: Iterator[list[int]],
        sizes: Mapping[int, int],
        wanted: set[int],
        *,
        ahead: bool,
    ) -> Iterator[list[Mail]]:
        given: dict[int, Given] = {}
        under_way: list[_Asked] = []
        try:
            for batch in cut:
                under_way.append(self._ask(batch, sizes))
                if not ahead or len(under_way) > 1:
                    yield self._receive(under_way, given, sizes, wanted)
            while under_way:
                yield self._receive(under_way, given, sizes, wanted)
        finally:
            if under_way:  # answers that nobody waits for
                self._drop()

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        told = self._take(self._send(uids, "(RFC822.SIZE)"), octets=0)
        return {uid: told[uid].size for uid in uids if uid in told and told[uid].size}

    def _ask(self, uids: list[int], sizes: Mapping[int, int]) -> _Asked:
        most = self.account.max_bytes
        whole = [uid for uid in uids if 0 < sizes.get(uid, 0) <= most]
        longer = [uid for uid in uids if not 0 < sizes.get(uid, 0) <= most]
        tags = self._send(whole, "(BODY.PEEK[] INTERNALDATE)")
        tags += self._send(longer, f"(BODY.PEEK[]<0.{most}> INTERNALDATE)")
        return _Asked(uids, tags, sum(min(sizes.get(uid, most), most) for uid in uids))

    def _receive(
        self,
        under_way: list[_Asked],
        given: dict[int, Given],
        sizes: Mapping[int, int],
        wanted: set[int],
    ) -> list[Mail]:
        """The first batch of those; a server may tell of the next one before its end."""
        octets = sum(one.octets for one in under_way)
        batch = under_way[0]
        self._gather(self._take(batch.tags, octets=octets), given, wanted)
        mails: list[Mail] = []
        for uid in batch.uids:
            found = given.pop(uid, None) or self._again(uid, octets, given, wanted)
            if found is not None and found.raw and sizes.get(uid, 0) > self.account.max_bytes:
                found = self._with_report(uid, found, given, wanted)
            if found is not None:
                mails.append(self._mail(uid, found, sizes.get(uid, 0)))
        del under_way[0]
        return mails

    @staticmethod
    def _gather(told: Mapping[int, Given], given: dict[int, Given], wanted: set[int]) -> None:
        given |= {uid: one for uid, one in told.items() if one.raw is not None and uid in wanted}

    def _again(
        self, uid: int, octets: int, given: dict[int, Given], wanted: set[int]
    ) -> Given | None:
        """One by one: an answer may have been lost among others, or the mail be gone by now."""
        most = self.account.max_bytes
        tags = self._send([uid], f"(BODY.PEEK[]<0.{most}> INTERNALDATE)")
        self._gather(self._take(tags, octets=octets + most), given, wanted)
        found = given.pop(uid, None)
        return Given() if found is None and self._listed(uid) else found

    def _with_report(
        self, uid: int, found: Given, given: dict[int, Given], wanted: set[int]
    ) -> Given:
        """A cut mail, and behind it the parts of a report that the cut lost (BODYSTRUCTURE)."""
        structure = self._items(uid, "BODYSTRUCTURE", given, wanted).get(b"BODYSTRUCTURE")
        limit = self.account.max_bytes
        boundary, parts = parts_behind(structure, limit)
        read = []
        for part in parts:
            told = self._items(uid, f"({part.items})", given, wanted)
            read.append((part, _section(told, part.header), _section(told, part.content)))
        if found.raw is None or not read:
            return found
        return found._replace(raw=shortened(found.raw, boundary, read, limit))

    def _items(
        self, uid: int, items: str, given: dict[int, Given], wanted: set[int]
    ) -> Mapping[bytes, Any]:
        """Other items of one mail; none where the server refuses, or makes no sense.

        What comes of other mails beside them is kept.
        """
        octets = self.account.max_bytes + 2 * max(self.account.max_bytes, _BATCH_OCTETS)
        try:
            with self._doing("asking how a mail is made"):
                tag = self._client.ask(str(uid), items)
            with self._doing("asking how a mail is made", octets=octets):
                told = self._client.answer(tag)
        except ImapError as error:
            if error.trouble != "refused" or error.passing:
                raise
            return {}
        try:
            answers = parse_fetch_response(list(told), normalise_times=False)
            found: Mapping[bytes, Any] = answers.get(uid, {})
            self._gather(split(told), given, wanted)
        except NONSENSE:
            return {}
        return found

    def _listed(self, uid: int) -> bool:
        with self._doing("looking for one mail"):
            return uid in self._client.search(["UID", str(uid)])

    def _mail(self, uid: int, given: Given, size: int) -> Mail:
        if given.raw is None or (size and not given.raw):
            return Mail(uid, None, note="the server lists it but gives no content")
        limit, note = self.account.max_bytes, ""
        if max(size, len(given.raw)) > limit:
            note = f"only the first {limit} of {max(size, len(given.raw))} octets were read"
        return Mail(uid, given.raw[:limit], given.date, note)

    def _send(self, uids: Sequence[int], items: str) -> list[bytes]:
        """Asks, and does not wait for the answer."""
        with self._doing("asking for mail"):
            return [self._client.ask(words, items) for words in ranges(uids)]

    def _take(self, tags: Sequence[bytes], *, octets: int) -> dict[int, Given]:
        """The answers to what was asked."""
        told: dict[int, Given] = {}
        with self._doing("fetching mail", extra=octets / _SLOWEST, octets=octets):
            for tag in tags:
                told |= split(self._client.answer(tag))
        return told


def _section(told: Mapping[bytes, Any], name: str) -> bytes:
    """BODY[name], with or without its origin."""
    wanted = f"BODY[{name}]".encode("ascii").upper()
    for key, value in told.items():
        if key.upper().startswith(wanted) and isinstance(value, bytes):
            return value
    return b""
