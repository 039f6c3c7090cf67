"""Reading: the questions of reports and of `landed gaps`, without SQLAlchemy.

Owns the read-only statements. Must not write, and never makes or migrates a
ledger. Each answer is of one moment.
"""

import base64
import binascii
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from store import rows
from store.backlog import Backlog, backlog
from store.ids import first_id, parse_tracking_id
from store.instants import from_micros, to_micros
from store.plain import Plain
from store.stories import (
    AttemptRow,
    ChannelRow,
    DeliveryRow,
    DigestGroup,
    EvidenceRow,
    GapRow,
    GapSpan,
    NoticeStory,
    RecipientStory,
    Stats,
    Trace,
    Unread,
)
from store.telling import ASKED_FOR, GONE
from store.words import GapKind, Stage, State

__all__ = [
    "AttemptRow",
    "ChannelRow",
    "DeliveryRow",
    "DigestGroup",
    "EvidenceRow",
    "GapRow",
    "GapSpan",
    "NoticeStory",
    "Reader",
    "RecipientStory",
    "Stats",
    "Trace",
]

_GAP_COLUMNS = """d.id, n.key, r.address, d.number, n.notice_class, g.kind, d.why, d.stage,
    d.owed_at, d.deadline, g.opened_at"""
_OPEN_GAPS = """FROM gap g
    JOIN delivery d ON d.id = g.delivery_id
    JOIN notice n ON n.id = d.notice_id
    JOIN recipient r ON r.id = d.recipient_id
    WHERE g.closed_at IS NULL"""
_DELIVERIES = """SELECT d.id, n.key, n.notice_class, n.subject, r.address, d.number, d.verdict,
    d.gap, d.stage, d.assurance, d.why, d.owed_at, d.deadline, d.attempts
    FROM delivery d
    JOIN notice n ON n.id = d.notice_id
    JOIN recipient r ON r.id = d.recipient_id"""
_HOLES_FIRST = "CASE d.verdict WHEN 'gap' THEN 0 ELSE 1 END"
_MARK_LENGTH = 25
# of one delivery: what stands beside _DELIVERIES, and its rows
_TRACED = """SELECT n.sender, r.name, d.as_given, d.previous_number, d.previous_at,
    d.message_id, d.next_attempt_at, d.claimed_by, d.next_look_at,
    d.needs_watermark, d.judged_at FROM delivery d
    JOIN notice n ON n.id = d.notice_id
    JOIN recipient r ON r.id = d.recipient_id WHERE d.id = ?"""
_ATTEMPTS = """SELECT number, worker, route, envelope_from, envelope_id, started_at,
    finished_at, reaped_at, outcome, phase, reply_code, status, reply_text,
    remote_queue_id, dsn_offered FROM attempt WHERE delivery_id = ?
    ORDER BY number"""
_EVIDENCE = """SELECT e.kind, e.occurred_at, e.recorded_at, e.assurance, e.attempt, e.clue,
    e.recipient, e.status, e.reply_code, e.reason, e.severity, e.diagnostic,
    e.reporting_mta, e.remote_mta, e.detail, e.report_id, p.kind, p.sender,
    p.subject, c.name, p.uid
    FROM evidence e LEFT JOIN report p ON p.id = e.report_id
    LEFT JOIN channel c ON c.id = p.channel_id
    WHERE e.delivery_id = ? ORDER BY e.occurred_at, e.id"""
_GAP_SPANS = """SELECT kind, why, opened_at, closed_at, closed_why FROM gap
    WHERE delivery_id = ? ORDER BY opened_at, id"""


class Reader:
    """A read-only view of a ledger, for one thread. Make it with Reader.open()."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    @classmethod
    def open(cls, url_or_path: str | Path) -> "Reader":
        """Open a ledger that exists and is of this version. Raises LedgerUnavailable."""
        return cls(Plain.open(url_or_path))

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go."""
        self._plain.close()

    def gaps(
        self,
        *,
        kind: str | None = None,
        notice_class: str | None = None,
        domain: str | None = None,
        since: datetime | None = None,
        limit: int = 1000,
        after: int | None = None,
    ) -> list[GapRow]:
        """Open gaps, oldest owed first. since: opened at or after; after: a delivery_id."""
        asked = (
            ("g.kind = ?", kind),
            ("n.notice_class = ?", notice_class),
            ("r.domain = ?", None if domain is None else domain.lower()),
            ("g.opened_at >= ?", None if since is None else to_micros(since)),
            ("g.delivery_id > ?", after),
        )
        conditions = "".join(f" AND {text}" for text, value in asked if value is not None)
        values = [value for _, value in asked if value is not None]
        statement = f"SELECT {_GAP_COLUMNS} {_OPEN_GAPS}{conditions} ORDER BY g.delivery_id LIMIT ?"
        return [rows.gap(row) for row in self._ask(statement, *values, limit)]

    def count_gaps(self) -> dict[str, int]:
        """How many gaps are open, by kind; kinds without any are left out."""
        counted = self._ask(
            "SELECT kind, count(*) FROM gap WHERE closed_at IS NULL GROUP BY kind ORDER BY kind"
        )
        return {str(kind): int(count) for kind, count in counted}

    def digest(self, *, per_group: int = 20) -> list[DigestGroup]:
        """Open gaps by kind and domain, the largest group first."""
        with self._plain.snapshot():
            totals = self._plain.rows(
                f"""SELECT g.kind, r.domain, count(*) AS gaps {_OPEN_GAPS}
                GROUP BY g.kind, r.domain ORDER BY gaps DESC, g.kind, r.domain"""
            )
            first = self._plain.rows(
                f"""SELECT * FROM (SELECT {_GAP_COLUMNS}, r.domain, row_number() OVER
                (PARTITION BY g.kind, r.domain ORDER BY g.delivery_id) AS place {_OPEN_GAPS})
                AS ranked WHERE place <= ? ORDER BY place""",  # noqa: S608 - constants only
                [per_group],
            )
        groups: dict[tuple[str, str], list[GapRow]] = {}
        for row in first:
            groups.setdefault((row[5], row[11]), []).append(rows.gap(row[:11]))
        return [
            DigestGroup(GapKind(kind), domain, total, tuple(groups.get((kind, domain), ())))
            for kind, domain, total in totals
        ]

    def trace(self, delivery_id: int) -> Trace | None:
        """The whole story of one delivery."""
        with self._plain.snapshot():
            found = self._plain.rows(f"{_DELIVERIES} WHERE d.id = ?", [delivery_id])
            if not found:
                return None
            more = self._plain.rows(_TRACED, [delivery_id])[0]
            attempts = self._plain.rows(_ATTEMPTS, [delivery_id])
            evidence = self._plain.rows(_EVIDENCE, [delivery_id])
            gaps = self._plain.rows(_GAP_SPANS, [delivery_id])
        delivery = rows.delivery(found[0])
        return Trace(
            delivery=delivery,
            sender=more[0],
            name=more[1],
            as_given=more[2],
            previous_number=more[3],
            previous_at=rows.at(more[4]),
            message_id=more[5],
            next_attempt_at=rows.at(more[6]),
            claimed_by=more[7],
            state=State(
                verdict=delivery.verdict,
                stage=delivery.stage,
                assurance=delivery.assurance,
                gap=delivery.gap,
                why=delivery.why,
                deadline=delivery.deadline,
                next_look_at=rows.at(more[8]),
                needs_watermark=rows.at(more[9]),
            ),
            judged_at=from_micros(more[10]),
            attempts=tuple(rows.attempt(row) for row in attempts),
            evidence=tuple(rows.evidence(row) for row in evidence),
            gaps=tuple(
                GapSpan(GapKind(row[0]), row[1], from_micros(row[2]), rows.at(row[3]), row[4])
                for row in gaps
            ),
        )

    def notice(self, key: str) -> NoticeStory | None:
        """One notice and all its deliveries, holes first, then by address."""
        with self._plain.snapshot():
            found = self._plain.rows(
                """SELECT id, key, notice_class, subject, sender, created_at FROM notice
                WHERE key = ?""",
                [key],
            )
            if not found:
                return None
            owed = self._plain.rows(
                f"{_DELIVERIES} WHERE d.notice_id = ? ORDER BY {_HOLES_FIRST}, r.address",
                [found[0][0]],
            )
        _, key, notice_class, subject, sender, created_at = found[0]
        deliveries = tuple(rows.delivery(row) for row in owed)
        return NoticeStory(key, notice_class, subject, sender, from_micros(created_at), deliveries)

    def recipient(self, address: str) -> RecipientStory | None:
        """One address and everything owed to it: holes first, then by running number."""
        with self._plain.snapshot():
            found = self._plain.rows(
                "SELECT id, address, name FROM recipient WHERE address = ?", [address]
            ) or self._plain.rows(
                "SELECT id, address, name FROM recipient WHERE lower(address) = ? ORDER BY id",
                [address.lower()],
            )
            if not found:
                return None
            number, canonical, name = found[0]
            reason = self._plain.rows(
                "SELECT reason FROM suppression WHERE address = ?", [canonical]
            )
            owed = self._plain.rows(
                f"{_DELIVERIES} WHERE d.recipient_id = ? ORDER BY {_HOLES_FIRST}, d.number",
                [number],
            )
        suppressed = (reason[0][0] or "suppressed") if reason else ""
        return RecipientStory(
            canonical, name, suppressed, tuple(rows.delivery(row) for row in owed)
        )

    def stats(self, since: datetime | None = None) -> Stats:
        """Counts over what was owed (reports: recorded) since then."""
        start = -(1 << 62) if since is None else to_micros(since)
        with self._plain.snapshot():
            (totals,) = self._plain.rows(
                """SELECT count(DISTINCT notice_id), count(DISTINCT recipient_id), count(*),
                coalesce(sum(attempts), 0) FROM delivery WHERE owed_at >= ?""",
                [start],
            )
            (reports,) = self._plain.rows(
                """SELECT count(*), coalesce(sum(CASE WHEN outcome IN ('matched', 'canary')
                THEN 0 ELSE 1 END), 0) FROM report WHERE recorded_at >= ?""",
                [start],
            )
            grouped = self._plain.rows(
                """SELECT n.notice_class, d.verdict, d.gap, d.stage, count(*) FROM delivery d
                JOIN notice n ON n.id = d.notice_id WHERE d.owed_at >= ?
                GROUP BY n.notice_class, d.verdict, d.gap, d.stage
                ORDER BY n.notice_class, d.verdict, d.gap, d.stage""",
                [start],
            )
        verdicts: dict[str, int] = {}
        gaps: dict[str, int] = {}
        stages: dict[str, int] = {}
        classes: dict[str, dict[str, int]] = {}
        for notice_class, verdict, gap, stage, count in grouped:
            verdicts[verdict] = verdicts.get(verdict, 0) + count
            word = Stage(stage).word
            stages[word] = stages.get(word, 0) + count
            if gap is not None:
                gaps[gap] = gaps.get(gap, 0) + count
            of_class = classes.setdefault(notice_class, {})
            of_class[verdict] = of_class.get(verdict, 0) + count
        return Stats(
            notices=totals[0],
            recipients=totals[1],
            deliveries=totals[2],
            attempts=int(totals[3]),
            reports=reports[0],
            unmatched=int(reports[1]),
            by_verdict=verdicts,
            by_gap=gaps,
            by_stage=stages,
            by_class=classes,
        )

    def backlog(self, now: datetime) -> Backlog:
        """What should have been sent or judged by now."""
        return backlog(self._plain, now)

    def last_seen(self) -> datetime | None:
        """When any agent was seen last; None: none ever was."""
        ((found,),) = self._ask("SELECT max(seen_at) FROM component")
        return rows.at(found)

    def channels(self) -> list[ChannelRow]:
        """Every channel, by name."""
        with self._plain.snapshot():
            found = self._plain.rows(
                """SELECT c.name, c.kind, c.enabled, c.uidvalidity, c.last_uid, c.watermark,
                c.last_success_at, c.last_error, c.failing_since,
                (SELECT count(*) FROM report p WHERE p.channel_id = c.id), c.lost_from, c.lost_to,
                c.next_try_at FROM channel c ORDER BY c.name"""
            )
            probes = self._plain.rows(
                """SELECT m.channel, m.route, min(m.sent_at), (SELECT max(g.sent_at) FROM canary g
                WHERE g.channel = m.channel AND g.route = m.route AND g.returned_at IS NOT NULL),
                max(m.cause) FROM canary m WHERE m.returned_at IS NULL AND m.has_left
                AND NOT EXISTS (SELECT 1 FROM canary b WHERE b.channel = m.channel
                AND b.route = m.route AND b.returned_at IS NOT NULL AND b.sent_at >= m.sent_at)
                GROUP BY m.channel, m.route ORDER BY m.route"""
            )
        return [rows.channel(row, probes) for row in found]

    def unreadable(self, since: datetime) -> list[Unread]:
        """The mails recorded since then that could not be read, by channel."""
        found = self._ask(
            """SELECT c.name, count(*), min(r.recorded_at),
            sum(CASE WHEN r.raw_size = 0 AND r.tried <> ? THEN 1 ELSE 0 END),
            max(CASE WHEN r.raw_size = 0 AND r.tried <> ? THEN r.recorded_at END)
            FROM report r JOIN channel c ON c.id = r.channel_id
            WHERE r.outcome = 'unreadable' AND r.outcome <> 'matched' AND r.id >= ?
            AND r.recorded_at >= ? GROUP BY c.name ORDER BY c.name""",
            GONE,
            GONE,
            first_id(since),
            to_micros(since),
        )
        return [
            Unread(
                str(name),
                int(count),
                from_micros(first),
                int(withheld),
                None if last is None else from_micros(last) + ASKED_FOR,
            )
            for name, count, first, withheld, last in found
        ]

    def resolve(self, text: str) -> int | None:
        """The delivery a person names: tracking ID, mark, decimal id or Message-ID.

        A mail that came with a Message-ID of its own has it for its notice's key, so that it
        is found before the first attempt too. A mark is only looked up here: its signature
        proves nothing to a person who may read the ledger anyway.
        """
        named = text.strip().removeprefix("<").removesuffix(">")
        for number in _numbers(named):
            if self._ask("SELECT 1 FROM delivery WHERE id = ?", number):
                return number
        found = self._ask(
            """SELECT id FROM delivery WHERE message_id = ? AND message_id <> ''
            ORDER BY id LIMIT 1""",
            named,
        )
        if not found and "@" in named:
            found = self._ask(
                """SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id
                WHERE n.key = ? OR n.key = ? ORDER BY d.id LIMIT 1""",
                named,
                f"<{named}>",
            )
        return int(found[0][0]) if found else None

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        with self._plain.snapshot():
            return self._plain.rows(statement, values)


def _numbers(text: str) -> list[int]:
    """Every id that the text could mean."""
    found = []
    with suppress(ValueError):
        found.append(parse_tracking_id(text))
    if len(text) == _MARK_LENGTH and text.isascii():
        with suppress(binascii.Error):
            found.append(int.from_bytes(base64.b32decode(text[1:].upper())[:8], "big"))
    if text.isascii() and text.isdecimal() and len(text) < 20:
        found.append(int(text))
    return [number for number in found if number < 1 << 63]
