"""A training run: its settings, and what it left behind."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.arrays import check_inputs, check_pair
from pellucid.data.codec import InputCodec
from pellucid.data.frame import Table
from pellucid.data.split import split_rows
from pellucid.dataclass import dataclass
from pellucid.errors import DivergenceWarning, ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import declarations
from pellucid.learn.backprop import Backprop
from pellucid.learn.events import Event
from pellucid.learn.loop import EarlyStopping, Plan, State
from pellucid.learn.optimizers import Adam
from pellucid.learn.plan import Began, Keep, Portion
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import Cosine
from pellucid.models.history import History
from pellucid.models.looking import LookingBack
from pellucid.models.prepare import checked, given_weights, take, with_target
from pellucid.models.progress import progress_bar
from pellucid.models.recording import Recording
from pellucid.nn.architecture import Architecture
from pellucid.run.executor import Executor

if TYPE_CHECKING:
    from pellucid.models.network import Network

SMALL, LARGE = 5_000, 100_000
BATCHES, STEPS = (32, 64, 512), (5_000, 10_000, 10_000)
"""Samples a step and steps in all: below 5,000 samples, from there, and from 100,000 on."""
FEWEST_STEPS, MOST_EPOCHS, FEWEST_EPOCHS = 1_000, 200, 5
FIRST_RATE, MOST_PENALTY = 0.005, 0.02


@dataclass(frozen=True)
class Part:
    """Some rows of the data, as the user gave them; ``rows`` are their places.

    ``weight`` is how much each counts where it is held out; rows to learn from are weighed apart.
    """

    x: Any
    y: Any
    rows: Array
    weight: Array


def divide(
    x: Any, y: Any, validation: Any, seed: int, stratify: bool, codec: InputCodec | None = None
) -> tuple[Part, Part | None]:
    """The rows to learn from, and those held out."""
    everything = Part(x, y, np.arange(len(x)), np.ones(len(x)))
    if validation is None:
        return everything, None
    if isinstance(validation, tuple | list) and len(validation) in (2, 3):
        *pair, weights = (*validation, None)[:3]
        xv, yv = with_target(*pair)
        if isinstance(x, Table):
            xv = checked(xv, None if y is None else yv, codec)
        else:
            xv = check_inputs(xv, "x of validation")
        if y is not None:
            check_pair(xv, yv)
        weight = None if weights is None else given_weights(weights, len(xv))
        return everything, Part(
            xv, yv, np.arange(len(xv)), np.ones(len(xv)) if weight is None else weight
        )
    if not isinstance(validation, int | float) or not 0 < validation < 1:
        raise ParameterError(
            "fit expects validation to be a share between 0 and 1, or (x, y), got "
            f"{validation!r:.60}. validation is what is held out to watch."
        )
    keep, out = split_rows(y if stratify else len(x), validation, seed=seed, stratify=stratify)
    kept, held = (Part(x[at], _take(y, at), at, np.ones(len(at))) for at in (keep, out))
    return kept, held


def _take(y: Any, rows: Array) -> Any:
    return None if y is None else take(y, rows)


@dataclass(frozen=True)
class Settings:
    """How a run is done: every choice that ``fit`` was given or made."""

    rule: Rule
    plan: Plan
    engine: Executor
    progress: bool | None = None
    on_event: Callable[[Event], None] | None = None


def plan(
    count: int, rule: Rule, seed: int, epochs: int | None, batch: int | None, shuffle: bool,
    stopping: EarlyStopping | int | None, has_validation: bool, unwatched: bool,
) -> Plan:  # fmt: skip
    """How long and in which portions to train on ``count`` samples; checks what was given."""
    declared = declarations(Plan)
    if batch is not None and rule.minimizer is not None:
        raise ParameterError(
            f"fit was given batch={batch}, and this rule looks at all samples at once. "
            "Leave batch out."
        )
    size = min(count, rule.batch or default_batch(count))
    if batch is not None:
        size = declared["batch"].check("fit", "batch", batch)
        if size > count:
            raise ParameterError(
                f"fit expects a batch of at most the {count} samples to learn from, got {size}. "
                "Use a smaller batch."
            )
    length = default_epochs(count, size)
    if epochs is not None:
        length = declared["epochs"].check("fit", "epochs", epochs)
    if stopping is not None and not isinstance(stopping, EarlyStopping):
        patience = declarations(EarlyStopping)["patience"]
        stopping = EarlyStopping(patience.check("fit", "early_stopping", stopping))
    if stopping is not None and not has_validation and stopping.monitor.startswith("val_"):
        raise ParameterError(
            f"Early stopping watches {stopping.monitor}, and there is no validation data. "
            "Give fit validation=0.1, or (x, y)."
        )
    return Plan(length, size, seed, shuffle, stopping, unwatched)


def going_on(reached: State, architecture: Architecture, rule: Rule, last: Rule | None) -> State:
    """The state to go on from; a rule other than the last starts with slots of its own."""
    kept = {name: reached.carried[name] for name in ("params", "state")}
    own = rule.slots(architecture)
    if rule == last and all(name in reached.carried for name in own):
        own = {name: reached.carried[name] for name in own}
    return State(kept | own, reached.step, reached.epoch, begun=reached.begun)


def default_rule(count: int, rate: float = FIRST_RATE) -> Rule:
    """Adam from a rate (of 0.005) down to 0 along a cosine, and a penalty of l2 = 2 / samples.

    Divided by the samples, the penalty is a prior that does not depend on their number: each weight
    normal with variance 1/2. Below 100 samples it grows no more: the four rows of a gate are not
    a sample of anything. ``pellucid.models.penalty.suited`` then makes it suit the samples.
    """
    return Backprop(Adam(Cosine(rate)), l2=min(2.0 / count, MOST_PENALTY))


def as_rule(rule: Rule | str) -> Rule:
    """A rule, or an optimizer's name as short for Backprop with it."""
    if isinstance(rule, str):
        return Backprop(rule)
    if isinstance(rule, Rule):
        return rule
    raise ParameterError(
        f"fit expects rule to be a learning rule such as Backprop(Adam(0.001)), got {rule!r}. "
        "An optimizer goes inside: rule=Backprop(SGD(0.1))."
    )


def default_batch(count: int) -> int:
    """32 samples a step, 64 from 5,000 samples on, 512 from 100,000 on; never more than there are.

    A step costs what it costs for its samples, and once more for its parameters: with few samples
    a step, those of large embeddings would take most of the time of large tables.
    """
    return min(count, BATCHES[_size(count)])


def default_epochs(count: int, batch: int) -> int:
    """As many epochs as make about 5,000 steps, or 10,000 from 5,000 samples on.

    They are 5 at least and 200 at most, but make 1,000 steps anyway. From 100,000 samples on, steps
    of more than 64 samples count as if they were of 64.
    """
    size = _size(count)
    steps = -(-count // (min(batch, BATCHES[1]) if size == 2 else batch))
    most = max(MOST_EPOCHS, -(-FEWEST_STEPS // steps))
    return int(min(most, max(FEWEST_EPOCHS, round(STEPS[size] / steps))))


def _size(count: int) -> int:
    """0 for few samples, 1 for many, 2 for very many."""
    return (count >= SMALL) + (count >= LARGE)


@dataclass
class Run(LookingBack):
    """What a call of ``fit`` did: the settings, the history, and the network that came of it."""

    network: Network = field(repr=False)
    settings: Settings = field(repr=False)
    history: History = field(default_factory=History)
    recording: Recording | None = field(default=None, repr=False, compare=False)

    @property
    def rule(self) -> Rule:
        """The learning rule."""
        return self.settings.rule

    @property
    def reason(self) -> str:
        """Why it ended: finished, early_stopping, converged, interrupted or diverged."""
        return self.history.ended.reason if self.history.ended else "interrupted"

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.history.ended.seconds if self.history.ended else 0.0

    def begin(
        self,
        keep: Keep | None = None,
        began: Began | None = None,
        portion: Portion | None = None,
    ) -> Generator[Event, None, None]:
        """Hand the network over to the run, and give the run's events, to be pulled.

        Parameters:
            keep, began, portion: as for ``learn.train``.
        Raises: what the rule has against the network, which then is left as it was.
        """
        recording = self.recording
        assert recording is not None
        events, ready = recording.events(keep, began, portion), recording.network
        own = {"provenance": copy.deepcopy(ready.provenance), "_predictors": {}}
        reached = {"_state": recording.state, "_rule": recording.rule}
        self.network.__dict__.update(ready.__dict__ | own | reached)
        return events

    def pull(self, events: Generator[Event, None, None]) -> None:
        """Pull all events, through the history and the progress bar.

        Ctrl-C while a consumer is at work is handed to the loop, which then ends cleanly.
        """
        try:
            self._pulled(events)
        finally:
            if self.recording is not None:
                self.recording.seal()
        if self.history.diverged is not None:
            warnings.warn(self.history.diverged.message, DivergenceWarning, stacklevel=4)

    def _pulled(self, events: Generator[Event, None, None]) -> None:
        settings = self.settings
        with closing(events), progress_bar(settings.progress) as show:
            event: Event | None = next(events)
            while event is not None:
                try:
                    self.history.take(event)
                    show(event)
                    if settings.on_event:
                        settings.on_event(event)
                    event = next(events, None)
                except KeyboardInterrupt:
                    event = None if self.history.ended else events.throw(KeyboardInterrupt)

    def __getstate__(self) -> dict[str, Any]:
        """A pickle holds no recording, which has all samples in it."""
        return self.__dict__ | {"recording": None}

    def __repr__(self) -> str:
        last = self.history.rows[-1] if self.history.rows else {}
        values = ", ".join(
            f"{name} {value:.4g}" for name, value in last.items() if isinstance(value, float)
        )
        return f"<Run: {self.reason} after {len(self.history)} epochs; {values}>"
