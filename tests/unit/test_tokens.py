"""Tokens are fetched, kept for their owner only, renewed in time; refusals say what to do."""

import base64
import json
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from agent.cli.main import app
from agent.config import Config, Digest, Login, Mailbox, Secret
from agent.configfile import ConfigError, load
from agent.configtext import render
from agent.doctor import examine as doctor
from agent.doctor.finding import Level
from agent.exits import Exit
from agent.login import google
from agent.login.expiry import endings
from agent.login.sasl import exchange
from agent.login.tokens import Kept, TokenError, TokenFile, renewed
from agent.wiring import inward, logins
from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.owed import open_owed
from tests.plugins.storybook import write_config
from tests.plugins.tokenserver import TokenServer, run_token_server

T0 = datetime(2026, 10, 3, tzinfo=UTC)
SECRET = "very-secret-word"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return write_certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(certificates: Certificates) -> Iterator[TokenServer]:
    with run_token_server(certificates) as running:
        yield running


@pytest.fixture
def plain_server() -> Iterator[TokenServer]:
    with run_token_server() as running:
        yield running


def config(folder: Path, server: TokenServer, certificates: Certificates, **changes: Any) -> Config:
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    login = Login(
        authority=server.url,
        tenant="tenant",
        client_id="client-1",
        secret=Secret("file:secret"),
        ca_file=str(certificates.ca),
    )
    box = Mailbox(auth="oauth2", login="mail", username="bounces@example.org")
    wanted = Config(logins=(msgspec.structs.replace(login, **changes),), mailboxes=(box,))
    (folder / "landed.toml").write_text(render(wanted), encoding="utf-8")
    return load(folder / "landed.toml")


def source(wanted: Config) -> Any:
    (account,) = inward.accounts(wanted)
    assert account.token is not None
    assert account.password == ""
    return account.token


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_application_gets_a_token_and_keeps_it(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    wanted = config(tmp_path, server, certificates)
    assert source(wanted)() == "access-1"
    assert source(wanted)() == "access-1"
    (form,) = server.asked
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "https://outlook.office365.com/.default"
    assert (form["client_id"], form["client_secret"]) == ("client-1", SECRET)
    assert mode(tmp_path / "mail.tokens") == 0o600
    assert SECRET not in repr(source(wanted))


def test_a_token_that_ends_soon_is_renewed_first(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    server.life = 120
    give = source(config(tmp_path, server, certificates))
    assert [give(), give()] == ["access-1", "access-2"]


def test_a_refusal_says_what_to_do_and_no_secret(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    server.refusal = {
        "error": "invalid_client",
        "error_description": "AADSTS7000222: The provided client secret keys are expired.",
    }
    with pytest.raises(TokenError, match=r"keys are expired.*IMAP\.AccessAsApp") as caught:
        source(config(tmp_path, server, certificates))()
    assert SECRET not in str(caught.value)
    with pytest.raises(TokenError, match=r"cannot be reached|Unable to get"):
        source(config(tmp_path, server, certificates, authority="https://127.0.0.1:1"))()
    (tmp_path / "mail.tokens").write_text("{not json", encoding="utf-8")
    (tmp_path / "mail.tokens").chmod(0o600)
    with pytest.raises(TokenError, match='login "mail"'):
        source(config(tmp_path, server, certificates))()


def test_a_person_signs_in_once(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    wanted = config(tmp_path, server, certificates, flow="person")
    give = source(wanted)
    with pytest.raises(TokenError, match='run "landed login mail"'):
        give()
    command = ["-c", str(tmp_path / "landed.toml"), "login", "mail"]
    server.life = 120
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "enter the code ABC-DEF" in done.stdout
    assert "access-" not in done.stdout
    assert mode(tmp_path / "mail.tokens") == 0o600
    assert give() == "access-2"
    assert server.asked[-1]["refresh_token"] == "refresh-1"
    server.refusal = {"error": "invalid_grant", "error_description": "The grant was revoked."}
    with pytest.raises(TokenError, match=r'revoked.*run "landed login mail"'):
        give()
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == Exit.SERVER
    assert "revoked" in refused.stderr


def test_nobody_signs_in_where_nobody_has_to(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    wanted = config(tmp_path, server, certificates)
    with pytest.raises(ConfigError, match="nobody has to sign in"):
        logins.person(wanted, "mail")
    with pytest.raises(ConfigError, match='there is no login "other"'):
        logins.person(wanted, "other")


def service_key(server: TokenServer) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "landed@project.example",
            "private_key": pem,
            "token_uri": f"{server.url}/token",
        }
    )


def test_a_service_account_speaks_for_the_mailbox(
    tmp_path: Path, plain_server: TokenServer, certificates: Certificates
) -> None:
    (tmp_path / "key.json").write_text(service_key(plain_server), encoding="utf-8")
    wanted = config(
        tmp_path, plain_server, certificates, provider="google", secret=Secret("file:key.json")
    )
    assert source(wanted)() == "access-1"
    assert source(wanted)() == "access-1"
    (form,) = plain_server.asked
    assert form["grant_type"].endswith("jwt-bearer")
    claims = form["assertion"].split(".")[1]
    assert claims
    assert mode(tmp_path / "mail.tokens") == 0o600
    plain_server.refusal = {"error": "unauthorized_client", "error_description": "not delegated"}
    with pytest.raises(TokenError, match="domain-wide delegation"):
        google.by_service_account("mail", service_key(plain_server), "a@b.example")
    with pytest.raises(TokenError, match="is not the JSON key"):
        google.by_service_account("mail", "{}", "a@b.example")


def test_a_refresh_token_of_google(plain_server: TokenServer) -> None:
    uri = f"{plain_server.url}/token"
    token, end = google.by_refresh_token("mail", "c", SECRET, "r-1", token_uri=uri)
    assert token == "access-1"
    assert end > datetime.now(UTC) + timedelta(minutes=50)
    assert plain_server.asked[0]["refresh_token"] == "r-1"
    plain_server.refusal = {"error": "invalid_grant", "error_description": "Token was revoked."}
    with pytest.raises(TokenError, match="get a new refresh token") as caught:
        google.by_refresh_token("mail", "c", SECRET, "r-1", token_uri=uri)
    assert SECRET not in str(caught.value)
    with pytest.raises(TokenError, match="cannot be reached"):
        google.by_refresh_token("mail", "c", SECRET, "r-1", token_uri="http://127.0.0.1:1/")


def test_the_refresh_flow_is_wired(
    tmp_path: Path,
    plain_server: TokenServer,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(google, "_TOKEN_URI", f"{plain_server.url}/token")
    monkeypatch.setenv("LANDED_TEST_REFRESH", "r-2")
    wanted = config(
        tmp_path,
        plain_server,
        certificates,
        provider="google",
        flow="refresh",
        refresh_token=Secret("env:LANDED_TEST_REFRESH"),
    )
    assert source(wanted)() == "access-1"
    assert plain_server.asked[0]["refresh_token"] == "r-2"


def test_tokens_that_others_can_read_are_refused(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "t")
    assert file.read() == ""
    file.write("{}")
    assert mode(tmp_path / "t") == 0o600
    (tmp_path / "t").chmod(0o644)
    with pytest.raises(TokenError, match="chmod 600"):
        file.read()
    with pytest.raises(TokenError, match="must be writable"):
        TokenFile(tmp_path / "nowhere" / "t").write("")
    with pytest.raises(TokenError, match="cannot be read"):
        TokenFile(tmp_path).read()


def test_each_user_has_a_token_of_their_own_and_damage_is_mended(tmp_path: Path) -> None:
    clock = [T0]
    given: list[str] = []

    def give(use: str) -> Kept:
        def fetch() -> tuple[str, datetime]:
            given.append(use)
            return f"{use}-{len(given)}", clock[0] + timedelta(hours=1)

        return Kept(TokenFile(tmp_path / "t"), use, fetch, lambda: clock[0])

    assert [give("a")(), give("b")(), give("a")()] == ["a-1", "b-2", "a-1"]
    clock[0] += timedelta(minutes=56)
    assert give("a")() == "a-3"
    for damage in ("[]", "{", '{"a": 5}', '{"a": {"token": "x", "end": "soon"}}'):
        (tmp_path / "t").write_text(damage, encoding="utf-8")
        assert give("a")().startswith("a-")


def test_the_words_of_both_mechanisms() -> None:
    assert exchange("XOAUTH2", "u@x", "t").answer(b"") == b"user=u@x\1auth=Bearer t\1\1"
    bearer = exchange("OAUTHBEARER", "u,=@x", "t")
    assert bearer.answer(b"") == b"n,a=u=2C=3D@x,\1auth=Bearer t\1\1"
    refused = b'{"status":"invalid_token","scope":"mail\x1b","other":"x"}'
    assert bearer.answer(refused) == b"\1"
    assert bearer.told == "invalid_token, mail "
    assert "SECRETTOKEN" not in repr(exchange("XOAUTH2", "u", "SECRETTOKEN"))
    with pytest.raises(ValueError, match="no such mechanism"):
        exchange("PLAIN", "u", "t")
    with pytest.raises(ValueError, match="control character"):
        exchange("XOAUTH2", "u\1auth=x", "t")


def test_secrets_that_run_out_are_named_weeks_before() -> None:
    today = date(2026, 10, 3)

    def steps(*days: int) -> list[int]:
        return [
            one.step
            for one in endings([("a", "secret", today + timedelta(days=n)) for n in days], today)
        ]

    assert steps(31, 30, 8, 7, 2, 1, 0, -5) == [0, 0, 1, 7, 7, 30, 30]
    (one,) = endings([("m365", "secret", today + timedelta(days=9))], today)
    assert "in 9 days (on 2026-10-12)" in one.words
    (gone,) = endings([("m365", "secret", today)], today)
    assert "by now" in gone.words


def test_the_admins_are_mailed_once_for_each_step(tmp_path: Path) -> None:
    login = Login(secret_expires="2026-11-01")
    wanted = Config(logins=(login,), digest=Digest(to=("ops@example.org",)))
    with open_owed(tmp_path) as owed:

        def warn(day: int, used: Config = wanted) -> int:
            return logins.warn(used, owed.ledger, T0 + timedelta(days=day))

        assert [warn(0), warn(1), warn(10), warn(23), warn(28), warn(29)] == [1, 0, 0, 1, 1, 1]
        assert warn(-9) == 0
        nobody = msgspec.structs.replace(wanted, digest=Digest())
        assert warn(28, nobody) == 0


def test_the_doctor_and_the_status_warn_too(tmp_path: Path) -> None:
    wanted = Config(logins=(Login(secret_expires="2026-10-05"),))
    (finding,) = doctor.endings(wanted, T0)
    assert finding.level is Level.NOTE
    assert "runs out in 2 days" in finding.found
    assert "set secret_expires anew" in finding.todo
    (gone,) = doctor.endings(wanted, T0 + timedelta(days=9))
    assert gone.level is Level.FAIL
    with open_owed(tmp_path):
        path = write_config(tmp_path, '[[logins]]\nsecret_expires = "2020-01-01"\n')
        done = CliRunner().invoke(app, ["-c", str(path), "status"])
        assert 'Warning: the secret of login "mail" runs out by now' in done.stdout
        told = CliRunner().invoke(app, ["-c", str(path), "status", "--format", "json"])
        assert len(json.loads(told.stdout)["warnings"]) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"flow": "refresh"}, 'login mail: flow is "application" or "person" for microsoft'),
        ({"provider": "google", "flow": "person"}, 'flow is "application" or "refresh"'),
        ({"secret_expires": "soon"}, 'secret_expires "soon" is no date'),
    ],
)
def test_mistakes_of_a_login_are_told(changes: dict[str, str], told: str) -> None:
    login = msgspec.structs.replace(Login(), **changes)
    with pytest.raises(ConfigError, match=told):
        logins.check(Config(logins=(login,)))


def _with_certificate(
    folder: Path, days: int, now: datetime | None = None
) -> tuple[Path, rsa.RSAPrivateKey]:
    """A PEM file with an RSA key and its own certificate, below another one's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = now or datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "landed")])
    pem = b""
    for one, end in ((other, 900), (key, days)):
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(one.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=900))
            .not_valid_after(now + timedelta(days=end))
            .sign(other, hashes.SHA256())
        )
        pem += made.public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path = folder / "app.pem"
    path.write_bytes(pem)
    return path, key


def test_an_application_proves_itself_by_certificate(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    path, key = _with_certificate(tmp_path, 400)
    wanted = config(
        tmp_path, server, certificates, secret=Secret(""), certificate=Secret(f"file:{path.name}")
    )
    assert source(wanted)() == "access-1"
    (form,) = server.asked
    assert "client_secret" not in form
    assert form["client_assertion_type"].endswith("jwt-bearer")
    head, body, signature = form["client_assertion"].split(".")

    def opened(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    header, claims = json.loads(opened(head)), json.loads(opened(body))
    assert header["alg"] == "PS256"
    own = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    assert own.public_key() == key.public_key()
    assert opened(header["x5t#S256"]) == own.fingerprint(hashes.SHA256())
    assert (claims["iss"], claims["sub"]) == ("client-1", "client-1")
    key.public_key().verify(
        opened(signature),
        f"{head}.{body}".encode(),
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
        hashes.SHA256(),
    )
    assert mode(tmp_path / "mail.tokens") == 0o600
    assert "PRIVATE" not in (tmp_path / "mail.tokens").read_text(encoding="utf-8")
    assert "PRIVATE" not in repr(source(wanted))


def test_the_last_day_of_a_certificate_is_read_from_it(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    now = datetime.now(UTC)  # once: making a key may take until midnight
    path, _ = _with_certificate(tmp_path, 20, now)
    wanted = config(
        tmp_path, server, certificates, secret=Secret(""), certificate=Secret(f"file:{path}")
    )
    today = now.date()
    (one,) = logins.ending(wanted, today)
    assert (one.what, one.step, one.on) == ("certificate", 30, today + timedelta(days=20))
    assert "upload it at the provider" in one.words
    assert logins.ending(wanted, today - timedelta(days=30)) == []
    (ended,) = logins.ending(wanted, today + timedelta(days=21))
    assert ended.step == 0


def test_a_certificate_that_cannot_be_used(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    path, key = _with_certificate(tmp_path, 20)
    good = path.read_text(encoding="utf-8")
    split = good.index("-----BEGIN RSA")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def pem(one: rsa.RSAPrivateKey, how: serialization.KeySerializationEncryption) -> str:
        form = serialization.PrivateFormat.PKCS8
        return one.private_bytes(serialization.Encoding.PEM, form, how).decode()

    plain = serialization.NoEncryption()
    for text, words in (
        (good[:split], "no private key"),
        (good[split:], "no certificate"),
        ("nonsense", "no private key"),
        (good[:split] + pem(other, plain), "none of its certificates belongs"),
        (
            good[:split] + pem(key, serialization.BestAvailableEncryption(b"x")),
            "store it without a pass phrase",
        ),
        (certificates.key.read_text(encoding="utf-8"), "not RSA"),
    ):
        path.write_text(text, encoding="utf-8")
        wanted = config(
            tmp_path, server, certificates, secret=Secret(""), certificate=Secret(f"file:{path}")
        )
        with pytest.raises(ConfigError, match=f"the certificate of login mail.*{words}") as caught:
            logins.check(wanted)
        assert "MII" not in str(caught.value)
    both = config(tmp_path, server, certificates, certificate=Secret(f"file:{path}"))
    with pytest.raises(ConfigError, match="give secret or certificate, not both"):
        logins.check(both)
    person = config(
        tmp_path, server, certificates, flow="person", certificate=Secret(f"file:{path}")
    )
    with pytest.raises(ConfigError, match="a certificate is for"):
        logins.check(person)


def test_a_token_that_the_server_no_longer_takes_is_renewed(
    tmp_path: Path, server: TokenServer, certificates: Certificates
) -> None:
    give = source(config(tmp_path, server, certificates))
    assert [give(), give(), renewed(give), give()] == [
        "access-1",
        "access-1",
        "access-2",
        "access-2",
    ]
    assert renewed(lambda: "same") == "same"
    graph = logins.graph_source(config(tmp_path, server, certificates), "mail", "asking m")
    assert graph() == "access-3"
    assert server.asked[-1]["scope"] == "https://graph.microsoft.com/.default"


def test_kept_tokens_are_renewed_too(tmp_path: Path) -> None:
    tokens = iter(["one", "two"])
    kept = Kept(
        TokenFile(tmp_path / "t"), "a", lambda: (next(tokens), T0 + timedelta(days=1)), lambda: T0
    )
    assert [kept(), kept(), renewed(kept), kept()] == ["one", "one", "two", "two"]
    assert mode(tmp_path / "t") == 0o600
