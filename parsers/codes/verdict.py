"""The verdict of one failure: reason and severity from codes, words and hosts.

Owns how the kinds of evidence are weighed against each other. Must not hold
phrases or codes (iana.py, phrases/, hosts.py do) nor read messages.
"""

from dataclasses import dataclass
from functools import lru_cache

from parsers.codes.commands import find_command
from parsers.codes.find import clean, find_reply_code, find_status
from parsers.codes.iana import REPLIES, Weight, look_up
from parsers.codes.microsoft import look_up_microsoft
from parsers.codes.phrases import ROWS
from parsers.codes.receivers import ask_receivers
from parsers.codes.tiers import RANK
from parsers.codes.words import Finder, Row, Strength, fold
from parsers.report import Action, Basis, Reason, Severity

__all__ = ["FINDER", "Verdict", "precedence", "strongest", "weigh"]

FINDER = Finder(ROWS)
_GOOD = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})
_HARD = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.NOTACCEPT})
_NONE = frozenset({Reason.DELIVERED, Reason.FEEDBACK, Reason.VACATION})
_MAX_WORDS = 2048  # characters that are searched for phrases; the verdict stands at the front
_NOTHING = frozenset({Reason.ONHOLD, Reason.UNDEFINED})
_GREETING = frozenset({"CONN", "EHLO", "HELO"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one recipient's failure comes to."""

    reason: Reason
    severity: Severity
    basis: Basis
    status: str  # RFC 3463, "" where none was told
    reply_code: str  # RFC 5321, "" where none was told
    contradictions: tuple[str, ...]  # each a short sentence
    command: str  # the SMTP command that was answered, "" where not told


def weigh(
    diagnostic: str,
    *,
    status: str = "",
    reply_code: str = "",
    action: Action | None = None,
    command: str = "",
    remote_mta: str = "",
    reporting_mta: str = "",
    sender: str = "",
) -> Verdict:
    """Judge one recipient's result.

    diagnostic is what was said, raw or clean; status, reply_code, action, command and the
    hosts are what fields told, "" or None where absent. sender is the address or name of
    the reporting program. Total: any text gives a verdict, nothing is raised.
    """
    text = clean(diagnostic)
    field_status = find_status(status) if status else ""
    status = _better(find_status(text), field_status)
    reply_code = find_reply_code(text) or (find_reply_code(reply_code) if reply_code else "")
    command = command.upper() or find_command(text)
    if action is None and status[:1] == "2" and reply_code[:1] in ("", "2"):
        action = Action.DELIVERED
    if action in _GOOD:
        said = _against_success(status, reply_code)
        return Verdict(
            Reason.DELIVERED, Severity.NONE, Basis.FIELD, status, reply_code, said, command
        )
    lowered = text.lower()
    words = lowered
    if "address rejected: " in words:  # Postfix's words for any refusal of RCPT, if more follow
        words = words.replace("recipient address rejected: ", "")
    if "other server returned was: " in words:  # Gmail: what goes before is in every notice
        words = words.partition("other server returned was: ")[2]
    folded = fold(words[:_MAX_WORDS])
    hosted = ask_receivers(lowered, folded, status, remote_mta, reporting_mta or sender)
    if hosted:
        reason, basis = hosted, Basis.WORDS
    else:
        best = strongest(folded)
        reason, basis = _combine(best, status, reply_code, command, said=bool(text))
        if basis is Basis.CODE and reason in _NOTHING and diagnostic[:6].lower() == "x-unix":
            reason = Reason.MAILERERROR  # the exit code of a program
        elif basis is Basis.CODE and status and status == field_status:
            basis = Basis.FIELD
    if action is Action.DELAYED and reason in _NOTHING:
        reason, basis = Reason.EXPIRED, Basis.FIELD
    severity = _severity(reason, status, reply_code)
    if action is Action.DELAYED and severity is Severity.HARD:
        severity = Severity.SOFT  # it may still arrive
    said = _contradictions(reason, status, field_status, reply_code, basis)
    return Verdict(reason, severity, basis, status, reply_code, said, command)


def _better(told: str, field: str) -> str:
    """The status that says more: the remote's own words, unless they say nothing."""
    if not told:
        return field
    if field and told[2:] == "0.0":
        return field
    return told


@lru_cache(maxsize=1024)  # the same refusal comes for many addresses, which fold() drops
def strongest(folded: str) -> Row | None:
    """The row that decides a text (see words.fold), before codes and commands are asked."""
    best: Row | None = None
    for row in FINDER.find(folded):
        if best is None or precedence(row) > precedence(best):
            best = row
    return best


def precedence(row: Row) -> tuple[int, int, int]:
    """Orders rows: by strength, by the tier of their reason, by how much they say."""
    return row.strength, -RANK[row.reason], len(row.phrase)


def _combine(
    best: Row | None, status: str, reply_code: str, command: str, *, said: bool
) -> tuple[Reason, Basis]:
    """Words against codes; then what the answered command makes of it."""
    suggested = _suggest(status)
    if best is not None and (
        suggested is None or best.strength > suggested[1] or best.reason is suggested[0]
    ):
        return _at_command(best, status, command), Basis.WORDS
    if suggested is not None and suggested[1]:
        reason = suggested[0]
        return (Reason.REJECTED if command == "MAIL" and reason in _HARD else reason), Basis.CODE
    return _default(suggested, reply_code, command, said=said), Basis.CODE


def _default(
    suggested: tuple[Reason, Weight] | None, reply_code: str, command: str, *, said: bool
) -> Reason:
    """Nothing but a vague code is left: the command says more than it does."""
    if command == "MAIL":
        return Reason.REJECTED
    if command in _GREETING:
        return Reason.BLOCKED
    if suggested is not None and suggested[0] is not Reason.ONHOLD:
        return suggested[0]
    if reply_code in REPLIES:
        return REPLIES[reply_code]
    return Reason.ONHOLD if said or reply_code or suggested else Reason.UNDEFINED


def _suggest(status: str) -> tuple[Reason, Weight] | None:
    if not status or status[0] == "2":
        return None
    found = look_up(status)
    if found is None and (named := look_up_microsoft(status)) is not None:
        return named, Weight.PRECISE
    return found


_AT_SENDER = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN})


def _at_command(row: Row, status: str, command: str) -> Reason:
    """The same words mean other things in reply to other commands."""
    faint = row.strength is Strength.FAINT
    if command == "MAIL" and row.reason in _AT_SENDER and row.strength < Strength.DECISIVE:
        return Reason.REJECTED
    if command in _GREETING and (faint or row.reason is Reason.USERUNKNOWN):
        return Reason.BLOCKED
    if (
        row.reason is Reason.USERUNKNOWN
        and row.strength < Strength.DECISIVE
        and command != "RCPT"
        and status[2:4] != "1."
    ):
        return Reason.FILTERED
    return row.reason


def _severity(reason: Reason, status: str, reply_code: str) -> Severity:
    if reason in _NONE:
        return Severity.NONE
    if reason not in _HARD:
        return Severity.SOFT
    # A bare "4.0.0" is a reporter's default; the remote host's reply knows better.
    code = reply_code if reply_code and (not status or status[2:] == "0.0") else status
    return Severity.SOFT if code[:1] == "4" else Severity.HARD


def _against_success(status: str, reply_code: str) -> tuple[str, ...]:
    said = []
    if status and status[0] != "2":
        said.append(f"reported as delivered, but the status is {status}")
    if reply_code and reply_code[0] != "2":
        said.append(f"reported as delivered, but the reply was {reply_code}")
    return tuple(said)


def _contradictions(
    reason: Reason, status: str, field_status: str, reply_code: str, basis: Basis
) -> tuple[str, ...]:
    said = []
    if field_status and status != field_status and field_status[2:] != "0.0":
        said.append(f"the status field says {field_status}, the diagnostic {status}")
    if status and reply_code and status[0] != reply_code[0]:
        said.append(f"status {status} and reply {reply_code} are of different classes")
    if basis is Basis.WORDS and status:
        suggested = _suggest(status)
        if suggested is not None and suggested[1] and suggested[0] is not reason:
            said.append(f"the words say {reason}, the status {status} {suggested[0]}")
    return tuple(said)
