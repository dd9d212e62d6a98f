"""What was drawn before a bench, and what its network says to it, now and as it learns on."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench
from pellucid.scene.drawing import Strokes, as_trained, checked


@dataclass(frozen=True, eq=False)
class Sketch:
    """A drawing, as it was drawn and as the network sees it.

    Attributes:
        strokes: its lines, from 0 to 1 across and down.
        row: a row as the data have them.
    """

    strokes: list[list[tuple[float, float]]]
    row: Array


_SKETCHES: WeakKeyDictionary[Bench, Sketch] = WeakKeyDictionary()


def draw(bench: Bench, strokes: Strokes) -> Sketch:
    """Lay a drawing before a bench's network.

    Raises: ``DataError`` for an empty drawing, or where the data are no digits;
        ``ParameterError`` for strokes that are none.
    """
    lines = checked(strokes)
    found = Sketch(lines, as_trained(lines, bench.data))
    _SKETCHES[bench] = found
    return found


def wipe(bench: Bench) -> None:
    """Take the drawing away."""
    _SKETCHES.pop(bench, None)


def sketch_of(bench: Bench) -> Sketch | None:
    """The drawing that lies before a bench; None where there is none for the data at hand."""
    found = _SKETCHES.get(bench)
    fits = found is not None and found.row.shape == bench.data.x.shape[1:]
    return found if fits else None


def chances(bench: Bench) -> dict[str, float]:
    """What the network takes the drawing for: the chance of each class, by its name.

    Raises: ``DataError`` where nothing is drawn, or the network has no classes.
    """
    found, network = sketch_of(bench), bench.network
    if found is None:
        raise DataError("Nothing is drawn yet. Draw a digit first.")
    if network.classes is None:
        raise DataError("This network answers with numbers, and not with classes.")
    given: Any = network.predict_proba(found.row[None])[0]
    return {str(name): float(c) for name, c in zip(network.classes, np.ravel(given), strict=True)}


def answer(bench: Bench) -> str | None:
    """The class that the drawing is taken for; None where nothing is drawn.

    It is asked after each step: the largest output tells, without chances.
    """
    found, network = sketch_of(bench), bench.network
    if found is None or network.classes is None:
        return None
    last = network.architecture.layers[-1][0]
    outputs = np.ravel(bench.outputs(found.row[None])[last])
    if len(outputs) != len(network.classes):  # two classes with one output
        return str(network.predict(found.row[None])[0])
    return str(network.classes[int(outputs.argmax())])
