"""The embedding: a learned row of numbers for each of a number of entries."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph import DType, Value
from pellucid.hyper import hyper
from pellucid.nn.init import Fans, Initializer, initializer
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import gather


@dataclass(frozen=True)
class Embedding(Layer):
    """Replace each whole number by the row of the table that it names.

    Formula: y[b, ..., j] = W[x[b, ...], j].
    Shapes: int (batch, ...) -> (batch, ..., units); weight (entries, units).
    Parameters:
        entries: the rows of the table; x counts from 0 to entries - 1.
        units: the numbers in a row.
        weight_init: how the table starts: normally distributed, mean 0 and deviation 1.
    Numerics: rows that a batch does not name have gradient 0.
    Raises: ``ShapeError`` after a layer that gives floats: it stands first in a network.
    """

    entries: int = hyper(kind=int, low=1, doc="the number of rows of the table")
    units: int = hyper(kind=int, low=1, doc="the number of outputs for each entry")
    weight_init: str | Initializer = "normal"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "weight_init", initializer(self.weight_init))

    @property
    def input_dtype(self) -> DType:
        """Whole numbers."""
        return "int"

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Weight (entries, units)."""
        shape = (self.entries, self.units)
        return (Parameter("weight", shape, initializer(self.weight_init), Fans(1, self.units)),)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the look-up."""
        if x.dtype != "int":
            raise self.misfit(
                "whole numbers to look up", f"{x.dtype} values", "Put it first in the network."
            )
        return gather(builder.parameter("weight"), x, 0)
