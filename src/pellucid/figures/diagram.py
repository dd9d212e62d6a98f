"""The network as a diagram: units as dots, every weight a line, channels of pictures as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError
from pellucid.figures.drawing import Dot, Drawing, Line, Stroke, Text, Tile, to_plotly

MOST, MOST_NARROW, MOST_TILES = 12, 10, 5
"""So many units of a layer are drawn (on a narrow sheet), so many channels; the rest is counted."""
WIDE, NARROW, HEAD = 900, 380, 64
MOST_LETTERS = 22
RADIUS, SIDE, SHIFT = 13.0, 48.0, 7.0


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer of the diagram, or the inputs.

    Attributes:
        name: what the layer is called.
        shape: of what it gives for a sample: ``(units,)``, or ``(channels, height, width)``.
        notes: short lines on what it does.
        labels: what its units are called; none for numbers from 0.
        weights: of a dense layer, from each number of the stage before it.
        biases: one a unit.
        link: what leads to it where no weights are given, such as "kernels of 5 x 5".
        values: what its units are for one sample, of its shape.
        scores: what is said beside each unit, such as "97 %".

    Shapes: weights are inputs x units.
    """

    name: str
    shape: tuple[int, ...]
    notes: Sequence[str] = ()
    labels: Sequence[str] = ()
    weights: Any = None
    biases: Any = None
    link: str = ""
    values: Any = None
    scores: Sequence[str] = ()

    @property
    def is_picture(self) -> bool:
        """Whether its units lie on a plane."""
        return len(self.shape) == 3

    @property
    def count(self) -> int:
        """How many dots or tiles all of it would be."""
        return self.shape[0] if self.is_picture else int(np.prod(self.shape))


@dataclass(frozen=True)
class _Placed:
    """A stage on the sheet: where lines come in, and where they go out, at each of its dots."""

    stage: Stage
    enters: list[tuple[float, float]]
    leaves: list[tuple[float, float]]
    marks: tuple[list[Dot], list[Tile], list[Text]]


def network_diagram(
    stages: Sequence[Stage], title: str = "Network", template: str = "light", *,
    narrow: bool = False,
) -> Any:  # fmt: skip
    """Draw a network, from the inputs to the outputs.

    Every weight of a dense layer is a line between two units: its colour is its sign, its width its
    size among those of its layer. Of a layer of more than 12 units the first 12 are drawn, and it
    is said how many more there are; of a layer of pictures the first five channels. With values the
    units are filled by them: the stronger, the larger within the layer, the colour for the sign.

    Parameters:
        stages: the inputs, then the layers.
        narrow: from top to bottom for a sheet of 380 pixels, in place of left to right.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``DataError`` for fewer than two stages; ``ShapeError`` for weights or values that do
        not fit; ``UnknownNameError`` for an unknown template.
    """
    return to_plotly(diagram(stages, title, narrow=narrow), template)


def diagram(stages: Sequence[Stage], title: str = "Network", *, narrow: bool = False) -> Drawing:
    """The same as a drawing, for SVG."""
    _check(stages)
    place = _down if narrow else _across
    width, height, placed = place(stages)
    lines = [line for before, after in pairwise(placed) for line in _lines(before, after)]
    dots, tiles, texts = (
        [mark for each in placed for mark in each.marks[kind]] for kind in range(3)
    )
    return Drawing(title, width, round(height), lines, tiles, dots, texts)  # type: ignore[arg-type]


def _check(stages: Sequence[Stage]) -> None:
    if len(stages) < 2:
        raise DataError(
            f"A diagram goes from inputs to at least one layer, got {len(stages)} stages."
        )
    for before, stage in pairwise(stages):
        wanted = int(np.prod(before.shape)), int(np.prod(stage.shape))
        if stage.weights is not None and np.shape(stage.weights) != wanted:
            raise ShapeError(
                f"The weights of {stage.name} are {list(np.shape(stage.weights))}, expected "
                f"{list(wanted)}: one from each number before it to each unit."
            )
    for stage in stages:
        if stage.values is not None and np.shape(stage.values) != tuple(stage.shape):
            raise ShapeError(
                f"The values of {stage.name} are {list(np.shape(stage.values))}, expected "
                f"{list(stage.shape)}."
            )


# --- where the stages lie


def _across(stages: Sequence[Stage]) -> tuple[int, float, list[_Placed]]:
    """From left to right: a column a stage."""
    left, right = (48 + 6.6 * _longest(stage) for stage in (stages[0], stages[-1]))
    width = max(WIDE, int(left + right + 104 * (len(stages) - 1)))
    tallest = max(_length(stage) for stage in stages)
    height, placed = HEAD + tallest + 40, []
    for place, stage in enumerate(stages):
        x = left + (width - left - right) * place / (len(stages) - 1)
        heading = [Text(x, 12, stage.name, "middle", 12, strong=True)]
        heading += [
            Text(x, 28 + 14 * row, note, "middle", 11, faint=True)
            for row, note in enumerate(stage.notes[:2])
        ]
        start = HEAD + (tallest - _length(stage)) / 2 + 12
        if stage.is_picture:
            found = _tiles(stage, x - SIDE / 2, start, down=True)
        else:
            end = "end" if place == 0 else "start"
            found = _units(
                stage, x, start, MOST, 30.0, down=True, side=end, named=_is_end(stages, stage)
            )
        placed.append(_with(found, heading))
    return width, height, placed


def _down(stages: Sequence[Stage]) -> tuple[int, float, list[_Placed]]:
    """From top to bottom: a row a stage."""
    at, placed = 14.0, []
    for stage in stages:
        words = ", ".join(stage.notes)
        heading = [
            Text(12, at, stage.name, "start", 12, strong=True),
            Text(20 + 7.4 * len(stage.name), at, words, "start", 11, faint=True),
        ]
        if stage.is_picture:
            found = _tiles(stage, 16, at + 16, down=False)
            room = SIDE + (0 if stage.values is not None else SHIFT * _drawn(stage))
        else:
            drawn = min(stage.count, MOST_NARROW)
            gap = min(86.0, (NARROW - 40) / max(drawn, 1))
            named = _is_end(stages, stage)
            found = _units(
                stage, 32, at + 32, MOST_NARROW, gap, down=False, side="start", named=named
            )
            room = 2 * RADIUS + (30 if named else 0) + (14 if stage.count > MOST_NARROW else 0)
        placed.append(_with(found, heading))
        at += room + 96
    return NARROW, at - 66, placed


def _with(placed: _Placed, heading: list[Text]) -> _Placed:
    dots, tiles, texts = placed.marks
    return replace(placed, marks=(dots, tiles, heading + texts))


def _is_end(stages: Sequence[Stage], stage: Stage) -> bool:
    """Whether its units are called something that is shown."""
    return stage in (stages[0], stages[-1]) and bool(stage.labels or stage.scores)


def _drawn(stage: Stage) -> int:
    return min(stage.count, MOST_TILES if stage.is_picture else MOST)


def _length(stage: Stage) -> float:
    """How tall a column is."""
    more = 20.0 if stage.count > _drawn(stage) else 0.0
    if not stage.is_picture:
        return 30.0 * _drawn(stage) + more
    tall = _tile_size(stage)[1]
    if stage.values is not None:
        return (tall + 8) * _drawn(stage) + more
    return tall + SHIFT * _drawn(stage) + more


def _longest(stage: Stage) -> int:
    """How many letters what stands beside a unit has at most."""
    label = min(MOST_LETTERS, max(map(len, stage.labels), default=0))
    return label + max((len(score) + 1 for score in stage.scores), default=0)


def _tile_size(stage: Stage) -> tuple[float, float]:
    _, height, width = stage.shape
    longer = max(height, width)
    return max(8.0, SIDE * width / longer), max(8.0, SIDE * height / longer)


# --- what a stage looks like


def _units(
    stage: Stage, x: float, y: float, most: int, gap: float, *, down: bool, side: str, named: bool
) -> _Placed:
    """A column or row of dots, with their names at the side, and how many more there are."""
    shown = min(stage.count, most)
    flat = None if stage.values is None else np.asarray(stage.values, float).reshape(-1)
    largest = 1.0 if flat is None else max(float(np.nanmax(np.abs(flat))), 1e-300)
    radius = min(RADIUS, gap * 0.42)
    dots, texts, ends = [], [], []
    for unit in range(shown):
        at = (x, y + gap * (unit + 0.5) - 12) if down else (x + gap * (unit + 0.5) - 20, y)
        value = None if flat is None else float(flat[unit] / largest)
        text = "" if flat is None or radius < 11 else _short(float(flat[unit]))
        dots.append(Dot(*at, radius, value, text, _unit_note(stage, unit, flat)))
        ends.append(at)
        if named:
            texts += _names(stage, unit, at, radius, gap, down=down, side=side)
    if stage.count > shown:
        words = f"and {stage.count - shown:,} more"
        if down:
            texts.append(Text(x, y + gap * shown + 2, words, "middle", 12))
        else:
            below = y + radius + (38 if named else 12)
            texts.append(Text(12, below, words, "start", 12))
    return _Placed(stage, ends, ends, (dots, [], texts))


def _names(
    stage: Stage, unit: int, at: tuple[float, float], radius: float, gap: float, *, down: bool,
    side: str,
) -> list[Text]:  # fmt: skip
    label = _label(stage, unit)
    score = stage.scores[unit] if unit < len(stage.scores) else ""
    if down:
        x = at[0] - radius - 8 if side == "end" else at[0] + radius + 8
        words = " ".join(filter(None, (_cut(label, MOST_LETTERS), score)))
        return [Text(x, at[1], words, side, 12)]  # type: ignore[arg-type]
    room = int(gap / 5.8)
    lines = [_cut(label, room), _cut(score, room)]
    return [
        Text(at[0], at[1] + radius + 9 + 12 * row, line, "middle", 10)
        for row, line in enumerate(filter(None, lines))
    ]


def _tiles(stage: Stage, x: float, y: float, *, down: bool) -> _Placed:
    """Channels as a stack of sheets; with values side by side, since each is a picture then."""
    shown, (wide, tall) = _drawn(stage), _tile_size(stage)
    x += (SIDE - wide) / 2 if down else 0
    alone = stage.values is not None
    largest = max(float(np.nanmax(np.abs(stage.values))), 1e-300) if alone else 1.0
    tiles = []
    for channel in range(shown):
        step = channel if alone else shown - 1 - channel  # the first lies on top
        if alone:
            place = (x, y + (tall + 8) * step) if down else (x + (wide + 8) * step, y)
        else:
            middle = (shown - 1) / 2 if down else 0
            place = x + SHIFT * (step - middle), y + SHIFT * step
        pixels = np.asarray(stage.values[channel], float) / largest if alone else None
        name = _label(stage, channel) if stage.labels else f"channel {channel}"
        note = f"{stage.name}, {name}: {stage.shape[1]} x {stage.shape[2]}"
        tiles.append(Tile(*place, wide, tall, pixels, note))
    tiles = tiles if alone else tiles[::-1]
    texts = []
    if stage.count > shown:
        words = f"and {stage.count - shown:,} more"
        bottom = max(tile.y + tile.height for tile in tiles)
        right = max(tile.x + tile.width for tile in tiles)
        centre = x + wide / 2
        texts = [
            Text(centre, bottom + 14, words, "middle", 12)
            if down
            else Text(right + 10, y + tall / 2, words, "start", 12)
        ]
    left, end = min(t.x for t in tiles), max(t.x + t.width for t in tiles)
    top, foot = min(t.y for t in tiles), max(t.y + t.height for t in tiles)
    x_middle, y_middle = (left + end) / 2, (top + foot) / 2
    enters, leaves = (left, y_middle), (end, y_middle)
    if not down:
        enters, leaves = (x_middle, top), (x_middle, foot)
    return _Placed(stage, [enters], [leaves], ([], tiles, texts))


# --- what lies between two stages


def _lines(before: _Placed, after: _Placed) -> list[Line]:
    stage = after.stage
    if stage.weights is None or before.stage.is_picture:
        return _links(before, after)
    weights = np.asarray(stage.weights, float)
    largest = max(float(np.max(np.abs(weights))), 1e-300) if weights.size else 1.0
    found = []
    for i, (x1, y1) in enumerate(before.leaves):
        for j, (x2, y2) in enumerate(after.enters):
            w = float(weights[i, j])
            stroke: Stroke = "negative" if w < 0 else "positive"
            ends = f"{_label(before.stage, i)} to {_label(stage, j)}"
            note = f"{stage.name}: weight from {ends}: {w:.4g}"
            found.append(Line(x1, y1, x2, y2, stroke, abs(w) / largest, note))
    return found


def _links(before: _Placed, after: _Placed) -> list[Line]:
    """Lines that are no single weights: one to each unit, or one for all."""
    note = f"{after.stage.name}: {after.stage.link}" if after.stage.link else ""
    if len(before.leaves) == len(after.enters) > 1:
        pairs = list(zip(before.leaves, after.enters, strict=True))
    else:
        pairs = [(one, other) for one in before.leaves for other in after.enters]
    return [Line(*one, *other, "link", 0.2, note) for one, other in pairs]


# --- words


def _label(stage: Stage, unit: int) -> str:
    return stage.labels[unit] if unit < len(stage.labels) else f"unit {unit}"


def _unit_note(stage: Stage, unit: int, values: Any) -> str:
    parts = [f"{stage.name}, {_label(stage, unit)}"]
    if values is not None:
        parts.append(f"value {values[unit]:.4g}")
    if stage.biases is not None:
        parts.append(f"bias {float(np.asarray(stage.biases).reshape(-1)[unit]):.4g}")
    if unit < len(stage.scores):
        parts.append(stage.scores[unit])
    return ", ".join(parts)


def _short(value: float) -> str:
    """A number of at most four characters, for the room in a dot."""
    if abs(value) >= 1000:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    text = f"{value:.1f}" if abs(value) < 10 else f"{value:.0f}"
    return "0.0" if text == "-0.0" else text


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(1, most - 1)] + "…"
