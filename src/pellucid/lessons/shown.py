"""A stage's panels as text: what the terminal shows in their place.

Feature maps are pictures through and through and have no text; ``shown`` gives None for them, and
where there is too much to write. What is drawn on the page is in ``pictured.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.figures.picture import picture_text
from pellucid.figures.table import beside, confusion_text, table_text
from pellucid.figures.terminal import curves_text
from pellucid.learn.backprop import Backprop
from pellucid.lessons import pictured, plotted
from pellucid.models.formula import number, total
from pellucid.nn.dense import Dense
from pellucid.scene.course import course

MOST_UNITS = 8
"""Units and inputs of a layer whose sums are written out; a larger one is told by its size."""
MOST_ROWS = 8
MOST_NUMBERS = 20
"""Weights and biases of a network whose calculation is written out."""


def shown(bench: Any, panel: str, width: int = 76) -> str | None:
    """What a panel shows of a bench; None where that is no text."""
    make = PANELS.get(panel)
    return None if make is None else make(bench, width)


def _network(bench: Any, width: int) -> str:
    """Each unit's formula with its numbers, or a summary of a larger network."""
    network = bench.network
    layers = network.architecture.layers
    numbers = network.parameters
    weights = [numbers.get(f"{name}.weight") for name, layer in layers if isinstance(layer, Dense)]
    small = all(w is not None and max(w.shape) <= MOST_UNITS for w in weights)
    if len(weights) < len(layers) or not small:
        return str(network.summary())
    names, lines = _inputs(bench), []
    for place, (name, layer) in enumerate(layers, 1):
        weight, bias = numbers[f"{name}.weight"], numbers.get(f"{name}.bias")
        last = place == len(layers)
        given = [f"h{place}{chr(97 + k)}" if len(layers) > 2 else f"h{k + 1}"
                 for k in range(weight.shape[1])]  # fmt: skip
        given = _outputs(weight.shape[1]) if last else given
        for unit, answer in enumerate(given):
            start = 0.0 if bias is None else float(bias[unit])
            terms = [(round(float(w), 3), n) for w, n in zip(weight[:, unit], names, strict=True)]
            text = total([(round(start, 3), ""), *terms])
            lines.append(f"{answer} = {_activated(layer, text)}")
        names = given
    return "\n".join(lines)


def _outputs(count: int) -> list[str]:
    return ["y"] if count == 1 else [f"y{k + 1}" for k in range(count)]


def _activated(layer: Any, text: str) -> str:
    kind = getattr(layer.activation, "kind", "activation")
    if kind == "linear":
        return text
    if kind == "step":
        return f"1 if {text} >= {number(layer.activation.threshold)}, else 0"
    return f"{kind}({text})"


def _inputs(bench: Any) -> list[str]:
    known = [str(name) for name in bench.data.feature_names]
    return known or [f"x{k + 1}" for k in range(int(np.prod(bench.data.x.shape[1:])))]


def _truth(bench: Any, width: int) -> str:
    """Each row of the data, what is wanted, and the network's answer."""
    x = np.asarray(bench.data.x, float)
    last = bench.network.architecture.layers[-1][0]
    found = bench.outputs(bench.data.x)
    rows = []
    for place, row in enumerate(x[:16]):
        entry: dict[str, Any] = {
            name: number(value) for name, value in zip(_inputs(bench), row, strict=True)
        }
        entry["wanted"] = str(bench.data.y[place])
        sums = found.get(f"sum of {last}")
        if sums is not None and sums.shape[1] == 1:
            entry["sum z"] = number(round(float(sums[place, 0]), 3))
        entry["answer"] = " ".join(number(round(float(v), 3)) for v in found[last][place])
        rows.append(entry)
    return table_text(rows, right=tuple(rows[0]))


def _weights(bench: Any, width: int) -> str:
    """The weights now, each with the input it belongs to."""
    numbers = bench.network.parameters
    first = next(iter(numbers))
    weight = numbers[first]
    if weight.ndim != 2 or max(weight.shape) > MOST_UNITS:
        return f"{first}: {' x '.join(map(str, weight.shape))} weights"
    rows: list[dict[str, Any]] = []
    for name, values in zip(_inputs(bench), weight, strict=True):
        rows.append(
            {"input": name} | dict(zip(_units(len(values)), map(_short, values), strict=True))
        )
    bias = numbers.get(first.replace("weight", "bias"))
    if bias is not None:
        rows.append(
            {"input": "bias"} | dict(zip(_units(len(bias)), map(_short, bias), strict=True))
        )
    return "\n".join([table_text(rows, right=_units(weight.shape[1])), *_went(bench, rows)])


def _went(bench: Any, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """How the weights of a single unit came there, at some of the steps."""
    found = course(bench)
    if found is None or len(found["steps"]) < 2 or found["values"].shape[1] != len(rows):
        return []
    some = np.unique(np.linspace(0, len(found["steps"]) - 1, 6).round().astype(int))
    steps = [f"step {found['steps'][k]}" for k in some]
    told = [
        {"input": row["input"]}
        | {step: _short(found["values"][k, place]) for step, k in zip(steps, some, strict=True)}
        for place, row in enumerate(rows)
    ]
    return ["", "how they came there", table_text(told, right=steps)]


def _units(count: int) -> list[str]:
    return ["weight"] if count == 1 else [f"unit {k + 1}" for k in range(count)]


def _short(value: Any) -> str:
    return f"{float(value):.4g}"


def _curves(bench: Any, width: int) -> str:
    """The learning curves of the epochs that are done."""
    columns = bench.curve
    if "epoch" not in columns:
        return "(nothing has been learned yet)"
    done = ~np.isnan(columns["epoch"])
    names = [name for name in columns if name not in ("step", "batch_loss", "rate")]
    rows: list[Mapping[str, Any]] = [
        {name: float(columns[name][k]) for name in names if not np.isnan(columns[name][k])}
        for k in np.flatnonzero(done)
    ]
    return curves_text(rows, width=width, height=12) if rows else "(no epoch is done yet)"


def _mistakes(bench: Any, width: int) -> str:
    """The last mistakes of the perceptron rule."""
    log = bench.log
    if not log:
        return "(no mistake yet)"
    rows = []
    for row in log[-MOST_ROWS:]:
        inputs = zip(_inputs(bench), bench.data.x[row["sample"]], strict=True)
        after = [value for unit in row["weights_after"] for value in unit]
        rows.append({
            "step": row["step"],
            **{name: number(float(value)) for name, value in inputs},
            "wanted": " ".join(map(number, row["wanted"])),
            "got": " ".join(map(number, row["got"])),
            "weights after": " ".join(number(round(w, 4)) for w in after),
            "bias after": " ".join(number(round(b, 4)) for b in row.get("bias_after", ())),
        })  # fmt: skip
    text = table_text(rows, right=tuple(rows[0]))
    earlier = len(log) - len(rows)
    return text if earlier < 1 else f"{text}\n(and {earlier} before these)"


def _data(bench: Any, width: int) -> str:
    """The first rows of the data."""
    data = bench.data
    if not isinstance(data.x, np.ndarray) or data.x.ndim != 2 or data.x.shape[1] > MOST_UNITS:
        return repr(data).strip("<>")
    target = data.target or "wanted"
    rows = [
        {name: number(round(float(v), 4)) for name, v in zip(_inputs(bench), row, strict=True)}
        | ({target: str(y)} if bench.ready.has_targets else {})
        for row, y in zip(data.x[:MOST_ROWS], data.y[:MOST_ROWS], strict=True)
    ]
    more = len(data) - len(rows)
    return table_text(rows, right=tuple(rows[0])) + (f"\n(and {more} more)" if more > 0 else "")


def _confusion(bench: Any, width: int) -> str:
    """Counts by true class and answer."""
    data = bench.data
    names = [str(name) for name in data.class_names or ()]
    if not names:
        return "(there are no classes)"
    found = [str(name) for name in bench.network.predict(data.x)]
    matrix = np.zeros((len(names), len(names)), int)
    np.add.at(matrix, ([names.index(str(y)) for y in data.y], [names.index(y) for y in found]), 1)
    return confusion_text(matrix, names, width)


def _steps(bench: Any, width: int) -> str | None:
    """The chosen row through a small network, worked out, and one step of learning in numbers."""
    network = bench.network
    count = network.architecture.learned.size
    if count > MOST_NUMBERS:
        return None
    worked: str = network.explain(bench.chosen_x).write("text")
    forward = worked[worked.index("\nInputs\n") :].strip()
    if not isinstance(bench.scene.rule, Backprop) or bench.scene.rule.minimizer is not None:
        return forward
    trace = network.trace(bench.chosen_x, bench.chosen_y, rule=bench.scene.rule)
    rows = []
    for name, values in network.parameters.items():
        slopes, after = trace.gradient(name), trace.updates(name).after
        rows += [
            {
                "number": f"{name}{list(place)}".replace(" ", ""),
                "now": _short(values[place]),
                "slope of the loss": _short(slopes[place]),
                "after one step": _short(after[place]),
            }
            for place in np.ndindex(values.shape)
        ]
    table = table_text(rows, right=("now", "slope of the loss", "after one step"))
    return f"{forward}\n\nOne step of learning from this row\n\n{table}"


def _boundary(bench: Any, width: int) -> str | None:
    x = bench.data.x
    two = isinstance(x, np.ndarray) and x.ndim == 2 and x.shape[1] == 2
    return plotted.plane(bench) if two else None


def _line(bench: Any, width: int) -> str | None:
    x = bench.data.x
    one = isinstance(x, np.ndarray) and x.ndim == 2 and x.shape[1] == 1
    return plotted.line(bench) if one and bench.data.kind == "numbers" else None


def _memory(bench: Any, width: int) -> str:
    """What is on the grid, beside what is stored."""
    blocks = [f"on the grid\n{picture_text(bench.state)}"]
    blocks += [f"stored {k}\n{picture_text(p)}" for k, p in enumerate(bench.patterns, 1)]
    return f"{beside(blocks, width)}\nenergy {bench.energy:.4g}"


PANELS: Mapping[str, Callable[[Any, int], str | None]] = {
    "network": _network, "truth": _truth, "weights": _weights, "curves": _curves,
    "mistakes": _mistakes, "data": _data, "confusion": _confusion, "boundary": _boundary,
    "line": _line, "memory": _memory, "steps": _steps, "race": pictured.race,
    "compare": pictured.compare, "map": pictured.map_, "net": pictured.net,
    "digit": pictured.digit, "functions": pictured.functions, "surface": pictured.surface,
    "attribution": pictured.attribution,
}  # fmt: skip
"""How each panel is written, by its name."""
