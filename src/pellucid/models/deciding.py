"""What is fitted after training, on rows that were held out: how certain, and from where on yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.models.answers import check_quantiles
from pellucid.nn.losses import Quantiles
from pellucid.run.choose import executor
from pellucid.run.executor import Executor

if TYPE_CHECKING:
    from pellucid.models.calibrate import Calibration
    from pellucid.models.threshold import Threshold
    from pellucid.models.widen import Widened


class Deciding:
    """The part of a ``Network`` that turns scores into honest chances, and chances into answers."""

    provenance: dict[str, Any]

    # --- chances

    def calibrate(
        self, x: Any, y: Any, *, sample_weight: Any = None, engine: str | Executor = "auto"
    ) -> Calibration:
        """Make the chances as certain as the network is right, on rows it did not learn from.

        One number, a temperature, is fitted and folded into the last linear layer: every
        prediction, engine and export has it from then on. Which class is the most likely stays.

        Raises: ``DataError`` for a network without chances, and for rows that no temperature is
            best for; ``ParameterError`` where the last layer is not linear. Then nothing changes.
        """
        from pellucid.models.calibrate import find_temperature, fold

        net = self._network()
        if isinstance(net.loss, Quantiles):
            raise DataError(
                "calibrate is about chances, and this network gives quantiles. Use "
                "calibrate_interval."
            )
        found = find_temperature(net, x, y, sample_weight, executor(engine))
        fold(net, found.temperature)
        self.provenance["calibration"] = {"temperature": found.temperature, "rows": found.rows}
        return found

    # --- two classes

    @property
    def threshold(self) -> float | None:
        """Of two classes: the chance of the second above which it is the answer; None: one half."""
        level: float | None = getattr(self._network()._parts()[2], "threshold", None)
        return level

    def set_threshold(self, chance: float | None, *, positive: Any = None) -> None:
        """Answer with a class where its chance is above this; None goes back to one half.

        Predictions, exports and metrics go by it, and the model's file keeps it; to learn on
        forgets it.

        Parameters:
            positive: the class that is meant; the second by default.
        Raises: ``DataError`` for a network of anything but two classes.
        """
        from pellucid.models.threshold import set_threshold

        set_threshold(self._network(), chance, positive)

    def choose_threshold(
        self, x: Any, y: Any, measure: str = "f1", *, cost: Sequence[float] | None = None,
        positive: Any = None, sample_weight: Any = None, engine: str | Executor = "auto",
    ) -> Threshold:  # fmt: skip
        """Set the threshold that is best on rows the network did not learn from.

        Parameters:
            measure: what is to be as large as can be: "f1" of the positive class, "balanced" (the
                mean of both classes' shares of right answers) or "accuracy".
            cost: in its place, what a false yes and a missed yes cost: their mean is made small.
            positive: the class that is meant by yes; the second by default.
        Raises: ``DataError`` for a network of anything but two classes, and for rows of one class;
            ``UnknownNameError`` for a measure or a class that there is not; ``ParameterError``.
        """
        from pellucid.models.threshold import find_threshold, set_threshold

        net, chosen = self._network(), executor(engine)
        found = find_threshold(net, x, y, measure, cost, positive, sample_weight, chosen)
        set_threshold(net, found.chance)
        return found

    # --- quantiles

    def predict_quantiles(self, x: Any, *, engine: str | Executor = "auto") -> Array:
        """Each quantile for each sample, in the unit of y: (samples, levels); they never cross.

        Raises: ``DataError`` for a network that learned no quantiles.
        """
        task, _, target = self._network()._parts()
        check_quantiles(task.loss)
        found = self._network()._predictor(executor(engine)).prediction.numbers(x)
        return np.asarray(found.astype(np.float64) * target.scale + target.mean)

    def predict_interval(
        self, x: Any, level: float | None = None, *, engine: str | Executor = "auto"
    ) -> Array:
        """Between which numbers y is expected for each sample: (samples, 2), low and high.

        Parameters:
            level: the share of y that is to lie within; by default the widest that was learned.
        Raises: ``DataError`` for a network that learned no quantiles; ``ParameterError`` for a
            level whose ends are not among them.
        """
        found = self.predict_quantiles(x, engine=engine)
        loss: Any = self._network()._parts()[0].loss
        low, high, _ = loss.pair(level)
        return found[:, [low, high]]

    def calibrate_interval(self, x: Any, y: Any, *, engine: str | Executor = "auto") -> Widened:
        """Stretch the quantiles, so that the widest interval holds its share of new rows.

        The stretch is fitted on rows that the network did not learn from, and is part of every
        prediction, engine and export from then on. The middle quantile stays.

        Raises: ``DataError`` for a network that learned no quantiles, and for too few rows;
            ``ParameterError`` for quantiles that are no interval. Then nothing changes.
        """
        from pellucid.models.widen import find_stretch, widen

        found = find_stretch(self._network(), x, y, executor(engine))
        widen(self._network(), found.stretch)
        self.provenance["calibration"] = {"stretch": found.stretch, "rows": found.rows}
        return found

    def _network(self) -> Any:
        return self
