"""From [[logs]] to what is followed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.configfile import ConfigError, load
from agent.daemon import run_once
from agent.wiring import inward
from agent.wiring.check import check
from store import channels
from store.database import Ledger
from tests.plugins.agents import Home, write_home


def home(directory: Path, **values: Any) -> Home:
    return write_home(directory, {"routes": [{"name": "r"}], "logs": [{"name": "mta", **values}]})


def test_a_path_is_taken_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    config = load(home(tmp_path, path="logs/mail.log", poll="1m").config)
    check(config)
    (source,) = inward.logs(config)
    assert source.path == tmp_path / "logs" / "mail.log"
    assert (source.kind, source.poll) == ("postfix", timedelta(minutes=1))
    assert source.own_hosts == ("127.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"path": ""}, "has neither path nor journal"),
        ({"poll": "0s"}, "a poll of no time"),
        ({"kind": "qmail"}, ""),
    ],
)
def test_a_log_that_cannot_be_followed_is_a_mistake(
    tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words or "logs\\[0\\].kind"):
        check(load(home(tmp_path, **values).config))


def test_two_logs_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    twice = write_home(tmp_path, {"logs": [{"name": "mta"}, {"name": "mta"}]})
    with pytest.raises(ConfigError, match='logs: two are named "mta"'):
        load(twice.config)


def test_a_configured_log_is_a_channel_until_it_is_configured_no_more(tmp_path: Path) -> None:
    (tmp_path / "mail.log").touch()
    config = load(home(tmp_path, path="mail.log").config)
    ledger = Ledger.open(config.ledger)
    try:
        run_once(config, ledger)
        with ledger.transaction(read_only=True) as tx:
            (channel,) = channels.all(tx)
        assert (channel.name, channel.kind, channel.enabled) == ("log:mta", "mta-log", True)
        assert channel.watermark is not None
        other = write_home(tmp_path, {"routes": [{"name": "r"}]})
        run_once(load(other.config), ledger)
        with ledger.transaction(read_only=True) as tx:
            assert [one.enabled for one in channels.all(tx)] == [False]
    finally:
        ledger.close()
