"""The HTTP API: notices handed over, and what became of them.

Owns putting it together. Its paths stand beside, by what they are for: takings
and questions.
"""

from fastapi import FastAPI

from agent.ingress import questions, takings
from agent.ingress.credentials import Tokens
from agent.ingress.document import describe
from agent.ingress.door import Door
from agent.ingress.office import Office, Opened, Pulse
from agent.ingress.problems import handle_all

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
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.office = Office(door, opened, tokens, pulse)
    handle_all(app)
    takings.offer(app)
    questions.offer(app)
    describe(app)
    return app
