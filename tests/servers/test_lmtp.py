"""LMTP (RFC 2033) to a real Dovecot, by TCP and by socket: each reply, and what it proves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.doctor.ways_out import examine_relay
from agent.outbound.routes import Relay
from agent.outbound.sending.means import Sent
from agent.outbound.smtp.client import probe
from agent.outbound.smtp.opening import Unreachable
from store.words import GapKind, Stage, Verdict
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.outgoing import Outgoing, open_outgoing

pytestmark = pytest.mark.servers


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path) as opened:
        yield opened


def store(site: MailSite, *, by: str = "tcp", **changes: object) -> Relay:
    base = Relay(
        "store",
        site.host,
        site.dovecot.lmtp_port,
        security="none",
        kind="lmtp",
        timeout=timedelta(seconds=20),
        local_hostname="agent.test",
        socket=str(site.dovecot.lmtp_socket) if by == "socket" else "",
        final=True,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # some of its fields


@pytest.mark.parametrize("by", ["tcp", "socket"])
def test_what_the_mailbox_took_is_delivered(
    mail_site: MailSite, outgoing: Outgoing, by: str
) -> None:
    people = [Cast.ANNA, Cast.BEN, Cast.GHOST, Cast.CARLA, Cast.FULL, Cast.ADMINS]
    ids = dict(zip(people, outgoing.owe(*people), strict=True))
    assert outgoing.send(store(mail_site, by=by)) == Sent(tried=6, accepted=4, rejected=2)
    for person in (Cast.ANNA, Cast.BEN, Cast.CARLA, Cast.ADMINS):
        found = outgoing.view(ids[person])
        assert (found.state.verdict, found.state.stage) == (Verdict.LANDED, Stage.DELIVERED)
        assert "Saved" in found.state.why
        (mail,) = mail_site.mails(person)
        assert b"Return-Path: <b" in mail
    for person, status in ((Cast.GHOST, "5.1.1"), (Cast.FULL, "5.2.2")):
        found = outgoing.view(ids[person])
        assert found.state.gap is GapKind.REJECTED
        assert status in found.state.why


def test_without_final_a_store_only_accepts(mail_site: MailSite, outgoing: Outgoing) -> None:
    (number,) = outgoing.owe(Cast.ANNA)
    assert outgoing.send(store(mail_site, final=False)).accepted == 1
    state = outgoing.view(number).state
    assert (state.verdict, state.stage) == (Verdict.WAITING, Stage.ACCEPTED)


def test_tls_begins_within_lmtp_too(mail_site: MailSite, outgoing: Outgoing) -> None:
    way = store(mail_site, security="starttls", ca_file=str(mail_site.certificates.ca))
    assert probe(way).tls.startswith("TLS")
    outgoing.owe(Cast.ANNA)
    assert outgoing.send(way).accepted == 1


def test_the_doctor_says_what_its_word_counts_for(mail_site: MailSite) -> None:
    findings, usable = examine_relay(store(mail_site, by="socket"))
    assert usable
    told = [one.found for one in findings]
    assert told[0].startswith(f"the socket {mail_site.dovecot.lmtp_socket} answers")
    assert "what it takes counts as delivered (final = true)" in told


def test_a_server_of_smtp_is_no_store(mail_site: MailSite) -> None:
    with pytest.raises(Unreachable, match=r"says 5\d\d"):
        probe(store(mail_site, port=mail_site.smtp_port))
    with pytest.raises(Unreachable, match="check socket of route store"):
        probe(store(mail_site, by="socket", socket="/nowhere/lmtp"))
