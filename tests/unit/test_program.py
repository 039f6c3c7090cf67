"""The sendmail command as a route: its arguments, what it gets, and what its end means."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.doctor.finding import Level
from agent.doctor.ways_out import examine_relay
from agent.inbound.canary import ProbeRefused
from agent.outbound.composing.compose import Composed
from agent.outbound.probing import transmit
from agent.outbound.program import Program
from agent.outbound.routes import Relay
from agent.outbound.smtp.client import Connection
from agent.outbound.smtp.envelope import Letter
from agent.outbound.smtp.opening import Unreachable
from agent.outbound.ways import way_out
from store.words import Outcome, Phase

MAIL = Composed(
    envelope_from="b1@bounces.example.org",
    envid="b1",
    message_id="m@example.org",
    raw=b"From: a@example.org\r\nSubject: x\r\n\r\n.\r\n\xc3\xa9\r\n..two\r\n",
    smtputf8=False,
)
# kept beside it: how it was called, and what it was given
SCRIPT = """#!{python}
import json, os, pathlib, signal, sys, time
here = pathlib.Path(__file__).parent
given = sys.stdin.buffer.read()
(here / "call.json").write_text(json.dumps([sys.argv[1:], given.hex(), sorted(os.environ)]))
{then}
"""
Make = Callable[..., Relay]


@pytest.fixture
def command(tmp_path: Path) -> Make:
    """A relay whose command does what the test says after reading its mail."""

    def make(then: str = "", **changes: object) -> Relay:
        path = tmp_path / "sendmail"
        path.write_text(SCRIPT.format(python=sys.executable, then=then), encoding="ascii")
        path.chmod(0o755)
        base = Relay("local", "", kind="sendmail", command=str(path), timeout=timedelta(seconds=20))
        return replace(base, **changes)  # type: ignore[arg-type]  # some of its fields

    return make


def call(relay: Relay) -> tuple[list[str], bytes, list[str]]:
    text = (Path(relay.command).parent / "call.json").read_text(encoding="ascii")
    arguments, given, names = json.loads(text)
    return arguments, bytes.fromhex(given), names


def test_it_gets_the_mail_with_lines_of_unix_and_no_shell(command: Make) -> None:
    relay = command('print("queued")', dsn=True)
    result = way_out(relay).send(MAIL, "-oX/tmp/x;id@example.com")
    assert result.outcome is Outcome.ACCEPTED
    assert result.dsn_offered
    assert result.reply_text == "route local: exit code 0: queued"
    arguments, given, names = call(relay)
    assert arguments == [
        "-i", "-f", "b1@bounces.example.org", "-N", "success,failure,delay", "-V", "b1",
        "--", "-oX/tmp/x;id@example.com",
    ]  # fmt: skip
    assert given == MAIL.raw.replace(b"\r\n", b"\n")
    assert "HOME" not in names, "nothing of our environment, secrets least of all"


def test_without_dsn_nothing_is_asked_of_it(command: Make) -> None:
    relay = command()
    with Program(relay) as program:
        letters = [Letter(MAIL, f"u{n}@example.com") for n in range(2)]
        results = list(program.send_many(letters, within=timedelta(minutes=1)))
    assert [one.outcome for one in results] == [Outcome.ACCEPTED] * 2
    assert not results[0].dsn_offered
    assert call(relay)[0] == ["-i", "-f", "b1@bounces.example.org", "--", "u1@example.com"]


@pytest.mark.parametrize(
    ("code", "outcome", "phase"),
    [
        (os.EX_NOUSER, Outcome.REJECTED, Phase.RCPT),
        (os.EX_NOHOST, Outcome.REJECTED, Phase.RCPT),
        (os.EX_DATAERR, Outcome.REJECTED, Phase.DATA),
        (os.EX_TEMPFAIL, Outcome.AMBIGUOUS, Phase.FINAL),
        (os.EX_CONFIG, Outcome.UNREACHED, Phase.CONNECT),
        (os.EX_OSERR, Outcome.UNREACHED, Phase.CONNECT),
        (os.EX_UNAVAILABLE, Outcome.DEFERRED, Phase.DATA),
        (os.EX_USAGE, Outcome.DEFERRED, Phase.DATA),
        (1, Outcome.DEFERRED, Phase.DATA),
    ],
)
def test_exit_codes(command: Make, code: int, outcome: Outcome, phase: Phase) -> None:
    relay = command(f'sys.stderr.write("why \\x1b[31m"); sys.stderr.flush(); os._exit({code})')
    result = Program(relay).send(MAIL, "ada@example.com")
    assert (result.outcome, result.phase) == (outcome, phase)
    assert f"exit code {code}: why" in result.reply_text
    assert "\x1b" not in result.reply_text


def test_one_that_is_killed_may_have_queued_it(command: Make) -> None:
    result = Program(command("os.kill(os.getpid(), signal.SIGKILL)")).send(MAIL, "a@example.com")
    assert result.outcome is Outcome.AMBIGUOUS


def test_one_that_does_not_end_is_told_with_what_it_said(
    command: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(process: subprocess.Popen[bytes], *_: bytes, timeout: float) -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()  # all that it has to say is said
        raise subprocess.TimeoutExpired("sendmail", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", late)
    result = Program(command("sys.stderr.write('postdrop: no')")).send(MAIL, "ada@example.com")
    assert result.outcome is Outcome.AMBIGUOUS
    assert result.reply_text.endswith(" seconds and was killed: postdrop: no")


@pytest.mark.parametrize("where", ["timeout", "within"])
def test_one_that_does_not_end_is_killed(command: Make, where: str) -> None:
    soon = timedelta(seconds=0.5)
    relay = command("signal.pause()", **({"timeout": soon} if where == "timeout" else {}))
    within = soon if where == "within" else None
    result = Program(relay).send(MAIL, "ada@example.com", within=within)
    assert result.outcome is Outcome.AMBIGUOUS
    assert "was killed" in result.reply_text


def test_what_cannot_be_run_is_no_way_out(command: Make, tmp_path: Path) -> None:
    relay = command(command=str(tmp_path / "nothing"))
    result = Program(relay).send(MAIL, "ada@example.com")
    assert (result.outcome, result.phase) == (Outcome.UNREACHED, Phase.CONNECT)
    with pytest.raises(Unreachable, match="is no program"):
        Program(relay).check()
    with pytest.raises(ProbeRefused, match="check command"):
        transmit(relay, "b1@bounces.example.org", "ada@example.com", MAIL.raw)


def test_an_address_beyond_ascii_is_refused_before_it_runs(command: Make) -> None:
    result = Program(command()).send(MAIL, "zoë@example.com")
    assert (result.outcome, result.status) == (Outcome.REJECTED, "5.6.7")


def test_the_kind_decides(command: Make) -> None:
    assert isinstance(way_out(Relay("r", "a.test")), Connection)
    assert not way_out(command()).is_pipelined
    with pytest.raises(ValueError, match="kind"):
        Relay("r", "a.test", kind="pigeon")


def test_the_doctor_looks_at_it(command: Make, tmp_path: Path) -> None:
    findings, usable = examine_relay(command())
    assert usable
    assert [one.level for one in findings] == [Level.OK, Level.NOTE]
    findings, usable = examine_relay(command(dsn=True))
    assert [one.level for one in findings] == [Level.OK]
    findings, usable = examine_relay(command(command=str(tmp_path / "nothing")))
    assert not usable
    assert [one.level for one in findings] == [Level.FAIL]
    assert findings[0].found.startswith(str(tmp_path / "nothing")), "the subject names the route"
