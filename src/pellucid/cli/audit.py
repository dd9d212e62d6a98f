"""``pellucid audit``: what would spoil a model of the data, or its test."""

from __future__ import annotations

import time
from typing import Any

import click

from pellucid.cli.choices import Seed, Share, kinds
from pellucid.cli.pictures import READING, picture_options, reading


@click.command(short_help="Look for faults in data: copies, leaks, wrong values.")
@click.argument("data")
@click.option(
    "--target", metavar="COLUMN", help="Column of a table to predict.  [default: the last]"
)
@click.option(
    "--kind",
    type=click.Choice(["classes", "numbers"]),
    help="What the target holds, where it is guessed wrongly.",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option(
    "--column",
    multiple=True,
    callback=kinds,
    metavar="NAME=KIND",
    help="What a column of a table holds, as for train; NAME=ignore is not looked at.",
)
@click.option("--group", metavar="COLUMN", help="Split by this column, as for train.")
@click.option("--time", metavar="COLUMN", help="Split by this time, as for train.")
@click.option("--validation", type=Share(), help="Share to watch, as for train.")
@click.option("--test", type=Share(), help="Share to test with, as for train.")
@picture_options
@click.option(
    "--seed",
    type=Seed(),
    metavar="N",
    default=0,
    show_default=True,
    help="What the split and all draws follow from.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def audit(as_json: bool, **options: Any) -> None:
    """Look for faults in DATA, which is what train takes, and learn nothing.

    The rows are divided as train would divide them with the same options. Each finding says which
    rows, counted from 0, and what to do; the serious come first. The same findings are in the
    report of train.

    Exit: 0 also where faults were found, 2 the input is wrong.
    """
    if options["group"] is not None and options["time"] is not None:
        raise click.UsageError("--group and --time both say how to split. Give one of the two.")
    if options.pop("augment") is not None:
        raise click.UsageError("--augment is for train: nothing is learned here. Leave it out.")
    from pellucid.assess.parts import divide
    from pellucid.cli.findings import audited, counted, in_full
    from pellucid.cli.output import say, say_json, width

    began = time.perf_counter()
    pictures = reading({name: options.pop(name) for name in READING})
    dataset = _opened(options, pictures)
    parts = divide(dataset, options["test"], options["validation"], options["seed"])
    findings = audited(dataset, parts, options["column"], options["seed"])
    if as_json:
        say_json({
            "data": options["data"], "rows": len(dataset), "target": dataset.target,
            "training_rows": len(parts.training), "validation_rows": len(parts.watched_rows),
            "test_rows": len(parts.test) if parts.held_out else 0,
            "findings": [finding.row() for finding in findings],
            "seconds": time.perf_counter() - began,
        })  # fmt: skip
        return
    say(f"{dataset.name}: {parts.sizes}: {counted(findings)}")
    if findings:
        say()
        say(in_full(findings, width()))


def _opened(options: dict[str, Any], pictures: Any) -> Any:
    """The data; what was passed over of it is said on stderr."""
    import warnings

    from pellucid.cli.output import warn
    from pellucid.data.frame import Table
    from pellucid.data.source import open_data
    from pellucid.errors import DataWarning, ParameterError, unknown_name

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # each is one of the notes
        dataset = open_data(
            options["data"], options["target"], options["kind"], options["data_dir"],
            group=options["group"], time=options["time"], pictures=pictures,
        )  # fmt: skip
    for note in dataset.notes:
        warn(f"Warning: {note}")
    if options["column"] and not isinstance(dataset.x, Table):
        raise ParameterError(
            f"--column is for the columns of a table, and {options['data']} is none. Leave it out."
        )
    for name in options["column"]:
        if name not in dataset.x.columns:
            raise unknown_name("column", name, dataset.x.columns)
    return dataset
