"""Learning curves as text for a terminal; for the rest see ``picture.py`` and ``table.py``.

Drawn here rather than with plotext: its versions 5 and 6 share no function, it keeps one global
figure, and two of its lines look alike where there are no colours. Every text is legible without
colours, and ``to_encoding`` makes one for terminals that know fewer characters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.figures.curves import HELD_OUT, best_epoch, panels, points

TRAINING, VALIDATION, BOTH = "•", "○", "◉"
COLOURS = {TRAINING: 33, VALIDATION: 208, BOTH: 250}
PLAIN = str.maketrans("•○◉░▒▓█▀▄│┤└─┴·…", '*o@.:*#"_||+-+..')
TWO_PANELS = 60
SHARES = ("accuracy", "balanced_accuracy", "top_k", "precision", "recall", "f1")
"""Metrics that lie between 0 and 1 begin so; settings may follow, as in "recall_micro"."""


def to_encoding(text: str, encoding: str = "ascii") -> str:
    """The text with drawing characters replaced by plain ones, and others that it lacks by ``?``.

    Example:
        >>> to_encoding("• training  ▀▄ naïve")
        '* training  "_ na?ve'
    """
    return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)


def curves_text(
    rows: Sequence[Mapping[str, Any]], width: int = 72, height: int = 14, color: bool = False,
    kept: int | None = None,
) -> str:  # fmt: skip
    """Draw the loss, and beside it the first metric, over the epochs.

    Below 60 columns the loss alone is drawn. Where there are more epochs than columns, some are
    left out.

    Parameters:
        rows: one mapping an epoch, as in ``run.history.rows``.
        width, height: of the whole text, in characters, at least 24 x 6.
        color: whether to use the colours of a terminal.
        kept: the epoch that early stopping went back to, if it did.

    Example:
        >>> rows = [{"epoch": n, "loss": 1 / n, "val_loss": 1 / n + 0.1} for n in (1, 2, 3, 4, 5)]
        >>> print(curves_text(rows, width=32, height=8))
        loss
        1.10 ┤◉○
             │ •◉◉◉○
             │     •◉◉◉◉◉◉○○○○○○○
        0.20 ┤            •••••••◉◉◉◉◉◉◉
             └┴────────────────────────┴
              1         epoch          5
        • training  ○ validation  ◉ both  (lowest validation loss at epoch 5)
    """
    names = panels(rows)[: 2 if width >= TWO_PANELS else 1]
    if not names:
        return "(no epoch was finished: there are no learning curves)"
    width, height = max(width, 24), max(height, 6)
    own = (width - 3 * (len(names) - 1)) // len(names)
    drawn = [_panel(rows, name, own, height - 1) for name in names]
    lines = ["   ".join(part).rstrip() for part in zip(*drawn, strict=True)]
    lines.append(_legend(rows, "\n".join(lines), kept))
    text = "\n".join(lines)
    for mark, code in COLOURS.items() if color else ():
        text = text.replace(mark, f"\033[38;5;{code}m{mark}\033[0m")
    return text


def _legend(rows: Sequence[Mapping[str, Any]], drawn: str, kept: int | None) -> str:
    words = {TRAINING: "training", VALIDATION: "validation", BOTH: "both"}
    shown = [f"{mark} {word}" for mark, word in words.items() if mark in drawn or mark == TRAINING]
    watched = "validation " if any(f"{HELD_OUT}loss" in row for row in rows) else ""
    lowest = f"lowest {watched}loss at epoch {best_epoch(rows)}"
    return "  ".join([*shown, f"({lowest if kept is None else f'best epoch: {kept}'})"])


def _panel(rows: Sequence[Mapping[str, Any]], name: str, width: int, height: int) -> list[str]:
    """One plot with its title, axes and tick labels, each line exactly ``width`` long."""
    series = {TRAINING: points(rows, name), VALIDATION: points(rows, HELD_OUT + name)}
    values = [value for _, found in series.values() for value in found] or [0.0]
    low, high = min(values), max(values)
    if low == high:
        low, high = _around(name, low)
    labels = [_tick(value, high - low) for value in (high, low)]
    margin = max(map(len, labels))
    across, down = width - margin - 2, height - 3
    first, last = int(rows[0]["epoch"]), int(rows[-1]["epoch"])
    grid = [[" "] * across for _ in range(down)]
    for mark, (epochs, found) in series.items():
        heights = _heights(epochs, found, first, last, across)
        levels = np.rint((high - heights) / (high - low) * (down - 1))
        _draw(grid, levels, mark)
    lines = [name.replace("_", " ")]
    for row, cells in enumerate(grid):
        label = labels[0] if row == 0 else labels[1] if row == down - 1 else ""
        lines.append(f"{label:>{margin}} {'┤' if label else '│'}{''.join(cells)}")
    lines.append(" " * (margin + 1) + "└┴" + "─" * (across - 2) + ("┴" if last > first else "─"))
    ticks = str(first) + (str(last).rjust(across - len(str(first))) if last > first else "")
    lines.append(" " * (margin + 2) + ticks)
    middle = margin + 2 + (across - len("epoch")) // 2
    lines[-1] = lines[-1].ljust(width)
    if lines[-1][middle - 1 : middle + 6].isspace():
        lines[-1] = lines[-1][:middle] + "epoch" + lines[-1][middle + 5 :]
    return [line.ljust(width) for line in lines]


def _around(name: str, value: float) -> tuple[float, float]:
    """Ends of the axis for a curve that is level; a share has none below 0 or above 1."""
    low, high = value - 0.5, value + 0.5
    return (
        (max(low, 0.0), min(high, 1.0))
        if name.startswith(SHARES) and 0 <= value <= 1
        else (low, high)
    )


def _tick(value: float, span: float) -> str:
    """A value at the axis, as exact as the axis lets one read."""
    decimals = 1 - math.floor(math.log10(span))
    return f"{value:.{max(0, decimals)}f}" if -4 <= decimals <= 5 else f"{value:.3g}"


def _heights(
    epochs: list[int], values: list[float], first: int, last: int, across: int
) -> np.ndarray[Any, Any]:
    """A value for each column: on the line between epochs, NaN outside of what is known."""
    if not epochs:
        return np.full(across, np.nan)
    if first == last:
        return np.array([values[-1], *[np.nan] * (across - 1)])
    where = np.linspace(first, last, across)
    return np.interp(where, epochs, values, left=np.nan, right=np.nan)


def _draw(grid: list[list[str]], levels: np.ndarray[Any, Any], mark: str) -> None:
    """Put a mark a column, and marks between two columns where the curve is steep."""
    before: int | None = None
    for column, level in enumerate(levels):
        if np.isnan(level):
            before = None
            continue
        row = int(level)
        step = 0 if before is None or before == row else (1 if before < row else -1)
        reached = [row] if not step or before is None else range(before + step, row + step, step)
        for place in reached:
            taken = grid[place][column]
            grid[place][column] = mark if taken in (" ", mark) else BOTH
        before = row
