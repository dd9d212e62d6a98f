"""What a training run tells: frozen events, each of which turns into a JSON-able row."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, TypeAlias

from pellucid.dataclass import dataclass

Reason: TypeAlias = Literal["finished", "converged", "early_stopping", "interrupted", "diverged"]


@dataclass(frozen=True)
class Event:
    """Something that happened in a run."""

    def row(self) -> dict[str, Any]:
        """The event as plain JSON values, its kind first."""
        return {"event": type(self).__name__, **dataclasses.asdict(self)}


@dataclass(frozen=True)
class RunStarted(Event):
    """A run is about to take its first step."""

    epochs: int
    steps: int
    batch: int
    samples: int
    validation_samples: int
    parameters: int
    seed: int
    engine: str
    precision: str
    first_epoch: int
    first_step: int


@dataclass(frozen=True)
class StepsDone(Event):
    """Some steps were taken; ``loss`` is that of the last, ``log`` what the rule noted."""

    step: int
    epoch: int
    loss: float
    rate: float
    seconds: float
    log: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class EpochDone(Event):
    """All samples were seen once more; ``values`` holds loss, metrics, and those of validation."""

    epoch: int
    step: int
    rate: float
    seconds: float
    values: dict[str, float]

    def row(self) -> dict[str, Any]:
        """The values beside the counts, flat: a row of the history."""
        counts = {"epoch": self.epoch, "step": self.step, "rate": self.rate}
        return {"event": "EpochDone", **counts, **self.values, "seconds": self.seconds}


@dataclass(frozen=True)
class Diverged(Event):
    """A step gave NaN or infinity; the run stops, with the values before that step.

    ``layer``, ``operation`` and ``role`` tell the first node of the step whose value was not
    finite.
    """

    step: int
    epoch: int
    layer: str
    operation: str
    role: str
    message: str


@dataclass(frozen=True)
class RunEnded(Event):
    """The run is over; ``best_epoch`` is the one whose parameters were kept.

    ``reason``: all epochs were done (finished), a minimizer found nothing better (converged), early
    stopping had waited long enough, Ctrl-C came, or a step was not finite.
    """

    reason: Reason
    epoch: int
    step: int
    best_epoch: int | None
    seconds: float
