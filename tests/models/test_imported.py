"""Models by others: what is read answers as ONNX Runtime and PyTorch do, and is a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from pellucid import Conv2D, Dense, Embedding, Flatten, Network, data
from pellucid.errors import FileError, ParameterError, PellucidError, UnknownNameError
from pellucid.models.imported import TOLERANCE
from pellucid.nn import Residual
from tests.io.foreign import answers, node, written

RANDOM = np.random.default_rng(0)


def drawn(*shape: int) -> Any:
    return RANDOM.normal(size=shape).astype(np.float32)


def predicted(net: Network, x: Any) -> Any:
    """The network's numbers by the definition."""
    return np.asarray(net.predict(x, engine="reference"))


def single(op: str, path: Path, shape: tuple[int, ...] = (5,), **attrs: Any) -> Path:
    return written(path, [node(op, ["x"], "y", **attrs)], {}, ["n", *shape])


# --- functions of each value

FUNCTIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "relu": ("Relu", {}, "relu"),
    "leaky": ("LeakyRelu", {"alpha": 0.2}, "leaky_relu(0.2)"),
    "elu": ("Elu", {"alpha": 0.7}, "elu(0.7)"),
    "selu": ("Selu", {}, "selu"),
    "sigmoid": ("Sigmoid", {}, "sigmoid"),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}, "hard_sigmoid"),
    "softplus": ("Softplus", {}, "softplus"),
    "tanh": ("Tanh", {}, "tanh"),
    "softsign": ("Softsign", {}, "softsign"),
    "hard_swish": ("HardSwish", {}, "hardswish"),
    "mish": ("Mish", {}, "mish"),
    "celu": ("Celu", {"alpha": 0.5}, "celu"),
    "thresholded": ("ThresholdedRelu", {"alpha": 0.5}, "thresholdedrelu"),
    "abs": ("Abs", {}, "abs"),
    "exp": ("Exp", {}, "exponential"),
    "erf": ("Erf", {}, "erf"),
    "sign": ("Sign", {}, "sign"),
    "negative": ("Neg", {}, "neg"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_each_value(name: str, tmp_path: Path) -> None:
    op, attrs, told = FUNCTIONS[name]
    path = written(
        tmp_path / "f.onnx",
        [node("Gemm", ["x", "w", "b"], "z"), node(op, ["z"], "y", **attrs),
         node("Gemm", ["y", "v"], "out")],
        {"w": drawn(5, 4), "b": drawn(4), "v": drawn(4, 3)}, ["n", 5],
        [("out", TensorProto.FLOAT)],
    )  # fmt: skip
    net = Network.from_onnx(path)
    x = drawn(20, 5)
    np.testing.assert_allclose(predicted(net, x), answers(path, x), rtol=1e-5, atol=1e-5)
    assert f"activation={told}" in str(net.summary()) or told in str(net.summary())


def test_functions_that_others_spell_out_are_recognised(tmp_path: Path) -> None:
    half, root = np.float32(0.5), np.float32(np.sqrt(2))
    spelled = {
        "silu": [node("Sigmoid", ["z"], "s"), node("Mul", ["z", "s"], "y")],
        "gelu": [node("Div", ["z", "root"], "a"), node("Erf", ["a"], "e"),
                 node("Add", ["e", "one"], "f"), node("Mul", ["z", "f"], "g"),
                 node("Mul", ["g", "half"], "y")],
        "hard_sigmoid": [node("Add", ["z", "three"], "a"), node("Clip", ["a", "nil", "six"], "c"),
                         node("Div", ["c", "six"], "y")],
        "leaky_relu(0.1)": [node("Mul", ["z", "tenth"], "a"), node("Max", ["z", "a"], "y")],
        "relu": [node("Max", ["z", "nil"], "y")],
    }  # fmt: skip
    arrays = {
        "w": drawn(3, 4), "root": root, "one": 1.0, "half": half, "three": 3.0, "six": 6.0,
        "nil": 0.0, "tenth": 0.1, "v": drawn(4, 2),
    }  # fmt: skip
    for name, nodes in spelled.items():
        used = {n for each in nodes for n in each.input} | {"w", "v"}
        path = written(
            tmp_path / "s.onnx",
            [node("MatMul", ["x", "w"], "z"), *nodes, node("MatMul", ["y", "v"], "out")],
            {k: a for k, a in arrays.items() if k in used}, ["n", 3],
            [("out", TensorProto.FLOAT)],
        )  # fmt: skip
        net = Network.from_onnx(path)
        assert f"activation={name}" in str(net.summary()), name
        x = drawn(9, 3)
        np.testing.assert_allclose(predicted(net, x), answers(path, x), rtol=1e-5, atol=1e-5)


# --- layers

CASES: dict[str, tuple[list[Any], dict[str, Any], list[Any]]] = {
    "matmul and add": (
        [node("MatMul", ["x", "w"], "z"), node("Add", ["z", "b"], "y")],
        {"w": drawn(4, 3), "b": drawn(3)}, ["n", 4],
    ),
    "gemm turned and weighed": (
        [node("Gemm", ["x", "w", "b"], "y", transB=1, alpha=0.5, beta=2.0)],
        {"w": drawn(3, 4), "b": drawn(3)}, ["n", 4],
    ),
    "convolution": (
        [node("Conv", ["x", "w", "b"], "z", pads=[1, 0, 2, 1], strides=[2, 1], dilations=[1, 2]),
         node("Flatten", ["z"], "y")],
        {"w": drawn(4, 3, 3, 2), "b": drawn(4)}, ["n", 3, 9, 8],
    ),
    "convolution in groups, same": (
        [node("Conv", ["x", "w"], "z", auto_pad="SAME_UPPER", strides=[2, 2], group=2),
         node("Flatten", ["z"], "y")],
        {"w": drawn(6, 2, 3, 3)}, ["n", 4, 7, 8],
    ),
    "convolution, same from below": (
        [node("Conv", ["x", "w"], "z", auto_pad="SAME_LOWER", strides=[2, 2]),
         node("Flatten", ["z"], "y")],
        {"w": drawn(2, 1, 2, 2)}, ["n", 1, 5, 6],
    ),
    "a bias after a convolution": (
        [node("Conv", ["x", "w"], "c"), node("Add", ["c", "b"], "z"), node("Flatten", ["z"], "y")],
        {"w": drawn(3, 1, 2, 2), "b": drawn(1, 3, 1, 1)}, ["n", 1, 4, 4],
    ),
    "a series": (
        [node("Conv", ["x", "w", "b"], "c", pads=[1, 0], strides=[2]),
         node("MaxPool", ["c"], "p", kernel_shape=[2], strides=[2]), node("Flatten", ["p"], "y")],
        {"w": drawn(4, 2, 3), "b": drawn(4)}, ["n", 2, 16],
    ),
    "batch norm": (
        [node("BatchNormalization", ["x", "s", "b", "m", "v"], "z", epsilon=1e-3),
         node("Flatten", ["z"], "y")],
        {"s": drawn(3), "b": drawn(3), "m": drawn(3), "v": drawn(3) ** 2 + 0.1}, ["n", 3, 4, 4],
    ),
    "layer norm": (
        [node("LayerNormalization", ["x", "s", "b"], "y", axis=-1, epsilon=1e-4)],
        {"s": drawn(6), "b": drawn(6)}, ["n", 6],
    ),
    "layer norm spelled out": (
        [node("ReduceMean", ["x", "axes"], "m"), node("Sub", ["x", "m"], "c"),
         node("Pow", ["c", "two"], "q"), node("ReduceMean", ["q", "axes"], "v"),
         node("Add", ["v", "eps"], "e"), node("Sqrt", ["e"], "r"), node("Div", ["c", "r"], "d"),
         node("Mul", ["d", "s"], "t"), node("Add", ["t", "b"], "y")],
        {"axes": np.array([-1]), "two": 2.0, "eps": 1e-5, "s": drawn(6), "b": drawn(6)}, ["n", 6],
    ),
    "pooling": (
        [node("MaxPool", ["x"], "a", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0]),
         node("AveragePool", ["a"], "b", kernel_shape=[2, 2], pads=[1, 1, 0, 0],
              count_include_pad=1),
         node("GlobalAveragePool", ["b"], "c"), node("Flatten", ["c"], "y")],
        {}, ["n", 2, 8, 8],
    ),
    "mean that does not count the padding": (
        [node("AveragePool", ["x"], "a", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
         node("Flatten", ["a"], "y")],
        {}, ["n", 2, 4, 4],
    ),
    "mean over the picture": (
        [node("ReduceMean", ["x", "axes"], "y", keepdims=0)],
        {"axes": np.array([2, 3])}, ["n", 3, 4, 5],
    ),
    "largest of all": (
        [node("GlobalMaxPool", ["x"], "a"), node("Flatten", ["a"], "y")], {}, ["n", 3, 4, 5],
    ),
    "a shape that is computed": (
        [node("Shape", ["x"], "s"), node("Gather", ["s", "nil"], "g", axis=0),
         node("Unsqueeze", ["g", "first"], "u"), node("Concat", ["u", "rest"], "t", axis=0),
         node("Reshape", ["x", "t"], "r"), node("MatMul", ["r", "w"], "y")],
        {"nil": np.array(0), "first": np.array([0]), "rest": np.array([-1]), "w": drawn(12, 2)},
        ["n", 3, 4],
    ),
    "a residual": (
        [node("Gemm", ["x", "w", "b"], "a"), node("Relu", ["a"], "r"),
         node("Gemm", ["r", "v"], "c"),
         node("Add", ["c", "x"], "y")],
        {"w": drawn(4, 5), "b": drawn(5), "v": drawn(5, 4)}, ["n", 4],
    ),
    "residuals in each other, with a shortcut": (
        [node("Gemm", ["x", "w"], "a"), node("Relu", ["a"], "r"), node("Gemm", ["r", "u"], "i"),
         node("Tanh", ["i"], "t"), node("Add", ["t", "r"], "j"), node("Gemm", ["j", "v"], "c"),
         node("Gemm", ["x", "q"], "k"), node("Add", ["k", "c"], "s"), node("Relu", ["s"], "y")],
        {"w": drawn(4, 5), "u": drawn(5, 5), "v": drawn(5, 3), "q": drawn(4, 3)}, ["n", 4],
    ),
    "side by side": (
        [node("Conv", ["x", "w"], "a"), node("Relu", ["a"], "r"), node("Conv", ["x", "v"], "b"),
         node("Concat", ["r", "b"], "c", axis=1), node("Flatten", ["c"], "y")],
        {"w": drawn(2, 1, 3, 3), "v": drawn(3, 1, 3, 3)}, ["n", 1, 6, 6],
    ),
    "turned": (
        [node("Transpose", ["x"], "t", perm=[0, 2, 3, 1]), node("Flatten", ["t"], "f"),
         node("MatMul", ["f", "w"], "y")],
        {"w": drawn(24, 3)}, ["n", 2, 3, 4],
    ),
    "axes that come and go": (
        [node("Unsqueeze", ["x", "one"], "u"), node("Conv", ["u", "w"], "c"),
         node("Squeeze", ["c", "one"], "s"), node("Flatten", ["s"], "y")],
        {"one": np.array([1]), "w": drawn(1, 1, 2, 2)}, ["n", 4, 5],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_layer_answers_as_onnx_runtime_does(name: str, tmp_path: Path) -> None:
    nodes, arrays, shape = CASES[name]
    path = written(tmp_path / "m.onnx", nodes, arrays, shape)
    net = Network.from_onnx(path)
    x = drawn(7, *shape[1:])
    expected = answers(path, x)
    found = predicted(net, x).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    compared = net.provenance["imported"]["compared"]
    assert compared["rows"] == 64
    assert compared["difference"] < TOLERANCE / 10


def test_ways_become_residual_and_parallel(tmp_path: Path) -> None:
    nodes, arrays, shape = CASES["residuals in each other, with a shortcut"]
    net = Network.from_onnx(written(tmp_path / "m.onnx", nodes, arrays, shape))
    assert [type(layer).__name__ for layer in net.layers] == ["Residual", "Activation"]
    outer = net.layers[0]
    assert isinstance(outer, Residual)
    assert isinstance(outer.shortcut, Dense)
    assert set(net.parameters) == {
        "residual_1.dense_1.weight", "residual_1.residual_1.dense_1.weight",
        "residual_1.dense_2.weight", "residual_1.shortcut.weight",
    }  # fmt: skip


def test_rows_of_whole_numbers_are_looked_up(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("Gather", ["emb.weight", "x"], "e"), node("Flatten", ["e"], "f"),
         node("MatMul", ["f", "w"], "y")],
        {"emb.weight": drawn(10, 3), "w": drawn(12, 2)}, ["n", 4], kind=TensorProto.INT64,
    )  # fmt: skip
    net = Network.from_onnx(path)
    assert isinstance(net.layers[0], Embedding)
    assert net.layers[0].name == "emb"
    x = RANDOM.integers(0, 10, (6, 4))
    np.testing.assert_allclose(predicted(net, x), answers(path, x), rtol=1e-5, atol=1e-5)


# --- answers


def classifier(path: Path, *tail: Any, arrays: Any = (), **options: Any) -> Path:
    return written(
        path, [node("Gemm", ["x", "w", "b"], "z"), *tail],
        {"w": drawn(4, 3), "b": drawn(3), **dict(arrays)}, ["n", 4], **options,
    )  # fmt: skip


def test_a_softmax_at_the_end_is_left_to_the_loss_and_makes_classes(tmp_path: Path) -> None:
    path = classifier(tmp_path / "m.onnx", node("Softmax", ["z"], "y"))
    net, named = Network.from_onnx(path), Network.from_onnx(path, ["a", "b", "c"])
    x = drawn(8, 4)
    expected = answers(path, x)
    np.testing.assert_allclose(net.predict_proba(x, engine="reference"), expected, atol=1e-5)
    assert net.predict(x).tolist() == expected.argmax(axis=1).tolist()
    assert named.predict(x).tolist() == ["abc"[k] for k in expected.argmax(axis=1)]
    assert net.loss.kind == "categorical_cross_entropy"


def test_log_softmax_tells_chances(tmp_path: Path) -> None:
    path = classifier(tmp_path / "m.onnx", node("LogSoftmax", ["z"], "y"))
    net = Network.from_onnx(path)
    x = drawn(8, 4)
    chances = net.predict_proba(x, engine="reference")
    np.testing.assert_allclose(chances, np.exp(answers(path, x)), atol=1e-5)


def test_classes_given_make_logits_of_plain_outputs(tmp_path: Path) -> None:
    path = classifier(tmp_path / "m.onnx", node("Identity", ["z"], "y"))
    net = Network.from_onnx(path, classes=3)
    x = drawn(8, 4)
    scores = np.exp(answers(path, x))
    chances = scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.predict_proba(x, engine="reference"), chances, atol=1e-5)
    numbers = Network.from_onnx(path)
    np.testing.assert_allclose(predicted(numbers, x), answers(path, x), atol=1e-5)


def test_scaling_and_units_become_those_of_the_network(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("Sub", ["x", "m"], "a"), node("Div", ["a", "s"], "b"),
         node("MatMul", ["b", "w"], "c"),
         node("Add", ["c", "v"], "d"), node("Mul", ["d", "u"], "e"), node("Add", ["e", "t"], "y")],
        {"m": [10.0, -20.0], "s": [2.0, 5.0], "w": drawn(2, 1), "v": drawn(1), "u": 1000.0,
         "t": 7e5}, ["n", 2],
    )  # fmt: skip
    net = Network.from_onnx(path)
    assert len(net.layers) == 1
    assert net.inputs.describe() == "Standardize: 2 features, each (x - mean) / scale"
    assert net._parts()[2].describe() == "Numbers: (y - 7e+05) / 1000"
    x = drawn(9, 2) * 10
    np.testing.assert_allclose(predicted(net, x), answers(path, x)[:, 0], rtol=1e-5)


def test_a_network_that_was_read_learns_on_and_is_saved(tmp_path: Path) -> None:
    x, y = data.load("iris")
    first = Network(hidden=[8], seed=0)
    first.fit(x, y, epochs=3, progress=False, engine="reference")
    first.to_onnx(tmp_path / "iris.onnx", x)
    net = Network.from_onnx(tmp_path / "iris.onnx")
    before = net.evaluate(x, y)["loss"]
    net.fit(x, y, epochs=15, progress=False)
    assert net.evaluate(x, y)["loss"] < 0.7 * before
    net.save(tmp_path / "iris.safetensors")
    again = Network.load(tmp_path / "iris.safetensors")
    np.testing.assert_array_equal(again.predict_proba(x), net.predict_proba(x))
    assert again.provenance["imported"]["producer"].startswith("pellucid")


# --- our own exports come back


def own(name: str) -> tuple[Network, Any]:
    from tests.models import test_export

    kinds = {
        "classes": test_export.classes, "one_logit": test_export.one_logit,
        "whole_labels": test_export.whole_labels, "truths": test_export.truths,
        "pictures": test_export.pictures,
    }  # fmt: skip
    return kinds[name]()


@pytest.mark.parametrize("name", ["classes", "one_logit", "whole_labels", "truths", "pictures"])
def test_what_we_export_comes_back(name: str, tmp_path: Path) -> None:
    net, x = own(name)
    path = tmp_path / "own.onnx"
    net.to_onnx(path, x)
    again = Network.from_onnx(path)
    kinds = [type(layer).__name__ for layer in again.layers]
    assert kinds == [type(layer).__name__ for layer in net.layers]
    assert list(again.parameters) == list(net.parameters)
    chances = again.predict_proba(x, engine="reference")
    np.testing.assert_allclose(chances, net.predict_proba(x, engine="reference"), atol=1e-6)
    assert again.classes.tolist() == net.classes.tolist()
    assert again.predict(x).dtype == net.predict(x).dtype


@pytest.mark.parametrize("activation", ["relu", "elu", "selu", "softplus", "gelu", "silu", "tanh"])
def test_our_activations_come_back_by_name(activation: str, tmp_path: Path) -> None:
    x = RANDOM.normal(size=(40, 3))
    net = Network([Dense(5, activation), Dense(1)], seed=1).build(x, x[:, 0] * 100 + 3)
    net.to_onnx(tmp_path / "own.onnx", x)
    again = Network.from_onnx(tmp_path / "own.onnx")
    assert [repr(layer) for layer in again.layers] == [repr(layer) for layer in net.layers]
    np.testing.assert_allclose(predicted(again, x), predicted(net, x), rtol=1e-5, atol=1e-4)


# --- refusals


def refused(path: Path, message: str, **options: Any) -> None:
    with pytest.raises((FileError, ParameterError, UnknownNameError)) as caught:
        Network.from_onnx(path, **options)
    told = str(caught.value).replace(f"{path}", "FILE")
    assert re.sub(r"Known are .*", "Known are ...", told) == message


def test_all_unknown_nodes_are_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("LRN", ["x"], "a", size=3), node("Relu", ["a"], "b"), node("LRN", ["b"], "c", size=3),
         node("InstanceNormalization", ["c", "s", "s"], "d"), node("Flatten", ["d"], "y")],
        {"s": drawn(3)}, ["n", 3, 4, 4],
    )  # fmt: skip
    refused(
        path,
        "FILE cannot become a network: LRN is not known (node_a, node_c); InstanceNormalization is "
        "not known (node_d). Known are ...",
    )


def test_a_known_node_with_an_unknown_setting_says_which(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("MaxPool", ["x"], "a", kernel_shape=[2, 2], dilations=[2, 2]),
         node("Flatten", ["a"], "y")],
        {}, ["n", 3, 8, 8],
    )  # fmt: skip
    refused(
        path,
        "FILE cannot become a network: MaxPool (node_a) leaves pixels out (dilations). Known are "
        "...",
    )


def test_ways_that_meet_in_a_product_are_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("MatMul", ["x", "w"], "a"), node("MatMul", ["x", "v"], "b"),
         node("Mul", ["a", "b"], "y")],
        {"w": drawn(3, 2), "v": drawn(3, 2)}, ["n", 3],
    )  # fmt: skip
    refused(
        path,
        "FILE cannot become a network: Mul (node_y) joins two ways; only sums and Concat are known "
        "there. Known are ...",
    )


def test_several_inputs_and_outputs_are_refused(tmp_path: Path) -> None:
    two = written(
        tmp_path / "m.onnx", [node("Add", ["x", "z"], "y")], {}, ["n", 3], inputs=("x", "z")
    )
    refused(
        two,
        "FILE has 2 inputs (x, z); a network here takes one array of rows. Export the part of it "
        "that does.",
    )
    path = written(
        tmp_path / "m.onnx",
        [node("MatMul", ["x", "w"], "a"), node("Relu", ["a"], "b")],
        {"w": drawn(3, 2)}, ["n", 3], [("a", TensorProto.FLOAT), ("b", TensorProto.FLOAT)],
    )  # fmt: skip
    refused(
        path,
        "FILE has 2 outputs that hold numbers (a, b); one is expected. Name it with output=.",
    )
    with pytest.raises(UnknownNameError) as caught:
        Network.from_onnx(path, output="c")
    assert str(caught.value) == f"There is no output in {path} 'c'. Known: a, b."
    x = drawn(4, 3)
    net = Network.from_onnx(path, output="b")
    np.testing.assert_allclose(predicted(net, x), answers(path, x, "b"), atol=1e-5)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = single("Relu", tmp_path / "m.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    for size in (0, 1, 7, len(whole) // 2, len(whole) - 3):
        cut.write_bytes(whole[:size])
        with pytest.raises(FileError):
            Network.from_onnx(cut)
    cut.write_bytes(b"not a model at all" * 10)
    with pytest.raises(FileError):
        Network.from_onnx(cut)
    with pytest.raises(FileError, match=r"absent\.onnx"):
        Network.from_onnx(tmp_path / "absent.onnx")


def test_changed_bytes_never_end_in_another_error(tmp_path: Path) -> None:
    nodes, arrays, shape = CASES["residuals in each other, with a shortcut"]
    path = written(tmp_path / "m.onnx", nodes, arrays, shape)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refusals = 0
    for _ in range(150):
        changed = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            changed[place] = random.integers(0, 256)
        path.write_bytes(bytes(changed))
        try:
            Network.from_onnx(path)
        except PellucidError:
            refusals += 1
    assert refusals > 30


def test_open_sizes_are_asked_for(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.onnx",
        [node("GlobalAveragePool", ["x"], "a"), node("Flatten", ["a"], "y")], {},
        ["n", 3, "h", "w"],
    )  # fmt: skip
    refused(
        path,
        "FILE leaves open the sizes of [3, None, None] of a row of 'x'. Give it, as in "
        "shape=(1, 28, 28).",
    )
    refused(
        path,
        "shape is [1, 4, 4]; FILE takes rows of [3, None, None], where None is open. Leave shape "
        "out, or give one that fits.",
        shape=(1, 4, 4),
    )
    net = Network.from_onnx(path, shape=(3, 6, 5))
    x = drawn(4, 3, 6, 5)
    np.testing.assert_allclose(predicted(net, x), answers(path, x), atol=1e-5)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (
            ["a", "b"],
            "There are 2 classes, and FILE gives 3 numbers a row. Give 3 classes, in the order of "
            "its outputs.",
        ),
        ("abc", "classes are names in the order of the outputs, or how many there are, got 'abc'."),
        (
            ["a", "a", "b"],
            "classes are at least two different texts or whole numbers, got ['a', 'a', 'b'].",
        ),
    ],
)
def test_classes_that_do_not_fit_are_refused(classes: Any, message: str, tmp_path: Path) -> None:
    path = classifier(tmp_path / "m.onnx", node("Softmax", ["z"], "y"))
    refused(path, message, classes=classes)


def test_an_onnx_file_is_no_model_file_and_says_so(tmp_path: Path) -> None:
    path = single("Relu", tmp_path / "m.onnx")
    with pytest.raises(FileError) as caught:
        Network.load(path)
    assert str(caught.value) == (
        f"{path} is an ONNX file. Make a network of it with Network.from_onnx(path), or a model "
        "file with: pellucid import FILE.onnx OUT.safetensors"
    )


def test_nan_among_the_arrays_is_refused(tmp_path: Path) -> None:
    weight = drawn(4, 3)
    weight[1, 1] = np.nan
    path = written(tmp_path / "m.onnx", [node("MatMul", ["x", "w"], "y")], {"w": weight}, ["n", 4])
    refused(path, "The arrays of FILE do not fit its layers: dense_1.weight holds NaN or infinity.")


def test_layers_that_were_read_are_drawn(tmp_path: Path) -> None:
    x, y = data.load("digits")
    x, y = np.asarray(x).reshape(-1, 1, 8, 8)[:60] / 16.0, np.asarray(y)[:60]
    net = Network([Conv2D(4, 3, activation="relu"), Flatten(), Dense()], seed=0).build(x, y)
    net.to_onnx(tmp_path / "d.onnx", x)
    figure = Network.from_onnx(tmp_path / "d.onnx").diagram(x[:1])
    assert "conv2d_1" in str(figure.layout.annotations)
