"""`landed parse`: what the reader of reports makes of mail on disk."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsers.read import Step
    from parsers.report import RecipientReport, Report

__all__ = ["as_object", "parse"]


def parse(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help='.eml files, folders of them, Maildirs, mboxes; "-" or nothing is standard input.',
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        Literal["jsonl", "table"],
        typer.Option("--format", help="One JSON object a message, or a table for people."),
    ] = "jsonl",
    explain: Annotated[
        bool, typer.Option("--explain", help="Which reader spoke, on which words.")
    ] = False,
) -> None:
    """Read bounces, receipts and replies; print what they say. Changes nothing."""
    from agent.exits import Exit

    failures: list[str] = []
    read = _read(paths or ["-"], failures, explain=explain)
    if form == "jsonl":
        _print_lines(read, explain=explain)
    else:
        _print_table(read, explain=explain)
    for failure in failures:
        print(f"landed parse: {failure}", file=sys.stderr)
    if failures:
        raise typer.Exit(Exit.PARTIAL)


def _read(
    paths: list[str], failures: list[str], *, explain: bool
) -> Iterator[tuple[str, Report, tuple[Step, ...]]]:
    """Each message's label, report and steps; what cannot be read goes to failures."""
    from parsers import read

    for label, raw in _messages(paths, failures):
        if explain:
            yield label, *read.explain(raw, clock=time.thread_time)
        else:
            yield label, read.read(raw, clock=time.thread_time), ()


def _messages(paths: list[str], failures: list[str]) -> Iterator[tuple[str, bytes]]:
    from agent.mailfiles import files_of, messages_of

    for path in sorted(set(paths)):
        try:
            if path == "-":
                yield from messages_of(sys.stdin.buffer, "-")
                continue
            for file in files_of(Path(path)):
                try:
                    with file.open("rb") as stream:
                        yield from messages_of(stream, str(file))
                except OSError as error:
                    failures.append(_told(str(file), error))
        except OSError as error:
            failures.append(_told(path, error))


def _told(path: str, error: OSError) -> str:
    from agent.reconcile.plain import plain

    return f"{plain(path)} was not read: {error.strerror or error}"


def _print_lines(read: Iterator[tuple[str, Report, tuple[Step, ...]]], *, explain: bool) -> None:
    import json

    for label, report, steps in read:
        row = as_object(label, report)
        if explain:
            row["explain"] = [
                {"reader": step.reader, "spoke": step.spoke, "words": step.words} for step in steps
            ]
        # ASCII: exact for programs, and without a control character on a terminal
        print(json.dumps(row))


def as_object(label: str, report: Report) -> dict[str, Any]:
    """A report as JSON has it: absent things are "", words are themselves."""
    return {
        "path": label,
        "kind": report.kind.value,
        "original_message_id": report.original_message_id,
        "envelope_id": report.envelope_id,
        "token": report.token,
        "feedback_type": report.feedback_type,
        "recipients": [_recipient(one) for one in report.recipients],
        "detector": report.detector,
        "clues": [{"kind": clue.kind.value, "value": clue.value} for clue in report.clues],
        "message_id": report.message_id,
        "sender": report.sender,
        "subject": report.subject,
        "date": report.date.isoformat() if report.date else "",
        "text": report.text,
        "until": report.until.isoformat() if report.until else "",
        "deputy": report.deputy,
        "notes": list(report.notes),
    }


def _recipient(one: RecipientReport) -> dict[str, Any]:
    return {
        "address": one.address,
        "original_address": one.original_address,
        "action": one.action.value if one.action else "",
        "disposition": one.disposition.value if one.disposition else "",
        "status": one.status,
        "reply_code": one.reply_code,
        "reason": one.reason.value,
        "severity": one.severity.value,
        "diagnostic": one.diagnostic,
        "reporting_mta": one.reporting_mta,
        "remote_mta": one.remote_mta,
        "command": one.command,
        "date": one.date.isoformat() if one.date else "",
        "retry_until": one.retry_until.isoformat() if one.retry_until else "",
        "basis": one.basis.value,
        "refused": one.refused,
        "contradictions": list(one.contradictions),
    }


_COLUMNS = ("message", "kind", "recipient", "outcome", "code", "reason", "severity", "answers")


def _print_table(read: Iterator[tuple[str, Report, tuple[Step, ...]]], *, explain: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from agent.reconcile.plain import plain

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    told: list[str] = []
    for label, report, steps in read:
        for row in _rows(label, report):
            table.add_row(*(Text(plain(cell)) for cell in row))
        if explain:
            told += [f"{label}:", *(_step(step) for step in steps)]
            told += [f"  note: {note}" for note in report.notes]
    # a pipe has no width of its own, and grep wants one line a row
    at_terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if at_terminal else 400, highlight=False)
    console.print(table)
    for line in told:
        print(plain(line))


def _rows(label: str, report: Report) -> Iterator[tuple[str, ...]]:
    answers = report.token or report.original_message_id or report.envelope_id
    kind = report.kind.value + (f" ({report.feedback_type})" if report.feedback_type else "")
    for one in report.recipients:
        outcome = one.action or one.disposition or ""
        if one.refused:
            outcome = f"{outcome} (refused)"
        address = one.address
        if one.original_address and one.original_address != one.address:
            address = f"{one.address} (for {one.original_address})"
        yield (
            label,
            kind,
            address,
            str(outcome),
            " ".join(code for code in (one.reply_code, one.status) if code),
            one.reason.value,
            one.severity.value,
            answers,
        )
    if not report.recipients:
        yield (label, kind, report.sender, "", "", "", "", answers)


def _step(step: Step) -> str:
    return f"  {step.reader}: {step.words}" if step.spoke else f"  {step.reader}: nothing"
