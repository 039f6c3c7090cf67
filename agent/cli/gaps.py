"""`landed gaps`: what was owed and has no proof of arrival."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.exits import Exit

if TYPE_CHECKING:
    from datetime import datetime

    from store.reading import Reader
    from store.stories import GapRow

__all__ = ["gaps"]

_PAGE = 1000
_AT_TERMINAL = 100  # a table of thousands of rows helps nobody and takes seconds to lay out


def gaps(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="For monitoring: one line, and exit code 1 if there is any."),
    ] = False,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this kind (may be repeated): unsent, rejected, failed, delayed, silent, "
            "unconfirmed, contested, quarantined, suppressed, ambiguous, blind."
        ),
    ] = None,
    notice_class: Annotated[
        str | None, typer.Option("--class", help="Only notices of this class.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="Only recipients of this domain.")] = None,
    since: Annotated[
        str, typer.Option(help='Only gaps opened since then: "7d" ago, or a date in UTC.')
    ] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, help="List at most so many, 0 for all; if not given, 100 in a table, else all."
        ),
    ] = None,
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """List the gaps: what was owed and has no proof of arrival, oldest first."""
    from agent.cli.context import load_config, open_reader
    from agent.cli.output import clock, since_moment
    from agent.reconcile.late import absence, lateness

    config, now = load_config(), clock()
    wanted = _Wanted(
        kinds=_kinds(kind or []),
        notice_class=notice_class,
        domain=_domain(domain),
        since=since_moment(since, now),
    )
    most = limit if limit is not None else (_AT_TERMINAL if form == "table" else 0)
    reader = open_reader(config)
    try:
        rows = wanted.of(reader, most=most + 1 if most and not check else 0)
        every = config.sweep.every
        late = lateness(reader.backlog(now), every, now) or absence(reader.last_seen(), every, now)
    finally:
        reader.close()
    # gaps are found by sweeps only, and by what an agent hears
    stale = f"{late}: is the agent running?" if late else ""
    if check:
        _check(rows, stale, none="OK: no such gaps" if wanted.is_narrow else "OK: no gaps")
    if stale:
        print(f"landed: {stale}", file=sys.stderr)
    _print(rows, most, form, none=_none(stale, narrow=wanted.is_narrow))


def _none(stale: str, *, narrow: bool) -> str:
    if stale:
        return "No gaps were found yet."
    return "No such gaps." if narrow else "No gaps."


def _domain(given: str | None) -> str | None:
    """The domain as the ledger has it."""
    if not given or given.isascii():
        return given.lower() if given else None
    from parsers.addresses import domain_form

    return domain_form(given)


def _kinds(given: list[str]) -> list[str]:
    """The kinds asked for, each known. Ends the command for one that is not."""
    from agent.cli.context import fail
    from store.words import GapKind

    known = [kind.value for kind in GapKind]
    for kind in given:
        if kind not in known:
            fail(f'--kind: there is no "{kind}"; there are {", ".join(known)}', Exit.USAGE)
    return list(dict.fromkeys(given))


@dataclass(frozen=True)
class _Wanted:
    """Which gaps are asked for."""

    kinds: list[str]
    notice_class: str | None
    domain: str | None
    since: datetime | None

    @property
    def is_narrow(self) -> bool:
        """Whether others may be open that are not asked for."""
        return bool(self.kinds or self.notice_class or self.domain or self.since)

    def of(self, reader: Reader, most: int = 0) -> list[GapRow]:
        """Up to most of these open gaps, all of them for 0, oldest owed first."""
        kinds: list[str | None] = [*self.kinds] or [None]
        found = [row for kind in kinds for row in self._of_kind(reader, kind, most)]
        found.sort(key=lambda row: (row.owed_at, row.delivery_id))
        return found[:most] if most else found

    def _of_kind(self, reader: Reader, kind: str | None, most: int) -> list[GapRow]:
        found: list[GapRow] = []
        while not most or len(found) < most:
            page = reader.gaps(
                kind=kind,
                notice_class=self.notice_class,
                domain=self.domain,
                since=self.since,
                limit=_PAGE,
                after=found[-1].delivery_id if found else None,
            )
            found += page
            if len(page) < _PAGE:
                break
        return found


def _check(rows: list[GapRow], stale: str, *, none: str) -> None:
    """One line for a monitor. Always ends the command."""
    if not rows:
        print(f"STALE: {stale}" if stale else none)
        raise typer.Exit(Exit.GAPS if stale else Exit.OK)
    from collections import Counter

    from agent.reconcile.plain import moment

    kinds = Counter(row.kind.value for row in rows)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    noun = "gap" if len(rows) == 1 else "gaps"
    more = f"; {stale}" if stale else ""
    print(f"GAPS: {len(rows)} {noun} ({told}), oldest owed since {moment(rows[0].owed_at)}{more}")
    raise typer.Exit(Exit.GAPS)


def _print(rows: list[GapRow], most: int, form: str, *, none: str) -> None:
    from agent.cli.output import show
    from agent.reconcile.reports import Report

    if form == "table" and not rows:
        print(none)
        return
    more = bool(most) and len(rows) > most
    show(Report("gaps", rows[:most] if most else rows), form)
    if more and form == "table":
        print(f"\nThere are more than {most}: --limit 0 lists all, landed stats counts them.")
