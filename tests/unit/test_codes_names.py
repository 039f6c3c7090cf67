"""Words that stand in the names of hosts and in links, where nobody means them."""

import pytest

from parsers.codes import weigh
from parsers.report import Reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("host antispam.example.org[192.0.2.1] said: 550 User unknown", Reason.USERUNKNOWN),
        (
            "SMTP error from remote mail server after RCPT TO:<cat@example.org>:"
            " host antispam.example.org [2001:db8::1]: 550 User unknown",
            Reason.USERUNKNOWN,
        ),
        ("virus-found.example.org (192.0.2.1) said: 550 No such user", Reason.USERUNKNOWN),
        ("mx.mailbox-full.example said: 550 No such user", Reason.USERUNKNOWN),
        (
            "spam.quarantine.example.com[192.0.2.1] refused to talk: 554 too many connections",
            Reason.TOOMANYCONN,
        ),
        # by its own name nobody is judged, whatever else is missing
        ("host antispam.example.org[192.0.2.1] said: 550 5.1.1 nyaan", Reason.USERUNKNOWN),
        ("550 5.7.1 nyaan: antispam.example.net [192.0.2.1]", Reason.SECURITYERROR),
    ],
)
def test_a_host_is_not_judged_by_its_name(text: str, reason: Reason) -> None:
    assert weigh(text, command="RCPT").reason is reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("550 Mailbox full, see https://support.example/blocked-user-unknown", Reason.MAILBOXFULL),
        ("550 User unknown, see https://support.example/mailbox-full", Reason.USERUNKNOWN),
        ("550 no such user www.virus-help.example.org/malware-found", Reason.USERUNKNOWN),
        ("550 Mail blocked, see https://support.example/mailbox-full", Reason.BLOCKED),
        # only where nothing else is said
        ("550 see https://support.example/user-unknown", Reason.USERUNKNOWN),
    ],
)
def test_a_link_is_read_only_where_no_other_word_decides(text: str, reason: Reason) -> None:
    assert weigh(text, command="RCPT").reason is reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("553 spam blocked see: http://spamcop.example/bl.shtml?192.0.2.1", Reason.BLOCKED),
        ("550 Rejected, see https://www.spamhaus.org/query/ip/192.0.2.1", Reason.BLOCKED),
        ("554 Client host blocked using zen.spamhaus.org", Reason.BLOCKED),
        ("550 Rejected, see http://www.openspf.net/why?s=mfrom", Reason.AUTHFAILURE),
        ("550 Learn more at https://support.google.com/mail/?p=NoSuchUser", Reason.USERUNKNOWN),
        (
            "550 Your message was rejected by this group; visit"
            " https://groups.google.com/support/ for help",
            Reason.REJECTED,
        ),
        (
            "550 User unknown to us; https://csi.cloudmark.com/reset-request/?ip=192.0.2.1",
            Reason.BLOCKED,
        ),
        ("550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", Reason.USERUNKNOWN),
        ("550 5.2.0 RESOLVER.CON.InvalidTarget; target address is invalid", Reason.SYSTEMERROR),
    ],
)
def test_the_name_of_a_service_or_its_own_code_is_meant(text: str, reason: Reason) -> None:
    assert weigh(text, command="RCPT").reason is reason
