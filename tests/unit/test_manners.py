"""Fields by class, and signatures that verify: on what was built, and on what was handed in."""

import base64
import email
import email.policy
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import dkim
import pytest
from nacl.signing import SigningKey

from agent.config import Config, Dkim, Identity, NoticeClass, Secret, Tokens
from agent.configfile import ConfigError
from agent.outbound.composing import compose as composing
from agent.outbound.composing.manners import Manners
from agent.outbound.composing.signing import Signer
from agent.outbound.composing.template import build_notice
from agent.outbound.wire import on_the_wire
from agent.wiring import outward
from parsers.read import read
from parsers.report import ClueKind
from parsers.token import AddressForm, Keyring
from store.outbox import Outgoing

KEYS = Keyring({1: b"k" * 32}, 1)
NOW = datetime(2026, 10, 9, 8, 30, tzinfo=UTC)
IDENTITY = composing.Identity(
    sender="Notices <notices@example.org>",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=AddressForm.parse("reply+{token}@example.org"),
    message_id_domain="example.org",
    request_receipt=True,
    visible_reference=True,
)
FOREIGN = "Zoë Müller über Ärger"
OUTGOING = Outgoing(
    delivery_id=4711,
    notice_id=1,
    notice_class="alert",
    content=build_notice(
        sender=f"{FOREIGN} <notices@example.org>",
        subject=FOREIGN * 9,
        text="Grüße\n.\n" + "x" * 3000 + "\n",
        html="<p>Grüße</p>",
    ),
    subject=FOREIGN,
    sender="Notices <notices@example.org>",
    address="ada@example.com",
    as_given="ada@example.com",
    number=1,
    previous_number=None,
    previous_at=None,
    attempts_so_far=0,
    message_id=None,
    owed_at=NOW,
    key="k",
    name="Ada",
)
WHOLE = (
    b"From: App <app@sub.example.org>\r\nTo: ada@example.com\r\nSubject: whole\r\n"
    b"Message-ID: <own.1@app.example.org>\r\nDate: Thu, 1 Oct 2026 00:00:00 +0000\r\n"
    b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: DR, OOF\r\n"
    b"\r\nbody \xc3\xa9\r\n.\r\n  odd \t \r\n\r\n\r\n"
)


@pytest.fixture(scope="module")
def rsa(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A private key in PEM, and its public half as DNS shows it."""
    path = tmp_path_factory.mktemp("rsa") / "key.pem"
    subprocess.run(
        ["openssl", "genrsa", "-out", str(path), "2048"],
        check=True,
        capture_output=True,
    )
    public = subprocess.run(
        ["openssl", "rsa", "-in", str(path), "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    return path.read_bytes(), b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def ed25519() -> tuple[bytes, bytes]:
    key = SigningKey(b"s" * 32)
    shown = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(key.verify_key))
    return base64.b64encode(bytes(key)), shown


def pem(seed: bytes) -> bytes:
    """RFC 8410 7: what openssl writes."""
    der = bytes.fromhex("302e020100300506032b657004220420") + base64.b64decode(seed)
    begin, end = b"-----BEGIN PRIVATE KEY-----\n", b"\n-----END PRIVATE KEY-----\n"
    return begin + base64.b64encode(der) + end


def made(identity: composing.Identity, **changes: object) -> bytes:
    outgoing = OUTGOING._replace(**changes)  # type: ignore[arg-type]  # any field of it
    return composing.compose(identity, KEYS, outgoing, 1).raw


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def verified(raw: bytes, records: dict[bytes, bytes]) -> list[bool]:
    """Each signature in turn; DNS is a dictionary."""
    count = raw.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    wire = on_the_wire(raw)

    def lookup(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name)

    return [bool(dkim.DKIM(wire).verify(idx=n, dnsfunc=lookup)) for n in range(count)]


def test_every_class_has_its_own_fields() -> None:
    manners = (
        Manners(headers={"X-Team": "Überwachung"}),
        Manners(
            "alert",
            list_id="Alerts <alerts.example.org>",
            feedback_id="42:alert:ops:example",
            complaints_to=AddressForm.parse("{token}@bounces.example.org"),
            auto_submitted="",
        ),
    )
    raw = made(replace(IDENTITY, manners=manners))
    message = parsed(raw)
    assert message["List-Id"] == "Alerts <alerts.example.org>"
    assert message["Feedback-ID"] == "42:alert:ops:example"
    mark = message["Disposition-Notification-To"].partition("@")[0]
    assert message["CFBL-Address"] == f"{mark}@bounces.example.org; report=arf"
    assert message["Auto-Submitted"] is None
    assert message["X-Team"] is None
    other = parsed(made(replace(IDENTITY, manners=manners), notice_class="news"))
    assert other["X-Team"] == "Überwachung"
    assert (other["Auto-Submitted"], other["List-Id"]) == ("auto-generated", None)


def test_what_a_message_brings_stays_and_gags_go() -> None:
    manners = (Manners(list_id="alerts.example.org", headers={"Subject-Tag": "x"}),)
    brought = WHOLE.replace(b"\r\nAuto", b"\r\nList-Id: <own.example.org>\r\nAuto", 1)
    message = parsed(made(replace(IDENTITY, manners=manners), content=brought))
    assert message.get_all("List-Id") == ["<own.example.org>"]
    assert message.get_all("Auto-Submitted") == ["auto-replied"]
    assert message["X-Auto-Response-Suppress"] is None
    quiet = WHOLE.replace(b"DR, OOF", b"OOF, AutoReply")
    kept = parsed(made(IDENTITY, content=quiet))
    assert kept["X-Auto-Response-Suppress"] == "OOF, AutoReply"


def test_a_complaint_that_quotes_the_headers_is_matched() -> None:
    raw = made(replace(IDENTITY, manners=(Manners(complaints_to="fbl@example.org"),)))
    assert parsed(raw)["CFBL-Address"] == "fbl@example.org; report=arf"
    head = raw.partition(b"\r\n\r\n")[0]
    report = (
        b"From: fbl@isp.example\r\nTo: fbl@example.org\r\nSubject: complaint\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; "
        b'boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nspam\r\n--b\r\n'
        b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n"
        b"User-Agent: x/1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        + head
        + b"\r\n\r\n--b--\r\n"
    )
    assert ClueKind.HEADER in {clue.kind for clue in read(report).clues}


@pytest.mark.parametrize("content", [None, WHOLE], ids=["built", "whole"])
def test_two_selectors_verify_and_cover_what_matters(
    rsa: tuple[bytes, bytes], content: bytes | None
) -> None:
    private, shown = rsa
    seed, shown_ed = ed25519()
    signers = (
        Signer("example.org", "r1", private),
        Signer("example.org", "e1", seed, "ed25519-sha256"),
        Signer("example.net", "no", private),
    )
    manners = (Manners(list_id="a.example.org", complaints_to="fbl@example.org"),)
    identity = replace(IDENTITY, signers=signers, manners=manners)
    raw = made(identity, **({} if content is None else {"content": content}))
    records = {
        b"r1._domainkey.example.org.": shown,
        b"e1._domainkey.example.org.": shown_ed,
    }
    assert verified(raw, records) == [True, True]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    for text in parsed(raw).get_all("DKIM-Signature", ()):
        names = text.replace(" ", "").partition(";h=")[2].partition(";")[0].split(":")
        assert {"from", "subject", "cfbl-address", "list-id", "date"} <= set(names)
        assert names.count("from") == 2, "nobody can add another author"
    with_other_author = b"From: mallory@example.org\r\n" + raw
    assert verified(with_other_author, records) == [False, False]
    assert verified(raw.replace(b"fbl@", b"xxx@"), records) == [False, False]
    if content is not None:
        found = parsed(raw)
        assert raw.isascii(), "no relay must have to encode what is signed"
        assert found["Content-Transfer-Encoding"] == "quoted-printable"
        body = WHOLE.partition(b"\r\n\r\n")[2]
        assert found.get_payload(decode=True) == body, "what it says is as it was"


def test_a_signature_of_the_author_is_not_broken(rsa: tuple[bytes, bytes]) -> None:
    private, shown = rsa
    seed, shown_ed = ed25519()
    theirs = Signer("sub.example.org", "app", private)
    names = ("from", "from", "to", "subject", "date", "message-id", "list-id", "reply-to")
    signed = theirs.sign(WHOLE, names) + WHOLE
    records = {
        b"app._domainkey.sub.example.org.": shown,
        b"e1._domainkey.example.org.": shown_ed,
    }
    manners = (Manners(list_id="a.example.org", complaints_to="fbl@example.org"),)
    ours = Signer("example.org", "e1", pem(seed), "ed25519-sha256")
    raw = made(replace(IDENTITY, signers=(ours,), manners=manners), content=signed)
    assert verified(raw, records) == [True, True]
    assert parsed(raw)["List-Id"] is None, "it is signed as absent"
    sealed = signed.replace(b"list-id : ", b"list-id : dkim-signature : ", 1)
    assert sealed != signed
    raw = made(replace(IDENTITY, signers=(ours,), manners=manners), content=sealed)
    assert raw.count(b"DKIM-Signature:") == 1, "a further one would break it"


def test_authors_elsewhere_are_not_signed_for(rsa: tuple[bytes, bytes]) -> None:
    signer = Signer("example.org", "r1", rsa[0])
    assert signer.covers("Sub.Example.org.")
    assert not signer.covers("notexample.org")
    elsewhere = WHOLE.replace(b"sub.example.org", b"example.net")
    raw = made(replace(IDENTITY, signers=(signer,)), content=elsewhere)
    assert b"DKIM-Signature" not in raw
    assert "BEGIN" not in repr(signer)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"algorithm": "rsa-md5"}, "no algorithm"),
        ({"domain": "exa mple"}, "no domain name"),
        ({"selector": ""}, "selector"),
        ({"key": b"nonsense secret"}, "no private key"),
        ({"key": b"c2VjcmV0", "algorithm": "ed25519-sha256"}, "no private key"),
        (
            {
                "key": b"-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----",
                "algorithm": "ed25519-sha256",
            },
            "no private key",
        ),
    ],
)
def test_a_bad_key_is_refused_without_being_shown(
    rsa: tuple[bytes, bytes], change: dict[str, str], why: str
) -> None:
    values = {"domain": "example.org", "selector": "s", "key": rsa[0]} | change
    with pytest.raises(ValueError, match=why) as caught:
        Signer(**values)  # type: ignore[arg-type]  # as changed above
    assert "secret" not in str(caught.value)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "k").write_text(base64.b64encode(b"k" * 32).decode(), encoding="ascii")
    (tmp_path / "e").write_bytes(pem(ed25519()[0]))
    return Config(
        identity=Identity(sender="a@example.org"),
        tokens=Tokens(keys={"1": Secret(f"file:{tmp_path / 'k'}")}),
        classes=(
            NoticeClass(name="alert", cfbl_address="{token}@bounces.example.org"),
            NoticeClass(auto_submitted="none", cfbl_address="fbl@example.org"),
        ),
        dkim=(Dkim(algorithm="ed25519-sha256", key=Secret(f"file:{tmp_path / 'e'}")),),
    )


def test_the_configuration_arrives(config: Config, tmp_path: Path) -> None:
    identity = outward.identity(config)
    (signer,) = identity.signers
    assert (signer.domain, signer.selector) == ("example.org", "landed")
    assert config.dkim[0].name == "landed._domainkey.example.org"
    alert, rest = identity.manners
    assert isinstance(alert.complaints_to, AddressForm)
    assert (rest.name, rest.complaints_to, rest.auto_submitted) == ("", "fbl@example.org", "")
    (tmp_path / "e").write_text("nonsense")
    with pytest.raises(ConfigError, match=r"^dkim landed\._domainkey\.example\.org: this is no"):
        outward.identity(config)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"list_id": "two words.example"}, "list_id"),
        ({"list_id": "Name <nodot>"}, "list_id"),
        ({"feedback_id": "a\r\nBcc: x@example.org"}, "Feedback-ID"),
        ({"cfbl_address": "x{token}@example.org"}, "cannot stand before"),
        ({"headers": {"X-Auto-Response-Suppress": "All"}}, "silence"),
        ({"headers": {"List-Id": "x"}}, "key of its own"),
        ({"headers": {"From": "x@example.org"}}, "headers"),
        ({"headers": {"X-A": "a\nb"}}, "headers"),
    ],
)
def test_manners_that_no_header_can_hold_are_told(
    config: Config, change: dict[str, object], why: str
) -> None:
    wrong = NoticeClass(name="c", **change)  # type: ignore[arg-type]  # as above
    with pytest.raises(ConfigError, match=why):
        outward.identity(replace_classes(config, wrong))


def replace_classes(config: Config, one: NoticeClass) -> Config:
    return Config(identity=config.identity, tokens=config.tokens, classes=(one,))
