"""The demo plays through, and its gap report is exactly what the cast did."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.main import app
from agent.demo.cast import CAST, NOTICES, owed_gaps


def test_the_programme_is_what_the_readme_says() -> None:
    assert len(NOTICES) == 25
    assert len(CAST) == 12
    assert {kind for _, _, kind in owed_gaps()} == {
        "rejected",
        "failed",
        "delayed",
        "silent",
        "unconfirmed",
    }


def test_the_demo_names_exactly_who_was_let_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANDED_CONFIG", raising=False)
    done = CliRunner().invoke(app, ["demo", "--folder", str(tmp_path)])
    assert done.exit_code == 0, done.output
    count = len(owed_gaps())
    assert f"The cast let {count} deliveries down" in done.output
    assert "matched by addressed" in done.output
    assert "Subject: Undelivered notices" in done.output

    again = CliRunner().invoke(app, ["demo", "--folder", str(tmp_path)])
    assert again.exit_code == 2
    assert "earlier demo" in again.output

    after = CliRunner().invoke(app, ["--config", str(tmp_path / "landed.toml"), "gaps", "--check"])
    assert after.exit_code == 1
    assert str(count) in after.output
