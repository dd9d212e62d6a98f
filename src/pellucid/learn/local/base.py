"""What local rules have in common: each weight changes by what its two ends see."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError, unknown_name
from pellucid.graph import BATCH, Value
from pellucid.learn.rule import Rule, Situation
from pellucid.learn.schedules import Schedule, ScheduleLike, schedule
from pellucid.nn.dense import Dense
from pellucid.ops import cast, one_hot, reshape


@dataclass(frozen=True)
class LocalRule(Rule, ABC):
    """A rule with a learning rate of its own.

    Parameters:
        rate: the learning rate: a number, a ``Schedule``, or a function of the step.
    """

    rate: ScheduleLike = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rate", schedule(self.rate, type(self).__name__))

    @property
    def schedule(self) -> Schedule:
        """The learning rate of each step."""
        return schedule(self.rate, type(self).__name__)


@dataclass(frozen=True)
class View:
    """A Dense layer in a step: its input x, weighted sum z, output y, and its parameters."""

    name: str
    x: Value
    z: Value
    y: Value
    weight: Value
    bias: Value | None


def dense_views(now: Situation, owner: str, only: Sequence[str] | None = None) -> list[View]:
    """The Dense layers of the network, or those named, in order.

    Raises: ``ParameterError`` where there are none; ``UnknownNameError`` for an unknown layer;
        ``ShapeError`` for a layer over samples with more than one axis.
    """
    names = [name.removesuffix(".z") for name in now.notes if name.endswith(".z")]
    if not names:
        raise ParameterError(
            f"{owner} changes the weights of Dense layers, and this network has none. "
            "Add one, or use Backprop."
        )
    for name in only or ():
        if name not in names:
            raise unknown_name("Dense layer", name, names)
    views = []
    for name in names:
        if only is not None and name not in only:
            continue
        x, z, y = (now.notes[f"{name}.{part}"] for part in "xzy")
        if len(x.shape) != 2:
            raise ShapeError(
                f"{owner} expects {name} to see one row of features a sample, got {x.type}. "
                "Put Flatten() before it."
            )
        bias = now.parameters.get(f"{name}.bias")
        views.append(View(name, x, z, y, now.parameters[f"{name}.weight"], bias))
    return views


def only_view(now: Situation, owner: str) -> tuple[View, Dense]:
    """The Dense layer of a network in which nothing else learns, and nothing comes after it.

    Raises: ``ParameterError`` for any other network.
    """
    layers = now.architecture.layers
    name, last = layers[-1] if layers else ("", None)
    others = [p for p in now.architecture.learned.names if not p.startswith(f"{name}.")]
    if not isinstance(last, Dense) or others:
        found = ", ".join(name for name, _ in layers) or "no layers"
        raise ParameterError(
            f"{owner} trains one Dense layer, the network's last, with nothing to learn before it; "
            f"got {found}. Use Network([Dense(...)]), or Backprop."
        )
    return dense_views(now, owner, [name])[0], last


def wanted(now: Situation, units: int) -> Value:
    """The target as a row of numbers a sample: a class becomes 0 or 1, or a 1 at its place."""
    target = now.target
    if target.dtype == "int":
        if units == 1:
            return reshape(cast(target, "float"), (BATCH, 1))
        return one_hot(target, units)
    return reshape(target, (BATCH, units))


def share(now: Situation) -> Value:
    """What each sample counts in the step: its weight / batch, as a column."""
    return reshape(now.weight * (1.0 / now.batch), (BATCH, 1))


def replaced(now: Situation, changed: Mapping[str, Value]) -> Value:
    """The flat vector of parameters with some of them changed."""
    return now.architecture.learned.join({**now.parameters, **changed}, like=now.params)
