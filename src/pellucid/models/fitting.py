"""What ``fit`` does before the first step: data encoded, sizes and rule chosen, a run ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid.data.codec import Classes
from pellucid.data.fingerprint import fingerprint
from pellucid.learn.events import Event
from pellucid.learn.loop import EarlyStopping
from pellucid.learn.metrics import Metric
from pellucid.learn.rule import Rule
from pellucid.models.kinds import target_codec
from pellucid.models.penalty import suited
from pellucid.models.prepare import (
    check_targets,
    complete,
    given,
    given_weights,
    sample_weights,
    samples,
)
from pellucid.models.recording import Recording
from pellucid.models.run import Run, Settings, as_rule, default_rule, divide, going_on, plan
from pellucid.run.choose import executor
from pellucid.run.executor import Executor, Precision

if TYPE_CHECKING:
    from pellucid.models.network import Network


def made_ready(
    net: Network, x: Any, y: Any = None, *, epochs: int | None = None, batch: int | None = None,
    rule: Rule | str | None = None, validation: float | tuple[Any, ...] | None = None,
    early_stopping: EarlyStopping | int | None = None, sample_weight: Any = None,
    class_weight: Mapping[Any, float] | str | None = None,
    metrics: Sequence[str | Metric] | None = None, shuffle: bool = True,
    engine: str | Executor = "auto", precision: Precision | None = None,
    threads: int | None = None, progress: bool | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Run:  # fmt: skip
    """A run that is ready to be pulled; ``Network.fit`` says what all these mean.

    Raises: whatever is wrong with them; until ``Run.pull`` is called the network is left as it was.
    """
    x, y = given(x, y, net._codec, net._scale_inputs)
    chosen = executor(engine, precision, threads)
    weight = given_weights(sample_weight, len(x))
    x, y, weight = complete(x, y, weight, net._missing)
    target = net._target or target_codec(y, net._asked_loss, net._layers, net._kind)
    by_class = isinstance(target, Classes)
    part, held_out = divide(x, y, validation, net.seed, by_class, net._codec)
    asked = rule if rule is not None else net._rule
    learned = default_rule(len(part.x)) if asked is None else as_rule(asked)
    check_targets(learned, y, net._target)
    watching = held_out is not None
    planned = plan(
        len(part.x), learned, net.seed, epochs, batch, shuffle, early_stopping, watching,
        unwatched=on_event is None,
    )  # fmt: skip
    fresh = net._prepared(part.x, part.y, metrics, learned.loss)
    fresh.set_threshold(None)  # one that was chosen for other parameters
    if asked is None:
        learned = suited(learned, fresh, part.x, part.y)
    task, codec, target = fresh._parts()
    weights = sample_weights(
        len(part.x), target, part.y, None if weight is None else weight[part.rows], class_weight
    )
    data = samples(part.x, part.y, weights, codec, target, task, chosen.precision)
    watched = None
    if held_out is not None:
        watched = samples(
            held_out.x, held_out.y, held_out.weight, codec, target, task, chosen.precision
        )
    before = fresh.provenance.get("data")
    sha256 = fingerprint(x) if y is None else fingerprint(x, y)
    fresh.provenance["data"] = {"sha256": sha256, "rows": len(x)}
    fresh.provenance.pop("calibration", None)  # learned on, it holds no more
    state = going_on(fresh._reached(), fresh.architecture, learned, fresh._rule)
    if before != fresh.provenance["data"]:
        state.begun = None  # an epoch goes on with the rows that it began with
    recording = Recording(fresh, learned, planned, chosen, data, watched, state)
    run = Run(net, Settings(learned, planned, chosen, progress, on_event), recording=recording)
    run.rows = part.rows
    return run
