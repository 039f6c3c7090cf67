"""The API against its own OpenAPI document, with requests that nobody thought of.

In process, without a socket; few examples, the same ones each time.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from agent.ingress.api import build
from agent.ingress.credentials import Tokens, add_token
from agent.ingress.listener import Place
from agent.ingress.webserver import WebServer
from store.database import Ledger
from store.reading import Reader
from tests.plugins.doors import a_door, serving
from tests.plugins.storybook import tell_story

# what the document says in words: a printable line, mailboxes as in To, a mail message
_WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
_ADDRESSES = st.builds(
    "{}{}@{}.example".format,
    st.sampled_from(["", "Ada Lovelace <"]),
    st.from_regex(r"[a-z0-9]{1,9}(\.[a-z0-9]{1,9})?", fullmatch=True),
    st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True),
).map(lambda text: text + ">" * ("<" in text))
_MAILS = st.builds(
    "From: App <app@example.org>\r\nTo: {}\r\n"
    "Message-ID: <{}@example.org>\r\nSubject: {}\r\n\r\n{}\r\n".format,
    _ADDRESSES,
    st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True),
    _WORDS,
    _WORDS,
)
schemathesis.openapi.format("printable-line", _WORDS)
schemathesis.openapi.format("mailbox-list", _ADDRESSES)
schemathesis.openapi.media_type("message/rfc822", _MAILS.map(str.encode))

OPERATIONS = [
    "POST /v1/notices",
    "POST /v1/batches",
    "GET /v1/notices/{key}",
    "GET /v1/deliveries/{tracking_id}",
    "GET /v1/gaps",
    "GET /healthz",
]
CHECKS = [
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("api")
    ledger = Ledger.open(folder / "landed.db")
    token = add_token(folder / "tokens", "all", ["send", "read"])
    app = build(
        a_door(ledger), lambda: Reader.open(ledger.url), Tokens(folder / "tokens"), version="1"
    )
    schema = from_asgi("/openapi.json", app)
    yield schema, {"Authorization": f"Bearer {token}"}
    ledger.close()


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        (label, mode)
        for label in OPERATIONS
        for mode in GenerationMode
        # nothing can be wrong with a request that has no parameters
        if label != "GET /healthz" or mode is GenerationMode.POSITIVE
    ],
    ids=str,
)
def test_it_keeps_to_its_document(described: Any, label: str, mode: GenerationMode) -> None:
    schema, headers = described
    (operation,) = [one.ok() for one in schema.get_all_operations() if one.ok().label == label]
    met = set()
    checks = [
        _refuses_some if check is negative_data_rejection and "batches" in label else check
        for check in CHECKS
    ]

    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            _keep_to_the_words(case)
        response = case.call_and_validate(checks=checks, headers=dict(headers))
        met.add(response.status_code)

    holds()
    # the token counted: else every answer would be a refusal, and keep to the document
    assert met - {401}


def _refuses_some(ctx: Any, response: Any, case: Any) -> None:
    """Of a batch each notice is refused by itself."""
    told = response.json().get("answers", ()) if response.status_code == 200 else ()
    if all(one["status"] < 400 for one in told):
        negative_data_rejection(ctx, response, case)


def _keep_to_the_words(case: Any) -> None:
    """What the document says of a notice in words, since no schema can."""
    query = case.query or {}
    if case.media_type == "message/rfc822":
        if query.get("to"):
            query["to"] = ["ada@example.com"]
    elif case.operation.label == "POST /v1/notices":
        for name in ("to", "class"):
            query.pop(name, None)
        if "idempotency-key" not in {name.lower() for name in case.headers or ()}:
            case.body["notice"] = case.body.get("notice") or "a key"


def test_every_operation_is_listed(described: Any) -> None:
    found = {one.ok().label for one in described[0].get_all_operations()}
    assert found == set(OPERATIONS)


def test_stories_and_pages_are_what_the_document_says(tmp_path: Path) -> None:
    """Requests at random find no delivery, so these are looked at by themselves."""
    book = tell_story(tmp_path)
    ledger = Ledger.open(book.ledger)
    token = add_token(tmp_path / "tokens", "all", ["read"])
    app = build(
        a_door(ledger), lambda: Reader.open(ledger.url), Tokens(tmp_path / "tokens"), version="1"
    )
    server = WebServer(
        app,
        Place("127.0.0.1", 0),
        max_bytes=20_000,
        requests=20,
        timeout=timedelta(seconds=30),
    )
    with (
        serving(server.run) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        ) as client,
    ):
        document = client.get("/openapi.json").json()
        gaps = client.get("/v1/gaps").json()
        ids = [one["tracking_id"] for one in gaps["gaps"]]
        stories = [client.get(f"/v1/deliveries/{one}").json() for one in ids]
        notices = [
            client.get(f"/v1/notices/{one}").json()
            for one in {story["delivery"]["notice"] for story in stories}
        ]
    ledger.close()
    assert len(stories) > 5
    assert any(story["attempts"] and story["evidence"] for story in stories)
    for name, found in (("Gaps", [gaps]), ("Trace", stories), ("Notice", notices)):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for one in found:
            jsonschema_rs.Draft202012Validator(schema).validate(one)
    told = document["components"]["schemas"]
    for name in ("Trace", "DeliveryRow", "AttemptRow", "EvidenceRow", "GapSpan", "State"):
        assert set(told[name]["required"]) == set(told[name]["properties"])
    assert told["DeliveryRow"]["properties"]["delivery_id"]["format"] == "int64"


def test_generators_find_names_and_types(described: Any) -> None:
    document = described[0].raw_schema
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert {one["operationId"] for one in operations} == {
        *("post_notice", "post_batch", "get_notice", "get_delivery", "get_gaps", "get_health")
    }
    parameters = [one["schema"] for each in operations for one in each.get("parameters", ())]
    assert all(("anyOf" not in one and "type" in one) or "$ref" in one for one in parameters)
    answers = [one for each in operations for one in each["responses"].items()]
    busy = [one for status, one in answers if status == "503"]
    assert len(busy) == len(operations)
    assert all(one["headers"]["Retry-After"]["required"] for one in busy)
    told = document["components"]["schemas"]
    for name, field in (("Problem", "errors"), ("Problem", "refused"), ("BatchAnswer", "accepted")):
        assert "null" not in str(told[name]["properties"][field]), "it is left out instead"
