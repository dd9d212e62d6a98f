"""``pellucid importance``: what a model's answers depend on, by several measures side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pellucid.cli import complete
from pellucid.cli.choices import Seed

if TYPE_CHECKING:
    from pellucid.models.network import Network


@click.command(short_help="What a model's answers depend on, by several measures.")
@click.argument("model", shell_complete=complete.models)
@click.argument("data", required=False, shell_complete=complete.data)
@click.option(
    "--target",
    metavar="COLUMN",
    help="Column of a table with the targets.  [default: that of the training]",
)
@click.option(
    "--repeats",
    type=click.IntRange(2),
    metavar="N",
    help="How often each column is shuffled.  [default: 10, of many columns 3]",
)
@click.option(
    "--seed",
    type=Seed(),
    metavar="N",
    default=0,
    show_default=True,
    help="What all draws follow from.",
)
@click.option(
    "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def importance(
    model: str, data: str | None, target: str | None, repeats: int | None, seed: int,
    data_dir: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show what the answers of MODEL depend on: its columns, or the parts of pictures.

    MODEL is a model file or the folder of a run. DATA are rows with their targets that the model
    did not learn from; without DATA they are the test rows of the run. Each column is shuffled, and
    beside that stand the sizes of its weights, Garson's and Olden's measures and Shapley values;
    where their ranks lie far apart, it is said why that may be.
    """
    from pellucid.cli.output import new_things, say, say_json, warn
    from pellucid.inspect.pictures import PictureImportance
    from pellucid.inspect.side_by_side import importance as measured
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    if data is None and (target is not None or data_dir is not None):
        raise click.UsageError("--target and --data-dir are for DATA. Name the data, too.")
    network = Network.load(model_path(model))
    part = test_rows(model) if data is None else rows_of(network, data, target, data_dir)
    own: dict[str, Any] = {"names": part.feature_names or None}
    if part.image_shape is not None or part.x.ndim > 2:
        own = {"size": part.image_shape}
    if repeats is not None:
        own["repeats"] = repeats
    with new_things(lambda message: warn(f"Warning: {message}")):
        found = measured(network, part.x, part.y, seed=seed, **own)
    if as_json:
        say_json({"model": model, "data": data, **found.record()})
    elif isinstance(found, PictureImportance):
        say(map_text(found))
    else:
        say(found.text())


def test_rows(run: str) -> Any:
    """The rows that a run was tested on.

    Raises: ``FileError`` for a model file without a run; ``DataError`` for data that have changed.
    """
    from pellucid.cli.again import Again, opened_again

    return opened_again(Again.of(run)).test


def rows_of(network: Network, data: str, target: str | None, data_dir: str | None) -> Any:
    """Rows with their targets; the target's column is that of the training unless one is named."""
    from pellucid.cli.inspect import target_column
    from pellucid.cli.output import warn
    from pellucid.data.source import is_table, open_data

    kind: Any = network._parts()[2].kind if is_table(data) else None
    wanted = target or (target_column(network) if is_table(data) else None)
    dataset = open_data(data, wanted, kind, data_dir)
    for note in dataset.notes:
        warn(f"Warning: {note}")
    return dataset


def map_text(found: Any) -> str:
    """The map of blocks as text, beside the mean picture."""
    from pellucid.figures.picture import picture_text
    from pellucid.figures.table import beside

    rises = found.rises.clip(0, None)
    what = "wrong answers" if found.measure == "share wrong" else "error (rmse)"
    blocks = [f"the mean picture\n{picture_text(found.mean)}"]
    blocks.append(
        f"exchanging blocks, at most {found.rises.max():+.3g}\n"
        f"{picture_text(rises) if rises.any() else ''}"
    )
    if found.weights is not None:
        blocks.append(f"weights\n{picture_text(found.weights)}")
    return (
        f"Each block of pixels exchanged among {found.test_rows:,} pictures, {found.repeats} "
        f"times: how much the {what} rise above {found.error:.3g}.\n\n{beside(blocks, 100)}"
    )
