"""Two networks side by side: layers, weights, answers, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.inspect.compare import answers, structure, weights
from pellucid.inspect.compare.answers import AnswerChanges
from pellucid.inspect.compare.structure import LayerPair
from pellucid.inspect.compare.weights import Alignment, WeightChange
from pellucid.models.network import Network

SHOWN_WEIGHTS = 12


@dataclass(frozen=True)
class Comparison:
    """What differs between the networks A and B.

    Attributes:
        layers: the layers of both, matched.
        other: what else differs: loss, classes, how data go in; as "loss: ... -> ...".
        weights: the parameters that both have in one shape.
        alignment: how B's hidden units were put into the order of A's.
        answers: on the rows that were given; None without.
        steps: how many steps each has learned.
    """

    layers: tuple[LayerPair, ...]
    other: tuple[str, ...]
    weights: tuple[WeightChange, ...]
    alignment: Alignment
    answers: AnswerChanges | None
    steps: tuple[int, int]

    @property
    def equal(self) -> bool:
        """Whether nothing differs: layers, settings, and every number."""
        same = all(pair.status == "same" for pair in self.layers) and not self.other
        return same and all(change.unaligned == 0 for change in self.weights)

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "equal": self.equal,
            "steps": {"A": self.steps[0], "B": self.steps[1]},
            "layers": [pair.row() for pair in self.layers],
            "other": list(self.other),
            "alignment": self.alignment.row(),
            "weights": [change.row() for change in self.weights],
            "answers": None if self.answers is None else self.answers.row(),
        }

    def text(self) -> str:
        """What a person reads of it."""
        from pellucid.inspect.compare.words import text

        return text(self)

    def __str__(self) -> str:
        return self.text()


def compare(a: Network, b: Network, x: Any = None, y: Any = None) -> Comparison:
    """What differs between two networks; with rows also their answers, with targets whose is right.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> net = Network(hidden=[4], seed=0)
        >>> run = net.fit(x, y, epochs=2)
        >>> compare(run.at(0), net).equal
        False

    Raises: ``ParameterError`` for what is no network; ``DataError`` for rows that they cannot take,
        or networks that answer with different kinds of things.
    """
    for given in (a, b):
        if not isinstance(given, Network):
            raise ParameterError(
                f"compare takes two networks, got a {type(given).__name__}. Of runs give "
                "run.network, or compare them with compare_runs."
            )
    pairs = structure.paired(a, b)
    changes, alignment = weights.compared(a, b, pairs)
    found = None if x is None else answers.compared(a, b, x, y)
    return Comparison(
        pairs, _other(a, b), changes, alignment, found, (a.steps_taken, b.steps_taken)
    )


def _other(a: Network, b: Network) -> tuple[str, ...]:
    """What differs apart from layers and numbers."""
    facts = {
        "loss": (repr(a.loss), repr(b.loss)),
        "input": (a.architecture.in_shape, b.architecture.in_shape),
        "inputs": (a.inputs.describe(), b.inputs.describe()),
        "answers": (a._parts()[2].describe(), b._parts()[2].describe()),
        "classes": (_listed(a.classes), _listed(b.classes)),
        "threshold": (a.threshold, b.threshold),
    }
    found = [f"{name}: {one} -> {other}" for name, (one, other) in facts.items() if one != other]
    if not found and not _same(a.inputs.to_record()[1], b.inputs.to_record()[1]):
        found.append("inputs: scaled, or encoded, by other numbers")
    return tuple(found)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name]) for name in one
    )


def _listed(classes: Any) -> Any:
    return None if classes is None else list(map(str, classes))
