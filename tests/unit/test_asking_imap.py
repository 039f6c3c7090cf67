"""Asking over IMAP a server that lies, is huge, or names what is not there."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from agent.asking import imap as module
from agent.asking.connector import AskingError, Look, MailboxError, Pace, Wanted
from agent.asking.imap import ImapConnector, ImapPlan
from agent.inbound.account import Account
from parsers.token import Keyring, Purpose, sign
from store.words import FactKind
from tests.plugins.liar import CLOSE, DRIP, STALL, Answer, Liar, run_liar
from tests.plugins.owed import KEYRING
from tests.plugins.ports import HOST

MARK = "aaaaaaaaaaaaaaaaaaaaaaaa"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
K = FactKind


@pytest.fixture
def liar() -> Iterator[Liar]:
    with run_liar() as running:
        running.tell("LIST", folders("INBOX"))
        yield running


def folders(*names: str, flags: str = r"\HasNoChildren") -> bytes:
    lines = "".join(f'* LIST ({flags}) "/" "{name}"\r\n' for name in names)
    return f"{lines}TAG OK done\r\n".encode()


def fetched(uid: int, header: str, flags: str = "", name: str = "BODY[HEADER.FIELDS (X)]") -> bytes:
    raw = header.encode("utf-8")
    return (
        f"* 1 FETCH (UID {uid} FLAGS ({flags}) {name} {{{len(raw)}}}\r\n".encode()
        + raw
        + b")\r\nTAG OK done\r\n"
    )


def look(
    liar: Liar, *ids: str, seconds: float = 10, mailbox: str = "anna@people.test", folders: str = ""
) -> Look:
    wait = timedelta(seconds=seconds)
    account = Account("own", HOST, liar.port, "none", "", "{address}*m", "secret", timeout=wait)
    connector = ImapConnector("own", ImapPlan(account, folders=folders), Pace(6000))
    wanted = [
        Wanted(n, one, MARK, "ops@notices.example", NOW) for n, one in enumerate(ids or ("a@x",), 1)
    ]
    try:
        return connector.look(mailbox, wanted, NOW, threading.Event())
    finally:
        connector.close()


def kinds(found: Look) -> list[tuple[int, FactKind]]:
    return [(one.delivery_id, one.kind) for one in found.sightings]


def test_what_search_names_is_believed_only_by_its_header(liar: Liar) -> None:
    liar.tell("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n")
    liar.tell("UID FETCH", fetched(5, "Message-ID: <aa@x>\r\nReferences: <a@x>\r\n\r\n"))
    assert kinds(look(liar)) == []
    liar.tell("UID FETCH", fetched(5, "Message-ID:\r\n <a@x>\r\n\r\n", r"\Seen"))
    assert kinds(look(liar)) == [(1, K.INBOX), (1, K.READ)]


def test_nothing_is_ever_changed(liar: Liar) -> None:
    liar.tell("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n")
    liar.tell("UID FETCH", fetched(5, "Message-ID: <a@x>\r\n\r\n"))
    look(liar)
    words = {command.split()[0].upper() for command in liar.commands}
    assert words <= {"CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID", "LOGOUT"}
    inner = [command for command in liar.commands if command.upper().startswith("UID")]
    assert all(command.split()[1].upper() in {"SEARCH", "FETCH"} for command in inner)
    assert all("BODY.PEEK[HEADER.FIELDS" in one for one in inner if "FETCH" in one)


def test_a_search_by_id_that_finds_nothing_is_followed_by_one_by_sender(liar: Liar) -> None:
    found = look(liar, "a@x", "b@x")
    asked = [command for command in liar.commands if command.startswith("UID SEARCH")]
    assert asked == [
        "UID SEARCH SINCE 28-Feb-2026 OR HEADER Message-ID a@x HEADER Message-ID b@x",
        "UID SEARCH SINCE 28-Feb-2026 FROM ops@notices.example",
    ]
    assert (kinds(found), found.through) == ([], NOW)


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 FLAGS NIL BODY[HEADER.FIELDS (X)] NIL)\r\nTAG OK done\r\n",
        b"* 1 FETCH (UID 5)\r\nTAG OK done\r\n",
        b"TAG OK done\r\n",
        fetched(5, "Message-ID: " + "<a@x> " * 5000 + "\r\n\r\n"),
        fetched(5, "\xff\x00: <a@x>\r\n\r\n"),
        fetched(5, "message-id: <a@x", name="BODY[TEXT]"),
    ],
)
def test_headers_of_any_shape_are_no_error(liar: Liar, answer: bytes) -> None:
    liar.tell("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n")
    liar.tell("UID FETCH", answer)
    assert kinds(look(liar)) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 FLAGS NIL BODY[HEADER.FIELDS (X)] NIL)\r\nTAG OK done\r\n",
        b"* 1 FETCH (UID 5)\r\nTAG OK done\r\n",
        b"TAG OK done\r\n",
        fetched(5, "Message-ID: <other@x>\r\n\r\n", name="BODY[TEXT]"),
    ],
)
def test_a_mail_that_is_found_and_not_shown_may_be_ours_so_nothing_is_absent(
    liar: Liar, answer: bytes
) -> None:
    liar.tell("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n")
    liar.tell("UID FETCH", answer)
    assert look(liar).through is None
    liar.tell("UID FETCH", fetched(5, "Message-ID: <other@x>\r\n\r\n"))
    assert look(liar).through == NOW


def test_a_mail_with_the_mark_of_another_delivery_is_not_this_one(liar: Liar) -> None:
    """Two recipients of one Message-ID, and the other one's copy was forwarded here."""
    retired = Keyring({2: b"another secret, not ours at all!"}, current=2)
    liar.tell("UID SEARCH", b"* SEARCH 5\r\nTAG OK done\r\n")
    for ring, number, seen in (
        (KEYRING, 2, []),
        (KEYRING, 1, [(1, K.INBOX)]),
        (retired, 1, [(1, K.INBOX)]),
    ):
        mark = sign(ring, Purpose.MESSAGE, number)
        header = f"Message-ID: <a@x>\r\nX-Landed-Id: {mark}\r\n\r\n"
        liar.tell("UID FETCH", fetched(5, header))
        assert kinds(look(liar)) == seen


def test_too_much_is_seen_in_part_and_nothing_is_absent(
    liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FOLDERS", 2)
    liar.tell("LIST", folders("INBOX", "One", "Two"))
    assert look(liar).through is None
    assert len([one for one in liar.commands if one.startswith("EXAMINE")]) == 2
    monkeypatch.setattr(module, "_CANDIDATES", 3)
    liar.tell("LIST", folders("INBOX"))
    liar.tell("UID SEARCH", b"* SEARCH 5 6 7 8\r\nTAG OK done\r\n")
    assert look(liar).through is None
    assert look(liar, "a b@x").through is None, "a name that cannot be asked for"


def test_a_folder_that_is_not_for_us_leaves_the_look_a_part(liar: Liar) -> None:
    liar.tell("LIST", folders("INBOX", "Secret"))
    liar.tell('EXAMINE "?Secret', b"TAG NO [NOPERM] not yours\r\n")
    found = look(liar)
    assert (kinds(found), found.through) == ([], None)


def test_folders_of_others_and_of_outgoing_mail_are_passed_over(liar: Liar) -> None:
    capable = b"* CAPABILITY IMAP4rev1 NAMESPACE\r\nTAG OK done\r\n"
    liar.tell("CAPABILITY", capable)
    spaces = b'* NAMESPACE (("" "/")) (("Others/" "/")) (("Public/" "/"))\r\nTAG OK done\r\n'
    liar.tell("NAMESPACE", spaces)
    sent = folders("Gesendet", flags=r"\Sent").replace(b"TAG OK done\r\n", b"")
    names = ("Junk", "INBOX", "Others/ben", "Public/news", "Sent Items", "Archive/Drafts", "Work")
    liar.tell("LIST", sent + folders(*names))
    look(liar)
    opened = [one.split()[1].strip('"') for one in liar.commands if one.startswith("EXAMINE")]
    assert opened == ["INBOX", "Junk", "Work"]


def test_one_login_asks_below_the_prefix_and_writes_dots_as_cyrus_does(liar: Liar) -> None:
    liar.tell("LIST", b"TAG OK done\r\n")
    liar.tell('LIST "" ""', b'* LIST (\\Noselect) "." ""\r\nTAG OK done\r\n')
    with pytest.raises(MailboxError, match="sees no folder"):
        look(liar, mailbox="ada.b@people.test", folders="user.{local}")
    assert [one for one in liar.commands if one.startswith("LIST")][1:] == [
        'LIST "" "user.ada^b"',
        'LIST "" "user.ada^b.*"',
    ]


@pytest.mark.parametrize(
    ("pattern", "answer", "words", "kind"),
    [
        ("LOGIN", b"TAG NO no\r\n", "does this mailbox exist", MailboxError),
        ("LIST", CLOSE, "the line was lost", AskingError),
        ("EXAMINE", STALL, "no answer within", AskingError),
        ("UID SEARCH", DRIP, "no answer within", AskingError),
        ("UID SEARCH", b"* SEARCH x\r\nTAG OK done\r\n", "made no sense", AskingError),
        ("LIST", folders(), "sees no folder", MailboxError),
        (
            "UID SEARCH",
            b"TAG NO Request is throttled. Suggested Backoff Time: 7000 milliseconds\r\n",
            "throttles us",
            AskingError,
        ),
    ],
)
def test_failures_in_words(
    liar: Liar, pattern: str, answer: Answer, words: str, kind: type[AskingError]
) -> None:
    liar.tell(pattern, answer)
    with pytest.raises(AskingError, match=words) as caught:
        look(liar, seconds=1 if answer in (STALL, DRIP) else 10)
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    if "throttle" in words:
        assert caught.value.retry_after == timedelta(seconds=7)


def test_a_check_without_a_recipient_logs_in_where_it_can(liar: Liar) -> None:
    account = Account("own", HOST, liar.port, "none", "", "admin", "secret")
    connector = ImapConnector("own", ImapPlan(account, folders="user/{local}"), Pace(6000))
    assert connector.check("", NOW) == f"{HOST}:{liar.port} lets us in"
    connector.close()


def test_one_login_serves_several_mailboxes(liar: Liar) -> None:
    account = Account("own", HOST, liar.port, "none", "", "admin", "secret")
    connector = ImapConnector("own", ImapPlan(account, folders="user/{local}"), Pace(6000))
    for local in ("anna", "ben"):
        liar.tell("LIST", folders(f"user/{local}"))
        wanted = [Wanted(1, "a@x", MARK, "", NOW)]
        connector.look(f"{local}@people.test", wanted, NOW, threading.Event())
    connector.close()
    assert [one.split()[0] for one in liar.commands].count("LOGIN") == 1
