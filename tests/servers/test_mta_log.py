"""Postfix's own log tells what became of each mail, with and without its reports."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.agents import Home
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

KEY = "issue-17"
HOST = "near.people.test"  # as Postfix calls itself in its reports


def _home(directory: Path, site: MailSite, **more: Any) -> Home:
    # every server of the site is at 127.0.0.1, the far one too
    log = {"name": "near", "path": str(site.postfix.log), "host": HOST, "own_hosts": []}
    home = site_home(directory, site)
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in (log | more).items())
    with home.config.open("a") as config:
        config.write("[[logs]]\n" + "".join(lines))
    return home


def _deaf(home: Home) -> Home:
    """The same without mailboxes: nothing but the log can answer."""
    text = home.config.read_text()
    head, *sections = text.split("[[")
    home.config.write_text(
        head + "".join(f"[[{one}" for one in sections if not one.startswith("mailboxes"))
    )
    return home


def _told(home: Home, recipient: str, kind: str) -> list[dict[str, Any]]:
    evidence = home.story(KEY, recipient)["evidence"]
    return [dict(fact) for fact in evidence if fact["kind"] == kind]


def test_the_log_alone_tells_every_fate_apart(mail_site: MailSite, tmp_path: Path) -> None:
    home = _deaf(_home(tmp_path, mail_site))
    fates = {
        Cast.ANNA: "delivered",  # by LMTP
        Cast.EVA: "relayed",  # by SMTP to the far hop
        Cast.FULL: "failed",
        Cast.GONE: "failed",
        Cast.CLOSED: "delayed",
        Cast.TEAM: "expanded",
    }
    home.send(KEY, *fates)
    home.run_until(lambda: all(_told(home, who, fate) for who, fate in fates.items()))
    (anna,) = _told(home, Cast.ANNA, "delivered")
    assert "Saved" in anna["diagnostic"]
    (eva,) = _told(home, Cast.EVA, "relayed")
    assert "queued as" in eva["diagnostic"]
    (gone,) = _told(home, Cast.GONE, "failed")
    assert (gone["status"], gone["reporting_mta"], gone["severity"]) == ("5.1.1", HOST, "hard")
    assert _told(home, Cast.CLOSED, "delayed")[0]["status"] == "4.4.1"
    assert not _told(home, Cast.TEAM, "delivered")
    assert home.deliveries(KEY)[Cast.ANNA]["verdict"] == "landed"
    assert home.deliveries(KEY)[Cast.FULL]["verdict"] == "gap"
    assert "log:near" in home.landed("status")


def test_what_the_log_and_the_report_say_counts_once(mail_site: MailSite, tmp_path: Path) -> None:
    home = _home(tmp_path, mail_site)
    fates = {Cast.ANNA: "delivered", Cast.GONE: "failed", Cast.FULL: "failed"}
    home.send(KEY, *fates)
    home.run_until(
        lambda: (
            home.reports()[0] >= len(fates)
            and all(_told(home, who, fate) for who, fate in fates.items())
        )
    )
    for who, fate in fates.items():
        assert len(_told(home, who, fate)) == 1


def test_an_expired_mail_is_failed_by_the_log_alone(mail_site: MailSite, tmp_path: Path) -> None:
    home = _deaf(_home(tmp_path, mail_site))
    home.send(KEY, Cast.BUSY)
    home.run_until(lambda: bool(_told(home, Cast.BUSY, "delayed")))
    mail_site.postfix.expire()
    home.run_until(lambda: bool(_told(home, Cast.BUSY, "failed")))
    assert home.deliveries(KEY)[Cast.BUSY]["gap"] == "failed"


def test_a_local_filter_is_not_the_far_end(mail_site: MailSite, tmp_path: Path) -> None:
    """The same hop, called our own: its acceptance is no relaying."""
    home = _deaf(_home(tmp_path, mail_site, own_hosts=["127.0.0.1"]))
    home.send(KEY, Cast.EVA)
    home.run_until(
        lambda: any(one["reporting_mta"] == HOST for one in _told(home, Cast.EVA, "accepted"))
    )
    assert not _told(home, Cast.EVA, "relayed")


def _wait_for_word(home: Home) -> None:
    log = home.config.with_name("agent.log")
    before = log.stat().st_size if log.exists() else 0
    deadline = time.monotonic() + 120
    while not log.exists() or log.stat().st_size <= before:
        assert time.monotonic() < deadline, "the agent said nothing"
        time.sleep(0.01)


def test_passes_that_are_killed_lose_nothing(mail_site: MailSite, tmp_path: Path) -> None:
    home = _deaf(_home(tmp_path, mail_site, poll="1s"))
    # sent before the kills: one killed while it sends waits for its lease, which is another test
    home.send(KEY, Cast.ANNA, Cast.GONE, now=True)
    for _ in range(3):
        # wherever it is when it has said its first word: killed there
        with home.killed("run"):
            _wait_for_word(home)
    home.run_until(
        lambda: bool(_told(home, Cast.ANNA, "delivered") and _told(home, Cast.GONE, "failed"))
    )
    assert len(_told(home, Cast.ANNA, "delivered")) == 1
    assert len(_told(home, Cast.GONE, "failed")) == 1
    assert len(mail_site.mails(Cast.ANNA)) == 1
