"""The service's description in OpenAPI 3.1, whose rows are those of the model at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid._version import __version__
from pellucid.serve.limits import Limits
from pellucid.serve.reader import Reader
from pellucid.web.refusal import JSON

IMAGES = ("image/png", "image/jpeg", "image/webp", "image/bmp", "image/gif")
REFUSALS = {
    400: "The body is no JSON, or could be read in two ways.",
    404: "There is nothing at this path.",
    405: "The method is not for this path.",
    408: "The request was not done in time.",
    413: "The body is too long.",
    415: "The content type is none that is read here.",
    421: "The Host header names another machine.",
    422: "The rows do not fit the model, or are too many; every fault is named.",
    500: "The service failed.",
    503: "The service is busy, or ending.",
}


def openapi(told: Mapping[str, Any], reader: Reader, limits: Limits) -> dict[str, Any]:
    """The description, as plain JSON.

    Parameters:
        told: what ``GET /model`` answers.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": title(told), "version": __version__, "description": description(told)},
        "paths": {
            "/predict": {"post": _predict(reader)},
            "/predict/batch": {"post": _batch(reader, limits)},
            "/model": {"get": _get("model", "What the model is", _object("What goes in and out."))},
            "/health": {"get": _health()},
            "/metrics": {"get": _get("metrics", "What was counted", _text("text/plain"))},
            "/openapi.json": {"get": _get("openapi", "This description", _object("OpenAPI."))},
            "/": {"get": _get("page", "How to call it, for people", _text("text/html"))},
        },
        "components": {
            "schemas": {
                "Row": reader.schema(),
                "Answer": _answer(told),
                "Answers": _answers(told),
                "Refusal": _refusal(),
            }
        },
    }


def title(told: Mapping[str, Any]) -> str:
    """What the service does, in a few words.

    Example:
        >>> title({"target": "price", "kind": "numbers"})
        'Predicts price'
    """
    return f"Predicts {told['target'] or told['kind']}"


def description(told: Mapping[str, Any]) -> str:
    """What goes in, and what comes out."""
    classes = told["classes"]
    which = "any" if told["kind"] == "labels" else "one"
    noun = "labels" if told["kind"] == "labels" else "classes"
    out = f"{which} of {len(classes)} {noun}" if classes else told["kind"]
    return f"In: {told['inputs']}. Out: {out}. Served by {told['served_by']}."


def _predict(reader: Reader) -> dict[str, Any]:
    content: dict[str, Any] = {JSON: {"schema": _ref("Row")}}
    if reader.pictures:
        content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in IMAGES}
    return {
        "operationId": "predict",
        "summary": "Answer for one row",
        "requestBody": {"required": True, "content": content},
        "responses": _responses("The answer.", {JSON: {"schema": _ref("Answer")}}),
    }


def _batch(reader: Reader, limits: Limits) -> dict[str, Any]:
    rows = {"type": "array", "items": _ref("Row"), "minItems": 1, "maxItems": limits.rows}
    content: dict[str, Any] = {JSON: {"schema": rows}}
    if reader.csv:
        told = "Rows with a header of the columns' names, in any order."
        content["text/csv"] = {"schema": {"type": "string", "description": told}}
    return {
        "operationId": "predictBatch",
        "summary": "Answer for many rows",
        "requestBody": {"required": True, "content": content},
        "responses": _responses("The answers.", {JSON: {"schema": _ref("Answers")}}),
    }


def _health() -> dict[str, Any]:
    state = {
        "type": "object",
        "required": ["status", "ready"],
        "properties": {"status": {"enum": ["ok", "ending"]}, "ready": {"type": "boolean"}},
    }
    told = _get("health", "Whether it runs, and takes requests", {JSON: {"schema": state}})
    told["responses"]["503"] = {"description": "It is ending.", "content": {JSON: {"schema": {}}}}
    return told


def _get(name: str, summary: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, "responses": _responses(summary, content)}


def _responses(what: str, content: dict[str, Any]) -> dict[str, Any]:
    refused = {JSON: {"schema": _ref("Refusal")}}
    refusals = {str(s): {"description": w, "content": refused} for s, w in REFUSALS.items()}
    return {"200": {"description": what, "content": content}, **refusals}


def _object(what: str) -> dict[str, Any]:
    return {JSON: {"schema": {"type": "object", "description": what}}}


def _text(kind: str) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string"}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _prediction(told: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an answer for one row."""
    classes = told["classes"]
    number = {"type": "number", "description": "In the target's unit."}
    if told["interval"]:
        return dict.fromkeys(("prediction", "low", "high"), number)
    if classes is None:
        return {"prediction": {"type": ["number", "array"], "description": "In the target's unit."}}
    one: dict[str, Any] = {"enum": classes}
    several = {"type": "array", "items": one}
    members: dict[str, Any] = {"prediction": several if told["kind"] == "labels" else one}
    if told["chances"]:
        share = {"type": "number", "minimum": 0, "maximum": 1}
        names = list(map(str, classes))
        members["probabilities"] = {
            "type": "object", "required": names, "properties": dict.fromkeys(names, share),
        }  # fmt: skip
    return members


def _answer(told: Mapping[str, Any]) -> dict[str, Any]:
    members = {**_prediction(told), "warnings": _warnings()}
    return {"type": "object", "required": list(members), "properties": members}


def _answers(told: Mapping[str, Any]) -> dict[str, Any]:
    own = _prediction(told)
    row = {"type": "object", "required": list(own), "properties": own}
    members = {"predictions": {"type": "array", "items": row}, "warnings": _warnings()}
    return {"type": "object", "required": list(members), "properties": members}


def _warnings() -> dict[str, Any]:
    told = "What training did not show, counted by column: trust these answers less."
    return {"type": "array", "items": {"type": "string"}, "description": told}


def _refusal() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error", "where"],
        "properties": {
            "error": {"type": "string", "description": "What is wrong, and what to do."},
            "where": {
                "type": "array", "items": {"type": "string"},
                "description": "JSON pointers into the body, columns, or the name of a header.",
            },
        },
    }  # fmt: skip
