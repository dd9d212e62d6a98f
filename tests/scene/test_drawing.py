"""A drawn digit goes the way of the digits that a network learned from."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Network, data
from pellucid.data.dataset import Dataset
from pellucid.errors import DataError, ParameterError
from pellucid.scene import sketch
from pellucid.scene.bench import Bench
from pellucid.scene.drawing import MOST_POINTS, as_trained, way_of
from pellucid.scene.scene import Scene
from pellucid.scene.source import Sample

SEVEN = [[(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)]]
WRONG = (
    "A drawing is a list of strokes, a stroke a list of points, a point two numbers from 0 to 1, "
    "across and down. This one is not. Draw it again."
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return data.load("digits")


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    """No pictures of MNIST, but their shape: how they were prepared follows from that."""
    x = np.zeros((2, 28, 28), np.uint8)
    return Dataset("mnist", x, np.array([0, 1]), "classes", (), ("0", "1"), (28, 28))


def moved(strokes: Any, times: float, across: float, down: float) -> Any:
    return [[(x * times + across, y * times + down) for x, y in line] for line in strokes]


def rendered(picture: Any, side: int, at: tuple[int, int], paper: int = 400) -> Any:
    """A small picture drawn large on a sheet of paper."""
    from PIL import Image

    found = Image.fromarray(np.asarray(picture, np.float32))
    large = np.asarray(found.resize((side, side), Image.Resampling.BICUBIC), float)
    sheet = np.zeros((paper, paper))
    sheet[at[0] : at[0] + side, at[1] : at[1] + side] = np.clip(large, 0, None)
    return sheet


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_where_and_how_large_it_was_drawn_makes_no_difference(
    name: str, request: pytest.FixtureRequest
) -> None:
    dataset = request.getfixturevalue(name)
    one = as_trained(SEVEN, dataset)
    for times, across, down in ((0.5, 0.4, 0.45), (0.25, 0.0, 0.0), (0.9, 0.05, 0.02)):
        other = as_trained(moved(SEVEN, times, across, down), dataset)
        assert np.abs(other - one).mean() < 0.02 * one.max()


def test_a_digit_of_mnist_is_20_high_and_balances_in_the_middle(mnist: Dataset) -> None:
    row = as_trained(SEVEN, mnist)
    assert row.shape == (28, 28)
    assert row.max() == 255.0
    assert row.min() == 0.0
    there = row > 0
    assert np.ptp(np.flatnonzero(there.any(axis=1))) + 1 == 20
    mass = row.sum()
    places = np.arange(28) + 0.5
    down, across = (row.sum(axis=1) @ places) / mass, (row.sum(axis=0) @ places) / mass
    assert abs(down - 14) <= 0.6
    assert abs(across - 14) <= 0.6


def test_a_digit_of_8_x_8_has_the_ink_of_the_others_and_fills_the_height(digits: Dataset) -> None:
    row = as_trained(SEVEN, digits)
    pictures = digits.x.reshape(-1, 8, 8)
    assert row.shape == (64,)
    low, high = np.quantile(pictures.sum(axis=(1, 2)), (0.02, 0.98))
    assert low <= row.sum() <= high
    assert row.max() == 16
    lines: Any = row.reshape(8, 8).any(axis=1)
    assert lines[0]
    assert lines[-1]
    assert np.array_equal(row, np.round(row))


def test_a_slant_is_taken_out_of_digits_and_left_in_mnist(digits: Dataset, mnist: Dataset) -> None:
    upright = [[(0.5, 0.1), (0.5, 0.9)]]
    slanted = [[(0.7, 0.1), (0.3, 0.9)]]
    assert np.abs(as_trained(upright, digits) - as_trained(slanted, digits)).mean() < 0.6
    assert np.abs(as_trained(upright, mnist) - as_trained(slanted, mnist)).mean() > 10


def test_digits_drawn_large_are_read_as_well_as_they_were(digits: Dataset) -> None:
    kept, held = digits.divided(0.2)
    net = Network([Dense(32, activation="relu"), Dense()], seed=0)
    net.fit(digits.x[kept], digits.y[kept], epochs=15, progress=False)
    draw = np.random.default_rng(0)
    held = held[:200]
    rows, places = digits.x[held], []
    for row in rows:
        side = int(draw.integers(120, 320))
        at = tuple(int(v) for v in draw.integers(0, 400 - side, 2))
        places.append(as_trained(rendered(row.reshape(8, 8), side, (at[0], at[1])), digits))
    y = digits.y[held]
    before, after = (net.predict(rows) == y).mean(), (net.predict(np.stack(places)) == y).mean()
    assert before > 0.95
    assert after > 0.85  # their fine lines were gone at 8 x 8
    shrunk = np.stack([
        rendered(row.reshape(8, 8), 160, (200, 20)).reshape(8, 50, 8, 50).mean(axis=(1, 3)).ravel()
        for row in rows
    ])  # fmt: skip
    assert (net.predict(shrunk) == y).mean() < 0.5  # the way is what does it


def test_a_dot_stays_small(mnist: Dataset) -> None:
    row = as_trained([[(0.5, 0.5)]], mnist)
    assert row.any()


@pytest.mark.parametrize(
    "strokes",
    [None, 3, [[(0.1,)]], [["a"]], [[(0.1, 2.0)]], [[(0.1, float("nan"))]], [0.5], [[None]]],
)
def test_what_is_no_drawing_is_refused(strokes: Any, digits: Dataset) -> None:
    with pytest.raises(ParameterError) as error:
        as_trained(strokes, digits)
    assert str(error.value) == WRONG


def test_nothing_drawn_and_too_much(digits: Dataset) -> None:
    empty: list[Any] = [[], [[]], np.zeros((10, 10))]
    for nothing in empty:
        with pytest.raises(DataError) as error:
            as_trained(nothing, digits)
        assert str(error.value) == "Nothing is drawn yet. Draw a digit first."
    with pytest.raises(DataError) as error:
        as_trained([[(0.5, 0.5)] * (MOST_POINTS + 1)], digits)
    assert str(error.value) == (
        "The drawing has 1 strokes and 20,001 points; it may have 200 and 20,000. Clear it, and "
        "draw it again."
    )


@pytest.mark.parametrize("picture", [np.ones((2, 2, 2)), np.zeros((0, 3)), np.ones((2000, 3))])
def test_a_picture_of_another_size_is_refused(picture: Any, digits: Dataset) -> None:
    with pytest.raises(ParameterError, match="A drawing is a picture of height x width"):
        as_trained(picture, digits)


def test_data_without_digits_are_refused() -> None:
    with pytest.raises(DataError) as error:
        way_of(data.load("iris"))
    assert str(error.value) == (
        "Drawing is for digits of 28 x 28 pixels (mnist) or 8 x 8 (digits); iris has none. Open "
        "one of the two."
    )


def test_a_sketch_is_answered_as_the_network_learns() -> None:
    bench = Bench(Scene(Sample("digits"), hidden=(Dense(16, activation="relu"),), epochs=8))
    assert sketch.answer(bench) is None
    sketch.draw(bench, SEVEN)
    found = sketch.chances(bench)
    assert abs(sum(found.values()) - 1) < 1e-6
    assert sketch.answer(bench) == max(found, key=lambda name: found[name])
    bench.to_end()
    assert sketch.answer(bench) == "7"
    assert sketch.chances(bench)["7"] > found["7"]
    bench.change(source=Sample("iris"))
    assert sketch.sketch_of(bench) is None
    sketch.wipe(bench)
    with pytest.raises(DataError, match="Nothing is drawn yet"):
        sketch.chances(bench)


def test_a_way_is_found_by_the_shape_alone(mnist: Dataset) -> None:
    assert way_of(mnist).box == (20, 20)
    assert way_of(dataclasses.replace(mnist, name="other")).full == 255
