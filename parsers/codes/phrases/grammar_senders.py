"""The grammar of whoever sends: its host, its address, its proofs, its pace and its errands.

Owns phrases as grammar.py does. Must hold data only.
"""

from parsers.codes.phrases.grammar import DENIED, Crossing
from parsers.codes.words import Strength
from parsers.report import Reason

__all__ = ["CROSSINGS"]

CROSSINGS: tuple[Crossing, ...] = (
    Crossing(
        Reason.REQUIREPTR,
        Strength.DECISIVE,
        "could not find a name for / cannot find a name for / no name for / no name found for"
        " / no host name for / no hostname for / no host name found for / no hostname found for"
        " / could not find a host name for / cannot find a hostname for",
        "your ip / your address / your host / ip address / the ip / this ip / ip",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.CERTAIN,
        "sender / sender address / sender email address / sender domain / envelope sender"
        " / from address / mail from address / return path / senders address / senders domain"
        " / senders email address / sender email / senders email / your email address / your domain"
        " / your domain name / your email domain",
        "blocked / is blocked / has been blocked / was blocked / blacklisted / is blacklisted"
        " / has been blacklisted / black listed / is black listed / is banned / has been banned",
    ),
    Crossing(
        Reason.BLOCKED,
        Strength.DECISIVE,
        "your ip / your ip address / ip / ip address / sender ip / client ip / sending ip"
        " / connecting ip / source ip / your server / your host / your mail server / client host"
        " / sending server / sending host / senders ip / senders ip address / senders server"
        " / senders mail server / senders host / sender server / sender ip address",
        "blocked / is blocked / has been blocked / was blocked / blacklisted / is blacklisted"
        " / has been blacklisted / blocklisted / is blocklisted / banned / is banned"
        " / has been banned / denied / is denied / rejected / is rejected / refused / is refused"
        " / listed / is listed / not allowed / is not allowed / is not permitted / is prohibited"
        " / not welcome / is not welcome / is restricted"
        " / is filtered / is being filtered / being on / is on a list / is on the list"
        " / is found on / was found on / found on / was found in / is present in / appears on"
        " / appears in / is on our list / is in our list",
    ),
    Crossing(
        Reason.BLOCKED,
        Strength.DECISIVE,
        "dynamic / dialup / dial up / residential / consumer / dsl",
        "hosts / clients / ips / ip addresses / ip ranges / ip space / connections / customers"
        " / addresses are / address ranges"
        " / lines / networks",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.CERTAIN,
        "sender / sender address / sender domain / envelope sender / envelope from / from address"
        " / mail from / return path / your address / your email address",
        "is on blacklist / is in blacklist / on blacklist / in blacklist / is on our blacklist"
        " / is on our blocklist / is on our block list / is in our blacklist"
        " / is in our blocklist / is in our block list / on our blacklist / on our blocklist"
        " / on our block list / in our blacklist / in our blocklist / on the blacklist"
        " / on the blocklist / on the block list / is on the blacklist / is on the blocklist"
        " / is on the block list / is on a blacklist / is on a blocklist",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.CERTAIN,
        "mail from domain / mail from sender / messages from domain"
        " / messages from sender / email from domain / email from sender",
        "is not accepted / not accepted / are not accepted / is not allowed / not allowed"
        " / are not allowed / is not permitted / is not welcome / is refused / are refused"
        " / refused / is rejected / are rejected / rejected / is blocked / are blocked",
    ),
    Crossing(
        Reason.BADREPUTATION,
        Strength.DECISIVE,
        "reputation / ips reputation / domains reputation",
        "is not good / is very low / is low / is poor / is very poor / is bad / is very bad"
        " / is insufficient / is not sufficient / is not high enough / is negative",
    ),
    # said by a server that did answer
    Crossing(
        Reason.BLOCKED,
        Strength.DECISIVE,
        "connection refused / connection rejected / connection denied / connection dropped",
        "* blocked / * blacklisted / * blacklist / * blocklist / * block list / * is listed"
        " / * listed in / * listed at / * listed on / * not allowed / * not permitted"
        " / * banned / * local policy / * access denied",
    ),
    Crossing(
        Reason.AUTHFAILURE,
        Strength.DECISIVE,
        "sender authentication / email authentication / message authentication / sender id",
        "failed / failure / fail / error / did not pass / not passed / violation / not aligned"
        " / missing / mismatch",
    ),
    Crossing(
        Reason.AUTHFAILURE,
        Strength.DECISIVE,
        "failed / fails / failing / did not pass / does not pass / do not pass / not passing",
        "sender authentication / email authentication / e mail authentication"
        " / message authentication / domain authentication / our sender authentication"
        " / authentication checks / dmarc / dmarc check / dmarc checks / dmarc evaluation"
        " / dmarc verification / spf / spf check / spf checks / spf verification / dkim"
        " / dkim check / dkim checks / dkim verification",
    ),
    Crossing(
        Reason.SECURITYERROR,
        Strength.DECISIVE,
        "bad / wrong / incorrect / invalid / unknown",
        "user name or password / username or password / user or password / login or password"
        " / user name and password / username and password / password / credentials",
    ),
    Crossing(
        Reason.SECURITYERROR,
        Strength.DECISIVE,
        "authentication credentials / credentials / password / user name or password"
        " / username or password",
        "are wrong / is wrong / wrong / are invalid / is invalid / invalid / are incorrect"
        " / is incorrect / incorrect / not accepted / are not accepted / is not accepted / rejected"
        " / are rejected / is not correct / are not correct",
    ),
    Crossing(
        Reason.SECURITYERROR,
        Strength.PLAIN,
        "authentication / smtp authentication / client authentication / user authentication"
        " / smtp auth / login",
        "required / is required / needed / is needed / failed / failure / unsuccessful"
        " / not successful / rejected / denied / must be enabled / error",
    ),
    Crossing(
        Reason.NORELAYING,
        Strength.DECISIVE,
        "relay / relaying / relay access / mail relay / relaying mail / mail relaying"
        " / message relaying",
        f"{DENIED} / disabled / restricted / not authorized / is not authorized / unauthorized",
    ),
    Crossing(
        Reason.TOOMANYCONN,
        Strength.DECISIVE,
        "too many / too much / excessive / maximum / max / number of",
        "connections / concurrent connections / simultaneous connections / open connections"
        " / parallel connections"
        " / smtp connections / concurrent smtp connections / sessions / concurrent sessions"
        " / smtp sessions / recipients / rcpt / rcpts"
        " / addressees / recipient addresses",
    ),
    Crossing(
        Reason.SPEEDING,
        Strength.DECISIVE,
        "message rate / sending rate / send rate / mail rate / email rate / receiving rate",
        "exceeded / limit exceeded / limit reached / has been exceeded / is too high / too high",
    ),
    Crossing(
        Reason.SPEEDING,
        Strength.DECISIVE,
        "too many messages / too many emails / too many mails / too many e mails / too much mail",
        "in a short time / in too short a time / in a short period / in the last hour / per hour"
        " / per minute / in one minute / in one hour / within one minute / within one hour"
        " / to this domain / to this recipient / recently / sent recently / from this sender"
        " / from your ip / sent from",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.DECISIVE,
        "sender / sender address / from address / envelope sender"
        " / sender domain / your address / your email address / originator",
        "is not authorized / not authorized / is not allowed / not allowed / is not permitted"
        " / not permitted / is not acceptable / not acceptable / is not accepted"
        " / not accepted / could not be verified / cannot be verified / is unresolvable"
        " / is unauthorized",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.DECISIVE,
        "sender / sender address / sender domain / from address / your address / your domain",
        "is not on the approved / not on the approved / is not on the allowed"
        " / not on the allowed / is not in the approved / not in the approved"
        " / is not in the allowed / not in the allowed / is not on the allow list"
        " / not on the allow list / is not approved / not approved / is not on our list"
        " / not on our list / is not on the list of / not on the list of / is not in the list of"
        " / not in the list of / is not an approved / is not among",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.CERTAIN,
        "local / our / global / organization / administrators / site",
        "sender list / sender block list / sender blocklist / sender blacklist"
        " / blocked senders / blocked senders list / blocked sender list / denied senders"
        " / sender access list / list of blocked senders / list of denied senders",
    ),
    Crossing(
        Reason.NORELAYING,
        Strength.DECISIVE,
        "domain / recipient domain / destination domain / domain name",
        "is not configured here / is not configured on this server"
        " / not configured on this server / is not configured on this system"
        " / is not hosted by / is not hosted by us / is not handled by this server"
        " / is not served here / is not accepted here / is not one of ours",
    ),
    Crossing(
        Reason.REJECTED,
        Strength.CERTAIN,
        "messages from your domain / mail from your domain / email from your domain"
        " / messages from your address / mail from your address / email from your address"
        " / messages from this domain / mail from this domain / messages from this sender"
        " / mail from this sender / email from this sender / mail from your email address",
        "is blocked / are blocked / is rejected / is refused / is not accepted"
        " / are not accepted / is not allowed / is denied / blocked / rejected / refused"
        " / not accepted / has been blocked / has been rejected",
    ),
)
