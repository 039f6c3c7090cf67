"""What the API is sent and what it answers: names, types and limits of JSON.

Owns the shapes in the OpenAPI document. Must not judge a content: intake does.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from agent.ingress.problems import Problem, Refused

__all__ = [
    "Answer",
    "Answers",
    "Batch",
    "Gap",
    "Gaps",
    "Health",
    "Notice",
    "NoticeDelivery",
    "Parts",
]

Line = Annotated[str, Field(max_length=10_000)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Header(_Sent):
    """Another header of the message."""

    name: Annotated[str, Field(min_length=1, max_length=70)]
    value: Line


class Parts(_Sent):
    """A notice in parts; the message is built from them."""

    notice: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=500,
            description="Your own key: the same key is the same notice. Idempotency-Key may give "
            "it instead.",
        ),
    ] = None
    recipients: Annotated[
        list[Annotated[str, Field(max_length=1000)]],
        Field(min_length=1, max_length=100_000, description="Addresses, with names if you like."),
    ]
    subject: Annotated[str, Field(max_length=900)]
    text: str
    html: str | None = None
    headers: Annotated[list[Header], Field(max_length=100)] = []
    sender: Annotated[
        str, Field(alias="from", max_length=1000, description="Empty: the configured one.")
    ] = ""
    notice_class: Annotated[
        str, Field(alias="class", max_length=100, description="Chooses the policy.")
    ] = ""


class Batch(_Sent):
    """Many notices, taken on together; each has a key of its own."""

    notices: Annotated[list[Parts], Field(min_length=1, max_length=1000)]


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


class BatchAnswer(BaseModel):
    """What became of one notice of a batch: accepted, or the problem with it."""

    status: int
    accepted: Answer | None = None
    problem: Problem | None = None


class Answers(BaseModel):
    """What became of each, in the order of the batch."""

    answers: list[BatchAnswer]


class NoticeDelivery(BaseModel):
    """How far one delivery is shown to have come (docs/reports.md explains each)."""

    tracking_id: str
    recipient: str
    number: int
    verdict: str
    gap: str | None
    stage: str
    assurance: str | None
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
    kind: str
    recipient: str
    number: int
    notice: str
    notice_class: str
    stage: str
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


Story = dict[str, Any]
