"""A plane and a line drawn with characters, for a terminal without pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS, COLUMNS = 13, 41
MARGIN = 0.2
FILLS = " ░▒▓"
"""Of the first class, the second, ...; of numbers from the smallest to the largest."""
DOTS = "○●◆▲■"


def _span(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    more = (high - low or 1.0) * MARGIN
    return low - more, high + more


def _place(value: float, span: tuple[float, float], count: int) -> int:
    return round((value - span[0]) / (span[1] - span[0]) * (count - 1))


def _framed(cells: list[list[str]], x: tuple[float, float], y: tuple[float, float]) -> list[str]:
    """The plot with the values at its ends."""
    labels = [f"{y[1]:.3g}", f"{y[0]:.3g}"]
    margin = max(map(len, labels))
    lines = []
    for row, line in enumerate(cells):
        label = labels[0] if row == 0 else labels[1] if row == len(cells) - 1 else ""
        lines.append(f"{label:>{margin}} │{''.join(line).rstrip()}")
    lines.append(f"{'':>{margin}} └{'─' * len(cells[0])}")
    right = f"{x[1]:.3g}"
    lines.append(
        f"{'':>{margin}}  {x[0]:<.3g}".ljust(margin + 2 + len(cells[0]) - len(right)) + right
    )
    return lines


def plane(bench: Any) -> str:
    """The answers over two inputs, with the samples on them."""
    x = np.asarray(bench.data.x, float)
    spans = _span(x[:, 0]), _span(x[:, 1])
    across, up = np.linspace(*spans[0], COLUMNS), np.linspace(*spans[1], ROWS)
    points = np.array([[a, b] for b in up[::-1] for a in across])
    names = [str(name) for name in bench.data.class_names or ()]
    found = bench.network.predict(points)
    if names and bench.ready.has_targets:
        kinds = [names.index(str(name)) for name in found]
        fills = [FILLS[kind % len(FILLS)] for kind in kinds]
        legend = "   ".join(
            f"{DOTS[k % len(DOTS)]} {name} (on{' blank' if not k else f' {FILLS[k % len(FILLS)]}'})"
            for k, name in enumerate(names)
        )
        marks = [DOTS[names.index(str(label)) % len(DOTS)] for label in bench.data.y]
    else:
        numbers = np.asarray(found, float).reshape(len(points), -1)[:, 0]
        low, high = float(numbers.min()), float(numbers.max())
        levels = (numbers - low) / (high - low or 1.0) * (len(FILLS) - 1)
        fills = [FILLS[round(level)] for level in levels]
        legend = f"blank {low:.3g} to {FILLS[-1]} {high:.3g}   {DOTS[1]} samples"
        marks = [DOTS[1]] * len(x)
    cells = [fills[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)]
    for (a, b), mark in zip(x, marks, strict=True):
        cells[ROWS - 1 - _place(b, spans[1], ROWS)][_place(a, spans[0], COLUMNS)] = mark
    first, second = _names(bench)[:2]
    return "\n".join([f"{second} up, {first} to the right; {legend}", *_framed(cells, *spans)])


def line(bench: Any) -> str:
    """The answers over one input, with the samples."""
    x, y = np.asarray(bench.data.x, float)[:, 0], np.asarray(bench.data.y, float)
    across = np.linspace(*_span(x), COLUMNS)
    found = np.asarray(bench.network.predict(across[:, None]), float)
    spans = _span(x), _span(np.concatenate([y, found]))
    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    for column, value in enumerate(found):
        cells[ROWS - 1 - _place(value, spans[1], ROWS)][column] = "·"
    for a, b in zip(x, y, strict=True):
        cells[ROWS - 1 - _place(b, spans[1], ROWS)][_place(a, spans[0], COLUMNS)] = DOTS[1]
    head = f"over {_names(bench)[0]}: · the network   {DOTS[1]} samples"
    return "\n".join([head, *_framed(cells, *spans)])


def _names(bench: Any) -> list[str]:
    """The names of the inputs."""
    known = [str(name) for name in bench.data.feature_names]
    return known or [f"x{place}" for place in range(1, len(bench.data.x[0]) + 1)]


def net(x: np.ndarray[Any, Any], knots: np.ndarray[Any, Any]) -> str:
    """The knots of a map among the samples of two columns."""
    spans = _span(x[:, 0]), _span(x[:, 1])
    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    for places, mark in ((x, "·"), (knots, DOTS[1])):
        for a, b in places:
            row, column = _place(b, spans[1], ROWS), _place(a, spans[0], COLUMNS)
            if 0 <= row < ROWS and 0 <= column < COLUMNS:
                cells[ROWS - 1 - row][column] = mark
    return "\n".join([f"· samples   {DOTS[1]} knots of the net", *_framed(cells, *spans)])
