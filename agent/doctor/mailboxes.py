"""Whether each watched mailbox lets us in, has its folders, and what its server offers.

Owns the examinations of mailboxes, and of what the agent leaves alone for a while. Changes
nothing in them.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from agent.doctor.finding import Finding, Level
from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mailbox
from agent.inbound.watch import channel_name
from agent.reconcile.plain import moment
from store.database import Ledger
from store.reading import Reader

__all__ = ["examine_mailbox", "put_off"]

_AGAIN = "correct this mailbox or its section, then run this again; until then silence is no news"
_WANTED = {
    "IDLE": "new mail is noticed only at each poll; shorten poll if that is too late",
    "UIDPLUS": 'moving needs it where MOVE is missing; use after = "leave" or "flag"',
    "MOVE": 'moving copies and expunges instead; use after = "leave" or "flag" if that matters',
    "CONDSTORE": "nothing is lost without it: that a folder did not change has one witness less",
}


def examine_mailbox(account: Account) -> tuple[list[Finding], bool]:
    """What is found of one mailbox, and whether it can be read."""
    subject = f"mailbox {account.name}"
    findings = []
    try:
        with Mailbox(account, account.folders[0]) as mailbox:
            findings.append(Finding(Level.OK, subject, f"{account.where} lets us in"))
            findings += _capabilities(subject, mailbox)
            findings += _folders(subject, account, mailbox)
    except ImapError as error:
        return [*findings, Finding(Level.FAIL, subject, str(error), _AGAIN)], False
    return findings, all(finding.level is not Level.FAIL for finding in findings)


def put_off(ledger: Ledger, readable: Collection[Account], now: datetime) -> Iterator[Finding]:
    """The folders that the agent does not try just now, though we can. Raises LedgerError."""
    with Reader.open(ledger.url) as reader:
        heard = {row.name: row for row in reader.channels()}
    for account in readable:
        for folder in account.folders:
            row = heard.get(channel_name(account, folder))
            if row is None or row.next_try_at is None or row.next_try_at <= now:
                continue
            why = f" ({row.last_error})" if row.last_error else ""
            yield Finding(
                Level.NOTE,
                f"mailbox {account.name}",
                f'the agent tries folder "{folder}" again at {moment(row.next_try_at)}{why}',
                "we were let in just now, so that reloading the agent (SIGHUP) has it heard at "
                "once; it reads a new password then, one from the environment when it is started",
            )


def _capabilities(subject: str, mailbox: Mailbox) -> Iterator[Finding]:
    there = [name for name in _WANTED if name in mailbox.capabilities]
    if there:
        yield Finding(Level.OK, subject, f"offers {', '.join(there)}")
    for name, consequence in _WANTED.items():
        if name not in there:
            yield Finding(Level.NOTE, subject, f"{name} is not offered", consequence)


def _folders(subject: str, account: Account, mailbox: Mailbox) -> Iterator[Finding]:
    for folder in account.folders:
        mailbox.folder = folder
        try:
            mailbox.select()
        except ImapError as error:
            yield Finding(Level.FAIL, subject, str(error), _AGAIN)
        else:
            yield Finding(Level.OK, subject, f'folder "{folder}" opens')
            if account.tidies and not mailbox.may_write:
                yield Finding(
                    Level.NOTE,
                    subject,
                    f'folder "{folder}" may only be read',
                    "reports are heard, but their mail stays as it is and each is told as not "
                    'tidied; use after = "leave", or have the rights to change it granted',
                )
    moves = account.after == "move" or any(after == "move" for _, after in account.after_by_kind)
    if moves and account.move_to not in mailbox.folders():
        yield Finding(
            Level.NOTE,
            subject,
            f'folder "{account.move_to}" is not there yet',
            "it is made with the first report that is moved",
        )
