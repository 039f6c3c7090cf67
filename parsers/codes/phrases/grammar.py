"""Who, and what became of him: the sentences that every author of a mail system writes anew.

Owns phrases that are worth a row for each of their subjects with each of their predicates.
Must hold data only. What a table says of the same words by itself goes before it (__init__.py).
"""

from typing import NamedTuple

from parsers.codes.words import Row, Strength
from parsers.report import Reason

__all__ = ["CROSSINGS", "Crossing"]


class Crossing(NamedTuple):
    """Every first part with every second one, written as table.py says."""

    reason: Reason
    strength: Strength
    first: str
    second: str

    def parts(self) -> tuple[list[str], list[str]]:
        """Both lists: the parts that stand first, those that follow."""
        return self.first.split(" / "), self.second.split(" / ")

    def rows(self) -> list[Row]:
        """A row for each pair."""
        first, second = self.parts()
        return [
            Row(f"{one} {other}", self.reason, self.strength) for one in first for other in second
        ]


_NOT_THERE = (
    "not found / is not found / was not found / wasnt found / could not be found / couldnt be found"
    " / cannot be found / can not be found / cant be found / does not exist / doesnt exist"
    " / not exist / not exists / not existing / no longer exists / unknown / is unknown / not known"
    " / is not known / invalid / is invalid / not valid / is not valid / isnt valid / non existent"
    " / nonexistent / is non existent / is nonexistent / not recognized / is not recognized"
    " / unrecognized"
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
_IS = ("", "is ", "was ", "has been ", "currently ", "is currently ", "temporarily ")
_OFF = (
    "disabled / suspended / inactive / locked / deactivated / frozen / not active"
    " / no longer active / discontinued / terminated / expired / not enabled"
)

CROSSINGS: tuple[Crossing, ...] = (
    Crossing(Reason.USERUNKNOWN, Strength.PLAIN, f"{_SUBJECTS} / address", _NOT_THERE),
    Crossing(
        Reason.USERUNKNOWN,
        Strength.PLAIN,
        "user / recipient / mailbox / mail box / account / addressee / alias / subscriber",
        "not listed / is not listed / not registered / is not registered / was deleted"
        " / has been deleted / was removed / has been removed / not present",
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
        _SEARCHED,
        "user / recipient / mailbox / mail box / account / addressee / alias",
    ),
    Crossing(
        Reason.SUSPEND,
        Strength.DECISIVE,
        "user / recipient / mailbox / mail box / account / username / email address"
        " / e mail address / recipient address",
        " / ".join(f"{be}{off}" for off in _OFF.split(" / ") for be in _IS),
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "mailbox / mail box / inbox / mail folder / mailfolder",
        "full / is full / currently full / is currently full / temporarily full"
        " / is temporarily full / too full / is too full / out of space / is out of space"
        " / has no space / has insufficient space / has run out of space / is out of storage"
        " / over its limit / is over its limit / over the limit / is over the limit"
        " / is over its storage limit / is over the size limit / has exceeded its limit"
        " / has exceeded the limit / has exceeded its size limit / has exceeded its maximum size"
        " / limit exceeded / limit reached / size limit exceeded / storage limit exceeded"
        " / space exceeded / size exceeded / capacity exceeded",
    ),
    Crossing(
        Reason.MAILBOXFULL,
        Strength.DECISIVE,
        "user / recipient / account / mail storage",
        "full / is full / is currently full / out of space / is out of space"
        " / has run out of space / has insufficient space / is out of storage / is over its limit"
        " / is over its storage limit / over its storage limit / storage limit exceeded",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.PLAIN,
        "domain / domain name / host / host name / hostname",
        f"{_NOT_THERE} / could not be resolved / cannot be resolved / not resolvable",
    ),
    Crossing(
        Reason.HOSTUNKNOWN,
        Strength.PLAIN,
        f"{_NOT_A} / {_SEARCHED} / could not resolve / cannot resolve / unable to resolve / bad"
        " / illegal / unresolvable",
        "domain / host / hostname / host name / recipient domain / destination domain"
        " / destination host / mail domain",
    ),
)
