"""The scene: opened whole, or changed in a part; and which views the page wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import hyper
from pellucid.scene.bench import LEARNING
from pellucid.scene.scene import RECORDS, scene_from_record, scene_to_record
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class OpenScene(Command):
    """Begin with another scene; its acts are done."""

    scene: Mapping[str, Any] = hyper(kind=Mapping, doc="the scene's record")

    def do(self, at: Session) -> Any:
        """Open it."""
        at.open(scene_from_record(self.scene))


@dataclass(frozen=True)
class ChangeScene(Command):
    """Change parts of the scene: rule, batch and epochs go on, anything else begins anew.

    What begins anew is paused; where the change is refused all goes on.
    """

    fields: Mapping[str, Any] = hyper(kind=Mapping, doc="records of the parts by name")

    def do(self, at: Session) -> Any:
        """Change them."""
        known = set(scene_to_record(at.network_bench.scene)) - {"version", "scene", "acts"}
        unknown = sorted(set(self.fields) - known)
        if unknown:
            raise ParameterError(
                f"A scene has no {', '.join(unknown)}. Its parts are {', '.join(sorted(known))}."
            )
        base = scene_to_record(at.network_bench.scene)
        changed = scene_from_record({**base, **self.fields})
        fields = {name: getattr(changed, name) for name in self.fields}
        before = at.bench.step
        at.change(fields)
        if not set(fields) <= LEARNING or at.bench.step < before:
            at.pause()


@dataclass(frozen=True)
class TellScene(Command):
    """The scene with all that was done, as its record."""

    def do(self, at: Session) -> Any:
        """Tell it."""
        return scene_to_record(at.network_bench.played())


COMMANDS = (OpenScene, ChangeScene, TellScene)
__all__ = ["COMMANDS", "RECORDS", "ChangeScene", "OpenScene", "TellScene"]
