"""How far the parameters of two networks are apart, with hidden units in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.compare.structure import LayerPair
from pellucid.inspect.compare.units import Units, Unordered, hidden_units
from pellucid.models.network import Network

MOST_ROUNDS = 100
BETTER = 1e-9
"""By how much an order has to be better, relative to the sums compared: ties change nothing."""


@dataclass(frozen=True)
class WeightChange:
    """One parameter of A beside that of B.

    Attributes:
        a, b: its names.
        shape: its shape, in both.
        distance: ||B - A|| / ||A||; infinity where A is all zeros and B is not.
        unaligned: the same with B's units in their own order.
        cosine: the cosine of the angle between them; None where one is all zeros.
        place, before, after: the number that differs most: where it is, its value in A and in B.
    """

    a: str
    b: str
    shape: tuple[int, ...]
    distance: float
    unaligned: float
    cosine: float | None
    place: tuple[int, ...]
    before: float
    after: float

    def row(self) -> dict[str, Any]:
        """All of it as plain values; an infinite distance as None."""
        return {
            "A": self.a, "B": self.b, "shape": list(self.shape),
            "distance": _finite(self.distance), "unaligned": _finite(self.unaligned),
            "cosine": self.cosine,
            "largest": {"place": list(self.place), "A": self.before, "B": self.after},
        }  # fmt: skip


@dataclass(frozen=True)
class Alignment:
    """How B's hidden units were put into the order of A's.

    Attributes:
        orders: of each layer of A with hidden units: which unit of B answers to its unit 0, 1, ...
        reason: why that could not be done; None where it could.
    """

    orders: Mapping[str, tuple[int, ...]]
    reason: str | None = None

    @property
    def moved(self) -> dict[str, int]:
        """How many units of each layer are in another place in B."""
        return {
            layer: sum(unit != place for place, unit in enumerate(order))
            for layer, order in self.orders.items()
        }

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        orders = {layer: list(order) for layer, order in self.orders.items()}
        return {"orders": orders, "moved": self.moved, "reason": self.reason}


def compared(
    a: Network, b: Network, pairs: Sequence[LayerPair]
) -> tuple[tuple[WeightChange, ...], Alignment]:
    """Each parameter that both have in one shape, B's units in the order of A's."""
    first, second = arrays(a), arrays(b)
    alike = _alike(pairs, first, second)
    alignment = align(a, b, pairs, first, second, alike)
    aligned = dict(second)
    names = {pair.a: pair.b for pair in pairs if pair.a is not None and pair.b is not None}
    if alignment.reason is None:
        for units in hidden_units(a.architecture):
            order = np.array(alignment.orders[units.layer])
            for axis in units.axes:
                own = _renamed(axis.parameter, names)
                aligned[own] = axis.ordered(aligned[own], order)
    found = [_change(one, other, first[one], aligned[other], second[other]) for one, other in alike]
    return tuple(found), alignment


def arrays(network: Network) -> dict[str, Array]:
    """All parameters and the layers' states, by name, as float64."""
    carried, architecture = network._reached().carried, network.architecture
    views = architecture.learned.views(carried["params"])
    views |= architecture.states.views(carried["state"])
    return {name: np.asarray(array, np.float64) for name, array in views.items()}


def align(
    a: Network, b: Network, pairs: Sequence[LayerPair], first: Mapping[str, Array],
    second: Mapping[str, Array], alike: Sequence[tuple[str, str]],
) -> Alignment:  # fmt: skip
    """The order of B's hidden units in which its weights go best with A's.

    Layer by layer the order of the largest sum of products, an assignment problem, while the orders
    of the layers around are held; again until none gets better. Source: S. Ainsworth, J. Hayase,
    S. Srinivasa, 2023, Git Re-Basin, arXiv:2209.04836, algorithm 1. It begins with the units as
    they are, and finds an order that no change of one layer betters, not always the best of all.
    """
    if any(pair.a is None or pair.b is None for pair in pairs):
        return Alignment({}, "the networks do not have the same layers")
    if len(alike) < len(first) or len(alike) < len(second):
        return Alignment({}, "not all parameters have the same shapes")
    try:
        groups, other = hidden_units(a.architecture), hidden_units(b.architecture)
    except Unordered as error:
        return Alignment({}, str(error))
    assert len(groups) == len(other)
    names = {pair.a: pair.b for pair in pairs if pair.a is not None and pair.b is not None}
    orders = _orders(groups, first, {one: second[_renamed(one, names)] for one in first})
    return Alignment({layer: tuple(order.tolist()) for layer, order in orders.items()})


def _orders(
    groups: Sequence[Units], first: Mapping[str, Array], second: Mapping[str, Array]
) -> dict[str, Array]:
    from scipy.optimize import linear_sum_assignment

    now = dict(second)
    orders = {units.layer: np.arange(units.count) for units in groups}
    for _ in range(MOST_ROUNDS):
        better = False
        for units in groups:
            gain = np.zeros((units.count, units.count))
            for axis in units.axes:
                if not _is_state(axis.parameter):
                    one, other = first[axis.parameter], now[axis.parameter]
                    gain += axis.units_first(one) @ axis.units_first(other).T
            _, order = linear_sum_assignment(gain, maximize=True)
            reached, here = gain[np.arange(units.count), order].sum(), np.trace(gain)
            if reached - here <= BETTER * np.abs(gain).sum():
                continue
            better = True
            orders[units.layer] = orders[units.layer][order]
            for axis in units.axes:
                now[axis.parameter] = axis.ordered(now[axis.parameter], order)
        if not better:
            break
    return orders


def _is_state(parameter: str) -> bool:
    return parameter.endswith((".mean", ".variance"))


def _alike(
    pairs: Sequence[LayerPair], first: Mapping[str, Array], second: Mapping[str, Array]
) -> list[tuple[str, str]]:
    """The names of the parameters that both have in one shape."""
    names = {pair.a: pair.b for pair in pairs if pair.a is not None and pair.b is not None}
    found = []
    for one, array in first.items():
        other = _renamed(one, names)
        if other in second and second[other].shape == array.shape:
            found.append((one, other))
    return found


def _renamed(parameter: str, names: Mapping[str, str]) -> str:
    layer, _, rest = parameter.partition(".")
    return f"{names.get(layer, '?')}.{rest}"


def _change(a: str, b: str, first: Array, second: Array, before: Array) -> WeightChange:
    largest = int(np.argmax(np.abs(second - first))) if first.size else 0
    place = np.unravel_index(largest, first.shape) if first.size else ()
    sizes = np.linalg.norm(first), np.linalg.norm(second)
    cosine = float((first * second).sum() / (sizes[0] * sizes[1])) if all(sizes) else None
    return WeightChange(
        a, b, first.shape, _distance(first, second), _distance(first, before), cosine,
        tuple(map(int, place)),
        float(first[place]) if first.size else 0.0, float(second[place]) if first.size else 0.0,
    )  # fmt: skip


def _distance(first: Array, second: Array) -> float:
    apart, size = float(np.linalg.norm(second - first)), float(np.linalg.norm(first))
    return apart / size if size else float("inf") if apart else 0.0


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
