"""From fetched mail to rows: parse, correlate, and one transaction with the cursor.

Owns the promise that one poison message never stops a mailbox: whatever cannot be
read, correlated or stored is kept as "unreadable" and the next one follows. Must not
talk to a mail server.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

from agent.inbound.backlog.handover import Answer
from agent.inbound.correlate import Correlation, correlate
from agent.inbound.imap import Mail
from agent.inbound.known import Known, Wanted, ask, wanted
from agent.log import event
from parsers.authentication import authentication
from parsers.report import Kind, Report
from parsers.token import Keyring
from store import canaries, channels, evidence, listing
from store.database import Ledger, LedgerBusy, LedgerError, LedgerUnavailable
from store.evidence import NewReport
from store.ids import tracking_id
from store.words import FactKind, PolicyBook, SuppressionRule

__all__ = ["Ingest", "Taken"]

_SUMMARY = 500  # characters
_DETAIL = 1000
_LOG = logging.getLogger("landed.watch")
_NAMED = 20  # recipients that a summary names
_SAYS_WHOM = frozenset({Kind.DSN, Kind.BOUNCE, Kind.MDN, Kind.ARF})
_AGAINST = frozenset({FactKind.FAILED, FactKind.COMPLAINED})


class Taken(NamedTuple):
    """What became of one mail."""

    report: NewReport
    correlation: Correlation
    new: bool = True


@dataclass(frozen=True, slots=True)
class Ingest:
    """Records the mail of one channel. read is parsers.read.read, or what a test puts there."""

    ledger: Ledger
    channel_id: int
    channel: str
    keyring: Keyring
    policies: PolicyBook
    read: Callable[[bytes], Report]
    tidies: bool  # whether recorded mail is moved or flagged afterwards
    rule: SuppressionRule | None = None  # when failures suppress an address; None: never
    log: logging.Logger = _LOG
    authserv_id: str = ""  # our host's name in Authentication-Results

    def take(
        self,
        mails: Sequence[Mail],
        uidvalidity: int,
        *,
        now: datetime,
        answers: Sequence[Answer | None] = (),
    ) -> list[Taken]:
        """Record a batch and move the cursor past it. Raises LedgerError when nothing was kept.

        answers: what was read in these mails already; None where nobody has.
        """
        told = list(zip_longest(mails, answers[: len(mails)]))
        parsed = [self._parse(mail, answer) for mail, answer in told]
        known = ask(self.ledger, _together([asked for _, asked, _ in parsed]))
        drawn = [
            self._draw(
                mail,
                report,
                trouble,
                known,
                uidvalidity=uidvalidity,
                now=now,
                packed=answer.packed if answer else b"",
            )
            for (mail, answer), (report, _, trouble) in zip(told, parsed, strict=True)
        ]
        return self._keep(drawn, now=now)

    def _parse(self, mail: Mail, answer: Answer | None) -> tuple[Report | None, Wanted, str]:
        if mail.raw is None:
            return None, Wanted(), mail.note
        try:
            report = self.read(mail.raw) if answer is None else answer.report
            if report is None:
                return None, Wanted(), f"the parser failed: {answer.trouble if answer else ''}"
            return report, wanted([report], self.keyring), ""
        except Exception as error:  # noqa: BLE001 - one poison message must not stop the mailbox
            return None, Wanted(), f"the parser failed: {_words(error)}"

    def _draw(
        self,
        mail: Mail,
        report: Report | None,
        trouble: str,
        known: Known,
        *,
        uidvalidity: int,
        now: datetime,
        packed: bytes,
    ) -> Taken:
        received_at = min(mail.received_at or now, now)
        correlation = None
        if report is not None:
            try:
                correlation = correlate(
                    report,
                    self.keyring,
                    known,
                    now,
                    received_at=received_at,
                    found=self._found(report, mail.raw or b""),
                )
            except Exception as error:  # noqa: BLE001 - as above
                report, trouble = None, f"correlating failed: {_words(error)}"
        if correlation is not None and correlation.facts:
            correlation = self._noted(correlation, mail.raw or b"")
        if correlation is not None and report is not None and not correlation.by_recipient:
            correlation = correlation._replace(author=self._author(report, mail.raw or b""))
        if report is None or correlation is None:
            report = Report(Kind.UNKNOWN)
            correlation = Correlation("unreadable", tried=(trouble,))
        understood = correlation.outcome in {"matched", "canary"} and (
            report.kind is not Kind.UNKNOWN or correlation.outcome == "canary"
        )
        row = NewReport(
            channel_id=self.channel_id,
            uidvalidity=uidvalidity,
            uid=mail.uid,
            raw=mail.raw or b"",
            kind=str(report.kind),
            message_id=report.message_id,
            sender=report.sender,
            subject=report.subject,
            received_at=received_at,
            outcome=correlation.outcome,
            tried="\n".join(correlation.tried),
            summary=_summary(report, correlation, mail.note),
            settled=not (self.tidies and understood),
            packed=packed,
            internal_date=mail.received_at,
        )
        return Taken(row, correlation)

    def _found(self, report: Report, raw: bytes) -> str:
        """What our host found of whoever answered; of a machine's report it decides nothing."""
        return authentication(raw, self.authserv_id) if report.kind is Kind.REPLY else ""

    def _noted(self, correlation: Correlation, raw: bytes) -> Correlation:
        """What our host found of the report's sender, beside each fact."""
        told = authentication(raw, self.authserv_id)
        if not told:
            return correlation
        facts = tuple(
            fact._replace(detail=f"{fact.detail} [{told}]"[:_DETAIL]) for fact in correlation.facts
        )
        return correlation._replace(facts=facts)

    def _author(self, report: Report, raw: bytes) -> str:
        """Who wrote, where that is no machine and our mail host found it not forged; else ""."""
        if not self.authserv_id or report.kind not in {Kind.REPLY, Kind.UNKNOWN}:
            return ""
        domain = report.sender.rpartition("@")[2]
        results = authentication(raw, self.authserv_id).lower().split(", ")
        return report.sender if domain and f"dmarc=pass ({domain.lower()})" in results else ""

    def _keep(self, drawn: list[Taken], *, now: datetime) -> list[Taken]:
        """All in one transaction; where one of them cannot be stored, each half in its own."""
        try:
            kept = self.ledger.run(lambda tx: self._write(tx, drawn, now))
        except LedgerUnavailable:
            raise
        except (LedgerError, ValueError, TypeError, OverflowError) as error:
            if isinstance(error, LedgerBusy) and not _is_conflict(error):
                raise
            if len(drawn) > 1:
                middle = len(drawn) // 2
                return [*self._keep(drawn[:middle], now=now), *self._keep(drawn[middle:], now=now)]
            kept = self._keep_unreadable(drawn[0], error, now)
        for one in kept:
            self._tell(one)
        return kept

    def _keep_unreadable(self, one: Taken, error: Exception, now: datetime) -> list[Taken]:
        trouble = f"the ledger could not take what it says: {_words(error)}"
        bare = one.report._replace(
            kind="unknown", message_id="", sender="", subject="",
            outcome="unreadable", tried=trouble, summary="", settled=True,
        )  # fmt: skip
        plain = Taken(bare, Correlation("unreadable", tried=(trouble,)))
        return self.ledger.run(lambda tx: self._write(tx, [plain], now))

    # tx is the ledger's affair: this layer does not know the database's types
    def _write(self, tx: Any, drawn: list[Taken], now: datetime) -> list[Taken]:
        recorded = evidence.record_many(
            tx,
            [(one.report, one.correlation.facts) for one in drawn],
            policies=self.policies,
            now=now,
        )
        for one in drawn:
            if (probe := one.correlation.canary_id) is not None:
                canaries.returned(tx, probe, now, self.channel, refused=one.correlation.refused)
        self._list(tx, drawn, now)
        last = drawn[-1].report
        channels.advance(tx, self.channel_id, last.uidvalidity, last.uid, now)
        return [one._replace(new=row.new) for one, row in zip(drawn, recorded, strict=True)]

    def _list(self, tx: Any, drawn: list[Taken], now: datetime) -> None:
        """Takes off the suppression list who wrote, then puts on it whose mail came back."""
        heard = [
            (one.correlation.delivery_id, one.report.received_at)
            for one in drawn
            if one.correlation.by_recipient and one.correlation.delivery_id is not None
        ]
        freed = listing.heard_from(tx, heard)
        written = [
            (one.correlation.author, one.report.received_at)
            for one in drawn
            if one.correlation.author
        ]
        freed += listing.heard_of(tx, written)
        suspects = [
            fact.delivery_id
            for one in drawn
            for fact in one.correlation.facts
            if fact.kind in _AGAINST
        ]
        suppressed: list[str] = []
        if self.rule is not None and suspects:
            suppressed = listing.review(
                tx, suspects, rule=self.rule, policies=self.policies, now=now
            )
        for what, addresses in (("freed", freed), ("suppressed", suppressed)):
            for address in addresses:
                event(self.log, logging.WARNING, what, recipient=address, channel=self.channel)

    def _tell(self, one: Taken) -> None:
        event(
            self.log,
            logging.INFO,
            "recorded",
            channel=self.channel,
            uid=one.report.uid,
            kind=one.report.kind,
            outcome=one.correlation.outcome,
            clue=one.correlation.clue.kind if one.correlation.clue else "none",
            delivery=_named(one.correlation.delivery_id),
            facts=len(one.correlation.facts),
            new=one.new,
        )


def _is_conflict(error: LedgerBusy) -> bool:
    """Whether a row was refused for good, and not just locked by somebody else."""
    return type(error.__cause__).__name__ == "IntegrityError"


def _together(asked: Sequence[Wanted]) -> Wanted:
    return Wanted(
        frozenset().union(*(one.ids for one in asked)),
        frozenset().union(*(one.message_ids for one in asked)),
        frozenset().union(*(one.envelope_ids for one in asked)),
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _summary(report: Report, correlation: Correlation, note: str) -> str:
    """One line for a list: what it says, or its first words, and what was odd."""
    said = [fact.detail for fact in correlation.facts] or _of_whom(report)
    odd = [f"[{word}]" for word in (note, *report.notes) if word]
    return " ".join(filter(None, [*said, *odd]))[:_SUMMARY]


def _of_whom(report: Report) -> list[str]:
    """What a report that changed nothing says, so that whoever misses it finds it by address."""
    told = [
        " ".join(filter(None, (one.address, str(one.action or one.disposition or ""))))
        + (f": {one.diagnostic}" if one.diagnostic else "")
        for one in report.recipients[:_NAMED]
        if report.kind in _SAYS_WHOM
    ]
    return [*told, " ".join(report.text.split())]


def _named(delivery_id: int | None) -> str:
    """The tracking ID, as people ask for it: landed trace takes what the log says."""
    return "none" if delivery_id is None else tracking_id(delivery_id)
