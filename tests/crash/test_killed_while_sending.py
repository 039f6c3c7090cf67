"""The agent is killed while it sends: nothing is lost, and what may be double is visible."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.plugins.agents import Home
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home
from tests.plugins.wiretap import Side, Wiretap, wiretap

pytestmark = [pytest.mark.servers, pytest.mark.crash]

KEY = "crash-2"


@pytest.fixture
def tap(mail_site: MailSite) -> Iterator[Wiretap]:
    with wiretap(mail_site.smtp_port) as relay:
        yield relay


def _home(
    directory: Path, site: MailSite, tap: Wiretap, after_ambiguous: str, wait: str = "1s"
) -> Home:
    """A dead worker's lease is over after three seconds; the far end needs no password."""
    return site_home(
        directory,
        site,
        route={
            "host": "127.0.0.1",
            "port": tap.port,
            "security": "none",
            "username": "",
            "password": "",
        },
        policy={"ambiguous_wait": wait, "after_ambiguous": after_ambiguous},
        more={"sending": {"retry_first": "1s", "retry_longest": "2s", "lease": "3s"}},
    )


def _kill_before_the_reply(home: Home, tap: Wiretap) -> None:
    """The whole message has reached the relay, its 250 has not reached the agent."""
    taken = tap.hold("server", b"queued as")
    with home.killed("run"):
        taken.wait()
    taken.open()


def _kill_before_the_message(home: Home, tap: Wiretap) -> None:
    """The agent waits for the word on its recipient."""
    leave = tap.hold("server", b"250 2.1.5 ")
    with home.killed("run"):
        leave.wait()
    leave.open()


def _lose_the_report(site: MailSite, sent: int) -> None:
    """The report that would decide it is gone from the mailbox: only time is left."""
    site.wait_for_mails(Cast.ANNA, sent)
    site.wait_for_mails(Cast.BOUNCES, sent)
    with site.mailbox(Cast.BOUNCES) as client:
        client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()


def _message_ids(site: MailSite, recipient: str) -> list[str]:
    return [message_from_bytes(raw)["Message-ID"] for raw in site.mails(recipient)]


def test_evidence_decides_when_the_reply_was_lost(
    mail_site: MailSite, tap: Wiretap, tmp_path: Path
) -> None:
    home = _home(tmp_path, mail_site, tap, "resend", wait="1h")
    home.send(KEY, Cast.ANNA)
    _kill_before_the_reply(home, tap)

    home.run_until(lambda: home.story(KEY, Cast.ANNA)["state"]["verdict"] == "landed")
    story = home.story(KEY, Cast.ANNA)
    assert story["state"]["stage"] == "delivered"
    assert len(story["attempts"]) == 1
    assert story["attempts"][0]["outcome"] != "accepted", "nobody heard the relay say so"
    home.run_once()
    assert len(mail_site.mails(Cast.ANNA)) == 1


@pytest.mark.parametrize(
    ("kill", "sent"), [(_kill_before_the_reply, 1), (_kill_before_the_message, 0)]
)
def test_held_it_is_a_visible_gap_and_never_a_second_mail(
    mail_site: MailSite,
    tap: Wiretap,
    tmp_path: Path,
    kill: Callable[[Home, Wiretap], None],
    sent: int,
) -> None:
    home = _home(tmp_path, mail_site, tap, "hold")
    home.send(KEY, Cast.ANNA)
    kill(home, tap)
    _lose_the_report(mail_site, sent)

    home.run_until(lambda: home.story(KEY, Cast.ANNA)["state"]["gap"] == "ambiguous")
    home.run_once()
    assert len(home.story(KEY, Cast.ANNA)["attempts"]) == 1
    assert len(mail_site.mails(Cast.ANNA)) == sent


def test_resent_it_carries_the_same_message_id(
    mail_site: MailSite, tap: Wiretap, tmp_path: Path
) -> None:
    home = _home(tmp_path, mail_site, tap, "resend")
    home.send(KEY, Cast.ANNA)
    _kill_before_the_reply(home, tap)
    _lose_the_report(mail_site, 1)

    home.run_until(lambda: home.story(KEY, Cast.ANNA)["state"]["verdict"] == "landed")
    story = home.story(KEY, Cast.ANNA)
    assert len(story["attempts"]) == 2
    assert story["attempts"][0]["outcome"] != "accepted"
    first, second = _message_ids(mail_site, Cast.ANNA)
    assert first == second


def test_killed_before_the_message_it_is_sent_after_all(
    mail_site: MailSite, tap: Wiretap, tmp_path: Path
) -> None:
    home = _home(tmp_path, mail_site, tap, "resend")
    home.send(KEY, Cast.ANNA)
    _kill_before_the_message(home, tap)

    home.run_until(lambda: home.story(KEY, Cast.ANNA)["state"]["verdict"] == "landed")
    assert len(mail_site.mails(Cast.ANNA)) == 1


@pytest.mark.parametrize(
    ("speaker", "word", "attempts"),
    [
        ("server", b"220 ", 2),  # before a word was said
        ("server", b"DSN", 2),  # in the answer to EHLO
        ("agent", b"MAIL FROM", 2),
        ("server", b"2.1.5", 2),  # the recipient was accepted
        ("agent", b"QUIT", 1),  # all was said and written down
    ],
)
def test_killed_at_any_word_there_is_one_mail(
    mail_site: MailSite,
    tap: Wiretap,
    tmp_path: Path,
    speaker: Side,
    word: bytes,
    attempts: int,
) -> None:
    home = _home(tmp_path, mail_site, tap, "resend")
    home.send(KEY, Cast.ANNA)
    moment = tap.hold(speaker, word)
    with home.killed("run"):
        moment.wait()
    moment.open()

    home.run_until(lambda: home.story(KEY, Cast.ANNA)["state"]["verdict"] == "landed")
    assert len(home.story(KEY, Cast.ANNA)["attempts"]) == attempts
    assert len(mail_site.mails(Cast.ANNA)) == 1
