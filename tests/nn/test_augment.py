"""Layers that vary pictures in training: their draws, their formulas, and only in training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pellucid import ColorJitter, Conv2D, CutOut, Dense, Flatten, Network, RandomAffine
from pellucid.errors import ParameterError, ShapeError, UnknownNameError
from pellucid.graph import BATCH, Builder
from pellucid.nn import Layer, Tracer
from pellucid.ops.random import uniforms
from pellucid.run import ReferenceExecutor, executor
from tests.nn.cases import Array, Case, rng, run

VARIED: list[Layer] = [RandomAffine("both", 0.2, 25, 0.3), ColorJitter(), CutOut()]
KEY = np.array([5, 2])


def varied(layer: Layer, x: Array, key: Array = KEY) -> Array:
    shape = x.shape[1:]
    return run(Case(layer, shape, shape), True, x=x, key=key)["y"]


def pictures(count: int = 6, channels: int = 3, height: int = 7, width: int = 9) -> Array:
    return rng(4).normal(size=(count, channels, height, width))


def even(stream: int, count: int, reach: float) -> Array:
    """What a layer draws from a stream for each sample, between -reach and reach."""
    return (2 * uniforms(KEY, stream, (count,)) - 1) * reach


@pytest.mark.parity
@pytest.mark.parametrize("flip", ["none", "horizontal", "vertical", "both"])
def test_moved_pictures_are_those_of_pytorch(flip: str) -> None:
    torch = pytest.importorskip("torch")

    x = pictures(40)
    count, _, height, width = x.shape
    t = 2 * np.arctan(even(1, count, math.tan(math.radians(35) / 2)))
    s = np.exp(even(2, count, math.log(1.4)))
    d, e = even(3, count, 0.3), even(4, count, 0.3)
    f = np.where(uniforms(KEY, 5, (count,)) < (0.5 if flip in ("vertical", "both") else 0), -1, 1)
    g = np.where(uniforms(KEY, 6, (count,)) < (0.5 if flip in ("horizontal", "both") else 0), -1, 1)
    u, v = np.mgrid[:height, :width] - np.array([(height - 1) / 2, (width - 1) / 2])[:, None, None]

    def each(values: Array) -> Array:
        return values[:, None, None]

    rows = each(s * np.cos(t) * f) * u - each(s * np.sin(t) * g) * v + each(d * height)
    columns = each(s * np.sin(t) * f) * u + each(s * np.cos(t) * g) * v + each(e * width)
    grid = np.stack([2 * columns / (width - 1), 2 * rows / (height - 1)], axis=-1)
    expected = torch.nn.functional.grid_sample(
        torch.tensor(x), torch.tensor(grid), "bilinear", "border", align_corners=True
    )
    found = varied(RandomAffine(flip, 0.3, 35, 0.4), x)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)
    assert np.mean(np.abs(found - x) > 1e-9) > 0.01


def test_a_flip_alone_is_a_mirror() -> None:
    x = pictures(64)
    y = varied(RandomAffine("horizontal", 0, 0, 0), x)
    mirrored = [np.allclose(b, a[:, :, ::-1], atol=1e-14) for a, b in zip(x, y, strict=True)]
    as_it_was = [np.allclose(b, a, atol=1e-14) for a, b in zip(x, y, strict=True)]
    assert [m != s for m, s in zip(mirrored, as_it_was, strict=True)] == [True] * 64
    assert 16 < sum(mirrored) < 48


def test_a_turn_goes_as_far_as_it_may() -> None:
    turns = np.degrees(2 * np.arctan(even(1, 2000, math.tan(math.radians(30) / 2))))
    assert -30 <= turns.min() < -29 and 29 < turns.max() <= 30
    assert np.histogram(turns, 6, (-30, 30))[0] == pytest.approx(2000 / 6, rel=0.2)  # nearly even


def test_light_and_colours_follow_their_formula() -> None:
    x = pictures()
    b, count = 0.4, len(x)
    a = np.exp(even(1, count, math.log(1.7)))[:, None, None, None]
    k = np.exp(even(2, count, math.log(1.3)))[:, None, None, None]
    shift = even(3, count, b)[:, None, None, None]
    w = x.mean(1, keepdims=True) + a * (x - x.mean(1, keepdims=True))
    m = w.mean((1, 2, 3), keepdims=True)
    expected = m + k * (w - m) + shift
    np.testing.assert_allclose(varied(ColorJitter(b, 0.3, 0.7), x), expected, atol=1e-12)


def test_without_colours_there_is_no_saturation() -> None:
    x = pictures(channels=1)
    np.testing.assert_array_equal(varied(ColorJitter(0, 0, 0.9), x), x)


def test_a_square_is_hidden_where_it_was_drawn() -> None:
    x = np.ones((300, 2, 10, 12))
    y = varied(CutOut(0.4), x)
    r, q = (uniforms(KEY, stream, (300,)) * side for stream, side in ((1, 10), (2, 12)))
    down = np.abs(np.arange(10) - r[:, None]) < 2
    across = np.abs(np.arange(12) - q[:, None]) < 2
    expected = 1.0 - (down[:, None, :, None] & across[:, None, None, :])
    np.testing.assert_array_equal(y, np.broadcast_to(expected, y.shape))
    assert (y == 0).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize("layer", VARIED, ids=repr)
def test_each_step_and_seed_draws_anew_and_the_same_ones_the_same(layer: Layer) -> None:
    x = pictures()
    first = varied(layer, x)
    np.testing.assert_array_equal(first, varied(layer, x))
    for key in ([5, 3], [6, 2]):
        assert not np.array_equal(first, varied(layer, x, np.array(key)))
    assert len({row.tobytes() for row in varied(layer, np.repeat(x[:1], 6, axis=0))}) == 6


@pytest.mark.parametrize("layer", [*VARIED, RandomAffine("none", 0, 0, 0)], ids=repr)
def test_outside_training_nothing_is_added(layer: Layer) -> None:
    b = Builder()
    x = b.input("x", (BATCH, 3, 4, 4))
    assert layer.trace(Tracer(b, {}), x).id == x.id
    still = [RandomAffine("none", 0, 0, 0), ColorJitter(0, 0, 0), CutOut(0)]
    for each in still:
        assert each.trace(Tracer(b, {}, training=True), x).id == x.id


@pytest.mark.parametrize("layer", VARIED, ids=repr)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_engines_agree(layer: Layer, precision: Any) -> None:
    x = pictures(37, height=16, width=11)
    b = Builder()
    input = b.input("x", (BATCH, *x.shape[1:]))
    graph = b.build(y=layer.trace(Tracer(b, {}, True, b.input("key", (2,), "int")), input))
    given = {"x": x, "key": KEY}
    expected = ReferenceExecutor().compile(graph).run(given)["y"]
    found = executor("auto", precision).compile(graph).run(given)["y"]
    tolerance = 1e-10 if precision == "float64" else 2e-4
    np.testing.assert_allclose(found, expected, atol=tolerance)


def test_a_network_learns_with_them_and_predicts_without() -> None:
    x = rng(1).normal(size=(60, 3, 8, 8)) * 0.3
    y = np.arange(60) % 2
    x[y == 1, 0] += 1.5
    layers = [*VARIED, Conv2D(4, 3, activation="relu"), Flatten(), Dense()]
    nets = [Network(layers, seed=3) for _ in range(2)]
    for net in nets:
        net.fit(x, y, epochs=12, batch=20, progress=False)
    assert nets[0].score(x, y) > 0.95
    for name, values in nets[0].parameters.items():
        np.testing.assert_array_equal(values, nets[1].parameters[name])  # to the bit
    bare = Network(layers[3:], seed=3, scale_inputs=False).build(x, y)
    learned = nets[0].parameters
    scaled = nets[0]._parts()[1].encode(x)
    np.testing.assert_allclose(
        nets[0].predict_proba(x), bare.with_parameters(learned).predict_proba(scaled), atol=1e-6
    )


def test_any_step_can_be_done_again_by_itself() -> None:
    """The step's key is all that its draws depend on: what replaying a run relies on."""
    net = Network([*VARIED, Flatten(), Dense()], seed=0)
    x, y = pictures(12), np.arange(12) % 3
    net.build(x, y)
    program = ReferenceExecutor().compile(net.graph(step=True, rule="sgd", batch=12))
    carried = {name: net._reached().carried[name] for name in ("params", "state")}
    z = net._parts()[1].encode(x, np.float64)
    step: dict[str, Any] = {"x": z, "y": y, "weight": np.ones(12), "rate": 0.1, "time": 1.0}
    first, again = (program.run({**carried, **step, "key": KEY}) for _ in range(2))
    np.testing.assert_array_equal(first["params'"], again["params'"])
    other = program.run({**carried, **step, "key": np.array([5, 3])})
    assert not np.array_equal(first["params'"], other["params'"])


def test_what_is_refused() -> None:
    with pytest.raises(ParameterError) as caught:
        RandomAffine(rotate=91)
    assert str(caught.value) == (
        "RandomAffine expects rotate to be a number at least 0 and at most 90, got 91. rotate is "
        "how far it may turn."
    )
    with pytest.raises(UnknownNameError):
        RandomAffine("left")
    for layer in VARIED:
        with pytest.raises(ShapeError) as misfit:
            layer.parameters((64,))
        assert str(misfit.value) == (
            f"{type(layer).__name__} expects samples of shape [channels, height, width], got [64]. "
            "Put Reshape((1, 8, 8)) before it."
        )
