"""The plane of two inputs: on it each unit has a picture of what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import read
from pellucid.inspect.views.live.tiles import painted
from pellucid.models.network import Network

PLACES, MARGIN = 24, 0.12


@dataclass(frozen=True, eq=False)
class Plane:
    """Rows over the plane of two inputs, as the network reads them.

    Attributes:
        low, high: the ends of both inputs.
        tiles: of the inputs themselves.
    """

    encoded: Array
    low: Array
    high: Array
    tiles: dict[str, Any]

    @classmethod
    def of(cls, network: Network, x: Any) -> Plane | None:
        """The plane of rows; None where there are not two inputs that are numbers."""
        if x is None or isinstance(x, Table) or np.ndim(x) != 2 or np.shape(x)[1] != 2:
            return None
        if network.architecture.in_shape != (2,):
            return None
        low, high = np.min(x, axis=0).astype(float), np.max(x, axis=0).astype(float)
        pad = np.where(high > low, MARGIN * (high - low), 1.0)
        low, high = low - pad, high + pad
        across, up = (np.linspace(low[k], high[k], PLACES) for k in (0, 1))
        grid = np.stack([part.reshape(-1) for part in np.meshgrid(across, up)], axis=1)
        encoded = read(network, grid)
        return cls(encoded, low, high, painted("decision", as_plane(encoded)))

    def place(self, row: Array) -> list[float]:
        """Where a row lies, from 0 to 1, to the right and down."""
        share = (row - self.low) / (self.high - self.low)
        return [float(share[0]), float(1 - share[1])]


def as_plane(values: Array) -> Array:
    """Rows over the plane x units as units x height x width, the highest on top."""
    return values.T.reshape(values.shape[1], PLACES, PLACES)[:, ::-1]
