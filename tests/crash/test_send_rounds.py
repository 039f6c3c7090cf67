"""Senders are killed, disks fill up and relays misbehave: nothing is lost, no double is silent."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.outbound.sending import bookkeeper
from store.database import Ledger
from store.errors import LedgerError
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.rounds import (
    POINTS,
    Point,
    arrived,
    audit,
    draw,
    ids_in,
    owe,
    recover,
    sender,
    strike,
)
from tests.plugins.smalldisk import a_small_disk, fill
from tests.plugins.smtpd import CLOSE, SILENCE, Reply, scripted
from tests.plugins.wiretap import wiretap

pytestmark = [pytest.mark.crash]

MANY = 12
PEOPLE = [f"r{number}@{Cast.BOUNCE_DOMAIN}" for number in range(MANY)]
EHLO = "250-scripted.test\r\n250-DSN\r\n250-PIPELINING\r\n250 CHUNKING"


@pytest.mark.servers
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name.replace(" ", "-"))
def test_killed_at_each_step(
    point: Point, mail_site: MailSite, ledger_url: str, ledger: Ledger
) -> None:
    chance = random.Random(point.name)
    nth, after, arrives = draw(chance, point, MANY // 2)
    ids = owe(ledger, PEOPLE, "round")
    with wiretap(mail_site.smtp_port) as tap:
        assert strike(Path(ledger_url), tap, point, nth, after, arrives) or point.speaker is None
        recover(ledger, mail_site.smtp_port)
    found = audit(ledger, ids, ids_in(arrived(mail_site, Cast.BOUNCES, MANY)))
    assert (found.lost, found.unexplained) == (0, 0), found


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "FINAL"])
@pytest.mark.parametrize(
    "how",
    [
        *(CLOSE, SILENCE, "what?", "421 4.3.2 not now", "451 4.7.1 later"),
        "250 2.1.5 ok\r\n250 2.1.5 ok",
    ],
)
def test_a_relay_that_misbehaves_now_and_then(
    how: str, command: str, pipelining: bool, ledger: Ledger
) -> None:
    def reply(count: int) -> str:
        if count not in ({4} if how == SILENCE else {1, 4, 9, 10}):
            return "250 2.0.0 Ok: queued as 9F00D" if command == "FINAL" else "250 ok"
        if command == "FINAL" and how.startswith("4"):
            server.messages.pop()  # who says so has not taken it
        return how

    script: dict[str, Reply] = {command: reply}
    if pipelining:
        script["EHLO"] = EHLO
    ids = owe(ledger, PEOPLE, "relay")
    with scripted(script) as server:
        recover(ledger, server.port, answer=timedelta(milliseconds=500))
    found = audit(ledger, ids, ids_in(server.messages))
    assert (found.lost, found.unexplained) == (0, 0), found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    with a_small_disk(tmp_path, megabytes=2) as place:
        yield place


@pytest.mark.parametrize("pipelining", [False, True])
def test_the_disk_fills_up_while_sending(
    pipelining: bool, small_disk: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookkeeper, "_UNWRITTEN_WAIT", 0)
    path = small_disk / "ledger.db"
    path.write_bytes(empty_sqlite.read_bytes())
    ledger = Ledger.open(path)
    ids = owe(ledger, PEOPLE, "disk")
    filler = small_disk / "filler"

    def final(count: int) -> str:
        if count == 3:
            fill(filler)
        return "250 2.0.0 Ok: queued as 9F00D"

    script: dict[str, Reply] = {"FINAL": final}
    if pipelining:
        script["EHLO"] = EHLO
    with scripted(script) as server:
        with pytest.raises(LedgerError, match=r"full|disk"):
            sender(ledger, server.port, "unlucky").run_once(_now, threading.Event())
        filler.unlink()
        recover(ledger, server.port)
        found = audit(ledger, ids, ids_in(server.messages))
    ledger.close()
    assert (found.lost, found.unexplained) == (0, 0), found
    assert found.open_attempts >= 1, "what could not be written down is open, and says so"


def _now() -> datetime:
    return datetime.now(UTC)
