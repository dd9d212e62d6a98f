"""The scene of a self-organising map: samples, the grid laid over them, and how it learns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.hyper import Declared, hyper
from pellucid.learn.local import Grid, Kohonen
from pellucid.learn.local.kohonen import GRIDS
from pellucid.learn.schedules import Exponential
from pellucid.nn.dense import Dense
from pellucid.nn.init import Normal
from pellucid.scene.source import Sample, Source

if TYPE_CHECKING:
    from pellucid.scene.map_bench import MapBench
    from pellucid.scene.scene import Scene

FALL = 0.01
"""What is left of the rate at the end."""
CRUMPLED = 0.1
"""The map begins as small as this, in standard deviations, in the middle of the samples."""
WITHOUT_END = 10**9


@dataclass(frozen=True)
class MapScene(Declared):
    """A map and what it is laid over.

    Parameters:
        source: where the samples come from; their labels are shown, and not learned from.
        rows, columns: the size of the map; unit k is in row k // columns, column k % columns.
        grid: rectangular, or hexagonal, where each unit has six neighbours.
        radius, last_radius: how far a sample's unit takes its neighbours along, at first and at the
            end.
        rate: the share of the way to a sample that its unit goes, at first; it falls to a hundredth
            of that.
        steps: the samples that are shown until the end; the radius falls as long.
        scale: whether columns are brought to mean 0 and deviation 1.
        seed: of the first places and of the order.
        taken: the steps that were taken.
    """

    source: Source = hyper(Sample("blobs"), kind=Source, doc="where the samples come from")
    rows: int = hyper(8, kind=int, low=1, high=30, doc="how many units there are down")
    columns: int = hyper(8, kind=int, low=1, high=30, doc="how many units there are across")
    grid: str = hyper("rectangular", kind=str, choices=GRIDS, doc="the form of the grid")
    radius: float = hyper(4.0, above=0, high=60, doc="the first radius", unit="units of the grid")
    last_radius: float = hyper(
        0.7, above=0, high=60, doc="the last radius", unit="units of the grid"
    )
    rate: float = hyper(0.5, above=0, high=1, doc="the first learning rate")
    steps: int = hyper(5000, kind=int, low=1, high=10**6, doc="the steps to the end", unit="steps")
    scale: bool = hyper(True, kind=bool, doc="whether columns are scaled")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of all that is random")
    taken: int = hyper(0, kind=int, low=0, high=10**7, doc="the steps that were taken")

    @property
    def layout(self) -> Grid:
        """Where the units are on the map."""
        return Grid(self.rows, self.columns, self.grid)

    @property
    def rule(self) -> Kohonen:
        """How it learns."""
        return Kohonen(
            Exponential(self.rate, FALL, self.steps), self.layout, self.radius, self.last_radius,
            self.steps,
        )  # fmt: skip

    def learning(self) -> Scene:
        """The scene of the network that learns: one Dense layer, whose weights are the places."""
        from pellucid.scene.scene import Scene

        layer = Dense(self.layout.units, bias=False, weight_init=Normal(CRUMPLED))
        return Scene(
            Numbers(self.source), output=layer, rule=self.rule, epochs=WITHOUT_END,
            scale=self.scale, seed=self.seed,
        )  # fmt: skip

    def bench(self, folder: Path | None = None) -> MapBench:
        """What it is played on."""
        from pellucid.scene.map_bench import MapBench

        return MapBench(self, folder)

    def to_record(self) -> dict[str, Any]:
        """The scene as JSON values; ``scene_from_record`` reads them."""
        from pellucid.scene.scene import scene_to_record

        return scene_to_record(self)


@dataclass(frozen=True)
class Numbers(Source):
    """The samples of another source; of a table columns of numbers, and rows without holes."""

    source: Source = hyper(kind=Source, doc="where the samples come from")

    @property
    def files(self) -> tuple[str, ...]:
        """What the other reads."""
        return self.source.files

    def open(self, folder: Path | None) -> Dataset:
        """The samples as rows of numbers."""
        data = self.source.open(folder)
        if not isinstance(data.x, Table):
            if data.x.ndim != 2:
                raise DataError(
                    f"A map is laid over rows of numbers, and {data.name} holds pictures of "
                    f"{' x '.join(map(str, data.x.shape[1:]))}. Choose digits, or a table."
                )
            return data
        table = data.x
        names = [n for n in table.columns if table.column(n).dtype.is_numeric()]
        if not names:
            raise DataError(
                f"A map is laid over columns of numbers, and {data.name} has none. Choose another "
                "table."
            )
        x = np.column_stack([table.column(n).cast(float).to_numpy() for n in names])
        whole = np.isfinite(x).all(axis=1)
        if not whole.any():
            raise DataError(
                f"No row of {data.name} has a number in each of {', '.join(names)}. Choose another "
                "table."
            )
        groups = data.class_names if data.kind == "classes" else None
        return Dataset(
            data.name, x[whole], data.y[whole], data.kind, tuple(names), groups,
            description=data.description, source=data.source, target=data.target,
        )  # fmt: skip
