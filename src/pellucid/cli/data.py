"""``pellucid data``: the samples that are built in."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli.choices import Seed

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset

TARGET = "target"


@click.command(short_help="List the samples, write one as a table, draw pictures.")
@click.argument("name", required=False)
@click.argument("out", required=False)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option("--force", is_flag=True, help="Replace OUT if it is there; not a folder.")
@click.option(
    "--count", type=int, metavar="N", help="Of flowers, shapes: pictures a class.  [default: 250]"
)
@click.option(
    "--size",
    type=int,
    metavar="PIXELS",
    help="Of flowers, shapes: height and width of a picture.  [default: 64]",
)
@click.option(
    "--seed",
    type=Seed(),
    metavar="N",
    help="Of flowers, shapes: what all that is drawn follows from.  [default: 0]",
)
def data(
    name: str | None, out: str | None, data_dir: str | None, force: bool, count: int | None,
    size: int | None, seed: int | None,
) -> None:  # fmt: skip
    """List the samples; with NAME tell what it holds; with OUT write it as CSV.

    OUT is a new .csv file, or - for stdout. The last column, "target", is
    what is to be predicted. Of mnist and fashion_mnist the rows to learn from are written.

    NAME may also be flowers or shapes: then OUT is a new folder, in which pictures are drawn as PNG
    files, in a folder for each class.
    """
    from pellucid.cli.draw import drawing, is_drawn
    from pellucid.cli.output import WrongInput, check_out, say, warn, writing
    from pellucid.data.samples import load
    from pellucid.io.files import write_whole

    if force and out in (None, "-"):
        raise click.UsageError("--force is for a file to write. Write its name, such as iris.csv.")
    if name is None:
        if data_dir is not None:
            raise click.UsageError("--data-dir is for a sample. Write its name, such as mnist.")
        say(listing())
        return
    own = {"count": count, "size": size, "seed": seed}
    if is_drawn(name):
        drawing(name, out, {"data_dir": data_dir, "force": force or None}, own)
        return
    for option, value in own.items():
        if value is not None:
            raise click.UsageError(f"--{option} is for pictures to draw: flowers and shapes.")
    dataset = load(name, data_dir)
    if out is None:
        say(portrait(dataset))
    elif out == "-":
        say(to_csv(dataset).rstrip("\n"))
    else:
        if Path(out).suffix.lower() != ".csv":
            raise WrongInput(f"OUT is {out}; expected a name that ends in .csv. Write {out}.csv.")
        check_out(out)
        if not force and Path(out).exists():
            raise WrongInput(
                f"{out} is there already. Give another name, or --force to replace it."
            )
        with writing():
            write_whole(out, to_csv(dataset).encode("utf-8"))
        warn(f"{len(dataset):,} rows are in {out}. Learn them:")
        warn(f"  pellucid train {out} --target {TARGET}")


def listing() -> str:
    """A table of all samples."""
    from pellucid.data.pictures.drawn import DRAWN
    from pellucid.data.samples import load, names
    from pellucid.errors import DataError
    from pellucid.figures.table import table_text

    rows: list[dict[str, Any]] = []
    for name in names():
        try:
            rows.append({"sample": name, **_size(load(name))})
        except DataError:
            rows.append({"sample": name, "inputs": "pictures of 28 x 28", "target": "10 classes",
                         "note": "needs --data-dir"})  # fmt: skip
    for name, (classes, _, _) in DRAWN.items():
        target, note = f"{len(classes)} classes", "drawn into a folder OUT"
        rows.append({"sample": name, "inputs": "picture files", "target": target, "note": note})
    return table_text(rows)


def _size(dataset: Dataset) -> dict[str, Any]:
    shape = dataset.image_shape
    features = 1 if dataset.x.ndim == 1 else dataset.x.shape[1]
    inputs = f"pictures of {shape[0]} x {shape[1]}" if shape else f"{features} features"
    kinds = f"{len(dataset.class_names)} classes" if dataset.class_names else "numbers"
    return {"rows": len(dataset), "inputs": inputs, "target": kinds}


def portrait(dataset: Dataset) -> str:
    """What a sample holds, in words, and its first rows."""
    from pellucid.cli.output import width
    from pellucid.figures.picture import picture_text
    from pellucid.figures.table import beside

    lines = [repr(dataset).removeprefix("<Dataset ").removesuffix(">"), dataset.description]
    lines += [f"Source: {dataset.source}"] if dataset.source else []
    if dataset.class_names:
        lines.append(f"Classes: {', '.join(dataset.class_names)}")
    if dataset.image_shape:
        drawn = [picture_text(row.reshape(dataset.image_shape)) for row in dataset.x[:4]]
        blocks = [f"{text}\n{label}" for text, label in zip(drawn, dataset.y, strict=False)]
        return "\n".join([*(fill(line, width()) for line in lines), "", beside(blocks)])
    lines.append(f"Features: {', '.join(dataset.feature_names)}")
    wrapped = [fill(line, width()) for line in lines]
    return "\n".join([*wrapped, "", *to_csv(dataset, 5).splitlines()])


def to_csv(dataset: Dataset, most: int | None = None) -> str:
    """A data set as CSV text, the target last; numbers in full."""
    from pellucid.cli.provenance import feature_names

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*feature_names(dataset), TARGET])
    x = dataset.x[:most].reshape(len(dataset.x[:most]), -1)
    for row, target in zip(x.tolist(), dataset.y[:most].tolist(), strict=True):
        cells = [int(v) if isinstance(v, float) and v.is_integer() else v for v in row]
        writer.writerow([*cells, target])
    return text.getvalue()
