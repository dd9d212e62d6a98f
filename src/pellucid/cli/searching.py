"""``pellucid train --budget``: the configuration is looked for before the network is fitted."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from pellucid.assess.parts import Parts, divide
from pellucid.assess.search import Search, search
from pellucid.cli.asked import Asked
from pellucid.cli.jobs import loss_for
from pellucid.cli.output import warn
from pellucid.cli.pictures import augmentation
from pellucid.data.dataset import Dataset
from pellucid.errors import ParameterError


def check_budget(asked: Asked) -> None:
    """Refuse what says nothing beside ``--budget``, or the opposite."""
    if asked.budget is None:
        return
    others = {
        "--net": (asked.net, "the layers are then fixed; use --hidden for sizes to keep"),
        "--rule": (asked.rule, "each configuration has the default rule"),
        "--patience": (asked.patience, "the last fit learns from all rows and watches none"),
        "--folds": (asked.folds, "few rows are judged in folds anyway"),
    }
    for option, (value, why) in others.items():
        if value is not None:
            raise ParameterError(f"{option} has no place beside --budget: {why}. Leave one out.")
    if isinstance(asked.jobs.threshold, str):
        raise ParameterError(
            f"--threshold {asked.jobs.threshold} has no place beside --budget: it is chosen on "
            "rows that are watched, and the last fit learns from all of them. Give a number such "
            "as 0.3, or leave one out."
        )
    if asked.validation == 0:
        raise ParameterError(
            "--budget judges on rows held out from those to learn from, and --validation 0 leaves "
            "none. Leave it out."
        )


def check_judged(asked: Asked, kind: str) -> None:
    """Refuse to judge configurations by what ``--budget`` has no measure for."""
    if asked.budget is None:
        return
    jobs = asked.jobs
    others = {
        "a target of several labels": kind == "labels", "--interval": jobs.interval is not None,
        "--weight": jobs.weight is not None, "--balance": jobs.balance,
    }  # fmt: skip
    for what, is_so in others.items():
        if is_so:
            raise ParameterError(
                f"--budget judges configurations by the loss of classes, numbers or counts, each "
                f"row alike, and does not go with {what}. Leave one out."
            )


def parts_for(dataset: Dataset, asked: Asked) -> Parts:
    """How the data are divided: what judges configurations is held out later, by the search."""
    held_out = asked.validation
    if asked.budget is not None or asked.folds is not None:
        held_out = 0.0
    return divide(dataset, asked.test, held_out, asked.seed)


def look(asked: Asked, training: Dataset, engine: Any) -> Search:
    """Try configurations on the rows to learn from; what the user chose is the same in all."""
    fixed: dict[str, Any] = {
        name: getattr(asked, name)
        for name in ("hidden", "rate", "batch")
        if getattr(asked, name) is not None
    }
    if asked.activation != "relu":
        fixed["activation"] = asked.activation
    first = augmentation(asked.augment) if asked.augment is not None else []
    if asked.augment is not None and training.framing is not None:
        fixed["varied"] = None
    options: dict[str, Any] = {
        "columns": asked.column or None,
        "missing": asked.missing or None,
        "framing": training.framing,
    }
    options["loss"] = loss_for(training.kind, None)
    options["target"] = "counts" if training.kind == "counts" else None
    assert asked.budget is not None
    tell = warn if sys.stderr.isatty() and not asked.quiet else None
    return search(
        training.x, training.y, budget=asked.budget, fixed=fixed, epochs=asked.epochs,
        validation=asked.validation, groups=training.groups, times=training.times,
        seed=asked.seed, engine=engine, first=first, refit=False, tell=tell, **options,
    )  # fmt: skip


def with_choice(asked: Asked, found: Search) -> Asked:
    """What is asked for, with what the search found."""
    return replace(asked, epochs=found.epochs, batch=found.best.batch)
