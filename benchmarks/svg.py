"""Small pictures without a library: rectangles, lines and words, legible on light and dark.

A picture has a ground of its own that follows the reader's scheme, so that its words never stand
on a page of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
STYLE = f"""
text {{ font: 12px {FONT}; fill: #1f2328; }}
.title {{ font-size: 15px; font-weight: 600; }}
.strong {{ font-weight: 600; }}
.faint {{ fill: #59636e; }}
.ground {{ fill: #ffffff; }}
.grid {{ stroke: #d1d9e0; stroke-width: 1; }}
.one {{ stroke: #1f2328; stroke-width: 1.5; }}
.limit {{ stroke: #59636e; stroke-dasharray: 5 4; }}
@media (prefers-color-scheme: dark) {{
  text {{ fill: #e6edf3; }}
  .faint {{ fill: #9198a1; }}
  .ground {{ fill: #0d1117; }}
  .grid {{ stroke: #30363d; }}
  .one {{ stroke: #e6edf3; }}
  .limit {{ stroke: #9198a1; }}
}}
"""
COLOURS = {  # of middling lightness: they stand out from both grounds
    "pellucid": "#0f9d8f",
    "pytorch": "#e0652f",
    "jax": "#8a63d2",
    "scikit-learn": "#c9930a",
    "numpy": "#3b8eea",
    "onnx-runtime": "#7d8794",
}


def picture(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """The whole file; the label is what a screen reader says."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label="{escape(label)}">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="ground" width="{width:g}" height="{height:g}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Words; ``kind`` is a class of the style."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{_class(kind)}>{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(kind)}/>'


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5" '
        f'fill="{colour}"/>'
    )


def path(points: Sequence[tuple[float, float]], colour: str | None) -> str:
    """A line through points, with a dot at each; without a colour the dashed line of a limit."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    if colour is None:
        return f'<polyline points="{drawn}" fill="none" class="limit" stroke-width="1.5"/>'
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
