"""``pellucid predict``: what a model answers for each row."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pellucid.data.frame import Table
    from pellucid.models.network import Network
    from pellucid.nn.losses import Quantiles


@click.command(short_help="Let a model answer for each row of data.")
@click.argument("model")
@click.argument("data")
@click.option("--out", metavar="FILE", help="CSV file for the answers.  [default: stdout]")
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--strict", is_flag=True, help="Pictures: a file that cannot be read ends the command."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def predict(
    model: str, data: str, out: str | None, data_dir: str | None, strict: bool, as_json: bool
) -> None:
    """Predict for each row of DATA, and write CSV.

    MODEL is a model file, or the folder of a run. DATA is a table (.csv, .parquet, .xlsx, ...) with
    the columns that the model learned from, in any order (others are passed over, the target may be
    absent), an .npz file with the array x, a sample's name, or a folder with idx files. For a model
    of picture files it is a picture, a folder with pictures in it or in its folders, or a .csv file
    of their paths; they are brought to the model's size as in training.

    The CSV has the columns row (counted from 0) or file; prediction, one for each target where
    there are several; for classes and labels the probability of each; and low and high where an
    interval was learned. FILE is replaced if it is there, unless it is the model or the data. With
    --json and without --out the answers are in the JSON object.
    """
    from pellucid.cli.output import check_out, new_things, say, say_json, warn, writing
    from pellucid.io.files import write_whole
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    began = time.perf_counter()
    path = model_path(model)
    if out is not None:
        check_out(out)
        keep_inputs(out, path, data, data_dir)
    network = Network.load(path)
    files, x = named_rows(network, data, data_dir, strict)
    with new_things(lambda message: warn(f"Warning: {message}")):
        rows = answers(network, x)
    if files:
        rows = [
            {"file": file, **{name: value for name, value in row.items() if name != "row"}}
            for file, row in zip(files, rows, strict=True)
        ]
    if out is not None:
        with writing():
            write_whole(out, to_csv(rows).encode("utf-8"))
        warn(f"{len(rows):,} answers are in {out}.")
    elif not as_json:
        say(to_csv(rows).rstrip("\n"))
    if as_json:
        record: dict[str, Any] = {"model": model, "data": data, "rows": len(rows), "out": out}
        record["seconds"] = time.perf_counter() - began
        say_json(record if out is not None else record | {"predictions": rows})


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


def plain_rows(network: Network, data: str, data_dir: str | None) -> Any:
    """The rows of data other than picture files as the network takes them."""
    from pellucid.data.frame import Table
    from pellucid.data.source import open_features
    from pellucid.data.table_codec import TableCodec

    codec = network.inputs
    if isinstance(codec, TableCodec):
        names = [column.name for column in codec.used]
        return open_features(data, names, data_dir, codec.text_columns)
    shape = codec.row_shape
    size = 1
    for length in shape:
        size *= length
    names = known_columns(network.provenance.get("data"))
    x = open_features(data, names if len(names) == size else [], data_dir)
    if isinstance(x, Table):
        check_width(x, data, size)
        x = x.to_numpy()
    fits = x[0].size == size
    return x.reshape(len(x), *shape) if fits else x  # else the network says what does not fit


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


def answers(network: Network, x: Any) -> list[dict[str, Any]]:
    """One mapping a row: its place, the prediction, and chances or an interval where there are."""
    from pellucid.cli.output import plain
    from pellucid.nn.losses import Quantiles

    columns = _predictions(network, plain(network.predict(x)))
    if network.classes is not None:
        names = [f"probability_{label}" for label in plain(network.classes)]
        columns |= dict(zip(names, plain(network.predict_proba(x).T), strict=True))
    elif isinstance(network.loss, Quantiles):
        columns |= _quantiles(network.loss, network.predict_quantiles(x))
    rows = zip(*columns.values(), strict=True)
    return [
        {"row": row, **dict(zip(columns, values, strict=True))} for row, values in enumerate(rows)
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


def to_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV text; numbers with the six digits that single precision has."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(
        [f"{value:.6g}" if isinstance(value, float) else value for value in row.values()]
        for row in rows
    )
    return text.getvalue()
