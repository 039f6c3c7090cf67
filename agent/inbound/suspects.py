"""Why a probe may be missing: what the mailbox itself shows when it is asked.

Owns the looking, and the wording of what was found. Must not change anything in the
mailbox. Each finding is a sentence for whoever administers it.
"""

import re
from collections.abc import Collection, Iterator

from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mailbox

__all__ = ["suspects"]

_JUNK = re.compile(r"junk|spam|bulk|quarant", re.IGNORECASE)
_FOLDERS = 5  # that are looked through
_NEARLY = 0.99  # of a quota: the next mail may be the one that does not fit
_ROOM = 64  # KiB, the unit of STORAGE (RFC 9208 5.1), that a report may take


def suspects(account: Account, mark: str) -> list[str]:
    """What speaks for a cause; empty where nothing does. Never raises.

    mark is the probe's, which stands in its Message-ID and in the address it went to.
    """
    try:
        with Mailbox(account, account.folders[0]) as mailbox:
            return [*_full(mailbox, account), *_elsewhere(mailbox, account, mark)]
    except ImapError as error:
        return [str(error)]


def _full(mailbox: Mailbox, account: Account) -> Iterator[str]:
    for resource, used, limit in mailbox.quotas():
        scarce = resource.upper() == "STORAGE" and limit - used < _ROOM
        if limit and (used >= limit * _NEARLY or scarce):
            yield (
                f'mailbox "{account.name}" is full ({used} of {limit}, {resource}): empty it, or '
                "raise its quota"
            )


def _elsewhere(mailbox: Mailbox, account: Account, mark: str) -> Iterator[str]:
    for folder in _unwatched_junk(mailbox, account.folders):
        if mailbox.holds(folder, mark):
            yield (
                f'the probe lies in folder "{folder}" of mailbox "{account.name}": tell its '
                "filter that mail to the return path is no junk, and add the folder to folders"
            )


def _unwatched_junk(mailbox: Mailbox, watched: Collection[str]) -> list[str]:
    found = [
        name
        for name, junk in mailbox.places()
        if name not in watched and (junk or _JUNK.search(name))
    ]
    return found[:_FOLDERS]
