"""Which kind a column is, found from its training cells, and why; or what the user says it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from pellucid.data.arrays import Array, count_of
from pellucid.data.columns.base import Column
from pellucid.data.columns.boolean import FALSE, TRUE, Boolean
from pellucid.data.columns.category import FEW, Category
from pellucid.data.columns.cells import moment_form, numbers, texts
from pellucid.data.columns.constant import Constant
from pellucid.data.columns.identifier import Identifier
from pellucid.data.columns.moment import Moment
from pellucid.data.columns.number import Number
from pellucid.data.columns.text import Text
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, unknown_name

if TYPE_CHECKING:
    import polars as pl

ColumnKind: TypeAlias = Literal[
    "number", "category", "boolean", "date", "text", "identifier", "constant", "ignore"
]
KINDS: tuple[str, ...] = get_args(ColumnKind)
CLASSES: Mapping[str, type[Column]] = {
    cls.kind: cls for cls in (Number, Category, Boolean, Moment, Text, Identifier, Constant)
}
ENOUGH = 20
"""Below so many rows no column is taken for an identifier because its values all differ."""
STRAYS = 0.1
"""A column of numbers may hold other texts in at most this part of its cells."""
DIFFERENT = 0.9
"""Names of which more than this part are different tell rows apart."""
LOOK = 1_000
WORDS, SAMPLE = 3.0, 5_000
"""Cells of at least so many words on average are text; looked at in so many cells."""
_NAMED_ID = re.compile(
    r"(^|[_\s.-])(id|uuid|guid|index|key)$|^(unnamed: 0|row|nr|no\.?)$|[a-z]I[dD]$"
)


@dataclass(frozen=True)
class Found:
    """A kind, the reason for it, and what makes the column of it."""

    reason: str
    fit: Callable[[str, str, pl.Series], Column]


def fit_column(series: pl.Series, asked: str | None, *, embed: bool = True) -> Column:
    """The column fitted on training cells.

    Parameters:
        asked: the kind that the user wants; None: what it looks like.
        embed: whether many categories go into an embedding.
    Raises: ``DataError`` where no cell holds anything, or the cells are not of the kind asked for.
    """
    name = series.name
    if asked is not None and asked not in KINDS:
        raise unknown_name(f"kind of column (asked for {name!r})", asked, KINDS)
    _check_type(series)
    found = _asked(series, asked, embed) if asked else _found(series, embed)
    return found.fit(name, found.reason, series)


def kind_of(series: pl.Series) -> str:
    """The kind that a column would be taken for; nothing is fitted.

    Raises: ``DataError`` for cells that are no single values.
    """
    _check_type(series)
    fit: Any = _found(series, True).fit
    maker: Any = fit.func if isinstance(fit, partial) else fit
    return str(maker.__self__.kind)


def is_named_id(name: str) -> bool:
    """Whether a column is called as identifiers are: id, key, index, ..."""
    return bool(_NAMED_ID.search(name) or _NAMED_ID.search(name.lower()))


def is_empty(series: pl.Series) -> bool:
    """Whether no cell holds anything."""
    import polars as pl

    if series.dtype == pl.String:
        some = series.head(100)
        if texts(some).null_count() < len(some):
            return False
        return texts(series).null_count() == len(series)
    nan = series.is_nan().sum() if series.dtype.is_float() else 0
    return series.null_count() + nan == len(series)


def _asked(series: pl.Series, asked: str, embed: bool) -> Found:
    makers: dict[str, Callable[..., Column]] = {
        "number": partial(Number.fit, strays=True), "category": partial(Category.fit, embed=embed),
        "boolean": Boolean.fit, "date": Moment.fit, "text": Text.fit,
        "identifier": Identifier.fit, "constant": Constant.fit,
    }  # fmt: skip
    if asked == "number" and np.isnan(numbers(series)[0]).all():
        raise DataError(
            f"The column {series.name!r} is to be a number, and none of its cells is one, for "
            f"example {first(series)}. Give it another kind."
        )
    different = texts(series).n_unique() if asked == "boolean" else 0
    if different > 2 + texts(series).has_nulls():
        raise DataError(
            f"The column {series.name!r} is to be boolean, and holds {different} different "
            "values; expected two. Make it a category."
        )
    return Found("asked for", makers[asked])


def first(series: pl.Series) -> str:
    """The first cell that holds something, in quotes."""
    cells = texts(series).drop_nulls()
    return repr(str(cells[0])[:40]) if len(cells) else "nothing"


def as_number(column: Column, series: pl.Series) -> Column:
    """An identifier of whole numbers as a number, where there is nothing else to learn from."""
    if isinstance(column, Identifier) and series.dtype.is_numeric():
        return Number.fit(column.name, "whole numbers, and the only column", series)
    return column


def _found(series: pl.Series, embed: bool) -> Found:
    import polars as pl

    kind = series.dtype
    if kind == pl.Boolean:
        return _constant(series) or Found("true or false by type", Boolean.fit)
    if kind.is_temporal() and kind != pl.Duration:
        return _constant(series) or Found("dates or times by type", Moment.fit)
    if kind in (pl.Categorical, pl.Enum):
        fit = partial(Category.fit, embed=embed)
        return _constant(series) or Found("categories by type", fit)
    if _is_mostly_text(series):
        return _of_texts(series, embed)
    values, strays = numbers(series)
    there = values[~np.isnan(values)]
    if len(there) and not len(strays) and not _has_leading_zeros(series):
        return _of_numbers(series.name, there, len(values))
    if len(there) >= 10 and 0 < len(strays) <= STRAYS * (len(there) + len(strays)):
        example = str(strays[0])[:20]
        why = (
            f"{len(there):,} of {count_of(len(there) + len(strays), 'cell')} are numbers; the "
            f"rest, such as {example!r}, count as missing"
        )
        return Found(why, partial(Number.fit, strays=True))
    return _of_texts(series, embed)


def _is_mostly_text(series: pl.Series) -> bool:
    """A quick look at about a thousand cells, which spares columns of text a closer one."""
    import polars as pl

    if series.dtype != pl.String or len(series) < 10 * LOOK:
        return False
    some = series.gather_every(len(series) // LOOK)
    return len(numbers(some)[1]) > len(some) / 2


def _of_numbers(name: str, there: Array, rows: int) -> Found:
    low, high = float(there.min()), float(there.max())
    if low == high:
        return _steady(f"{low:g}", len(there) < rows)
    whole = bool((there == np.floor(there)).all())
    if whole and low == 0 and high == 1:
        return Found("only 0 and 1", Boolean.fit)
    if whole and len(there) == rows >= ENOUGH and np.unique(there).size == rows:
        if _NAMED_ID.search(name):
            return Found("whole numbers, all different, and called so", Identifier.fit)
        if bool((np.diff(there) > 0).all()) and low in (0, 1) and high - low < 2 * rows:
            return Found("whole numbers that count the rows", Identifier.fit)
    return Found("whole numbers" if whole else "numbers", Number.fit)


def _of_texts(series: pl.Series, embed: bool) -> Found:
    cells = texts(series).drop_nulls()
    different = cells.n_unique()
    if different == 1:
        return _steady(str(cells[0]), len(cells) < len(series))
    values = {value.lower() for value in cells.unique().to_list()} if different == 2 else set()
    if values and values <= {*TRUE, *FALSE}:
        return Found(f"only {' and '.join(sorted(values))}", Boolean.fit)
    form = moment_form(cells)
    if form is not None:
        return Found(f"dates or times like {cells[0]}", partial(Moment.fit, form=form))
    fit = partial(Category.fit, embed=embed)
    if different <= FEW and different <= max(2, 0.5 * len(cells)):
        return Found(f"{count_of(different, 'different text')}", fit)
    some = cells.head(SAMPLE)
    words = float(some.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    if words >= WORDS and different > DIFFERENT * FEW:
        return Found(f"{words:.0f} words a cell on average", Text.fit)
    if len(cells) >= ENOUGH and different > DIFFERENT * len(cells):
        return Found(f"{different:,} different in {len(cells):,} cells", Identifier.fit)
    zeros = ", with leading zeros" if _has_leading_zeros(series) else ""
    return Found(f"{different:,} different texts{zeros}", fit)


def _constant(series: pl.Series) -> Found | None:
    cells = texts(series).drop_nulls()
    return _steady(str(cells[0]), len(cells) < len(series)) if cells.n_unique() == 1 else None


def _steady(value: str, gaps: bool) -> Found:
    """A single value: of use where it is not in every row."""
    if gaps:
        return Found(f"{value[:20]!r} or nothing", Category.fit)
    return Found(f"{value[:20]!r} in every row", Constant.fit)


def _has_leading_zeros(series: pl.Series) -> bool:
    """Whether texts such as 01067 are among the cells: codes, not amounts."""
    import polars as pl

    if series.dtype != pl.String:
        return False
    return bool(series.str.contains(r"^\s*0\d").any())


def _check_type(series: pl.Series) -> None:
    """Refuse columns whose cells are no single values."""
    import polars as pl

    kind = series.dtype
    if kind.is_nested() or kind in (pl.Object, pl.Binary):
        raise DataError(
            f"The column {series.name!r} holds {kind} in its cells; expected single numbers, "
            "texts, dates or truth values. Take it apart, or ignore the column."
        )
