"""One neuron: a weighted sum of its inputs, and what an activation makes of it.

It is a layer of one unit (``unit.py``), so its answer comes from the same nodes and the same
executor as a network's, and it learns in the same loop (``learned.py``).
"""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError, wording
from pellucid.graph import Graph
from pellucid.hyper import Hyper
from pellucid.learn.rule import Rule
from pellucid.models.formula import input_names, number, total
from pellucid.models.learned import Learned, learn
from pellucid.models.lines import Boundary, Line, boundary, line
from pellucid.models.truth import MOST_INPUTS, TruthTable
from pellucid.models.unit import architecture, rows_of, unit_graph
from pellucid.nn.activations import (
    ActivationFunction,
    ActivationLike,
    Custom,
    Linear,
    Step,
    activation,
)
from pellucid.nn.losses import LossLike
from pellucid.run.reference import ReferenceExecutor, ReferenceProgram

FINITE = Hyper("a term of the weighted sum", float)
INPUTS = Hyper("the number of values in a sample", int, low=1)
SEED = Hyper("the start of the random numbers", int, low=0, high=2**63 - 1)


@dataclass(frozen=True, repr=False)
class Neuron:
    """A unit that adds up its weighted inputs and its bias, and answers through an activation.

    Formula: z = b + sum over i of w_i x_i;  y = activation(z).
    Shapes: one sample of n numbers -> a number; m rows of n -> m numbers.
    Parameters:
        weights: one number for each input.
        bias: b; 0 by default.
        activation: a name such as "sigmoid", an activation such as ``step(0.5)``, or a function of
            a graph value; linear by default.
    Numerics: float64, on the reference executor.
    Raises: ``ParameterError`` for weights that are no row of finite numbers.

    Example:
        >>> from pellucid import Neuron, step
        >>> gate = Neuron([0.6, 0.6], bias=-0.5, activation=step(0.5))
        >>> gate([1, 1]), gate([0, 1])
        (1.0, 0.0)
    """

    weights: Sequence[float]
    bias: float = 0.0
    activation: ActivationLike = "linear"

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _weights(self.weights))
        object.__setattr__(self, "bias", FINITE.check("Neuron", "bias", self.bias))
        object.__setattr__(self, "activation", activation(self.activation))

    @classmethod
    def random(cls, inputs: int, *, seed: int = 0, activation: ActivationLike = "linear") -> Neuron:
        """A neuron with random weights, drawn as those of a network's layer, and bias 0.

        Example:
            >>> Neuron.random(2, seed=1) == Neuron.random(2, seed=1)
            True
        """
        inputs = INPUTS.check("Neuron.random", "inputs", inputs)
        seed = SEED.check("Neuron.random", "seed", seed)
        plain = cls([0.0] * inputs, 0.0, activation)
        start = architecture(inputs, plain.function).learned.initial(seed)
        return cls(start[:-1].tolist(), 0.0, plain.function)

    @property
    def inputs(self) -> int:
        """How many inputs it has."""
        return len(self.weights)

    @property
    def function(self) -> ActivationFunction:
        """The activation as an object, whichever way it was given."""
        return activation(self.activation)

    @property
    def level(self) -> float:
        """The weighted sum at which the answer changes sides: a step's threshold, else 0."""
        return self.function.threshold if isinstance(self.function, Step) else 0.0

    # --- computing

    def __call__(self, x: Any) -> Any:
        """Answer: a float to one sample, an array to rows of samples.

        Raises: ``ShapeError`` for another number of inputs; ``DataError`` for NaN, text and so on.
        """
        return self._run(x, "y")

    def weighted_sum(self, x: Any) -> Any:
        """Compute z = b + w_1 x_1 + ..., before the activation: of one sample, or of rows."""
        return self._run(x, "z")

    def graph(self) -> Graph:
        """The computation of z and y from x, weight and bias, as the executor runs it."""
        return self._program.graph

    def truth_table(self) -> TruthTable:
        """The answer to each combination of inputs 0 and 1.

        Raises: ``ShapeError`` for more than 8 inputs.
        """
        if self.inputs > MOST_INPUTS:
            raise ShapeError(
                f"A truth table has 2^n rows and is written for up to {MOST_INPUTS} inputs; this "
                f"neuron has {self.inputs}. Call it on the samples you want to see."
            )
        rows = list(itertools.product((0, 1), repeat=self.inputs))
        return TruthTable(tuple(zip(rows, self(np.array(rows)).tolist(), strict=True)))

    # --- looking

    def line(self) -> Line:
        """The line a neuron of one input draws: the weight is the slope, the bias the shift."""
        return line(self.weights, self.bias, linear=isinstance(self.function, Linear))

    def boundary(self) -> Boundary:
        """The line in the plane of two inputs where z is at the ``level``."""
        return boundary(self.weights, self.bias, self.level)

    def formulas(self) -> tuple[str, str]:
        """Both formulas with this neuron's numbers in them: of z, and of y."""
        terms = zip(self.weights, input_names(self.inputs), strict=True)
        function = self.function
        if isinstance(function, Linear):
            answer = "y = z"
        elif isinstance(function, Step):
            answer = f"y = 1 if z >= {number(function.threshold)}, else 0"
        elif isinstance(function, Custom):
            answer = f"y = {function.written.label}(z)"
        else:
            answer = f"y = {function.kind}(z)"
        return f"z = {total([(self.bias, ''), *terms])}", answer

    def __repr__(self) -> str:
        function = self.function
        bias = f", bias={self.bias!r}" if self.bias else ""
        shown = "" if isinstance(function, Linear) else f", activation={function!r}"
        return f"Neuron({list(self.weights)!r}{bias}{shown})"

    def __str__(self) -> str:
        return "\n".join(self.formulas())

    def _repr_html_(self) -> str:
        from pellucid.models.html import table

        rows = zip(input_names(self.inputs), map(number, self.weights), strict=True)
        body = [*rows, ("bias", number(self.bias))]
        return table(["input", "weight"], body, left=1, caption=str(self))

    # --- learning

    def learn(
        self, samples: Any, rule: Rule | str, *, epochs: int = 100, batch: int | None = None,
        loss: LossLike | None = None, shuffle: bool = False, seed: int = 0,
    ) -> Learned:  # fmt: skip
        """Learn weights and bias from samples; this neuron stays as it is, a new one comes back.

        Parameters:
            samples: (x, y); or a list of pairs such as ``[([0, 1], 0), ([1, 1], 1)]``; or a truth
                table. For rules that learn without answers, such as ``Hebb()``, x alone.
            rule: how to learn: ``Perceptron()``, ``Delta(0.1)``, ``Backprop("sgd")``, ...; an
                optimizer's name is short for ``Backprop`` with it.
            epochs: how often each sample is seen, at most: an epoch that ends where it began is the
                last.
            batch: samples a step; what the rule is made for, else up to 32.
            loss: what is made small; by default cross-entropy after a sigmoid, else the squared
                error.
            shuffle: whether each epoch has an order of its own; by default that of the samples.
            seed: of that order.
        Raises: ``DataError``, ``ShapeError``, ``ParameterError`` before anything is learned.
        """
        return learn(self, samples, rule, epochs, batch, loss, shuffle, seed)

    # --- inside

    @cached_property
    def _program(self) -> ReferenceProgram:
        return ReferenceExecutor().compile(unit_graph(self.inputs, self.function))

    def _run(self, x: Any, output: str) -> Any:
        rows, single = rows_of(x, self.inputs)
        weight = np.array(self.weights).reshape(-1, 1)
        found = self._program.run({"x": rows, "weight": weight, "bias": np.array([self.bias])})
        column = found[output][:, 0]
        return float(column[0]) if single else column


def _weights(given: Any) -> tuple[float, ...]:
    """The weights as Python floats."""
    values = given.tolist() if isinstance(given, np.ndarray) else given
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        hint = f"For one input write [{values}]." if isinstance(values, numbers.Real) else (
            "Write Neuron([0.6, 0.6]), or Neuron.random(2) for random ones."
        )  # fmt: skip
        raise ParameterError(
            wording("Neuron", expected="weights, a list with a number for each input",
                    got=repr(values), remedy=hint)
        )  # fmt: skip
    return tuple(
        FINITE.check("Neuron", f"weight {place}", value) for place, value in enumerate(values, 1)
    )
