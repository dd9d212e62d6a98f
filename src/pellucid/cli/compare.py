"""``pellucid compare``: two models, or two runs, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pellucid.assess.parts import Parts
    from pellucid.cli.again import Again
    from pellucid.inspect.compare import RunComparison
    from pellucid.models.network import Network


@click.command(short_help="Say what differs between two models, or two runs.")
@click.argument("a", shell_complete=complete.models)
@click.argument("b", shell_complete=complete.models)
@click.argument("data", required=False, shell_complete=complete.data)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def compare(a: str, b: str, data: str | None, data_dir: str | None, as_json: bool) -> None:
    """Compare the models A and B: model files, or folders of runs.

    Layers are matched, weights compared with hidden units in one order, and with DATA the answers
    for its rows: which differ, and where DATA holds the target, which of the two is right. Without
    DATA the rows are those that a run kept for testing, where both runs had the same data.

    Of two runs also the settings, the curves, and the first step at which they part.
    """
    from pellucid.cli.output import new_things, say, say_json, warn
    from pellucid.inspect.compare import compare as compared
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    first, second = Network.load(model_path(a)), Network.load(model_path(b))
    with new_things(lambda message: warn(f"Warning: {message}")):
        runs, rows = of_runs(a, b)
        if data is not None:
            rows = rows_of(first, data, data_dir)
        x, y = rows or (None, None)
        found = compared(first, second, x, y)
    if as_json:
        row = found.row() | {"A": a, "B": b, "data": data}
        say_json(row | {"runs": None if runs is None else runs.row()})
        return
    say(f"A is {a}, B is {b}.\n\n{found.text()}")
    if runs is not None:
        say(f"\n{runs.text()}")


def of_runs(a: str, b: str) -> tuple[RunComparison | None, tuple[Any, Any] | None]:
    """The comparison of two runs' folders, and the rows that both kept for testing.

    Without their data the settings and curves are compared, and not the steps.
    """
    from pathlib import Path

    from pellucid.cli.again import Again, opened_again
    from pellucid.cli.opening import check_begun, run_of
    from pellucid.cli.output import warn
    from pellucid.errors import PellucidError
    from pellucid.inspect.compare import compare_runs
    from pellucid.inspect.compare.runs import of_histories
    from pellucid.io.read_run import epochs
    from pellucid.io.run_folder import RECORD

    if not all((Path(folder) / RECORD).is_file() for folder in (a, b)):
        return None, None
    both = [Again.of(folder) for folder in (a, b)]
    try:
        for again in both:
            check_begun(again)
        parts = [opened_again(again) for again in both]
    except PellucidError as error:
        warn(f"The steps of the runs are not compared: {error}")
        told = [again.record.get("settings") or {} for again in both]
        rows = [epochs(again.rows) for again in both]
        return of_histories(told[0], told[1], rows[0], rows[1]), None
    runs = compare_runs(run_of(both[0], parts[0]), run_of(both[1], parts[1]))
    return runs, unseen(both, parts)


def unseen(both: Sequence[Again], parts: Sequence[Parts]) -> tuple[Any, Any] | None:
    """The rows that neither run has learned from or watched, of the same data; None without any."""
    import numpy as np

    from pellucid.cli.output import warn

    hashes = [again.record["data"].get("sha256") for again in both]
    if hashes[0] != hashes[1] or not all(own.held_out for own in parts):
        return None
    first, second = (own.test_rows for own in parts)
    kept = np.flatnonzero(np.isin(first, second))
    if len(kept) < len(first):
        told = f"the {len(kept):,} that both kept are compared" if len(kept) else "none is compared"
        warn(f"The runs kept different rows for testing; {told}.")
    test = parts[0].test if len(kept) == len(first) else parts[0].test.take(kept)
    return (test.x, test.y) if len(kept) else None


def rows_of(network: Network, data: str, data_dir: str | None) -> tuple[Any, Any]:
    """The rows of the data as a network takes them, and the targets where they are known."""
    from pellucid.cli.known import targets
    from pellucid.cli.predict import named_rows

    files, x = named_rows(network, data, data_dir)
    return x, targets(network, data, data_dir, files)
