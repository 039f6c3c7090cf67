"""Intake holds for any bytes: taken on or refused in words, and a body is never changed."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.outbound.composing.compose import Identity, compose
from agent.outbound.intake import IntakeError, Limits, accept_message
from parsers.token import AddressForm, Keyring
from store import outbox
from store.database import Ledger
from store.errors import NoticeConflict
from store.words import Policy

NOW = datetime(2026, 10, 9, tzinfo=UTC)
KEYS = Keyring({1: b"p" * 32}, 1)
IDENTITY = Identity(
    sender="n@example.org",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=None,
    message_id_domain="example.org",
    request_receipt=True,
    visible_reference=True,
)
KEYS_OF_NOTICES = itertools.count()
LINES = st.lists(st.binary(max_size=200).filter(lambda line: not set(line) & set(b"\0\r\n")))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path_factory.mktemp("intake") / "ledger.db")
    yield opened
    opened.close()


def policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("test")


@settings(deadline=None, max_examples=60)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.integers(0, 2**40))
@example([b"", b"", b".", b"From me", b"--x", b" folded"], b"\n", 0)
def test_a_body_goes_out_as_it_came_in(
    ledger: Ledger, lines: list[bytes], end: bytes, number: int
) -> None:
    head = [b"From: a@example.org", b"To: b@example.org", b"Message-ID: <%d@example.org>" % number]
    raw = end.join([*head, b"", *lines])
    key = f"body {next(KEYS_OF_NOTICES)}"
    taken = accept_message(ledger, raw, sender="n@example.org", policies=policies, now=NOW, key=key)
    (one,) = taken.deliveries
    with ledger.transaction() as tx:
        # what the other tests have left is due too
        claimed = outbox.claim(tx, worker="w", limit=1_000, lease=timedelta(hours=1), now=NOW)
    (outgoing,) = (outgoing for outgoing in claimed if outgoing.delivery_id == one.id)
    assert outgoing.address == "b@example.org"
    composed = compose(IDENTITY, KEYS, outgoing, 1)
    assert composed.raw.partition(b"\r\n\r\n")[2] == b"\r\n".join(lines)
    assert composed.message_id == f"{number}@example.org"


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=400), st.booleans())
@example(b"From: x\xff\nTo: \xff@\xfe\nMessage-ID: <x>\n\n", False)
@example(b"To: a@example.org\nSubject: =?utf-8?b?====?=\nMessage-ID: x\n\n", False)
@example(b"To: a@example.org\nSubject: =?nope?q?x?=\nMessage-ID: <>\n", True)
def test_any_bytes_are_taken_on_or_refused_in_words(
    ledger: Ledger, raw: bytes, with_head: bool
) -> None:
    head = b"To: a@example.org\nMessage-ID: <x@example.org>\n" if with_head else b""
    with suppress(IntakeError, NoticeConflict):
        accept_message(
            ledger,
            head + raw,
            sender="n@example.org",
            policies=policies,
            now=NOW,
            limits=Limits(max_recipients=5),
        )
