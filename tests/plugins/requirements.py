"""What a test says when this machine lacks a server: a visible skip, or a failure in CI."""

import os
from typing import NoReturn

import pytest

__all__ = ["REQUIRE_VARIABLE", "require_server"]

REQUIRE_VARIABLE = "LANDED_REQUIRE_SERVERS"


def require_server(reason: str) -> NoReturn:
    """Skip the test for reason; fail it instead where every server was promised to be there."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{reason} ({REQUIRE_VARIABLE}=1 forbids skipping)", pytrace=False)
    pytest.skip(reason)
