"""The IMAP servers of the tests behind one face: Dovecot, Cyrus, GreenMail and pymap.

Owns what a test does in the place of the mail world and of other mail programs: fill a
folder, look into it, renumber it. What holds on one server must hold on each of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from imapclient import IMAPClient

from agent.inbound.account import Account
from tests.plugins import cyrus, greenmail
from tests.plugins.cyrus import Cyrus, find_cyrus, run_cyrus
from tests.plugins.dovecot import find_dovecot
from tests.plugins.greenmail import GreenMail, find_greenmail, run_greenmail
from tests.plugins.mailsite import Cast, MailSite, run_mail_site
from tests.plugins.postfix import find_postfix
from tests.plugins.pymapd import PyMap, run_pymap

__all__ = [
    "SERVERS",
    "ImapServer",
    "missing_server",
    "of_cyrus",
    "of_greenmail",
    "of_mail_site",
    "of_pymap",
    "run_imap_server",
]

SERVERS = ("dovecot", "greenmail", "pymap", "cyrus")

_PATIENCE = 120  # seconds


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A running server. account is how the agent is told of it: by TLS where there is any."""

    name: str
    account: Account
    plain_port: int  # without TLS, or with STARTTLS
    keyword: str  # a flag that its folders take

    @property
    def plain(self) -> Account:
        """The account without TLS."""
        return replace(self.account, security="none", host="127.0.0.1", port=self.plain_port)

    @contextmanager
    def client(self, folder: str = "") -> Iterator[IMAPClient]:
        """A second mail program, with the folder open; without TLS, which costs GreenMail most."""
        account = self.plain
        with IMAPClient(account.host, account.port, ssl=False, timeout=_PATIENCE) as client:
            client.login(account.username, account.password)
            if folder:
                client.select_folder(folder)
            yield client

    def create(self, folder: str) -> str:
        """Make a folder; its name."""
        with self.client() as client, suppress(IMAPClient.Error):
            # Dovecot may fail though it has made it, where others make one at the same time
            client.create_folder(folder)
        return folder

    def deliver(self, folder: str, *mails: bytes, at: datetime | None = None) -> None:
        """Put mails into a folder; at: when they came, so far as the server is to know."""
        with self.client() as client:
            for mail in mails:
                client.append(folder, mail, msg_time=at)

    def flags(self, folder: str) -> list[set[bytes]]:
        """The flags of each mail in a folder, but for \\Recent, which is not ours; by UID."""
        with self.client(folder) as client:
            told = client.get_flags(client.search("ALL"))
        return [set(told[uid]) - {rb"\Recent"} for uid in sorted(told)]

    def count(self, folder: str) -> int:
        """How many mails a folder has; none where there is no folder."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return 0
            client.select_folder(folder, readonly=True)
            return len(client.search("ALL"))

    def expunge(self, folder: str, uids: Sequence[int]) -> None:
        """Delete mails for good."""
        with self.client(folder) as client:
            client.delete_messages(uids)
            client.expunge()

    def renumber(self, folder: str, uidvalidity: int) -> None:
        """Put a new and empty folder in its place, whose UIDVALIDITY is another.

        Servers draw it from the clock's second, so this may take one.
        """
        with self.client() as client:
            found = uidvalidity
            while found == uidvalidity:
                client.rename_folder(folder, f"{folder} {uuid4().hex[:8]}")
                client.create_folder(folder)
                found = client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"]


def _account(name: str, **values: object) -> Account:
    return replace(
        Account(name, "localhost", timeout=timedelta(seconds=20), poll=timedelta(minutes=5)),
        **values,  # type: ignore[arg-type]
    )


def of_mail_site(site: MailSite) -> ImapServer:
    """Dovecot, as the mailbox of bounces."""
    account = _account(
        "bounces",
        port=site.imaps_port,
        ca_file=str(site.certificates.ca),
        username=Cast.BOUNCES,
        password=site.accounts[Cast.BOUNCES],
    )
    return ImapServer("dovecot", account, site.imap_port, "$Landed")


def of_cyrus(server: Cyrus) -> ImapServer:
    """Cyrus, where dots part the levels of folders."""
    account = _account(
        "bounces",
        port=server.imaps_port,
        ca_file=str(server.certificates.ca),
        username=cyrus.BOUNCES,
        password=server.accounts[cyrus.BOUNCES],
    )
    return ImapServer("cyrus", account, server.imap_port, "$Landed")


def of_greenmail(server: GreenMail) -> ImapServer:
    """GreenMail, which knows no keywords."""
    account = _account(
        "bounces",
        port=server.imaps_port,
        ca_file=str(server.certificates.ca),
        username=greenmail.BOUNCES,
        password=server.accounts[greenmail.BOUNCES],
    )
    return ImapServer("greenmail", account, server.imap_port, r"\Flagged")


def of_pymap(server: PyMap) -> ImapServer:
    """pymap, which speaks no TLS here and knows no keywords."""
    account = _account(
        "bounces",
        host=server.host,
        port=server.port,
        security="none",
        username=server.username,
        password=server.password,
    )
    return ImapServer("pymap", account, server.port, r"\Flagged")


def missing_server(name: str) -> str:
    """What this machine lacks for it, in words; empty where it can run."""
    if name == "dovecot":
        return find_postfix() or find_dovecot() or ""
    if name == "cyrus":
        return find_cyrus()[1]
    if name == "greenmail":
        found = find_greenmail()
        return found if isinstance(found, str) else ""
    return ""


@contextmanager
def run_imap_server(name: str) -> Iterator[ImapServer]:
    """Run one until the block ends. Raises NotReadyError, RuntimeError where it is missing."""
    with ExitStack() as undo:
        if name == "dovecot":
            yield of_mail_site(undo.enter_context(run_mail_site()))
        elif name == "cyrus":
            tree, missing = find_cyrus()
            if missing:
                raise RuntimeError(missing)
            yield of_cyrus(undo.enter_context(run_cyrus(tree)))
        elif name == "greenmail":
            launcher = find_greenmail()
            if isinstance(launcher, str):
                raise RuntimeError(launcher)
            yield of_greenmail(undo.enter_context(run_greenmail(launcher)))
        else:
            yield of_pymap(undo.enter_context(run_pymap()))
