"""Backward: how the objective changes with a unit, and with a weight, factor by factor."""

from __future__ import annotations

import math

import numpy as np

from pellucid.inspect.explain import activations
from pellucid.inspect.explain.elements import Place
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Number,
    Product,
    Series,
    Slope,
    Symbol,
    Words,
)
from pellucid.inspect.explain.layers import input_symbols
from pellucid.inspect.explain.losses import output_slope
from pellucid.inspect.explain.setting import Setting, index, slope
from pellucid.inspect.explain.worked import (
    Part,
    Worked,
    added,
    adds_up,
    calculated,
    heading,
    matches,
)
from pellucid.inspect.trace_graph import LOSS, OBJECTIVE, slope_name
from pellucid.nn.dense import Dense


def is_dense(setting: Setting, path: str) -> bool:
    """Whether a layer is a dense one whose weighted sum is in the trace."""
    return isinstance(setting.layers.get(path), Dense) and setting.has(f"{path}.z")


def unit_slopes(setting: Setting, path: str, place: Place) -> list[Worked]:
    """How the objective changes with the output of a unit, and with its weighted sum."""
    steps = _output(setting, path, place)
    if not is_dense(setting, path):
        return steps
    if setting.id(f"{path}.z") == setting.id(f"{path}.y"):
        note = f"The unit is linear, so its dJ/dz_{index(place)} is the same."
        return [*steps[:-1], steps[-1].noting(note)] if steps else []
    return [*steps, *_through_activation(setting, path, place)]


def _output(setting: Setting, path: str, place: Place) -> list[Worked]:
    """dJ/dy: by the loss, by the dense layer that comes next, or operation by operation."""
    name = f"{path}.output"
    if setting.id(name) not in setting.trace.slopes:
        return []
    if setting.id(name) == setting.id("output"):
        return output_slope(setting, place)
    for other in setting.trace.layers:
        if is_dense(setting, other) and setting.id(f"{other}.x") == setting.id(name):
            step = _from_dense(setting, path, place, other)
            if step is not None:
                return [step]
    id = setting.trace.slopes[setting.id(name)]
    return list(setting.generic(id, (setting.sample, *place)).children)


def _from_dense(setting: Setting, path: str, place: Place, after: str) -> Worked | None:
    """The sum over the units of the next layer: how each changes J, times the weight to it."""
    *lead, unit = place
    slopes = setting.trace.slope(f"{after}.z")
    value = setting.slope_at(f"{path}.output", *place)
    if slopes is None or value is None:
        return None
    row, weights = slopes[(setting.sample, *lead)], setting.trace.value(f"{after}.weight")[unit]
    parts = []
    for j, (back, w) in enumerate(zip(row, weights, strict=True)):
        sub = index([*lead, j])
        label = Product((slope(Symbol("z", sub, after)), Symbol("w", f"{unit},{j}", after)))
        numbers = Product((Number(float(back)), Number(float(w))))
        parts.append(Part(float(back * w), label, numbers))
    if not adds_up(parts, value):
        return None
    inside = Product((slope(Symbol("z", "j", after)), Symbol("w", f"{unit},j", after)))
    symbol = slope(Symbol("y", index(place)))
    title = f"Slope by the output: what each unit of {after} sends back"
    if len(parts) == 1:
        values = [float(row[0]), float(weights[0])]
        weight = Symbol("w", f"{unit},0", after)
        symbols = [slope(Symbol("z", index([*lead, 0]), after)), weight]
        return calculated(title, symbol, lambda a, b: a * b, symbols, values, value)
    return added(title, symbol, Series("sum", "j", inside), parts, value)


def _through_activation(setting: Setting, path: str, place: Place) -> list[Worked]:
    z, y = setting.at(f"{path}.z", *place), setting.at(f"{path}.y", *place)
    above, below = setting.slope_at(f"{path}.y", *place), setting.slope_at(f"{path}.z", *place)
    if above is None or below is None:
        return []
    sub = index(place)
    z_symbol, y_symbol = Symbol("z", sub), output_symbol(setting, path, place)
    form = activations.form(getattr(setting.layers[path], "activation", None), z)
    if form is None:
        return list(_by_operations(setting, f"{path}.z", place))
    local = float(_evaluated(form.slope(Literal(z), Literal(y))))
    if not matches(above * local, below, 1e-9) or not activations.agrees(form, z, y, None):
        return list(_by_operations(setting, f"{path}.z", place))
    local_symbol = Slope(y_symbol, z_symbol)
    notes = [f"Here {form.why}."] if form.why else []
    first = calculated(
        "Slope of the activation", local_symbol, form.slope, [z_symbol, Symbol("y", sub)], [z, y],
        local, notes,
    )  # fmt: skip
    second = calculated(
        "Slope by the weighted sum: chain rule", slope(z_symbol), lambda a, b: a * b,
        [slope(y_symbol), local_symbol], [above, local], below,
    )  # fmt: skip
    return [first, second]


def output_symbol(setting: Setting, path: str, place: Place) -> Symbol:
    """What a unit's output is called: o where it is the network's."""
    last = setting.id(f"{path}.output") == setting.id("output")
    return Symbol("o" if last else "y", index(place))


def _by_operations(setting: Setting, name: str, place: Place) -> tuple[Worked, ...]:
    id = setting.trace.slopes[setting.id(name)]
    return setting.generic(id, (setting.sample, *place)).children


def _evaluated(expr: Expr) -> float:
    from pellucid.inspect.explain.expression import evaluate

    return evaluate(expr)


# --- weights


def parameter_symbol(name: str, place: Place) -> Symbol:
    """What an element of a parameter is called: w, b, or its own name."""
    own = name.rpartition(".")[2]
    return Symbol({"weight": "w", "bias": "b"}.get(own, own), index(place))


def weight_slope(setting: Setting, name: str, place: Place) -> Worked:
    """How the objective changes with one weight: the chain rule's factors, sample by sample."""
    path, _, own = name.rpartition(".")
    symbol = slope(parameter_symbol(name, place))
    title = f"{name}[{index(place)}]"
    if is_dense(setting, path) and own in ("weight", "bias"):
        steps = _dense_weight(setting, path, own, place, symbol, name)
        if steps is not None:
            return heading(title, steps)
    id = setting.id(slope_name(OBJECTIVE, name))
    steps = list(setting.generic(id, place).children)
    if not steps:
        note = "Nothing flows back to it in this step: the gradient is 0."
        return heading(title, notes=[note] if not setting.trace.gradient(name)[place] else [])
    return heading(title, steps)


def _dense_weight(
    setting: Setting, path: str, own: str, place: Place, symbol: Slope, name: str
) -> list[Worked] | None:
    back = setting.trace.slope(f"{path}.z")
    if back is None:
        return None
    unit, inputs = place[-1], setting.trace.value(f"{path}.x")
    value = float(setting.trace.value(slope_name(LOSS, name))[place])
    spots = list(np.ndindex(back.shape[:-1]))
    parts = []
    for spot in spots:
        delta = float(back[(*spot, unit)])
        x = float(inputs[(*spot, place[0])]) if own == "weight" else 1.0
        words = Words(f"sample {spot[0]}" + "".join(f", {at}" for at in spot[1:]))
        parts.append(Part(delta * x, words, Product((Number(delta), Number(x)))))
    if not adds_up(parts, value):
        return None
    if len(spots) == 1:
        first = _one_sample(setting, path, own, place, symbol, value)
    else:
        z = slope(Symbol("z", "s"))
        inside: Expr = Product((z, Symbol("x", "s"))) if own == "weight" else z
        notes = ["Each sample's slope has its share of the batch in it already."]
        formula = Series("sum", "s", inside)
        title = "All samples: slope by the weighted sum, times the input"
        first = added(title, symbol, formula, parts, value, notes=notes)
    return [first, *_penalised(setting, name, place, symbol, value)]


def _one_sample(
    setting: Setting, path: str, own: str, place: Place, symbol: Slope, value: float
) -> Worked:
    """The product of the chain rule's factors."""
    spot, unit = (0,) * (setting.trace.value(f"{path}.z").ndim - 1), place[-1]
    z, y = Symbol("z", str(unit)), output_symbol(setting, path, (unit,))
    bottom = symbol.bottom
    x = float(setting.trace.value(f"{path}.x")[(*spot, place[0])]) if own == "weight" else 1.0
    delta = float(setting.trace.slope(f"{path}.z")[(*spot, unit)])  # type: ignore[index]
    if own == "weight":
        named = input_symbols(setting, path, [], setting.trace.value(f"{path}.x").shape[-1])
        note = f"The last factor is what the weight multiplies: {_written(named[place[0]])}."
    else:
        note = "The last factor is 1: the bias is added as it is."
    above, linear = (
        setting.trace.slope(f"{path}.y"),
        setting.id(f"{path}.y") == setting.id(f"{path}.z"),
    )
    title = "Chain rule"
    if linear or above is None:
        middle = y if linear else z
        factors = [slope(middle), Slope(middle, bottom)]
        return calculated(title, symbol, lambda a, b: a * b, factors, [delta, x], value, [note])
    top = float(above[(*spot, unit)])
    local = delta / top if top else math.nan
    own_form = activations.form(
        getattr(setting.layers[path], "activation", None),
        float(setting.trace.value(f"{path}.z")[(*spot, unit)]),
    )
    if own_form is not None:
        at_z = float(setting.trace.value(f"{path}.z")[(*spot, unit)])
        at_y = float(setting.trace.value(f"{path}.y")[(*spot, unit)])
        local = _evaluated(own_form.slope(Literal(at_z), Literal(at_y)))
    if not matches(top * local, delta, 1e-9):
        return calculated(
            title,
            symbol,
            lambda a, b: a * b,
            [slope(z), Slope(z, bottom)],
            [delta, x],
            value,
            [note],
        )
    factors = [slope(y), Slope(y, z), Slope(z, bottom)]
    return calculated(
        title, symbol, lambda a, b, c: a * b * c, factors, [top, local, x], value, [note]
    )


def _written(symbol: Symbol) -> str:
    from pellucid.inspect.explain.text import written

    return written(symbol)


def _penalised(
    setting: Setting, name: str, place: Place, symbol: Slope, data: float
) -> list[Worked]:
    """The penalty's part of the gradient, where there is one."""
    whole = float(setting.trace.gradient(name)[place])
    if whole == data or not setting.has("penalty"):
        return []
    rule, w = setting.trace.rule, float(setting.trace.value(name)[place])
    l1, l2 = getattr(rule, "l1", 0.0), getattr(rule, "l2", 0.0)
    sign = float(np.sign(w))

    def formula(g: Expr, x: Expr) -> Expr:
        found = g
        if l2:
            found = found + Literal(l2) * x
        if l1 and sign:
            found = found + Literal(l1) if sign > 0 else found - Literal(l1)
        return found

    if not matches(data + l2 * w + l1 * sign, whole, 1e-6):
        return []
    note = "To the loss's part comes the penalty's: " + " and ".join(
        ["l2 times the weight"] * bool(l2) + ["l1 with the weight's sign"] * bool(l1)
    )
    label = Symbol("the above")
    return [
        calculated(
            "With the penalty",
            symbol,
            formula,
            [label, symbol.bottom],
            [data, w],
            whole,
            [f"{note}."],
        )
    ]
