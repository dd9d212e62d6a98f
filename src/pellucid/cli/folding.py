"""``pellucid train --folds``: cross-validation before the network is fitted."""

from __future__ import annotations

import sys
from typing import Any

from pellucid.assess.cross import CrossValidation, Fold, cross_validate
from pellucid.cli.asked import Asked
from pellucid.cli.choices import choose_rule
from pellucid.cli.output import warn
from pellucid.data.dataset import Dataset
from pellucid.errors import ParameterError
from pellucid.models.network import Network


def check_folds(asked: Asked) -> None:
    """Refuse what says nothing beside ``--folds``."""
    if asked.folds is None:
        return
    for option, value in (("--patience", asked.patience), ("--validation", asked.validation)):
        if value is not None:
            raise ParameterError(
                f"{option} has no place beside --folds: all rows that are not for testing take "
                "turns at being held out, and the last fit learns from all of them. Leave one out."
            )
    if isinstance(asked.jobs.threshold, str):
        raise ParameterError(
            f"--threshold {asked.jobs.threshold} has no place beside --folds: it is chosen on rows "
            "that are watched, and the last fit learns from all of them. Give a number such as "
            "0.3, or leave one out."
        )


def fold(
    asked: Asked, training: Dataset, network: Network, epochs: int | None, engine: Any
) -> CrossValidation:
    """Test a network, not built yet, on folds of the rows to learn from."""
    assert asked.folds is not None

    def note(one: Fold) -> None:
        if sys.stderr.isatty() and not asked.quiet:
            warn(f"Fold {one.number} of {asked.folds}: {one.seconds:.1f} seconds.")

    def decide(net: Network) -> None:
        """Each fold answers as the model that is kept will."""
        if isinstance(asked.jobs.threshold, float):
            net.set_threshold(asked.jobs.threshold, positive=asked.jobs.positive)

    found = cross_validate(
        network, training, folds=asked.folds, seed=asked.seed,
        rule=lambda net, x, y: choose_rule(asked.rule, asked.rate, net, x, y),
        columns=asked.column, missing=asked.missing, note=note, epochs=epochs,
        batch=asked.batch, engine=engine,
        class_weight="balanced" if asked.jobs.balance else None, learned=decide,
    )  # fmt: skip
    if len(found.folds) < found.asked:
        warn(f"Interrupted: {len(found.folds)} of {found.asked} folds were done.")
    return found


def unwatched(asked: Asked, kind: str) -> list[str]:
    """What a model of ``--folds`` or ``--budget`` goes without, in a sentence; or nothing."""
    option = "--folds" if asked.folds is not None else "--budget"
    if asked.folds is None and asked.budget is None:
        return []
    lacks = {
        "the interval is not stretched": asked.jobs.interval is not None,
        "chances are not calibrated": kind in ("classes", "labels"),
    }
    return [
        f"With {option} the last fit learns from all rows and watches none, so {what}."
        for what, is_so in lacks.items()
        if is_so
    ]
