"""How the next step flows through the layers: outputs, gradients, updates, units that are dead.

As ``pellucid.inspect.health`` looks, with the bench's own engine and only the measures that cost
little: it is looked at while learning goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.graph.primitive import Array
from pellucid.inspect.health.look import (
    GRADIENT,
    OUTPUT,
    SIGNAL,
    follows,
    incoming,
    joined,
    looking_graph,
)
from pellucid.inspect.health.measures import (
    ENDS,
    by_unit,
    dead_units,
    length,
    root_mean_square,
    saturated_units,
)
from pellucid.inspect.health.survey import sample_of
from pellucid.models.run import going_on
from pellucid.run.executor import Program
from pellucid.scene.bench import Bench
from pellucid.scene.prepared import Prepared

ROWS, BINS, MOST_DEAD = 64, 16, 20
_programs: WeakKeyDictionary[Prepared, tuple[Any, Program, dict[str, Any]]] = WeakKeyDictionary()


def gradients(bench: Bench) -> dict[str, Any]:
    """Of each layer: sizes of its outputs, gradients and next change, and its dead units."""
    if bench.scene.rule.minimizer is not None:
        return {"none": "minimizer"}
    program, rows = _looking(bench)
    found = program.run({name: _inputs(bench, rows)[name] for name in program.graph.inputs})
    layers = bench.network.architecture.layers
    params = np.asarray(bench.network._vectors()[0])
    return {
        "layers": [_layer(bench, name, layer, found, params) for name, layer in layers],
        "rows": len(rows["x"]), "follows": follows(bench.scene.rule), "step": bench.step,
        "rate": bench.rate,
    }  # fmt: skip


def _looking(bench: Bench) -> tuple[Program, dict[str, Any]]:
    """What computes the step, compiled once for a rule, and the rows that it is looked at on."""
    known = _programs.get(bench.ready)
    if known is None or known[0] != bench.scene.rule:
        rows = sample_of(bench.ready.samples, ROWS)
        task = bench.network._parts()[0]
        graph = looking_graph(task, bench.scene.rule, len(rows["x"]))
        known = bench.scene.rule, bench.executor.compile(graph), rows
        _programs[bench.ready] = known
    return known[1], known[2]


def _inputs(bench: Bench, rows: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the step's graph."""
    moment = bench._now
    state = going_on(
        moment.state, bench.network.architecture, bench.scene.rule, moment.rule
    )  # fmt: skip
    return {
        **state.carried, **rows, "rate": np.array(bench.rate),
        "time": np.array(bench.step + 1.0), "key": np.array([bench.scene.seed, bench.step]),
    }  # fmt: skip


def _layer(
    bench: Bench, name: str, layer: Any, found: Mapping[str, Array], params: Array
) -> dict[str, Any]:
    learned = bench.network.architecture.learned
    own = [p for p in learned.parameters if p.name.startswith(f"{name}.") and p.kind == "weight"]
    every = [p.name for p in learned.parameters if p.name.startswith(f"{name}.")]
    before = learned.views(params)
    after = learned.views(found["params'"]) if "params'" in found else before
    outputs = by_unit(np.asarray(found[f"{OUTPUT}{name}"], float))
    kind = str(getattr(getattr(layer, "activation", None), "kind", ""))
    gradient = found.get(f"{GRADIENT}{own[0].name}") if own else None
    table = None if gradient is None or gradient.ndim < 2 else incoming(gradient)
    weights = length(joined([before[name] for name in every]))
    change = length(joined([after[name] - before[name] for name in every]))
    slopes = [found[f"{GRADIENT}{name}"] for name in every if f"{GRADIENT}{name}" in found]
    signal = found.get(f"{SIGNAL}{name}")
    dead = np.flatnonzero(dead_units(outputs, table)) if _can_die(kind) else np.zeros(0, int)
    return {
        "name": name, "kind": type(layer).__name__, "activation": kind, "units": outputs.shape[1],
        "learns": bool(every), "size": root_mean_square(outputs),
        "gradient": root_mean_square(joined(slopes)) if slopes else None,
        "signal": None if signal is None else len(signal) * root_mean_square(signal),
        "weight": weights, "update": change, "ratio": change / weights if weights > 0 else None,
        "dead": dead[:MOST_DEAD].tolist(), "dead_count": len(dead),
        "saturated": int(saturated_units(outputs, kind).sum()) if kind in ENDS else 0,
        "outputs": _spread(outputs), "slopes": _spread(joined(slopes)) if slopes else None,
    }  # fmt: skip


def _can_die(kind: str) -> bool:
    """Whether an activation has a flat part, from which no gradient comes."""
    return kind in ("relu", "hard_sigmoid", "step")


def _spread(values: Array) -> dict[str, Any]:
    """How values are spread: counts between the least and the greatest."""
    flat = np.asarray(values, float).ravel()
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return {"low": 0.0, "high": 0.0, "counts": np.zeros(BINS, np.int64)}
    low, high = float(flat.min()), float(flat.max())
    if not high > low:
        counts = np.zeros(BINS, np.int64)
        counts[BINS // 2] = flat.size
        return {"low": low, "high": high, "counts": counts}
    places = ((flat - low) * (BINS / (high - low))).astype(np.int64)
    counts = np.bincount(np.minimum(places, BINS - 1), minlength=BINS)
    return {"low": low, "high": high, "counts": counts}
