"""What a network and a run hand on to ``pellucid.inspect``, so that one can ask them themselves.

``inspect`` looks at networks, and so is above them; each method fetches its function when called.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.learn.rule import Rule


class Looking:
    """What a network can be asked about the way to its answers."""

    def trace(
        self, x: Any, y: Any = None, *, rule: Rule | str | None = None, batch: int | None = None
    ) -> Any:
        """Every value of a prediction for ``x``; with ``y`` of a whole training step.

        See ``pellucid.inspect.trace``.
        """
        return _inspect("trace").trace(self, x, y, rule=rule, batch=batch)


class LookingBack:
    """What a run can be asked about its steps.

    Attributes:
        rows: the places of the rows learned from in the data that ``fit`` was given.
        watching: the looks taken while it learned, with ``fit(health=True)``.
    """

    rows: Any = None
    watching: Any = None

    def at(self, step: int) -> Any:
        """The network as it was after so many steps. See ``pellucid.inspect.replay``."""
        return _inspect("replay").at(self, step)

    def branch(self, step: int, **settings: Any) -> Any:
        """Go on from a step with other settings, in a copy; gives a new run."""
        return _inspect("replay").branch(self, step, **settings)

    def trace(self, step: int) -> Any:
        """Every value of the step that was taken after ``step`` steps."""
        return _inspect("replay").trace_at(self, step)

    def watch(self, health: Any) -> None:
        """Look at the network while it learns; for a run that has not begun."""
        self.watching = _inspect("health").watch(self, health) if health else None

    def health(self, **options: Any) -> Any:
        """What is amiss with the training, why, and what to do. See ``pellucid.inspect.health``."""
        return _inspect("health").health(self, **options)

    def autopsy(self) -> Any:
        """Why a run that diverged did so. See ``pellucid.inspect.autopsy``."""
        return _inspect("autopsy").autopsy(self)


def _inspect(module: str) -> Any:
    return importlib.import_module(f"pellucid.inspect.{module}")
