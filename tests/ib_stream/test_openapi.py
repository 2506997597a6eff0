"""The OpenAPI document is right: what it allows and forbids, the server does as it says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ib_stream.hub import EventId
from ib_stream.parameters import EVENT_ID, TIME, time_of
from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import LONG, Running, serving

LIVELY = {"limit": 1, "timeout": 0.05, "strict": False}
STORED = {"fetch": False}
"""What would take long is not asked for: streams that go on, a wait for a place at TWS, years of bars."""

UNTOLD = ("swap them", "AMBIGUOUS_CONTRACT")
"""Why a request is refused though each of its parameters is as the document says: an end before the start, a
name that several contracts have. No schema can say either."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
thorough = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), tws.port, connects_per_minute="1000000") as running:
        yield running


def fitting(pattern: str) -> st.SearchStrategy[str]:
    """What fits a pattern of the document, whose digits are 0 to 9 and whose end is the text's."""
    return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)


def accepted(ctx: Any, response: Any, case: Any) -> bool | None:
    """Schemathesis's own check that valid requests are not refused, but for what no schema can say."""
    if response.status_code == 400 and any(word in response.text for word in UNTOLD):
        return None
    found: bool | None = positive_data_acceptance(ctx, response, case)
    return found


@given(data=st.data())
@thorough
def test_whatever_is_asked_the_answer_is_one_that_the_document_has(web: Running, data: st.DataObject) -> None:
    case = drawn(web, data, GenerationMode.POSITIVE)
    if case.operation.method == "get":
        lively = {name: value for name, value in (LIVELY | STORED).items() if name in parameters(case)}
        case.query = dict(case.query or {}) | lively
    validate(web, case)


@given(data=st.data())
@thorough
def test_what_the_document_forbids_is_refused(web: Running, data: st.DataObject) -> None:
    validate(web, drawn(web, data, GenerationMode.NEGATIVE))


def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(web: Running) -> None:
    for path, operations in web.get("/openapi.json").json()["paths"].items():
        there = {method.upper() for method in operations}
        for method in set(METHODS) - there:
            named = {"contract_id": "265598", "tick_type": "Last", "name": "app.js"}
            answer = web.client.request(method, path.format_map(named))
            assert answer.status_code == 405, f"{method} {path}"
            assert set(answer.headers["allow"].split(", ")) == there


@given(fitting(EVENT_ID), fitting(TIME))
def test_ids_and_times_that_fit_their_patterns_can_be_read(id: str, time: str) -> None:
    EventId.parse(id)
    assert isinstance(time_of(time), int)


def drawn(web: Running, data: st.DataObject, mode: GenerationMode) -> Any:
    """A request of an operation that the document has."""
    operations = [each.ok() for each in document(web).get_all_operations()]
    if mode is GenerationMode.NEGATIVE:  # what takes nothing can be given nothing wrong
        operations = [each for each in operations if each.query or each.path_parameters or each.body]
    return data.draw(data.draw(st.sampled_from(operations)).as_strategy(generation_mode=mode))


def validate(web: Running, case: Any) -> None:
    """All of schemathesis's default checks, the one above in place of its own."""
    case.call_and_validate(
        base_url=web.url,
        timeout=LONG,
        additional_checks=[accepted],
        excluded_checks=[positive_data_acceptance],
    )


def parameters(case: Any) -> set[str]:
    """The names that its operation takes in the query."""
    return {each.name for each in case.operation.query}


_documents: dict[str, Any] = {}


def document(web: Running) -> Any:  # schemathesis's own class, which depends on the document's version
    """The document, read once."""
    if web.url not in _documents:
        _documents[web.url] = schemathesis.openapi.from_dict(web.get("/openapi.json").json())
    return _documents[web.url]
