"""The API's ways in: a notice in parts, a whole message, a batch.

Owns their paths and statuses. What is taken on is the door's.
"""

import json
import logging
import re
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response, Security
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from agent.ingress import shapes
from agent.ingress.credentials import Token
from agent.ingress.door import Door, answer
from agent.ingress.office import office_of, token_of
from agent.ingress.problems import described, of_error
from agent.log import event
from agent.outbound.intake import Accepted, IntakeError, Screened

__all__ = ["offer"]

_log = logging.getLogger("landed.ingress")
_JSON, _MAIL = "application/json", "message/rfc822"
_KEY_HELP = (
    "The notice's key, as it is or as a structured string in quotes: both are the same key. Of a "
    "whole message it comes before the message's own; beside notice in JSON it must be the same."
)
# RFC 9651 3.3.3, with the letters that clients write in UTF-8 besides; parameters mean nothing
_STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"(?: *;.*)?')
_ESCAPED = re.compile(r"\\(.)")


def offer(app: FastAPI) -> None:
    """Adds the paths by which notices come in."""
    sender = Security(token_of, scopes=["send"])

    @app.post(
        "/v1/notices",
        status_code=201,
        response_model=shapes.Answer,
        response_description="Owed from now on",
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
        office, key = office_of(request), _as_meant(idempotency_key)
        if any(_as_meant(one) != key for one in request.headers.getlist("idempotency-key")):
            raise HTTPException(409, "Idempotency-Key is there twice, with two keys; give one")

        def take() -> Accepted:
            if kind == _MAIL:
                screened = office.door.message(
                    raw,
                    key=key,
                    recipients=to or (),
                    notice_class=notice_class,
                )
            else:
                if to or notice_class:
                    raise IntakeError(
                        "to and class in the query are for a whole message: a notice in JSON names "
                        "its recipients and its class itself"
                    )
                screened = _screened(office.door, _parts(raw), key)
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
        response_description="What became of each",
        responses=described(413, 415, 422),
        openapi_extra=_body(shapes.Batch),
        summary="Owe many notices at once",
    )
    async def post_batch(request: Request, token: Annotated[Token, sender]) -> Any:
        """Takes many notices on in one transaction, each by itself: one refusal stops no other.

        A notice that is not as the document says is a 422 in its own answer, too.
        """
        _content_type(request, _JSON)
        raw = await request.body()
        office = office_of(request)
        found = await run_in_threadpool(_batch, office.door, raw)
        event(
            _log, logging.INFO, "accepted-batch", way="http", token=token.name, notices=len(found)
        )
        # made by us alone: checking hundreds of them again would cost more than taking them on
        return JSONResponse({"answers": found})


def _content_type(request: Request, *known: str) -> str:
    """The body's type. Raises HTTPException for another one."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        raise HTTPException(415, f"the body must be {' or '.join(known)}")
    return given


def _as_meant(given: str | None) -> str:
    """The key in Idempotency-Key: its IETF draft makes it a string in quotes, many send it bare.

    Clients write UTF-8 there, where the library reads Latin-1. Raises IntakeError
    for quotes with nothing in them.
    """
    key = (given or "").strip()
    try:
        meant = key.encode("latin-1").decode("utf-8")
    except UnicodeError:
        meant = key
    key = meant if meant.isprintable() else key
    quoted = _STRING.fullmatch(key)
    if quoted is None:
        return key
    key = _ESCAPED.sub(r"\1", quoted[1])
    if not key.strip():
        raise IntakeError("Idempotency-Key has nothing within its quotes: give the key there")
    return key


def _parts(raw: bytes) -> shapes.Parts:
    return shapes.Parts.model_validate_json(raw)


def _screened(door: Door, parts: shapes.Parts, idempotency_key: str = "") -> Screened:
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
    given = _notices(raw)
    recipients = sum(len(one.recipients) for one in given if isinstance(one, shapes.Parts))
    if recipients > door.limits.max_recipients:
        raise IntakeError(
            f"a batch has at most {door.limits.max_recipients} recipients in all; send several"
        )
    screened: list[Screened | Exception] = []
    for one in given:
        try:
            screened.append(one if isinstance(one, Exception) else _screened(door, one))
        except IntakeError as error:
            screened.append(error)
    good = [one for one in screened if isinstance(one, Screened)]
    taken = iter(door.accept_all(good) if good else [])
    return [
        _answered(next(taken) if isinstance(one, Screened) else one, f"notices.{place}")
        for place, one in enumerate(screened)
    ]


def _notices(raw: bytes) -> list[shapes.Parts | ValidationError]:
    """The notices of a batch, or what is wrong with one. Raises ValidationError for no batch."""
    try:
        return [*shapes.Batch.model_validate_json(raw).notices]
    except ValidationError:
        return [_loose(one) for one in shapes.LooseBatch.model_validate_json(raw).notices]


def _loose(given: Any) -> shapes.Parts | ValidationError:
    try:
        return shapes.Parts.model_validate(given)
    except ValidationError as error:
        return error


def _answered(one: Accepted | Exception, place: str) -> dict[str, Any]:
    if isinstance(one, Accepted):
        return {"status": 201 if one.created else 200, "accepted": answer(one)}
    response = of_error(one, place)
    return {"status": response.status_code, "problem": json.loads(bytes(response.body))}


def _body(model: type[shapes.Parts | shapes.Batch], *more: str) -> dict[str, Any]:
    """A request body that is read by us, for the document."""
    content: dict[str, Any] = {
        _JSON: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    }
    content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in more}
    return {"requestBody": {"required": True, "content": content}}
