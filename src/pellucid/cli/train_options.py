"""What ``train`` may be asked for: its options, and reading them out of a command."""

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
from pellucid.cli.with_options import with_options
from pellucid.errors import FileError

train_options = with_options(
    click.argument("data", shell_complete=complete.data),
    click.option(
        "--target",
        metavar="COLUMN",
        shell_complete=complete.columns,
        help="Column of a table to predict, or several: a,b,c.  [default: the last]",
    ),
    click.option(
        "--kind",
        type=click.Choice(["classes", "numbers", "labels", "counts"]),
        help="What the target holds, where it is guessed wrongly; labels: several a row, in "
        "columns of yes and no or as text such as red;round; counts: how many, by Poisson's law.",
    ),
    click.option(
        "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
    ),
    click.option(
        "--column",
        multiple=True,
        callback=kinds,
        metavar="NAME=KIND",
        shell_complete=complete.columns_with(complete.kinds),
        help="What a column of a table holds, where it is guessed wrongly: number, category, "
        "boolean, date, text, identifier, constant, or ignore. May be given several times.",
    ),
    click.option(
        "--missing",
        multiple=True,
        callback=policies,
        metavar="COLUMN=POLICY",
        shell_complete=complete.columns_with(complete.policies),
        help="What stands in for missing values of a column: mean, median, zero, most_frequent, "
        "own (a value of its own), or drop, which leaves the rows out.  [default: mean; own for "
        "texts]",
    ),
    click.option(
        "--group",
        metavar="COLUMN",
        shell_complete=complete.columns,
        help="Keep rows of one value of this column on one side of each split; it is not learned "
        "from.",
    ),
    click.option(
        "--time",
        metavar="COLUMN",
        shell_complete=complete.columns,
        help="Test with the latest rows by this column, watch those before.",
    ),
    click.option(
        "--hidden",
        callback=sizes,
        metavar="SIZES",
        help="Sizes of the hidden layers, such as 64,32; '' for none.  [default: 64; of picture "
        "files a small convolutional network]",
    ),
    click.option(
        "--net",
        metavar="SPEC.json",
        help="Layers from a JSON file, in place of --hidden; see above.",
    ),
    click.option(
        "--activation",
        default="relu",
        show_default=True,
        metavar="NAME",
        shell_complete=complete.of(complete.activations),
        help="Activation of the hidden layers.",
    ),
    click.option(
        "--epochs",
        type=click.IntRange(1),
        metavar="N",
        help="How often each row is seen.  [default: about 5,000 steps (10,000 from 5,000 rows on) "
        "in 5 to 200 epochs, and at least 1,000 steps; of the default network for picture files as "
        "show 24,000 pictures, 10 to 30]",
    ),
    click.option(
        "--batch",
        type=click.IntRange(1),
        metavar="N",
        help="Rows a step.  [default: 32; 64 from 5,000 rows on, 512 from 100,000 on]",
    ),
    click.option(
        "--rule",
        metavar="NAME",
        shell_complete=complete.of(complete.rules),
        help="Optimizer: adam, sgd, momentum, ...  [default: adam, its rate falling along a "
        "cosine, with a penalty on large weights]",
    ),
    click.option(
        "--rate",
        type=float,
        metavar="RATE",
        help="Learning rate.  [default: 0.005; of a --rule, its own]",
    ),
    click.option(
        "--patience",
        type=click.IntRange(1),
        metavar="EPOCHS",
        help="Stop when the validation loss has not fallen for so many epochs, and keep the best.",
    ),
    click.option(
        "--validation",
        type=Share(),
        help="Share of the rows to learn from that is watched instead; 0: none.  [default: 0.1 "
        "from 50 rows on]",
    ),
    click.option(
        "--test",
        type=Share(),
        help="Share of all rows to test with; 0: test on the rows learned from.  [default: the "
        "makers' own test rows, else 0.2 from 20 rows on]",
    ),
    click.option(
        "--no-audit",
        is_flag=True,
        help="Do not look for faults in the data before and after learning.",
    ),
    job_options,
    click.option(
        "--budget",
        type=Seconds(),
        metavar="TIME",
        help="Try configurations for so long (60s, 5m, 2h), keep the best on held-out rows of "
        "those to learn from, and fit it on all of these. What --hidden, --activation, --rate, "
        "--batch and --epochs say is kept.",
    ),
    click.option(
        "--folds",
        type=click.IntRange(2),
        metavar="K",
        help="Cross-validate first: K parts of the rows to learn from take turns at being tested "
        "with; then fit on all of them.",
    ),
    picture_options,
    click.option(
        "--seed",
        type=Seed(),
        metavar="N",
        default=0,
        show_default=True,
        help="What all that is random follows from.",
    ),
    click.option(
        "--engine",
        default="auto",
        show_default=True,
        metavar="NAME",
        shell_complete=complete.of(complete.engines),
        help="What computes: auto, native or reference (float64, slow, the definition).",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1),
        metavar="N",
        help="Threads that compute, at most.  [default: all that it may use]",
    ),
    click.option(
        "--out",
        metavar="RUN",
        help="New folder for the run.  [default: runs/DATA-1, or the next free number]",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="One JSON object as the last line of stdout; the report goes to stderr.",
    ),
    click.option(
        "--checkpoint-every",
        type=click.FloatRange(0),
        metavar="SECONDS",
        help="Seconds between two checkpoints, at least; `pellucid resume` goes on from the "
        "newest.  [default: 2, and more where writing would take above 2 % of the time]",
    ),
    click.option("--no-report", is_flag=True, help="Write no report.html."),
    click.option("--markdown", is_flag=True, help="Write the report as report.md as well."),
    click.option("--quiet", is_flag=True, help="No progress and no text, only where the run is."),
)


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


def asked_by(run: str, record: dict[str, Any]) -> Asked:
    """What a run was asked for, from its command: nothing of it is run.

    Raises: ``FileError`` for a record without a command of ``pellucid train``.
    """
    command = record.get("command")
    try:
        words = shlex.split(command) if isinstance(command, str) else []
        if words[:2] != ["pellucid", "train"]:
            raise ValueError
        options = dict(_train.make_context("train", words[2:]).params)
    except (ValueError, click.ClickException):
        raise FileError(
            f"{run} does not say which command made it, got {str(command)!r:.80}; expected one of "
            "`pellucid train`. Train again for a new run."
        ) from None
    return asked_for(options, str(command))


@click.command("train")
@train_options
def _train(**options: Any) -> None:
    """Read the options of ``train``, and do nothing."""
