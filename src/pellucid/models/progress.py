"""The progress bar of a training run: a consumer of events, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pellucid.learn.events import EpochDone, Event, RunEnded, RunStarted, StepsDone

if TYPE_CHECKING:
    from rich.progress import Progress

SECONDS_A_DRAWING = 0.1


@contextmanager
def progress_bar(enabled: bool | None = None) -> Iterator[Callable[[Event], None]]:
    """Give a function that shows events as a progress bar: epoch, loss, a metric, time left.

    Parameters:
        enabled: False: nothing is shown. None and True: a bar, where stderr is a terminal;
            elsewhere nothing, since a bar in a file is of no use.
    """
    if enabled is False or not sys.stderr.isatty():
        yield lambda event: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("epoch {task.fields[epoch]}"), BarColumn(bar_width=20),
        TextColumn("{task.fields[values]}"), TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True), auto_refresh=False,
    )  # fmt: skip
    with bar:
        yield _Show(bar).event


class _Show:
    """Events to a Rich progress bar, drawn at most ten times a second."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.task = bar.add_task("", total=None, epoch="", values="")
        self.first = self.epochs = self.before = 0
        self.drawn = 0.0

    def event(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self.before, self.epochs = event.first_step - 1, event.epochs
                self.first = event.first_epoch
                self.bar.update(self.task, total=event.steps, epoch=f"1/{event.epochs}")
            case StepsDone():
                epoch = f"{event.epoch - self.first + 1}/{self.epochs}"
                self.bar.update(self.task, completed=event.step - self.before, epoch=epoch)
            case EpochDone():
                self.bar.update(self.task, values=words(event.values))
        now = time.monotonic()
        if now - self.drawn >= SECONDS_A_DRAWING or isinstance(event, RunEnded):
            self.bar.refresh()
            self.drawn = now


def words(values: Mapping[str, float]) -> str:
    """The loss and the first metric, of the held-out rows where there are some.

    Example:
        >>> words({"loss": 0.25, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.875})
        'validation loss 0.5, accuracy 0.875'
    """
    held_out = {n.removeprefix("val_"): v for n, v in values.items() if n.startswith("val_")}
    shown = held_out or dict(values)
    parts = [f"{name} {value:.4g}" for name, value in list(shown.items())[:2]]
    return ("validation " if held_out else "") + ", ".join(parts)
