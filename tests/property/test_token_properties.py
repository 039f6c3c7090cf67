"""The token codec: what is signed verifies, and nothing else does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.token import (
    LOCAL_PART_LIMIT,
    LOCAL_PART_SAFE,
    MARK_LENGTH,
    AddressForm,
    InvalidToken,
    Keyring,
    Purpose,
    claimed_id,
    find_marks,
    sign,
    verify,
)

IDS = st.integers(min_value=0, max_value=2**64 - 1)
PURPOSES = st.sampled_from(Purpose)
SECRETS = st.binary(min_size=16, max_size=40)
RING = Keyring({3: b"a secret that is long enough"}, 3)
ALPHABET = string.ascii_lowercase + "234567"


@given(IDS, PURPOSES, st.integers(min_value=0, max_value=100))
def test_round_trip(delivery: int, purpose: Purpose, attempt: int) -> None:
    mark = sign(RING, purpose, delivery, attempt)
    token = verify(RING, mark)
    assert (token.id, token.purpose, token.key) == (delivery, purpose, 3)
    assert token.attempt == min(attempt, 31)
    assert len(mark) == MARK_LENGTH
    assert set(mark) <= set(ALPHABET)


@given(IDS, PURPOSES)
def test_servers_may_fold_the_case(delivery: int, purpose: Purpose) -> None:
    mark = sign(RING, purpose, delivery)
    assert verify(RING, mark.upper()) == verify(RING, mark)
    assert list(find_marks(f"<{mark.upper()}@bounces.example.org>")) == [mark]


@given(IDS, st.integers(min_value=0, max_value=MARK_LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_single_other_character_is_refused(delivery: int, at: int, letter: str) -> None:
    mark = sign(RING, Purpose.BOUNCE, delivery)
    changed = mark[:at] + letter + mark[at + 1 :]
    if changed == mark:
        return
    with pytest.raises(InvalidToken):
        verify(RING, changed)


@given(IDS, PURPOSES, PURPOSES)
def test_a_mark_is_of_no_use_for_another_purpose(
    delivery: int, purpose: Purpose, other: Purpose
) -> None:
    mark = sign(RING, purpose, delivery)
    if other is purpose:
        return
    with pytest.raises(InvalidToken):
        verify(RING, other + mark[1:])


@given(IDS, SECRETS, SECRETS, PURPOSES)
def test_rotation_keeps_old_marks_and_forgets_dropped_keys(
    delivery: int, old: bytes, new: bytes, purpose: Purpose
) -> None:
    before = Keyring({1: old}, 1)
    rotated = Keyring({1: old, 2: new}, 2)
    after = Keyring({2: new}, 2)
    mark = sign(before, purpose, delivery)
    assert verify(rotated, mark).id == delivery
    assert verify(rotated, sign(rotated, purpose, delivery)).key == 2
    with pytest.raises(InvalidToken, match="key 1"):
        verify(after, mark)


@given(IDS, SECRETS)
def test_another_secret_verifies_nothing(delivery: int, secret: bytes) -> None:
    other = Keyring({3: secret}, 3)
    if secret == RING.secrets[3]:
        return
    with pytest.raises(InvalidToken):
        verify(other, sign(RING, Purpose.REPLY, delivery))


@given(IDS)
def test_the_local_part_stays_within_both_limits(delivery: int) -> None:
    form = AddressForm.parse("{token}@bounces.example.org")
    local = form.address(sign(RING, Purpose.BOUNCE, delivery)).partition("@")[0]
    assert len(local.encode()) == 25 <= LOCAL_PART_SAFE
    assert local.isalnum()
    assert form.is_safe_length


@given(IDS, st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=60))
def test_a_prefix_form_fits_or_is_refused(delivery: int, name: str) -> None:
    template = f"{name}+{{token}}@example.org"
    if len(name) + 1 + MARK_LENGTH > LOCAL_PART_LIMIT:
        with pytest.raises(ValueError, match="too long"):
            AddressForm.parse(template)
        return
    form = AddressForm.parse(template)
    mark = sign(RING, Purpose.BOUNCE, delivery)
    address = form.address(mark)
    assert len(address.partition("@")[0]) <= LOCAL_PART_LIMIT
    assert form.is_safe_length == (len(name) + 1 + MARK_LENGTH <= LOCAL_PART_SAFE)
    assert list(find_marks(address)) == [mark]


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_of_marks(text: str) -> None:
    for mark in find_marks(text):
        assert len(mark) == MARK_LENGTH
    with pytest.raises(InvalidToken):
        verify(RING, text)


@pytest.mark.parametrize(
    ("delivery", "attempt"), [(-1, 0), (2**64, 0), (1, -1)], ids=["below", "above", "attempt"]
)
def test_out_of_range_is_refused(delivery: int, attempt: int) -> None:
    with pytest.raises(ValueError, match=r"does not fit|negative"):
        sign(RING, Purpose.BOUNCE, delivery, attempt)


@pytest.mark.parametrize(
    ("secrets", "current", "words"),
    [
        ({1: b"x" * 16}, 2, "no secret"),
        ({8: b"x" * 16}, 8, "not between"),
        ({1: b"short"}, 1, "under 16"),
    ],
)
def test_a_keyring_says_what_is_wrong(secrets: dict[int, bytes], current: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Keyring(secrets, current)


def test_a_keyring_shows_no_secret() -> None:
    assert "secret" not in repr(RING)


@pytest.mark.parametrize(
    "template",
    ["{token}", "bounces@example.org", "{token}{token}@example.org", "a b+{token}@example.org"],
)
def test_other_address_forms_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"address form|cannot stand"):
        AddressForm.parse(template)


@given(IDS, PURPOSES, st.integers(min_value=0, max_value=40))
def test_what_a_mark_claims_is_what_it_would_prove(
    delivery: int, purpose: Purpose, attempt: int
) -> None:
    mark = sign(RING, purpose, delivery, attempt)
    assert claimed_id(mark) == verify(RING, mark).id
