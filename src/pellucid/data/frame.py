"""A table: named columns of one length, each of one type, whatever it came from.

What a CSV file, pandas, Polars or PyArrow hold becomes this; the codec of tables reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import Array, count_of, show_size
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ShapeError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Named columns of one length.

    Attributes:
        frame: the columns, as Polars keeps them.

    Example:
        >>> import polars as pl
        >>> Table.of(pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
        <Table: 2 rows of 2 columns (a, b)>
    """

    frame: pl.DataFrame

    @classmethod
    def of(cls, x: Any, names: Sequence[str] = ()) -> Table:
        """Read a data frame of pandas, Polars, PyArrow or another library, or an array.

        Parameters:
            names: what the columns of an array are called.
        Raises: ``DataError`` for columns of one name, or no rows; ``ShapeError`` for an array of
            another width.
        """
        import polars as pl

        if isinstance(x, Table):
            return x
        if isinstance(x, pl.DataFrame):
            return cls(x)._checked()
        if is_frame(x):
            return cls(_from_narwhals(x))._checked()
        array = np.asarray(x)
        if array.ndim != 2 or array.shape[1] != len(names):
            raise ShapeError(
                f"x is {show_size(array.shape)}; the model was fitted on a table of "
                f"{count_of(len(names), 'column')}. Give a data frame with the same columns, or an "
                f"array of n x {len(names)} in their order."
            )
        return cls(pl.DataFrame([_series(n, array[:, k]) for k, n in enumerate(names)]))._checked()

    @classmethod
    def join(cls, columns: Sequence[pl.Series]) -> Table:
        """Put columns side by side."""
        import polars as pl

        return cls(pl.DataFrame(list(columns)))

    def _checked(self) -> Table:
        if not len(self) or not self.columns:
            raise DataError(
                f"x is empty ({show_size(self.shape)}); expected at least one row and one column."
            )
        return self

    def __len__(self) -> int:
        return self.frame.height

    def __getitem__(self, rows: slice | Array) -> Table:
        if isinstance(rows, slice):
            return Table(self.frame[rows])
        return Table(self.frame[np.asarray(rows)])

    def __repr__(self) -> str:
        names = ", ".join(self.columns[:5]) + (", ..." if len(self.columns) > 5 else "")
        rows, columns = count_of(len(self), "row"), count_of(len(self.columns), "column")
        return f"<Table: {rows} of {columns} ({names})>"

    @property
    def columns(self) -> list[str]:
        """The names, in order."""
        return self.frame.columns

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.frame.shape

    @property
    def ndim(self) -> int:
        """2: rows and columns."""
        return 2

    def column(self, name: str) -> pl.Series:
        """One column."""
        return self.frame[name]

    def select(self, names: Sequence[str]) -> Table:
        """Some columns, in this order."""
        return Table(self.frame.select(names))

    def drop(self, names: Sequence[str]) -> Table:
        """All columns but these."""
        return Table(self.frame.drop(names))

    def is_all_numbers(self, names: Sequence[str]) -> bool:
        """Whether these columns hold a finite number in every row, by type."""
        import polars as pl

        for name in names:
            series = self.frame[name]
            if not (series.dtype.is_numeric() or series.dtype == pl.Boolean) or series.has_nulls():
                return False
            if series.dtype.is_float() and not series.is_finite().all():
                return False
        return True

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.to_numpy() if dtype is None else self.to_numpy().astype(dtype)

    def to_numpy(self) -> Array:
        """The numbers as an array.

        Shapes: rows x columns, float64.
        Raises: ``DataError`` that names the first column of something else.
        """
        from pellucid.data.columns.cells import numbers

        result = np.empty(self.shape, np.float64, order="F")
        for place, name in enumerate(self.columns):
            result[:, place], strays = numbers(self.frame[name])
            if len(strays):
                raise DataError(
                    f"The column {name!r} holds text, for example {str(strays[0])[:40]!r}; "
                    "expected numbers. Turn it into numbers, or drop it."
                )
        return result


def is_frame(x: Any) -> bool:
    """Whether x is a data frame of any library: rows, and columns with names."""
    if isinstance(x, Table):
        return True
    if not hasattr(x, "columns") and not hasattr(x, "column_names"):
        return False
    import narwhals as nw

    return bool(nw.dependencies.is_into_dataframe(x))


def _from_narwhals(x: Any) -> pl.DataFrame:
    import narwhals as nw
    import polars as pl

    names = list(map(str, x.column_names if hasattr(x, "column_names") else x.columns))
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise DataError(
            f"x has several columns called {doubled[0]!r}; expected different names. Rename them."
        )
    try:
        frame = nw.from_native(x, eager_only=True)
    except (TypeError, ValueError) as reason:
        raise DataError(f"x cannot be read as a table: {reason}") from None
    if frame.implementation.is_pyarrow():
        return pl.DataFrame(pl.from_arrow(x))
    return pl.DataFrame(
        [_from_column(name, own) for name, own in zip(names, frame.iter_columns(), strict=True)]
    )


def _from_column(name: str, column: Any) -> pl.Series:
    """A column of pandas, or of what is like it."""
    import narwhals as nw
    import polars as pl

    kind = column.dtype
    gone = column.is_null().to_numpy()
    if isinstance(kind, (nw.Datetime, nw.Date)) and not isinstance(kind, nw.Date):
        stamps = column.dt.timestamp("us").fill_null(0).to_numpy().astype(np.int64)
        return pl.Series(name, stamps).cast(pl.Datetime("us")).set(pl.Series(gone), None)
    if kind.is_float():
        return pl.Series(name, column.to_numpy().astype(np.float64)).fill_nan(None)
    if kind.is_integer():
        filled = column.fill_null(0) if gone.any() else column
        return pl.Series(name, filled.to_numpy()).set(pl.Series(gone), None)
    if kind == nw.Duration:
        seconds = column.dt.total_microseconds().to_numpy().astype(np.float64) / 1e6
        return pl.Series(name, seconds).fill_nan(None)
    values = [None if no else v for v, no in zip(column.to_list(), gone.tolist(), strict=True)]
    series = _from_objects(name, values)
    return series.cast(pl.Categorical) if kind in (nw.Categorical, nw.Enum) else series


def _from_objects(name: str, values: list[Any]) -> pl.Series:
    """A column of Python objects: of one type where they are, else as text."""
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool, np.bool_} and kinds:
        return pl.Series(name, [None if v is None else bool(v) for v in values], dtype=pl.Boolean)
    if kinds and all(issubclass(kind, (int, float, np.number, bool)) for kind in kinds):
        plain = [None if v is None else float(v) for v in values]
        return pl.Series(name, plain, dtype=pl.Float64).fill_nan(None)
    if kinds and not kinds & {str}:
        try:
            return pl.Series(name, values)
        except (TypeError, ValueError, pl.exceptions.PolarsError):
            pass
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)


def _series(name: str, values: Array) -> pl.Series:
    """A column of an array."""
    import polars as pl

    if values.dtype.kind in "OU":
        from pellucid.data.arrays import is_missing

        return _from_objects(name, [None if is_missing(v) else v for v in values.tolist()])
    series = pl.Series(name, values)
    return series.fill_nan(None) if series.dtype.is_float() else series
