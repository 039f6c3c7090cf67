"""The configuration's keys: every one with its type, its default and its meaning.

Owns the names that stand in a configuration file (config.example.toml shows
the same keys, defaults and sentences; a test holds the two equal); the sections
stand in the modules beside, by what they are about. Must not read a file, open
a connection or know a ledger: agent.configfile reads, and agent.wiring turns
these objects into the plain values that the rest gets.
"""

from typing import Annotated

from msgspec import Meta

from agent.config.asking import Asking
from agent.config.doors import Api, Listener, Spool
from agent.config.inward import Canaries, Log, Login, Mailbox, Reading
from agent.config.kinds import Duration, Secret, Section, decode
from agent.config.outward import Dkim, Identity, NoticeClass, Sending, Suppression, Tokens
from agent.config.reconciling import Digest, PolicyRule, Sweep
from agent.config.running import Daemon
from agent.config.ways import Limit, Route

__all__ = [
    "Api",
    "Asking",
    "Canaries",
    "Config",
    "Daemon",
    "Digest",
    "Dkim",
    "Duration",
    "Identity",
    "Limit",
    "Listener",
    "Log",
    "Login",
    "Mailbox",
    "NoticeClass",
    "PolicyRule",
    "Reading",
    "Route",
    "Secret",
    "Sending",
    "Spool",
    "Suppression",
    "Sweep",
    "Tokens",
    "decode",
]


class Config(Section, frozen=True):
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
    reading: Reading = Reading()
    listener: Listener = Listener()
    api: Api = Api()
    spool: Spool = Spool()
    daemon: Daemon = Daemon()
    routes: tuple[Route, ...] = ()
    limits: tuple[Limit, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    logs: tuple[Log, ...] = ()
    logins: tuple[Login, ...] = ()
    asking: tuple[Asking, ...] = ()
    policies: tuple[PolicyRule, ...] = ()
    classes: tuple[NoticeClass, ...] = ()
    dkim: tuple[Dkim, ...] = ()
