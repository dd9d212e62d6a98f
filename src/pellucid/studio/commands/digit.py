"""A digit that is drawn: laid before the network, and wiped away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.scene import sketch
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class DrawDigit(Command):
    """Strokes of points (x, y), from 0 to 1 across and down the canvas."""

    strokes: tuple[Any, ...] = hyper(kind=tuple, doc="lines of points")

    def do(self, at: Session) -> Any:
        """Lay them before the network."""
        sketch.draw(at.network_bench, self.strokes)


@dataclass(frozen=True)
class WipeDigit(Command):
    """Take the drawing away."""

    def do(self, at: Session) -> Any:
        """Wipe it."""
        sketch.wipe(at.network_bench)


COMMANDS = (DrawDigit, WipeDigit)
