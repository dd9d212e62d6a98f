"""The update of one weight by a local rule: what its two ends see, sample by sample."""

from __future__ import annotations

import numpy as np

from pellucid.inspect.explain.backward import parameter_symbol
from pellucid.inspect.explain.elements import Place
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Number,
    Product,
    Series,
    Symbol,
    Words,
)
from pellucid.inspect.explain.setting import Setting, index
from pellucid.inspect.explain.worked import (
    Part,
    Worked,
    added,
    adds_up,
    calculated,
    heading,
    matches,
)
from pellucid.inspect.trace_updates import updates
from pellucid.learn.local.hebb import Hebb
from pellucid.learn.local.perceptron import Delta, Perceptron


def local_update(setting: Setting, name: str, place: Place) -> Worked | None:
    """A local rule's change of one weight; None for rules without words of their own here."""
    rule, (path, _, own) = setting.trace.rule, name.rpartition(".")
    if not isinstance(rule, Hebb | Delta | Perceptron) or not setting.has(f"{path}.z"):
        return None
    if own not in ("weight", "bias") or (own == "bias" and isinstance(rule, Hebb)):
        return None
    done = updates(setting.trace, name)
    before, after = float(done.before[place]), float(done.after[place])
    steps, pull = _pull(setting, path, own, place)
    decay = rule.decay if isinstance(rule, Hebb) else 0.0
    move = done.rate * (pull - decay * before)
    if not matches(before + move, after, abs(before) + abs(move)):
        return None
    symbol = parameter_symbol(name, place)

    def formula(r: Expr, pull: Expr, w: Expr) -> Expr:
        return r * (pull - Literal(decay) * w) if decay else r * pull

    given = [Symbol("r"), Symbol("pull"), symbol]
    numbers = [done.rate, pull, before]
    steps.append(calculated("The step", Symbol("step"), formula, given, numbers, move))
    last = Symbol(f"{symbol.name}'", symbol.sub)
    steps.append(
        calculated("After the step", last, lambda w, s: w + s, [symbol, Symbol("step")],
                   [before, move], after)
    )  # fmt: skip
    return heading(f"{name}[{index(place)}]", steps)


def _pull(setting: Setting, path: str, own: str, place: Place) -> tuple[list[Worked], float]:
    """What the samples together do to the weight, and the steps to it."""
    trace, unit = setting.trace, place[-1]
    x, z, y = (trace.value(f"{path}.{part}") for part in "xzy")
    shares, rule = trace.value("weight") / trace.batch, trace.rule
    hebb = isinstance(rule, Hebb)
    got = z if isinstance(rule, Delta) else y
    aim = None if hebb else _wanted(setting, z.shape[-1])
    parts = []
    for s, share in enumerate(shares):
        end: Expr = Number(float(y[s, unit]))
        if aim is not None:
            end = Number(float(aim[s, unit])) - Number(float(got[s, unit]))
        value = float(y[s, unit] if aim is None else aim[s, unit] - got[s, unit]) * float(share)
        factors: list[Expr] = [end]
        if own == "weight":
            factors.append(Number(float(x[s, place[0]])))
            value *= float(x[s, place[0]])
        if share != 1:
            factors.insert(0, Number(float(share)))
        parts.append(Part(value, Words(f"sample {s}"), Product(tuple(factors))))
    total = float(np.sum([part.value for part in parts]))
    assert adds_up(parts, total)
    what: Expr = Symbol("y", str(unit))
    if aim is not None:
        what = Symbol("t", str(unit)) - Symbol("z" if isinstance(rule, Delta) else "y", str(unit))
    inside = what * Symbol("x", str(place[0])) if own == "weight" else what
    title = "What both ends of the weight see" if own == "weight" else "What the unit sees"
    if len(parts) == 1:
        only = parts[0].numbers
        assert only is not None
        step = calculated(title, Symbol("pull"), lambda: only, [], [], total)
        return [
            Worked(title, Symbol("pull"), inside, step.numbers, result=step.result, value=total)
        ], total
    notes = ["Each sample counts with its share of the batch."]
    return [
        added(title, Symbol("pull"), Series("mean", "samples", inside), parts, total, notes=notes)
    ], total


def _wanted(setting: Setting, units: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The target as a row of numbers a sample."""
    y = setting.trace.value("y")
    if y.dtype.kind != "i":
        return np.asarray(y, np.float64).reshape(len(y), units)
    if units == 1:
        return np.asarray(y, np.float64).reshape(-1, 1)
    return np.asarray(y[:, None] == np.arange(units), np.float64)
