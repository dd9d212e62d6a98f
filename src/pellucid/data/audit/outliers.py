"""Values that stand alone: slips of the pen, wrong units, and codes for what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.audit.cells import LOOK, Cells, spread
from pellucid.data.audit.finding import Finding, first_rows, listed, quoted, rows_text
from pellucid.data.audit.subject import Subject
from pellucid.data.inputs import has_one_unit
from pellucid.dataclass import dataclass

CODES = (
    -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0, -88.0, -888.0, -8888.0, -77.0, -777.0,
    99.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0, 888.0, 8888.0, 777.0, 7777.0,
    -1.0, 1e20, -1e20, 1e30, 1e36,
)  # fmt: skip
"""Numbers that stand for a missing value in many files."""
FAR, FAR_LOG, GAP = 10.0, 6.0, 1.0
"""An outlier is more than 10 robust deviations from the median (6 of the logarithms, where all are
positive), and the gap between it and the others is as wide as these reach from the median."""
FEW = 0.005
"""More than this part of the rows are no outliers."""
ENOUGH = 30
ZERO_VALUES, ZERO_GAP, ZERO_ROWS = 20, 0.25, 3


@dataclass(frozen=True)
class Core:
    """The middle of a column: median, robust deviation."""

    median: float
    scale: float

    @classmethod
    def of(cls, values: Array) -> Core:
        """Median and 1.4826 times the median distance from it, of a draw of the values."""
        median = float(np.median(values))
        away = np.abs(values - median)
        scale = 1.4826 * float(np.median(away))
        if scale == 0:  # more than half of the values are one
            scale = 1.2533 * float(away.mean())
        return cls(median, scale)


def outliers(subject: Subject) -> Iterator[Finding]:
    """Find values far from all others, and values that look like codes for missing.

    Formula: |x - median| / (1.4826 median |x - median|), both medians of at most 20,000 rows, all
        rows compared.

    Cost: two medians of 20,000 numbers and three passes over a column.
    """
    measured = [cells for cells in subject.used if cells.kind == "number"]
    if len(measured) >= 16 and _in_one_unit([cells.values for cells in measured]):
        measured = []  # pixels and their like
    for cells in measured:
        yield from _of(cells.name, cells.values, target=False)
    yield from _zeros(measured)
    dataset = subject.dataset
    if subject.codes is None and dataset.y.ndim == 1:
        yield from _of(dataset.target or "target", dataset.y.astype(np.float64), target=True)


def _in_one_unit(columns: list[Array]) -> bool:
    rows = spread(len(columns[0]), LOOK // 10)
    some = np.stack([column[rows] for column in columns], axis=1)
    return not np.isnan(some).any() and has_one_unit(some)


def _of(name: str, values: Array, *, target: bool) -> Iterator[Finding]:
    there = values[~np.isnan(values)] if np.isnan(values).any() else values
    if len(there) < ENOUGH:
        return
    coded = [code for code in CODES if _is_code(code, there)]
    for code in coded:
        rows = np.flatnonzero(values == code)
        yield _code(name, code, rows, there, target)
        there = there[there != code]
    zero = [0.0] if not target and _is_zero_code(there) else []
    there = there[there > 0] if zero else there
    if len(there) < ENOUGH:
        return
    found = np.flatnonzero(_are_outliers(values, there) & ~np.isin(values, [*coded, *zero]))
    if not len(found):
        return
    core = Core.of(there[spread(len(there), LOOK)])
    order = np.argsort(-np.abs(values[found] - core.median), kind="stable")
    shown = ", ".join(f"{values[row]:g} in row {row}" for row in found[order][:3])
    others = np.delete(values, found)
    others = others[~np.isnan(others)]
    yield Finding(
        "outliers",
        "warning",
        f"The {'target' if target else 'column'} {name!r} has {count_of(len(found), 'value')} far "
        f"from all others: {rows_text(found)}.",
        "Correct the rows if that is a slip or another unit"
        + ("; else nothing." if target else "; else a logarithm of the column helps."),
        columns=(name,),
        rows=first_rows(found),
        count=len(found),
        detail=f"{shown}; all others are {others.min():g} to {others.max():g}, their median "
        f"{core.median:g}.",
    )


def _zeros(measured: list[Cells]) -> Iterator[Finding]:
    """Columns in which 0 may stand for missing, taken together."""
    found = {}
    for cells in measured:
        there = cells.values[~np.isnan(cells.values)]
        if len(there) >= ENOUGH and _is_zero_code(there):
            found[cells.name] = np.flatnonzero(cells.values == 0), float(there[there > 0].min())
    if not found:
        return
    rows = np.unique(np.concatenate([rows for rows, _ in found.values()]))
    one = len(found) == 1
    shown = [
        f"{name} {len(rows):,} times, else {low:g} or more" for name, (rows, low) in found.items()
    ]
    yield Finding(
        "missing",
        "note",
        f"{'The column' if one else 'The columns'} {quoted(tuple(found))} "
        f"{'holds' if one else 'hold'} 0 in {count_of(len(rows), 'row')}, far below all other "
        "values: it may stand for missing.",
        "If so, leave these cells of the file empty.",
        columns=tuple(found),
        rows=first_rows(rows),
        count=len(rows),
        detail=f"0 in {listed(shown[:3], [f'{len(shown) - 3} more'] if len(shown) > 3 else [])}.",
    )


def _are_outliers(values: Array, there: Array) -> Array:
    """Which values stand alone; NaN does not."""
    none = np.zeros(len(values), bool)
    core = Core.of(there[spread(len(there), LOOK)])
    if core.scale == 0:
        return none
    with np.errstate(invalid="ignore"):
        far = np.abs(values - core.median) > FAR * core.scale
        if not far.any():
            return none
        if there.min() >= 0:  # a long tail has few values far out by their logarithms
            logs, positive = np.log(values), there[there > 0]
            middle = Core.of(np.log(positive[spread(len(positive), LOOK)]))
            far &= np.abs(logs - middle.median) > FAR_LOG * middle.scale
    if not far.any() or far.sum() > max(1, FEW * len(there)):
        return none
    near = values[~far & ~np.isnan(values)]
    low, high = float(near.min()), float(near.max())
    alone = far & (values > core.median) & (values - high > GAP * (high - core.median))
    alone |= far & (values < core.median) & (low - values > GAP * (core.median - low))
    return alone


def _is_code(code: float, there: Array) -> bool:
    """Whether a number is at an end of the column, with a wide gap between it and the others."""
    low, high = float(there.min()), float(there.max())
    if code not in (low, high):
        return False
    others = there[there != code]
    if len(others) < ENOUGH:
        return False
    least, most = float(others.min()), float(others.max())
    count = len(there) - len(others)
    reach = most - least
    gap = least - code if code == low else code - most
    if code == -1.0:  # a plain number, too: many of them, and all others far from it
        return count >= ENOUGH and least >= 10 and gap > reach / 2
    if least < 0 <= -code:  # below 0 there are others: then it may be one of them
        return gap > 2 * reach
    return gap > reach / 2 if count > 1 or abs(code) >= 999 else gap > 2 * reach


def _is_zero_code(there: Array) -> bool:
    """Whether 0 stands far below many different numbers, as a blood pressure of 0 does."""
    zeros = int((there == 0).sum())
    if zeros < ZERO_ROWS or zeros > len(there) / 2 or there.min() < 0:
        return False
    others = there[there > 0]
    some = others[spread(len(others), LOOK)]
    if len(np.unique(some)) < ZERO_VALUES:
        return False
    return float(others.min()) > ZERO_GAP * float(np.median(some))


def _code(name: str, code: float, rows: Array, there: Array, target: bool) -> Finding:
    others = there[there != code]
    certain = code != -1.0
    return Finding(
        "missing",
        "warning" if certain else "note",
        f"The {'target' if target else 'column'} {name!r} holds {code:g} in "
        f"{count_of(len(rows), 'row')}, far from all other values: it may stand for missing.",
        "If so, drop these rows." if target else "If so, leave these cells of the file empty.",
        columns=(name,),
        rows=first_rows(rows),
        count=len(rows),
        detail=f"All others are {others.min():g} to {others.max():g}.",
    )
