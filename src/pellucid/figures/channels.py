"""Many small pictures side by side: feature maps of a picture, and the kernels of a convolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.errors import ShapeError
from pellucid.figures.theme import dressed, mixed, shaded_scale, signed_scale, theme

MOST, GAP, SIDE = 64, 1, 95
"""So many are drawn at most, so many cells of nothing between two; a tile's side in pixels."""


def feature_maps(
    maps: Any, names: Sequence[str] | None = None, title: str = "Feature maps", across: int = 8,
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw the channels that a layer gives for one picture, all on the same scale of colours.

    Of more than 64 channels the first 64 are drawn, and the title says how many more there are.

    Parameters:
        names: of the channels; by default their numbers from 0.
        across: how many stand side by side.
        template: "light" or "dark".

    Shapes: maps is channels x height x width.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError``; ``UnknownNameError`` for an unknown template.
    """
    array = _channels(maps, "Feature maps are channels x height x width")
    known = [str(k) for k in range(len(array))] if names is None else [str(n) for n in names]
    if len(known) != len(array):
        raise ShapeError(f"There are {len(array)} channels and {len(known)} names.")
    return _tiled(array, known, title, across, template)


def kernels(
    weights: Any, channel: int | None = None, title: str = "Kernels", across: int = 8,
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw the kernels of a convolution, one a filter: weights above and below 0 by their colours.

    A filter has a kernel for each channel that it reads: one channel is drawn, or without
    ``channel`` the sum over all, which is what a filter does where all channels are alike.

    Shapes: weights is filters x channels x height x width, or filters x channels x length.
    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ShapeError`` for weights of another shape, and a channel that is not there.
    """
    array = np.asarray(weights, float)
    array = array[:, :, None, :] if array.ndim == 3 else array
    if array.ndim != 4:
        raise ShapeError(
            f"Kernels are filters x channels x height x width, got shape {list(array.shape)}."
        )
    if channel is not None and not 0 <= channel < array.shape[1]:
        raise ShapeError(f"The kernels read channels 0 to {array.shape[1] - 1}, got {channel}.")
    shown = array.sum(axis=1) if channel is None else array[:, channel]
    names = [str(k) for k in range(len(shown))]
    return _tiled(shown, names, title, across, template, signed=True)


def _channels(maps: Any, expected: str) -> np.ndarray[Any, Any]:
    array = np.asarray(maps, float)
    if array.ndim != 3 or not array.size:
        raise ShapeError(f"{expected}, got shape {list(array.shape)}.")
    return array


def _tiled(
    array: np.ndarray[Any, Any], names: list[str], title: str, across: int, template: str,
    *, signed: bool = False,
) -> Any:  # fmt: skip
    """One heat map of all tiles, with empty cells between them, and a number above each."""
    import plotly.graph_objects as go

    colours = theme(template)
    more = len(array) - MOST
    array, names = array[:MOST], names[:MOST]
    count, height, width = array.shape
    across = min(across, count)
    down = -(-count // across)
    head = max(GAP, math.ceil(0.2 * height))
    high, wide = height + head, width + GAP
    sheet = np.full((down * high, across * wide), np.nan)
    told = np.full(sheet.shape, "", object)
    for k in range(count):
        top, left = (k // across) * high + head, (k % across) * wide
        sheet[top : top + height, left : left + width] = array[k]
        for row, column in np.ndindex(height, width):
            told[top + row, left + column] = f"{names[k]} at {row}, {column}"
    reach = float(np.nanmax(np.abs(array))) or 1.0
    signed = signed or bool((array < 0).any())
    low = -reach if signed else 0.0
    z = [[None if math.isnan(v) else float(f"{v:.4g}") for v in row] for row in sheet]
    figure = go.Figure(
        go.Heatmap(
            z=z, text=told.tolist(), zmin=low, zmax=reach, hoverongaps=False,
            colorscale=signed_scale(colours) if signed else shaded_scale(colours),
            colorbar={"thickness": 14}, hovertemplate="%{text}: %{z:.4g}<extra></extra>",
        )
    )  # fmt: skip
    edge = {"color": mixed(colours.paper, colours.ink, 0.35), "width": 1}
    for k in range(count):
        top, left = (k // across) * high + head - 0.5, (k % across) * wide - 0.5
        figure.add_shape(type="rect", x0=left, x1=left + width, y0=top, y1=top + height, line=edge)
        figure.add_annotation(
            x=left + width / 2, y=top, text=names[k], showarrow=False, yanchor="bottom",
            font={"size": 11, "color": colours.ink}, yshift=-1,
        )  # fmt: skip
    told_more = f", and {more:,} more" if more > 0 else ""
    dressed(figure, colours, title + told_more)
    figure.update_layout(title={"font": {"size": 16}})
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(
        visible=False, range=[sheet.shape[0] - 0.5, -0.5], scaleanchor="x", constrain="domain"
    )
    tall = min(1000, int(SIDE * across * sheet.shape[0] / sheet.shape[1]))
    return figure.update_layout(
        height=max(260, 110 + tall), margin={"l": 16, "r": 16, "t": 70, "b": 20}
    )
