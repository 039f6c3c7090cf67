"""Notices go out by Postfix, its reports come back by Dovecot, and each state is right."""

from pathlib import Path
from typing import Any

import pytest

from tests.plugins.agents import Home
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

KEY = "issue-17"


def _kinds(story: dict[str, Any]) -> set[str]:
    return {fact["kind"] for fact in story["evidence"]}


def _send_and_hear(home: Home, recipient: str, kind: str) -> dict[str, Any]:
    """Send one notice and watch until evidence of a kind is in the ledger."""
    home.send(KEY, recipient)
    return _hear(home, recipient, kind)


def _hear(home: Home, recipient: str, kind: str) -> dict[str, Any]:
    home.run_until(lambda: kind in _kinds(home.story(KEY, recipient)))
    return home.story(KEY, recipient)


def _fact(story: dict[str, Any], kind: str) -> dict[str, Any]:
    (fact,) = (fact for fact in story["evidence"] if fact["kind"] == kind)
    return dict(fact)


def test_a_delivered_report_lands_the_delivery(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    story = _send_and_hear(home, Cast.ANNA, "delivered")
    assert story["state"]["verdict"] == "landed"
    assert story["state"]["stage"] == "delivered"
    assert story["state"]["assurance"] == "proof"
    assert story["attempts"][0]["dsn_offered"] is True
    assert len(mail_site.mails(Cast.ANNA)) == 1


def test_a_relayed_report_is_less_than_delivered(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    story = _send_and_hear(home, Cast.EVA, "relayed")
    assert story["state"]["stage"] == "relayed"
    assert story["state"]["verdict"] == "waiting"


def test_a_relayed_report_lands_where_the_policy_asks_for_no_more(
    mail_site: MailSite, tmp_path: Path
) -> None:
    home = site_home(tmp_path, mail_site, policy={"stage": "relayed"})
    assert _send_and_hear(home, Cast.EVA, "relayed")["state"]["verdict"] == "landed"


def test_an_expanded_report_proves_no_delivery(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    story = _send_and_hear(home, Cast.TEAM, "expanded")
    assert story["state"]["verdict"] == "waiting"
    assert story["state"]["stage"] in {"accepted", "relayed"}


@pytest.mark.parametrize(
    ("recipient", "status", "remote"),
    [(Cast.FULL, "5.2.2", True), (Cast.GHOST, "5.1.1", True), (Cast.GONE, "5.1.1", True)],
)
def test_a_failure_after_acceptance_is_a_gap(
    mail_site: MailSite, tmp_path: Path, recipient: str, status: str, remote: bool
) -> None:
    home = site_home(tmp_path, mail_site)
    story = _send_and_hear(home, recipient, "failed")
    assert (story["state"]["verdict"], story["state"]["gap"]) == ("gap", "failed")
    failure = _fact(story, "failed")
    assert failure["status"] == status
    assert bool(failure["remote_mta"]) == remote
    assert failure["severity"] == ("soft" if recipient == Cast.FULL else "hard")


@pytest.mark.parametrize(("recipient", "code"), [(Cast.NOBODY, "550"), (Cast.REFUSED, "554")])
def test_a_refusal_in_session_is_a_gap_at_once(
    mail_site: MailSite, tmp_path: Path, recipient: str, code: str
) -> None:
    home = site_home(tmp_path, mail_site)
    story = _send_and_hear(home, recipient, "rejected")
    assert (story["state"]["verdict"], story["state"]["gap"]) == ("gap", "rejected")
    assert story["attempts"][-1]["reply_code"] == code
    assert mail_site.mails(Cast.BOUNCES) == []


def test_a_temporary_refusal_is_tried_again(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    home.send(KEY, Cast.GREYLISTED)
    home.run_until(lambda: len(home.story(KEY, Cast.GREYLISTED)["attempts"]) >= 2)
    story = home.story(KEY, Cast.GREYLISTED)
    assert story["state"]["verdict"] == "waiting"
    assert {attempt["outcome"] for attempt in story["attempts"]} == {"deferred"}
    assert {attempt["reply_code"] for attempt in story["attempts"]} == {"450"}


@pytest.mark.parametrize(("recipient", "status"), [(Cast.BUSY, "4.3.2"), (Cast.CLOSED, "4.4.1")])
def test_a_delay_is_a_gap_of_its_own_and_then_a_failure(
    mail_site: MailSite, tmp_path: Path, recipient: str, status: str
) -> None:
    home = site_home(tmp_path, mail_site, policy={"delayed_after": "1s"})
    story = _send_and_hear(home, recipient, "delayed")
    assert _fact(story, "delayed")["status"] == status
    home.run_until(lambda: home.story(KEY, recipient)["state"]["gap"] == "delayed")

    mail_site.postfix.expire()
    story = _hear(home, recipient, "failed")
    assert (story["state"]["verdict"], story["state"]["gap"]) == ("gap", "failed")
    assert _fact(story, "failed")["status"] == status


def test_every_fate_at_once_is_told_apart(mail_site: MailSite, tmp_path: Path) -> None:
    """One notice to many: each report finds its own delivery and no other."""
    home = site_home(tmp_path, mail_site)
    fates = {
        Cast.ANNA: "delivered",
        Cast.BEN: "delivered",
        Cast.EVA: "relayed",
        Cast.FULL: "failed",
        Cast.GHOST: "failed",
        Cast.GONE: "failed",
        Cast.NOBODY: "rejected",
        Cast.CLOSED: "delayed",
    }
    home.send(KEY, *fates)

    def heard() -> dict[str, bool]:
        return {who: fate in _kinds(home.story(KEY, who)) for who, fate in fates.items()}

    home.run_until(lambda: all(heard().values()))
    assert {who: row["verdict"] for who, row in home.deliveries(KEY).items()} == {
        Cast.ANNA: "landed",
        Cast.BEN: "landed",
        Cast.EVA: "waiting",
        Cast.FULL: "gap",
        Cast.GHOST: "gap",
        Cast.GONE: "gap",
        Cast.NOBODY: "gap",
        Cast.CLOSED: "waiting",
    }


def test_a_report_in_the_junk_folder_counts_too(mail_site: MailSite, tmp_path: Path) -> None:
    home = site_home(tmp_path, mail_site)
    home.send(KEY, Cast.GHOST)
    home.run_once()
    mail_site.wait_for_mails(Cast.BOUNCES, 1)
    with mail_site.mailbox(Cast.BOUNCES) as client:
        client.uid("MOVE", "1:*", "Junk")
    assert _hear(home, Cast.GHOST, "failed")["state"]["gap"] == "failed"
