"""``pellucid diagnose``: why a run broke, or what else is amiss with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.inspect.autopsy import Autopsy
    from pellucid.inspect.findings import TrainingFinding
    from pellucid.inspect.health import Checkup


@click.command(short_help="Say why a run broke, or what is amiss with it.")
@click.argument("run", shell_complete=complete.models)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def diagnose(run: str, as_json: bool) -> None:
    """Look RUN over, the folder of a run, and say what went wrong, why, and what to do.

    Of a run that broke with NaN or infinity: the step, the layer, the operation, the row, the first
    value that was no number, and the cause. Of any other: what its gradients, units, losses and
    answers tell. The data have to be where they were and be the same: steps are done again.

    Exit: 0 also where something is amiss, 2 the input is wrong.
    """
    from pellucid.cli.output import new_things, say, say_json, warn, width
    from pellucid.inspect import replay

    with new_things(lambda message: warn(f"Warning: {message}")):
        opened = replay.open_run(run)
        broke = opened.history.diverged is not None
        autopsy, health = (opened.autopsy(), None) if broke else (None, opened.health())
    if autopsy is not None:
        if as_json:
            say_json({"run": run, "diverged": True, "autopsy": autopsy.record()})
        else:
            say(autopsy_text(run, autopsy, width()))
        return
    assert health is not None
    if as_json:
        say_json({"run": run, "diverged": False, "health": health.row()})
    else:
        say(health_text(run, health, width()))


def autopsy_text(run: str, autopsy: Autopsy, columns: int) -> str:
    """The autopsy, wrapped, with the command that trains again."""
    lines = [autopsy.text(columns)]
    options = options_for(autopsy.cause)
    if options:
        lines += ["", f"Train again, with the other options as they were, and {options}."]
    return "\n".join(lines)


def health_text(run: str, health: Checkup, columns: int) -> str:
    """The findings, wrapped, each with the options that train again without it."""
    blocks = []
    for found in health.findings:
        lines = [found.words(columns)]
        options = options_for(found)
        if options:
            lines.append(f"     as options: {options}")
        blocks.append("\n".join(lines))
    return "\n\n".join([*health.head(), *blocks, health.where()])


def options_for(finding: TrainingFinding) -> str:
    """The options of ``pellucid train`` that make a finding's change; empty where there are none.

    Example:
        >>> from pellucid.inspect.findings import TrainingFinding
        >>> found = TrainingFinding("plateau", "note", "", "", "", {"rate": 0.01})
        >>> options_for(found)
        '--rate 0.01'
    """
    words = [_option(name, value) for name, value in finding.change.items()]
    return " ".join(word for word in words if word)


def _option(name: str, value: Any) -> str:
    if name in ("rate", "epochs", "batch", "activation"):
        return f"--{name} {value}"
    if name == "early_stopping":
        return f"--patience {value}"
    if name == "class_weight":
        return "--balance"
    if name == "without_columns":
        return " ".join(f"--column {column}=ignore" for column in value)
    if name == "precision":
        return "--engine reference"
    return ""
