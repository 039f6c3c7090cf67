"""Exim's own log, written by a real Exim: it alone tells every fate apart."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.agents import Home
from tests.plugins.exim import Exim, find_exim, run_exim
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.ports import HOST
from tests.plugins.requirements import require_server
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

KEY = "issue-17"


@pytest.fixture
def exim(mail_site: MailSite) -> Iterator[Exim]:
    binary, missing = find_exim()
    if missing:
        require_server(missing)
    # not below pytest's own directory, which only root may enter
    directory = Path(tempfile.mkdtemp(prefix="landed-exim-", dir="/tmp"))
    directory.chmod(0o755)
    try:
        with run_exim(
            binary,
            directory,
            near=f"{Cast.DOMAIN} : {Cast.BOUNCE_DOMAIN}",
            far="far.test",
            lmtp_port=mail_site.dovecot.lmtp_port,
            far_port=mail_site.far_port,
        ) as running:
            yield running
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _home(directory: Path, site: MailSite, exim: Exim, *, deaf: bool) -> Home:
    """deaf: without mailboxes, so that nothing but the log can answer."""
    route = {"host": HOST, "port": exim.port, "security": "none", "username": "", "password": ""}
    home = site_home(directory, site, route=route)
    head, *sections = home.config.read_text(encoding="utf-8").split("[[")
    kept = [one for one in sections if not (deaf and one.startswith("mailboxes"))]
    log = {"name": "exim", "path": str(exim.log), "kind": "exim", "host": exim.name}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in {**log, "own_hosts": []}.items()]
    text = "[[".join([head, *kept]) + "\n[[logs]]\n" + "".join(lines)
    home.config.write_text(text, encoding="utf-8")
    return home


def _told(home: Home, recipient: str, kind: str) -> list[dict[str, Any]]:
    evidence = home.story(KEY, recipient)["evidence"]
    return [dict(fact) for fact in evidence if fact["kind"] == kind]


def test_the_log_alone_tells_every_fate_apart(
    mail_site: MailSite, exim: Exim, tmp_path: Path
) -> None:
    home = _home(tmp_path, mail_site, exim, deaf=True)
    fates = {
        Cast.ANNA: "delivered",  # by LMTP
        Cast.EVA: "relayed",  # by SMTP to the far hop
        Cast.GHOST: "failed",  # 550 from LMTP
        Cast.GONE: "failed",  # 550 from the far hop
        Cast.CLOSED: "delayed",
    }
    home.send(KEY, *fates)
    home.run_until(lambda: all(_told(home, who, fate) for who, fate in fates.items()))
    (eva,) = _told(home, Cast.EVA, "relayed")
    assert "queued as" in eva["diagnostic"]
    (gone,) = _told(home, Cast.GONE, "failed")
    assert "no such user here" in gone["diagnostic"]
    home.run_once()
    assert len(_told(home, Cast.GONE, "failed")) == 1


def test_a_failure_that_its_report_tells_too_counts_once(
    mail_site: MailSite, exim: Exim, tmp_path: Path
) -> None:
    home = _home(tmp_path, mail_site, exim, deaf=False)
    home.send(KEY, Cast.GONE)
    home.run_until(lambda: bool(_told(home, Cast.GONE, "failed")) and home.reports() == (1, 0))
    home.run_once()
    assert len(_told(home, Cast.GONE, "failed")) == 1
