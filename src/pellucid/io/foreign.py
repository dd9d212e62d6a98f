"""A network that somebody else made, as plain data: layers, arrays, how it begins and ends.

``read_onnx.py`` and ``read_torch.py`` give one; ``models/imported.py`` makes a ``Network`` of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from operator import add, mul, sub, truediv
from typing import Any, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import FileError
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.io.functions import Function, recognised
from pellucid.nn.activate import Activation
from pellucid.nn.activations import ActivationFunction, Custom, Linear, Softmax
from pellucid.nn.compose import Chain, fitted, named
from pellucid.nn.conv import Conv1D, Conv2D
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.shape import Flatten, Reshape

LINEAR = ("Add", "Sub", "Mul", "Div")


@dataclass(frozen=True, eq=False)
class Piece:
    """A layer with its arrays, under the names that the layer gives them."""

    layer: Layer
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Constant:
    """Arithmetic with a fixed array: x + array, and so on; ``first``: the array is on the left.

    What becomes of it depends on what stands beside it: a bias, the scaling of the inputs, the unit
    of the answers, or a function of its own.
    """

    operator: str
    array: Array
    first: bool = False

    def __call__(self, z: Value) -> Value:
        """Add the operation to the graph of z."""
        other: Any = float(self.array.reshape(())) if self.array.ndim == 0 else self.array
        a, b = (other, z) if self.first else (z, other)
        if isinstance(a, np.ndarray):
            a = z.builder.constant(a)
        calls = {"Add": add, "Sub": sub, "Mul": mul, "Div": truediv}
        return calls[self.operator](a, b)  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class Step:
    """A function of each value, which is recognised once all that belongs to it is known."""

    function: Function
    label: str


Part: TypeAlias = Piece | Constant | Step


@dataclass(frozen=True, eq=False)
class Foreign:
    """A network as it was read.

    Attributes:
        pieces: its layers in order.
        row_shape: the shape of one row as it is given.
        whole: whether rows are whole numbers, to be looked up.
        scaling: mean and scale of the rows before the first layer, where it begins with such.
        ending: the function on the last layer's numbers: "softmax", "sigmoid" or "".
        units: mean and scale of the answers, where it ends with such.
        labels: the classes, where it names them.
        origin: where it comes from, for the network's provenance.
    """

    pieces: tuple[Piece, ...]
    row_shape: tuple[int, ...]
    whole: bool = False
    scaling: tuple[Array, Array] | None = None
    ending: str = ""
    units: tuple[Array, Array] | None = None
    labels: tuple[Any, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)


def joined(pieces: Sequence[Piece]) -> tuple[tuple[Layer, ...], dict[str, Array]]:
    """The layers, and their arrays under the names that a network gives them."""
    layers = tuple(piece.layer for piece in pieces)
    arrays = {
        f"{name}.{own}": array
        for (name, _), piece in zip(named(layers), pieces, strict=True)
        for own, array in piece.arrays.items()
    }
    return layers, arrays


def chained(pieces: Sequence[Piece]) -> Piece:
    """Several as one, which is a Chain unless it is one already."""
    if len(pieces) == 1:
        return pieces[0]
    layers, arrays = joined(pieces)
    return Piece(Chain(layers), arrays)


def assembled(
    parts: Sequence[Part], row_shape: tuple[int, ...], *, whole: bool = False,
    labels: tuple[Any, ...] = (), origin: Mapping[str, Any] | None = None, ending: str = "",
) -> Foreign:  # fmt: skip
    """Put parts together: scaling and units apart, biases into their layers, functions by name."""
    scaling, rest = (None, list(parts)) if whole else _scaling(list(parts), row_shape)
    shape = (1, *row_shape) if scaling is not None and len(row_shape) == 2 else row_shape
    pieces = tidied(rest, shape)
    units = None
    if not ending:
        pieces, ending = _ending(pieces)
    if not ending:
        units, shortened = _units(rest)
        pieces = pieces if units is None else tidied(shortened, shape)
    return Foreign(
        tuple(apart(pieces)), row_shape, whole, scaling, ending, units, labels, dict(origin or {})
    )


def apart(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces without names that two of them share."""
    names = [piece.layer.name for piece in pieces]
    usual = {name for name, _ in named(replace(p.layer, name=None) for p in pieces)}
    return [
        piece
        if name is None or (names.count(name) == 1 and name not in usual)
        else Piece(replace(piece.layer, name=None), piece.arrays)
        for piece, name in zip(pieces, names, strict=True)
    ]


def tidied(parts: Sequence[Part], shape: tuple[int, ...]) -> list[Piece]:
    """Layers alone: biases and activations within the layers that they follow.

    Raises: ``ShapeError`` for layers that do not fit one another.
    """
    found: list[Piece] = []
    run: list[Constant | Step] = []
    for part in parts:
        if isinstance(part, Constant | Step):
            last = found[-1] if found and not run else None
            biased = _with_bias(last, part) if last and isinstance(part, Constant) else None
            if biased is not None:
                found[-1] = biased
            else:
                run.append(part)
            continue
        found, run = [*found, *_functions(found, run)], []
        found.append(part)
    found += _functions(found, run)
    return _merged(_reshaped(found, shape))


def _functions(found: list[Piece], run: list[Constant | Step]) -> list[Piece]:
    """A run of functions as one activation, by its name where it has one."""
    if not run:
        return []
    calls = [part if isinstance(part, Constant) else part.function for part in run]

    def function(z: Value) -> Value:
        for call in calls:
            z = call(z)
        return z

    label = " ".join(p.operator if isinstance(p, Constant) else p.label for p in run).lower()
    known = recognised(function, label)
    return [] if isinstance(known, Linear) else [Piece(Activation(known))]


def _with_bias(last: Piece, part: Constant) -> Piece | None:
    """The layer with the constant as its bias, if it has none and the constant can be one."""
    layer = last.layer
    if not isinstance(layer, Dense | Conv1D | Conv2D) or layer.bias or part.operator != "Add":
        return None
    if layer.activation != Linear():
        return None
    count = layer.units if isinstance(layer, Dense) else layer.filters
    after = (1,) * (0 if isinstance(layer, Dense) else 1 if isinstance(layer, Conv1D) else 2)
    array = part.array
    while array.ndim > 1 + len(after) and array.shape[0] == 1:
        array = array[0]
    if array.shape != (count, *after) and not (array.ndim == 0 and count == 1):
        return None
    arrays = {**last.arrays, "bias": array.reshape(-1)}
    return Piece(replace(layer, bias=True), arrays)


def _reshaped(pieces: list[Piece], shape: tuple[int, ...]) -> list[Piece]:
    """Without rearrangements that change nothing, or that another follows at once."""
    found: list[Piece] = []
    for place, piece in enumerate(pieces):
        moves = isinstance(piece.layer, Flatten | Reshape)
        gives = _gives(piece.layer, shape)
        next_moves = place + 1 < len(pieces) and isinstance(
            pieces[place + 1].layer, Flatten | Reshape
        )
        if not (moves and (gives == shape or next_moves)):
            found.append(piece)
            shape = gives
    return found


def _gives(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    return fitted(layer.name or type(layer).__name__, layer, shape)[1]


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Named activations go into the layer that they follow."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1].layer if found else None
        own = piece.layer
        fits = isinstance(own, Activation) and _is_plain(own.function)
        if fits and isinstance(last, Dense | Conv1D | Conv2D) and last.activation == Linear():
            layer = replace(last, activation=own.function)  # type: ignore[attr-defined]
            found[-1] = Piece(layer, found[-1].arrays)
        else:
            found.append(piece)
    return found


def _is_plain(function: Any) -> bool:
    known = isinstance(function, ActivationFunction)
    return known and not isinstance(function, Custom | Softmax)


# --- how it begins and ends


def _scaling(
    parts: list[Part], row_shape: tuple[int, ...]
) -> tuple[tuple[Array, Array] | None, list[Part]]:
    """Mean and scale of rows that are first shifted and stretched, and what follows.

    One number for all values, or for rows of numbers one for each; a stretch below 0 is none. Rows
    of height x width become pictures of one channel, as a scaling of pictures makes them.
    """
    count = 0
    while count < len(parts) and isinstance(parts[count], Constant):
        count += 1
    if not count:
        return None, parts
    found = _affine(parts[:count])
    if found is None:
        return None, parts
    mean, scale = found
    per_number = len(row_shape) == 1
    if len(row_shape) == 2 and not _makes_channel(parts[count:], row_shape):
        return None, parts
    fits = all(a.size == 1 or (per_number and a.shape[-1:] == row_shape) for a in found)
    if not fits or not (scale > 0).all() or not np.isfinite(mean).all():
        return None, parts
    size = row_shape[0] if per_number else 1
    both = tuple(np.broadcast_to(a.reshape(-1), (size,)).astype(np.float64) for a in (mean, scale))
    return (both[0], both[1]), parts[count:]


def _makes_channel(parts: Sequence[Part], row_shape: tuple[int, ...]) -> bool:
    """Whether rows of height x width become 1 x height x width first."""
    first = parts[0] if parts else None
    made = isinstance(first, Piece) and isinstance(first.layer, Reshape)
    return made and tuple(first.layer.shape) == (1, *row_shape)  # type: ignore[union-attr]


def _units(parts: list[Part]) -> tuple[tuple[Array, Array] | None, list[Part]]:
    """Mean and scale of answers that are stretched and shifted last, and what comes before.

    A lone sum is a bias, and stays where it is.
    """
    count = len(parts)
    while count and isinstance(parts[count - 1], Constant):
        count -= 1
    own = parts[count:]
    biased = own and isinstance(own[0], Constant) and own[0].operator == "Add"
    if biased and count and isinstance(parts[count - 1], Piece):
        layer = parts[count - 1].layer  # type: ignore[union-attr]
        if isinstance(layer, Dense) and not layer.bias:
            count, own = count + 1, own[1:]
    if not own or not any(isinstance(p, Constant) and p.operator in ("Mul", "Div") for p in own):
        return None, parts
    found = _affine(own)
    if found is None:
        return None, parts
    mean, scale = -found[0] / found[1], 1 / found[1]
    flat = all(a.size == 1 or a.ndim == 1 for a in found)
    if not flat or not (scale > 0).all() or not np.isfinite(mean).all():
        return None, parts
    return (mean.reshape(-1), scale.reshape(-1)), parts[:count]


def _affine(parts: Sequence[Part]) -> tuple[Array, Array] | None:
    """Mean and scale of ``(x - mean) / scale``, which the parts compute together."""
    stretch, shift = np.ones(()), np.zeros(())
    for part in parts:
        if not isinstance(part, Constant):
            return None
        array = part.array.astype(np.float64)
        if part.operator == "Add":
            shift = shift + array
        elif part.operator == "Sub" and not part.first:
            shift = shift - array
        elif part.operator == "Mul":
            stretch, shift = stretch * array, shift * array
        elif part.operator == "Div" and not part.first and (array != 0).all():
            stretch, shift = stretch / array, shift / array
        else:
            return None
    if not (stretch != 0).all():
        return None
    return -shift / stretch, 1 / stretch


def _ending(pieces: list[Piece]) -> tuple[list[Piece], str]:
    """The pieces without a last softmax or sigmoid, and which it was."""
    if not pieces:
        return pieces, ""
    last = pieces[-1].layer
    own = last.function if isinstance(last, Activation) else getattr(last, "activation", None)
    kind = getattr(own, "kind", "")
    if isinstance(own, Custom) and own.written.label in ("logsoftmax", "logsoftmax exp"):
        kind = "softmax"
    if kind not in ("softmax", "sigmoid"):
        return pieces, ""
    if isinstance(last, Activation):
        return pieces[:-1], kind
    return [*pieces[:-1], Piece(replace(last, activation=Linear()), pieces[-1].arrays)], kind  # type: ignore[call-arg]


def refusal(path: str, faults: Sequence[str], supported: Sequence[str]) -> FileError:
    """The error that names all that cannot be read at once, with what can."""
    more = f"; and {len(faults) - 8} more" if len(faults) > 8 else ""
    return FileError(
        f"{path} cannot become a network: {'; '.join(faults[:8])}{more}. "
        f"Known are {', '.join(supported)}."
    )
