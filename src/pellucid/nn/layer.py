"""What a layer is: hyper-parameters, declared parameters, and the nodes it adds to a graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, field
from typing import Any, ClassVar

from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError, unknown_name, wording
from pellucid.graph import BATCH, Builder, Dim, DType, Shape, Value
from pellucid.hyper import Declared, hyper
from pellucid.nn.layout import Parameter
from pellucid.nn.registry import enter
from pellucid.ops import bernoulli, uniform


@dataclass
class Tracer:
    """What a layer sees while it adds its nodes: its own parameters, and whether it is training.

    Attributes:
        builder: the graph being grown.
        leaves: a node for each parameter and state of the whole network, by full name.
        training: whether the graph is for a training step (dropout drops, statistics move).
        key: seed and step of the random numbers, as a node; None where nothing random happens.
        path: the full name of the layer that is being traced.
        moved: the new value of each state that a layer moved.
        notes: values that learning rules and explanations ask for, such as ``dense_1.z``.
    """

    builder: Builder
    leaves: Mapping[str, Value]
    training: bool = False
    key: Value | None = None
    path: str = ""
    moved: dict[str, Value] = field(default_factory=dict)
    notes: dict[str, Value] = field(default_factory=dict)
    streams: Iterator[int] = field(default_factory=lambda: iter(range(1, 2**31)))

    def parameter(self, name: str) -> Value:
        """The node of one of the layer's own declared parameters or states."""
        return self.leaves[self._full(name)]

    def move(self, name: str, value: Value) -> None:
        """Give one of the layer's states its value after this step."""
        self.moved[self._full(name)] = value

    def note(self, name: str, value: Value) -> None:
        """Remember a value under the layer's name, for learning rules and explanations."""
        self.notes[self._full(name)] = value

    def chance(self, shape: Shape, probability: float) -> Value:
        """True with a probability, for each element; drawn anew at each step."""
        return bernoulli(*self.stream(), shape, probability)

    def uniform(self, shape: Shape) -> Value:
        """Even on [0, 1), for each element; drawn anew at each step."""
        return uniform(*self.stream(), shape)

    def stream(self) -> tuple[Value, int]:
        """The key of the random numbers, and a stream that nobody else draws from."""
        if self.key is None:
            raise ShapeError(
                f"{self.path or 'A layer'} needs random numbers, this graph has no key."
            )
        return self.key, next(self.streams)

    @contextmanager
    def inside(self, name: str) -> Iterator[Tracer]:
        """Within it, names and scope are those of a layer inside this one."""
        before = self.path
        self.path = self._full(name)
        try:
            with self.builder.context(scope=self.path):
                yield self
        finally:
            self.path = before

    def _full(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


@dataclass(frozen=True)
class Layer(Declared, ABC):
    """One layer: frozen hyper-parameters, and no arrays."""

    _: KW_ONLY
    name: str | None = hyper(
        None, kind=str, optional=True, keyword=True, doc="what the network calls the layer"
    )

    classes: ClassVar[dict[str, type[Layer]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        enter(Layer.classes, "a layer", cls.__name__, cls)

    @property
    def input_dtype(self) -> DType:
        """The kind of number the layer takes: float, unless it looks things up by whole numbers."""
        return "float"

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Declare the layer's arrays for samples of this shape; none unless it says so."""
        return ()

    @abstractmethod
    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the layer's nodes to the graph and return its output; axis 0 is the batch."""

    def output_shape(self, in_shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one output sample, found by tracing one."""
        scratch = Builder()
        leaves = {p.name: scratch.input(p.name, p.shape) for p in self.parameters(in_shape)}
        x = scratch.input("x", (BATCH, *in_shape), self.input_dtype)
        return sample_shape(self.trace(Tracer(scratch, leaves), x))

    def misfit(self, expected: str, got: str, remedy: str) -> ShapeError:
        """The error for samples that do not fit, under the layer's name in its network."""
        return ShapeError(
            wording(self.name or type(self).__name__, expected=expected, got=got, remedy=remedy)
        )


def sample_shape(value: Value) -> tuple[int, ...]:
    """The shape of a value without its batch axis."""
    if not value.shape or value.shape[0] != BATCH or not all(map(is_plain, value.shape[1:])):
        raise ShapeError(f"A layer must give one row a sample, [B, ...]; this gives {value.type}.")
    return tuple(dim for dim in value.shape[1:] if isinstance(dim, int))


def is_plain(dim: Dim) -> bool:
    """Whether a size is a known number."""
    return isinstance(dim, int)


def layer_class(name: str) -> type[Layer]:
    """A layer class by its name; an unknown name suggests the nearest."""
    if name not in Layer.classes:
        raise unknown_name("layer", name, Layer.classes)
    return Layer.classes[name]
