"""A run's folder, made ready to be gone on with or looked back at: as it was when it began."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli.train_options import asked_by
from pellucid.dataclass import dataclass
from pellucid.errors import FileError
from pellucid.io.checkpoints import Checkpoints
from pellucid.io.event_log import read_events
from pellucid.io.read_run import epochs, read_begun
from pellucid.io.run_folder import RunFolder
from pellucid.learn.plan import Began, State

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.cli.asked import Asked
    from pellucid.models.network import Network
    from pellucid.models.run import Run
    from pellucid.run.executor import Executor

PREPARING, RUNNING, LEARNED, DONE = "preparing", "running", "learned", "done"
"""What ``run.json`` says of a run: before its first step, at work, not yet compared, at its end;
beside these there are ``interrupted`` and ``diverged``."""


def _check_whole(path: str, record: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Raise ``FileError`` for events that tell of fewer epochs than the run's record does."""
    known, found = record.get("epochs"), len(epochs(rows))
    if isinstance(known, int) and found < known:
        raise FileError(
            f"{path}/events.jsonl is cut short: it tells of {found:,} epochs, and run.json of "
            f"{known:,}. Put the whole file back, or train again for a new run."
        )


@dataclass
class Again:
    """A run's folder, read.

    Attributes:
        path: as it was given.
        record: what ``run.json`` says.
        asked: what the run's command asked for.
        rows: the events.
    """

    path: str
    record: dict[str, Any]
    asked: Asked
    rows: list[dict[str, Any]]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: str, data: str | None = None) -> Again:
        """Read a folder; ``data`` is where the data are now, where they were moved.

        Raises: ``FileError`` for what is no folder of a run, and for a damaged one.
        """
        record = read_begun(path)
        asked = asked_by(path, record)
        asked = replace(asked, data=asked.data if data is None else data)
        rows = read_events(path)
        _check_whole(path, record, rows)
        return cls(path, record, asked, rows)

    @property
    def status(self) -> str:
        """What the run had come to; that of one made before there was a status is its end."""
        found = self.record.get("status")
        if found is None:
            stopped = self.record.get("stopped")
            return stopped if stopped in ("interrupted", "diverged") else DONE
        return str(found)

    @property
    def has_begun(self) -> bool:
        """Whether its training had begun, so that all it went by is written down."""
        return isinstance(self.record.get("settings"), dict) and "computed" in self.record

    @property
    def folder(self) -> RunFolder:
        """The folder, to be written in."""
        return RunFolder(Path(self.path))

    @property
    def checkpoints(self) -> Checkpoints:
        """The states on disk."""
        return Checkpoints(self.path)

    def setting(self, name: str, kind: Any) -> Any:
        """An entry of the settings. Raises: ``FileError`` for one that is not of its kind."""
        value = self.record["settings"].get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise FileError(
                f"{self.path}/run.json is damaged: its {name} is {value!r:.60}. Train again for a "
                "new run."
            )
        return value

    def engine(self) -> Executor:
        """What computed the run, with its number of threads where this machine has as many.

        Raises: ``EngineError`` where this installation does not have it.
        """
        from pellucid.run.choose import executor

        known = self.record["computed"]
        native = known.get("engine") == "native"
        threads = known.get("threads") if native else None
        return executor(known.get("engine"), known.get("precision"), threads)

    def network(self, training: Any) -> Network:
        """The network that the run began with, built on the rows to learn from."""
        from pellucid.cli.jobs import label_codec
        from pellucid.cli.preparing import new_network
        from pellucid.nn.spec import layer_from_record

        plain = new_network(self.asked, training)
        if self.asked.budget is not None:  # its layers were found, not asked for
            layers = [layer_from_record(one) for one in self.setting("layers", list)]
            plain._layers = tuple(layers)
        return plain.build(training.x, training.y, target=label_codec(training))

    def rule(self) -> Any:
        """The rule that the run learned by."""
        from pellucid.cli.rules import read_rule

        return read_rule(self.setting("rule", str))

    def chosen(self) -> Asked:
        """What was asked for, with what was found where nothing was."""
        batch = self.setting("batch", int)
        if getattr(self.rule(), "minimizer", None) is not None:
            batch = None
        return replace(self.asked, epochs=self.setting("epochs", int), batch=batch)

    def go_on(self, run: Run) -> tuple[Began | None, list[dict[str, Any]]]:
        """Put a run, made ready, where the newest checkpoint that can be read has it.

        A minimizer remembers more than its values, so such a run begins again from its start.
        Returns: where it began, None for at its start; and the events that led there.
        """
        recording = run.recording
        assert recording is not None
        found, self.faults = self.checkpoints.newest()
        if found is None or run.rule.minimizer is not None:
            self.checkpoints.clear()
            return None, []
        rows = self.rows_until(found.state)
        told = epochs(rows)
        if [row.get("epoch") for row in told] != list(range(1, found.state.epoch + 1)):
            self.faults.append(f"{self.path}/events.jsonl lacks epochs, which are done again.")
            self.checkpoints.clear()
            return None, []
        recording.state, run.history.rows = found.state, told
        self.checkpoints.clear(after=found.state.step)
        return Began(seconds=found.seconds), rows

    def text(self, run: Run) -> str:
        """Where a run goes on, in a sentence."""
        recording = run.recording
        assert recording is not None
        state, plan = recording.state, run.settings.plan
        if not state.step:
            return f"{self.path} begins again from its start."
        total = plan.epochs * -(-len(recording.data) // plan.batch)
        return (
            f"{self.path} goes on after {state.step:,} of {total:,} steps, in epoch "
            f"{min(state.epoch + 1, plan.epochs)} of {plan.epochs}."
        )

    def rows_until(self, state: State) -> list[dict[str, Any]]:
        """The events that led to a state; what came after it is told again."""
        ends = ("RunEnded", "Diverged")
        return [
            row
            for row in self.rows
            if row.get("event") not in ends and self._came_before(row, state)
        ]

    def _came_before(self, row: dict[str, Any], state: State) -> bool:
        step, epoch = row.get("step", 0), row.get("epoch", 0)
        if not isinstance(step, int) or not isinstance(epoch, int):
            raise FileError(f"{self.path}/events.jsonl is damaged: {row!r:.80} is no event.")
        return step <= state.step and (row.get("event") != "EpochDone" or epoch <= state.epoch)


def opened_again(again: Again) -> Parts:
    """The data of a run, divided as then.

    Raises: ``DataError`` for data that are not there, or not the same.
    """
    from pellucid.cli.preparing import opened, usable
    from pellucid.cli.provenance import check_same
    from pellucid.cli.searching import parts_for

    dataset = usable(opened(again.asked), again.asked)
    check_same(again.path, again.record, dataset)
    return parts_for(dataset, again.asked)
