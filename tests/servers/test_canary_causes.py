"""A bounce mailbox that breaks on a real mail site: a canary notices, and the cause is named."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from agent.configfile import load
from agent.inbound.rounds import ProbesNotSent
from agent.wiring import inward, outward
from agent.wiring.ledger import ledger_url
from agent.wiring.patrol import Patrol
from store import paths
from store.database import Ledger
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

GO_ON = threading.Event()  # a stop that never comes
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Guarded:
    """An agent that probes every hour, on the real site."""

    site: MailSite
    path: Path
    ledger: Ledger

    def round(self, later: timedelta = timedelta(0)) -> int:
        """Send what is due, and tell what is missing, as if it were so much later."""
        return Patrol(load(self.path), self.ledger).run_once(lambda: _now() + later, GO_ON)

    def listen(self) -> None:
        for _, watcher in inward.watchers(load(self.path), self.ledger):
            with watcher:
                watcher.run_once(_now, GO_ON)

    def told(self) -> str:
        """What the admins were told, once it has arrived."""
        later = PATIENCE * 2
        outward.sender(load(self.path), self.ledger, "t").run_once(lambda: _now() + later, GO_ON)
        (mail,) = self.site.wait_for_mails(Cast.ADMINS, 1)
        body = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
        assert body is not None
        return " ".join(str(body.get_content()).split())


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def guard(mail_site: MailSite, tmp_path: Path) -> Iterator[Callable[..., Guarded]]:
    opened: list[Ledger] = []

    def make(return_path: str, login: str, password: str = "", **canaries: str) -> Guarded:
        more: dict[str, Any] = {
            "canaries": {"every": "1h", "patience": "10m", **canaries},
            "digest": {"to": [Cast.ADMINS]},
        }
        home = site_home(
            tmp_path,
            mail_site,
            mailbox={
                "username": login,
                "password": password or mail_site.accounts[login],
                "folders": ["INBOX"],
            },
            more=more,
        )
        text = home.config.read_text(encoding="utf-8")
        old = f'return_path = "{{token}}@{Cast.BOUNCE_DOMAIN}"'
        assert old in text
        home.config.write_text(text.replace(old, f'return_path = "{return_path}"'))
        opened.append(Ledger.open(ledger_url(load(home.config))))
        return Guarded(mail_site, home.config, opened[-1])

    yield make
    for ledger in opened:
        ledger.close()


def _arrived(site: MailSite, address: str) -> None:
    site.wait_for_mails(address, 1)


SUB = f"bounces+{{token}}@{Cast.DOMAIN}"


def test_a_mailbox_whose_bounces_go_to_junk(
    mail_site: MailSite, guard: Callable[..., Guarded]
) -> None:
    agent = guard(SUB, Cast.BOUNCES)
    assert agent.round() == 1
    _arrived(mail_site, Cast.BOUNCES)
    with mail_site.mailbox(Cast.BOUNCES) as client:  # as a filter does
        client.uid("COPY", "1:*", "Junk")
        client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()
    agent.listen()
    agent.round(PATIENCE * 2)
    assert 'the probe lies in folder "Junk"' in agent.told()


def test_a_mailbox_whose_quota_is_full(guard: Callable[..., Guarded]) -> None:
    agent = guard(f"full+{{token}}@{Cast.DOMAIN}", Cast.FULL)
    agent.round()
    agent.listen()
    agent.round(PATIENCE * 2)
    assert "is full" in agent.told()


def test_a_mailbox_whose_password_is_no_longer_good(
    mail_site: MailSite, guard: Callable[..., Guarded]
) -> None:
    agent = guard(SUB, Cast.BOUNCES, "the old one")
    assert agent.round() == 1
    _arrived(mail_site, Cast.BOUNCES)
    agent.round(PATIENCE * 2)
    assert f'refuses the login of "{Cast.BOUNCES}"' in agent.told()


def test_a_host_where_sub_addressing_was_switched_off(guard: Callable[..., Guarded]) -> None:
    """To this Postfix a "-" is a letter like others: it knows no such user."""
    agent = guard(f"bounces-{{token}}@{Cast.DOMAIN}", Cast.BOUNCES)
    with pytest.raises(ProbesNotSent, match="where sub-addressing is switched off") as caught:
        agent.round()
    assert "User unknown" in str(caught.value)
    sent = _now()
    agent.listen()
    with agent.ledger.transaction(read_only=True) as tx:
        mark = min(filter(None, paths.heard(tx).through().values()))
    assert mark is not None
    assert mark <= sent, "nothing is presumed landed there"
    agent.round(PATIENCE * 2)
    told = agent.told()
    assert "it is refused: 550 5.1.1" in told
    assert "where sub-addressing is switched off, no answer can arrive" in told


def test_a_probe_that_bounces_comes_back_and_nobody_is_told(
    mail_site: MailSite, guard: Callable[..., Guarded]
) -> None:
    agent = guard(SUB, Cast.BOUNCES, bounce_address=Cast.GHOST)
    assert agent.round() == 1
    _arrived(mail_site, Cast.BOUNCES)
    agent.listen()
    agent.round(PATIENCE * 2)
    assert mail_site.mails(Cast.ADMINS) == []
