"""As text what the page draws: races and rivals, maps, a drawn digit, what an answer is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import PellucidError
from pellucid.figures.picture import picture_text
from pellucid.figures.table import beside, table_text
from pellucid.lessons import plotted
from pellucid.nn.dense import Dense

MOST_UNITS, MOST_COLUMNS = 8, 10
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def race(bench: Any, width: int) -> str:
    """The last race, the best first."""
    from pellucid.scene.racing import last_race

    found = last_race(bench)
    if found is None:
        return "(no race has been run yet)"
    rows = []
    for place, row in enumerate(found.rows(), 1):
        value = row[found.value]
        broke = row["ended"] == "diverged" or value is None
        end = "broke off" if broke else f"{value:.4g}"
        rows.append({"": place, "rule": row["rule"], found.value.replace("_", " "): end})
    return table_text(rows, right=("", found.value.replace("_", " ")))


def compare(bench: Any, width: int) -> str:
    """The network and its rivals on the rows held out, once it has learned: bets come first."""
    from pellucid.scene.comparing import baselines

    if not bench.step:
        return "(it is compared with its rivals once it has learned)"
    measure = "accuracy" if bench.data.kind == "classes" else "r2"
    try:
        rivals = [(row["name"], row["scores"][measure]) for row in baselines(bench)]
    except PellucidError as reason:
        return f"({reason})"
    rows = [
        {f"on {len(bench.held)} rows held out": name, measure: f"{value:.3f}"}
        for name, value in [("the network", bench.scores()[f"val_{measure}"]), *rivals]
    ]
    return table_text(rows, right=(measure,))


def map_(bench: Any, width: int) -> str:
    """The cells of a map: the most frequent class of each, and how well it fits."""
    scene, (_, names), hits = bench.scene, bench.labels(), bench.hits()
    marks = _marks(names)
    most = bench.label_counts().argmax(axis=1) if names else np.zeros(len(hits), int)
    cells = [marks[k] if hit else "·" for k, hit in zip(most, hits, strict=True)]
    lines = []
    for row in range(scene.rows):
        indent = " " if scene.grid == "hexagonal" and row % 2 else ""
        lines.append(indent + " ".join(cells[row * scene.columns : (row + 1) * scene.columns]))
    legend = [f"{mark} {name}" for mark, name in zip(marks, names, strict=False) if mark != name]
    told = (
        f"mean distance of a sample to its cell: {bench.quantisation_error():.3g}",
        f"samples whose nearest two cells are no neighbours: {bench.topographic_error():.1%}",
    )
    return "\n".join([*lines, "   ".join([*legend, "· no sample"]), *told])


def _marks(names: list[str]) -> list[str]:
    """A character for each class: its own where all names are one letter."""
    if names and all(len(name) == 1 for name in names):
        return list(names)
    return [LETTERS[k % len(LETTERS)] for k in range(max(1, len(names)))]


def net(bench: Any, width: int) -> str | None:
    """The cells of a map where they lie among samples of two columns."""
    x = np.asarray(bench.data.x, float)
    return plotted.net(x, bench.centres) if x.ndim == 2 and x.shape[1] == 2 else None


def digit(bench: Any, width: int) -> str:
    """The drawing as the network sees it, and what it is taken for."""
    from pellucid.scene.sketch import chances, sketch_of

    found = sketch_of(bench)
    if found is None:
        return "(nothing is drawn: drawing is for the browser)"
    side = round(float(np.sqrt(found.row.size)))
    first = sorted(chances(bench).items(), key=lambda each: -each[1])[:3]
    said = "\n".join(f"{name}  {chance:.1%}" for name, chance in first)
    seen = picture_text(np.asarray(found.row, float).reshape(side, side))
    return beside([f"as the network sees it\n{seen}", f"taken for\n{said}"], width).rstrip()


def functions(bench: Any, width: int) -> str | None:
    """What each hidden unit makes of the chosen row, and of all."""
    rows = []
    one, every = bench.outputs(bench.chosen_x), bench.outputs(bench.data.x)
    for name, layer in bench.network.architecture.layers:
        if not isinstance(layer, Dense) or every[name].shape[1] > MOST_UNITS:
            continue
        for unit, answers in enumerate(every[name].T):
            rows.append({
                "unit": f"{name}, {unit + 1}", "activation": getattr(layer.activation, "kind", ""),
                "sum": f"{float(one[f'sum of {name}'][0, unit]):.4g}",
                "gives": f"{float(one[name][0, unit]):.4g}",
                "over all rows": f"{float(answers.min()):.3g} to {float(answers.max()):.3g}",
            })  # fmt: skip
    return table_text(rows, right=("sum", "gives")) if rows else None


def surface(bench: Any, width: int) -> str | None:
    """Where a network of two numbers stands, and which way is uphill."""
    network = bench.network
    if network.architecture.learned.size != 2:
        return None
    trace = network.trace(bench.data.x, bench.data.y, rule=bench.scene.rule)
    rows = [
        {"number": name, "now": f"{float(value.reshape(-1)[0]):.4g}",
         "slope of the loss": f"{float(trace.gradient(name).reshape(-1)[0]):.4g}"}
        for name, value in network.parameters.items()
    ]  # fmt: skip
    loss = f"loss {bench.scores()['loss']:.4g} after {bench.step} steps"
    return f"{table_text(rows, right=('now', 'slope of the loss'))}\n{loss}"


def attribution(bench: Any, width: int) -> str | None:
    """What the answer for the chosen row is made of, column by column."""
    from pellucid.inspect.attribute import attribute

    x = bench.chosen_x
    if not isinstance(x, np.ndarray) or x.ndim != 2 or bench.data.image_shape is not None:
        return None
    names = [str(name) for name in bench.data.feature_names] or None
    if names is None:
        return None
    try:
        found = attribute(bench.network, x, names=names)
    except PellucidError as reason:
        return f"({reason})"
    return str(found.text(MOST_COLUMNS)).rpartition("\n\n")[0]  # without how it was computed
