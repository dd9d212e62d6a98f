"""From which chance on a network of two classes answers with the second: chosen on held-out rows.

One half is right where chances are honest and both mistakes cost the same. Where one class is rare,
or one mistake dearer, another threshold is better; which one, rows that the network did not learn
from can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.codec import Classes
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.models.answers import check_chances
from pellucid.models.prepare import given, given_weights
from pellucid.nn.activations import Softmax

if TYPE_CHECKING:
    from pellucid.models.network import Network
    from pellucid.run.executor import Executor

MEASURES = ("f1", "balanced", "accuracy")


@dataclass(frozen=True)
class Threshold:
    """What choosing a threshold found.

    Attributes:
        chance: of the second class, above which it is the answer.
        measure: what was made as large as can be: f1, balanced, accuracy, or cost.
        positive: the class that is meant by yes.
        rows: how many held-out rows it was chosen on.
        score: the measure with this threshold (of cost: the mean cost of a row).
        score_at_half: the same with a threshold of one half.
    """

    chance: float
    measure: str
    positive: Any
    rows: int
    score: float
    score_at_half: float

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


def find_threshold(
    net: Network, x: Any, y: Any, measure: str, cost: Sequence[float] | None, positive: Any,
    sample_weight: Any, chosen: Executor,
) -> Threshold:  # fmt: skip
    """The threshold that is best on these rows; of several as good, the one nearest one half.

    Raises: ``DataError`` for a network of anything but two classes, and for rows of one class;
        ``UnknownNameError`` for a measure or a label that there is not; ``ParameterError``.
    """
    target = check_two(net, "choose_threshold")
    price = None if cost is None else _costs(cost)
    if price is None and measure not in MEASURES:
        raise unknown_name("measure of a threshold", measure, MEASURES)
    second = place_of(target, positive) == 1
    x, y = given(x, y, net._parts()[1])
    weight = given_weights(sample_weight, len(x))
    weight = np.ones(len(x)) if weight is None else weight
    truth = target.encode(y) == 1
    totals = float(weight[truth].sum()), float(weight[~truth].sum())
    if not min(totals) > 0:
        raise DataError(
            "A threshold is chosen on rows of both classes, and these are of "
            f"{target.labels[int(totals[0] > 0)]!r} only. Give rows of the other class as well."
        )
    chance = np.asarray(net.predict_proba(x, engine=chosen)[:, 1], np.float64)
    levels = _levels(chance)
    scores = np.array([_score(chance > t, truth, weight, second, measure, price) for t in levels])
    best = np.flatnonzero(scores >= scores.max() - 1e-12)
    place = best[np.argmin(np.abs(levels[best] - 0.5))]
    at_half = _score(chance > 0.5, truth, weight, second, measure, price)
    sign = -1.0 if price is not None else 1.0
    name = measure if price is None else "cost"
    label = target.labels[int(second)]
    return Threshold(
        float(levels[place]), name, label, len(x), sign * float(scores[place]), sign * at_half
    )


def _levels(chance: Array) -> Array:
    """Levels that divide the rows in every way they can be, and one half."""
    known = np.unique(chance)
    if len(known) > MOST:
        known = np.unique(np.quantile(known, np.linspace(0, 1, MOST)))
    between = (known[:-1] + known[1:]) / 2
    ends = np.array([known[0] / 2, (1 + known[-1]) / 2, 0.5])
    every = np.unique(np.concatenate([between, ends]))
    return every[(every > 0) & (every < 1)]


MOST = 2000
"""So many levels are tried at most, evenly among the chances that occur."""


def _score(
    said: Array, truth: Array, weight: Array, second: bool, measure: str,
    price: tuple[float, float] | None,
) -> float:  # fmt: skip
    """How good the answers are; the second class is yes, or the first."""
    if not second:
        said, truth = ~said, ~truth
    hits, false = float(weight[said & truth].sum()), float(weight[said & ~truth].sum())
    missed, right = float(weight[~said & truth].sum()), float(weight[~said & ~truth].sum())
    total = hits + false + missed + right
    if price is not None:
        return -(price[0] * false + price[1] * missed) / total
    if measure == "f1":
        return 2 * hits / (2 * hits + false + missed)
    if measure == "balanced":
        return (hits / (hits + missed) + right / (right + false)) / 2
    return (hits + right) / total


def check_two(net: Network, what: str) -> Classes:
    """The codec of a network of two classes whose chances add up to 1.

    Raises: ``DataError`` for any other.
    """
    task, _, target = net._parts()
    check_chances(task.loss, target, what)
    if not isinstance(target, Classes) or len(target.labels) != 2:
        count = target.outputs
        noun = "classes" if isinstance(target, Classes) else "labels"
        raise DataError(
            f"{what} divides two classes, and this network has {count} {noun}. Use predict_proba, "
            "and decide by its chances."
        )
    if task.architecture.out_shape != (1,) and not isinstance(task.loss.link, Softmax):
        raise DataError(
            f"{what} needs chances that add up to 1, and with two outputs {task.loss.kind} gives "
            "each class a chance of its own. Use Dense(1) at the end, or softmax cross-entropy."
        )
    return target


def place_of(target: Classes, positive: Any) -> int:
    """The place of the class that is meant by yes: the second, unless a label says another.

    Raises: ``UnknownNameError`` for a label that there is not.
    """
    if positive is None:
        return 1
    for place, label in enumerate(target.labels):
        if label == positive or str(label) == str(positive):
            return place
    raise unknown_name("class", positive, map(str, target.labels))


def set_threshold(net: Network, chance: Any, positive: Any = None) -> None:
    """Let a network of two classes answer with one above a chance; None: one half."""
    task, _, target = net._parts()
    if chance is None and getattr(target, "threshold", None) is None:
        return
    known = check_two(net, "set_threshold")
    if chance is not None:
        fits = isinstance(chance, int | float | np.number) and not isinstance(chance, bool)
        if not fits or not 0 < chance < 1:
            raise ParameterError(
                f"A threshold is a chance above 0 and below 1, got {chance!r}. Use 0.5 for neither "
                "class before the other."
            )
        chance = float(chance if place_of(known, positive) == 1 else 1 - chance)
    net._target = replace(known, threshold=chance)
    net._task = replace(task, threshold=chance)
    net._predictors = {}  # they know the old one


def _costs(cost: Any) -> tuple[float, float]:
    fits = isinstance(cost, list | tuple) and len(cost) == 2
    if not fits or not all(isinstance(each, int | float) and each >= 0 for each in cost):
        raise ParameterError(
            f"cost expects two numbers of at least 0, what a false yes and a missed yes cost, got "
            f"{cost!r}. Write cost=(1, 5)."
        )
    if not any(cost):
        raise ParameterError("cost expects at least one of both to be above 0, got (0, 0).")
    return float(cost[0]), float(cost[1])
