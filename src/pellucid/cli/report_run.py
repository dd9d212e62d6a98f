"""``pellucid report``: the report of a run once more, from its model and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.assess.reporting import Report
    from pellucid.assess.tested import Tested
    from pellucid.cli.asked import Asked
    from pellucid.models.network import Network

FORMATS = {"html": "report.html", "markdown": "report.md", "json": "report.json"}


@click.command("report", short_help="Make the report of a run again.")
@click.argument("run")
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS]),
    default="html",
    show_default=True,
    help="A page, Markdown, or all numbers.",
)
@click.option(
    "--out",
    metavar="FILE",
    help="File to write; - for stdout.  [default: report.html, .md or .json in RUN]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def report(run: str, form: str, out: str | None, as_json: bool) -> None:
    """Test the model of RUN, the folder of a run, on its data again, and write the report.

    The data have to be where they were, relative to where the command is given, and be the same:
    their SHA-256 is compared. A report that is there is replaced. With --json all its numbers are
    in the object, beside where it was written.
    """
    from pathlib import Path

    from pellucid.cli.output import WrongInput, check_out, say, say_json, warn, writing
    from pellucid.cli.predict import keep_inputs
    from pellucid.io.read_run import read_record
    from pellucid.io.run_folder import MODEL

    record = read_record(run)
    if as_json and out == "-":
        raise WrongInput("--out - and --json both write to stdout. Give one of the two.")
    target = out if out is not None else str(Path(run) / FORMATS[form])
    if target != "-":
        check_out(target)
        keep_inputs(target, Path(run) / MODEL, None, None, what="the report")
    made = remade(run, record)
    text = {"html": made.html, "markdown": made.markdown, "json": made.to_json}[form]()
    if target == "-":
        say(text.rstrip("\n"))
        return
    from pellucid.io.files import write_whole

    with writing():
        write_whole(target, text.encode("utf-8"))
    warn(f"The report is in {target}.")
    if as_json:
        say_json({"run": run, "format": form, "out": target, "report": made.row()["report"]})


def remade(run: str, record: dict[str, Any]) -> Report:
    """The report of a run's folder, from its data."""
    from pellucid.assess.reporting import made
    from pellucid.cli.output import new_things, warn
    from pellucid.cli.preparing import opened, usable
    from pellucid.cli.provenance import check_same
    from pellucid.cli.searching import parts_for
    from pellucid.cli.train_options import asked_by
    from pellucid.io.read_run import read_history
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    asked = asked_by(run, record)
    dataset = usable(opened(asked), asked)
    check_same(run, record, dataset)
    parts = parts_for(dataset, asked)
    network = Network.load(model_path(run))
    with new_things(lambda message: warn(f"Warning: {message}")):
        tested = tested_again(network, parts, asked)
        return made(record, tested, read_history(run))


def tested_again(network: Network, parts: Parts, asked: Asked) -> Tested:
    """The answers of the network and of the simple models."""
    from pellucid.assess.baselines import answered
    from pellucid.assess.tested import Tested, compared_rows
    from pellucid.models.answers import comparable

    rows = compared_rows(parts.test, asked.seed)
    every = answered(parts.training, parts.test.take(rows), asked.seed, asked.column, asked.missing)
    others = {name: answers for name, _, answers in every}
    predicted = comparable(network._parts()[2], network.predict(parts.test.x))
    return Tested(network, parts, predicted, rows, others, asked.seed)
