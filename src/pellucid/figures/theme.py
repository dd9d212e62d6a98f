"""What all figures share: two templates, and colours that everybody can tell apart."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from pellucid.dataclass import dataclass
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
        signs: of numbers below 0, of 0, and above 0.

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
    signs: tuple[str, str, str]


THEMES = {
    "light": Theme(
        "plotly_white", "#222222", "#ffffff", "#e3e3e3", "#0072B2", "#D55E00", "#009E73",
        ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"),
        ("#ffffff", "#cfe3f1", "#6aaed6", "#0072B2", "#003a5c"),
        ("#D55E00", "#f7f7f7", "#0072B2"),
    ),
    "dark": Theme(
        "plotly_dark", "#e6e6e6", "#16181d", "#33363d", "#56B4E9", "#E69F00", "#2fc79c",
        ("#56B4E9", "#E69F00", "#2fc79c", "#CC79A7", "#F0E442", "#D55E00", "#ffffff"),
        ("#16181d", "#123a54", "#1f6c9c", "#56B4E9", "#d8eefb"),
        ("#E69F00", "#23262d", "#56B4E9"),
    ),
}  # fmt: skip
NARROW_LETTERS = 56
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


def below(figure: Any, left: int = 60, bottom: int = 90) -> Any:
    """The figure with its legend at its foot, where a narrow one has room, and the margins for it.

    The title stands below the buttons that Plotly shows; a line of it that is longer than a narrow
    figure is broken.
    """
    first, _, second = str(figure.layout.title.text).partition("<br>")
    lines = wrap(second.removeprefix("<sup>").removesuffix("</sup>"), NARROW_LETTERS)
    top = 1 - (30 + 16 * len(lines)) / figure.layout.height
    text = "<br>".join([first, *(f"<sup>{line}</sup>" for line in lines)])
    return figure.update_layout(
        title={"text": text, "y": top, "yanchor": "top",
               "font": {"size": 17}},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom", "xref": "container"},
        margin={"l": left, "r": 24, "t": 84 + 16 * len(lines), "b": bottom},
        xaxis={"title": {"standoff": 6}},
    )  # fmt: skip


def mixed(one: str, other: str, share: float) -> str:
    """The colour on the way from one to another, as ``#rrggbb``.

    Example:
        >>> mixed("#000000", "#ffffff", 0.2)
        '#333333'
    """
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def signed(colours: Theme, value: float) -> str:
    """The colour of a number from -1 to 1: the stronger, the further from 0."""
    below_0, at_0, above_0 = colours.signs
    return mixed(at_0, above_0 if value > 0 else below_0, min(abs(value), 1.0))


def signed_scale(colours: Theme) -> list[list[Any]]:
    """The colours of numbers below, at and above 0 as Plotly's scale."""
    return [[place / 2, colour] for place, colour in enumerate(colours.signs)]


def shaded_scale(colours: Theme) -> list[list[Any]]:
    """The shades from none to all as Plotly's scale."""
    return [[place / (len(colours.shades) - 1), c] for place, c in enumerate(colours.shades)]


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour.

    Source: W3C, Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio.
    """
    return "#000000" if _luminance(colour) > 0.179 else "#ffffff"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
