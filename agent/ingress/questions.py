"""The API's questions: a notice, a delivery, the gaps, and whether all is well.

Owns their paths and statuses. What is told is the ledger's.
"""

import logging
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Security
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException

from agent.ingress import shapes
from agent.ingress.credentials import Token
from agent.ingress.document import STORY
from agent.ingress.office import office_of, token_of
from agent.ingress.problems import described
from agent.log import event
from agent.reconcile.reports import Report, jsonable
from store.errors import LedgerError
from store.ids import parse_tracking_id, tracking_id
from store.words import GapKind

__all__ = ["offer"]

_log = logging.getLogger("landed.ingress")
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?", re.IGNORECASE)


def _written(since: object) -> object:
    """Not as a bare number, which would be taken for seconds since 1970. Raises ValueError."""
    if isinstance(since, str) and _NUMBER.fullmatch(since.strip()):
        raise PydanticCustomError("not_a_moment", "give it as 2026-10-02T07:00:00Z")
    return since


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # hours before the first year, or after the last
        return moment.replace(tzinfo=UTC)


def offer(app: FastAPI) -> None:
    """Adds the paths by which questions are asked."""
    reader = Security(token_of, scopes=["read"])

    @app.get(
        "/v1/notices/{key:path}",
        response_model=shapes.Notice,
        response_description="The notice",
        responses=described(404, 422),
        summary="One notice and all its deliveries",
    )
    def get_notice(
        request: Request,
        _: Annotated[Token, reader],
        key: Annotated[str, Path(min_length=1, max_length=500)],
    ) -> Any:
        """Tells how far each delivery of a notice is shown to have come, holes first."""
        story = office_of(request).read(lambda ledger: ledger.notice(key))
        if story is None:
            raise HTTPException(404, "there is no notice with that key")
        rows = Report("notice", story.deliveries).objects()
        return {**jsonable(story), "notice": story.key, "deliveries": jsonable(rows)}

    @app.get(
        "/v1/deliveries/{tracking_id}",
        response_model=None,
        responses={
            200: {
                "description": "All that is known of it",
                "content": {"application/json": {"schema": STORY}},
            },
            **described(404, 422),
        },
        summary="The whole story of one delivery",
    )
    def get_delivery(
        request: Request,
        _: Annotated[Token, reader],
        tracking: Annotated[
            str, Path(alias="tracking_id", max_length=100, description="13 letters and digits")
        ],
    ) -> Any:
        """Tells attempts, replies, reports and gaps: what `landed trace --format json` prints."""
        try:
            number = parse_tracking_id(tracking)
        except ValueError:
            raise HTTPException(404, "that is no tracking ID") from None
        found = office_of(request).read(lambda ledger: ledger.trace(number))
        if found is None:
            raise HTTPException(404, "no delivery has that tracking ID")
        return jsonable(found)

    @app.get(
        "/v1/gaps",
        response_model=shapes.Gaps,
        response_description="A page of them",
        responses=described(422),
        summary="What was owed and has no proof of arrival",
    )
    def get_gaps(  # noqa: PLR0917 - the framework gives them by name
        request: Request,
        _: Annotated[Token, reader],
        kind: Annotated[GapKind | None, Query(description="Only this kind")] = None,
        notice_class: Annotated[str | None, Query(alias="class", max_length=100)] = None,
        domain: Annotated[str | None, Query(max_length=255, description="Of recipients")] = None,
        since: Annotated[
            datetime | None, BeforeValidator(_written), Query(description="Opened then or later")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Annotated[
            Annotated[str, WithJsonSchema({"type": "string", **shapes.TRACKING_ID})] | None,
            Query(max_length=100, description="next of a page"),
        ] = None,
    ) -> Any:
        """Lists open gaps page by page, oldest owed first."""
        try:
            last = None if after is None else parse_tracking_id(after)
        except ValueError as error:
            raise HTTPException(422, f"after cannot be used: {error}") from None
        found = office_of(request).read(
            lambda ledger: ledger.gaps(
                kind=kind,
                notice_class=notice_class,
                domain=domain,
                since=None if since is None else _utc(since),
                limit=limit + 1,
                after=last,
            )
        )
        rows = found[:limit]
        more = tracking_id(rows[-1].delivery_id) if len(found) > limit else None
        return {"gaps": jsonable(Report("gaps", rows).objects()), "next": more}

    @app.get(
        "/healthz",
        response_model=shapes.Health,
        responses=described(is_open=True),
        response_description="All is well",
        summary="Whether the ledger answers and can be written",
    )
    def get_health(request: Request) -> Any:
        """Opens the ledger, and writes one line into it, at most every five seconds."""
        office = office_of(request)
        office.read(lambda _: None)
        try:
            office.pulse()
        except LedgerError as error:
            event(_log, logging.ERROR, "unwell", why=error)
            raise
        return {"status": "ok"}
