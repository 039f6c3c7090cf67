"""The keys of the ways out: each route, what it reaches and how it is reached.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from agent.config.kinds import Duration, Secret, Section, Security

__all__ = ["Limit", "Route"]


class Route(Section, frozen=True):
    """A way out: an SMTP relay, an LMTP server, the sendmail command, or a mail service."""

    name: Annotated[str, Meta(description="Name of the route in reports.")] = "relay"
    kind: Annotated[
        Literal["smtp", "lmtp", "sendmail", "service"],
        Meta(
            description='"smtp", "lmtp" for a mail store, "sendmail" for the command below, or '
            '"service" for the API of a mail service.'
        ),
    ] = "smtp"
    host: Annotated[str, Meta(description="Host name of the relay.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=1, le=65535, description="Port: 587 submission, 465 TLS, 25 plain.")
    ] = 587
    socket: Annotated[
        str,
        Meta(description='For kind = "lmtp": path of a Unix socket instead of host and port.'),
    ] = ""
    final: Annotated[
        bool,
        Meta(
            description='For kind = "lmtp": the server writes into the mailboxes itself, so that '
            "what it takes is delivered."
        ),
    ] = False
    security: Annotated[
        Security, Meta(description='"starttls", "tls" (from the first byte), or "none".')
    ] = "starttls"
    ca_file: Annotated[str, Meta(description="Certificates to trust; empty: the system's.")] = ""
    username: Annotated[str, Meta(description="Login; empty: none.")] = ""
    password: Annotated[Secret, Meta(description='Password as "env:NAME" or "file:/path".')] = (
        Secret("")
    )
    auth: Annotated[
        Literal["password", "oauth2"],
        Meta(description='How to log in: "password", or "oauth2" with a token of login.'),
    ] = "password"
    login: Annotated[
        str, Meta(description='Name of the [[logins]] section, for auth = "oauth2".')
    ] = ""
    timeout: Annotated[
        Duration, Meta(description="Longest wait for any single answer of the relay.")
    ] = Duration(seconds=60)
    local_hostname: Annotated[str, Meta(description="Name for EHLO; empty: this machine's.")] = ""
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
    service: Annotated[
        str,
        Meta(
            description='For kind = "service": "amazon_ses", "brevo", "mailersend", "mailgun", '
            '"mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend", "scaleway", '
            '"sendgrid", "sparkpost", or "unisender_go"; password names its key.'
        ),
    ] = ""
    settings: Annotated[
        dict[str, str],
        Meta(
            description="For that service: further settings by django-anymail's names, such as "
            "api_url or sender_domain."
        ),
    ] = field(default_factory=dict)
    return_path: Annotated[
        bool,
        Meta(description="Ask that service to use our return path, where it can at all."),
    ] = False
    domains: Annotated[
        tuple[str, ...], Meta(description="Recipient domains that this route serves; empty: all.")
    ] = ()
    classes: Annotated[
        tuple[str, ...], Meta(description="Notice classes that this route serves; empty: all.")
    ] = ()
    per_minute: Annotated[
        int, Meta(ge=0, description="Most messages within any minute; 0: no limit.")
    ] = 0
    per_hour: Annotated[
        int, Meta(ge=0, description="Most messages within any hour; 0: no limit.")
    ] = 0
    connections: Annotated[
        int, Meta(ge=0, description="Most connections of this agent at a time; 0: one a worker.")
    ] = 0
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


class Limit(Section, frozen=True):
    """How much may go to recipient domains, by whatever routes."""

    name: Annotated[str, Meta(description="Name of the limit in reports.")] = "others"
    domains: Annotated[
        tuple[str, ...],
        Meta(
            description="Recipient domains that share this limit; empty: every domain that no "
            "other section names has it for itself."
        ),
    ] = ()
    per_minute: Annotated[
        int, Meta(ge=0, description="Most messages within any minute; 0: no limit.")
    ] = 0
    per_hour: Annotated[
        int, Meta(ge=0, description="Most messages within any hour; 0: no limit.")
    ] = 0
    connections: Annotated[
        int,
        Meta(
            ge=0,
            description="Most connections of this agent that carry such mail at a time; 0: no "
            "limit.",
        ),
    ] = 0
