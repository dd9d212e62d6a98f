"""What a notebook shows of a network and a run, in few kilobytes."""

from __future__ import annotations

from typing import Any

from pellucid.errors import PellucidError
from pellucid.figures.curves import learning_charts, learning_curves
from pellucid.figures.keeping import charts_html, notebook_bundle
from pellucid.inspect.views.diagram import small_svg
from pellucid.models.network import Network


def beside_summary(net: Network) -> str:
    """The summary as HTML, and the diagram of a small network beside it as SVG."""
    table = str(net.summary()._repr_html_())
    try:
        drawing = small_svg(net)
    except PellucidError:  # a layer of one's own that cannot be drawn
        drawing = ""
    if not drawing:
        return table
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start">'
        f'<div>{table}</div><div style="flex:1 1 360px;max-width:760px">{drawing}</div></div>'
    )


def run_bundle(run: Any) -> dict[str, Any]:
    """The run's learning curves as a notebook keeps them; text alone where there are none."""
    rows, text = run.history.rows, repr(run)
    try:
        figure, charts = learning_curves(rows), learning_charts(rows)
    except PellucidError:
        return {"text/plain": text}
    return notebook_bundle(figure, text, charts_html(charts))
