"""What a learning rule is: a function from a model's graph to update nodes.

Gradient rules and local rules meet here: each sees one training step as nodes and answers with the
nodes of the next parameters. So each is drawn, explained, checked, compiled and run in the same
way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.graph import Builder, Value
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared
from pellucid.learn.minimizer import Minimizer
from pellucid.learn.schedules import Schedule
from pellucid.nn.architecture import Architecture
from pellucid.nn.losses import Loss


@dataclass(frozen=True)
class Situation:
    """One training step, as nodes.

    Attributes:
        builder: the graph being grown; new nodes get the role ``update``.
        architecture: the layers and the layout of their parameters.
        params: all learned parameters as one flat vector.
        parameters: the same by full name, in their own shapes.
        notes: values the layers noted: of a Dense its input ``dense_1.x``, weighted sum
            ``dense_1.z`` and output ``dense_1.y``.
        output: the network's raw output.
        target: what was hoped for.
        weight: the weight of each sample.
        batch: the nominal number of samples a step; a short last batch counts for less.
        objective: the weighted sum of the samples' losses divided by ``batch``.
        rate: the learning rate of this step.
        time: the number of this step, counted from 1.
        slots: the rule's own carried values, by name.
    """

    builder: Builder
    architecture: Architecture
    params: Value
    parameters: Mapping[str, Value]
    notes: Mapping[str, Value]
    output: Value
    target: Value
    weight: Value
    batch: int
    objective: Value
    rate: Value
    time: Value
    slots: Mapping[str, Value]


@dataclass(frozen=True)
class Update:
    """A rule's answer: the next parameters, the next slots, and what it reports of the step."""

    params: Value
    slots: Mapping[str, Value] = field(default_factory=dict)
    reported: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule(Declared, ABC):
    """A way to learn."""

    @property
    @abstractmethod
    def schedule(self) -> Schedule:
        """The learning rate of each step."""

    @property
    def batch(self) -> int | None:
        """The batch size the rule is meant for; None: any."""
        return None

    @property
    def minimizer(self) -> Minimizer | None:
        """What moves the parameters in place of ``update``, all samples at once; None: nothing."""
        return None

    @property
    def loss(self) -> Loss | None:
        """The loss of a rule that learns without targets; None: it needs targets."""
        return None

    def penalty(
        self, builder: Builder, architecture: Architecture, parameters: Mapping[str, Value]
    ) -> Value | None:
        """Add the nodes of what the rule adds to the loss; None: nothing."""
        return None

    def slots(self, architecture: Architecture) -> dict[str, Array]:
        """The first values of what it carries from step to step; nothing unless it says so."""
        return {}

    @abstractmethod
    def update(self, now: Situation) -> Update:
        """Add the update nodes of one step."""

    def entries(
        self, step: int, rows: Sequence[int], reported: Mapping[str, Array]
    ) -> list[dict[str, Any]]:
        """A step's reported values as rows of a log; nothing unless the rule keeps one."""
        return []
