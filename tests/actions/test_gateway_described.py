"""The gateway keeps to its description: whatever is sent to any operation, no 5xx and no answer that is not described.

Requests are made by schemathesis from /exchange/openapi.json, fitting and unfitting ones; a hook signs them, so that they come
past the door.
"""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.actions.gate import Gate, gate  # noqa: F401
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_gateway_query import ASKED, at, wang  # noqa: F401
from tongchou.accounts.models import Role
from tongchou.exchange.gateway import openapi

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
DESCRIPTION = openapi.described()
OPERATIONS = [(method, path) for path, each in DESCRIPTION["paths"].items() for method in each]
EXAMPLES = 60


def sent(at: Gate, case: Any, *, sign: bool) -> Response:  # noqa: F811
    """A case as bytes, signed or not, asked of the gateway; the answer as a client library holds it."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://gateway")).prepare()
    body = prepared.body or b""
    content = body if isinstance(body, bytes) else str(body).encode()
    path, _, query = str(prepared.path_url).partition("?")
    headers = {str(name).lower(): str(value) for name, value in prepared.headers.items()}
    if content:
        headers["content-length"] = str(len(content))
    if sign:
        assert at.client is not None
        signed = at.client.headers(path, content, method=str(prepared.method), query=query)
        headers = {**{name: value for name, value in headers.items() if name != "content-digest"}, **signed}
    listed = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers.items()]
    answered = at.raw(str(prepared.method), path, listed, content, query=query)
    return Response(
        status_code=answered.status, headers={name: [value] for name, value in answered.headers.items()},
        content=answered.body, request=prepared, elapsed=0.0, verify=False, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
@pytest.mark.filterwarnings("ignore")
def test_no_server_error_and_no_undescribed_answer(
    at: Gate,  # noqa: F811
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    Role.objects.filter(code="system").update(
        permissions=["gateway.use", "exchange.export", "exchange.subscribe", "exchange.aggregate"]
    )
    operation = schemathesis.openapi.from_dict(DESCRIPTION)[path][method.upper()]
    statuses: set[int] = set()

    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        for sign in (True, False):
            response = sent(at, case, sign=sign)
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

    ask()
    assert 401 in statuses
    assert statuses - {401}


def test_what_is_good_is_answered_as_described(at: Gate) -> None:  # noqa: F811
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    for path, body in (
        ("/exchange/query", {**ASKED, "plain": {"ps.residents": ["id_number"]}}),
        ("/exchange/query", {**ASKED, "subject": {"id_number": "440604198001011233"}}),
        ("/exchange/verify", {"subject": {"id": wang()}, "statement": "insured", "purpose": "relief_check"}),
    ):
        case = schema[path]["POST"].Case(body=body, media_type="application/json")
        response = sent(at, case, sign=True)
        assert response.status_code == 200, response.content
        case.validate_response(response, checks=CHECKS)
