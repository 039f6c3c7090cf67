"""Statements as text: what is written by the hundred is what was given, row by row."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import bare
from store.database import Ledger

_INSERT = bare.insert("recipient", "id, address, domain, name")
_UPDATE = "UPDATE recipient SET name = ?, last_number = last_number + ?, domain = '' WHERE id = ?"
_ALL = "SELECT id, address, domain, name, last_number FROM recipient WHERE id IN (?) ORDER BY id"


@pytest.fixture
def ledger(empty_sqlite: Path, tmp_path: Path) -> Iterator[Ledger]:
    path = tmp_path / "ledger.db"
    path.write_bytes(empty_sqlite.read_bytes())
    opened = Ledger.open(path)
    yield opened
    opened.close()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 63, 64, 65, 150])
def test_each_row_is_written_with_its_own_values(ledger: Ledger, count: int) -> None:
    numbers = range(1, count + 1)
    with ledger.transaction() as tx:
        bare.many(tx, _INSERT, [(n, f"r{n}@a.test", "a.test", "") for n in [*numbers, 1_000]])
        bare.many(tx, _UPDATE, [(f"name {n}?", n, n) for n in numbers])
        found = [tuple(row) for row in bare.rows(tx, _ALL, [*numbers, 1_000])]
    changed = [(n, f"r{n}@a.test", "", f"name {n}?", n) for n in numbers]
    assert found == [*changed, (1_000, "r1000@a.test", "a.test", "", 0)]
