"""``pellucid predict``: what a model answers for each row."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.data.frame import Table
    from pellucid.models.network import Network
    from pellucid.nn.losses import Quantiles


@click.command(short_help="Let a model answer for each row of data.")
@click.argument("model", shell_complete=complete.models)
@click.argument("data", shell_complete=complete.data)
@click.option(
    "--out",
    metavar="FILE",
    help="File for the answers: .csv, .tsv, .parquet, .arrow, .feather or .jsonl.  [default: CSV "
    "on stdout]",
)
@click.option("--with-data", is_flag=True, help="Tables: the columns of DATA beside the answers.")
@click.option(
    "--chances/--no-chances",
    default=True,
    show_default=True,
    help="Classes: the probability of each beside the answer.",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--strict", is_flag=True, help="Pictures: a file that cannot be read ends the command."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads that compute, at most.  [default: all that it may use]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def predict(
    model: str, data: str, out: str | None, with_data: bool, chances: bool, data_dir: str | None,
    strict: bool, threads: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Predict for each row of DATA, and write a table.

    MODEL is a model file, or the folder of a run. DATA is a table (.csv, .parquet, .xlsx, ...) with
    the columns that the model learned from, in any order (others are passed over, the target may be
    absent), an .npz file with the array x, a sample's name, or a folder with idx files. For a model
    of picture files it is a picture, a folder with pictures in it or in its folders, or a .csv file
    of their paths; they are brought to the model's size as in training.

    The answers have the columns row (counted from 0) or file; prediction, one for each target where
    there are several; for classes and labels the probability of each; and low and high where an
    interval was learned. Text files beyond 64 MB and Parquet are read and answered piece by piece.
    FILE is replaced if it is there, unless it is the model or the data. With --json and without
    --out the answers are in the JSON object.
    """
    from pellucid.cli.answers import ENDINGS, check_ending, to_csv, writer
    from pellucid.cli.output import NewThingsInPieces, check_out, say, say_json, warn
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network
    from pellucid.run.choose import executor

    began = time.perf_counter()
    path = model_path(model)
    if out is not None:
        check_out(out)
        keep_inputs(out, path, data, data_dir)
        check_ending(out, ENDINGS, "--out")
    network, engine = Network.load(path), executor("auto", None, threads)
    news, count, kept = NewThingsInPieces(), 0, []
    text = out is None or Path(out).suffix.lower() in (".csv", ".tsv", ".tab")
    pieces = rows_by_pieces(network, data, data_dir, strict, with_data, text)

    def answered() -> Iterator[list[dict[str, Any]]]:
        nonlocal count
        while True:
            with news.piece():
                piece = next(pieces, None)
                if piece is None:
                    return
                rows = answers(network, piece.x, engine, chances=chances, first=count)
            count += len(rows)
            yield piece.beside(rows)

    if out is not None:
        with writer(out) as add:
            for rows in answered():
                add(rows)
    else:
        for number, rows in enumerate(answered()):
            if as_json:
                kept += rows
            else:
                say(to_csv(rows, header=not number).rstrip("\n"))
    for message in news.messages():
        warn(f"Warning: {message}")
    if out is not None:
        warn(f"{count:,} answers are in {out}.")
    if as_json:
        record: dict[str, Any] = {"model": model, "data": data, "rows": count, "out": out}
        record["seconds"] = time.perf_counter() - began
        say_json(record if out is not None else record | {"predictions": kept})


@dataclass(frozen=True)
class Piece:
    """Some rows of the data.

    Attributes:
        x: as the network takes them.
        files: the files that they are, if they are.
        columns: what is to stand beside the answers, by column.
    """

    x: Any
    files: tuple[str, ...] = ()
    columns: Mapping[str, list[Any]] | None = None

    def beside(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers with the files in place of rows' numbers, or with the data's own columns."""
        if self.files:
            return [
                {"file": file, **{name: value for name, value in row.items() if name != "row"}}
                for file, row in zip(self.files, rows, strict=True)
            ]
        if self.columns is None:
            return rows
        refuse_double(self.columns, rows[0])
        cells = zip(*self.columns.values(), strict=True)
        return [
            {"row": row.pop("row"), **dict(zip(self.columns, own, strict=True)), **row}
            for row, own in zip(rows, cells, strict=True)
        ]


def refuse_double(columns: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Refuse data whose columns are called as the answers are."""
    from pellucid.errors import DataError

    double = [name for name in columns if name in row]
    if double:
        raise DataError(
            f"The data have a column {double[0]!r} themselves, as the answers have; expected other "
            "names with --with-data. Rename it, or leave --with-data out."
        )


def rows_by_pieces(
    network: Network, data: str, data_dir: str | None, strict: bool, with_data: bool, text: bool
) -> Iterator[Piece]:
    """The rows of the data, those of large tables in pieces.

    Parameters:
        with_data: whether the data's own columns are kept.
        text: whether those are kept as they stand in a text file.
    """
    from pellucid.data.reading.pieces import open_pieces, raw_frame
    from pellucid.data.source import is_table
    from pellucid.data.table import features_of
    from pellucid.data.table_codec import TableCodec
    from pellucid.errors import ParameterError

    if not is_table(data):
        if with_data:
            raise ParameterError(
                f"--with-data keeps the columns of a table, and {data} is none. Leave it out."
            )
        files, rows = named_rows(network, data, data_dir, strict)
        yield Piece(rows, files)
        return
    if strict or data_dir is not None:
        named_rows(network, data, data_dir, strict)  # which says what is wrong with that
    codec = network.inputs
    as_text = codec.text_columns if isinstance(codec, TableCodec) else ()
    for opened in open_pieces(Path(data), as_text):
        if isinstance(codec, TableCodec):
            x: Any = features_of(opened, [column.name for column in codec.used])
        else:
            size = prod(codec.row_shape)
            names = known_columns(network.provenance.get("data"))
            x = features_of(opened, names if len(names) == size else [])
            x = array_of(x, data, codec.row_shape)
        frame = raw_frame(opened) if text else opened.frame
        own = {name: frame[name].to_list() for name in frame.columns} if with_data else None
        yield Piece(x, (), own)


def keep_inputs(
    out: str, model: Path, data: str | None, data_dir: str | None, *, what: str = "the answers",
    name: str = "--out",
) -> None:  # fmt: skip
    """Refuse to write over the model, what lies beside it, or the data."""
    from pellucid.cli.output import WrongInput
    from pellucid.io.run_folder import EVENTS, RECORD

    inputs = [model, model.parent / RECORD, model.parent / EVENTS]
    for given in filter(None, (data, data_dir)):
        inputs += Path(given).iterdir() if Path(given).is_dir() else [Path(given)]
    found = Path(out)
    folder = data is not None and Path(data).is_dir()
    inside = folder and found.resolve().is_relative_to(Path(str(data)).resolve())
    same = any(path.exists() and path.samefile(found) for path in inputs if found.exists())
    if same or (inside and found.exists()):
        raise WrongInput(
            f"{out} belongs to the model or the data, and {what} would replace it. Give {name} "
            "another name."
        )


def named_rows(
    network: Network, data: str, data_dir: str | None, strict: bool = False
) -> tuple[tuple[str, ...], Any]:
    """The rows of the data as the network takes them, and the files that they are, if they are."""
    from pellucid.cli.pictures import pictures_for
    from pellucid.errors import ParameterError

    pictures = pictures_for(network.framing, data, strict) if data_dir is None else None
    if pictures is not None:
        return pictures.names, pictures.x
    if strict:
        raise ParameterError(f"--strict is for pictures, and {data} holds none. Leave it out.")
    return (), plain_rows(network, data, data_dir)


def check_row(row: int, count: int, data: str) -> None:
    """Refuse a row that is not there."""
    from pellucid.cli.output import WrongInput
    from pellucid.data.arrays import count_of

    if row >= count:
        raise WrongInput(
            f"{data} has {count_of(count, 'row')}, counted from 0, and --row is {row:,}. Give one "
            f"from 0 to {count - 1:,}."
        )


def plain_rows(network: Network, data: str, data_dir: str | None) -> Any:
    """The rows of data other than picture files as the network takes them."""
    from pellucid.data.frame import Table
    from pellucid.data.source import open_features
    from pellucid.data.table_codec import TableCodec
    from pellucid.errors import DataError

    codec = network.inputs
    if isinstance(codec, TableCodec):
        names = [column.name for column in codec.used]
        return open_features(data, names, data_dir, codec.text_columns)
    shape = codec.row_shape
    names = known_columns(network.provenance.get("data"))
    x = open_features(data, names if len(names) == prod(shape) else [], data_dir)
    if isinstance(x, Table) and network.framing is not None:
        raise DataError(
            f"The model answers for pictures, and {data} holds none. Give it a picture, a folder "
            "of pictures, or a .csv file of their paths."
        )
    if isinstance(x, Table):
        return array_of(x, data, shape)
    return x.reshape(len(x), *shape) if x[0].size == prod(shape) else x


def array_of(table: Table, data: str, shape: tuple[int, ...]) -> Any:
    """A table as the array that a network takes; if it cannot be, the network says why."""
    check_width(table, data, prod(shape))
    x = table.to_numpy()
    return x.reshape(len(x), *shape) if x[0].size == prod(shape) else x


def check_width(table: Table, data: str, size: int) -> None:
    """Refuse a table of other columns than a model takes that does not say their names.

    A model that was not made by ``pellucid train`` does not: then the file may have nothing but the
    columns that are needed, in their order.
    """
    from pellucid.errors import DataError

    if len(table.columns) != size:
        raise DataError(
            f"The model does not say which columns it learned from, so {data} must have just the "
            f"{size} it takes, in their order; it has {len(table.columns)}. Drop the others."
        )


def known_columns(data: Any) -> list[str]:
    """The columns that a model's file names, if it does; a file may hold anything."""
    from pellucid.cli.provenance import pixel_names

    data = data if isinstance(data, dict) else {}
    names, picture = data.get("features"), data.get("picture")
    if isinstance(picture, list) and [type(size) for size in picture] == [int, int]:
        return pixel_names(*picture) if 0 < picture[0] * picture[1] < 1_000_000 else []
    fits = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if fits else []


def answers(
    network: Network, x: Any, engine: Any = "auto", *, chances: bool = True, first: int = 0
) -> list[dict[str, Any]]:
    """One mapping a row: its place, the prediction, and chances or an interval where there are.

    Parameters:
        chances: whether the probabilities are there.
        first: the place of the first row.
    """
    from pellucid.nn.losses import Quantiles
    from pellucid.plain import plain

    columns = _predictions(network, plain(network.predict(x, engine=engine)))
    if network.classes is not None:
        if chances:
            names = [f"probability_{label}" for label in plain(network.classes)]
            shares = network.predict_proba(x, engine=engine)
            columns |= dict(zip(names, plain(shares.T), strict=True))
    elif isinstance(network.loss, Quantiles):
        columns |= _quantiles(network.loss, network.predict_quantiles(x, engine=engine))
    rows = zip(*columns.values(), strict=True)
    return [
        {"row": row, **dict(zip(columns, values, strict=True))}
        for row, values in enumerate(rows, first)
    ]


def _predictions(network: Network, predicted: list[Any]) -> dict[str, list[Any]]:
    """The answers by column: one, or one for each number or label of a row."""
    if getattr(network._parts()[2], "form", "") == "sets":
        return {"prediction": [";".join(map(str, labels)) for labels in predicted]}
    if not predicted or not isinstance(predicted[0], list):
        return {"prediction": predicted}
    told = network.provenance.get("data")
    names = told.get("targets") if isinstance(told, dict) else None
    across = list(zip(*predicted, strict=True))
    if not isinstance(names, list) or len(names) != len(across):
        known = network.classes
        names = range(1, len(across) + 1) if known is None else known.tolist()
    return {f"prediction_{n}": list(own) for n, own in zip(names, across, strict=True)}


def _quantiles(loss: Quantiles, found: Any) -> dict[str, list[Any]]:
    """The ends of the widest interval, or each quantile where none is about the median."""
    from pellucid.errors import ParameterError

    try:
        low, high, _ = loss.pair()
    except ParameterError:
        return {f"quantile_{q:g}": found[:, k].tolist() for k, q in enumerate(loss.levels)}
    return {"low": found[:, low].tolist(), "high": found[:, high].tolist()}
