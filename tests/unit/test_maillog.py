"""Lines of Postfix's and Exim's logs, each to one value or to nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.maillog import LINE_LIMIT, Event, Hand, LogLine, read_exim, read_postfix

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
LOCAL = datetime(2026, 11, 22, 2, 48, 39, tzinfo=UTC).replace(tzinfo=None)
MARK = "bazkfp7qn6jocwimtslohz7x7@bounces.example"
PLACE = "Nov 22 02:48:39 mail postfix/"
EXIM = "2026-11-22 02:48:39 1vMbXY-000000001ab-2Xyz "


def postfix(rest: str, head: str = PLACE) -> LogLine | None:
    return read_postfix(f"{head}{rest}\n".encode(), NOW)


def exim(rest: str, head: str = EXIM) -> LogLine | None:
    return read_exim(f"{head}{rest}\n".encode(), NOW)


def sure(line: LogLine | None) -> LogLine:
    assert line is not None
    return line


def handled(program: str, text: str, *, status: str = "sent", more: str = "") -> LogLine | None:
    relay = "mx.far.example[192.0.2.7]:25"
    return postfix(
        f"{program}[12]: 3F9A1C0395: to=<anna@far.example>, {more}relay={relay}, delay=0.1, "
        f"delays=0/0.01/0.02/0.07, dsn=2.0.0, status={status} ({text})"
    )


def test_postfix_names_the_sender_of_a_queue_id() -> None:
    line = sure(postfix(f"qmgr[1]: 3F9A1C0395: from=<{MARK}>, size=71, nrcpt=2 (queue active)"))
    assert (line.event, line.queue_id, line.sender) == (Event.QUEUED, "3F9A1C0395", MARK)
    assert (line.recipients, line.host, line.when) == (2, "mail", LOCAL)


def test_postfix_names_the_message_id_of_a_queue_id() -> None:
    line = sure(postfix("cleanup[1]: 4g2mQk1vYzz3: message-id=<m1@n.example>"))
    assert (line.event, line.queue_id, line.message_id) == (
        Event.QUEUED, "4g2mQk1vYzz3", "m1@n.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("program", "text", "hand"),
    [
        ("smtp", "250 2.0.0 Ok: queued as 98AB29C034F", Hand.HOST),
        ("relay/smtp", "250 2.0.0 Ok: queued as 98AB29C034F", Hand.HOST),
        ("lmtp", "250 2.0.0 <anna@far.example> abc Saved", Hand.MAILBOX),
        ("virtual", "delivered to maildir", Hand.MAILBOX),
        ("local", "delivered to mailbox", Hand.MAILBOX),
        ("local", "forwarded as 98AB29C034F", Hand.QUEUE),
        ("local", "delivered to file: /dev/null", Hand.NOBODY),
        ("pipe", "delivered via dovecot service", Hand.MAILBOX),
        ("discard", "never wanted", Hand.NOBODY),
    ],
)
def test_postfix_tells_who_took_it(program: str, text: str, hand: Hand) -> None:
    line = sure(handled(program, text))
    assert (line.event, line.hand, line.text) == (Event.SENT, hand, text)
    assert (line.address, line.relay) == ("anna@far.example", "mx.far.example")
    assert line.relay_ip == "192.0.2.7"


def test_postfix_tells_deferral_bounce_expiry_and_deletion_apart() -> None:
    assert sure(handled("smtp", "connect: refused", status="deferred")).event is Event.DEFERRED
    bounced = sure(handled("smtp", "host said: 550 no (in reply to RCPT)", status="bounced"))
    assert (bounced.event, bounced.hand) == (Event.BOUNCED, None)
    assert bounced.text == "host said: 550 no (in reply to RCPT)"
    for word in ("expired", "force-expired"):
        said = f"qmgr[1]: 3F9A1C0395: from=<{MARK}>, status={word}, returned to sender"
        assert (sure(postfix(said)).event, sure(postfix(said)).sender) == (Event.EXPIRED, MARK)
    assert sure(postfix("qmgr[1]: 3F9A1C0395: removed")).event is Event.DONE
    assert sure(postfix("postsuper[1]: 3F9A1C0395: removed")).event is Event.DELETED


def test_postfix_keeps_the_address_before_the_alias() -> None:
    line = sure(handled("lmtp", "250 Saved", more="orig_to=<team@far.example>, "))
    assert (line.address, line.original) == ("anna@far.example", "team@far.example")


@pytest.mark.parametrize(
    "said",
    [
        "smtpd[1]: connect from unknown[127.0.0.1]",
        "smtpd[1]: NOQUEUE: reject: RCPT from x[1]: 550; from=<a@b> to=<c@d> proto=ESMTP",
        "smtpd[1]: 3F9A1C0395: client=unknown[127.0.0.1], sasl_username=a",
        f"smtpd[1]: 3F9A1C0395: from=<{MARK}>, size=1, nrcpt=1 (queue active)",
        "verify[1]: cache /x full cleanup: retained=0 dropped=0 entries",
        "bounce[1]: 3F9A1C0395: sender non-delivery notification: 79E159C0766",
        "qmgr[1]: 3F9A1C0395: from=<a@b.example>, odd",
        "smtp[1]: 3F9A1C0395: to=<a@b.example>, nothing more",
    ],
)
def test_postfix_lines_that_say_nothing_of_a_mails_fate_are_nothing(said: str) -> None:
    assert postfix(said) is None


def test_a_probe_or_an_unknown_agent_proves_nothing() -> None:
    assert handled("smtp", "250 ok", status="deliverable") is None
    assert handled("amavis", "whatever") is None


def test_years_are_guessed_from_the_day_and_zones_are_kept() -> None:
    tail = "qmgr[1]: 3F9A1C0395: removed"
    assert sure(postfix(tail, "Dec 31 23:59:59 mail postfix/")).when.year == 2025
    assert sure(postfix(tail, "Nov  2 02:48:39 mail postfix/")).when.day == 2
    assert postfix(tail, "Feb 29 02:48:39 mail postfix/") is None  # neither 2026 nor 2025 had one
    assert postfix(tail, "Nov 31 02:48:39 mail postfix/") is None
    leap = read_postfix(f"Feb 29 02:48:39 mail postfix/{tail}".encode(), NOW.replace(year=2028))
    assert sure(leap).when == LOCAL.replace(2028, 2, 29)
    zoned = sure(postfix(tail, "2026-11-22T02:48:39.123456+01:00 mail postfix/"))
    assert zoned.when.astimezone(UTC) == datetime(2026, 11, 22, 1, 48, 39, 123456, UTC)


def test_exim_names_sender_and_message_id() -> None:
    line = sure(exim(f"<= {MARK} H=(app) [192.0.2.1] P=esmtps X=TLS1.3 S=71 id=m1@n.example"))
    assert (line.event, line.sender, line.message_id) == (Event.QUEUED, MARK, "m1@n.example")
    assert line.queue_id == "1vMbXY-000000001ab-2Xyz"
    assert sure(exim("<= <> R=1vMbXY-000000001ab-2Xyz U=exim P=local S=71")).sender == ""
    subject = sure(exim('<= a@b.example S=71 T="id=evil@x" for c@d.example'))
    assert subject.message_id == ""


def test_exim_tells_a_host_from_a_mailbox() -> None:
    far = sure(exim(
        f"=> anna@far.example F=<{MARK}> P=<{MARK}> R=dnslookup T=remote_smtp "
        'H=mx.far.example [192.0.2.7] X=TLS1.3 CV=yes C="250 2.0.0 Ok: queued as \\"ABC\\"" QT=1s'
    ))  # fmt: skip
    assert (far.event, far.hand, far.relay) == (Event.SENT, Hand.HOST, "mx.far.example")
    assert (far.sender, far.address, far.status) == (MARK, "anna@far.example", "2.0.0")
    assert far.relay_ip == "192.0.2.7"
    assert far.text.startswith("250 2.0.0 Ok: queued as")
    near = sure(exim("=> anna <anna@n.example> R=localuser T=local_delivery"))
    assert (near.hand, near.address, near.original) == (Hand.MAILBOX, "anna@n.example", "")
    lmtp = sure(exim('=> anna@n.example R=r T=dovecot_lmtp H=localhost [127.0.0.1] C="250 ok"'))
    assert lmtp.hand is Hand.MAILBOX
    alias = sure(exim("-> ben@n.example <team@n.example> R=r T=local_delivery"))
    assert (alias.address, alias.original) == ("ben@n.example", "team@n.example")
    gone = sure(exim("=> :blackhole: <anna@n.example> R=system_aliases"))
    assert (gone.hand, gone.address) == (Hand.NOBODY, "anna@n.example")


def test_exim_tells_deferral_failure_and_removal_apart() -> None:
    later = sure(exim(
        "== anna@far.example R=dnslookup T=remote_smtp defer (-44) H=mx.far.example [192.0.2.7]: "
        "SMTP error from remote mail server after RCPT TO:<anna@far.example>: 451 4.3.2 busy"
    ))  # fmt: skip
    assert (later.event, later.status, later.relay) == (
        Event.DEFERRED, "4.3.2", "mx.far.example",
    )  # fmt: skip
    waits = sure(exim("== anna@far.example routing defer (-51): retry time not reached"))
    assert (waits.text, waits.relay) == ("retry time not reached", "")
    failed = sure(exim(
        f"** anna@far.example F=<{MARK}> R=dnslookup T=remote_smtp H=mx.far.example [192.0.2.7]: "
        "SMTP error from remote mail server after RCPT TO:<anna@far.example>: 550 5.1.1 who?"
    ))  # fmt: skip
    assert (failed.event, failed.status, failed.relay) == (
        Event.BOUNCED, "5.1.1", "mx.far.example",
    )  # fmt: skip
    assert failed.sender == MARK
    assert failed.text.startswith("SMTP error")
    unroutable = sure(exim("** anna@far.example: Unrouteable address"))
    assert (unroutable.address, unroutable.text) == ("anna@far.example", "Unrouteable address")
    expired = sure(exim("** anna@far.example R=d T=t: retry timeout exceeded"))
    assert (expired.status, expired.text) == ("5.4.7", "retry timeout exceeded")
    assert sure(exim("removed by root")).event is Event.DELETED
    assert sure(exim("Completed")).event is Event.DONE


def test_exim_words_of_others_name_no_sender() -> None:
    line = sure(exim(f"** a@b.example R=d T=t H=mx [1]: 550 F=<{MARK}> H=evil"))
    assert (line.sender, line.relay) == ("", "mx")


def test_exim_by_syslog_with_zone_with_pid_and_the_old_id() -> None:
    syslog = "Nov 22 02:48:39 mail exim[3]: "
    passed = sure(exim("Completed", syslog + "2026-11-22 02:48:38 " + EXIM[20:]))
    assert (passed.host, passed.when.second) == ("mail", 38)
    bare = sure(exim("Completed", syslog + EXIM[20:]))
    assert bare.when == LOCAL
    zoned = sure(exim("Completed", "2026-11-22 02:48:39.123 +0100 [77] 1rDAvS-0004Xz-2B "))
    assert zoned.when.utcoffset() is not None
    assert zoned.queue_id == "1rDAvS-0004Xz-2B"


@pytest.mark.parametrize(
    "line",
    ["", "2026-11-22 02:48:39 Start queue run: pid=1", EXIM + "Frozen", EXIM + "removed badly"],
)
def test_exim_lines_that_say_nothing_are_nothing(line: str) -> None:
    assert read_exim(line.encode(), NOW) is None


def test_a_line_longer_than_any_server_writes_is_nothing() -> None:
    assert (
        read_postfix(b"Nov 22 02:48:39 m postfix/qmgr[1]: 3F9A1: removed" + b" " * LINE_LIMIT, NOW)
        is None
    )


@given(
    st.binary(max_size=200),
    st.sampled_from(["", PLACE, PLACE + "smtp[1]: 3F9A1: to=<", EXIM, EXIM + "=> "]),
)
def test_no_bytes_break_a_reader(tail: bytes, head: str) -> None:
    for read in (read_postfix, read_exim):
        line = read(head.encode() + tail, NOW)
        assert line is None or line.queue_id


def test_an_address_longer_than_any_is_none() -> None:
    """The bound keeps a line of many brackets from being tried at each pair of them."""
    long = "a" * 999
    assert postfix(f"qmgr[1]: 3F9A1C0395: from=<{long}>, size=71, nrcpt=2 (queue active)") is None
    said = sure(postfix(f"qmgr[1]: 3F9A1C0395: from=<{long[1:]}>, size=71, nrcpt=2 (queue active)"))
    assert said.sender == long[1:]
