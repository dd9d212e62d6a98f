"""The network beside its rivals: a majority or mean, a linear model, the nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.scene.comparing import rivals
from pellucid.studio.command import Command, Later
from pellucid.studio.views.compare import compare

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class CompareModels(Command):
    """Let the rivals learn from the rows that the network learns from; beside the training."""

    def do(self, at: Session) -> Any:
        """Begin; the reply is what the panel shows then, of the data that there are then.

        The rivals are kept as long as the data stay the same.
        """
        asked = rivals(at.network_bench)
        return Later(lambda: asked.compute(at.has_ended), lambda then, _: _shown(then), slow=True)


def _shown(at: Session) -> dict[str, Any] | None:
    """What the panel shows; None where it is gone."""
    return compare(at.bench) if at.bench.kind == "network" else None


COMMANDS = (CompareModels,)
