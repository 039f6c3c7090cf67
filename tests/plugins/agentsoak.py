"""A soak of two whole agents on one mailbox and one PostgreSQL ledger, one killed on the way.

Owns the course: `landed run` twice, mail in bursts and faults at random in front of
Dovecot, a kill in the middle. What must be there once is told by the ledger, and by the
mailbox of the admins.
"""

import base64
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from store.database import Ledger
from store.tables import CANARY, DELIVERY, NOTICE
from store.words import Stage
from tests.plugins.agents import Home, write_home
from tests.plugins.faultproxy import run_fault_proxy
from tests.plugins.imapservers import of_mail_site
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.owed import KEYRING, Owed
from tests.plugins.processes import tail
from tests.plugins.soak import STRANGER, Soaked, audit, pour, settle

__all__ = ["AgentsSoaked", "soak_agents"]

_ROOT = Path(__file__).resolve().parents[2]
_CHILD = """\
from tests.plugins.soak import hasten
hasten()
from agent.cli.main import run
run()
"""
_FOLDERS = 2  # beside the inbox
_ENDS_WITHIN = 120.0
_KILLED_AFTER = 0.5  # of the course


@dataclass(slots=True)
class AgentsSoaked(Soaked):
    """What came of it beside the reports. Each count is by what should be there once."""

    probes: dict[str, int] = field(default_factory=dict)  # by route and channel
    digests: int = 0
    outages: int = 0  # notices of the probe that never comes back
    mails: dict[str, int] = field(default_factory=dict)  # in the admins' mailbox, by Message-ID
    taken_for_admins: int = 0  # by the relay; one at which an agent was killed may be there too


class _Agents:
    """Processes of `landed run` on one configuration."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._log = home.config.with_name("agents.log")
        self._running: list[subprocess.Popen[bytes]] = []
        self._starts = 0

    def start(self) -> None:
        self._starts += 1
        command = [sys.executable, "-c", _CHILD, "--config", str(self._home.config), "run"]
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        with self._log.open("ab") as output:
            self._running.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
                )
            )

    def wait(self) -> None:
        """Until all are at work: a process may take long to start, and heeds no signal before."""
        limit = time.monotonic() + _ENDS_WITHIN
        while self._log.read_bytes().count(b" started agent=") < self._starts:
            assert time.monotonic() < limit, f"an agent did not start\n{tail(self._log)}"
            time.sleep(0.05)

    def replace(self) -> None:
        """Kill the one that has run longest, so that nothing in it gets to tidy up."""
        self.wait()
        first = self._running.pop(0)
        first.kill()
        first.wait(_ENDS_WITHIN)
        self.start()

    def stop(self) -> None:
        self.wait()
        for one in self._running:
            one.terminate()
        codes = [one.wait(_ENDS_WITHIN) for one in self._running]
        assert codes == [0] * len(codes), f"the agents ended with {codes}\n{tail(self._log)}"

    def kill(self) -> None:
        for one in self._running:
            one.kill()
            one.wait(_ENDS_WITHIN)


def soak_agents(
    site: MailSite, url: str, directory: Path, *, seconds: float, reports: int, seed: int
) -> AgentsSoaked:
    """Deliver so many reports in so many seconds; the admins' mailbox must be empty before."""
    chance = random.Random(seed)
    server = of_mail_site(site)
    name = f"Agents {uuid4().hex[:8]}"
    folders = [server.create(f"{name} {number}") for number in range(_FOLDERS)]
    done = server.create(f"{name} done")
    soaked = AgentsSoaked(sent=reports, strangers=reports // 4)
    with ExitStack() as undo:
        owed = undo.enter_context(_open(url))
        proxy = undo.enter_context(run_fault_proxy(server.plain_port))
        ids = owed.mail("k", *(f"r{number}@a.example" for number in range(reports)))
        mails = [owed.dsn(one, "delivered") for one in ids] + [STRANGER] * soaked.strangers
        chance.shuffle(mails)
        home = _home(directory, site, url, proxy.port, ["INBOX", *folders], done)
        agents = _Agents(home)
        undo.callback(agents.kill)
        for _ in range(2):
            agents.start()
        agents.wait()
        began = time.monotonic()
        due = [began + seconds * _KILLED_AFTER]

        def look() -> None:
            if due and time.monotonic() > due[0]:
                due.clear()
                agents.replace()

        pour(server, folders, mails, proxy, chance, seconds, soaked, look)
        settle(owed, ids, server, done, soaked, look)
        _wait_for_mails(owed, site, soaked)
        soaked.seconds = time.monotonic() - began
        agents.stop()
        soaked.lines = proxy.lines
        audit(owed, ids, soaked)
        soaked.twice += max(0, server.count(done) - reports - soaked.others)
        _wait_for_mails(owed, site, soaked)
    return soaked


@contextmanager
def _open(url: str) -> Iterator[Owed]:
    ledger = Ledger.open(url)
    try:
        yield Owed(ledger)
    finally:
        ledger.close()


def _home(
    directory: Path, site: MailSite, url: str, port: int, folders: list[str], done: str
) -> Home:
    """Answers go to Carla, whom nobody watches: the probe of that way never comes back."""
    home = write_home(
        directory,
        {
            "identity": {
                "sender": f"Notices <{Cast.ADMINS}>",
                "return_path": f"{{token}}@{Cast.BOUNCE_DOMAIN}",
                "reply_to": f"carla+{{token}}@{Cast.DOMAIN}",
            },
            "routes": [
                {
                    "name": "site", "host": "localhost", "port": site.submission_port,
                    "security": "starttls", "ca_file": str(site.certificates.ca),
                    "username": Cast.ADMINS, "password": site.accounts[Cast.ADMINS],
                }
            ],
            "mailboxes": [
                {
                    "name": "bounces", "host": "127.0.0.1", "port": port, "security": "none",
                    "username": Cast.BOUNCES, "password": site.accounts[Cast.BOUNCES],
                    "folders": folders, "timeout": "1s", "poll": "1s",
                    "after": "move", "move_to": done,
                }
            ],
            "canaries": {
                "every": "1h", "patience": "2s", "working_address": Cast.ANNA,
                "mailbox": "bounces", "reply_mailbox": "bounces",
            },
            "digest": {"to": [Cast.ADMINS], "schedule": "0 0 1 1 *", "when_empty": "all-clear"},
        },
    )  # fmt: skip
    (secret,) = KEYRING.secrets.values()
    home.config.with_name("landed.key").write_text(base64.b64encode(secret).decode() + "\n")
    text = home.config.read_text(encoding="utf-8")
    home.config.write_text(f'ledger = "{url}"\n{text}', encoding="utf-8")
    return home


def _wait_for_mails(owed: Owed, site: MailSite, soaked: AgentsSoaked) -> None:
    """Until what the admins are owed has come, or the time for it is over."""
    limit = time.monotonic() + _ENDS_WITHIN
    while time.monotonic() < limit:
        _count(owed, site, soaked)
        if soaked.outages and soaked.digests and len(soaked.mails) >= soaked.taken_for_admins:
            return
        time.sleep(0.5)


def _count(owed: Owed, site: MailSite, soaked: AgentsSoaked) -> None:
    with owed.ledger.transaction(read_only=True) as tx:
        probes = tx.execute(select(CANARY.c.channel, CANARY.c.route)).all()
        keys = tx.scalars(select(NOTICE.c.key).where(NOTICE.c.key != "k")).all()
        soaked.taken_for_admins = (
            tx.scalar(
                select(func.count())
                .select_from(DELIVERY.join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id))
                .where(NOTICE.c.key != "k", DELIVERY.c.stage >= Stage.ACCEPTED.value)
            )
            or 0
        )
    soaked.probes = dict(Counter(f"{route} -> {channel}" for channel, route in probes))
    soaked.digests = sum(key.startswith("digest:") for key in keys)
    soaked.outages = sum(key.startswith("probe:missing:") for key in keys)
    parser = BytesHeaderParser()
    found = (parser.parsebytes(mail)["Message-ID"] for mail in site.mails(Cast.ADMINS))
    soaked.mails = dict(Counter(str(one) for one in found))
