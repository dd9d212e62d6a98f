"""``pellucid attribute``: what one answer of a model is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.inspect.attribute import Attribution
    from pellucid.models.network import Network

METHODS = (
    "integrated_gradients", "gradient_x_input", "smoothgrad", "deeplift", "occlusion", "grad_cam",
    "exact_shapley", "sampled_shapley",
)  # fmt: skip
FORMS = (".json", ".csv", ".html", ".txt")
BACKGROUND = 50


@click.command(short_help="What one answer is made of: columns or pixels, and what is missing.")
@click.argument("model", shell_complete=complete.models)
@click.argument("data", shell_complete=complete.data)
@click.option(
    "--row",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Which row of DATA, counted from 0.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    metavar="NAME",
    default=METHODS[0],
    show_default=True,
    help=f"How it is found out: {', '.join(METHODS[:-1])} or {METHODS[-1]}.",
)
@click.option(
    "--class",
    "output",
    metavar="C",
    help="Class, label or target to explain.  [default: the class that is predicted]",
)
@click.option("--probability", is_flag=True, help="Explain the chance in place of the score.")
@click.option(
    "--baseline",
    type=click.Choice(["mean", "black", "rows"]),
    default="mean",
    show_default=True,
    help="What it is compared with: the mean, a black picture, or 50 rows of DATA.",
)
@click.option("--out", metavar="FILE", help="File to write: .json, .csv, .html (a figure) or .txt.")
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def attribute(
    model: str, data: str, row: int, method: str, output: str | None, probability: bool,
    baseline: str, out: str | None, data_dir: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Share the answer of MODEL for one row of DATA out among its columns or pixels.

    MODEL is a model file or the folder of a run, DATA what predict takes. What is shared out is the
    score of a class before softmax, or a number in the target's unit, less the same for the
    baseline. The last lines say by how much the parts fail to add up to it.
    """  # fmt: skip
    from pellucid.cli.answers import check_ending
    from pellucid.cli.output import check_out, new_things, say, say_json, warn
    from pellucid.cli.predict import check_row, keep_inputs, named_rows
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    path = model_path(model)
    if out is not None:
        check_out(out)
        check_ending(out, FORMS, "--out")
        keep_inputs(out, path, data, data_dir, what="the attribution")
    network = Network.load(path)
    files, rows = named_rows(network, data, data_dir)
    check_row(row, len(rows), data)
    compared: Any = baseline if baseline != "rows" else background(rows)
    with new_things(lambda message: warn(f"Warning: {message}")):
        found = network.attribute(
            rows[row : row + 1], method, output=named(network, output), baseline=compared,
            probability=probability,
        )  # fmt: skip
    if out is not None:
        write(found, out)
        warn(f"The attribution is in {out}.")
    if as_json:
        name = {"file": files[row]} if files else {}
        say_json({"model": model, "data": data, "row": row, **name, **found.record(), "out": out})
    elif out is None:
        say(f"Row {row} of {data}{f', {files[row]}' if files else ''}\n\n{found.text()}")


def background(rows: Any) -> Any:
    """At most 50 rows, drawn from all."""
    import numpy as np

    from pellucid.data.draw import Draw

    chosen = np.sort(Draw(0, "rows to compare with").order(len(rows))[:BACKGROUND])
    return rows[chosen]


def named(network: Network, output: str | None) -> Any:
    """The class or output that a word of the command line stands for, in the model's own type."""
    if output is None:
        return None
    known = network.classes
    for label in () if known is None else known.tolist():
        if str(label) == output:
            return label
    if known is None:
        try:
            return int(output)
        except ValueError:
            pass
        try:
            return float(output)
        except ValueError:
            pass
    return output


def write(found: Attribution, out: str) -> None:
    """Write it as the file's name says."""
    from pellucid.cli.answers import writer
    from pellucid.cli.output import writing
    from pellucid.io.files import write_whole

    ending = Path(out).suffix.lower()
    if ending == ".csv":
        with writer(out) as add:
            add(found.rows())
        return
    made: dict[str, Callable[[], str]] = {
        ".json": found.to_json,
        ".txt": found.text,
        ".html": lambda: str(found.plot().to_html(include_plotlyjs=True)),
    }
    text = made[ending]()
    with writing():
        write_whole(out, f"{text.rstrip()}\n".encode())
