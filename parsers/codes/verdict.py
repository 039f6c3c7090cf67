"""The verdict of one failure: reason and severity from codes, words and hosts.

Owns how the kinds of evidence are weighed against each other. Must not hold
phrases or codes (iana.py, phrases/, hosts.py do) nor read messages.
"""

from dataclasses import dataclass

from parsers.codes.find import clean, find_command, find_reply_code, find_status
from parsers.codes.iana import REPLIES, look_up
from parsers.codes.phrases import ROWS
from parsers.codes.words import Finder, Row, fold
from parsers.report import Action, Basis, Reason, Severity

__all__ = ["Verdict", "weigh"]

_FINDER = Finder(ROWS)
_GOOD = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})
_HARD = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.NOTACCEPT})


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
    told = find_status(text)
    status = told or find_status(status)
    reply_code = find_reply_code(text) or find_reply_code(reply_code)
    command = command.upper() or find_command(text)
    if action in _GOOD:
        return Verdict(
            Reason.DELIVERED, Severity.NONE, Basis.FIELD, status, reply_code, (), command
        )
    best: Row | None = None
    for row in _FINDER.find(fold(text)):
        if best is None or row.strength > best.strength:
            best = row
    reason, basis = Reason.ONHOLD, Basis.CODE
    suggested = look_up(status) if status else None
    if suggested and (best is None or suggested[1] > best.strength):
        reason = suggested[0]
    elif best is not None:
        reason, basis = best.reason, Basis.WORDS
    elif reply_code in REPLIES:
        reason = REPLIES[reply_code]
    severity = Severity.SOFT
    if reason in _HARD and not status.startswith("4") and not reply_code.startswith("4"):
        severity = Severity.HARD
    return Verdict(reason, severity, basis, status, reply_code, (), command)
