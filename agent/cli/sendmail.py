"""`landed sendmail`: what cron, PHP and others call as sendmail; exit codes of sysexits.h.

Owns that old command line. Must not decide what is taken on: intake does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from agent.config import Config
    from agent.outbound.intake import Accepted
    from store.database import Ledger

__all__ = ["Asked", "Sysexit", "Words", "parse", "sendmail"]

# options whose value follows, in the same word or the next; those kept are used
_WITH_VALUE = frozenset("fFrNRVXBCODhLpOoqdAe")
_NEXT_WORD = frozenset("fFrNRVXBCOhLp")  # where it may stand in the next word
_MODES = {"bs": "an SMTP conversation on standard input", "bp": "a list of its queue"}
_MODES |= {"bi": "an aliases file", "bt": "address tests", "bv": "address checks", "bd": "a daemon"}
_MODES |= {"bD": "a daemon", "bh": "a host list", "bH": "a host list", "q": "a run of its queue"}


class Words(TyperCommand):
    """Leaves every word to parse(): its options are older than any parser, "--" among them."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """All of them. Ends the command after --help alone."""
        if args == ["--help"]:
            print(self.get_help(ctx))
            ctx.exit()
        ctx.args = list(args)
        return ctx.args


class Sysexit(IntEnum):
    """How the command ended, in the numbers of BSD's sysexits.h."""

    OK = 0  # every recipient is owed the notice, durably
    USAGE = 64
    DATAERR = 65  # the message was refused
    NOUSER = 67  # an address was refused; the others were taken
    UNAVAILABLE = 69  # a mode of sendmail that is not offered
    SOFTWARE = 70
    CANTCREAT = 73  # there is no ledger, and none can be made
    IOERR = 74  # standard input
    TEMPFAIL = 75  # the ledger is busy or away: try again
    CONFIG = 78


@dataclass(slots=True)
class Asked:
    """What a sendmail command line asks for."""

    recipients: list[str] = field(default_factory=list)
    sender: str = ""  # -f, -r
    name: str = ""  # -F
    from_header: bool = False  # -t
    dots_are_text: bool = False  # -i, -oi
    verbose: bool = False  # -v
    mode: str = ""  # one that is not offered


class _UsageError(Exception):
    """The command line is wrong; the text says how."""


def parse(words: list[str]) -> Asked:
    """Reads the words behind `sendmail`. Raises _UsageError."""
    asked, left = Asked(), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            asked.recipients += left
            break
        if not word.startswith("-") or word == "-":
            asked.recipients.append(word)
            continue
        if word.startswith("--"):
            raise _UsageError(f"there is no option {word}; sendmail's have one dash and one letter")
        letter, value = word[1], word[2:]
        if letter in _NEXT_WORD and not value:
            if not left:
                raise _UsageError(f"-{letter} needs a value")
            value = left.pop(0)
        if letter in _WITH_VALUE or letter == "b":
            _valued(asked, letter, value)
        else:
            _flags(asked, word[1:])
    return asked


def _valued(asked: Asked, letter: str, value: str) -> None:
    if letter in "fr":
        asked.sender = value
    elif letter == "F":
        asked.name = value
    elif letter == "o" and value == "i":
        asked.dots_are_text = True
    elif letter == "b" and value != "m":
        asked.mode = f"b{value}"
    elif letter == "q":
        asked.mode = "q"


def _flags(asked: Asked, letters: str) -> None:
    """Letters in one word, such as -ti; what is not known is ignored, as sendmail does."""
    asked.from_header |= "t" in letters
    asked.dots_are_text |= "i" in letters
    asked.verbose |= "v" in letters


def sendmail(context: typer.Context) -> None:
    """Take a message from standard input as the sendmail program does (for cron, PHP, scripts).

    Understands -t, -i, -oi, -f, -r, -F, -v and recipients; ignores what does
    no harm. Ends with the codes of sysexits.h: 0 means that the notice is in
    the ledger.
    """
    try:
        asked = parse(context.args)
        if asked.mode:
            what = _MODES.get(asked.mode, f"-{asked.mode}")
            _end(f"not offered here: {what}; give a message on standard input", Sysexit.UNAVAILABLE)
        if not asked.recipients and not asked.from_header:
            _end("name recipients, or -t to take them from To, Cc and Bcc", Sysexit.USAGE)
        accepted = _taken(asked)
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - cron must be told in one line too
        _end(*_told(error))
    if asked.verbose:
        _tell(accepted)
    if accepted.refused:
        told = "; ".join(f"{one.text}: {one.reason}" for one in accepted.refused)
        _end(f"refused {told}; the other recipients were taken", Sysexit.NOUSER)


def _told(error: Exception) -> tuple[str, Sysexit]:
    """One sentence and an exit code."""
    from agent.configfile import ConfigError
    from agent.outbound.composing.template import TemplateError
    from agent.outbound.intake import IntakeError
    from store.errors import LedgerError, NoticeConflict

    if isinstance(error, IntakeError) and error.refused:
        return str(error), Sysexit.NOUSER
    if isinstance(error, OSError):
        return f"standard input cannot be read: {error.strerror}", Sysexit.IOERR
    # a conflict is an error of the ledger too, so it stands before those
    for kind, code in (
        (_UsageError, Sysexit.USAGE),
        (TemplateError, Sysexit.USAGE),
        (ConfigError, Sysexit.CONFIG),
        (IntakeError, Sysexit.DATAERR),
        (NoticeConflict, Sysexit.DATAERR),
        (LedgerError, Sysexit.TEMPFAIL),
    ):
        if isinstance(error, kind):
            return str(error), code
    return f"a mistake of the program itself ({type(error).__name__})", Sysexit.SOFTWARE


def _taken(asked: Asked) -> Accepted:
    """The notice, on disk."""
    from agent.cli.context import load_config

    config = load_config()
    raw = _message(asked)
    ledger = _ledger(config)
    try:
        return _accept(config, ledger, asked, raw)
    finally:
        ledger.close()


def _accept(config: Config, ledger: Ledger, asked: Asked, raw: bytes) -> Accepted:
    import uuid

    from agent.ingress.letter import completed, listed, qualified, with_domain
    from agent.outbound.composing.fields import mailbox
    from agent.outbound.composing.template import address_field
    from agent.outbound.intake import DEFAULT_CLASS
    from agent.wiring.doors import door
    from agent.wiring.outward import identity

    domain = identity(config).message_id_domain
    sender = b""
    if asked.sender.strip("<>") or asked.name:
        whole = with_domain(asked.sender.strip("<>"), domain) or _bare(config.identity.sender)
        sender = address_field("From", mailbox(asked.name, whole), most=1)
    letter = completed(raw, message_id=f"{uuid.uuid4().hex}@{domain}", sender=sender, domain=domain)
    wanted = [*asked.recipients, *(listed(letter) if asked.from_header else [])]
    place = door(config, ledger, notice_class=DEFAULT_CLASS)
    return place.accept(place.message(letter, recipients=qualified(wanted, domain)))


def _bare(sender: str) -> str:
    from email.utils import parseaddr

    return parseaddr(sender)[1]


def _ledger(config: Config) -> Ledger:
    from pathlib import Path

    from agent.cli.context import open_ledger
    from store.errors import LedgerError

    try:
        return open_ledger(config)
    except LedgerError as error:
        missing = "://" not in config.ledger and not Path(config.ledger).exists()
        _end(str(error), Sysexit.CANTCREAT if missing else Sysexit.TEMPFAIL)


def _message(asked: Asked) -> bytes:
    """Standard input, to its end or (without -i) to a line of a single dot."""
    from agent.outbound.screening import Limits

    most = Limits().max_bytes + 1
    if asked.dots_are_text:
        return sys.stdin.buffer.read(most)
    lines, size = [], 0
    for line in iter(lambda: sys.stdin.buffer.readline(most), b""):
        if line in {b".\n", b".\r\n"}:
            break
        lines.append(line)
        size += len(line)
        if size > most:
            break
    return b"".join(lines)


def _tell(accepted: Accepted) -> None:
    from agent.reconcile.plain import plain
    from store.ids import tracking_id

    print(f"notice {plain(accepted.key)}")
    for one in accepted.deliveries:
        print(f"{tracking_id(one.id)}  {plain(one.address)}")
    for warning in accepted.warnings:
        print(f"warning: {plain(warning)}")


def _end(message: str, code: int) -> NoReturn:
    from agent.reconcile.plain import plain

    print(f"landed sendmail: {plain(message)}", file=sys.stderr)
    raise typer.Exit(code)
