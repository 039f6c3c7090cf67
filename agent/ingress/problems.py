"""Errors of the API as problem details (RFC 9457), every one of them.

Owns their shape, and which error of ours is which status. Must not say more
than the client may know: what went wrong inside stays inside.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from agent.outbound.intake import IntakeError
from store.errors import LedgerError, NoticeConflict

__all__ = [
    "MEDIA_TYPE",
    "Problem",
    "Refused",
    "described",
    "handle_all",
    "left_out",
    "of_error",
    "problem",
]

MEDIA_TYPE = "application/problem+json"
_AGAIN = {"Retry-After": "5"}
_TOLD_WITH = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    503: {
        "Retry-After": {
            "description": "seconds",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}
_MISTAKES = 50  # of one request that are told


def left_out(schema: dict[str, Any]) -> None:
    """The schema of what is not there where it has no value, and never null."""
    kinds = schema.pop("anyOf")
    schema.pop("default", None)
    schema.pop("title", None)
    schema |= next(one for one in kinds if one != {"type": "null"})


class Refused(BaseModel):
    """An address that was not taken, and why."""

    address: str
    reason: str


class Problem(BaseModel):
    """What is wrong with a request, or with us (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="about:blank, or urn:landed: and a name that does not change")
    title: str
    status: int
    detail: str
    refused: list[Refused] | None = Field(
        default=None, description="address by address", json_schema_extra=left_out
    )
    errors: list[str] | None = Field(
        default=None, description="mistake by mistake", json_schema_extra=left_out
    )


def described(*statuses: int, is_open: bool = False) -> dict[int | str, dict[str, Any]]:
    """These statuses for the OpenAPI document; is_open: to anybody, without a token."""
    always = {500, 503} if is_open else {400, 401, 403, 408, 500, 503}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": content,
            **({"headers": _TOLD_WITH[status]} if status in _TOLD_WITH else {}),
        }
        for status in sorted({*statuses, *always})
    }


def problem(
    status: int,
    detail: str,
    *,
    name: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """One problem as a response."""
    body = Problem(
        type=f"urn:landed:{name}" if name else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        **more,
    )
    return Response(
        body.model_dump_json(exclude_none=True), status, dict(headers or {}), media_type=MEDIA_TYPE
    )


def of_error(error: Exception, place: str = "") -> Response:
    """The answer to an error of ours; 500 for one that is not foreseen.

    place is where in the request that stands which was validated by itself.
    """
    if isinstance(error, IntakeError):
        refused = [Refused(address=one.text, reason=one.reason) for one in error.refused] or None
        return problem(422, str(error), name="refused", refused=refused)
    if isinstance(error, NoticeConflict):
        return problem(409, str(error), name="conflict")
    if isinstance(error, LedgerError):
        return problem(
            503,
            "the ledger cannot be used now; nothing was taken, do the same again later",
            name="ledger",
            headers=_AGAIN,
        )
    if isinstance(error, (RequestValidationError, ValidationError)):
        return _invalid(error, place)
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail), headers=error.headers)
    return problem(500, "a mistake of the program itself; nothing was lost", name="mistake")


def _invalid(error: RequestValidationError | ValidationError, place: str) -> Response:
    mistakes = error.errors()
    if any(one["type"] == "json_invalid" for one in mistakes):
        return problem(400, "the body is not JSON, or not in UTF-8", name="not-json")
    told = [
        f"{'.'.join([place] * bool(place) + [*map(str, one['loc'])])[:200]}: {one['msg']}"[:500]
        for one in mistakes[:_MISTAKES]
    ]
    # lone surrogates cannot be written; JSON's own escapes can
    safe = [json.loads(json.dumps(one).encode().decode("utf-8", "replace")) for one in told]
    shown = [one.encode("utf-8", "replace").decode() for one in safe]
    return problem(422, "the request is not as it must be", name="invalid", errors=shown)


def _told(method: str, error: HTTPException) -> str:
    """What to do about a path or a method that is not there."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"not by {method} here, but by {(error.headers or {}).get('Allow', 'another')}"
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "nothing is at this path; /openapi.json names those that there are"
    return str(error.detail)


def handle_all(app: FastAPI) -> None:
    """Gives every error of an application this shape."""

    async def answer(_request: Request, error: Exception) -> Response:
        return of_error(error)

    async def nowhere(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what it is called for
        if error.detail == HTTPStatus(error.status_code).phrase:  # the framework's own words
            error.detail = _told(request.method, error)
        return of_error(error)

    app.add_exception_handler(HTTPException, nowhere)
    for kind in (
        RequestValidationError,
        ValidationError,
        IntakeError,
        LedgerError,
        Exception,
    ):
        app.add_exception_handler(kind, answer)
