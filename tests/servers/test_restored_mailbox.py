"""A folder of a real Dovecot is put back from a copy of its files, as after a crash of the disk."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from agent.inbound.account import Account
from agent.inbound.watch import Watcher
from store import paths
from store.words import GapKind
from tests.plugins.imapservers import ImapServer, of_mail_site
from tests.plugins.mailsite import MailSite
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

pytestmark = pytest.mark.servers

GO_ON = threading.Event()  # a stop that never comes
STRANGER = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: lunch?\r\n\r\nAt noon.\r\n"


@pytest.fixture
def owed(tmp_path: Path) -> Iterator[Owed]:
    with open_owed(tmp_path) as ledger:
        yield ledger


def _put_back(copy: Path, folder: Path) -> None:
    owner = folder.stat()
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)


def _later() -> datetime:
    """A copy is put back by hand, not in the second in which its last mail came."""
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.mark.parametrize("after", ["leave", "flag"])
def test_new_mail_in_a_restored_folder_is_read(
    mail_site: MailSite, owed: Owed, tmp_path: Path, after: str
) -> None:
    server = of_mail_site(mail_site)
    name = server.create(f"restored-{uuid4().hex[:8]}")
    account = replace(server.account, after=after)  # type: ignore[arg-type]  # one of After
    folder = mail_site.dovecot.shared.parent / "mail" / account.username / "Maildir" / f".{name}"
    anna, ben, carl = owed.mail("k1", *(f"{who}@x.example" for who in ("anna", "ben", "carl")))
    server.deliver(name, owed.dsn(anna, "delivered"))
    shutil.copytree(folder, tmp_path / "copy")
    server.deliver(name, owed.dsn(ben, "failed"), owed.dsn(ben, "failed"))
    with Watcher(owed.ledger, account, name, KEYRING, policies) as ear:
        assert ear.run_once(owed.now, GO_ON).read == 3
        ear.close()
        before = owed.channel(ear.name)
        _put_back(tmp_path / "copy", folder)
        server.deliver(name, owed.dsn(carl, "failed"), at=_later())
        with server.client() as client:
            state = client.folder_status(name, ["UIDVALIDITY", "UIDNEXT"])
        assert state[b"UIDVALIDITY"] == before.uidvalidity, "nothing is told"
        assert state[b"UIDNEXT"] <= before.last_uid
        assert ear.run_once(owed.now, GO_ON).read == 2
        assert owed.delivery(carl).state.gap is GapKind.FAILED
        assert owed.delivery(ben).state.gap is GapKind.FAILED
        assert ear.run_once(owed.now, GO_ON).read == 0
    if after == "flag":
        assert all(b"$Landed" in flags for flags in server.flags(name))


@dataclass(frozen=True, slots=True)
class Put:
    """A folder of Dovecot's and its files."""

    server: ImapServer
    name: str
    account: Account
    files: Path


@pytest.fixture
def put(mail_site: MailSite) -> Put:
    server = of_mail_site(mail_site)
    name = server.create(f"restored-{uuid4().hex[:8]}")
    account = replace(server.account, move_to=f"{name} done")
    home = mail_site.dovecot.shared.parent / "mail" / account.username
    return Put(server, name, account, home / "Maildir" / f".{name}")


@pytest.mark.parametrize("more", [1, 4], ids=["caught up", "outgrown"])
@pytest.mark.parametrize("after", ["leave", "move"])
def test_a_restored_folder_that_has_caught_up_with_what_was_read_is_noticed(
    put: Put, owed: Owed, tmp_path: Path, after: str, more: int
) -> None:
    """UIDVALIDITY and UIDNEXT tell nothing: that the last mail is another one does."""
    account = replace(put.account, after=after)  # type: ignore[arg-type]  # one of After
    anna, ben, carl = owed.mail("k1", *(f"{who}@x.example" for who in ("anna", "ben", "carl")))
    put.server.deliver(put.name, STRANGER, owed.dsn(anna, "delivered"))
    shutil.copytree(put.files, tmp_path / "copy")
    put.server.deliver(put.name, owed.dsn(ben, "failed"), owed.dsn(ben, "failed"))
    with Watcher(owed.ledger, account, put.name, KEYRING, policies) as ear:
        assert ear.run_once(owed.now, GO_ON).read == 4
        ear.close()
        before = owed.channel(ear.name)
        _put_back(tmp_path / "copy", put.files)
        put.server.deliver(put.name, owed.dsn(carl, "failed"), *[STRANGER] * more, at=_later())
        with put.server.client() as client:
            state = client.folder_status(put.name, ["UIDVALIDITY", "UIDNEXT"])
        assert state[b"UIDVALIDITY"] == before.uidvalidity
        assert state[b"UIDNEXT"] > before.last_uid
        ear.run_once(owed.now, GO_ON)
        assert owed.delivery(carl).state.gap is GapKind.FAILED
        assert ear.run_once(owed.now, GO_ON).read == 0, "and once only"
        with owed.ledger.transaction(read_only=True) as tx:
            (lost,) = paths.heard(tx).lost
        assert (lost.channel, lost.since) == (ear.name, before.watermark)
    with Watcher(owed.ledger, account, put.name, KEYRING, policies) as another:
        assert another.run_once(owed.now, GO_ON).read == 0


@pytest.mark.parametrize("after", ["delete", "move"])
def test_what_was_put_off_never_befalls_another_mail_that_was_given_its_uid(
    put: Put, owed: Owed, tmp_path: Path, after: str
) -> None:
    account = replace(
        put.account,
        after=after,  # type: ignore[arg-type]  # one of After
        delete_after=timedelta(days=30),
    )
    numbers = owed.mail("k1", *(f"r{one}@x.example" for one in range(12)))
    shutil.copytree(put.files, tmp_path / "copy")
    put.server.deliver(put.name, *(owed.dsn(one, "failed") for one in numbers))
    with Watcher(owed.ledger, replace(account, after="delete"), put.name, KEYRING, policies) as ear:
        assert ear.run_once(owed.now, GO_ON).read == 12
    _put_back(tmp_path / "copy", put.files)
    put.server.deliver(put.name, *[STRANGER] * 13, at=_later())
    put.server.expunge(put.name, range(6, 14))
    with Watcher(owed.ledger, account, put.name, KEYRING, policies) as ear:
        ear.run_once(lambda: owed.now() + timedelta(days=31), GO_ON)
        assert put.server.count(put.name) == 5
