"""A scene: data, network, rule, seed and what was done, in one record that opens again exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.data.dataset import Kind
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Declared, hyper
from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Adam
from pellucid.learn.rule import Rule
from pellucid.learn.spec import FAMILIES as RULES
from pellucid.models.network import Network
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.losses import Loss
from pellucid.nn.spec import FAMILIES as LAYERS
from pellucid.records import Family, Records
from pellucid.scene.acts import ACTS, Act
from pellucid.scene.map_scene import MapScene
from pellucid.scene.memory_scene import MemoryScene
from pellucid.scene.source import SOURCES, Sample, Source

VERSION = 1


@dataclass(frozen=True)
class Scene(Declared):
    """All that a learner has before them.

    Parameters:
        source: where the samples come from.
        hidden: the layers before the last.
        output: the last layer; None: a Dense layer with as many units as the target needs.
        loss: what is made small; None: what suits the target.
        rule, batch: how the next steps learn; batch None: what suits the rule and the samples.
        epochs: when "to the end" is reached, and what schedules are planned for.
        validation: the share of the samples that is held out to watch; 0: none.
        scale: whether inputs, and numbers to predict, are scaled; without, they are learned from as
            they are.
        seed: of the first parameters, the shuffling and the dropout.
        model: a model file of the session, from whose parameters and scaling it begins; hidden,
            output and loss are the model's.
        history: a file of the session with the events of the run that trained the model: the
            learning curve begins with them, at steps below 0.
        acts: what was done, in order.
    """

    source: Source = hyper(Sample("moons"), kind=Source, doc="where the samples come from")
    hidden: tuple[Layer, ...] = hyper((), kind=tuple, doc="the layers before the last")
    output: Layer | None = hyper(None, kind=Layer, optional=True, doc="the last layer")
    loss: Loss | None = hyper(None, kind=Loss, optional=True, doc="what is made small")
    rule: Rule = hyper(Backprop(Adam(0.01)), kind=Rule, doc="the learning rule")
    batch: int | None = hyper(None, kind=int, low=1, optional=True, doc="the samples a step")
    epochs: int = hyper(100, kind=int, low=1, high=10**9, doc="how often each sample is seen")
    validation: float = hyper(0.0, low=0, below=1, doc="the share that is held out to watch")
    scale: bool = hyper(True, kind=bool, doc="whether inputs are scaled")
    seed: int = hyper(0, kind=int, low=0, high=2**63 - 1, doc="the seed of all that is random")
    model: str | None = hyper(
        None, kind=str, optional=True, doc="the file of a trained network to begin with"
    )
    history: str | None = hyper(
        None, kind=str, optional=True, doc="the file of events of the run that trained it"
    )
    acts: tuple[Act, ...] = hyper((), kind=tuple, doc="what was done")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kind in (("hidden", Layer), ("acts", Act)):
            for one in getattr(self, name):
                if not isinstance(one, kind):
                    raise ParameterError(
                        f"Scene expects {name} to hold {kind.__name__.lower()}s, got {one!r:.60}."
                    )
        if self.history is not None and self.model is None:
            raise ParameterError(
                f"Scene has history={self.history!r:.60} and no model that was trained in it. Give "
                "both, or neither."
            )

    def network(self, kind: Kind | None = None) -> Network:
        """A new network with these layers; it has no numbers before it is built on the data.

        Parameters:
            kind: of the targets; None: found from them.
        """
        last = Dense() if self.output is None else self.output
        return Network(
            [*self.hidden, last], loss=self.loss, target=kind, scale_inputs=self.scale,
            seed=self.seed,
        )  # fmt: skip


FAMILIES = (
    Family(
        "scene",
        Scene | MemoryScene | MapScene,  # type: ignore[arg-type]
        {"Scene": Scene, "MemoryScene": MemoryScene, "MapScene": MapScene},
    ),
    Family("source", Source, SOURCES),
    Family("act", Act, ACTS),
)
RECORDS = Records((*FAMILIES, *RULES, *LAYERS))


def scene_to_record(scene: Scene | MemoryScene | MapScene) -> dict[str, Any]:
    """A scene as JSON values."""
    record: dict[str, Any] = RECORDS.encode(scene, "a scene")
    return {"version": VERSION, **record}


def scene_from_record(record: Any) -> Scene | MemoryScene | MapScene:
    """Read back what ``scene_to_record`` wrote.

    Raises: ``ParameterError`` for a newer version, or a value outside its range;
        ``UnknownNameError`` for a class that is in no list.
    """
    if not isinstance(record, Mapping) or not isinstance(record.get("version"), int):
        raise ParameterError(
            f"A scene is an object with a version and its parts, got {record!r:.60}. Save the "
            "scene again."
        )
    if record["version"] != VERSION:
        raise ParameterError(
            f"The scene has format version {record['version']}, and this Pellucid reads version "
            f"{VERSION}. Open it with the version of Pellucid that saved it, or a newer one."
        )
    own = {name: value for name, value in record.items() if name != "version"}
    scene = RECORDS.decode(own, "scene")
    assert isinstance(scene, Scene | MemoryScene | MapScene)
    return scene
