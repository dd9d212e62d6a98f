"""What is known of a run that diverged, gathered for those who look for the cause."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.inspect.autopsy.scene import Scene
from pellucid.inspect.health.look import Look
from pellucid.inspect.health.story import Story
from pellucid.run.executor import Precision

GROWN, LONG = 10.0, 0.5
"""How many times as long the weights are as at the start, and how much of them one step changes,
where they are said to run away."""


@dataclass(frozen=True, eq=False)
class Case:
    """A failed step and the way to it.

    Attributes:
        story: the run, with looks at the rows of its own steps: its first, and the last few up to
            the one that failed.
        scene: the first value that broke; None where doing the step again broke nothing.
        step: how many steps were taken before the failed one.
        row: the row learned from that the value belongs to.
        precision: what the run computed with.
        wide: whether the same step is finite in float64.
        largest: the size of the largest parameter, at each of the looks.
    """

    story: Story
    scene: Scene | None
    step: int
    row: int | None
    precision: Precision
    wide: bool
    largest: tuple[float, ...]

    @property
    def first(self) -> Look:
        """The look at the run's first step."""
        return self.story.looks[0]

    @cached_property
    def growth(self) -> float:
        """How many times as large the largest parameter is as at the start."""
        return self.largest[-1] / max(self.largest[0], 1e-3)

    @cached_property
    def longest(self) -> float:
        """The largest change of a layer in one step, beside its weights, that was finite."""
        ratios = [
            layer.ratio
            for look in self.story.looks
            for layer in look.learning
            if layer.weight > 1e-3 and np.isfinite(layer.ratio)
        ]
        return max(ratios, default=0.0)

    @property
    def runs_away(self) -> bool:
        """Whether the weights grew out of bounds, step by step."""
        return self.growth > GROWN

    @property
    def lengthens(self) -> float:
        """By how much a layer lengthens its input, on average, at the first step; 1 if it keeps."""
        sizes = [layer.size for layer in self.first.learning if np.isfinite(layer.size)]
        if len(sizes) < 2 or not sizes[0] > 0:
            return 1.0
        return float((sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1)))
