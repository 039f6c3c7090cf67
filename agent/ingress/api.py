"""The HTTP API: notices handed over, and what became of them.

Owns paths, scopes and statuses. What is taken on is the door's, what is told
is the ledger's. Must not log a token, and knows none: only their hashes.
"""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from agent.ingress import shapes
from agent.ingress.credentials import CredentialsError, Token, Tokens
from agent.ingress.door import Door, answer
from agent.ingress.problems import MEDIA_TYPE, Problem, described, handle_all, of_error
from agent.log import event
from agent.outbound.intake import Accepted, IntakeError, Screened
from agent.reconcile.reports import Report, jsonable
from store.errors import LedgerError, NoticeConflict
from store.ids import parse_tracking_id, tracking_id
from store.reading import Reader
from store.words import GapKind

__all__ = ["build"]

_log = logging.getLogger("landed.ingress")
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?", re.IGNORECASE)
_JSON, _MAIL = "application/json", "message/rfc822"
_KEY_HELP = (
    "The notice's key. Of a whole message it comes before the message's own; beside notice in JSON "
    "it must be the same."
)

Opened = Callable[[], Reader]
Pulse = Callable[[], object]


class _Office:
    """What every request needs; one for an application."""

    def __init__(self, door: Door, opened: Opened, tokens: Tokens, pulse: Pulse) -> None:
        self.door, self.opened, self.tokens, self.pulse = door, opened, tokens, pulse

    def token(self, scopes: SecurityScopes, given: HTTPAuthorizationCredentials | None) -> Token:
        """Whose request it is. Raises HTTPException for who may not."""
        try:
            found = self.tokens.find(given.credentials) if given else None
        except CredentialsError as error:
            event(_log, logging.ERROR, "tokens-unusable", why=error)
            raise HTTPException(503, "tokens cannot be checked now") from None
        if found is None:
            raise HTTPException(
                401, "a known bearer token is needed", {"WWW-Authenticate": "Bearer"}
            )
        missing = set(scopes.scopes) - found.scopes
        if missing:
            needed = " ".join(sorted(missing))
            raise HTTPException(
                403,
                f"this token has not the scope {needed}",
                {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
            )
        return found

    def read(self, question: Callable[[Reader], Any]) -> Any:
        """A question to the ledger."""
        with self.opened() as reader:
            return question(reader)


_bearer = HTTPBearer(auto_error=False, description='Made by "landed token add".')


def _token(
    request: Request,
    scopes: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Token:
    try:
        found: Token = request.app.state.office.token(scopes, given)
    except HTTPException as error:
        if error.status_code == 401 and given is not None:
            client = request.client.host if request.client else ""
            event(_log, logging.WARNING, "token-refused", way="http", client=client)
        raise
    return found


def build(
    door: Door,
    opened: Opened,
    tokens: Tokens,
    *,
    version: str,
    pulse: Pulse = lambda: None,
) -> FastAPI:
    """The application. opened gives a fresh reader of the ledger.

    pulse raises LedgerError while the ledger cannot be written.
    """
    app = FastAPI(
        title="landed",
        version=version,
        description="Hand notices over, and ask what became of them.",
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.office = _Office(door, opened, tokens, pulse)
    handle_all(app)
    _ways_in(app)
    _questions(app)
    _describe(app)
    return app


def _office(request: Request) -> _Office:
    found: _Office = request.app.state.office
    return found


def _ways_in(app: FastAPI) -> None:
    sender = Security(_token, scopes=["send"])

    @app.post(
        "/v1/notices",
        status_code=201,
        response_model=shapes.Answer,
        responses={
            200: {"description": "Known already; nothing changed", "model": shapes.Answer},
            **described(409, 413, 415, 422),
        },
        openapi_extra=_body(shapes.Parts, _MAIL),
        summary="Owe a notice to its recipients",
    )
    async def post_notice(  # noqa: PLR0917 - the framework gives them by name
        request: Request,
        response: Response,
        token: Annotated[Token, sender],
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=1,
                max_length=500,
                description=_KEY_HELP,
                json_schema_extra=shapes.LETTER_KEY,
            ),
        ] = None,
        to: Annotated[
            list[str] | None,
            Query(max_length=1000, description="Recipients of a whole message, instead of its own"),
        ] = None,
        notice_class: Annotated[
            str,
            Query(
                alias="class",
                max_length=100,
                description="Class of a whole message",
                json_schema_extra=shapes.CLASS,
            ),
        ] = "",
    ) -> Any:
        """Takes a notice on for good: as JSON in parts, or as a whole message.

        Some addresses may be refused while the rest is taken. The same key
        with the same content changes nothing; with other content it is a 409.
        """
        kind = _content_type(request, _JSON, _MAIL)
        raw = await request.body()
        office = _office(request)

        def take() -> Accepted:
            if kind == _MAIL:
                screened = office.door.message(
                    raw,
                    key=idempotency_key or "",
                    recipients=to or (),
                    notice_class=notice_class,
                )
            else:
                if to or notice_class:
                    raise IntakeError(
                        "to and class in the query are for a whole message: a notice in JSON names "
                        "its recipients and its class itself"
                    )
                screened = _screened(office.door, _parts(raw), idempotency_key)
            return office.door.accept(screened)

        accepted = await run_in_threadpool(take)
        event(
            _log,
            logging.INFO,
            "accepted",
            way="http",
            token=token.name,
            notice=accepted.key,
            deliveries=len(accepted.deliveries),
        )
        response.status_code = 201 if accepted.created else 200
        return answer(accepted)

    @app.post(
        "/v1/batches",
        response_model=shapes.Answers,
        responses=described(413, 415, 422),
        openapi_extra=_body(shapes.Batch),
        summary="Owe many notices at once",
    )
    async def post_batch(request: Request, token: Annotated[Token, sender]) -> Any:
        """Takes many notices on in one transaction, each by itself: one refusal stops no other."""
        _content_type(request, _JSON)
        raw = await request.body()
        office = _office(request)
        found = await run_in_threadpool(_batch, office.door, raw)
        event(
            _log, logging.INFO, "accepted-batch", way="http", token=token.name, notices=len(found)
        )
        # made by us alone: checking hundreds of them again would cost more than taking them on
        return JSONResponse({"answers": found})


def _questions(app: FastAPI) -> None:
    reader = Security(_token, scopes=["read"])

    @app.get(
        "/v1/notices/{key:path}",
        response_model=shapes.Notice,
        responses=described(404, 422),
        summary="One notice and all its deliveries",
    )
    def get_notice(
        request: Request,
        _: Annotated[Token, reader],
        key: Annotated[str, Path(min_length=1, max_length=500)],
    ) -> Any:
        """Tells how far each delivery of a notice is shown to have come, holes first."""
        story = _office(request).read(lambda ledger: ledger.notice(key))
        if story is None:
            raise HTTPException(404, "there is no notice with that key")
        rows = Report("notice", story.deliveries).objects()
        return {**jsonable(story), "notice": story.key, "deliveries": jsonable(rows)}

    @app.get(
        "/v1/deliveries/{tracking_id}",
        responses=described(404, 422),
        summary="The whole story of one delivery",
    )
    def get_delivery(
        request: Request,
        _: Annotated[Token, reader],
        tracking: Annotated[
            str, Path(alias="tracking_id", max_length=100, description="13 letters and digits")
        ],
    ) -> shapes.Story:
        """Tells attempts, replies, reports and gaps: what `landed trace --format json` prints."""
        try:
            number = parse_tracking_id(tracking)
        except ValueError:
            raise HTTPException(404, "that is no tracking ID") from None
        found = _office(request).read(lambda ledger: ledger.trace(number))
        if found is None:
            raise HTTPException(404, "no delivery has that tracking ID")
        story: shapes.Story = jsonable(found)
        return story

    @app.get(
        "/v1/gaps",
        response_model=shapes.Gaps,
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
        found = _office(request).read(
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
        responses=described(),
        summary="Whether the ledger answers and can be written",
    )
    def get_health(request: Request) -> Any:
        """Opens the ledger, and writes one line into it, at most every five seconds."""
        office = _office(request)
        office.read(lambda _: None)
        try:
            office.pulse()
        except LedgerError as error:
            event(_log, logging.ERROR, "unwell", why=error)
            raise
        return {"status": "ok"}


def _content_type(request: Request, *known: str) -> str:
    """The body's type. Raises HTTPException for another one."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        raise HTTPException(415, f"the body must be {' or '.join(known)}")
    return given


def _parts(raw: bytes) -> shapes.Parts:
    return shapes.Parts.model_validate_json(raw)


def _screened(door: Door, parts: shapes.Parts, idempotency_key: str | None = None) -> Screened:
    """A notice in parts, screened. Raises IntakeError, HTTPException."""
    if parts.notice and idempotency_key and parts.notice != idempotency_key:
        raise HTTPException(409, "notice and Idempotency-Key are two different keys; give one")
    key = parts.notice or idempotency_key
    if not key:
        raise IntakeError(
            "the notice needs a key, so that it is never sent twice: give notice or Idempotency-Key"
        )
    return door.parts(
        key=key,
        recipients=parts.recipients,
        subject=parts.subject,
        text=parts.text,
        html=parts.html,
        headers=[(one.name, one.value) for one in parts.headers],
        sender=parts.sender,
        notice_class=parts.notice_class,
    )


def _batch(door: Door, raw: bytes) -> list[dict[str, Any]]:
    """What became of each notice."""
    batch = shapes.Batch.model_validate_json(raw)
    if sum(len(one.recipients) for one in batch.notices) > door.limits.max_recipients:
        raise IntakeError(
            f"a batch has at most {door.limits.max_recipients} recipients in all; send several"
        )
    screened: list[Screened | IntakeError] = []
    for parts in batch.notices:
        try:
            screened.append(_screened(door, parts))
        except IntakeError as error:
            screened.append(error)
    good = [one for one in screened if isinstance(one, Screened)]
    taken = iter(door.accept_all(good) if good else [])
    return [_answered(one if isinstance(one, IntakeError) else next(taken)) for one in screened]


def _answered(one: Accepted | NoticeConflict | IntakeError) -> dict[str, Any]:
    if isinstance(one, Accepted):
        return {"status": 201 if one.created else 200, "accepted": answer(one)}
    response = of_error(one)
    return {"status": response.status_code, "problem": json.loads(bytes(response.body))}


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


def _body(model: type[shapes.Parts | shapes.Batch], *more: str) -> dict[str, Any]:
    """A request body that is read by us, for the document."""
    content: dict[str, Any] = {
        _JSON: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    }
    content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in more}
    return {"requestBody": {"required": True, "content": content}}


def _describe(app: FastAPI) -> None:
    """Puts into the document what the framework cannot know."""
    document = app.openapi()
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (shapes.Parts, shapes.Batch, Problem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
        components |= schema.pop("$defs", {})
        components[model.__name__] = schema
    components.pop("HTTPValidationError", None)
    components.pop("ValidationError", None)
    for path in document["paths"].values():
        for operation in path.values():
            told = operation["responses"].get("422", {}).get("content", {})
            if told and MEDIA_TYPE not in told:
                del operation["responses"]["422"]
