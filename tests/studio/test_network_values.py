"""The view "network": the engine's own numbers, held to what the bench gives and to hand counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Flatten, MaxPool2D
from pellucid.inspect.views.live.drawn import strongest
from pellucid.inspect.views.live.plane import PLACES
from pellucid.inspect.views.live.tiles import painted
from pellucid.nn.conv import Conv2D
from pellucid.nn.dropout import Dropout
from pellucid.nn.shape import Reshape
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample
from pellucid.studio.views.network import network
from pellucid.studio.wire import packed, unpacked


def bench(name: str = "iris", *hidden: Any, steps: int = 20) -> Bench:
    found = Bench(Scene(source=Sample(name), hidden=hidden))
    found.learn(steps)
    return found


def values(tiles: dict[str, Any]) -> Any:
    """A stage's pictures as numbers again."""
    return (tiles["pixels"].astype(float) - 128) / 127 * tiles["scale"][:, None, None]


def test_sums_and_outputs_are_those_of_the_bench_and_come_out_by_hand() -> None:
    here = bench("iris", Dense(5, activation="relu"))
    here.choose(70)
    found = network(here)
    inputs, hidden, last = found["stages"]
    given = here.outputs(here.chosen_x)
    np.testing.assert_array_equal(hidden["activations"], given["dense_1"][0].astype(np.float32))
    np.testing.assert_array_equal(last["sums"], given["sum of dense_2"][0].astype(np.float32))
    by_hand = hidden["biases"] + inputs["activations"] @ hidden["weights"]
    np.testing.assert_allclose(hidden["sums"], by_hand, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hidden["activations"], np.maximum(by_hand, 0), rtol=1e-5, atol=1e-6)
    raw = last["activations"].astype(float)
    chances = np.exp(raw - raw.max()) / np.exp(raw - raw.max()).sum()
    np.testing.assert_allclose(found["scores"], chances, rtol=1e-5)


def test_the_answer_is_the_networks_and_the_target_is_the_rows() -> None:
    here = bench("iris", Dense(5), steps=200)
    for row in (0, 70, 130):
        here.choose(row)
        found = network(here)
        assert found["answer"] == here.network.predict(here.chosen_x)[0]
        assert found["target"] == here.data.y[row]
        assert found["right"] is (found["answer"] == found["target"])
        assert found["stages"][0]["given"] == [f"{value:.4g}" for value in here.data.x[row]]
    assert found["stages"][2]["labels"] == ["setosa", "versicolor", "virginica"]
    assert found["chances"] is True


def test_numbers_are_answered_in_their_own_units() -> None:
    here = bench("diabetes", Dense(4, activation="tanh"), steps=60)
    found = network(here)
    assert found["scores"] == pytest.approx(
        [float(here.network.predict(here.chosen_x)[0])], rel=1e-4
    )
    assert found["chances"] is False and found["right"] is None
    assert found["target"] == f"{float(here.data.y[0])}"  # the page writes it for reading


def test_an_edit_is_seen_and_the_layers_stay_as_they_are() -> None:
    here = bench("iris", Dense(5))
    before = network(here)
    here.edit("dense_1.weight", (2, 3), 1.5)
    after = network(here)
    assert after["stages"][1]["weights"][2, 3] == 1.5
    assert after["revision"] == before["revision"]
    before["stages"][1]["weights"][:] = 7  # what was told is a copy: the network is as it was
    assert network(here)["stages"][1]["weights"][2, 3] == 1.5
    here.change(hidden=(Dense(3),))
    changed = network(here)
    assert changed["revision"] != before["revision"]
    assert changed["stages"][1]["weights"].shape == (4, 3)


def test_of_two_inputs_each_unit_has_its_map_over_the_plane() -> None:
    here = bench("moons", Dense(4, activation="tanh"), steps=100)
    found = network(here)
    plane = found["stages"][1]["tiles"]
    assert plane["what"] == "decision" and plane["pixels"].shape == (4, PLACES, PLACES)
    x = here.data.x
    low, high = x.min(axis=0), x.max(axis=0)
    low, high = low - 0.12 * (high - low), high + 0.12 * (high - low)
    for row, column in ((0, 0), (3, 20), (PLACES - 1, 5)):
        share = np.array([column, PLACES - 1 - row]) / (PLACES - 1)
        at = here.outputs((low + share * (high - low))[None])["dense_1"][0]
        np.testing.assert_allclose(
            values(plane)[:, row, column], at, atol=plane["scale"].max() / 250
        )
    last = found["stages"][2]["tiles"]
    chances = here.network.predict_proba((low + [0, 1] * (high - low))[None])[0]
    np.testing.assert_allclose(values(last)[:, 0, 0], chances, atol=0.005)
    across, down = found["at"]
    np.testing.assert_allclose(low + np.array([across, 1 - down]) * (high - low), x[here.chosen])


def test_one_output_of_two_classes_is_painted_around_one_half() -> None:
    here = Bench(Scene(source=Sample("moons"), output=Dense(1)))
    here.learn(50)
    found = network(here)
    assert found["scores"] == pytest.approx(
        [here.network.predict_proba(here.chosen_x)[0, 1]], rel=1e-5
    )
    tiles = values(found["stages"][1]["tiles"])
    assert tiles.min() < -0.3 and tiles.max() > 0.3
    assert found["stages"][1]["labels"] == ["says 1?"]


def test_pictures_have_receptive_pictures_and_too_many_weights_only_the_strongest() -> None:
    here = bench("digits", Dense(400, activation="relu"), steps=5)
    found = network(here)
    inputs, hidden, last = found["stages"]
    weights = here.network.parameters["dense_1.weight"]
    assert inputs["picture"] == [8, 8] and "weights" not in hidden and "weights" in last
    assert hidden["tiles"]["pixels"].shape == (256, 8, 8)
    pictures = weights.T.reshape(400, 8, 8)[:256]
    np.testing.assert_allclose(values(hidden["tiles"]), pictures, atol=np.abs(weights).max() / 250)
    raw = here.data.x[here.chosen].reshape(1, 8, 8)
    np.testing.assert_allclose(inputs["shown"], 255 * raw / raw.max(), atol=0.51)
    lines = hidden["strongest"]
    for unit in (0, 17, 255):
        wanted = set(np.argsort(-np.abs(weights[:, unit]))[:4])
        assert set(lines["from"][unit]) == wanted
        np.testing.assert_allclose(lines["weights"][unit], weights[lines["from"][unit], unit])


def test_of_a_convolution_the_feature_maps_are_told() -> None:
    hidden = (
        Reshape((1, 8, 8)), Conv2D(3, 3, activation="relu"), Dropout(0.2), MaxPool2D(2), Flatten(),
        Dense(6),
    )  # fmt: skip
    here = bench("digits", *hidden, steps=10)
    found = {stage["name"]: stage for stage in network(here)["stages"]}
    given = here.outputs(here.chosen_x)
    assert list(found) == ["inputs", "reshape_1", "conv2d_1", "max_pool2d_1", "dense_1", "dense_2"]
    assert found["conv2d_1"]["notes"] == ["3 x 6 x 6", "kernels 3 x 3, relu, dropout"]
    maps = given["dropout_1"][0]
    np.testing.assert_allclose(values(found["conv2d_1"]["tiles"]), maps, atol=maps.max() / 250)
    assert found["dense_1"]["weights"].shape == (27, 6)


def test_broken_numbers_are_drawn_and_told_all_the_same() -> None:
    points = Points(((0.0, 0.0, 0), (1.0, 1.0, 1)))
    here = Bench(Scene(source=points, hidden=(Dense(2),)))
    here.network.parameters["dense_1.weight"][:] = np.nan
    here.network.parameters["dense_2.weight"][:] = np.inf
    told = unpacked(packed({"value": network(here)}))["value"]
    assert np.isnan(told["stages"][1]["weights"]).all()
    assert told["stages"][1]["tiles"]["pixels"].dtype == np.uint8


def test_pixels_run_from_the_negative_to_the_largest_of_each_unit() -> None:
    found = painted("map", np.array([[[-2.0, 0.0, 1.0]], [[0.5, 0.25, 0.0]], [[0.0, 0.0, 0.0]]]))
    assert found["pixels"].reshape(3, 3).tolist() == [[1, 128, 192], [255, 192, 128], [128] * 3]
    np.testing.assert_allclose(found["scale"], [2, 0.5, 0.1])
    faint = painted("map", np.array([[[100.0]], [[0.5]]]))
    assert faint["scale"].tolist() == [100, 5] and faint["pixels"].ravel().tolist() == [255, 141]


def test_the_strongest_of_fewer_weights_than_lines_are_all() -> None:
    found = strongest(np.array([[1.0, -5.0], [-3.0, 2.0]]), 4)
    assert sorted(found["from"][0].tolist()) == [0, 1]
    assert sorted(found["weights"][1].tolist()) == [-5, 2]
