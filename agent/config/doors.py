"""The keys of the ways in, besides the command line.

Must not read a file or act on a key.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from agent.config.kinds import Duration, Section, Security

__all__ = [
    "Api",
    "Listener",
    "Spool",
]


class Listener(Section, frozen=True):
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
    classes: Annotated[
        dict[str, str],
        Meta(
            description='Class by envelope sender, where nothing else names one: {"alarms@example.'
            'org" = "alarm", "shop.example.org" = "shop"}; an address comes before its domain.'
        ),
    ] = field(default_factory=dict)
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


class Api(Section, frozen=True):
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


class Spool(Section, frozen=True):
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
