"""The description in OpenAPI, and requests that schemathesis makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from pellucid.serve import Limits, application
from tests.serve.asking import array_model, ask, dates_model, frame, picture_model, table_model

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
    size = frame()["size"]
    row = described("table")["components"]["schemas"]["Row"]
    assert row["required"] == ["size", "weight", "town", "shop", "new"]
    assert row["properties"]["size"] == {
        "type": ["number", "null"],
        "description": f"{size.min():g} to {size.max():g} in training",
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


@pytest.mark.parametrize("name", APPS)
def test_whatever_schemathesis_sends_is_answered_as_described(name: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", APPS[name])
    raise NotImplementedError
