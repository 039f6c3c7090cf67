"""Intake: what must arrive, taken on for good or refused with a reason.

Owns what every way in shares: where key, class and recipients come from,
canonical recipients, and the one transaction. What was accepted is in the
ledger when the call returns. Must not send and must not read configuration.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from agent.outbound.composing.fields import Field, decoded, entries, values
from agent.outbound.composing.template import TemplateError, build_notice
from agent.outbound.likeness import likeness
from agent.outbound.screening import (
    IntakeError,
    Limits,
    check_message,
    check_size,
    checked_class,
    checked_key,
    destinations,
    normalized,
    own_key,
    parsed,
)
from parsers.addresses import Refused
from store import notices
from store.database import Ledger
from store.errors import NoticeConflict
from store.notices import DeliveryRef, NewNotice, NewRecipient
from store.words import PolicyBook

__all__ = [
    "DEFAULT_CLASS",
    "Accepted",
    "IntakeError",
    "Limits",
    "Screened",
    "accept_all",
    "accept_message",
    "accept_parts",
    "screen_message",
    "screen_parts",
]

DEFAULT_CLASS = "notice"

_SHOWN = 20_000  # characters of a field that are decoded, to be shown
_DEFAULT = Limits()
_EMPTY_GROUP = re.compile(r":\s*;\s*$")  # "undisclosed-recipients:;", RFC 5322 3.4


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is owed from now on, and which addresses were not taken."""

    notice_id: int
    key: str
    created: bool  # False: the notice was there already
    deliveries: tuple[DeliveryRef, ...]
    refused: tuple[Refused, ...]

    @property
    def warnings(self) -> list[str]:
        """What was taken on as it was given, and is perhaps not what was meant."""
        owed = self.deliveries
        if len(owed) == 1 or len({one.address.lower() for one in owed}) == len(owed):
            return []
        # RFC 5321 2.4: only their own host may say whether they are one mailbox
        alike: dict[str, list[str]] = {}
        for one in self.deliveries:
            alike.setdefault(one.address.lower(), []).append(one.address)
        return [
            f"{' and '.join(those)} differ only in capital letters: each is a recipient and gets "
            "the mail, and where their host makes no difference, as nearly all do, one person "
            "gets it more than once; name one of them"
            for those in alike.values()
            if len(those) > 1
        ]


@dataclass(frozen=True, slots=True)
class Screened:
    """A notice that may be taken on, and is not yet: nothing was written."""

    notice: NewNotice
    recipients: tuple[NewRecipient, ...]  # canonical, in order, at least one
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
    screened = screen_parts(
        key=key,
        recipients=recipients,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers=headers,
        notice_class=notice_class,
        limits=limits,
        now=now,
    )
    return _accept(ledger, screened, policies, now)


def screen_parts(
    *,
    key: str,
    recipients: Sequence[str],
    sender: str,
    subject: str,
    text: str,
    now: datetime,
    html: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    notice_class: str = DEFAULT_CLASS,
    limits: Limits = _DEFAULT,
) -> Screened:
    """What accept_parts() would take on, without the ledger. Raises IntakeError."""
    try:
        content = build_notice(
            sender=sender, subject=subject, text=text, html=html, headers=headers
        )
    except TemplateError as error:
        raise IntakeError(str(error)) from None
    check_size(content, limits)
    return _screened(
        NewNotice(checked_key(key), checked_class(notice_class), subject, sender, content, now),
        recipients,
        limits,
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

    Without key, the field X-Landed-Notice or the Message-ID (of its latest
    resending) is the notice's key; without recipients, To, Cc and Bcc are read, or
    Resent-To, Resent-Cc and Resent-Bcc where they are there (as `sendmail -t` does);
    without notice_class, the field X-Landed-Class. sender is named where the
    message has no From. Its body stays byte for byte as it is, but for line
    ends. Raises IntakeError, NoticeConflict, LedgerError.
    """
    screened = screen_message(
        raw,
        sender=sender,
        now=now,
        key=key,
        recipients=recipients,
        notice_class=notice_class,
        limits=limits,
    )
    return _accept(ledger, screened, policies, now)


def screen_message(
    raw: bytes,
    *,
    sender: str,
    now: datetime,
    key: str = "",
    recipients: Sequence[str] = (),
    notice_class: str = "",
    default_class: str = DEFAULT_CLASS,
    limits: Limits = _DEFAULT,
) -> Screened:
    """What accept_message() would take on, without the ledger. Raises IntakeError.

    default_class counts where neither notice_class nor the message names one.
    """
    check_size(raw, limits)
    content, fields = normalized(raw)
    check_message(content, fields, limits)
    key = key or own_key(fields)
    if not key:
        raise IntakeError(
            "the notice needs a key, so that it is never sent twice: give one (--notice, "
            "Idempotency-Key), or a Message-ID or X-Landed-Notice field in the message"
        )
    wanted = recipients or destinations(fields)
    notice = NewNotice(
        checked_key(key),
        checked_class(notice_class or _one(fields, "x-landed-class") or default_class),
        decoded(_one(fields, "subject")[:_SHOWN])[:998],
        decoded(_one(fields, "from")[:_SHOWN])[:500] or sender,
        content,
        now,
        likeness(content),
    )
    return _screened(notice, wanted, limits)


def accept_all(
    ledger: Ledger, wanted: Sequence[Screened], *, policies: PolicyBook, now: datetime
) -> list[Accepted | NoticeConflict]:
    """Takes on many notices in one transaction, each by itself: one conflict stops no other.

    The answers stand in the order of wanted. Raises LedgerError, and then none
    was taken on.
    """
    owed = [(one.notice, one.recipients) for one in wanted]
    found = ledger.run(lambda tx: notices.accept_all(tx, owed, policies=policies, now=now))
    return [
        done
        if isinstance(done, NoticeConflict)
        else Accepted(done.notice_id, done.key, done.created, done.deliveries, one.refused)
        for one, done in zip(wanted, found, strict=True)
    ]


def _screened(notice: NewNotice, recipients: Iterable[str], limits: Limits) -> Screened:
    wanted, refused = _recipients(recipients, limits)
    if not wanted:
        told = "; ".join(f"{one.text}: {one.reason}" for one in refused[:5])
        raise IntakeError(
            f'notice "{notice.key}" has no recipient that can be sent to'
            + (f" ({told})" if told else ": name at least one"),
            refused,
        )
    return Screened(notice, tuple(wanted), refused)


def _accept(ledger: Ledger, screened: Screened, policies: PolicyBook, now: datetime) -> Accepted:
    done = ledger.run(
        lambda tx: notices.accept(
            tx, screened.notice, screened.recipients, policies=policies, now=now
        )
    )
    return Accepted(done.notice_id, done.key, done.created, done.deliveries, screened.refused)


def _recipients(
    lists: Iterable[str], limits: Limits
) -> tuple[list[NewRecipient], tuple[Refused, ...]]:
    """Canonical recipients in order, doubles folded, and what is none."""
    wanted: dict[str, NewRecipient] = {}
    refused: list[Refused] = []
    for text in (entry for one in lists for entry in entries(one) or [one]):
        if "\r" in text or "\n" in text:
            # a form that passes on what somebody typed would add whom that one pleases
            refused.append(Refused(text[:200], "it holds a line end; give one entry for each"))
            continue
        addresses, wrong = parsed(text)
        refused += wrong
        if not addresses and not wrong and not _EMPTY_GROUP.search(text):
            refused.append(Refused(text[:200], "there is no address in it"))
        alone = len(addresses) == 1 and not wrong
        name = decoded(parseaddr(text)[0])[:200] if alone and "<" in text else ""
        for address in addresses:
            given = text.strip()[:1000] if alone else address
            wanted.setdefault(address, NewRecipient(address, given, name))
        if len(wanted) + len(refused) > limits.max_recipients:
            raise IntakeError(
                f"there are more than {limits.max_recipients} recipients; send in parts, the "
                "same key adds recipients to the same notice"
            )
    return list(wanted.values()), tuple(dict.fromkeys(refused))


def _one(fields: list[Field], name: str) -> str:
    found = values(fields, name)
    return found[0] if found else ""
