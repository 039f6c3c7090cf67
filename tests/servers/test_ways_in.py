"""The daemon with every way in: what is handed over goes out, and what is unsafe does not start."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from agent import daemon
from agent.config import Api, Config, Duration, Listener, Spool
from agent.configfile import ConfigError, load
from agent.configtext import render
from agent.demo.play import Scene, scene
from agent.exits import Exit
from agent.ingress.credentials import add_token
from agent.signals import Request, Requests
from agent.wiring import doors
from agent.wiring.ledger import ledger_url
from store import components
from store.database import Ledger
from tests.plugins.certificates import write_certificates
from tests.plugins.doors import LETTER
from tests.plugins.ports import free_ports
from tests.plugins.waiting import PATIENCE, until


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as it:
        yield it


def opened(config: Config) -> Ledger:
    ledger = Ledger.open(ledger_url(config))
    ledger.migrate()
    return ledger


def letter(name: str) -> bytes:
    return LETTER.replace(b"own@", f"{name}@".encode()).replace(
        b"someone@example.com", f"{name}@kontor.example".encode()
    )


def arrived(played: Scene) -> set[str]:
    return {mail.recipient.partition("@")[0] for mail in played.town.kept}


def test_what_comes_in_goes_out(
    played: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "landed")
    smtp, http = free_ports(2)
    folder = tmp_path / "spool"
    folder.mkdir()
    token = add_token(tmp_path / "landed.tokens", "test", ["send", "read"])
    wider = msgspec.structs.replace(
        played.config,
        listener=Listener(port=smtp),
        api=Api(port=http, tokens=str(tmp_path / "landed.tokens")),
        spool=Spool(folder=str(folder), every=Duration(seconds=1)),
    )
    played.path.write_text(render(wider), encoding="utf-8")
    requests = Requests()
    ended: list[Exit] = []
    running = threading.Thread(
        target=lambda: ended.append(daemon.serve(played.path, opened, requests)), daemon=True
    )
    running.start()
    until(lambda: caplog.messages.count("listening") == 2, "both servers")
    with smtplib.SMTP("127.0.0.1", smtp, timeout=30) as client:
        client.sendmail("app@example.org", ["eins@kontor.example"], letter("eins"))
    answer = httpx.post(
        f"http://127.0.0.1:{http}/v1/notices",
        json={"notice": "h", "recipients": ["zwei@kontor.example"], "subject": "x", "text": "y"},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 201
    (folder / ".part").write_bytes(letter("drei"))
    (folder / ".part").rename(folder / "one.eml")
    until(lambda: {"eins", "zwei", "drei"} <= arrived(played), "the mail of three ways in")
    assert (folder / "done" / "one.eml").exists()

    # a reload takes the same ports again
    requests.ask(Request.RELOAD)
    until(lambda: caplog.messages.count("listening") == 4, "both servers again")
    requests.ask(Request.STOP)
    running.join(PATIENCE)
    requests.close()
    assert ended == [Exit.OK]


def test_a_port_that_is_taken_shows_and_comes_back(played: Scene, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    wider = msgspec.structs.replace(played.config, listener=Listener(port=port))
    ledger = opened(wider)
    blocking = socket.create_server(("127.0.0.1", port))
    agent = daemon.Agent(wider, ledger, "blocked")

    def trouble() -> str | None:
        with ledger.transaction(read_only=True) as tx:
            found = [one for one in components.list_all(tx) if one.name == "smtp listener"]
        return found[0].trouble if found else None

    try:
        agent.start()
        until(lambda: bool(trouble()), "the trouble")
        blocking.close()
        until(lambda: trouble() == "", "the listener")
    finally:
        blocking.close()
        agent.stop()
        ledger.close()


def test_one_pass_for_cron_looks_into_the_spool(played: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "one.eml").write_bytes(letter("vier"))
    wider = msgspec.structs.replace(played.config, spool=Spool(folder=str(folder)))
    ledger = opened(wider)
    try:
        assert daemon.run_once(wider, ledger) is Exit.OK
    finally:
        ledger.close()
    assert "vier" in arrived(played)


def test_paths_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "landed.toml").write_text(
        '[listener]\nusers = "u"\ncertificate = "c"\n[api]\nkey = "k"\n[spool]\nfolder = "in"\n'
    )
    config = load(tmp_path / "landed.toml")
    assert (config.listener.users, config.listener.certificate, config.listener.key) == (
        f"{tmp_path}/u",
        f"{tmp_path}/c",
        "",
    )
    assert (config.api.tokens, config.api.key) == (f"{tmp_path}/landed.tokens", f"{tmp_path}/k")
    assert config.spool.folder == f"{tmp_path}/in"


def test_what_is_unsafe_or_cannot_work_is_told(tmp_path: Path) -> None:
    tls = write_certificates(tmp_path)
    chain, key = str(tls.chain), str(tls.key)
    doors.check(
        Config(
            listener=Listener(
                port=1, host="0.0.0.0", security="tls", certificate=chain, key=key, users="u"
            ),
            api=Api(port=1, host="::", certificate=chain, key=key),
            spool=Spool(folder=str(tmp_path)),
        )
    )
    doors.check(Config(listener=Listener(port=1, host="localhost"), api=Api(port=1, host="::1")))
    for wrong, told in (
        (Config(listener=Listener(port=1, host="0.0.0.0")), "listener.host"),
        (Config(listener=Listener(port=1, host="mail.example.org", users="u")), "listener.host"),
        (
            Config(
                listener=Listener(port=1, host="::", security="tls", certificate=chain, key=key)
            ),
            "listener.host",
        ),
        (Config(listener=Listener(port=1, security="tls")), "listener.certificate: TLS needs"),
        (
            Config(listener=Listener(port=1, security="starttls", certificate=chain)),
            "cannot be used with its key",
        ),
        (Config(listener=Listener(port=1, notice_class="a b")), "listener.notice_class"),
        (Config(api=Api(port=1, host="10.0.0.1")), "api.host"),
        (Config(api=Api(port=1, certificate="/none")), "api.certificate"),
        (Config(api=Api(port=1, notice_class="")), "api.notice_class"),
        (Config(spool=Spool(folder="/none")), "spool.folder"),
    ):
        with pytest.raises(ConfigError, match=told):
            doors.check(wrong)
