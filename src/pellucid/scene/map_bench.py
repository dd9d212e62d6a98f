"""A bench for a self-organising map: learn, look, rewind, branch, and ask what lies where.

It holds the ``Bench`` of a network of one layer, whose weights are the places of the map's units:
so every step of a map is reached again to the bit, as any other.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench
from pellucid.scene.map_scene import MapScene

WEIGHT = "dense_1.weight"
PORTION = 2000
"""So many steps at a time when nobody asked for fewer: a sample a step, they are short."""


class MapBench:
    """A map on its samples, as someone plays with it; one thread at a time.

    Parameters:
        scene: what to begin with; the steps that were taken are taken.
        folder: of the session, where uploaded files lie.

    Raises: what is wrong with the scene.

    Example:
        >>> bench = MapBench(MapScene(rows=4, columns=4, steps=200))
        >>> before = bench.quantisation_error()
        >>> bench.to_end()
        >>> bench.step, bench.quantisation_error() < before
        (200, True)
    """

    kind = "map"

    def __init__(self, scene: MapScene, folder: Path | None = None) -> None:
        self.folder = folder
        plain = replace(scene, taken=0)
        self.inner = Bench(plain.learning(), folder)
        self._known = [(self.inner.scene, plain)]
        self._goal = plain.steps
        self._answers: tuple[object, tuple[Array, Array, Array]] | None = None
        self._encoded: tuple[object, tuple[Array, Array, list[str]]] | None = None
        if scene.taken:
            self._goal = max(self._goal, scene.taken)
            self.learn(scene.taken)

    # --- what there is

    @property
    def scene(self) -> MapScene:
        """The scene, without the steps that were taken."""
        inner = self.inner.scene
        return next(own for known, own in self._known if known == inner)

    @property
    def data(self) -> Any:
        """The samples: rows of numbers, and what they are called."""
        return self.inner.data

    @property
    def network(self) -> Any:
        """The network of one layer whose weights are the places."""
        return self.inner.network

    @property
    def step(self) -> int:
        """The samples that were shown."""
        return self.inner.step

    @property
    def first(self) -> int:
        """The earliest step that can be seen."""
        return self.inner.first

    @property
    def last(self) -> int:
        """The latest step that can be seen."""
        return self.inner.last

    @property
    def epoch(self) -> int:
        """How often all samples were shown."""
        return self.inner.epoch

    @property
    def is_over(self) -> bool:
        """Whether the steps planned are done."""
        return self.step >= self._goal

    @property
    def problem(self) -> str | None:
        """Why learning broke off, in words."""
        return self.inner.problem

    @property
    def curve(self) -> dict[str, Array]:
        """The learning curve: the mean squared distance of a sample to its unit."""
        return self.inner.curve

    @property
    def chosen(self) -> int:
        """The row that is looked at."""
        return self.inner.chosen

    def choose(self, row: int) -> None:
        """Look at another row.

        Raises: ``DataError`` for a row that is not there.
        """
        self.inner.choose(row)

    # --- learning and time

    def advance(self, most: int | None = None) -> int:
        """Take a portion of steps, none at the end; how many were taken."""
        left = self._goal - self.step
        if left <= 0:
            return 0
        return self.inner.advance(min(left, PORTION if most is None else most))

    def learn(self, steps: int) -> None:
        """Take so many steps, fewer at the end."""
        goal = self.step + steps
        while self.step < goal and self.advance(goal - self.step):
            pass

    def learn_epochs(self, count: int = 1) -> None:
        """Show all samples once more, or so many times."""
        for _ in range(count):
            self.learn(self.to_epoch_end())

    def to_end(self) -> None:
        """Take the steps planned."""
        while self.advance():
            pass

    def more(self) -> None:
        """At the end, plan as many steps again; the radius and the rate stay low."""
        if self.is_over:
            self._goal = self.step + self.scene.steps

    def to_epoch_end(self) -> int:
        """The steps until all samples were shown once more."""
        return len(self.data.x) - self.step % len(self.data.x)

    def seek(self, step: int) -> None:
        """Go to any step that was reached."""
        self.inner.seek(step)

    def restart(self) -> None:
        """Back to the same start."""
        self.inner.restart()
        self._goal = self.scene.steps

    def change(self, **fields: Any) -> None:
        """Change the scene, for a new start.

        Raises: what is wrong with the new scene; then nothing is changed.
        """
        self.open(replace(self.scene, **fields))

    def open(self, scene: MapScene) -> None:
        """Another scene."""
        plain = replace(scene, taken=0)
        self.inner.open(plain.learning())
        self._known.append((self.inner.scene, plain))
        self._goal = max(plain.steps, scene.taken)
        self.learn(scene.taken)

    @property
    def undoable(self) -> str | None:
        """What would be undone, in a word or two."""
        return self.inner.undoable

    @property
    def redoable(self) -> str | None:
        """What would be done again."""
        return self.inner.redoable

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""
        done = self.inner.undo()
        self._goal = max(self.scene.steps, self.step)
        return done

    def redo(self) -> bool:
        """Do what was undone again; whether there was something."""
        done = self.inner.redo()
        self._goal = max(self.scene.steps, self.step)
        return done

    def played(self) -> MapScene:
        """The scene with the steps that lead to what is seen."""
        return replace(self.scene, taken=self.step)

    # --- the map

    @property
    def places(self) -> Array:
        """Where each unit is, as the map reads samples: (units, features)."""
        return np.asarray(self.network.parameters[WEIGHT].T, np.float64)

    @property
    def centres(self) -> Array:
        """The same in the units of the samples."""
        return np.asarray(self.network.inputs.decode(self.places), np.float64)

    def winners(self, x: Any = None) -> Array:
        """The unit nearest to each row; by default to each sample."""
        return self._nearest()[0] if x is None else self._of(self._read(x))[0]

    def quantisation_error(self) -> float:
        """The mean distance of the samples to their units, in standard deviations."""
        return float(self._nearest()[2].mean())

    def topographic_error(self) -> float:
        """The share of samples whose nearest two units are no neighbours on the map."""
        if self.scene.layout.units < 2:
            return 0.0
        near = self.scene.layout.adjacent(corners=True)
        first, second, _ = self._nearest()
        return float(1.0 - near[first, second].mean())

    def hits(self) -> Array:
        """How many samples each unit is nearest to: (units,)."""
        return np.bincount(self.winners(), minlength=self.scene.layout.units)

    def label_counts(self) -> Array:
        """How many samples of each class each unit is nearest to: (units, classes)."""
        y, names = self.labels()
        counts = np.zeros((self.scene.layout.units, len(names)), int)
        np.add.at(counts, (self.winners(), y), 1)
        return counts

    def labels(self) -> tuple[Array, list[str]]:
        """The class of each sample as a place among their names; none without classes."""
        return self._samples()[1:]

    def purity(self) -> float:
        """The share of samples that have the most frequent class of their unit."""
        counts = self.label_counts()
        return float(counts.max(axis=1).sum() / counts.sum()) if counts.size else 0.0

    def borders(self) -> Array:
        """The mean distance of each unit to its neighbours: (units,). High: a border.

        Source: A. Ultsch, H. Siemon, 1990 (the U-matrix).
        """
        near = self.scene.layout.adjacent()
        apart = np.linalg.norm(self.places[:, None] - self.places[None], axis=2)
        return np.asarray((apart * near).sum(axis=1) / np.maximum(near.sum(axis=1), 1))

    @property
    def radius(self) -> float:
        """How far the next sample's unit takes its neighbours along."""
        return self.scene.rule.radius_at(self.step)

    @property
    def rate(self) -> float:
        """The share of the way that it goes."""
        scene = self.scene
        pace: Any = scene.rule.rate
        return float(pace.rate(self.step, scene.steps))

    # --- what the session asks of any bench

    @property
    def mark(self) -> tuple[object, ...]:
        """Equal as long as the map's numbers, its data and the chosen row are."""
        return self.inner.mark

    @property
    def edition(self) -> object:
        """Another one whenever the scene or the data are others."""
        return self.inner.edition

    def scores(self) -> dict[str, float]:
        """What the map is measured by."""
        return {"distance": self.quantisation_error()}

    def standing(self, *, playing: bool = False) -> dict[str, Any]:
        """Where it stands, as plain values."""
        return {
            "step": self.step, "first": self.first, "last": self.last, "epoch": self.epoch,
            "epochs": -(-self._goal // len(self.data.x)), "over": self.is_over,
            "scores": self.scores(), "undo": self.undoable, "redo": self.redoable,
            "problem": self.problem, "chosen": self.chosen, "rows": len(self.data.x),
            "parameters": self.places.size,
        }  # fmt: skip

    # --- inside

    def _read(self, x: Any) -> Array:
        return np.asarray(self.network.inputs.encode(x, np.float64), np.float64)

    def _samples(self) -> tuple[Array, Array, list[str]]:
        """The samples as the map reads them, and their classes: found once for the same data."""
        ready = self.inner.ready
        if self._encoded is None or self._encoded[0] is not ready:
            data = ready.data
            names, places = [], np.zeros(len(data.x), int)
            if data.kind == "classes":
                known, places = np.unique(data.y, return_inverse=True)
                names = [str(name) for name in known]
            self._encoded = ready, (self._read(data.x), places, names)
        return self._encoded[1]

    def _of(self, rows: Array) -> tuple[Array, Array, Array]:
        """The nearest unit of each row, the next, and how far the nearest is."""
        places = self.places
        squares = np.square(places).sum(axis=1) - 2.0 * rows @ places.T
        first, every = squares.argmin(axis=1), np.arange(len(rows))
        least = squares[every, first] + np.square(rows).sum(axis=1)
        squares[every, first] = np.inf
        return first, squares.argmin(axis=1), np.sqrt(np.maximum(least, 0.0))

    def _nearest(self) -> tuple[Array, Array, Array]:
        """The same of the samples: computed once a step."""
        mark = self.inner.mark[:3]
        if self._answers is None or self._answers[0] != mark:
            self._answers = mark, self._of(self._samples()[0])
        return self._answers[1]


def unit_told(bench: MapBench, unit: int) -> dict[str, Any]:
    """What a unit stands for: its place, its samples, their classes.

    Raises: ``ParameterError`` for a unit that is not there.
    """
    count = bench.scene.layout.units
    if not 0 <= unit < count:
        raise ParameterError(
            f"The map has units 0 to {count - 1}, got {unit}. Choose one of these."
        )
    rows = np.flatnonzero(bench.winners() == unit)
    names = bench.labels()[1]
    counts = bench.label_counts()[unit]
    centre = bench.centres[unit]
    return {
        "unit": unit, "row": unit // bench.scene.columns, "column": unit % bench.scene.columns,
        "rows": rows[:50].tolist(), "hits": len(rows),
        "classes": [
            {"name": name, "count": int(count)}
            for name, count in zip(names, counts, strict=True) if count
        ],
        "values": [
            {"name": name, "value": float(value)}
            for name, value in zip(bench.data.feature_names, centre, strict=False)
        ],
    }  # fmt: skip


__all__ = ["MapBench", "MapScene", "unit_told"]
