"""What is told after a start waits for the channels to be read, not for ever."""

import threading
import time
from datetime import timedelta

from agent.reconcile.ears import wait_for_ears
from store import channels
from store.database import Ledger
from tests.plugins.ledgers import T0
from tests.plugins.waiting import PATIENCE

LONG = timedelta(hours=1)


def test_it_ends_once_every_channel_was_read(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        inbox = channels.ensure(tx, "inbox", "imap", T0).id
    waiting = threading.Thread(
        target=wait_for_ears,
        args=(ledger, T0, threading.Event()),
        kwargs={"at_most": LONG},
        daemon=True,
    )
    waiting.start()
    waiting.join(0.6)
    assert waiting.is_alive()
    with ledger.transaction() as tx:
        channels.observed(tx, inbox, T0, T0)
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


def test_it_ends_with_the_agent_or_its_time(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        channels.ensure(tx, "inbox", "imap", T0)
    stop = threading.Event()
    began = time.monotonic()
    wait_for_ears(ledger, T0, stop, at_most=timedelta(seconds=0.3))
    stop.set()
    wait_for_ears(ledger, T0, stop, at_most=LONG)
    assert time.monotonic() - began < PATIENCE
