"""Layers made of layers: one after the other, around a shortcut, or side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError
from pellucid.graph import DType, Value
from pellucid.hyper import hyper
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import concatenate


def named(layers: Iterable[Layer]) -> tuple[tuple[str, Layer], ...]:
    """Give each layer its name: its own, or its class with a number: ``dense_1``, ``conv2d_1``.

    The layers come back carrying that name, so that their errors can say it.
    Raises: ``ParameterError`` for two layers of the same name.
    """
    seen: Counter[str] = Counter()
    result: list[tuple[str, Layer]] = []
    for layer in layers:
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        seen[kind] += 1
        name = layer.name or f"{kind}_{seen[kind]}"
        result.append((name, replace(layer, name=name)))
    doubled = [name for name, times in Counter(name for name, _ in result).items() if times > 1]
    if doubled:
        raise ParameterError(f"Two layers are named {doubled[0]!r}. Give each a name of its own.")
    return tuple(result)


@dataclass(frozen=True)
class Chain(Layer):
    """Layers one after the other, each taking what the one before it gives.

    Formula: y = layer_n(... layer_2(layer_1(x))); with no layers y = x.
    Shapes: those of the first layer's input -> those of the last layer's output.
    Parameters:
        layers: the layers, in order.
    Raises: ``ShapeError`` naming the first layer that does not fit; ``ParameterError`` for what is
        no layer, and for two layers of one name.
    """

    layers: Sequence[Layer] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "layers", checked(self.layers))
        named(self.layers)

    @property
    def input_dtype(self) -> DType:
        """That of the first layer."""
        return self.layers[0].input_dtype if self.layers else "float"

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """The layers' parameters, each under its layer's name."""
        declared: list[Parameter] = []
        for name, layer in named(self.layers):
            inner, in_shape = fitted(name, layer, in_shape)
            declared += inner
        return tuple(declared)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Trace the layers in order."""
        for name, layer in named(self.layers):
            with builder.inside(name):
                x = _noted(layer, builder, x)
        return x


Layers: TypeAlias = Layer | Sequence[Layer]


@dataclass(frozen=True)
class Residual(Layer):
    """Layers that learn what to add to their input.

    Formula: y = layers(x) + x, or layers(x) + shortcut(x).
    Shapes: those of the input -> the same, or those that layers and shortcut both give.
    Parameters:
        layers: a layer, or several one after the other.
        shortcut: a layer that brings x to the layers' shape, such as Conv2D(filters, 1, stride);
            None: x as it is.
    Raises: ``ShapeError`` when the two shapes differ; ``ParameterError`` for what is no layer.
    Source: K. He et al., 2016, doi:10.1109/CVPR.2016.90, eq. 1 and 2; activations after the sum are
        layers of their own.
    """

    layers: Layers
    shortcut: Layer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "layers", checked(self.layers))
        around = () if self.shortcut is None else checked([self.shortcut])
        named([*checked(self.layers), *(replace(layer, name="shortcut") for layer in around)])

    @property
    def input_dtype(self) -> DType:
        """That of the first layer."""
        return Chain(checked(self.layers)).input_dtype

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """The layers' parameters and the shortcut's, each under its layer's name."""
        body = Chain(checked(self.layers))
        declared = body.parameters(in_shape)
        shape, around = body.output_shape(in_shape), in_shape
        if self.shortcut is not None:
            inner, around = fitted("shortcut", replace(self.shortcut, name="shortcut"), in_shape)
            declared = (*declared, *inner)
        if shape != around:
            raise self.misfit(
                "layers and shortcut to give the same shape",
                f"{list(shape)} from the layers and {list(around)} around them",
                "Let the layers keep the shape, or give a shortcut such as Conv2D(filters, 1) "
                "or Dense(units).",
            )
        return declared

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Trace the layers, then the shortcut, and add."""
        y = Chain(checked(self.layers)).trace(builder, x)
        if self.shortcut is None:
            return y + x
        with builder.inside("shortcut"):
            return y + _noted(self.shortcut, builder, x)


@dataclass(frozen=True)
class Parallel(Layer):
    """Layers side by side on the same input, their outputs joined along one axis.

    Formula: y = [branch_1(x); branch_2(x); ...].
    Shapes: those of the input -> those of the branches' outputs, their sizes along ``axis`` added
        up.
    Parameters:
        branches: layers, or sequences of layers.
        axis: the axis of a sample along which they are joined: 0, features or channels, by default;
            -1 is the last.
    Raises: ``ShapeError`` when the other axes differ; ``ParameterError`` for what is no layer.
    Source: C. Szegedy et al., 2015, doi:10.1109/CVPR.2015.7298594.
    """

    branches: Sequence[Layers]
    axis: int = hyper(0, kind=int, doc="the axis of a sample along which outputs are joined")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.branches, list | tuple) or not self.branches:
            raise ParameterError(
                f"Parallel expects branches, a list of at least one layer, got {self.branches!r}."
            )
        object.__setattr__(self, "branches", tuple(map(_branch, self.branches)))
        named(self._branches)

    @property
    def input_dtype(self) -> DType:
        """That of the first branch."""
        return self._branches[0].input_dtype

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """The branches' parameters, each under its branch's name."""
        declared: list[Parameter] = []
        shapes: dict[str, tuple[int, ...]] = {}
        for name, layer in named(self._branches):
            inner, shapes[name] = fitted(name, layer, in_shape)
            declared += inner
        others = {_without(shape, self.axis) for shape in shapes.values()}
        if None in others or len(others) > 1:
            given = ", ".join(f"{list(shape)} from {name}" for name, shape in shapes.items())
            raise self.misfit(
                f"branches whose shapes agree but for axis {self.axis}",
                given,
                "Change the branches or the axis.",
            )
        return tuple(declared)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Trace the branches in order and join what they give."""
        outputs = []
        for name, layer in named(self._branches):
            with builder.inside(name):
                outputs.append(_noted(layer, builder, x))
        return concatenate(outputs, self.axis % (len(outputs[0].shape) - 1) + 1)

    @property
    def _branches(self) -> tuple[Layer, ...]:
        return tuple(map(_branch, self.branches))


def _noted(layer: Layer, builder: Tracer, x: Value) -> Value:
    """Trace a layer, and note what goes into it and what comes out."""
    builder.note("input", x)
    y = layer.trace(builder, x)
    builder.note("output", y)
    return y


def fitted(
    name: str, layer: Layer, in_shape: tuple[int, ...]
) -> tuple[list[Parameter], tuple[int, ...]]:
    """A layer's declarations under its name, and the shape it gives; errors say its name."""
    with _at(name):
        measure = _measured if _is_hashable(layer) else _measured.__wrapped__
        declared, out_shape = measure(layer, in_shape)
        return [replace(p, name=f"{name}.{p.name}") for p in declared], out_shape


@lru_cache(maxsize=1024)  # without it, each level of nesting would measure the one below four times
def _measured(
    layer: Layer, in_shape: tuple[int, ...]
) -> tuple[tuple[Parameter, ...], tuple[int, ...]]:
    return layer.parameters(in_shape), layer.output_shape(in_shape)


def _is_hashable(layer: Layer) -> bool:
    try:
        hash(layer)
    except TypeError:  # a layer of one's own with a list among its settings
        return False
    return True


@contextmanager
def _at(name: str) -> Iterator[None]:
    try:
        yield
    except (ShapeError, ParameterError) as error:
        message = str(error)
        known = message.startswith(f"{name} ")
        raise type(error)(message if known else f"{name}: {message}") from None


def checked(layers: Layers) -> tuple[Layer, ...]:
    """The layers as a tuple; a Chain stands for its layers.

    Raises: ``ParameterError`` for what is no layer.
    """
    if isinstance(layers, Chain) and layers.name is None:
        return tuple(layers.layers)
    several = layers if isinstance(layers, list | tuple) else (layers,)
    for layer in several:
        if not isinstance(layer, Layer):
            raise ParameterError(f"A network is made of layers such as Dense(64), got {layer!r}.")
    return tuple(several)


def _branch(branch: Layers) -> Layer:
    return branch if isinstance(branch, Layer) else Chain(checked(branch))


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...] | None:
    """The shape without one axis, or None where it does not have it."""
    if not -len(shape) <= axis < len(shape):
        return None
    axis %= len(shape)
    return (*shape[:axis], -1, *shape[axis + 1 :])
