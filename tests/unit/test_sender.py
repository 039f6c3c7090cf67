"""The sender: each attempt is written down before and after, and rests do their work."""

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.outbound.composing.compose import Composed, Identity, compose
from agent.outbound.intake import accept_parts
from agent.outbound.routes import Relay
from agent.outbound.sending import bookkeeper, trip
from agent.outbound.sending import carrier as module
from agent.outbound.sending.sender import Retry, Sender, Sent
from parsers.token import AddressForm, Keyring, Purpose, find_marks, verify
from store import gaps, notices, outbox
from store.database import Ledger
from store.errors import AttemptFinished, LedgerBusy, LedgerError, LedgerUnavailable
from store.notices import DeliveryView
from store.words import AfterAmbiguous, GapKind, Outcome, Policy, PolicyBook, Stage, State, Verdict
from tests.plugins.smtpd import CLOSE, HOST, Inbox, Reply, run_smtpd, scripted

START = datetime(2026, 10, 9, 8, tzinfo=UTC)
KEYS = Keyring({1: b"s" * 32}, 1)
IDENTITY = Identity(
    sender="Notices <notices@example.org>",
    return_path=AddressForm.parse("{token}@bounces.example.org"),
    reply_to=None,
    message_id_domain="example.org",
    request_receipt=False,
    visible_reference=False,
)
LEASE = timedelta(minutes=10)


class Clock:
    """The time that the test says it is."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "ledger.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def policies(_notice_class: str, _domain: str) -> Policy:
    return Policy("test")


def hold(_notice_class: str, _domain: str) -> Policy:
    return Policy("hold", after_ambiguous=AfterAmbiguous.HOLD)


def owe(
    ledger: Ledger, clock: Callable[[], datetime], *addresses: str, key: str = "k", **more: Any
) -> list[int]:
    accepted = accept_parts(
        ledger,
        key=key,
        recipients=addresses or ["ada@example.com"],
        sender="Notices <notices@example.org>",
        subject="Hi",
        text="Hello\n",
        policies=policies,
        now=clock(),
        **more,
    )
    return [one.id for one in accepted.deliveries]


def relay(port: int, name: str = "test", **changes: Any) -> Relay:
    base = Relay(name, HOST, port, security="none", timeout=timedelta(seconds=10))
    return replace(base, **{"local_hostname": "agent.test", **changes})


def worker(ledger: Ledger, relays: Sequence[Relay], **changes: Any) -> Sender:
    given: dict[str, Any] = {
        "ledger": ledger,
        "keyring": KEYS,
        "identity": IDENTITY,
        "relays": relays,
        "policies": policies,
        "retry": Retry(first=timedelta(minutes=1), longest=timedelta(hours=1)),
        "lease": LEASE,
        "worker": "w",
        "chance": random.Random(1),
    }
    return Sender(**(given | changes))


def view(ledger: Ledger, delivery_id: int) -> DeliveryView:
    with ledger.transaction(read_only=True) as tx:
        found = notices.delivery(tx, delivery_id)
    assert found is not None
    return found


def swept(ledger: Ledger, clock: Clock, delivery_id: int, book: PolicyBook) -> State:
    with ledger.transaction() as tx:
        gaps.sweep(tx, policies=book, now=clock(), limit=10)
    return view(ledger, delivery_id).state


def run(sender: Sender, clock: Clock) -> Sent:
    return sender.run_once(clock, threading.Event())


def test_what_is_due_goes_out_once_over_one_line(ledger: Ledger, clock: Clock) -> None:
    ids = owe(ledger, clock, *[f"r{number}@example.com" for number in range(20)])
    with scripted() as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=20, accepted=20)
        assert run(sender, clock) == Sent()
        assert server.lines == 1
        assert len(server.messages) == 20
    for delivery_id in ids:
        found = view(ledger, delivery_id)
        assert found.state.stage is Stage.ACCEPTED
        assert found.attempts == 1
        assert found.next_attempt_at is None
    envelopes = [line for line in server.heard if line.startswith("MAIL")]
    marks = [verify(KEYS, next(find_marks(line))) for line in envelopes]
    assert sorted(mark.id for mark in marks) == sorted(ids)
    assert {(mark.attempt, mark.purpose) for mark in marks} == {(1, Purpose.BOUNCE)}


def test_it_speaks_with_a_real_server(ledger: Ledger, clock: Clock) -> None:
    inbox = Inbox(rcpt_replies={"bad@example.com": "550 5.1.1 no such user"})
    good, bad = owe(ledger, clock, "ada@example.com", "bad@example.com")
    with run_smtpd(inbox) as port:
        assert run(worker(ledger, [relay(port)]), clock) == Sent(tried=2, accepted=1, rejected=1)
    (envelope,) = inbox.envelopes
    assert envelope.rcpt_tos == ["ada@example.com"]
    assert b"X-Landed-Number: 1 for you, the first one\r\n" in envelope.content
    assert view(ledger, good).state.stage is Stage.ACCEPTED
    state = view(ledger, bad).state
    assert (state.verdict, state.gap) == (Verdict.GAP, GapKind.REJECTED)
    assert "no such user" in state.why


def test_a_delay_is_tried_again_with_the_same_message_id(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)
    replies = iter(["451 4.7.1 later", "451 4.7.1 later", "250 2.1.5 ok"])
    with scripted({"RCPT": lambda _count: next(replies)}) as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=1, deferred=1)
        first = view(ledger, delivery_id)
        assert first.next_attempt_at is not None
        assert timedelta(seconds=30) <= first.next_attempt_at - clock.time <= timedelta(minutes=1)
        assert run(sender, clock) == Sent()
        clock.pass_by(minutes=1)
        run(sender, clock)
        second = view(ledger, delivery_id)
        assert second.next_attempt_at is not None
        assert second.next_attempt_at - clock.time >= timedelta(seconds=59)
        clock.pass_by(minutes=2)
        assert run(sender, clock) == Sent(tried=1, accepted=1)
    last = view(ledger, delivery_id)
    assert last.attempts == 3
    assert last.message_id == first.message_id
    assert f"Message-ID: <{last.message_id}>".encode() in server.messages[0]
    envelopes = [line for line in server.heard if line.startswith("MAIL")]
    assert [verify(KEYS, next(find_marks(line))).attempt for line in envelopes] == [1, 2, 3]


def test_a_relay_that_is_down_costs_one_attempt_for_each_rest(
    ledger: Ledger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    ids = owe(ledger, clock, *[f"r{number}@example.com" for number in range(12)])
    with scripted({"CONNECT": "421 4.3.2 not now"}) as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=1, unreached=1, waiting=7)
        assert run(sender, clock) == Sent()
        clock.pass_by(minutes=2)
        assert run(sender, clock) == Sent(tried=1, unreached=1, waiting=7)
        assert server.lines == 2
        assert sum(view(ledger, one).attempts for one in ids) == 2
        server.script["CONNECT"] = "220 back"
        clock.pass_by(minutes=10)
        assert run(sender, clock).accepted == 12
    assert "route-rests" in caplog.text


def test_a_route_that_rests_holds_up_no_other(ledger: Ledger, clock: Clock) -> None:
    owe(ledger, clock, *[f"r{number}@down.example" for number in range(10)], "ada@example.com")
    with scripted({"CONNECT": CLOSE}) as down, scripted() as up:
        relays = [relay(down.port, "down", domains=("down.example",)), relay(up.port, "up")]
        sender = worker(ledger, relays)
        assert run(sender, clock) == Sent(tried=2, accepted=1, unreached=1, waiting=9)
        stop = threading.Event()
        stop.set()
        sender.run_once(clock, stop)
    with ledger.transaction() as tx:
        freed = outbox.claim(tx, worker="x", limit=50, lease=LEASE, now=clock())
    assert len(freed) == 9, "what waited was given back at the stop"


def test_another_relay_stands_in_at_once_and_gives_the_work_back(
    ledger: Ledger, clock: Clock
) -> None:
    inbox = Inbox()
    with run_smtpd(inbox) as port, scripted({"CONNECT": CLOSE}) as down:
        relays = [relay(down.port, "main"), relay(port, "spare", priority=1)]
        sender = worker(ledger, relays)
        ids = owe(ledger, clock, *(f"u{n}@example.com" for n in range(20)))
        sent = run(sender, clock)
        assert (sent.accepted, sent.unreached, sent.waiting) == (20, 1, 0)
        assert len(inbox.envelopes) == 20
        assert sorted(view(ledger, one).attempts for one in ids) == [1] * 19 + [2]
        clock.pass_by(hours=2)
        owe(ledger, clock, key="later")
        assert run(sender, clock).unreached == 1, "once it has rested it is tried again"


def test_weights_share_the_work(ledger: Ledger, clock: Clock) -> None:
    one, two = Inbox(), Inbox()
    with run_smtpd(one) as first, run_smtpd(two) as second:
        relays = [relay(first, "one", weight=3), relay(second, "two", weight=1)]
        owe(ledger, clock, *(f"u{n}@example.com" for n in range(40)))
        assert run(worker(ledger, relays), clock).accepted == 40
    assert len(one.envelopes) + len(two.envelopes) == 40
    assert 20 < len(one.envelopes) < 40


def test_a_lost_line_after_the_final_dot_waits_and_is_resent(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)

    def final(count: int) -> str:
        return CLOSE if count == 1 else "250 2.0.0 ok"

    with scripted({"FINAL": final}) as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=1, ambiguous=1)
        assert view(ledger, delivery_id).next_attempt_at is None
        clock.pass_by(minutes=30)
        assert run(sender, clock) == Sent()
        clock.pass_by(minutes=31)
        assert run(sender, clock) == Sent(tried=1, accepted=1)
    one, two = server.messages
    ids = [
        next(line for line in raw.split(b"\r\n") if line.startswith(b"Message-ID"))
        for raw in (one, two)
    ]
    assert ids[0] == ids[1]


def test_an_ambiguous_one_may_be_held(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)
    with scripted({"FINAL": CLOSE}) as server:
        sender = worker(ledger, [relay(server.port)], policies=hold)
        run(sender, clock)
        clock.pass_by(hours=3)
        assert run(sender, clock) == Sent()
    assert swept(ledger, clock, delivery_id, hold).gap is GapKind.AMBIGUOUS


def test_an_attempt_whose_worker_died_is_ambiguous_not_lost(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)
    with ledger.transaction() as tx:
        outbox.claim(tx, worker="dead", limit=1, lease=LEASE, now=clock())
        outbox.start_attempt(
            tx,
            delivery_id,
            worker="dead",
            route="test",
            envelope_from="b@x",
            message_id="m@x",
            now=clock(),
        )
    with scripted() as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent()
        clock.pass_by(minutes=11)
        assert run(sender, clock) == Sent()
        clock.pass_by(minutes=61)
        assert run(sender, clock) == Sent(tried=1, accepted=1)
        assert b"Message-ID: <m@x>\r\n" in server.messages[0]


def test_what_is_past_its_time_is_given_up(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)
    clock.pass_by(days=3)
    with scripted() as server:
        assert run(worker(ledger, [relay(server.port)]), clock) == Sent()
        assert server.lines == 0
    assert view(ledger, delivery_id).state.gap is GapKind.UNSENT


def test_a_stop_ends_between_messages_and_gives_the_rest_back(ledger: Ledger, clock: Clock) -> None:
    owe(ledger, clock, *[f"r{number}@example.com" for number in range(6)])
    stop = threading.Event()

    def final(count: int) -> str:
        if count == 2:
            stop.set()
        return "250 2.0.0 ok"

    with scripted({"FINAL": final}) as server:
        sender = worker(ledger, [relay(server.port)])
        assert sender.run_once(clock, stop) == Sent(tried=2, accepted=2)
        assert run(sender, clock) == Sent(tried=4, accepted=4)
    assert len(server.messages) == 6


def test_no_route_is_an_attempt_that_says_so(ledger: Ledger, clock: Clock) -> None:
    (delivery_id,) = owe(ledger, clock)
    with scripted() as server:
        sender = worker(ledger, [relay(server.port, classes=("other",))])
        assert run(sender, clock) == Sent(tried=1, unreached=1)
        assert server.lines == 0
    found = view(ledger, delivery_id)
    assert found.next_attempt_at is not None
    assert found.attempts == 1


def test_a_notice_that_cannot_be_composed_does_not_stop_the_others(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (poison,) = owe(ledger, clock, "poison@example.com")
    (good,) = owe(ledger, clock, "ada@example.com", key="k2")

    def brittle(
        identity: Identity,
        keyring: Keyring,
        outgoing: outbox.Outgoing,
        attempt: int,
    ) -> Composed:
        if outgoing.delivery_id == poison:
            raise RecursionError("too deep")
        return compose(identity, keyring, outgoing, attempt)

    monkeypatch.setattr(module, "compose", brittle)
    with scripted() as server:
        assert run(worker(ledger, [relay(server.port)]), clock) == Sent(
            tried=2, accepted=1, deferred=1
        )
    assert view(ledger, good).state.stage is Stage.ACCEPTED
    assert view(ledger, poison).next_attempt_at is not None


def test_two_threads_share_the_work_and_double_nothing(ledger: Ledger, clock: Clock) -> None:
    owe(ledger, clock, *[f"r{number}@example.com" for number in range(30)])
    done: list[Sent] = []
    with scripted() as server:
        sender = worker(ledger, [relay(server.port)])
        threads = [
            threading.Thread(target=lambda: done.append(run(sender, clock))) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert sum((one for one in done), start=Sent()) == Sent(tried=30, accepted=30)
    recipients = [line for line in server.heard if line.startswith("RCPT")]
    assert len(set(recipients)) == len(recipients) == 30


def test_a_line_that_has_served_long_enough_is_replaced(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trip, "_MESSAGES_PER_LINE", 2)
    owe(ledger, clock, *[f"r{number}@example.com" for number in range(5)])
    with scripted() as server:
        run(worker(ledger, [relay(server.port)]), clock)
    assert server.lines == 3


def _failing(
    monkeypatch: pytest.MonkeyPatch, errors: list[LedgerError]
) -> list[outbox.AttemptResult]:
    """finish_attempts() raises these first; the results it got are kept."""
    seen: list[outbox.AttemptResult] = []
    finish = outbox.finish_attempts

    def fail(tx: Any, ended: Sequence[outbox.Ended], **more: Any) -> Any:
        seen.extend(one.result for one in ended)
        if errors and isinstance(errors[0], AttemptFinished):
            return dict.fromkeys((one.delivery_id for one in ended), errors.pop(0))
        if errors:
            raise errors.pop(0)
        return finish(tx, ended, **more)

    monkeypatch.setattr(outbox, "finish_attempts", fail)
    monkeypatch.setattr(bookkeeper, "_UNWRITTEN_WAIT", 0)
    return seen


def test_an_end_that_cannot_be_written_is_tried_for_a_while(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (delivery_id,) = owe(ledger, clock)
    seen = _failing(monkeypatch, [LedgerUnavailable("disk full"), LedgerUnavailable("disk full")])
    with scripted() as server:
        assert run(worker(ledger, [relay(server.port)]), clock) == Sent(tried=1, accepted=1)
    assert [one.outcome for one in seen] == [Outcome.ACCEPTED] * 3
    assert "not-written" in caplog.text
    assert view(ledger, delivery_id).state.stage is Stage.ACCEPTED


def test_an_end_that_can_never_be_written_is_an_error_and_ambiguous(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (delivery_id,) = owe(ledger, clock)
    _failing(monkeypatch, [LedgerUnavailable("disk full")] * 5)
    with scripted() as server:
        sender = worker(ledger, [relay(server.port)], policies=hold)
        with pytest.raises(LedgerUnavailable):
            run(sender, clock)
        clock.pass_by(minutes=11)
        assert run(sender, clock) == Sent()
    clock.pass_by(minutes=61)
    assert swept(ledger, clock, delivery_id, hold).gap is GapKind.AMBIGUOUS


def test_an_attempt_that_ended_otherwise_is_left_alone(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owe(ledger, clock)
    _failing(monkeypatch, [AttemptFinished("ended as rejected")])
    with scripted() as server:
        assert run(worker(ledger, [relay(server.port)]), clock) == Sent(tried=1, accepted=1)
    assert "finished-otherwise" in caplog.text


def test_a_claim_that_was_lost_sends_nothing(
    ledger: Ledger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    owe(ledger, clock, "ada@example.com", "ben@example.com")
    caplog.set_level(logging.INFO, "landed.send")

    def final(count: int) -> str:
        if count == 1:
            clock.pass_by(minutes=11)  # longer than the lease of the second one
        return "250 2.0.0 ok"

    with scripted({"FINAL": final}) as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=2, accepted=2)
        assert len(server.messages) == 2
    assert "claim-lost" in caplog.text


def test_a_busy_ledger_is_asked_again(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(ledger, clock)
    _failing(monkeypatch, [LedgerBusy("somebody else")])
    with scripted() as server:
        assert run(worker(ledger, [relay(server.port)]), clock) == Sent(tried=1, accepted=1)


PIPELINING = {"EHLO": "250-scripted.test\r\n250-DSN\r\n250-PIPELINING\r\n250 CHUNKING"}


def test_a_quick_relay_gets_many_at_a_time(
    ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = owe(ledger, clock, *[f"r{number}@example.com" for number in range(60)])
    begun: list[int] = []
    start = outbox.start_attempts

    def counted(tx: Any, starts: Sequence[outbox.Start], **more: Any) -> Any:
        begun.append(len(starts))
        return start(tx, starts, **more)

    monkeypatch.setattr(outbox, "start_attempts", counted)
    replies = {31: "550 5.1.1 no", 32: "451 4.7.1 later"}
    script: dict[str, Reply] = {
        **PIPELINING,
        "RCPT": lambda count: replies.get(count, "250 2.1.5 ok"),
    }
    with scripted(script) as server:
        done = run(worker(ledger, [relay(server.port)]), clock)
    assert done == Sent(tried=60, accepted=58, deferred=1, rejected=1)
    assert server.lines == 1
    assert begun[0] == 1, "nothing is known of the line yet"
    assert max(begun) > 1
    assert sum(begun) == 60
    stages = [view(ledger, one).state.stage for one in ids]
    assert stages.count(Stage.ACCEPTED) == 58


def test_a_stop_within_many_finishes_what_was_begun(ledger: Ledger, clock: Clock) -> None:
    owe(ledger, clock, *[f"r{number}@example.com" for number in range(60)])
    stop = threading.Event()

    def final(count: int) -> str:
        if count == 20:
            stop.set()
        return "250 2.0.0 ok"

    with scripted({**PIPELINING, "FINAL": final}) as server:
        sender = worker(ledger, [relay(server.port)])
        first = sender.run_once(clock, stop)
        assert 20 <= first.accepted < 60
        assert first == Sent(tried=first.accepted, accepted=first.accepted)
        assert run(sender, clock).accepted == 60 - first.accepted
        assert len(server.messages) == 60


def test_a_lost_line_leaves_open_only_what_had_left(ledger: Ledger, clock: Clock) -> None:
    ids = owe(ledger, clock, *[f"r{number}@example.com" for number in range(40)])

    def final(count: int) -> str:
        return CLOSE if count == 30 else "250 2.0.0 ok"

    script: dict[str, Reply] = {**PIPELINING, "FINAL": final}
    with scripted(script) as server:
        done = run(worker(ledger, [relay(server.port)]), clock)
        assert done.tried == 40
        assert done.ambiguous >= 1
        assert done.accepted + done.ambiguous == 40
        # a reset may swallow replies that were on their way; nothing is told accepted for it
        assert done.accepted < len(server.messages) == 30
    stages = [view(ledger, one).state.stage for one in ids]
    assert stages.count(Stage.ACCEPTED) == done.accepted


def test_what_a_relay_lied_about_is_remembered_by_the_next_run(
    ledger: Ledger, clock: Clock
) -> None:
    owe(ledger, clock)
    script = {**PIPELINING, "BDAT": "502 5.5.1 unknown"}
    with scripted(script) as server:
        sender = worker(ledger, [relay(server.port)])
        assert run(sender, clock) == Sent(tried=1, accepted=1)
        owe(ledger, clock, key="k2")
        assert run(sender, clock) == Sent(tried=1, accepted=1)
    assert len([line for line in server.heard if line.startswith("BDAT")]) == 1
