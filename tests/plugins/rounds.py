"""Rounds of sending in which the sender is killed, and the audit of ledger and far mailbox.

The sender runs as a process of its own with the real ledger, real lines and
several threads; a relay between it and the server stops the conversation at a
chosen word, and the process gets SIGKILL there. What follows is the recovery that
any other worker would make. Nothing in the program knows of these points.
"""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import or_, select

from agent.outbound.composing.compose import Identity
from agent.outbound.intake import accept_parts
from agent.outbound.routes import Relay
from agent.outbound.sending.sender import Retry, Sender
from parsers.token import AddressForm, Keyring, Purpose, find_marks, verify
from store.database import Ledger
from store.outbox import next_due
from store.tables import ATTEMPT, DELIVERY
from store.words import Policy
from tests.plugins.mailsite import MailSite
from tests.plugins.ports import HOST
from tests.plugins.wiretap import Side, Wiretap

__all__ = [
    "POINTS",
    "Audit",
    "Point",
    "arrived",
    "audit",
    "draw",
    "ids_in",
    "owe",
    "recover",
    "sender",
    "strike",
]

KEYS = Keyring({1: b"s" * 32}, 1)
WORKERS = 2
LEASE = timedelta(seconds=2)
_ROOT = Path(__file__).resolve().parents[2]
_WITHIN = 120.0  # seconds
_CHILD = "import sys; from tests.plugins.rounds import child; child(sys.argv[1], int(sys.argv[2]))"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a round is cut: before the nth word of a speaker, or after so many seconds."""

    name: str
    speaker: Side | None
    word: bytes = b""


POINTS = (
    Point("connecting", "server", b"220 "),
    Point("EHLO", "server", b"250-"),
    Point("MAIL on its way", "agent", b"MAIL FROM"),
    Point("RCPT on its way", "agent", b"RCPT TO"),
    Point("chunk on its way", "agent", b"BDAT "),
    Point("within the message", "agent", b"X-Landed-Number"),
    Point("MAIL answered", "server", b"250 2.1.0"),
    Point("RCPT answered", "server", b"250 2.1.5"),
    Point("message answered", "server", b"queued as"),
    Point("QUIT", "agent", b"QUIT"),
    Point("at any time", None),
)


def policy(_notice_class: str, _domain: str) -> Policy:
    """Ambiguous ones are sent again at once: the most doubles that the design allows."""
    return Policy("rounds", ambiguous_wait=timedelta(milliseconds=1))


def sender(
    ledger: Ledger, port: int, worker: str, *, answer: timedelta = timedelta(seconds=10)
) -> Sender:
    """A sender by the relay at port, whose claims are soon anybody's again."""
    return Sender(
        ledger=ledger,
        keyring=KEYS,
        identity=Identity(
            sender="Notices <notices@people.test>",
            return_path=AddressForm.parse("carla+{token}@people.test"),
            reply_to=None,
            message_id_domain="people.test",
            request_receipt=False,
            visible_reference=False,
        ),
        relays=[
            Relay("relay", HOST, port, security="none", local_hostname="agent.test", timeout=answer)
        ],
        policies=policy,
        retry=Retry(first=timedelta(milliseconds=10), longest=timedelta(milliseconds=50)),
        lease=LEASE,
        worker=worker,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def owe(ledger: Ledger, recipients: Sequence[str], key: str) -> list[int]:
    """Accept one notice to recipients; the deliveries."""
    accepted = accept_parts(
        ledger,
        key=key,
        recipients=recipients,
        sender="Notices <notices@people.test>",
        subject="A notice",
        text="Something that you are owed to know.\n" * 20,
        policies=policy,
        now=_now(),
    )
    return [one.id for one in accepted.deliveries]


def child(path: str, port: int) -> None:
    """What is killed: threads that send until nothing is left."""
    logging.disable(logging.CRITICAL)
    ledger = Ledger.open(path)
    working = sender(ledger, port, f"child-{os.getpid()}")
    print("ready", flush=True)
    stop = threading.Event()
    threads = [threading.Thread(target=working.run_once, args=(_now, stop)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def draw(chance: random.Random, point: Point, most: int) -> tuple[int, float, bool]:
    """Which occurrence of the word, how many seconds, and whether what was held arrives."""
    once = point.name in {"connecting", "EHLO", "QUIT"}
    return (1 if once else chance.randint(1, most)), chance.uniform(0, 0.3), chance.random() < 0.5


def strike(path: Path, tap: Wiretap, point: Point, nth: int, after: float, arrives: bool) -> bool:
    """Run a sender and kill it at the point; False when it had come to its end before."""
    gate = None
    if point.speaker is not None:
        for _ in range(nth - 1):
            tap.notice(point.speaker, point.word)
        gate = tap.hold(point.speaker, point.word)
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(tap.port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        deadline = time.monotonic() + (_WITHIN if gate is not None else after)
        while process.poll() is None and time.monotonic() < deadline:
            if gate is not None and gate.is_reached:
                break
            time.sleep(0.002)
        struck = process.poll() is None
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait(_WITHIN)
        process.stdout.close()
    if gate is not None and arrives:
        gate.open()
    else:
        tap.cut()
    return struck


def recover(
    ledger: Ledger,
    port: int,
    *,
    answer: timedelta = timedelta(seconds=10),
    within: float = _WITHIN,
) -> None:
    """What another worker does, until nothing is left to be sent. Raises TimeoutError."""
    working = sender(ledger, port, "rescuer", answer=answer)
    deadline = time.monotonic() + within
    while True:
        working.run_once(_now, threading.Event())
        with ledger.transaction(read_only=True) as tx:
            held = or_(DELIVERY.c.lease_until.is_not(None), DELIVERY.c.resend_at.is_not(None))
            due = next_due(tx) or tx.scalar(select(DELIVERY.c.id).where(held).limit(1))
        if due is None:
            return
        if time.monotonic() > deadline:
            message = f"still due after {within} s: {due}"
            raise TimeoutError(message)
        time.sleep(0.05)


def arrived(site: MailSite, address: str, count: int) -> list[bytes]:
    """The mails of an address once there are so many and no notice is on its way any more."""
    site.wait_for_mails(address, count)
    deadline = time.monotonic() + _WITHIN
    while any(one.startswith("r") for one in site.waiting()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return site.mails(address)


def ids_in(mails: Sequence[bytes]) -> Counter[int]:
    """How many copies of each delivery these mails are."""
    copies: Counter[int] = Counter()
    for raw in mails:
        mark = verify(KEYS, next(find_marks(message_from_bytes(raw)["X-Landed-Id"])))
        assert mark.purpose is Purpose.MESSAGE
        copies[mark.id] += 1
    return copies


@dataclass(slots=True)
class Audit:
    """The ledger held against the far mailbox."""

    deliveries: int = 0
    open_attempts: int = 0  # ambiguous, or started and never finished
    copies: int = 0
    doubles: int = 0  # all of them where an attempt is open
    lost: int = 0
    unexplained: int = 0  # more or fewer copies than the ledger can account for

    def __add__(self, other: "Audit") -> "Audit":
        return Audit(
            self.deliveries + other.deliveries,
            self.open_attempts + other.open_attempts,
            self.copies + other.copies,
            self.doubles + other.doubles,
            self.lost + other.lost,
            self.unexplained + other.unexplained,
        )


def audit(ledger: Ledger, deliveries: Sequence[int], copies: Counter[int]) -> Audit:
    """Each delivery: accepted <= copies <= accepted and open together, and at least one."""
    with ledger.transaction(read_only=True) as tx:
        rows = tx.execute(
            select(ATTEMPT.c.delivery_id, ATTEMPT.c.outcome).where(
                ATTEMPT.c.delivery_id.in_(deliveries)
            )
        ).all()
    accepted = Counter(row.delivery_id for row in rows if row.outcome == "accepted")
    unknown = Counter(row.delivery_id for row in rows if row.outcome in {"", "ambiguous"})
    found = Audit(len(deliveries), sum(unknown.values()))
    for one in deliveries:
        found.copies += copies[one]
        found.doubles += max(0, copies[one] - 1)
        found.lost += copies[one] == 0
        found.unexplained += not accepted[one] <= copies[one] <= accepted[one] + unknown[one]
    return found
