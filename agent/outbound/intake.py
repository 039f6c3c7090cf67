"""Intake: what must arrive, taken on for good or refused with a reason.

Owns the checks that every way in shares: canonical recipients, header
injection, sizes, loops, and the notice's key. What was accepted is in the
ledger when the call returns. Must not send and must not read configuration.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from agent.outbound.fields import (
    LINE_LIMIT,
    Field,
    MalformedHeader,
    cut,
    decoded,
    entries,
    values,
)
from agent.outbound.template import BUILT_HERE, TemplateError, build_notice
from parsers.addresses import Refused, parse_list
from store import notices
from store.database import Ledger
from store.notices import DeliveryRef, NewNotice, NewRecipient
from store.words import PolicyBook

__all__ = [
    "DEFAULT_CLASS",
    "Accepted",
    "IntakeError",
    "Limits",
    "accept_message",
    "accept_parts",
]

DEFAULT_CLASS = "notice"

_KEY_CHARACTERS = 500
_CLASS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_ENDS = re.compile(rb"\r\n|\n|\r")
_LONE_CR = re.compile(rb"\r(?!\n)")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_MBOX_LINE = re.compile(rb"From [^\n]*\n")
_EMPTY_GROUP = re.compile(r":\s*;\s*$")  # "undisclosed-recipients:;", RFC 5322 3.4
_DESTINATIONS = ("to", "cc", "bcc")
_ONCE = ("from", "to", "cc", "subject", "date", "message-id", "content-type", "reply-to")


class IntakeError(ValueError):
    """Nothing was accepted; the text says why and what to do. refused: address by address."""

    def __init__(self, why: str, refused: tuple[Refused, ...] = ()) -> None:
        super().__init__(why)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken on at once."""

    max_bytes: int = 25_000_000  # of the whole message
    max_recipients: int = 1_000
    max_received: int = 30  # Received fields; more is a loop, RFC 5321 6.3


_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is owed from now on, and which addresses were not taken."""

    notice_id: int
    key: str
    created: bool  # False: the notice was there already
    deliveries: tuple[DeliveryRef, ...]
    refused: tuple[Refused, ...]


def accept_parts(
    ledger: Ledger,
    *,
    key: str,
    recipients: Sequence[str],
    sender: str,
    subject: str,
    text: str,
    policies: PolicyBook,
    now: datetime,
    html: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    notice_class: str = DEFAULT_CLASS,
    limits: Limits = _DEFAULT,
) -> Accepted:
    """Takes on a notice given in parts, in one transaction of its own.

    recipients are addresses or To-like lists as people write them. Raises
    IntakeError, NoticeConflict (the key is known with other content), LedgerError.
    """
    try:
        content = build_notice(
            sender=sender, subject=subject, text=text, html=html, headers=headers
        )
    except TemplateError as error:
        raise IntakeError(str(error)) from None
    _fits(content, limits)
    return _accept(
        ledger,
        NewNotice(_checked_key(key), _checked_class(notice_class), subject, sender, content, now),
        recipients,
        policies=policies,
        limits=limits,
        now=now,
    )


def accept_message(
    ledger: Ledger,
    raw: bytes,
    *,
    sender: str,
    policies: PolicyBook,
    now: datetime,
    key: str = "",
    recipients: Sequence[str] = (),
    notice_class: str = "",
    limits: Limits = _DEFAULT,
) -> Accepted:
    """Takes on a whole RFC 5322 message, in one transaction of its own.

    Without key, the field X-Landed-Notice or the Message-ID is the notice's
    key; without recipients, To, Cc and Bcc are read (as `sendmail -t` does);
    without notice_class, the field X-Landed-Class. sender is named where the
    message has no From. Its body stays byte for byte as it is, but for line
    ends. Raises IntakeError, NoticeConflict, LedgerError.
    """
    _fits(raw, limits)
    if _LONE_CR.search(raw[: _head_end(raw)]):
        raise IntakeError(
            "a header of the message holds a carriage return by itself; it would begin a header "
            "of its own, so it is refused"
        )
    content = _ENDS.sub(b"\r\n", _MBOX_LINE.sub(b"", raw, count=1) if raw[:5] == b"From " else raw)
    try:
        fields, _ = cut(content)
    except MalformedHeader as error:
        raise IntakeError(f"this is no mail message: {error}") from None
    _check_message(content, fields, limits)
    own_key = _one(fields, "x-landed-notice") or _one(fields, "message-id").strip("<> \t")
    if not (key or own_key):
        raise IntakeError(
            "the notice needs a key, so that it is never sent twice: give --notice, or a "
            "Message-ID or X-Landed-Notice field in the message"
        )
    wanted = recipients or [
        text for name in _DESTINATIONS for text in values(fields, name) if text.strip()
    ]
    notice = NewNotice(
        _checked_key(key or own_key),
        _checked_class(notice_class or _one(fields, "x-landed-class") or DEFAULT_CLASS),
        decoded(_one(fields, "subject"))[:998],
        decoded(_one(fields, "from"))[:500] or sender,
        content,
        now,
    )
    return _accept(ledger, notice, wanted, policies=policies, limits=limits, now=now)


def _accept(
    ledger: Ledger,
    notice: NewNotice,
    recipients: Iterable[str],
    *,
    policies: PolicyBook,
    limits: Limits,
    now: datetime,
) -> Accepted:
    wanted, refused = _recipients(recipients, limits)
    if not wanted:
        told = "; ".join(f"{one.text}: {one.reason}" for one in refused[:5])
        raise IntakeError(
            f'notice "{notice.key}" has no recipient that can be sent to'
            + (f" ({told})" if told else ": name at least one"),
            refused,
        )
    done = ledger.run(lambda tx: notices.accept(tx, notice, wanted, policies=policies, now=now))
    return Accepted(done.notice_id, done.key, done.created, done.deliveries, refused)


def _recipients(
    lists: Iterable[str], limits: Limits
) -> tuple[list[NewRecipient], tuple[Refused, ...]]:
    """Canonical recipients in order, doubles folded, and what is none."""
    wanted: dict[str, NewRecipient] = {}
    refused: list[Refused] = []
    for text in (entry for one in lists for entry in entries(one) or [one]):
        addresses, wrong = parse_list(text)
        refused += wrong
        if not addresses and not wrong and not _EMPTY_GROUP.search(text):
            refused.append(Refused(text[:200], "there is no address in it"))
        alone = len(addresses) == 1 and not wrong
        name = decoded(parseaddr(text)[0])[:200] if alone and "<" in text else ""
        for address in addresses:
            given = text.strip()[:1000] if alone else address
            wanted.setdefault(address, NewRecipient(address, given, name))
        if len(wanted) > limits.max_recipients:
            raise IntakeError(
                f"there are more than {limits.max_recipients} recipients; send in parts, the "
                "same key adds recipients to the same notice"
            )
    return list(wanted.values()), tuple(dict.fromkeys(refused))


def _check_message(content: bytes, fields: list[Field], limits: Limits) -> None:
    """Raises IntakeError for what no relay should be given, or what has been here before."""
    names = [field.name for field in fields]
    if not {"from", "to", "cc", "bcc", "subject", "message-id"} & set(names):
        raise IntakeError(
            "this is no mail message: it begins without From, To, Subject or Message-ID; "
            "for a text without headers use --body-file"
        )
    for name in _ONCE:
        if names.count(name) > 1:
            raise IntakeError(f"the message has more than one {name.title()} field; keep one")
    if b"\0" in content:
        raise IntakeError("the message holds NUL bytes; encode binary content as base64")
    longest = max(enumerate(content.split(b"\r\n"), 1), key=lambda line: len(line[1]))
    if len(longest[1]) > LINE_LIMIT:
        raise IntakeError(
            f"line {longest[0]} of the message has {len(longest[1])} octets; {LINE_LIMIT} is the "
            "limit of mail (RFC 5322 2.1.1): encode the part as quoted-printable or base64"
        )
    hops = names.count("received")
    if hops > limits.max_received:
        raise IntakeError(
            f"the message has {hops} Received fields: it is running in a circle, look for a "
            "forwarding that leads back here"
        )
    if hops and "x-landed-id" in names:
        raise IntakeError(
            "the message carries X-Landed-Id and has travelled: it is a tracked notice that came "
            "back, and sending it on would be a loop"
        )
    if BUILT_HERE in names:
        raise IntakeError(f"the field {BUILT_HERE.title()} is the program's own; remove it")


def _fits(content: bytes, limits: Limits) -> None:
    if len(content) > limits.max_bytes:
        raise IntakeError(
            f"the message has {len(content)} bytes; {limits.max_bytes} is the limit: send a link "
            "instead of the content"
        )


def _head_end(raw: bytes) -> int:
    """Where the headers end; at the beginning where CR alone ends the lines (old Macintosh)."""
    if b"\n" not in raw:
        return 0
    found = _EMPTY_LINE.search(raw)
    return found.start() + 1 if found else len(raw)


def _one(fields: list[Field], name: str) -> str:
    found = values(fields, name)
    return found[0] if found else ""


def _checked_key(key: str) -> str:
    key = key.strip()
    if not key or len(key) > _KEY_CHARACTERS or not key.isprintable():
        raise IntakeError(
            f"a notice's key is one line of 1 to {_KEY_CHARACTERS} printable characters"
        )
    return key


def _checked_class(notice_class: str) -> str:
    if not _CLASS.fullmatch(notice_class):
        raise IntakeError(
            f'"{notice_class[:60]}" is no class: letters, digits and . _ : -, at most 100'
        )
    return notice_class
