"""The history of a run: JSON-able rows, one an epoch."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name
from pellucid.learn.events import Diverged, EpochDone, Event, RunEnded, RunStarted, StepsDone


@dataclass
class History:
    """A consumer of events that keeps what a person looks at afterwards.

    Attributes:
        rows: one dictionary an epoch: epoch, step, rate, loss, metrics, val_..., seconds.
        log: what the rule noted, such as the perceptron rule's mistakes.
        started, ended, diverged: these events, where they happened.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    started: RunStarted | None = None
    ended: RunEnded | None = None
    diverged: Diverged | None = None

    def take(self, event: Event) -> None:
        """Note one event."""
        match event:
            case EpochDone():
                self.rows.append({k: v for k, v in event.row().items() if k != "event"})
            case StepsDone():
                self.log.extend(event.log)
            case RunStarted():
                self.started = event
            case RunEnded():
                self.ended = event
            case Diverged():
                self.diverged = event

    @property
    def columns(self) -> list[str]:
        """The names of the rows' values, in order of first appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def column(self, name: str) -> list[Any]:
        """One value over the epochs; None where an epoch does not have it."""
        if self.rows and name not in self.columns:
            raise unknown_name("column of the history", name, self.columns)
        return [row.get(name) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def plot(self) -> Any:
        """The learning curves as a Plotly figure."""
        from pellucid.figures.curves import learning_curves

        return learning_curves(self.rows)

    def text(self, width: int = 72, height: int = 14) -> str:
        """The learning curves as text for a terminal."""
        from pellucid.figures.terminal import curves_text

        return curves_text(self.rows, width=width, height=height)
