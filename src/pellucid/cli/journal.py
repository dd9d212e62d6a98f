"""What ``train`` writes while it is at work, so that a run that is broken off can be gone on with.

``run.json`` holds all settings from the start, ``events.jsonl`` a line an event, with a hash of all
carried values an epoch, and ``checkpoints/`` a state every few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pellucid.cli.output import Failed
from pellucid.errors import FileError
from pellucid.io.checkpoints import Checkpoints, Keeper, carried_hash
from pellucid.io.event_log import SECONDS_A_FLUSH, EventLog
from pellucid.io.run_folder import RunFolder
from pellucid.learn.events import EpochDone, Event, RunEnded, RunStarted, StepsDone
from pellucid.learn.plan import Began, State
from pellucid.models.run import Run
from pellucid.plain import plain


class Journal:
    """Writes down one run.

    Parameters:
        run: made ready, not begun.
        every: as for ``Keeper``.
        rows: the events before, where the run goes on.
        tell: called with a sentence where something cannot be written; training goes on.
    """

    def __init__(
        self, folder: RunFolder, run: Run, every: float | None, tell: Callable[[str], None],
        rows: Sequence[Mapping[str, Any]] = (),
    ) -> None:  # fmt: skip
        self.folder, self.run, self.tell = folder, run, tell
        self.keeper = Keeper(Checkpoints(folder.path), every)
        self.log, self.resumed = EventLog(folder.events, rows), bool(rows)
        self._said = self._full = False
        self._began = time.perf_counter()
        self._steps_told = float("-inf")

    def events(self, began: Began | None = None) -> Generator[Event, None, None]:
        """The run's events, to be pulled; its state now is the first checkpoint, if none is."""
        self._began = time.perf_counter() - (0.0 if began is None else began.seconds)
        events = self.run.begin(self._keep, began)
        if not self.keeper.found.steps():
            self._write(self._state)
        return events

    @property
    def _state(self) -> State:
        recording = self.run.recording
        assert recording is not None
        return recording.state

    def note(self, event: Event) -> None:
        """Write an event down."""
        now = time.perf_counter()
        if isinstance(event, StepsDone):
            if now - self._steps_told < SECONDS_A_FLUSH:
                return
            self._steps_told = now
        if isinstance(event, RunStarted) and self.resumed:
            self.log.add({"event": "Resumed", "step": self._state.step, "epoch": self._state.epoch})
            return
        row = {name: value for name, value in event.row().items() if name != "log"}
        if isinstance(event, EpochDone):
            row["hash"] = carried_hash(self._state.carried)
        self.log.add(plain(row))
        if isinstance(event, RunEnded):
            if event.reason == "interrupted" and event.best_epoch is None:
                self._write(self._state)  # what was reached, to go on from there
            self.log.close()
        if self.log.fault and not self._said:
            self._said = True
            self.tell(f"{self.log.fault} Training goes on without writing down what happens.")

    def close(self) -> None:
        """Let go of the file of events."""
        self.log.close()

    def _keep(self, state: State) -> None:
        if self.keeper.is_due():
            self._write(state)

    def _write(self, state: State) -> None:
        """Write a checkpoint, the events that led there before it."""
        self.log.flush(sync=True)
        if self.log.fault:  # a state is of use only with the events that led there
            return
        try:
            self.keeper.write(state, time.perf_counter() - self._began)
        except FileError as error:
            if not self._full:
                self._full = True
                self.tell(
                    f"{error} Training goes on without this checkpoint; the next is tried later."
                )


@contextmanager
def resumable(folder: RunFolder) -> Iterator[None]:
    """Within it, a file that cannot be written is a failed run that can be gone on with."""
    try:
        yield
    except FileError as error:
        raise Failed(
            f"{error} Mend that, then this goes on where it is: pellucid resume {folder.path}"
        ) from None
