"""Logic gates from one neuron each, and the one that takes three.

A gate fires, answers 1, where its weighted sum is at or above the threshold 0.5. NAND and NOR are
AND and OR mirrored: all weights negative, and a bias that moves the line back between the same
points.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.models.neuron import Neuron
from pellucid.models.separable import Separation, linearly_separable, why_not_xor
from pellucid.models.truth import TruthTable
from pellucid.nn.activations import step

if TYPE_CHECKING:
    from pellucid.models.network import Network

__all__ = [
    "AND", "GATES", "NAND", "NOR", "NOT", "OR", "XOR", "Separation", "TruthTable", "TwoLayers",
    "linearly_separable", "why_not_xor",
]  # fmt: skip

AND = Neuron([0.6, 0.6], bias=-0.5, activation=step(0.5))
OR = Neuron([0.6, 0.6], bias=0.0, activation=step(0.5))
NOT = Neuron([-0.6], bias=0.5, activation=step(0.5))
NAND = Neuron([-0.6, -0.6], bias=1.5, activation=step(0.5))
NOR = Neuron([-0.6, -0.6], bias=0.5, activation=step(0.5))


@dataclass(frozen=True)
class TwoLayers:
    """A small network put together by hand: neurons side by side, and one that takes their answers.

    Formula: h_j = hidden_j(x);  y = output(h).
    Shapes: one sample of n numbers -> a number; m rows of n -> m numbers.
    Parameters:
        hidden: neurons with the same inputs and the same activation.
        output: a neuron with an input for each hidden one.
    Raises: ``ParameterError`` for neurons that do not fit together.

    Example:
        >>> XOR([1, 0]), XOR([1, 1])
        (1.0, 0.0)
    """

    hidden: Sequence[Neuron]
    output: Neuron

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        kinds = {(neuron.inputs, neuron.function) for neuron in self.hidden}
        if len(kinds) != 1 or self.output.inputs != len(self.hidden):
            raise ParameterError(
                "TwoLayers takes hidden neurons with the same number of inputs and the same "
                "activation, and an output neuron with one input for each of them, got "
                f"{', '.join(map(repr, self.hidden))} and {self.output!r}."
            )

    @cached_property
    def network(self) -> Network:
        """The same as a ``Network`` of two Dense layers, which computes the answers."""
        from pellucid.models.network import Network
        from pellucid.nn.dense import Dense

        rows = np.array(list(product((0.0, 1.0), repeat=self.hidden[0].inputs)))
        layers = [
            Dense(len(self.hidden), activation=self.hidden[0].function),
            Dense(1, activation=self.output.function),
        ]
        plain = Network(layers, loss="squared_error", scale_inputs=False).build(rows, rows[:, 0])
        return plain.with_parameters(
            {
                "dense_1.weight": np.array([neuron.weights for neuron in self.hidden]).T,
                "dense_1.bias": np.array([neuron.bias for neuron in self.hidden]),
                "dense_2.weight": np.array([self.output.weights]).T,
                "dense_2.bias": np.array([self.output.bias]),
            }
        )

    def __call__(self, x: Any) -> Any:
        """Answer: a float to one sample, an array to rows of samples."""
        single = np.ndim(x) < 2
        found = self.network.predict(np.atleast_2d(x), engine="reference")
        return float(found[0]) if single else found

    def truth_table(self) -> TruthTable:
        """The answer to each combination of inputs 0 and 1."""
        rows = list(product((0, 1), repeat=self.hidden[0].inputs))
        return TruthTable(tuple(zip(rows, self(np.array(rows)).tolist(), strict=True)))

    def __str__(self) -> str:
        lines = [f"h{place}: {neuron}" for place, neuron in enumerate(self.hidden, 1)]
        lines.append(f"y: {self.output}")
        return "\n".join(line.replace("\n", "; ") for line in lines)


XOR = TwoLayers((OR, NAND), AND)
"""One or the other, not both: at least one (OR), and not both (NAND). No single neuron does it."""

GATES: dict[str, Neuron | TwoLayers] = {
    "AND": AND, "OR": OR, "NOT": NOT, "NAND": NAND, "NOR": NOR, "XOR": XOR
}  # fmt: skip
