"""What every test may ask for. Fixtures live in tests/plugins, one file per thing."""

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests.plugins.floorguard import guard
from tests.plugins.ledgers import company, desk, empty_sqlite, ledger, ledger_url, reader
from tests.plugins.loglevels import log_levels
from tests.plugins.mailservers import (
    cyrus_server,
    greenmail,
    greenmail_server,
    imap_server,
    mail_site,
    mail_site_server,
    pymap_server,
)
from tests.plugins.postgres import postgres_server, postgres_url

__all__ = [
    "company",
    "cyrus_server",
    "desk",
    "empty_sqlite",
    "greenmail",
    "greenmail_server",
    "imap_server",
    "ledger",
    "ledger_url",
    "log_levels",
    "mail_site",
    "mail_site_server",
    "postgres_server",
    "postgres_url",
    "pymap_server",
    "reader",
]

_CACHE = Path(__file__).resolve().parents[1] / ".venv" / "cache" / "hypothesis"

# a loaded machine is slow, not wrong
settings.register_profile(
    "landed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=DirectoryBasedExampleDatabase(_CACHE),
)
settings.load_profile("landed")
guard()
