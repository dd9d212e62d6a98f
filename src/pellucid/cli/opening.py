"""A run's folder as a ``Run``: for ``pellucid.inspect.replay.open_run`` and ``pellucid replay``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from pellucid.cli.again import Again, opened_again
from pellucid.cli.preparing import made_run
from pellucid.errors import DataWarning, FileError
from pellucid.graph.primitive import Array
from pellucid.io.checkpoints import Checkpoints
from pellucid.io.read_run import epochs
from pellucid.learn.events import Diverged, Event, RunEnded, RunStarted
from pellucid.learn.plan import Began, State
from pellucid.models.network import Network
from pellucid.models.recording import Checkpoint
from pellucid.models.run import Run

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts

E = TypeVar("E", bound=Event)


class OnDisk:
    """The states in a run's folder. One that cannot be read is told, and an earlier one taken."""

    def __init__(self, found: Checkpoints, carried: Mapping[str, Array]) -> None:
        self.found, self.first = found, Checkpoint(0, carried)
        self.told: set[str] = set()

    def before(self, step: int) -> Checkpoint:
        """The latest after at most so many steps."""
        stored, faults = self.found.newest(step)
        kept = self.first if stored is None else Checkpoint(stored.state.step, stored.state.carried)
        for fault in faults:
            if fault not in self.told:
                start = f"step {kept.step:,}" if kept is not self.first else "the run's start"
                warnings.warn(
                    f"{fault} Step {step:,} is reached from {start} instead.",
                    DataWarning, stacklevel=2,
                )  # fmt: skip
            self.told.add(fault)
        return kept


def open_run(folder: str, data: str | None = None) -> Run:
    """The run of a folder that ``pellucid train`` made; see ``pellucid.inspect.replay``."""
    again = Again.of(folder, data)
    check_begun(again)
    return run_of(again, opened_again(again))


def run_of(again: Again, parts: Parts) -> Run:
    """The run of a folder, with what is left of it."""
    run = made_again(again, parts)
    recording = run.recording
    assert recording is not None
    recording.began, recording.kept = Began(), OnDisk(again.checkpoints, recording.state.carried)
    recording.state = State(recording.state.carried, last_step(again))
    history = run.history
    history.rows = epochs(again.rows)
    history.started = _event(RunStarted, again)
    history.ended, history.diverged = _event(RunEnded, again), _event(Diverged, again)
    if again.folder.model.is_file():
        run.network = Network.load(again.folder.model)
    else:  # broken off: what it is known to have reached
        found, _ = again.checkpoints.newest()
        run.network._state = recording.state if found is None else found.state
    return run


def made_again(again: Again, parts: Parts) -> Run:
    """The run as it was made ready then, to be begun once more."""
    network = again.network(parts.training)
    rule, engine = again.rule(), again.engine()
    run = made_run(network, parts, again.chosen(), rule, engine, on_event=_watch)
    if len(parts.training_rows):
        run.rows = parts.training_rows[run.rows]
    return run


def _watch(event: Event) -> None:
    """Nothing: but with somebody who listens, epochs are done one by one."""


def check_begun(again: Again) -> None:
    """Raise ``FileError`` for a run whose training had not begun."""
    if not again.has_begun:
        raise FileError(
            f"{again.path} holds no training that could be replayed: it was broken off before its "
            "first step, or made by a Pellucid that did not write down what a replay needs. Train "
            "again for a new run."
        )


def last_step(again: Again) -> int:
    """The last step that is known to have been taken."""
    told: list[int] = [row["step"] for row in again.rows if isinstance(row.get("step"), int)]
    broken = [row["step"] - 1 for row in again.rows if row.get("event") == "Diverged"]
    told = [step for step in told if not broken or step <= broken[0]]
    return int(max([0, *told, *broken, *again.checkpoints.steps()]))


def _event(kind: type[E], again: Again) -> E | None:
    """The last event of a kind."""
    names = {field.name for field in fields(kind)}
    for row in reversed(again.rows):
        if row.get("event") == kind.__name__ and names <= row.keys():
            return kind(**{name: row[name] for name in names})
    return None
