"""A run done again from its start, and held against the hashes that were written down."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict, field
from typing import TYPE_CHECKING, Any

from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.errors import FileError
from pellucid.io.checkpoints import carried_hash
from pellucid.learn.events import EpochDone

if TYPE_CHECKING:
    from pellucid.cli.again import Again
    from pellucid.models.run import Run

SAME_NUMBERS = ("engine", "precision", "threads", "instructions", "processor")


@dataclass(frozen=True)
class Certificate:
    """What came of a replay.

    Attributes:
        equal: whether every epoch gave the hash that was written down.
        epochs, steps: how many of each were done again.
        epoch: the first that differs, if one does.
        after, until: of the steps after the one and up to the other, one is the first to differ.
        differences: what computed then and now, where that is not the same, in words.
        hashes: the hash of each epoch, as found now.
    """

    run: str
    equal: bool
    epochs: int
    steps: int
    seconds: float
    epoch: int | None = None
    after: int | None = None
    until: int | None = None
    differences: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    def text(self) -> str:
        """What is said of it."""
        done = f"{count_of(self.epochs, 'epoch')}, {count_of(self.steps, 'step')}"
        if self.equal:
            return (
                f"{self.run}, done again from its start: {done}, in {self.seconds:.1f} seconds.\n"
                "Each epoch's hash is the one that was written down: every bit is the same."
            )
        assert self.after is not None and self.until is not None
        where = f"step {self.until:,}"
        if self.until - self.after > 1:
            where = f"one of the steps {self.after + 1:,} to {self.until:,}"
        why = "Nothing that was written down of what computed it differs: its files were changed."
        if self.differences:
            why = f"Not as it was then: {'; '.join(self.differences)}."
        return (
            f"{self.run}, done again from its start, differs in epoch {self.epoch}: {where} is the "
            f"first with other bits.\n{why}"
        )


def certify(again: Again, run: Run) -> Certificate:
    """Do a run again, as long as its epochs' hashes are those written down.

    Parameters:
        run: as it was made ready, not begun.
    Raises: ``FileError`` for a run without hashes.
    """
    known = {
        row["epoch"]: row
        for row in again.rows
        if row.get("event") == "EpochDone" and isinstance(row.get("hash"), str)
    }
    recording = run.recording
    assert recording is not None
    if not known:
        raise FileError(
            f"{again.path} was broken off before its first epoch was done: there is no hash to "
            "compare with. Go on with it first: `pellucid resume`."
        )
    hashes: list[str] = []
    before, step = time.perf_counter(), recording.state.step
    with closing(run.begin()) as events:
        for event in events:
            if not isinstance(event, EpochDone):
                continue
            hashes.append(carried_hash(recording.state.carried))
            expected = known.get(event.epoch)
            if expected is not None and hashes[-1] != expected["hash"]:
                return _different(again, run, hashes, step, event.step, before)
            step = event.step
            if event.epoch == max(known):
                break
    if len(hashes) < max(known):  # it ended earlier than then
        return _different(again, run, [*hashes, ""], step, recording.last + 1, before)
    seconds = time.perf_counter() - before
    return Certificate(again.path, True, len(hashes), step, seconds, hashes=hashes)


def _different(
    again: Again, run: Run, hashes: list[str], low: int, high: int, before: float
) -> Certificate:
    """Which step is the first to differ, as far as checkpoints between tell."""
    from pellucid.inspect.replay import at

    recording = run.recording
    assert recording is not None
    recording.seal()
    between = [step for step in again.checkpoints.good() if low < step < high]
    while between:  # equal before, different after: halve until there is none between
        middle = between[len(between) // 2]
        same = (
            carried_hash(at(run, middle)._reached().carried) == again.checkpoints.read(middle).hash
        )
        low, high = (middle, high) if same else (low, middle)
        between = [step for step in between if low < step < high]
    seconds = time.perf_counter() - before
    return Certificate(
        again.path, False, len(hashes), recording.last, seconds, len(hashes), low, high,
        differences(again), hashes,
    )  # fmt: skip


def differences(again: Again) -> list[str]:
    """What computed then and computes now, where that is not the same."""
    from pellucid.cli.provenance import computed

    then, now = again.record["computed"], computed(again.engine())
    found = [
        f"{name} was {then.get(name)}, is {now.get(name)}"
        for name in SAME_NUMBERS
        if then.get(name) != now.get(name)
    ]
    versions = then.get("versions") if isinstance(then.get("versions"), dict) else {}
    return found + [
        f"{name} was {versions.get(name)}, is {version}"
        for name, version in now["versions"].items()
        if versions.get(name) != version
    ]
