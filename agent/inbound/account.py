"""A mailbox account, and what its failures mean for whoever must act.

Owns plain values and the wording of errors. Must not hold a connection. No message
here ever holds a password, even where a server repeats it.
"""

import imaplib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from imapclient.exceptions import LoginError, ProtocolError

from agent.login.redact import redacted

__all__ = ["Account", "After", "ImapError", "Security", "Trouble", "explain"]

Security = Literal["tls", "starttls", "none"]
After = Literal["leave", "flag", "move", "delete"]
Trouble = Literal["connect", "tls", "login", "folder", "refused", "lost"]

_SAID_LIMIT = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_BYTES = re.compile(r"""\bb(['"])(.*)\1""")  # imaplib shows bytes as Python does
_BACKOFF = re.compile(r"Suggested Backoff Time: (\d{1,9}) milliseconds", re.IGNORECASE)
_UNABLE = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)  # RFC 5530
# the answer cannot be trusted any more: no plain refusal
_BROKEN = (imaplib.IMAP4.abort, ProtocolError)
_AGREEING = frozenset({"connecting", "starting TLS"})
_LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Account:
    """One account on one IMAP server, and how its folders are read."""

    name: str
    host: str
    port: int = 993
    security: Security = "tls"
    ca_file: str = ""  # certificates to trust; empty: the system's
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)  # instead of a password
    timeout: timedelta = timedelta(seconds=60)  # for any single answer
    folders: tuple[str, ...] = ("INBOX",)
    poll: timedelta = timedelta(minutes=2)  # look at least this often
    idle: bool = True
    batch: int = 500  # messages fetched and recorded at once
    max_bytes: int = 10_000_000  # octets read of one message
    after: After = "leave"
    after_by_kind: tuple[tuple[str, After], ...] = ()  # instead of after, by kind of report
    move_to: str = "Landed"
    flag: str = "$Landed"
    authserv_id: str = ""  # of Authentication-Results to believe; empty: none
    delete_after: timedelta = timedelta(days=30)  # since it was recorded

    def what_after(self, kind: str) -> After:
        """What is done with a report of that kind once it is recorded."""
        return dict(self.after_by_kind).get(kind, self.after)

    @property
    def tidies(self) -> bool:
        """Whether anything is done with any mail."""
        return self.after != "leave" or any(after != "leave" for _, after in self.after_by_kind)

    @property
    def where(self) -> str:
        """The server, as it stands in messages."""
        return f"{self.host}:{self.port}"


class ImapError(Exception):
    """A mailbox cannot be used; the text says which, what happened and what to do.

    retry_after is what the server asked for, None where it did not. passing: the server
    says that it is its own trouble, and will be over.
    """

    def __init__(
        self,
        trouble: Trouble,
        message: str,
        *,
        retry_after: timedelta | None = None,
        passing: bool = False,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.retry_after = retry_after
        self.passing = passing or retry_after is not None


def explain(error: Exception, account: Account, doing: str) -> ImapError:
    """The error of ours for whatever imaplib, ssl or the line raised. Total."""
    who = f'mailbox "{account.name}" ({account.where})'
    error = _lost_at_login(error)
    said = _said(error, account)
    wait = _BACKOFF.search(said)
    if wait:
        return _throttled(timedelta(milliseconds=int(wait[1])), error, who, doing)
    if isinstance(error, ssl.SSLError):
        if doing in _AGREEING:
            return _tls(error, who)
        said = _reason(error)  # a line that ends in the midst of it shows like this too
    if isinstance(error, OSError) and doing == "connecting":
        said = "no answer in time" if isinstance(error, TimeoutError) else said
        return ImapError(
            "connect",
            f"{who} cannot be reached ({said}): check host and port, and that the server runs",
        )
    if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, _BROKEN):
        return _refused(error, account, who, said, doing)
    if isinstance(error, TimeoutError):
        seconds = f"{account.timeout.total_seconds():g}"
        what = f"no answer within {seconds} s while {doing}"
    elif isinstance(error, OSError | EOFError | imaplib.IMAP4.abort):
        what = f"the line was lost while {doing} ({said})"
    else:
        what = f"the server's answer made no sense while {doing} ({said})"
    return ImapError("lost", f"{who}: {what}")


def _said(error: Exception, account: Account) -> str:
    text = " ".join(str(part) for part in error.args) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    text = redacted(text, account.password)
    return _BYTES.sub(r"\2", _CONTROL.sub(" ", text))[:_SAID_LIMIT].strip()


def _tls(error: ssl.SSLError, who: str) -> ImapError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ImapError(
            "tls",
            f"{who}: its certificate is not trusted ({error.verify_message}): set ca_file to the "
            "authority's certificate, or host to the name in the certificate",
        )
    if "WRONG_VERSION_NUMBER" in str(error):
        return ImapError(
            "tls",
            f'{who} does not speak TLS from the first byte: security = "tls" goes with port 993, '
            '"starttls" with 143',
        )
    return ImapError("tls", f"{who}: TLS could not be agreed on ({_reason(error)})")


def _reason(error: ssl.SSLError) -> str:
    # one that was not raised by OpenSSL has no reason
    return str(getattr(error, "reason", None) or error)


def _lost_at_login(error: Exception) -> Exception:
    """What happened: to imapclient a line that is lost while logging in is a refused login."""
    cause: BaseException | None = error
    while isinstance(cause, LoginError):
        cause = cause.__context__
    return cause if isinstance(cause, imaplib.IMAP4.abort) else error


def _throttled(asked: timedelta, error: Exception, who: str, doing: str) -> ImapError:
    """Told as a refusal, which leaves the line open, or together with BYE, which ends it."""
    asked = min(asked, _LONGEST_BACKOFF)
    plain = isinstance(error, imaplib.IMAP4.error) and not isinstance(error, _BROKEN)
    return ImapError(
        "refused" if plain else "lost",
        f"{who} throttles us while {doing}; the next try waits as long as it asks for "
        f"({asked.total_seconds():g} s)",
        retry_after=asked,
    )


def _not_connected(account: Account, who: str) -> ImapError:
    """Exchange Online's word for a login that is known and a mailbox that is not open to it."""
    if account.token is None:
        right = (
            "the password is right, but this login opens no mailbox. Check the user name (a shared "
            "mailbox wants user\\shared), that it has a licence and IMAP is enabled for it"
        )
    else:
        right = (
            "the token is good, but opens no mailbox of that name. Check that username is the "
            "mailbox's own address, that the application was made known to Exchange by the object "
            "id of its enterprise application (New-ServicePrincipal) and has FullAccess to the "
            "mailbox (Add-MailboxPermission), that the mailbox is there and IMAP enabled for it"
        )
    return ImapError(
        "login",
        f'{who}: "{account.username}" is authenticated but not connected: {right}; or wait: '
        "Exchange Online says the same when it throttles",
    )


def _refused(
    error: imaplib.IMAP4.error, account: Account, who: str, said: str, doing: str
) -> ImapError:
    if "authenticated but not connected" in said.lower():
        return _not_connected(account, who)
    if _UNABLE.search(said):
        return ImapError(
            "refused",
            f"{who} is unable to serve us just now while {doing} ({said}): it is tried again; if "
            "that lasts, ask its administrator",
            passing=True,
        )
    if "[PRIVACYREQUIRED]" in said.upper():
        return ImapError(
            "tls",
            f"{who} refuses a line that is not encrypted ({said}): set "
            'security = "tls" or "starttls"',
        )
    if isinstance(error, LoginError):
        return _login_refused(account, who, said)
    return ImapError("refused", f"{who} refused while {doing} ({said})")


def _login_refused(account: Account, who: str, said: str) -> ImapError:
    if "[EXPIRED]" in said.upper():
        return ImapError(
            "login",
            f'{who} says that the password of "{account.username}" has expired ({said}): set a '
            "new one there and in the place that password names, and reload the agent",
        )
    if account.token is not None:
        return ImapError(
            "login",
            f'{who} refuses the access token of "{account.username}" ({said}): the token is good '
            "for its provider, so check that IMAP is enabled for this mailbox, and that the "
            "application or person may open it",
        )
    return ImapError(
        "login",
        f'{who} refuses the login of "{account.username}" ({said}): check username and '
        "password, and reload the agent; Microsoft 365 and Google take no plain passwords",
    )
