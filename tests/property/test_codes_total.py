"""Whatever a stranger writes, a diagnostic is weighed: nothing raises, nothing grows."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.codes import (
    MAX_TEXT,
    Verdict,
    clean,
    find_command,
    find_reply_code,
    find_status,
    weigh,
)
from parsers.codes.phrases import ROWS
from parsers.codes.words import fold
from parsers.report import Action, Reason, Severity

PIECES = st.sampled_from(
    [
        "550", "5.1.1", "4.2.2", "550-5.1.1", "smtp;", ">>> RCPT", "<a@b>", "@", "ofr_506", "-",
        "after ", "user unknown", "address rejected: ", "other server returned was: ", "\n", "\x00",
        *[row.phrase for row in ROWS[::97]],
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=30).map(" ".join))
NAMES = st.one_of(st.just(""), st.text(max_size=40), st.just("mx.hotmail.com"))


@given(
    TEXTS, TEXTS, st.text(max_size=9), st.sampled_from([None, *Action]), st.text(max_size=9), NAMES
)
def test_any_text_gives_a_verdict(
    text: str, status: str, code: str, action: Action | None, command: str, host: str
) -> None:
    verdict = weigh(
        text,
        status=status,
        reply_code=code,
        action=action,
        command=command,
        remote_mta=host,
        reporting_mta=host,
        sender=host,
    )
    assert isinstance(verdict, Verdict)
    assert (verdict.severity is Severity.NONE) == (verdict.reason is Reason.DELIVERED)
    if action in (Action.DELIVERED, Action.RELAYED, Action.EXPANDED):
        assert verdict.reason is Reason.DELIVERED
    if action is Action.DELAYED:
        assert verdict.severity is not Severity.HARD


@given(TEXTS)
def test_clean_text_is_one_printable_line_and_stays_clean(text: str) -> None:
    once = clean(text)
    assert once.isprintable()
    assert len(once) <= MAX_TEXT
    assert once == once.strip()


@given(TEXTS)
def test_found_codes_stand_in_the_text(text: str) -> None:
    assert find_status(text) in text
    assert find_reply_code(text) in text
    assert find_command(text) in {
        "", "CONN", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA",
    }  # fmt: skip


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.sampled_from(["<", "550-", "5.1.1.", ">>> ", "a@", "x-", "(said ", "の", "smtp;"]))
def test_length_is_bounded(piece: str) -> None:
    huge = piece * 200_000
    verdict = weigh(huge)
    assert len(verdict.status) <= 8
    assert len(clean(huge)) <= MAX_TEXT
