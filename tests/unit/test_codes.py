"""Single diagnostics: their codes, commands, clean text, and what they come to."""

from pathlib import Path

import pytest

from parsers.codes import clean, find_command, find_reply_code, find_status, judge, weigh
from parsers.report import Action, Basis, Reason, Severity

DATA = Path(__file__).parent.parent / "data"
WORDINGS = [
    line.split("\t", 3)
    for line in (DATA / "wordings.tsv").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("reason", "severity", "command", "text"), WORDINGS)
def test_a_real_wording_is_understood(reason: str, severity: str, command: str, text: str) -> None:
    verdict = weigh(text, command=command or None)
    assert (verdict.reason, verdict.severity) == (reason, severity)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("smtp; 550 5.1.1 User unknown", "550 5.1.1 User unknown"),
        ("X-Postfix; unknown user", "unknown user"),
        ("550-5.1.1 No such\r\n 550-5.1.1 user\r\n 550 5.1.1 here", "550 5.1.1 No such user here"),
        ("550-first\n550-second\n550 third", "550 first second third"),
        ("said: 421-4.7.0 slow 421 4.7.0 down", "said: 421 4.7.0 slow down"),
        ("550 bell\x07 and \x1b[31mred", "550 bell and [31mred"),
        ("5.1.0 - Unknown address error 550-'5.7.1 no' (delivery attempts: 0)",
         "550 '5.7.1 no' (delivery attempts: 0)"),
        ("5.1.0 - Unknown address error 550-'no' (delivery attempts: 0)",
         "550 5.1.0 'no' (delivery attempts: 0)"),
        (r"450-4.2.1 at a\n450-4.2.1 rate\r\n450 4.2.1 too high\n", "450 4.2.1 at a rate too high"),
        (r"550 C:\new is not a line's end", r"550 C:\new is not a line's end"),
        ("  spread \t over\n\n lines ", "spread over lines"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_diagnostic_is_cleaned(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 User unknown", "5.1.1"),
        ("5.7.606", "5.7.606"),
        ("550 #5.1.0 Address rejected", "5.1.0"),
        ("5.3.0 - other 550-'5.7.1 Access denied", "5.7.1"),
        ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
        ("failed permanently: 5.2.2 (mailbox full)", "5.2.2"),
        ("host 192.5.1.1 said no", ""),
        ("host 5.1.1.4 said no", ""),
        ("Exim 4.6.1 on mx", ""),
        ("version 5.5.1 says: 5.1.2", "5.1.2"),
        ("5.9.1", ""),
        ("no code at all", ""),
        ("3.1.1", ""),
    ],
)
def test_a_status_is_found(text: str, status: str) -> None:
    assert find_status(text) == status


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 no", "550"),
        ("<550> no", "550"),
        ("host mx.example[192.0.2.1] said: 452 later", "452"),
        ("Remote host said: 553 no", "553"),
        ("ERROR_CODE :550, mailbox unavailable", "550"),
        ("[554 5.4.6 Hop count exceeded]", "554"),
        ("connected to 192.0.2.250: nothing", ""),
        ("Remote-MTA: <203.0.113.2>", ""),
        ("gave up after 432 seconds", ""),
        ("571 we do not relay", "571"),
        ("560 lines", ""),
        ("550x", ""),
        ("", ""),
    ],
)
def test_a_reply_code_is_found(text: str, code: str) -> None:
    assert find_reply_code(text) == code


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("550 no (in reply to RCPT TO command)", "RCPT"),
        ("550 no (in reply to end of DATA command)", "DATA"),
        ("421 no (in reply to MAIL FROM command)", "MAIL"),
        ("550 no (in reply to EHLO command)", "EHLO"),
        ("550 no (in reply to HELO command)", "HELO"),
        ("454 no (in reply to STARTTLS command)", "STARTTLS"),
        ("host mx refused to talk to me: 554 no", "CONN"),
        ("SMTP error from remote mail server after RCPT TO:<a@b>: 550", "RCPT"),
        ("SMTP error from remote mail server after pipelined MAIL FROM:<a@b>: 550", "MAIL"),
        ("SMTP error from remote mail server after end of data: 550", "DATA"),
        ("SMTP error from remote mail server after initial connection: 554", "CONN"),
        ("192.0.2.1 does not like recipient.", "RCPT"),
        ("Connected to 192.0.2.1 but sender was rejected.", "MAIL"),
        ("Connected to 192.0.2.1 but my name was rejected.", "HELO"),
        ("Connected to 192.0.2.1 but greeting failed.", "CONN"),
        ("192.0.2.1 failed after I sent the message.", "DATA"),
        ("mx.example [192.0.2.1] did not like our final DATA:", "DATA"),
        ("mx.example [192.0.2.1] did not like our RCPT TO:", "RCPT"),
        ("550 no [RCPT_TO]", "RCPT"),
        ("SMTP:RCPT host 192.0.2.8: 553", "RCPT"),
        ("SMTP error from remote server for TEXT command", "DATA"),
        ("550 550 no (state 14).", "RCPT"),
        ("refused to accept your message (DATA), with", "DATA"),
        (">>> MAIL From:<a@b>\n<<< 250\n>>> RCPT To:<c@d>\n<<< 550", "RCPT"),
        ("--> RCPT To:<c@d>\n<-- 550\n--> QUIT", "RCPT"),
        ("In:  MAIL FROM:<a@b>\nOut: 250 2.1.0 Ok\nIn:  DATA\nOut: 452", "DATA"),
        ("hMailServer sent: RCPT TO:<c@d> Remote server replied: 550", "RCPT"),
        (">>> nothing of SMTP", ""),
        ("nothing is told", ""),
    ],
)
def test_a_command_is_found(text: str, command: str) -> None:
    assert find_command(text) == command


def test_the_command_decides_what_user_unknown_means() -> None:
    text = "550 User unknown"
    assert weigh(text, command="RCPT").reason is Reason.USERUNKNOWN
    assert weigh(text, command="DATA").reason is Reason.FILTERED
    assert weigh(text).reason is Reason.FILTERED
    assert weigh(text, command="MAIL").reason is Reason.REJECTED
    assert weigh(text, command="EHLO").reason is Reason.BLOCKED
    assert weigh(text, command="DATA", status="5.1.1").reason is Reason.USERUNKNOWN


def test_without_words_the_command_says_more_than_a_vague_code() -> None:
    assert weigh("550 5.0.0 nyaan", command="MAIL").reason is Reason.REJECTED
    assert weigh("554 nyaan", command="CONN").reason is Reason.BLOCKED
    assert weigh("550 5.1.1 nyaan", command="MAIL").reason is Reason.REJECTED
    assert weigh("550 nyaan", command="RCPT").reason is Reason.ONHOLD
    assert weigh("nyaan").reason is Reason.ONHOLD
    assert weigh("").reason is Reason.UNDEFINED


def test_words_go_before_vague_codes_and_precise_codes_before_plain_words() -> None:
    assert weigh("550 5.0.0 mailbox is full").reason is Reason.MAILBOXFULL
    assert weigh("550 5.7.1 IP address blacklisted", status="5.1.1").reason is Reason.BLOCKED
    assert weigh("550 5.2.2 User unknown", command="RCPT").reason is Reason.MAILBOXFULL
    assert weigh("550 5.7.26 malware").reason is Reason.AUTHFAILURE


def test_a_failure_with_a_temporary_status_is_soft() -> None:
    hard = weigh("550 5.1.1 User unknown", action=Action.FAILED)
    soft = weigh("450 4.1.1 User unknown", action=Action.FAILED)
    assert (hard.severity, soft.severity) == (Severity.HARD, Severity.SOFT)
    assert soft.reason is Reason.USERUNKNOWN
    assert weigh("421 no such domain: domain does not accept mail").severity is Severity.SOFT


def test_a_default_status_does_not_soften_the_reply() -> None:
    verdict = weigh("550 No such user", status="4.0.0", command="RCPT", action=Action.FAILED)
    assert verdict.severity is Severity.HARD
    assert verdict.contradictions == ("status 4.0.0 and reply 550 are of different classes",)


def test_what_is_only_delayed_is_never_hard() -> None:
    verdict = weigh("550 5.1.1 User unknown", action=Action.DELAYED, command="RCPT")
    assert verdict.severity is Severity.SOFT
    silent = weigh("", action=Action.DELAYED)
    assert (silent.reason, silent.severity) == (Reason.EXPIRED, Severity.SOFT)


def test_success_is_no_failure_and_says_what_disagrees() -> None:
    verdict = weigh("250 2.1.5 Ok", action=Action.RELAYED)
    assert (verdict.reason, verdict.severity) == (Reason.DELIVERED, Severity.NONE)
    assert verdict.contradictions == ()
    assert weigh("250 2.1.5 Ok").reason is Reason.DELIVERED
    odd = weigh("550 5.1.1 User unknown", action=Action.DELIVERED)
    assert odd.severity is Severity.NONE
    assert odd.contradictions == (
        "reported as delivered, but the status is 5.1.1",
        "reported as delivered, but the reply was 550",
    )


def test_contradictions_are_said() -> None:
    verdict = weigh("550 5.7.1 Mailbox full", status="5.1.2")
    assert "the status field says 5.1.2, the diagnostic 5.7.1" in verdict.contradictions
    verdict = weigh("550 5.1.1 Mailbox full")
    assert verdict.contradictions == ("the words say mailboxfull, the status 5.1.1 userunknown",)


def test_the_basis_tells_field_code_and_words_apart() -> None:
    assert weigh("", status="5.2.2").basis is Basis.FIELD
    assert weigh("550 5.2.2 nyaan").basis is Basis.CODE
    assert weigh("Mailbox full").basis is Basis.WORDS
    assert weigh("550 nyaan").basis is Basis.CODE
    assert weigh("nyaan nyaan").basis is Basis.WORDS  # there was no code to go by
    assert weigh("", status="5.0.0").basis is Basis.FIELD


def test_a_vague_status_in_the_text_yields_to_the_field() -> None:
    assert weigh("550 5.0.0 nyaan", status="5.2.2").status == "5.2.2"
    assert weigh("550 5.1.1 nyaan", status="5.0.0").status == "5.1.1"


def test_fields_fill_what_the_text_leaves_open() -> None:
    verdict = weigh("User unknown", status="5.1.1", reply_code="550", command="rcpt")
    assert (verdict.status, verdict.reply_code, verdict.command) == ("5.1.1", "550", "RCPT")


def test_what_the_senders_own_scheme_says_goes_before_words() -> None:
    verdict = judge("550 5.1.1 user unknown", known=Reason.REJECTED)
    assert (verdict.reason, verdict.severity) == (Reason.REJECTED, Severity.SOFT)


def test_a_program_that_only_left_an_exit_code() -> None:
    assert weigh("X-Unix; 127").reason is Reason.MAILERERROR


def test_boilerplate_around_the_remote_words_does_not_count() -> None:
    text = (
        "Google tried to deliver your message, but it was rejected by the recipient domain. "
        "The error that the other server returned was: 550 550 5.7.1 Access denied (state 13)."
    )
    assert weigh(text).reason is Reason.SECURITYERROR
    qmail = "192.0.2.25 failed after I sent the message.\nRemote host said: 554 5.7.1 {}"
    assert weigh(qmail.format("may be spam")).reason is Reason.SPAMDETECTED
    assert weigh(qmail.format("nyaan")).command == "DATA"
    bare = weigh("550 <a@b.example>: Recipient address rejected.", command="RCPT")
    assert bare.reason is Reason.USERUNKNOWN
    more = weigh("550 <a@b.example>: Recipient address rejected: On hold", command="RCPT")
    assert more.reason is Reason.ONHOLD


def test_a_reply_of_several_lines_is_one_sentence_whatever_its_code() -> None:
    for code in ("550", "554", "571"):
        text = f"{code}-5.7.1 no such {code} 5.7.1 user here"
        assert clean(text) == f"{code} 5.7.1 no such user here"


def test_addresses_in_the_text_are_no_words() -> None:
    verdict = weigh("550 <mailbox.full@quota.example>: User unknown", command="RCPT")
    assert verdict.reason is Reason.USERUNKNOWN


def test_accents_and_typographic_apostrophes_do_not_matter() -> None:
    assert weigh("Boîte pleine").reason is Reason.MAILBOXFULL
    assert weigh("it wasn’t found at example.com").reason is Reason.USERUNKNOWN
    assert weigh("Empfänger unbekannt").reason is Reason.USERUNKNOWN


def test_a_null_mx_is_hard_unless_it_was_temporary() -> None:
    text = "The domain b.example doesn't receive email according to the administrator"
    assert weigh(text).severity is Severity.HARD
    assert weigh(text, status="4.0.0").severity is Severity.SOFT


def test_a_vague_code_alone_declares_nobody_dead() -> None:
    """5.1.0 is said of senders and of hosts as well; the words or the command tell."""
    words = {
        "550 5.1.0 nyaan": Severity.SOFT,
        "550 5.1.0 no such user": Severity.HARD,
        "550 5.1.10 nyaan": Severity.HARD,
    }

    assert {text: weigh(text, command="").severity for text in words} == words
    assert weigh("550 5.1.0 nyaan", command="RCPT").severity is Severity.HARD
    assert weigh("556 5.1.0 nyaan", command="").severity is Severity.HARD


@pytest.mark.parametrize("verb", ["could not be delivered", "unable to deliver", "undeliverable"])
def test_a_reason_that_follows_is_no_span_of_time(verb: str) -> None:
    said = judge(f"Your message was {verb} for the following reason: mailbox full")
    waited = judge(f"Your message was {verb} for 5 days")

    assert (said.reason, waited.reason) == (Reason.MAILBOXFULL, Reason.EXPIRED)
