"""Auto-replies and people: told apart, and what they say of their return."""

from datetime import UTC, datetime

import pytest

from parsers.absence import until
from parsers.deputy import deputy
from parsers.read import read
from parsers.reply import own_words
from parsers.report import Kind, Reason

WRITTEN = datetime(2026, 10, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am away until 2026-10-16.", "2026-10-16"),
        ("Out of office till Friday, 16 October.", "2026-10-16"),
        ("back on October 16th, 2026", "2026-10-16"),
        ("back on the 16th of October 2026", "2026-10-16"),
        ("bis zum 16.10.", "2026-10-16"),
        ("bis 16.10.26", "2026-10-16"),
        ("bis einschließlich Freitag, den 16. Oktober", "2026-10-16"),
        ("until 16/10/2026", "2026-10-16"),
        ("until 10/16/2026", "2026-10-16"),
        ("until 11/11/2026", "2026-11-11"),
        ("jusqu’au vendredi 16 octobre 2026", "2026-10-16"),
        ("hasta el 16 de octubre", "2026-10-16"),
        ("t/m 16 okt. 2026", "2026-10-16"),
        ("until 3 January", "2027-01-03"),
        ("16日まで、10月16日(金)まで不在", "2026-10-16"),
        ("10月5日〜10月16日", "2026-10-16"),
        ("away from 5 to 16 October", "2026-10-16"),
        ("away October 5 - 16", "2026-10-16"),
        ("zwischen dem 5. und 16. Oktober", "2026-10-16"),
        ("5/10/2026 - 16/10/2026", "2026-10-16"),
        ("from 16/09/2026 to 05/10/2026", "2026-10-05"),
        ("from 09/16/2026 to 10/05/2026", "2026-10-05"),
        ("jusqu'au 05/10/2026", "2026-10-05"),
        ("od 5 października do 16 października", "2026-10-16"),
        ("ab dem 5. Oktober bis zum 16. Oktober", "2026-10-16"),
        ("ab dem 16. Oktober bin ich wieder da", "2026-10-16"),
        ("Am 16. Oktober bin ich wieder da", "2026-10-16"),
        ("Na godišnjem odmoru do 16. listopada", "2026-10-16"),
        ("Na urlopie do 16 listopada", "2026-11-16"),
        ("ถึงวันที่ 16 ต.ค. 2569", "2026-10-16"),
        ("đến hết ngày 16 tháng 10 năm 2026", "2026-10-16"),
        ("16 अक्टूबर तक", "2026-10-16"),
        ("2026eko urriaren 16ra arte", "2026-10-16"),
        ("iki 2026 m. spalio 16 d.", "2026-10-16"),
        ("2026년 10월 16일까지", "2026-10-16"),
    ],
)
def test_the_end_of_an_absence(text: str, day: str) -> None:
    found = until(text, WRITTEN)
    assert found is not None
    assert found.isoformat() == f"{day}T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "I am away.",
        "until 10/11/2026",
        "until further notice",
        "bis Ende der Woche",
        "bis Mitte Oktober",
        "Hours: 9.15-12.30",
        "until 31 February 2026",
        "until 16 Blurb 2026",
        "on 16 October 2026 we met",
        "until 99.99.2026",
        "ab dem 16. Oktober bin ich im Urlaub",
        "from 10/11/2026 to 11/12/2026",
        "from 16/09/2026 or 09/16/2026 to 10/11/2026",
    ],
)
def test_what_is_no_end_is_not_guessed(text: str) -> None:
    assert until(text, WRITTEN) is None


def test_a_date_without_year_needs_the_day_of_writing() -> None:
    assert until("until 16 October", None) is None
    assert until("until 16 October 2026", None) is not None
    assert until("until x " * 100 + "until 16 October 2026", WRITTEN) is None


def test_the_deputy_is_neither_the_writer_nor_us() -> None:
    known = {"nora@example.net", "ops@example.com"}
    text = "Contact nora@example.net or, if urgent, olaf@example.net."
    assert deputy(text, known) == "olaf@example.net"
    assert deputy("I liked your mail to olaf@example.net", set()) == ""
    assert deputy("Bitte wenden Sie sich an ops@example.com", known) == ""


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Olaf (olaf@example.net) is covering for me.", "olaf@example.net"),
        ("olaf@example.net 로 연락 주십시오.", "olaf@example.net"),
        ("For sales: olaf@example.net, for help: ida@example.net", "olaf@example.net"),
        ("Please send it to noreply@example.net or ask olaf@example.net", "olaf@example.net"),
        ("Nora Berg, e-mail: nora.berg@example.net", ""),
        ("Nora Berg, E-mail: NBerg@example.net", ""),
        ("Nora Berg, E-mail: n.berg@example.net", ""),
        # a relative
        ("Contact olaf.berg@example.net", "olaf.berg@example.net"),
    ],
)
def test_who_deputises(text: str, who: str) -> None:
    assert deputy(text, {"nora@example.net"}, "Nora Berg") == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Olaf (olaf@example.net) has my back.", "olaf@example.net"),
        ("林小姐在這段時間 olaf@example.net", "olaf@example.net"),
        # a signature, the mail that is answered, and what stands above another deputy
        ("Nora Berg\nExample Ltd, High Street 17, olaf@example.net", ""),
        ("my office is tel 0301234 olaf@example.net", ""),
        ("I had your mail to olaf@example.net today", ""),
        ("Olaf olaf@example.net knows all of it. If urgent, ida@example.net", "ida@example.net"),
        ("I am away.\nThis is confidential. If it is not for you, ask olaf@example.net", ""),
    ],
)
def test_who_is_named_in_a_note_of_absence(text: str, who: str) -> None:
    assert deputy(text, set(), away=True) == who


def mail(headers: str, text: str = "I am away.") -> bytes:
    return f"From: Nora <nora@example.net>\nTo: ops@example.com\n{headers}\n\n{text}\n".encode()


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: Re: x\nAuto-Submitted: auto-replied (vacation)",
        "Subject: Re: x\nX-Autoreply: yes",
        "Subject: Re: x\nX-Autorespond: vacation",
        "Subject: Re: x\nPrecedence: auto_reply",
        "Subject: Re: x\nX-POST-MessageClass: 9; Autoresponder",
        "Subject: Re: x\nIn-Reply-To: <a@b>\nAuto-Submitted: auto-generated",
        "Subject: Out of office: x",
        "Subject: Automatische Antwort: x",
        "Subject: =?utf-8?b?6Ieq5YuV5b+c562UOiB4?=",
    ],
)
def test_programs_answers(headers: str) -> None:
    report = read(mail(headers))
    assert report.kind is Kind.AUTOREPLY
    assert report.recipients[0].address == "nora@example.net"
    assert report.recipients[0].reason is Reason.VACATION


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Subject: Re: the out of office rule\nAuto-Submitted: no", Kind.REPLY),
        ("Subject: Re: x\nX-Auto-Response-Suppress: All", Kind.REPLY),
        ("Subject: Re: x\nX-Autoreply: no", Kind.REPLY),
        ("Subject: our backup\nAuto-Submitted: auto-generated", Kind.UNKNOWN),
        ("Subject: hello", Kind.UNKNOWN),
        ("Subject: Re: hello\nList-Id: <x>", Kind.UNKNOWN),
        ("Subject: Re: hello\nPrecedence: bulk", Kind.UNKNOWN),
        ("Subject: hello\nReferences: <a@b>", Kind.REPLY),
        ("Subject: AW: hello", Kind.REPLY),
        ("Subject: رد: hello", Kind.REPLY),
        ("Subject: 회신: hello", Kind.REPLY),
        ("Subject: 回复：hello", Kind.REPLY),
    ],
)
def test_people_and_strangers(headers: str, kind: Kind) -> None:
    report = read(mail(headers))
    assert report.kind is kind
    assert report.recipients == ()


_AUTOMATIC = "This is an automated message, please do not reply."


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Your message", _AUTOMATIC, Kind.AUTOREPLY),
        # what may be our own notice, quoted without a mark, and the same with an acknowledgement
        ("Re: x", f"Done.\n\n{_AUTOMATIC}", Kind.REPLY),
        ("Re: x", f"We have received your request. {_AUTOMATIC}", Kind.AUTOREPLY),
        ("Re: x", "Got your mail, thanks. We have received your request.", Kind.REPLY),
        ("Re: x", "I'm protecting myself from receiving junk mail.", Kind.AUTOREPLY),
        ("Acknowledgement", "Thanks.", Kind.AUTOREPLY),
        ("Re: Acknowledgement", "Thanks.", Kind.REPLY),
    ],
)
def test_what_tells_a_program_without_a_header(subject: str, text: str, kind: Kind) -> None:
    report = read(mail(f"Subject: {subject}\nIn-Reply-To: <a@b>", text))
    assert report.kind is kind


@pytest.mark.parametrize(
    ("sender", "more", "text", "kind"),
    [
        ("info@example.net", "", "Request number 4711.", Kind.AUTOREPLY),
        ("info@example.net", "", "Request number 4711?", Kind.REPLY),
        ("info@example.net", "", "Request number 4711.\n\n> The room is closed.", Kind.REPLY),
        ("info@example.net", "User-Agent: Mutt/2.2", "Request number 4711.", Kind.REPLY),
        ("nora@example.net", "", "Request number 4711.", Kind.REPLY),
        ("info@example.net", "", "We have the key.", Kind.REPLY),
    ],
)
def test_an_office_that_quotes_nothing(sender: str, more: str, text: str, kind: Kind) -> None:
    headers = f"Subject: Re: x\nIn-Reply-To: <a@b>\n{more}".rstrip()
    assert read(_from(sender, headers, text)).kind is kind


def test_the_field_of_a_ticket_system_wants_an_acknowledgement() -> None:
    headers = "Subject: Re: x\nIn-Reply-To: <a@b>\nRT-Ticket: example.org #17"
    assert read(mail(headers, "Done, closed.")).kind is Kind.REPLY
    assert read(mail(headers, "We have received your request.")).kind is Kind.AUTOREPLY


THANKS, URGENT = "Thank you for your message. ", "In urgent cases call Olaf. "


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{THANKS}I am on leave until 16 October. {URGENT}", Kind.AUTOREPLY),
        (f"{THANKS}I am on leave without access to e-mail. {URGENT}", Kind.AUTOREPLY),
        # a person who answers may say so much
        (f"{THANKS}I am on leave. {URGENT}", Kind.REPLY),
        (f"{THANKS}Do it. {URGENT} Until 16 October.", Kind.REPLY),
        ("I am on leave until 16 October.", Kind.REPLY),
    ],
)
def test_a_note_of_absence_without_a_header(text: str, kind: Kind) -> None:
    report = read(mail("Subject: Re: x\nIn-Reply-To: <a@b>\nDate: 5 Oct 2026 09:00 +0000", text))
    assert report.kind is kind


@pytest.mark.parametrize(
    ("precedence", "text", "kind"),
    [
        ("bulk", "I am on vacation.", Kind.AUTOREPLY),
        ("bulk", "Done.", Kind.UNKNOWN),
        ("list", "I am on vacation.", Kind.UNKNOWN),
    ],
)
def test_bulk_mail_that_names_a_mail(precedence: str, text: str, kind: Kind) -> None:
    headers = f"Subject: Re: x\nIn-Reply-To: <a@b>\nPrecedence: {precedence}"
    assert read(mail(headers, text)).kind is kind
    assert read(mail(f"{headers}\nList-Id: <x>", text)).kind is Kind.UNKNOWN


def test_an_apple_end_that_is_no_date_is_passed_over() -> None:
    report = read(
        mail(
            "Subject: Auto reply: x\nX-Apple-Action: VACATION\n"
            "X-Apple-Criteria: {endDate=2026-99-99}"
        )
    )
    assert report.kind is Kind.AUTOREPLY
    assert report.until is None


def test_an_autoreply_without_address_has_no_recipient() -> None:
    raw = b"Subject: Out of office\nAuto-Submitted: auto-replied\n\nAway."
    assert read(raw).recipients == ()


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes.\n\nOn Mon, Operations wrote:\n> quoted", "Yes."),
        ("Ja.\n\nAm Montag schrieb Operations <a@b>:\n> zitiert", "Ja."),
        ("Oui.\n\nLe lundi, Operations a écrit :\n> cité", "Oui."),
        ("Yes.\n\n-----Original Message-----\nFrom: a\nSubject: b", "Yes."),
        ("Yes.\n\nFrom: a\nSent: Monday\nTo: b\nSubject: c\n\nquoted", "Yes."),
        ("From: here to there\nall is well", "From: here to there\nall is well"),
        ("> quoted\nYes.\n> more\nNo.", "Yes.\nNo."),
        ("Yes.\n-- \nNora\nExample Ltd", "Yes."),
        ("Yes.\n________________________________\nFrom: a", "Yes."),
        ("", ""),
    ],
)
def test_own_words(text: str, own: str) -> None:
    assert own_words(text) == own


def test_own_words_are_bounded() -> None:
    assert len(own_words("word " * 10_000)) <= 8_000


def _from(sender: str, headers: str, text: str) -> bytes:
    return f"From: {sender}\nTo: ops@example.com\n{headers}\n\n{text}\n".encode()


# "it could not be brought" in a language that none of the readers knows
_UNREADABLE = "Ni eblis porti vian leteron."
_ANSWERING = "In-Reply-To: <a@example.com>"


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("Mail Delivery System <MAILER-DAEMON@mx.example.net>", "Subject: Ne portita"),
        ("MAILER-DAEMON@mx.example.net", "Subject: Re: hello"),
        ("MAILER-DAEMON@mx.example.net", "Subject: Ne portita\nAuto-Submitted: auto-replied"),
        ("postmaster@mx.example.net", "Subject: Ne portita"),
        ("postmaster@mx.example.net", "Subject: Ne portita\nAuto-Submitted: auto-replied"),
        ("Poŝto <MicrosoftExchange329e71ec@example.net>", "Subject: Ne portita: hello"),
        ("Poŝto <info@example.net>", "Return-Path: <>\nSubject: Re: hello"),
        ("no-reply@example.net", "Subject: Re: hello"),
    ],
)
def test_what_a_program_says_and_nobody_understands_is_nobodys_answer(
    sender: str, headers: str
) -> None:
    # read as a person's it would prove that the notice arrived and was acted upon
    report = read(_from(sender, f"{headers}\n{_ANSWERING}", _UNREADABLE))
    assert report.kind is Kind.UNKNOWN
    assert report.recipients == ()


def test_a_postmaster_may_be_a_person() -> None:
    report = read(_from("postmaster@example.net", f"Subject: Re: hello\n{_ANSWERING}", "Done."))
    assert report.kind is Kind.REPLY


@pytest.mark.parametrize(
    ("sender", "headers", "text", "reason"),
    [
        ("Nora <nora@example.net>", "Return-Path: <>", "I am on holiday.", Reason.VACATION),
        ("noreply@example.net", "Subject: x", "We have received your mail.", Reason.UNDEFINED),
        ("postmaster@example.net", "X-Autoreply: yes", "I am on holiday.", Reason.VACATION),
    ],
)
def test_a_programs_answer_that_only_its_words_tell(
    sender: str, headers: str, text: str, reason: Reason
) -> None:
    report = read(_from(sender, f"{headers}\n{_ANSWERING}", text))
    assert report.kind is Kind.AUTOREPLY
    assert [one.reason for one in report.recipients] == [reason]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We have your offer.\n\nThis is an automated acknowledgement.", Kind.AUTOREPLY),
        ("This is an automatically generated reply of our desk.", Kind.AUTOREPLY),
        ("Dies ist eine automatische Eingangsbestätigung.", Kind.AUTOREPLY),
        ("Ceci est une réponse automatique.", Kind.AUTOREPLY),
        ("Is this an automated press? We look for one.", Kind.REPLY),
        ("Yes.\n\n> This is an automated reply.", Kind.REPLY),
        # our own words, under an opening that nobody knows
        ("Yes.\n\nYou said:\nThis is an automated message.", Kind.REPLY),
    ],
)
def test_an_answer_that_calls_itself_automatic(text: str, kind: Kind) -> None:
    raw = f"From: Desk <desk@example.net>\nSubject: Re: offer\n\n{text}\n"
    report = read(raw.encode())

    assert report.kind is kind
    if kind is Kind.AUTOREPLY:
        assert report.recipients[0].reason is Reason.UNDEFINED


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("User-Agent: Mozilla Thunderbird", Kind.REPLY),
        ("X-Mailer: iPhone Mail (22A3354)", Kind.REPLY),
        ("Message-ID: <CAKxyz@mail.gmail.com>", Kind.REPLY),
        ("Message-ID: <DB9PR04MB9@DB9PR04MB9.eurprd04.prod.outlook.com>", Kind.REPLY),
        ("User-Agent: Mozilla Thunderbird\nAuto-Submitted: no", Kind.REPLY),
        ("X-Mailer: PHP/8.2", Kind.UNKNOWN),
        ("X-Mailer: PHP/8.2\nMessage-ID: <CAKxyz@mail.gmail.com>", Kind.UNKNOWN),
        ("Message-ID: <1@example.net>", Kind.UNKNOWN),
        ("User-Agent: Mozilla Thunderbird\nPrecedence: bulk", Kind.UNKNOWN),
        ("User-Agent: Mozilla Thunderbird\nAuto-Submitted: auto-generated", Kind.AUTOREPLY),
        ("Message-ID: <CAKxyz@mail.gmail.com>\nAuto-Submitted: auto-replied", Kind.AUTOREPLY),
        ("X-Autoreply: yes", Kind.AUTOREPLY),
    ],
)
def test_who_wrote_what_a_server_stored_with_a_null_return_path(program: str, kind: Kind) -> None:
    """Some store everything with one: a person's mail program then shows a person."""
    told = f"Return-Path: <>\nSubject: Re: the notice\n{_ANSWERING}\n{program}"
    report = read(_from("Nora Berg <nora@example.net>", told, "Well received, I see to it."))
    assert report.kind is kind


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("MAILER-DAEMON@mx.example.net", "Re: the notice"),
        ("noreply@example.net", "Re: the notice"),
        ("Nora Berg <nora@example.net>", "Your mail to us"),
    ],
)
def test_a_mail_program_alone_makes_no_person(sender: str, subject: str) -> None:
    told = f"Return-Path: <>\nSubject: {subject}\n{_ANSWERING}\nUser-Agent: Mozilla Thunderbird"
    assert read(_from(sender, told, "Ni ricevis vian leteron.")).kind is Kind.UNKNOWN
