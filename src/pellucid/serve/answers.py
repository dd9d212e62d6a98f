"""What the service answers for rows: predictions and chances, as JSON text."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.codec import Classes, Keep, Labels, TableCodec
from pellucid.errors import DataError, PellucidError
from pellucid.models.answers import PRESENT, check_chances
from pellucid.models.predictor import Prediction, Predictor, own_vector
from pellucid.nn.losses import Quantiles
from pellucid.run.choose import executor
from pellucid.serve.reader import Rows
from pellucid.web.refusal import Refused, to_json

if TYPE_CHECKING:
    from pellucid.models.network import Network


class Answerer:
    """Answers for rows as a reader gives them, with the parameters of the moment it is made.

    The class is the most likely one of the chances (of two, the second above the threshold where
    the model has one), and labels are those whose chance is above a half, so that each row is
    computed once. Threads may share it.

    Attributes:
        labels: of the classes, in the order of the chances; None for a network of numbers.
        ends: the places of an interval's ends among the quantiles that were learned, and of the
            middle; None without an interval.
        chances: whether there is a chance for each.
        precision: of encoded rows.
    """

    def __init__(self, network: Network) -> None:
        task, _, target = network._parts()
        self.labels = list(target.labels) if isinstance(target, Classes | Labels) else None
        self._threshold = target.threshold if isinstance(target, Classes) else None
        self._several = isinstance(target, Labels)
        self.ends = ends_of(task.loss)
        self.chances = self.labels is not None and _has_chances(task.loss, target)
        chosen = executor("auto")
        self.precision: str = chosen.precision
        self._predict = (
            _quantiles(network, chosen) if self.ends else _predictor(network, chosen, self.chances)
        )
        names = [json.dumps(str(label), ensure_ascii=False) for label in self.labels or ()]
        slots = ",".join(f"{name.replace('%', '%%')}:%r" for name in names)
        self._texts = [json.dumps(label, ensure_ascii=False) for label in self.labels or ()]
        self._row = f'{{"prediction":%s,"probabilities":{{{slots}}}' if self.chances else ""

    def one(self, rows: Rows) -> bytes:
        """The answer for a single row: an object with the prediction and the warnings."""
        (text,) = self._answers(rows.x)
        warnings = to_json(rows.warnings) if rows.warnings else b"[]"
        return b'%s,"warnings":%s}' % (text.encode("utf-8", "replace"), warnings)

    def many(self, rows: Rows) -> bytes:
        """The answers for rows, in their order, and the warnings for all of them."""
        texts = "},".join(self._answers(rows.x)).encode("utf-8", "replace")
        return b'{"predictions":[%s}],"warnings":%s}' % (texts, to_json(rows.warnings))

    def _answers(self, x: Array) -> list[str]:
        """The text of each row's answer, its last brace left out.

        Raises: ``Refused`` for rows that the network cannot take, or has no finite answer for.
        """
        try:
            found = self._predict(x)
        except PellucidError as fault:
            raise Refused(422, str(fault), ["body"]) from None
        values = found.tolist() if isinstance(found, np.ndarray) else list(found)
        if self.chances:
            return [self._with_chances(own, row) for row, own in enumerate(values)]
        if self.ends:
            return [self._with_interval(own, row) for row, own in enumerate(values)]
        return [self._plain(own, row) for row, own in enumerate(values)]

    def _with_chances(self, chances: list[float], row: int) -> str:
        if self._several:
            there = zip(self._texts, chances, strict=True)
            answer = f"[{','.join(text for text, chance in there if chance > PRESENT)}]"
        elif self._threshold is not None:
            answer = self._texts[chances[-1] > self._threshold]
        else:
            answer = self._texts[chances.index(max(chances))]
        text = self._row % (answer, *chances)
        if not math.isfinite(sum(chances)):
            raise _not_finite(row)
        return text

    def _with_interval(self, quantiles: list[float], row: int) -> str:
        low, high, middle = self.ends or (0, 0, 0)
        if not math.isfinite(sum(quantiles)):
            raise _not_finite(row)
        return (
            f'{{"prediction":{quantiles[middle]!r},"low":{quantiles[low]!r},'
            f'"high":{quantiles[high]!r}'
        )

    def _plain(self, value: Any, row: int) -> str:
        try:
            return '{"prediction":' + json.dumps(value, ensure_ascii=False, allow_nan=False)
        except ValueError:
            raise _not_finite(row) from None


def _has_chances(loss: Any, target: Any) -> bool:
    try:
        check_chances(loss, target)
    except DataError:
        return False
    return True


def ends_of(loss: Any) -> tuple[int, int, int] | None:
    """The places of the low and the high end, and of the middle, of the quantiles learned."""
    if not isinstance(loss, Quantiles):
        return None
    try:
        return *loss.pair()[:2], loss.middle
    except PellucidError:  # no two levels are as far from the middle
        return None


def _predictor(network: Network, chosen: Any, proba: bool) -> Predictor:
    return Predictor(_prediction(network, chosen, proba), chosen)


def _quantiles(network: Network, chosen: Any) -> Callable[[Any], Array]:
    """What gives all quantiles of rows, in the unit of the target."""
    prediction = _prediction(network, chosen, False)
    target: Any = network._parts()[2]
    scale, mean = target.scale, target.mean

    def predict(x: Any) -> Array:
        found = prediction.numbers(x).astype(np.float64)
        return np.asarray(found * scale + mean)

    return predict


def _prediction(network: Network, chosen: Any, proba: bool) -> Prediction:
    """Predicting rows as the reader gives them: those of tables are encoded already."""
    prediction = network._prediction(chosen, proba=proba)
    params, state = (own_vector(vector, chosen.precision) for vector in network._vectors())
    codec = prediction.codec
    own = Keep(codec.sample_shape) if isinstance(codec, TableCodec) else codec
    return replace(prediction, codec=own, params=params, state=state)


def _not_finite(row: int) -> Refused:
    error = (
        f"The network's numbers for row {row} are not finite: some of its values are too large for "
        "it. Check their units."
    )
    return Refused(422, error, ["body"])
