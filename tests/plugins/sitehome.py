"""An agent's home that sends and watches by the mail site: one place for its addresses.

The mailbox of bounces is watched with its Junk folder, that of replies too.
"""

from pathlib import Path
from typing import Any

from tests.plugins.agents import Home, Values, write_home
from tests.plugins.mailsite import Cast, MailSite

__all__ = ["site_home"]


def site_home(
    directory: Path,
    site: MailSite,
    *,
    route: dict[str, Any] | None = None,
    mailbox: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    more: dict[str, Values] | None = None,
) -> Home:
    """Write the home. route, mailbox and policy change single values; more adds sections."""
    ca = str(site.certificates.ca)
    secure = {"security": "tls", "port": site.imaps_port, "ca_file": ca}
    boxes = [
        {
            **secure,
            "name": address.partition("@")[0],
            "host": "localhost",
            "username": address,
            "password": site.accounts[address],
            "folders": ["INBOX", "Junk"],
            "poll": "2s",  # beneath IDLE, so that no race of the server's costs minutes
            **(mailbox or {}),
        }
        for address in (Cast.BOUNCES, Cast.REPLIES)
    ]
    return write_home(
        directory,
        {
            "identity": {
                "sender": f"Notices <{Cast.ADMINS}>",
                "return_path": f"{{token}}@{Cast.BOUNCE_DOMAIN}",
                "reply_to": f"replies+{{token}}@{Cast.DOMAIN}",
            },
            "sending": {"retry_first": "1s", "retry_longest": "2s"},
            "routes": [
                {
                    "name": "site",
                    "host": "localhost",
                    "port": site.submission_port,
                    "security": "starttls",
                    "ca_file": ca,
                    "username": Cast.ADMINS,
                    "password": site.accounts[Cast.ADMINS],
                    **(route or {}),
                }
            ],
            "mailboxes": boxes,
            "policies": [{"name": "test", "stage": "delivered", **(policy or {})}],
            **(more or {}),
        },
    )
