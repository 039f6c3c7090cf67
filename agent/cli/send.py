"""`landed send`: hands a notice over, in parts or as a whole message."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.exits import Exit

if TYPE_CHECKING:
    from agent.config import Config
    from agent.outbound.intake import Accepted, Limits
    from parsers.addresses import Refused
    from store.database import Ledger
    from store.notices import DeliveryView

__all__ = ["send"]

_TO_FILE_BYTES = 10_000_000


def send(
    notice: Annotated[
        str,
        typer.Option(
            help="Your own key of the notice: the same key is the same notice, never a second "
            "mail. A whole message may bring it as X-Landed-Notice or Message-ID."
        ),
    ] = "",
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="Recipient (may be repeated). Without any, a whole message's To, Cc and Bcc."
        ),
    ] = None,
    to_file: Annotated[
        Path | None, typer.Option(help='File of recipients, one a line; "#" begins a remark.')
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Subject.")] = None,
    body_file: Annotated[
        Path | None, typer.Option(help='Text of the notice, UTF-8; "-": standard input.')
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option(help="The same as HTML, beside the text, UTF-8.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help='Another header, "Name: value" (may be repeated).')
    ] = None,
    sender: Annotated[
        str, typer.Option("--from", help="From address; the configured one if left out.")
    ] = "",
    notice_class: Annotated[
        str, typer.Option("--class", help="Class of the notice: it chooses the policy.")
    ] = "",
    message_file: Annotated[
        Path | None,
        typer.Option(help="A whole message (RFC 5322). Without any file: standard input."),
    ] = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="Send at once what is due, instead of leaving it to the agent."),
    ] = False,
    form: Annotated[
        Literal["table", "json"], typer.Option("--format", help="How to print.")
    ] = "table",
) -> None:
    """Owe a notice to its recipients, and print the tracking ID of each delivery."""
    from agent.cli.context import fail, load_config, open_ledger
    from agent.outbound.intake import IntakeError
    from store.errors import NoticeConflict

    parts = _Parts(notice, subject, body_file, html_file, header or [], sender)
    parts.check(message_file)
    config = load_config()
    recipients = [*(to or []), *_listed(to_file)]
    ledger = open_ledger(config)
    try:
        try:
            accepted = _accept(config, ledger, parts, recipients, notice_class, message_file)
        except IntakeError as error:
            _tell_refused(error.refused)
            fail(_plain(str(error)), Exit.USAGE)
        except NoticeConflict as error:
            fail(_plain(str(error)), Exit.USAGE)
        unreached = _send_now(config, ledger) if now else False
        deliveries = _looked_up(ledger, accepted)
    finally:
        ledger.close()
    _print(accepted, deliveries, form, with_stage=now)
    _tell_refused(accepted.refused)
    for warning in accepted.warnings:
        print(f"landed: warning: {_plain(warning)}", file=sys.stderr)
    if accepted.refused:
        raise typer.Exit(Exit.PARTIAL)
    if now and any(one.state.stage < 1 for one in deliveries):
        raise typer.Exit(Exit.SERVER if unreached else Exit.GAPS)


class _Parts:
    """The options that build a message, and how they go together."""

    def __init__(
        self,
        notice: str,
        subject: str | None,
        body_file: Path | None,
        html_file: Path | None,
        headers: list[str],
        sender: str,
    ) -> None:
        self.notice = notice
        self.subject = subject
        self.body_file = body_file
        self.html_file = html_file
        self.headers = headers
        self.sender = sender

    def check(self, message_file: Path | None) -> None:
        """Ends the command where the options contradict each other."""
        from agent.cli.context import fail

        if self.body_file is not None:
            if message_file is not None:
                fail("give either --body-file or --message-file", Exit.USAGE)
            if not self.notice:
                fail(
                    "--notice is missing: a key of your own, such as incident-4711; sending it "
                    "twice is then no second mail",
                    Exit.USAGE,
                )
            if self.subject is None:
                fail("--subject is missing", Exit.USAGE)
            return
        for option, given in (
            ("--subject", self.subject is not None),
            ("--html-file", self.html_file is not None),
            ("--header", bool(self.headers)),
            ("--from", bool(self.sender)),
        ):
            if given:
                fail(f"{option} goes with --body-file; a whole message has its own", Exit.USAGE)
        if message_file is None and _at_terminal():
            fail("give --body-file, --message-file, or a message on standard input", Exit.USAGE)


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _accept(
    config: Config,
    ledger: Ledger,
    parts: _Parts,
    recipients: list[str],
    notice_class: str,
    message_file: Path | None,
) -> Accepted:
    from agent.cli.output import clock
    from agent.outbound.intake import DEFAULT_CLASS, Limits, accept_message, accept_parts
    from agent.wiring.reconciling import policies

    limits = Limits()
    if parts.body_file is None:
        return accept_message(
            ledger,
            _read(message_file or Path("-"), limits),
            sender=config.identity.sender,
            policies=policies(config),
            now=clock(),
            key=parts.notice,
            recipients=recipients,
            notice_class=notice_class,
            limits=limits,
        )
    return accept_parts(
        ledger,
        key=parts.notice,
        recipients=recipients,
        sender=parts.sender or config.identity.sender,
        subject=parts.subject or "",
        text=_text(parts.body_file, limits),
        html=_text(parts.html_file, limits) if parts.html_file else None,
        headers=[_header(line) for line in parts.headers],
        notice_class=notice_class or DEFAULT_CLASS,
        policies=policies(config),
        now=clock(),
        limits=limits,
    )


def _send_now(config: Config, ledger: Ledger) -> bool:
    """Works the outbox off once; whether a relay could not be reached."""
    import os
    from socket import gethostname
    from threading import Event

    from agent.cli.output import clock
    from agent.log import set_up
    from agent.wiring.outward import sender

    set_up("warning", config.daemon.log_format)
    worker = sender(config, ledger, f"{gethostname()}/{os.getpid()}/send")
    try:
        return worker.run_once(clock, Event()).unreached > 0
    finally:
        worker.close()


def _looked_up(ledger: Ledger, accepted: Accepted) -> list[DeliveryView]:
    from store import notices

    with ledger.transaction(read_only=True) as tx:
        found = [notices.delivery(tx, one.id) for one in accepted.deliveries]
    return [one for one in found if one is not None]


def _read(path: Path, limits: Limits) -> bytes:
    """The bytes of a file or, for "-", of standard input. Ends the command where it cannot."""
    from agent.cli.context import fail

    most = limits.max_bytes + 1
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(most)
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", Exit.USAGE)


def _text(path: Path, limits: Limits) -> str:
    from agent.cli.context import fail

    raw = _read(path, limits)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(
            f"{path} is not UTF-8 text (byte {error.start}); convert it, or send a whole message",
            Exit.USAGE,
        )


def _header(line: str) -> tuple[str, str]:
    from agent.cli.context import fail

    name, colon, value = line.partition(":")
    if not colon:
        fail(f'--header "{_plain(line[:60])}" is not of the form "Name: value"', Exit.USAGE)
    return name.strip(), value.strip(" \t")


def _listed(path: Path | None) -> list[str]:
    """The entries of a file of recipients."""
    from agent.cli.context import fail

    if path is None:
        return []
    try:
        with path.open("rb") as file:
            raw = file.read(_TO_FILE_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", Exit.USAGE)
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text", Exit.USAGE)
    if len(raw) > _TO_FILE_BYTES:
        fail(f"{path} has more than {_TO_FILE_BYTES} bytes: that is no list", Exit.USAGE)
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _plain(text: str) -> str:
    from agent.reconcile.plain import plain

    return plain(text)


def _tell_refused(refused: tuple[Refused, ...]) -> None:
    for one in refused:
        print(f"landed: refused {_plain(one.text)}: {_plain(one.reason)}", file=sys.stderr)


def _print(
    accepted: Accepted, deliveries: list[DeliveryView], form: str, *, with_stage: bool
) -> None:
    from agent.cli.output import write
    from agent.reconcile.reports import json_text
    from store.ids import tracking_id

    created = {one.id: one.created for one in accepted.deliveries}
    rows = [
        {
            "tracking_id": tracking_id(one.id),
            "recipient": one.address,
            "number": one.number,
            "created": created[one.id],
            "stage": one.state.stage,
            "verdict": one.state.verdict,
            "why": one.state.why,
        }
        for one in deliveries
    ]
    if form == "json":
        answer = {
            "notice": accepted.key,
            "notice_id": tracking_id(accepted.notice_id),
            "created": accepted.created,
            "deliveries": rows,
            "refused": [{"address": one.text, "reason": one.reason} for one in accepted.refused],
            "warnings": accepted.warnings,
        }
        write(json_text(answer))
        return
    known = "" if accepted.created else " (known already)"
    write(f"notice {_plain(accepted.key)}{known}\n")
    width = max((len(str(row["recipient"])) for row in rows), default=0)
    for row in rows:
        new = "" if row["created"] else "  (known already)"
        recipient = _plain(str(row["recipient"]))
        line = f"{row['tracking_id']}  {recipient:<{width}}  number {row['number']}{new}"
        if with_stage:
            line += f"  {_plain(str(row['why']))}"
        write(f"{line}\n")
