"""The HTTP API: notices handed over, and what became of them.

Owns putting it together, and the OpenAPI document. Its paths stand beside, by
what they are for: takings and questions.
"""

from fastapi import FastAPI

from agent.ingress import questions, shapes, takings
from agent.ingress.credentials import Tokens
from agent.ingress.door import Door
from agent.ingress.office import Office, Opened, Pulse
from agent.ingress.problems import MEDIA_TYPE, Problem, handle_all

__all__ = ["build"]


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
    app.state.office = Office(door, opened, tokens, pulse)
    handle_all(app)
    takings.offer(app)
    questions.offer(app)
    _describe(app)
    return app


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
