"""What a node's value is: a shape, whose batch axis may be symbolic, and a kind of number."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

from pellucid.dataclass import dataclass
from pellucid.errors import GraphError

DType: TypeAlias = Literal["float", "int", "bool"]
DTYPES: tuple[DType, ...] = get_args(DType)


class TypeProblem(Exception):
    """Raised by a type rule; the graph adds where it happened and turns it into an error."""


@dataclass(frozen=True)
class Batch:
    """A size known only when data arrive: ``multiple * B ** power``, with B the number of samples.

    Example:
        >>> str(Batch(10)), Batch(10).size(32)
        ('10B', 320)
    """

    multiple: int = 1
    power: int = 1

    def size(self, batch: int) -> int:
        """The number it stands for once the batch has ``batch`` samples."""
        return int(self.multiple * batch**self.power)

    def __str__(self) -> str:
        factor = "" if self.multiple == 1 else str(self.multiple)
        return f"{factor}B" + (f"^{self.power}" if self.power != 1 else "")


Dim: TypeAlias = int | Batch
Shape: TypeAlias = tuple[Dim, ...]
BATCH = Batch()


@dataclass(frozen=True)
class Type:
    """Shape and kind of number of a node's value, written ``float[B, 10]``.

    Raises: ``TypeProblem`` for a size that is neither a whole number from 0 on nor a multiple of B,
        and for a kind of number that there is not.
    """

    shape: Shape
    dtype: DType = "float"

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise TypeProblem(f"there is no kind of number {self.dtype!r}; use float, int or bool")
        for dim in self.shape:
            if not ((type(dim) is int and dim >= 0) or _is_multiple(dim)):
                raise TypeProblem(
                    f"a size is a whole number from 0 on or a multiple of B, got {dim}"
                )

    def __str__(self) -> str:
        return f"{self.dtype}{show_shape(self.shape)}"


def _is_multiple(dim: Dim) -> bool:
    return isinstance(dim, Batch) and dim.multiple >= 1 and dim.power >= 1


def show_shape(shape: Shape) -> str:
    """Write a shape as text: ``[B, 10]``."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


def parse_dim(text: int | str) -> Dim:
    """Read one size as ``str`` wrote it: ``10``, ``"B"``, ``"10B"``, ``"10B^2"``."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    match = re.fullmatch(r"(\d*)B(?:\^(\d+))?", text) if isinstance(text, str) else None
    if match is None:
        raise GraphError(
            f"A size is a whole number or a multiple of B such as '10B', got {text!r}."
        )
    return Batch(int(match[1] or 1), int(match[2] or 1))


def count(shape: Shape) -> Dim:
    """The number of elements of a shape: the product of its sizes."""
    multiple, power = 1, 0
    for dim in shape:
        if isinstance(dim, Batch):
            multiple, power = multiple * dim.multiple, power + dim.power
        else:
            multiple *= dim
    return Batch(multiple, power) if power and multiple else multiple


def divide(total: Dim, part: Dim) -> Dim | None:
    """``total / part`` where that is exact for every batch size, else None."""
    whole, piece = _as_batch(total), _as_batch(part)
    if piece.multiple == 0 or whole.multiple % piece.multiple or whole.power < piece.power:
        return None
    multiple, power = whole.multiple // piece.multiple, whole.power - piece.power
    return Batch(multiple, power) if power else multiple


def _as_batch(dim: Dim) -> Batch:
    return dim if isinstance(dim, Batch) else Batch(dim, 0)


def broadcast(shapes: list[Shape]) -> Shape | None:
    """The common shape under NumPy's broadcasting rule, or None where there is none."""
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Dim] = []
    for axis in range(rank):
        sizes = {s[axis - rank] for s in shapes if len(s) >= rank - axis} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def resolve(shape: Shape, batch: int) -> tuple[int, ...]:
    """The shape in plain numbers for a batch of ``batch`` samples."""
    return tuple(dim.size(batch) if isinstance(dim, Batch) else dim for dim in shape)
