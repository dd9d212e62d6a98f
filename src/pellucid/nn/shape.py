"""Layers that only rearrange a sample's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import reshape


@dataclass(frozen=True)
class Flatten(Layer):
    """Lay all numbers of a sample in one row, the last axis first.

    Formula: y[b, (i * n_2 + j) * n_3 + k] = x[b, i, j, k] for samples of shape (n_1, n_2, n_3).
    Shapes: (batch, ...) -> (batch, product of the sizes).
    """

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the reshape."""
        return reshape(x, (x.shape[0], math.prod(_sizes(x))))


@dataclass(frozen=True)
class Reshape(Layer):
    """Give each sample another shape; its numbers keep their order.

    Shapes: (batch, ...) -> (batch, *shape), with as many numbers.
    Parameters:
        shape: the shape of one sample; one size may be -1: what is left.
    Raises: ``ParameterError`` for sizes below 1 (other than one -1); ``ShapeError`` for samples
        that do not fill the shape.

    Example:
        >>> Reshape((1, 8, -1)).output_shape((64,))
        (1, 8, 8)
    """

    shape: Sequence[int] = (-1,)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _is_shape(self.shape):
            raise ParameterError(
                "Reshape expects a shape of whole numbers of at least 1, one of which may be -1, "
                f"got {self.shape!r}. Leave the batch axis out of it."
            )
        object.__setattr__(self, "shape", tuple(int(size) for size in self.shape))

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """None; raises ``ShapeError`` for samples that do not fill the shape."""
        count, known = math.prod(in_shape), math.prod(size for size in self.shape if size > 0)
        if count % known or (-1 not in self.shape and count != known):
            raise self.misfit(
                f"samples that fill the shape {list(self.shape)}",
                f"{list(in_shape)}, which holds {count} numbers",
                "Change the shape, or let -1 stand for one of its sizes.",
            )
        return ()

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the reshape."""
        return reshape(x, (x.shape[0], *self._sizes(math.prod(_sizes(x)))))

    def _sizes(self, count: int) -> tuple[int, ...]:
        known = math.prod(size for size in self.shape if size > 0)
        return tuple(count // known if size == -1 else size for size in self.shape)


def _sizes(x: Value) -> list[int]:
    return [dim for dim in x.shape[1:] if isinstance(dim, int)]


def _is_shape(shape: object) -> bool:
    if not isinstance(shape, list | tuple) or any(type(size) is not int for size in shape):
        return False
    return all(size >= 1 or size == -1 for size in shape) and list(shape).count(-1) <= 1
