"""Whether each watched mailbox lets us in, has its folders, and what its server offers.

Owns the examinations of mailboxes. Changes nothing in them.
"""

from collections.abc import Iterator

from agent.doctor.finding import Finding, Level
from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mailbox

__all__ = ["examine_mailbox"]

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
