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

    def attribute(self, x: Any, method: str = "integrated_gradients", **options: Any) -> Any:
        """Share the answer for one row out among its columns or pixels.

        See ``pellucid.inspect.attribute``.
        """
        return _inspect("attribute").attribute(self, x, method, **options)

    def importance(self, x: Any, y: Any, **options: Any) -> Any:
        """What its answers depend on: columns by shuffling and by weights, or a map of pictures.

        See ``pellucid.inspect.side_by_side``.
        """
        return _inspect("side_by_side").importance(self, x, y, **options)


class LookingBack:
    """What a run can be asked about its steps."""

    def at(self, step: int) -> Any:
        """The network as it was after so many steps. See ``pellucid.inspect.replay``."""
        return _inspect("replay").at(self, step)

    def trace(self, step: int) -> Any:
        """Every value of the step that was taken after ``step`` steps."""
        return _inspect("replay").trace_at(self, step)


def _inspect(module: str) -> Any:
    return importlib.import_module(f"pellucid.inspect.{module}")
