"""How many notices a second are taken on for good, by HTTP and by SMTP.

Prints the figures singly (one client, one after the other; then eight beside
each other) and in batches of 100, and their ratios to a bare SQLite insert of
the same rows with the same synchronous setting in the same run (wanted: a
fifth in batches). Run as a program or by `make bench`; nothing passes or fails by time.
"""

import gc
import smtplib
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx

from agent.ingress.api import build
from agent.ingress.credentials import Tokens, add_token
from agent.ingress.door import Door
from agent.ingress.listener import Listener, Place
from agent.ingress.webserver import WebServer
from store.database import Ledger
from store.reading import Reader
from tests.plugins.doors import Wire, a_door, serving

__all__ = ["main"]

SINGLES = 100
BATCHES = 10
HUNDRED = 100
CLIENTS = 8
TABLES = ("notice", "recipient", "delivery", "evidence")


def _parts(key: str, to: list[str]) -> dict[str, object]:
    return {"notice": key, "recipients": to, "subject": "Hi", "text": "Hello.\n"}


def _letter(key: str) -> bytes:
    return (
        f"From: a@example.org\r\nSubject: Hi\r\nMessage-ID: <{key}@example.org>\r\n\r\nHello.\r\n"
    ).encode()


def _rate(count: int, work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def _http_singly(client: httpx.Client, name: str) -> None:
    for number in range(SINGLES):
        done = client.post("/v1/notices", json=_parts(f"{name}-{number}", [f"p{number}@x.example"]))
        assert done.status_code == 201


def _http_batches(client: httpx.Client, name: str) -> None:
    """One POST with 100 notices to one person each."""
    for number in range(BATCHES):
        notices = [
            _parts(f"{name}-{number}-{one}", [f"p{one}@x.example"]) for one in range(HUNDRED)
        ]
        assert client.post("/v1/batches", json={"notices": notices}).status_code == 200


def _http_many(client: httpx.Client, name: str) -> None:
    """One POST of one notice to 100 people."""
    people = [f"p{one}@x.example" for one in range(HUNDRED)]
    for number in range(BATCHES):
        done = client.post("/v1/notices", json=_parts(f"{name}-{number}", people))
        assert done.status_code == 201


def _smtp(client: smtplib.SMTP, name: str, messages: int, people: int) -> None:
    for number in range(messages):
        client.mail("a@example.org")
        for one in range(people):
            client.rcpt(f"p{one}@x.example")
        assert client.data(_letter(f"{name}-{number}"))[0] == 250


def _smtp_flights(wire: Wire, name: str) -> None:
    """One mail to 100 people, its envelope in one flight, as mail servers send it."""
    people = b"".join(b"RCPT TO:<p%d@x.example>\r\n" % one for one in range(HUNDRED))
    for number in range(BATCHES):
        wire.say(b"MAIL FROM:<a@example.org>\r\n" + people + b"DATA\r\n")
        replies = [wire.hear()[:3] for _ in range(HUNDRED + 2)]
        assert replies[-1] == "354"
        assert wire.ask(_letter(f"{name}-{number}") + b".").startswith("250")


def _beside_each_other(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _bare(ledger: Path, copy: Path, prefix: str, together: int) -> float:
    """Inserts the rows that a measurement left into an empty ledger; deliveries a second."""
    Ledger.open(copy).close()
    with closing(sqlite3.connect(ledger)) as source:
        source.row_factory = sqlite3.Row
        chosen = "SELECT id FROM notice WHERE key LIKE ?"
        owed = f"SELECT id FROM delivery WHERE notice_id IN ({chosen})"
        wanted = [f"{prefix}-%"]
        rows = {
            "notice": source.execute("SELECT * FROM notice WHERE key LIKE ?", wanted).fetchall(),
            "recipient": source.execute("SELECT * FROM recipient").fetchall(),
            "delivery": source.execute(
                f"SELECT * FROM delivery WHERE notice_id IN ({chosen})", wanted
            ).fetchall(),
            "evidence": source.execute(
                f"SELECT * FROM evidence WHERE delivery_id IN ({owed})", wanted
            ).fetchall(),
        }
    with closing(sqlite3.connect(copy, isolation_level=None)) as target:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            target.execute(f"PRAGMA {pragma}")
        texts = {
            table: f"INSERT INTO {table} VALUES ({','.join('?' * len(found[0]))})"
            for table, found in rows.items()
        }
        evidence: dict[int, list[sqlite3.Row]] = {}
        for row in rows["evidence"]:
            evidence.setdefault(row["delivery_id"], []).append(row)
        notices = {row["id"]: row for row in rows["notice"]}
        people = {row["id"]: row for row in rows["recipient"]}
        owed_rows = rows["delivery"]
        start = time.perf_counter()
        for first in range(0, len(owed_rows), together):
            some = owed_rows[first : first + together]
            target.execute("BEGIN IMMEDIATE")
            heads = [notices.pop(row["notice_id"], None) for row in some]
            new = [people.pop(row["recipient_id"], None) for row in some]
            target.executemany(texts["notice"], [row for row in heads if row])
            target.executemany(texts["recipient"], [row for row in new if row])
            target.executemany(texts["delivery"], some)
            target.executemany(texts["evidence"], [e for row in some for e in evidence[row["id"]]])
            target.execute("COMMIT")
        return len(owed_rows) / (time.perf_counter() - start)


def _where(door: Door, by_http: float, by_smtp: float, bare: float) -> None:
    """Prints what one notice that comes alone takes, part by part, in milliseconds."""

    def take() -> None:
        for number in range(SINGLES):
            to = [f"p{number}@x.example"]
            parts = door.parts(key=f"w-{number}", recipients=to, subject="Hi", text="Hello.\n")
            door.accept(parts)

    busy = time.process_time()
    alone = _rate(SINGLES, take)
    busy = (time.process_time() - busy) / SINGLES
    print(
        f"one notice that comes alone, in ms: {1000 / bare:.2f} the bare insert, nearly all of it "
        f"a flush of the disk; {1000 / alone:.2f} the same taken on without a protocol, of which "
        f"{1000 * busy:.2f} processor; {1000 / by_http:.2f} by HTTP and {1000 / by_smtp:.2f} by "
        "SMTP, the client's part included"
    )


def _measure(folder: Path) -> None:
    """Prints deliveries a second beside the bare insert of their rows."""
    ledger = Ledger.open(folder / "landed.db")
    door = a_door(ledger)
    token = add_token(folder / "tokens", "bench", ["send"])
    app = build(door, lambda: Reader.open(ledger.url), Tokens(folder / "tokens"), version="1")
    place = Place("127.0.0.1", 0)
    web = WebServer(app, place, max_bytes=25_000_000, requests=20, timeout=timedelta(seconds=60))
    listener = Listener(
        door,
        place,
        hostname="bench",
        message_id_domain="example.org",
        users=None,
        connections=20,
        timeout=timedelta(seconds=60),
    )
    headers = {"Authorization": f"Bearer {token}"}
    with (
        serving(web.run) as http,
        serving(listener.run) as smtp,
        httpx.Client(
            base_url=f"http://127.0.0.1:{http}", headers=headers, timeout=60, trust_env=False
        ) as client,
        smtplib.SMTP("127.0.0.1", smtp, timeout=60) as letters,
        closing(Wire(smtp)) as wire,
    ):
        letters.ehlo()
        wire.hear()
        wire.ask(b"EHLO bench")
        gc.collect()
        gc.freeze()  # as the daemon does
        _http_singly(client, "warm")

        def eight_http(number: int) -> None:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{http}", headers=headers, timeout=60, trust_env=False
            ) as own:
                _http_singly(own, f"h8-{number}")

        def eight_smtp(number: int) -> None:
            with smtplib.SMTP("127.0.0.1", smtp, timeout=60) as own:
                own.ehlo()
                _smtp(own, f"s8-{number}", SINGLES, 1)

        rates: dict[str, tuple[float, float]] = {}
        many = BATCHES * HUNDRED
        every = CLIENTS * SINGLES
        for name, key, count, together, work in (
            ("HTTP singly", "h1", SINGLES, 1, lambda: _http_singly(client, "h1")),
            ("HTTP singly, 8 clients", "h8", every, 1, lambda: _beside_each_other(eight_http)),
            ("HTTP 100 notices a POST", "hb", many, 100, lambda: _http_batches(client, "hb")),
            ("HTTP 100 recipients a POST", "hr", many, 100, lambda: _http_many(client, "hr")),
            ("SMTP singly", "s1", SINGLES, 1, lambda: _smtp(letters, "s1", SINGLES, 1)),
            ("SMTP singly, 8 clients", "s8", every, 1, lambda: _beside_each_other(eight_smtp)),
            (
                "SMTP 100 recipients a mail",
                "sr",
                many,
                100,
                lambda: _smtp_flights(wire, "sr"),
            ),
        ):
            rate = _rate(count, work)
            # what else goes on disturbs a moment of flushes: the middle of three
            bare = median(
                _bare(folder / "landed.db", folder / f"{key}{turn}.db", key, together)
                for turn in range(3)
            )
            rates[key] = rate, bare
            print(f"{name:<28}{rate:8.0f}/s   bare {bare:8.0f}/s   ratio {rate / bare:5.2f}")
    _where(door, rates["h1"][0], rates["s1"][0], rates["h1"][1])
    ledger.close()


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder))
    print("wanted in batches of 100: a ratio of 0.20 or more")


if __name__ == "__main__":
    main()
