"""A memory as a record: the grid, what is stored, what is drawn."""

from __future__ import annotations

from typing import Any, TypeAlias

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Declared, hyper
from pellucid.memory.hopfield import STORAGES

MOST_SIDE = 20
MOST_PATTERNS = 200
Picture: TypeAlias = tuple[tuple[int, ...], ...]
"""Rows of cells, 1 (on), -1 (off) or 0 (not known)."""


@dataclass(frozen=True)
class MemoryScene(Declared):
    """A memory and what is drawn on its grid.

    Parameters:
        size: rows and columns of the grid; each cell is a unit.
        patterns: the pictures that are stored, of 1 and -1.
        drawn: the picture on the grid, of 1, -1, and 0 for what is not known; none: all off.
        rule: how pictures become weights: as of ``pellucid.memory.Hopfield``.
        seed: of the order in which the units have their turn.
    """

    size: tuple[int, int] = hyper((10, 10), kind=tuple, doc="the grid's rows and columns")
    patterns: tuple[Picture, ...] = hyper((), kind=tuple, doc="the pictures that are stored")
    drawn: Picture = hyper((), kind=tuple, doc="the picture on the grid")
    rule: str = hyper("hebb", kind=str, choices=STORAGES, doc="how pictures become weights")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of the order of the units")

    def __post_init__(self) -> None:
        super().__post_init__()
        sides: Any = self.size
        whole = len(sides) == 2 and all(type(side) is int for side in sides)
        if not whole or not all(1 <= side <= MOST_SIDE for side in sides) or max(sides) < 2:
            raise ParameterError(
                f"MemoryScene expects size to be rows and columns, 1 to {MOST_SIDE} each and 2 "
                f"cells at least, got {sides!r:.60}."
            )
        if len(self.patterns) > MOST_PATTERNS:
            raise ParameterError(
                f"MemoryScene stores at most {MOST_PATTERNS} pictures, got {len(self.patterns):,}."
            )
        for picture in self.patterns:
            self._check("patterns", picture, (-1, 1))
        if self.drawn:
            self._check("drawn", self.drawn, (-1, 0, 1))

    def bench(self, folder: Any = None) -> Any:
        """Where it is played with: a ``MemoryBench``."""
        from pellucid.scene.memory_bench import MemoryBench

        return MemoryBench(self, folder)

    def to_record(self) -> dict[str, Any]:
        """As JSON values; ``scene_from_record`` reads them."""
        from pellucid.scene.scene import scene_to_record

        return scene_to_record(self)

    def _check(self, name: str, picture: Any, values: tuple[int, ...]) -> None:
        rows, columns = self.size
        fits = isinstance(picture, tuple) and len(picture) == rows
        fits = fits and all(isinstance(row, tuple) and len(row) == columns for row in picture)
        if not fits or any(cell not in values for row in picture for cell in row):
            raise ParameterError(
                f"A picture in {name} of MemoryScene is {rows} rows of {columns} cells, each "
                f"{' or '.join(map(str, values))}. At least one is not."
            )


def as_picture(state: Array) -> Picture:
    """A state as rows of whole numbers."""
    return tuple(tuple(int(cell) for cell in row) for row in state)
