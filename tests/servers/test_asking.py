"""Asking recipients' own mailboxes at a real Dovecot, by a master user, and all the way round."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.asking.connector import AskingError, Look, MailboxError, Pace, Stopped, Wanted
from agent.asking.imap import ImapConnector, ImapPlan
from agent.asking.rounds import Asker
from agent.inbound.account import Account
from parsers.token import Purpose, sign
from store.reading import Reader
from store.words import FactKind, Policy, Stage
from tests.plugins.mailsite import Cast, MailSite
from tests.plugins.owed import DOMAIN, KEYRING, open_owed
from tests.plugins.sitehome import site_home

pytestmark = pytest.mark.servers

WORD = "pass-landed"
MARK = "aaaaaaaaaaaaaaaaaaaaaaaa"
SENDER = "ops@notices.example"
K = FactKind


def plan(site: MailSite) -> ImapPlan:
    account = Account(
        "own",
        "localhost",
        site.imaps_port,
        "tls",
        str(site.certificates.ca),
        "{address}*landed",
        WORD,
        timeout=timedelta(seconds=10),
    )
    return ImapPlan(account)


def put(
    site: MailSite,
    message_id: str,
    folder: str = "INBOX",
    *,
    flags: str = "",
    extra: str = "",
    sender: str = SENDER,
) -> None:
    text = f"From: {sender}\nMessage-ID: <{message_id}>\n{extra}Subject: x\n\nbody\n"
    with site.mailbox(Cast.ANNA) as client:
        client.create(folder)
        client.append(folder, flags, None, text.replace("\n", "\r\n").encode())


def wanted(*ids: str, sender: str = SENDER) -> list[Wanted]:
    since = datetime.now(UTC) - timedelta(hours=1)
    return [Wanted(n, one, MARK, sender, since) for n, one in enumerate(ids, 1)]


def look(site: MailSite, *ids: str, way: ImapPlan | None = None) -> Look:
    connector = ImapConnector("own", way or plan(site), Pace(6000))
    try:
        now = datetime.now(UTC)
        return connector.look(Cast.ANNA, wanted(*ids), now, threading.Event())
    finally:
        connector.close()


def kinds(found: Look) -> list[tuple[int, FactKind]]:
    return [(one.delivery_id, one.kind) for one in found.sightings]


def flags(site: MailSite, folder: str) -> list[bytes]:
    with site.mailbox(Cast.ANNA, folder) as client:
        _, answer = client.uid("FETCH", "1:*", "(FLAGS)")
    # \Recent is the mark of whoever looks first with SELECT, as this does
    return [one.replace(b" \\Recent", b"").replace(b"\\Recent", b"") for one in answer if one]


def test_a_master_user_finds_inbox_junk_and_what_was_moved_and_read(mail_site: MailSite) -> None:
    put(mail_site, "one@x.example")
    put(mail_site, "two@x.example", "Junk")
    put(mail_site, "three@x.example", "Processed", flags=r"(\Seen)")
    put(mail_site, "six@x.example", "Junk", flags=r"(\Seen)")
    before = [flags(mail_site, one) for one in ("INBOX", "Junk", "Processed")]
    ids = ("one@x.example", "two@x.example", "three@x.example", "ne@x.example", "five@x.example")
    found = look(mail_site, *ids, "six@x.example")
    assert kinds(found) == [
        (1, K.INBOX),
        (2, K.JUNK),
        (6, K.JUNK),
        (3, K.INBOX),
        (3, K.READ),
    ]
    assert found.sightings[0].detail == 'found in INBOX by asking "own"'
    assert found.through is not None, "all of it was seen: the others are absent"
    assert [flags(mail_site, one) for one in ("INBOX", "Junk", "Processed")] == before


def test_many_are_looked_for_at_once(mail_site: MailSite) -> None:
    ids = [f"{n}@many.example" for n in range(50)]
    with mail_site.mailbox(Cast.ANNA) as client:
        for one in ids:
            text = f"From: {SENDER}\r\nMessage-ID: <{one}>\r\n\r\nx\r\n"
            client.append("INBOX", "", None, text.encode())
    found = look(mail_site, *ids, "other@many.example")
    assert kinds(found) == [(n, K.INBOX) for n in range(1, 51)]


def test_a_replaced_message_id_is_known_by_its_mark_and_an_answer_is_not(
    mail_site: MailSite,
) -> None:
    named = f"References: <{MARK}@x.example>\n"
    put(mail_site, "answer@people.test", extra=named, sender=SENDER)
    assert kinds(look(mail_site, "ours@x.example")) == []
    put(mail_site, "service@ses.example", extra=f"{named}X-Landed-Id: {MARK}\n")
    assert kinds(look(mail_site, "ours@x.example")) == [(1, K.INBOX)]


def test_what_the_recipient_sent_is_no_arrival(mail_site: MailSite) -> None:
    put(mail_site, "sent@x.example", "Sent")
    found = look(mail_site, "sent@x.example")
    assert (kinds(found), found.through is not None) == ([], True)
    with mail_site.mailbox(Cast.ANNA) as client:
        client.delete("Sent")


def test_an_authorization_identity_opens_the_mailbox_too(mail_site: MailSite) -> None:
    put(mail_site, "one@x.example")
    way = plan(mail_site)
    way = replace(way, account=replace(way.account, username="landed"), authorize_as="{address}")
    assert kinds(look(mail_site, "one@x.example", way=way)) == [(1, K.INBOX)]


def test_one_login_that_sees_a_prefix_is_used_for_all(mail_site: MailSite) -> None:
    """Here the prefix is a folder of the login's own; what is asked is the same."""
    for folder in ("user/anna", "user/anna/Spam", "user/ben"):
        put(mail_site, f"{folder.replace('/', '.')}@x.example", folder, flags=r"(\Seen)")
    way = plan(mail_site)
    account = replace(way.account, username=Cast.ANNA, password=mail_site.accounts[Cast.ANNA])
    way = replace(way, account=account, folders="user/{local}")
    ids = [f"{one}@x.example" for one in ("user.anna", "user.anna.Spam", "user.ben")]
    found = look(mail_site, *ids, way=way)
    assert kinds(found) == [(1, K.INBOX), (2, K.JUNK)], "and no read mark: it is the login's own"
    assert found.through is not None
    with pytest.raises(MailboxError, match=r"sees no folder of anna@people\.test"):
        look(mail_site, "x@x.example", way=replace(way, folders="others/{local}"))
    with mail_site.mailbox(Cast.ANNA) as client:
        for folder in ("user/anna/Spam", "user/anna", "user/ben"):
            client.delete(folder)


def test_refusals_say_what_to_do_and_no_secret(mail_site: MailSite) -> None:
    connector = ImapConnector("own", plan(mail_site), Pace(6000))
    never = threading.Event()
    now = datetime.now(UTC)
    assert "lets us in" in connector.check(Cast.ANNA, now)
    with pytest.raises(AskingError, match="the login needs one"):
        connector.check("", now)
    for nobody in ("nobody@people.test", f"x*{Cast.ANNA}", "a b@people.test"):
        with pytest.raises(MailboxError) as caught:
            connector.look(nobody, wanted("one@x.example"), now, never)
        assert WORD not in str(caught.value)
    wrong = plan(mail_site)
    wrong = replace(wrong, account=replace(wrong.account, port=mail_site.far_port))
    with pytest.raises(AskingError, match="does not speak TLS") as down:
        look(mail_site, "one@x.example", way=wrong)
    assert type(down.value) is AskingError, "of nobody's mailbox in particular"
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        connector.look(Cast.ANNA, wanted("one@x.example"), now, stopped)


def test_a_silent_recipient_is_found_by_asking_and_the_gap_closes(
    mail_site: MailSite, tmp_path: Path
) -> None:
    asking = {
        "name": "own",
        "domains": ["far.test"],
        "host": "localhost",
        "port": mail_site.imaps_port,
        "ca_file": str(mail_site.certificates.ca),
        "password": WORD,
        "per_minute": 6000,
    }
    home = site_home(
        tmp_path,
        mail_site,
        policy={"ask": True, "ask_after": "2s", "within": "3s", "blind_grace": "0s"},
        more={"asking": [asking]},  # type: ignore[dict-item]
    )
    home.send("k1", Cast.EVA, now=True)  # a pass would ask already where it takes its time
    (raw,) = mail_site.wait_for_mails(Cast.EVA, 1)
    with mail_site.mailbox(Cast.EVA) as client:  # a filter that is slow to let it in
        client.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()
    time.sleep(4)  # past the deadline: nobody has told of an arrival
    home.run_once()
    eva = home.deliveries("k1")[Cast.EVA]
    assert (eva["verdict"], eva["gap"]) == ("gap", "silent")
    assert "not found in the recipient's own mailbox" in eva["why"]
    with mail_site.mailbox(Cast.EVA) as client:
        client.append("INBOX", "", None, raw)
    home.run_until(lambda: home.deliveries("k1")[Cast.EVA]["verdict"] == "landed")
    eva = home.deliveries("k1")[Cast.EVA]
    assert (eva["verdict"], eva["stage"], eva["gap"]) == ("landed", "delivered", None)
    story = home.landed("trace", eva["tracking_id"])
    assert 'found in INBOX by asking "own"' in story
    assert "reported by asking:own" in story
    assert "gap closed" in story
    home.run_once()
    facts = home.trace(eva["tracking_id"])["evidence"]
    assert [one["kind"] for one in facts].count("inbox") == 1
    assert "lets us in; the mailbox of eva@far.test has 3 folder(s)" in home.landed("doctor")
    status = home.landed("status")
    assert "asking:own was observed until" in status
    assert "ask own" in status


def test_each_change_in_the_mailbox_is_new_evidence_and_no_more(
    mail_site: MailSite, tmp_path: Path
) -> None:
    def book(_class: str, _domain: str) -> Policy:
        return Policy("asks", stage=Stage.ACTED, ask=True, ask_after=timedelta(), ask_times=20)

    with open_owed(tmp_path, book) as owed:
        (number,) = owed.mail("k1", Cast.ANNA)
        connector = ImapConnector("own", plan(mail_site), Pace(6000))
        asker = Asker(owed.ledger, connector, [Cast.DOMAIN], KEYRING, book)
        hours = iter(range(1, 100))

        def ask() -> list[str]:
            when = datetime.now(UTC) + timedelta(hours=next(hours))
            asker.run_once(lambda: when, threading.Event())
            with Reader.open(owed.ledger.url) as reader:
                story = reader.trace(number)
            assert story is not None
            return [one.kind for one in story.evidence if "own" in one.detail]

        name = f"{sign(KEYRING, Purpose.MESSAGE, number)}@{DOMAIN}"
        assert ask() == ask() == ["absent"]
        put(mail_site, name, "Junk")
        assert ask() == ask() == ["absent", "junk"]
        with mail_site.mailbox(Cast.ANNA, "Junk") as client:
            client.uid("MOVE", "1:*", "INBOX")
        assert ask() == ask() == ["absent", "junk", "inbox"]
        with mail_site.mailbox(Cast.ANNA) as client:
            client.uid("STORE", "1:*", "+FLAGS", r"(\Seen)")
        assert ask() == ask() == ["absent", "junk", "inbox", "read"]
        with mail_site.mailbox(Cast.ANNA) as client:
            client.uid("MOVE", "1:*", "Junk")
        assert ask() == ask() == ["absent", "junk", "inbox", "read", "junk"]


def test_the_daemon_asks_on_its_own_and_a_kill_counts_nothing_twice(
    mail_site: MailSite, tmp_path: Path
) -> None:
    asking = {
        "name": "own",
        "domains": ["far.test"],
        "every": "1s",
        "host": "localhost",
        "port": mail_site.imaps_port,
        "ca_file": str(mail_site.certificates.ca),
        "password": WORD,
        "per_minute": 6000,
    }
    home = site_home(
        tmp_path,
        mail_site,
        # more than arrival is asked for, so that it goes on looking
        policy={"stage": "displayed", "ask": True, "ask_after": "1s", "ask_times": 50},
        more={"asking": [asking]},  # type: ignore[dict-item]
    )
    home.send("k1", Cast.EVA)

    def seen() -> list[str]:
        return [one["kind"] for one in home.story("k1", Cast.EVA)["evidence"]]

    for _ in range(3):
        with home.killed("run"):
            end = time.monotonic() + 120
            while "inbox" not in seen():
                assert time.monotonic() < end, "not found within 30 s"
                time.sleep(0.2)
    assert seen().count("inbox") == 1
    with mail_site.mailbox(Cast.EVA) as client:
        client.uid("STORE", "1:*", "+FLAGS", r"(\Seen)")
    home.run_until(lambda: "read" in seen())
    eva = home.deliveries("k1")[Cast.EVA]
    assert (eva["verdict"], eva["stage"], eva["assurance"]) == ("landed", "displayed", "claim")


def test_a_wrong_master_password_shows_in_status_and_in_the_doctor(
    mail_site: MailSite, tmp_path: Path
) -> None:
    asking = {
        "name": "own",
        "domains": ["far.test"],
        "host": "localhost",
        "port": mail_site.imaps_port,
        "ca_file": str(mail_site.certificates.ca),
        "password": "not-the-password",
    }
    home = site_home(
        tmp_path,
        mail_site,
        policy={"ask": True, "ask_after": "0s"},
        more={"asking": [asking]},  # type: ignore[dict-item]
    )
    assert "note  asking own: no recipient in these domains" in home.landed("doctor")
    home.send("k1", Cast.EVA)
    home.run_once(ends=(0, 5))
    home.run_once(ends=(5,))
    status = home.landed("status")
    assert "does this mailbox exist, and may the login open it?" in " ".join(status.split())
    assert "not-the-password" not in status
    found = home.landed("doctor", ends=(1,))
    assert "fail  asking own: " in found
