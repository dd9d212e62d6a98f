"""Chains over short rows, whose values the machine turns (native/src/kernels/chain_turned.h)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.graph import BATCH, Builder, Value
from tests.run.native.agree import WAYS, Way, check_graph

Values = dict[str, Value]
Make = Callable[[Values], dict[str, Value]]


def spread(row: Value) -> Value:
    return ops.reshape(row, (BATCH, 1))


def softmax(v: Values) -> dict[str, Value]:
    logs = ops.log_softmax(v["x"])
    return {"logs": logs, "chances": ops.exp(logs)}


def along_rows(v: Values) -> dict[str, Value]:
    x = v["x"] * 2.0
    return {
        "sum": ops.sum(x, (1,)), "mean": ops.mean(x, (1,)), "max": ops.max(x, (1,)),
        "lse": ops.logsumexp(x, (1,)), "place": ops.argmax(x, 1),
    }  # fmt: skip


def rows_and_columns_spread(v: Values) -> dict[str, Value]:
    return {"y": (v["x"] + v["column"]) * spread(v["row"]), "z": ops.exp(v["x"] - spread(v["row"]))}


def sums(v: Values) -> dict[str, Value]:
    y = v["x"] * spread(v["row"]) + 1.0
    return {"y": y, "all": ops.sum(y), "down": ops.sum(y, (0,)), "across": ops.sum(y, (1,))}


def labels(v: Values) -> dict[str, Value]:
    columns = v["x"].shape[1]
    assert isinstance(columns, int)
    hot = ops.one_hot(v["label"], columns)
    logs = ops.log_softmax(v["x"])
    right = ops.cast(ops.equal(ops.argmax(v["x"], 1), v["label"]), "float")
    loss = -ops.sum(hot * logs, (1,))
    return {
        "hot": hot, "loss": ops.sum(loss), "right": ops.sum(right),
        "gradient": ops.exp(logs) - hot, "each": loss,
    }  # fmt: skip


CASES: list[Make] = [softmax, along_rows, rows_and_columns_spread, sums, labels]


def check(make: Make, rows: int, columns: int, way: Way, special: bool = False) -> None:
    builder = Builder()
    values = {
        "x": builder.input("x", (BATCH, columns)),
        "row": builder.input("row", (BATCH,)),
        "column": builder.input("column", (columns,)),
        "label": builder.input("label", (BATCH,), "int"),
    }
    graph = builder.build(**make(values))
    rng = np.random.default_rng(rows + columns)
    x = rng.normal(size=(rows, columns))
    if special:
        x.flat[::5] = rng.choice([np.nan, np.inf, -np.inf, -0.0], -(-x.size // 5))
    x[rows // 2] = 1.0  # a draw: the first counts
    given: dict[str, Any] = {
        "x": x, "row": rng.uniform(0.5, 2.0, rows), "column": rng.normal(size=columns),
        "label": rng.integers(-1, columns + 1, rows),
    }  # fmt: skip
    check_graph(graph, {name: given[name] for name in graph.inputs}, way, 10.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("columns", [2, 3, 8, 10, 16, 17])
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_short_rows(make: Make, columns: int, way: Way) -> None:
    for rows in (1, 7, 16, 33, 1500):  # the last takes several blocks
        check(make, rows, columns, way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_nan_and_infinity_in_short_rows(make: Make, way: Way) -> None:
    for columns in (2, 10):
        check(make, 21, columns, way, special=True)
