"""A scene's data, opened, divided and encoded, with a network built on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.dataset import Dataset
from pellucid.data.targets import Numbers, fit_target
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.graph.primitive import Array
from pellucid.learn.plan import Samples, State
from pellucid.learn.rule import Rule
from pellucid.models.fitting import made_ready
from pellucid.models.network import Network
from pellucid.nn.losses import Loss
from pellucid.run.executor import Executor
from pellucid.scene.bounds import MOST_PARAMETERS, check_data, check_layers
from pellucid.scene.curve import curve_of_run
from pellucid.scene.model import begun
from pellucid.scene.scene import Scene
from pellucid.scene.source import within


@dataclass(frozen=True, eq=False)
class Prepared:
    """What stays the same while a network learns and is touched.

    Attributes:
        data: the samples, in the user's words, with the labels that were changed.
        network: as it was before its first step; its task, codecs and layers.
        samples, held: the encoded samples that are learned from, and those held out, if any.
        learned, held_rows: the places of both in the data.
        loss: of the rule, where it has its own.
        before: the learning curve of the run that the network came from, at steps up to 0.
    """

    data: Dataset
    network: Network
    samples: Samples
    held: Samples | None
    learned: Array
    held_rows: Array
    loss: Loss | None
    before: Mapping[str, Array] = field(default_factory=dict)

    @property
    def has_targets(self) -> bool:
        """Whether the targets are learned from."""
        return self.loss is None


def prepared(scene: Scene, folder: Path | None, executor: Executor) -> Prepared:
    """Open a scene's data and build its network.

    Raises: what is wrong with the data, the layers or the rule.
    """
    check_layers(scene.hidden)
    data = scene.source.open(folder)
    check_data(data)
    network = scene.network(data.kind if scene.rule.loss is None else None)
    network.most_parameters = MOST_PARAMETERS
    if scene.model is not None:
        network = begun(scene, within(folder, scene.model), network)
        ready = _ready(data, network, scene, scene.rule, executor)
        if scene.history is None:
            return ready
        return replace(ready, before=curve_of_run(within(folder, scene.history)))
    if data.kind == "numbers" and scene.rule.loss is None and not scene.scale:
        plain = fit_target(data.y, kind="numbers")
        assert isinstance(plain, Numbers)
        network.build(data.x, data.y, target=plain.unscaled())
    return _ready(data, network, scene, scene.rule, executor)


def relabelled(
    before: Prepared, scene: Scene, row: int, label: Any, executor: Executor
) -> Prepared:  # fmt: skip
    """The same with another label for one row; the parameters are left to the caller."""
    data = before.data
    if data.kind != "classes":
        raise DataError(
            f"Only rows that have a class can be given another; here y holds {data.kind}."
        )
    known = {str(name): name for name in np.unique(data.y)}
    if str(label) not in known:
        raise DataError(
            f"A row can be one of {', '.join(known)}, got {str(label)!r:.60}. Choose one of these."
        )
    y = data.y.copy()
    y[row] = known[str(label)]
    changed = replace(data, y=y)
    ready = _ready(changed, before.network.copy(), scene, scene.rule, executor)
    return replace(ready, before=before.before)


def _ready(
    data: Dataset, network: Network, scene: Scene, rule: Rule, executor: Executor
) -> Prepared:  # fmt: skip
    """Divided and encoded, as ``fit`` does it."""
    y = data.y if rule.loss is None else None
    run = made_ready(
        network, data.x, y, epochs=1, rule=rule, validation=scene.validation or None,
        engine=executor,
    )  # fmt: skip
    recording = run.recording
    assert recording is not None
    learned = np.asarray(run.rows)
    held_rows = np.setdiff1d(np.arange(len(data.x)), learned)
    built = recording.network
    features = list(data.feature_names)
    built.provenance["data"] = built.provenance.get("data", {}) | {
        "name": data.name, "features": features, "target": data.target,
        "picture": list(data.image_shape) if data.image_shape else None,
    }  # fmt: skip
    return Prepared(
        data, built, recording.data, recording.validation, learned, held_rows, rule.loss
    )


def first_state(ready: Prepared) -> State:
    """The state of the network before its first step, without a rule's slots."""
    return bare(ready.network._reached())


def bare(state: State) -> State:
    """A state with the network's own values only, in arrays of their own."""
    carried = {name: state.carried[name].copy() for name in ("params", "state")}
    return State(carried, state.step, state.epoch, begun=state.begun)
