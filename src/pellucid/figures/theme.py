"""What all figures share: two templates, and colours that everybody can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.errors import unknown_name


@dataclass(frozen=True)
class Theme:
    """The colours of one template.

    Attributes:
        base: the Plotly template underneath.
        ink, paper, grid: of text, background and grid lines.
        training, validation, mark: of the two curves, and of what is pointed out.
        series: of classes, in order.
        shades: from none to all, for a heat map.

    Source: M. Okabe, K. Ito, 2008, Color Universal Design: eight colours that people with any kind
        of colour vision can tell apart.
    """

    base: str
    ink: str
    paper: str
    grid: str
    training: str
    validation: str
    mark: str
    series: tuple[str, ...]
    shades: tuple[str, ...]


THEMES = {
    "light": Theme(
        "plotly_white", "#222222", "#ffffff", "#e3e3e3", "#0072B2", "#D55E00", "#009E73",
        ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"),
        ("#ffffff", "#cfe3f1", "#6aaed6", "#0072B2", "#003a5c"),
    ),
    "dark": Theme(
        "plotly_dark", "#e6e6e6", "#16181d", "#33363d", "#56B4E9", "#E69F00", "#2fc79c",
        ("#56B4E9", "#E69F00", "#2fc79c", "#CC79A7", "#F0E442", "#D55E00", "#ffffff"),
        ("#16181d", "#123a54", "#1f6c9c", "#56B4E9", "#d8eefb"),
    ),
}  # fmt: skip
DASHES = ("solid", "dash", "dot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")


def theme(template: str) -> Theme:
    """The colours of a template.

    Parameters:
        template: "light" or "dark".

    Raises: ``UnknownNameError``.
    """
    if template not in THEMES:
        raise unknown_name("template", template, THEMES)
    return THEMES[template]


def dressed(figure: Any, colours: Theme, title: str, height: int = 420) -> Any:
    """The Plotly figure with title, colours, grid and margins of the house."""
    figure.update_layout(
        template=colours.base,
        title={"text": title, "x": 0, "xref": "container", "pad": {"l": 16}},
        font={"color": colours.ink, "size": 14},
        paper_bgcolor=colours.paper,
        plot_bgcolor=colours.paper,
        height=height,
        margin={"l": 70, "r": 30, "t": 100, "b": 60},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.1, "yanchor": "bottom"},
    )
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(gridcolor=colours.grid, linecolor=colours.grid, zeroline=False)
    return figure
