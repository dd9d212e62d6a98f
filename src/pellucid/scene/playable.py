"""What every bench has, whatever is on it: a network, a memory or a map."""

from __future__ import annotations

from typing import Any, Protocol


class Playable(Protocol):
    """Something that learns or recalls step by step, and can be gone back in; one thread at a time.

    Attributes:
        kind: network, memory or map.
    """

    kind: str

    @property
    def scene(self) -> Any:
        """What it began with, and what was changed of it since."""

    @property
    def step(self) -> int:
        """The steps that lead to what is seen."""

    @property
    def epoch(self) -> int:
        """The epochs, or rounds of all units, that were done by then."""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""

    @property
    def edition(self) -> object:
        """Another one whenever more than the step is other: the scene, the data."""

    @property
    def mark(self) -> object:
        """Equal as long as the numbers, the data and what is chosen of them are."""

    def advance(self, most: int | None = None) -> object:
        """Take a portion of steps, or at most so many."""

    def to_epoch_end(self) -> int:
        """The steps to the end of the epoch under way."""

    def more(self) -> None:
        """At the end, plan to go on."""

    def change(self, **fields: Any) -> None:
        """Change parts of the scene."""

    def seek(self, step: int) -> None:
        """Go to a step that was reached."""

    def restart(self) -> None:
        """Back to the same start."""

    def undo(self) -> bool:
        """Take the last change back; whether there was one."""

    def redo(self) -> bool:
        """Do again what was taken back; whether there was something."""

    def played(self) -> Any:
        """The scene with all that was done."""

    def standing(self, *, playing: bool = False) -> dict[str, Any]:
        """Where it stands, as plain values."""
