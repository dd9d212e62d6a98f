"""What the suites of this folder share: an example of every class, and ways to run one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.graph import BATCH, Builder, Graph, Value, gradients
from pellucid.nn import (
    AbsoluteError,
    Activation,
    ActivationFunction,
    AvgPool2D,
    BatchNorm,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Chain,
    ColorJitter,
    Constant,
    Conv1D,
    Conv2D,
    Custom,
    CustomLoss,
    CutOut,
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
    Initializer,
    Layer,
    LayerNorm,
    LeakyRelu,
    Linear,
    Loss,
    MaxPool2D,
    Normal,
    Orthogonal,
    Parallel,
    Poisson,
    Quantiles,
    RandomAffine,
    Relu,
    Reshape,
    Residual,
    Scaled,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    SquaredError,
    Step,
    Tanh,
    Tracer,
    Uniform,
)
from pellucid.ops import mean, sum
from pellucid.run import ReferenceExecutor

Array = NDArray[Any]
BATCH_SIZE = 5


@dataclass(frozen=True)
class Case:
    """A layer, the shape of its samples, and of what comes out."""

    layer: Layer
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.layer}-{self.in_shape}".replace("name=None", "").replace("(, ", "(")


def soften(z: Value) -> Value:
    """A custom activation."""
    return z / (1.0 + abs(z))


def widen(z: Value) -> Value:
    """A custom activation that gives another shape: the mean and the sum of each row."""
    from pellucid.ops import concatenate

    return concatenate([mean(z, 1, keepdims=True), sum(z, 1, keepdims=True)], 1)


def cubed(output: Value, target: Value) -> Value:
    """A custom loss."""
    return mean(abs(output - target) ** 3.0, 1)


LAYERS = [
    Case(Dense(3), (4,), (3,)),
    Case(Dense(1, "tanh", bias=False), (4,), (1,)),
    Case(Dense(3, soften, weight_init=Orthogonal(0.5)), (2, 4), (2, 3)),
    Case(Dense(3, Elu(0.5), weight_init="normal", name="wide"), (2, 2, 4), (2, 2, 3)),
    Case(Activation("gelu"), (3,), (3,)),
    Case(Activation(LeakyRelu(0.3)), (2, 3, 3), (2, 3, 3)),
    Case(Activation(widen), (4,), (2,)),
    Case(Conv1D(3, 3), (2, 7), (3, 5)),
    Case(Conv1D(2, 3, 2, "same", activation="tanh"), (2, 7), (2, 4)),
    Case(Conv1D(4, 2, padding=(2, 1), dilation=2, groups=2, bias=False), (2, 5), (4, 6)),
    Case(Conv2D(2, 3), (1, 5, 6), (2, 3, 4)),
    Case(Conv2D(2, (2, 3), (2, 1), "same", activation="tanh"), (3, 5, 4), (2, 3, 4)),
    Case(Conv2D(4, 2, padding=1, dilation=(2, 1), groups=2, bias=False), (2, 4, 4), (4, 4, 5)),
    Case(Conv2D(1, 2, padding=((0, 1), (2, 0)), weight_init="lecun_normal"), (1, 3, 3), (1, 3, 4)),
    Case(DepthwiseConv2D(2), (3, 3, 4), (3, 2, 3)),
    Case(DepthwiseConv2D((3, 1), 2, 2, "same", activation="tanh"), (2, 5, 3), (4, 3, 2)),
    Case(DepthwiseConv2D(2, 2, padding=(0, 1), dilation=2, bias=False), (1, 4, 3), (2, 2, 3)),
    Case(MaxPool2D(), (2, 4, 5), (2, 2, 2)),
    Case(MaxPool2D((2, 3), 1, "same"), (1, 3, 3), (1, 3, 3)),
    Case(MaxPool2D(3, (1, 2), padding=1), (2, 4, 4), (2, 4, 2)),
    Case(AvgPool2D(), (2, 4, 5), (2, 2, 2)),
    Case(AvgPool2D((2, 3), 1, "same", count_padding=True), (1, 3, 3), (1, 3, 3)),
    Case(AvgPool2D(3, (1, 2), padding=1), (2, 4, 4), (2, 4, 2)),
    Case(GlobalAvgPool2D(), (2, 3, 4), (2,)),
    Case(Flatten(), (2, 3, 4), (24,)),
    Case(Flatten(), (), (1,)),
    Case(Reshape((2, 3, 4)), (24,), (2, 3, 4)),
    Case(Reshape((3, -1)), (2, 6), (3, 4)),
    Case(RandomAffine("both", 0.2, 30, 0.3), (2, 4, 5), (2, 4, 5)),
    Case(RandomAffine("none", 0, 0, 0), (1, 2, 2), (1, 2, 2)),
    Case(RandomAffine(), (1, 1, 3), (1, 1, 3)),
    Case(ColorJitter(), (3, 2, 3), (3, 2, 3)),
    Case(ColorJitter(0.5, 0.0, 0.5), (1, 2, 2), (1, 2, 2)),
    Case(CutOut(), (2, 4, 3), (2, 4, 3)),
    Case(CutOut(1.0), (1, 3, 4), (1, 3, 4)),
    Case(Dropout(0.25), (6,), (6,)),
    Case(Dropout(0.0), (2, 3), (2, 3)),
    Case(BatchNorm(), (3,), (3,)),
    Case(BatchNorm(0.3, 1e-2), (2, 3, 4), (2, 3, 4)),
    Case(LayerNorm(), (4,), (4,)),
    Case(LayerNorm(2, 1e-2), (2, 3, 4), (2, 3, 4)),
    Case(Embedding(7, 3), (4,), (4, 3)),
    Case(Embedding(7, 2, weight_init=Constant(0.5)), (), (2,)),
    Case(EmbedColumns((7,), (3,)), (4,), (6,)),
    Case(EmbedColumns((2, 5), (1, 2), weight_init=Constant(0.5)), (2,), (3,)),
    Case(Chain([Dense(4, "tanh"), Dropout(0.5), Dense(2)]), (3,), (2,)),
    Case(Chain([Embedding(7, 3), Flatten(), BatchNorm(), Dense(2)]), (4,), (2,)),
    Case(Chain([Chain([Dense(3)], name="inner"), Chain([Dense(3)])]), (2,), (3,)),
    Case(Chain(), (2, 3), (2, 3)),
    Case(Residual(Dense(4, "tanh")), (4,), (4,)),
    Case(Residual([Conv2D(3, 3, padding="same"), BatchNorm()], Conv2D(3, 1)), (2, 4, 4), (3, 4, 4)),
    Case(Parallel([Dense(2), [Dense(3, "tanh"), Dense(4)]]), (3,), (6,)),
    Case(Parallel([Conv2D(2, 1), MaxPool2D(3, 1, 1)]), (2, 4, 4), (4, 4, 4)),
    Case(Parallel([Dense(2), Dense(3)], axis=-1), (2, 4), (2, 5)),
]

ACTIVATIONS: list[ActivationFunction] = [
    Linear(),
    Step(),
    Step(0.5),
    Sigmoid(),
    Tanh(),
    HardSigmoid(),
    Relu(),
    LeakyRelu(),
    LeakyRelu(0.2),
    Elu(),
    Elu(0.5),
    Selu(),
    Softplus(),
    Gelu(),
    Gelu(True),
    Silu(),
    Exponential(),
    Softmax(),
    Custom.from_function(soften),
]

INITIALIZERS: list[Initializer] = [
    Constant(0.25),
    Normal(0.5),
    Uniform(0.1),
    Scaled(2.0, "in", "uniform"),
    Scaled(2.0, "in", "normal"),
    Scaled(1.0, "mean", "uniform"),
    Scaled(1.0, "mean", "normal"),
    Orthogonal(),
    Orthogonal(2.0),
]


@dataclass(frozen=True)
class LossCase:
    """A loss and the shape of the outputs it is given."""

    loss: Loss
    out_shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.loss}-{self.out_shape}"


LOSSES = [
    LossCase(SquaredError(), (3,)),
    LossCase(SquaredError(), (2, 3)),
    LossCase(AbsoluteError(), (3,)),
    LossCase(Huber(), (3,)),
    LossCase(Huber(0.2), (1,)),
    LossCase(Poisson(), (3,)),
    LossCase(BinaryCrossEntropy(), (1,)),
    LossCase(BinaryCrossEntropy(0.1), (1,)),
    LossCase(BinaryCrossEntropy(0.1), (3,)),
    LossCase(CategoricalCrossEntropy(), (4,)),
    LossCase(CategoricalCrossEntropy(0.1), (4,)),
    LossCase(CategoricalCrossEntropy(0.1, "one_hot"), (4,)),
    LossCase(CategoricalCrossEntropy(), (2, 4)),
    LossCase(Hinge(), (1,)),
    LossCase(Hinge(), (4,)),
    LossCase(Quantiles(), (3,)),
    LossCase(Quantiles((0.1, 0.4, 0.8, 0.9)), (4,)),
    LossCase(Quantiles((0.5,)), (1,)),
    LossCase(CustomLoss.from_function(cubed), (3,)),
    LossCase(CustomLoss.from_function(cubed, prediction="exponential"), (2,)),
]


def classes(base: type[Any]) -> Iterator[type[Any]]:
    """Every final class of Pellucid that derives from one."""
    for cls in base.__subclasses__():
        final = not inspect.isabstract(cls) and not cls.__name__.startswith("_")
        if final and cls.__module__.startswith("pellucid.nn."):
            yield cls
        yield from classes(cls)


def rng(*seed: int) -> np.random.Generator:
    """Random numbers for a test, the same each time."""
    return np.random.default_rng([7, *seed])


def batch_of(layer: Layer, in_shape: tuple[int, ...], count: int = BATCH_SIZE) -> Array:
    """Random samples of the kind a layer takes."""
    if layer.input_dtype == "int":
        return rng(1).integers(0, 7, (count, *in_shape))
    return rng(1).normal(size=(count, *in_shape))


def values_of(layer: Layer, in_shape: tuple[int, ...]) -> dict[str, Array]:
    """Random parameters by name; what must be positive is."""
    random = rng(2)
    return {
        p.name: random.uniform(0.5, 1.5, p.shape)
        if p.name.endswith(("variance", "scale"))
        else random.normal(size=p.shape)
        for p in layer.parameters(in_shape)
    }


@dataclass
class Recording(Mapping[str, Value]):
    """Leaves that remember which of them were asked for."""

    leaves: dict[str, Value]
    used: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Value:
        self.used.add(name)
        return self.leaves[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.leaves)

    def __len__(self) -> int:
        return len(self.leaves)


@dataclass(frozen=True)
class Built:
    """A layer's graph, and what the tracing left behind."""

    graph: Graph
    tracer: Tracer
    used: set[str]


def build(case: Case, training: bool = False) -> Built:
    """The layer's graph, with outputs y, sum(y weight), its gradients, and moved states."""
    b = Builder()
    x = b.input("x", (BATCH, *case.in_shape), case.layer.input_dtype)
    leaves = Recording(
        {p.name: b.input(p.name, p.shape) for p in case.layer.parameters(case.in_shape)}
    )
    key = b.input("key", (2,), "int") if training else None
    tracer = Tracer(b, leaves, training, key)
    y = case.layer.trace(tracer, x)
    loss = sum(y * b.input("pull", y.shape))
    wrt = {name: leaves.leaves[name] for name in leaves}
    if x.dtype == "float":
        wrt["x"] = x
    found = dict(zip(wrt, gradients(loss, list(wrt.values())), strict=True))
    outputs = {"y": y, "loss": loss, **{f"d {name}": value for name, value in found.items()}}
    moved = {f"{name}'": value for name, value in tracer.moved.items()}
    return Built(b.build(**outputs, **moved), tracer, leaves.used)


def runner(case: Case, training: bool = False) -> Callable[..., dict[str, Array]]:
    """Runs a layer's graph on random samples and parameters, or on those given."""
    program = ReferenceExecutor().compile(build(case, training).graph)
    drawn: dict[str, Array] = {
        "x": batch_of(case.layer, case.in_shape),
        **values_of(case.layer, case.in_shape),
        **({"key": np.array([3, 1])} if training else {}),
    }

    def go(**inputs: Array) -> dict[str, Array]:
        known = {**drawn, **inputs}
        known.setdefault("pull", rng(3).normal(size=(len(known["x"]), *case.out_shape)))
        return program.run(known)

    return go


def run(case: Case, training: bool = False, /, **inputs: Array) -> dict[str, Array]:
    """Run a layer's graph once."""
    return runner(case, training)(**inputs)


def compute(function: Any, *arrays: Any) -> Array:
    """The value of a function of graph values."""
    b = Builder()
    given = [np.asarray(a) for a in arrays]
    values = [
        b.input(f"x{k}", (BATCH, *a.shape[1:]), "int" if a.dtype.kind == "i" else "float")
        for k, a in enumerate(given)
    ]
    graph = b.build(y=function(*values))
    return ReferenceExecutor().compile(graph).run({f"x{k}": a for k, a in enumerate(given)})["y"]


def slopes(function: Any, x: Any, order: int = 1) -> Array:
    """The derivative of an elementwise function at each element, taken ``order`` times."""
    b = Builder()
    x = np.asarray(x, np.float64)
    value = b.input("x", x.shape)
    y = function(value)
    for _ in range(order):
        (y,) = gradients(sum(y), [value])
    return ReferenceExecutor().compile(b.build(y=y)).run({"x": x})["y"]


def differences(function: Any, x: Array, step: float = 1e-6) -> Array:
    """The gradient of a number-valued function of an array, by central differences."""
    result = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += step
        below[place] -= step
        result[place] = (function(above) - function(below)) / (2 * step)
    return result


def target_of(case: LossCase, count: int = BATCH_SIZE) -> Array:
    """Random targets of the type that a loss asks for."""
    wanted = case.loss.target_type(case.out_shape)
    shape = (count, *(dim for dim in wanted.shape[1:] if isinstance(dim, int)))
    if wanted.dtype == "int":
        return rng(4).integers(0, max(2, case.out_shape[-1]), shape)
    drawn = rng(4).uniform(size=shape)
    return drawn / drawn.sum(-1, keepdims=True) if case.out_shape[-1] > 1 else drawn
