"""Touching: weights and biases by hand, units knocked out, labels changed, rows chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class EditWeight(Command):
    """Give a weight or bias another value."""

    parameter: str = hyper(kind=str, doc="the parameter's name, such as dense_1.weight")
    place: tuple[int, ...] = hyper(kind=tuple, doc="the place in it")
    value: float = hyper(doc="the new value")
    gesture: int | None = hyper(
        None, kind=int, optional=True, doc="what edits that are undone together have in common"
    )

    def do(self, at: Session) -> Any:
        """Edit it."""
        at.network_bench.edit(self.parameter, self.place, self.value, self.gesture)


@dataclass(frozen=True)
class KnockOut(Command):
    """Let nobody hear a unit any more."""

    layer: str = hyper(kind=str, doc="the layer's name")
    unit: int = hyper(kind=int, low=0, doc="the unit's place")

    def do(self, at: Session) -> Any:
        """Knock it out."""
        at.network_bench.knock(self.layer, self.unit)


@dataclass(frozen=True)
class ChooseRow(Command):
    """Look at another row."""

    row: int = hyper(kind=int, low=0, doc="the row's place in the data")

    def do(self, at: Session) -> Any:
        """Choose it."""
        at.network_bench.choose(self.row)


@dataclass(frozen=True)
class GiveLabel(Command):
    """Give a row another label."""

    row: int = hyper(kind=int, low=0, doc="the row's place in the data")
    label: str = hyper(kind=str, doc="the label")

    def do(self, at: Session) -> Any:
        """Give it."""
        at.network_bench.relabel(self.row, self.label)


COMMANDS = (EditWeight, KnockOut, ChooseRow, GiveLabel)
