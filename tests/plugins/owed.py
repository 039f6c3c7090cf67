"""A ledger in which notices are owed and mailed, and the reports that come back on them.

Owns the short way to a delivery with attempts, without any mail server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from parsers.token import AddressForm, Keyring, Purpose, sign
from store import channels, notices, outbox
from store.channels import Channel
from store.database import Ledger
from store.notices import DeliveryView, NewNotice, NewRecipient
from store.outbox import AttemptResult
from store.words import Outcome, Policy, PolicyBook, Verdict

__all__ = ["BOUNCES", "DOMAIN", "KEYRING", "REPLIES", "Owed", "open_owed", "policies"]

DOMAIN = "notices.example"
KEYRING = Keyring({1: b"0123456789abcdef0123456789abcdef"}, current=1)
BOUNCES = AddressForm("", "bounces.example")
REPLIES = AddressForm("replies+", "notices.example")

_WORKER = "test"


def policies(_notice_class: str, _domain: str) -> Policy:
    """One policy for all: delivered, by a claim, within two days."""
    return Policy("test")


@dataclass(frozen=True, slots=True)
class Owed:
    """The ledger, and what was mailed from it."""

    ledger: Ledger
    policies: PolicyBook = policies

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def mail(self, key: str, *addresses: str, message_id: str = "") -> list[int]:
        """Owe a notice to each address and record one accepted attempt; the deliveries."""
        now = self.now() - timedelta(minutes=30)
        notice = NewNotice(key, "alert", key, f"ops@{DOMAIN}", b"Subject: x\r\n\r\nx\r\n")
        people = [NewRecipient(address, address) for address in addresses]
        with self.ledger.transaction() as tx:
            done = notices.accept(tx, notice, people, policies=self.policies, now=now)
            outbox.claim(tx, worker=_WORKER, limit=100_000, lease=timedelta(minutes=5), now=now)
        ids = [delivery.id for delivery in done.deliveries]
        for number in ids:
            with self.ledger.transaction() as tx:
                attempt = outbox.start_attempt(
                    tx,
                    number,
                    worker=_WORKER,
                    route="test",
                    envelope_from=self.bounce_address(number),
                    message_id=message_id or f"{sign(KEYRING, Purpose.MESSAGE, number)}@{DOMAIN}",
                    envelope_id=sign(KEYRING, Purpose.BOUNCE, number, 1),
                    now=now,
                )
                outbox.finish_attempt(
                    tx,
                    number,
                    attempt,
                    AttemptResult(Outcome.ACCEPTED, reply_code="250", reply_text="250 ok"),
                    retry_at=None,
                    policies=self.policies,
                    now=now,
                )
        return ids

    def bounce_address(self, delivery: int, attempt: int = 1) -> str:
        return BOUNCES.address(sign(KEYRING, Purpose.BOUNCE, delivery, attempt))

    def delivery(self, number: int) -> DeliveryView:
        with self.ledger.transaction(read_only=True) as tx:
            found = notices.delivery(tx, number)
        assert found is not None
        return found

    def verdicts(self, numbers: list[int]) -> list[Verdict]:
        return [self.delivery(number).state.verdict for number in numbers]

    def channel(self, name: str) -> Channel:
        with self.ledger.transaction(read_only=True) as tx:
            return next(one for one in channels.all(tx) if one.name == name)

    def dsn(self, delivery: int, action: str, *, to: str = "", status: str = "") -> bytes:
        """An RFC 3464 report on a delivery; to is the address it arrives at."""
        address = self.delivery(delivery).address
        status = status or {"failed": "5.1.1", "delayed": "4.4.1"}.get(action, "2.0.0")
        text = (
            "From: MAILER-DAEMON@mx.example\n"
            f"To: {to or self.bounce_address(delivery)}\n"
            "Subject: Delivery Status Notification\n"
            f"Message-ID: <{delivery}.{action}@mx.example>\n"
            "Auto-Submitted: auto-replied\n"
            "MIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\nContent-Type: text/plain\n\nA report on your mail.\n"
            "--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.example\n\n"
            f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n\n--b--\n"
        )
        return text.replace("\n", "\r\n").encode()

    def reply(self, delivery: int, *, to: str = "", reference: str = "") -> bytes:
        """A person's answer."""
        view = self.delivery(delivery)
        to = to or REPLIES.address(sign(KEYRING, Purpose.REPLY, delivery))
        text = (
            f"From: {view.address}\nTo: {to}\nSubject: Re: {view.key}\n"
            f"Message-ID: <reply.{delivery}@people.example>\n"
            + (f"In-Reply-To: <{reference}>\n" if reference else "")
            + "\nThank you, we have seen it.\n"
        )
        return text.replace("\n", "\r\n").encode()


@contextmanager
def open_owed(directory: Path, book: PolicyBook = policies) -> Iterator[Owed]:
    """A fresh SQLite ledger in directory, with these policies."""
    ledger = Ledger.open(directory / "landed.db")
    try:
        yield Owed(ledger, book)
    finally:
        ledger.close()
