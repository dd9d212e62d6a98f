"""A network at a glance: its layers, their shapes and how much room their numbers take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, fields, replace
from typing import TYPE_CHECKING, Any

from pellucid.data.arrays import count_of, show_size
from pellucid.data.codec import (
    Classes,
    Counts,
    InputCodec,
    Labels,
    NoTargets,
    TableCodec,
    TargetCodec,
)
from pellucid.dataclass import dataclass
from pellucid.nn.activations import ActivationFunction, Custom
from pellucid.nn.compose import Chain, Parallel, Residual, checked, fitted, named
from pellucid.nn.init import Initializer
from pellucid.nn.layer import Layer

if TYPE_CHECKING:
    from pellucid.models.network import Network

HEAD = ("layer", "kind", "gives", "parameters", "bytes")
LABELS = 4  # as many classes are named


@dataclass(frozen=True)
class Row:
    """One layer.

    Attributes:
        name: as in the names of its parameters: ``dense_1``, or ``residual_1.dense_1`` within
            another.
        kind: its class and the settings that are not the usual ones.
        shape: of what it gives for one sample.
        parameters: how many numbers it learns, those of the layers within it included.
        bytes: what these and its running statistics take.
        depth: how many layers it lies within.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    bytes: int
    depth: int


@dataclass(frozen=True)
class Summary:
    """What ``net.summary()`` gives: text when printed, a table in a notebook.

    Attributes:
        data: what goes in and what comes out, in words.
        loss: what is made small.
        rows: the layers, in order; those within another follow it.
        parameters, bytes: of the whole network.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> print(Network(hidden=[8]).build(x, y).summary())
        4 numbers in, each column scaled; 3 classes out: setosa, versicolor, virginica
        layer    kind                       gives  parameters  bytes
        dense_1  Dense(8, activation=relu)  8              40    320
        dense_2  Dense(3)                   3              27    216
        total                                              67    536
        loss: categorical_cross_entropy
    """

    data: str
    loss: str
    rows: tuple[Row, ...]
    parameters: int
    bytes: int

    @classmethod
    def of(cls, net: Network) -> Summary:
        """Summarize a network that has its sizes.

        Raises: ``ParameterError`` for one that has not seen data yet.
        """
        task, codec, target = net._parts()
        carried = net._reached().carried
        width = carried["params"].itemsize
        architecture = task.architecture
        rows = tuple(_rows(architecture.chain, architecture.in_shape, width))
        size = architecture.learned.size
        total = (size + architecture.states.size) * width
        data = f"{_taken(codec)}; {_given(target, architecture.out_shape)}"
        return cls(data, task.loss.kind, rows, size, total)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain JSON values."""
        plain = asdict(self)
        plain["rows"] = [{**row, "shape": list(row["shape"])} for row in plain["rows"]]
        return plain

    def __str__(self) -> str:
        lines = [HEAD, *self._cells(), self._foot()]
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(
                f"{cell:<{size}}" if place < 3 else f"{cell:>{size}}"
                for place, (cell, size) in enumerate(zip(line, wide, strict=True))
            )
            for line in lines
        ]
        return "\n".join([self.data, *table, f"loss: {self.loss}"])

    def _repr_html_(self) -> str:
        from pellucid.models.html import table

        caption = f"{self.data}\nloss: {self.loss}"
        return table(HEAD, self._cells(), left=3, caption=caption, foot=self._foot())

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                "  " * row.depth + row.name.rpartition(".")[2], row.kind, show_size(row.shape),
                f"{row.parameters:,}", f"{row.bytes:,}",
            )
            for row in self.rows
        ]  # fmt: skip

    def _foot(self) -> tuple[str, ...]:
        return "total", "", "", f"{self.parameters:,}", f"{self.bytes:,}"


def _rows(
    layer: Layer, in_shape: tuple[int, ...], width: int, path: str = "", depth: int = 0
) -> Iterator[Row]:
    """The rows of the layers within a layer, each followed by those within it."""
    for name, inner, shape in _inside(layer, in_shape):
        declared, gives = fitted(name, inner, shape)
        learned = sum(p.size for p in declared if p.kind != "state")
        full = f"{path}{name}"
        room = sum(p.size for p in declared) * width
        yield Row(full, describe(inner), gives, learned, room, depth)
        yield from _rows(inner, shape, width, f"{full}.", depth + 1)


def _inside(
    layer: Layer, in_shape: tuple[int, ...]
) -> Iterator[tuple[str, Layer, tuple[int, ...]]]:
    """The layers that a layer is made of, each with the shape that it is given."""
    if isinstance(layer, Chain | Residual):
        shape = in_shape
        for name, inner in named(checked(layer.layers)):
            yield name, inner, shape
            shape = fitted(name, inner, shape)[1]
        if isinstance(layer, Residual) and layer.shortcut is not None:
            yield "shortcut", replace(layer.shortcut, name="shortcut"), in_shape
    if isinstance(layer, Parallel):
        branches = [b if isinstance(b, Layer) else Chain(checked(b)) for b in layer.branches]
        for name, inner in named(branches):
            yield name, inner, in_shape


def describe(layer: Layer) -> str:
    """A layer's class and the settings that are not its usual ones: ``Dense(8, activation=relu)``.

    Example:
        >>> from pellucid import Dense, Dropout
        >>> describe(Dense(8, activation="relu")), describe(Dropout(0.2))
        ('Dense(8, activation=relu)', 'Dropout(0.2)')
    """
    own = [field for field in fields(layer) if field.name != "name" and field.init]
    usual = replace(layer, **{f.name: f.default for f in own if f.default is not MISSING})
    shown: list[str] = []
    bare = True  # the first two, when numbers, stand without their names
    for place, field in enumerate(own):
        value = getattr(layer, field.name)
        text = _setting(value)
        is_usual = field.default is not MISSING and value == getattr(usual, field.name)
        if text is not None and not is_usual:
            bare = bare and place == len(shown) < 2 and text.lstrip("(")[:1].isdigit()
            shown.append(text if bare else f"{field.name}={text}")
    return f"{type(layer).__name__}({', '.join(shown)})"


def _setting(value: Any) -> str | None:
    """A setting in short; None for layers, which have rows of their own."""
    if isinstance(value, Layer):
        return None
    if isinstance(value, list | tuple):
        parts = [_setting(item) for item in value]
        if None in parts:
            return None
        same = len(parts) == 2 and parts[0] == parts[1]  # 3 stands for 3 x 3
        return parts[0] if same else f"({', '.join(map(str, parts))})"
    if isinstance(value, Custom):
        return value.written.label
    if isinstance(value, ActivationFunction):
        own = [getattr(value, f.name) for f in fields(value) if getattr(value, f.name) != f.default]
        return f"{value.kind}({', '.join(map(str, own))})" if own else value.kind
    if isinstance(value, Initializer | str | bool | int | float) or value is None:
        return str(value)
    return repr(value) if not isinstance(value, Mapping) else str(dict(value))


def _taken(codec: InputCodec) -> str:
    """What goes in, in words."""
    if isinstance(codec, TableCodec):
        return (
            f"{count_of(len(codec.used), 'column')} in, as "
            f"{count_of(codec.sample_shape[0], 'number')}"
        )
    shape = codec.row_shape
    what = count_of(shape[0], "number") if len(shape) == 1 else f"values of {show_size(shape)}"
    how = {
        "standardize": "each column scaled", "scale-pixels": "all scaled together",
        "pictures": "pictures, all scaled together",
    }  # fmt: skip
    kind = getattr(codec, "kind", "")
    return f"{what} in, {how.get(kind, 'as they are')}"


def _given(target: TargetCodec, out_shape: tuple[int, ...]) -> str:
    """What comes out, in words."""
    if isinstance(target, Classes | Labels):
        names = [str(label) for label in target.labels]
        shown = names if len(names) <= LABELS else [*names[: LABELS - 1], "...", names[-1]]
        what = "classes" if isinstance(target, Classes) else "labels"
        return f"{len(names)} {what} out: {', '.join(shown)}"
    if isinstance(target, NoTargets):
        return f"{show_size(out_shape)} out, learned without targets"
    noun = "count" if isinstance(target, Counts) else "number"
    if out_shape != (target.outputs,):
        return f"{count_of(out_shape[0], 'quantile')} of a {noun} out"
    return f"{count_of(target.outputs, noun)} out"
