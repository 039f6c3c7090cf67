"""A folder of a real Dovecot is put back from a copy of its files, as after a crash of the disk."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from agent.inbound.watch import Watcher
from store.words import GapKind
from tests.plugins.imapservers import of_mail_site
from tests.plugins.mailsite import MailSite
from tests.plugins.owed import KEYRING, Owed, open_owed, policies

pytestmark = pytest.mark.servers

GO_ON = threading.Event()  # a stop that never comes


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
        server.deliver(name, owed.dsn(carl, "failed"))
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
