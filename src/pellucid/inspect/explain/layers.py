"""Forward through one layer: how one of its outputs came about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pellucid.inspect.explain import activations
from pellucid.inspect.explain.digits import aligned, shown
from pellucid.inspect.explain.elements import Place
from pellucid.inspect.explain.expression import Expr, Number, Product, Series, Symbol
from pellucid.inspect.explain.handlers import workings
from pellucid.inspect.explain.setting import Setting, index, unit_name
from pellucid.inspect.explain.worked import (
    Grid,
    Part,
    Worked,
    added,
    adds_up,
    calculated,
    heading,
)
from pellucid.nn.dense import Dense

WORDS = {
    "Conv2D": "The kernel is laid on the picture at this place; each number under it is multiplied "
    "by the weight that lies on it, and the products are added up.",
    "DepthwiseConv2D": "The kernel is laid on one channel; each number under it is multiplied by "
    "the weight that lies on it, and the products are added up.",
    "Conv1D": "The kernel is laid on the series at this place; each number under it is multiplied "
    "by the weight that lies on it, and the products are added up.",
    "BatchNorm": "The number is brought to mean 0 and variance 1, then scaled and shifted by "
    "learned numbers.",
    "LayerNorm": "The sample's numbers are brought to mean 0 and variance 1, then each is scaled "
    "and shifted by learned numbers.",
    "Dropout": "In training a number is left out (0) or kept and enlarged (1), by chance.",
    "Embedding": "A whole number stands for a row of the table: it is looked up.",
    "EmbedColumns": "Columns with categories are looked up in tables; the others pass through.",
    "MaxPool2D": "The largest number under the window wins.",
    "AvgPool2D": "The mean of the numbers under the window.",
    "GlobalAvgPool2D": "The mean of a whole channel.",
    "Flatten": "The same numbers in one row.",
    "Reshape": "The same numbers in another shape.",
    "Residual": "What the layers inside give is added to what came in.",
    "Parallel": "The outputs of the layers side by side, joined.",
    "Chain": "Layers one after the other.",
    "Activation": "An activation function and nothing else.",
}
"""What a layer does, before it is told operation by operation."""


def forward(setting: Setting, path: str, place: Place) -> Worked:
    """How one output of a layer came about for the followed sample."""
    title = f"{path}, unit {'/'.join(map(str, place))}"
    if isinstance(setting.layers.get(path), Dense) and setting.has(f"{path}.z"):
        return heading(
            title, [weighted_sum(setting, path, place), *activated(setting, path, place)]
        )
    return _other(setting, path, place, title)


def weighted_sum(setting: Setting, path: str, place: Place) -> Worked:
    """The weighted sum of a dense unit, term by term."""
    *lead, unit = place
    inputs, weights = setting.row(f"{path}.x")[tuple(lead)], setting.trace.value(f"{path}.weight")
    names = input_symbols(setting, path, lead, len(inputs))
    parts = [
        Part(float(x * w), Product((name, Symbol("w", f"{i},{unit}"))),
             Product((Number(float(x)), Number(float(w)))))
        for i, (x, w, name) in enumerate(zip(inputs, weights[:, unit], names, strict=True))
    ]  # fmt: skip
    first, formula = [], Series("sum", "i", Product((Symbol("x", "i"), Symbol("w", f"i,{unit}"))))
    whole: Expr = formula
    if setting.has(f"{path}.bias"):
        bias = Symbol("b", str(unit))
        first = [Part(float(setting.trace.value(f"{path}.bias")[unit]), bias)]
        whole = bias + formula
    z = setting.at(f"{path}.z", *place)
    if not adds_up([*first, *parts], z):
        return setting.generic(setting.id(f"{path}.z"), (setting.sample, *place), "Weighted sum")
    return added("Weighted sum", Symbol("z", index(place)), whole, parts, z, first=first)


def input_symbols(setting: Setting, path: str, lead: list[int], count: int) -> list[Symbol]:
    """What the inputs of a dense layer are called: the outputs of the layer before it, or x."""
    id = setting.id(f"{path}.x")
    named = setting.elements.named[id]
    return [Symbol(named.name, index([*lead, i]), named.of) for i in range(count)]


def activated(setting: Setting, path: str, place: Place) -> list[Worked]:
    """The activation of a dense unit; nothing for a linear one."""
    z_id, y_id = setting.id(f"{path}.z"), setting.id(f"{path}.y")
    if z_id == y_id:
        return []
    z, y = setting.at(f"{path}.z", *place), setting.at(f"{path}.y", *place)
    function = getattr(setting.layers[path], "activation", None)
    form = activations.form(function, z)
    kind = getattr(function, "kind", "")
    title = f"Activation ({kind})" if kind else "Activation"
    if form is None or not activations.agrees(form, z, y, None):
        return [setting.generic(y_id, (setting.sample, *place), title)]
    symbols = [Symbol("z", index(place))]
    notes = [f"Here {form.why}."] if kind == "step" else []
    return [calculated(title, Symbol("y", index(place)), form.value, symbols, [z], y, notes)]


def _other(setting: Setting, path: str, place: Place, title: str) -> Worked:
    layer = setting.layers.get(path)
    kind = type(layer).__name__
    notes = [WORDS[kind]] if kind in WORDS else []
    into, out = setting.id(f"{path}.input"), setting.id(f"{path}.output")
    if into == out:
        return heading(path, notes=[*notes, f"{path} passes on what it gets as it is."])
    at = (setting.sample, *place)
    found = setting.elements.source(out, at)
    if isinstance(found, tuple) and found[0] != out and setting.elements.is_leaf(found[0]):
        own = setting.elements
        step = calculated(
            "", Symbol("y", index(place), path), lambda x: x, [own.symbol(*found)],
            [own.value(*found)], own.value(out, at),
        )  # fmt: skip
        return heading(title, [step], notes)
    way = workings(setting.elements)
    way.derive(out, at)
    grids, steps = patch_and_kernel(setting, path, place), way.steps
    if kind in ("BatchNorm", "LayerNorm") and setting.is_step:
        steps = normalised(steps)
    if steps:
        steps[-1] = replace(steps[-1], symbol=setting.elements.symbol(out, at))
    return heading(title, steps, notes, grids)


def normalised(steps: list[Worked]) -> list[Worked]:
    """The steps of a normalisation with what they are: mean, then variance."""
    sums = [n for n, step in enumerate(steps) if step.terms]
    titles: dict[int, str] = {}
    for n, (what, name) in zip(
        sums, (("The numbers", "Mean"), ("Squares of their distances from it", "Variance")),
        strict=False,
    ):  # fmt: skip
        titles |= {n: what, n + 1: name}
    return [replace(step, title=titles.get(n, step.title)) for n, step in enumerate(steps)]


def patch_and_kernel(setting: Setting, path: str, place: Place) -> list[Grid]:
    """The part of the picture under a convolution's kernel, and the kernel, channel by channel."""
    nodes = [n for n in setting.trace.nodes(path, role="forward") if n.op == "conv2d"]
    if len(nodes) != 1 or len(place) < 2:
        return []
    from pellucid.inspect.explain.windows import PRODUCTS

    node = nodes[0]
    own, sizes = setting.elements, setting.elements.shape(node.id)
    spot = (setting.sample, *place) if len(place) == 3 else (setting.sample, place[0], 0, place[1])
    if len(spot) != len(sizes):
        return []
    _, taken, rows, columns = own.shape(node.inputs[1])
    patch = np.full((taken, rows, columns), np.nan)
    kernel = setting.trace.values[node.inputs[1]][spot[1]]
    for (x, at), (_, (_, c, u, v)) in PRODUCTS["conv2d"](own, node, spot):
        patch[c, u, v] = own.value(x, at)
    grids = []
    for c in range(min(taken, 3)):
        grids.append(Grid(f"The patch, channel {c} (. lies on padding)", _cells(patch[c])))
        grids.append(Grid(f"The kernel, channel {c}", _cells(kernel[c])))
    return grids


def _cells(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[tuple[str, ...], ...]:
    there = [float(v) for v in values.reshape(-1) if not np.isnan(v)]
    texts = iter(aligned(there, 4) if max(map(abs, there), default=1) < 1e4 else map(shown, there))
    return tuple(tuple("." if np.isnan(v) else next(texts) for v in row) for row in values)


def passes_on(setting: Setting, path: str) -> bool:
    """Whether what comes out of a layer is what goes in, as of dropout outside training."""
    return setting.id(f"{path}.input") == setting.id(f"{path}.output")


def most_telling(setting: Setting, path: str, count: int) -> list[Place]:
    """The outputs of a layer to tell of: all of few, else those that matter most to the loss."""
    shape = setting.out_shape(path)
    slopes = setting.trace.slope(f"{path}.output") if setting.has_slopes else None
    size = np.abs(setting.row(f"{path}.output") if slopes is None else slopes[setting.sample])
    if int(np.prod(shape)) <= count:
        return [tuple(map(int, at)) for at in np.ndindex(shape)]
    order = np.argsort(-size, axis=None, kind="stable")[: max(1, count - 1)]
    places = [tuple(int(i) for i in np.unravel_index(int(flat), shape)) for flat in order]
    return sorted(places)


def completed(setting: Setting, path: str, place: Place) -> tuple[Place, str]:
    """A place in a layer's output with the axes that were left out: where it is largest."""
    shape = setting.out_shape(path)
    if len(place) == len(shape):
        return place, ""
    inner = np.abs(setting.row(f"{path}.output")[place])
    rest = np.unravel_index(int(np.argmax(inner)), inner.shape)
    whole = (*place, *(int(i) for i in rest))
    where = unit_name(path, whole)
    return whole, f"Of {unit_name(path, place)} the place of the largest output is told: {where}."
