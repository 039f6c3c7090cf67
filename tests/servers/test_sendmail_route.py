"""The sendmail command as a route, with Postfix's own: what it is given arrives and reports."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.outbound.routes import Relay
from parsers.token import AddressForm
from store.words import Stage
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.outgoing import IDENTITY, Outgoing, open_outgoing

pytestmark = pytest.mark.servers


@pytest.fixture
def outgoing(tmp_path: Path) -> Iterator[Outgoing]:
    with open_outgoing(tmp_path) as opened:
        yield opened


@pytest.fixture
def relay(mail_site: MailSite, tmp_path: Path) -> Relay:
    """The command as this site has it: its configuration is not where Postfix looks by itself."""
    command = tmp_path / "sendmail"
    command.write_text(
        f'#!/bin/sh\nexec /usr/sbin/sendmail -C {mail_site.postfix.config} "$@"\n', encoding="ascii"
    )
    command.chmod(0o755)
    wait = timedelta(seconds=30)
    return Relay("local", "", kind="sendmail", command=str(command), dsn=True, timeout=wait)


def test_postfix_takes_it_with_envelope_and_dsn(
    mail_site: MailSite, outgoing: Outgoing, relay: Relay
) -> None:
    form = AddressForm.parse(f"{{token}}@{Cast.BOUNCE_DOMAIN}")
    (number,) = outgoing.owe(Cast.ANNA, text="hi\n.\n..dots\n")
    sent = outgoing.send(relay, identity=replace(IDENTITY, return_path=form))
    assert sent.accepted == 1, outgoing.view(number).state.why
    assert outgoing.view(number).state.stage is Stage.ACCEPTED
    (mail,) = mail_site.wait_for_mails(Cast.ANNA, 1)
    assert b"\r\n.\r\n..dots\r\n" in mail
    (report,) = mail_site.wait_for_mails(Cast.BOUNCES, 1)
    assert b"Action: delivered" in report
    assert b"Original-Envelope-Id: b" in report
