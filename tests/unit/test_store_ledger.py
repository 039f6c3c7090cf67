"""The ledger as a whole: transactions, locks, migrations; many threads, many processes."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.orm import Session

from store import channels, evidence, migrations, outbox
from store.database import Ledger, LedgerBusy, LedgerError, LedgerUnavailable
from store.evidence import NewFact
from store.migrations.run import configuration
from store.tables import METADATA
from store.words import FactKind
from tests.plugins.ledgers import T0, Desk

_ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)


def engine_of(ledger: Ledger) -> Engine:
    url = ledger.url
    if ledger.dialect == "sqlite":
        return create_engine(f"sqlite:///{url}")
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


# --- the schema


def test_the_models_are_what_the_migrations_make(ledger: Ledger) -> None:
    engine = engine_of(ledger)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        migrated = schema(connection)
        # a name of its own would need a second database; an empty one has the same effect
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        assert schema(connection) == migrated
        connection.rollback()
    engine.dispose()


def schema(connection: Connection) -> dict[str, object]:
    """Columns, defaults, indexes with their conditions, uniqueness and foreign keys."""
    found = inspect(connection)
    whole: dict[str, object] = {}
    for table in sorted(set(found.get_table_names()) - {"alembic_version"}):
        whole[table] = (
            [
                (one["name"], str(one["type"]), one["nullable"], str(one["default"]))
                for one in found.get_columns(table)
            ],
            found.get_pk_constraint(table),
            sorted(found.get_unique_constraints(table), key=lambda one: str(one["name"])),
            sorted(found.get_foreign_keys(table), key=lambda one: str(one["name"])),
            sorted(
                (
                    str(one["name"]),
                    str(one["column_names"]),
                    bool(one["unique"]),
                    {key: str(value) for key, value in one["dialect_options"].items()},
                )
                for one in found.get_indexes(table)
            ),
        )
    return whole


def test_head_is_the_newest_migration_and_files_are_named_by_revision() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert script.get_heads() == [migrations.HEAD]
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")


def test_a_current_ledger_says_so_and_migrating_again_is_fine(ledger: Ledger) -> None:
    assert ledger.schema_is_current()
    ledger.migrate()
    assert ledger.schema_version() == migrations.HEAD


def test_to_open_a_current_ledger_waits_for_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "landed.db"
    Ledger.open(path).close()
    writer, other = Ledger.open(path), Ledger.open(path)
    try:
        with writer.transaction():  # a command is called while somebody writes
            other.migrate()
            assert other.schema_is_current()
    finally:
        writer.close()
        other.close()


def test_a_ledger_of_another_version_is_told_apart_and_not_read(ledger: Ledger) -> None:
    from store.reading import Reader  # noqa: PLC0415 - the reader's refusal belongs here

    with ledger.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not ledger.schema_is_current()
    with pytest.raises(LedgerUnavailable, match="schema 0000, this program works with"):
        Reader.open(ledger.url)
    with ledger.transaction() as tx:
        tx.execute(text("DROP TABLE alembic_version"))
    assert ledger.schema_version() is None
    with pytest.raises(LedgerUnavailable, match="there is no ledger"):
        Reader.open(ledger.url)
    with pytest.raises(LedgerUnavailable, match="there is no ledger"):
        Ledger.open(ledger.url, create=False)


# --- transactions


def test_an_error_undoes_everything(ledger: Ledger) -> None:
    def work(tx: Session) -> None:
        channels.ensure(tx, "inbox", "imap", T0)
        raise KeyError

    with pytest.raises(KeyError):
        ledger.run(work)
    with ledger.transaction(read_only=True) as tx:
        assert channels.all(tx) == []


def test_driver_errors_come_out_as_ours(ledger: Ledger) -> None:
    with pytest.raises(LedgerError), ledger.transaction() as tx:
        tx.execute(text("SELECT nonsense"))
    with pytest.raises(LedgerUnavailable, match="no tables"), ledger.transaction() as tx:
        tx.execute(text("SELECT 1 FROM missing_table"))


def test_a_broken_promise_of_the_schema_means_do_it_again(ledger: Ledger) -> None:
    row = "INSERT INTO channel (id, name) VALUES (:id, 'same')"

    def twice(tx: Session) -> None:
        tx.execute(text(row), {"id": 1})
        tx.execute(text(row), {"id": 2})

    with pytest.raises(LedgerBusy, match="try again"):
        ledger.run(twice, attempts=2)


def test_run_does_it_again_until_it_works(ledger: Ledger) -> None:
    calls: list[int] = []

    def work(tx: Session) -> str:
        calls.append(1)
        if len(calls) < 3:
            raise LedgerBusy
        return channels.ensure(tx, "inbox", "imap", T0).name

    assert ledger.run(work) == "inbox"
    assert len(calls) == 3


def test_a_ledger_never_shows_its_password() -> None:
    ledger = Ledger(create_engine("postgresql+psycopg://me:secret@127.0.0.1:1/db"), None)
    assert "secret" not in repr(ledger)
    with pytest.raises(LedgerUnavailable) as raised:
        ledger.schema_version()
    assert "secret" not in str(raised.value)
    with pytest.raises(LedgerUnavailable) as raised, ledger.hold("x"):
        pass
    assert "secret" not in str(raised.value)
    with pytest.raises(LedgerUnavailable):
        ledger.migrate()
    assert "secret" in ledger.url


# --- advisory locks


def test_a_named_lock_is_held_by_one(ledger: Ledger) -> None:
    other = Ledger.open(ledger.url)
    with ledger.hold("inbox") as mine:
        assert mine
        with other.hold("inbox") as theirs:
            assert not theirs
        with other.hold("junk") as another:
            assert another
    with other.hold("inbox") as later:
        assert later
    other.close()


def test_a_lock_ends_with_its_process(ledger: Ledger) -> None:
    code = (
        "import os, sys\n"
        "from store.database import Ledger\n"
        "with Ledger.open(sys.argv[1]).hold('inbox') as held:\n"
        "    os._exit(0 if held else 1)\n"
    )
    subprocess.run([sys.executable, "-c", code, ledger.url], cwd=_ROOT, timeout=60, check=True)
    for _ in range(500):  # PostgreSQL notices the dead connection a moment later
        with ledger.hold("inbox") as held:
            if held:
                return
    pytest.fail("the lock outlived its process")


# --- at the same time


def test_threads_record_the_same_mails_and_each_counts_once(desk: Desk) -> None:
    made = desk.owe(*(f"u{n}@example.net" for n in range(20)))
    inbox = desk.channel().id
    batch = [
        (desk.report(inbox, n + 1), [NewFact(FactKind.FAILED, one.id, T0)])
        for n, one in enumerate(made.deliveries)
    ]
    start = threading.Barrier(4)

    def ingest(portion: int) -> tuple[int, int]:
        start.wait(120)
        new = facts = 0
        for n in range(0, 20, 5):
            some = batch[n : n + 5]
            done = desk.ledger.run(
                lambda tx, some=some: evidence.record_many(  # type: ignore[misc]  # bound now
                    tx, some, policies=desk.policies, now=T0
                )
            )
            new += sum(one.new for one in done)
            facts += sum(one.facts_added for one in done)
        return new, facts

    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(ingest, range(4)))
    assert sum(new for new, _ in totals) == 20
    assert sum(facts for _, facts in totals) == 20


def test_threads_that_hear_of_one_delivery_see_each_others_evidence(desk: Desk) -> None:
    number = desk.one()
    kinds = [FactKind.DELIVERED, FactKind.FAILED, FactKind.DELAYED, FactKind.RELAYED]
    reports = {kind: desk.report(desk.channel(kind.value).id) for kind in kinds}
    start = threading.Barrier(len(kinds))

    def hear(kind: FactKind) -> None:
        start.wait(120)
        desk.ledger.run(
            lambda tx: evidence.record(
                tx, reports[kind], [NewFact(kind, number, T0)], policies=desk.policies, now=T0
            )
        )

    with ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(hear, kinds))
    assert desk.state(number).gap == "contested"


_CLAIMER = """
import sys
from datetime import UTC, datetime, timedelta
from store.database import Ledger
from store import outbox
ledger = Ledger.open(sys.argv[1])
now = datetime.fromisoformat(sys.argv[3])
sys.stdin.readline()
while True:
    with ledger.transaction() as tx:
        got = outbox.claim(tx, worker=sys.argv[2], limit=3, lease=timedelta(hours=1), now=now)
        for one in got:
            outbox.start_attempt(tx, one.delivery_id, worker=sys.argv[2], route="r",
                envelope_from="b", message_id="m", now=now)
    if not got:
        break
    for one in got:
        print(one.delivery_id, flush=True)
"""


def test_two_processes_never_claim_the_same_delivery(desk: Desk) -> None:
    made = desk.owe(*(f"u{n}@example.net" for n in range(120)))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIMER, desk.ledger.url, f"w{n}", T0.isoformat()],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    claimed = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    together = [int(number) for some in claimed for number in some]
    assert len(together) == len(set(together)) == 120
    assert set(together) == {one.id for one in made.deliveries}
    with desk.ledger.transaction() as tx:
        assert outbox.claim(tx, worker="w", limit=9, lease=HOUR, now=T0) == []


_INGESTER = """
import sys
from datetime import datetime
from store import channels, evidence
from store.database import Ledger
from store.evidence import NewFact, NewReport
from store.words import FactKind, Policy
ledger = Ledger.open(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
inbox = int(sys.argv[3])
sys.stdin.readline()
new = 0
for uid, delivery in enumerate(map(int, sys.argv[4:]), 1):
    report = NewReport(inbox, 1, uid, b"raw", "dsn", "m", "s", "t", now, "matched", "", "")
    def work(tx):
        done = evidence.record(tx, report, [NewFact(FactKind.FAILED, delivery, now)],
            policies=lambda notice_class, domain: Policy("p"), now=now)
        channels.advance(tx, inbox, 1, uid, now)
        return done
    done = ledger.run(work)
    assert done.new == bool(done.facts_added)
    new += done.new
print(new)
"""


def test_two_processes_reading_one_mailbox_count_each_mail_once(desk: Desk) -> None:
    made = desk.owe(*(f"u{n}@example.net" for n in range(40)))
    arguments = [T0.isoformat(), str(desk.channel().id), *(str(one.id) for one in made.deliveries)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _INGESTER, desk.ledger.url, *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in readers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    counts = [int(one.communicate(timeout=120)[0]) for one in readers]
    assert sum(counts) == 40
    assert desk.channel().last_uid == 40
    with desk.ledger.transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM evidence WHERE kind = 'failed'")) == 40
        assert tx.scalar(text("SELECT count(*) FROM gap WHERE closed_at IS NULL")) == 40
