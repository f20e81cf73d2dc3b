"""schemathesis calls every unary operation of the OpenAPI document as the administrator: with what the
document allows, what it just allows, and what it does not allow."""

from pathlib import Path

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .coverage import UNREACHED
from .document import DOCUMENT, STREAMS, for_schemathesis

# What an answer must keep to. That a wrong request is refused is proven in Rust, by rule; schemathesis
# would call wrong what protobuf's JSON allows, such as null for absent.
RULES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SETTINGS = SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
SCHEMA = schemathesis.openapi.from_dict(for_schemathesis(), config=SETTINGS)


def test_the_document_that_is_served_is_the_committed_one(world, server):
    assert world.session.get(f"{server.url}/openapi.json").json() == DOCUMENT


@SCHEMA.exclude(operation_id=STREAMS).parametrize()
def test_no_call_fails_by_a_defect_or_answers_otherwise_than_documented(case, server, world, hook, coverage):
    hook.apply(case)
    response = case.call(base_url=server.url, session=world.session)
    coverage.add(case.operation.definition.raw["operationId"], response.status_code, response.text)
    # The connection itself refuses a head over its limit, before there is a call that could answer.
    if response.status_code != 431:
        case.validate_response(response, checks=RULES)


def test_at_least_four_in_five_operations_answered_with_success(coverage):
    assert coverage.share >= 0.8
    unexplained = [operation for operation in coverage.unreached if operation not in UNREACHED]
    assert unexplained == []
