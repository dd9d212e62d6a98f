"""``pellucid replay``: do a run again and certify it, or bring back the network of any step."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.cli.again import Again
    from pellucid.models.network import Network
    from pellucid.models.run import Run


@click.command(short_help="Do a run again, or bring back the network of any of its steps.")
@click.argument("run", shell_complete=complete.models)
@click.option("--step", type=click.IntRange(0), metavar="N", help="The network after N steps.")
@click.option("--out", metavar="FILE", help="With --step: write that network as a model file.")
@click.option("--data", metavar="DATA", help="Where the data are now, if they were moved.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def replay(run: str, step: int | None, out: str | None, data: str | None, as_json: bool) -> None:
    """Do RUN, the folder of a run, again from its start, and compare each epoch's hash.

    The same data, settings, engine and number of threads give the same bits. Where they do not, the
    first epoch and the first steps that differ are named, and what is not as it was then.

    With --step the network is brought back as it was after so many steps, from the nearest
    checkpoint before: its loss and metrics are printed, and --out keeps it as a model file.

    \u0008
    Exit: 0 done, and the same; 1 other bits came out; 2 the input is wrong.
    """
    from pellucid.cli.again import Again
    from pellucid.cli.opening import check_begun
    from pellucid.cli.output import WrongInput, check_out

    if out is not None and step is None:
        raise WrongInput("--out is for the network of a step. Give --step N.")
    if out is not None:
        check_out(out)
    again = Again.of(run, data)
    check_begun(again)
    if step is None:
        certify_it(again, as_json)
    else:
        bring_back(again, step, out, as_json)


def certify_it(again: Again, as_json: bool) -> None:
    """Do all of it again; exit 1 where other bits come out."""
    from pellucid.cli.again import opened_again
    from pellucid.cli.certify import certify
    from pellucid.cli.opening import made_again
    from pellucid.cli.output import say, say_json
    from pellucid.models.network import Network

    kept = Network.load(again.folder.model) if again.folder.model.is_file() else None
    run = made_again(again, opened_again(again))
    found = certify(again, run)
    if found.equal and kept is not None:
        check_model(again, run, kept)
    if as_json:
        say_json(found.row())
    else:
        say(found.text())
    if not found.equal:
        raise SystemExit(1)


def check_model(again: Again, run: Run, kept: Network) -> None:
    """See that the model's file holds what the run ended with.

    One that was calibrated afterwards, or broken off in the middle of an epoch, is another.
    Raises: ``FileError`` for other parameters.
    """
    import numpy as np

    from pellucid.errors import FileError

    ended = again.record.get("stopped") in ("finished", "converged", "early_stopping")
    if not ended or "calibration" in kept.provenance or run.recording is None:
        return
    if not np.array_equal(kept._vectors()[0], run.recording.state.carried["params"]):
        raise FileError(
            f"{again.path} done again is the same, epoch by epoch, but {again.folder.model} holds "
            "other parameters than the run ended with: the file was changed. Train again for a new "
            "run."
        )


def bring_back(again: Again, step: int, out: str | None, as_json: bool) -> None:
    """The network after so many steps: its scores, and a file of it."""
    from pellucid.cli.output import say, say_json, warn, writing

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network, parts = _found(again, step)
        scores = {} if parts is None else scored(network, parts)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        warn(f"Warning: {message}")
    if out is not None:
        network.provenance["replayed"] = {"run": again.path, "step": step}
        with writing():
            network.save(out)
    if as_json:
        say_json({"run": again.path, "step": step, "metrics": scores, "out": out})
        return
    say(f"{again.path} after {step:,} steps:")
    if scores:
        from pellucid.figures.table import table_text

        shown = [
            {"rows": name} | {key: f"{value:.4f}" for key, value in values.items()}
            for name, values in scores.items()
        ]
        say(table_text(shown, right=tuple(shown[0])[1:]))
    if out is not None:
        say(f"The model is in {out}.")


def _found(again: Again, step: int) -> tuple[Network, Parts | None]:
    """The network after so many steps, and the data, where they are there."""
    from pellucid.cli.again import opened_again
    from pellucid.cli.opening import run_of
    from pellucid.errors import DataError, FileError
    from pellucid.inspect.replay import at

    try:
        parts = opened_again(again)
    except (DataError, FileError) as error:
        return _without_data(again, step, error), None
    return at(run_of(again, parts), step), parts


def _without_data(again: Again, step: int, error: Exception) -> Network:
    """The network of a checkpoint, which needs no data.

    Raises: ``DataError`` that says which steps can be reached without them.
    """
    from pellucid.errors import DataError
    from pellucid.models.network import Network

    good = again.checkpoints.good() if again.folder.model.is_file() else []
    if step not in good:
        reached = "no step can be reached"
        if good:
            reached = f"these steps can be reached: {', '.join(f'{one:,}' for one in good)}"
        raise DataError(f"{error} Without the data {reached}.") from None
    network = Network.load(again.folder.model)
    network.provenance.pop("calibration", None)
    if network.threshold is not None:
        network.set_threshold(None)
    network._state = again.checkpoints.read(step).state
    return network


def scored(network: Network, parts: Parts) -> dict[str, dict[str, Any]]:
    """Loss and metrics on each part of the data."""
    every = {
        "learned from": parts.training,
        "watched": parts.validation,
        "tested with": parts.test if parts.held_out else None,
    }
    return {
        name: dict(network.evaluate(part.x, part.y))
        for name, part in every.items()
        if part is not None
    }
