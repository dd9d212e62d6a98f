"""An attribution in a notebook: a small table with bars, or the map as a picture."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.graph.primitive import Array

if TYPE_CHECKING:
    from pellucid.inspect.attribute.attribution import Attribution

FOR, AGAINST = (0, 114, 178), (213, 94, 0)
"""The blue and the vermilion of figures/theme.py, which everybody can tell apart."""
SHOWN, SIDE = 20, 192


def to_html(found: Attribution) -> str:
    """The attribution as HTML that needs nothing else."""
    from pellucid.inspect.attribute.attribution import WORDS, percent

    told = f"{found.output}, by {WORDS.get(found.method, found.method)}"
    head = f"<b>{html.escape(told[0].upper() + told[1:])}</b>"
    share = "" if found.residual_share is None else f" ({percent(found.residual_share)})"
    foot = (
        f"{found.score:+.4g} for this {'picture' if found.picture else 'row'}, "
        f"{found.baseline_score:+.4g} for {found.baseline}; the sum is {found.sum:+.4g}, "
        f"{found.residual:+.2g} is missing{share}"
    )
    body = _map(found.map) if found.map is not None else _bars(found)
    return f"<div>{head}<div>{body}</div><small>{html.escape(foot)}</small></div>"


def _bars(found: Attribution) -> str:
    from pellucid.inspect.attribute.attribution import short

    rows = found.rows()
    top = max((abs(row["attribution"]) for row in rows), default=0.0) or 1.0
    lines = []
    for row in rows[:SHOWN]:
        share = 100 * abs(row["attribution"]) / top
        color = "rgb" + str(FOR if row["attribution"] >= 0 else AGAINST)
        drawn = f'<div style="width:{share:.1f}%;height:0.8em;background:{color}"></div>'
        error = f" ± {row['error']:.2g}" if "error" in row else ""
        cells = [row["column"], short(row["value"]), f"{row['attribution']:+.4g}{error}"]
        shown = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
        lines.append(f'<tr>{shown}<td style="width:12em">{drawn}</td></tr>')
    if len(rows) > SHOWN:
        rest = sum(row["attribution"] for row in rows[SHOWN:])
        told = f"and {len(rows) - SHOWN} more, together"
        lines.append(f"<tr><td>{told}</td><td></td><td>{rest:+.4g}</td><td></td></tr>")
    head = "".join(f"<th>{name}</th>" for name in ("column", "value", "attribution", ""))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _map(values: Array) -> str:
    """The map as a PNG within the page: blue for what speaks for it, vermilion for against."""
    content = base64.b64encode(map_png(values)).decode()
    height, width = values.shape
    return (
        f'<img alt="what each pixel gets" src="data:image/png;base64,{content}" '
        f'style="height:{SIDE}px;width:{SIDE * width // height}px;image-rendering:pixelated;'
        'border:1px solid rgba(128,128,128,0.35)">'
    )


def map_png(values: Array) -> bytes:
    """A map as PNG: the larger in size, the less transparent; so on light and dark paper alike."""
    from PIL import Image

    layers: Any = np.empty((*values.shape, 4), np.uint8)
    layers[..., :3] = np.where((values >= 0)[..., None], FOR, AGAINST)
    layers[..., 3] = np.round(255 * np.abs(values) / (float(np.abs(values).max()) or 1.0))
    file = io.BytesIO()
    Image.fromarray(layers).save(file, "PNG", optimize=True)
    return file.getvalue()
