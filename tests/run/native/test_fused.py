"""Steps of a chain that are joined into one (native/src/chain_fuse.h), in all their turns."""

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


def pair(v: Values) -> dict[str, Value]:
    return {"y": v["a"] * v["b"] + v["c"] * v["d"]}


def pair_with_numbers(v: Values) -> dict[str, Value]:
    return {"y": v["n"] * v["b"] + v["d"] * 0.25, "z": v["c"] * 0.5 + 2.0 * v["a"]}


def square(v: Values) -> dict[str, Value]:
    return {
        "y": v["a"] * 0.9 + (v["b"] * v["b"]) * 0.1,
        "z": 0.9 * v["c"] + 0.1 * (v["d"] * v["d"]),
    }


def square_of_itself(v: Values) -> dict[str, Value]:
    return {"y": v["a"] * v["a"] + v["a"] * (v["a"] * v["a"])}


def over_root(v: Values) -> dict[str, Value]:
    return {"y": v["a"] - v["n"] * (v["b"] / (ops.sqrt(v["p"]) + 1e-3))}


def over_root_turned(v: Values) -> dict[str, Value]:
    return {"y": (v["b"] / (1e-3 + ops.sqrt(v["p"]))) * v["n"] + v["a"]}


def over_root_of_full_values(v: Values) -> dict[str, Value]:
    return {"y": v["a"] * (v["b"] / (ops.sqrt(v["p"]) + v["p"])) + v["d"]}


def where_less(v: Values) -> dict[str, Value]:
    return {
        "y": ops.where(v["a"] < v["b"], v["c"], v["d"]),
        "z": ops.where(v["a"] > 0.0, v["b"], 0.0),
    }


def inner_values_are_shown(v: Values) -> dict[str, Value]:
    product, root, less = v["c"] * v["d"], ops.sqrt(v["p"]), v["a"] < v["b"]
    return {
        "product": product, "y": v["a"] * v["b"] + product, "root": root,
        "z": v["n"] * (v["b"] / (root + 1.0)) + v["a"],
        "w": ops.where(less, v["c"], v["d"]), "less": ops.cast(less, "float"),
    }  # fmt: skip


def inner_values_are_read_twice(v: Values) -> dict[str, Value]:
    product, square = v["c"] * v["d"], v["b"] * v["b"]
    return {"y": v["a"] * v["b"] + product, "z": v["d"] * v["a"] + product,
            "w": v["a"] * 0.9 + square * 0.1, "u": ops.exp(square)}  # fmt: skip


CASES: list[Make] = [
    pair, pair_with_numbers, square, square_of_itself, over_root, over_root_turned,
    over_root_of_full_values, where_less, inner_values_are_shown, inner_values_are_read_twice,
]  # fmt: skip


def check(make: Make, shape: tuple[Any, ...], way: Way, special: bool = False) -> None:
    builder = Builder()
    values = {name: builder.input(name, shape) for name in "abcdp"} | {"n": builder.input("n")}
    graph = builder.build(**make(values))
    sizes = tuple(5 if size is BATCH else size for size in shape)
    rng = np.random.default_rng(2)
    given: dict[str, Any] = {name: rng.normal(size=sizes) for name in "abcd"}
    given |= {"p": rng.uniform(0.1, 2.0, sizes), "n": np.array(-0.7)}
    if special:
        for array in (given[name] for name in "abcdp"):
            array.flat[::3] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], -(-array.size // 3))
    check_graph(graph, given, way, 10.0)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_joined_steps_give_what_the_steps_give(make: Make, way: Way) -> None:
    for shape in ((1,), (7,), (64,), (1000,), (BATCH, 3), (BATCH, 129)):
        check(make, shape, way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_nan_and_infinity_go_through_them_alike(make: Make, way: Way) -> None:
    check(make, (47,), way, special=True)
