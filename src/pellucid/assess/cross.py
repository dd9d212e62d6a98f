"""Cross-validation: parts of the rows take turns at being tested with.

Each fold has a network of its own, which never saw its rows, and the baselines learn from the same
rows and are tested on the same.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from textwrap import fill
from typing import Any

import numpy as np

from pellucid.assess.baselines import answered
from pellucid.assess.problem import complete_places, some_of
from pellucid.assess.scores import scores
from pellucid.data.codec import Classes, Labels, TargetCodec
from pellucid.data.dataset import Dataset
from pellucid.data.frame import Table, is_frame
from pellucid.data.split import folds as divide
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning
from pellucid.learn.rule import Rule
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.prepare import with_target


@dataclass(frozen=True)
class Fold:
    """One turn: what was learned from, what was tested with, and what came of it.

    Attributes:
        number: from 1 on.
        rows, test_rows: how many were learned from, and tested with.
        metrics: of the network, on the rows of the fold; None where undefined.
        seconds: of the fit.
        baselines: the metrics of each simple model.
    """

    number: int
    rows: int
    test_rows: int
    metrics: Mapping[str, float | None]
    seconds: float
    baselines: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class CrossValidation:
    """What came of all folds.

    Attributes:
        asked: how many folds there are; fewer were done where Ctrl-C came.
        by: what the rows were divided by: class, group, time or chance.
        folds: those that were done.
    """

    asked: int
    by: str
    folds: tuple[Fold, ...]

    @property
    def models(self) -> dict[str, list[Mapping[str, Any]]]:
        """The metrics of the network and of each baseline, fold by fold."""
        found: dict[str, list[Mapping[str, Any]]] = {
            "this network": [fold.metrics for fold in self.folds]
        }
        for fold in self.folds:
            for name, values in fold.baselines.items():
                found.setdefault(name, []).append(values)
        return found

    def mean(self, model: str = "this network") -> dict[str, float | None]:
        """The mean of each metric over the folds; None where any is undefined."""
        return {name: _mean(values)[0] for name, values in self._columns(model).items()}

    def standard_error(self, model: str = "this network") -> dict[str, float | None]:
        """The standard error of that mean, as if folds were independent; None for one fold.

        Formula: s / sqrt(k), with s the standard deviation of k folds (divided by k - 1).
        """
        return {name: _mean(values)[1] for name, values in self._columns(model).items()}

    def record(self) -> dict[str, Any]:
        """All of it as plain values: what ``run.json`` holds."""
        others = [name for name in self.models if name != "this network"]
        return {
            "count": self.asked,
            "by": self.by,
            "each": [
                {"fold": fold.number, "rows": fold.rows, "test_rows": fold.test_rows,
                 **fold.metrics, "seconds": fold.seconds, "baselines": dict(fold.baselines)}
                for fold in self.folds
            ],
            "mean": self.mean(),
            "standard_error": self.standard_error(),
            "baselines": {
                name: {"mean": self.mean(name), "standard_error": self.standard_error(name)}
                for name in others
            },
        }  # fmt: skip

    def text(self, width: int = 80) -> str:
        """The folds one by one, then means and standard errors beside the baselines."""
        from pellucid.figures.table import table_text

        if not self.folds:
            return "No fold was done."
        how = {"class": "class by class", "group": "by group", "time": "forward in time"}
        done = f"{len(self.folds)} of " if len(self.folds) < self.asked else ""
        head = f"{done}{self.asked} folds, {how.get(self.by, 'at random')}:"
        names = [name for name in self.folds[0].metrics if name != "loss"]
        each = [
            {"fold": str(fold.number), "rows": fold.rows, "test rows": fold.test_rows}
            | {name: _shown(fold.metrics[name]) for name in names}
            | {"seconds": f"{fold.seconds:.2f}"}
            for fold in self.folds
        ]
        means = [
            {"mean and standard error": model}
            | {
                name: f"{_shown(self.mean(model).get(name))} ± "
                f"{_shown(self.standard_error(model).get(name))}"
                for name in names
            }
            for model in self.models
        ]
        right = ("fold", "rows", "test rows", *names, "seconds")
        return "\n".join(
            [fill(head, width), table_text(each, right=right), "", table_text(means, right=names)]
        )

    def _columns(self, model: str) -> dict[str, list[Any]]:
        rows = self.models[model]
        names = [name for name in (rows[0] if rows else {}) if name not in ("seconds", "rows")]
        return {name: [row.get(name) for row in rows] for name in names}


def cross_validate(
    network: Network,
    x: Any,
    y: Any = None,
    *,
    folds: int = 5,
    seed: int = 0,
    groups: Any = None,
    times: Any = None,
    rule: Rule | str | Callable[[Network, Any, Any], Rule] | None = None,
    baselines: bool = True,
    columns: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
    note: Callable[[Fold], None] | None = None,
    learned: Callable[[Network], None] | None = None,
    **fit: Any,
) -> CrossValidation:
    """Test a network on each of k folds, after learning from the other rows.

    Rows are divided class by class, by groups or by times where these are given, else at random.
    The codec is fitted anew for each fold, on the rows that are learned from. Rows that the network
    drops for a missing value are left out of all folds.

    Parameters:
        network: not fitted yet; each fold learns with a copy.
        x, y: as for ``Network.fit``; x may also be a ``Dataset``, whose groups and times are used.
        folds: how many.
        seed: what the division follows from.
        groups, times: as for ``data.folds``.
        rule: as for ``fit``, or a function from a network, built on the rows to learn from, and x
            and y of these to the rule.
        baselines: whether the simple models are tested on the same folds.
        columns, missing: kinds of columns and missing values in them, for the baselines.
        note: called with each fold that is done.
        learned: called with each network before it is tested, such as to set its threshold.
        fit: other arguments of ``Network.fit``, such as epochs.
    Returns: the scores; Ctrl-C ends it with the folds that were done.
    Raises: ``DataError`` for fewer rows, groups or times than folds, and where there is no y; as
        ``fit`` does.

    Example:
        >>> from pellucid import Network, data
        >>> found = cross_validate(Network(hidden=[8], seed=0), data.load("iris"), baselines=False)
        >>> len(found.folds), found.mean()["accuracy"] > 0.9
        (5, True)
    """
    data, codec = _read(network, x, y, groups, times)
    by = _by(data)
    parts = divide(
        data.y, folds, seed, stratify=by == "class", groups=data.groups, times=data.times
    )
    done: list[Fold] = []
    try:
        for number, (kept, held) in enumerate(parts, 1):
            training, tested = data.take(kept), data.take(held)
            target = codec if isinstance(codec, Classes | Labels) else None
            own = network.copy().build(training.x, training.y, target=target)
            fold = _fold(number, own, training, tested, rule, learned, fit)
            if fold is None:
                break
            if baselines:
                every = answered(training, tested, seed, columns, missing)
                own_models = {name: values for name, values, _ in every}
                fold = replace(fold, baselines=own_models)
            done.append(fold)
            if note is not None:
                note(fold)
    except KeyboardInterrupt:
        pass
    return CrossValidation(len(parts), by, tuple(done))


def _read(network: Network, x: Any, y: Any, groups: Any, times: Any) -> tuple[Dataset, TargetCodec]:
    """The rows that take part, labels as yes and no, and the target's codec, fitted on them."""
    data = x if isinstance(x, Dataset) else None
    if data is None:
        x, y = with_target(x, y)
        if y is None:
            raise DataError(
                "cross_validate compares answers with what is true, and there is no y. Give y, or "
                "the name of its column."
            )
        x = Table.of(x) if is_frame(x) else np.asarray(x)
        data = Dataset("data", x, np.asarray(y), "numbers", groups=groups, times=times)
    rows = complete_places(data.x, network._missing)
    if rows is not None:
        own = {name: some_of(getattr(data, name), rows, len(data)) for name in ("groups", "times")}
        data = replace(replace(data, groups=None, times=None).take(rows), **own)
    codec = network.copy().build(data.x, data.y)._parts()[2]
    kind: Any = data.kind if isinstance(x, Dataset) else codec.kind
    return replace(data, kind=kind, y=comparable(codec, data.y)), codec


def _fold(
    number: int, network: Network, training: Dataset, tested: Dataset, rule: Any,
    learned: Callable[[Network], None] | None, fit: Mapping[str, Any],
) -> Fold | None:  # fmt: skip
    """Learn and test once; None where Ctrl-C ended the fit."""
    began = time.perf_counter()
    chosen = rule(network, training.x, training.y) if callable(rule) else rule
    given = {"progress": False, "sample_weight": training.weights, **fit}
    run = network.fit(training.x, training.y, rule=chosen, **given)
    seconds = time.perf_counter() - began
    if run.reason == "interrupted":
        return None
    if learned is not None:
        learned(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what a fold lacks, another has
        predicted = comparable(network._parts()[2], network.predict(tested.x))
        metrics = scores(tested.kind, tested.y, predicted)
        metrics["loss"] = network.evaluate(tested.x, tested.y)["loss"]
    return Fold(number, len(training), len(tested), metrics, seconds, {})


def _by(data: Dataset) -> str:
    if data.times is not None:
        return "time"
    if data.groups is not None:
        return "group"
    return "class" if data.kind == "classes" and np.ndim(data.y) == 1 else "chance"


def _mean(values: Sequence[Any]) -> tuple[float | None, float | None]:
    if not values or any(value is None for value in values):
        return None, None
    numbers = np.array(values, float)
    if len(numbers) < 2:
        return float(numbers.mean()), None
    return float(numbers.mean()), float(numbers.std(ddof=1) / np.sqrt(len(numbers)))


def _shown(value: float | None) -> str:
    if value is None:
        return "undefined"
    return (
        f"{value:.4f}"
        if abs(value) < 10
        else f"{value:,.4g}"
        if abs(value) < 1e4
        else f"{value:,.0f}"
    )
