"""The progress bar: on a terminal, at most ten drawings a second; elsewhere nothing at all."""

from __future__ import annotations

import io
import sys

import pytest

from pellucid.learn.events import EpochDone, Event, RunEnded, RunStarted, StepsDone
from pellucid.models.progress import progress_bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


EVENTS: list[Event] = [
    RunStarted(2, 4, 8, 16, 4, 10, 0, "reference", "float32", 6, 11),
    StepsDone(11, 6, 0.9, 0.1, 0.1),
    StepsDone(12, 6, 0.8, 0.1, 0.2),
    EpochDone(
        6, 12, 0.1, 0.2, {"loss": 0.7, "accuracy": 0.5, "val_loss": 0.6, "val_accuracy": 0.75}
    ),
    StepsDone(14, 7, 0.5, 0.1, 0.4),
    EpochDone(
        7, 14, 0.1, 0.4, {"loss": 0.5, "accuracy": 0.5, "val_loss": 0.4, "val_accuracy": 1.0}
    ),
    RunEnded("finished", 7, 14, None, 0.4),
]


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, enabled: bool | None) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress_bar(enabled) as show:
        for event in EVENTS:
            show(event)
    return stream.getvalue()


def test_a_terminal_shows_epoch_loss_and_metric_of_the_held_out_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = shown(monkeypatch, Terminal(), None)
    assert "epoch 1/2" in text  # a network that goes on from epoch 5 counts this run's own
    assert "epoch 2/2" in text
    assert "validation loss 0.4, accuracy 1" in text


@pytest.mark.parametrize("enabled", [None, True, False])
def test_what_is_no_terminal_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, enabled: bool | None
) -> None:
    assert shown(monkeypatch, io.StringIO(), enabled) == ""


def test_a_terminal_gets_nothing_when_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, Terminal(), False) == ""


def test_it_is_drawn_at_most_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.progress import Progress

    drawn: list[float] = []
    now = 100.0
    monkeypatch.setattr("pellucid.models.progress.time.monotonic", lambda: now)
    monkeypatch.setattr(Progress, "refresh", lambda bar: drawn.append(now))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar() as show:
        drawn.clear()
        show(EVENTS[0])
        for k in range(1000):
            now = 100.0 + k / 1000
            show(StepsDone(11, 6, 0.9, 0.1, 0.1))
        assert 9 <= len(drawn) <= 11
        show(EVENTS[-1])  # the end is always drawn
        assert drawn[-1] == now


def test_a_consumer_that_fails_leaves_the_terminal_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")

    def interrupted() -> None:
        with progress_bar() as show:
            show(EVENTS[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().rstrip("\n").endswith("\033[?25h")  # the cursor is shown again
