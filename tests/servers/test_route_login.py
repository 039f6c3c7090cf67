"""Logging in at a relay by token: a real Postfix, whose Dovecot asks about each token."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.config import Config, Login, Route, Secret
from agent.configfile import load
from agent.configtext import render
from agent.doctor.ways_out import examine_relay
from agent.outbound.routes import Relay
from agent.outbound.smtp import authentication
from agent.outbound.smtp.client import probe
from agent.outbound.smtp.opening import Unreachable
from agent.wiring import outward
from store.words import Phase
from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.dovecot import DovecotPlan, find_dovecot, start_dovecot
from tests.plugins.postfix import Postfix, PostfixPlan, find_postfix, start_postfix
from tests.plugins.requirements import require_server
from tests.plugins.tokenserver import TokenServer, run_token_server

pytestmark = pytest.mark.servers

BOX = "bounces@people.test"


@dataclass(frozen=True)
class Site:
    """Where it is, who is asked about tokens, and who gives them out."""

    postfix: Postfix
    certificates: Certificates
    judge: TokenServer
    issuer: TokenServer


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    missing = find_postfix() or find_dovecot()
    if missing:
        require_server(missing)
    with ExitStack() as undo:
        directory = Path(tempfile.mkdtemp(prefix="landed-", dir="/tmp"))
        undo.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)
        homes = [directory / name for name in ("d", "p")]
        for home in homes:
            home.mkdir()
        certificates = write_certificates(directory)
        judge = undo.enter_context(run_token_server())
        issuer = undo.enter_context(run_token_server(certificates))
        plan = DovecotPlan({BOX: "pw"}, (), {}, f"{judge.url}/introspect")
        dovecot = start_dovecot(homes[0], plan, certificates)
        undo.callback(dovecot.daemon.stop)
        postfix = start_postfix(
            homes[1],
            PostfixPlan(("people.test",), (), (), 1, (BOX,), {}, {}, {}),
            certificates,
            lmtp_port=dovecot.lmtp_port,
            auth_socket=dovecot.auth_socket,
        )
        undo.callback(postfix.daemon.stop)
        yield Site(postfix, certificates, judge, issuer)


def way(site: Site, folder: Path) -> Relay:
    """As a configuration file names it."""
    (folder / "secret").write_text("client-secret", encoding="ascii")
    ca_file = str(site.certificates.ca)
    wanted = Config(
        logins=(
            Login(
                name="m365",
                authority=site.issuer.url,
                tenant="tenant",
                client_id="client-1",
                secret=Secret("file:secret"),
                ca_file=ca_file,
            ),
        ),
        routes=(
            Route(
                name="cloud",
                port=site.postfix.submission_port,
                ca_file=ca_file,
                username=BOX,
                auth="oauth2",
                login="m365",
            ),
        ),
    )
    (folder / "landed.toml").write_text(render(wanted), encoding="utf-8")
    (relay,) = outward.relays(load(folder / "landed.toml"))
    return relay


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_route_logs_in_with_the_token_of_its_login(
    site: Site, tmp_path: Path, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = {mechanism: authentication.MECHANISMS[mechanism]}
    monkeypatch.setattr(authentication, "MECHANISMS", ways)
    site.judge.users[f"access-{site.issuer.number + 1}"] = BOX
    relay = way(site, tmp_path)
    assert mechanism in probe(relay).auth
    findings, usable = examine_relay(relay)
    assert usable
    assert f"logged in as {BOX} by access token" in findings[0].found
    assert site.issuer.asked[-1]["client_secret"] == "client-secret"


def test_a_token_that_is_not_believed_is_told_without_it(site: Site, tmp_path: Path) -> None:
    relay = way(site, tmp_path)
    with pytest.raises(Unreachable, match="check username and its access token") as caught:
        probe(relay)
    assert caught.value.result.phase is Phase.AUTH
    assert f"access-{site.issuer.number}" not in str(caught.value)


def test_no_token_to_be_had_is_told_by_the_doctor(site: Site, tmp_path: Path) -> None:
    relay = way(site, tmp_path)
    site.issuer.refusal = {"error": "invalid_client", "error_description": "secret expired"}
    try:
        findings, usable = examine_relay(relay)
    finally:
        site.issuer.refusal = {}
    assert not usable
    assert findings[0].subject == "route cloud"
    assert findings[0].found.startswith('login "m365" got no token (secret expired)')
