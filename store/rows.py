"""From the tuples of store.reading's statements to its values, in the order of their columns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.ids import tracking_id
from store.instants import from_micros
from store.stories import AttemptRow, ChannelRow, DeliveryRow, EvidenceRow, GapRow, MissingProbe
from store.words import Assurance, GapKind, Stage, Verdict

__all__ = ["at", "attempt", "channel", "delivery", "evidence", "gap"]


def at(number: int | None) -> datetime | None:
    """An instant that may be missing."""
    return None if number is None else from_micros(number)


def gap(row: Sequence[Any]) -> GapRow:
    """One open gap."""
    return GapRow(
        delivery_id=row[0],
        tracking_id=tracking_id(row[0]),
        notice=row[1],
        recipient=row[2],
        number=row[3],
        notice_class=row[4],
        kind=GapKind(row[5]),
        why=row[6],
        stage=Stage(row[7]),
        owed_at=from_micros(row[8]),
        deadline=from_micros(row[9]),
        opened_at=from_micros(row[10]),
    )


def delivery(row: Sequence[Any]) -> DeliveryRow:
    """One delivery."""
    return DeliveryRow(
        delivery_id=row[0],
        tracking_id=tracking_id(row[0]),
        notice=row[1],
        notice_class=row[2],
        subject=row[3],
        recipient=row[4],
        number=row[5],
        verdict=Verdict(row[6]),
        gap=None if row[7] is None else GapKind(row[7]),
        stage=Stage(row[8]),
        assurance=None if row[9] is None else Assurance(row[9]),
        why=row[10],
        owed_at=from_micros(row[11]),
        deadline=from_micros(row[12]),
        attempts=row[13],
    )


def attempt(row: Sequence[Any]) -> AttemptRow:
    """One attempt."""
    return AttemptRow(
        number=row[0],
        worker=row[1],
        route=row[2],
        envelope_from=row[3],
        envelope_id=row[4],
        started_at=from_micros(row[5]),
        finished_at=at(row[6]),
        reaped_at=at(row[7]),
        outcome=row[8],
        phase=row[9],
        reply_code=row[10],
        status=row[11],
        reply_text=row[12],
        remote_queue_id=row[13],
        dsn_offered=bool(row[14]),
    )


def evidence(row: Sequence[Any]) -> EvidenceRow:
    """One fact."""
    return EvidenceRow(
        kind=row[0],
        at=from_micros(row[1]),
        recorded_at=from_micros(row[2]),
        assurance=Assurance(row[3]),
        attempt=row[4],
        clue=row[5],
        recipient=row[6],
        status=row[7],
        reply_code=row[8],
        reason=row[9],
        severity=row[10],
        diagnostic=row[11],
        reporting_mta=row[12],
        remote_mta=row[13],
        detail=row[14],
        report_id=row[15],
        report_kind=row[16] or "",
        report_sender=row[17] or "",
        report_subject=row[18] or "",
        report_channel=row[19] or "",
        report_uid=row[20],
    )


def channel(row: Sequence[Any], probes: Sequence[Sequence[Any]]) -> ChannelRow:
    """One channel. probes: for each path with one missing, when that and the last good one left."""
    return ChannelRow(
        name=row[0],
        kind=row[1],
        enabled=bool(row[2]),
        uidvalidity=row[3],
        last_uid=row[4],
        watermark=at(row[5]),
        last_success_at=at(row[6]),
        last_error=row[7],
        failing_since=at(row[8]),
        reports=row[9],
        probes=tuple(
            MissingProbe(
                route, name, from_micros(sent), from_micros(sent if good is None else good), cause
            )
            for name, route, sent, good, cause in probes
            if name == row[0]
        ),
        lost=None if row[11] is None else (from_micros(row[10]), from_micros(row[11])),
        next_try_at=at(row[12]),
    )
