"""Numbers as such: rounding of functions, random draws, and what NaN, infinity and zero become."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import pellucid.ops as ops
from pellucid.graph import BATCH, Builder, Value
from pellucid.run import ReferenceExecutor
from tests.ops.cases import CASES, Array, Case, built, feed
from tests.run.native.agree import WAYS, Precision, Way, check_alike, run_both

COUNT = 20_011  # a prime: the last vector is not whole
ULPS = 4.0

Exact = Callable[[Array], Array]
Range = tuple[float, float]


def exact_sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def exact_erf(x: Array) -> Array:
    return np.asarray(scipy.special.erf(x.astype(np.float64)))


# Function, truth in long double (erf: in double), and the range of inputs for float32 and float64.
FUNCTIONS: dict[str, tuple[Callable[[Value], Value], Exact, Range, Range]] = {
    "exp": (ops.exp, np.exp, (-87, 88), (-708, 709)),
    "exp near 0": (ops.exp, np.exp, (-1e-3, 1e-3), (-1e-3, 1e-3)),
    "log": (ops.log, np.log, (1e-37, 1e38), (1e-307, 1e308)),
    "log near 1": (ops.log, np.log, (0.5, 2.0), (0.5, 2.0)),
    "log1p": (ops.log1p, np.log1p, (-0.999, 1e30), (-0.999, 1e300)),
    "log1p near 0": (ops.log1p, np.log1p, (-1e-3, 1e-3), (-1e-3, 1e-3)),
    "tanh": (ops.tanh, np.tanh, (-12, 12), (-25, 25)),
    "tanh near 0": (ops.tanh, np.tanh, (-0.01, 0.01), (-0.01, 0.01)),
    "sigmoid": (ops.sigmoid, exact_sigmoid, (-87, 87), (-700, 700)),
    "erf": (ops.erf, exact_erf, (-5, 5), (-7, 7)),
    "erf near 0": (ops.erf, exact_erf, (-0.1, 0.1), (-0.1, 0.1)),
    "sqrt": (ops.sqrt, np.sqrt, (1e-37, 1e38), (1e-307, 1e308)),
}  # fmt: skip


def spread(low: float, high: float, kind: Any) -> Array:
    """Numbers of all magnitudes between two limits."""
    rng = np.random.default_rng(8)
    even = rng.uniform(low, high, COUNT // 2)
    if low > 0:
        scaled = np.exp(rng.uniform(np.log(low), np.log(high), COUNT - len(even)))
    else:
        scaled = rng.uniform(low, high, COUNT - len(even))
        scaled *= 10.0 ** rng.uniform(-6, 0, len(scaled))
    return np.concatenate([even, scaled]).astype(kind)


def ulps(found: Array, truth: Array) -> float:
    """The largest error in units of the last place of the result's own kind."""
    near = np.spacing(np.abs(truth).astype(found.dtype)).astype(np.longdouble)
    return float(np.max(np.abs(found.astype(np.longdouble) - truth) / near))


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_right_to_a_few_last_places(name: str, precision: Precision) -> None:
    function, exact, *ranges = FUNCTIONS[name]
    x = spread(*ranges[precision == "float64"], precision)
    builder = Builder()
    graph = builder.build(y=function(builder.input("x", (BATCH,))))
    found = Way(precision).executor.compile(graph).run({"x": x})["y"]
    assert ulps(found, exact(x.astype(np.longdouble))) <= ULPS


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_power_is_right_to_a_few_last_places(precision: Precision) -> None:
    rng = np.random.default_rng(3)
    x = np.exp(rng.uniform(-5, 5, COUNT)).astype(precision)
    p = rng.uniform(-8, 8, COUNT).astype(precision)
    builder = Builder()
    graph = builder.build(y=ops.power(builder.input("x", (BATCH,)), builder.input("p", (BATCH,))))
    found = Way(precision).executor.compile(graph).run({"x": x, "p": p})["y"]
    assert ulps(found, x.astype(np.longdouble) ** p.astype(np.longdouble)) <= ULPS


# --- draws


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("key", [(0, 0), (7, 3), (2**40 + 5, 2**35 + 1), (-1, 9)], ids=str)
def test_draws_are_the_references(key: tuple[int, int], way: Way) -> None:
    """Uniform numbers, flags and orders bit for bit; normal numbers to a few last places."""
    builder = Builder()
    drawn = builder.input("key", (2,), "int")
    x = builder.input("x", (BATCH, 3, 7))
    outputs = {
        "uniform": ops.uniform(drawn, 5, (BATCH, 3, 7)), "flat": ops.uniform(drawn, 6, (1003,)),
        "flag": ops.bernoulli(drawn, 2**32 - 1, (BATCH, 3, 7), 0.3),
        "order": ops.permutation(drawn, 4, 1000), "x": x,
    }  # fmt: skip
    graph = builder.build(**outputs, normal=ops.normal(drawn, 1, (BATCH, 3, 7)))
    given = {"key": np.array(key), "x": np.zeros((37, 3, 7), way.precision)}
    found, expected = run_both(graph, given, way)
    for name in outputs:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    near = float(np.finfo(way.precision).eps)
    np.testing.assert_allclose(found["normal"], expected["normal"], rtol=16 * near, atol=4 * near)


# --- special numbers

FEW = [WAYS[0], WAYS[3]]
SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, "denormal", "largest"]
FLOATS = [
    c for c in CASES if not c.large and any(a.dtype.kind == "f" and a.size for a in c.arrays())
]
# Products of infinity with 0, of padding or of a number left out, may or may not come about.
LOOSE = {"conv2d", "conv2d_input_gradient", "conv2d_weight_gradient", "matmul"}


def special(value: Any, kind: Any) -> Any:
    info = np.finfo(kind)
    return {"denormal": info.smallest_subnormal, "largest": info.max}.get(value, value)


def placed(case: Case, which: int, value: Any, way: Way) -> list[Array]:
    """The case's arrays with a value at the first, or at all places, of one of them."""
    arrays = [a.astype(way.precision) if a.dtype.kind == "f" else a for a in case.arrays()]
    arrays[which] = arrays[which].copy()
    arrays[which].reshape(-1)[:1] = special(value, way.precision)
    return arrays


@pytest.mark.parametrize("way", FEW, ids=str)
@pytest.mark.parametrize("case", [c for c in FLOATS if c.op not in LOOSE], ids=str)
def test_special_numbers_become_what_the_reference_says(case: Case, way: Way) -> None:
    for which, array in enumerate(case.arrays()):
        if array.dtype.kind != "f" or not array.size:
            continue
        for value in SPECIAL:
            arrays = placed(case, which, value, way)
            builder, _, y = built(case.op, arrays, case.attrs, case.batch)
            found, expected = run_both(builder.build(y=y), feed(arrays), way)
            with np.errstate(all="ignore"):
                check_alike(found, expected, way)
            if expected["y"].dtype.kind == "f" and case.op not in {"sum", "mean"}:
                zero = (expected["y"] == 0) & (found["y"] == 0)
                np.testing.assert_array_equal(
                    np.signbit(found["y"][zero]),
                    np.signbit(expected["y"][zero]),
                    err_msg=str(value),
                )


@pytest.mark.parametrize("way", FEW, ids=str)
@pytest.mark.parametrize("case", [c for c in FLOATS if c.op in LOOSE], ids=str)
def test_special_numbers_in_products(case: Case, way: Way) -> None:
    """What is not finite is the same, but for what padding (0) times NaN or infinity would give.

    The reference multiplies by padding, the native engine leaves padding out.
    """
    padded = np.any(np.asarray(case.attrs.get("padding", 0)))
    for which, array in enumerate(case.arrays()):
        for value in SPECIAL if array.size else []:
            arrays = placed(case, which, value, way)
            builder, _, y = built(case.op, arrays, case.attrs, case.batch)
            both = run_both(builder.build(y=y), feed(arrays), way)
            found, expected = (outputs["y"] for outputs in both)
            bad, wanted = ~np.isfinite(found), ~np.isfinite(expected)
            assert not (bad & ~wanted).any()
            if not padded:
                np.testing.assert_array_equal(bad, wanted)
            finite = ~wanted
            check_alike({"y": found[finite]}, {"y": expected[finite]}, way)


def test_the_reference_is_the_one_compared_with() -> None:
    assert Way("float32").reference == ReferenceExecutor("float32")
