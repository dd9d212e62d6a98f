"""The description in OpenAPI, and requests that schemathesis makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pellucid.serve import Limits, application
from tests.serve.asking import array_model, ask, dates_model, frame, picture_model, table_model

EXAMPLES = 20
TOO_LARGE = "range of float32"
"""Numbers beyond single precision fit the schema, and no network of single precision."""
APPS = {
    "table": application(table_model(), Limits(rows=5, body=20_000)),
    "numbers": application(table_model("price"), Limits(rows=5, body=20_000)),
    "dates": application(dates_model(), Limits(rows=5, body=20_000)),
    "array": application(array_model(), Limits(rows=5, body=20_000)),
    "picture": application(picture_model(), Limits(rows=5, body=20_000)),
}


def described(name: str) -> Any:
    return ask(APPS[name], "GET", "/openapi.json").json


def test_the_row_is_that_of_the_model() -> None:
    size = frame()["size"].drop_nulls().to_list()
    row = described("table")["components"]["schemas"]["Row"]
    assert row["required"] == ["size", "weight", "town", "shop", "new"]
    assert row["properties"]["size"] == {
        "type": ["number", "null"],
        "description": f"{min(size):g} to {max(size):g} in training",
        "examples": [row["examples"][0]["size"]],
    }
    assert row["properties"]["town"]["type"] == ["string", "number", "null"]
    assert row["properties"]["town"]["description"] == (
        "known from training: 'Lima \u00e9', 'Oslo', 'Rome'; others are allowed, and counted in a "
        "warning"
    )
    assert "enum" not in json.dumps(row)


def test_a_batch_has_as_many_rows_as_are_taken() -> None:
    post = described("table")["paths"]["/predict/batch"]["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"]["maxItems"] == 5


def test_answers_are_described_with_the_classes() -> None:
    answer = described("array")["components"]["schemas"]["Answer"]
    assert answer["properties"]["prediction"] == {"enum": ["no", "perhaps", "yes"]}
    assert answer["required"] == ["prediction", "probabilities", "warnings"]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("name", APPS)
def test_whatever_schemathesis_sends_is_answered_as_described(
    name: str, path: str, mode: GenerationMode
) -> None:
    """Status and answer are as described; what fits is taken, and what does not is refused."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", APPS[name])
    seen: set[int] = set()

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(schema[path]["POST"].as_strategy(generation_mode=mode))
    def sent(case: Any) -> None:
        response = case.call()
        seen.add(response.status_code)
        undescribed = case.media_type != "application/json" or name == "picture"
        case.validate_response(
            response,
            excluded_checks=[positive_data_acceptance]
            if undescribed or TOO_LARGE in response.text
            else [],
        )

    sent()
    assert seen <= {200, 400, 413, 415, 422}
    assert (200 in seen) == (mode is GenerationMode.POSITIVE) or name == "picture"


@pytest.mark.parametrize("name", APPS)
def test_the_pages_are_as_described(name: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", APPS[name])
    schema.validate()
    for path in ("/", "/model", "/health", "/metrics"):
        schema[path]["GET"].Case().call_and_validate()
