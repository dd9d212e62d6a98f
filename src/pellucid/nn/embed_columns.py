"""Embeddings of some columns of a table, beside its other columns."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.nn.init import Fans, Initializer, Normal, initializer
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import cast, clip, concatenate, gather, reshape, slice


@dataclass(frozen=True)
class EmbedColumns(Layer):
    """Replace each of the last columns by the row of a table that its number names; keep the rest.

    Formula: y[b] = [x[b, 0], ..., x[b, n - k - 1]; W_1[i_1]; ...; W_k[i_k]], with i_j the whole
        part of x[b, n - k + j - 1], clipped to the rows of W_j, for k ``entries``.
    Shapes: (batch, n) -> (batch, n - k + sum of the units); weight_j (entries_j, units_j).
    Parameters:
        entries: the rows of each table, for each of the last columns.
        units: the numbers in a row of each.
        weight_init: how the tables start: normally distributed, mean 0 and deviation 0.1.
    Numerics: columns that are looked up pass no gradient back, as counts do not change smoothly.
        In float32 whole numbers are exact up to 2^24.
    Raises: ``ParameterError`` for lists of other lengths; ``ShapeError`` for fewer columns.
    """

    entries: Sequence[int] = (1,)
    units: Sequence[int] = (1,)
    weight_init: str | Initializer = Normal(0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        for sizes in (self.entries, self.units):
            fits = isinstance(sizes, list | tuple) and len(sizes) == len(self.entries) > 0
            if not fits or any(type(size) is not int or size < 1 for size in sizes):
                raise ParameterError(
                    "EmbedColumns expects entries and units, two lists of as many whole numbers of "
                    f"at least 1, got {self.entries!r} and {self.units!r}."
                )
        object.__setattr__(self, "entries", tuple(self.entries))
        object.__setattr__(self, "units", tuple(self.units))
        object.__setattr__(self, "weight_init", initializer(self.weight_init))

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """weight_1, weight_2, ...: (entries, units) of each column."""
        if len(in_shape) != 1 or in_shape[0] < len(self.entries):
            raise self.misfit(
                f"samples of at least {len(self.entries)} numbers", f"{list(in_shape)}",
                "Give an embedding to fewer columns.",
            )  # fmt: skip
        return tuple(
            Parameter(
                f"weight_{place}", (rows, units), initializer(self.weight_init), Fans(1, units)
            )
            for place, (rows, units) in enumerate(zip(self.entries, self.units, strict=True), 1)
        )

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add a look-up for each column, and join them to the rest."""
        width = x.shape[1]
        assert isinstance(width, int)
        plain = width - len(self.entries)
        parts = [slice(x, 1, 0, plain)] if plain else []
        for place, (rows, units) in enumerate(zip(self.entries, self.units, strict=True)):
            column = slice(x, 1, plain + place, plain + place + 1)
            index = cast(clip(reshape(column, (x.shape[0],)), 0.0, rows - 1.0), "int")
            found = gather(builder.parameter(f"weight_{place + 1}"), index, 0)
            parts.append(reshape(found, (x.shape[0], units)))
        return concatenate(parts, 1) if len(parts) > 1 else parts[0]
