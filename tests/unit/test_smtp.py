"""The SMTP conversation: every way it can end, phase by phase, against real sockets."""

import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from agent.outbound.composing.compose import Composed
from agent.outbound.replies import classified, clean, queue_id, status_of
from agent.outbound.routes import Relay
from agent.outbound.smtp import line as smtp_line
from agent.outbound.smtp.client import Connection, probe
from agent.outbound.smtp.line import Line, LineLost
from agent.outbound.smtp.opening import Unreachable
from agent.outbound.wire import xtext
from store.attempts import AttemptResult
from store.words import Outcome, Phase
from tests.plugins.certificates import Certificates, write_certificates
from tests.plugins.smtpd import (
    CLOSE,
    HOST,
    SILENCE,
    THEN_CLOSE,
    Inbox,
    Reply,
    ScriptedServer,
    run_smtpd,
    scripted,
)
from tests.plugins.waiting import until

MAIL = Composed(
    envelope_from="b234@bounces.example.org",
    envid="b234",
    message_id="m@example.org",
    raw=b"Subject: x\r\n\r\n.dot\r\nbody\r\n..two\r\n",
    smtputf8=False,
)
TO = "ada@example.com"
SHORT = timedelta(seconds=1)  # for what comes before a silence too, on a busy machine


def relay(port: int, **changes: Any) -> Relay:
    base = Relay("test", HOST, port, security="none", timeout=timedelta(seconds=10))
    return replace(base, **{"local_hostname": "agent.test", **changes})


def send(
    server: ScriptedServer, mail: Composed = MAIL, to: str = TO, **changes: Any
) -> AttemptResult:
    with Connection(relay(server.port, **changes)) as connection:
        return connection.send(mail, to)


def outcome(script: dict[str, Reply], **changes: Any) -> tuple[Outcome, Phase | None, str]:
    with scripted(script) as server:
        result = send(server, **changes)
    return result.outcome, result.phase, result.reply_code


def ehlo(offers: str) -> str:
    """The reply to EHLO of a server that offers these, one word each."""
    words = offers.replace("SIZE ", "SIZE=").split()
    lines = ["scripted.test", *(word.replace("SIZE=", "SIZE ") for word in words)]
    return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])


def test_a_good_conversation_uses_the_dsn_parameters() -> None:
    with scripted() as server:
        result = send(server, to="a+b=c@example.com")
    assert server.heard == [
        "ehlo agent.test",
        f"MAIL FROM:<b234@bounces.example.org> SIZE={len(MAIL.raw)} RET=HDRS ENVID=b234",
        "RCPT TO:<a+b=c@example.com> NOTIFY=SUCCESS,FAILURE,DELAY"
        " ORCPT=rfc822;a+2Bb+3Dc@example.com",
        "DATA",
        "<message>",
        "QUIT",
    ]
    assert server.messages == [MAIL.raw]
    assert result == AttemptResult(
        outcome=Outcome.ACCEPTED,
        phase=Phase.FINAL,
        reply_code="250",
        status="2.0.0",
        reply_text="2.0.0 Ok: queued as 9F00D",
        remote_queue_id="9F00D",
        dsn_offered=True,
    )


def test_without_dsn_nothing_is_asked_and_it_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with scripted({"EHLO": "250 scripted.test"}) as server:
        result = send(server)
    assert server.heard[1:3] == ["MAIL FROM:<b234@bounces.example.org>", f"RCPT TO:<{TO}>"]
    assert result.outcome is Outcome.ACCEPTED
    assert not result.dsn_offered
    assert "dsn-not-offered" in caplog.text


def test_a_server_that_only_knows_helo_is_spoken_to() -> None:
    with scripted({"EHLO": "502 5.5.1 no"}) as server:
        assert send(server).outcome is Outcome.ACCEPTED
    assert "helo agent.test" in server.heard


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        ("MAIL", Phase.MAIL),
        ("RCPT", Phase.RCPT),
        ("DATA", Phase.DATA),
        ("FINAL", Phase.FINAL),
    ],
)
def test_refusals_and_delays_are_told_apart_in_each_phase(command: str, phase: Phase) -> None:
    assert outcome({command: "550 5.7.1 no"}) == (Outcome.REJECTED, phase, "550")
    assert outcome({command: "451 4.7.1 later"}) == (Outcome.DEFERRED, phase, "451")
    assert outcome({command: "421 4.3.2 bye"}) == (Outcome.DEFERRED, phase, "421")


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [CLOSE, SILENCE, "hello?", "199 what"])
def test_a_line_lost_before_the_message_sent_nothing(command: str, how: str) -> None:
    timeout = SHORT if how == SILENCE else timedelta(seconds=10)
    with scripted({command: how}) as server:
        result = send(server, timeout=timeout)
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase(command.lower()))
    assert server.messages == []


@pytest.mark.parametrize("how", [CLOSE, SILENCE, "hello?", "354 what", "199 what"])
def test_a_line_lost_after_the_final_dot_is_ambiguous(how: str) -> None:
    timeout = SHORT if how == SILENCE else timedelta(seconds=10)
    with scripted({"FINAL": how}) as server:
        result = send(server, timeout=timeout)
    assert (result.outcome, result.phase) == (Outcome.AMBIGUOUS, Phase.FINAL)
    assert server.messages == [MAIL.raw]


def test_a_line_lost_within_the_message_sent_no_end_of_it() -> None:
    mail = MAIL._replace(raw=b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 20_000_000)
    with scripted({"BODY": CLOSE, "EHLO": "250 scripted.test"}) as server:
        result = send(server, mail)
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase.DATA)
    assert "the end of the message was not sent" in result.reply_text


def test_a_server_that_takes_no_more_of_the_message_is_left() -> None:
    mail = MAIL._replace(raw=b"Subject: x\r\n\r\n" + b"\r\n" * 20_000_000)

    with scripted({"BODY": "", "EHLO": "250 scripted.test"}) as server:
        server.script["BODY"] = lambda _count: _stall(server)
        result = send(server, mail, timeout=SHORT)
        server.stalled.set()
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase.DATA)
    assert "nothing more within the time" in result.reply_text


def _stall(server: ScriptedServer) -> str:
    server.stalled.wait(120)
    return CLOSE


def test_what_the_server_said_before_it_hung_up_is_kept() -> None:
    mail = MAIL._replace(raw=b"Subject: x\r\n\r\n" + b"\r\n" * 20_000_000)
    with scripted({"BODY": f"552 5.3.4 too much{THEN_CLOSE}", "EHLO": "250 x.test"}) as server:
        result = send(server, mail)
    assert (result.outcome, result.phase, result.status) == (Outcome.REJECTED, Phase.DATA, "5.3.4")


def test_a_reply_out_of_turn_is_never_taken_for_acceptance() -> None:
    out_of_step: dict[str, Reply] = {"DATA": "354 go on\r\n250 2.0.0 Ok: queued as EARLY"}
    with scripted(out_of_step) as server:
        result = send(server)
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase.DATA)
    assert server.messages == []


@pytest.mark.parametrize(
    ("script", "phase", "code"),
    [
        ({"CONNECT": "554 5.7.1 go away"}, Phase.CONNECT, "554"),
        ({"CONNECT": "421 4.3.2 busy"}, Phase.CONNECT, "421"),
        ({"CONNECT": CLOSE}, Phase.CONNECT, ""),
        ({"CONNECT": "hello"}, Phase.CONNECT, ""),
        ({"EHLO": "421 4.7.0 no"}, Phase.CONNECT, "421"),
        ({"EHLO": CLOSE}, Phase.CONNECT, ""),
        ({"EHLO": "502 no", "HELO": "550 no"}, Phase.CONNECT, "550"),
        ({"MAIL": "530 5.7.0 login first"}, Phase.AUTH, "530"),
    ],
)
def test_no_conversation_is_unreached(script: dict[str, Reply], phase: Phase, code: str) -> None:
    assert outcome(script) == (Outcome.UNREACHED, phase, code)


def test_silence_at_the_greeting_ends_at_the_timeout() -> None:
    assert outcome({"CONNECT": SILENCE}, timeout=SHORT) == (Outcome.UNREACHED, Phase.CONNECT, "")
    for security, told in (("none", 'needs security = "tls"'), ("tls", "the TLS handshake")):
        with scripted({"CONNECT": SILENCE}) as server:
            assert told in send(server, security=security, timeout=SHORT).reply_text


def test_a_closed_port_names_host_and_port() -> None:
    with scripted() as server:
        port = server.port
    with Connection(relay(port)) as connection:
        result = connection.send(MAIL, TO)
    assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.CONNECT)
    assert f"{HOST} port {port} cannot be reached" in result.reply_text


def test_the_whole_transaction_has_a_bound_of_its_own() -> None:
    with scripted({"RCPT": SILENCE}) as server, Connection(relay(server.port)) as connection:
        result = connection.send(MAIL, TO, within=SHORT)
    assert (result.outcome, result.phase) == (Outcome.DEFERRED, Phase.RCPT)


def test_a_reply_that_drips_in_ends_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    over = threading.Event()

    def drip() -> None:
        for _ in range(2_000):
            if over.wait(0.01):
                return
            theirs.send(b"2")
        theirs.send(b"50 ok\r\n")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    line = Line(ours, answer=0.3, local_hostname="agent.test")
    with pytest.raises(LineLost, match=r"no answer within 0\.3 seconds"):
        line.getreply()
    assert not line.is_open
    over.set()
    thread.join(120)
    theirs.close()
    with pytest.raises(LineLost, match="closed") as caught:
        line.send(b"x")
    assert caught.value.unsent
    with pytest.raises(LineLost, match="closed"):
        line.expect_silence()
    with pytest.raises(LineLost, match="closed"):
        line.getreply()
    with pytest.raises(LineLost, match="closed"):
        line.secure(ssl.create_default_context(), "x.test")


@pytest.fixture
def pair() -> Iterator[tuple[Line, socket.socket]]:
    ours, theirs = socket.socketpair()
    line = Line(ours, answer=20, local_hostname="agent.test")
    yield line, theirs
    line.close()
    theirs.close()


def wakes_at(line: Line) -> int:
    assert line.sock is not None
    return line.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)


def test_who_expects_much_is_not_woken_for_little(pair: tuple[Line, socket.socket]) -> None:
    line, theirs = pair
    line.expect(30)
    found: list[tuple[int, bytes]] = []
    thread = threading.Thread(target=lambda: found.append(line.getreply()))
    thread.start()
    until(lambda: wakes_at(line) == 30)
    theirs.send(b"250 one\r\n250 two\r\n250 three\r\n")
    thread.join(60)
    assert found == [(250, b"one")]
    assert wakes_at(line) == 30  # it was heard as expected
    assert [line.getreply(), line.getreply()] == [(250, b"two"), (250, b"three")]
    assert line.octets_read == 29


def test_less_than_expected_is_heard_after_a_moment(pair: tuple[Line, socket.socket]) -> None:
    line, theirs = pair
    line.expect(10_000)
    theirs.send(b"250 one\r\n")
    assert line.getreply() == (250, b"one")
    assert wakes_at(line) == 1
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(LineLost, match="closed the line"):
        line.getreply()


def test_a_line_that_is_known_is_read_only_when_it_is_the_next(
    pair: tuple[Line, socket.socket],
) -> None:
    line, theirs = pair
    assert not line.skip(b"250 one\r")  # nothing came yet
    theirs.send(b"250 one\r\n250 one\r\n250 two\r\n")
    assert line.getreply() == (250, b"one")
    known = line.latest
    assert not line.skip(None)
    assert line.skip(known)
    assert not line.skip(known)
    assert line.getreply() == (250, b"two")
    assert line.octets_read == 27
    line.expect_silence()


def test_opening_keeps_to_the_bound_of_the_transaction() -> None:
    with scripted({"CONNECT": SILENCE}) as server, Connection(relay(server.port)) as connection:
        result = connection.send(MAIL, TO, within=SHORT)
    assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.CONNECT)


@pytest.mark.parametrize("reply", ["250-" + "x" * 5000, "\r\n".join(["250-x"] * 20_000)])
def test_a_reply_without_end_is_cut(reply: str) -> None:
    assert outcome({"RCPT": reply})[:2] == (Outcome.DEFERRED, Phase.RCPT)


def test_a_line_is_used_again_after_good_and_bad() -> None:
    replies = iter(["250 ok", "550 5.1.1 no", "250 ok"])
    script: dict[str, Reply] = {"RCPT": lambda _count: next(replies)}
    with scripted(script) as server, Connection(relay(server.port)) as connection:
        results = [connection.send(MAIL, TO).outcome for _ in range(3)]
        assert connection.sent == 3
    assert results == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert server.lines == 1
    assert server.heard.count("rset") == 1


@pytest.mark.parametrize("reply", [CLOSE, "500 no"])
def test_a_refusal_to_reset_ends_the_line(reply: str) -> None:
    script: dict[str, Reply] = {"RCPT": "550 no", "RSET": reply}
    with scripted(script) as server, Connection(relay(server.port)) as connection:
        assert connection.send(MAIL, TO).outcome is Outcome.REJECTED
        assert not connection.is_open


def test_an_idle_line_that_the_server_gave_up_is_opened_anew() -> None:
    def mail(count: int) -> str:
        return CLOSE if count == 2 else "250 ok"

    with scripted({"MAIL": mail}) as server, Connection(relay(server.port)) as connection:
        assert connection.send(MAIL, TO).outcome is Outcome.ACCEPTED
        assert connection.send(MAIL, TO).outcome is Outcome.ACCEPTED
    assert server.lines == 2
    assert len(server.messages) == 2


def test_an_idle_line_to_a_server_that_is_gone_is_unreached() -> None:
    def greeting(count: int) -> str:
        return "220 hello" if count == 1 else "421 4.3.2 going down"

    script: dict[str, Reply] = {
        "CONNECT": greeting,
        "MAIL": lambda count: "250 ok" if count == 1 else CLOSE,
    }
    with scripted(script) as server, Connection(relay(server.port)) as connection:
        connection.send(MAIL, TO)
        assert connection.send(MAIL, TO).outcome is Outcome.UNREACHED


def test_a_utf8_address_needs_a_server_that_says_so() -> None:
    with scripted({"EHLO": "250-scripted.test\r\n250 DSN"}) as server:
        result = send(server, to="jürgen@example.com")
    assert (result.outcome, result.phase, result.status) == (
        Outcome.REJECTED,
        Phase.MAIL,
        "5.6.7",
    )
    assert "jürgen@example.com is not ASCII" in result.reply_text
    assert "MAIL" not in " ".join(server.heard)
    with scripted() as server:
        result = send(server, to="jürgen+x@example.com")
    assert result.outcome is Outcome.ACCEPTED
    assert server.heard[1].endswith("SMTPUTF8 RET=HDRS ENVID=b234")
    assert server.heard[2] == (
        "RCPT TO:<jürgen+x@example.com> NOTIFY=SUCCESS,FAILURE,DELAY"
        r" ORCPT=utf-8;jürgen\x{2B}x@example.com"
    )


def test_utf8_headers_go_with_smtputf8_where_it_is_offered() -> None:
    mail = MAIL._replace(raw="Subject: ü\r\n\r\nü\r\n".encode(), smtputf8=True)
    with scripted() as server:
        send(server, mail)
    assert " BODY=8BITMIME SMTPUTF8 " in server.heard[1]
    assert server.messages == [mail.raw]


@pytest.mark.parametrize("offers", ["", "8BITMIME", "PIPELINING", "PIPELINING CHUNKING"])
def test_where_it_is_not_offered_they_go_as_encoded_words(offers: str) -> None:
    mail = MAIL._replace(raw="Subject: ü\r\n\r\nü\r\n".encode(), smtputf8=True)
    with scripted({"EHLO": ehlo(offers)}) as server:
        assert send(server, mail).outcome is Outcome.ACCEPTED
    (message,) = server.messages
    assert message.isascii()
    assert email.message_from_bytes(message, policy=email.policy.default)["Subject"] == "ü"
    assert "SMTPUTF8" not in " ".join(server.heard)


@pytest.mark.parametrize("offers", ["", "SIZE 1000", "PIPELINING", "PIPELINING CHUNKING"])
def test_eight_bits_are_encoded_for_a_relay_that_does_not_carry_them(offers: str) -> None:
    mail = MAIL._replace(raw="Subject: x\r\n\r\n.Grüße an alle Leute\r\n".encode())
    with scripted({"EHLO": ehlo(offers)}) as server:
        assert send(server, mail).outcome is Outcome.ACCEPTED
    (message,) = server.messages
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert found["Content-Transfer-Encoding"] == "quoted-printable"
    assert found.get_content().splitlines() == [".Grüße an alle Leute"]
    said = " ".join(server.heard)
    assert "BODY=" not in said
    if "SIZE" in offers:
        assert f"SIZE={len(message)}" in said, "the size is that of what is sent"


@pytest.mark.parametrize("offers", ["", "PIPELINING CHUNKING"])
@pytest.mark.parametrize(
    ("raw", "utf8", "status", "told"),
    [
        ("DKIM-Signature: v=1; h=from\r\nSubject: x\r\n\r\nü\r\n", False, "5.6.3", "8BITMIME"),
        ("DKIM-Signature: h=subject\r\nSubject: ü\r\n\r\nu\r\n", True, "5.6.9", "Subject of the"),
        ("From: <ü@example.org>\r\n\r\nu\r\n", True, "5.6.9", "From of the message"),
    ],
)
def test_what_may_not_be_changed_is_refused_where_it_cannot_be_carried(
    raw: str, utf8: bool, status: str, told: str, offers: str
) -> None:
    mail = MAIL._replace(raw=raw.encode(), smtputf8=utf8)
    with scripted({"EHLO": ehlo(offers)}) as server:
        result = send(server, mail)
    assert (result.outcome, result.status) == (Outcome.REJECTED, status)
    assert told in result.reply_text
    assert "by a relay that offers it" in result.reply_text
    assert "MAIL" not in " ".join(server.heard)


def test_a_message_over_the_announced_size_is_not_begun() -> None:
    with scripted({"EHLO": "250-scripted.test\r\n250 SIZE 10"}) as server:
        result = send(server)
    assert (result.outcome, result.status) == (Outcome.REJECTED, "5.3.4")
    assert "MAIL" not in " ".join(server.heard)


def test_no_bare_line_end_reaches_the_wire() -> None:
    mail = MAIL._replace(raw=b"Subject: x\n\nno end\r.\r\r\n\n.\nMAIL FROM:<x>")
    with scripted() as server:
        send(server, mail)
    (message,) = server.messages
    assert message == b"Subject: x\r\n\r\nno end\r\n.\r\n\r\n\r\n.\r\nMAIL FROM:<x>\r\n"


def test_an_orcpt_beyond_its_limit_is_left_out() -> None:
    with scripted() as server:
        send(server, to=f"{'=' * 60}@{'a' * 60}.{'b.' * 160}example.com")
    assert "ORCPT" not in server.heard[2]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return write_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server_tls(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.chain, certificates.key)
    return context


class Logins:
    """An authenticator that knows one login."""

    def __call__(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        good = (data.login, data.password) == (b"app", "gehe\u00efm".encode())
        return AuthResult(success=good, handled=False)


@pytest.fixture
def starttls_port(server_tls: ssl.SSLContext) -> Iterator[int]:
    with run_smtpd(
        Inbox(), tls_context=server_tls, require_starttls=True, authenticator=Logins()
    ) as port:
        yield port


@pytest.mark.parametrize("host", [HOST, "localhost"])
def test_starttls_with_a_verified_certificate(
    host: str, starttls_port: int, certificates: Certificates
) -> None:
    way = relay(starttls_port, host=host, security="starttls", ca_file=str(certificates.ca))
    offered = probe(way)
    assert offered.starttls
    assert offered.tls.startswith("TLSv1")
    assert offered.auth == ("LOGIN", "PLAIN")
    with Connection(way) as connection:
        assert connection.send(MAIL, TO).outcome is Outcome.ACCEPTED


def test_an_unknown_authority_is_not_trusted(starttls_port: int) -> None:
    with Connection(relay(starttls_port, security="starttls")) as connection:
        result = connection.send(MAIL, TO)
    assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.TLS)
    assert "ca_file of route test" in result.reply_text


def test_implicit_tls(server_tls: ssl.SSLContext, certificates: Certificates) -> None:
    with run_smtpd(Inbox(), tls=server_tls) as port:
        way = relay(port, security="tls", ca_file=str(certificates.ca))
        assert probe(way).tls.startswith("TLSv1")
        with Connection(way) as connection:
            assert connection.send(MAIL, TO).outcome is Outcome.ACCEPTED


def test_tls_towards_a_server_in_the_clear(tmp_path: Path) -> None:
    with scripted() as server:
        result = send(server, security="tls")
        assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.TLS)
        assert "does not speak TLS from the first byte" in result.reply_text
        assert '"starttls" with 587' in result.reply_text
    with scripted({"EHLO": "250 scripted.test"}) as server:
        result = send(server, security="starttls")
        assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.TLS)
        assert "does not offer STARTTLS" in result.reply_text
    offering = {"EHLO": "250-scripted.test\r\n250 STARTTLS"}
    with scripted({**offering, "STARTTLS": "454 4.7.0 not now"}) as server:
        assert send(server, security="starttls").reply_code == "454"
    with scripted({**offering, "STARTTLS": "220 go\r\n250 injected"}) as server:
        assert "before TLS began" in send(server, security="starttls").reply_text
    missing = str(tmp_path / "none.pem")
    with scripted() as server:
        assert "correct ca_file" in send(server, security="tls", ca_file=missing).reply_text


def test_login_over_tls(starttls_port: int, certificates: Certificates) -> None:
    way = relay(
        starttls_port,
        security="starttls",
        ca_file=str(certificates.ca),
        username="app",
        password="gehe\u00efm",
    )
    with Connection(way) as connection:
        assert connection.send(MAIL, TO).outcome is Outcome.ACCEPTED
    with Connection(replace(way, password="other")) as connection:
        result = connection.send(MAIL, TO)
    assert (result.outcome, result.phase, result.reply_code) == (
        Outcome.UNREACHED,
        Phase.AUTH,
        "535",
    )
    assert "check username and password" in result.reply_text
    assert "other" not in result.reply_text
    with pytest.raises(Unreachable, match="refuses the login"):
        probe(replace(way, password="other"))


def _logging_in(mechanisms: str, answers: list[str]) -> tuple[AttemptResult, list[str]]:
    replies = iter(answers)
    script: dict[str, Reply] = {
        "EHLO": f"250-scripted.test\r\n250 AUTH {mechanisms}",
        "AUTH": lambda _count: next(replies),
        "YXBW": lambda _count: next(replies),  # "app" in base64, upper-cased
        "C2VJCMV0": lambda _count: next(replies),  # "secret"
    }
    digest = "YXBwIDA3ZTM5ZWNlNzRkZmIzYTFlYTM0YjdmZGZmZDM3NWNl".upper()
    script[digest] = lambda _count: next(replies)
    with scripted(script) as server:
        result = send(server, username="app", password="secret")
    return result, server.heard


def test_the_login_mechanisms() -> None:
    result, heard = _logging_in("LOGIN", ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"])
    assert result.outcome is Outcome.ACCEPTED
    assert heard[1:4] == ["AUTH LOGIN", "YXBw", "c2VjcmV0"]
    result, heard = _logging_in("PLAIN LOGIN", ["235 ok"])
    assert heard[1] == "AUTH PLAIN AGFwcABzZWNyZXQ="
    result, heard = _logging_in("LOGIN", ["535 5.7.8 no"])
    assert (result.phase, result.status) == (Phase.AUTH, "5.7.8")
    result, _ = _logging_in("PLAIN", ["454 4.7.0 Temporary authentication failure"])
    assert "cannot check the login of route test just now" in result.reply_text
    assert "password" not in result.reply_text
    result, _ = _logging_in("PLAIN", ["432 4.7.12 A password transition is needed"])
    assert "check username and password" in result.reply_text
    result, _ = _logging_in("PLAIN", ["500 5.5.2 what is AUTH PLAIN AGFwcABzZWNyZXQ= secret?"])
    assert "what is AUTH PLAIN *** ***?" in result.reply_text
    result, _ = _logging_in("GSSAPI", [])
    assert "no login that we speak (it offers: GSSAPI)" in result.reply_text
    result, heard = _logging_in("CRAM-MD5", ["334 PDE+", CLOSE])
    assert heard[1] == "AUTH CRAM-MD5"
    assert result.phase is Phase.AUTH
    result, heard = _logging_in("CRAM-MD5", ["334 !", CLOSE])
    assert result.phase is Phase.AUTH


def test_replies_are_read_for_what_they_tell() -> None:
    assert queue_id("2.0.0 Ok: queued as 4XyZ") == "4XyZ"
    assert queue_id("OK id=1rAbCd-000123-4E") == "1rAbCd-000123-4E"
    assert queue_id("2.0.0 3A8sdfg0123 Message accepted for delivery") == "3A8sdfg0123"
    assert queue_id("Ok 0102018f-".replace("-", "aaaaaaaa-") + "0" * 30) != ""
    assert queue_id("2.0.0 thank you") == ""
    assert status_of("5.7.26 no") == "5.7.26"
    assert status_of("no 5.7.26") == ""
    assert clean(b"a\x1b[31m\xff\r\n b") == "a\ufffd[31m\ufffd b"
    assert len(clean("x" * 100_000)) == 2_000
    assert xtext("a+b=c ü\x7f") == "a+2Bb+3Dc+20+FC+7F"
    odd = classified(Phase.RCPT, 299, "what", dsn_offered=True)
    assert (odd.outcome, odd.reply_code) == (Outcome.DEFERRED, "299")


def test_the_name_of_this_machine_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def getfqdn(name: str = "") -> str:
        asked.append(name)
        return "host.example.org"

    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    smtp_line._own_name.cache_clear()
    with scripted() as server:
        for _ in range(3):
            send(server, local_hostname="")
    smtp_line._own_name.cache_clear()
    assert server.heard.count("ehlo host.example.org") == 3
    assert asked == [""]
