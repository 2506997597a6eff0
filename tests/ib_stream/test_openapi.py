"""The OpenAPI document is right: what it allows and forbids, the server does as it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import Running, serving

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
LIVELY = {"limit": 1, "timeout": 0.05}


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), tws.port, connects_per_minute="1000000") as running:
        yield running


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_the_answer_is_one_that_the_document_has(web: Running, data: st.DataObject) -> None:
    schema = document(web)
    operation = data.draw(st.sampled_from([each.ok() for each in schema.get_all_operations()]))
    case = data.draw(operation.as_strategy())
    if operation.path.startswith("/stream") and operation.method == "get" and isinstance(case.query, dict):
        case.query |= LIVELY if operation.path not in ("/stream/info", "/stream/active") else {}
    case.call_and_validate(checks=list(CHECKS), base_url=web.url)


_documents: dict[str, Any] = {}


def document(web: Running) -> Any:  # schemathesis's own class, which depends on the document's version
    """The document, read once."""
    if web.url not in _documents:
        _documents[web.url] = schemathesis.openapi.from_dict(web.get("/openapi.json").json())
    return _documents[web.url]
