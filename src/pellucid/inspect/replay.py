"""Any step of a run reached again: the network as it was, what a step read, another way from there.

A run keeps its samples, its seed and some of its states (``pellucid.models.recording``). The order
of the samples, the rates and all that is drawn at random are functions of seed and step; so from
any state that was kept, the steps after it can be taken again, to the bit on the same executor and
number of threads.

Steps are counted as the history does: ``at(run, 0)`` is a new network before its first step; of a
second ``fit`` the first state is the one that the first has reached.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.learn.events import Event
from pellucid.learn.loop import EarlyStopping, train
from pellucid.learn.plan import Begun, Encoded, Plan, State
from pellucid.learn.rule import Rule
from pellucid.learn.score import rows_a_batch
from pellucid.learn.step import step_graph
from pellucid.models.network import Network
from pellucid.models.recording import Recording
from pellucid.models.run import Run, Settings, as_rule, going_on, plan
from pellucid.run.choose import executor
from pellucid.run.executor import Executor, Precision, Steps

if TYPE_CHECKING:
    from pellucid.inspect.trace import Trace

__all__ = ["Recording", "at", "branch", "inputs_of", "open_run", "rows_of", "state_at", "trace_at"]

SAMPLES_A_CALL = 1 << 20


def at(run: Run, step: int) -> Network:
    """The network as it was after so many steps: the same bits as then.

    With early stopping that is what training had reached, also at its last step; the best epoch's
    values, to which the run went back in the end, are those of ``run.network``.
    Raises: ``ParameterError`` for a step that the run did not reach.
    """
    recording, step = _found(run, step)
    return _network(recording, _state(recording, step))


def inputs_of(run: Run, step: int) -> dict[str, Array]:
    """All that the step graph reads in the step that is taken after ``step`` steps.

    Those are the carried values by name, ``x``, ``y`` and ``weight`` of its samples, ``rate``,
    ``time`` and ``key``; also of the step at which a run diverged.
    Raises: ``ParameterError`` for a step that the run did not take, and for a run of a minimizer
        such as L-BFGS.
    """
    recording, step = _taken(run, step)
    order, _ = recording.course.order(step, 1)
    return _carried(recording, step) | recording.course.feed(order, step, 1).step(0)


def rows_of(run: Run, step: int) -> Array:
    """The places of that step's samples among the rows learned from; raises as ``inputs_of``."""
    recording, step = _taken(run, step)
    return recording.course.order(step, 1)[0]


def trace_at(run: Run, step: int) -> Trace:
    """Every value of the step that is taken after ``step`` steps, on the reference executor.

    Raises: as ``inputs_of``.
    """
    from pellucid.inspect.trace import trace_step

    recording, step = _taken(run, step)
    return trace_step(
        _network(recording, _state(recording, step)), inputs_of(run, step), recording.rule,
        recording.plan.batch, rows=rows_of(run, step),
    )  # fmt: skip


def state_at(run: Run, step: int) -> State:
    """The carried values after so many steps, with what the epoch under way reported until there.

    A run that begins from it goes on as this one did. Raises: as ``at``.
    """
    recording, step = _found(run, step)
    return _middle(recording, step)


def branch(
    run: Run, step: int, *, rule: Rule | str | None = None, epochs: int | None = None,
    batch: int | None = None, seed: int | None = None, shuffle: bool | None = None,
    early_stopping: EarlyStopping | int | Literal[False] | None = None,
    engine: str | Executor | None = None, precision: Precision | None = None,
    threads: int | None = None, progress: bool | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Run:  # fmt: skip
    """Go on from a step of a run with other settings, in a copy; the run stays as it is.

    What is not given is as it was in the run, and the samples are the same. With nothing given that
    bears on the steps, they are those of the run; but a minimizer such as L-BFGS remembers more
    than its values, and begins anew. A schedule begins anew with another rule, batch
    or number of epochs. Early stopping watches from here on.

    Parameters:
        rule: another rule starts with slots of its own, the same one keeps its moments.
        epochs: how many from here, that under way counted; by default those that were left.
        batch, seed, shuffle, engine, precision, threads, progress, on_event: as for ``fit``.
        early_stopping: as for ``fit``; False: none.
    Returns: a run with its own network, history and recording.
    Raises: ``ParameterError`` for a step that the run did not reach, or settings that do not fit.
    """
    recording, step = _found(run, step)
    learned = recording.rule if rule is None else _fitting_rule(recording, as_rule(rule))
    chosen = recording.executor
    if engine is not None or precision is not None or threads is not None:
        chosen = executor(chosen.name if engine is None else engine, precision, threads)
    state = _middle(recording, step)
    planned = _plan(
        recording, state.epoch, learned, rule is not None, epochs, batch,
        recording.plan.seed if seed is None else seed,
        recording.plan.shuffle if shuffle is None else shuffle,
        early_stopping, unwatched=on_event is None,
    )  # fmt: skip
    goes_on = rule is None and epochs is None and planned.batch == recording.plan.batch
    goes_on = goes_on and learned.minimizer is None  # which remembers nothing of before
    reached = going_on(state, recording.task.architecture, learned, recording.rule)
    made = Recording(
        recording.network, learned, planned, chosen, recording.data, recording.validation, reached
    )
    settings = Settings(learned, planned, chosen, progress, on_event)
    branched = Run(recording.network.copy(), settings, recording=made)
    branched.pull(branched.begin(began=recording.began if goes_on else None))
    return branched


def open_run(folder: str | os.PathLike[str], data: str | None = None) -> Run:
    """The run of a folder that ``pellucid train`` made, to be asked for its steps.

    The data are read and divided again as the command said, and have to be the same: their SHA-256
    is compared. A checkpoint that is damaged is told in a warning, and passed over.

    Parameters:
        data: where the data are now, where they were moved.
    Raises: ``FileError`` for what is no folder of a run; ``DataError`` for data that are not there
        or not the same.
    """
    opening = importlib.import_module("pellucid.cli.opening")  # what reads commands is above
    run: Run = opening.open_run(os.fspath(folder), data)
    return run


# --- what was asked for


def _recording(run: Run) -> Recording:
    if run.recording is None:
        raise ParameterError(
            "This run has no recording: it came out of a pickle, which holds none. Fit again, or "
            "open the folder of a run with pellucid.inspect.replay.open_run."
        )
    return run.recording


def _found(run: Run, step: int) -> tuple[Recording, int]:
    """The recording, once the step is one that the run has reached."""
    recording = _recording(run)
    first, last = recording.first, recording.last
    if isinstance(step, bool) or not isinstance(step, int | np.integer):
        raise ParameterError(f"A step is a whole number from {first} to {last}, got {step!r}.")
    if not first <= step <= last:
        before = f" The first {first:,} belong to earlier runs." if 0 <= step < first else ""
        raise ParameterError(
            f"This run can be seen after {first:,} to {last:,} steps, got {step:,}.{before} Ask "
            "for one of these."
        )
    return recording, int(step)


def _taken(run: Run, step: int) -> tuple[Recording, int]:
    """The recording, once the step is one that was taken, or broke."""
    recording, step = _found(run, step)
    if recording.rule.minimizer is not None:
        name = type(recording.rule.minimizer).__name__
        raise ParameterError(
            f"{name} looks at all samples at several points before it settles on the next, so it "
            "takes no steps that read a batch. run.at(step) gives the network after an iteration."
        )
    if step == recording.last and run.reason == "finished":
        raise ParameterError(
            f"The run ended after {step:,} steps, so none was taken from there. Ask for a step "
            f"from {recording.first:,} to {step - 1:,}: the one taken after so many."
        )
    return recording, step


def _fitting_rule(recording: Recording, rule: Rule) -> Rule:
    if rule.loss != recording.rule.loss:
        raise ParameterError(
            f"{type(rule).__name__} learns another loss than the run's "
            f"{type(recording.rule).__name__}, which a branch cannot change. Fit a copy instead: "
            "run.at(step).fit(...)."
        )
    return rule


def _plan(
    recording: Recording, epoch: int, rule: Rule, is_new: bool, epochs: int | None,
    batch: int | None, seed: int, shuffle: bool,
    early_stopping: EarlyStopping | int | Literal[False] | None, unwatched: bool,
) -> Plan:  # fmt: skip
    """The plan of a branch after so many epochs."""
    own = recording.plan
    if batch is None and not (is_new and (rule.batch or rule.minimizer)):
        batch = None if recording.rule.minimizer is not None else own.batch
    stopping = own.stopping if early_stopping is None else early_stopping or None
    last = recording.began.epoch + own.epochs
    if recording.rule.minimizer is None:
        last = recording.course.last_epoch
    if epochs is None and epoch >= last:
        raise ParameterError(
            f"The run's {own.epochs} epochs are done at this step, so none are left to go on with. "
            "Say how many, as in branch(step, epochs=10)."
        )
    as_planned = epochs is None and not is_new and batch == own.batch
    length = own.epochs if as_planned else epochs if epochs is not None else last - epoch
    return plan(
        len(recording.data), rule, seed, length, batch, shuffle, stopping,
        recording.validation is not None, unwatched,
    )  # fmt: skip


# --- how it is reached


def _network(recording: Recording, state: State) -> Network:
    network = recording.network.copy()
    network._state, network._rule = state, recording.rule
    return network


def _state(recording: Recording, step: int) -> State:
    epoch = recording.began.epoch + step - recording.began.step  # of a minimizer
    if recording.rule.minimizer is None:
        epoch, _ = recording.course.place(step)
    return State(_carried(recording, step), step, epoch)


def _carried(recording: Recording, step: int) -> dict[str, Array]:
    """The carried values after so many steps, in arrays of their own."""
    near = recording.kept.before(step)
    if near.step == step:
        return near.copy()
    if recording.rule.minimizer is not None:
        return _iterated(recording, step)
    return _advanced(recording, near.carried, near.step, step)[0]


def _middle(recording: Recording, step: int) -> State:
    """The state after so many steps, with what the epoch under way has reported until there."""
    if recording.rule.minimizer is not None:
        return _state(recording, step)
    epoch, into = recording.course.place(step)
    if not into:
        return _state(recording, step)
    start = max(step - into, recording.first)
    carried, parts = _advanced(recording, _carried(recording, start), start, step)
    told = []
    if recording.begun is not None and start > step - into:  # it was under way at the start
        told = recording.begun.told
    order = (len(recording.data), *recording.plan.order)
    begun = Begun(into, [*told, *parts], len(told) + len(parts), order)
    return State(carried, step, epoch, begun=begun)


def _advanced(
    recording: Recording, carried: Mapping[str, Array], step: int, to: int
) -> tuple[dict[str, Array], list[dict[str, Array]]]:
    """Take the steps from one to another again; the values reached, and what the steps reported."""
    course, plan = recording.course, recording.plan
    graph = step_graph(recording.task, recording.rule, plan.batch)
    program = recording.executor.compile(graph)
    now, parts = dict(carried), []
    while step < to:
        count = _portion(recording, step, to)
        order, epoch = course.order(step, count)
        found: Steps = program.steps(now, course.feed(order, step, count, epoch))
        if not found.finite:
            raise DataError(
                f"Taken again, step {step + found.done + 1:,} gives values that are not finite; in "
                "the run they were. The data were changed since: give the run's own, or fit again."
            )
        parts.append(found.reported)
        now, step = found.carried, step + count
    return now, parts


def _portion(recording: Recording, step: int, to: int) -> int:
    """How many steps to take in one call: to the end of an epoch at most, or several short ones."""
    course, samples = recording.course, len(recording.data)
    _, into = course.place(step)
    if isinstance(recording.data.x, Encoded):  # encoded for the call, all of its samples at once
        some = max(1, rows_a_batch(recording.data.x) // recording.plan.batch)
        return min(some, to - step, course.each - into)
    epochs = min((to - step) // course.each, SAMPLES_A_CALL // max(samples, 1))
    if into == 0 and epochs > 1:
        return epochs * course.each
    return min(to - step, course.each - into)


def _iterated(recording: Recording, step: int) -> dict[str, Array]:
    """The values after so many iterations of a minimizer, which remembers those before."""
    first = recording.kept.first
    state = State(first.copy(), first.step, recording.began.epoch)
    planned = Plan(recording.plan.epochs, recording.plan.batch, recording.plan.seed)
    events = train(
        recording.task, recording.rule, planned, state, recording.data, recording.executor
    )
    for _ in events:
        if state.step == step:
            break
    carried = state.carried
    events.close()
    return carried
