"""judge: what was found by asking the recipient's own mailbox."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.judge import judge
from store.words import Assurance, Fact, FactKind, GapKind, Policy, Stage, State, Verdict

T = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
K = FactKind
PLAIN = Policy("p")
SHOWN = replace(PLAIN, stage=Stage.DISPLAYED)
QUIET = replace(PLAIN, silence_is_good=True)
SEEN: dict[str, datetime | None] = {"inbox": T + 30 * 24 * HOUR}


def fact(kind: FactKind, hours: float, detail: str = "") -> Fact:
    return Fact(kind, T + hours * HOUR, Assurance.PROOF, None, detail)


SENT = [fact(K.OWED, 0), Fact(K.STARTED, T, attempt=1), Fact(K.ACCEPTED, T, attempt=1)]


def at(facts: list[Fact], policy: Policy = PLAIN, hours: float = 5) -> State:
    return judge(policy, [*SENT, *facts], SEEN, T + hours * HOUR)


@pytest.mark.parametrize("kind", [K.INBOX, K.JUNK])
def test_what_lies_in_the_mailbox_is_delivered_by_proof(kind: FactKind) -> None:
    state = at([fact(kind, 1, 'in "Here"')], replace(PLAIN, assurance=Assurance.PROOF))
    assert (state.verdict, state.stage, state.assurance) == (
        Verdict.LANDED,
        Stage.DELIVERED,
        Assurance.PROOF,
    )
    assert 'own mailbox (2026-03-01 13:00 UTC): in "Here"' in state.why
    assert ("Junk" in state.why) == (kind is K.JUNK)


def test_junk_is_not_displayed_and_the_gap_says_where_it_lies() -> None:
    assert at([fact(K.JUNK, 1)], SHOWN).verdict is Verdict.WAITING
    gap = at([fact(K.JUNK, 1)], SHOWN, 60)
    assert gap.gap is GapKind.SILENT
    assert "in Junk of the recipient" in gap.why


def test_a_mark_of_reading_is_a_claim_and_never_proof() -> None:
    found = [fact(K.INBOX, 1), fact(K.READ, 1)]
    assert at(found, SHOWN).verdict is Verdict.LANDED
    assert at(found, SHOWN).assurance is Assurance.CLAIM
    proof = replace(SHOWN, assurance=Assurance.PROOF)
    assert at(found, proof).verdict is Verdict.WAITING
    assert at(found, proof, 60).gap is GapKind.UNCONFIRMED


def test_quarantine_is_a_gap_at_once_until_it_is_released() -> None:
    held = fact(K.QUARANTINED, 1)
    assert at([held]).gap is GapKind.QUARANTINED
    assert at([held, fact(K.INBOX, 2)]).verdict is Verdict.LANDED
    assert at([held, fact(K.ABSENT, 2)]).gap is GapKind.QUARANTINED
    # relayed is all that this policy asks for, and it was
    assert at([held], replace(PLAIN, stage=Stage.RELAYED)).verdict is Verdict.LANDED


def test_what_was_taken_out_again_is_quarantined_unless_it_was_shown() -> None:
    taken = [fact(K.INBOX, 1), fact(K.QUARANTINED, 2)]
    assert at(taken).gap is GapKind.QUARANTINED
    assert at([*taken, fact(K.DISPLAYED, 1.5)]).verdict is Verdict.LANDED


def test_absence_proves_nothing_but_forbids_to_presume() -> None:
    missing = fact(K.ABSENT, 1)
    assert at([missing], QUIET).verdict is Verdict.WAITING
    silent = at([missing], QUIET, 60)
    assert silent.gap is GapKind.SILENT
    assert "not found in the recipient's own mailbox" in silent.why
    assert at([], QUIET, 60).verdict is Verdict.PRESUMED
    # it was there: its reader may have removed it
    assert at([fact(K.INBOX, 1), fact(K.ABSENT, 2)], PLAIN, 60).verdict is Verdict.LANDED


def test_what_is_found_answers_a_line_that_died() -> None:
    unsure = [
        fact(K.OWED, 0),
        Fact(K.STARTED, T, attempt=1),
        Fact(K.AMBIGUOUS, T, attempt=1),
        fact(K.INBOX, 1),
    ]
    assert judge(PLAIN, unsure, {}, T + 2 * HOUR).verdict is Verdict.LANDED


def test_a_bounce_and_the_mail_in_the_mailbox_are_for_a_human() -> None:
    bounced = Fact(K.FAILED, T + HOUR, attempt=1)
    assert at([bounced, fact(K.INBOX, 2)]).gap is GapKind.CONTESTED
