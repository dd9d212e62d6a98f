"""What a metric is, and how one is chosen by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import Value
from pellucid.hyper import Declared
from pellucid.nn.registry import enter
from pellucid.ops import maximum

TINY = 1e-30  # below any weight that counts: what has no weight gives 0, not 0/0


@dataclass(frozen=True)
class Metric(Declared, ABC):
    """A number about predictions.

    It reads, by row, the raw outputs (logits) and the classes as whole numbers; or, where numbers
    are predicted, predictions and targets in the units of y; or, with several labels a row, raw
    outputs and columns of 0.0 and 1.0. ``kind`` is its name in
    ``metric("kind")``.
    """

    classes: ClassVar[dict[str, type[Metric]]] = {}
    kind: ClassVar[str]
    higher_is_better: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = ("classes", "numbers", "labels")
    """What it can be told of: of "quantiles" it reads all, and of others the middle one alone."""
    shifts: ClassVar[bool] = True
    """Whether adding the same number to predictions and targets changes it."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "kind"):
            enter(Metric.classes, "a metric", cls.kind, cls)

    @property
    def name(self) -> str:
        """Its column in the history: the kind, and each setting that is not the default.

        Example:
            >>> from pellucid.learn import Precision, TopK
            >>> Precision().name, Precision("micro").name, TopK(3).name
            ('precision', 'precision_micro', 'top_k_3')
        """
        own = [getattr(self, field.name) for field in fields(self)]
        usual = [field.default for field in fields(self)]
        set_here = [str(mine) for mine, default in zip(own, usual, strict=True) if mine != default]
        return "_".join([self.kind, *set_here])

    @abstractmethod
    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        """Add the nodes of what is added up over the samples of a batch: by name."""

    @abstractmethod
    def value(self, totals: Mapping[str, Value]) -> Value:
        """Add the nodes of the metric's value from the totals over all batches."""


def share(part: Value, whole: Value) -> Value:
    """part / whole; 0 where there is no whole."""
    result: Value = part / maximum(whole, TINY)
    return result


def metric(choice: str | Metric) -> Metric:
    """A metric by name, or the one given.

    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for anything else.
    """
    if isinstance(choice, Metric):
        return choice
    if isinstance(choice, str):
        if choice not in Metric.classes:
            raise unknown_name("metric", choice, Metric.classes)
        return Metric.classes[choice]()
    raise ParameterError(f"A metric is a name or a Metric such as Accuracy(), got {choice!r}.")
