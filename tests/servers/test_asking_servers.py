"""One look at a mailbox, on Dovecot, Cyrus, GreenMail and pymap: what holds on one holds on all."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from imapclient import IMAPClient

from agent.asking.connector import Pace, Wanted
from agent.asking.imap import ImapConnector, ImapPlan
from agent.inbound.account import Account
from store.words import FactKind
from tests.plugins import cyrus
from tests.plugins.greenmail import BOUNCES
from tests.plugins.mailsite import Cast
from tests.plugins.pymapd import run_pymap

pytestmark = pytest.mark.servers

SPAM, LATER = "Spam box", "Later"
MARK = "aaaaaaaaaaaaaaaaaaaaaaaa"
SENDER = "ops@notices.example"
K = FactKind
WAIT = timedelta(seconds=20)


@pytest.fixture(params=["dovecot", "cyrus", "greenmail", "pymap"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    if request.param == "pymap":
        with run_pymap() as server:
            login = (server.username, server.password)
            yield Account("own", server.host, server.port, "none", "", *login, timeout=WAIT)
        return
    name, who = {
        "dovecot": ("mail_site", Cast.BOUNCES),
        "cyrus": ("cyrus_server", cyrus.BOUNCES),
        "greenmail": ("greenmail", BOUNCES),
    }[request.param]
    site = request.getfixturevalue(name)
    ca_file = str(site.certificates.ca)
    login = (who, site.accounts[who])
    made = Account("own", "localhost", site.imaps_port, "tls", ca_file, *login, timeout=WAIT)
    yield made
    if name != "greenmail":  # GreenMail hangs up at DELETE, and forgets its mails anyway
        with opened(made) as client:
            for folder in (SPAM, LATER):
                client.delete_folder(folder)


@contextmanager
def opened(account: Account) -> Iterator[IMAPClient]:
    context = ssl.create_default_context(cafile=account.ca_file) if account.ca_file else None
    with IMAPClient(
        account.host, account.port, ssl=context is not None, ssl_context=context, timeout=20
    ) as client:
        client.login(account.username, account.password)
        yield client


def put(
    account: Account, folder: str, *mails: tuple[str, str], flags: tuple[bytes, ...] = ()
) -> None:
    with opened(account) as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
        for name, more in mails:
            head = f"From: Ops <{SENDER}>\r\nDate: {format_datetime(datetime.now(UTC))}\r\n"
            text = f"{head}Message-ID: <{name}>\r\n{more}Subject: x\r\n\r\nbody\r\n"
            client.append(folder, text.encode(), flags)


def test_what_lies_where_is_found_on_every_server(account: Account) -> None:
    others = [(f"{n}.other@x.example", "") for n in range(30)]
    replaced = f"References: <{MARK}@x.example>\r\nX-Landed-Id: {MARK}\r\n"
    answer = (
        "answer@people.test",
        "References: <one@x.example>\r\nIn-Reply-To: <one@x.example>\r\n",
    )
    put(account, "INBOX", *others, ("one@x.example", ""), answer)
    put(account, SPAM, ("two@x.example", ""))
    put(account, LATER, ("three@x.example", ""), flags=(rb"\Seen",))
    put(account, LATER, ("service@ses.example", replaced))
    names = ("one", "two", "three", "four", "absent")
    marks = {"four": MARK}
    since = datetime.now(UTC) - timedelta(hours=1)
    wanted = [
        Wanted(n, f"{name}@x.example", marks.get(name, name), SENDER, since)
        for n, name in enumerate(names, 1)
    ]
    connector = ImapConnector("own", ImapPlan(account), Pace(6000))
    look = connector.look(account.username, wanted, datetime.now(UTC), threading.Event())
    assert sorted((one.delivery_id, one.kind.value) for one in look.sightings) == [
        (1, "inbox"),
        (2, "junk"),
        (3, "inbox"),
        (3, "read"),
        (4, "inbox"),
    ]
    assert look.through is not None
    again = connector.look(account.username, wanted, datetime.now(UTC), threading.Event())
    assert [(one.delivery_id, one.kind) for one in again.sightings] == [
        (one.delivery_id, one.kind) for one in look.sightings
    ], "looking sets no mark"
