"""The keys of asking recipients' own mailboxes.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta

from agent.config.kinds import Duration, Secret, Section, Security

__all__ = [
    "Asking",
]


class Asking(Section, frozen=True):
    """Mailboxes of recipients that you administer, asked for policies with ask = true."""

    name: Annotated[str, Meta(description="Name of this way of asking in reports.")] = "own"
    kind: Annotated[
        Literal["imap", "microsoft", "google"],
        Meta(description='"imap", "microsoft" (Graph), or "google" (Workspace Reports).'),
    ] = "imap"
    domains: Annotated[
        tuple[str, ...], Meta(description="Recipient domains whose mailboxes are asked this way.")
    ] = ()
    every: Annotated[Duration, Meta(description="How often to look which mailboxes are due.")] = (
        Duration(minutes=1)
    )
    per_minute: Annotated[
        int, Meta(ge=1, le=6000, description="Most mailboxes looked into in a minute.")
    ] = 60
    host: Annotated[str, Meta(description="IMAP: host name of the server.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=1, le=65535, description="IMAP: 993 TLS, 143 STARTTLS or plain.")
    ] = 993
    security: Annotated[
        Security, Meta(description='IMAP: "tls" (from the first byte), "starttls", "none".')
    ] = "tls"
    ca_file: Annotated[str, Meta(description="Certificates to trust; empty: the system's.")] = ""
    username: Annotated[
        str,
        Meta(
            description="IMAP: login name; {address}, {local} and {domain} stand for the "
            "recipient's."
        ),
    ] = "{address}*landed"
    password: Annotated[
        Secret, Meta(description='IMAP: password as "env:NAME" or "file:/path".')
    ] = Secret("env:LANDED_ASKING_PASSWORD")
    authorize_as: Annotated[
        str,
        Meta(
            description='IMAP: whose rights the login then takes on (RFC 4616), "{address}"; '
            "empty: its own."
        ),
    ] = ""
    folders: Annotated[
        str,
        Meta(
            description="IMAP: for one login that sees all mailboxes, where each begins, "
            '"user/{local}"; empty: each login sees one mailbox.'
        ),
    ] = ""
    timeout: Annotated[
        Duration, Meta(description="IMAP: longest wait for any single answer of the server.")
    ] = Duration(minutes=1)
    login: Annotated[
        str,
        Meta(
            description="Name of the [[logins]] section; for IMAP instead of a password, with "
            '"{address}" as username.'
        ),
    ] = ""
    look: Annotated[
        tuple[Literal["mailbox", "trace"], ...],
        Meta(
            min_length=1,
            description='Microsoft: "mailbox" (folder and read mark), "trace" (quarantine, '
            "failure).",
        ),
    ] = ("mailbox", "trace")
    administrator: Annotated[
        str,
        Meta(description="Google: the administrator in whose name a service account asks."),
    ] = ""
