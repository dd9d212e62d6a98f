"""The routes: answers as the network gives them, and every kind of bad request refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid.serve
from pellucid import Network
from pellucid.errors import DataWarning
from pellucid.serve import Limits, application
from pellucid.serve.app import Application
from tests.serve.asking import Response, array_model, ask, dates_model, frame, row_of, table_model

FEATURES = frame().drop("side", "price", "nr")
TABLE = application(table_model())


def predict(app: Application, row: Any, path: str = "/predict") -> Response:
    return ask(app, "POST", path, json_of=row)


def expected(net: Network, x: Any) -> list[dict[str, Any]]:
    """What the network says for rows, as JSON would give it back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        labels = np.asarray(net.predict(x)).tolist()
        if net.classes is None:
            return [{"prediction": value} for value in labels]
        shares = net.predict_proba(x).tolist()
    names = list(map(str, net.classes))
    return [
        {"prediction": label, "probabilities": dict(zip(names, own, strict=True))}
        for label, own in zip(labels, shares, strict=True)
    ]


@pytest.mark.parametrize("target", ["side", "price"])
def test_one_row_is_answered_as_the_network_does_to_the_last_digit(target: str) -> None:
    net = table_model(target)
    app = application(net)
    wanted = expected(net, FEATURES.head(60))
    for row, answer in zip(FEATURES.head(60).rows(named=True), wanted, strict=True):
        found = predict(app, row)
        assert found.status == 200, found.body
        assert found.headers["content-type"] == "application/json"
        assert {k: v for k, v in found.json.items() if k != "warnings"} == answer


@pytest.mark.parametrize("target", ["side", "price"])
def test_a_batch_is_answered_as_the_network_does(target: str) -> None:
    net = table_model(target)
    found = predict(application(net), FEATURES.to_dicts(), "/predict/batch")
    assert found.json["predictions"] == expected(net, FEATURES)


def test_csv_is_read_by_its_columns_names_in_any_order() -> None:
    csv = frame().select(reversed(frame().columns)).write_csv().encode()
    found = ask(TABLE, "POST", "/predict/batch", csv, {"content-type": "text/csv; charset=utf-8"})
    assert found.json["predictions"] == expected(table_model(), FEATURES)


def test_dates_and_text_and_strays() -> None:
    net, app = dates_model(), application(dates_model())
    row = {"when": "05.03.2024", "text": "red heavy light", "load": "broken"}
    found = predict(app, row)
    wanted = expected(net, pl.DataFrame([row]))[0]
    assert {k: v for k, v in found.json.items() if k != "warnings"} == wanted
    assert found.json["warnings"] == ["load: 1 row holds text in place of a number ('broken')"]
    assert predict(app, row | {"load": 5.5}).json["warnings"] == []


def test_what_is_new_is_counted_in_warnings() -> None:
    found = predict(TABLE, row_of(town="Paris", size=1e6, weight=None)).json
    size = frame()["size"].drop_nulls().to_list()
    assert found["warnings"] == [
        f"size: 1 row holds numbers far from those of training ({min(size):g} to {max(size):g}) "
        "(1e+06)",
        "weight: 1 row holds no value, which never was in training",
        "town: 1 row holds categories that training did not have ('Paris')",
    ]
    rows = [row_of(town="Paris"), row_of(town="Rome"), row_of(town="Bern", colour="red")]
    assert predict(TABLE, rows, "/predict/batch").json["warnings"] == [
        "town: 2 rows hold categories that training did not have ('Paris', 'Bern')",
        "The model has no such column, it was passed over: 'colour'",
    ]


def test_true_is_yes_and_numbers_are_texts_where_those_are_meant() -> None:
    yes = predict(TABLE, row_of(new="yes"))
    assert predict(TABLE, row_of(new=True)).json == yes.json
    assert predict(TABLE, row_of(new=1)).json["warnings"] == [
        "new: 1 row holds neither 'no' nor 'yes' ('1')"
    ]


def test_all_faults_of_a_row_are_named_at_once() -> None:
    found = predict(TABLE, {"Size": 3, "weight": "heavy", "town": ["Rome"], "new": "yes"})
    assert found.status == 422
    assert found.json == {
        "error": "The row does not fit the model: 'size' is missing (there is 'Size'); 'weight' "
        "holds the text 'heavy', expected a number or null; 'town' holds a list, expected a text, "
        "a number or null; 'shop' is missing. Correct that; GET /model lists the columns.",
        "where": ["/size", "/weight", "/town", "/shop"],
    }


def test_the_faults_of_a_batch_are_counted_by_column() -> None:
    rows: list[Any] = [row_of(), row_of(weight=True), row_of(weight="x"), 7, row_of(size=10**400)]
    del rows[0]["town"]
    found = predict(TABLE, rows, "/predict/batch")
    assert found.status == 422
    assert found.json == {
        "error": "The rows do not fit the model: 'size' holds a number of more than 20 digits in "
        "row 4, expected a number or null; 'weight' holds true in row 1 and 1 row more, expected a "
        "number or null; 'town' is missing in row 0; there is 7 in row 3, expected an object with "
        "5 columns. Correct that; GET /model lists the columns.",
        "where": ["/4/size", "/1/weight", "/0/town", "/3"],
    }


def test_hints_for_missing_columns_cost_little_however_much_is_sent() -> None:
    x = pl.DataFrame({f"column {k}": [0.0, 1.0, 2.0, 4.0] for k in range(400)})
    app = application(Network(hidden=[2], seed=0).build(x, [0, 1, 0, 1]), Limits(body=10**8))
    row = {f"Column {k}": 1 for k in range(5000)}
    began = time.perf_counter()
    found = predict(app, [row] * 20, "/predict/batch")
    assert found.status == 422
    assert (
        "'column 0' is missing (there is 'Column 0') in row 0 and 19 rows more;"
        in found.json["error"]
    )
    assert found.json["error"].count("(there is") <= 20
    assert time.perf_counter() - began < 20  # 40 million comparisons would take minutes


@pytest.mark.parametrize(
    ("csv", "status", "error"),
    [
        (b"", 400, "The body is empty; expected a header row and rows of data."),
        (
            b"size,weight,town,shop,new\n1,2,Rome\n", 400,
            "The body, line 2 has 3 cells; expected 5, as in the header. Add what is missing, or "
            "put quotes around a cell that holds a comma.",
        ),
        (
            b"size,weight,new\n1,2,yes\n", 422,
            "The body lacks 2 columns that the model was fitted on: 'town', 'shop' are not among "
            "'size', 'weight', 'new'. Add what is missing, or correct the header.",
        ),
        (
            b"size,weight,town,shop,new\nbig,2,Rome,shop 1,yes\n1,heavy,Rome,shop 1,yes\n", 422,
            "The column 'size' holds text in 1 row, for example 'big'; expected numbers, as the "
            "column is one of numbers. Correct the cells, or leave them empty for a missing value. "
            "The column 'weight' holds text in 1 row, for example 'heavy'; expected numbers, as "
            "the column is one of numbers. Correct the cells, or leave them empty for a missing "
            "value.",
        ),
    ],
)  # fmt: skip
def test_faults_of_csv(csv: bytes, status: int, error: str) -> None:
    found = ask(TABLE, "POST", "/predict/batch", csv, {"content-type": "text/csv"})
    assert (found.status, found.json["error"]) == (status, error)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([], "The body is an empty list; expected a list of rows. For one row use /predict."),
        ({}, "The body is no list; expected a list of rows. For one row use /predict."),
    ],
)
def test_a_batch_is_a_list_with_rows(value: Any, error: str) -> None:
    found = predict(TABLE, value, "/predict/batch")
    assert (found.status, found.json) == (422, {"error": error, "where": [""]})


def test_too_many_rows() -> None:
    app = application(table_model(), Limits(rows=2))
    found = predict(app, [row_of()] * 3, "/predict/batch")
    error = (
        "The body has 3 rows; at most 2 rows are answered at a time. Send fewer, or start the "
        "service with a larger --max-rows."
    )
    assert (found.status, found.json["error"]) == (422, error)
    csv = FEATURES.write_csv().encode()
    assert ask(app, "POST", "/predict/batch", csv, {"content-type": "text/csv"}).status == 422


@pytest.mark.parametrize("told", [True, False])
def test_too_long_a_body_is_refused_whether_its_length_was_told_or_not(told: bool) -> None:
    app = application(table_model(), Limits(body=100))
    body: Any = b"x" * 101 if told else [b"x" * 60, b"x" * 60, b"x"]
    found = ask(app, "POST", "/predict", body, {"content-type": "application/json"})
    assert found.status == 413
    assert found.json["error"] == (
        f"The body has {'101' if told else 'more'} bytes; at most 100 are taken. Send fewer rows "
        "at a time, or start the service with a larger --max-body."
    )
    assert found.headers["connection"] == "close"
    assert ask(app, "POST", "/predict", b"x" * 100).status == 415


def test_a_body_in_parts_is_read_whole() -> None:
    text = json.dumps(row_of()).encode()
    parts = [text[:10], b"", text[10:20], text[20:]]
    found = ask(TABLE, "POST", "/predict", parts, {"content-type": "application/json"})
    assert found.json == predict(TABLE, row_of()).json


@pytest.mark.parametrize(
    ("path", "kind", "error"),
    [
        (
            "/predict", "text/csv",
            "The content type is 'text/csv'; expected application/json. Say which with -H "
            "'Content-Type: application/json'.",
        ),
        (
            "/predict/batch", "",
            "There is no content type; expected application/json or text/csv. Say which with -H "
            "'Content-Type: application/json'.",
        ),
    ],
)  # fmt: skip
def test_another_content_type(path: str, kind: str, error: str) -> None:
    found = ask(TABLE, "POST", path, b"{}", {"content-type": kind} if kind else {})
    assert (found.status, found.json) == (415, {"error": error, "where": ["Content-Type"]})


def test_nothing_there_and_another_method_are_json_too() -> None:
    found = ask(TABLE, "GET", "/nothing")
    error = "There is nothing at this path. GET / shows what there is."
    assert (found.status, found.json) == (404, {"error": error, "where": ["path"]})
    found = ask(TABLE, "GET", "/predict")
    error = "GET is not for this path; expected POST."
    assert (found.status, found.json) == (405, {"error": error, "where": ["method"]})
    assert found.headers["allow"] == "POST"
    assert ask(TABLE, "GET", "/predict/").status == 404


def test_health_and_what_the_model_is() -> None:
    assert ask(TABLE, "GET", "/health").json == {"status": "ok", "ready": True}
    told = ask(TABLE, "GET", "/model").json
    assert (told["kind"], told["target"], told["classes"]) == ("classes", "side", ["down", "up"])
    kinds = {column["name"]: column["kind"] for column in told["columns"]}
    assert kinds == {
        "nr": "identifier", "size": "number", "weight": "number", "town": "category",
        "shop": "category", "new": "boolean",
    }  # fmt: skip
    assert told["trained"]["training_rows"] == 300


def test_a_service_that_is_told_to_end_is_not_ready() -> None:
    app = application(array_model())
    app.service.ready = False
    found = ask(app, "GET", "/health")
    assert (found.status, found.json) == (503, {"status": "ending", "ready": False})


def test_no_path_of_the_machine_is_told() -> None:
    for path in ("/", "/model", "/openapi.json", "/metrics", "/health"):
        assert b"somewhere" not in ask(TABLE, "GET", path).body


def test_what_was_counted() -> None:
    app = application(table_model())
    predict(app, row_of())
    predict(app, [row_of(town="Paris"), row_of()], "/predict/batch")
    predict(app, {})
    ask(app, "GET", "/a/b/c")
    text = ask(app, "GET", "/metrics").body.decode()
    assert 'pellucid_requests_total{route="/predict",status="200"} 1.0' in text
    assert 'pellucid_requests_total{route="/predict",status="422"} 1.0' in text
    assert 'pellucid_requests_total{route="/predict/batch",status="200"} 1.0' in text
    assert 'pellucid_requests_total{route="other",status="404"} 1.0' in text
    assert 'pellucid_request_seconds_bucket{le="+Inf",route="/predict"} 2.0' in text
    assert "pellucid_rows_total 3.0" in text
    assert "pellucid_warned_requests_total 1.0" in text
    if Path("/proc").exists():  # on Linux
        assert re.search(r"^process_resident_memory_bytes [\d.e+]+$", text, re.MULTILINE)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8000"])
def test_a_local_service_answers_to_its_own_names_only(host: str) -> None:
    app = application(array_model(), local=True)
    found = ask(app, "GET", "/model", headers={"host": host})
    assert found.status == 421
    assert found.json["where"] == ["Host"]
    assert ask(application(array_model()), "GET", "/model", headers={"host": host}).status == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:8000"])
def test_those_names(host: str) -> None:
    app = application(array_model(), local=True)
    assert ask(app, "GET", "/health", headers={"host": host}).status == 200


def test_pages_of_other_sites_may_not_read_it_unless_they_are_named() -> None:
    asking = {"origin": "https://a.example"}
    assert "access-control-allow-origin" not in ask(TABLE, "GET", "/model", headers=asking).headers
    app = application(array_model(), origins=["https://a.example"])
    found = ask(app, "GET", "/model", headers=asking)
    assert found.headers["access-control-allow-origin"] == "https://a.example"
    other = ask(app, "GET", "/model", headers={"origin": "https://b.example"})
    assert "access-control-allow-origin" not in other.headers
    before = asking | {
        "access-control-request-method": "POST", "access-control-request-headers": "content-type",
    }  # fmt: skip
    assert ask(app, "OPTIONS", "/predict", headers=before).status == 200
    assert ask(TABLE, "OPTIONS", "/predict", headers=before).status == 405


def test_a_fault_of_the_service_tells_nothing_and_is_logged() -> None:
    said: list[str] = []
    app = application(array_model(), log=said.append)

    def broken(value: Any) -> Any:
        raise KeyError("/secret/place")

    app.service.reader.one = broken  # type: ignore[method-assign]
    found = predict(app, [1, 2, 3, 4])
    error = "The service failed to answer this request. What went wrong is in its log."
    assert (found.status, found.json) == (500, {"error": error, "where": []})
    assert said[0].startswith("A request for '/predict' failed:\nTraceback")
    assert "/secret/place" in said[0]


def test_more_requests_than_it_takes_at_a_time() -> None:
    app = application(array_model(), Limits(requests=1))

    async def two() -> list[int]:
        gate = asyncio.Event()
        statuses: list[int] = []

        async def waits() -> Any:
            await gate.wait()
            return {"type": "http.request", "body": b"[1, 2, 3, 4]"}

        async def at_once() -> Any:
            return {"type": "http.request", "body": b"[1, 2, 3, 4]"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "root_path": "",
            "headers": [(b"content-type", b"application/json")],
        }  # fmt: skip
        first = asyncio.create_task(app(dict(scope), waits, send))
        await asyncio.sleep(0)
        await app(dict(scope), at_once, send)
        await app(dict(scope) | {"path": "/health", "method": "GET"}, at_once, send)
        gate.set()
        await first
        await app(dict(scope), at_once, send)
        return statuses

    assert asyncio.run(two()) == [503, 200, 200, 200]


def test_a_body_that_does_not_come_in_time() -> None:
    app = application(array_model(), Limits(seconds=0.05))

    async def slow() -> list[Any]:
        sent: list[Any] = []

        async def never() -> Any:
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "root_path": "",
            "headers": [(b"content-type", b"application/json")],
        }  # fmt: skip
        await app(scope, never, send)
        return sent

    start, body = asyncio.run(slow())
    assert start["status"] == 408
    assert json.loads(body["body"])["error"] == (
        "The request was not done within 0.05 seconds. Send fewer rows at a time, or start the "
        "service with a longer --timeout."
    )


def test_a_request_that_the_server_cancels_is_not_taken_for_a_late_one() -> None:
    """The service's own end, while a request is read, stays a cancellation."""
    app = application(array_model(), Limits(seconds=60))

    async def ended() -> bool:
        async def never() -> Any:
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            raise AssertionError(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "root_path": "", "headers": [],
        }  # fmt: skip
        task = asyncio.create_task(app(scope, never, send))
        await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(ended())


def test_who_goes_away_gets_no_answer_and_does_no_harm() -> None:
    app = application(array_model())

    async def gone() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict", "root_path": "",
            "headers": [(b"content-type", b"application/json")],
        }  # fmt: skip
        await app(scope, receive, send)
        return sent

    assert asyncio.run(gone()) == []
    assert predict(app, [1, 2, 3, 4]).status == 200


def test_a_servers_start_and_end_are_taken() -> None:
    async def lived() -> list[str]:
        messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        sent: list[str] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await TABLE({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
        return sent

    assert asyncio.run(lived()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_network_without_finite_answers_says_so() -> None:
    net = array_model().copy()
    net = net.with_parameters({"dense_2.bias": np.full(3, 3e38)})
    net = net.with_parameters({"dense_2.weight": np.full((5, 3), -3e38)})
    found = predict(application(net), [5, 50, 500, 0.5])
    assert found.status == 422
    assert found.json["error"] == (
        "The network's numbers for row 0 are not finite: some of its values are too large for it. "
        "Check their units."
    )


def test_the_public_names() -> None:
    assert pellucid.serve.__all__ == ["Limits", "application", "listen", "serve"]


def test_the_answer_stays_when_the_network_learns_on() -> None:
    net = table_model().copy()
    app = application(net)
    before = predict(app, row_of()).json
    net.fit(frame().drop("price"), "side", epochs=2, progress=False)
    assert predict(app, row_of()).json == before
