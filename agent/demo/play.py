"""The demo's plot: set the scene, send, watch, reconcile, and hold the report against the cast.

Owns the order of events and the scene's configuration file. Everything that
`landed` does in it is done by the product's own parts, as in production; only
the company around it is played.
"""

import base64
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.config import (
    Config,
    Digest,
    Duration,
    Identity,
    Mailbox,
    PolicyRule,
    Route,
    Secret,
    Sending,
    Suppression,
    Sweep,
    Tokens,
)
from agent.configfile import load
from agent.configtext import render
from agent.daemon import Agent
from agent.demo.cast import CAST, NOTICES, Town, owed_gaps
from agent.demo.far_end import FarEnd
from agent.demo.post import PostOffice
from agent.outbound.intake import accept_parts
from agent.wiring import reconciling
from agent.wiring.ledger import ledger_url
from store.database import Ledger
from store.reading import GapRow, Reader

__all__ = ["Company", "Outcome", "Progress", "Scene", "company", "scene"]

_ADMIN = "admin@kontor.example"
_USER = "bounces"
_TELLING = "ivan@kontor.example"
_DEADLINE = Duration(seconds=12)
_PATIENCE = timedelta(seconds=50)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the play has come, for a progress display."""

    owed: int
    handed_over: int  # messages that the far end has taken
    heard: int  # reports read from the mailbox
    settled: int  # deliveries that are not waiting any more


@dataclass(frozen=True, slots=True)
class Outcome:
    """The gap report against the cast. All entries are (notice, address, kind)."""

    right: set[tuple[str, str, str]]
    missing: set[tuple[str, str, str]]  # let down, and not reported so
    invented: set[tuple[str, str, str]]  # reported, and not let down so

    @property
    def is_exact(self) -> bool:
        """Whether the report names exactly the deliveries that the cast let down."""
        return not self.missing and not self.invented


class Scene:
    """The company on loopback and the agent's configuration for it, in one folder."""

    def __init__(self, path: Path, town: Town) -> None:
        self.path, self.town = path, town
        self.config = load(path)

    def send_notices(self) -> int:
        """Takes on all notices of the programme; how many deliveries that makes."""
        people = {person.name: person.address for person in CAST}
        ledger = self._ledger()
        count = 0
        try:
            for notice in NOTICES:
                accepted = accept_parts(
                    ledger,
                    key=notice.key,
                    recipients=[people[name] for name in notice.to],
                    sender=self.config.identity.sender,
                    subject=notice.subject,
                    text=f"{notice.subject}.\n\nThis is notice {notice.key} of the demo.\n",
                    notice_class=notice.notice_class,
                    policies=reconciling.policies(self.config),
                    now=datetime.now(UTC),
                )
                count += len(accepted.deliveries)
        finally:
            ledger.close()
        return count

    def _ledger(self) -> Ledger:
        ledger = Ledger.open(ledger_url(self.config))
        ledger.migrate()
        return ledger

    def act(self) -> Iterator[Progress]:
        """Runs the agent until every delivery is settled, telling how far it is."""
        owed = self.send_notices()
        ledger = self._ledger()
        agent = Agent(self.config, ledger, "demo")
        end = time.monotonic() + _PATIENCE.total_seconds()
        agent.start()
        try:
            while time.monotonic() < end:
                progress = self._progress(owed)
                yield progress
                if progress.settled >= owed:
                    break
                time.sleep(0.2)
        finally:
            agent.stop()
            ledger.close()

    def _progress(self, owed: int) -> Progress:
        reader = Reader.open(ledger_url(self.config))
        try:
            stats = reader.stats()
        finally:
            reader.close()
        programme = {notice.notice_class for notice in NOTICES}
        waiting = sum(
            counts.get("waiting", 0)
            for notice_class, counts in stats.by_class.items()
            if notice_class in programme
        )
        return Progress(owed, self.town.received, stats.reports, owed - waiting)

    def outcome(self) -> Outcome:
        """Holds the ledger's open gaps against what the cast owed."""
        told = {(gap.notice, gap.recipient, str(gap.kind)) for gap in self._gaps()}
        wanted = owed_gaps()
        return Outcome(right=told & wanted, missing=wanted - told, invented=told - wanted)

    def telling_delivery(self) -> str:
        """The tracking ID of a delivery whose story is worth reading: a bounce in own words."""
        return next(gap.tracking_id for gap in self._gaps() if gap.recipient == _TELLING)

    def _gaps(self) -> list[GapRow]:
        reader = Reader.open(ledger_url(self.config))
        try:
            return reader.gaps(limit=1000)
        finally:
            reader.close()


@dataclass(frozen=True, slots=True)
class Company:
    """The played company: where its servers listen on 127.0.0.1, and what its people got."""

    town: Town
    smtp_port: int
    imap_port: int
    imap_user: str
    imap_password: str


@contextmanager
def company() -> Iterator[Company]:
    """Starts the SMTP far end and the IMAP server, and takes them down at the end."""
    password = secrets.token_urlsafe(16)
    with PostOffice(_USER, password) as post:
        town = Town(post.deliver)
        far_end = FarEnd(town)
        far_end.start()
        try:
            yield Company(town, far_end.bound_port, post.port, _USER, password)
        finally:
            far_end.stop()


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Sets the company up and writes a configuration for it into folder."""
    with company() as played:
        path = folder / "landed.toml"
        _private(folder / "imap-password", played.imap_password)
        _private(folder / "landed.key", base64.b64encode(secrets.token_bytes(32)).decode())
        path.write_text(render(_configuration(played)), encoding="utf-8")
        yield Scene(path, played.town)


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _configuration(played: Company) -> Config:
    second = Duration(seconds=1)
    return Config(
        identity=Identity(
            sender="Front desk <desk@kontor.example>",
            return_path="{token}@bounces.kontor.example",
            reply_to="{token}@bounces.kontor.example",
        ),
        tokens=Tokens(current=1, keys={"1": Secret("file:landed.key")}),
        sending=Sending(every=second, workers=2, retry_first=second),
        # refusals come while later notices still wait: with it, how fast decides who is tried
        suppression=Suppression(bounces=0),
        sweep=Sweep(every=second),
        digest=Digest(to=(_ADMIN,), most=8),
        routes=(Route(name="relay", port=played.smtp_port, security="none"),),
        mailboxes=(
            Mailbox(
                port=played.imap_port,
                security="none",
                username=played.imap_user,
                password=Secret("file:imap-password"),
                poll=second,
            ),
        ),
        policies=(
            _rule("reminder", silence_is_good=True),
            _rule("alarm", stage="acted"),
            _rule("bulletin"),
        ),
    )


def _rule(name: str, **changes: object) -> PolicyRule:
    clocks = {
        "within": _DEADLINE,
        "silence_after": Duration(seconds=6),
        "delayed_after": Duration(seconds=3),
        "blind_grace": Duration(seconds=10),
    }
    return PolicyRule(name=name, classes=(name,), **(clocks | changes))  # type: ignore[arg-type]
