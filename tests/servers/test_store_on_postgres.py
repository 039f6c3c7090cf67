"""Every test of the store, once more on PostgreSQL: no statement leans on one database."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Ledger
from store.errors import LedgerUnavailable
from tests.plugins.postgres import PostgresServer

pytestmark = pytest.mark.servers

_UNIT = Path(__file__).resolve().parents[1] / "unit"

for _path in sorted(_UNIT.glob("test_store_*.py")):
    _module = importlib.import_module(f"tests.unit.{_path.stem}")
    for _name, _test in list(vars(_module).items()):
        if _name.startswith("test_"):
            globals()[f"{_name}__{_path.stem.removeprefix('test_store_')}"] = _test


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: PostgresServer) -> str:
    """The name of a migrated database without rows, to be copied."""
    url = postgres_server.create()
    Ledger.open(url).close()
    return url.rpartition("/")[2]


@pytest.fixture
def ledger_url(postgres_server: PostgresServer, empty_postgres: str) -> Iterator[str]:
    """In place of the SQLite file."""
    url = postgres_server.create(template=empty_postgres)
    yield url
    postgres_server.drop(url)


def test_an_empty_database_becomes_a_ledger(postgres_url: str) -> None:
    ledger = Ledger.open(postgres_url)
    assert ledger.schema_is_current()
    assert ledger.dialect == "postgresql"
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="does not exist"):
        Ledger.open(f"{postgres_url}x")
