"""The course of a small network's weights: their values at some of the steps that were reached."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench

MOST_NUMBERS, MOST_STEPS = 12, 64
"""More weights than this are no picture; more steps than this, no finer one."""

_KNOWN: WeakKeyDictionary[Bench, dict[int, tuple[object, Array]]] = WeakKeyDictionary()


def course(bench: Bench) -> dict[str, Any] | None:
    """All weights and biases, at even steps from the first to the last that was reached.

    None for a network of more than a dozen numbers. What was written over by hand is seen at the
    cursor: ``now``.

    Shapes: ``steps`` places; ``values`` places x numbers, the parameters one after the other, each
        row by row; ``now`` numbers.

    Example:
        >>> from pellucid.nn.dense import Dense
        >>> from pellucid.scene.scene import Scene
        >>> from pellucid.scene.source import Sample
        >>> bench = Bench(Scene(source=Sample("xor"), hidden=(Dense(2),)))
        >>> bench.learn(3)
        >>> course(bench)["values"].shape
        (4, 12)
    """
    learned = bench.network.architecture.learned
    if not 0 < learned.size <= MOST_NUMBERS:
        return None

    def told(flat: Array) -> Array:
        views = learned.views(flat)
        return np.concatenate([np.ravel(views[p.name]) for p in learned.parameters])

    steps = places(bench.first, bench.last)
    known = _KNOWN.get(bench, {})
    found = {step: _at(bench, step, known) for step in steps}
    _KNOWN[bench] = found
    now = told(np.asarray(bench.network._vectors()[0]))
    values = np.stack([told(found[step][1]) for step in steps])
    if len(steps) == 1:
        values = now[None]  # nothing was learned yet: what it would begin with
    return {"steps": np.array(steps), "values": values, "now": now}


def places(first: int, last: int) -> list[int]:
    """Even steps between two, and both; as learning goes on, those that there were stay."""
    apart = 1
    while (last - first) / apart > MOST_STEPS - 2:
        apart *= 2
    return sorted({*range(first, last + 1, apart), last})


def _at(bench: Bench, step: int, known: dict[int, tuple[object, Array]]) -> tuple[object, Array]:
    """The numbers after a step, and the branch that they are of."""
    branch = bench.branch_at(step)
    before = known.get(step)
    if before is not None and branch is not None and before[0] is branch:
        return before
    return branch, bench.params_at(step)
