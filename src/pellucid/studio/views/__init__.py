"""What panels show: functions of the bench, each giving plain values and arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from pellucid.dataclass import dataclass


@dataclass(frozen=True)
class View:
    """Where a view is computed, and how often it is wanted at most.

    Attributes:
        module: of this package.
        function: in it; of the bench.
        every: seconds from one to the next at least.
        of: the kinds of benches that have it.
        still: whether it changes only with the scene, not with each step.
    """

    module: str
    function: str
    every: float = 1 / 30
    of: tuple[str, ...] = ("network",)
    still: bool = False

    def compute(self, bench: Any) -> dict[str, Any]:
        """What it shows now."""
        module = import_module(f"pellucid.studio.views.{self.module}")
        found: dict[str, Any] = getattr(module, self.function)(bench)
        return found


VIEWS: Mapping[str, View] = {
    "scene": View("scene", "scene", still=True),
    "curves": View("curves", "curves", 0.2),
    "boundary": View("boundary", "boundary", 0.1),
    "network": View("network", "network"),
    "truth": View("truth", "truth", 0.1),
    "mistakes": View("mistakes", "mistakes", 0.2),
    "weights": View("weights", "weights", 0.1),
    "data": View("data", "data", still=True),
    "confusion": View("confusion", "confusion", 0.3),
    "gradients": View("gradients", "gradients", 0.3),
    "sample": View("sample", "sample", 0.1),
    "line": View("line", "line", 1 / 20),
    "functions": View("functions", "functions", 0.1),
    "surface": View("surface", "surface", 0.2),
    "memory": View("memory", "memory", of=("memory",)),
    "digit": View("digit", "digit", 0.05),
    "maps": View("maps", "maps", 0.1),
    "compare": View("compare", "compare", 0.3),
    "map": View("map", "map_", 0.05, of=("map",)),
}
