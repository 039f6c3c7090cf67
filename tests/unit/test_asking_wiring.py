"""From [[asking]] to askers: what cannot be is told before anything runs."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent.asking.google import Google
from agent.asking.imap import ImapConnector
from agent.asking.microsoft import Microsoft
from agent.config import Asking, Config, Duration, Login, PolicyRule, Secret
from agent.configfile import ConfigError
from agent.login.tokens import TokenError
from agent.wiring import asking, logins
from agent.wiring.reconciling import policies


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDED_ASKING_PASSWORD", "word")
    monkeypatch.setenv("LANDED_SECRET", "secret")


OWN = Asking(domains=("People.test", "b\u00fccher.example"))
MS = Login(name="m", client_id="c", secret=Secret("env:LANDED_SECRET"), cache="/nowhere/m")
GOOGLE = Login(name="g", provider="google", secret=Secret("env:LANDED_SECRET"), cache="/nowhere/g")


def config(*sections: Asking, **more: object) -> Config:
    return Config(asking=sections, logins=(MS, GOOGLE), **more)  # type: ignore[arg-type]


def test_domains_are_those_of_the_ledger() -> None:
    assert asking.domains(OWN) == ["people.test", "xn--bcher-kva.example"]
    assert asking.channels(config(OWN)) == ["asking:own"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"domains": ()}, "name those whose mailboxes"),
        ({"domains": ("a b",)}, "domains"),
        ({"kind": "microsoft", "login": "x"}, 'there is no login "x"'),
        ({"kind": "microsoft", "login": "g"}, 'must have provider = "microsoft"'),
        ({"kind": "google", "login": "m"}, 'must have provider = "google"'),
        ({"kind": "google", "login": "g"}, "in whose name the account asks"),
        ({"login": "x"}, 'asking own: there is no login "x"'),
        ({"password": Secret("env:LANDED_NONE")}, "LANDED_NONE is not set"),
    ],
)
def test_a_section_that_cannot_be(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        asking.check(config(msgspec.structs.replace(OWN, **changes)))


def test_one_domain_is_asked_one_way() -> None:
    other = msgspec.structs.replace(OWN, name="other", domains=("people.test",))
    with pytest.raises(ConfigError, match=r'"people\.test" is asked by "own" already'):
        asking.check(config(OWN, other))


def test_each_kind_has_its_connector() -> None:
    found = asking.connectors(
        config(
            OWN,
            Asking(name="a", kind="microsoft", login="m", domains=("a.example",)),
            Asking(name="t", kind="microsoft", login="m", domains=("t.example",), look=("trace",)),
            Asking(
                name="b", kind="google", login="g", domains=("b.example",), administrator="x@y.z"
            ),
        )
    )
    kinds = [type(one) for _, one in found]
    assert kinds == [ImapConnector, Microsoft, Microsoft, Google]
    lags = [one.lag for _, one in found]
    assert lags == [timedelta(), timedelta(), timedelta(hours=1), timedelta(hours=3)]
    assert all("word" not in repr(one) and "secret" not in repr(one) for _, one in found)


def test_a_policy_asks_where_a_section_can() -> None:
    rule = PolicyRule(ask=True, ask_after=Duration(minutes=5), ask_times=3)
    choose = policies(config(OWN, policies=(rule,)))
    policy = choose("alert", "people.test")
    assert (policy.ask, policy.ask_after, policy.ask_times) == (True, timedelta(minutes=5), 3)
    assert not choose("alert", "elsewhere.example").ask


def test_google_is_asked_in_the_administrators_name_and_for_reports_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    account = {
        "type": "service_account",
        "client_email": "landed@project.example",
        "private_key": pem,
        "token_uri": "https://127.0.0.1:1/token",
    }
    monkeypatch.setenv("LANDED_SECRET", json.dumps(account))
    login = msgspec.structs.replace(GOOGLE, cache=str(tmp_path / "g.tokens"))
    wanted = Config(logins=(login,))
    source = logins.reports_source(wanted, "g", "boss@people.test", "asking b")
    with pytest.raises(TokenError, match="Google cannot be reached"):
        source()
