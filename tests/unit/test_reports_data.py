"""Every sample of tests/data/reports says what its expectation says.

An expectation names only what matters of its form: what it leaves out is free.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli.parse import as_object
from parsers.read import read

SAMPLES = sorted((Path(__file__).parents[1] / "data" / "reports").glob("*.eml"))


def differences(expected: dict[str, Any], got: dict[str, Any]) -> list[str]:
    found = []
    for key, value in expected.items():
        if key == "observed":
            continue
        if key == "recipients":
            if len(value) != len(got[key]):
                found.append(f"recipients: {[one['address'] for one in got[key]]}")
            for wanted, one in zip(value, got[key], strict=False):
                found += differences(wanted, one)
        elif key in {"contradictions", "notes"}:
            found += [f"{key}: no {wanted!r}" for wanted in value if wanted not in got[key]]
        elif got[key] != value:
            found.append(f"{key}: {got[key]!r}, not {value!r}")
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.stem for sample in SAMPLES])
def test_sample_reads_as_expected(sample: Path) -> None:
    expected = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))
    got = as_object(str(sample), read(sample.read_bytes()))
    assert differences(expected, got) == []


def test_every_expectation_says_where_its_form_was_observed() -> None:
    for sample in SAMPLES:
        expected = json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))
        assert expected["observed"], sample.name
    assert len(SAMPLES) > 100
