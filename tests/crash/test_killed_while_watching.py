"""The agent is killed while it reads a mailbox: no report is lost, none counts twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.agents import Home
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home
from tests.plugins.wiretap import Wiretap, wiretap

pytestmark = [pytest.mark.servers, pytest.mark.crash]

KEY = "crash-1"


@pytest.fixture
def tap(mail_site: MailSite) -> Iterator[Wiretap]:
    with wiretap(mail_site.imap_port) as relay:
        yield relay


def _home(directory: Path, site: MailSite, tap: Wiretap, **mailbox: Any) -> Home:
    listened_to = {"host": "127.0.0.1", "port": tap.port, "security": "none"}
    return site_home(directory, site, mailbox={**listened_to, **mailbox})


def _failures(home: Home) -> list[dict[str, Any]]:
    evidence = home.story(KEY, Cast.GHOST)["evidence"]
    return [fact for fact in evidence if fact["kind"] == "failed"]


def test_between_fetch_and_commit(mail_site: MailSite, tap: Wiretap, tmp_path: Path) -> None:
    home = _home(tmp_path, mail_site, tap)
    home.send(KEY, Cast.GHOST)
    asked = tap.hold("agent", b"BODY.PEEK[")
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
        with home.killed("run"):
            asked.wait()
            # nothing can be committed from here on, while the mail itself gets through
            other.execute("BEGIN IMMEDIATE")
            fetched = tap.notice("server", b"OK Fetch completed")
            asked.open()
            fetched.wait()
        other.execute("ROLLBACK")
    assert _failures(home) == []

    home.run_until(lambda: bool(_failures(home)))
    home.run_once()
    assert len(_failures(home)) == 1
    assert home.story(KEY, Cast.GHOST)["state"]["gap"] == "failed"
    assert home.reports() == (1, 0)


def test_between_commit_and_move(mail_site: MailSite, tap: Wiretap, tmp_path: Path) -> None:
    home = _home(tmp_path, mail_site, tap, after="move", move_to="Processed")
    home.send(KEY, Cast.GHOST)
    moving = tap.hold("agent", b"MOVE")
    with home.killed("run"):
        moving.wait()
    assert len(_failures(home)) == 1
    assert len(mail_site.mails(Cast.BOUNCES)) == 1

    home.run_until(lambda: not mail_site.mails(Cast.BOUNCES))
    assert len(mail_site.mails(Cast.BOUNCES, "Processed")) == 1
    assert len(_failures(home)) == 1
    assert home.reports() == (1, 0)


def test_in_the_middle_of_a_fetch(mail_site: MailSite, tap: Wiretap, tmp_path: Path) -> None:
    home = _home(tmp_path, mail_site, tap)
    home.send(KEY, Cast.GHOST)
    half_way = tap.hold("server", b"message/delivery-status")
    with home.killed("run"):
        half_way.wait()
    assert _failures(home) == []

    home.run_until(lambda: bool(_failures(home)))
    assert home.reports() == (1, 0)
