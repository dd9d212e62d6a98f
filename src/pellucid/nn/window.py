"""How a window lies on a picture, as a person says it: "valid", "same", 1, ((0, 1), (0, 1))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.ops.window import Padding, Pair

if TYPE_CHECKING:
    from pellucid.nn.layer import Layer
    from pellucid.nn.layout import Parameter

PaddingLike: TypeAlias = str | int | Sequence[int | Sequence[int]]


def padding(owner: str, value: Any) -> str | Padding:
    """Check a padding: "same" stays, all others become ((above, below), (left, right)).

    Raises: ``ParameterError`` for anything else.
    """
    if value == "same":
        return "same"
    if value == "valid":
        return (0, 0), (0, 0)
    sides = value if isinstance(value, list | tuple) else (value, value)
    pairs = [side if isinstance(side, list | tuple) else (side, side) for side in sides]
    flat = [size for pair in pairs for size in pair]
    whole = all(type(size) is int and size >= 0 for size in flat)
    if len(pairs) != 2 or any(len(pair) != 2 for pair in pairs) or not whole:
        raise ParameterError(
            f"{owner} expects padding to be 'valid', 'same', a whole number of at least 0, "
            f"(rows, columns) or ((above, below), (left, right)), got {value!r}. "
            "It is what is added around the picture."
        )
    return (flat[0], flat[1]), (flat[2], flat[3])


def ends(owner: str, value: Any) -> str | Pair:
    """Check the padding of a series: "same" stays, all others become (before, after).

    Raises: ``ParameterError`` for anything else.
    """
    if value == "same":
        return "same"
    both = (0, 0) if value == "valid" else value
    both = tuple(both) if isinstance(both, list | tuple) else (both, both)
    if len(both) != 2 or any(type(size) is not int or size < 0 for size in both):
        raise ParameterError(
            f"{owner} expects padding to be 'valid', 'same', a whole number of at least 0 or "
            f"(before, after), got {value!r}. It is what is added around the series."
        )
    return both


def pair(value: int | Pair) -> Pair:
    """One number for both, or the two given."""
    return (value, value) if isinstance(value, int) else value


def picture(x: Value) -> Pair:
    """Height and width of pictures (batch, channels, height, width)."""
    height, width = x.shape[2:]
    assert isinstance(height, int) and isinstance(width, int)
    return height, width


def around(
    choice: Any, picture: Pair, size: Pair, stride: Pair, dilation: Pair = (1, 1)
) -> Padding:
    """The rows and columns to add to a picture for a checked padding.

    Formula: for "same", so many in all that the window takes ceil(length / stride) places; the odd
        one goes below and to the right, as in TensorFlow.
    """
    if choice != "same":
        fixed: Padding = choice
        return fixed
    rows, columns = map(_same, picture, size, stride, dilation)
    return rows, columns


def _same(length: int, size: int, stride: int, dilation: int) -> Pair:
    places = -(-length // stride)
    reach = dilation * (size - 1) + 1
    missing = max((places - 1) * stride + reach - length, 0)
    return missing // 2, missing - missing // 2


def only_pictures(layer: Layer, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
    """No parameters; raises ``ShapeError`` for samples that are no pictures."""
    if len(in_shape) != 3:
        raise layer.misfit(
            "samples of shape [channels, height, width]",
            str(list(in_shape)),
            picture_remedy(in_shape),
        )
    return ()


def picture_remedy(in_shape: tuple[int, ...]) -> str:
    """What to do about samples that are no pictures."""
    if len(in_shape) == 2:
        return f"Put Reshape((1, {in_shape[0]}, {in_shape[1]})) before it."
    side = round(in_shape[0] ** 0.5) if len(in_shape) == 1 else 0
    if side and side * side == in_shape[0]:
        return f"Put Reshape((1, {side}, {side})) before it."
    return "Put Reshape((channels, height, width)) before it."
