"""Receipts of Italy's certified mail: RFC 6109.

Owns reading their header fields and daticert.xml. Must not check the signature around
them. Both certify to the sender: the own provider that it took the mail on, the
recipient's that it lies in the mailbox, or either that it cannot.
"""

import re
from html import unescape

from parsers.addresses import bare
from parsers.codes import clean, judge
from parsers.draft import Draft
from parsers.mime.message import Message
from parsers.report import Action, Basis, Kind, RecipientReport

__all__ = ["read_certified"]

# RFC 6109 3.1 to 3.3: X-Ricevuta, and what it says of the recipients
_ACTIONS = {
    "avvenuta-consegna": Action.DELIVERED,
    "errore-consegna": Action.FAILED,
    "non-accettazione": Action.FAILED,
    "preavviso-errore-consegna": Action.DELAYED,
    "rilevazione-virus": Action.FAILED,
}
# steps on the way, which prove no more than a 250 does
_STEPS = frozenset({"accettazione", "presa-in-carico"})
_ERROR = re.compile(r"<postacert\b[^>]{0,200}\berrore=[\"']([\w-]{1,40})")
_RECIPIENT = re.compile(r"<consegna>([^<>]{3,320})</consegna>")
_WRITTEN_TO = re.compile(r"<destinatari\b[^>]{0,80}>([^<>]{3,320})</destinatari>")
_MESSAGE_ID = re.compile(r"<msgid>([^<>]{3,998})</msgid>")
_TOLD = re.compile(r"<errore-esteso>([^<>]{1,2000})</errore-esteso>")
# RFC 6109 4.4: the attribute errore, in words that are judged
_MEANINGS = {
    "no-dest": "user unknown",
    "no-dominio": "host unknown",
    "virus": "virus detected",
}
_MAX_DATA = 16_000
_MAX_RECIPIENTS = 100


def read_certified(message: Message) -> Draft | None:
    """What a receipt of certified mail says, or None if message is none.

    Kind.UNKNOWN for those that only tell of a step on the way.
    """
    if "x-ricevuta" not in message.fields:
        return None
    receipt = message.header("x-ricevuta").strip().lower()
    if receipt in _STEPS:
        return Draft(Kind.UNKNOWN, "rfc6109", words=f"X-Ricevuta: {receipt}")
    action = _ACTIONS.get(receipt)
    if action is None:
        return None
    data = next(
        (
            part.text[:_MAX_DATA]
            for part in message.parts
            if part.filename.lower() == "daticert.xml"
        ),
        "",
    )
    named = _RECIPIENT.findall(data) or _WRITTEN_TO.findall(data)
    said = message.header("x-riferimento-message-id") or _first(_MESSAGE_ID, data)
    return Draft(
        Kind.DSN,
        "rfc6109",
        words=f"X-Ricevuta: {receipt}",
        recipients=tuple(
            _recipient(bare(unescape(one)), action, data)
            for one in dict.fromkeys(named[:_MAX_RECIPIENTS])
        ),
        original_message_id=said.strip(" <>"),
    )


def _recipient(address: str, action: Action, data: str) -> RecipientReport:
    meaning = _MEANINGS.get(_first(_ERROR, data), "")
    told = clean(" ".join(filter(None, (_first(_TOLD, data), meaning))))
    verdict = judge(told, action=action)
    return RecipientReport(
        address=address,
        action=action,
        status=verdict.status,
        reply_code=verdict.reply_code,
        reason=verdict.reason,
        severity=verdict.severity,
        diagnostic=told,
        basis=Basis.FIELD if action is Action.DELIVERED else verdict.basis,
        contradictions=verdict.contradictions,
    )


def _first(form: re.Pattern[str], data: str) -> str:
    found = form.search(data)
    return unescape(found[1]) if found else ""
