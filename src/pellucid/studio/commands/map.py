"""A self-organising map: its settings, and what one of its units stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import hyper
from pellucid.scene.map_bench import MapBench, unit_told
from pellucid.scene.scene import scene_from_record, scene_to_record
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class ChangeMap(Command):
    """Change parts of the map's scene: it begins anew."""

    fields: Mapping[str, Any] = hyper(kind=Mapping, doc="records of the parts by name")

    def do(self, at: Session) -> Any:
        """Change them."""
        bench = map_bench(at)
        base = scene_to_record(bench.scene)
        known = set(base) - {"version", "scene", "taken"}
        unknown = sorted(set(self.fields) - known)
        if unknown:
            raise ParameterError(
                f"A map has no {', '.join(unknown)}. Its parts are {', '.join(sorted(known))}."
            )
        changed = scene_from_record({**base, **self.fields})
        at.pause()
        at.change({name: getattr(changed, name) for name in self.fields})


@dataclass(frozen=True)
class TellMapUnit(Command):
    """What a unit of the map stands for."""

    unit: int = hyper(kind=int, low=0, doc="the unit's place")

    def do(self, at: Session) -> Any:
        """Tell it."""
        return unit_told(map_bench(at), self.unit)


@dataclass(frozen=True)
class ChooseOnMap(Command):
    """Look at another row, and where it lies on the map."""

    row: int = hyper(kind=int, low=0, doc="the row's place in the data")

    def do(self, at: Session) -> Any:
        """Choose it."""
        map_bench(at).choose(self.row)


def map_bench(at: Session) -> MapBench:
    """The bench of a map.

    Raises: ``ParameterError`` where there is another.
    """
    if not isinstance(at.bench, MapBench):
        raise ParameterError("This stage holds no map. Go to a stage with a map first.")
    return at.bench


COMMANDS = (ChangeMap, TellMapUnit, ChooseOnMap)
