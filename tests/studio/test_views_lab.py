"""What the panels of a line, activations, a loss surface and a memory show, held to the engine."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.learn import SGD, Adam, Backprop, Oja
from pellucid.lessons.memory import THREE
from pellucid.lessons.regression import SUN, WARMER, valley
from pellucid.nn.activations import ActivationFunction, Custom, Softmax, activation
from pellucid.nn.dense import Dense
from pellucid.nn.norm import BatchNorm
from pellucid.scene.acts import Take
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample
from pellucid.studio.views import VIEWS, surface
from pellucid.studio.views.functions import read_function
from pellucid.studio.views.surface import choose_axes
from pellucid.studio.wire import packed, unpacked

MOONS = Scene(Sample("moons"), hidden=(Dense(4, "tanh"),), rule=Backprop(Adam(0.05)), batch=20)
X, Y = np.array(SUN), np.array(WARMER)


def look(name: str, bench: Any) -> dict[str, Any]:
    """A view as the page reads it."""
    assert getattr(bench, "kind", "network") in VIEWS[name].of
    found: dict[str, Any] = unpacked(packed(VIEWS[name].compute(bench)))
    return found


def miss(slope: float, intercept: float) -> float:
    return float(((slope * X + intercept - Y) ** 2).mean())


# --- the loss surface


def test_the_surface_of_a_line_is_a_parabola_over_its_slope_and_intercept() -> None:
    bench = Bench(valley(0.1))
    seen = look("surface", bench)
    assert seen["axes"] == ["dense_1.weight[0,0]", "dense_1.bias[0]"] and seen["alone"]
    slopes, intercepts = (np.linspace(seen[k][0], seen[k][1], 41) for k in ("across", "up"))
    for row, column in ((0, 0), (40, 40), (20, 7), (3, 33)):
        expected = miss(slopes[column], intercepts[row])
        assert seen["values"][row, column] == pytest.approx(expected, rel=1e-4)
    assert seen["dot"] == [-1.0, 1.0] and seen["loss"] == pytest.approx(miss(-1.0, 1.0))
    residual = X * -1.0 + 1.0 - Y
    assert seen["down"] == pytest.approx(
        [-2 * (residual * X).mean(), -2 * residual.mean()], rel=1e-3
    )
    best = np.polyfit(X, Y, 1)  # the lowest place is in the picture
    assert seen["across"][0] < best[0] < seen["across"][1]
    assert seen["up"][0] < best[1] < seen["up"][1]


def test_the_path_is_every_step_and_the_picture_stays() -> None:
    bench = Bench(valley(0.1))
    before = look("surface", bench)
    places = [[-1.0, 1.0]]
    for _ in range(6):
        slope, intercept = places[-1]
        residual = slope * X + intercept - Y
        step = [2 * (residual * X).mean(), 2 * residual.mean()]
        places.append([slope - 0.1 * step[0], intercept - 0.1 * step[1]])
    bench.learn(6)
    after = look("surface", bench)
    np.testing.assert_allclose(after["path"][:-1], places, atol=1e-5)
    assert after["path"][-1] == pytest.approx(after["dot"]) and after["steps"].tolist()[-1] == 6
    assert (after["across"], after["up"]) == (before["across"], before["up"])
    np.testing.assert_array_equal(after["values"], before["values"])
    bench.seek(3)
    back = look("surface", bench)
    np.testing.assert_allclose(back["path"][:-1], places[:4], atol=1e-5)
    bench.edit("dense_1.bias", (0,), 0.5)
    assert look("surface", bench)["dot"][1] == pytest.approx(0.5)
    bench.learn(1)  # a branch: the path is that of the new one
    branch = look("surface", bench)
    assert branch["path"][-1] == pytest.approx(branch["dot"])
    assert not np.allclose(branch["path"][-1], places[4], atol=1e-3)


def test_a_long_path_is_thinned_and_one_that_flew_away_does_not_shrink_the_picture() -> None:
    bench = Bench(valley(0.05))
    bench.learn(900)
    path = look("surface", bench)["path"]
    assert 60 < len(path) < 140
    wild = Bench(valley(0.2))
    wild.learn(60)
    seen = look("surface", wild)
    assert abs(seen["dot"][0]) > 1e6 and max(map(abs, seen["across"])) < 100


def test_the_surface_of_a_network_over_any_two_of_its_parameters() -> None:
    bench = Bench(MOONS)
    seen = look("surface", bench)
    assert seen["axes"] == ["dense_1.weight[0,0]", "dense_1.weight[0,1]"] and not seen["alone"]
    assert len(seen["choices"]) == 22 and seen["values"].shape == (25, 25)
    choose_axes(bench, "dense_2.bias[0]", "dense_1.weight[1,3]")
    seen = look("surface", bench)
    own = bench.network.parameters
    assert seen["dot"] == pytest.approx([own["dense_2.bias"][0], own["dense_1.weight"][1, 3]])
    across, up = (np.linspace(seen[k][0], seen[k][1], 25) for k in ("across", "up"))
    at = across[4], up[9]
    weight = own["dense_1.weight"].copy()
    weight[1, 3] = at[1]
    bias = [at[0], own["dense_2.bias"][1]]
    moved = bench.network.with_parameters({"dense_2.bias": bias, "dense_1.weight": weight})
    every = slice(None, None, 2)  # 200 rows, at most 128 are read
    trace = moved.trace(bench.data.x[bench.learned][every], bench.data.y[bench.learned][every])
    assert seen["values"][9, 4] == pytest.approx(float(trace.value("objective")), rel=1e-4)
    before = seen["values"]
    bench.learn(3)
    assert not np.array_equal(look("surface", bench)["values"], before)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'dense_1.weight\[1,3\]'"):
        choose_axes(bench, "dense_1.weight[1,31]", "dense_2.bias[0]")
    with pytest.raises(ParameterError) as caught:
        choose_axes(bench, "dense_2.bias[0]", "dense_2.bias[0]")
    assert str(caught.value) == (
        "A surface is over two parameters, got dense_2.bias[0] twice. Choose two."
    )


def test_parameters_of_large_networks_are_found_without_naming_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = 0
    own = surface._named

    def counted(parameter: str, place: Any) -> str:
        nonlocal named
        named += 1
        return own(parameter, place)

    bench = Bench(replace(MOONS, hidden=(Dense(300), Dense(300))))
    layout = bench.network.architecture.learned
    every = list(surface._names(layout))
    assert len(every) == layout.size > 90_000
    for at in (0, 299, 600, 601, 899, 900, 901, 50_123, layout.size - 1):
        assert surface._name(layout, at) == every[at]
        assert surface._axis(layout, every[at]) == at
    monkeypatch.setattr(surface, "_named", counted)
    choose_axes(bench, every[50_123], every[-1])
    seen = look("surface", bench)
    assert seen["axes"] == [every[50_123], every[-1]] and seen["choices"] == every[:200]
    assert named < 250
    assert seen["values"].shape == (18, 18)  # fewer where each costs more
    vector = np.array(bench.network._reached().carried["params"])
    assert seen["dot"] == pytest.approx(vector[[50_123, -1]])
    for wrong in ("dense_2.weight[300,0]", "dense_2.weight[0, 1]", "dense_2.weight[0]", "dense_2"):
        with pytest.raises(UnknownNameError):
            choose_axes(bench, wrong, every[0])


def test_the_surface_is_of_the_layers_states_as_they_are_now() -> None:
    hidden = (Dense(4, activation="tanh"), BatchNorm())
    bench = Bench(replace(MOONS, hidden=hidden, validation=0.6))
    first = look("surface", bench)
    for _ in range(2):
        bench.learn(40)
        seen = look("surface", bench)
        assert seen["loss"] == pytest.approx(bench.scores()["loss"], rel=1e-5)
    bench.seek(0)
    assert look("surface", bench)["loss"] == pytest.approx(first["loss"])
    params, state = bench.network._vectors()
    there = look("surface", bench)["values"]
    bench._now = bench._now.taken(Take("other"), "parameters", params, state + 1)  # states only
    assert not np.array_equal(look("surface", bench)["values"], there)


def test_where_there_is_no_surface() -> None:
    blind = replace(MOONS, hidden=(), rule=Oja(), output=Dense(1, bias=False))
    assert look("surface", Bench(blind)) == {"none": "targets"}
    one = Points(((0.0, 0.5), (1.0, 1.0)), ("x",), ())
    single = Scene(one, output=Dense(1, bias=False), rule=Backprop(SGD(0.1)), scale=False)
    assert look("surface", Bench(single)) == {"none": "parameters"}


# --- a line


def test_the_line_is_what_the_network_answers() -> None:
    bench = Bench(valley(0.1))
    seen = look("line", bench)
    np.testing.assert_allclose(seen["y"], -seen["x"] + 1.0, atol=1e-5)
    np.testing.assert_allclose(seen["points"], np.stack([X, Y], axis=1), atol=1e-6)
    assert seen["input"] == "hours of sun" and seen["classes"] is None
    assert seen["straight"]["slope"] == {
        "parameter": "dense_1.weight", "place": [0, 0], "value": -1.0
    }  # fmt: skip
    assert seen["straight"]["intercept"]["value"] == 1.0 and not seen["straight"]["scaled"]
    assert seen["bends"].shape == (0, 2)


@pytest.mark.parametrize("scale", [False, True])
def test_one_more_of_slope_or_intercept_moves_the_line_as_it_says(scale: bool) -> None:
    bench = Bench(valley(0.1, scale=scale))
    bench.change(scale=scale, source=Points(((1.0, 20.0), (3.0, 50.0), (6.0, 60.0)), ("x",), ()))
    seen = look("line", bench)
    own = seen["straight"]
    ends = seen["y"][[0, -1]]
    bench.edit(own["slope"]["parameter"], (0, 0), own["slope"]["value"] + 1)
    turned = look("line", bench)["y"][[0, -1]]
    np.testing.assert_allclose(turned - ends, own["turn"], rtol=1e-4, atol=1e-4)
    bench.edit(own["intercept"]["parameter"], (0,), own["intercept"]["value"] + 1)
    moved = look("line", bench)["y"][[0, -1]]
    np.testing.assert_allclose(moved - turned, [own["shift"]] * 2, rtol=1e-4)


def test_the_bends_are_where_the_rectifiers_begin() -> None:
    points = Points(((-2.0, 0.0), (2.0, 1.0)), ("x",), ())
    scene = Scene(
        points, hidden=(Dense(2, "relu"),), output=Dense(1), rule=Backprop(SGD(0.1)), scale=False
    )
    bench = Bench(scene)
    for place, value in (((0, 0), 1.0), ((0, 1), -2.0)):
        bench.edit("dense_1.weight", place, value)
    for unit, value in ((0, -1.0), (1, -3.0)):
        bench.edit("dense_1.bias", (unit,), value)
    seen = look("line", bench)
    np.testing.assert_allclose(sorted(seen["bends"].tolist()), [[-1.5, 1], [1.0, 0]], atol=1e-5)
    assert seen["straight"] is None
    np.testing.assert_allclose(
        seen["y"], bench.network.predict(seen["x"][:, None].astype(float)), atol=1e-5
    )


def test_two_classes_are_a_chance_and_other_data_no_line() -> None:
    points = Points(((0.0, 0), (1.0, 0), (2.0, 1), (3.0, 1)), ("size",), ("mouse", "cat"))
    bench = Bench(Scene(points, rule=Backprop(Adam(0.1))))
    bench.to_end()
    seen = look("line", bench)
    assert seen["classes"] == ["cat", "mouse"] and seen["straight"] is None
    assert set(seen["points"][:, 1]) == {0.0, 1.0}
    rows = seen["x"].astype(float)[:, None]
    np.testing.assert_allclose(seen["y"], bench.network.predict_proba(rows)[:, 1], atol=1e-5)
    assert look("line", Bench(MOONS)) == {"none": "inputs"}


# --- activations


@pytest.mark.parametrize(
    "name", sorted(n for n, c in ActivationFunction.classes.items() if c not in (Custom, Softmax))
)
def test_the_slope_is_the_curve_s(name: str) -> None:
    z = np.array([-3.1, -0.7, 0.3, 2.9])
    y, slope = read_function(activation(name), z)
    ahead, behind = (read_function(activation(name), z + d)[0] for d in (1e-6, -1e-6))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, atol=1e-6)
    assert y.shape == slope.shape == (4,)


def test_the_units_stand_where_their_sums_are() -> None:
    bench = Bench(MOONS)
    bench.choose(7)
    bench.edit("dense_1.bias", (2,), -40.0)
    seen = look("functions", bench)
    assert [layer["layer"] for layer in seen["layers"]] == ["dense_1", "dense_2"]
    first, last = seen["layers"]
    trace = bench.network.trace(bench.chosen_x)
    np.testing.assert_allclose(first["sums"], trace.value("dense_1.z")[0], atol=1e-5)
    np.testing.assert_allclose(first["outputs"], trace.value("dense_1.y")[0], atol=1e-5)
    np.testing.assert_allclose(first["slopes"], 1 - trace.value("dense_1.y")[0] ** 2, atol=1e-5)
    assert first["activation"] == "tanh" and last["activation"] == "linear"
    assert first["flat"][2] == 1.0 and first["flat"][0] < 0.5
    assert first["z"][-1] == 32.0 and first["z"][0] == -32.0
    assert last["slopes"].tolist() == [1.0, 1.0]


def test_an_activation_of_several_numbers_has_no_curve() -> None:
    scene = replace(MOONS, hidden=(Dense(3, "softmax"),))
    assert [each["layer"] for each in look("functions", Bench(scene))["layers"]] == ["dense_2"]


# --- a memory


def test_the_memory_is_what_its_bench_says() -> None:
    bench = THREE.bench()
    bench.damage(0.2, seed=1)
    seen = look("memory", bench)
    assert seen["size"] == [10, 10] and seen["unit"] is None and not seen["over"]
    assert seen["is"]["kind"] == "other" and seen["is"]["patterns"] == [0]
    assert seen["alike"] == pytest.approx([0.6, *seen["alike"][1:]], abs=1e-6)
    bench.settle()
    seen = look("memory", bench)
    np.testing.assert_array_equal(seen["state"], bench.patterns[0])
    assert seen["over"] and seen["is"] == {
        "kind": "pattern", "patterns": [0], "signs": [1], "overlap": 1.0
    }  # fmt: skip
    assert len(seen["energies"]) == seen["step"] + 1 and (np.diff(seen["energies"]) <= 1e-6).all()
    bench.cover(0.5)
    assert look("memory", bench)["is"] is None
    json.dumps(look("memory", bench)["rules"])
