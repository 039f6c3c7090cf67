"""A missing probe puts its own path in doubt, and others only until they have proven themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import canaries, channels, gaps, outbox, paths
from store.reading import Reader
from store.words import FactKind, GapKind, Outcome, State, Verdict
from tests.plugins.ledgers import LEASE, T0, Desk

HOUR = timedelta(hours=1)


class Post:
    """A desk with two routes to one mailbox, where silence is good."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.policies.default = replace(
            desk.policies.default, silence_is_good=True, silence_after=24 * HOUR
        )
        self.inbox = desk.channel().id

    def probe(self, route: str, hours: float, *, lost: bool = False, channel: str = "inbox") -> int:
        sent = T0 + hours * HOUR
        with self.desk.ledger.transaction() as tx:
            number = canaries.new(tx, route=route, channel=channel, now=sent)
        if not lost:
            self.comes_back(number, hours)
        return number

    def comes_back(self, number: int, hours: float) -> None:
        with self.desk.ledger.transaction() as tx:
            canaries.returned(tx, number, T0 + (hours + 0.1) * HOUR, "inbox")

    def send(
        self, route: str, outcome: Outcome = Outcome.ACCEPTED, *, of: int = 0, key: str = ""
    ) -> int:
        """One attempt; a delivery is made for it where none is named."""
        number = of or self.desk.one(key=key or f"by {route}")
        at = T0 if not of else T0 + 2 * HOUR
        with self.desk.ledger.transaction() as tx:
            outbox.claim(tx, worker="w", limit=100, lease=LEASE, now=at)
            attempt = outbox.start_attempt(
                tx,
                number,
                worker="w",
                route=route,
                envelope_from="b@example.org",
                message_id=f"m{number}@example.org",
                now=at,
            )
        retry_at = at if outcome in (Outcome.DEFERRED, Outcome.UNREACHED) else None
        self.desk.finish(number, attempt, outcome, at=at, retry_at=retry_at)
        with self.desk.ledger.transaction() as tx:
            outbox.release(tx, [number], worker="w")
        return number

    def observe(self, hours: float) -> int:
        at = T0 + hours * HOUR
        with self.desk.ledger.transaction() as tx:
            return channels.observed(tx, self.inbox, at, at)

    def doubt(self, hours: float) -> int:
        with self.desk.ledger.transaction() as tx:
            (hold,) = paths.heard(tx).holds
            return paths.doubt(tx, hold, T0 + hours * HOUR)

    def sweep(self, hours: float = 49) -> None:
        with self.desk.ledger.transaction() as tx:
            swept = gaps.sweep(tx, policies=self.desk.policies, now=T0 + hours * HOUR)
        assert swept.failed == ()

    def said(self, number: int) -> str:
        state: State = self.desk.state(number)
        return str(state.gap or state.verdict)

    def judged(self, number: int) -> str:
        """Once the mailbox was read past the deadline."""
        self.observe(49)
        self.sweep()
        return self.said(number)


def test_one_route_without_its_probe_blinds_what_went_by_it_alone(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b", 40)
    by_a, by_b = post.send("a"), post.send("b")
    post.judged(by_a)
    assert (post.said(by_a), post.said(by_b)) == ("blind", "presumed")
    why = post.desk.state(by_a).why
    assert "a -> inbox (a probe is missing)" in why
    assert "b ->" not in why
    post.comes_back(post.probe("a", 49.5, lost=True), 49.5)
    post.observe(50)
    post.sweep(50)
    assert post.said(by_a) == "presumed"


def test_the_probes_of_all_routes_missing_blind_everything(desk: Desk) -> None:
    post = Post(desk)
    for route in "ab":
        post.probe(route, 30)
        post.probe(route, 40, lost=True)
    by_a, by_b = post.send("a"), post.send("b")
    post.judged(by_a)
    assert (post.said(by_a), post.said(by_b)) == ("blind", "blind")


def test_a_channel_that_is_not_observed_blinds_every_route(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 40)
    post.probe("b", 40)
    by_b = post.send("b")
    post.observe(47)
    post.sweep()
    assert post.said(by_b) == "blind"
    assert "inbox" in post.desk.state(by_b).why


def test_a_route_that_has_proven_nothing_since_is_in_doubt_too(desk: Desk) -> None:
    """Route or mailbox: until its own probe comes back nobody knows which of them it was."""
    post = Post(desk)
    post.probe("b", 39)
    post.probe("a", 40, lost=True)
    by_b, unprobed = post.send("b"), post.send("c")
    assert post.judged(by_b) == "blind"
    post.probe("b", 48.5)
    assert post.observe(49.05) == 1
    post.sweep(49.05)
    assert (post.said(by_b), post.said(unprobed)) == ("presumed", "blind")


def test_what_was_observed_before_the_probe_was_lost_stays_good(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 48.5, lost=True)
    assert post.judged(post.send("a")) == "presumed"


def test_a_path_is_trusted_no_further_than_the_last_probe_that_came_back(desk: Desk) -> None:
    """When it went deaf nobody knows: a bounce may have been lost before the next probe was."""
    post = Post(desk)
    post.probe("a", 47)
    by_a = post.send("a")
    post.observe(48.1)
    post.sweep(48.1)
    assert post.said(by_a) == "presumed", "it looked well"
    missing = post.probe("a", 48.5, lost=True)
    assert post.doubt(49) == 1
    post.observe(49)
    post.sweep(49)
    assert post.said(by_a) == "blind"
    assert "a -> inbox (a probe is missing)" in post.desk.state(by_a).why
    post.comes_back(missing, 49.2)
    post.observe(49.5)
    post.sweep(49.5)
    assert post.said(by_a) == "presumed"


def test_what_was_judged_before_the_last_good_probe_is_not_judged_again(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 48.2)
    by_a = post.send("a")
    post.observe(48.1)
    post.sweep(48.1)
    post.probe("a", 48.5, lost=True)
    assert post.doubt(49) == 0
    assert post.said(by_a) == "presumed"


def test_silence_that_was_told_is_blindness_after_all(desk: Desk) -> None:
    post = Post(desk)
    desk.policies.default = replace(desk.policies.default, silence_is_good=False)
    post.probe("a", 47)
    by_a = post.send("a")
    post.observe(48.1)
    post.sweep(48.1)
    assert post.said(by_a) == "silent"
    post.probe("a", 48.5, lost=True)
    assert post.doubt(49) == 1
    post.sweep(49)
    assert post.said(by_a) == "blind"


def test_another_routes_own_probe_vouches_for_it_until_then(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 46)
    post.probe("b", 48.2)
    post.probe("a", 48.5, lost=True)
    by_a, by_b = post.send("a"), post.send("b")
    post.judged(by_a)
    assert (post.said(by_a), post.said(by_b)) == ("blind", "presumed")


def test_probes_of_replies_prove_nothing_of_the_return_path(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b (replies)", 40)
    assert post.judged(post.send("b")) == "blind"


def test_a_missing_probe_of_replies_holds_its_own_route(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a (replies)", 40, lost=True)
    post.probe("b (replies)", 40)
    post.probe("a", 40)
    by_a, by_b = post.send("a"), post.send("b")
    post.judged(by_a)
    assert (post.said(by_a), post.said(by_b)) == ("blind", "presumed")


def test_a_probe_that_came_back_elsewhere_proves_nothing_here(desk: Desk) -> None:
    post = Post(desk)
    post.desk.channel("other")
    post.probe("a", 40, lost=True)
    post.probe("b", 40, channel="other")
    assert post.judged(post.send("b")) == "blind"


@pytest.mark.parametrize("first", [Outcome.DEFERRED, Outcome.UNREACHED])
def test_after_a_fail_over_the_route_that_took_it_counts(desk: Desk, first: Outcome) -> None:
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b", 40)
    there = post.send("a", first, key="1")
    post.send("b", of=there)
    back = post.send("b", first, key="2")
    post.send("a", of=back)
    post.judged(there)
    assert (post.said(there), post.said(back)) == ("presumed", "blind")


def test_an_ambiguous_attempt_by_another_route_counts_as_well(desk: Desk) -> None:
    """Its copy may be out, and what came of it would be told on a path that is not heard."""
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b", 40)
    number = post.send("a", Outcome.AMBIGUOUS)
    with post.desk.ledger.transaction() as tx:
        assert outbox.resolve_ambiguous(tx, policies=post.desk.policies, now=T0 + HOUR * 2) == 1
    post.send("b", of=number)
    assert post.judged(number) == "blind"


def test_a_route_whose_copy_is_known_to_have_bounced_counts_no_more(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b", 40)
    number = post.send("a", Outcome.AMBIGUOUS)
    with post.desk.ledger.transaction() as tx:
        assert outbox.resolve_ambiguous(tx, policies=post.desk.policies, now=T0 + HOUR * 2) == 1
    post.send("b", of=number)
    post.desk.hear(number, FactKind.FAILED, at=T0 + 3 * HOUR, attempt=1)
    assert post.judged(number) == "presumed"


def test_a_delivery_by_a_proven_route_is_woken_when_the_mailbox_was_read(desk: Desk) -> None:
    post = Post(desk)
    post.probe("a", 40, lost=True)
    post.probe("b", 40)
    by_a, by_b = post.send("a"), post.send("b")
    post.observe(47)
    post.sweep(48)
    assert {post.said(by_a), post.said(by_b)} == {"waiting"}
    assert post.observe(48.01) == 1, "that by the route in doubt is not looked at for nothing"
    post.sweep(48.01)
    assert post.desk.state(by_b).verdict is Verdict.PRESUMED
    assert post.desk.state(by_a).verdict is Verdict.WAITING
    post.sweep(48.5)
    assert post.desk.state(by_a).gap is GapKind.BLIND


def test_a_stretch_that_was_lost_unread_is_not_taken_for_heard(desk: Desk, reader: Reader) -> None:
    """As where a log was rotated away: what was accepted before it ended may be told of in it."""
    post = Post(desk)
    post.observe(10)
    by_a = post.send("a")
    with desk.ledger.transaction() as tx:
        channels.lost(tx, post.inbox, T0 + 20 * HOUR)
    assert post.judged(by_a) == "blind"
    state = desk.state(by_a)
    assert "inbox (a stretch of it was lost)" in state.why
    assert (state.next_look_at, state.needs_watermark) == (None, None), "no look will find more"
    (row,) = reader.channels()
    assert row.lost == (T0 + 10 * HOUR, T0 + 20 * HOUR)
    post.desk.hear(by_a, FactKind.DELIVERED, at=T0 + 50 * HOUR)
    assert desk.state(by_a).verdict is Verdict.LANDED


@pytest.mark.parametrize(("read", "gone"), [(-9, -1), (60, 70)])
def test_what_was_lost_before_it_was_sent_or_after_its_time_does_not_matter(
    desk: Desk, read: float, gone: float
) -> None:
    post = Post(desk)
    post.observe(read)
    by_a = post.send("a")
    with desk.ledger.transaction() as tx:
        channels.lost(tx, post.inbox, T0 + gone * HOUR)
    assert post.judged(by_a) == "presumed"


def test_of_two_lost_stretches_the_span_is_kept_unless_one_is_old(desk: Desk) -> None:
    post = Post(desk)
    for read, gone, since in ((10, 20, 10), (30, 40, 10), (2000, 2010, 2000)):
        post.observe(read)
        with desk.ledger.transaction() as tx:
            channels.lost(tx, post.inbox, T0 + gone * HOUR)
            (lost,) = paths.heard(tx).lost
        assert (lost.since, lost.until) == (T0 + since * HOUR, T0 + gone * HOUR)


def test_reports_name_each_path_in_doubt(desk: Desk, reader: Reader) -> None:
    post = Post(desk)
    post.probe("a", 38)
    post.probe("a", 39, lost=True)
    post.probe("a", 40, lost=True)
    post.probe("b", 40, lost=True)
    (row,) = reader.channels()
    assert [(one.path, one.since, one.trusted) for one in row.probes] == [
        ("a -> inbox", T0 + 39 * HOUR, T0 + 38 * HOUR),
        ("b -> inbox", T0 + 40 * HOUR, T0 + 40 * HOUR),
    ]
    assert (row.probe_routes, row.probe_since) == (("a", "b"), T0 + 39 * HOUR)
