"""Every test of the store, once more on PostgreSQL: no statement leans on one database."""

import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.servers

_UNIT = Path(__file__).resolve().parents[1] / "unit"

for _path in sorted(_UNIT.glob("test_store_*.py")):
    _module = importlib.import_module(f"tests.unit.{_path.stem}")
    for _name, _test in list(vars(_module).items()):
        if _name.startswith("test_"):
            globals()[f"{_name}__{_path.stem.removeprefix('test_store_')}"] = _test


@pytest.fixture
def ledger_url(postgres_url: str) -> str:
    """In place of the SQLite file."""
    return postgres_url
