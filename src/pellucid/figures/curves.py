"""Learning curves: loss and metrics over the epochs, for training and held-out rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np

from pellucid.errors import DataError
from pellucid.figures.chart import Axis, Chart, Guide, Role, Series, spanning
from pellucid.figures.theme import Theme, dressed, theme

COUNTS = ("epoch", "step", "rate", "seconds")
HELD_OUT = "val_"
A_ROW = 3


def learning_curves(rows: Sequence[Mapping[str, Any]], template: str = "light") -> Any:
    """Draw a panel for the loss and one for each metric, and mark the best epoch.

    The best epoch is the one of the smallest loss on held-out rows, else of the smallest loss.

    Parameters:
        rows: one mapping an epoch, as in ``run.history.rows``: epoch, loss, metrics, ``val_...``.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for no rows; ``UnknownNameError`` for an unknown template.
    """
    from plotly.subplots import make_subplots

    colours, names = theme(template), panels(rows)
    if not rows or not names:
        raise DataError(
            "There are no learning curves: the history has no epochs. Train for at least one epoch."
        )
    across = min(A_ROW, len(names))
    down = -(-len(names) // across)
    titles = [name.replace("_", " ") for name in names]
    figure = make_subplots(down, across, subplot_titles=titles, horizontal_spacing=0.08)
    for place, name in enumerate(names):
        where = {"row": place // across + 1, "col": place % across + 1}
        figure.add_traces(
            _lines(rows, name, colours, first=place == 0),
            rows=where["row"], cols=where["col"],
        )  # fmt: skip
        figure.add_vline(x=best_epoch(rows), line={"color": colours.mark, "dash": "dot"}, **where)
        figure.update_xaxes(title_text="epoch", **where)
    figure.add_traces(_best(rows, names[0], colours), rows=1, cols=1)
    return dressed(figure, colours, "Learning curves", 360 * down + 60)


def learning_charts(rows: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """The same panels as plain data: the loss, then each metric."""
    return [_panel(rows, name) for name in panels(rows) if points(rows, name)[0]]


def _panel(rows: Sequence[Mapping[str, Any]], name: str) -> Chart:
    label = name.replace("_", " ")
    series = []
    for prefix, told, role in (
        ("", "training", "training"),
        (HELD_OUT, "validation", "validation"),
    ):
        epochs, values = points(rows, prefix + name)
        if values:
            draw: Literal["line", "points"] = "line" if len(values) > 1 else "points"
            series.append(Series(told, epochs, values, draw, cast(Role, role), bool(prefix)))
    every = [value for own in series for value in own.y]
    low, high = spanning(every)
    best = best_epoch(rows)
    first, last = rows[0]["epoch"], rows[-1]["epoch"]
    return Chart(
        f"{label} over the epochs",
        Axis("epoch", first - 0.5 * (first == last), last + 0.5 * (first == last), whole=True),
        Axis(label, low, high),
        tuple(series),
        (Guide(f"best epoch: {best}", (best, low), (best, high)),),
    )


def panels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of what is drawn: the loss and the metrics, without counts and ``val_...``."""
    found = dict.fromkeys(name for row in rows for name in row)
    return [n for n in found if n not in COUNTS and not n.startswith(HELD_OUT)]


def points(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[list[int], list[float]]:
    """The epochs that have a finite value of this name, and the values."""
    pairs = [(row["epoch"], float(row[name])) for row in rows if row.get(name) is not None]
    kept = [(epoch, value) for epoch, value in pairs if np.isfinite(value)]
    return [epoch for epoch, _ in kept], [value for _, value in kept]


def best_epoch(rows: Sequence[Mapping[str, Any]]) -> int:
    """The epoch of the smallest held-out loss, else of the smallest loss; the first of ties."""
    name = f"{HELD_OUT}loss" if any(f"{HELD_OUT}loss" in row for row in rows) else panels(rows)[0]
    epochs, values = points(rows, name)
    return int(epochs[int(np.argmin(values))]) if values else int(rows[-1]["epoch"])


def _lines(
    rows: Sequence[Mapping[str, Any]], name: str, colours: Theme, first: bool
) -> list[dict[str, Any]]:
    """The traces of a panel: what was learned from, and what was held out where there is some."""
    traces = []
    for prefix, label, colour, dash in (
        ("", "training", colours.training, "solid"),
        (HELD_OUT, "validation", colours.validation, "dash"),
    ):
        epochs, values = points(rows, prefix + name)
        if values:
            traces.append({
                "type": "scatter", "x": epochs, "y": values, "name": label, "legendgroup": label,
                "showlegend": first, "mode": "lines" if len(values) > 1 else "markers",
                "line": {"color": colour, "dash": dash, "width": 2.5},
                "marker": {"color": colour, "size": 9},
                "hovertemplate": f"epoch %{{x}}: %{{y:.4g}}<extra>{label}</extra>",
            })  # fmt: skip
    return traces


def _best(rows: Sequence[Mapping[str, Any]], name: str, colours: Theme) -> list[dict[str, Any]]:
    """The mark of the best epoch, which also explains the dotted lines in the legend."""
    epoch = best_epoch(rows)
    for key in (HELD_OUT + name, name):
        epochs, values = points(rows, key)
        if epoch in epochs:
            return [{
                "type": "scatter", "x": [epoch], "y": [values[epochs.index(epoch)]],
                "name": f"best epoch: {epoch}", "mode": "markers",
                "marker": {"color": colours.mark, "size": 12, "symbol": "star"},
            }]  # fmt: skip
    return []
