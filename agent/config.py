"""The configuration's keys: every one with its type, its default and its meaning.

Owns the names that stand in a configuration file (config.example.toml shows
the same keys, defaults and sentences; a test holds the two equal). Must not
read a file, open a connection or know a ledger: agent.configfile reads, and
agent.wiring turns these objects into the plain values that the rest gets.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

__all__ = [
    "Api",
    "Canaries",
    "Config",
    "Daemon",
    "Digest",
    "Dkim",
    "Duration",
    "Identity",
    "Listener",
    "Log",
    "Login",
    "Mailbox",
    "NoticeClass",
    "PolicyRule",
    "Route",
    "Secret",
    "Sending",
    "Spool",
    "Suppression",
    "Sweep",
    "Tokens",
    "decode",
]

Security = Literal["starttls", "tls", "none"]
StageWord = Literal["accepted", "relayed", "delivered", "displayed", "acted"]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhdw])")


class Duration(timedelta):
    """A span of time, written "90s", "15m", "4h", "2d", "1w" or a sum such as "1d 12h"."""

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Reads the written form. Raises ValueError for any other, and for none at all."""
        spans = _DURATION.findall(text.lower())
        if not spans or _DURATION.sub("", text.lower()).strip():
            raise ValueError(
                f'"{text}" is not a duration: write for example "90s", "15m", "4h", "2d"'
            )
        parts: dict[str, float] = {}
        for number, unit in spans:
            parts[_UNITS[unit]] = parts.get(_UNITS[unit], 0) + int(number)
        try:
            return cls(**parts)
        except OverflowError:
            raise ValueError(f'"{text}" is longer than any wait can be') from None

    def __str__(self) -> str:
        """The written form, in the largest units that fit."""
        left, spans = int(self.total_seconds()), []
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
            count, left = divmod(left, seconds)
            if count:
                spans.append(f"{count}{unit}")
        return " ".join(spans) or "0s"


class Secret(str):
    """Where a secret is kept: "env:NAME" or "file:/path"; never the secret itself."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Secret":
        """Checks the form. Raises ValueError without repeating text, which may be a secret."""
        kind, _, name = text.partition(":")
        if text and (kind not in {"env", "file"} or not name):
            raise ValueError('secrets are never written here: use "env:NAME" or "file:/path"')
        return cls(text)


def decode(wanted: type[Any], value: object) -> object:
    """Msgspec's hook for the two types above. Raises ValueError for what does not fit."""
    if wanted is Duration:
        if not isinstance(value, str):
            raise ValueError('a duration is written as text, for example "15m"')
        return Duration.parse(value)
    if wanted is Secret:
        if not isinstance(value, str):
            raise ValueError('a secret is named as text: "env:NAME" or "file:/path"')
        return Secret.parse(value)
    raise NotImplementedError(wanted)


class _Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all sections share: frozen, and a key that is not known is a mistake."""


class Identity(_Section, frozen=True):
    """Who the mail is from and where answers come back."""

    sender: Annotated[str, Meta(description="The From address of composed notices.")] = (
        "Notices <notices@example.org>"
    )
    return_path: Annotated[
        str,
        Meta(
            description="Envelope sender: a domain of your own whose every address reaches the "
            'bounce mailbox, or "notices+{token}@example.org" where only sub-addressing is there.'
        ),
    ] = "{token}@bounces.example.org"
    reply_to: Annotated[
        str,
        Meta(
            description="Where answers go, with {token} so that they are matched; empty: to the "
            "From address, and they match by Message-ID only."
        ),
    ] = ""
    message_id_domain: Annotated[
        str, Meta(description="Right side of Message-IDs; empty: the domain of the From address.")
    ] = ""
    request_receipt: Annotated[
        bool, Meta(description="Ask for a disposition notification (RFC 8098) in each notice.")
    ] = True
    visible_reference: Annotated[
        bool,
        Meta(description="Add a short reference line to text bodies, for answers without headers."),
    ] = False


class Tokens(_Section, frozen=True):
    """The signing keys of tracking tokens."""

    current: Annotated[
        int, Meta(ge=0, le=7, description="Number of the key that signs new tokens.")
    ] = 1
    keys: Annotated[
        dict[str, Secret],
        Meta(description="Every key that still verifies, by number 0 to 7; 32 random bytes each."),
    ] = field(default_factory=lambda: {"1": Secret("file:landed.key")})


class Route(_Section, frozen=True):
    """A way out: one SMTP relay, or the sendmail command of this machine."""

    name: Annotated[str, Meta(description="Name of the route in reports.")] = "relay"
    kind: Annotated[
        Literal["smtp", "sendmail"],
        Meta(description='"smtp", or "sendmail" for the command below instead of a host.'),
    ] = "smtp"
    command: Annotated[str, Meta(description='For kind = "sendmail": the path of the command.')] = (
        "/usr/sbin/sendmail"
    )
    dsn: Annotated[
        bool,
        Meta(
            description="Ask that command for reports by -N and -V: for Postfix and Sendmail only, "
            "since Exim's -N throws mail away."
        ),
    ] = False
    host: Annotated[str, Meta(description="Host name of the relay.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=1, le=65535, description="Port: 587 submission, 465 TLS, 25 plain.")
    ] = 587
    security: Annotated[
        Security, Meta(description='"starttls", "tls" (from the first byte), or "none".')
    ] = "starttls"
    ca_file: Annotated[str, Meta(description="Certificates to trust; empty: the system's.")] = ""
    username: Annotated[str, Meta(description="Login; empty: none.")] = ""
    password: Annotated[Secret, Meta(description='Password as "env:NAME" or "file:/path".')] = (
        Secret("")
    )
    timeout: Annotated[
        Duration, Meta(description="Longest wait for any single answer of the relay.")
    ] = Duration(seconds=60)
    local_hostname: Annotated[str, Meta(description="Name for EHLO; empty: this machine's.")] = ""
    domains: Annotated[
        tuple[str, ...], Meta(description="Recipient domains that this route serves; empty: all.")
    ] = ()
    classes: Annotated[
        tuple[str, ...], Meta(description="Notice classes that this route serves; empty: all.")
    ] = ()
    priority: Annotated[
        int,
        Meta(ge=0, description="Routes of a larger number stand in while all smaller ones rest."),
    ] = 0
    weight: Annotated[
        int,
        Meta(
            ge=0,
            description="Share among the routes of one priority that have a weight; 0: the first "
            "route that serves a notice takes it whole.",
        ),
    ] = 0


class Mailbox(_Section, frozen=True):
    """A mailbox in which answers arrive."""

    name: Annotated[str, Meta(description="Name of the mailbox in reports.")] = "bounces"
    host: Annotated[str, Meta(description="Host name of the IMAP server.")] = "127.0.0.1"
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
    batch: Annotated[int, Meta(ge=1, le=5000, description="Messages fetched at once.")] = 200
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
    move_to: Annotated[str, Meta(description='Folder for after = "move".')] = "Landed"
    flag: Annotated[str, Meta(description='Keyword for after = "flag".')] = "$Landed"
    delete_after: Annotated[
        Duration,
        Meta(description='How long recorded reports stay with after = "delete"; answers stay.'),
    ] = Duration(days=30)
    authserv_id: Annotated[
        str,
        Meta(
            description="Name that this mail host writes first in Authentication-Results (RFC "
            "8601); what it found is noted beside the evidence; empty: not looked at."
        ),
    ] = ""


class Login(_Section, frozen=True):
    """Where access tokens come from, for logins without a password."""

    name: Annotated[str, Meta(description="Name of the login, for mailboxes.")] = "mail"
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


class Log(_Section, frozen=True):
    """A mail server's own log, read for what became of each mail."""

    name: Annotated[str, Meta(description="Name of the log in reports.")] = "mta"
    path: Annotated[
        str, Meta(description="The file that the server writes; rotated ones stand beside it.")
    ] = "/var/log/mail.log"
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


class PolicyRule(_Section, frozen=True):
    """What is expected of some notices.

    The first rule that fits both class and domain counts; where none does, these defaults do.
    """

    name: Annotated[str, Meta(description="Name of the policy in reports.")] = "default"
    classes: Annotated[tuple[str, ...], Meta(description="Notice classes; empty: all.")] = ()
    domains: Annotated[tuple[str, ...], Meta(description="Recipient domains; empty: all.")] = ()
    stage: Annotated[
        StageWord,
        Meta(
            description='How far each notice must be shown to come: "accepted", "relayed", '
            '"delivered", "displayed" or "acted".'
        ),
    ] = "delivered"
    assurance: Annotated[
        Literal["hint", "claim", "proof"],
        Meta(description='How strong that evidence must be: "hint", "claim" or "proof".'),
    ] = "claim"
    within: Annotated[Duration, Meta(description="By when, from the notice's acceptance.")] = (
        Duration(days=2)
    )
    silence_is_good: Annotated[
        bool,
        Meta(description="Presume arrival when nothing bad came back while we were listening."),
    ] = False
    silence_after: Annotated[
        Duration, Meta(description="How long that silence must last after our relay's 250.")
    ] = Duration(days=2)
    delayed_after: Annotated[
        Duration, Meta(description='How long "delayed" may last before it is a gap.')
    ] = Duration(hours=4)
    ambiguous_wait: Annotated[
        Duration,
        Meta(description="How long to wait for evidence when a line died before the final reply."),
    ] = Duration(hours=1)
    after_ambiguous: Annotated[
        Literal["resend", "hold"],
        Meta(description='Then "resend" (perhaps twice) or "hold" (perhaps never).'),
    ] = "resend"
    give_up_after: Annotated[
        Duration, Meta(description="No new attempt starts later than this after acceptance.")
    ] = Duration(days=2)
    blind_grace: Annotated[
        Duration, Meta(description="How far a channel may lag before it counts as blind.")
    ] = Duration(minutes=15)


class NoticeClass(_Section, frozen=True):
    """What every notice of one class carries, unless the notice itself brings that header."""

    name: Annotated[
        str, Meta(description="The notice class; empty: all that have no section of their own.")
    ] = ""
    list_id: Annotated[
        str,
        Meta(
            description='List-Id, "alerts.example.org" or "Alerts <alerts.example.org>"; or none.'
        ),
    ] = ""
    feedback_id: Annotated[
        str,
        Meta(description='Feedback-ID by which large receivers count complaints, "a:b:c:sender".'),
    ] = ""
    cfbl_address: Annotated[
        str,
        Meta(
            description="Where receivers send complaints (RFC 9477; needs dkim): an address, or "
            '"{token}@bounces.example.org", so that each is matched to its notice; empty: nowhere.'
        ),
    ] = ""
    auto_submitted: Annotated[
        Literal["auto-generated", "none"],
        Meta(
            description='"auto-generated" keeps responders quiet (RFC 3834); "none" lets them '
            "answer, which shows that a mailbox is reached."
        ),
    ] = "auto-generated"
    headers: Annotated[dict[str, str], Meta(description="Further headers, by name.")] = field(
        default_factory=dict
    )


class Dkim(_Section, frozen=True):
    """A key that signs (RFC 6376) what goes out for authors at its domain and below."""

    domain: Annotated[str, Meta(description="The signing domain, as A-labels.")] = "example.org"
    selector: Annotated[
        str, Meta(description="Its public key stands in DNS at SELECTOR._domainkey.DOMAIN.")
    ] = "landed"
    algorithm: Annotated[
        Literal["rsa-sha256", "ed25519-sha256"],
        Meta(description='"rsa-sha256", which everybody verifies, or "ed25519-sha256" beside it.'),
    ] = "rsa-sha256"
    key: Annotated[
        Secret, Meta(description='The private key in PEM, as "env:NAME" or "file:/path".')
    ] = Secret("file:dkim.pem")

    @property
    def name(self) -> str:
        """What tells two keys apart."""
        return f"{self.selector}._domainkey.{self.domain}"


class Sending(_Section, frozen=True):
    """How the outbox is worked off."""

    every: Annotated[Duration, Meta(description="How often to look for mail that is due.")] = (
        Duration(seconds=5)
    )
    workers: Annotated[int, Meta(ge=1, le=64, description="Connections at a time.")] = 2
    retry_first: Annotated[
        Duration, Meta(description="Wait after the first temporary failure; then doubling.")
    ] = Duration(minutes=1)
    retry_longest: Annotated[Duration, Meta(description="Longest wait between tries.")] = Duration(
        hours=2
    )
    lease: Annotated[
        Duration, Meta(description="After this a worker that said nothing counts as dead.")
    ] = Duration(minutes=10)


class Suppression(_Section, frozen=True):
    """When failures alone stop notices to an address; each such notice shows as a gap."""

    bounces: Annotated[
        int,
        Meta(
            ge=0,
            description="Notices that came back for good before an address is suppressed; 0: no "
            "number is enough.",
        ),
    ] = 3
    complaints: Annotated[
        int,
        Meta(ge=0, description="Notices complained about before it is suppressed; 0: none count."),
    ] = 1
    within: Annotated[Duration, Meta(description="Only failures of this last while count.")] = (
        Duration(days=30)
    )
    reasons: Annotated[
        tuple[Literal["userunknown", "hostunknown", "hasmoved", "notaccept"], ...],
        Meta(
            description="Failures that count, all of them the address's own fault; those with "
            "status 5.7.x, which blame the sender, never do."
        ),
    ] = ("userunknown", "hostunknown", "hasmoved", "notaccept")


class Sweep(_Section, frozen=True):
    """How gaps are looked for and reports kept."""

    every: Annotated[Duration, Meta(description="How often overdue is looked for.")] = Duration(
        seconds=30
    )
    keep_reports: Annotated[
        Duration,
        Meta(description="How long the raw text of reports is kept; the evidence stays for good."),
    ] = Duration(days=90)


class Digest(_Section, frozen=True):
    """The mail to the admins with the undelivered items."""

    to: Annotated[tuple[str, ...], Meta(description="Who gets the digest; empty: nobody.")] = ()
    schedule: Annotated[
        str, Meta(description="When, as a cron expression in UTC: minute hour day month weekday.")
    ] = "0 7 * * *"
    when_empty: Annotated[
        Literal["silent", "all-clear"],
        Meta(description='With nothing to tell: "silent", or an "all-clear" mail.'),
    ] = "all-clear"
    subject: Annotated[str, Meta(description="How the subject begins.")] = "Undelivered notices"
    notice_class: Annotated[str, Meta(description="The class under which digests are tracked.")] = (
        "digest"
    )
    most: Annotated[
        int, Meta(ge=1, description="Items listed in one digest; the rest is counted.")
    ] = 500


class Canaries(_Section, frozen=True):
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


class Listener(_Section, frozen=True):
    """An SMTP server for applications that only change their mail host."""

    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0: no listener.")] = 0
    host: Annotated[
        str,
        Meta(description="Address to listen on; beyond loopback only with TLS and users."),
    ] = "127.0.0.1"
    security: Annotated[
        Security,
        Meta(description='"starttls" (then required), "tls" (from the first byte), or "none".'),
    ] = "none"
    certificate: Annotated[
        str, Meta(description="PEM file with the certificate and its chain, for TLS.")
    ] = ""
    key: Annotated[
        str, Meta(description="PEM file with the certificate's key; empty: in the same file.")
    ] = ""
    users: Annotated[
        str,
        Meta(description='File made by "landed user add"; empty: nobody has to log in.'),
    ] = ""
    notice_class: Annotated[
        str, Meta(description="Class of notices that name none, by X-Landed-Class or their login.")
    ] = "notice"
    max_bytes: Annotated[
        int, Meta(ge=1000, le=100000000, description="Largest message that is taken.")
    ] = 25000000
    max_recipients: Annotated[
        int, Meta(ge=1, le=100000, description="Most recipients of one message.")
    ] = 1000
    connections: Annotated[int, Meta(ge=1, le=1000, description="Most connections at a time.")] = 20
    timeout: Annotated[
        Duration, Meta(description="Longest wait for a client's next command or whole message.")
    ] = Duration(minutes=1)


class Api(_Section, frozen=True):
    """An HTTP API to hand notices over and to ask what became of them."""

    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0: no API.")] = 0
    host: Annotated[
        str, Meta(description="Address to listen on; beyond loopback only with TLS.")
    ] = "127.0.0.1"
    certificate: Annotated[
        str, Meta(description="PEM file with the certificate and its chain; empty: no TLS.")
    ] = ""
    key: Annotated[
        str, Meta(description="PEM file with the certificate's key; empty: in the same file.")
    ] = ""
    tokens: Annotated[str, Meta(description='File made by "landed token add".')] = "landed.tokens"
    notice_class: Annotated[str, Meta(description="Class of notices that name none.")] = "notice"
    max_bytes: Annotated[
        int, Meta(ge=1000, le=100000000, description="Largest request that is read.")
    ] = 25000000
    max_recipients: Annotated[
        int, Meta(ge=1, le=100000, description="Most recipients of one notice.")
    ] = 1000
    requests: Annotated[
        int, Meta(ge=1, le=1000, description="Most requests worked on at a time.")
    ] = 20
    timeout: Annotated[Duration, Meta(description="Longest wait for the whole of a request.")] = (
        Duration(seconds=30)
    )


class Spool(_Section, frozen=True):
    """A folder into which programs move .eml files."""

    folder: Annotated[str, Meta(description="The folder; empty: no spool.")] = ""
    every: Annotated[Duration, Meta(description="How often to look.")] = Duration(seconds=5)
    after: Annotated[
        Literal["move", "remove"],
        Meta(description='What becomes of accepted files: "move" to done/, or "remove".'),
    ] = "move"
    notice_class: Annotated[
        str, Meta(description="Class of notices that name none by X-Landed-Class.")
    ] = "notice"


class Daemon(_Section, frozen=True):
    """The long-running agent."""

    drain: Annotated[
        Duration, Meta(description="How long a stop may take to finish what is in hand.")
    ] = Duration(seconds=30)
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much is logged.")
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"], Meta(description='One line per fact, as "text" or "json".')
    ] = "text"


class Config(_Section, frozen=True):
    """The whole configuration file."""

    ledger: Annotated[
        str, Meta(description='Path of the SQLite ledger, or "postgresql://user@host/database".')
    ] = "landed.db"
    ledger_password: Annotated[
        Secret, Meta(description='Password of a PostgreSQL ledger as "env:NAME" or "file:/path".')
    ] = Secret("")
    identity: Identity = Identity()
    tokens: Tokens = Tokens()
    sending: Sending = Sending()
    suppression: Suppression = Suppression()
    sweep: Sweep = Sweep()
    digest: Digest = Digest()
    canaries: Canaries = Canaries()
    listener: Listener = Listener()
    api: Api = Api()
    spool: Spool = Spool()
    daemon: Daemon = Daemon()
    routes: tuple[Route, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    logs: tuple[Log, ...] = ()
    logins: tuple[Login, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    classes: tuple[NoticeClass, ...] = ()
    dkim: tuple[Dkim, ...] = ()
