"""A checkup: what is amiss with a training, from its looks, its history and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect import replay
from pellucid.inspect.findings import WIDTH, TrainingFinding, causes_first
from pellucid.inspect.health.course import course
from pellucid.inspect.health.flow import flow
from pellucid.inspect.health.given import answered, given
from pellucid.inspect.health.look import Look, look
from pellucid.inspect.health.story import Story, answers_of, baseline_loss
from pellucid.inspect.health.survey import sample_of, survey
from pellucid.inspect.health.units import units

if TYPE_CHECKING:
    from pellucid.models.recording import Recording
    from pellucid.models.run import Run

JUDGES = (given, units, flow, course, answered)
LOOKS, ROWS, ANSWERED_ROWS = 20, 128, 2_000
LONG = 60.0
"""A run of more seconds is not taken again for the looks."""


@dataclass(frozen=True, eq=False)
class Checkup:
    """What was found about a training.

    Attributes:
        findings: the serious first, causes before what they bring about; none: it is healthy.
        looks: the measures that they rest on, in order of the steps.
        watched: how many of the looks were taken while it learned; the others by replay.
        seconds: what those looks cost while it learned.
    """

    findings: tuple[TrainingFinding, ...]
    looks: tuple[Look, ...]
    watched: int = 0
    seconds: float = 0.0

    @property
    def serious(self) -> tuple[TrainingFinding, ...]:
        """The findings that say not to use what was learned as it is."""
        return tuple(found for found in self.findings if found.severity == "serious")

    @property
    def told(self) -> tuple[TrainingFinding, ...]:
        """The findings but for the notes."""
        return tuple(found for found in self.findings if found.severity != "note")

    def __iter__(self) -> Iterator[TrainingFinding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, place: int) -> TrainingFinding:
        return self.findings[place]

    def text(self, columns: int = WIDTH) -> str:
        """The findings in words."""
        told = [found.text(columns) for found in self.findings]
        return "\n\n".join([*self.head(), *told, self.where()])

    def head(self) -> list[str]:
        """What is said before the findings, where none is more than a note."""
        if self.told:
            return []
        return [
            "Healthy, with something to note:" if self.findings else "Healthy: nothing was found."
        ]

    def where(self) -> str:
        """What the findings rest on."""
        if not self.looks:
            return "From the history alone."
        first, last = self.looks[0].step, self.looks[-1].step
        looks = count_of(len(self.looks), "look")
        return f"From {looks} at the network, after {first:,} to {last:,} steps."

    def rows(self) -> list[dict[str, Any]]:
        """A row a layer and look: what was measured, without the histograms."""
        kept = (
            "name", "size", "spread", "rank", "weight", "gradient", "update", "slope", "saturated",
        )  # fmt: skip
        return [
            {
                "step": one.step, "loss": one.loss, "rate": one.rate, "dead": len(layer.dead),
                **{name: getattr(layer, name) for name in kept}, "ratio": layer.ratio,
            }
            for one in self.looks
            for layer in one.layers
        ]  # fmt: skip

    def row(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "findings": [found.row() for found in self.findings],
            "looks": [one.row() for one in self.looks],
            "watched": self.watched,
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def health(run: Run, *, looks: int = LOOKS, rows: int = ROWS) -> Checkup:
    """Look a training over, and tell what is amiss, why one may think so, and what to do.

    Looks that were taken while it learned (``fit(health=True)``) are used as they are, and the
    beginning and the end are looked at beside them; without them, so many steps are gone back to:
    those of which the run kept a state.

    Parameters:
        looks: at how many steps to look, at most.
        rows: how many of the rows learned from to look at, evenly spread.
    """
    recording = run.recording
    if recording is None:
        return Checkup(causes_first(course(_bare(run))), ())
    taken = list(run.watching.looks) if run.watching is not None else []
    sample = sample_of(recording.data, rows)
    known = {one.step for one in taken}
    steps = _steps(run, looks) if len(taken) < 3 else [recording.first]
    found = _looks_at(run, [step for step in steps if step not in known], sample)
    found = sorted([*taken, *found, *_at_the_end(run, sample, known)], key=lambda one: one.step)
    story = told(run, tuple(found))
    findings = causes_first(each for judge in JUDGES for each in judge(story))
    seconds = run.watching.seconds if run.watching is not None else 0.0
    return Checkup(findings, tuple(found), len(taken), seconds)


def told(run: Run, looks: tuple[Look, ...]) -> Story:
    """All that is known of a run, with these looks."""
    recording = run.recording
    assert recording is not None
    task, data = recording.task, recording.data
    many = sample_of(data, ANSWERED_ROWS)
    classes = getattr(run.network._parts()[2], "labels", ()) if task.kind == "classes" else ()
    has_targets = data.y.size > 0
    return Story(
        task, run.rule, recording.plan, run.history.rows, looks,
        survey(
            data, recording.network.inputs, recording.plan, run.rows, recording.task.units
        ),
        answers_of(task, *run.network._vectors(), many) if has_targets else None,
        baseline_loss(task, many) if has_targets else None,
        tuple(map(str, classes)),
        run.history.ended.best_epoch if run.history.ended else None,
        data,
        _held(run),
    )  # fmt: skip


def _bare(run: Run) -> Story:
    """What is known of a run of which nothing but the history is left."""
    task = run.network._parts()[0]
    ended = run.history.ended
    return Story(
        task, run.rule, run.settings.plan, run.history.rows, (),
        best_epoch=ended.best_epoch if ended else None, held=_held(run),
    )  # fmt: skip


def _held(run: Run) -> int:
    started = run.history.started
    return started.validation_samples if started else 0


def _steps(run: Run, most: int) -> list[int]:
    """Steps to look at, evenly over the run.

    They are those of which it kept a state, if these are many, or if steps took so long that they
    are not to be taken again.
    """
    recording = run.recording
    assert recording is not None
    first, last = recording.first, recording.last
    wanted = np.linspace(first, max(first, last - 1), max(most, 2)).astype(int).tolist()
    kept = sorted({first, *(recording.kept.before(step).step for step in wanted)})
    enough = len(kept) > most // 2 or run.seconds > LONG or recording.rule.minimizer is not None
    return kept if enough else sorted(set(wanted))


def _looks_at(run: Run, steps: Sequence[int], sample: dict[str, Any]) -> list[Look]:
    """Looks at steps that the run took, with the sample's rows in place of their own.

    From one step to the next the run is taken again, or begun from a state it kept in between.
    """
    recording = run.recording
    assert recording is not None
    found = []
    carried: Mapping[str, Array] = {}
    at = -1
    for step in steps:
        near = recording.kept.before(step)
        if near.step > at:
            carried, at = near.carried, near.step
        if step > at and recording.rule.minimizer is None:
            carried, at = replay._advanced(recording, carried, at, step)[0], step
        rate = 1.0 if recording.rule.minimizer is not None else recording.course.rate(step)
        found.append(_looked(recording, carried, step, rate, sample))
    return found


def _at_the_end(run: Run, sample: dict[str, Any], known: set[int]) -> list[Look]:
    """A look at what was reached, as if one more step were taken with the last rate."""
    recording = run.recording
    assert recording is not None
    step = recording.last
    if step in known or step == recording.first:
        return []
    rates = [float(row["rate"]) for row in run.history.rows[-1:]] or [0.0]
    state = replay.at(run, step)._state
    assert state is not None
    return [_looked(recording, state.carried, step, rates[0], sample)]


def _looked(
    recording: Recording, carried: Mapping[str, Array], step: int, rate: float,
    sample: Mapping[str, Any],
) -> Look:  # fmt: skip
    inputs = {
        **carried, **sample, "rate": np.array(rate), "time": np.array(step + 1.0),
        "key": np.array([recording.plan.seed, step]),
    }  # fmt: skip
    return look(recording.task, recording.rule, inputs, step)
