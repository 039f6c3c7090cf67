"""Fixtures: the real mail servers, one of each for a session, empty for each test.

A test that fails shows the end of the logs of the servers that it used.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.plugins.cyrus import Cyrus, find_cyrus, run_cyrus
from tests.plugins.dovecot import find_dovecot
from tests.plugins.greenmail import GreenMail, find_greenmail, run_greenmail
from tests.plugins.imapservers import (
    SERVERS,
    ImapServer,
    of_cyrus,
    of_greenmail,
    of_mail_site,
    of_pymap,
)
from tests.plugins.mailsite import MailSite, run_mail_site
from tests.plugins.postfix import find_postfix
from tests.plugins.processes import tail
from tests.plugins.pymapd import PyMap, run_pymap
from tests.plugins.requirements import require_server

__all__ = [
    "cyrus_server",
    "greenmail",
    "greenmail_server",
    "imap_server",
    "mail_site",
    "mail_site_server",
    "pymap_server",
]


@pytest.fixture(scope="session")
def cyrus_server(pytestconfig: pytest.Config) -> Iterator[Cyrus]:
    """Cyrus for the whole session; it keeps what earlier tests left."""
    tree, missing = find_cyrus()
    if missing:
        require_server(missing)
    with run_cyrus(tree) as server:
        pytestconfig.pluginmanager.register(_Logs("cyrus_server", (server.log,)))
        yield server


@pytest.fixture(scope="session")
def greenmail_server(pytestconfig: pytest.Config) -> Iterator[GreenMail]:
    """GreenMail for the whole session; tests take greenmail."""
    launcher = find_greenmail()
    if isinstance(launcher, str):
        require_server(launcher)
    with run_greenmail(launcher) as server:
        pytestconfig.pluginmanager.register(_Logs("greenmail", (server.log,)))
        yield server


@pytest.fixture
def greenmail(greenmail_server: GreenMail) -> GreenMail:
    """A GreenMail whose mailboxes are empty."""
    greenmail_server.purge()
    return greenmail_server


@pytest.fixture(scope="session")
def mail_site_server(pytestconfig: pytest.Config) -> Iterator[MailSite]:
    """Postfix and Dovecot for the whole session; tests take mail_site."""
    missing = find_postfix() or find_dovecot()
    if missing:
        require_server(missing)
    if os.geteuid() != 0:
        require_server("Postfix's master must be started by root")
    with run_mail_site() as site:
        pytestconfig.pluginmanager.register(_Logs("mail_site", site.logs))
        yield site


@pytest.fixture
def mail_site(mail_site_server: MailSite) -> MailSite:
    """A mail site whose queue and folders are empty."""
    mail_site_server.reset()
    return mail_site_server


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[PyMap]:
    """pymap for the whole session."""
    with run_pymap() as server:
        yield server


@pytest.fixture(params=SERVERS)
def imap_server(request: pytest.FixtureRequest) -> ImapServer:
    """Each IMAP server in turn; it keeps what earlier tests left, so take a folder of your own."""
    if request.param == "dovecot":
        return of_mail_site(request.getfixturevalue("mail_site_server"))
    if request.param == "cyrus":
        return of_cyrus(request.getfixturevalue("cyrus_server"))
    if request.param == "greenmail":
        return of_greenmail(request.getfixturevalue("greenmail_server"))
    return of_pymap(request.getfixturevalue("pymap_server"))


class _Logs:
    """Puts the logs of a server into the report of each failed test that used its fixture."""

    def __init__(self, fixture: str, logs: tuple[Path, ...]) -> None:
        self._fixture = fixture
        self._logs = logs

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and self._fixture in getattr(item, "fixturenames", ()):
            report.sections += [(log.name, tail(log)) for log in self._logs]
        return report
