"""The rivals of a network: a majority or mean, a linear model and the nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.assess.baselines import answered, chosen_rows, width
from pellucid.data.dataset import Dataset
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench
from pellucid.scene.prepared import Prepared
from pellucid.scene.racing import Unwanted

_FOUND: WeakKeyDictionary[Prepared, list[dict[str, Any]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Rivals:
    """What a comparison needs, so that it can be computed beside the training.

    Attributes:
        ready: the data as they were divided.
        seed: of the draw, where there are too many rows.
    """

    ready: Prepared
    seed: int

    def compute(self, unwanted: Callable[[], bool] = lambda: False) -> list[dict[str, Any]]:
        """Each rival's name, scores, seconds and rows, and which held-out rows it answers right.

        ``stored`` are the numbers in the rows that it learned from.

        Parameters:
            unwanted: asked after each rival; once it says so, the rest is left.
        Raises: ``Unwanted`` then.
        """
        found = _FOUND.get(self.ready)
        if found is None:
            found = []
            for answer in self._answers():
                if unwanted():
                    raise Unwanted
                found.append(answer)
            _FOUND[self.ready] = found
        return found

    def _answers(self) -> Iterator[dict[str, Any]]:
        training, held = parts(self.ready)
        columns: int | None = None
        for name, told, given in answered(training, held, self.seed):
            if columns is None:
                columns = width(training.take(chosen_rows(training, self.seed)))
            yield {
                "name": name, "scores": measured(told), "seconds": told["seconds"],
                "rows": told["rows"], "stored": told["rows"] * columns,
                "right": right(held, given),
            }  # fmt: skip


def measured(told: Mapping[str, Any]) -> dict[str, float]:
    """The measures that there are: r2 is none where all targets are equal."""
    beside = ("seconds", "rows")
    return {k: float(v) for k, v in told.items() if k not in beside and v is not None}


def rivals(bench: Bench) -> Rivals:
    """What to compare a bench's network with.

    Raises: ``DataError`` where no rows are held out.
    """
    if not len(bench.held):
        raise DataError(
            "A comparison needs rows that nobody learned from, and none are held out. Hold some "
            "out, such as a fifth."
        )
    if not bench.ready.has_targets:
        raise DataError(
            "A comparison needs targets that are learned, and this rule learns without any. Choose "
            "back-propagation."
        )
    return Rivals(bench.ready, bench.scene.seed)


def baselines(bench: Bench) -> list[dict[str, Any]]:
    """The rivals of a bench's network, computed now and kept while the data stay the same."""
    return rivals(bench).compute()


def known(bench: Bench) -> list[dict[str, Any]] | None:
    """The rivals, where they were computed for these data."""
    return _FOUND.get(bench.ready)


def parts(ready: Prepared) -> tuple[Dataset, Dataset]:
    """The rows learned from, and those held out."""
    return ready.data.take(ready.learned), ready.data.take(ready.held_rows)


def right(held: Dataset, given: Any) -> Array | None:
    """Whether each held-out row is answered right, where there are classes."""
    if held.kind != "classes":
        return None
    return np.asarray(np.asarray(given).astype(str) == np.asarray(held.y).astype(str))
