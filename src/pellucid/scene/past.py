"""What can be undone and done again."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar


class Changed(Protocol):
    """A state, and what made it."""

    @property
    def what(self) -> str:
        """What was changed last, in a word or two."""


Then = TypeVar("Then", bound=Changed)
MOST = 100
"""Changes that can be undone."""


class Past(Generic[Then]):
    """What there was before the present, the latest last, and what was undone."""

    def __init__(self) -> None:
        self.before: list[Then] = []
        self.after: list[Then] = []

    def remember(self, now: Then) -> None:
        """Something is about to be changed."""
        self.before, self.after = [*self.before, now][-MOST:], []

    def undo(self, now: Then) -> Then | None:
        """What there was before the last change; None where there is none."""
        if not self.before:
            return None
        self.after.append(now)
        return self.before.pop()

    def redo(self, now: Then) -> Then | None:
        """What was undone last; None where there is none."""
        if not self.after:
            return None
        self.before.append(now)
        return self.after.pop()

    def undoable(self, now: Then) -> str | None:
        """What ``undo`` takes back, in a word or two; None: there is nothing."""
        return now.what if self.before else None

    def redoable(self) -> str | None:
        """What ``redo`` does again, in a word or two; None: there is nothing."""
        return self.after[-1].what if self.after else None

    def all(self) -> tuple[Then, ...]:
        """All that can be gone to."""
        return (*self.before, *self.after)
