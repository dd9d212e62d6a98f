"""Stages of a plan: calls that run together."""

from __future__ import annotations

from dataclasses import field

from pellucid.dataclass import dataclass
from pellucid.run.native.tasks import Task

# How a stage's calls run (native/src/plan.h): one after the other; each shared out to the threads;
# chunk after chunk of the batch through all of them, the chunks shared out.
SOLO, SPLIT, ROWS = range(3)


@dataclass(slots=True, eq=False)
class Stage:
    """Calls that run together: with how many shares, and how many rows a chunk."""

    turn: int
    level: int
    tasks: list[Task] = field(default_factory=list)
    shares: int = 1
    chunk: int = 0
