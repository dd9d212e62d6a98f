"""The row that is looked at, as the network reads it and as the user knows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.codec import TableCodec
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import read
from pellucid.inspect.views.live.answers import word
from pellucid.inspect.views.live.plane import Plane
from pellucid.models.network import Network

MOST_SHOWN, MOST_TARGETS = 1_000, 8


@dataclass(frozen=True, eq=False)
class Row:
    """The row that is looked at.

    Attributes:
        encoded: as the network reads it.
        told: what the page is told of the inputs.
        sample, target: in words.
        at: where it lies on the plane, from 0 to 1 to the right and down; None where there is none.
    """

    encoded: Array
    told: dict[str, Any]
    sample: str
    target: str
    at: list[float] | None

    @classmethod
    def of(
        cls, network: Network, x: Any, y: Any, sample: str, picture: tuple[int, ...] | None,
        plane: Plane | None,
    ) -> Row:  # fmt: skip
        """One row of x and its target, if it has one."""
        encoded = read(network, x)
        values = np.asarray(encoded[0], float)
        told: dict[str, Any] = {"activations": values.reshape(-1).astype(np.float32)}
        if picture is not None:
            told["shown"] = _pixels(x, picture)
        elif not isinstance(x, Table) and not isinstance(network.inputs, TableCodec):
            raw = np.asarray(x, float).reshape(-1)[:MOST_SHOWN]
            told["given"] = [word(value) for value in raw]
        if plane is not None:
            told["tiles"] = plane.tiles
        wanted = [] if y is None else np.asarray(y).reshape(-1)[:MOST_TARGETS].tolist()
        target = ", ".join(word(value) for value in wanted)
        at = None if plane is None else plane.place(np.asarray(x, float).reshape(-1))
        return cls(encoded, told, sample, target, at)


def _pixels(x: Any, picture: tuple[int, ...]) -> Array:
    """A picture as bytes, from black to white, a channel after the other."""
    values = np.asarray(x, float).reshape(-1, *picture)
    low, high = min(0.0, float(values.min())), float(values.max())
    return np.rint(255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)
