"""What a network or one of its units answers over a plane of two inputs, the others held."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Labels, TableCodec
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning, ParameterError, unknown_name
from pellucid.figures.boundary import decision_regions, unit_plane
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import SUM, column_names, found_unit, layer_outputs
from pellucid.models.network import Network
from pellucid.models.prepare import given

PLACES, MARGIN, MOST_POINTS, MOST_NAMED = 100, 0.06, 1000, 3


def boundary(
    net: Network, x: Any, y: Any = None, *, unit: Any = None, inputs: Sequence[Any] | None = None,
    row: Any = None, names: Sequence[str] | None = None, template: str = "light",
) -> Any:  # fmt: skip
    """Draw the answers, or what one unit gives, over two of the inputs.

    Parameters:
        x, y: rows in the user's units, which give the ranges and the points on top, and targets.
        unit: "dense_1/3" or ("dense_1", 3) for one unit in place of the answers; of labels a label.
        inputs: the two inputs, by name or by place; they may be left out where there are two.
        row: one row at whose values the other inputs are held; by default each at the mean of x,
            and texts at the most frequent.
        names: what the numbers of a row are called, where the model does not say.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ParameterError`` for inputs that are not two, or hold texts; ``UnknownNameError``;
        ``DataError``, ``ShapeError`` for rows unlike those of the training.
    """
    _, codec, target = net._parts()
    rows, y = given(x, y, codec)
    plane = _plane(net, rows, inputs, row, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # corners of the plane are unlike the data
        told = _asked(net, plane, unit, target)
    some = slice(None, None, max(1, -(-len(rows) // MOST_POINTS)))
    points = np.stack([plane.column(rows, place) for place in (0, 1)], axis=1)[some]
    labels = _labels(y, target, some)
    over = plane.names, points
    held = f"{told.title}<br><sup>{plane.held}</sup>" if plane.held else told.title
    if told.classes:
        return decision_regions(
            plane.across, plane.up, told.values, told.classes, over[0], over[1], labels, held,
            template,
        )  # fmt: skip
    return unit_plane(
        plane.across, plane.up, told.values[..., 0], over[0], told.zero, over[1], labels, held,
        template,
    )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """What is drawn: chances of classes, or one number a place; and its sum, where there is one."""

    title: str
    values: Array
    classes: tuple[Any, ...] = ()
    zero: Array | None = None


@dataclass(frozen=True)
class _Plane:
    """Two inputs and their ranges, and the row that holds the others."""

    names: tuple[str, str]
    chosen: tuple[Any, Any]
    across: list[float]
    up: list[float]
    base: Any
    held: str

    def rows(self) -> Any:
        """A row for each place of the plane, those of a line of it side by side."""
        first, second = (part.reshape(-1) for part in np.meshgrid(self.across, self.up))
        if isinstance(self.base, Table):
            return _repeated(
                self.base, len(first), dict(zip(self.chosen, (first, second), strict=True))
            )
        rows = np.repeat(self.base[None], len(first), axis=0)
        for place, values in zip(self.chosen, (first, second), strict=True):
            rows[(slice(None), *place)] = values
        return rows

    def column(self, rows: Any, place: int) -> Array:
        """One of the two inputs of given rows."""
        return _column(rows, self.chosen[place])

    def shaped(self, values: Array) -> Array:
        """Values at the places as up x across x numbers."""
        return values.reshape(len(self.up), len(self.across), -1)


def _asked(net: Network, plane: _Plane, unit: Any, target: Any) -> _Told:
    rows = plane.rows()
    if isinstance(target, Labels) and (unit is None or unit in target.labels):
        label = target.labels[0] if unit is None else unit
        chance = net.predict_proba(rows)[:, target.labels.index(label)]
        return _Told(f"Chance of {label}", plane.shaped(chance))
    if unit is not None:
        name, place = found_unit(net, unit)
        found = layer_outputs(net, rows)
        own: Any = (slice(None), *place)
        sums = found.get(f"{SUM}{name}")
        where = ", ".join(map(str, place))
        zero = None if sums is None else plane.shaped(sums[own])[..., 0]
        return _Told(f"What unit {where} of {name} gives", plane.shaped(found[name][own]), (), zero)
    if isinstance(target, Classes):
        try:
            chances = net.predict_proba(rows)
        except DataError:  # scores that are no chances: only who wins is known
            chances = np.eye(len(target.labels))[target.encode(net.predict(rows))]
        return _Told("What it answers", plane.shaped(chances), target.labels)
    values = np.asarray(net.predict(rows), float).reshape(len(rows), -1)
    return _Told("What it answers", plane.shaped(values[:, :1]))


# --- the plane


def _plane(
    net: Network, rows: Any, inputs: Sequence[Any] | None, row: Any, names: Sequence[str] | None
) -> _Plane:
    known = column_names(net, names)
    is_table = isinstance(net.inputs, TableCodec) and isinstance(rows, Table)
    size = len(rows.columns) if is_table else int(np.prod(rows.shape[1:]))
    if inputs is None and size == 2:
        inputs = (0, 1)
    if inputs is None or isinstance(inputs, str) or len(inputs) != 2:
        shown = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
        raise ParameterError(
            f"A plane needs two inputs, by name or place, got {inputs!r}. "
            f"{f'The inputs are {shown}.' if known else f'A row has {size} numbers.'}"
        )
    places = [_place(choice, known, rows) for choice in inputs]
    if places[0] == places[1]:
        raise ParameterError(f"A plane needs two different inputs, got {inputs[0]!r} twice.")
    base = _base(rows, row)
    if is_table:
        chosen: tuple[Any, Any] = (known[places[0][0]], known[places[1][0]])
        titles = list(chosen)
    else:
        chosen = places[0], places[1]
        titles = [_title(place, known) for place in places]
    across, up = (_range(_column(rows, choice)) for choice in chosen)
    held = _held(rows, base, chosen, known, row)
    return _Plane((titles[0], titles[1]), chosen, across, up, base, held)


def _place(choice: Any, known: tuple[str, ...], rows: Any) -> tuple[int, ...]:
    """An input as a place in a row."""
    if isinstance(choice, str):
        if choice not in known:
            raise unknown_name("input", choice, known)
        return (known.index(choice),)
    place = tuple(choice) if isinstance(choice, tuple) else (choice,)
    shape = (len(rows.columns),) if isinstance(rows, Table) else rows.shape[1:]
    fits = len(place) == len(shape) and all(
        type(at) is int and 0 <= at < size for at, size in zip(place, shape, strict=True)
    )
    if not fits:
        raise ParameterError(
            f"An input is a name or a place in a row of shape {list(shape)}, counted from 0, got "
            f"{choice!r}."
        )
    return place


def _title(place: tuple[int, ...], known: tuple[str, ...]) -> str:
    if len(place) == 1 and known:
        return known[place[0]]
    return "value at " + ", ".join(map(str, place))


def _column(rows: Any, choice: Any) -> Array:
    if not isinstance(rows, Table):
        own: Any = (slice(None), *choice)
        return np.asarray(rows[own], float)
    series = rows.column(choice)
    if not series.dtype.is_numeric():
        raise ParameterError(
            f"The column {choice!r} holds no numbers ({series.dtype}), so it cannot be an axis. "
            "Choose another input, and hold this one with row=."
        )
    return np.asarray(series.cast(float).fill_null(np.nan).to_numpy())


def _range(values: Array) -> list[float]:
    """Places from a little below the least to a little above the largest."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    margin = MARGIN * (high - low) if high > low else 0.5
    return [float(v) for v in np.linspace(low - margin, high + margin, PLACES)]


def _base(rows: Any, row: Any) -> Any:
    """The row that holds the other inputs."""
    if isinstance(rows, Table):
        held = Table.of(row, rows.columns) if row is not None else _typical(rows)
        if len(held) != 1:
            raise DataError(f"row holds one row at whose values inputs are held, got {len(held)}.")
        return held
    if row is None:
        return np.asarray(rows, float).mean(axis=0)
    own = np.asarray(row, float)
    own = own[0] if own.shape == (1, *rows.shape[1:]) else own
    if own.shape != rows.shape[1:]:
        raise DataError(
            f"row has shape {list(own.shape)}; expected one row, {list(rows.shape[1:])}."
        )
    return own


def _typical(rows: Table) -> Table:
    """Each column at its mean, or at its most frequent value."""
    import polars as pl

    def one(series: Any) -> Any:
        if series.dtype.is_numeric():
            return pl.Series(series.name, [series.mean()], dtype=pl.Float64)
        frequent = series.drop_nulls().mode().sort()
        return frequent.head(1) if len(frequent) else series.head(1)

    return Table.join([one(rows.column(name)) for name in rows.columns])


def _repeated(base: Table, count: int, changed: dict[str, Array]) -> Table:
    import polars as pl

    return Table.join([
        pl.Series(name, changed[name])
        if name in changed
        else base.column(name).gather([0] * count).alias(name)
        for name in base.columns
    ])  # fmt: skip


def _held(rows: Any, base: Any, chosen: Any, known: tuple[str, ...], row: Any) -> str:
    """A line on what the other inputs are."""
    how = "the given row" if row is not None else "the mean"
    if isinstance(rows, Table):
        others = [name for name in rows.columns if name not in chosen]
        values = [base.column(name)[0] for name in others]
    else:
        flat = [tuple(map(int, at)) for at in np.ndindex(*base.shape) if at not in chosen]
        others = [_title(at, known) for at in flat[: MOST_NAMED + 1]]
        values = [float(base[at]) for at in flat[: MOST_NAMED + 1]]
        if len(flat) > MOST_NAMED:
            return f"the other {len(flat):,} inputs held at {how}"
    if not others:
        return ""
    if len(others) > MOST_NAMED:
        return f"the other {len(others):,} inputs held at {how}"
    told = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in zip(others, values, strict=True)
    )
    return f"held at {how}: {told}"


def _labels(y: Any, target: Any, some: slice) -> list[str] | None:
    """The class of each point, where there are classes."""
    if y is None or not isinstance(target, Classes):
        return None
    places = target.encode(y)[some]
    return [str(target.labels[place]) for place in places]
