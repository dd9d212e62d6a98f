"""The default network for pictures, and networks that keep how pictures were framed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Flatten, Network, step
from pellucid.data import Framing, PictureCodec
from pellucid.errors import ParameterError, ShapeError
from pellucid.learn import Perceptron, Plan, State, train
from pellucid.learn.plan import Encoded, Samples
from pellucid.learn.step import start
from pellucid.models.convnet import augmentation, convnet, epochs_for
from pellucid.models.prepare import samples
from pellucid.nn import Architecture, Chain, Conv2D, RandomAffine
from pellucid.run.reference import ReferenceExecutor


def pictures(count: int = 60, side: int = 12) -> tuple[Any, Any]:
    """Dark pictures with a bright left half, or a bright upper half."""
    random = np.random.default_rng(0)
    x = random.integers(0, 90, (count, 3, side, side)).astype(np.uint8)
    y = np.where(np.arange(count) % 2, "left", "upper")
    x[y == "left", :, :, : side // 2] += 120
    x[y == "upper", :, : side // 2] += 120
    return x, y


@pytest.mark.parametrize(
    ("shape", "widths", "left"),
    [
        ((3, 64, 64), [8, 16, 32, 64, 128], 2),
        ((1, 28, 28), [32, 64, 128], 3),
        ((3, 32, 32), [16, 32, 64, 128], 2),
        ((3, 8, 200), [64, 128], 2),
        ((3, 130, 140), [8, 8, 16, 32, 64, 128], 2),
        ((1, 3, 3), [128], 3),
        ((1, 1, 1), [128], 1),
    ],
)  # fmt: skip
def test_pictures_are_halved_while_they_are_large(
    shape: tuple[int, ...], widths: list[int], left: int
) -> None:
    layers = convnet(shape)
    assert [layer.filters for layer in layers if isinstance(layer, Conv2D)] == widths
    body = Architecture(Chain(layers[:-2]), shape)
    assert body.out_shape[:2] == (128, left)


def test_grey_pictures_are_not_flipped() -> None:
    colored, grey = augmentation((3, 8, 8))[0], augmentation((1, 8, 8))[0]
    assert isinstance(colored, RandomAffine) and colored.flip == "horizontal"
    assert isinstance(grey, RandomAffine) and grey.flip == "none"


def test_epochs_fall_with_the_number_of_pictures() -> None:
    assert [epochs_for(count) for count in (2, 800, 1000, 2400, 10**6)] == [30, 30, 24, 10, 10]


def test_the_network_keeps_the_framing(tmp_path: Path) -> None:
    x, y = pictures()
    framing = Framing(12, 12, "pad", background="black")
    net = Network([*augmentation(framing.shape), *convnet(framing.shape)], framing=framing, seed=0)
    assert net.framing == framing
    net.fit(x, y, epochs=8, progress=False)
    assert net.score(x, y) > 0.9
    net.save(tmp_path / "net.safetensors")
    back = Network.load(tmp_path / "net.safetensors")
    assert back.framing == framing and back.layers == net.layers
    np.testing.assert_array_equal(back.predict_proba(x), net.predict_proba(x))
    quick = back.compile_predictor(proba=True)
    np.testing.assert_allclose(quick(x), net.predict_proba(x), atol=1e-6)
    assert "pictures, all scaled together" in str(net.summary())
    with pytest.raises(ShapeError, match=r"^x is 60 x 3 x 6 x 12, the model was fitted on rows of"):
        net.predict(x[:, :, :6])


def test_without_scaling_pixels_stay(tmp_path: Path) -> None:
    x, y = pictures(8)
    net = Network([Flatten(), Dense()], framing=Framing(12, 12), scale_inputs=False).build(x, y)
    codec = net._parts()[1]
    assert isinstance(codec, PictureCodec)
    np.testing.assert_array_equal(codec.encode(x), x)


def test_pictures_are_encoded_when_they_are_read_to_the_same_bits() -> None:
    """Whole numbers of 8 bits stay so in memory, and training is that of encoded pictures."""
    x, y = pictures(50)
    nets = [Network(convnet((3, 12, 12)), framing=Framing(12, 12), seed=1) for _ in range(2)]
    whole = x.astype(np.int64)  # of another type: encoded at once
    for net, given in zip(nets, (x, whole), strict=True):
        net.fit(given, y, epochs=2, batch=8, validation=(given[:10], y[:10]), progress=False)
    task, codec, target = nets[0]._parts()
    kept = samples(x, y, np.ones(50), codec, target, task, "float32")
    assert isinstance(kept.x, Encoded) and kept.x.shape == (50, 3, 12, 12)
    assert not isinstance(samples(whole, y, np.ones(50), codec, target, task, "float32").x, Encoded)
    lazy, eager = (net.parameters for net in nets)
    for name, values in lazy.items():
        np.testing.assert_allclose(values, eager[name], rtol=0, atol=2e-6)


def test_several_epochs_in_one_call_are_those_one_by_one() -> None:
    x, y = pictures(16)
    nets = [Network([Flatten(), Dense()], framing=Framing(12, 12), seed=1) for _ in range(2)]
    calls: list[int] = []
    nets[0].fit(x, y, epochs=40, batch=5, progress=False)  # nobody looks on
    nets[1].fit(x, y, epochs=40, batch=5, progress=False, on_event=lambda e: calls.append(1))
    assert len(calls) > 80  # a call of steps an epoch, at least
    for name, values in nets[0].parameters.items():
        np.testing.assert_array_equal(values, nets[1].parameters[name])


@pytest.mark.parametrize("watched", [True, False])
def test_a_log_names_the_pictures_not_their_places_in_a_call(watched: bool) -> None:
    x, y = pictures(20)
    rule, logs = Perceptron(log=True), []
    for given in (x, x.astype(np.int64)):  # encoded when they are read, or at once
        layers = [Flatten(), Dense(1, activation=step())]
        net = Network(layers, framing=Framing(12, 12), loss="squared_error", seed=1)
        net.build(given, (y == "left").astype(float))
        task, codec, target = net._parts()
        plan = Plan(epochs=6, batch=1, seed=3, unwatched=not watched)
        data = samples(
            given, (y == "left").astype(float), np.ones(20), codec, target, task, "float64"
        )
        state = State(start(task, rule, 0))
        events = train(task, rule, plan, state, data, ReferenceExecutor())
        logs.append([row["sample"] for event in events for row in getattr(event, "log", ())])
    assert logs[0] == logs[1] and len(set(logs[0])) > 1


def test_kinds_of_columns_are_not_for_pictures() -> None:
    x, y = pictures(4)
    with pytest.raises(ParameterError) as caught:
        Network([Dense()], framing=Framing(12, 12), columns={"a": "category"}).build(x, y)
    assert str(caught.value) == (
        "columns={'a': 'category'} gives kinds to the columns of a data frame that is scaled; x is "
        "an array. Leave it out."
    )


def test_chosen_rows_are_encoded_alone() -> None:
    x = np.arange(12, dtype=np.uint8).reshape(6, 2)
    seen: list[int] = []

    def encode(rows: Any) -> Any:
        seen.append(len(rows))
        return rows / 2.0

    data = Samples(Encoded(x, encode), np.arange(6), np.ones(6))
    rows, order = data.chosen(np.array([4, 1]))
    assert order.tolist() == [0, 1] and rows["x"].tolist() == [[4, 4.5], [1, 1.5]]
    assert rows["y"].tolist() == [4, 1] and seen == [2]
    plain = Samples(x, np.arange(6), np.ones(6))
    assert plain.chosen(np.array([4, 1]))[0]["x"] is x
