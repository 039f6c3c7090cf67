"""What the API is sent and what it answers: names, types and limits of JSON.

Owns the shapes in the OpenAPI document. Must not judge a content: intake does.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from agent.ingress.problems import Problem, Refused, left_out
from store.words import Assurance, GapKind, Stage, Verdict

__all__ = [
    "CLASS",
    "KEY",
    "LETTER_KEY",
    "MAILBOXES",
    "TRACKING_ID",
    "Answer",
    "Answers",
    "Batch",
    "Gap",
    "Gaps",
    "Health",
    "LooseBatch",
    "Notice",
    "NoticeDelivery",
    "Parts",
]

# What follows stands in the document alone: intake, which knows the same, refuses in better words.
# A pattern says exactly what is taken; a format is described beside it.
CLASS = {"pattern": r"^([A-Za-z0-9][A-Za-z0-9._:-]{0,99})?$"}
TRACKING_ID = {"pattern": r"^[A-Pa-p][A-Za-z2-7]{11}[ACEGIKMOQSUWYacegikmoqsuwy246]$"}
_IN_LATIN_1 = r"[ -~\u00a1-\u00ac\u00ae-\u00ff]*[!-~\u00a1-\u00ac\u00ae-\u00ff]+"
LETTER_KEY = {"pattern": rf'^(?! *" *" *(;|$)){_IN_LATIN_1}$'}  # not quotes with nothing in them
KEY = {"format": "printable-line"}
MAILBOXES = {"format": "mailbox-list"}
_LINE = {"pattern": r"^[^\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]*$"}
_TEXT = {"pattern": r"^[^\u0000]*$"}
_HEADER_NAME = {"pattern": r"^[!-9;-~]+$"}

_TOGETHER = 1000  # notices of a batch

StageWord = Annotated[str, Field(json_schema_extra={"enum": [one.word for one in Stage]})]
AssuranceWord = Annotated[str, Field(json_schema_extra={"enum": [one.word for one in Assurance]})]
Line = Annotated[str, Field(max_length=10_000, json_schema_extra=_LINE)]


_EXAMPLE: Any = {
    "notice": "inc-7",
    "recipients": ["Ada <ada@example.com>"],
    "subject": "Down",
    "text": "The shop is down.\n",
}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Header(_Sent):
    """Another header of the message."""

    name: Annotated[str, Field(min_length=1, max_length=70, json_schema_extra=_HEADER_NAME)]
    value: Line


class Parts(_Sent):
    """A notice in parts; the message is built from them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    notice: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=500,
            description="Your own key, one line of printable characters: the same key is the same "
            "notice. Idempotency-Key may give it instead; one of the two must.",
            json_schema_extra=KEY,
        ),
    ] = None
    recipients: Annotated[
        list[Annotated[str, Field(max_length=1000, json_schema_extra=MAILBOXES)]],
        Field(
            min_length=1,
            max_length=100_000,
            description="Addresses, with names if you like, as in a To field. Who cannot be "
            "written to is told in refused; where that is everybody, the notice is refused.",
        ),
    ]
    subject: Annotated[str, Field(max_length=900, json_schema_extra=_LINE)]
    text: Annotated[str, Field(json_schema_extra=_TEXT)]
    html: Annotated[str, Field(json_schema_extra=_TEXT)] | None = None
    headers: Annotated[list[Header], Field(max_length=100)] = []
    sender: Annotated[
        str,
        Field(
            alias="from",
            max_length=1000,
            description="One mailbox. Empty: the configured one.",
            json_schema_extra=MAILBOXES,
        ),
    ] = ""
    notice_class: Annotated[
        str,
        Field(
            alias="class",
            max_length=100,
            description="Chooses the policy. Empty: the configured one.",
            json_schema_extra=CLASS,
        ),
    ] = ""


class Batch(_Sent):
    """Many notices, taken on together; each has a key of its own."""

    notices: Annotated[list[Parts], Field(min_length=1, max_length=_TOGETHER)]


class LooseBatch(_Sent):
    """The same, whatever its notices are: one that is not as it must be stops no other."""

    notices: Annotated[list[Any], Field(min_length=1, max_length=_TOGETHER)]


class AnswerDelivery(BaseModel):
    """One delivery that is owed from now on."""

    tracking_id: str
    recipient: str
    number: int = Field(description="The recipient's running number.")
    created: bool = Field(description="False: it was owed already.")


class Answer(BaseModel):
    """What was taken on for good."""

    notice: str
    notice_id: str
    created: bool = Field(description="False: the notice was there already.")
    deliveries: list[AnswerDelivery]
    refused: list[Refused]
    warnings: list[str] = Field(description="Taken as given, and perhaps not as meant.")


class BatchAnswer(BaseModel):
    """What became of one notice of a batch: accepted, or the problem with it."""

    status: int
    accepted: Answer | None = Field(default=None, json_schema_extra=left_out)
    problem: Problem | None = Field(default=None, json_schema_extra=left_out)


class Answers(BaseModel):
    """What became of each, in the order of the batch."""

    answers: list[BatchAnswer]


class NoticeDelivery(BaseModel):
    """How far one delivery is shown to have come (docs/reports.md explains each)."""

    tracking_id: str
    recipient: str
    number: int
    verdict: Verdict
    gap: GapKind | None
    stage: StageWord
    assurance: AssuranceWord | None
    attempts: int
    owed_at: datetime
    deadline: datetime
    why: str


class Notice(BaseModel):
    """One notice and all its deliveries, holes first."""

    notice: str
    notice_class: str
    subject: str
    sender: str
    created_at: datetime
    deliveries: list[NoticeDelivery]


class Gap(BaseModel):
    """What was owed and has no proof of arrival."""

    tracking_id: str
    kind: GapKind
    recipient: str
    number: int
    notice: str
    notice_class: str
    stage: StageWord
    owed_at: datetime
    deadline: datetime
    opened_at: datetime
    why: str


class Gaps(BaseModel):
    """A page of gaps, oldest owed first."""

    gaps: list[Gap]
    next: str | None = Field(description="Give it as after to get the next page; null: no more.")


class Health(BaseModel):
    """The ledger answers and can be written."""

    status: str
