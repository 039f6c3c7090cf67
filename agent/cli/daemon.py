"""`landed run`: the agent itself, for good or for one pass."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.context import config_path, load_config, open_ledger

__all__ = ["run"]


def run(
    once: Annotated[
        bool, typer.Option("--once", help="One pass of everything, then end (for cron).")
    ] = False,
) -> None:
    """Send, watch, reconcile and report until stopped (SIGTERM), or once.

    SIGHUP reads the configuration again. Exit code 7: the stop came before
    everything in hand was finished; nothing is lost by that.
    """
    from agent.cli.progress import reading
    from agent.daemon import run_once, serve
    from agent.log import set_up
    from agent.signals import listening

    config = load_config()
    if once:
        with reading() as progress:
            set_up(config.daemon.log_level, config.daemon.log_format)
            ledger = open_ledger(config)
            try:
                raise typer.Exit(run_once(config, ledger, progress))
            finally:
                ledger.close()
    set_up(config.daemon.log_level, config.daemon.log_format)
    with listening() as requests:
        raise typer.Exit(serve(config_path(), open_ledger, requests))
