"""`landed unmatched`: what came back and changed nothing, and what was tried with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from store.strays import Stray

__all__ = ["app"]

_WIDTH = 60  # letters
_NEXT = {
    "unmatched": "where it is of a notice of yours, landed recipient ADDRESS lists what is owed to "
    "whom it names, and landed close ends that by hand",
    "forged": "nothing of it is believed: its mark was signed by nobody with a key of yours, or "
    "stands where none belongs",
    "foreign": "its mark names nothing that this ledger can believe: compare the keys ([tokens]) "
    "and the ledger with those of the agent that sent it",
    "unreadable": "read it in its folder by its UID: a report may be in it",
}

app = typer.Typer(
    help="List reports that could not be tied to any delivery, and what was tried.",
    invoke_without_command=True,
)


@app.callback()
def unmatched(
    context: typer.Context,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this outcome (may be repeated): unmatched, forged, foreign, unreadable."
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(help='Only reports recorded since then: "7d" ago, or a date in UTC.')
    ] = "",
    about: Annotated[
        str,
        typer.Option(
            help="Only reports in which this stands: an address, a tracking ID, words of the "
            "subject. The body is not searched."
        ),
    ] = "",
    limit: Annotated[
        int, typer.Option(min=0, help="List at most so many, the newest; 0 for all.")
    ] = 100,
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """List reports that changed no delivery, newest first, and what was tried with each."""
    if context.invoked_subcommand is not None:
        return
    from agent.cli.context import fail, load_config
    from agent.cli.output import clock, show, since_moment
    from agent.exits import Exit
    from agent.reconcile.reports import Report
    from agent.wiring.ledger import ledger_url
    from store import strays

    for name in outcome or []:
        if name not in strays.OUTCOMES:
            known = ", ".join(strays.OUTCOMES)
            fail(f'--outcome: there is no "{name}"; there are {known}', Exit.USAGE)
    ledger, start = ledger_url(load_config()), since_moment(since, clock())
    wanted = tuple(dict.fromkeys(outcome or strays.OUTCOMES))
    found = strays.newest(ledger, outcomes=wanted, since=start, about=about, limit=limit)
    if form == "table" and not found:
        print("No such reports.")
        return
    rows = [_row(one) for one in found]
    show(
        Report("unmatched", [_for_reading(row) for row in rows] if form == "table" else rows), form
    )
    if form == "table":
        counts = strays.count(ledger, since=start)
        told = ", ".join(f"{counts[name]} {name}" for name in wanted if name in counts)
        print(f"\n{told}; {len(found)} shown. landed unmatched show REPORT prints one.")


@app.command("show")
def show_one(
    report: Annotated[str, typer.Argument(help='What the column "report" says.')],
) -> None:
    """Print one report as it came, every control character written out."""
    from agent.cli.context import fail, load_config
    from agent.cli.output import write
    from agent.exits import Exit
    from agent.reconcile.plain import moment, plain
    from agent.wiring.ledger import ledger_url
    from store import strays

    number = _number(report)
    found = None if number is None else strays.one(ledger_url(load_config()), number)
    if found is None:
        fail(f"no report is known by {report!a}", Exit.NOT_FOUND)
    told, raw, size = found
    head = [
        f"outcome   {told.outcome}",
        f"kind      {told.kind}",
        f"found     {told.channel}, UID {told.uid}, received {moment(told.received_at)}",
        *(f"tried     {line}" for line in told.tried),
        f"summary   {told.summary}",
    ]
    if told.outcome in _NEXT:
        head.append(f"next      {_NEXT[told.outcome]}")
    if raw is not None and len(raw) < size:
        head.append(f"kept      its first {len(raw)} of {size} octets")
    if raw is None:
        body = ["The mail itself is no longer kept (sweep.keep_reports)."]
    else:
        body = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    write("\n".join(plain(line) for line in (*head, "", *body)) + "\n")


def _number(text: str) -> int | None:
    from store.ids import parse_tracking_id

    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    try:
        return parse_tracking_id(text)
    except ValueError:
        return None


def _for_reading(row: dict[str, object]) -> dict[str, object]:
    """Sender and subject cut: one that is made very long pushes all columns out of sight."""
    told = ((name, str(row[name])) for name in ("sender", "subject"))
    cut = {name: text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..." for name, text in told}
    return {**row, **cut}


def _row(one: Stray) -> dict[str, object]:
    from store.ids import tracking_id

    return {
        "report": tracking_id(one.id),
        "outcome": one.outcome,
        "kind": one.kind,
        "received_at": one.received_at,
        "channel": one.channel,
        "uid": one.uid,
        "sender": one.sender,
        "subject": one.subject,
        "tried": "; ".join(one.tried),
        "summary": one.summary,
        "message_id": one.message_id,
    }
