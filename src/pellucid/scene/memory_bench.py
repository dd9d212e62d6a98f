"""A memory as someone plays with it: draw, store, damage, and watch it come back.

Recall goes turn by turn, in the order of ``Hopfield.recall``: the same states, and energies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.learn.stepwise import Orders
from pellucid.memory.coding import damaged
from pellucid.memory.hopfield import Hopfield
from pellucid.memory.recall import recall_graph
from pellucid.run.choose import executor
from pellucid.run.executor import Feed
from pellucid.scene.memory_scene import MemoryScene, Picture, as_picture
from pellucid.scene.memory_shown import MemoryShown, Recall, Turn
from pellucid.scene.past import Past

__all__ = ["MemoryBench", "MemoryScene", "as_picture"]


class MemoryBench(MemoryShown):
    """A memory on its grid; one thread at a time.

    Parameters:
        scene: what to begin with.

    Attributes:
        kind: what it is to the studio.

    Example:
        >>> from pellucid.memory import drawn
        >>> picture = as_picture(drawn("##.. ##.. ..## ..##".replace(" ", chr(10))))
        >>> bench = MemoryBench(MemoryScene((4, 4), (picture,), drawn=picture))
        >>> bench.damage(0.25, seed=1)
        >>> bench.settle()
        >>> str(bench.name())
        'pattern 0'
    """

    kind = "memory"

    def __init__(self, scene: MemoryScene, folder: Any = None) -> None:
        size = scene.size[0] * scene.size[1]
        self.units = size
        self._executor = executor("auto", "float64", 1)
        self._orders = Orders(self._executor, size, shuffle=True)
        self._program = self._executor.compile(recall_graph(size, 1))
        self._past = Past[Recall]()
        self._learn(scene)
        drawn = np.array(scene.drawn, float) if scene.drawn else -np.ones(scene.size)
        self._now = Recall("start", scene, (self._first(drawn),), 0)

    # --- drawing

    def draw(self, place: tuple[int, int], value: int, *, goes_on: bool = False) -> None:
        """Give a cell of the grid a value: 1, -1, or 0 for not known.

        Parameters:
            goes_on: whether it belongs to the stroke before it, and is undone with it.
        """
        if value not in (-1, 0, 1):
            raise ParameterError(f"A cell is 1 (on), -1 (off) or 0 (not known), got {value!r:.40}.")
        state = self._turn.state.copy()
        state[self._at(place)] = value
        self._put("drawing", state, goes_on)

    def show(self, pattern: int) -> None:
        """Put a stored picture on the grid."""
        self._put("showing a stored picture", self.patterns[self._stored(pattern)])

    def clear(self) -> None:
        """Turn all cells off."""
        self._put("clearing the grid", -np.ones(self.units))

    def invert(self) -> None:
        """Turn each cell into its reverse."""
        self._put("reversing the grid", -self._turn.state)

    def damage(self, share: float, seed: int = 0) -> None:
        """Turn a share of the cells, drawn from the seed; see ``pellucid.memory.damaged``."""
        if not self._turn.state.all():
            raise DataError(
                "Some cells are covered, and what is not known cannot be damaged. Draw them on or "
                "off, or let the memory complete them."
            )
        self._put("damage", damaged(self.state[None], share, seed=seed)[0])

    def cover(self, share: float) -> None:
        """Cover the lower part of the grid: of its cells nothing is known any more.

        Parameters:
            share: of the rows, 0 to 1.
        """
        if not 0 <= share <= 1:
            raise ParameterError(f"A share is from 0 to 1, got {share!r:.40}.")
        covered, rows = self.state, self.scene.size[0]
        covered[rows - round(share * rows) :] = 0
        self._put("covering", covered)

    # --- storing

    def store(self) -> None:
        """Store what is drawn, beside what is stored already.

        Raises: ``DataError`` for a picture with cells that are not known, or one that is there
            already; ``ParameterError`` for one too many.
        """
        if not self._turn.state.all():
            raise DataError(
                "Some cells are covered; a picture that is stored has each on or off. Draw them, "
                "or let the memory complete them."
            )
        picture = as_picture(self.state)
        if picture in self.scene.patterns:
            raise DataError("This picture is stored already. Change a cell, or draw another one.")
        self._rescened("storing", patterns=(*self.scene.patterns, picture))

    def forget(self, pattern: int | None = None) -> None:
        """Forget a stored picture, or all of them: the weights are made again without it."""
        kept: tuple[Picture, ...] = ()
        if pattern is not None:
            place = self._stored(pattern)
            kept = self.scene.patterns[:place] + self.scene.patterns[place + 1 :]
        self._rescened("forgetting", patterns=kept)

    def change(self, **fields: Any) -> None:
        """Change the rule or the seed of the scene; what is stored is learned again."""
        if not set(fields) <= {"rule", "seed"}:
            raise ParameterError("Of a memory's scene the rule and the seed can change.")
        self._rescened("another setting", **fields)

    # --- recalling

    def advance(self, most: int | None = None) -> tuple[Turn, ...]:
        """Let units have their turn: one sweep of all, or at most so many; none once it is over."""
        taken: list[Turn] = []
        if not self.is_over and self._now.what != "recall":
            self._remember("recall")
        turns = list(self._now.turns[: self.step + 1])
        while len(taken) < (self.units if most is None else most) and not self.is_over:
            turns.append(self._next(turns[-1], len(turns) - 1))
            taken.append(turns[-1])
            self._now = replace(self._now, turns=tuple(turns), step=len(turns) - 1)
        return tuple(taken)

    def turn(self) -> bool:
        """Let one unit have its turn: it takes the sign of its sum. Whether it changed."""
        return any(turn.still == 0 for turn in self.advance(1))

    def next_change(self) -> bool:
        """Turns until a unit changes, or nothing changes any more. Whether one changed."""
        while not self.is_over:
            if self.turn():
                return True
        return False

    def settle(self) -> None:
        """Turns until nothing changes any more; the energy never rises, so that comes."""
        while self.advance():
            pass

    to_end = settle

    def more(self) -> None:
        """Nothing: a recall that has come to rest is over."""

    def seek(self, step: int) -> None:
        """Go to any turn since the picture was drawn.

        Raises: ``ParameterError`` for one that was not reached.
        """
        if not 0 <= step <= self.last:
            raise ParameterError(
                f"Turns 0 to {self.last:,} can be seen, got {step:,}. Let units have their turn to "
                "reach a later one."
            )
        self._now = replace(self._now, step=step)

    def restart(self) -> None:
        """Back to the picture as it was drawn."""
        self.seek(0)

    def to_epoch_end(self) -> int:
        """The turns until all units had theirs."""
        return self.units - self.step % self.units

    # --- going back

    def undo(self) -> bool:
        """Take back the last thing that was done. Whether there was one."""
        return self._moved(self._past.undo(self._now))

    def redo(self) -> bool:
        """Do again what was taken back. Whether there was something."""
        return self._moved(self._past.redo(self._now))

    # --- inside

    def _learn(self, scene: MemoryScene) -> None:
        """Make the weights of what is stored."""
        self._memory: Hopfield | None = None
        self._weights: Array = np.zeros((self.units, self.units))
        if scene.patterns:
            memory = Hopfield(scene.rule, seed=scene.seed, threads=1)
            self._memory = memory.fit(np.array(scene.patterns, float))
            self._weights = self._memory.weights

    def _first(self, state: Array) -> Turn:
        """A picture that was drawn."""
        flat = np.array(state, float).reshape(-1)
        picture = flat.reshape(1, *(self._memory.coding.shape if self._memory else (-1,)))
        return Turn(flat, 0.0 if self._memory is None else float(self._memory.energy(picture)[0]))

    def _next(self, before: Turn, step: int) -> Turn:
        """What comes of the next unit's turn."""
        sweep, k = divmod(step, self.units)
        unit = self._orders.of(self.scene.seed, sweep)[k : k + 1]
        carried = {"state": before.state[:, None].copy(), "energy": np.array([before.energy])}
        feed = Feed({"weight": self._weights, "unit": np.arange(self.units)}, unit, 1)
        result = self._program.steps(carried, feed)
        changed = bool(result.reported["changed"][0, 0])
        state, energy = result.carried["state"][:, 0].copy(), float(result.carried["energy"][0])
        return Turn(state, energy, int(unit[0]), 0 if changed else before.still + 1)

    def _put(self, what: str, state: Array, goes_on: bool = False) -> None:
        """Another picture on the grid: a new recall begins."""
        if not (goes_on and self._now.what == what and self._past.before):
            self._remember(what)
        self._now = replace(self._now, what=what, turns=(self._first(state),), step=0)

    def _rescened(self, what: str, **fields: Any) -> None:
        scene = replace(self.scene, **fields)
        self._learn(scene)
        self._remember(what)
        first = self._first(self._turn.state)
        self._now = Recall(what, scene, (first,), 0)

    def _remember(self, what: str) -> None:
        self._past.remember(self._now)
        self._now = replace(self._now, what=what)

    def _moved(self, found: Recall | None) -> bool:
        """Be where one was before, or had been; whether there was such a thing."""
        if found is None:
            return False
        other = found.scene != self.scene
        self._now = found
        if other:
            self._learn(self.scene)
        return True
