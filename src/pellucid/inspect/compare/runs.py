"""Two runs side by side: settings, curves, and the first step at which they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.inspect.replay import at, inputs_of, rows_of
from pellucid.models.run import Run

COUNTS = ("epoch", "step", "rate", "seconds", "hash")
FED = {
    "x": "inputs", "y": "targets", "weight": "weights of the samples", "rate": "the learning rate",
    "time": "the number of the step", "key": "the seed of what is random",
}  # fmt: skip


@dataclass(frozen=True)
class Parting:
    """Where two runs part.

    Attributes:
        step: after so many steps all carried values are still the same, bit for bit; the step taken
            then differs. None where they differ from the start.
        why: what that step read that was not the same, in words; or that the step itself differs.
    """

    step: int | None
    why: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"step": self.step, "why": list(self.why)}


@dataclass(frozen=True)
class RunComparison:
    """What differs between the runs A and B.

    Attributes:
        settings: the settings that differ, with both values.
        curves: a row an epoch: ``A loss``, ``B loss``, and so on for each value that both told.
        epoch: the first whose values differ; None where all that both told is the same.
        parting: the first step that differs; None where none does, or where it was not looked for.
        searched: whether the steps were looked at.
    """

    settings: Mapping[str, tuple[Any, Any]]
    curves: tuple[dict[str, Any], ...]
    epoch: int | None
    parting: Parting | None = None
    searched: bool = False

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "settings": {name: {"A": a, "B": b} for name, (a, b) in self.settings.items()},
            "curves": list(self.curves),
            "first_epoch": self.epoch,
            "parting": None if self.parting is None else self.parting.row(),
            "searched": self.searched,
        }

    def text(self) -> str:
        """What a person reads of it."""
        from pellucid.inspect.compare.words import runs_text

        return runs_text(self)

    def __str__(self) -> str:
        return self.text()

    def plot(self, value: str = "loss", template: str = "light") -> Any:
        """One value of both over the epochs, as a Plotly figure."""
        from pellucid.figures.race import race_curves

        rows = [
            {"run": name, "epoch": row["epoch"], value: row.get(f"{name} {value}")}
            for row in self.curves
            for name in ("A", "B")
        ]
        return race_curves(rows, value, over="epoch", title=value, template=template)


def compare_runs(a: Run, b: Run) -> RunComparison:
    """What differs between two runs: settings, curves, and since which step.

    The step is found by halving: the runs are brought back at a step, and are the same until then
    or not; so runs that had parted and met again to the bit would not be seen as such.
    Raises: ``ParameterError`` for what is no run.
    """
    for given in (a, b):
        if not isinstance(given, Run):
            raise ParameterError(
                f"compare_runs takes two runs, as fit gives them, got a {type(given).__name__}. "
                "Networks are compared with compare."
            )
    found = of_histories(settings_of(a), settings_of(b), a.history.rows, b.history.rows)
    parting = parted(a, b)
    return RunComparison(found.settings, found.curves, found.epoch, parting, searched=True)


def of_histories(
    a: Mapping[str, Any], b: Mapping[str, Any], first: Sequence[Mapping[str, Any]],
    second: Sequence[Mapping[str, Any]],
) -> RunComparison:  # fmt: skip
    """The same from settings and histories alone, where steps cannot be done again."""
    settings = {
        name: (a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)
    }
    names = [name for name in _names(first) if name in _names(second)]
    curves, epoch = [], None
    for k in range(max(len(first), len(second))):
        own = [rows[k] if k < len(rows) else {} for rows in (first, second)]
        row: dict[str, Any] = {"epoch": k + 1}
        for name in names:
            row |= {f"A {name}": own[0].get(name), f"B {name}": own[1].get(name)}
        if epoch is None and any(own[0].get(name) != own[1].get(name) for name in names):
            epoch = k + 1
        curves.append(row)
    return RunComparison(settings, tuple(curves), epoch)


def settings_of(run: Run) -> dict[str, Any]:
    """What a run was done with."""
    settings, plan = run.settings, run.settings.plan
    engine = settings.engine
    return {
        "layers": [repr(layer) for layer in run.network.layers],
        "rule": repr(settings.rule), "epochs": plan.epochs, "batch": plan.batch,
        "seed": plan.seed, "shuffle": plan.shuffle, "early stopping": repr(plan.stopping),
        "engine": engine.name, "precision": engine.precision,
        "threads": getattr(engine, "threads", None),
    }  # fmt: skip


def parted(a: Run, b: Run) -> Parting | None:
    """The first step at which two runs differ; None where none of those that both took does."""
    assert a.recording is not None and b.recording is not None
    low, high = max(a.recording.first, b.recording.first), min(a.recording.last, b.recording.last)
    if low > high or not _same(a, b, low):
        return Parting(None, ("they differ before the first step that both took",))
    if _same(a, b, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _same(a, b, middle) else (low, middle)
    return Parting(low, _why(a, b, low))


def _same(a: Run, b: Run, step: int) -> bool:
    one, other = (at(run, step)._reached().carried for run in (a, b))
    both = one.keys() & other.keys()  # another rule carries other slots
    return all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name])
        for name in both
    )


def _why(a: Run, b: Run, step: int) -> tuple[str, ...]:
    """What the step after ``step`` read that was not the same."""
    try:
        one, other = inputs_of(a, step), inputs_of(b, step)
        samples = np.array_equal(rows_of(a, step), rows_of(b, step))
    except ParameterError as error:  # a minimizer's iterations read all samples
        return (str(error),)
    if len(one["x"]) != len(other["x"]):
        return (f"the step reads {len(one['x'])} samples in A, {len(other['x'])} in B",)
    if not samples:
        return ("the step reads other samples",)
    found = [
        f"{FED[name]} {_told(one[name], other[name])}"
        for name in FED
        if name in one and name in other and not np.array_equal(one[name], other[name])
    ]
    if found:
        return tuple(found)
    first, second = settings_of(a), settings_of(b)
    differ = [name for name in first if first[name] != second[name]]
    if differ:
        return (f"the step reads the same, and does something else: {', '.join(differ)}",)
    return ("the step reads the same, and gives something else",)


def _told(one: Any, other: Any) -> str:
    if np.size(one) == 1 and np.size(other) == 1:
        return f"{float(np.ravel(one)[0]):.6g} in A, {float(np.ravel(other)[0]):.6g} in B"
    return "differ"


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        name for name in dict.fromkeys(name for row in rows for name in row) if name not in COUNTS
    ]
