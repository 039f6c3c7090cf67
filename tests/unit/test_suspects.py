"""What a mailbox shows when it is asked why a probe is missing."""

from datetime import timedelta

import pytest

from agent.inbound.account import Account
from agent.inbound.suspects import suspects
from tests.plugins.liar import Liar, run_liar

MARK = "k" + "a" * 24
_OFFERS = b"* CAPABILITY IMAP4rev1 QUOTA\r\nTAG OK done\r\n"
_LIST = (
    b'* LIST () "/" INBOX\r\n* LIST (\\Junk) "/" "Unerw&APw-nscht"\r\n'
    b'* LIST () "/" Spamverdacht\r\nTAG OK done\r\n'
)


def account(liar: Liar) -> Account:
    wait = timedelta(seconds=5)
    return Account("box", "127.0.0.1", liar.port, "none", "", "bounces", "pw", timeout=wait)


@pytest.mark.parametrize(
    ("told", "full"),
    [
        (b'* QUOTA "" (STORAGE 512000 512000)\r\n', "full (512000 of 512000, STORAGE)"),
        (b'* QUOTA "" (STORAGE 5 512000 MESSAGE 1000 1000)\r\n', "full (1000 of 1000, MESSAGE)"),
        (b'* QUOTA "" (STORAGE 5 512000)\r\n', ""),
        (b'* QUOTA "" ()\r\n', ""),
    ],
)
def test_a_full_mailbox_is_named(told: bytes, full: str) -> None:
    answer = b'* QUOTAROOT INBOX ""\r\n' + told + b"TAG OK done\r\n"
    with run_liar({"GETQUOTAROOT": answer, "CAPABILITY": _OFFERS, "LIST": _LIST}) as liar:
        found = suspects(account(liar), MARK)
        assert full in "".join(found)
        assert len(found) == bool(full)


def test_only_folders_for_junk_are_looked_through_and_none_is_changed() -> None:
    hit = b"* SEARCH 4\r\nTAG OK done\r\n"
    with run_liar({"LIST": _LIST, "SEARCH|UID SEARCH": hit}) as liar:
        first, second = suspects(account(liar), MARK)
        assert 'in folder "Unerwünscht"' in first
        assert 'in folder "Spamverdacht"' in second
        opened = [command for command in liar.commands if command.startswith(("EXAM", "SELECT"))]
        assert [command.split()[0] for command in opened] == ["EXAMINE", "EXAMINE"]
