"""Tables, confusion matrices and blocks of text side by side, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.figures.confusion import checked


def confusion_text(matrix: Any, labels: Sequence[Any], width: int = 80) -> str:
    """Write counts by true class (rows) and predicted class (columns).

    Where that is wider than ``width``, the ten most frequent confusions are listed instead.

    Example:
        >>> print(confusion_text([[9, 1], [0, 5]], ["cat", "dog"]))
        true   predicted
               cat  dog
        cat      9    1
        dog      ·    5
    """
    counts, names = checked(matrix, labels)
    names = [name if len(name) <= 14 else name[:13] + "…" for name in names]
    first = max(4, *map(len, names))
    cell = max(3, *(len(str(n)) for n in counts.flat), *map(len, names))
    if first + len(names) * (cell + 2) > width:
        return _frequent(counts, names)
    lines = [f"{'true':<{first}}   predicted"]
    lines.append(" " * first + "".join(f"  {name:>{cell}}" for name in names))
    for name, row in zip(names, counts.tolist(), strict=True):
        lines.append(f"{name:<{first}}" + "".join(f"  {n or '·':>{cell}}" for n in row))
    return "\n".join(line.rstrip() for line in lines)


def _frequent(counts: np.ndarray[Any, Any], names: list[str], most: int = 10) -> str:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    rows = [
        {"true": names[i], "predicted": names[j], "times": int(wrong[i, j])}
        for i, j in (divmod(int(place), len(names)) for place in order)
        if wrong[i, j]
    ]
    return table_text(rows) if rows else "(no mistakes)"


def beside(blocks: Sequence[str], width: int = 80) -> str:
    r"""Blocks of text side by side, as many as fit, and the rest below.

    Example:
        >>> print(beside(["ab\nc", "d\ne"]))
        ab   d
        c    e
    """
    split = [block.split("\n") for block in blocks]
    size = max((visible(line) for lines in split for line in lines), default=0)
    across = max(1, (width + 3) // (size + 3))
    rows = []
    for start in range(0, len(split), across):
        chosen = split[start : start + across]
        down = max(map(len, chosen))
        padded = [lines + [""] * (down - len(lines)) for lines in chosen]
        rows += [
            "   ".join(part + " " * (size - visible(part)) for part in parts).rstrip()
            for parts in zip(*padded, strict=True)
        ]
        rows.append("")
    return "\n".join(rows).rstrip()


def visible(line: str) -> int:
    """The characters of a line that are seen: colours are not."""
    return len(re.sub(r"\033\[[0-9;]*m", "", line))


def table_text(rows: Sequence[Mapping[str, Any]], right: Sequence[str] = ()) -> str:
    """Write rows as aligned columns: text to the left, numbers to the right with four digits.

    Parameters:
        right: columns of text that go to the right as well.

    Example:
        >>> print(table_text([{"model": "network", "accuracy": 0.97222}, {"model": "majority"}]))
        model     accuracy
        network     0.9722
        majority
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = []
    for name in names:
        values = [row.get(name) for row in rows]
        texts = [name, *map(_cell, values)]
        size = max(map(len, texts))
        left = name not in right and any(isinstance(value, str) for value in values)
        columns.append([text.ljust(size) if left else text.rjust(size) for text in texts])
    return "\n".join("  ".join(parts).rstrip() for parts in zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
