"""A network as the page draws it: what stays while it learns, and what changes with each step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import SUM
from pellucid.inspect.views.live.answers import Answers
from pellucid.inspect.views.live.plane import Plane, as_plane
from pellucid.inspect.views.live.row import Row
from pellucid.inspect.views.live.tiles import painted
from pellucid.inspect.views.outline import Outline, outline
from pellucid.models.network import Network
from pellucid.run.executor import Executor

Stage: TypeAlias = dict[str, Any]
MOST_UNITS, MOST_SUMS, LINES = 256, 4096, 4
"""Of the pictures and strongest weights of a layer those of so many units at most; sums are told of
a layer of so many units at most; so many of a unit's weights are the strongest."""
MOST_PIXELS, MOST_NAMES = 1024, 1_000
_revisions = count(1)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is known besides the network.

    Attributes:
        points: rows by which the plane of two inputs is found; None: no such pictures.
        picture: height and width where the columns of a row are a picture's pixels.
        names: what the numbers of a row are called, where the model does not say.
        has_targets: whether answers are meant as such.
        most_weights: of a layer with more the strongest of each unit are told.
        most_pixels: of a layer with more in all its units' pictures none of these are told.
    """

    points: Any = None
    picture: tuple[int, int] | None = None
    names: Any = None
    has_targets: bool = True
    most_weights: int = 20_000
    most_pixels: int = 1_000_000


class Drawn:
    """A network as it is drawn, made once for each new network.

    Attributes:
        outline, stages: of each layer that is drawn, as it is and as the page is told.
        picture: height and width where the inputs are a picture's pixels.
        pixels: the same where they are of one small picture, so that units have receptive pictures.
        plane: the rows over the plane of two inputs, where there are two.
    """

    def __init__(self, network: Network, executor: Executor, around: Surroundings) -> None:
        self.revision = f"{next(_revisions)}"
        self.network, self.around = network, around
        self.outline = outline(network, around.names)
        self.answers = Answers(network, executor, around.has_targets)
        shape = network.architecture.in_shape
        picture = around.picture if len(shape) == 1 else shape[1:]
        self.picture = tuple(picture) if picture and len(picture) == 2 else None
        area = int(np.prod(self.picture)) if self.picture else 0
        is_one = area == int(np.prod(shape)) and area <= MOST_PIXELS
        self.pixels = self.picture if is_one else None
        flat = all(not part.is_picture for part in self.outline)
        self.plane = Plane.of(network, around.points) if flat else None
        self.stages = [self._fixed(part) for part in self.outline]

    def row(self, x: Any, y: Any = None, sample: str = "") -> Row:
        """A row to look at.

        Parameters:
            x, y: one row and its target, as rows.
            sample: what it is called.
        """
        return Row.of(self.network, x, y, sample, self.picture, self.plane)

    def told(
        self, parameters: Mapping[str, Array], row: Row, given: Mapping[str, Array],
        over: Mapping[str, Array] | None, step: int = 0,
    ) -> dict[str, Any]:  # fmt: skip
        """What the page is told.

        Parameters:
            given: what each layer gives for the row.
            over: the same for the rows over the plane, where there is one.

        Shapes: of a stage ``weights`` is inputs x units; ``biases``, ``sums`` and ``activations``
            are units; ``tiles`` has ``pixels`` units x height x width from 0 to 255 and a ``scale``
            a unit: a value is (pixel - 128) / 127 x scale.
        """
        stages = [{**self.stages[0], **row.told}]
        for place, fixed in enumerate(self.stages[1:], 1):
            stages.append({**fixed, **self._numbers(place, parameters, given, over)})
        scores = self.answers.linked(given[self.outline[-1].gives])
        return {
            "revision": self.revision, "step": step, "stages": stages, "sample": row.sample,
            "target": row.target, "at": row.at, **self.answers.told(scores, row.target),
        }  # fmt: skip

    def _fixed(self, part: Outline) -> Stage:
        found: Stage = {
            "name": part.name, "kind": part.kind, "shape": list(part.shape),
            "notes": list(part.notes), "labels": list(part.labels[:MOST_NAMES]),
            "link": part.link, "activation": part.function, "weight": part.weight,
            "bias": part.bias,
        }  # fmt: skip
        if part is self.outline[0] and self.picture is not None:
            found["picture"] = list(self.picture)
        return found

    def _numbers(
        self, place: int, parameters: Mapping[str, Array], given: Mapping[str, Array],
        over: Mapping[str, Array] | None,
    ) -> Stage:  # fmt: skip
        """What changes of a stage."""
        part = self.outline[place]
        values = given[part.gives][0].reshape(part.shape)
        found: Stage = {}
        if part.is_picture:
            some = min(MOST_UNITS, self.around.most_pixels // max(1, values[0].size))
            found["tiles"] = painted("map", values[:some])
        else:
            found["activations"] = values.astype(np.float32)
        sums = given.get(f"{SUM}{part.name}")
        if sums is not None and not part.is_picture and sums.size <= MOST_SUMS:
            found["sums"] = sums[0].astype(np.float32)
        if part.bias:
            found["biases"] = parameters[part.bias].astype(np.float32)
        if part.weight:
            found |= self._weights(place, parameters[part.weight])
        if over is not None:
            values = over[part.gives]
            is_last = place == len(self.outline) - 1
            values = self.answers.signed(values) if is_last else values
            found["tiles"] = painted("decision", as_plane(values))
        return found

    def _weights(self, place: int, weights: Array) -> Stage:
        """All of them, or the strongest; and as pictures where the inputs are one."""
        found: Stage = {}
        if weights.size <= self.around.most_weights:
            found["weights"] = weights.astype(np.float32)
        else:
            found["strongest"] = strongest(weights[:, :MOST_UNITS])
        if place == 1 and self.pixels is not None and self.plane is None:
            units = min(weights.shape[1], MOST_UNITS)
            if units * self.pixels[0] * self.pixels[1] > self.around.most_pixels:
                return found
            pictures = np.ascontiguousarray(weights[:, :units].T).reshape(units, *self.pixels)
            found["tiles"] = painted("weights", pictures)
        return found


def strongest(weights: Array, lines: int = LINES) -> dict[str, Array]:
    """The places and values of each unit's strongest weights.

    Shapes: inputs x units -> units x lines, both.
    """
    lines = min(lines, len(weights))
    own = np.ascontiguousarray(weights.T)
    sizes, units = np.abs(own), np.arange(len(own))
    places = np.empty((len(own), lines), np.int32)
    for line in range(lines):  # a few passes are quicker than a partition
        places[:, line] = sizes.argmax(axis=1)
        sizes[units, places[:, line]] = -1
    return {"from": places, "weights": np.take_along_axis(own, places, 1).astype(np.float32)}
