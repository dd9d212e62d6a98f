"""``pellucid explain``: a row's way through a model as a calculation to redo by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.inspect.trace import Trace
    from pellucid.learn.rule import Rule
    from pellucid.models.network import Network


@click.command(short_help="Work out an answer and a training step by hand, number by number.")
@click.argument("model", shell_complete=complete.models)
@click.argument("data", shell_complete=complete.data)
@click.option(
    "--row",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="The row of DATA that is followed, counted from 0.",
)
@click.option("--layer", metavar="LAYER", help="Only this layer.")
@click.option(
    "--unit",
    metavar="LAYER/K",
    help="Only this unit, counted from 0; of pictures LAYER/CHANNEL/ROW/COLUMN.",
)
@click.option(
    "--weight",
    metavar="WEIGHT",
    help="Only this weight: dense_1.weight[0,2], or with --unit the place of an input.",
)
@click.option(
    "--rule", metavar="NAME", help="The optimizer of the step: sgd, adam, ...  [default: adam]"
)
@click.option("--rate", type=float, metavar="R", help="Its learning rate.  [default: its own]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "latex", "html"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", metavar="FILE", help="File to write.  [default: stdout]")
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def explain(
    model: str, data: str, row: int, layer: str | None, unit: str | None, weight: str | None,
    rule: str | None, rate: float | None, form: str, out: str | None, data_dir: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Explain what MODEL makes of one row of DATA: formulas, numbers in them, results.

    MODEL is a model file, or the folder of a run. DATA is what `pellucid predict` takes. Where DATA
    holds the target, the loss, the gradient and the update of one training step on this row follow
    the prediction; else the prediction alone is explained. The printed digits are enough to redo
    every line.

    A model file keeps no optimizer: the step is the first of the optimizer that --rule names, which
    remembers nothing yet. FILE is replaced if it is there, unless it is the model or the data. With
    --json all calculations are in the object, printed and in full, in place of the text.
    """
    from pathlib import Path

    from pellucid.cli.output import check_out, new_things, say, say_json, warn, writing
    from pellucid.cli.predict import keep_inputs
    from pellucid.io.files import write_whole
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    path = model_path(model)
    if out is not None:
        check_out(out)
        keep_inputs(out, Path(path), data, data_dir, what="the explanation")
    chosen_layer, place = asked_unit(layer, unit)
    network = Network.load(path)
    with new_things(lambda message: warn(f"Warning: {message}")):
        trace = traced(network, data, row, data_dir, asked_rule(rule, rate))
    if trace.rule is None:
        warn(f"{data} does not hold the target, so that there is no step: the prediction only.")
    made = trace.explain(chosen_layer, place, weight)
    if out is not None:
        with writing():
            write_whole(out, made.write(form).encode("utf-8"))
        warn(f"The explanation is in {out}.")
    elif not as_json:
        say(made.write(form).rstrip("\n"))
    if as_json:
        record = {"model": model, "data": data, "row": row, "format": form, "out": out}
        say_json(record | {"explanation": made.row()})


def asked_unit(layer: str | None, unit: str | None) -> tuple[str | None, tuple[int, ...] | None]:
    """A layer and a unit out of LAYER/K.

    Raises: ``BadParameter`` for what is no such text.
    """
    if unit is None:
        return layer, None
    name, *parts = unit.split("/")
    if not name or not parts or not all(part.isascii() and part.isdecimal() for part in parts):
        raise click.BadParameter(
            f"--unit is {unit!r}; expected a layer and a unit of it, counted from 0, such as "
            "dense_1/0, or a place in pictures, such as conv2d_1/0/5/5."
        )
    if layer is not None and layer != name:
        raise click.UsageError(f"--layer {layer} and --unit {unit} name two layers. Give one.")
    return name, tuple(map(int, parts))


def asked_rule(name: str | None, rate: float | None) -> Rule | None:
    """Back-propagation with the optimizer of this name and rate; None where none was asked for."""
    from pellucid.cli.choices import named_rule

    return None if name is None and rate is None else named_rule(name or "adam", rate)


def traced(network: Network, data: str, row: int, data_dir: str | None, rule: Rule | None) -> Trace:
    """The trace of one row: of a step where its target is known.

    Raises: ``WrongInput`` for a row beyond the data.
    """
    import numpy as np

    from pellucid.cli.known import targets
    from pellucid.cli.predict import check_row, named_rows
    from pellucid.inspect.trace import trace

    files, x = named_rows(network, data, data_dir)
    check_row(row, len(x), data)
    one = x[np.array([row])]
    y = targets(network, data, data_dir, files, row)
    return trace(network, one, y, rule=rule if y is not None else None)
