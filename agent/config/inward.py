"""The keys of what comes back: mailboxes, logins, logs, canaries.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from agent.config.kinds import Duration, Secret, Section, Security

__all__ = [
    "Canaries",
    "Log",
    "Login",
    "Mailbox",
    "Reading",
]


class Mailbox(Section, frozen=True):
    """A mailbox in which answers arrive."""

    name: Annotated[str, Meta(description="Name of the mailbox in reports.")] = "bounces"
    host: Annotated[str, Meta(min_length=1, description="Host name of the IMAP server.")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, Meta(ge=1, le=65535, description="Port: 993 TLS, 143 STARTTLS or plain.")
    ] = 993
    security: Annotated[
        Security, Meta(description='"tls" (from the first byte), "starttls", "none".')
    ] = "tls"
    ca_file: Annotated[str, Meta(description="Certificates to trust; empty: the system's.")] = ""
    username: Annotated[str, Meta(description="Login name.")] = "bounces"
    password: Annotated[Secret, Meta(description='Password as "env:NAME" or "file:/path".')] = (
        Secret("env:LANDED_IMAP_PASSWORD")
    )
    auth: Annotated[
        Literal["password", "oauth2"],
        Meta(description='How to log in: "password", or "oauth2" with a token of login.'),
    ] = "password"
    login: Annotated[
        str, Meta(description='Name of the [[logins]] section, for auth = "oauth2".')
    ] = ""
    folders: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Folders to watch; name the Junk folder too."),
    ] = ("INBOX",)
    poll: Annotated[Duration, Meta(description="Look at least this often, whatever IDLE says.")] = (
        Duration(minutes=2)
    )
    idle: Annotated[
        bool, Meta(description="Use IDLE between polls where the server offers it.")
    ] = True
    timeout: Annotated[
        Duration, Meta(description="Longest wait for any single answer of the server.")
    ] = Duration(seconds=60)
    batch: Annotated[
        int, Meta(ge=1, le=5000, description="Messages fetched and recorded at once.")
    ] = 500
    max_bytes: Annotated[
        int, Meta(ge=10000, description="Read at most this much of one message.")
    ] = 10000000
    after: Annotated[
        Literal["leave", "flag", "move", "delete"],
        Meta(
            description='What to do once a report is recorded: "leave", "flag", "move", or '
            '"delete" later; what was not understood is always left.'
        ),
    ] = "leave"
    after_by_kind: Annotated[
        dict[
            Literal["dsn", "bounce", "mdn", "arf", "autoreply", "reply"],
            Literal["leave", "flag", "move", "delete"],
        ],
        Meta(
            description="The same for single kinds of reports, such as "
            '{ reply = "leave", mdn = "delete" }; a person\'s answer (reply) is never deleted.'
        ),
    ] = field(default_factory=dict)
    move_to: Annotated[str, Meta(min_length=1, description='Folder for after = "move".')] = "Landed"
    flag: Annotated[str, Meta(min_length=1, description='Keyword for after = "flag".')] = "$Landed"
    delete_after: Annotated[
        Duration,
        Meta(description='How long recorded reports stay with after = "delete"; answers stay.'),
    ] = Duration(days=30)
    authserv_id: Annotated[
        str,
        Meta(
            description="Name that this mail host writes first in Authentication-Results (RFC "
            "8601); what it found is noted beside the evidence, and tells whether a suppressed "
            "address, or the recipient's domain, really wrote; empty: not looked at."
        ),
    ] = ""


class Login(Section, frozen=True):
    """Where access tokens come from, for logins without a password."""

    name: Annotated[str, Meta(description="Name of the login, for mailboxes and routes.")] = "mail"
    provider: Annotated[
        Literal["microsoft", "google"], Meta(description='"microsoft" or "google".')
    ] = "microsoft"
    flow: Annotated[
        Literal["application", "person", "refresh"],
        Meta(
            description='"application" (client credentials; at Google a service account), "person" '
            '(Microsoft: somebody signs in once with "landed login"), or "refresh" (Google: a '
            "refresh token)."
        ),
    ] = "application"
    authority: Annotated[
        str, Meta(description="Microsoft's login server; national clouds have their own.")
    ] = "https://login.microsoftonline.com"
    tenant: Annotated[str, Meta(description="Microsoft tenant, as name or number.")] = (
        "organizations"
    )
    client_id: Annotated[str, Meta(description="Number of the registered application.")] = ""
    secret: Annotated[
        Secret,
        Meta(
            description='Client secret, or JSON key of the service account, as "env:NAME" or '
            '"file:/path".'
        ),
    ] = Secret("")
    certificate: Annotated[
        Secret,
        Meta(
            description="Microsoft, instead of a secret: PEM with the application's RSA key and "
            'its certificate, as "env:NAME" or "file:/path"; its last day is read from it.'
        ),
    ] = Secret("")
    secret_expires: Annotated[
        str,
        Meta(description='Last day of that secret, as "2027-01-31"; warned of for 30 days before.'),
    ] = ""
    refresh_token: Annotated[
        Secret, Meta(description='For flow = "refresh": where the refresh token is kept.')
    ] = Secret("")
    cache: Annotated[
        str, Meta(description="File in which tokens are kept; empty: NAME.tokens beside this file.")
    ] = ""
    ca_file: Annotated[str, Meta(description="Certificates to trust; empty: the system's.")] = ""


class Log(Section, frozen=True):
    """A mail server's own log, read for what became of each mail."""

    name: Annotated[str, Meta(description="Name of the log in reports.")] = "mta"
    path: Annotated[
        str, Meta(description="The file that the server writes; rotated ones stand beside it.")
    ] = "/var/log/mail.log"
    journal: Annotated[
        tuple[str, ...],
        Meta(
            description='systemd units whose journal is read in the place of path, as "postfix*".'
        ),
    ] = ()
    kind: Annotated[Literal["postfix", "exim"], Meta(description='"postfix" or "exim".')] = (
        "postfix"
    )
    poll: Annotated[Duration, Meta(description="How often to look.")] = Duration(seconds=15)
    host: Annotated[
        str,
        Meta(
            description="The server's full name, as its reports give it, so that a report and the "
            "log count once; empty: as the log says."
        ),
    ] = ""
    own_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Names, addresses or networks of your own filters and relays: what they "
            "take by SMTP is accepted, not relayed."
        ),
    ] = ("127.0.0.0/8", "::1")


class Canaries(Section, frozen=True):
    """Probe mails of our own, which show that answers would reach us."""

    every: Annotated[
        Duration,
        Meta(
            description='How often one goes out by each route; "0s": never, so nobody would know.'
        ),
    ] = Duration(0)
    patience: Annotated[
        Duration, Meta(description="How long one may take before its mailbox counts as unheard.")
    ] = Duration(minutes=30)
    bounce_address: Annotated[
        str,
        Meta(
            description="An address that takes mail and then bounces it; empty: probes go straight "
            "to the return path, which shows all but the bouncing."
        ),
    ] = ""
    working_address: Annotated[
        str, Meta(description="A mailbox known to work, whose probes must not bounce; empty: none.")
    ] = ""
    mailbox: Annotated[
        str, Meta(description="Name of the mailbox that bounces arrive in; empty: the first.")
    ] = ""
    reply_mailbox: Annotated[
        str,
        Meta(description="Name of the mailbox that reply_to leads to; empty: it is not probed."),
    ] = ""


class Reading(Section, frozen=True):
    """How much of one message is read; what is left out stands in its notes."""

    max_bytes: Annotated[
        int, Meta(ge=10000, description="Octets from the head; time and memory go with it.")
    ] = 262144
    max_tail: Annotated[
        int, Meta(ge=0, description="Octets from the end of a longer one, where reports may stand.")
    ] = 65536
    max_depth: Annotated[int, Meta(ge=2, le=100, description="Multiparts within each other.")] = 12
    max_parts: Annotated[int, Meta(ge=5, description="Parts of one message.")] = 500
    max_headers: Annotated[int, Meta(ge=50, description="Header fields of one part.")] = 2000
    max_text: Annotated[int, Meta(ge=10000, description="Characters of one text part.")] = 262144
    seconds: Annotated[
        float, Meta(ge=0, description="Processor time for one message; 0: what its size takes.")
    ] = 5.0
    helper_from: Annotated[
        int,
        Meta(
            ge=0,
            description="Mails that wait in a folder, from which on a second process reads them "
            "until none is left; 0: never.",
        ),
    ] = 1000
