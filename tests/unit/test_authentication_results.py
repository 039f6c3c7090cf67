"""Only the first field in our own host's name says how a report's sender was authenticated."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.inbound.imap import Mail
from agent.inbound.ingest import Ingest
from parsers.authentication import authentication
from parsers.read import read
from store import channels
from store.reading import Reader
from store.words import Assurance, Stage
from tests.plugins.owed import KEYRING, open_owed, policies

OURS = "mx.notices.example"


def mail(*values: str, body: str = "") -> bytes:
    fields = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    return f"{fields}From: a@b.example\r\nSubject: x\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            [
                f"{OURS}; dkim=pass (1024-bit; good) header.d=mx.example header.s=s1;\r\n"
                " spf=fail smtp.mailfrom=<>; dmarc=none header.from=mx.example"
            ],
            "dkim=pass (mx.example), spf=fail, dmarc=none (mx.example)",
        ),
        (["MX.Notices.Example 1; spf=pass smtp.mailfrom=a@mx.example"], "spf=pass (mx.example)"),
        (["evil.example; dkim=pass"], ""),
        (["evil.example; dkim=pass", f"{OURS}; dkim=fail", f"{OURS}; dkim=pass"], "dkim=fail"),
        ([f"{OURS}.evil.example; dkim=pass"], ""),
        ([f"({OURS}) evil.example; dkim=pass"], ""),
        # what the envelope's sender, or a program's reason, repeats of the other side is no result
        (
            [f'{OURS}; spf=fail smtp.mailfrom="x; dkim=pass header.d=a.example"@evil.example'],
            "spf=fail (evil.example)",
        ),
        (
            [f'{OURS}; spf=fail smtp.mailfrom="{"x" * 99}@a.example"@evil.example'],
            "spf=fail (evil.example)",
        ),
        ([f'{OURS}; dkim=fail reason="\\"; dmarc=pass"; spf=none'], "dkim=fail, spf=none"),
        (
            [f'{OURS}; dkim=none (a (b; dkim=pass) "c; spf=pass) d); dmarc=fail'],
            "dkim=none, dmarc=fail",
        ),
        ([f"{OURS}; dkim=none ((((; spf=pass"], "dkim=none"),
        ([f'"{OURS}"; spf=pass'], "spf=pass"),
        ([f"{OURS}; none"], ""),
        ([f"{OURS}; iprev=pass; x=y; dkim=\x1b[31m; auth=pass"], ""),
        ([""], ""),
        ([], ""),
    ],
)
def test_what_our_host_noted_is_read(values: list[str], told: str) -> None:
    assert authentication(mail(*values), OURS) == told
    assert authentication(mail(*values), "") == ""


def test_what_stands_in_a_body_is_nobodys_word() -> None:
    field = f"Authentication-Results: {OURS}; dkim=pass\r\n"
    assert authentication(mail(body=field), OURS) == ""


@given(st.binary(max_size=400))
def test_it_is_total(noise: bytes) -> None:
    told = authentication(b"Authentication-Results: " + OURS.encode() + b";" + noise, OURS)
    assert told.isprintable()
    assert isinstance(authentication(noise, OURS), str)


def test_it_is_noted_beside_the_evidence_and_decides_nothing(tmp_path: Path) -> None:
    with open_owed(tmp_path) as owed:
        (anna,) = owed.mail("k1", "anna@a.example")
        with owed.ledger.transaction() as tx:
            channel = channels.ensure(tx, "bounces/INBOX", "imap", owed.now())
        ingest = Ingest(
            owed.ledger, channel.id, channel.name, KEYRING, policies, read=read, tidies=False,
            authserv_id=OURS,
        )  # fmt: skip
        field = f"Authentication-Results: {OURS}; dkim=fail header.d=mx.example\r\n".encode()
        report = owed.dsn(anna, "failed")
        (first,) = ingest.take([Mail(1, field + report)], 1, now=owed.now())
        (again,) = ingest.take([Mail(2, report)], 1, now=owed.now())
        assert first.correlation.outcome == again.correlation.outcome == "matched"
        with Reader.open(owed.ledger.url) as reader:
            trace = reader.trace(anna)
    assert trace is not None
    (fact,) = [fact for fact in trace.evidence if fact.kind == "failed"]
    assert fact.detail.endswith("[dkim=fail (mx.example)]")


@pytest.mark.parametrize(
    ("result", "assurance"),
    [
        ("dmarc=pass header.from=a.example", Assurance.PROOF),
        ("dmarc=pass header.from=b.example", Assurance.CLAIM),
        ("", Assurance.CLAIM),
    ],
)
def test_whoever_answers_for_the_recipient_acts_and_our_host_says_whose_domain_it_is(
    tmp_path: Path, result: str, assurance: Assurance
) -> None:
    with open_owed(tmp_path) as owed:
        (anna,) = owed.mail("k1", "anna@a.example")
        with owed.ledger.transaction() as tx:
            channel = channels.ensure(tx, "replies/INBOX", "imap", owed.now())
        ingest = Ingest(
            owed.ledger, channel.id, channel.name, KEYRING, policies, read=read, tidies=False,
            authserv_id=OURS,
        )  # fmt: skip
        head = f"Authentication-Results: {OURS}; {result}\r\n".encode() if result else b""
        answer = head + owed.reply(anna).replace(b"From: anna@a.example", b"From: ben@a.example")
        (taken,) = ingest.take([Mail(1, answer)], 1, now=owed.now())
        assert taken.correlation.outcome == "matched"
        state = owed.delivery(anna).state
        assert (state.stage, state.assurance) == (Stage.ACTED, assurance)
        assert "ben@a.example, not anna@a.example to whom it went: Re: k1" in state.why
        ingest.take([Mail(2, owed.reply(anna))], 1, now=owed.now())
        assert owed.delivery(anna).state.assurance is Assurance.PROOF, "her own answer is better"
