"""The folder's shell against servers that lie, stall or break off: bounded, and told in words."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.inbound.account import Account, ImapError
from agent.inbound.imap import Mail, Mailbox
from agent.inbound.uids import batches, ranges
from tests.plugins.liar import CLOSE, DRIP, STALL, Answer, Liar, run_liar, uids_in
from tests.plugins.waiting import until

SECOND = timedelta(seconds=1)
PASSWORD = "pass-word-1"


def account(liar: Liar) -> Account:
    return Account(
        name="bounces",
        host="127.0.0.1",
        port=liar.port,
        security="none",
        username="bounces",
        password=PASSWORD,
        timeout=timedelta(seconds=20),
        max_bytes=100,
    )


def opened(liar: Liar, **change: object) -> Mailbox:
    mailbox = Mailbox(replace(account(liar), **change), "INBOX")  # type: ignore[arg-type]
    mailbox.connect()
    mailbox.select()
    return mailbox


def hasty(mailbox: Mailbox) -> Mailbox:
    """One that gives up soon: from here on, since a login takes time on a busy machine."""
    mailbox.account = replace(mailbox.account, timeout=timedelta(seconds=0.3))
    return mailbox


def in_turn(*answers: bytes) -> Callable[[], bytes]:
    """Each answer once, the last one for ever."""
    left = list(answers)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def fetched(liar: Liar, uids: list[int], **change: object) -> list[Mail]:
    with opened(liar, **change) as mailbox:
        return list(chain.from_iterable(mailbox.fetch(uids)))


def body(seq: int, uid: int, text: bytes, name: bytes = b"BODY[]") -> bytes:
    return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (seq, uid, name, len(text), text)


def sizes(*pairs: tuple[int, int]) -> bytes:
    lines = [b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, size) for uid, size in pairs]
    return b"".join(lines) + b"TAG OK done\r\n"


SIZES = r"UID FETCH \S+ \(RFC822\.SIZE\)"
OK = b"TAG OK done\r\n"


def test_answers_out_of_order_and_among_others_are_sorted_out() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: sizes((2, 5), (1, 5)),
        "UID FETCH": body(2, 2, b"two22")
        + b"* 1 FETCH (FLAGS (\\Seen))\r\n"
        + body(9, 9, b"other")
        + body(1, 1, b"one11")
        + b"* 3 EXISTS\r\n"
        + OK,
    }
    with run_liar(answers) as liar:
        assert [(mail.uid, mail.raw) for mail in fetched(liar, [1, 2])] == [
            (1, b"one11"),
            (2, b"two22"),
        ]


def test_the_date_of_arrival_is_aware_and_may_be_missing() -> None:
    dated = b'* 1 FETCH (UID 1 INTERNALDATE "03-Oct-2026 12:00:00 +0200" BODY[] {1}\r\nx)\r\n'
    with run_liar({SIZES: sizes((1, 1)), "UID FETCH": dated + OK}) as liar:
        (mail,) = fetched(liar, [1])
        assert mail.received_at == datetime(2026, 10, 3, 10, tzinfo=UTC)
    with run_liar({SIZES: sizes((1, 1)), "UID FETCH": body(1, 1, b"x") + OK}) as liar:
        assert fetched(liar, [1])[0].received_at is None


def test_a_mail_that_is_gone_is_left_out() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 3)),
        "UID FETCH 2": OK,
        "UID FETCH": body(1, 1, b"one") + OK,
    }
    with run_liar(answers) as liar:
        assert [mail.uid for mail in fetched(liar, [1, 2])] == [1]


def test_a_nil_body_is_asked_for_once_more() -> None:
    nil = b"* 1 FETCH (UID 1 BODY[] NIL)\r\n" + OK
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 3)),
        "UID FETCH": in_turn(nil, body(1, 1, b"one", b"BODY[]<0>") + OK),
    }
    with run_liar(answers) as liar:
        assert [mail.raw for mail in fetched(liar, [1])] == [b"one"]


def test_a_mail_that_is_listed_and_never_given_is_told_as_such() -> None:
    nil = b"* 1 FETCH (UID 1 BODY[] NIL)\r\n" + OK
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 3)),
        "UID FETCH": nil,
        "UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    }
    with run_liar(answers) as liar:
        (mail,) = fetched(liar, [1])
    assert mail.raw is None
    assert "gives no content" in mail.note


def test_a_big_mail_is_read_to_the_limit_and_says_so() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 5000), (2, 3)),
        r"UID FETCH 1 \(BODY\.PEEK\[\]<0\.100> INTERNALDATE\)": body(1, 1, b"x" * 100, b"BODY[]<0>")
        + OK,
        "UID FETCH 2": body(2, 2, b"two") + OK,
    }
    with run_liar(answers) as liar:
        big, small = fetched(liar, [1, 2])
    assert (big.raw, big.note) == (b"x" * 100, "only the first 100 of 5000 octets were read")
    assert (small.raw, small.note) == (b"two", "")


def test_a_size_that_was_a_lie_does_not_get_past_the_limit() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 3)),
        "UID FETCH": body(1, 1, b"x" * 5000) + OK,
    }
    with run_liar(answers) as liar:
        (mail,) = fetched(liar, [1])
    assert mail.raw == b"x" * 100
    assert "5000" in mail.note


def test_a_mail_without_a_size_is_read_with_a_limit() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: b"* 1 FETCH (UID 1 RFC822.SIZE NIL)\r\n" + OK,
        "UID FETCH": body(1, 1, b"one", b"BODY[]<0>") + OK,
    }
    with run_liar(answers) as liar:
        assert fetched(liar, [1])[0].raw == b"one"
        assert any("<0.100>" in command for command in liar.commands)


def test_a_body_of_digits_is_still_text() -> None:
    digits = b'* 1 FETCH (UID 1 BODY[] "12345")\r\n' + OK
    with run_liar({SIZES: sizes((1, 5)), "UID FETCH": digits}) as liar:
        assert fetched(liar, [1])[0].raw == b"12345"


def test_batches_are_bounded_by_count() -> None:
    def give() -> bytes:
        return b"".join(body(uid, uid, b"x") for uid in uids_in(liar.commands[-1])) + OK

    answers: Mapping[str, Answer] = {
        SIZES: lambda: sizes(*((uid, 1) for uid in uids_in(liar.commands[-1]))),
        "UID FETCH": give,
    }
    with run_liar(answers) as liar, opened(liar, batch=2) as mailbox:
        assert [len(mails) for mails in mailbox.fetch([1, 2, 3, 4, 5])] == [2, 2, 1]


def test_the_last_mail_below_the_cursor_is_not_news() -> None:
    found = b"* SEARCH 41\r\nTAG OK done\r\n"
    with run_liar({"UID SEARCH": found}) as liar, opened(liar) as mailbox:
        assert mailbox.uids_after(41) == []
        assert mailbox.uids_after(40) == [41]


def test_a_long_history_is_looked_through_in_windows() -> None:
    select = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 120000] x\r\nTAG OK in\r\n"
    answers: Mapping[str, Answer] = {
        "EXAMINE": select,
        r"UID SEARCH UID 100001:\*": b"* SEARCH 119999\r\nTAG OK done\r\n",
        r"UID SEARCH": b"* SEARCH\r\nTAG OK done\r\n",
    }
    with run_liar(answers) as liar, opened(liar) as mailbox:
        assert mailbox.uids_after(0) == [119999]
        asked = [command for command in liar.commands if "SEARCH" in command]
    assert asked == [
        "UID SEARCH UID 1:50000",
        "UID SEARCH UID 50001:100000",
        "UID SEARCH UID 100001:*",
    ]


def test_uids_that_cannot_be_are_ignored() -> None:
    found = b"* SEARCH 5 5 99999999999 3\r\nTAG OK done\r\n"
    with run_liar({"UID SEARCH": found}) as liar, opened(liar) as mailbox:
        assert mailbox.uids_after(0) == [3, 5]


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"UID SEARCH": STALL}, "no answer within"),
        ({"UID SEARCH": CLOSE}, "the line was lost while looking for new mail"),
        ({"UID SEARCH": b"* BYE out of memory\r\n"}, "the line was lost .*out of memory"),
        ({"UID SEARCH": b"\x00\xff garbage\r\n"}, "the line was lost"),
        ({"UID SEARCH": b"* SEARCH one two\r\nTAG OK done\r\n"}, "made no sense"),
    ],
)
def test_a_line_that_fails_is_told_and_dropped(answers: Mapping[str, Answer], says: str) -> None:
    with run_liar(answers) as liar:
        mailbox = opened(liar)
        if STALL in answers.values():
            hasty(mailbox)
        with pytest.raises(ImapError, match=says) as caught:
            mailbox.uids_after(0)
        assert caught.value.trouble == "lost"
        assert not mailbox.connected
        with pytest.raises(ImapError, match="is not connected"):
            mailbox.uids_after(0)
        mailbox.close()


def test_a_server_that_drips_runs_into_the_deadline() -> None:
    """Each line is in time, the answer never ends."""
    with run_liar({"UID SEARCH": DRIP}) as liar:
        mailbox = hasty(opened(liar))
        with pytest.raises(ImapError, match="no answer within"):
            mailbox.uids_after(0)


def test_a_refusal_leaves_the_line_open() -> None:
    with run_liar({"UID SEARCH": b"TAG NO not now\r\n"}) as liar, opened(liar) as mailbox:
        with pytest.raises(ImapError, match=r"refused while looking for new mail .*not now"):
            mailbox.uids_after(0)
        assert mailbox.connected


@pytest.mark.parametrize(
    ("answers", "trouble", "says"),
    [
        (
            {"LOGIN": b"TAG BAD User is authenticated but not connected.\r\n"},
            "login",
            "this login opens no mailbox",
        ),
        (
            {"EXAMINE": b"TAG BAD User is authenticated but not connected.\r\n"},
            "login",
            "this login opens no mailbox",
        ),
        ({"LOGIN": b"TAG NO wrong\r\n"}, "login", "check username and password"),
        (
            {"EXAMINE": b"* 0 EXISTS\r\nTAG OK in\r\n"},
            "folder",
            "gives no good UIDVALIDITY",
        ),
        (
            {
                "EXAMINE": b"TAG NO permission denied\r\n",
                "LIST": b'* LIST () "/" INBOX\r\nTAG OK done\r\n',
            },
            "folder",
            "the folder is there: check its permissions",
        ),
        (
            {"EXAMINE": b"TAG NO no such\r\n", "LIST": b"TAG NO never\r\n"},
            "refused",
            "no such",
        ),
    ],
)
def test_a_refusal_says_what_to_do(answers: Mapping[str, Answer], trouble: str, says: str) -> None:
    with run_liar(answers) as liar, pytest.raises(ImapError, match=says) as caught:
        opened(liar)
    assert caught.value.trouble == trouble


def test_a_throttle_is_waited_for_as_long_as_it_asks() -> None:
    told = b"TAG NO Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n"
    for command in ("LOGIN", "EXAMINE"):
        with run_liar({command: told}) as liar, pytest.raises(ImapError) as caught:
            opened(liar)
        assert caught.value.retry_after == timedelta(milliseconds=299961)
    absurd = told.replace(b"299961", b"999999999")
    with run_liar({"LOGIN": absurd}) as liar, pytest.raises(ImapError) as caught:
        opened(liar)
    assert caught.value.retry_after == timedelta(hours=1)


def test_a_password_is_never_repeated() -> None:
    echo = b"TAG NO wrong password " + PASSWORD.encode() + b"\x1b[2J\r\n"
    with run_liar({"LOGIN": echo}) as liar, pytest.raises(ImapError) as caught:
        opened(liar)
    assert PASSWORD not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    with run_liar() as liar:
        assert PASSWORD not in repr(account(liar))


def test_a_password_is_never_repeated_as_the_command_had_it() -> None:
    for password in ('pa"ss\\wörd', 'pa"ss\\word'):
        sasl = base64.b64encode(f"\0bounces\0{password}".encode())
        echo = b"TAG BAD what is LOGIN bounces " + _in_quotes(password) + b" or " + sasl + b"\r\n"
        script: dict[str, Answer] = {"LOGIN": echo, "AUTHENTICATE PLAIN": echo}
        with run_liar(script) as liar, pytest.raises(ImapError) as caught:
            opened(liar, password=password)
        assert 'what is LOGIN bounces "***" or ***' in str(caught.value)


def _in_quotes(text: str) -> bytes:
    return b'"' + text.replace("\\", r"\\").replace('"', r"\"").encode() + b'"'


def test_a_password_beyond_ascii_goes_by_sasl() -> None:
    with run_liar({"AUTHENTICATE PLAIN": b"TAG NO wrong\r\n"}) as liar:
        with pytest.raises(ImapError, match="check username and password"):
            opened(liar, password="pässword")
        assert "AUTHENTICATE PLAIN" in liar.commands


def test_a_greeting_that_is_none_is_told() -> None:
    with run_liar(greeting=b"220 smtp.example ESMTP\r\n") as liar:
        with pytest.raises(ImapError) as caught:
            opened(liar)
        assert caught.value.trouble in {"lost", "refused"}


def test_a_password_stays_off_a_plain_line_to_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.inbound.line._is_loopback", lambda _line: False)
    with run_liar() as liar:
        with pytest.raises(ImapError, match="would be sent in the clear"):
            opened(liar)
        assert not any("LOGIN" in command for command in liar.commands)


def leave(liar: Liar, before: bytes = b"") -> Callable[[], bytes]:
    """The answer to DONE, with the tag of IDLE."""
    return lambda: before + liar.tags[-1] + b" OK idle over\r\n"


def idle(liar: Liar, at_most: timedelta = SECOND * 3600, *, haste: bool = False) -> bool:
    with opened(liar) as mailbox:
        return (hasty(mailbox) if haste else mailbox).idle_wait(threading.Event(), at_most)


def test_news_that_comes_with_the_answer_to_idle_is_not_slept_over() -> None:
    together = b"+ idling\r\n* 3 EXISTS\r\n"
    began = time.monotonic()
    with run_liar({"IDLE": together}) as liar:
        liar.tell("DONE", leave(liar))
        assert idle(liar)
    assert time.monotonic() - began < 600, "it comes again with nothing until the hour is over"


def test_idle_ends_when_its_time_is_over_and_says_whether_there_is_news() -> None:
    with run_liar({"IDLE": b"+ idling\r\n* OK still here\r\n"}) as liar:
        liar.tell("DONE", leave(liar))
        assert not idle(liar, timedelta(seconds=0.1))
    with run_liar({"IDLE": b"+ idling\r\n"}) as liar:
        liar.tell("DONE", leave(liar, b"* 4 EXISTS\r\n"))
        assert idle(liar, timedelta(seconds=0.1))


def test_idle_is_left_at_once_when_the_stop_comes() -> None:
    with run_liar({"IDLE": b"+ idling\r\n"}) as liar:
        liar.tell("DONE", leave(liar))
        with opened(liar) as mailbox:
            stop = threading.Event()
            threading.Timer(0.1, stop.set).start()
            began = time.monotonic()
            assert not mailbox.idle_wait(stop, SECOND * 3600)
            assert time.monotonic() - began < 600


@pytest.mark.parametrize(
    "answer",
    [
        CLOSE,
        STALL,
        b"TAG BAD what?\r\n",
        b"* 5 EXISTS\r\n",
        b"+ idling\r\n* BYE going down\r\n",
        b"+ idling\r\n(((\r\n",
    ],
)
def test_an_idle_that_fails_is_bounded(answer: bytes) -> None:
    began = time.monotonic()
    with run_liar({"IDLE": answer, "DONE": CLOSE}) as liar, pytest.raises(ImapError):
        idle(liar, haste=True)
    assert time.monotonic() - began < 600


def test_a_line_closed_during_idle_is_noticed() -> None:
    with run_liar({"IDLE": b"+ idling\r\n", "DONE": CLOSE}) as liar:
        mailbox = opened(liar)
        threading.Timer(0.2, liar.hang_up).start()
        with pytest.raises(ImapError):
            mailbox.idle_wait(threading.Event(), timedelta(minutes=5))
        assert not mailbox.connected


def test_without_move_mail_is_copied_and_only_ours_is_expunged() -> None:
    capability = b"* CAPABILITY IMAP4rev1 %s\r\nTAG OK done\r\n"
    for extra, expunged in ((b"UIDPLUS", True), (b"", False)):
        with run_liar({"CAPABILITY": capability % extra}) as liar:
            with opened(liar, after="move") as mailbox:
                mailbox.move([1, 2, 3, 7])
            done = [command for command in liar.commands if command.startswith("UID")]
        assert done[:2] == ['UID COPY 1:3,7 "Landed"', r"UID STORE 1:3,7 +FLAGS.SILENT (\Deleted)"]
        assert (done[2:] == ["UID EXPUNGE 1:3,7"]) is expunged
        assert "EXPUNGE" not in liar.commands


def test_a_missing_target_folder_is_made() -> None:
    answers: Mapping[str, Answer] = {
        "UID MOVE": in_turn(b"TAG NO [TRYCREATE] no such folder\r\n", OK),
        "LIST": b'* LIST () "/" INBOX\r\nTAG OK done\r\n',
        "UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    }
    with run_liar(answers) as liar, opened(liar, after="move") as mailbox:
        mailbox.move([1])
    assert 'CREATE "Landed"' in liar.commands


def test_a_move_that_is_refused_for_good_is_told() -> None:
    answers: Mapping[str, Answer] = {
        "UID MOVE": b"TAG NO over quota\r\n",
        "LIST": b'* LIST () "/" Landed\r\nTAG OK done\r\n',
        "UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    }
    with (
        run_liar(answers) as liar,
        opened(liar, after="move") as mailbox,
        pytest.raises(ImapError, match="over quota"),
    ):
        mailbox.move([1])


def test_many_uids_go_in_lines_that_servers_take() -> None:
    with run_liar() as liar, opened(liar, after="flag", flag=r"\Flagged") as mailbox:
        mailbox.flag(list(range(1, 60_000, 2)))
        lines = [command for command in liar.commands if "STORE" in command]
    assert len(lines) > 1
    assert max(map(len, lines)) < 8_192


def test_closing_is_safe_at_any_time() -> None:
    with run_liar({"LOGOUT": CLOSE}) as liar:
        mailbox = opened(liar)
        mailbox.close()
        mailbox.close()
        assert not mailbox.connected


uid_lists = st.lists(st.integers(1, 2**32 - 1), max_size=200)


@given(uid_lists, st.integers(12, 200))
def test_ranges_name_the_same_uids_in_short_lines(uids: list[int], line: int) -> None:
    words = list(ranges(uids, line=line))
    assert all(len(word) <= max(line, 21) for word in words)
    small = sorted(set(uids))
    back: list[int] = []
    for word in ",".join(words).split(",") if words else []:
        first, _, last = word.partition(":")
        back += range(int(first), int(last or first) + 1)
    assert back == small


@given(st.lists(st.integers(1, 500), unique=True), st.data())
def test_batches_keep_order_and_bounds(uids: list[int], data: st.DataObject) -> None:
    known = data.draw(st.dictionaries(st.sampled_from(uids), st.integers(0, 80))) if uids else {}
    made = list(batches(uids, known, most=7, octets=100))
    assert list(chain.from_iterable(made)) == uids
    for batch in made:
        assert len(batch) <= 7
        held = sum(known.get(uid, 100) for uid in batch)
        assert held <= 100 or len(batch) == 1


def test_mail_told_of_beside_the_answer_to_a_search_is_looked_for_at_once() -> None:
    """IDLE never tells of it again (RFC 3501 7), so it would be slept over."""
    answers = iter(
        [b"* SEARCH\r\n* 4 EXISTS\r\nTAG OK done\r\n", b"* SEARCH 100\r\nTAG OK done\r\n"]
    )
    with run_liar({"UID SEARCH": lambda: next(answers)}) as liar, opened(liar) as mailbox:
        assert mailbox.uids_after(99) == [100]


def test_a_server_that_never_stops_telling_of_mail_is_not_asked_for_ever() -> None:
    told = b"* SEARCH\r\n* 4 EXISTS\r\nTAG OK done\r\n"
    with run_liar({"UID SEARCH": told}) as liar, opened(liar) as mailbox:
        assert mailbox.uids_after(99) == []
        assert sum("SEARCH" in command for command in liar.commands) == 5


def test_mail_told_of_beside_another_answer_is_news_to_idle() -> None:
    told = b"* 1 FETCH (FLAGS ($Landed))\r\n* 5 EXISTS\r\nTAG OK done\r\n"
    with run_liar({"UID STORE": told}) as liar, opened(liar, after="flag") as mailbox:
        mailbox.flag([1])
        assert mailbox.idle_wait(threading.Event(), SECOND * 10) is True
        assert not any("IDLE" in command for command in liar.commands)


def test_a_literal_larger_than_anything_asked_for_is_not_read() -> None:
    huge = b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n"
    with (
        run_liar({SIZES: sizes((1, 5)), "UID FETCH": huge}) as liar,
        pytest.raises(ImapError, match="more octets than were asked for"),
    ):
        fetched(liar, [1])


def test_a_line_without_an_end_is_not_read() -> None:
    with run_liar({"UID SEARCH": b"* SEARCH " + b"1 " * 600_000 + b"\r\nTAG OK\r\n"}) as liar:
        mailbox = opened(liar)
        with pytest.raises(ImapError, match="a line of more than"):
            mailbox.uids_after(0)
        assert not mailbox.connected


def test_a_literal_that_is_glued_to_its_name_is_read() -> None:
    """As GreenMail writes it."""
    body = b"* 1 FETCH (UID 1 BODY[]<0>{3}\r\none)\r\n" + OK
    with run_liar({SIZES: sizes((1, 500)), "UID FETCH": body}) as liar:
        assert [mail.raw for mail in fetched(liar, [1])] == [b"one"]


def test_the_next_batch_is_asked_for_before_one_is_worked_on() -> None:
    def give() -> bytes:
        return b"".join(body(uid, uid, b"x") for uid in uids_in(liar.commands[-1])) + OK

    answers: Mapping[str, Answer] = {SIZES: sizes((1, 1), (2, 1), (3, 1)), "UID FETCH": give}
    with run_liar(answers) as liar, opened(liar, batch=1) as mailbox:
        with closing(mailbox.fetch([1, 2, 3])) as batches:
            assert [mail.uid for mail in next(batches)] == [1]
            until(lambda: sum("BODY" in command for command in liar.commands) == 2)
            assert [mail.uid for mail in chain.from_iterable(batches)] == [2, 3]
        assert mailbox.connected
        with closing(mailbox.fetch([1, 2, 3], ahead=False)) as batches:
            next(batches)
        assert mailbox.connected


def test_who_stops_early_leaves_no_answer_behind_for_the_next_question() -> None:
    def give() -> bytes:
        return b"".join(body(uid, uid, b"x") for uid in uids_in(liar.commands[-1])) + OK

    answers: Mapping[str, Answer] = {SIZES: sizes((1, 1), (2, 1)), "UID FETCH": give}
    with run_liar(answers) as liar, opened(liar, batch=1) as mailbox:
        with closing(mailbox.fetch([1, 2])) as batches:
            next(batches)
        assert not mailbox.connected


def test_what_a_server_tells_of_the_next_batch_too_early_is_kept_for_it() -> None:
    answers: Mapping[str, Answer] = {
        SIZES: sizes((1, 3), (2, 3)),
        "UID FETCH 1 ": body(2, 2, b"two") + body(1, 1, b"one") + OK,
        "UID FETCH 2 ": OK,
    }
    with run_liar(answers) as liar, opened(liar, batch=1) as mailbox:
        mails = list(chain.from_iterable(mailbox.fetch([1, 2])))
        assert [(mail.uid, mail.raw) for mail in mails] == [(1, b"one"), (2, b"two")]
        assert sum("BODY" in command for command in liar.commands) == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"STATUS": b"TAG NO not now\r\n"},
        {"STATUS": OK},
        {"STATUS": b'* STATUS "INBOX" (UIDNEXT x)\r\n' + OK},
        {"CLOSE": b"TAG NO it is read-only\r\n"},
    ],
)
def test_a_server_that_does_not_tell_the_state_is_looked_into_each_time(
    answers: Mapping[str, Answer],
) -> None:
    with run_liar(answers) as liar, opened(liar) as mailbox:
        mailbox.leave()
        assert not mailbox.is_unchanged()
        mailbox.select()
        left = mailbox.leave()
        assert not mailbox.is_unchanged()
        if "UIDNEXT" not in str(answers):
            assert not left
            assert sum(command.startswith("STATUS") for command in liar.commands) <= 1
        assert mailbox.connected


@pytest.mark.parametrize(
    ("offered", "modseq", "later", "unchanged"),
    [
        (b"CONDSTORE", b"* OK [HIGHESTMODSEQ 5] x\r\n", b" HIGHESTMODSEQ 5", True),
        (b"CONDSTORE", b"* OK [HIGHESTMODSEQ 5] x\r\n", b" HIGHESTMODSEQ 6", False),
        (b"CONDSTORE", b"* OK [HIGHESTMODSEQ 5] x\r\n", b"", True),
        (b"CONDSTORE", b"* OK [NOMODSEQ] x\r\n", b" HIGHESTMODSEQ 6", True),
        (b"IDLE", b"* OK [HIGHESTMODSEQ 5] x\r\n", b"", True),
    ],
)
def test_a_uidnext_that_stands_still_is_not_believed_where_modseq_moves(
    offered: bytes, modseq: bytes, later: bytes, *, unchanged: bool
) -> None:
    told = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n"
    status = b'* STATUS "INBOX" (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7%s)\r\n' % later
    script: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 UNSELECT " + offered + b"\r\n" + OK,
        "(EXAMINE|SELECT)": told + modseq + OK,
        "STATUS": status + OK,
    }
    with run_liar(script) as liar, opened(liar) as mailbox:
        assert mailbox.leave()
        assert mailbox.is_unchanged() is unchanged
        asked = next(command for command in liar.commands if command.startswith("STATUS"))
        assert ("HIGHESTMODSEQ" in asked) is (offered == b"CONDSTORE")


def test_a_modseq_that_only_status_tells_counts_from_then_on() -> None:
    """As Dovecot's, until it was asked for once."""
    script: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 UNSELECT CONDSTORE\r\n" + OK
    }
    with run_liar(script) as liar, opened(liar) as mailbox:
        assert mailbox.leave()
        for modseq, unchanged in ((5, True), (5, True), (6, False)):
            status = b'* STATUS "INBOX" (UIDNEXT 100 UIDVALIDITY 7 HIGHESTMODSEQ %d)\r\n' % modseq
            liar.tell("STATUS", status + OK)
            assert mailbox.is_unchanged() is unchanged


def test_a_throttle_told_to_status_is_no_plain_refusal() -> None:
    told = b"TAG BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n"
    with run_liar({"STATUS": told}) as liar, opened(liar) as mailbox:
        assert mailbox.leave()
        with pytest.raises(ImapError, match="throttles us"):
            mailbox.is_unchanged()


class TestAStatusThatTellsAnOldState:
    """It is believed for nine looks, and twice at most."""

    @staticmethod
    def script(told: int, there: int) -> dict[str, Answer]:
        state = b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT %d] x\r\n"
        status = b'* STATUS "INBOX" (MESSAGES %d UIDNEXT %d UIDVALIDITY 7)\r\n'
        return {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 UNSELECT\r\n" + OK,
            "(EXAMINE|SELECT)": state % (there, there + 1) + OK,
            "STATUS": status % (told, told + 1) + OK,
        }

    def say(self, liar: Liar, told: int, there: int) -> None:
        for pattern, answer in self.script(told, there).items():
            liar.tell(pattern, answer)

    @staticmethod
    def looks(mailbox: Mailbox) -> int:
        """How many looks until the folder is opened; each time it is left again."""
        for count in range(1, 20):
            if not mailbox.is_unchanged():
                mailbox.select()
                mailbox.leave()
                return count
        raise AssertionError("it is never opened")

    def test_is_not_asked_any_more_once_it_was_caught_twice(self) -> None:
        with run_liar(self.script(1, 1)) as liar, opened(liar) as mailbox:
            assert mailbox.leave()
            self.say(liar, 1, 2)
            assert self.looks(mailbox) == 11, "nobody can know better yet"
            assert self.looks(mailbox) == 1, "it is looked into at once from now on"
            self.say(liar, 2, 3)
            assert self.looks(mailbox) == 1
            asked = sum(one.startswith("STATUS") for one in liar.commands)
            assert self.looks(mailbox) == 1
            assert sum(one.startswith("STATUS") for one in liar.commands) == asked
            assert mailbox.connected

    def test_is_believed_again_where_it_tells_the_next_change(self) -> None:
        with run_liar(self.script(1, 1)) as liar, opened(liar) as mailbox:
            assert mailbox.leave()
            self.say(liar, 1, 2)  # it came just in between
            assert self.looks(mailbox) == 11
            self.say(liar, 3, 3)
            assert self.looks(mailbox) == 1
            assert self.looks(mailbox) == 11

    def test_an_honest_one_costs_no_round_trip_more(self) -> None:
        with run_liar(self.script(1, 1)) as liar, opened(liar) as mailbox:
            assert mailbox.leave()
            assert self.looks(mailbox) == 11
            assert self.looks(mailbox) == 11
            told = [one.split()[0] for one in liar.commands if one[:2] in {"ST", "EX", "UN"}]
            turn = [*["STATUS"] * 11, "EXAMINE", "UNSELECT"]
            assert told == ["EXAMINE", "UNSELECT", *turn, *turn]

    @pytest.mark.parametrize("status", [b"TAG NO not now\r\n", OK, b"* STATUS x\r\n" + OK])
    def test_a_refusal_beside_the_opening_harms_nothing(self, status: bytes) -> None:
        with run_liar(self.script(1, 1)) as liar, opened(liar) as mailbox:
            assert mailbox.leave()
            for _ in range(10):
                assert mailbox.is_unchanged()
            liar.tell("STATUS", status)
            assert not mailbox.is_unchanged()
            mailbox.select()
            assert mailbox.connected
            assert mailbox.uidvalidity == 7
            assert not mailbox.leave(), "it is opened each time"
