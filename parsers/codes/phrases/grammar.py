"""Who, and what became of him: the sentences that every author of a mail system writes anew.

Owns phrases that are worth a row for each of their subjects with each of their predicates.
Must hold data only. What a table says of the same words by itself goes before it (__init__.py).
"""

from typing import NamedTuple

from parsers.codes.words import Row, Strength
from parsers.report import Reason

__all__ = ["CROSSINGS", "DENIED", "Crossing"]


class Crossing(NamedTuple):
    """Every first part with every second one, written as table.py says."""

    reason: Reason
    strength: Strength
    first: str
    second: str
    glue: str = " "  # what stands between the parts; nothing where one writes without blanks

    def parts(self) -> tuple[list[str], list[str]]:
        """Both lists: the parts that stand first, those that follow."""
        return self.first.split(" / "), self.second.split(" / ")

    def rows(self) -> list[Row]:
        """A row for each pair."""
        first, second = self.parts()
        return [
            Row(f"{one}{self.glue}{other}", self.reason, self.strength)
            for one in first
            for other in second
        ]


_NOT_THERE = (
    "not found / is not found / was not found / wasnt found / could not be found / couldnt be found"
    " / cannot be found / can not be found / cant be found / does not exist / doesnt exist"
    " / not exist / not exists / not existing / no longer exists / unknown / is unknown / not known"
    " / is not known / invalid / is invalid / not valid / is not valid / isnt valid / non existent"
    " / nonexistent / is non existent / is nonexistent / not recognized / is not recognized"
    " / not recognised / unrecognized"
)
_NOT_A = (
    "unknown / invalid / no such / nonexistent / non existent / non existing / unrecognized"
    " / not a valid / not a known / there is no"
)
_SEARCHED = (
    "cannot find / can not find / cant find / could not find / couldnt find / unable to find"
    " / did not find / cannot find the / could not find the / unable to find the"
)
_SUBJECTS = (
    "user / recipient / mailbox / mail box / account / addressee / alias / username / user name"
    " / userid / user id / local part / receiver / subscriber"
)
_IS = (
    *("", "is ", "was ", "has been ", "currently ", "is currently ", "temporarily "),
    *("is temporarily ", "has been temporarily ", "is permanently ", "has been permanently "),
)
_OFF = (
    "disabled / suspended / inactive / locked / deactivated / frozen / not active"
    " / no longer active / discontinued / terminated / expired / not enabled / cancelled / canceled"
    " / dormant / barred / archived / retired / out of service"
    " / not activated / closed / not in service / lapsed / switched off / has expired / has lapsed"
)
DENIED = (
    "denied / not allowed / is not allowed / not permitted / is not permitted / prohibited"
    " / is prohibited / forbidden / is forbidden / refused / rejected / blocked / disallowed"
    " / not accepted / is not accepted"
)

CROSSINGS: tuple[Crossing, ...] = (
    Crossing(Reason.USERUNKNOWN, Strength.PLAIN, f"{_SUBJECTS} / address / email", _NOT_THERE),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "user / recipient / mailbox / mail box / account / addressee / alias / subscriber",
        "deleted / was deleted / has been deleted / removed / was removed / has been removed",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "user / recipient / mailbox / mail box / account / address / addressee / alias"
        " / subscriber",
        "not listed / is not listed / not registered / is not registered / not present"
        " / no longer in use / is no longer in use / no longer available / is no longer available"
        " / could not be located / couldnt be located / cannot be located / was not located"
        " / not in our system / is not in our system / not in our database / is not on our system"
        " / is not on this system / not in directory / not in the directory / not in our directory"
        " / isnt here / is not here / not deliverable / is not deliverable / is undeliverable"
        " / is not one of our / is not a member of this domain / doesnt work here"
        " / does not work here / has left"
        " / undefined / is undefined / not here / not in directory service"
        " / is not in our directory / is not in the directory / is unavailable at this site"
        " / no longer here / is no longer here / no longer with / is no longer with"
        " / no longer at / is no longer at / no longer works / not in ldap / is not in ldap"
        " / not found in ldap / not in active directory / is not in active directory"
        " / not provisioned / is not provisioned / has not been provisioned"
        " / not enrolled / is not enrolled / is not in our customer database"
        " / not in our customer database / is not one of our customers / not one of our customers",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        _NOT_A,
        f"{_SUBJECTS} / address / email / e mail / recipient address / destination address",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        f"{_SEARCHED} / cannot resolve / could not resolve / couldnt resolve / unable to resolve"
        " / failed to resolve / cannot locate / could not locate / couldnt locate"
        " / unable to locate / failed to locate / failed to find",
        "user / recipient / mailbox / mail box / account / addressee / alias",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "no one / noone / nobody / no person / no user / no account / no mailbox / no recipient"
        " / no employee / no customer / no subscriber",
        "here / by that name / by this name / by the name / goes by / of that name / of this name"
        " / with that name / with this name / at this address / at that address / at this site"
        " / at this domain / on this server / on this system / on this machine / known by",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "user / recipient / addressee / person / address",
        "does not have a mailbox / doesnt have a mailbox / has no mailbox"
        " / does not have an account / doesnt have an account / has no account"
        " / does not have an email account / has no email account"
        " / is not on this machine / isnt on this machine"
        " / isnt on this server / isnt on this system / is not a customer / is not our customer"
        " / is no longer a customer / is not a subscriber / is no longer a subscriber"
        " / is not an employee / is no longer an employee / is no longer a student",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "not a user / not a mailbox / not a recipient / not a customer / not a subscriber",
        "here / at this / on this / of this / in this / at our / on our",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "bad / illegal / improper / incorrect / wrong / undeliverable / unroutable / unrouteable"
        " / misspelled / mistyped / not a registered / not a real / not our / not know this"
        " / not know that / not know such / not know such a / no valid / no known / no active",
        "user / recipient / mailbox / account / addressee / alias",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "user / recipient / addressee / recipient address",
        "cannot be verified / verification failed / verify failed / not a valid / is not a valid"
        " / not ok / undeliverable / not deliverable / cannot be matched / rejected no such"
        " / is possibly incorrect / is incorrect / is misspelled / is wrong / is not known at"
        " / is unknown at / is not known here / is unknown here",
    ),
    Crossing(
        Reason.SUSPEND,
        Strength.DECISIVE,
        "user / mailbox / account / recipient address",
        "is blocked / is temporarily blocked / temporarily blocked / temporarily denied"
        " / is blocked by the administrator",
    ),
    Crossing(
        Reason.EXCEEDLIMIT,
        Strength.DECISIVE,
        "too large for this / too large for the / too big for this / too big for the"
        " / larger than the / size limit of / size limit of the / size limit for this"
        " / size limit for the / maximum message size the / maximum size the"
        " / larger than allowed for",
        "recipient / user / mailbox / account / addressee",
    ),
    Crossing(
        Reason.SUSPEND,
        Strength.DECISIVE,
        "user / recipient / mailbox / mail box / account / username / email address"
        " / e mail address / recipient address / subscription",
        " / ".join(f"{be}{off}" for off in _OFF.split(" / ") for be in _IS),
    ),
    Crossing(
        Reason.SUSPEND,
        Strength.DECISIVE,
        "mailbox / mail box / account / email address",
        "is currently not accepting / is not accepting messages / is not accepting mail"
        " / is not accepting email / is not receiving / no longer receiving"
        " / is no longer receiving / is not allowed to receive / not allowed to receive"
        " / is not permitted to receive / is not authorized to receive / is unable to receive"
        " / is restricted from receiving / is not enabled to receive",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "mailbox / mail box / inbox / mail folder / mailfolder",
        "full / is full / currently full / is currently full / temporarily full"
        " / is temporarily full / too full / is too full / out of space / is out of space"
        " / has no space / has insufficient space / has insufficient storage / has run out of space"
        " / is out of storage"
        " / over its limit / is over its limit / over the limit / is over the limit"
        " / is over its storage limit / is over the size limit / has exceeded its limit"
        " / has exceeded the limit / has exceeded its size limit / has exceeded its maximum size"
        " / limit exceeded / limit reached / size limit exceeded / storage limit exceeded"
        " / space exceeded / size exceeded / capacity exceeded / over limit / at capacity"
        " / is at capacity / at its limit / is at its limit / is at its maximum size"
        " / has reached its limit / has reached its capacity / has reached its maximum"
        " / reached its limit / has too many messages / contains too many messages"
        " / holds too many messages / has no room / has no room left / has no more room"
        " / has no free space / has no space left / has no storage left / can hold no more",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "user / recipient / account / mail storage",
        "has used all / has used up / has no storage left / has no space left / has no quota left"
        " / has no room left / has too many messages / at capacity / is at capacity"
        " / has reached its storage / has reached its quota / has reached his quota"
        " / has reached the quota / has reached quota / has run out of storage"
        " / full / is full / is currently full / out of space / is out of space"
        " / has run out of space / has insufficient space / has insufficient storage"
        " / is out of storage / is over its limit"
        " / is over its storage limit / over its storage limit / storage limit exceeded",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.PLAIN,
        "domain / domain name / host / host name / hostname",
        f"{_NOT_THERE} / could not be resolved / cannot be resolved / not resolvable"
        " / not registered / is not registered / was not registered / not in dns / is not in dns"
        " / not in the dns / is not in the dns / has no dns records / has no dns record"
        " / has no dns entry / has no address record / lookup returned no",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.PLAIN,
        f"{_NOT_A} / {_SEARCHED} / could not resolve / cannot resolve / unable to resolve / bad"
        " / illegal / unresolvable",
        "domain / host / hostname / host name / recipient domain / destination domain"
        " / destination host / mail domain",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.DECISIVE,
        "recipient / user / addressee / receiver",
        "refused your message / rejected your message / has refused your message"
        " / has rejected your message / refused the message / rejected the message"
        " / refused this message / rejected this message / refuses your mail / does not want your"
        " / doesnt want your"
        " / does not accept mail from you / does not accept messages from / is not accepting your"
        " / has blocked you / has blocked your / blocked your / blocked the sender"
        " / rejects mail from / refuses mail from / rejects messages from / refuses messages from"
        " / does not want mail from"
        " / has chosen to block / has chosen not to receive / has elected not to receive"
        " / will not accept mail from / will not accept messages from / refuses messages"
        " / refuses mail",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.DECISIVE,
        "recipients / users / addressees / receivers / subscribers / own / personal",
        "filter / filters / filter settings / filter rules / mail filter / email filter"
        " / filtering rules / mail rules / inbox rules / mailbox rules / settings / preferences"
        " / privacy settings / allow list / allowlist / whitelist / safe list / safelist"
        " / access list",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.PLAIN,
        "rejected by / refused by / bounced by / denied by / declined by / discarded by",
        "user / the user / this user / recipient / the recipient / this recipient / addressee"
        " / the addressee / mailbox owner / the mailbox owner / account owner / the account owner",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.DECISIVE,
        "recipient / user / addressee / receiver",
        "does not accept email from / does not accept mail from / has refused / has rejected"
        " / is not accepting mail from / is not accepting email from / filter rejected"
        " / preferences / not willing to accept / refuses to receive",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.CERTAIN,
        "recipient / user / addressee / receiver / mailbox owner / owner of the mailbox",
        "does not want mail from / does not want messages from / has rejected mail from"
        " / has rejected your mail / has rejected your message / has refused mail from"
        " / has refused your mail / has refused your message / has blocked mail from"
        " / has blocked messages from / has blocked your address"
        " / does not accept mail from unknown / does not accept messages from unknown"
        " / does not accept email from unknown / does not accept mail from strangers",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.CERTAIN,
        "filter of / filters of / rule of / rules of / settings of / preferences of",
        "the recipient / this recipient / the user / this user / the addressee / the mailbox owner"
        " / its owner",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.CERTAIN,
        "recipients / users / addressees / receivers / subscribers / personal",
        "block list / blocklist / blacklist / blocked list / reject list / blocked senders",
    ),
    Crossing(
        Reason.FILTERED,
        Strength.DECISIVE,
        "recipient / user / addressee / mailbox / account / address",
        "only accepts internal / only accepts local / accepts only internal / accepts only local"
        " / accepts mail only from / accepts messages only from / accepts email only from"
        " / only receives mail from / only receives internal / may only receive / can only receive"
        " / does not accept mails from / does not accept emails from / does not accept e mails from"
        " / does not receive mail from / does not accept external / does not receive external"
        " / doesnt accept mails from / doesnt accept emails from",
    ),
    Crossing(
        Reason.NOTACCEPT,
        Strength.DECISIVE,
        "domain / host / site",
        "does not receive mail / does not receive email / does not receive e mail"
        " / does not accept incoming mail / is not accepting mail / is not accepting email"
        " / is not accepting messages / no longer accepts mail / no longer receives mail"
        " / never accepts mail / does not handle mail / is not configured to receive mail",
    ),
    Crossing(
        Reason.SUSPEND,
        Strength.DECISIVE,
        "recipient / user / addressee / customer",
        "is not accepting mail right now / is not accepting messages right now"
        " / is not accepting mail at this time / is not accepting messages at this time"
        " / is currently not accepting mail / cannot receive mail at this time",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "no record of / no records of / no knowledge of / we know of no / we have never heard of",
        "that address / this address / that user / this user / that recipient / this recipient"
        " / that mailbox / this mailbox / such a user / such an address",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "not a recipient / not a user / not an address / not a mailbox / not an account",
        "known to / known on / known at / known here / on this / at this / in this / of this",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "storage limit / storage quota / space limit / mailbox limit / quota limit",
        "reached / is reached / has been reached / was reached / of the account reached"
        " / of this account reached / of the mailbox reached / of the user reached / used up"
        " / is used up",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "mailbox name / recipient name / recipient address / destination address / email address",
        "is not correct / not correct / is incorrect / incorrect / is wrong / is misspelled",
    ),
    # which of the two it was, the server does not tell; "user unknown" is what it says
    Crossing(
        Reason.USERUNKNOWN,
        Strength.CERTAIN,
        "unknown / is unknown / not found / is not found / could not be found / does not exist"
        " / doesnt exist / not exist / no such user / no such account / no such mailbox / invalid"
        " / is invalid / nonexistent / non existent",
        "or disabled / or is disabled / or has been disabled / or inactive / or is inactive"
        " / or inactivated / or suspended / or is suspended / or has been suspended / or closed"
        " / or has been closed / or locked / or deactivated / or has been deactivated / or expired"
        " / or user disabled / or account disabled / or account suspended / or account closed"
        " / or account inactive / or mailbox disabled / or mailbox closed / or mailbox inactive"
        " / or mailbox suspended / or mailbox locked",
    ),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.CERTAIN,
        "disabled / inactive / suspended / closed / locked / deactivated / expired / not active",
        "or does not exist / or doesnt exist / or not exist / or nonexistent / or non existent"
        " / or unknown / or is unknown / or not found / or was not found / or invalid"
        " / or no longer exists / or never existed",
    ),
    Crossing(
        Reason.HASMOVED,
        Strength.DECISIVE,
        "user / recipient / account / mailbox / mail box / addressee / subscriber / email address",
        "has moved to / has been moved / was moved to / has been relocated / has changed to"
        " / has been changed to / has been transferred to / is now at / has changed address"
        " / changed address / has changed his address / has changed her address"
        " / has changed their address / has changed email address / has changed e mail address"
        " / has a new address / has a new email address / has a new e mail address",
    ),
)
