"""Generated data: the formulas without noise, the noise, the seeds, the ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from pellucid.data import Dataset, blobs, circles, gate, line, moons, spirals
from pellucid.errors import ParameterError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]
MAKERS: list[Callable[..., Dataset]] = [moons, spirals, blobs, circles, line]


@pytest.mark.parametrize("make", MAKERS)
def test_a_seed_makes_the_same_data_and_another_makes_other(make: Callable[..., Dataset]) -> None:
    first, again, other = make(seed=5), make(seed=5), make(seed=6)
    assert np.array_equal(first.x, again.x) and np.array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("rows", [3, 50, 101])
def test_as_many_points_as_asked_for(make: Callable[..., Dataset], rows: int) -> None:
    data = make(rows=rows)
    assert len(data) == len(data.y) == rows
    assert len(data.feature_names) == data.x.shape[1]


def points(x: Any, y: Any) -> list[list[float]]:
    """Points with their classes, in an order of their own."""
    return np.round(np.column_stack([y, x]), 12)[np.lexsort((*np.round(x.T, 9), y))].tolist()  # type: ignore[no-any-return]


@pytest.mark.parity
@pytest.mark.parametrize("rows", [2, 11, 200])
def test_moons_are_those_of_scikit_learn(rows: int) -> None:
    x, y = sklearn.datasets.make_moons((rows - rows // 2, rows // 2), noise=None, shuffle=False)
    mine = moons(rows, noise=0.0)
    np.testing.assert_allclose(points(mine.x, mine.y), points(x, y), atol=1e-9)


@pytest.mark.parity
def test_circles_are_those_of_scikit_learn() -> None:
    x, y = sklearn.datasets.make_circles(60, noise=None, factor=0.3, shuffle=False)
    mine = circles(60, ratio=0.3, noise=0.0)
    np.testing.assert_allclose(points(mine.x, mine.y), points(x, y), atol=1e-9)


def test_spirals_follow_their_formula() -> None:
    x, y = spirals(90, arms=3, turns=2.0, noise=0.0)
    radius = np.hypot(*x.T)
    turned = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    off = (turned - 2.0 * radius - y / 3 + 0.5) % 1.0 - 0.5
    np.testing.assert_allclose(off, 0.0, atol=1e-12)
    assert np.bincount(y).tolist() == [30, 30, 30]
    np.testing.assert_allclose([radius.min(), radius.max()], [0.05, 1.0])


def test_blobs_lie_about_their_centres() -> None:
    x, y = blobs(3000, classes=3, features=4, spread=0.5, seed=2)
    exact = blobs(3000, classes=3, features=4, spread=0.0, seed=2)
    assert len(np.unique(exact.x, axis=0)) == 3
    for k in range(3):
        centre = exact.x[exact.y == k][0]
        np.testing.assert_allclose(x[y == k].mean(axis=0), centre, atol=0.07)
        np.testing.assert_allclose(x[y == k].std(axis=0), 0.5, atol=0.05)


def test_points_of_a_line_follow_its_formula() -> None:
    x, y = line(40, slope=-3.0, intercept=0.5, noise=0.0)
    np.testing.assert_allclose(y, -3.0 * x[:, 0] + 0.5)
    noisy = line(20_000, noise=0.25)
    rest = noisy.y - 2.0 * noisy.x[:, 0] - 1.0
    assert abs(rest.std() - 0.25) < 0.01


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("and", lambda a, b: a and b),
        ("or", lambda a, b: a or b),
        ("nand", lambda a, b: not (a and b)),
        ("nor", lambda a, b: not (a or b)),
        ("xor", lambda a, b: a != b),
    ],
)
def test_gates(name: str, truth: Callable[[bool, bool], bool]) -> None:
    x, y = gate(name)
    assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [int(truth(bool(a), bool(b))) for a, b in x]


def test_an_unknown_gate(said: Said) -> None:
    assert said(UnknownNameError, lambda: gate("nxor")) == (
        "There is no gate 'nxor'. Did you mean 'xor'? Known: and, nand, nor, or, xor."
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: moons(1),
            "moons expects rows to be a whole number at least 2 and at most 1e+07, got 1. rows is "
            "the number of points.",
        ),
        (
            lambda: spirals(3, arms=5),
            "spirals expects rows to be a whole number at least 5 and at most 1e+07, got 3. rows "
            "is the number of points.",
        ),
        (
            lambda: circles(ratio=1.0),
            "circles expects ratio to be a number above 0 and below 1, got 1.0. ratio is the inner "
            "radius divided by the outer.",
        ),
        (
            lambda: blobs(features=0),
            "blobs expects features to be a whole number at least 1 and at most 1000, got 0. "
            "features is the number of columns.",
        ),
        (
            lambda: line(noise=float("nan")),
            "line expects noise to be a number at least 0 and at most 1e+06, got nan. noise is the "
            "standard deviation of the normal noise added.",
        ),
    ],
)
def test_parameters_out_of_range(said: Said, call: Callable[[], object], message: str) -> None:
    assert said(ParameterError, call) == message
