"""What can be seen of a memory: its picture, what it stores, the turns of a recall."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.memory.hopfield import Hopfield
from pellucid.memory.naming import StateName, overlaps
from pellucid.scene.memory_scene import MemoryScene, as_picture
from pellucid.scene.past import Past


@dataclass(frozen=True, eq=False)
class Turn:
    """What came of one unit's turn.

    Attributes:
        state: of all units: 1, -1, or 0 for not known.
        energy: of that state.
        unit: whose turn it was; None: the picture as it was drawn.
        still: how many turns in a row have changed nothing.
    """

    state: Array
    energy: float
    unit: int | None = None
    still: int = 0


@dataclass(frozen=True, eq=False)
class Recall:
    """What has been reached: what is stored, the turns since the picture was drawn, the cursor."""

    what: str
    scene: MemoryScene
    turns: tuple[Turn, ...]
    step: int


class MemoryShown:
    """What can be seen, and nothing that changes it.

    Attributes:
        units: how many cells there are, each of them a unit.
    """

    units: int
    _now: Recall
    _past: Past[Recall]
    _memory: Hopfield | None
    _weights: Array

    @property
    def scene(self) -> MemoryScene:
        """Grid, stored pictures, rule and seed; ``drawn`` is what there was at the beginning."""
        return self._now.scene

    @property
    def state(self) -> Array:
        """The picture on the grid: (rows, columns) of 1, -1, and 0 for what is not known."""
        return np.array(self._turn.state.reshape(self.scene.size))

    @property
    def drawn(self) -> Array:
        """The picture as it was drawn, before the first turn."""
        return np.array(self._now.turns[0].state.reshape(self.scene.size))

    @property
    def patterns(self) -> Array:
        """The stored pictures: (patterns, rows, columns)."""
        return np.array(self.scene.patterns, float).reshape(-1, *self.scene.size)

    @property
    def weights(self) -> Array:
        """The weights between all units: (units, units), symmetric, 0 on the diagonal."""
        return self._weights

    @property
    def energy(self) -> float:
        """Of the picture on the grid: -1/2 sum over i and j of w_ij s_i s_j."""
        return self._turn.energy

    @property
    def energies(self) -> Array:
        """Of the picture as it was drawn, and after each turn since, those after the cursor too."""
        return np.array([turn.energy for turn in self._now.turns])

    @property
    def unit(self) -> tuple[int, int] | None:
        """The place of the unit whose turn it was last; None before the first turn."""
        unit = self._turn.unit
        return None if unit is None else divmod(unit, self.scene.size[1])

    @property
    def is_over(self) -> bool:
        """Whether nothing changes any more: all units had their turn since one last did."""
        return self._turn.still >= self.units

    def weights_of(self, place: tuple[int, int]) -> Array:
        """The weights between one unit and all others, as a picture."""
        return np.asarray(self._weights[self._at(place)].reshape(self.scene.size))

    def sum_at(self, place: tuple[int, int]) -> float:
        """What the others tell a unit: sum over j of w_ij s_j. Its sign is what it would take."""
        return float(self._weights[self._at(place)] @ self._turn.state)

    def alike(self) -> Array:
        """How alike the grid and each stored picture are: 1 the same, -1 reversed, 0 by chance."""
        found = overlaps(self._turn.state[None], self.patterns.reshape(-1, self.units))[0]
        return np.asarray(found)

    def name(self) -> StateName | None:
        """What the grid shows: a stored picture, one reversed, a mixture, or none of these."""
        if self._memory is None or not self._turn.state.all():
            return None
        return self._memory.names(self.state[None])[0]

    @property
    def step(self) -> int:
        """How many turns there were since the picture was drawn, at the cursor."""
        return self._now.step

    @property
    def first(self) -> int:
        """The earliest turn that can be seen: the picture as it was drawn."""
        return 0

    @property
    def last(self) -> int:
        """The latest turn that can be seen."""
        return len(self._now.turns) - 1

    @property
    def epoch(self) -> int:
        """How often all units had their turn."""
        return self.step // self.units

    @property
    def edition(self) -> object:
        """Another one for each other set of stored pictures."""
        return self.scene

    @property
    def mark(self) -> object:
        """Equal as long as what is stored, the turns and the cursor are."""
        return self._now

    def standing(self, *, playing: bool = False) -> dict[str, Any]:
        """Where it stands, as plain values."""
        return {
            "step": self.step, "first": self.first, "last": self.last, "epoch": self.epoch,
            "over": self.is_over, "scores": {"energy": self.energy},
            "undo": self.undoable, "redo": self.redoable, "problem": None,
        }  # fmt: skip

    @property
    def undoable(self) -> str | None:
        """What ``undo`` takes back, in a word or two; None: there is nothing."""
        return self._past.undoable(self._now)

    @property
    def redoable(self) -> str | None:
        """What ``redo`` does again, in a word or two; None: there is nothing."""
        return self._past.redoable()

    def played(self) -> MemoryScene:
        """The scene as it is now: what is stored, and what is on the grid."""
        return replace(self.scene, drawn=as_picture(self.state))

    # --- inside

    @property
    def _turn(self) -> Turn:
        return self._now.turns[self._now.step]

    def _at(self, place: tuple[int, int]) -> int:
        rows, columns = self.scene.size
        pair: Any = place
        if len(pair) != 2 or not (0 <= place[0] < rows and 0 <= place[1] < columns):
            raise ShapeError(
                f"The grid has {rows} rows of {columns} cells, got the place {list(place)!r:.60}. "
                f"Places are counted from 0: the last is [{rows - 1}, {columns - 1}]."
            )
        return int(place[0]) * columns + int(place[1])

    def _stored(self, pattern: int) -> int:
        count = len(self.scene.patterns)
        if not 0 <= pattern < count:
            raise ParameterError(
                f"{count} pictures are stored, counted from 0, got {pattern!r:.40}."
            )
        return pattern
