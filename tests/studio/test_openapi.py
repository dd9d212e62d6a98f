"""The studio's routes as OpenAPI describes them, and requests that schemathesis makes of it."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pellucid.studio.exports import KINDS
from tests.studio.serving import Studio
from tests.studio.talking import Visitor

EXAMPLES = 30
NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
SESSION = {"name": "session", "in": "path", "required": True, "schema": {"type": "string"}}


def answers(*codes: int, **kinds: str) -> dict[str, Any]:
    """Responses: of the codes, JSON that says what is wrong; of ``ok``, a media type."""
    wrong = {
        "type": "object", "required": ["error", "where"], "additionalProperties": False,
        "properties": {
            "error": {"type": "string", "minLength": 10},
            "where": {"type": "array", "items": {"type": "string"}},
        },
    }  # fmt: skip
    told: dict[str, Any] = {
        str(code): {
            "description": "refused",
            "content": {"application/json": {"schema": wrong}, "text/html": {}},
        }
        for code in (*codes, 405)
    }
    for code, media in kinds.items():
        told[code.removeprefix("ok")] = {"description": "as asked", "content": {media: {}}}
    return {"responses": told}


PATHS: dict[str, Any] = {
    "/": {"get": answers(ok200="text/html")},
    "/workbench": {"get": answers(ok200="text/html")},
    "/lessons": {"get": answers(ok200="text/html")},
    "/lessons/{name}": {"get": {"parameters": [NAME], **answers(400, 404, ok200="text/html")}},
    "/lessons.json": {"get": answers(ok200="application/json")},
    "/static/{name}": {
        "get": {"parameters": [NAME], **answers(400, 404, ok200="text/javascript")}
    },
    "/static/v-0123456789abcdef/{name}": {
        "get": {"parameters": [NAME], **answers(400, 404, ok200="text/javascript")}
    },
    "/sessions/{session}/files": {
        "post": {
            "parameters": [
                SESSION,
                {"name": "name", "in": "query", "required": True, "schema": {"type": "string"}},
            ],
            "requestBody": {
                "content": {
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
                }
            },
            **answers(400, 404, 409, 413, 415, 422, ok201="application/json"),
        }
    },
    "/sessions/{session}/files/{kind}": {
        "get": {
            "parameters": [
                SESSION,
                {
                    "name": "kind", "in": "path", "required": True,
                    "schema": {"enum": [*sorted(KINDS), "nothing"]},
                },
            ],
            "responses": {
                **answers(400, 404, 422)["responses"],
                "200": {
                    "description": "the file",
                    "content": {media: {} for _, media, _ in KINDS.values()},
                },
            },
        }
    },
}  # fmt: skip
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip


CASES = [(path, GenerationMode.POSITIVE) for path in PATHS]
CASES += [(path, GenerationMode.NEGATIVE) for path in PATHS if "{session}" in path]


@pytest.mark.parametrize(("path", "mode"), CASES)
def test_whatever_schemathesis_sends_is_answered_as_described(
    studio: Studio, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(
        {"openapi": "3.1.0", "info": {"title": "studio", "version": "1"}, "paths": PATHS}
    )
    schema.config.update(base_url=studio.origin)
    visitor = Visitor(studio.origin, studio.cookies)
    (method,) = PATHS[path]
    seen: set[int] = set()
    with visitor.talk() as talk:

        @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(schema[path][method.upper()].as_strategy(generation_mode=mode))
        def sent(case: Any) -> None:
            if "session" in case.path_parameters and len(seen) % 2 == 0:
                case.path_parameters["session"] = talk.session
            response = case.call(
                cookies=studio.cookies,
                headers={"Origin": studio.origin, "Sec-Fetch-Site": "same-origin"},
            )
            seen.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        sent()
        talk.ask("TellScene")  # the session lives
    assert seen
    assert studio.is_alive()
    assert "Traceback" not in studio.said()
