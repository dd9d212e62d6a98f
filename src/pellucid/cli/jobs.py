"""The options of ``train`` for what the answers are to be: weighed, from where on yes, how wide."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from pellucid.cli.with_options import with_options
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name

if TYPE_CHECKING:
    from pellucid.data.dataset import Dataset
    from pellucid.data.label_sets import Labels

MEASURES = ("f1", "balanced", "accuracy")


@dataclass(frozen=True)
class Jobs:
    """What these options ask for; nothing by default."""

    weight: str | None = None
    balance: bool = False
    threshold: str | float | None = None
    positive: str | None = None
    interval: float | None = None


def a_threshold(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Read a measure's name, or a chance between 0 and 1."""
    if value is None or value in MEASURES:
        return value
    try:
        chance = float(value)
    except ValueError:
        chance = -1.0
    if not 0 < chance < 1:
        raise click.BadParameter(
            f"{value!r} is no threshold; expected f1, balanced, accuracy, or a chance between 0 "
            "and 1, such as 0.3."
        )
    return chance


job_options = with_options(
    click.option(
        "--weight", metavar="COLUMN",
        help="Column of how much each row counts; it is not learned from.",
    ),
    click.option(
        "--balance", is_flag=True, help="Classes: the same total weight for each, however rare."
    ),
    click.option(
        "--threshold", callback=a_threshold, metavar="MEASURE",
        help="Two classes: from which chance on the answer is yes: the best on the rows watched by "
        "f1, balanced or accuracy, or a number such as 0.3.  [default: 0.5]",
    ),
    click.option(
        "--positive", metavar="LABEL",
        help="With --threshold: the class that is meant by yes.  [default: the last in order]",
    ),
    click.option(
        "--interval", type=click.FloatRange(0, 1, min_open=True, max_open=True), metavar="LEVEL",
        help="Numbers: learn the median, and the interval that holds this share, such as 0.9.",
    ),
)  # fmt: skip


def jobs_taken(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options out of all those of the command: what ``Asked`` has of them."""
    return {"jobs": Jobs(**{field.name: options.pop(field.name) for field in fields(Jobs)})}


def check_jobs(jobs: Jobs, training: Dataset, watched: bool) -> None:
    """Refuse what has no meaning for the target, before anything is learned.

    Parameters:
        watched: whether rows are held out to choose by.
    """
    kind, names = training.kind, training.class_names or ()
    if jobs.balance and kind != "classes":
        raise ParameterError(
            f"--balance is for classes, and the target holds {kind}. Leave it out, or weigh rows "
            "with --weight COLUMN."
        )
    if jobs.positive is not None and jobs.threshold is None:
        raise ParameterError("--positive is for --threshold. Give --threshold f1, or leave it out.")
    if jobs.threshold is not None and (kind != "classes" or len(names) != 2):
        held = f"{len(names)} classes" if kind == "classes" else kind
        raise ParameterError(
            f"--threshold divides two classes, and the target holds {held}. Leave it out."
        )
    if jobs.positive is not None and jobs.positive not in names:
        raise unknown_name("class", jobs.positive, names)
    if isinstance(jobs.threshold, str) and not watched:
        raise ParameterError(
            f"--threshold {jobs.threshold} is chosen on rows that are held out, and none are. Give "
            "--validation 0.2, or a number such as 0.3."
        )
    if jobs.interval is not None and (kind != "numbers" or training.y.ndim > 1):
        held = "several columns" if kind == "numbers" else kind
        raise ParameterError(
            f"--interval is for a target of one number a row, and this one holds {held}. Leave it "
            "out, or write --kind numbers if it holds measures."
        )


def loss_for(kind: str, interval: float | None) -> Any:
    """The loss of a network for this kind of target; None: what ``Network`` takes by itself."""
    from pellucid.nn.quantiles import around

    if interval is not None:
        return around(interval)
    return {"numbers": "squared_error", "counts": "poisson"}.get(kind)


def label_codec(training: Dataset) -> Labels | None:
    """How a network reads labels that a file tells of: by the names of all of them."""
    from pellucid.data.label_sets import Labels

    if training.kind != "labels":
        return None
    names = tuple(training.class_names or ())
    return Labels(names, "text" if training.separator else "columns", "int64", training.separator)
