"""What an explanation is about: the trace, one of its samples, and where its layers' values are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.elements import Elements, Place
from pellucid.inspect.explain.expression import Slope, Symbol
from pellucid.inspect.explain.handlers import workings
from pellucid.inspect.explain.worked import Worked, calculated, heading
from pellucid.inspect.trace import Trace
from pellucid.nn.compose import Chain, Residual, named
from pellucid.nn.layer import Layer

J = Symbol("J")


@dataclass(frozen=True, eq=False)
class Setting:
    """A trace, and the sample that is followed through it."""

    trace: Trace
    sample: int

    @cached_property
    def elements(self) -> Elements:
        """Names and sources of elements."""
        return Elements(self.trace)

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """The layers that do something themselves, those inside others included, by path."""
        return dict(_leaves(self.trace.network.architecture.layers, ""))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The names of those layers whose output the trace names, in order."""
        return tuple(
            path for path in self.trace.layers if not isinstance(self.layers.get(path), Chain)
        )

    @property
    def is_step(self) -> bool:
        """Whether it is a training step."""
        return self.trace.rule is not None

    @property
    def has_slopes(self) -> bool:
        """Whether there are gradients."""
        return bool(self.trace.slopes)

    def id(self, name: str) -> int:
        """The node of a name."""
        return self.trace.names[name]

    def has(self, name: str) -> bool:
        """Whether there is a value of that name."""
        return name in self.trace.names

    def at(self, name: str, *place: int) -> float:
        """A number of the followed sample."""
        return float(self.trace.value(name)[(self.sample, *place)])

    def row(self, name: str) -> Any:
        """A value of the followed sample."""
        return self.trace.value(name)[self.sample]

    def slope_at(self, name: str, *place: int) -> float | None:
        """The gradient of the objective by such a number."""
        found = self.trace.slope(name)
        return None if found is None else float(found[(self.sample, *place)])

    def out_shape(self, path: str) -> tuple[int, ...]:
        """The shape of a layer's output for one sample."""
        return tuple(int(size) for size in np.shape(self.row(f"{path}.output")))

    def generic(self, id: int, place: Place, title: str = "", notes: Sequence[str] = ()) -> Worked:
        """How an element came about, operation by operation."""
        steps = workings(self.elements)
        steps.derive(id, place)
        return heading(title, steps.steps or self._moved(id, place), notes)

    def _moved(self, id: int, place: Place) -> list[Worked]:
        """A number that is another one in another place."""
        own, found = self.elements, self.elements.source(id, place)
        if isinstance(found, float) or found == (id, place):
            return []
        symbols, value = [own.symbol(*found)], own.value(id, place)
        return [calculated("", own.symbol(id, place), lambda x: x, symbols, [value], value)]

    def share(self, sample: int | None = None) -> float:
        """What a sample counts in the objective: its weight over the nominal batch."""
        weight = self.trace.value("weight")
        return float(weight[self.sample if sample is None else sample]) / self.trace.batch


def slope(bottom: Symbol) -> Slope:
    """The gradient of the objective by something."""
    return Slope(J, bottom)


def index(place: Sequence[int]) -> str:
    """A place as an index: ``0,2``."""
    return ",".join(map(str, place))


def unit_name(path: str, place: Sequence[int]) -> str:
    """A unit as one asks for it: ``dense_1/0``."""
    return f"{path}/{'/'.join(map(str, place))}"


def _leaves(layers: Sequence[tuple[str, Layer]], above: str) -> Iterator[tuple[str, Layer]]:
    for name, layer in layers:
        path = f"{above}.{name}" if above else name
        yield path, layer
        if isinstance(layer, Chain | Residual):
            inner = layer.layers
            yield from _leaves(named([inner] if isinstance(inner, Layer) else inner), path)
