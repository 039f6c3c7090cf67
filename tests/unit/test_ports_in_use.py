"""A way in whose port somebody else holds says so in words, and which key to change."""

import socket
import threading
from pathlib import Path

import pytest

from agent.config import Api, Config, Listener
from agent.wiring import doors
from store.database import Ledger


@pytest.mark.parametrize("section", ["api", "listener"])
def test_a_port_in_use_is_told_with_its_key(section: str, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "landed.db")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        config = Config(
            ledger=str(tmp_path / "landed.db"),
            api=Api(port=port if section == "api" else 0, tokens=str(tmp_path / "tokens")),
            listener=Listener(port=port if section == "listener" else 0),
        )
        ((_, serve),) = doors.servers(config, ledger)
        with pytest.raises(doors.NotListening) as caught:
            serve(threading.Event(), lambda _port: None)
    ledger.close()
    assert str(caught.value) == (
        f"127.0.0.1 port {port} cannot be listened on (Address already in use): end what holds it, "
        f"perhaps another agent, or change host and port of [{section}]"
    )
