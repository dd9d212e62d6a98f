"""The network as it is drawn live: its layers, its weights, and what each unit is for one row."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from pellucid.inspect.views.live import Drawn, Row, Surroundings
from pellucid.scene.bench import Bench


class _Kept:
    """What stays while a network learns."""

    def __init__(self, bench: Bench) -> None:
        ready, data = bench.ready, bench.data
        around = Surroundings(data.x, data.image_shape, has_targets=ready.has_targets)
        self.ready = ready
        self.drawn = Drawn(bench.network, bench.executor, around)
        self.chosen = -1
        self._row: Row | None = None

    def row(self, bench: Bench) -> Row:
        """The row that is looked at, read once."""
        if self._row is None or self.chosen != bench.chosen:
            y = bench.chosen_y if self.ready.has_targets else None
            self.chosen = bench.chosen
            self._row = self.drawn.row(bench.chosen_x, y, f"{bench.chosen}")
        return self._row


_kept: WeakKeyDictionary[Bench, _Kept] = WeakKeyDictionary()


def network(bench: Bench) -> dict[str, Any]:
    """Layers, numbers and answer for the row that is looked at.

    Shapes: as ``pellucid.inspect.views.live.Drawn.told`` says.
    """
    kept = _kept.get(bench)
    if kept is None or kept.ready is not bench.ready:
        kept = _kept[bench] = _Kept(bench)
    drawn, row = kept.drawn, kept.row(bench)
    given = bench.outputs_of(row.encoded)
    over = None if drawn.plane is None else bench.outputs_of(drawn.plane.encoded)
    return drawn.told(bench.network.parameters, row, given, over, bench.step)
