"""All parameters in one flat vector, and the named views into it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name
from pellucid.graph import Value
from pellucid.nn.init import Draw, Fans, Initializer
from pellucid.ops import concatenate, reshape, slice

Kind: TypeAlias = Literal["weight", "bias", "state"]


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter array of a layer.

    Attributes:
        name: its name within the layer; within a network the layer's name stands before it.
        shape: its shape.
        initial: how its first values are made.
        fans: values into and out of one unit, for the initialiser.
        kind: ``weight`` (penalties apply), ``bias`` (they don't), or ``state``: not learned by a
            rule but kept by the layer itself, as running statistics are.
    """

    name: str
    shape: tuple[int, ...]
    initial: Initializer
    fans: Fans = Fans(1, 1)
    kind: Kind = "weight"

    @property
    def size(self) -> int:
        """The number of its elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Layout:
    """Where each named array lies in one flat vector, in order and without gaps."""

    parameters: tuple[Parameter, ...]
    _starts: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts, at = {}, 0
        for parameter in self.parameters:
            starts[parameter.name] = at
            at += parameter.size
        object.__setattr__(self, "_starts", starts)

    @property
    def size(self) -> int:
        """The length of the vector."""
        return sum(parameter.size for parameter in self.parameters)

    @property
    def names(self) -> list[str]:
        """The names, in order."""
        return [parameter.name for parameter in self.parameters]

    def __getitem__(self, name: str) -> Parameter:
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise unknown_name("parameter", name, self.names)

    def initial(self, seed: int) -> NDArray[np.float64]:
        """The vector's first values for a seed."""
        parts = [
            p.initial.values(p.shape, p.fans, Draw(seed, p.name)).reshape(-1)
            for p in self.parameters
        ]
        return np.concatenate([np.zeros(0), *parts])

    def views(self, vector: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Named views into a vector: writing to one writes to the vector."""
        return {
            p.name: vector[self._starts[p.name] : self._starts[p.name] + p.size].reshape(p.shape)
            for p in self.parameters
        }

    def values(self, vector: Value) -> dict[str, Value]:
        """The same views as nodes of a graph."""
        views = {}
        for p in self.parameters:
            start = self._starts[p.name]
            scope = p.name.rpartition(".")[0]
            with vector.builder.context(scope=scope):
                views[p.name] = reshape(slice(vector, 0, start, start + p.size), p.shape)
        return views

    def join(self, values: Mapping[str, Value], like: Value) -> Value:
        """One flat vector node from a node per name."""
        flat = [reshape(values[p.name], (p.size,)) for p in self.parameters]
        return concatenate(flat) if flat else like

    def select(self, kinds: Iterable[Kind]) -> Layout:
        """The layout of only the parameters of these kinds."""
        return Layout(tuple(p for p in self.parameters if p.kind in set(kinds)))
