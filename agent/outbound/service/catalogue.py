"""The services there are: what each needs to be called, and what it keeps of a message.

Owns that table. Imports nothing of Django, so that a configuration is checked quickly.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["SERVICES", "Service", "checked_settings"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service, in django-anymail's names for its settings."""

    title: str
    secret: str  # the setting that the password becomes
    user: str = ""  # the one that the username becomes; empty: it has none
    settings: tuple[str, ...] = ()  # further ones that may be set
    needed: tuple[str, ...] = ()  # those that must be
    metadata: bool = True  # False: the token travels as a tag
    return_path: str = "none"  # what of ours it can use: "none", "domain", "reports", or "whole"
    headers: tuple[tuple[str, str], ...] = ()  # that make it keep what we send
    refused: frozenset[str] = frozenset()  # headers for which it refuses the whole call
    about_key: str = ""  # a place below its API that any key may read, so that it is tried
    library: str = ""  # one that makes its calls, and is not among our own
    finds_keys: bool = False  # that library looks for keys itself where a route has none


SERVICES = {
    "amazon_ses": Service(
        "Amazon SES",
        "aws_secret_access_key",
        user="aws_access_key_id",
        settings=("configuration_set_name",),
        needed=("region_name",),
        return_path="reports",
        library="boto3",
        finds_keys=True,
    ),
    "brevo": Service("Brevo", "api_key", about_key="account"),
    "mailersend": Service("MailerSend", "api_token", metadata=False),
    "mailgun": Service("Mailgun", "api_key", settings=("sender_domain",), return_path="domain"),
    "mailjet": Service(
        "Mailjet",
        "secret_key",
        user="api_key",
        return_path="whole",
        refused=frozenset(
            {"message-id", "list-id", "user-agent", "x-mailer", "x-feedback-id", "x-csa-complaints"}
        ),
    ),
    "mailtrap": Service("Mailtrap", "api_token", settings=("sandbox_id",)),
    "mandrill": Service("Mandrill", "api_key", return_path="domain"),
    "postal": Service(
        "Postal", "api_key", needed=("api_url",), metadata=False, return_path="whole"
    ),
    "postmark": Service(
        "Postmark",
        "server_token",
        settings=("message_stream",),
        headers=(("X-PM-KeepID", "true"),),  # or it writes a Message-ID of its own
        about_key="server",
    ),
    "resend": Service("Resend", "api_key"),
    "scaleway": Service("Scaleway", "secret_key", user="project_id", settings=("region",)),
    "sendgrid": Service("SendGrid", "api_key", about_key="scopes"),
    "sparkpost": Service("SparkPost", "api_key", settings=("subaccount",), return_path="whole"),
    "unisender_go": Service("Unisender Go", "api_key", needed=("api_url",)),
}
"""By the name that a configuration gives them."""

_EVERYWHERE = ("api_url",)


def checked_settings(
    name: str, settings: dict[str, str], username: str, password: str, *, with_path: bool
) -> tuple[tuple[str, str], ...]:
    """All settings of a service, its secret not among them. Raises ValueError, with what to do."""
    service = SERVICES.get(name)
    if service is None:
        raise ValueError(f'service "{name}" is none of {", ".join(SERVICES)}')
    known = {*_EVERYWHERE, *service.settings, *service.needed}
    strange = sorted(set(settings) - known)
    if strange:
        raise ValueError(
            f"settings: {service.title} has no {strange[0]} to be set; there are "
            f"{', '.join(sorted(known))}"
        )
    missing = sorted(set(service.needed) - set(settings))
    if missing:
        raise ValueError(f"settings: {service.title} needs {missing[0]}")
    if service.library and find_spec(service.library) is None:
        raise ValueError(f"{service.title} needs {service.library}: install landed[ses]")
    keyless = service.finds_keys and not username and not password
    if not password and not keyless:
        raise ValueError(f'{service.title} needs its key: name it in password, as "env:NAME"')
    if service.user and not username and not keyless:
        raise ValueError(f"{service.title} needs its {service.user} as username")
    if with_path and service.return_path == "none":
        raise ValueError(f"return_path: {service.title} uses its own, whatever it is asked")
    if not _is_private(settings.get("api_url", "https://")):
        raise ValueError("settings: api_url must begin with https://, or the key could be read")
    user = ((service.user, username),) if service.user else ()
    return (*sorted(settings.items()), *user)


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
