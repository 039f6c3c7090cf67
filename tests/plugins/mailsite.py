"""A whole mail site on loopback: Postfix, Dovecot, and the cast that they serve.

Owns who lives where and what becomes of mail to each of them: a test names a
member of the cast and knows the fate. Passwords are "pass-" and the local part.
"""

import imaplib
import json
import shutil
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.dovecot import Dovecot, DovecotPlan, start_dovecot
from tests.plugins.ports import HOST, refusing_port
from tests.plugins.postfix import Postfix, PostfixPlan, start_postfix
from tests.plugins.processes import NotReadyError

__all__ = ["Cast", "MailSite", "run_mail_site"]

_SETTLES_WITHIN = 60.0  # seconds
_PAUSE = 0.05
_TRIES = 3


class Cast:
    """Who can be written to, and the fate of that mail."""

    DOMAIN = "people.test"
    BOUNCE_DOMAIN = "bounces.test"  # every address of it arrives in BOUNCES

    ANNA = "anna@people.test"  # delivered, as BEN and CARLA
    BEN = "ben@people.test"
    CARLA = "carla@people.test"
    ADMINS = "admins@people.test"  # delivered
    BOUNCES = "bounces@people.test"  # our own mailbox, also as bounces+ANYTHING
    REPLIES = "replies@people.test"  # our own mailbox, also as replies+ANYTHING
    POSTMASTER = "postmaster@people.test"
    MASTER = "landed"  # may log in as anybody, as ANNA*landed

    NOBODY = "nobody@people.test"  # 550 5.1.1 to RCPT, in session
    REFUSED = "refused@people.test"  # 554 5.7.1 to RCPT, in session
    GREYLISTED = "greylisted@people.test"  # 450 4.2.0 to RCPT, in session, each time
    FULL = "full@people.test"  # accepted, then fails: 5.2.2
    GHOST = "ghost@people.test"  # accepted, then fails: 5.1.1
    TEAM = "team@people.test"  # expanded to ANNA and BEN

    EVA = "eva@far.test"  # relayed: the far hop offers no DSN; she has a mailbox
    GONE = "gone@far.test"  # accepted, then fails: 550 5.1.1 from the far hop
    BUSY = "busy@far.test"  # delayed: 451 4.3.2 from the far hop
    CLOSED = "ed@closed.test"  # delayed: nobody listens, 4.4.1


_MAILBOXES = (
    *(Cast.ANNA, Cast.BEN, Cast.CARLA, Cast.ADMINS, Cast.EVA, Cast.FULL),
    *(Cast.BOUNCES, Cast.REPLIES, Cast.POSTMASTER),
)


def _password(address: str) -> str:
    return f"pass-{address.partition('@')[0]}"


@dataclass(frozen=True, slots=True)
class MailSite:
    """The running site: smtp_port wants no AUTH; submission_port wants STARTTLS and AUTH."""

    host: str
    smtp_port: int
    submission_port: int
    smtps_port: int
    imap_port: int
    imaps_port: int
    far_port: int
    old_port: int
    certificates: Certificates
    accounts: dict[str, str]  # address -> password, for IMAP and for SMTP AUTH; not the master's
    postfix: Postfix
    dovecot: Dovecot

    @property
    def logs(self) -> tuple[Path, ...]:
        return (self.postfix.log, self.postfix.daemon.log, self.dovecot.log)

    @contextmanager
    def mailbox(self, address: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Log a member of the cast in and select a folder."""
        context = ssl.create_default_context(cafile=str(self.certificates.ca))
        with imaplib.IMAP4_SSL(
            self.host, self.imaps_port, ssl_context=context, timeout=_SETTLES_WITHIN
        ) as client:
            client.login(address, self.accounts[address])
            client.select(folder)
            yield client

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Return the mails in a folder, oldest first, and leave them unread."""
        with self.mailbox(address, folder) as client:
            _, answer = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [item[1] for item in answer if isinstance(item, tuple)]

    def wait_for_mails(self, address: str, count: int, within: float = 120.0) -> list[bytes]:
        """Return the INBOX once it holds count mails. Raises TimeoutError."""
        deadline = time.monotonic() + within
        while True:
            mails = self.mails(address)
            if len(mails) >= count:
                return mails
            if time.monotonic() > deadline:
                message = f"{address} has {len(mails)} of {count} mails after {within} s"
                raise TimeoutError(message)
            time.sleep(_PAUSE)

    def waiting(self) -> list[str]:
        """Return the recipients of what is in the queue."""
        entries = [json.loads(line) for line in self.postfix.queue().splitlines()]
        return [person["address"] for entry in entries for person in entry["recipients"]]

    def reset(self) -> None:
        """Empty the queue and every folder. UIDs go on and UIDVALIDITY stays."""
        deadline = time.monotonic() + _SETTLES_WITHIN
        self.postfix.purge()
        while self.waiting() and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            self.postfix.purge()
        for address in self.accounts:
            for folder in ("INBOX", "Junk", "Processed"):
                with self.mailbox(address, folder) as client:
                    client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
                    client.expunge()


def _plan(accounts: dict[str, str], closed_port: int) -> PostfixPlan:
    near = tuple(address for address in accounts if address.endswith(f"@{Cast.DOMAIN}"))
    return PostfixPlan(
        near_domains=(Cast.DOMAIN, Cast.BOUNCE_DOMAIN),
        far_domains=("far.test",),
        closed_domains=("closed.test",),
        closed_port=closed_port,
        mailboxes=(*near, Cast.GHOST, f"@{Cast.BOUNCE_DOMAIN}"),
        aliases={Cast.TEAM: (Cast.ANNA, Cast.BEN)},
        replies={
            Cast.REFUSED: "554 5.7.1 not from you",
            Cast.GREYLISTED: "450 4.2.0 greylisted, come back later",
        },
        far_replies={
            Cast.GONE: "550 5.1.1 no such user here",
            Cast.BUSY: "451 4.3.2 too busy now",
        },
    )


def _start(directory: Path, closed_port: int, undo: ExitStack) -> MailSite:
    certificates = write_certificates(directory)
    accounts = {address: _password(address) for address in _MAILBOXES}
    plan = DovecotPlan(
        accounts=accounts,
        full=(Cast.FULL,),
        catch_all={Cast.BOUNCE_DOMAIN: Cast.BOUNCES},
        masters={Cast.MASTER: _password(Cast.MASTER)},
    )
    imap_home, mta_home = directory / "d", directory / "p"
    imap_home.mkdir()
    mta_home.mkdir()
    dovecot = start_dovecot(imap_home, plan, certificates)
    undo.callback(dovecot.daemon.stop)
    postfix = start_postfix(
        mta_home,
        _plan(accounts, closed_port),
        certificates,
        lmtp_port=dovecot.lmtp_port,
        auth_socket=dovecot.auth_socket,
    )
    undo.callback(postfix.daemon.stop)
    return MailSite(
        host=HOST,
        smtp_port=postfix.smtp_port,
        submission_port=postfix.submission_port,
        smtps_port=postfix.smtps_port,
        imap_port=dovecot.imap_port,
        imaps_port=dovecot.imaps_port,
        far_port=postfix.far_port,
        old_port=postfix.old_port,
        certificates=certificates,
        accounts=accounts,
        postfix=postfix,
        dovecot=dovecot,
    )


@contextmanager
def run_mail_site() -> Iterator[MailSite]:
    """Run one site until the block ends. Needs root, as Postfix's master does.

    Raises NotReadyError when a server cannot start.
    """
    failure: NotReadyError | None = None
    for _ in range(_TRIES):  # a port may be taken between being found free and being bound
        with ExitStack() as undo:
            # below /tmp whatever TMPDIR says: a Unix socket's path has 107 bytes
            directory = Path(tempfile.mkdtemp(prefix="landed-", dir="/tmp"))
            undo.callback(shutil.rmtree, directory, ignore_errors=True)
            directory.chmod(0o755)
            closed_port = undo.enter_context(refusing_port())
            try:
                site = _start(directory, closed_port, undo)
            except NotReadyError as error:
                failure = error
                continue
            yield site
            return
    assert failure is not None
    raise failure
