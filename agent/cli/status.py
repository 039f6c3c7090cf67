"""`landed status`: whether the agent hears and sends, and what is waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from agent.config import Config
    from store.backlog import Backlog
    from store.canaries import Canary
    from store.components import Fared
    from store.room import Room
    from store.slots import Use
    from store.stories import ChannelRow, Unread

__all__ = ["status"]

_RECENT = 30  # days
_LATE = timedelta(minutes=1)  # that a sweep may take


def status(
    form: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Show the channels and how far each was read, the outbox, the gaps, and what fails."""
    from agent.cli.context import load_config, open_reader
    from agent.cli.output import clock, table, write
    from agent.reconcile.reports import Report, json_text

    config, now = load_config(), clock()
    room = _room(config)  # before anything else opens the ledger, and changes its files
    reader = open_reader(config)
    try:
        heard, gaps, waits = reader.channels(), reader.count_gaps(), reader.backlog(now)
        unread = reader.unreadable(now - timedelta(days=_RECENT))
    finally:
        reader.close()
    parts, probes, limits = _parts(config, now)
    warnings = [*_warnings(config, now, room), *(_unread(one, now) for one in unread)]
    warnings += [_unproven(one, now) for one in probes if not one.has_left]
    warnings += _unseen(config, parts, now)
    parts = _with_deaf(parts, heard)
    if form == "json":
        write(
            json_text(
                {
                    "channels": Report("channels", heard).objects(),
                    "canaries": Report("canaries", probes).objects(),
                    "components": Report("components", parts).objects(),
                    "backlog": waits,
                    "limits": limits,
                    "room": room,
                    "warnings": warnings,
                    "gaps": gaps,
                }
            )
        )
        return
    _print(heard, now, is_watching=bool(config.mailboxes or config.logs or config.asking))
    if probes:
        table(Report("canaries", [one if one.channel else _astray(one) for one in probes]))
        print()
    if parts:
        table(Report("components", parts))
        from agent.reconcile.plain import plain

        for agent, at in sorted({part.agent: part.seen_at for part in parts}.items()):
            print(f"{plain(agent)} was last seen {_ago(at, now)}")
        print()
    print(f"Outbox:  {_outbox(waits, now)}")
    for name, used in limits.items():
        print(f"Limit:   {_limit(config, name, used, now)}")
    print(f"Judging: {_judging(waits, now)}")
    if room is not None:
        from agent.reconcile.room import octets

        print(f"Disk:    {octets(room.free)} free for the ledger")
    for warning in warnings:
        print(f"Warning: {warning}")
    print(f"Gaps:    {', '.join(f'{count} {kind}' for kind, count in gaps.items()) or 'none'}")


def _room(config: Config) -> Room | None:
    """Of a SQLite ledger's disk."""
    from agent.wiring.ledger import ledger_url
    from store.room import look

    return look(ledger_url(config))


def _warnings(config: Config, now: datetime, room: Room | None) -> list[str]:
    """What does not work, or will stop to work soon."""
    from agent.reconcile.room import shortage
    from agent.wiring.logins import ending

    short = shortage(room, config.daemon.least_room << 20) if room is not None else ""
    return [*([short] if short else []), *(one.words for one in ending(config, now.date()))]


def _unread(found: Unread, now: datetime) -> str:
    from agent.reconcile.plain import moment, plain

    told = (
        f"{plain(found.channel)}: {found.count} mail(s) of the last {_RECENT} days could not be "
        "read, and a report may be among them; see landed unmatched --outcome unreadable"
    )
    if found.until is None or found.until <= now:
        return told
    return (
        f"{told}. {found.withheld} of them the server lists and does not give: asked for again "
        f"until {moment(found.until)}"
    )


def _astray(probe: Canary) -> Canary:
    """One to the address that works, whose empty row would look like a missing one."""
    from dataclasses import replace

    return replace(probe, channel="(must not come back)")


def _unproven(probe: Canary, now: datetime) -> str:
    from agent.reconcile.plain import plain, span
    from store.telling import path

    return (
        f"{plain(path(probe.route, probe.channel))} was never proven: no probe could leave for "
        f"{span(now - probe.sent_at)} ({plain(probe.refusal)}). After a day nothing by it is "
        "presumed landed any more"
    )


def _unseen(config: Config, parts: list[Fared], now: datetime) -> list[str]:
    """That no agent runs, as far as can be told: its sweep says each time that it does."""
    from agent.reconcile.plain import moment, span

    if not parts:
        return []
    last = max(part.seen_at for part in parts)
    if now - last <= 3 * config.sweep.every + _LATE:
        return []
    return [
        f"no agent was seen for {span(now - last)} (since {moment(last)}): is it running? Until it "
        "is nothing is sent, heard or judged, and what stands here is of then"
    ]


def _with_deaf(parts: list[Fared], heard: list[ChannelRow]) -> list[Fared]:
    """A part that watches fares as its channel does; those that fail come first."""
    from dataclasses import replace

    failing = {f"watch {row.name}": row for row in heard if row.enabled and row.failing_since}
    told = [
        part
        if part.trouble or part.name not in failing
        else replace(
            part,
            trouble=failing[part.name].last_error,
            since=failing[part.name].failing_since or part.since,
        )
        for part in parts
    ]
    return sorted(told, key=lambda part: not part.trouble)


def _parts(config: Config, now: datetime) -> tuple[list[Fared], list[Canary], dict[str, Use]]:
    """How the agents' parts fare, the newest probe of each way, what limits are in use.

    Never makes a ledger.
    """
    from agent.cli.context import existing_ledger
    from store import canaries, components, slots

    ledger = existing_ledger(config)
    try:
        with ledger.transaction(read_only=True) as tx:
            return components.list_all(tx), canaries.ways(tx), slots.usage(tx, now=now)
    finally:
        ledger.close()


def _print(heard: list[ChannelRow], now: datetime, *, is_watching: bool) -> None:
    from agent.cli.output import table
    from agent.reconcile.reports import Report

    if heard:
        table(Report("channels", [row if row.enabled else _retired(row) for row in heard]))
        for row in heard:
            if row.enabled:
                print("\n".join(_lag(row, now)))
    elif is_watching:
        print("No channel was read yet: is the agent running?")
    else:
        print("Nothing is watched, so what comes back is not heard: add [[mailboxes]] or [[logs]].")
    print()


def _ago(at: datetime, now: datetime) -> str:
    from agent.reconcile.plain import moment, span

    if at > now + _LATE:
        return f"{moment(at)}, which is yet to come: the clock was set back"
    # it may have been said while this was put together
    return f"{span(max(now - at, timedelta(0)))} ago"


def _retired(row: ChannelRow) -> ChannelRow:
    """A channel that nobody reads any more neither fails nor works."""
    from dataclasses import replace

    return replace(row, failing_since=None, last_error="not configured any more")


def _lag(row: ChannelRow, now: datetime) -> Iterator[str]:
    """How far a channel was observed, in words, and each path to it that is in doubt."""
    from agent.reconcile.plain import moment, plain, span

    name = plain(row.name)
    if row.watermark is None:
        yield f"{name} was never read to its end"
    else:
        yield f"{name} was observed until {_ago(row.watermark, now)}"
    if row.next_try_at is not None and row.next_try_at > now:
        told = f"{name} is tried again at {moment(row.next_try_at)}"
        yield f"{told}, or at once when the agent is reloaded or started again"
    if row.lost is not None:
        since, until = (moment(one) for one in row.lost)
        yield (
            f"{name} lost what was there between {since} and {until}: of what was accepted before, "
            "silence proves nothing"
        )
    for probe in row.probes:
        told = f"{plain(probe.path)} is trusted until {span(now - probe.trusted)} ago"
        yield f"{told}: a probe is not back yet" + (
            f" ({plain(probe.cause)})" if probe.cause else ""
        )


def _outbox(waits: Backlog, now: datetime) -> str:
    from agent.reconcile.plain import moment, span

    if waits.next_try is None:
        return "nothing to send"
    if not waits.due:
        return f"{waits.waiting} to be tried, the next at {moment(waits.next_try)}"
    late = span(now - waits.next_try)
    return f"{waits.due} of {waits.waiting} due, the oldest for {late}"


def _limit(config: Config, name: str, used: Use, now: datetime) -> str:
    from agent.reconcile.plain import plain, span
    from agent.wiring import outward

    most = outward.limits(config).most_of(name)
    if not most:
        return f"{plain(name)}: {used.taken} taken; it is not configured any more"
    told = f"{plain(name)}: {used.taken} of {most} taken"
    return told if used.taken < most else f"{told}, the next in {span(used.next_free - now)}"


def _judging(waits: Backlog, now: datetime) -> str:
    from agent.reconcile.plain import span

    if waits.unjudged_since is None:
        return "nothing overdue"
    return f"{waits.unjudged} overdue, the oldest for {span(now - waits.unjudged_since)}"
