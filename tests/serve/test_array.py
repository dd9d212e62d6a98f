"""Rows that are lists of numbers, flat or nested, or named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Embedding, Flatten, Network
from pellucid.serve import application
from pellucid.serve.app import Application
from tests.serve.asking import array_model, ask

PLAIN = application(array_model())
X = np.random.default_rng(1).normal(size=(20, 4)) * [1, 10, 100, 0.1]


def named() -> Network:
    net = array_model().copy()
    net.provenance["data"] = {"features": ["a", "b", "c", "d"], "target": "e"}
    return net


def boxes() -> Network:
    x = np.random.default_rng(0).normal(size=(30, 2, 3))
    return Network(hidden=[4], seed=0).build(x, x.sum(axis=(1, 2)))


def words() -> Network:
    x = np.random.default_rng(0).integers(0, 9, (30, 3))
    layers = [Embedding(9, 2), Flatten(), Dense()]
    return Network(layers, scale_inputs=False, seed=0).build(x, x[:, 0] % 2)


NAMED, BOXES, WORDS = application(named()), application(boxes()), application(words())


def faults(app: Application, row: Any) -> tuple[int, str, list[str]]:
    found = ask(app, "POST", "/predict", json_of=row)
    return found.status, found.json["error"], found.json["where"]


@pytest.mark.parametrize("classes", [2, 3])
def test_rows_one_at_a_time_and_together(classes: int) -> None:
    net = array_model(classes)
    app = application(net)
    shares, labels = net.predict_proba(X).tolist(), net.predict(X).tolist()
    batch = ask(app, "POST", "/predict/batch", json_of=X.tolist()).json
    for k, row in enumerate(X.tolist()):
        one = ask(app, "POST", "/predict", json_of=row).json
        assert one == batch["predictions"][k] | {"warnings": []}
        assert one["prediction"] == labels[k]
        assert list(one["probabilities"].values()) == shares[k]


def test_numbers_of_several_columns() -> None:
    net = Network(hidden=[3], seed=0).build(X, X[:, :2])
    found = ask(application(net), "POST", "/predict", json_of=X[0].tolist()).json
    assert found == {"prediction": net.predict(X[:1])[0].tolist(), "warnings": []}


def test_nested_rows_and_whole_numbers() -> None:
    row = np.arange(6.0).reshape(1, 2, 3)
    found = ask(BOXES, "POST", "/predict", json_of=row[0].tolist()).json
    assert found["prediction"] == boxes().predict(row)[0]
    assert ask(WORDS, "POST", "/predict", json_of=[1, 2, 8]).status == 200


def test_names_are_taken_where_the_model_knows_them() -> None:
    row = dict(zip("dcba", X[0, ::-1].tolist(), strict=True))
    wanted = ask(NAMED, "POST", "/predict", json_of=X[0].tolist()).json
    assert ask(NAMED, "POST", "/predict", json_of=row).json == wanted
    other = ask(NAMED, "POST", "/predict", json_of=row | {"f": 1}).json
    assert other["warnings"] == ["The model has no such column, it was passed over: 'f'"]
    csv = "d,b,c,a,note\n" + ",".join(map(repr, X[0, [3, 1, 2, 0]].tolist())) + ",x\n"
    told = {"content-type": "text/csv"}
    found = ask(NAMED, "POST", "/predict/batch", csv.encode(), told).json
    assert found["predictions"] == [{k: v for k, v in wanted.items() if k != "warnings"}]


def test_csv_without_known_names_has_as_many_columns_as_the_model_takes() -> None:
    told = {"content-type": "text/csv"}
    assert ask(PLAIN, "POST", "/predict/batch", b"p,q,r,s\n1,2,3,4\n", told).status == 200
    found = ask(PLAIN, "POST", "/predict/batch", b"p,q,r\n1,2,3\n", told)
    assert (found.status, found.json["error"]) == (
        422, "The body has 3 columns; the model does not know their names and takes 4, in their "
        "order. Send as many.",
    )  # fmt: skip


TAIL = "Correct that; GET /model tells what a row is made of."


@pytest.mark.parametrize(
    ("app", "row", "what", "where"),
    [
        (PLAIN, [1, 2, 3], "the row has 3 values, expected a list of 4 numbers", [""]),
        (PLAIN, {"a": 1}, "the row is an object, expected a list of 4 numbers", [""]),
        (PLAIN, None, "the row is null, expected a list of 4 numbers", [""]),
        (
            PLAIN, [1, "x", True, None],
            "place [1] holds the text 'x', expected a number; place [2] holds true, expected a "
            "number; place [3] holds null, expected a number", ["/1", "/2", "/3"],
        ),
        (PLAIN, [1, 2, 3, 10**400], "place [3] holds a number too large for 64 bits", ["/3"]),
        (
            NAMED, {"a": 1, "b": "x", "d": 2},
            "'b' holds the text 'x', expected a number; 'c' is missing", ["/b", "/c"],
        ),
        (
            BOXES, [[1, 2, 3], [1, 2]],
            "place [1] has 2 values, expected a list of 3 numbers", ["/1"],
        ),
        (BOXES, [1, 2], "place [0] is 1, expected a list of 3 numbers; place [1] is 2, expected a "
         "list of 3 numbers", ["/0", "/1"]),
        (WORDS, [1, 2, 0.5], "place [2] holds 0.5, expected a whole number", ["/2"]),
    ],
)  # fmt: skip
def test_faults(app: Application, row: Any, what: str, where: list[str]) -> None:
    error = f"The row does not fit the model: {what}. {TAIL}"
    assert faults(app, row) == (422, error, where)


def test_a_number_beyond_64_bits_written_with_an_exponent() -> None:
    kind = {"content-type": "application/json"}
    found = ask(PLAIN, "POST", "/predict", b"[1, 2, 1e999, 4]", kind)
    assert (found.status, found.json["where"]) == (422, ["/2"])


def test_a_whole_number_that_no_embedding_has() -> None:
    for number in (9, -1, 2**62, 10**30):
        assert ask(WORDS, "POST", "/predict", json_of=[1, 2, number]).status == 422


def test_numbers_that_the_network_cannot_compute_with() -> None:
    found = ask(PLAIN, "POST", "/predict", json_of=[1, 2, 3, 1e300])
    assert found.status == 422
    assert "1e+300" in found.json["error"]
