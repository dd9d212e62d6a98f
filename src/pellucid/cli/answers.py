"""Files of rows, by the ending of their name, written piece by piece."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Rows = list[dict[str, Any]]
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
ARROW = (".arrow", ".feather", ".ipc")
ENDINGS = (*SEPARATORS, *JSON_LINES, *PARQUET, *ARROW)


def check_ending(path: str, endings: Sequence[str], name: str) -> None:
    """Refuse a file whose name does not say one of these formats.

    Parameters:
        name: of the option or argument.
    """
    from pellucid.cli.output import WrongInput

    if Path(path).suffix.lower() not in endings:
        raise WrongInput(
            f"{name} is {path}; expected a name that ends in {', '.join(endings[:-1])} or "
            f"{endings[-1]}. Write {path}{endings[0]}."
        )


@contextmanager
def writer(path: str) -> Iterator[Callable[[Rows], None]]:
    """Give a function that adds rows to a file; the file is there at the end, in full.

    The first rows say which columns there are.
    """
    from pellucid.cli.output import Failed
    from pellucid.errors import FileError

    theirs: BaseException | None = None
    try:
        with _adding(path) as add:
            try:
                yield add
            except BaseException as error:
                theirs = error
                raise
    except FileError as error:
        if error is theirs:  # what was read is at fault
            raise
        raise Failed(str(error)) from None


@contextmanager
def _adding(path: str) -> Iterator[Callable[[Rows], None]]:
    from pellucid.io.files import replacing

    ending = Path(path).suffix.lower()
    with replacing(path) as temporary:
        if ending in SEPARATORS or ending in JSON_LINES:
            with temporary.open("x", encoding="utf-8", newline="") as file:
                yield _text_writer(file, ending)
            return
        folder = tempfile.mkdtemp(prefix=".pellucid-", dir=temporary.parent)
        try:
            pieces: list[Path] = []

            def add(rows: Rows) -> None:
                pieces.append(Path(folder, f"{len(pieces):06}.parquet"))
                _frame(rows).write_parquet(pieces[-1])

            yield add
            _joined(pieces, temporary, ending in PARQUET)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def to_csv(rows: Rows, header: bool = True, separator: str = ",") -> str:
    """Rows as CSV text; numbers with the six digits that single precision has."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=separator, lineterminator="\n")
    if header:
        out.writerow(rows[0])
    out.writerows([_cell(name, value) for name, value in row.items()] for row in rows)
    return text.getvalue()


def _text_writer(file: Any, ending: str) -> Callable[[Rows], None]:
    first = True

    def add(rows: Rows) -> None:
        nonlocal first
        if ending in JSON_LINES:
            file.writelines(json.dumps(_plain(row), ensure_ascii=False) + "\n" for row in rows)
        else:
            file.write(to_csv(rows, first, SEPARATORS[ending]))
        first = False

    return add


def _cell(name: str, value: Any) -> Any:
    """A cell of CSV: answers with six digits, the user's own numbers in full."""
    answer = isinstance(value, float) and name.startswith(ANSWERS)
    return f"{value:.6g}" if answer else value


ANSWERS = ("prediction", "probability_")


def _plain(row: Mapping[str, Any]) -> Any:
    from pellucid.plain import plain

    return plain(row)


def _frame(rows: Rows) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(rows, infer_schema_length=None, strict=False)


def _joined(pieces: Sequence[Path], out: Path, parquet: bool) -> None:
    """The pieces as one file; a column that is text in one of them is text in all."""
    import polars as pl

    frames = [pl.scan_parquet(piece) for piece in pieces]
    kinds = [frame.collect_schema() for frame in frames]
    odd = [name for name in kinds[0] if len({str(kind[name]) for kind in kinds}) > 1]
    if odd:
        frames = [frame.with_columns(pl.col(odd).cast(pl.String)) for frame in frames]
    whole = pl.concat(frames)
    if parquet:
        whole.sink_parquet(out)
    else:
        whole.sink_ipc(out)
