"""Steps of a chain that are joined into one (native/src/chain_fuse.h), in all their turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid.ops as ops
from pellucid.graph import BATCH, Builder, Value
from pellucid.run.executor import Feed
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


def moments(v: Values) -> dict[str, Value]:
    mean = 0.9 * v["a"] + 0.1 * v["b"]
    square = 0.999 * v["p"] + 0.001 * (v["b"] * v["b"])
    return {"mean": mean, "square": square, "y": moved(v, v["c"], mean, square)}


def moved(v: Values, w: Value, mean: Value, square: Value) -> Value:
    y: Value = w - v["n"] * (mean / (ops.sqrt(square) + 1e-3))
    return y


def moments_turned(v: Values) -> dict[str, Value]:
    mean = v["b"] * 0.1 + v["a"] * v["n"]
    square = (v["d"] * v["d"]) * 0.001 + v["p"] * 0.999
    return {"y": (mean / (1e-3 + ops.sqrt(square))) * v["n"] + v["c"], "square": square}


def moments_of_full_values(v: Values) -> dict[str, Value]:
    mean = v["d"] * v["a"] + 0.1 * v["b"]
    square = 0.999 * v["p"] + 0.001 * (v["b"] * v["b"])
    return {"mean": mean, "square": square, "y": moved(v, v["c"], mean, square)}


def moments_are_read_twice(v: Values) -> dict[str, Value]:
    found = moments(v)
    return found | {"z": ops.exp(found["mean"]), "w": found["y"] * found["square"]}


def two_groups_of_moments(v: Values) -> dict[str, Value]:
    first = moments(v)
    second = moments(v | {"a": v["d"], "c": v["a"], "b": v["c"]})
    return first | {f"{name}2": value for name, value in second.items()}


CASES: list[Make] = [
    pair, pair_with_numbers, square, square_of_itself, over_root, over_root_turned,
    over_root_of_full_values, where_less, inner_values_are_shown, inner_values_are_read_twice,
    moments, moments_turned, moments_of_full_values, moments_are_read_twice, two_groups_of_moments,
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


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("size", [13, 64, 1000])
@pytest.mark.parametrize("which", ["gradient", "square", "parameters"])
def test_a_step_whose_moments_are_not_finite_is_not_taken(way: Way, size: int, which: str) -> None:
    large = float(np.finfo(way.precision).max)
    rate = large / 30 if which == "parameters" else 0.7
    builder = Builder()
    values = {name: builder.input(name, (size,)) for name in "apcb"}
    made = moments(values | {"n": builder.constant(rate)})
    graph = builder.build(**{"a'": made["mean"], "p'": made["square"], "c'": made["y"]})
    given = np.ones((4, size))
    carried = {name: np.ones(size) for name in "apc"}
    if which == "gradient":
        given[2, -1] = np.inf
    elif which == "square":
        given[2, -1] = large**0.75
    else:
        carried["c"][-1] = -0.95 * large
    feed = Feed.of_numbers({"b": given}, 4)
    expected = way.reference.compile(graph).steps(carried, feed)
    with way.chosen() as native:
        found = native.compile(graph).steps(carried, feed)
    assert (found.done, found.finite) == (expected.done, False)
    assert found.done == (1 if which == "parameters" else 2)
    for name, array in expected.carried.items():
        np.testing.assert_allclose(found.carried[name], array, rtol=1e-5)
