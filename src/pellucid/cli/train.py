"""``pellucid train``: learn data, and say how well it went."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from pellucid.cli.train_options import asked_for, train_options, typed


@click.command(short_help="Learn data: a sample's name, a table, pictures.")
@train_options
@click.pass_context
def train(ctx: click.Context, /, **options: Any) -> None:
    """Learn DATA, test what was learned, and keep the model.

    DATA is a sample's name (`pellucid data` lists them), a table (.csv, .tsv, .parquet, .arrow,
    .feather, .jsonl, .xlsx and relatives), an .npz file with the arrays x and y, a folder with a
    folder of pictures for each class (or a .csv file of their paths and labels), or a folder with
    the idx files of MNIST or a relative of it.

    The report compares the network with three simple models on the same test rows. Each learns from
    at most 10,000 rows, drawn by class; the report says so where it matters. Beside the text there
    is a page, report.html in the run's folder. Ctrl-C ends the training and keeps what was learned
    so far; a run that was interrupted or killed goes on with `pellucid resume RUN`.

    \u0008
    SPEC.json is a list of layers with their parameters:
      [{"layer": "Conv2D", "filters": 8, "kernel": 3, "activation": "relu"},
       {"layer": "MaxPool2D", "size": 2}, {"layer": "Flatten"},
       {"layer": "Dense"}]
    A last Dense without units gets as many as DATA needs.
    Pictures come in as 1 x height x width, those in colour as 3 x height x width.

    \u0008
    Exit: 0 done (also after Ctrl-C), 1 the run failed, 2 the input is wrong.
    """  # fmt: skip
    if options["hidden"] is not None and options["net"] is not None:
        raise click.UsageError(
            "--hidden and --net both say what the layers are. Give one of the two."
        )
    given = [
        p.opts[0]
        for p in ctx.command.params
        if p.name and ctx.get_parameter_source(p.name) is ParameterSource.COMMANDLINE
    ]
    if "--net" in given and "--activation" in given:
        raise click.UsageError(
            "--activation is for --hidden. In a --net file each layer has its own."
        )
    if options["patience"] is not None and options["validation"] == 0:
        raise click.UsageError("--patience watches held-out rows, and --validation 0 leaves none.")
    if options["no_report"] and options["markdown"]:
        raise click.UsageError("--no-report and --markdown contradict each other. Give one.")
    if options["group"] is not None and options["time"] is not None:
        raise click.UsageError("--group and --time both say how to split. Give one of the two.")
    from pellucid.cli.training import learn

    learn(asked_for(options, typed(ctx)))
