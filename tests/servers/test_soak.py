"""Short soaks, mail and random faults: nothing missed, nothing twice, nothing piling up."""

from pathlib import Path

import pytest

from tests.plugins.agentsoak import soak_agents
from tests.plugins.imapservers import of_mail_site
from tests.plugins.mailsite import MailSite
from tests.plugins.soak import FOLDERS, soak

pytestmark = pytest.mark.servers

SEED = 4711  # of the faults, the same each time; bench_soak draws one


def test_nothing_is_missed_and_nothing_piles_up(mail_site_server: MailSite, tmp_path: Path) -> None:
    done = soak(of_mail_site(mail_site_server), tmp_path, seconds=10, reports=60, seed=SEED)
    told = (done.missed, done.twice, done.strangers_kept)
    assert told == (0, 0, done.strangers), str(done)
    assert done.faults  # how many depends on how busy the machine is
    early, late = done.level(late=False), done.level(late=True)
    assert late.resident < early.resident + 15
    assert late.threads <= early.threads + FOLDERS
    assert late.descriptors <= early.descriptors + 2 * FOLDERS


def test_two_agents_on_one_mailbox_and_one_ledger_do_everything_once(
    mail_site: MailSite, postgres_url: str, tmp_path: Path
) -> None:
    """One of them is killed in the middle, and another takes its place."""
    done = soak_agents(mail_site, postgres_url, tmp_path, seconds=10, reports=60, seed=SEED)
    told = str(done)
    assert (done.missed, done.twice, done.strangers_kept) == (0, 0, done.strangers), told
    assert done.faults, told
    ways = ("site -> bounces/INBOX", "site -> ", "site (replies) -> bounces/INBOX")
    assert done.probes == dict.fromkeys(ways, 1), told
    assert done.digests == 1, told
    assert done.outages >= 1, told
    assert set(done.mails.values()) == {1}, told
    assert len(done.mails) >= done.taken_for_admins > 0, told
