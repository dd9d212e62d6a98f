"""``pellucid train``: learn data, and say how well it went."""

from __future__ import annotations

import shlex
from typing import Any

import click
from click.core import ParameterSource

from pellucid.cli import complete
from pellucid.cli.asked import Asked
from pellucid.cli.choices import Seed, Share, kinds, policies, sizes
from pellucid.cli.jobs import job_options, jobs_taken
from pellucid.cli.pictures import picture_options, taken
from pellucid.cli.seconds import Seconds


@click.command(short_help="Learn data: a sample's name, a table, pictures.")
@click.argument("data", shell_complete=complete.data)
@click.option(
    "--target",
    metavar="COLUMN",
    shell_complete=complete.columns,
    help="Column of a table to predict, or several: a,b,c.  [default: the last]",
)
@click.option(
    "--kind",
    type=click.Choice(["classes", "numbers", "labels", "counts"]),
    help="What the target holds, where it is guessed wrongly; labels: several a row, in columns of "
    "yes and no or as text such as red;round; counts: how many, by Poisson's law.",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--column",
    multiple=True,
    callback=kinds,
    metavar="NAME=KIND",
    shell_complete=complete.columns_with(complete.kinds),
    help="What a column of a table holds, where it is guessed wrongly: number, category, boolean, "
    "date, text, identifier, constant, or ignore. May be given several times.",
)
@click.option(
    "--missing",
    multiple=True,
    callback=policies,
    metavar="COLUMN=POLICY",
    shell_complete=complete.columns_with(complete.policies),
    help="What stands in for missing values of a column: mean, median, zero, most_frequent, own (a "
    "value of its own), or drop, which leaves the rows out.  [default: mean; own for texts]",
)
@click.option(
    "--group",
    metavar="COLUMN",
    shell_complete=complete.columns,
    help="Keep rows of one value of this column on one side of each split; it is not learned from.",
)
@click.option(
    "--time",
    metavar="COLUMN",
    shell_complete=complete.columns,
    help="Test with the latest rows by this column, watch those before.",
)
@click.option(
    "--hidden",
    callback=sizes,
    metavar="SIZES",
    help="Sizes of the hidden layers, such as 64,32; '' for none.  [default: 64; of picture files "
    "a small convolutional network]",
)
@click.option(
    "--net", metavar="SPEC.json", help="Layers from a JSON file, in place of --hidden; see above."
)
@click.option(
    "--activation",
    default="relu",
    show_default=True,
    metavar="NAME",
    shell_complete=complete.of(complete.activations),
    help="Activation of the hidden layers.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help="How often each row is seen.  [default: about 5,000 steps (10,000 from 5,000 rows on) in "
    "5 to 200 epochs, and at least 1,000 steps; of the default network for picture files as show "
    "24,000 pictures, 10 to 30]",
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    metavar="N",
    help="Rows a step.  [default: 32; 64 from 5,000 rows on, 512 from 100,000 on]",
)
@click.option(
    "--rule",
    metavar="NAME",
    shell_complete=complete.of(complete.rules),
    help="Optimizer: adam, sgd, momentum, ...  [default: adam, its rate falling along a cosine, "
    "with a penalty on large weights]",
)
@click.option(
    "--rate",
    type=float,
    metavar="RATE",
    help="Learning rate.  [default: 0.005; of a --rule, its own]",
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    metavar="EPOCHS",
    help="Stop when the validation loss has not fallen for so many epochs, and keep the best.",
)
@click.option(
    "--validation",
    type=Share(),
    help="Share of the rows to learn from that is watched instead; 0: none.  [default: 0.1 from "
    "50 rows on]",
)
@click.option(
    "--test",
    type=Share(),
    help="Share of all rows to test with; 0: test on the rows learned from.  [default: the makers' "
    "own test rows, else 0.2 from 20 rows on]",
)
@click.option(
    "--no-audit", is_flag=True, help="Do not look for faults in the data before and after learning."
)
@job_options
@click.option(
    "--budget",
    type=Seconds(),
    metavar="TIME",
    help="Try configurations for so long (60s, 5m, 2h), keep the best on held-out rows of those to "
    "learn from, and fit it on all of these. What --hidden, --activation, --rate, --batch and "
    "--epochs say is kept.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="K",
    help="Cross-validate first: K parts of the rows to learn from take turns at being tested "
    "with; then fit on all of them.",
)
@picture_options
@click.option(
    "--seed",
    type=Seed(),
    metavar="N",
    default=0,
    show_default=True,
    help="What all that is random follows from.",
)
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    metavar="NAME",
    shell_complete=complete.of(complete.engines),
    help="What computes: auto, native or reference (float64, slow, the definition).",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads that compute, at most.  [default: all that it may use]",
)
@click.option(
    "--out",
    metavar="RUN",
    help="New folder for the run.  [default: runs/DATA-1, or the next free number]",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object as the last line of stdout; the report goes to stderr.",
)
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Seconds between two checkpoints, at least; `pellucid resume` goes on from the newest.  "
    "[default: 2, and more where writing would take above 2 % of the time]",
)
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--markdown", is_flag=True, help="Write the report as report.md as well.")
@click.option("--quiet", is_flag=True, help="No progress and no text, only where the run is.")
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


def asked_for(options: dict[str, Any], command: str) -> Asked:
    """What the options of a call ask for."""
    own = taken(options) | jobs_taken(options)
    return Asked(**options, **own, command=command)


def typed(ctx: click.Context) -> str:
    """The command with the options that were given, in the order of the help text."""
    words = ["pellucid", str(ctx.info_name)]
    for parameter in ctx.command.params:
        name = parameter.name or ""
        if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[name]
        if isinstance(value, dict):
            words += [w for item in value.items() for w in (parameter.opts[0], "=".join(item))]
            continue
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        if isinstance(parameter, click.Argument):
            words.append(text)
        else:
            words += [parameter.opts[0]] if value is True else [parameter.opts[0], text]
    return shlex.join(words)
