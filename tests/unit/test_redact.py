"""A secret is taken out of what a server repeats, in whatever form it comes back."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.login.redact import redacted

SECRETS = ("sesame", 'pa"ss\\word', "pä ss", "it's \"x", "back\\\\slash", "ends\\", "(a+)+$")


def quoted(secret: str) -> str:
    return secret.replace("\\", r"\\").replace('"', r"\"")


@pytest.mark.parametrize("secret", SECRETS)
def test_every_form_is_found(secret: str) -> None:
    sasl = base64.b64encode(f"\0user\0{secret}".encode()).decode()
    forms = {
        "plain": secret,
        "quoted": quoted(secret),
        "bytes": str([f'LOGIN user "{quoted(secret)}"'.encode()]),
        "bytes with both quotes": str([f'it\'s LOGIN user "{quoted(secret)}"'.encode()]),
        "SASL": f"AUTH PLAIN {sasl}",
        "SASL LOGIN": base64.b64encode(secret.encode()).decode().rstrip("="),
    }
    for name, form in forms.items():
        told = redacted(f"500 not known: {form} (end", secret)
        assert "***" in told, name
        assert secret not in told, name
        assert not any(part in told for part in ("sesame", "ss\\\\word", sasl)), name
        assert told.startswith("500 not known: "), name


@given(st.text(min_size=1, max_size=20), st.text(max_size=50), st.text(max_size=50))
def test_a_plain_secret_never_stays(secret: str, before: str, after: str) -> None:
    told = redacted(before + secret + after, secret)
    if not set(secret) <= {"*"}:
        assert secret not in told.replace("***", "")


def test_other_words_stay() -> None:
    said = "NO [AUTHENTICATIONFAILED] UGFzc3dvcmQ6 for user-with-a-long-name"
    assert redacted(said, "sesame", "") == said
    assert redacted(said) == said


@pytest.mark.parametrize("secret", ["\\" * 40 + "x", "\\a" * 40 + "x", "a" * 200 + "b"])
def test_no_text_takes_long(secret: str) -> None:
    began = time.process_time()
    for hostile in ("\\" * 100_000, "\\a" * 50_000, "a" * 100_000, "A" * 100_000):
        assert len(redacted(hostile, secret)) <= 4_000
    assert time.process_time() - began < 5
