"""Which views the page wants to see, and where a lesson's stage is played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name
from pellucid.hyper import hyper
from pellucid.studio.command import Command, Wish
from pellucid.studio.views import VIEWS

if TYPE_CHECKING:
    from pellucid.studio.outbox import Outbox
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class Watch(Wish):
    """The views that this page wants from now on; all others are not computed for it."""

    views: tuple[Any, ...] = hyper((), kind=tuple, doc="the names of the views")

    def note(self, at: Session, page: Outbox) -> None:
        """Note them."""
        for name in self.views:
            if not isinstance(name, str) or name not in VIEWS:
                raise unknown_name("view", str(name)[:60], VIEWS)
        at.watch(page, self.views)


@dataclass(frozen=True)
class OpenLesson(Command):
    """A lesson: its texts and stages."""

    lesson: str = hyper(kind=str, doc="its number or name")

    def do(self, at: Session) -> Any:
        """Open it."""
        return at.open_lesson(self.lesson)


@dataclass(frozen=True)
class OpenWorkbench(Command):
    """The workbench's own bench, as it was left."""

    def do(self, at: Session) -> Any:
        """Go there."""
        at.open_workbench()


@dataclass(frozen=True)
class GoOnStage(Command):
    """Play on one of the lesson's stages; each keeps what was done on it."""

    stage: str = hyper(kind=str, doc="its id in the lesson, such as stage-1")

    def do(self, at: Session) -> Any:
        """Go there."""
        at.go_on_stage(self.stage)


@dataclass(frozen=True)
class AnswerQuestion(Command):
    """An answer to a question of the lesson."""

    question: str = hyper(kind=str, doc="its id in the lesson, such as question-1")
    answer: float = hyper(doc="the number, or the place of the choice")

    def do(self, at: Session) -> Any:
        """Check it."""
        return at.answer(self.question, self.answer)


COMMANDS = (Watch, OpenWorkbench, OpenLesson, GoOnStage, AnswerQuestion)
