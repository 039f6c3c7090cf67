"""Delivery status notifications: RFC 3464, internationalised by RFC 6533.

Owns reading the machine-readable part, one report per recipient, with the
liberties that real senders take. Must not read human text: where the fields
lack the reason, the caller lends what a reader of words has found.
"""

import re
from binascii import a2b_base64
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from msgspec import Struct

from parsers.addresses import typed
from parsers.allowance import Allowance, OutOfTimeError, timely
from parsers.codes import clean, judge
from parsers.dates import parse_date
from parsers.mime.headers import Headers, parse_headers
from parsers.report import Action, RecipientReport

__all__ = ["Lender", "Lent", "Status", "decode_xtext", "host", "read_status"]

# RFC 3464 2.3.3 has five; the others were met in the wild
_ACTIONS = {
    "failed": Action.FAILED,
    "delayed": Action.DELAYED,
    "delivered": Action.DELIVERED,
    "relayed": Action.RELAYED,
    "expanded": Action.EXPANDED,
    "failure": Action.FAILED,
    "fail": Action.FAILED,
    "error": Action.FAILED,  # OpenSMTPD
    "expired": Action.FAILED,  # the queue gave up
    "undeliverable": Action.FAILED,  # Postfix: answer to a probe (sendmail -bv)
    "undelivered": Action.FAILED,
    "bounced": Action.FAILED,
    "rejected": Action.FAILED,
    "delay": Action.DELAYED,
    "deferred": Action.DELAYED,
    "deliverable": Action.RELAYED,  # Postfix: a probe that the next host accepted
}
# the first line of a reply that goes on, as Sendmail keeps it: "SMTP; 554-No SMTP service"
_BEGUN = re.compile(r"[ \t]*(?:[\w-]{1,20};[ \t]*)?([45]\d\d-[^\n]{1,300})")
_OPEN = (Action.FAILED, Action.DELAYED, None)  # a tuple: compared by identity
_WORD = re.compile(r"[A-Za-z]{1,40}")
_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# what most senders write; addresses.typed() reads the rest
_PLAIN_ADDRESS = re.compile(
    r"[rR][fF][cC]822;[ \t]?([\w.+=!#$%&*/?^{|}~-]{1,200}@)([A-Za-z0-9._-]{1,255})(?<!\.)[ \t]*"
)
_COMMENT = re.compile(r"\(([^()]{1,400})\)")
# Exchange, of what another host replied: "<mx.example.org #5.1.1 smtp;550 5.1.1 No such user>"
_SUPPLEMENT = re.compile(
    r"<[^\s<>#]{1,255} #[245]\.\d{1,3}\.\d{1,3}\s{1,9}smtp;([^\0]{1,4096})>\s*"
)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")  # RFC 3461 4
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_RECIPIENT_LINE = re.compile(
    r"^(?:Final|Original)-Recipient[ \t]{0,4}:", re.MULTILINE | re.IGNORECASE
)
# a field with its folds, or a line that is none
_LINE = re.compile(
    r"([!-9;-~]{1,100}+)[ \t]{0,4}+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)|\n|[^\n]++"
)
# neither a field nor a fold
_STRAY_LINE = re.compile(r"^(?![!-9;-~]{1,100}[ \t]{0,4}:|[ \t\n])(?=.)", re.MULTILINE)
# a rewriter of links encodes what is beneath a blank line, and says so above it
_ENCODED = re.compile(
    r"^Content-Transfer-Encoding[ \t]{0,4}:[ \t]{0,4}base64[ \t]{0,4}\n"
    r"(?:[!-9;-~]{1,100}+:[^\n]*+\n){0,9}+[ \t]{0,4}\n"
    r"((?:[A-Za-z0-9+/]{4,998}={0,2}[ \t]{0,4}+(?:\n|\Z))++)",
    re.MULTILINE | re.IGNORECASE,
)
_MAX_RECIPIENTS = 1_000  # of one report; no MTA puts more into one transaction
_MAX_TEXT = 131_072  # characters of a status part; a thousand recipients need no more
_MAX_BLOCKS = 4_000


class Lent(Struct, frozen=True):
    """What a reader of words knows of one recipient; fills only what the fields leave open."""

    diagnostic: str = ""
    command: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    original_address: str = ""


_NOTHING_LENT = Lent()


class Lender(Protocol):
    """Whoever has read the human text beside the fields. Asked by recipient address."""

    def words(self, address: str) -> Lent | None:
        """What is known where the fields carry no diagnostic."""
        ...

    def command(self, address: str) -> str:
        """The SMTP command that was answered, or ""."""
        ...

    def whole(self, first: str) -> str:
        """The reply that begins with this line, as a transcript tells it, or ""."""
        ...


class Status(Struct, frozen=True):
    """What one status part says."""

    recipients: tuple[RecipientReport, ...]
    envelope_id: str = ""
    original_message_id: str = ""  # Gmail writes it among the fields
    notes: tuple[str, ...] = ()
    unnamed: RecipientReport | None = None  # where an action is told, and of nobody


def read_status(
    text: str,
    sender: str = "",
    lender: Lender | None = None,
    allowance: Allowance | None = None,
) -> Status:
    """The recipients of a delivery-status part, in order, and the fields of the message.

    text has LF line ends. lender is asked for recipients whose fields leave the
    diagnostic or the command out. Takes: fields in one block or blank lines in between, no
    final line end, comments after words and codes, blanks before the colon. Once allowance
    is over no further recipient is read; one for whom lender has no time left is none.
    """
    message, blocks = _split(text)
    notes: list[str] = []
    if len(blocks) > _MAX_RECIPIENTS:
        notes.append(f"only the first {_MAX_RECIPIENTS} of {len(blocks)} recipients were read")
    recipients: list[RecipientReport] = []
    done = 0
    for block in timely(blocks[:_MAX_RECIPIENTS], allowance):
        try:
            report = _recipient(block, message, sender, lender)
        except OutOfTimeError:
            break
        done += 1
        if report is not None:
            recipients.append(report)
    if allowance is not None and allowance.is_over:
        told = f"only the first {done} of {len(blocks)} recipients were read"
        notes = [f"{allowance.words}: {told}"]
    message_id = envelope_id = ""
    if "x-original-message-id" in message:
        message_id = message.header("x-original-message-id").strip("<> ")
    if "original-envelope-id" in message:
        envelope_id = decode_xtext(message.header("original-envelope-id"))
    unnamed = None
    if not recipients and len(blocks) < 2:
        fields = blocks[0] if blocks else message
        if "action" in fields or "status" in fields:
            unnamed = _judged(fields, message, sender, lender)
    return Status(
        recipients=tuple(recipients),
        envelope_id=envelope_id,
        original_message_id=message_id,
        notes=tuple(notes),
        unnamed=unnamed,
    )


def decode_xtext(value: str) -> str:
    """RFC 3461 4: "+HH" stands for one octet."""
    if "+" not in value:
        return value
    return _XTEXT.sub(lambda found: chr(int(found[1], 16)), value)


def _split(text: str) -> tuple[Headers, list[Headers]]:
    """The message's fields, and one block of fields per recipient."""
    text = text[:_MAX_TEXT]
    return _as_written(text) or _as_it_comes(
        _ENCODED.sub(_decoded, text) if "base64" in text else text
    )


def _decoded(found: re.Match[str]) -> str:
    """What a rewriter of links encoded, as it was; by the transfer encoding's own name."""
    try:
        told = a2b_base64(found[1]).decode("utf-8", "replace")
    except ValueError:
        return found[0]
    return f"\n{told}".replace("\r\n", "\n")


def _as_written(text: str) -> tuple[Headers, list[Headers]] | None:
    """The blocks of a part as the standard has it, which most are; None for any other."""
    blocks: list[Headers] = []
    for piece in text.strip("\n").split("\n\n", _MAX_BLOCKS):
        found = _LINE.findall(piece)
        block = {name.lower(): [value] for name, value in found}
        told = "final-recipient" in block or "original-recipient" in block
        # a name that comes twice, a line that is no field, recipients where none should be
        if len(block) < len(found) or "" in block or told is not bool(blocks):
            return None
        blocks.append(Headers(block))
    if len(blocks) > _MAX_BLOCKS or "\n \n" in text:
        return None
    return blocks[0], blocks[1:]


def _as_it_comes(text: str) -> tuple[Headers, list[Headers]]:
    """The same of what senders make of it: no blank lines, too many, broken lines."""
    pieces = text.split("\n\n") if "\n \n" not in text else _BLANK_LINE.split(text)
    message: Headers | None = None
    blocks: list[Headers] = []
    for piece in pieces[:_MAX_BLOCKS]:
        if not piece or piece.isspace():
            continue
        fields = parse_headers(_mend(piece))
        finals, originals = fields.raw("final-recipient"), fields.raw("original-recipient")
        if finals or originals:
            if message is None:
                message = fields
            several = len(finals) > 1 or len(originals) > 1
            blocks += _recipient_blocks(piece) if several else [fields]
        elif message is None or not blocks:
            # in place: hostile parts have thousands of blank lines
            if message is None:
                message = fields
            else:
                message.extend(fields)
        elif not any(name in blocks[-1] for name in fields):
            blocks[-1].extend(fields)  # a blank line within a recipient
    return message or Headers({}), blocks


def _recipient_blocks(piece: str) -> list[Headers]:
    starts = [found.start() for found in _RECIPIENT_LINE.finditer(piece)]
    # no blank line between recipients: a new one begins where a name comes again
    blocks: list[Headers] = []
    seen: set[str] = set()
    begin = 0
    for start in [*starts, len(piece)]:
        name = piece[start : start + 5].lower()
        if start == len(piece) or name in seen:
            blocks.append(parse_headers(_mend(piece[begin:start])))
            seen, begin = set(), start
        seen.add(name)
    for block, after in reversed(list(pairwise(blocks))):
        if "action" not in block and "status" not in block:
            # what is said once below several recipients is said of each
            block.extend(Headers({name: after.raw(name) for name in after if name not in block}))
    return blocks


def _mend(piece: str) -> str:
    """Lines that should have been folded, folded: some senders break diagnostics anywhere."""
    return _STRAY_LINE.sub(r" \g<0>", piece) if _STRAY_LINE.search(piece) else piece


def _recipient(
    fields: Headers, message: Headers, sender: str, lender: Lender | None
) -> RecipientReport | None:
    original = _address(fields, "original-recipient")
    address = _addressed(fields, original)
    return _judged(fields, message, sender, lender, (address, original)) if address else None


def _judged(
    fields: Headers,
    message: Headers,
    sender: str,
    lender: Lender | None,
    named: tuple[str, str] = ("", ""),
) -> RecipientReport:
    """What fields say of one recipient: named is its address, and the original one.

    Raises OutOfTimeError.
    """
    address, original = named
    word = fields.header("action")
    code = fields.header("status")
    diagnostic = fields.first("diagnostic-code")
    if "=?" in diagnostic or "\x1b" in diagnostic:
        diagnostic = fields.header("diagnostic-code")
    elif not diagnostic and (other := _SUPPLEMENT.fullmatch(fields.first("x-supplementary-info"))):
        diagnostic = other[1]
    diagnostic = clean(diagnostic)  # which unfolds it
    action = _action(word, code)
    lent = _NOTHING_LENT
    asked = lender if action in _OPEN else None
    # nothing, or only the exit code of a program
    if asked is not None and (not diagnostic or diagnostic.isdigit()):
        lent = asked.words(address) or lent
        diagnostic = lent.diagnostic or diagnostic
    elif asked is not None and (begun := _BEGUN.fullmatch(fields.first("diagnostic-code"))):
        diagnostic = clean(asked.whole(begun[1])) or diagnostic
    if not diagnostic and (comment := _COMMENT.search(code)):
        diagnostic = comment[1]
    reporting = host(message.header("reporting-mta")) or lent.reporting_mta
    remote = host(fields.header("remote-mta")) or lent.remote_mta
    verdict = judge(
        diagnostic,
        status=code,
        action=action,
        elsewhere=(lambda: lent.command or asked.command(address)) if asked and address else None,
        remote_mta=remote,
        reporting_mta=reporting,
        sender=sender,
        program=fields.first("diagnostic-code")[:6].lower() == "x-unix",  # Sendmail
        category=fields.first("x-powermta-bouncecategory").strip().lower(),
    )
    return RecipientReport(
        address=address,
        original_address=original or lent.original_address,
        action=action,
        status=verdict.status,
        reply_code=verdict.reply_code,
        reason=verdict.reason,
        severity=verdict.severity,
        diagnostic=diagnostic,
        command=verdict.command,
        reporting_mta=reporting,
        remote_mta=remote,
        date=_date(fields, "last-attempt-date") or _date(message, "arrival-date"),
        retry_until=_date(fields, "will-retry-until"),
        basis=verdict.basis,
        contradictions=verdict.contradictions + _oddities(fields, address, word, action),
    )


def _addressed(fields: Headers, original: str) -> str:
    """Who it is about; original is who we wrote to, where that is told."""
    address = _address(fields, "final-recipient")
    if original and "." in original.rpartition("@")[2] and "." not in address.rpartition("@")[2]:
        # a host within, a local name or a program behind an alias: what we wrote to says more
        return original
    return address or original


def _oddities(fields: Headers, address: str, word: str, action: Action | None) -> tuple[str, ...]:
    """What besides the verdict a person should see; word is the action as it stood."""
    odd: tuple[str, ...] = ()
    actual = _address(fields, "x-actual-recipient")
    if actual and actual.lower() != address.lower():
        odd += (f"it had been forwarded to {actual[:254]}",)
    if action is not None and word.lower() != action and word and action != _word(word):
        odd += (f'the action "{word[:40]}" is not in RFC 3464',)
    return odd


def _address(fields: Headers, name: str) -> str:
    """As it stood but unfolded: an address that looks like an encoded word is none."""
    value = fields.first(name)
    if not value:
        return ""
    plain = _PLAIN_ADDRESS.fullmatch(value)
    if plain:
        return f"{plain[1]}{plain[2].lower()}"
    return typed(" ".join(value.split()))[1]


def _date(fields: Headers, name: str) -> datetime | None:
    value = fields.first(name)
    return parse_date(value) if value else None


def _word(text: str) -> str:
    found = _WORD.search(text)
    return found[0].lower() if found else ""


def _action(word: str, code: str) -> Action | None:
    action = _ACTIONS.get(word.lower()) or _ACTIONS.get(_word(word))
    if action is None:
        status = _CODE.search(code)
        # final unless said otherwise, but success is not a failure
        return None if status is None else Action.RELAYED if status[0][0] == "2" else Action.FAILED
    return action


def host(value: str) -> str:
    """The host of an MTA-name field (RFC 3464 2.1.2): no type, comment or final dot."""
    if not value:
        return ""
    name = value.partition(";")[2] or value
    name = name.strip().partition(" ")[0].partition("(")[0]
    return name.strip("[]. \t").lower()
