"""A network comes back from its file as it was, and from a bad file comes one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from pellucid import BatchNorm, Dense, Dropout, Embedding, Flatten, Network, Residual, data
from pellucid.errors import FileError, ParameterError
from pellucid.graph import Value
from pellucid.io.model import KEY, checksum
from pellucid.learn import Oja, Perceptron
from pellucid.models.saving import versions
from pellucid.nn import CustomLoss, Layer, Tracer
from pellucid.ops import maximum, mean
from tests.nn.cases import LAYERS, LOSSES, Case, LossCase

X, Y = data.load("iris")
RNG = np.random.default_rng(0)


def soften(z: Any) -> Any:
    return z / (1.0 + abs(z))


def again(net: Network, folder: Path) -> Network:
    """The network after a round trip; a second trip must give the same bytes."""
    net.save(folder / "one")
    loaded = Network.load(folder / "one")
    loaded.save(folder / "two")
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()
    return loaded


def same(one: Network, two: Network, x: Any) -> None:
    """Whether two networks are equal to the bit."""
    assert one.layers == two.layers
    assert one.loss == two.loss
    assert (one.seed, one.steps_taken) == (two.seed, two.steps_taken)
    for name, array in one.parameters.items():
        assert array.dtype == two.parameters[name].dtype
        np.testing.assert_array_equal(array, two.parameters[name])
    ours, theirs = one.predict(x), two.predict(x)
    assert type(ours) is type(theirs)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


# --- there and back


def test_a_trained_network_comes_back(tmp_path: Path) -> None:
    net = Network(hidden=[8], seed=3)
    net.fit(X, Y, epochs=3, progress=False)
    loaded = again(net, tmp_path)
    same(net, loaded, X)
    np.testing.assert_array_equal(net.predict_proba(X), loaded.predict_proba(X))
    assert net.evaluate(X, Y) == loaded.evaluate(X, Y)
    np.testing.assert_array_equal(net.classes, loaded.classes)


@pytest.mark.parametrize("case", [case for case in LAYERS if case.in_shape], ids=str)
def test_every_layer(case: Case, tmp_path: Path) -> None:
    whole = Network([case.layer, Flatten(), Dense()], scale_inputs=False)
    x: Any = RNG.normal(size=(6, *case.in_shape))
    if case.layer.input_dtype == "int":
        x = RNG.integers(0, 7, (6, *case.in_shape))
    net = whole.build(x, RNG.normal(size=6))
    same(net, again(net, tmp_path), x)


@pytest.mark.parametrize("case", [case for case in LOSSES if len(case.out_shape) == 1], ids=str)
def test_every_loss(case: LossCase, tmp_path: Path) -> None:
    count = case.out_shape[0]
    wanted = case.loss.target_type(case.out_shape)
    labels = np.arange(12) % max(2, count)
    columns = [dim for dim in wanted.shape[1:] if isinstance(dim, int)]
    y: Any = labels if not columns else np.abs(RNG.normal(size=(12, *columns)))
    if getattr(case.loss, "targets", "") == "one_hot":
        y = labels
    x = RNG.normal(size=(12, 3))
    net = Network([Dense(count)], loss=case.loss).build(x, y)
    loaded = again(net, tmp_path)
    same(net, loaded, x)
    assert net.evaluate(x, y) == loaded.evaluate(x, y)


def test_layers_deep_within_layers(tmp_path: Path) -> None:
    """Time grows with the depth and not with 4 to its power: otherwise this would not end."""
    layer: Layer = Dense(4)
    for _ in range(15):
        layer = Residual(layer)
    net = Network([layer, Dense()]).build(X, Y)
    same(net, again(net, tmp_path), X)


def test_a_layer_of_ones_own(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Shift(Layer):
        by: list[float] = field(default_factory=list)  # a setting without a hash

        def trace(self, builder: Tracer, x: Value) -> Value:
            return x + float(self.by[0])

    try:
        net = Network([Shift([0.5]), Dense()]).build(X, Y)
        loaded = again(net, tmp_path)
        np.testing.assert_array_equal(net.predict_proba(X), loaded.predict_proba(X))
    finally:
        del Layer.classes["Shift"]
    assert refused(tmp_path / "one", (tmp_path / "one").read_bytes()).startswith(
        "FILE: its layers cannot be made of what the file says. There is no layer 'Shift'."
    )


def test_functions_of_ones_own_need_no_code(tmp_path: Path) -> None:
    loss = CustomLoss.from_function(lambda output, target: mean(maximum(target - output, 0.0), 1))
    net = Network([Dense(4, activation=soften), Dense()], loss=loss)
    net.fit(X, X[:, 0], epochs=1, progress=False)
    loaded = again(net, tmp_path)
    same(net, loaded, X)
    assert net.evaluate(X, X[:, 0]) == loaded.evaluate(X, X[:, 0])
    text = (tmp_path / "one").read_bytes()
    assert b'\\"label\\":\\"soften\\"' in text
    assert b"1.0 + abs" not in text


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", "b", "ü"]), np.array(["a", "b", "c"], object), np.array([True, False]),
        np.array([3, 5, 7]), np.array([3, 5, 7], np.uint8), np.array([1.0, 2.0, 3.0]),
        np.array([-1, 1], np.int8), ["yes", "no"],
    ],
    ids=str,
)  # fmt: skip
def test_labels_keep_their_type(labels: Any, tmp_path: Path) -> None:
    y = np.asarray(labels)[np.arange(30) % len(labels)] if not isinstance(labels, list) else (
        [labels[row % 2] for row in range(30)]
    )  # fmt: skip
    net = Network(hidden=[4]).build(X[:30], y)
    loaded = again(net, tmp_path)
    same(net, loaded, X)
    assert loaded.classes.dtype == net.classes.dtype
    assert loaded.classes.tolist() == net.classes.tolist()


def test_categories_come_back(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    y = pd.Series(Y, dtype="category")
    net = Network(hidden=[4]).build(X, y)
    loaded = again(net, tmp_path)
    pd.testing.assert_series_equal(pd.Series(net.predict(X)), pd.Series(loaded.predict(X)))


@pytest.mark.parametrize("scale", [True, False])
def test_numbers_come_back_in_their_units(scale: bool, tmp_path: Path) -> None:
    for y in (100 + 5 * X[:, 0], X[:, :2] * 3):
        net = Network(hidden=[4], scale_inputs=scale)
        net.fit(X, y, epochs=1, progress=False)
        same(net, again(net, tmp_path), X)


def test_pictures_come_back(tmp_path: Path) -> None:
    x = RNG.normal(size=(8, 4, 4)) * 50 + 100
    net = Network([Flatten(), BatchNorm(), Dense()])
    net.fit(x, np.arange(8) % 2, epochs=2, batch=4, progress=False)
    loaded = again(net, tmp_path)
    same(net, loaded, x)
    assert "batch_norm_1.mean" in load_arrays((tmp_path / "one").read_bytes())


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision_is_kept(precision: Any, tmp_path: Path) -> None:
    net = Network(hidden=[4])
    net.fit(X, Y, epochs=1, precision=precision, progress=False)
    loaded = again(net, tmp_path)
    assert loaded.parameters["dense_1.weight"].dtype == precision
    same(net, loaded, X)


def test_without_targets(tmp_path: Path) -> None:
    net = Network([Dense(2)])
    net.fit(X, rule=Oja(), epochs=2, progress=False)
    same(net, again(net, tmp_path), X)


def test_a_loaded_network_learns_on(tmp_path: Path) -> None:
    """As from a fresh start of the rule: with one that carries nothing, to the bit."""
    net = Network([Dense(1, activation="step")], loss="squared_error", seed=2)
    y = (Y == "versicolor").astype(float)
    net.fit(X, y, epochs=1, rule=Perceptron(), progress=False)
    loaded = again(net, tmp_path)
    net.fit(X, y, epochs=2, rule=Perceptron(), progress=False)
    loaded.fit(X, y, epochs=2, rule=Perceptron(), progress=False)
    same(net, loaded, X)
    before = Network.load(tmp_path / "one")
    assert not np.array_equal(
        before.parameters["dense_1.weight"], loaded.parameters["dense_1.weight"]
    )


def test_provenance(tmp_path: Path) -> None:
    net = Network(hidden=[4], seed=7).build(X, Y)
    net.provenance = {"command": "train iris", "data": {"sha256": "00ff", "rows": 150}}
    loaded = again(net, tmp_path)
    assert loaded.provenance == {"versions": versions()} | net.provenance
    assert loaded.seed == 7
    loaded.provenance["versions"] = {"pellucid": "0.0.1"}  # those it was made with stay
    assert again(loaded, tmp_path).provenance["versions"] == {"pellucid": "0.0.1"}


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"^This network has no sizes or parameters yet"):
        Network(hidden=[4]).save(tmp_path / "one")
    net = Network(hidden=[4]).build(X, Y)
    net.parameters["dense_1.weight"][0, 0] = np.nan
    with pytest.raises(ParameterError, match=r"^dense_1\.weight holds NaN or infinity"):
        net.save(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


# --- bad files


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model file with most of what there is: states, a function, dropout, scaling, labels."""
    net = Network([Dense(3, activation=soften), BatchNorm(), Dropout(0.1), Dense()], seed=1)
    net.fit(X, Y, epochs=1, progress=False)
    path = tmp_path_factory.mktemp("good") / "model"
    net.save(path)
    return path.read_bytes()


def changed(
    good: bytes, header: Callable[[dict[str, Any]], Any] | None = None,
    arrays: Callable[[dict[str, Any]], Any] | None = None,
) -> bytes:  # fmt: skip
    """A file of which something was changed by one who also set the checksum right."""
    length = int.from_bytes(good[:8], "little")
    plain = json.loads(json.loads(good[8 : 8 + length])["__metadata__"][KEY])
    held = dict(load_arrays(good))
    del plain["sha256"]
    (header or (lambda _: None))(plain)
    (arrays or (lambda _: None))(held)
    plain["sha256"] = checksum(plain, held)
    return bytes(save_arrays(held, {KEY: json.dumps(plain)}))


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        Network.load(path)
    return str(caught.value).replace(str(path), "FILE")


def nodes(header: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the first layer's own activation."""
    found: list[dict[str, Any]] = header["layers"][0]["activation"]["written"]["graphs"][0]["nodes"]
    return found


def test_a_change_that_fits_is_no_fault(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(changed(good, lambda header: header.update(seed=5)))
    assert Network.load(path).seed == 5


def test_arrays_that_do_not_fit(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    fit = (
        "The arrays in FILE do not fit its layers: {}. The file is damaged or was changed by hand: "
    )
    fit += "save the model again."
    cases: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
        (lambda a: a.pop("dense_1.weight"), "dense_1.weight is missing"),
        (lambda a: a.update(extra=np.zeros(1, np.float32)), "extra belongs to no layer"),
        (
            lambda a: a.update({"dense_1.weight": np.zeros((3, 4), np.float32)}),
            "dense_1.weight is [3, 4], expected [4, 3]",
        ),
        (
            lambda a: a.update({"dense_1.bias": np.zeros(3)}),
            "some arrays are float32 and some float64",
        ),
        (
            lambda a: [a.pop(name) for name in list(a) if not name.startswith("codec.")],
            "dense_1.weight is missing; dense_1.bias is missing; batch_norm_1.scale is missing; "
            "batch_norm_1.shift is missing; dense_2.weight is missing; and 3 more",
        ),
    ]
    for change, fault in cases:
        assert refused(path, changed(good, arrays=change)) == fit.format(fault)
    said = refused(path, changed(good, arrays=lambda a: a.pop("codec.input.mean")))
    assert said.startswith(
        "FILE: its input cannot be made of what the file says. The codec in this"
    )
    many = changed(good, arrays=lambda a: a.update({"codec.input.more": np.zeros(1)}))
    assert refused(path, many) == (
        "FILE: its input cannot be made of what the file says. "
        "It has an array too many, codec.input.more."
    )


def test_headers_that_do_not_fit(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    layers = "FILE: its layers cannot be made of what the file says. "
    said = refused(path, changed(good, lambda h: h["layers"][0].update(layer="Dennse")))
    assert said.startswith(f"{layers}There is no layer 'Dennse'. Did you mean 'Dense'? Known: ")
    said = refused(path, changed(good, lambda h: h["layers"][0].update(units=0)))
    assert said.startswith(f"{layers}Dense expects units to be a whole number at least 1")
    said = refused(path, changed(good, lambda h: h["layers"][0].update(size=2)))
    assert said.startswith(f"{layers}The record of layer Dense has wrong fields: size unknown.")
    said = refused(path, changed(good, lambda h: nodes(h)[-1].update(op="system")))
    assert said.startswith(layers)
    assert "system" in said
    said = refused(path, changed(good, lambda h: h["loss"].update(loss="categorical")))
    assert said.startswith("FILE: its loss cannot be made of what the file says. There is no loss")
    said = refused(path, changed(good, lambda h: h["layers"][3].update(units=4)))
    assert said == (
        "FILE: its layers and its data cannot be made of what the file says. The last layer, "
        "dense_2, gives [4] a sample; the target has 3 classes and needs [3]. End with Dense(3), "
        "or with Dense(), which takes it from the data."
    )
    damaged = "FILE is damaged: {} Save the model again."
    for name, value, fault in (
        ("seed", -1, "seed in its header is -1, expected a whole number of at least 0."),
        ("step", 2.5, "step in its header is 2.5, expected a whole number of at least 0."),
        ("epoch", None, "epoch in its header is None, expected a whole number of at least 0."),
        ("layers", {}, "layers in its header is {}, expected a list."),
        ("provenance", 3, "provenance in its header is 3, expected an object."),
    ):
        content = changed(good, partial(dict.update, **{name: value}))
        assert refused(path, content) == damaged.format(fault)
    content = changed(good, lambda h: h.update(input=h["target"], target=h["input"]))
    assert refused(path, content).startswith("FILE: its input cannot be made of")


def test_an_embedding_of_scaled_numbers(tmp_path: Path) -> None:
    x = RNG.integers(0, 5, (20, 4))
    net = Network([Embedding(5, 2), Flatten(), Dense()], scale_inputs=False).build(x, x[:, 0] * 0.1)
    net.save(tmp_path / "model")
    content = changed(
        (tmp_path / "model").read_bytes(), lambda header: header["input"].update(whole=False)
    )
    assert refused(tmp_path / "model", content) == (
        "FILE: its layers and its data cannot be made of what the file says. "
        "The first layer looks up whole numbers, and the input holds others."
    )


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damage_anywhere_is_found(good: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """Bytes changed, cut out or put in: the network as it was, or a ``FileError``."""
    kind = data.draw(st.sampled_from(["flip", "cut", "drop", "insert"]))
    place = data.draw(st.integers(0, len(good) - 1))
    content = bytearray(good)
    if kind == "flip":
        content[place] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del content[place:]
    elif kind == "drop":
        del content[place : place + data.draw(st.integers(1, 40))]
    else:
        content[place:place] = data.draw(st.binary(min_size=1, max_size=40))
    path = tmp_path / "model"
    path.write_bytes(content)
    try:
        found = Network.load(path)
    except FileError:
        return
    path.write_bytes(good)
    same(Network.load(path), found, X)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_strangers_header_is_a_file_error_at_worst(
    good: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    """One value of the header replaced by any other, with the checksum set right."""

    def change(header: dict[str, Any]) -> None:
        at: Any = header
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = data.draw(st.sampled_from(keys))
            inside = at[key]
            if isinstance(inside, dict | list) and inside and data.draw(st.integers(0, 5)):
                at = inside
                continue
            at[key] = data.draw(JSON)
            return

    path = tmp_path / "model"
    try:
        path.write_bytes(changed(good, change))
    except (ParameterError, UnicodeEncodeError):
        return  # text that no writer of ours would write
    try:
        Network.load(path).predict(X)
    except FileError:
        return
