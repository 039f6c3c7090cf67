"""Logging in by token at a real Dovecot, which asks the token's issuer about it."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.asking.connector import Pace, Wanted
from agent.asking.imap import ImapConnector, ImapPlan
from agent.inbound import line
from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mailbox
from agent.inbound.watch import Watcher
from agent.login.tokens import TokenError
from tests.plugins.certificates import write_certificates
from tests.plugins.dovecot import Dovecot, DovecotPlan, find_dovecot, start_dovecot
from tests.plugins.liar import run_liar
from tests.plugins.owed import KEYRING, open_owed, policies
from tests.plugins.ports import HOST
from tests.plugins.requirements import require_server
from tests.plugins.tokenserver import TokenServer, run_token_server

pytestmark = pytest.mark.servers

BOX = "bounces@people.test"


@pytest.fixture(scope="module")
def issuer() -> Iterator[TokenServer]:
    with run_token_server() as running:
        running.users["good-token"] = BOX
        running.users["others-token"] = "eva@people.test"
        yield running


@pytest.fixture(scope="module")
def dovecot(issuer: TokenServer) -> Iterator[Dovecot]:
    if (missing := find_dovecot()) is not None:
        require_server(missing)
    directory = Path(tempfile.mkdtemp(prefix="landed-", dir="/tmp"))
    directory.chmod(0o755)
    plan = DovecotPlan({BOX: "pw"}, (), {}, f"{issuer.url}/introspect")
    home = directory / "d"
    home.mkdir()
    try:
        running = start_dovecot(home, plan, write_certificates(directory))
        try:
            yield running
        finally:
            running.daemon.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def account(port: int, token: Callable[[], str], username: str = BOX) -> Account:
    wait = timedelta(seconds=10)
    return Account("box", HOST, port, "none", "", username, timeout=wait, token=token)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_good_token_opens_the_mailbox(
    dovecot: Dovecot, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MECHANISMS", (mechanism,))
    with Mailbox(account(dovecot.imap_port, lambda: "good-token"), "INBOX") as mailbox:
        mailbox.select()
        assert "IDLE" in mailbox.capabilities


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("token", ["made-up-token", "others-token"])
def test_any_other_token_is_refused_in_words_without_it(
    dovecot: Dovecot, mechanism: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MECHANISMS", (mechanism,))
    box = account(dovecot.imap_port, lambda: token)
    with pytest.raises(ImapError, match=f'refuses the access token of "{BOX}"') as caught:
        Mailbox(box, "INBOX").connect()
    assert caught.value.trouble == "login"
    assert token not in str(caught.value)
    assert token not in repr(box)


def test_a_watcher_gets_a_new_token_for_each_connection(dovecot: Dovecot, tmp_path: Path) -> None:
    tokens = iter(["made-up-token", "good-token"])
    with open_owed(tmp_path) as owed:
        box = account(dovecot.imap_port, lambda: next(tokens))
        with Watcher(owed.ledger, box, "INBOX", KEYRING, policies) as watcher:
            with pytest.raises(ImapError):
                watcher.run_once(owed.now, threading.Event())
            assert "access token" in owed.channel(watcher.name).last_error
            assert watcher.run_once(owed.now, threading.Event()).complete


def test_a_recipients_mailbox_is_asked_with_a_token_of_its_own(dovecot: Dovecot) -> None:
    named: list[str] = []

    def tokens(username: str) -> Callable[[], str]:
        named.append(username)
        return lambda: "good-token"

    plan = ImapPlan(account(dovecot.imap_port, lambda: "", "{address}"), token=tokens)
    connector = ImapConnector("own", plan, Pace(6000))
    wanted = Wanted(1, "none@x.example", "mark", "", datetime.now(UTC))
    look = connector.look(BOX, [wanted], datetime.now(UTC), threading.Event())
    assert (look.sightings, named) == ((), [BOX])
    assert look.through is not None


def test_a_server_without_tokens_and_a_login_without_one_are_told() -> None:
    def none() -> str:
        raise TokenError('login "mail" got no token: run "landed login mail"')

    offers = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"
    with run_liar() as liar:
        with pytest.raises(ImapError, match="offers no login by token"):
            Mailbox(account(liar.port, lambda: "t"), "INBOX").connect()
        liar.tell("CAPABILITY", offers)
        with pytest.raises(ImapError, match='mailbox "box": login "mail" got no token'):
            Mailbox(account(liar.port, none), "INBOX").connect()
        assert not any("AUTHENTICATE" in command for command in liar.commands)


def test_a_token_that_opens_no_mailbox_is_told_with_what_to_do() -> None:
    offers = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"
    told = {
        "CAPABILITY": offers,
        "AUTHENTICATE": b"TAG OK in\r\n",
        "EXAMINE": b"TAG BAD User is authenticated but not connected.\r\n",
    }
    with run_liar(told) as liar:
        mailbox = Mailbox(account(liar.port, lambda: "good"), "INBOX")
        mailbox.connect()
        with pytest.raises(ImapError, match=r"token is good.*New-ServicePrincipal.*FullAccess"):
            mailbox.select()
        mailbox.close()


def test_a_server_that_repeats_the_token_gives_nothing_away() -> None:
    offers = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"
    with run_liar({"CAPABILITY": offers, "AUTHENTICATE": b"TAG NO not secret-token\r\n"}) as liar:
        box = account(liar.port, lambda: "secret-token")
        with pytest.raises(ImapError) as caught:
            Mailbox(box, "INBOX").connect()
    assert "secret-token" not in str(caught.value)
    assert "***" in str(caught.value)
