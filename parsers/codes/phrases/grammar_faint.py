"""Who and what, however many words stand between: the last that words can tell.

Owns phrases as grammar.py does, all of them faint: they count only where nothing else in a
text, nor its code, says anything. Must hold data only.
"""

from parsers.codes.phrases.grammar import Crossing
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["CROSSINGS"]

_SOMEBODY = (
    "user / users / recipient / recipients / mailbox / mail box / account / person / addressee"
    " / employee / subscriber / customer / owner"
)


def _faint(reason: Reason, first: str, second: str) -> Crossing:
    return Crossing(reason, Strength.FAINT, first, second, " * ")


CROSSINGS: tuple[Crossing, ...] = (
    _faint(
        Reason.USERUNKNOWN,
        "no / nobody / unknown / unkown / invalid / nonexistent / cannot find / could not find"
        " / never heard of / misspelled",
        "user / recipient / mailbox / mail box / account / person / addressee / employee"
        " / subscriber / customer / recepient / recipent / reciepient",
    ),
    _faint(
        Reason.USERUNKNOWN,
        "user / recipient / mailbox / mail box / account / person / addressee / employee"
        " / subscriber / customer / recepient / recipent / reciepient",
        "not with us / not here / unknown / unkown / not exist / has left / is gone / departed"
        " / not found / not known / not on file / not registered / misspelled / nonexistent"
        " / lookup failed / no mailbox / not a member / check the spelling",
    ),
    _faint(
        Reason.MAILBOXFULL,
        "user / users / recipient / recipients / mailbox / mail box / inbox / maildir / account",
        "full / too much mail / used up / exhausted / overdrawn / overflow / overfull / quota"
        " / storage limit / out of space / capacity",
    ),
    _faint(
        Reason.MAILBOXFULL,
        "no room / no space / no more room / no more space / not enough room / out of room"
        " / not enough space / not enough storage / insufficient space / insufficient room",
        "mailbox / mail box / user / users / recipient / recipients / inbox",
    ),
    _faint(
        Reason.SUSPEND,
        "user / users / recipient / recipients / mailbox / mail box / account / mail service"
        " / subscriber / customer",
        "switched off / turned off / stopped / vacation hold / terminated / non payment / unpaid"
        " / cancelled / suspended / disabled / deactivated / dormant / frozen / locked"
        " / revoked / shut down",
    ),
    _faint(
        Reason.FILTERED,
        _SOMEBODY,
        "ignore list / personal filter / own filter / wants no mail / does not want"
        " / own settings / mail from outside",
    ),
    _faint(
        Reason.BLOCKED,
        "your server / your servers / your host / your ip / your network / your system"
        " / your provider / your isp / your country",
        "denied / blocked / refused / banned / not wanted / blacklist / blocklist / denylist"
        " / black list / not accepted / dynamic / dialup / open proxy",
    ),
    _faint(
        Reason.REQUIREPTR,
        "your host name / your hostname / hostname / host name / your ip / forward",
        "does not resolve / do not match / does not match / mismatch",
    ),
    _faint(
        Reason.VIRUSDETECTED,
        "dangerous / malicious / harmful",
        "program / file / attachment / code / macro / script",
    ),
    _faint(
        Reason.CONTENTERROR,
        "zip / zip files / executable / executables / archive / archives / attachment"
        " / attachments / attached / macros",
        "not be sent / refused / not allowed / not accepted / forbidden / prohibited"
        " / not permitted / banned / unacceptable / not accept / do not allow / does not allow",
    ),
    _faint(
        Reason.CONTENTERROR,
        "not accept / do not allow / does not allow / dont allow / doesnt allow / refuses"
        " / rejects",
        "zip / executables / archives / attachment / attachments / macros / exe files",
    ),
    _faint(
        Reason.POLICYVIOLATION,
        "words / message / mail / content / language",
        "forbids / institution / offensive / profanity / acceptable use / our rules / house rules",
    ),
    _faint(
        Reason.FAILEDSTARTTLS,
        "tls / certificate / ssl / starttls",
        "aborted / expired / failed / refused / required / not trusted / untrusted / mismatch"
        " / alert / not offered",
    ),
)
