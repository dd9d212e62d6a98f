"""Tables in files, by their endings: columns of text, numbers, dates and truth values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.data.reading.delimited import TextTable, read_bytes, read_text
from pellucid.data.reading.lines import check_lines
from pellucid.data.reading.names import check_names
from pellucid.data.reading.typed import to_numbers
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, FileError

if TYPE_CHECKING:
    import polars as pl

TEXT = (".csv", ".tsv", ".tab", ".txt", ".psv", ".dat")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
OTHERS = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".jsonl", ".ndjson", *EXCEL)
ENDINGS = (*TEXT, *OTHERS)


@dataclass(frozen=True)
class Opened:
    """A table that was read from a file.

    Attributes:
        frame: its columns.
        notes: what the file was found to be, in words.
        text: the text file, where it is one: it knows in which line a row is.
    """

    path: Path
    frame: pl.DataFrame
    notes: str
    text: TextTable | None = None

    def place(self, row: int) -> str:
        """Words for where a row is: its line in a text file, else its number from 1 on."""
        return f"line {self.text.line(row)}" if self.text is not None else f"row {row + 1}"


def open_table(
    path: Path, columns: Collection[str] | None = None, as_text: Collection[str] = (),
    raw: bytes | None = None,
) -> Opened:  # fmt: skip
    """Read a table by the ending of its file's name.

    Parameters:
        columns: those to keep, where they are there; all by default.
        as_text: columns of a text file that are to stay text even if all cells are numbers.
        raw: what a text file holds, where it is in memory; the path is then its name in messages.
    Raises: ``FileError`` for a file that is none of its kind; ``DataError`` for no rows.
    """
    ending = path.suffix.lower()
    if raw is None and ending in OTHERS:
        return _opened(path, ending, columns)
    found = read_text(path, columns, raw)
    told: dict[str, list[str]] = {}
    series = []
    for name in found.frame.columns:
        column = found.frame[name]
        how = None
        if name not in as_text:
            column, how = to_numbers(column, found.dialect.separator)
        if how:
            told.setdefault(how, []).append(name)
        series.append(column)
    frame = found.frame.with_columns(series)
    notes = [found.describe()]
    for how, names in told.items():
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        notes.append(f"{how} in {shown}")
    return Opened(path, frame, "; ".join(notes), found)


def _opened(path: Path, ending: str, columns: Collection[str] | None) -> Opened:
    import polars as pl

    readers: dict[str, tuple[str, Callable[[Path], pl.DataFrame]]] = {
        ".parquet": ("Parquet", pl.read_parquet), ".pq": ("Parquet", pl.read_parquet),
        ".arrow": ("Arrow", _arrow), ".feather": ("Arrow", _arrow), ".ipc": ("Arrow", _arrow),
        ".jsonl": ("JSON lines", _json_lines), ".ndjson": ("JSON lines", _json_lines),
    }  # fmt: skip
    what, reader = readers.get(ending, ("Excel", _excel))
    if not path.is_file():
        read_bytes(path)
    try:
        frame = reader(path)
    except (pl.exceptions.PolarsError, OSError, ValueError, TypeError) as reason:
        if isinstance(reason, FileError):
            raise
        first = (str(reason).splitlines() or [type(reason).__name__])[0].rstrip(".")
        raise FileError(
            f"{path} cannot be read as {what}: {first}. Check that it is a whole file of that kind."
        ) from None
    check_names(str(path), frame.columns)
    if not frame.height:
        raise DataError(f"{path} has no rows of data; expected at least one.")
    kept = [name for name in frame.columns if columns is None or name in columns]
    return Opened(path, frame.select(kept), what)


def _arrow(path: Path) -> pl.DataFrame:
    """An Arrow file, or a stream of Arrow's."""
    import polars as pl

    with path.open("rb") as file:
        is_file = file.read(6) == b"ARROW1"
    return pl.read_ipc(path) if is_file else pl.read_ipc_stream(path)


def _json_lines(path: Path) -> pl.DataFrame:
    import polars as pl

    check_lines(path)
    return pl.read_ndjson(path, infer_schema_length=None)


def _excel(path: Path) -> pl.DataFrame:
    """The first sheet of a workbook."""
    import polars as pl

    try:
        import fastexcel
    except ImportError:
        raise FileError(
            f"{path} is a workbook, and the package that reads these is not installed. Install "
            "it with: pip install 'pellucid[tables]'. Or save the sheet as CSV."
        ) from None
    try:
        return pl.read_excel(path)
    except fastexcel.FastExcelError as reason:
        raise ValueError(str(reason)) from None
