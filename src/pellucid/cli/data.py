"""``pellucid data``: the samples that are built in."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete
from pellucid.cli.choices import Seed

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset

TARGET = "target"


@click.command(short_help="List the samples, write one as a table, draw pictures.")
@click.argument("name", required=False, shell_complete=complete.samples)
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def data(
    name: str | None, out: str | None, data_dir: str | None, force: bool, count: int | None,
    size: int | None, seed: int | None, as_json: bool,
) -> None:  # fmt: skip
    """List the samples; with NAME tell what it holds; with OUT write it as a table.

    OUT is a new file, .csv, .tsv, .parquet, .arrow, .feather, .jsonl or .npz (arrays x and y), or -
    for CSV on stdout. The last column, "target", is what is to be predicted. Of mnist and
    fashion_mnist the rows to learn from are written.

    NAME may also be flowers or shapes: then OUT is a new folder, in which pictures are drawn as PNG
    files, in a folder for each class.
    """
    from pellucid.cli.draw import drawing, is_drawn
    from pellucid.cli.output import say, say_json
    from pellucid.data.samples import load

    if force and out in (None, "-"):
        raise click.UsageError("--force is for a file to write. Write its name, such as iris.csv.")
    if out == "-" and as_json:
        raise click.UsageError(
            "OUT is -, stdout, where --json writes too. Give the name of a file."
        )
    if name is None:
        if data_dir is not None:
            raise click.UsageError("--data-dir is for a sample. Write its name, such as mnist.")
        if as_json:
            say_json({"samples": listed()})
        else:
            say(listing())
        return
    own = {"count": count, "size": size, "seed": seed}
    if is_drawn(name):
        drawing(name, out, {"data_dir": data_dir, "force": force or None}, own, as_json)
        return
    for option, value in own.items():
        if value is not None:
            raise click.UsageError(f"--{option} is for pictures to draw: flowers and shapes.")
    dataset = load(name, data_dir)
    if out is not None and out != "-":
        write(dataset, out, force)
    if as_json:
        say_json({**facts(dataset), "out": out})
    elif out is None:
        say(portrait(dataset))
    elif out == "-":
        say(to_csv(dataset).rstrip("\n"))


def write(dataset: Dataset, out: str, force: bool) -> None:
    """Write a sample to a new file, in the format that its name says."""
    from pellucid.cli.answers import ENDINGS, check_ending, writer
    from pellucid.cli.output import WrongInput, check_out, warn, writing
    from pellucid.io.files import write_whole

    check_ending(out, (".csv", ".npz", *(e for e in ENDINGS if e != ".csv")), "OUT")
    check_out(out)
    if not force and Path(out).exists():
        raise WrongInput(f"{out} is there already. Give another name, or --force to replace it.")
    ending = Path(out).suffix.lower()
    if ending == ".csv":
        with writing():
            write_whole(out, to_csv(dataset).encode("utf-8"))
    elif ending == ".npz":
        import numpy as np

        content = io.BytesIO()
        np.savez_compressed(content, x=dataset.x, y=dataset.y)
        with writing():
            write_whole(out, content.getvalue())
    else:
        with writer(out) as add:
            add(as_rows(dataset))
    warn(f"{len(dataset):,} rows are in {out}. Learn them:")
    target = "" if ending == ".npz" else f" --target {TARGET}"
    warn(f"  pellucid train {out}{target}")


def facts(dataset: Dataset) -> dict[str, Any]:
    """What a sample is, as plain values."""
    return {
        "name": dataset.name,
        "rows": len(dataset),
        "kind": dataset.kind,
        "features": list(dataset.feature_names),
        "picture": list(dataset.image_shape or ()),
        "classes": list(dataset.class_names or ()),
        "description": dataset.description,
        "source": dataset.source,
    }


def as_rows(dataset: Dataset) -> list[dict[str, Any]]:
    """The rows, features by name and the target last."""
    from pellucid.cli.provenance import feature_names

    names = [*feature_names(dataset), TARGET]
    x = dataset.x.reshape(len(dataset), -1).tolist()
    return [
        dict(zip(names, [*row, y], strict=True))
        for row, y in zip(x, dataset.y.tolist(), strict=True)
    ]


def listed() -> list[dict[str, Any]]:
    """All samples, a row each."""
    from pellucid.data.pictures.drawn import DRAWN
    from pellucid.data.samples import load, names
    from pellucid.errors import DataError

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
    return rows


def listing() -> str:
    """A table of all samples."""
    from pellucid.figures.table import table_text

    return table_text(listed())


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
