"""The OpenAPI document: what the framework cannot know, and what client generators stumble over.

Owns that document alone. What is sent and answered stands in shapes; a delivery's story is
described from the ledger's own values, so that it is never out of step with them.
"""

from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from agent.ingress import shapes
from agent.ingress.problems import MEDIA_TYPE, Problem
from store.stories import Trace

__all__ = ["STORY", "describe"]

_COMPONENTS = "#/components/schemas/{model}"
STORY = {"$ref": _COMPONENTS.format(model="Trace")}


class _AsTold(GenerateJsonSchema):
    """The ledger's values as jsonable() writes them."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Stages and assurances by their words."""
        told = super().enum_schema(schema)
        words = [getattr(one, "word", one.value) for one in schema["members"]]
        return {**told, "type": "string", "enum": words}

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: ARG002, FBT001 - its form
        """All is told, what has a default too."""
        return True

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Ids have 64 bits, where generators would take 32."""
        return {**super().int_schema(schema), "format": "int64"}


def describe(app: FastAPI) -> None:
    """Completes the application's document."""
    document = app.openapi()
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (shapes.Parts, shapes.Batch, Problem):
        _add(components, model.__name__, model.model_json_schema(ref_template=_COMPONENTS))
    story = TypeAdapter(Trace).json_schema(
        ref_template=_COMPONENTS, mode="serialization", schema_generator=_AsTold
    )
    _add(components, "Trace", story)
    _say_null_shortly(components)
    components.pop("HTTPValidationError", None)
    components.pop("ValidationError", None)
    for path in document["paths"].values():
        for operation in path.values():
            told = operation["responses"].get("422", {}).get("content", {})
            if told and MEDIA_TYPE not in told:
                del operation["responses"]["422"]
            for one in operation.get("parameters", ()):
                _never_null(one["schema"])


def _add(components: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    for inner, its in schema.pop("$defs", {}).items():
        components.setdefault(inner, its)
    components[name] = schema


def _say_null_shortly(schema: Any) -> None:
    """A text or nothing as one type, not two: for two, generators make a class of their own."""
    for one in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(one, dict | list):
            _say_null_shortly(one)
    kinds = schema.get("anyOf") if isinstance(schema, dict) else None
    if kinds and kinds[1:] == [{"type": "null"}] and "type" in kinds[0] and "enum" not in kinds[0]:
        del schema["anyOf"]
        schema |= {**kinds[0], "type": [kinds[0]["type"], "null"]}


def _never_null(schema: dict[str, Any]) -> None:
    """Queries and headers have no null: what is not there is left out."""
    kinds = [one for one in schema.pop("anyOf", ()) if one != {"type": "null"}]
    for one in kinds:
        schema |= one
