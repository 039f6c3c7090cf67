"""What a digest has to tell: open gaps by cause and domain, and channels that are not heard.

Owns the choice and order of what is told. Must not write letters or send them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.reconcile.advice import ADVICE, Advice, urgency
from agent.reconcile.plain import moment
from store.reading import Reader
from store.stories import ChannelRow, GapRow
from store.telling import LEFT
from store.words import GapKind

__all__ = ["Deaf", "Findings", "Group", "Section", "look"]

_PAGE = 1000
_LOOK = "landed unmatched --outcome unreadable"
_OWN = 20  # undelivered digests listed: the rest looks the same


@dataclass(frozen=True, slots=True)
class Group:
    """Gaps of one cause at one domain, oldest deadline first."""

    reason: str  # as the reports named it, "" where none did
    domain: str
    rows: tuple[GapRow, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All listed gaps of one kind."""

    kind: GapKind
    advice: Advice
    count: int  # open, listed or not
    groups: tuple[Group, ...]  # the largest first


@dataclass(frozen=True, slots=True)
class Deaf:
    """A channel that would not tell us."""

    name: str
    trouble: str  # continues a sentence that begins with the name
    began: datetime | None  # None: it never told us anything


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one digest tells."""

    since: datetime  # what opened from then on is new
    kinds: Mapping[GapKind, int]  # every open gap that is not a digest's, most urgent first
    fresh: int
    oldest: datetime | None  # when the first of these gaps opened
    sections: tuple[Section, ...]
    unlisted: Mapping[GapKind, int]  # beyond the most that one digest lists
    own: tuple[GapRow, ...]  # earlier digests that did not land, newest first
    own_total: int
    deaf: tuple[Deaf, ...]
    late: str  # how late the judging is, "" when it keeps up
    owed: int  # deliveries owed since then, digests included
    verdicts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many gaps are open, undelivered digests apart."""
        return sum(self.kinds.values())

    @property
    def is_empty(self) -> bool:
        """Nothing to tell. Undelivered digests alone are no reason for another digest."""
        return not self.total and not self.deaf and not self.late

    @property
    def is_before_the_start(self) -> bool:
        """Nothing was owed yet and nothing read yet: the agent has only just been set up."""
        unread = bool(self.deaf) and all(one.began is None for one in self.deaf)
        return unread and not self.total and not self.own_total and not self.owed

    def empty_before(self, start: datetime) -> bool:
        """Whether all there is to tell came after start."""
        heard = all(one.began is not None and one.began > start for one in self.deaf)
        return heard and not self.late and (self.oldest is None or self.oldest > start)


def look(reader: Reader, *, own_class: str, since: datetime, most: int, late: str = "") -> Findings:
    """Everything open now. own_class is the digests' own notice class, late from lateness()."""
    rows = list(_all_gaps(reader))
    own = [row for row in rows if row.notice_class == own_class]
    told = [row for row in rows if row.notice_class != own_class]
    told.sort(key=lambda row: (urgency(row.kind), row.deadline, row.delivery_id))
    kinds = Counter(row.kind for row in told)
    stats = reader.stats(since)
    return Findings(
        since=since,
        kinds=dict(kinds),
        fresh=sum(row.opened_at >= since for row in told),
        oldest=min((row.opened_at for row in told), default=None),
        sections=tuple(_sections(reader, told[:most], kinds)),
        unlisted=dict(Counter(row.kind for row in told[most:])),
        own=tuple(sorted(own, key=lambda row: row.owed_at, reverse=True)[:_OWN]),
        own_total=len(own),
        deaf=(*_deaf(reader.channels(), since), *_unread(reader, since)),
        late=late,
        owed=stats.deliveries,
        verdicts={name: count for name, count in stats.by_verdict.items() if count},
    )


def _all_gaps(reader: Reader) -> Iterator[GapRow]:
    after: int | None = None
    while True:
        page = reader.gaps(limit=_PAGE, after=after)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].delivery_id


def _sections(
    reader: Reader, rows: Iterable[GapRow], kinds: Mapping[GapKind, int]
) -> Iterator[Section]:
    grouped: dict[GapKind, dict[tuple[str, str], list[GapRow]]] = {}
    for row in rows:
        cause = _reason(reader, row), row.recipient.rpartition("@")[2]
        grouped.setdefault(row.kind, {}).setdefault(cause, []).append(row)
    for kind, causes in grouped.items():
        groups = [Group(*cause, tuple(found)) for cause, found in causes.items()]
        groups.sort(key=lambda group: -len(group.rows))
        yield Section(kind, ADVICE[kind], kinds[kind], tuple(groups))


def _reason(reader: Reader, row: GapRow) -> str:
    """The newest reason that any evidence names."""
    trace = reader.trace(row.delivery_id)
    reasons = [fact.reason for fact in trace.evidence if fact.reason] if trace else []
    return reasons[-1] if reasons else ""


def _unread(reader: Reader, since: datetime) -> Iterator[Deaf]:
    for one in reader.unreadable(since):
        what = "a mail" if one.count == 1 else f"{one.count} mails"
        yield Deaf(one.channel, f"got {what} that could not be read ({_LOOK})", one.first)


def _deaf(channels: Iterable[ChannelRow], since: datetime) -> Iterator[Deaf]:
    for channel in channels:
        if not channel.enabled:
            continue
        failing, seen = channel.failing_since, channel.watermark
        if failing and not channel.last_error.startswith(LEFT):
            trouble = f"cannot be read since {moment(failing)} ({channel.last_error})"
            yield Deaf(channel.name, trouble, failing)
        elif seen is None:
            yield Deaf(channel.name, "was never read to its end", None)
        else:
            missing = [one for one in channel.probes if one.since < since]
            for probe in missing:
                trouble = f"misses a probe mail sent at {moment(probe.since)}"
                trouble += f" ({probe.cause})" if probe.cause else ""
                yield Deaf(probe.path, trouble, probe.since)
            if not missing and seen < since:
                yield Deaf(channel.name, f"was last read to its end at {moment(seen)}", seen)
