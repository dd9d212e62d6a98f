"""A memory: drawing on its grid, storing, damaging, recalling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import hyper
from pellucid.memory.hopfield import STORAGES
from pellucid.scene.memory_bench import MemoryBench
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session


def memory_of(at: Session) -> MemoryBench:
    """The memory that is played with.

    Raises: ``ParameterError`` where there is none.
    """
    bench = at.bench
    if not isinstance(bench, MemoryBench):
        raise ParameterError(
            f"This stage holds a {bench.kind}, and no memory. Go to a stage with a memory first."
        )
    return bench


@dataclass(frozen=True)
class DrawCell(Command):
    """Give a cell of the grid a value."""

    row: int = hyper(kind=int, low=0, doc="its row, counted from 0")
    column: int = hyper(kind=int, low=0, doc="its column, counted from 0")
    value: int = hyper(kind=int, low=-1, high=1, doc="1 (on), -1 (off) or 0 (not known)")
    goes_on: bool = hyper(
        False, kind=bool, doc="whether it belongs to the stroke before, and is undone with it"
    )

    def do(self, at: Session) -> Any:
        """Draw it; a recall under way ends."""
        at.pause()
        memory_of(at).draw((self.row, self.column), self.value, goes_on=self.goes_on)


@dataclass(frozen=True)
class ClearGrid(Command):
    """Turn all cells off."""

    def do(self, at: Session) -> Any:
        """Clear it."""
        at.pause()
        memory_of(at).clear()


@dataclass(frozen=True)
class ReverseGrid(Command):
    """Turn each cell into its reverse."""

    def do(self, at: Session) -> Any:
        """Reverse it."""
        at.pause()
        memory_of(at).invert()


@dataclass(frozen=True)
class Damage(Command):
    """Turn a share of the cells."""

    share: float = hyper(0.2, low=0, high=1, doc="the share of the cells")
    seed: int = hyper(0, kind=int, low=0, high=2**53, doc="the seed of the draw")

    def do(self, at: Session) -> Any:
        """Damage what is drawn."""
        at.pause()
        memory_of(at).damage(self.share, self.seed)


@dataclass(frozen=True)
class CoverGrid(Command):
    """Cover the lower part of the grid: nothing is known of it any more."""

    share: float = hyper(0.5, low=0, high=1, doc="the share of the rows")

    def do(self, at: Session) -> Any:
        """Cover it."""
        at.pause()
        memory_of(at).cover(self.share)


@dataclass(frozen=True)
class StorePattern(Command):
    """Store what is drawn."""

    def do(self, at: Session) -> Any:
        """Store it."""
        at.pause()
        memory_of(at).store()


@dataclass(frozen=True)
class ShowPattern(Command):
    """Put a stored picture on the grid."""

    pattern: int = hyper(kind=int, low=0, doc="its place among the stored ones")

    def do(self, at: Session) -> Any:
        """Show it."""
        at.pause()
        memory_of(at).show(self.pattern)


@dataclass(frozen=True)
class ForgetPattern(Command):
    """Forget a stored picture, or all."""

    pattern: int | None = hyper(
        None, kind=int, low=0, optional=True, doc="its place among the stored ones; none: all"
    )

    def do(self, at: Session) -> Any:
        """Forget it."""
        at.pause()
        memory_of(at).forget(self.pattern)


@dataclass(frozen=True)
class RecallStep(Command):
    """Let one unit have its turn, or units until one changes."""

    to_change: bool = hyper(False, kind=bool, doc="whether to go on until a unit changes")

    def do(self, at: Session) -> Any:
        """Let them."""
        at.pause()
        bench = memory_of(at)
        return {"changed": bench.next_change() if self.to_change else bench.turn()}


@dataclass(frozen=True)
class Settle(Command):
    """Recall to the end, at once."""

    def do(self, at: Session) -> Any:
        """Recall."""
        at.pause()
        memory_of(at).settle()


@dataclass(frozen=True)
class StoreBy(Command):
    """Store all pictures by another rule."""

    rule: str = hyper(kind=str, choices=STORAGES, doc="how pictures become weights")

    def do(self, at: Session) -> Any:
        """Learn them anew."""
        at.pause()
        memory_of(at).change(rule=self.rule)


@dataclass(frozen=True)
class TellUnit(Command):
    """Whom a unit listens to: the weights between it and all others, and its sum."""

    row: int = hyper(kind=int, low=0, doc="its row, counted from 0")
    column: int = hyper(kind=int, low=0, doc="its column, counted from 0")

    def do(self, at: Session) -> Any:
        """Tell it."""
        bench, place = memory_of(at), (self.row, self.column)
        return {"weights": bench.weights_of(place), "sum": bench.sum_at(place)}


COMMANDS = (
    DrawCell, ClearGrid, ReverseGrid, Damage, CoverGrid, StorePattern, ShowPattern, ForgetPattern,
    RecallStep, Settle, StoreBy, TellUnit,
)  # fmt: skip
