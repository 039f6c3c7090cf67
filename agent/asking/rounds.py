"""A round of asking: which mailboxes are due, one look each, what was found into the ledger.

Owns the order of work and what a failure costs. Must not know a protocol nor judge. What
one look found is one transaction, so that a finding counts once wherever it is killed.
"""

import logging
import random
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from agent.asking.connector import (
    AskingError,
    Connector,
    Look,
    MailboxError,
    Stopped,
    Wanted,
)
from agent.log import event
from parsers.token import Keyring, Purpose, sign
from store import asked, asking, channels
from store.asking import Open
from store.database import Ledger
from store.evidence import NewFact
from store.words import FactKind, PolicyBook

__all__ = ["Asker", "Round", "asking_channel"]

_LOG = logging.getLogger("landed.asking")
_PATIENCE = 5  # mailboxes refused in a row, with none that opened: the fault is not theirs


def asking_channel(name: str) -> str:
    """The channel's name in the ledger and in reports. No mailbox's has it: they have a slash."""
    return f"asking:{name}"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    held: bool  # False: another agent asks there
    mailboxes: int = 0  # that were looked into
    refused: int = 0  # that were not to be looked into
    facts: int = 0  # that were new


class Asker:
    """Asks by one connector. One thread at a time.

    domains: of the recipients that it is asked about, as the ledger has them. most: the
    mailboxes of one round.
    """

    def __init__(
        self,
        ledger: Ledger,
        connector: Connector,
        domains: Collection[str],
        keyring: Keyring,
        policies: PolicyBook,
        *,
        most: int = 100,
        log: logging.Logger = _LOG,
    ) -> None:
        self.name = connector.name
        self._ledger = ledger
        self._connector = connector
        self._domains = domains
        self._keyring = keyring
        self._policies = policies
        self._most = most
        self._log = log

    def run_once(self, now: Callable[[], datetime], stop: threading.Event) -> Round:
        """One round. Raises AskingError, after noting it on the channel, and LedgerError.

        A mailbox that cannot be asked stops no other; where none can, that is an error.
        """
        channel = asking_channel(self.name)
        with self._ledger.hold(f"ask {self.name}") as held:
            if not held:
                return Round(held=False)
            number = self._ledger.run(
                lambda tx: channels.ensure(tx, channel, channels.MAILBOX, now()).id
            )
            try:
                done = self._round(now, stop)
            except AskingError as error:
                told = str(error)
                self._ledger.run(lambda tx: channels.failed(tx, number, told, now()))
                raise
            finally:
                self._connector.close()
            through = now() - self._connector.lag
            self._ledger.run(lambda tx: channels.observed(tx, number, through, now()))
        return done

    def _round(self, now: Callable[[], datetime], stop: threading.Event) -> Round:
        due = list(self._due(now()).items())
        # whoever cannot be asked must not stand before the others in each round
        random.shuffle(due)
        looked = facts = 0
        refused: list[tuple[Sequence[Open], MailboxError]] = []
        for address, ones in due:
            try:
                look = self._connector.look(address, self._wanted(ones), now(), stop)
            except MailboxError as error:
                refused.append((ones, error))
                if len(refused) == _PATIENCE and not looked:
                    break
                continue
            except Stopped:
                break
            looked += 1
            facts += self._keep(ones, look, now())
        if refused and not looked:
            raise AskingError(str(refused[0][1]))
        # a refusal is a look where others were let in
        for unasked, trouble in refused:
            event(self._log, logging.WARNING, "not-asked", why=str(trouble))
            self._keep(unasked, Look((), None), now())
        level = logging.INFO if facts else logging.DEBUG
        event(self._log, level, "asked", asking=self.name, mailboxes=looked, facts=facts)
        return Round(held=True, mailboxes=looked, refused=len(refused), facts=facts)

    def _due(self, now: datetime) -> dict[str, list[Open]]:
        # tx is the ledger's affair: this layer does not know the database's types
        def read(tx: Any) -> dict[str, list[Open]]:
            asking.forget(tx, self._domains, now=now)
            return asking.due(tx, self._domains, now=now, most=self._most)

        return self._ledger.run(read)

    def _wanted(self, ones: Sequence[Open]) -> list[Wanted]:
        return [
            Wanted(
                one.delivery_id,
                one.message_id,
                sign(self._keyring, Purpose.MESSAGE, one.delivery_id),
                parseaddr(one.sender)[1],
                one.owed_at,
            )
            for one in ones
        ]

    def _keep(self, ones: Sequence[Open], look: Look, now: datetime) -> int:
        answers = [
            asked.Answer(
                one.delivery_id,
                tuple(self._facts(one, look, now)),
                look.through,
                counts=one.due,
                lag=self._connector.lag,
            )
            for one in ones
        ]
        return self._ledger.run(
            lambda tx: asked.record(tx, answers, policies=self._policies, now=now)
        )

    def _facts(self, one: Open, look: Look, now: datetime) -> Iterator[NewFact]:
        seen = [sighting for sighting in look.sightings if sighting.delivery_id == one.delivery_id]
        for sighting in seen:
            yield NewFact(
                sighting.kind,
                one.delivery_id,
                sighting.at,
                sighting.assurance,
                clue=f"<{one.message_id}>, asked for in the recipient's own mailbox",
                recipient=one.address,
                reporting_mta=asking_channel(self.name),
                detail=sighting.detail,
            )
        # what tells late may not know yet of a mail that is just on its way
        if not seen and look.through is not None and look.through >= one.owed_at:
            yield NewFact(
                FactKind.ABSENT,
                one.delivery_id,
                now,
                clue=f"<{one.message_id}>, asked for in the recipient's own mailbox",
                recipient=one.address,
                reporting_mta=asking_channel(self.name),
                detail=look.absent,
            )
