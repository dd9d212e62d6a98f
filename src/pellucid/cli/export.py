"""``pellucid export``: a model for other programs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.models.network import Network

FORMS = ("onnx", "python", "c", "javascript")


@click.command(short_help="Write a model as ONNX, or as a program that needs nothing else.")
@click.argument("model", shell_complete=complete.models)
@click.argument("out")
@click.option("--to", "form", type=click.Choice(FORMS), required=True, help="What to write.")
@click.option(
    "--data",
    metavar="DATA",
    help="With --to onnx: rows to compare answers on.  [default: the data it learned from]",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--numbers",
    type=click.Choice(["float32", "float64"]),
    help="With --to onnx: the numbers that go in and come out.  [default: float32]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def export(
    model: str, out: str, form: str, data: str | None, data_dir: str | None, numbers: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Write MODEL, a model file or the folder of a run, to the file OUT.

    All forms take rows as the model's data has them, and give labels and
    probabilities, or numbers in the target's unit.

    An ONNX model is compared first: ONNX Runtime answers for up to 1,000 rows,
    and a model that differs is not written. Where the data it learned from are
    not there any more, 100 rows like them are drawn.

    OUT is replaced if it is there, unless it is the model or the data.
    """
    from pellucid.cli.output import check_out, say, say_json, writing
    from pellucid.cli.predict import keep_inputs
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    if form != "onnx" and (data or data_dir or numbers):
        raise click.UsageError("--data, --data-dir and --numbers are for --to onnx.")
    path = model_path(model)
    check_out(out)
    keep_inputs(out, path, data, data_dir, what="the export", name="OUT")
    network = Network.load(path)
    rows = rows_to_check(network, data, data_dir) if form == "onnx" else None
    with writing():
        if form == "onnx":
            done = network.to_onnx(out, rows, numbers=numbers or "float32")
        else:
            done = network.to_code(out, form)
    if as_json:
        record = dataclasses.asdict(done)
        say_json({"model": model, "out": record.pop("path"), **record})
    else:
        say(str(done))


def rows_to_check(network: Network, data: str | None, data_dir: str | None) -> Any:
    """The rows asked for, else those the model learned from, if they are still there; else None."""
    from pellucid.cli.predict import named_rows
    from pellucid.data.table_codec import TableCodec
    from pellucid.errors import PellucidError

    if data is not None:
        return named_rows(network, data, data_dir)[1]
    told = network.provenance.get("data")
    given = told.get("given") if isinstance(told, dict) else None
    if not isinstance(given, str):
        return None
    try:
        rows = named_rows(network, given, data_dir)[1]
    except PellucidError:
        return None
    if isinstance(network.inputs, TableCodec):
        return rows
    return rows if rows.shape[1:] == network._parts()[1].row_shape else None
