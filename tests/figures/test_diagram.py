"""The diagram: every weight a line, what is left out is counted, and the same as Plotly and SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pellucid.errors import DataError, FileError, PackageError, ShapeError, UnknownNameError
from pellucid.figures import Stage, decision_regions, figure_bytes, kernels, race_curves
from pellucid.figures.boundary import class_colour, class_symbol
from pellucid.figures.diagram import MOST, diagram
from pellucid.figures.drawing import to_plotly
from pellucid.figures.drawing_svg import drawing_svg
from pellucid.figures.keeping import ending_of
from pellucid.figures.theme import THEMES, ink_on, mixed, signed

RANDOM = np.random.default_rng(0)


def stages(*sizes: int, values: bool = False) -> list[Stage]:
    found = [Stage("inputs", sizes[:1], labels=[f"in {k}" for k in range(sizes[0])])]
    for place, (before, size) in enumerate(pairwise(sizes), 1):
        weights = RANDOM.normal(size=(before, size))
        own = RANDOM.normal(size=size) if values else None
        found.append(
            Stage(f"dense_{place}", (size,), (f"{size} units",), weights=weights, values=own)
        )
    return found


def test_every_weight_is_a_line_with_its_sign_and_size() -> None:
    made = stages(3, 4, 2)
    drawing = diagram(made)
    weights = np.concatenate([np.ravel(s.weights) for s in made[1:]])
    assert len(drawing.lines) == len(weights)
    assert [line.stroke == "negative" for line in drawing.lines] == [w < 0 for w in weights]
    for own, lines in ((made[1], drawing.lines[:12]), (made[2], drawing.lines[12:])):
        sizes = np.abs(own.weights).ravel() / np.abs(own.weights).max()
        np.testing.assert_allclose([line.size for line in lines], sizes)
    assert drawing.lines[0].note == f"dense_1: weight from in 0 to unit 0: {weights[0]:.4g}"


@pytest.mark.parametrize("narrow", [False, True])
def test_what_is_not_drawn_is_counted(narrow: bool) -> None:
    drawing = diagram(stages(784, 124, 3), narrow=narrow)
    told = [text.content for text in drawing.texts if text.content.startswith("and ")]
    shown = 10 if narrow else MOST
    assert told == [f"and {784 - shown} more", f"and {124 - shown} more"]
    assert len(drawing.dots) == 2 * shown + 3
    assert len(drawing.lines) == shown * shown + shown * 3


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("sizes", [(2, 1), (4, 8, 3), (30, 20, 20, 20, 12)])
def test_nothing_lies_off_the_sheet_or_upon_another(sizes: Any, narrow: bool) -> None:
    drawing = diagram(stages(*sizes, values=True), narrow=narrow)
    for dot in drawing.dots:
        assert dot.radius <= dot.x <= drawing.width - dot.radius
        assert dot.radius <= dot.y <= drawing.height - dot.radius
    for one, other in pairwise(drawing.dots):
        gap = np.hypot(one.x - other.x, one.y - other.y)
        assert gap >= 1.5 * max(one.radius, other.radius)
    for text in drawing.texts:
        assert 0 <= text.x <= drawing.width
        assert 0 <= text.y <= drawing.height


def test_pictures_are_tiles_and_with_values_their_pixels() -> None:
    empty = [Stage("inputs", (1, 8, 8)), Stage("conv2d_1", (7, 6, 6), link="kernels 3 x 3")]
    drawing = diagram(empty)
    assert len(drawing.tiles) == 1 + 5
    assert [text.content for text in drawing.texts][-1] == "and 2 more"
    values = RANDOM.normal(size=(7, 6, 6))
    full = [
        Stage("inputs", (1, 8, 8), values=np.ones((1, 8, 8))),
        Stage("c", (7, 6, 6), values=values),
    ]
    tiles = diagram(full).tiles
    assert all(tile.pixels is not None and np.abs(tile.pixels).max() <= 1 for tile in tiles)
    np.testing.assert_allclose(tiles[1].pixels, values[0] / np.abs(values).max())


@pytest.mark.parametrize("template", THEMES)
def test_svg_and_plotly_draw_the_same(template: str) -> None:
    drawing = diagram(stages(3, 4, 2, values=True), "<net>")
    svg = drawing_svg(drawing, template)
    root = ET.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{name}line")) == len(drawing.lines)
    assert len(root.findall(f"{name}circle")) == len(drawing.dots)
    figure = to_plotly(drawing, template)
    drawn = sum(
        sum(x is None for x in trace.x)
        for trace in figure.data
        if trace.mode == "lines" and trace.name is None
    )
    assert drawn == len(drawing.lines)
    assert len(svg) < 12_000


def test_stages_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError) as alone:
        diagram(stages(3))
    assert str(alone.value) == "A diagram goes from inputs to at least one layer, got 1 stages."
    wrong = [Stage("inputs", (3,)), Stage("dense_1", (2,), weights=np.ones((2, 3)))]
    with pytest.raises(ShapeError) as caught:
        diagram(wrong)
    assert str(caught.value) == (
        "The weights of dense_1 are [2, 3], expected [3, 2]: one from each number before it to "
        "each unit."
    )
    with pytest.raises(ShapeError) as valued:
        diagram([Stage("inputs", (3,), values=[1.0, 2.0]), wrong[1]][:1] * 2)
    assert str(valued.value) == "The values of inputs are [2], expected [3]."


@pytest.mark.parametrize("template", THEMES)
def test_text_can_be_read_on_every_colour(template: str) -> None:
    colours = THEMES[template]
    for value in np.linspace(-1, 1, 41):
        fill = signed(colours, float(value))
        assert contrast(fill, ink_on(fill)) >= 4.5
    faint = mixed(colours.paper, colours.ink, 0.72)
    assert contrast(faint, colours.paper) >= 4.5


def contrast(one: str, other: str) -> float:
    from pellucid.figures.theme import _luminance

    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_many_classes_differ_in_colour_or_symbol() -> None:
    colours = THEMES["light"]
    looks = {(class_colour(colours, k), class_symbol(k)) for k in range(40)}
    assert len(looks) == 40


def test_regions_name_each_class_where_it_wins() -> None:
    axis = np.linspace(0, 1, 21).tolist()
    third = np.repeat(np.arange(3), 7)
    chances = np.eye(3)[np.broadcast_to(third, (21, 21))]
    figure = decision_regions(axis, axis, chances, ["a", "b", "c"])
    names = {note.text: note.x for note in figure.layout.annotations}
    assert list(names) == ["<b>a</b>", "<b>b</b>", "<b>c</b>"]
    assert names["<b>a</b>"] < 1 / 3 < names["<b>b</b>"] < 2 / 3 < names["<b>c</b>"]
    edges = {x for x in figure.data[1].x if x is not None}
    np.testing.assert_allclose(sorted(edges), [0.325, 0.675])


def test_a_race_is_told_in_the_order_of_the_finish() -> None:
    rows = [
        {"run": "slow", "step": 1, "loss": 1.0}, {"run": "slow", "step": 2, "loss": 0.9},
        {"run": "fast", "step": 1, "loss": 1.0}, {"run": "fast", "step": 2, "loss": 0.1},
        {"run": "wild", "step": 1, "loss": 0.05}, {"run": "wild", "step": 2, "loss": float("nan")},
    ]  # fmt: skip
    named = [trace.name for trace in race_curves(rows).data if trace.name]
    assert named == ["fast: 0.1", "slow: 0.9", "wild: broke off"]
    with pytest.raises(UnknownNameError) as caught:
        race_curves(rows, value="los")
    assert str(caught.value) == (
        "There is no value of the rows 'los'. Did you mean 'loss'? Known: loss, run, step."
    )


def test_kernels_of_a_channel_that_is_not_there() -> None:
    with pytest.raises(ShapeError) as caught:
        kernels(np.ones((2, 3, 5, 5)), channel=3)
    assert str(caught.value) == "The kernels read channels 0 to 2, got 3."


def test_a_figure_as_bytes() -> None:
    figure = to_plotly(diagram(stages(2, 2)))
    assert figure_bytes(figure, "json").startswith(b'{"data"')
    html = figure_bytes(figure, "html")
    assert len(html) > 4_000_000  # the program is in it
    assert b"<script src=" not in html
    with pytest.raises(UnknownNameError):
        figure_bytes(figure, "gif")
    with pytest.raises(FileError) as caught:
        ending_of("net")
    assert str(caught.value) == (
        "net does not say what to write. Give it one of the endings .html, .json, .png, .svg, .pdf."
    )


def test_a_picture_without_kaleido_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "kaleido", None)
    with pytest.raises(PackageError) as caught:
        figure_bytes(to_plotly(diagram(stages(2, 2))), "png")
    assert str(caught.value) == (
        "A figure as PNG needs kaleido, which is not installed. Install it with: pip install "
        "'pellucid[figures]'"
    )
