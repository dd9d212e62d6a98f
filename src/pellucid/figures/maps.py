"""Maps of units on a grid, rectangular or hexagonal: borders, columns, classes, hits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError, unknown_name
from pellucid.figures.theme import Theme, dressed, theme

Grid: TypeAlias = Literal["rectangular", "hexagonal"]
GRIDS = ("rectangular", "hexagonal")
FEW, A_ROW = 2, 3  # maps side by side, where they are few, and where they are many
READABLE = 400  # cells up to which each is labelled
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Where the cells of a map lie: the middle of each, and the corners around it."""

    middles: Floats
    corners: Floats

    @classmethod
    def of(cls, rows: int, columns: int, grid: str) -> Cells:
        """The cells of a grid; every second row of a hexagonal one is half a cell to the right.

        Raises: ``UnknownNameError`` for another grid.
        """
        if grid not in GRIDS:
            raise unknown_name("grid", grid, GRIDS)
        down, across = np.divmod(np.arange(rows * columns), columns)
        if grid == "rectangular":
            turns = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.5
            return cls(np.stack([across, down], 1).astype(np.float64), turns)
        angles = math.pi / 2 + math.pi / 3 * np.arange(6)
        turns = np.stack([np.cos(angles), np.sin(angles)], 1) / math.sqrt(3.0)
        return cls(np.stack([across + 0.5 * (down % 2), down * math.sqrt(0.75)], 1), turns)

    def paths(self) -> list[str]:
        """The outline of each cell, as SVG says it."""
        outlines = []
        for middle in self.middles:
            corners = [f"{x:.4f},{y:.4f}" for x, y in middle + self.corners]
            outlines.append(f"M {' L '.join(corners)} Z")
        return outlines

    @property
    def span(self) -> tuple[list[float], list[float]]:
        """From where to where the map goes, across, and down with row 0 on top."""
        low, high = self.middles.min(axis=0) - 0.7, self.middles.max(axis=0) + 0.7
        return [float(low[0]), float(high[0])], [float(high[1]), float(low[1])]


def u_matrix(values: Any, grid: Grid = "rectangular", template: str = "light") -> Any:
    """Draw the mean distance of each unit to its neighbours: strong borders between clusters.

    Parameters:
        values: (rows, columns), as ``KohonenMap.u_matrix()`` gives them.
        grid: rectangular or hexagonal.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError``.
    """
    return _several([values], ["distance to neighbours"], "U-matrix", grid, template, bars=True)


def hit_map(values: Any, grid: Grid = "rectangular", template: str = "light") -> Any:
    """Draw how many samples each unit is nearest to; parameters as of ``u_matrix``."""
    return _several([values], ["samples"], "Samples a unit", grid, template, bars=True)


def component_planes(
    planes: Any, names: Sequence[str], grid: Grid = "rectangular", template: str = "light"
) -> Any:
    """Draw one map for each column of the data: the places of the units in it.

    Parameters:
        planes: (columns of the data, rows, columns), as ``KohonenMap.component_planes()``.
        names: of the columns of the data.
        grid: rectangular or hexagonal.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError``.
    """
    if len(planes) != len(names) or not len(names):
        raise ShapeError(
            f"component_planes draws a plane for each name, got {len(planes)} planes and "
            f"{len(names)} names. Give one name a column of the data."
        )
    return _several(list(planes), list(names), "Component planes", grid, template, bars=False)


def class_map(
    labels: Sequence[Sequence[Any]], grid: Grid = "rectangular", template: str = "light"
) -> Any:
    """Draw the map with each unit in the colour of the class that most of its samples have.

    Parameters:
        labels: by rows, None for a unit without samples, as ``KohonenMap.class_map(x, y)``.
        grid: rectangular or hexagonal.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError``.
    """
    import plotly.graph_objects as go

    colours = theme(template)
    table = np.empty((len(labels), len(labels[0]) if len(labels) else 0), object)
    for place, row in enumerate(labels):
        if len(row) != table.shape[1]:
            raise ShapeError("class_map draws rows of one length. Give a label for each unit.")
        table[place] = list(row)
    cells = Cells.of(*_size(table), grid)
    told = [None if label is None else str(label) for label in table.reshape(-1)]
    names = sorted({label for label in told if label is not None}, key=_in_order)
    own = {name: _colour(k, colours) for k, name in enumerate(names)}
    fills = [colours.grid if label is None else own[label] for label in told]
    figure = go.Figure()
    figure.layout.shapes = _filled(cells, fills, colours.paper, "")
    for name in names:
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=name,
            marker={"color": own[name], "size": 12, "symbol": "square"},
        )  # fmt: skip
    plain = set(names[: len(colours.series)])
    inks = [colours.paper if label in plain else colours.ink for label in told]
    shown = [label or "" for label in told] if len(told) <= READABLE else [""] * len(told)
    figure.add_scatter(
        x=cells.middles[:, 0].tolist(), y=cells.middles[:, 1].tolist(), mode="text",
        text=[text[:3] for text in shown], showlegend=False,
        hovertext=[label or "no samples" for label in told], hoverinfo="text",
        textfont={"size": 11, "color": inks},
    )  # fmt: skip
    dressed(figure, colours, "Classes on the map", _height(cells))
    _frame(figure, cells, {})
    return figure.update_layout(legend={"x": 0, "xanchor": "left", "y": -0.12, "yanchor": "top"})


def _several(
    values: Sequence[Any], names: Sequence[str], title: str, grid: str, template: str, bars: bool
) -> Any:
    """One map beside the other, each with its own scale."""
    from plotly.subplots import make_subplots

    colours = theme(template)
    tables = [np.asarray(value, np.float64) for value in values]
    cells = Cells.of(*_size(tables[0]), grid)
    across = min(len(tables), FEW if len(tables) <= FEW * FEW else A_ROW)
    down = -(-len(tables) // across)
    titles = [
        f"{name}<br>{table.min():.3g} to {table.max():.3g}"
        for name, table in zip(names, tables, strict=True)
    ]
    figure = make_subplots(
        down, across, subplot_titles=None if bars else titles, vertical_spacing=0.22 / down,
        horizontal_spacing=0.06,
    )  # fmt: skip
    shapes: list[dict[str, Any]] = []
    for place, (table, name) in enumerate(zip(tables, names, strict=True)):
        where = {"row": place // across + 1, "col": place % across + 1}
        flat = table.reshape(-1)
        low, high = float(flat.min()), float(flat.max())
        fills = [shade(float(v), low, high, colours.shades) for v in flat]
        shapes += _filled(cells, fills, colours.grid, str(place + 1) if place else "")
        marker: dict[str, Any] = {"color": flat.tolist(), "opacity": 0, "size": 14}
        if bars:
            stops = [[k / (len(colours.shades) - 1), s] for k, s in enumerate(colours.shades)]
            marker |= {
                "colorscale": stops, "showscale": True, "cmin": low, "cmax": high or 1.0,
                "colorbar": {
                    "title": {"text": name, "side": "top"}, "orientation": "h", "len": 0.6,
                    "y": -0.12, "yanchor": "top", "thickness": 14,
                },
            }  # fmt: skip
        figure.add_scatter(
            x=cells.middles[:, 0].tolist(), y=cells.middles[:, 1].tolist(), mode="markers",
            marker=marker, showlegend=False, **where,
            text=[f"row {row}, column {column}" for row, column in np.ndindex(table.shape)],
            customdata=flat.tolist(),
            hovertemplate=f"%{{text}}: %{{customdata:.4g}}<extra>{name}</extra>",
        )  # fmt: skip
        _frame(figure, cells, where, told=place == 0)
    figure.layout.shapes = shapes
    height = _height(cells) if bars else 320 * down + 120
    figure.update_annotations(font={"size": 12})
    return dressed(figure, colours, title, height)


def _size(table: Any) -> tuple[int, int]:
    if table.ndim != 2 or not table.size:
        raise ShapeError(
            f"A map has rows and columns, got values of shape {list(table.shape)}. Give rows x "
            "columns, as KohonenMap returns them."
        )
    return int(table.shape[0]), int(table.shape[1])


def _filled(cells: Cells, fills: Sequence[str], edge: str, axis: str) -> list[dict[str, Any]]:
    """The cells with their colours, as shapes of a layout, which takes all of them at once."""
    return [
        {
            "type": "path", "path": path, "fillcolor": fill, "layer": "below",
            "xref": f"x{axis}", "yref": f"y{axis}", "line": {"color": edge, "width": 1},
        }
        for path, fill in zip(cells.paths(), fills, strict=True)
    ]  # fmt: skip


def _frame(figure: Any, cells: Cells, where: dict[str, int], told: bool = True) -> None:
    """Both axes in one scale, row 0 on top, and said what they are where that is wanted."""
    x, y = cells.span
    figure.update_xaxes(
        title_text="column" if told else None, range=x, showgrid=False, showticklabels=False,
        constrain="domain", **where,
    )  # fmt: skip
    figure.update_yaxes(
        title_text="row" if told else None,
        range=y,
        showgrid=False,
        showticklabels=False,
        constrain="domain",
        **where,
    )
    if not where:
        figure.update_yaxes(scaleanchor="x")
        return
    axis = next(figure.select_yaxes(**where))
    axis.scaleanchor = axis.anchor or "x"


def _height(cells: Cells) -> int:
    x, y = cells.span
    return int(min(760, max(360, 560 * (y[0] - y[1]) / (x[1] - x[0]) + 200)))


def shade(value: float, low: float, high: float, shades: Sequence[str]) -> str:
    """The colour of a value between two ends, mixed of the nearest two shades.

    Example:
        >>> shade(0.25, 0.0, 1.0, ("#000000", "#ffffff", "#ff0000"))
        '#808080'
    """
    share = (value - low) / (high - low) if high > low else 0.0
    place = min(max(share, 0.0), 1.0) * (len(shades) - 1)
    first = min(int(place), len(shades) - 2)
    ends = [[int(s[k : k + 2], 16) for k in (1, 3, 5)] for s in shades[first : first + 2]]
    part = place - first
    mixed = [math.floor(a + (b - a) * part + 0.5) for a, b in zip(*ends, strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _colour(place: int, colours: Theme) -> str:
    """The colour of a class; after the first seven they come again, half as strong."""
    own = colours.series[place % len(colours.series)]
    return own if place < len(colours.series) else shade(0.5, 0.0, 1.0, (own, colours.paper))


def _in_order(label: str) -> tuple[int, float, str]:
    """Numbers by size, then texts."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
