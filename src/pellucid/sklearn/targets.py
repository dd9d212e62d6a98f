"""What a classifier's y may be: a class a row, several labels, a class in each of several columns.

Each kind says how y becomes numbers, what the network's outputs are, and how its raw outputs turn
back into labels and chances.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.data.codec import Labels, Numbers, TargetCodec, fit_target
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError
from pellucid.graph import BATCH, Builder, Value
from pellucid.graph.primitive import Array
from pellucid.nn.activations import Linear, Sigmoid, Softmax
from pellucid.nn.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    CustomLoss,
    Hinge,
    Loss,
)
from pellucid.ops import concatenate, log_softmax, softmax, sum
from pellucid.ops import slice as slice_of
from pellucid.run.reference import ReferenceExecutor


class Kind(ABC):
    """How labels are told to a network, and read off it."""

    @property
    @abstractmethod
    def classes(self) -> Any:
        """What an estimator shows as ``classes_``."""

    @property
    @abstractmethod
    def codec(self) -> TargetCodec:
        """How the network reads what ``taught`` gives."""

    @abstractmethod
    def loss(self, asked: Loss | None) -> Loss:
        """The loss asked for, or the usual one. Raises: ``ParameterError`` for one that misfits."""

    @abstractmethod
    def numbers(self, y: Any) -> Array:
        """y as numbers, by row. Raises: ``DataError`` for labels that are not known."""

    @abstractmethod
    def taught(self, numbers: Array) -> Array:
        """What the network is given as its y."""

    @abstractmethod
    def scores(self, outputs: Array, loss: Loss) -> Array:
        """Raw outputs as scikit-learn's decision function: above 0, or the highest, wins."""

    @abstractmethod
    def labels(self, outputs: Array, loss: Loss) -> Array:
        """The answers of raw outputs."""

    @abstractmethod
    def chances(self, outputs: Array, loss: Loss) -> Any:
        """The chances of raw outputs."""


@dataclass(frozen=True, eq=False)
class OneOf(Kind):
    """One of several classes a row."""

    names: Array

    @property
    def classes(self) -> Array:
        """The labels, sorted."""
        return self.names

    @property
    def codec(self) -> TargetCodec:
        """The labels themselves."""
        return fit_target(self.names, kind="classes")

    def loss(self, asked: Loss | None) -> Loss:
        """Softmax cross-entropy."""
        return asked or CategoricalCrossEntropy()

    def numbers(self, y: Any) -> Array:
        """The place of each label."""
        return places(self.names, np.asarray(y))

    def taught(self, numbers: Array) -> Array:
        """The labels."""
        return np.asarray(self.names[numbers])

    def scores(self, outputs: Array, loss: Loss) -> Array:
        """One score a class; for two classes, by how much the second is ahead."""
        if outputs.shape[1] == 1:
            halfway = 0.5 if isinstance(loss.link, Linear) and not isinstance(loss, Hinge) else 0.0
            return np.asarray(outputs[:, 0] - halfway)
        return np.asarray(outputs[:, 1] - outputs[:, 0] if len(self.names) == 2 else outputs)

    def labels(self, outputs: Array, loss: Loss) -> Array:
        """The label of the highest score."""
        scores = self.scores(outputs, loss)
        best = np.argmax(scores, 1) if scores.ndim == 2 else (scores > 0).astype(int)
        return np.asarray(self.names[best])

    def chances(self, outputs: Array, loss: Loss) -> Array:
        """(n, classes)."""
        found = linked(outputs, loss)
        return np.concatenate([1.0 - found, found], 1) if found.shape[1] == 1 else found


@dataclass(frozen=True, eq=False)
class AnyOf(Kind):
    """Any number of labels a row, told by columns of 0 and 1."""

    columns: int

    @property
    def classes(self) -> Array:
        """The numbers of the columns."""
        return np.arange(self.columns)

    @property
    def codec(self) -> TargetCodec:
        """Columns of labels, by their numbers."""
        return Labels(tuple(range(self.columns)), dtype="int64")

    def loss(self, asked: Loss | None) -> Loss:
        """Sigmoid cross-entropy of each label."""
        if asked is not None and not isinstance(asked.link, Sigmoid):
            raise ParameterError(
                "Several labels a row expect a loss with a sigmoid for each label, got "
                f"{asked.kind}. Leave loss out, or use 'binary_cross_entropy'."
            )
        return asked or BinaryCrossEntropy()

    def numbers(self, y: Any) -> Array:
        """Columns of 0.0 and 1.0."""
        found = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        if found.ndim != 2 or found.shape[1] != self.columns or not np.isin(found, (0, 1)).all():
            raise DataError(
                f"y expects {self.columns} columns of 0 and 1, as in the first fit, got shape "
                f"{list(found.shape)} and values such as {np.unique(found)[:3].tolist()}."
            )
        return found.astype(np.float64)

    def taught(self, numbers: Array) -> Array:
        """The columns."""
        return numbers

    def scores(self, outputs: Array, loss: Loss) -> Array:
        """One score a label: above 0, it is there."""
        return outputs

    def labels(self, outputs: Array, loss: Loss) -> Array:
        """Columns of 0 and 1."""
        return (outputs > 0).astype(np.int64)

    def chances(self, outputs: Array, loss: Loss) -> Array:
        """The chance of each label: (n, labels)."""
        return linked(outputs, loss)


@dataclass(frozen=True, eq=False)
class EachOf(Kind):
    """A class in each of several columns: a softmax for each column, all on the same layers."""

    parts: tuple[OneOf, ...]

    @property
    def classes(self) -> list[Array]:
        """The labels of each column."""
        return [part.names for part in self.parts]

    @property
    def codec(self) -> TargetCodec:
        """One column for each label of each column of y."""
        outputs = self._edges()[-1]
        return Numbers(np.zeros(outputs), np.ones(outputs), False)

    def loss(self, asked: Loss | None) -> Loss:
        """The mean of the columns' softmax cross-entropies."""
        if not isinstance(asked, CategoricalCrossEntropy | None):
            raise ParameterError(
                "Several columns of classes are learned with a softmax cross-entropy each, got "
                f"{asked.kind}. Leave loss out, or use sklearn.multioutput.MultiOutputClassifier."
            )
        edges, smoothing = self._edges(), asked.smoothing if asked else 0.0

        def cross_entropies(output: Value, target: Value) -> Value:
            parts = []
            for start, stop in pairwise(edges):
                hoped = slice_of(target, 1, start, stop) * (1.0 - smoothing)
                spread = hoped + smoothing / (stop - start)
                parts.append(sum(-spread * log_softmax(slice_of(output, 1, start, stop)), 1))
            total = parts[0]
            for part in parts[1:]:
                total = total + part
            return total / float(len(parts))

        def softmaxes(z: Value) -> Value:
            parts = [softmax(slice_of(z, 1, start, stop)) for start, stop in pairwise(edges)]
            return concatenate(parts, 1)

        return CustomLoss.from_function(cross_entropies, "numbers", softmaxes)

    def numbers(self, y: Any) -> Array:
        """The place of each label in its column: (n, columns)."""
        found = np.asarray(y)
        if found.ndim != 2 or found.shape[1] != len(self.parts):
            raise DataError(
                f"y expects {len(self.parts)} columns of classes, as in the first fit, got shape "
                f"{list(found.shape)}."
            )
        return np.column_stack([part.numbers(found[:, k]) for k, part in enumerate(self.parts)])

    def taught(self, numbers: Array) -> Array:
        """A 1 at the place of each column's class."""
        rows = [numbers[:, [k]] == np.arange(len(p.names)) for k, p in enumerate(self.parts)]
        return np.concatenate(rows, 1).astype(np.float64)

    def scores(self, outputs: Array, loss: Loss) -> Any:
        """The scores of each column, as a list."""
        return [part.scores(own, loss) for part, own in self._divided(outputs)]

    def labels(self, outputs: Array, loss: Loss) -> Array:
        """(n, columns)."""
        return np.column_stack([part.labels(own, loss) for part, own in self._divided(outputs)])

    def chances(self, outputs: Array, loss: Loss) -> list[Array]:
        """The chances of each column, as a list."""
        return [own for _, own in self._divided(linked(outputs, loss))]

    def _edges(self) -> list[int]:
        return [0, *np.cumsum([len(part.names) for part in self.parts]).tolist()]

    def _divided(self, outputs: Array) -> Sequence[tuple[OneOf, Array]]:
        return list(zip(self.parts, np.split(outputs, self._edges()[1:-1], 1), strict=True))


def kind_of(y: Any, classes: Any = None) -> Kind:
    """What kind of target y is; ``classes`` are all that may come, where y does not show them all.

    Raises: ``ValueError`` in scikit-learn's words for what are no classes; ``DataError`` for a
        single class.
    """
    from sklearn.utils.multiclass import check_classification_targets, type_of_target

    check_classification_targets(y)
    found = type_of_target(y, input_name="y")
    if found == "multilabel-indicator":
        columns = int(y.shape[1])
        if classes is not None and len(classes) != columns:
            raise DataError(f"classes names {len(classes)} labels, and y has {columns} columns.")
        return AnyOf(columns)
    if found == "multiclass-multioutput":
        each = list(np.asarray(y).T)
        named = [None] * len(each) if classes is None else list(classes)
        return EachOf(tuple(map(_one_of, each, named)))
    return _one_of(y, classes)


def _one_of(y: Any, classes: Any) -> OneOf:
    names = np.unique(np.asarray(y if classes is None else classes))
    if len(names) < 2:
        raise DataError(
            f"y holds one class only, {names.tolist()[0]!r}; expected at least two to tell apart. "
            "Add rows of another class."
        )
    return OneOf(names)


def places(names: Array, y: Array) -> Array:
    """Where each label stands among sorted names."""
    try:
        found = np.minimum(np.searchsorted(names, y), len(names) - 1)
        unknown = names[found] != y
    except TypeError:  # text among numbers
        unknown = np.array([label not in set(names.tolist()) for label in y.tolist()])
    if np.any(unknown):
        strange = np.unique(np.asarray(y)[unknown]).tolist()
        raise DataError(
            f"y holds the class {strange[0]!r}, not there when the classes were fixed. "
            f"Known: {', '.join(map(repr, names.tolist()))}."
        )
    return np.asarray(found, np.int64)


def gives_chances(loss: Loss) -> bool:
    """Whether a loss makes outputs that are the chances of classes."""
    return isinstance(loss.link, Sigmoid | Softmax)


def linked(outputs: Array, loss: Loss) -> Array:
    """What the loss makes of raw outputs, in float64: chances keep the order of their scores."""
    b = Builder()
    graph = b.build(prediction=loss.link(b.input("output", (BATCH, outputs.shape[1]))))
    return ReferenceExecutor().compile(graph).run({"output": outputs})["prediction"]
