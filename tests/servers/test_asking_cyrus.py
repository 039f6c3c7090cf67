"""Asking recipients' own mailboxes at a real Cyrus: in each one's name, or as who sees all."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from imapclient import IMAPClient

from agent.asking.connector import Look, MailboxError, Pace, Wanted
from agent.asking.imap import ImapConnector, ImapPlan
from agent.inbound.account import Account
from store.words import FactKind
from tests.plugins.cyrus import ADMIN, BOUNCES, DOTTED, MASTER, Cyrus
from tests.plugins.ports import HOST

pytestmark = pytest.mark.servers

SENDER = "ops@notices.example"
K = FactKind
ALL = "user.{local}@{domain}"


class Desk:
    """Mail of this test's own in people's mailboxes, and how they are asked."""

    def __init__(self, server: Cyrus) -> None:
        self._server = server
        self._name = uuid4().hex
        self.folder = f"Later {uuid4().hex[:8]}"

    def put(self, who: str, word: str, folder: str = "INBOX", *flags: bytes) -> None:
        text = f"From: {SENDER}\r\nMessage-ID: <{self.id(word)}>\r\nSubject: x\r\n\r\nx\r\n"
        with self.opened(who) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, text.encode(), flags)

    def id(self, word: str) -> str:
        return f"{word}.{self._name}@x.example"

    def opened(self, who: str) -> IMAPClient:
        client = IMAPClient(HOST, self._server.imap_port, ssl=False, timeout=60)
        client.login(who, self._server.accounts[who])
        return client

    def plan(self, login: str, *, authorize_as: str = "", folders: str = "") -> ImapPlan:
        server = self._server
        return ImapPlan(
            Account(
                "own", "localhost", server.imaps_port, "tls", str(server.certificates.ca),
                login, server.accounts[login], timeout=timedelta(seconds=20),
            ),
            authorize_as,
            folders,
        )  # fmt: skip

    def look(self, plan: ImapPlan, who: str, *words: str) -> Look:
        since = datetime.now(UTC) - timedelta(hours=1)
        wanted = [Wanted(n, self.id(one), "a" * 24, SENDER, since) for n, one in enumerate(words)]
        connector = ImapConnector("own", plan, Pace(6000))
        try:
            return connector.look(who, wanted, datetime.now(UTC), threading.Event())
        finally:
            connector.close()


@pytest.fixture
def desk(cyrus_server: Cyrus) -> Iterator[Desk]:
    made = Desk(cyrus_server)
    yield made
    with made.opened(BOUNCES) as client:
        if client.folder_exists(made.folder):
            client.delete_folder(made.folder)


def _fill(desk: Desk) -> None:
    desk.put(BOUNCES, "one")
    desk.put(BOUNCES, "two", "Junk", rb"\Seen")
    desk.put(BOUNCES, "three", desk.folder, rb"\Seen")


def _kinds(found: Look) -> list[tuple[int, FactKind]]:
    return sorted((one.delivery_id, one.kind) for one in found.sightings)


def test_a_proxy_server_takes_on_the_rights_of_each(desk: Desk) -> None:
    _fill(desk)
    plan = desk.plan(MASTER, authorize_as="{address}")
    found = desk.look(plan, BOUNCES, "one", "two", "three", "absent")
    assert _kinds(found) == [(0, K.INBOX), (1, K.JUNK), (2, K.INBOX), (2, K.READ)]
    assert found.through is not None
    with desk.opened(BOUNCES) as client:
        client.select_folder("INBOX", readonly=True)
        (mine,) = client.search(["HEADER", "Message-ID", desk.id("one")])
        assert rb"\Seen" not in client.get_flags(mine)[mine]


def test_one_login_sees_the_folders_of_each(desk: Desk) -> None:
    """The domain stands behind the folder's name: user.bounces.Junk@cyrus.test."""
    _fill(desk)
    plan = desk.plan(ADMIN, folders=ALL)
    found = desk.look(plan, BOUNCES, "one", "two", "three", "absent")
    assert _kinds(found) == [(0, K.INBOX), (1, K.JUNK), (2, K.INBOX)]
    assert found.through is not None


def test_a_dot_in_a_name_is_another_letter_there(desk: Desk) -> None:
    desk.put(ADMIN, "one", "user.ada^lovelace@cyrus.test")
    found = desk.look(desk.plan(ADMIN, folders=ALL), DOTTED, "one", "absent")
    assert _kinds(found) == [(0, K.INBOX)]
    assert found.through is not None


def test_nobody_of_that_name_is_no_absence(desk: Desk) -> None:
    stranger = BOUNCES.replace("bounces", "nobody")
    with pytest.raises(MailboxError, match="sees no folder of nobody@"):
        desk.look(desk.plan(ADMIN, folders=ALL), stranger, "one")
    with pytest.raises(MailboxError, match="may the login open it"):
        desk.look(desk.plan(BOUNCES, authorize_as="{address}"), DOTTED, "one")
