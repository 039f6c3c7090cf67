"""`landed suppress`: addresses that are deliberately not written to."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Ledger
    from store.suppressions import Suppressed

__all__ = ["app"]

app = typer.Typer(
    help="Keep the list of addresses that are deliberately not written to.", no_args_is_help=True
)

_Addresses = Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Mail addresses.")]


@app.command("list")
def list_all(
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """List every suppressed address, why, and the evidence where no person decided it."""
    from agent.cli.output import show
    from agent.reconcile.plain import plain
    from agent.reconcile.reports import Report
    from store import suppressions

    with _existing() as ledger, ledger.transaction(read_only=True) as tx:
        rows = suppressions.list_all(tx)
    if form == "table" and not rows:
        print("No address is suppressed.")
        return
    show(Report("suppressions", rows), form)
    if form == "table":
        for entry in rows:
            if entry.evidence:
                print(f"\n{plain(entry.address)}:")
                _show_evidence(entry)


@app.command("add")
def add(
    addresses: _Addresses,
    why: Annotated[str, typer.Option(help="The reason, shown wherever a notice is not sent.")],
) -> None:
    """Stop writing to these addresses; what is owed to them, or waits, shows as a gap."""
    from agent.cli.context import load_config, open_ledger
    from agent.cli.naming import canonical
    from agent.cli.output import clock, who
    from agent.reconcile.plain import plain
    from agent.wiring import reconciling
    from store import listing, suppressions

    wanted, now = [canonical(address) for address in addresses], clock()
    config = load_config()
    policies = reconciling.policies(config)
    with closing(open_ledger(config)) as ledger, ledger.transaction() as tx:
        new = [suppressions.add(tx, address, reason=why, by=who(), now=now) for address in wanted]
        fresh = {address: why for address, added in zip(wanted, new, strict=True) if added}
        listing.call_off(tx, fresh, policies=policies, now=now)
    for address, added in zip(wanted, new, strict=True):
        print(f"{plain(address)}: {'suppressed' if added else 'was suppressed already'}")


@app.command("remove")
def remove(addresses: _Addresses) -> None:
    """Write to these addresses again; notices owed meanwhile stay gaps until sent anew."""
    from agent.cli.naming import canonical
    from agent.cli.output import clock
    from agent.reconcile.plain import plain
    from store import suppressions

    wanted = [canonical(address) for address in addresses]
    with _existing() as ledger, ledger.transaction() as tx:
        gone = [suppressions.remove(tx, address, now=clock()) for address in wanted]
    for address, removed in zip(wanted, gone, strict=True):
        print(f"{plain(address)}: {'written to again' if removed else 'was not suppressed'}")
    if not all(gone):
        raise typer.Exit(Exit.NOT_FOUND)


@app.command("check")
def check(addresses: _Addresses) -> None:
    """Tell whether these addresses are written to; exit code 1 if any is not."""
    from agent.cli.naming import canonical
    from agent.reconcile.plain import moment, plain
    from store import suppressions

    wanted = [canonical(address) for address in addresses]
    with _existing() as ledger, ledger.transaction(read_only=True) as tx:
        found = suppressions.check(tx, wanted)
    for address in wanted:
        entry = found.get(address)
        told = (
            f"suppressed since {moment(entry.added_at)} by {plain(entry.added_by)}: "
            f"{plain(entry.reason)}"
            if entry
            else "not suppressed"
        )
        print(f"{plain(address)}: {told}")
        if entry:
            _show_evidence(entry)
    if found:
        raise typer.Exit(Exit.GAPS)


def _show_evidence(entry: Suppressed) -> None:
    """What it was suppressed for, a line each; nothing where a person decided it alone."""
    from agent.reconcile.plain import plain

    for line in entry.evidence:
        print(f"  {plain(line)}")


@contextmanager
def _existing() -> Iterator[Ledger]:
    """A ledger that is there: "not suppressed" of a fresh one would be a wrong answer."""
    from agent.cli.context import existing_ledger, load_config

    ledger = existing_ledger(load_config())
    try:
        yield ledger
    finally:
        ledger.close()
