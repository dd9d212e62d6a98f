"""The network beside its rivals: a majority or mean, a linear model, the nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.scene.comparing import rivals
from pellucid.studio.command import Command, Later
from pellucid.studio.views.compare import shown

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class CompareModels(Command):
    """Let the rivals learn from the rows that the network learns from; beside the training."""

    def do(self, at: Session) -> Any:
        """Begin; they are kept as long as the data stay the same."""
        asked = rivals(at.network_bench)
        return Later(lambda: {"rivals": shown(asked.compute(at.has_ended))}, slow=True)


COMMANDS = (CompareModels,)
