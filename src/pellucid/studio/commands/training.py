"""Playing: learn, pause, single steps, rewind, branch, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command

if TYPE_CHECKING:
    from pellucid.studio.session import Session

MOST_STEPS = 10_000


@dataclass(frozen=True)
class Play(Command):
    """Learn on, until paused or at the end."""

    pace: float | None = hyper(
        None, above=0, high=1e9, optional=True, unit="steps a second",
        doc="how fast; None: at full speed",
    )  # fmt: skip

    def do(self, at: Session) -> Any:
        """Begin to play."""
        at.bench.more()
        at.play(self.pace)


@dataclass(frozen=True)
class Pause(Command):
    """Stop playing."""

    def do(self, at: Session) -> Any:
        """Stop."""
        at.pause()


@dataclass(frozen=True)
class TakeSteps(Command):
    """Take a few steps, then pause."""

    count: int = hyper(1, kind=int, low=1, high=MOST_STEPS, doc="the number of steps")

    def do(self, at: Session) -> Any:
        """Take them."""
        at.bench.more()
        at.play(None, steps=self.count)


@dataclass(frozen=True)
class TakeEpoch(Command):
    """Learn to the end of the epoch, then pause."""

    def do(self, at: Session) -> Any:
        """Take it."""
        at.bench.more()
        at.play(None, epochs=1)


@dataclass(frozen=True)
class Seek(Command):
    """Go to any step that was reached."""

    step: int = hyper(kind=int, low=0, doc="the number of steps taken")

    def do(self, at: Session) -> Any:
        """Go there."""
        at.pause()
        at.bench.seek(self.step)


@dataclass(frozen=True)
class Restart(Command):
    """Back to the same start."""

    def do(self, at: Session) -> Any:
        """Begin anew."""
        at.pause()
        at.bench.restart()


@dataclass(frozen=True)
class Undo(Command):
    """Take the last change back."""

    def do(self, at: Session) -> Any:
        """Undo."""
        at.pause()
        return {"done": at.bench.undo()}


@dataclass(frozen=True)
class Redo(Command):
    """Do what was undone again."""

    def do(self, at: Session) -> Any:
        """Redo."""
        at.pause()
        return {"done": at.bench.redo()}


COMMANDS = (Play, Pause, TakeSteps, TakeEpoch, Seek, Restart, Undo, Redo)
