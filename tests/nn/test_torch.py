"""PyTorch as oracle: each layer, activation and loss that it has too, with all gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.graph import BATCH, Builder, gradients
from pellucid.nn import (
    AbsoluteError,
    Activation,
    ActivationFunction,
    AvgPool2D,
    BatchNorm,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Chain,
    Conv1D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Elu,
    EmbedColumns,
    Embedding,
    Exponential,
    Flatten,
    Gelu,
    GlobalAvgPool2D,
    HardSigmoid,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    Loss,
    MaxPool2D,
    Poisson,
    Relu,
    Reshape,
    Residual,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    SquaredError,
    Tanh,
)
from pellucid.ops import sum
from pellucid.run import ReferenceExecutor
from tests.nn.cases import Array, Case, batch_of, classes, rng, runner, values_of

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = pytest.mark.parity
torch.set_num_threads(1)

Tensors = dict[str, Any]


def assert_close(found: Array, expected: Any) -> None:
    """Equal to 10 digits in float64."""
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-10, atol=1e-12)


def linear(v: Tensors) -> Any:
    return F.linear(v["x"], v["weight"].mT, v.get("bias"))


def conv(**settings: Any) -> Callable[[Tensors], Any]:
    return lambda v: F.conv2d(v["x"], v["weight"], v.get("bias"), **settings)


def conv1d(**settings: Any) -> Callable[[Tensors], Any]:
    return lambda v: F.conv1d(v["x"], v["weight"], v.get("bias"), **settings)


def residual(v: Tensors) -> Any:
    body = F.conv2d(v["x"], v["conv2d_1.weight"], v["conv2d_1.bias"], padding=1)
    return F.relu(body) + F.conv2d(v["x"], v["shortcut.weight"], v["shortcut.bias"])


def chained(v: Tensors) -> Any:
    h = F.conv2d(v["x"], v["conv2d_1.weight"], v["conv2d_1.bias"], padding=1).tanh()
    h = F.max_pool2d(h, 2).flatten(1)
    return h @ v["dense_1.weight"] + v["dense_1.bias"]


def normed(v: Tensors) -> Any:
    return F.batch_norm(v["x"], v["mean"], v["variance"], v["scale"], v["shift"])


def looked_up(v: Tensors) -> Any:
    x = v["x"]
    codes = [x[:, 3].clip(0, 6).long(), x[:, 4].clip(0, 3).long()]
    found = [F.embedding(code, v[f"weight_{k}"]) for k, code in enumerate(codes, 1)]
    return torch.cat([x[:, :3], *found], 1)


# Layers, the shape of their samples, and the same in PyTorch.
LAYERS: list[tuple[Layer, tuple[int, ...], Callable[[Tensors], Any]]] = [
    (Dense(3), (4,), linear),
    (Dense(3, "tanh", bias=False), (2, 4), lambda v: linear(v).tanh()),
    (Activation("silu"), (3,), lambda v: F.silu(v["x"])),
    (Conv2D(3, (3, 2)), (2, 5, 6), conv()),
    (Conv2D(3, 3, padding="same"), (2, 5, 6), conv(padding="same")),
    (Conv2D(3, (4, 2), padding="same"), (2, 5, 6), conv(padding="same")),
    (Conv2D(3, 3, (2, 1), 1, (1, 2)), (2, 7, 6), conv(stride=(2, 1), padding=1, dilation=(1, 2))),
    (Conv2D(4, 2, groups=2, bias=False), (6, 4, 4), conv(groups=2)),
    (Conv2D(2, 2, padding=((0, 1), (2, 0))), (1, 4, 4),
     lambda v: F.conv2d(F.pad(v["x"], (2, 0, 0, 1)), v["weight"], v["bias"])),
    (DepthwiseConv2D(3, 2, 2, 1), (3, 6, 5), conv(stride=2, padding=1, groups=3)),
    (Conv1D(3, 4, 2, 1), (2, 9), conv1d(stride=2, padding=1)),
    (Conv1D(4, 3, padding="same", dilation=2, groups=2), (2, 9),
     conv1d(padding="same", dilation=2, groups=2)),
    (MaxPool2D(), (2, 5, 6), lambda v: F.max_pool2d(v["x"], 2)),
    (MaxPool2D((3, 2), (2, 1), (1, 0)), (2, 5, 6),
     lambda v: F.max_pool2d(v["x"], (3, 2), (2, 1), (1, 0))),
    (AvgPool2D(), (2, 5, 6), lambda v: F.avg_pool2d(v["x"], 2)),
    (AvgPool2D(3, 2, 1), (2, 5, 6),
     lambda v: F.avg_pool2d(v["x"], 3, 2, 1, count_include_pad=False)),
    (AvgPool2D(3, 2, 1, True), (2, 5, 6), lambda v: F.avg_pool2d(v["x"], 3, 2, 1)),
    (GlobalAvgPool2D(), (2, 5, 6), lambda v: F.adaptive_avg_pool2d(v["x"], 1).flatten(1)),
    (Flatten(), (2, 3, 4), lambda v: v["x"].flatten(1)),
    (Reshape((4, -1)), (2, 6), lambda v: v["x"].unflatten(0, (-1,)).reshape(-1, 4, 3)),
    (Dropout(0.3), (4,), lambda v: F.dropout(v["x"], 0.3, training=False)),
    (BatchNorm(), (3,), normed),
    (BatchNorm(), (3, 4, 2), normed),
    (LayerNorm(), (2, 5), lambda v: F.layer_norm(v["x"], (5,), v["scale"], v["shift"])),
    (LayerNorm(3, 1e-3), (2, 5, 3),
     lambda v: F.layer_norm(v["x"], (2, 5, 3), v["scale"], v["shift"], 1e-3)),
    (EmbedColumns((7, 4), (3, 2)), (5,), looked_up),
    (Embedding(7, 3), (4,), lambda v: F.embedding(v["x"], v["weight"])),
    (Residual(Conv2D(3, 3, padding="same", activation="relu"), Conv2D(3, 1)), (2, 4, 5), residual),
    (Chain([Conv2D(3, 3, padding=1, activation="tanh"), MaxPool2D(), Flatten(), Dense(2)]),
     (1, 4, 6), chained),
]  # fmt: skip


def test_only_layers_that_pytorch_does_not_have_are_missing() -> None:
    missing = set(classes(Layer)) - {type(layer) for layer, _, _ in LAYERS}
    varied = {"ColorJitter", "CutOut", "RandomAffine"}  # see test_augment.py
    assert {cls.__name__ for cls in missing} == {"Parallel", *varied}


def label(value: object) -> str:
    """The same name in every process: a layer or a shape as text, a function as what it is."""
    return (
        "peer"
        if callable(value) and not isinstance(value, Layer | ActivationFunction)
        else str(value)[:60]
    )


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("layer", "in_shape", "peer"), LAYERS, ids=label)
def test_layers_and_their_gradients(
    layer: Layer, in_shape: tuple[int, ...], peer: Callable[[Tensors], Any]
) -> None:
    case = Case(layer, in_shape, layer.output_shape(in_shape))
    inputs = {"x": batch_of(layer, in_shape), **values_of(layer, in_shape)}
    states = {p.name for p in layer.parameters(in_shape) if p.kind == "state"}
    found = runner(case)(**inputs)
    tensors = {name: torch.tensor(value) for name, value in inputs.items()}
    learned = [n for n in tensors if n not in states and tensors[n].is_floating_point()]
    for name in learned:
        tensors[name].requires_grad_()
    y = peer(tensors)
    assert_close(found["y"], y)
    (y * torch.tensor(rng(3).normal(size=found["y"].shape))).sum().backward()
    for name in learned:
        assert_close(found[f"d {name}"], tensors[name].grad)


@pytest.mark.parametrize("in_shape", [(3,), (3, 4), (3, 4, 2)])
def test_batch_norm_in_training(in_shape: tuple[int, ...]) -> None:
    layer = BatchNorm(0.3, 1e-3)
    inputs = {"x": batch_of(layer, in_shape), **values_of(layer, in_shape)}
    found = runner(Case(layer, in_shape, in_shape), training=True)(**inputs)
    t = {name: torch.tensor(value) for name, value in inputs.items()}
    for name in ("x", "scale", "shift"):
        t[name].requires_grad_()
    y = F.batch_norm(
        t["x"], t["mean"], t["variance"], t["scale"], t["shift"], True, momentum=0.3, eps=1e-3
    )
    (y * torch.tensor(rng(3).normal(size=found["y"].shape))).sum().backward()
    assert_close(found["y"], y)
    assert_close(found["mean'"], t["mean"])
    assert_close(found["variance'"], t["variance"])
    for name in ("x", "scale", "shift"):
        assert_close(found[f"d {name}"], t[name].grad)


ACTIVATIONS: list[tuple[ActivationFunction, Callable[[Any], Any]]] = [
    (Linear(), lambda z: z * 1.0),
    (Sigmoid(), torch.sigmoid),
    (Tanh(), torch.tanh),
    (HardSigmoid(), lambda z: F.relu6(z + 3) / 6),  # F.hardsigmoid has a slope of single precision
    (Relu(), F.relu),
    (LeakyRelu(0.2), lambda z: F.leaky_relu(z, 0.2)),
    (Elu(0.7), lambda z: F.elu(z, 0.7)),
    (Selu(), F.selu),
    (Softplus(), lambda z: F.softplus(z, threshold=1000.0)),
    (Gelu(), F.gelu),
    (Gelu(True), lambda z: F.gelu(z, approximate="tanh")),
    (Silu(), F.silu),
    (Exponential(), torch.exp),
    (Softmax(), lambda z: F.softmax(z, -1)),
]


def test_only_activations_that_pytorch_does_not_have_are_missing() -> None:
    missing = set(classes(ActivationFunction)) - {type(function) for function, _ in ACTIVATIONS}
    assert {cls.__name__ for cls in missing} == {"Step", "Custom"}


@pytest.mark.parametrize(("function", "peer"), ACTIVATIONS, ids=label)
def test_activations_and_their_slopes(
    function: ActivationFunction, peer: Callable[[Any], Any]
) -> None:
    z = np.concatenate([np.linspace(-8, 8, 65), [-40.0, -20.0, 20.0, 40.0, 0.0]])
    z = z[np.abs(z) != 3.0]  # at the corners of hard_sigmoid PyTorch takes the slope 0
    found = runner(Case(Activation(function), z.shape, z.shape))(x=z[None], pull=np.sin(z)[None])
    tensor = torch.tensor(z[None], requires_grad=True)
    y = peer(tensor)
    (y * torch.tensor(np.sin(z))).sum().backward()
    np.testing.assert_allclose(found["y"], y.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["d x"], tensor.grad.numpy(), rtol=1e-12, atol=1e-14)


def index(k: int) -> Array:
    return np.arange(6) % k


def rates() -> Array:
    return rng(5).uniform(0.1, 3.0, (6, 3))


def labels() -> Array:
    return rng(5).integers(0, 2, (6, 3)).astype(float)


def smoothed(target: Any, share: float) -> Any:
    return target.double() * (1 - share) + share / 2


def hinge_of_two(z: Any, t: Any) -> Any:
    return F.relu(1 - (2.0 * t - 1) * z[:, 0])


# Losses, the number of outputs, targets, and the same in PyTorch for each sample.
LOSSES: list[tuple[Loss, int, Array, Callable[[Any, Any], Any]]] = [
    (SquaredError(), 3, rates(), lambda z, t: F.mse_loss(z, t, reduction="none").mean(1)),
    (AbsoluteError(), 3, rates(), lambda z, t: F.l1_loss(z, t, reduction="none").mean(1)),
    (Huber(0.7), 3, rates(),
     lambda z, t: F.huber_loss(z, t, reduction="none", delta=0.7).mean(1)),
    (Poisson(), 3, rates(), lambda z, t: F.poisson_nll_loss(z, t, reduction="none").mean(1)),
    (BinaryCrossEntropy(), 1, index(2),
     lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], t.double(), reduction="none")),
    (BinaryCrossEntropy(0.1), 1, index(2),
     lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], smoothed(t, 0.1), reduction="none")),
    (BinaryCrossEntropy(0.2), 3, labels(),
     lambda z, t: F.binary_cross_entropy_with_logits(
         z, smoothed(t, 0.2), reduction="none").mean(1)),
    (CategoricalCrossEntropy(), 4, index(4),
     lambda z, t: F.cross_entropy(z, t, reduction="none")),
    (CategoricalCrossEntropy(0.1), 4, index(4),
     lambda z, t: F.cross_entropy(z, t, reduction="none", label_smoothing=0.1)),
    (CategoricalCrossEntropy(0.1, "one_hot"), 4, np.eye(4)[index(4)] * 0.4 + 0.15,
     lambda z, t: F.cross_entropy(z, t, reduction="none", label_smoothing=0.1)),
    (Hinge(), 1, index(2), hinge_of_two),
]  # fmt: skip


def test_only_losses_that_pytorch_does_not_have_are_missing() -> None:
    missing = set(classes(Loss)) - {type(loss) for loss, _, _, _ in LOSSES}
    assert {cls.__name__ for cls in missing} == {"CustomLoss", "Quantiles"}


@pytest.mark.parametrize(("loss", "outputs", "target", "peer"), LOSSES, ids=label)
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0])
def test_losses_and_their_gradients(
    loss: Loss, outputs: int, target: Array, peer: Callable[[Any, Any], Any], scale: float
) -> None:
    output = rng(6).normal(size=(6, outputs)) * scale
    pull = rng(7).normal(size=6)
    b = Builder()
    wanted = loss.target_type((outputs,))
    value = b.input("output", (BATCH, outputs))
    losses = loss.per_sample(value, b.input("target", wanted.shape, wanted.dtype))
    (slope,) = gradients(sum(losses * b.input("pull", (BATCH,))), [value])
    program = ReferenceExecutor().compile(b.build(losses=losses, slope=slope))
    found = program.run({"output": output, "target": target, "pull": pull})
    tensor = torch.tensor(output, requires_grad=True)
    expected = peer(tensor, torch.tensor(target))
    (expected * torch.tensor(pull)).sum().backward()
    assert_close(found["losses"], expected)
    assert_close(found["slope"], tensor.grad)


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_hinge_of_several_classes_against_scikit_learn(scale: float) -> None:
    from sklearn.metrics import hinge_loss

    output = rng(8).normal(size=(6, 4)) * scale
    b = Builder()
    value, target = b.input("output", (BATCH, 4)), b.input("target", (BATCH,), "int")
    graph = b.build(losses=Hinge().per_sample(value, target))
    found = ReferenceExecutor().compile(graph).run({"output": output, "target": index(4)})
    assert found["losses"].mean() == pytest.approx(hinge_loss(index(4), output), rel=1e-14)
