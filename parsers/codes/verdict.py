"""The verdict of one failure: reason and severity from codes, words and hosts.

Owns how the kinds of evidence are weighed against each other. Must not hold
phrases or codes (iana.py, phrases/, receivers.py do) nor read messages.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from msgspec import Struct

from parsers.codes.commands import PHRASES, told_command
from parsers.codes.find import clean, find_codes, find_reply_code, find_status
from parsers.codes.hosted import MARKS, ask_receivers
from parsers.codes.iana import REPLIES, Weight, look_up
from parsers.codes.microsoft import look_up_microsoft
from parsers.codes.phrases import ROWS
from parsers.codes.powermta import CATEGORIES
from parsers.codes.tiers import RANK
from parsers.codes.words import Finder, Row, Strength, called, fold, names_aside, unnamed
from parsers.phrases import Phrases
from parsers.report import Action, Basis, Reason, Severity

__all__ = ["FINDER", "Verdict", "judge", "precedence", "strongest", "weigh"]

# in one pass over a diagnostic: the command that was answered, and who speaks
_HEARD = Phrases((*PHRASES, *MARKS))
_MAX_WORDS = 2048  # characters that are searched for phrases; the verdict stands at the front

# Tuples: an enumeration's hash costs more than comparing a few members.
_GOOD = (Action.DELIVERED, Action.RELAYED, Action.EXPANDED)
_HARD = (Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.NOTACCEPT)
_NOTHING = (Reason.ONHOLD, Reason.UNDEFINED)
_AT_SENDER = (Reason.USERUNKNOWN, Reason.HOSTUNKNOWN)
_TOO_LARGE = (Reason.MESGTOOBIG, Reason.EXCEEDLIMIT)
# nobody but the host is known so far, nor is there a message
_AT_GREETING = (
    *(*_AT_SENDER, Reason.REJECTED, Reason.FILTERED),
    *(Reason.SPAMDETECTED, Reason.VIRUSDETECTED, Reason.CONTENTERROR, Reason.POLICYVIOLATION),
)
_GREETING = ("CONN", "EHLO", "HELO")
_BAD_SENDER = (".1.7", ".1.8")
_JOINTS = (".", "-", "_", "/")  # of the parts of a name
_GONE = re.compile(r"(?<![\w@.-])[a-z0-9-]{1,63}\.[a-z0-9.-]{2,190} (?:does not|doesn't) exist")


class Verdict(Struct, frozen=True):
    """What one recipient's failure comes to."""

    reason: Reason
    severity: Severity
    basis: Basis
    status: str  # RFC 3463, "" where none was told
    reply_code: str  # RFC 5321, "" where none was told
    contradictions: tuple[str, ...]  # each a short sentence
    command: str  # the SMTP command that was answered, "" where not told


class _Told(Struct, frozen=True):
    """The codes around one diagnostic."""

    text: str  # the diagnostic, clean
    status: str  # the one that says most
    field: str  # the status that a field told
    reply: str
    command: str
    suggested: tuple[Reason, Weight] | None  # what the status alone would come to


def weigh(
    diagnostic: str,
    *,
    status: str = "",
    reply_code: str = "",
    action: Action | None = None,
    command: str | None = None,
    remote_mta: str = "",
    reporting_mta: str = "",
    sender: str = "",
) -> Verdict:
    """Judge one recipient's result.

    diagnostic is what was said, raw or clean; status, reply_code, action and the hosts are
    what fields told, "" or None where absent; so is command, but None has it looked for in
    diagnostic. sender is the address or name of the reporting program. Total: any text
    gives a verdict, nothing is raised.
    """
    return judge(
        clean(diagnostic),
        status=status,
        reply_code=reply_code,
        action=action,
        command=command,
        remote_mta=remote_mta,
        reporting_mta=reporting_mta,
        sender=sender,
        program=diagnostic[:6].lower() == "x-unix",
    )


def judge(
    diagnostic: str,
    *,
    status: str = "",
    reply_code: str = "",
    action: Action | None = None,
    command: str | None = None,
    elsewhere: Callable[[], str] | None = None,  # tells the command where diagnostic does not
    remote_mta: str = "",
    reporting_mta: str = "",
    sender: str = "",
    program: bool = False,  # the diagnostic is the exit code of a program
    category: str = "",  # that of PowerMTA, in lower case
    known: Reason | None = None,  # where the sender's own scheme leaves no doubt
) -> Verdict:
    """See weigh(), of which this is the greater part: diagnostic must be clean."""
    lowered = diagnostic.lower()
    said, marked = _listen(lowered)
    if command is None:
        command = said or (elsewhere() if elsewhere else "")
    told = _collect(diagnostic, status, reply_code, command.upper())
    if action is None and told.status[:1] == "2" and told.reply[:1] in ("", "2"):
        action = Action.DELIVERED
    if action in _GOOD:
        return _verdict(Reason.DELIVERED, Severity.NONE, Basis.FIELD, told, _against_success(told))
    spoken = _without_boilerplate(lowered)[:_MAX_WORDS]
    folded = fold(spoken)
    hosted = ask_receivers(
        lowered,
        folded,
        told.status,
        remote=remote_mta,
        reporting=reporting_mta or sender,
        marked=marked,
    )
    named = CATEGORIES.get(category) if category else known
    coded = False  # only by the codes
    if named is not None:
        reason, basis = named, Basis.FIELD
    elif hosted is not None:
        reason, basis = hosted, Basis.WORDS
    else:
        row = _decisive_row(folded, spoken, told)
        if action is Action.DELAYED and row is not None and row.strength is Strength.FAINT:
            # in a warning they may be the reporter's own guess; a reply is a server's word
            row = row if told.reply else None
        reason, basis = _combine(row, told)
        coded = basis is not Basis.WORDS
    if reason in _NOTHING:
        if action is Action.DELAYED:
            reason, basis = Reason.EXPIRED, Basis.FIELD
        elif program:
            reason = Reason.MAILERERROR
    severity = _severity(reason, told)
    if severity is Severity.HARD and coded and _is_vague(told):
        severity = Severity.SOFT  # a bucket's code alone declares nobody dead
    if action is Action.DELAYED and severity is Severity.HARD:
        severity = Severity.SOFT  # it may still arrive
    return _verdict(reason, severity, basis, told, _contradictions(reason, basis, told))


def _listen(lowered: str) -> tuple[str, Collection[int]]:
    """The command that a text tells, and the places of the receivers' MARKS in it."""
    heard = _HEARD.found(lowered)
    if not heard:  # as in most texts
        return "", ()
    marked = [place - len(PHRASES) for place in heard if place >= len(PHRASES)]
    if marked:
        heard = {place for place in heard if place < len(PHRASES)}
    return told_command(heard, lowered), marked


def _verdict(
    reason: Reason, severity: Severity, basis: Basis, told: _Told, contradictions: tuple[str, ...]
) -> Verdict:
    return Verdict(reason, severity, basis, told.status, told.reply, contradictions, told.command)


def _collect(text: str, status: str, reply_code: str, command: str) -> _Told:
    field = find_status(status) if status else ""
    told, reply = find_codes(text)
    if not told or (field and told[2:] == "0.0"):
        told = field  # the remote's own words go first, unless they say nothing
    if reply_code and not reply:
        reply = find_reply_code(reply_code)
    return _Told(text, told, field, reply, command, _suggest(told) if told else None)


def _suggest(status: str) -> tuple[Reason, Weight] | None:
    if status[0] == "2":
        return None
    found = look_up(status)
    if found is None and (named := look_up_microsoft(status)) is not None:
        return named, Weight.PRECISE
    return found


def _without_boilerplate(lowered: str) -> str:
    if "address rejected: " in lowered:  # Postfix, whatever RCPT was refused for, if more follows
        lowered = lowered.replace("recipient address rejected: ", "")
    if "other server returned was: " in lowered:  # Gmail: what goes before is in every notice
        lowered = lowered.partition("other server returned was: ")[2]
    if "failed after i sent the message" in lowered:  # qmail, of every mail refused after DATA
        lowered = lowered.partition("failed after i sent the message")[2]
    return lowered


def precedence(row: Row) -> tuple[int, int, int]:
    """Orders rows: by strength, by the tier of their reason, by how much they say."""
    return row.strength, -RANK[row.reason], len(row.phrase)


FINDER = Finder(sorted(ROWS, key=precedence, reverse=True))


@lru_cache(maxsize=1024)  # the same refusal comes for many addresses, which fold() drops
def strongest(folded: str) -> Row | None:
    """The row that decides a text (see words.fold), before codes and commands are asked."""
    return FINDER.first(folded)


def _decisive_row(folded: str, spoken: str, told: _Told) -> Row | None:
    """The row that decides, also where those who are spoken of have only names or addresses."""
    best = strongest(folded)
    if best is not None and _may_be_a_name(best, spoken):
        heard, unlinked = names_aside(spoken)
        if heard != spoken:
            spoken, folded = heard, fold(heard)
            best = strongest(folded)
        best = best and _beside_links(best, heard, unlinked)
    if best is not None and (best.strength > Strength.FAINT or _is_host_gone(best, told)):
        return best
    named = strongest(unnamed(folded))
    if named is not None and named.strength > Strength.FAINT:
        return named
    best = best or named
    address = "" if best else "sender" if told.command == "MAIL" else "mailbox"
    other = strongest(called(spoken, address))
    return other if other is not None and other.strength > Strength.FAINT else best


def _may_be_a_name(row: Row, spoken: str) -> bool:
    """Whether a row's words may be those of a host's name or a link, at a cheap look."""
    words = row.phrase
    if " " in words and words in spoken:
        return False  # in no name is a blank
    words = words.partition(" * ")[0]
    word, blank, _ = words.partition(" ")
    at = spoken.find(words)
    if at >= 0 and blank:
        return False
    if at < 0 and ("://" in spoken or "www." in spoken):
        return True
    at = spoken.find(word)
    after = at + len(word)
    return at >= 0 and (spoken[after : after + 1] in _JOINTS or spoken[at - 1] in _JOINTS)


def _beside_links(best: Row, heard: str, unlinked: str) -> Row:
    """The row that decides if a link's words do so only where no other word does.

    But a name or code of one word is meant ("spamhaus", "nosuchuser"), and so is a system's own.
    """
    meant = best.strength is Strength.DECISIVE and " " not in best.phrase
    if meant or best.strength is Strength.CERTAIN or unlinked == heard:
        return best
    other = strongest(fold(unlinked))
    return other if other is not None and other.strength > Strength.FAINT else best


def _combine(best: Row | None, told: _Told) -> tuple[Reason, Basis]:
    """Words against codes; then what the answered command makes of it."""
    suggested = told.suggested
    if best is not None and best.strength is Strength.FAINT and _is_host_gone(best, told):
        # the recipient was taken before its mail was: only the sender's host is left
        gone = Reason.REJECTED if told.command == "DATA" else Reason.HOSTUNKNOWN
        best = best._replace(reason=gone)
    if suggested is not None and best is not None and best.reason in _TOO_LARGE:
        # "too large", say the words, or "too large or the mailbox is full": the code tells which
        limit = suggested[0] is Reason.EXCEEDLIMIT and best.reason is Reason.MESGTOOBIG
        best = None if limit or suggested[0] is Reason.MAILBOXFULL else best
    if best is not None and (
        suggested is None or best.strength > suggested[1] or best.reason is suggested[0]
    ):
        return _at_command(best, told), Basis.WORDS
    basis = Basis.CODE if told.status or told.reply else Basis.WORDS
    if told.status and told.status == told.field:
        basis = Basis.FIELD
    if suggested is not None and suggested[1]:
        reason = suggested[0]
        return (Reason.REJECTED if told.command == "MAIL" and reason in _HARD else reason), basis
    return _default(told), basis


def _is_host_gone(row: Row, told: _Told) -> bool:
    """Whether what "does not exist" is a host: no address was asked for, nor does a code say so."""
    return (
        row.reason is Reason.USERUNKNOWN
        and told.command != "RCPT"
        and told.status[2:4] != "1."
        and _GONE.search(told.text.lower()) is not None
    )


def _at_command(row: Row, told: _Told) -> Reason:
    """The same words mean other things in reply to other commands."""
    command, reason = told.command, row.reason
    if command in _GREETING and (row.strength is Strength.FAINT or reason in _AT_GREETING):
        return Reason.BLOCKED
    if reason in _AT_SENDER and told.status[1:] in _BAD_SENDER:
        return Reason.REJECTED
    if row.strength >= Strength.DECISIVE or reason not in _AT_SENDER:
        return reason
    if command == "MAIL":
        return Reason.REJECTED
    if reason is Reason.USERUNKNOWN and command != "RCPT" and told.status[2:4] != "1.":
        return Reason.FILTERED
    return reason


def _default(told: _Told) -> Reason:
    """Nothing but a vague code is left: the command says more than it does."""
    if told.command == "MAIL":
        return Reason.REJECTED
    if told.command in _GREETING:
        return Reason.BLOCKED
    if told.suggested is not None and told.suggested[0] is not Reason.ONHOLD:
        return told.suggested[0]
    if told.reply in REPLIES:
        return REPLIES[told.reply]
    return Reason.ONHOLD if told.text or told.reply or told.suggested else Reason.UNDEFINED


def _severity(reason: Reason, told: _Told) -> Severity:
    if reason is Reason.DELIVERED:
        return Severity.NONE
    if reason not in _HARD:
        return Severity.SOFT
    # A bare "4.0.0" is a reporter's default; the remote host's reply knows better.
    vague = not told.status or told.status[2:] == "0.0"
    code = told.reply if told.reply and vague else told.status
    return Severity.SOFT if code[:1] == "4" else Severity.HARD


def _is_vague(told: _Told) -> bool:
    """Whether only a code speaks that is used for anything, and not of an address it was told."""
    if told.suggested is None or told.suggested[1] is not Weight.VAGUE:
        return False
    return told.command != "RCPT" and told.reply not in REPLIES


def _against_success(told: _Told) -> tuple[str, ...]:
    said = []
    if told.status and told.status[0] != "2":
        said.append(f"reported as delivered, but the status is {told.status}")
    if told.reply and told.reply[0] != "2":
        said.append(f"reported as delivered, but the reply was {told.reply}")
    return tuple(said)


def _contradictions(reason: Reason, basis: Basis, told: _Told) -> tuple[str, ...]:
    said = []
    if told.field and told.status != told.field and told.field[2:] != "0.0":
        said.append(f"the status field says {told.field}, the diagnostic {told.status}")
    if told.status and told.reply and told.status[0] != told.reply[0]:
        said.append(f"status {told.status} and reply {told.reply} are of different classes")
    if basis is Basis.WORDS and told.suggested is not None:
        meant, weight = told.suggested
        if weight and meant is not reason:
            said.append(f"the words say {reason}, the status {told.status} {meant}")
    return tuple(said)
