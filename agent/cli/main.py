"""The command `landed`: which commands there are, and what happens when one fails.

Owns the list of commands and the last line of defence. Command modules import
their heavy parts inside their functions, so that --help stays quick.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from agent.cli import (
    close,
    daemon,
    demo,
    digest,
    doctor,
    gaps,
    init,
    login,
    notice,
    parse,
    recipient,
    send,
    sendmail,
    stats,
    status,
    suppress,
    token,
    trace,
    unmatched,
    user,
)
from agent.cli.context import use_config
from agent.exits import Exit

__all__ = ["app", "run"]

app = typer.Typer(
    name="landed",
    help="Did it land? Sends notices that must arrive and reports what has no proof of arrival.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# as shells have it: 128 and the number of SIGINT, of SIGPIPE
_INTERRUPTED, _UNREAD = 130, 141

_SEND, _ASK, _KEEP = "Sending", "Asking", "Running"

app.command("send", rich_help_panel=_SEND)(send.send)
app.command(
    "sendmail",
    rich_help_panel=_SEND,
    cls=sendmail.Words,
    add_help_option=False,
    context_settings={"allow_extra_args": True},
)(sendmail.sendmail)
app.add_typer(suppress.app, name="suppress", rich_help_panel=_SEND)
app.command("close", rich_help_panel=_SEND)(close.close)
app.command("gaps", rich_help_panel=_ASK)(gaps.gaps)
app.command("trace", rich_help_panel=_ASK)(trace.trace)
app.command("notice", rich_help_panel=_ASK)(notice.notice)
app.command("recipient", rich_help_panel=_ASK)(recipient.recipient)
app.command("stats", rich_help_panel=_ASK)(stats.stats)
app.add_typer(unmatched.app, name="unmatched", rich_help_panel=_ASK)
app.command("digest", rich_help_panel=_ASK)(digest.digest)
app.command("parse", rich_help_panel=_ASK)(parse.parse)
app.command("run", rich_help_panel=_KEEP)(daemon.run)
app.command("status", rich_help_panel=_KEEP)(status.status)
app.command("doctor", rich_help_panel=_KEEP)(doctor.doctor)
app.command("init", rich_help_panel=_KEEP)(init.init)
app.add_typer(token.app, name="token", rich_help_panel=_KEEP)
app.command("login", rich_help_panel=_KEEP)(login.login)
app.add_typer(user.app, name="user", rich_help_panel=_KEEP)
app.command("demo", rich_help_panel=_KEEP)(demo.demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"landed {version('landed')}")
        raise typer.Exit


@app.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="Configuration file.", envvar="LANDED_CONFIG", show_envvar=True
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    use_config(config)


def run() -> None:
    """The entry point: no error leaves here as a traceback unless LANDED_DEBUG asks for it."""
    _open_what_is_closed()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # Python does it when nothing can be told any more
    except SystemExit as ended:
        # typer turns these two into its own exit code 1, which here means "there are gaps"
        cause = ended.__context__
        if isinstance(cause, BrokenPipeError):
            _discard_output()
            sys.exit(_UNREAD)
        if isinstance(cause, typer.Abort):
            unanswered = isinstance(cause.__context__, EOFError)
            sys.exit(Exit.USAGE if unanswered else _INTERRUPTED)
        raise
    except BrokenPipeError:
        # the reader of our output went away (`landed gaps | head`): that is no "all is well"
        _discard_output()
        sys.exit(_UNREAD)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if os.environ.get("LANDED_DEBUG"):
            raise
        from agent.reconcile.plain import plain_lines

        message, code = _told(error)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and not error.filename:
            message = f"the output is not whole ({error.strerror}): make room where it goes"
            _discard_output()
        try:
            print(f"landed: {plain_lines(message)}", file=sys.stderr)
        except OSError:
            _discard(sys.stderr)  # nobody can be told but by the code
        sys.exit(code)


def _open_what_is_closed() -> None:
    """Whoever closed an output (`landed gaps >&-`) wants nothing of it: it goes nowhere.

    Otherwise the next file that is opened, the ledger perhaps, would be written to as one.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number, which is the closed one
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w"))


def _discard_output() -> None:
    _discard(sys.stdout)


def _discard(out: TextIO) -> None:
    """Python would complain at exit about what it can no longer write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def _told(error: Exception) -> tuple[str, Exit]:
    """One sentence and an exit code for an error; imports only what must be loaded by now."""
    from agent.configfile import ConfigError
    from store.errors import LedgerError

    if isinstance(error, ConfigError):
        return str(error), Exit.CONFIG
    if isinstance(error, LedgerError):
        return str(error), Exit.LEDGER
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}", Exit.SERVER
    return (
        f"a mistake of the program itself ({type(error).__name__}: {error}); nothing was lost. "
        "Set LANDED_DEBUG=1 to see where, and report it",
        Exit.SERVER,
    )
