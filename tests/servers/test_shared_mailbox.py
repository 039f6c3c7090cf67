"""Folders that are not the login's own, on Dovecot: shared ones, some of them only to read."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from agent.doctor.mailboxes import examine_mailbox
from agent.inbound.watch import Watched, Watcher
from store.words import Verdict
from tests.plugins.imapservers import of_mail_site
from tests.plugins.mailsite import MailSite
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

pytestmark = pytest.mark.servers

GO_ON = threading.Event()  # a stop that never comes


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def deliver(site: MailSite, folder: str, mail: bytes) -> None:
    """As the mail server does: into the Maildir."""
    new = site.dovecot.shared / f".{folder}" / "new" / f"1.{uuid4().hex}.host"
    new.write_bytes(mail)
    shutil.chown(new, "nobody", "nogroup")


def look(site: MailSite, owed: Owed, folder: str, **change: str) -> Watched:
    account = replace(of_mail_site(site).account, **change)  # type: ignore[arg-type]
    with Watcher(owed.ledger, account, f"Shared/{folder}", KEYRING, policies) as watcher:
        return watcher.run_once(owed.now, GO_ON)


def test_a_shared_folder_is_read_and_its_reports_are_moved(
    mail_site_server: MailSite, owed: Owed
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    deliver(mail_site_server, "Desk", owed.dsn(anna, "failed"))
    watched = look(mail_site_server, owed, "Desk", after="move", move_to=f"X{uuid4().hex[:8]}")
    assert (watched.matched, watched.moved, watched.trouble) == (1, 1, "")
    assert owed.verdicts([anna]) == [Verdict.GAP]


@pytest.mark.parametrize("after", ["leave", "flag", "move", "delete"])
def test_what_may_only_be_read_is_read_and_the_rest_is_told(
    mail_site_server: MailSite, owed: Owed, after: str
) -> None:
    (anna,) = owed.mail("k1", "anna@a.example")
    deliver(mail_site_server, "Team", owed.dsn(anna, "delivered"))
    account = of_mail_site(mail_site_server).account
    account = replace(account, after=after, delete_after=timedelta(0))  # type: ignore[arg-type]
    with Watcher(owed.ledger, account, "Shared/Team", KEYRING, policies) as watcher:
        first = watcher.run_once(owed.now, GO_ON)
        assert first.complete
        assert owed.verdicts([anna]) == [Verdict.LANDED]
        assert bool(first.trouble) == (after != "leave")
        assert watcher.run_once(owed.now, GO_ON).complete
        told = owed.channel(watcher.name)
    assert told.last_error == first.trouble
    assert ("are recorded, but their mail is left" in first.trouble) == (after != "leave")


def test_the_doctor_says_what_may_only_be_read(mail_site_server: MailSite) -> None:
    account = replace(of_mail_site(mail_site_server).account, folders=("Shared/Team",))
    for after, told in (("flag", True), ("leave", False)):
        findings, good = examine_mailbox(replace(account, after=after))  # type: ignore[arg-type]
        assert good
        noted = ['folder "Shared/Team" may only be read' in one.found for one in findings]
        assert any(noted) is told
