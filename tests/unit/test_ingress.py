"""The door, letters and credentials: what all ways in share."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.exits import Exit
from agent.ingress.credentials import (
    CredentialsError,
    Tokens,
    Users,
    add_token,
    add_user,
    remove_line,
)
from agent.ingress.door import _Waiting, answer
from agent.ingress.letter import completed, listed, qualified
from agent.outbound import intake
from agent.outbound.intake import IntakeError, Screened
from store.database import Ledger
from store.errors import LedgerBusy, NoticeConflict
from tests.plugins.doors import LETTER, a_door
from tests.plugins.storybook import write_config

PASSWORD = "correct horse battery"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(tmp_path / "landed.db")
    yield opened
    opened.close()


def screened(door: Any, key: str, text: str = "x") -> Screened:
    found = door.parts(key=key, recipients=["ada@example.com"], subject="s", text=text)
    assert isinstance(found, Screened)
    return found


def test_what_comes_at_the_same_time_shares_a_transaction(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = a_door(ledger)
    sizes: list[int] = []
    first, release = threading.Event(), threading.Event()

    def counted(*arguments: Any, **named: Any) -> Any:
        sizes.append(len(arguments[1]))
        if len(sizes) == 1:
            first.set()
            assert release.wait(120)
        return intake.accept_all(*arguments, **named)

    monkeypatch.setattr("agent.ingress.door.accept_all", counted)
    answers: dict[str, Any] = {}

    def hand_over(key: str, text: str) -> None:
        try:
            answers[key] = door.accept(screened(door, key.rstrip("!"), text))
        except NoticeConflict as conflict:
            answers[key] = conflict

    def started(key: str, text: str = "x") -> threading.Thread:
        thread = threading.Thread(target=hand_over, args=(key, text))
        thread.start()
        return thread

    threads = [started("k0")]
    assert first.wait(120)
    threads += [started(f"k{number}") for number in range(1, 6)]
    threads.append(started("k0!", "other"))
    end = threading.Event()
    while len(door._queue) < 6:
        end.wait(0.01)
    release.set()
    for thread in threads:
        thread.join(120)
    assert sizes == [1, 6]
    assert isinstance(answers.pop("k0!"), NoticeConflict)
    assert sorted(one.key for one in answers.values()) == [f"k{number}" for number in range(6)]
    assert all(one.created for one in answers.values())


def test_an_error_reaches_everyone_it_concerns_and_nobody_else(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = a_door(ledger)

    def failing(error: Exception) -> Any:
        def work(*_: Any, **__: Any) -> Any:
            raise error

        return work

    for error in (LedgerBusy("busy"), RuntimeError("odd")):
        with monkeypatch.context() as patch:
            patch.setattr("agent.ingress.door.accept_all", failing(error))
            with pytest.raises(type(error)):
                door.accept(screened(door, "k"))
    assert door.accept(screened(door, "k")).created


def test_what_breaks_a_shared_transaction_is_found_one_by_one(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = a_door(ledger)
    good, bad = screened(door, "good"), screened(door, "bad")

    def breaking(ledger: Ledger, wanted: Any, **named: Any) -> Any:
        if bad in wanted:
            raise RuntimeError("odd")
        return intake.accept_all(ledger, wanted, **named)

    monkeypatch.setattr("agent.ingress.door.accept_all", breaking)
    both = [_Waiting([good]), _Waiting([bad])]
    door._commit(both)
    assert [one.error is None for one in both] == [True, False]
    (taken,) = both[0].answers
    assert not isinstance(taken, NoticeConflict)
    assert answer(taken)["notice"] == "good"


def test_absurd_sizes_are_refused(ledger: Ledger) -> None:
    door = a_door(ledger, max_bytes=3000, max_recipients=3)
    with pytest.raises(IntakeError, match="more than 3 recipients"):
        door.parts(key="k", recipients=[f"p{n}@x.example" for n in range(4)], subject="s", text="")
    with pytest.raises(IntakeError, match="more than 3 recipients"):
        door.parts(key="k", recipients=["a@@b"] * 4, subject="s", text="")
    with pytest.raises(IntakeError, match="3000 is the limit"):
        door.message(LETTER + b"x\r\n" * 1000)


def test_letters_are_made_whole_and_otherwise_left() -> None:
    assert completed(LETTER, message_id="new@x") is LETTER
    keyed = LETTER.replace(b"Message-ID: <own@example.org>", b"X-Landed-Notice: k")
    assert completed(keyed, message_id="new@x") == keyed
    bare = completed(b"Subject: x\nMessage-ID:\n\nbody\n", message_id="new@x")
    assert bare == b"Message-ID: <new@x>\r\nSubject: x\r\n\r\nbody\r\n"
    empty = completed(b"Subject: x\nMessage-ID: <>\n\nbody\n", message_id="new@x")
    assert empty == bare
    text = completed(b"just words\n", message_id="new@x", sender=b"From: a@b.c\r\n")
    assert text == b"From: a@b.c\r\nMessage-ID: <new@x>\r\n\r\njust words\r\n"
    mbox = completed(b"From a@b.c Mon Oct  5\n" + LETTER, message_id="new@x")
    assert mbox == LETTER
    broken = b"Subject: x\nnonsense\n\n"
    assert completed(broken, message_id="new@x") == broken
    whole = completed(LETTER, message_id="new@x", sender=b"From: other@b.c\r\n", domain="b.c")
    assert whole is LETTER


def test_a_header_that_hides_behind_a_lone_cr_is_left_for_screening_to_refuse(
    ledger: Ledger,
) -> None:
    door = a_door(ledger)
    for head in (b"", b"From x@y Mon Oct  5\n"):
        hidden = head + b"To: ada@example.com\nSubject: x\rBcc: eve@example.com\n\nbody\n"
        made = completed(hidden, message_id="new@x", sender=b"From: a@b.c\r\n", domain="b.c")
        with pytest.raises(IntakeError, match="carriage return"):
            door.message(made)
    progress = b"Subject: x\n\n10 %\r20 %\n"
    assert completed(progress, message_id="new@x").endswith(b"\r\n10 %\r\n20 %\r\n")
    text = b"10 %\r20 %\n\nText: all is done\n"
    made = completed(text, message_id="new@x")
    assert made.endswith(b"\r\n\r\n10 %\r\n20 %\r\n\r\nText: all is done\r\n")


def test_names_alone_get_a_domain() -> None:
    assert qualified(["root, Ops <ops>, a@b.c", "x y", ""], "d.e") == [
        "root@d.e",
        "Ops <ops@d.e>",
        "a@b.c",
        "x y",
        "",
    ]
    assert listed(b"To: a\nCc: b,\n c\nBcc: d\n\nTo: e\n") == ["a", "b, c", "d"]
    assert listed(b"To: a\nnonsense\n\n") == []


def test_users(tmp_path: Path) -> None:
    path = tmp_path / "users"
    add_user(path, "app", PASSWORD)
    add_user(path, "app", PASSWORD + "2")
    add_user(path, "other", PASSWORD)
    users = Users(path)
    assert users.names() == ["app", "other"]
    assert users.verify("app", (PASSWORD + "2").encode())
    assert not users.verify("app", PASSWORD.encode())
    assert not users.verify("nobody", b"")
    assert remove_line(path, "app")
    assert not remove_line(path, "app")
    assert users.names() == ["other"]
    for name, password in (("a b", PASSWORD), ("ok", "short"), ("", PASSWORD)):
        with pytest.raises(CredentialsError):
            add_user(path, name, password)
    path.write_text("# people\n\napp plain$x\n")
    with pytest.raises(CredentialsError, match="no known kind"):
        users.verify("app", b"x")
    with pytest.raises(CredentialsError, match="cannot be written"):
        add_user(tmp_path / "none" / "users", "app", PASSWORD)


def test_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    text = add_token(path, "app", ["read", "send"])
    found = Tokens(path).find(text)
    assert found is not None
    assert (found.name, sorted(found.scopes)) == ("app", ["read", "send"])
    assert Tokens(path).find(text + "x") is None
    for name, scopes in (("app", ["read"]), ("b", ["write"]), ("c", [])):
        with pytest.raises(CredentialsError):
            add_token(path, name, scopes)


def call(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def test_the_commands_for_users_and_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDED_CONFIG", str(write_config(tmp_path)))
    assert call("user", "list").exit_code == Exit.CONFIG
    write_config(tmp_path, '[listener]\nusers = "landed.users"\n')
    assert call("user", "list").exit_code == Exit.CONFIG
    assert call("user", "add", "app", stdin="short\n").exit_code == Exit.USAGE
    assert call("user", "add", "app", stdin=f"{PASSWORD}\n").stdout == "app may log in.\n"
    assert call("user", "list").stdout == "app\n"
    assert call("user", "remove", "app").exit_code == Exit.OK
    assert call("user", "remove", "app").exit_code == Exit.NOT_FOUND
    assert call("user", "list").stdout == "Nobody may log in.\n"

    assert call("token", "list").stdout == "There is no token.\n"
    made = call("token", "add", "cron")
    assert made.stdout.startswith("landed_")
    assert call("token", "add", "web", "--scope", "read", "--scope", "send").exit_code == Exit.OK
    assert call("token", "add", "web").exit_code == Exit.USAGE
    assert call("token", "list").stdout == "cron  send\nweb   read send\n"
    assert call("token", "remove", "web").exit_code == Exit.OK
    assert call("token", "remove", "web").exit_code == Exit.NOT_FOUND
    (tmp_path / "landed.tokens").write_text("broken\n")
    assert call("token", "list").exit_code == Exit.CONFIG
