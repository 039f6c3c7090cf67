"""What big receivers mean by their own codes and words, as data.

Owns the conventions that only hold at one receiver, from their public postmaster
pages and from bounces seen. What is unmistakable wherever it is quoted stands in
phrases/ instead; who is asked is hosted.py's affair.
"""

from typing import NamedTuple

from parsers.report import Reason

__all__ = ["RECEIVERS", "Receiver"]


class Receiver(NamedTuple):
    """One receiver: the domains of its mail hosts, and its conventions in order."""

    name: str
    domains: tuple[str, ...]  # of the MX or the reporting host, not of mail addresses
    phrases: tuple[tuple[str, Reason], ...]  # as in phrases/
    statuses: tuple[tuple[str, Reason], ...] = ()  # enhanced status codes
    raw: tuple[tuple[str, Reason], ...] = ()  # in the text as it stands, lower case
    marks: tuple[str, ...] = ()  # in the text, lower case: it speaks whatever host is named
    reports: bool = False  # holds for all that it reports, of other hosts as well


RECEIVERS: tuple[Receiver, ...] = (
    Receiver(
        "AOL",  # postmaster.aol.com: (RTR:BB), (DYN:T1) and the like; Yahoo's since 2018
        ("aol.com",),
        (
            # what its Postfix makes of "MX 0 ."
            ("malformed or unexpected name server reply", Reason.NOTACCEPT),
            ("dns nr", Reason.REQUIREPTR),
            ("dns b1", Reason.REQUIREPTR),
            ("dns b2", Reason.REQUIREPTR),
            ("rtr bb", Reason.BLOCKED),
            ("rtr bl", Reason.BLOCKED),
            ("rtr ch", Reason.BLOCKED),
            ("rtr rd", Reason.BLOCKED),
            ("rtr ge", Reason.BLOCKED),
            ("rtr dr", Reason.BLOCKED),
            ("rly", Reason.BADREPUTATION),
            ("dyn t1", Reason.BADREPUTATION),
            ("dyn t2", Reason.BADREPUTATION),
            ("con b1", Reason.SPAMDETECTED),
            ("hvu b1", Reason.SPAMDETECTED),
            ("hvu b2", Reason.SPAMDETECTED),
        ),
        marks=("aol.com/errors", "aol.com/error-codes"),
    ),
    Receiver(
        "Apple",  # support.apple.com HT204137
        ("icloud.com", "me.com", "mac.com", "apple.com", "appleid.com"),
        (
            ("hm07", Reason.BLOCKED),
            ("hm08", Reason.POLICYVIOLATION),
            ("cs01", Reason.POLICYVIOLATION),
            ("hme1", Reason.AUTHFAILURE),
            ("inactive email address", Reason.USERUNKNOWN),
            ("not accepting connections", Reason.BLOCKED),
        ),
    ),
    Receiver(
        "Cox",  # cox.com, "Email error codes": the word after AUP#
        ("cox.net", "cloudfilter.net"),
        (
            ("aup cdrbl", Reason.BLOCKED),
            ("aup cxbl", Reason.BLOCKED),
            ("aup bl", Reason.BLOCKED),
            ("aup cxcnct", Reason.TOOMANYCONN),
            ("aup cxmxrt", Reason.SPEEDING),
            ("aup cxthrt", Reason.SPEEDING),
            ("aup cxdns", Reason.REQUIREPTR),
            ("aup dns", Reason.REQUIREPTR),
            ("aup cxsndr", Reason.REJECTED),
            ("aup sndr", Reason.REJECTED),
            ("aup pol", Reason.POLICYVIOLATION),
            ("aup cxspam", Reason.SPAMDETECTED),
            ("aup cxurl", Reason.SPAMDETECTED),
        ),
        raw=(("#ipbl", Reason.BLOCKED),),  # IPBL0001 and others: of which lists, in binary
        marks=("cox.com/",),
    ),
    Receiver(
        "Facebook",  # postmaster.facebook.com/response_codes
        ("facebook.com", "fb.com"),
        (
            ("rcp p1", Reason.USERUNKNOWN),
            ("rcp p2", Reason.FILTERED),
            ("rcp p3", Reason.FILTERED),
            ("rcp t4", Reason.TOOMANYCONN),
            ("rcp t1", Reason.SYSTEMERROR),
            ("int p1", Reason.USERUNKNOWN),
            ("int p2", Reason.MESGTOOBIG),
            ("int p3", Reason.USERUNKNOWN),
            ("int p4", Reason.USERUNKNOWN),
            ("msg p1", Reason.MESGTOOBIG),
            ("msg p2", Reason.CONTENTERROR),
            ("pol p1", Reason.BLOCKED),
            ("pol p2", Reason.SPAMDETECTED),
            ("pol p3", Reason.POLICYVIOLATION),
            ("pol p4", Reason.SPAMDETECTED),
            ("pol p5", Reason.VIRUSDETECTED),
            ("pol p7", Reason.AUTHFAILURE),
            ("con t1", Reason.TOOMANYCONN),
            ("dns p1", Reason.REJECTED),
            ("dns p2", Reason.REJECTED),
            ("dns p3", Reason.REQUIREPTR),
            ("dns t1", Reason.REJECTED),
            ("dns t2", Reason.REQUIREPTR),
        ),
        marks=("postmaster.facebook.com",),
    ),
    Receiver(
        "GoDaddy",  # IBnnn codes of its "bounceback error" page
        ("secureserver.net",),
        (
            ("ib103", Reason.BADREPUTATION),
            ("ib104", Reason.BLOCKED),
            ("ib105", Reason.BLOCKED),
            ("ib106", Reason.BLOCKED),
            ("ib108", Reason.REQUIREPTR),
            ("ib110", Reason.BLOCKED),
            ("ib212", Reason.SPAMDETECTED),
            ("ib504", Reason.SPAMDETECTED),
            ("ib603", Reason.USERUNKNOWN),
            ("ib607", Reason.SUSPEND),
            ("ib802", Reason.AUTHFAILURE),
            ("spamhaus org query bl", Reason.BLOCKED),
        ),
    ),
    Receiver(
        "Google",  # support.google.com/a/answer/3726730: codes of its own beside IANA's
        ("google.com", "googlemail.com"),
        (
            ("invalid credentials for relay", Reason.NORELAYING),
            ("mail relay denied", Reason.NORELAYING),
            ("helo ehlo argument", Reason.BLOCKED),
            ("too many login attempts", Reason.SECURITYERROR),
            ("cannot decode response", Reason.SECURITYERROR),
            ("peak smtp relay limit", Reason.SPEEDING),
            ("smtp protocol violation", Reason.SYNTAXERROR),
        ),
        statuses=(
            ("4.7.27", Reason.AUTHFAILURE),
            ("5.7.27", Reason.AUTHFAILURE),
            ("4.7.29", Reason.FAILEDSTARTTLS),
            ("5.7.29", Reason.FAILEDSTARTTLS),
            ("4.7.30", Reason.AUTHFAILURE),
            ("5.7.30", Reason.AUTHFAILURE),
            ("4.7.32", Reason.AUTHFAILURE),
            ("5.7.32", Reason.AUTHFAILURE),
        ),
        marks=("gsmtp",),
    ),
    Receiver(
        "i.ua",  # the number at the end of http://mail.i.ua/err/N/
        ("i.ua", "email.ua"),
        (
            ("mail i ua err 1", Reason.NORELAYING),
            ("mail i ua err 2", Reason.USERUNKNOWN),
            ("mail i ua err 3", Reason.SUSPEND),
            ("mail i ua err 4", Reason.MAILBOXFULL),
            ("mail i ua err 5", Reason.TOOMANYCONN),
            ("mail i ua err 6", Reason.NORELAYING),
            ("mail i ua err 7", Reason.BLOCKED),
            ("mail i ua err 8", Reason.REJECTED),
            ("mail i ua err 9", Reason.BLOCKED),
            ("mail i ua err 10", Reason.FILTERED),
        ),
        marks=("mail.i.ua/err",),
    ),
    Receiver(
        "KDDI",  # names the address where there is none; nothing where its user's filter refused
        ("au.com", "ezweb.ne.jp", "auone-net.jp", "uqmobile.jp"),
        (),
        raw=(
            (">: user unknown", Reason.USERUNKNOWN),
            ("550 : user unknown", Reason.FILTERED),
        ),
        marks=("@ezweb.ne.jp>", "@au.com>"),
    ),
    Receiver(
        "a local delivery agent",  # IMail, Postfix local(8): their own verdict, with a colon
        (),
        (),  # a server's "550 Unknown user" has no colon, and may be its filter
        raw=(("unknown user:", Reason.USERUNKNOWN), ("user unknown: ", Reason.USERUNKNOWN)),
        marks=("unknown user:", "user unknown: "),
    ),
    Receiver(
        "MessageLabs",  # its outbound hosts report what the remote host said to RCPT
        ("messagelabs.com",),
        (
            ("no such user", Reason.USERUNKNOWN),
            ("unknown user", Reason.USERUNKNOWN),
            ("user unknown", Reason.USERUNKNOWN),
            ("invalid recipient", Reason.USERUNKNOWN),
            ("542 rejected", Reason.USERUNKNOWN),
            ("connection rejected by policy", Reason.BLOCKED),
            ("mail forwarding loop", Reason.NETWORKERROR),
            ("message filtered", Reason.SPAMDETECTED),
        ),
        reports=True,
    ),
    Receiver(
        "Microsoft",  # postmaster.live.com "Troubleshooting", Exchange Online Protection
        ("hotmail.com", "outlook.com", "live.com", "msn.com"),
        (
            ("requested action not taken mailbox unavailable", Reason.USERUNKNOWN),
            ("because the recipient is only accepting mail from specific", Reason.FILTERED),
            ("dy 001", Reason.BLOCKED),
            ("dy 002", Reason.BLOCKED),
            ("ou 001", Reason.BLOCKED),
            ("ou 002", Reason.BLOCKED),
            ("sc 001", Reason.BLOCKED),
            ("sc 002", Reason.BLOCKED),
            ("sc 003", Reason.BLOCKED),
            ("sc 004", Reason.BLOCKED),
            ("rp 001", Reason.BADREPUTATION),
            ("rp 002", Reason.BADREPUTATION),
            ("rp 003", Reason.BADREPUTATION),
        ),
        # the senders that 5.7.511 bans are hosts, those of these two are addresses
        statuses=(
            ("5.1.10", Reason.USERUNKNOWN),
            ("5.7.502", Reason.REJECTED),
            ("5.7.503", Reason.REJECTED),
        ),
        # "5.4.1 ... [AM5EUR03.eop-EUR03.prod.protection.outlook.com]": not in the directory
        raw=(("recipient address rejected: access denied", Reason.USERUNKNOWN),),
        # .gbl: the hosts of 2013 to 2015
        marks=(
            ".protection.outlook.com]",
            ".protection.gbl]",
            ".prod.outlook.com ",
            "access denied. as(",
        ),
    ),
    Receiver(
        "Mimecast",  # community.mimecast.com, "SMTP error codes"
        ("mimecast.com", "mimecast.co.za"),
        (
            ("administrative lockout", Reason.BLOCKED),
            ("host network not allowed", Reason.POLICYVIOLATION),
            ("email rejected due to security policies", Reason.POLICYVIOLATION),
            ("envelope blocked", Reason.REJECTED),
            ("block for manual block", Reason.REJECTED),
            ("rejected by header based manually blocked senders", Reason.REJECTED),
            ("local ct ip", Reason.BLOCKED),
            ("account inbounds disabled", Reason.SUSPEND),
            ("account outbounds disabled", Reason.SUSPEND),
            ("exceeding outbound thread limit", Reason.TOOMANYCONN),
            ("internal recipient not known", Reason.USERUNKNOWN),
            ("open relay not allowed", Reason.NORELAYING),
        ),
    ),
    Receiver(
        "Orange, La Poste",  # the number at the end: OFR006_102, LPN007_416
        ("orange.fr", "wanadoo.fr", "laposte.net", "francetelecom.fr"),
        (),
        raw=(
            ("_102", Reason.BLOCKED),
            ("_103", Reason.BLOCKED),
            ("_104", Reason.TOOMANYCONN),
            ("_105", Reason.BADREPUTATION),
            ("_108", Reason.BLOCKED),
            ("_109", Reason.REQUIREPTR),
            ("_405", Reason.REJECTED),
            ("_415", Reason.REJECTED),
            ("_416", Reason.USERUNKNOWN),
            ("_417", Reason.MAILBOXFULL),
            ("_503", Reason.BADREPUTATION),
            ("_506", Reason.SPAMDETECTED),
            ("spam detect", Reason.SPAMDETECTED),
            ("_510", Reason.POLICYVIOLATION),
            ("_514", Reason.MESGTOOBIG),
            ("_515", Reason.AUTHFAILURE),
            ("_517", Reason.AUTHFAILURE),
            ("_519", Reason.AUTHFAILURE),
        ),
        marks=("ofr0", "ofr_", "lpn0", "lpn1"),
    ),
    Receiver(
        "SFR",  # what the sending host did, by the last two digits of SFR_IN_101; for two hours
        ("sfr.fr",),
        (),
        # 05 is of volume, 01 to 04 of spam, viruses, errors and unknown users
        raw=(
            ("sfr_in_105", Reason.SPEEDING),
            ("sfr_in_205", Reason.SPEEDING),
            ("sfr_in_", Reason.BADREPUTATION),
        ),
        marks=("sfr_in_",),
    ),
    Receiver(
        "Spectrum",  # spectrum.net, "Understanding email error codes"
        ("charter.net", "rr.com", "spectrum.net", "twc.com"),
        (
            ("aup in", Reason.BLOCKED),
            ("aup i", Reason.BLOCKED),
            ("e2110", Reason.REJECTED),
        ),
        # 1310, 1320, 1330: held back for longer each time
        raw=(("aup#in-13", Reason.TOOMANYCONN), ("aup#i-13", Reason.TOOMANYCONN)),
        marks=("spectrum.net/",),
    ),
    Receiver(
        "Tencent",  # service.mail.qq.com
        ("qq.com",),
        (
            ("frequency limited", Reason.TOOMANYCONN),
            ("mail content denied", Reason.SPAMDETECTED),
            ("mailbox unavailable or access denied", Reason.SUSPEND),
            ("mailbox not found", Reason.USERUNKNOWN),
            ("connection denied", Reason.BLOCKED),
            ("suspected bounce attacks", Reason.SPEEDING),
            ("space not enough", Reason.MAILBOXFULL),
            ("rejected by recipients", Reason.FILTERED),
            ("suspected spam", Reason.SPAMDETECTED),
        ),
    ),
    Receiver(
        "Trend Micro",  # success.trendmicro.com, Email Security: its words in place of a reason
        ("trendmicro.com", "trendmicro.eu", "trendmicro.co.jp"),
        (
            ("block send er", Reason.REJECTED),
            ("block rcpt", Reason.FILTERED),
            ("invalid recipient", Reason.USERUNKNOWN),
            ("no domain", Reason.NORELAYING),
        ),
        marks=("rejected: block-send-er", "rejected: block-rcpt", "rejected: no-domain"),
    ),
    Receiver(
        "Vade Secure",  # postmaster-earthlink.vadesecure.com: ELNK001_101, OXSUS0001_139
        ("earthlink-vadesecure.net", "oxsus-vadesecure.net"),
        (),
        raw=(
            ("oxsus0001_102", Reason.SYSTEMERROR),
            ("_101", Reason.BLOCKED),
            ("_102", Reason.BLOCKED),
            ("_103", Reason.SYSTEMERROR),
            ("_105", Reason.REQUIREPTR),
            ("_108", Reason.REQUIREPTR),
            ("_110", Reason.TOOMANYCONN),
            ("_111", Reason.BLOCKED),
            ("_130", Reason.BADREPUTATION),
            ("_136", Reason.SPEEDING),
            ("_139", Reason.TOOMANYCONN),
            ("_140", Reason.SPEEDING),
        ),
    ),
    Receiver(
        "Yahoo",  # senders.yahooinc.com/smtp-error-codes
        ("yahoo.com", "yahoodns.net", "yahoo.co.jp", "ymail.com"),
        (
            ("mailbox not found", Reason.USERUNKNOWN),
            ("this user doesnt have a", Reason.USERUNKNOWN),
            ("ts03", Reason.BLOCKED),
            ("temporarily deferred", Reason.BADREPUTATION),
            ("bl21", Reason.BLOCKED),
            ("bl23", Reason.BLOCKED),
            ("ph01", Reason.POLICYVIOLATION),
            ("554 30", Reason.SUSPEND),
        ),
        marks=(
            "postmaster.yahoo.com/",
            "senders.yahooinc.com/",
            "postmaster.yahooinc.com/",
        ),
    ),
    Receiver(
        "Zoho",
        ("zoho.com", "zohomail.com", "zoho.eu", "zoho.in"),
        (("user does not exist", Reason.USERUNKNOWN),),
        # its code for mail that fails its own checks of the sender
        statuses=(("5.7.7", Reason.SECURITYERROR),),
    ),
)
