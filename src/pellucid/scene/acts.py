"""What was done in a scene, one after the other: learning, and edits by hand.

A scene's acts done again from its seed give the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.hyper import Declared, hyper
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule


@dataclass(frozen=True)
class Act(Declared):
    """Something that was done."""


@dataclass(frozen=True)
class Learn(Act):
    """Steps that were taken.

    Parameters:
        epochs: what the schedule was planned for.
        batch: None for a rule that looks at all samples.
    """

    steps: int = hyper(kind=int, low=1, doc="the number of steps")
    rule: Rule = hyper(Backprop(), kind=Rule, doc="the learning rule")
    batch: int | None = hyper(None, kind=int, low=1, optional=True, doc="the samples a step")
    epochs: int = hyper(100, kind=int, low=1, doc="the epochs that the schedule is planned for")


@dataclass(frozen=True)
class Edit(Act):
    """A weight or bias that was given another value.

    Parameters:
        parameter: its name, such as ``dense_1.weight``.
        place: where in the parameter.
    """

    parameter: str = hyper(kind=str, doc="the parameter's name")
    place: tuple[int, ...] = hyper(kind=tuple, doc="the place in the parameter")
    value: float = hyper(doc="the new value")


@dataclass(frozen=True)
class Knock(Act):
    """A unit that was knocked out: what leads on from it was set to 0."""

    layer: str = hyper(kind=str, doc="the layer's name")
    unit: int = hyper(kind=int, low=0, doc="the unit's place")


@dataclass(frozen=True)
class Relabel(Act):
    """A sample that was given another label.

    Parameters:
        row: its place in the data.
    """

    row: int = hyper(kind=int, low=0, doc="the row's place in the data")
    label: Any = None


@dataclass(frozen=True)
class Take(Act):
    """All parameters that were taken from a model file of the session.

    Parameters:
        file: what it is called in the session's folder.
    """

    file: str = hyper(kind=str, doc="the file's name")


def together(before: Sequence[Act], after: Sequence[Act]) -> tuple[Act, ...]:
    """Acts with no learning between: without values that are given to the same place once more."""
    again = {(act.parameter, act.place) for act in after if isinstance(act, Edit)}
    kept = (
        act for act in before
        if not isinstance(act, Edit) or (act.parameter, act.place) not in again
    )  # fmt: skip
    return (*kept, *after)


ACTS: Mapping[str, type[Any]] = {cls.__name__: cls for cls in (Learn, Edit, Knock, Relabel, Take)}
