"""A full disk beneath the ledger: status, doctor and the API's health tell it, until it is over."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.config import Config, Daemon
from agent.configtext import render
from agent.doctor.examine import room
from agent.doctor.finding import Level
from agent.ingress.api import build
from agent.ingress.credentials import Tokens, add_token
from agent.ingress.listener import Place
from agent.ingress.webserver import WebServer
from agent.wall import Wall
from agent.wiring.pulse import Pulse, Shortages
from store.database import Ledger
from store.errors import LedgerUnavailable
from store.reading import Reader
from tests.plugins.doors import a_door, serving
from tests.plugins.smalldisk import a_small_disk, fill

BIG = {"recipients": ["ada@example.com"], "subject": "x", "text": "x" * 200_000}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with a_small_disk(tmp_path, megabytes=6) as place:
        yield place


@pytest.fixture
def config(disk: Path) -> Config:
    return Config(ledger=str(disk / "landed.db"), daemon=Daemon(least_room=3))


@pytest.fixture
def ledger(config: Config) -> Iterator[Ledger]:
    opened = Ledger.open(config.ledger)
    yield opened
    opened.close()


class Status:
    """What the command says, in both forms."""

    def __init__(self, config: Config, folder: Path) -> None:
        path = folder / "landed.toml"
        path.write_text(render(config), encoding="utf-8")
        words = ["-c", str(path), "status"]
        self.text = CliRunner().invoke(app, words, catch_exceptions=False).output
        found = CliRunner().invoke(app, [*words, "--format", "json"], catch_exceptions=False)
        self.json = json.loads(found.output)


def test_it_is_seen_everywhere_and_over_when_it_is_over(
    config: Config,
    ledger: Ledger,
    disk: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    time = [0.0]
    Wall(ledger, lambda: datetime.now(UTC)).fared("http api", "")
    token = add_token(tmp_path / "tokens", "all", ["send", "read"])
    api = build(
        a_door(ledger),
        lambda: Reader.open(ledger.url),
        Tokens(tmp_path / "tokens"),
        version="1",
        pulse=Pulse(config, ledger, lambda: time[0]).check,
    )
    server = WebServer(
        api, Place("127.0.0.1", 0), max_bytes=1 << 20, requests=20, timeout=timedelta(seconds=60)
    )
    with (
        serving(server.run) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=120,
        ) as client,
    ):
        assert client.get("/healthz").json() == {"status": "ok"}
        shown = Status(config, tmp_path)
        assert "Disk:    " in shown.text
        assert shown.json["warnings"] == []

        fill(disk / "filler")
        assert client.get("/healthz").status_code == 200, "an answer holds for a while"
        time[0] += 10
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        assert answer.json()["type"] == "urn:landed:ledger"
        codes = [
            client.post(
                "/v1/notices", json=BIG | {"notice": f"n{number}", "text": str(number) * 70_000}
            )
            for number in range(10, 40)
        ]
        assert {one.status_code for one in codes} <= {201, 503}
        failed = [one for one in codes if one.status_code == 503]
        assert failed or client.get("/healthz").status_code == 503
        shown = Status(config, tmp_path)
        (warning,) = shown.json["warnings"]
        assert "make room there" in warning
        assert f"Warning: {warning}" in shown.text
        found = room(config)
        assert found is not None
        assert found.level is Level.FAIL
        assert found.todo.startswith("make room there")
        with caplog.at_level(logging.WARNING, "landed.agent"):
            shortages = Shortages(config)
            shortages.tell()
            shortages.tell()
        assert caplog.messages.count("ledger-room") == 1

        (disk / "filler").unlink()
        time[0] += 10
        assert client.get("/healthz").status_code == 200
        assert client.post("/v1/notices", json=BIG | {"notice": "after"}).status_code == 201
        shown = Status(config, tmp_path)
        assert shown.json["room"]["failed_at"] is None
        assert not (disk / "landed.db.unwritten").exists()


def test_a_write_that_failed_is_told_until_one_works(
    config: Config, ledger: Ledger, disk: Path, tmp_path: Path
) -> None:
    """Also by whoever looks from outside, and where somebody else has had the failure."""
    door = a_door(ledger)
    fill(disk / "filler")
    told: list[str] = []
    for number in range(200):
        screened = door.parts(
            key=f"k{number}",
            recipients=["ada@example.com"],
            subject="x",
            text="".join(map(str, range(number * 20_000, number * 20_000 + 20_000))),
        )
        try:
            door.accept(screened)
        except LedgerUnavailable as error:
            told.append(str(error))
            break
    (words,) = told
    assert "check that the disk has room" in words
    shown = Status(config, tmp_path)
    assert shown.json["room"]["failed_at"] is not None
    assert "could not be written at" in shown.text
    (disk / "filler").unlink()
    other = Ledger.open(config.ledger)
    try:
        Wall(other, lambda: datetime.now(UTC)).fared("part", "")
    finally:
        other.close()
    assert Status(config, tmp_path).json["room"]["failed_at"] is None
    Wall(ledger, lambda: datetime.now(UTC)).fared("part", "x")
    assert not (disk / "landed.db.unwritten").exists()


def test_little_room_is_warned_of_and_told_by_the_doctor(config: Config, ledger: Ledger) -> None:
    short = msgspec.structs.replace(config, daemon=Daemon(least_room=1000))
    found = room(short)
    assert found is not None
    assert found.level is Level.NOTE
    assert "less than daemon.least_room" in found.found
    enough = room(config)
    assert enough is not None
    assert enough.level is Level.OK
    assert room(Config(ledger="postgresql://me@db.example.org/landed")) is None
    assert room(Config(ledger="/nowhere/at/all/landed.db")) is None
