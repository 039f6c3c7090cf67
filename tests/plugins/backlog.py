"""A backlog in a bounce mailbox: many deliveries that were mailed, and a report on each.

Owns the quick way there: a ledger filled in batches, and a Maildir that is written
before its server looks at it. The reports are 3.7 KB, as a Postfix of our days makes them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from parsers.token import Keyring, Purpose, sign
from store import notices, outbox
from store.attempts import AttemptResult, Ended
from store.database import Ledger
from store.notices import NewNotice, NewRecipient
from store.outbox import Start
from store.words import Outcome, Phase, Policy
from tests.plugins.certificates import write_certificates
from tests.plugins.dovecot import Dovecot, DovecotPlan, start_dovecot

__all__ = ["PASSWORD", "USER", "Mailed", "mailed", "report_on", "serving"]

USER = "bounces@people.test"
PASSWORD = "pass-bounces"
_EACH = 1_000  # recipients of one notice
_DOMAINS = 500
_WORKER = "backlog"
_RECEIVED = """\
Received: from relay{hop}.example.net (relay{hop}.example.net [192.0.2.{hop}])
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
\t key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256)
\tby mx{hop}.example.net (Postfix) with ESMTPS id 4XyZ1c0aBcz9{hop}
\tfor <{address}>; Mon, 5 Oct 2026 07:00:12 +0000 (UTC)
"""
_REPORT = """\
Return-Path: <>
Delivered-To: {bounce}@bounces.example.org
Received: from mx.example.net (mx.example.net [192.0.2.25])
\tby mail.example.org (Postfix) with ESMTPS id 4XyZ1d5k3Pz2B
\tfor <{bounce}@bounces.example.org>; Mon, 5 Oct 2026 07:00:20 +0000 (UTC)
Received: by mx.example.net (Postfix)
\tid 4XyZ1c6q2Rz9C; Mon, 5 Oct 2026 07:00:20 +0000 (UTC)
Date: Mon, 05 Oct 2026 07:00:20 +0000 (UTC)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {bounce}@bounces.example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4XyZ1c0aBcz9.1791183620/mx.example.net"
Content-Transfer-Encoding: 8bit
Message-Id: <20261005070020.{number}@mx.example.net>

This is a MIME-encapsulated message.

--4XyZ1c0aBcz9.1791183620/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system

<{address}>: host mail.{domain}[198.51.100.7] said: 550 5.1.1
    <{address}>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--4XyZ1c0aBcz9.1791183620/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4XyZ1c0aBcz9
X-Postfix-Sender: rfc822; {bounce}@bounces.example.org
Arrival-Date: Mon,  5 Oct 2026 07:00:12 +0000 (UTC)
Original-Envelope-Id: {bounce}

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.{domain}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address
    rejected: User unknown in virtual mailbox table

--4XyZ1c0aBcz9.1791183620/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Return-Path: <{bounce}@bounces.example.org>
{received}From: Notices <notices@example.org>
To: {address}
Subject: Notice {number}: maintenance on Saturday
Date: Mon, 05 Oct 2026 07:00:10 +0000
Message-ID: <{message}@example.org>
References: <{message}@example.org>
X-Landed-Id: {message}
Reply-To: replies+{reply}@example.org
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{body}
--4XyZ1c0aBcz9.1791183620/mx.example.net--
"""
_SIZE = 3_700


@dataclass(frozen=True, slots=True)
class Mailed:
    """One delivery with an accepted attempt."""

    id: int
    address: str


def _policy(_notice_class: str, _domain: str) -> Policy:
    return Policy("backlog")


def mailed(ledger: Ledger, keyring: Keyring, count: int, now: datetime) -> list[Mailed]:
    """Owe so many deliveries, each to a recipient of its own, and record an accepted attempt."""
    made: list[Mailed] = []
    for start in range(0, count, _EACH):
        size = min(_EACH, count - start)
        people = [f"person{n}@d{n % _DOMAINS}.example" for n in range(start, start + size)]
        notice = NewNotice(f"k{start}", "alert", "A notice", "n@example.org", b"x\r\n")
        with ledger.transaction() as tx:
            done = notices.accept(
                tx,
                notice,
                [NewRecipient(one, one) for one in people],
                policies=_policy,
                now=now,
            )
            lease = timedelta(hours=1)
            outbox.claim(tx, worker=_WORKER, limit=size, lease=lease, now=now)
            ids = [one.id for one in done.deliveries]
            begun = outbox.start_attempts(
                tx, [_start(keyring, one) for one in ids], worker=_WORKER, now=now
            )
            took = AttemptResult(Outcome.ACCEPTED, Phase.FINAL, "250", "2.0.0", "2.0.0 Ok: queued")
            ended = [Ended(one, int(begun[one]), took, now, None) for one in ids]  # type: ignore[arg-type]
            outbox.finish_attempts(tx, ended, policies=_policy, now=now)
        made += [Mailed(one.id, one.address) for one in done.deliveries]
    return made


def _start(keyring: Keyring, number: int) -> Start:
    bounce = sign(keyring, Purpose.BOUNCE, number, 1)
    return Start(
        delivery_id=number,
        route="relay",
        envelope_from=f"{bounce}@bounces.example.org",
        message_id=f"{sign(keyring, Purpose.MESSAGE, number)}@example.org",
        envelope_id=bounce,
    )


def report_on(keyring: Keyring, one: Mailed) -> bytes:
    """A DSN that says that this delivery failed."""
    text = _REPORT.format(
        bounce=sign(keyring, Purpose.BOUNCE, one.id, 1),
        message=sign(keyring, Purpose.MESSAGE, one.id),
        reply=sign(keyring, Purpose.REPLY, one.id),
        number=one.id % 1_000_000,
        address=one.address,
        domain=one.address.partition("@")[2],
        received="".join(_RECEIVED.format(hop=hop, address=one.address) for hop in range(1, 2)),
        body="{body}",
    ).replace("\n", "\r\n")
    line = "The database is down on Saturday from six to seven.\r\n"
    room = _SIZE - len(text)
    return text.replace("{body}", line * max(room // len(line), 0)).encode()


@contextmanager
def serving(reports: Sequence[bytes]) -> Iterator[Dovecot]:
    """A Dovecot whose user has these mails in INBOX; raises NotReadyError. Needs root."""
    directory = Path(tempfile.mkdtemp(prefix="landed-", dir="/tmp"))
    try:
        directory.chmod(0o755)
        plan = DovecotPlan({USER: PASSWORD}, full=(), catch_all={})
        home = directory / "d"
        home.mkdir()
        certificates = write_certificates(directory)
        dovecot = start_dovecot(home, plan, certificates)
        try:
            _write(home / "mail" / USER / "Maildir", reports)
            yield dovecot
        finally:
            dovecot.daemon.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _write(maildir: Path, reports: Sequence[bytes]) -> None:
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    began = int(datetime(2026, 10, 5, 7, tzinfo=UTC).timestamp())
    for number, raw in enumerate(reports):
        # as Dovecot itself stores what it takes: without CR, and S and W tell both sizes
        stored = raw.replace(b"\r\n", b"\n")
        name = f"{began}.M{number:06}P1.host,S={len(stored)},W={len(raw)}:2,"
        (maildir / "cur" / name).write_bytes(stored)
    for folder in (maildir.parent, maildir, *maildir.iterdir()):
        shutil.chown(folder, "nobody", "nogroup")
    for path in (maildir / "cur").iterdir():
        os.chown(path, *(folder_owner(maildir)))


def folder_owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
