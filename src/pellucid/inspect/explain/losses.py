"""The loss of a sample, the objective of the batch, and the loss's slope by each output."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Number,
    Series,
    Symbol,
    Words,
    evaluate,
    exp,
    function,
    ln,
)
from pellucid.inspect.explain.setting import J, Setting, index, slope
from pellucid.inspect.explain.worked import (
    Part,
    Worked,
    added,
    adds_up,
    calculated,
    heading,
    matches,
    read,
    total,
)
from pellucid.learn.backprop import Backprop
from pellucid.nn.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Huber,
    Loss,
    Poisson,
    SquaredError,
)

FAR = 15.0
"""The size of a logit from which on 1 - p has lost too many digits to be written so."""


@dataclass(frozen=True)
class Each:
    """A loss that is a mean over outputs: one output's part, its slope, and why so."""

    value: Callable[[Expr, Expr], Expr]
    slope: Callable[[Expr, Expr], Expr]
    why: str = ""


def loss(setting: Setting, told: bool = False) -> Worked:
    """The loss of the followed sample, and from it the objective.

    ``told`` says that the softmax's sum was written out before.
    """
    own = setting.trace.network.loss
    steps: list[Worked] = []
    if isinstance(own, CategoricalCrossEntropy):
        steps = _categorical(setting, own, told)
    elif type(own) in MEANS:
        steps = _mean(setting, own)
    if not steps:
        steps = list(setting.generic(setting.id("losses"), (setting.sample,)).children)
    name = getattr(own, "kind", type(own).__name__).replace("_", " ")
    return heading(f"Loss: {name}", [*steps, *objective(setting)])


def objective(setting: Setting) -> list[Worked]:
    """The mean over the batch, and the penalties; nothing where it is the one sample's loss."""
    trace, weights = setting.trace, setting.trace.value("weight")
    steps: list[Worked] = []
    losses, name = trace.value("losses"), "objective" if setting.has("objective") else "loss"
    data = float(trace.value("loss"))
    letter = Symbol("J") if not setting.has("penalty") else Symbol("J", "data")
    plain = trace.samples == 1 and trace.batch == 1 and float(weights[0]) == 1
    if trace.samples == 1 and not plain:
        symbols = [Symbol("c"), Symbol("L")]
        values = [float(weights[0]), float(losses[0])]
        steps.append(
            calculated("The batch", letter, lambda c, x: c * x / trace.batch, symbols, values, data)
        )
    elif not plain:
        parts = [
            Part(float(c * x) / trace.batch, Words(f"sample {s}"),
                 Number(float(c)) * Number(float(x)) / Literal(trace.batch))
            for s, (c, x) in enumerate(zip(weights, losses, strict=True))
        ]  # fmt: skip
        formula = Series("sum", "s", Symbol("c", "s") * Symbol("L", "s") / trace.batch)
        notes = ["c is the weight of a sample, 1 unless it was given one."]
        steps.append(added("The batch", letter, formula, parts, data, notes=notes))
    elif setting.has("penalty"):
        steps.append(calculated("", letter, lambda x: x, [Symbol("L")], [data], data))
    else:
        steps.append(calculated("", J, lambda x: x, [Symbol("L")], [data], data))
    if setting.has("penalty"):
        penalty, whole = float(trace.value("penalty")), float(trace.value(name))
        steps += _penalty(setting, penalty)
        symbols = [letter, Symbol("P")]
        steps.append(calculated("Together", J, lambda a, b: a + b, symbols, [data, penalty], whole))
    return steps


def _penalty(setting: Setting, penalty: float) -> list[Worked]:
    rule, parts = setting.trace.rule, []
    assert isinstance(rule, Backprop)
    layout = setting.trace.network.architecture.learned
    for name in layout.select(("weight",)).names:
        values = setting.trace.value(name)
        for strength, size, what in (
            (rule.l1, float(np.abs(values).sum()), "sizes"),
            (rule.l2 / 2, float(np.square(values).sum()), "squares"),
        ):
            if strength:
                numbers = Literal(strength) * Number(size)
                parts.append(Part(strength * size, Words(f"sum of {what} of {name}"), numbers))
    words = " + ".join(
        [f"{rule.l1:g} * sum of |w|"] * bool(rule.l1)
        + [f"{rule.l2:g}/2 * sum of w^2"] * bool(rule.l2)
    )
    if not adds_up(parts, penalty):
        return [read("Penalty", Symbol("P"), penalty)]
    note = "The penalty on large weights; biases are left out of it."
    return [added("Penalty", Symbol("P"), Words(words), parts, penalty, notes=[note])]


# --- softmax and cross-entropy


def shares(setting: Setting) -> tuple[list[Worked], float]:
    """The softmax's denominator for the followed sample, and what was taken out of it first."""
    outputs = [float(value) for value in setting.row("output")]
    far = max(map(abs, outputs)) > 50
    shift = max(outputs) if far else 0.0
    parts = []
    for k, value in enumerate(outputs):
        label = exp(Symbol("o", str(k)) - Symbol("m")) if far else exp(Symbol("o", str(k)))
        numbers = exp(Number(value) - Number(shift)) if far else exp(Number(value))
        parts.append(Part(float(np.exp(value - shift)), label, numbers))
    whole = total([part.value for part in parts])
    inside = Symbol("o", "k") - Symbol("m") if far else Symbol("o", "k")
    notes = ["m is the largest output; taken out first, no exponential overflows."] if far else []
    formula = Series("sum", "k", exp(inside))
    step = added("Exponentials", Symbol("S"), formula, parts, whole, notes=notes)
    return [step], shift


def probability(setting: Setting, k: int) -> tuple[Worked, float]:
    """The softmax's share of one class."""
    outputs = setting.row("output")
    shift = float(outputs.max()) if float(np.abs(outputs).max()) > 50 else 0.0
    whole = float(np.exp(outputs - shift).sum())
    value = float(np.exp(outputs[k] - shift)) / whole

    def formula(o: Expr, s: Expr) -> Expr:
        return (exp(o - shift) if shift else exp(o)) / s

    symbols = [Symbol("o", str(k)), Symbol("S")]
    title = f"Probability of class {k}"
    return (
        calculated(title, Symbol("p", str(k)), formula, symbols, [float(outputs[k]), whole], value),
        value,
    )


def target_class(setting: Setting) -> int | None:
    """The class hoped for, where the target is one."""
    y = setting.trace.value("y")
    if y.ndim == 1 and y.dtype.kind == "i":
        return int(y[setting.sample])
    return None


def _categorical(setting: Setting, own: CategoricalCrossEntropy, told: bool) -> list[Worked]:
    wanted = target_class(setting)
    if wanted is None or own.smoothing or setting.trace.value("output").ndim != 2:
        return []
    steps, _ = shares(setting)
    step, p = probability(setting, wanted)
    value = setting.at("losses")
    sign = Symbol("L")
    if p > 1e-300:
        final = calculated(
            f"The class hoped for is {wanted}", sign, lambda x: -ln(x),
            [Symbol("p", str(wanted))], [p], value,
        )  # fmt: skip
        if agrees(final, value):
            return [*([] if told else steps), step, final]
    return []


def agrees(step: Worked, value: float) -> bool:
    """Whether the printed numbers of a step give a value at all."""
    found = evaluate(step.numbers) if step.numbers is not None else math.nan
    return math.isclose(found, value, rel_tol=1e-2, abs_tol=1e-6)


# --- losses that are means over the outputs


def each(own: Loss, output: float, target: float) -> Each | None:
    """How one output's part of a loss is written at these numbers."""
    if isinstance(own, SquaredError):
        return Each(lambda o, t: (o - t) ** 2, lambda o, t: 2 * (o - t))
    if isinstance(own, AbsoluteError):
        sign = float(np.sign(output - target))
        why = "the slope is the sign of o - t"
        return Each(lambda o, t: function("abs", o - t), lambda o, t: Literal(sign), why)
    if isinstance(own, Poisson):
        return Each(lambda o, t: exp(o) - t * o, lambda o, t: exp(o) - t)
    if isinstance(own, Huber):
        return _huber(own.delta, output - target)
    if isinstance(own, BinaryCrossEntropy) and not own.smoothing:
        return _binary(output, target)
    return None


def _huber(delta: float, error: float) -> Each:
    if abs(error) <= delta:
        why = f"|o - t| is at most {delta:g}"
        return Each(lambda o, t: (o - t) ** 2 / 2, lambda o, t: o - t, why)
    why, side = f"|o - t| is above {delta:g}", math.copysign(delta, error)
    return Each(
        lambda o, t: delta * (function("abs", o - t) - delta / 2), lambda o, t: Literal(side), why
    )


def _binary(output: float, target: float) -> Each:
    def share(o: Expr) -> Expr:
        return 1 / (1 + exp(-o))

    back = lambda o, t: share(o) - t
    if target == 1:
        return Each(lambda o, t: ln(1 + exp(-o)), back, "t = 1: -ln(p), with p = 1 / (1 + e^-o)")
    if target == 0:
        return Each(lambda o, t: ln(1 + exp(o)), back, "t = 0: -ln(1 - p), p = 1 / (1 + e^-o)")
    return Each(lambda o, t: ln(1 + exp(o)) - t * o, back)


MEANS: tuple[type, ...] = (SquaredError, AbsoluteError, Poisson, Huber, BinaryCrossEntropy)


def pairs(setting: Setting) -> tuple[list[float], list[float]] | None:
    """Outputs and targets of the followed sample, where they go in pairs."""
    outputs = [float(v) for v in np.reshape(setting.row("output"), -1)]
    targets = [float(v) for v in np.reshape(setting.row("y"), -1)]
    return (outputs, targets) if len(outputs) == len(targets) else None


def _mean(setting: Setting, own: Loss) -> list[Worked]:
    found = pairs(setting)
    forms = [] if found is None else [each(own, o, t) for o, t in zip(*found, strict=True)]
    if found is None or not forms or any(form is None for form in forms):
        return []
    outputs, targets = found
    value = setting.at("losses")
    if len(outputs) == 1:
        only = forms[0]
        assert only is not None
        notes = [f"Here {only.why}."] if only.why and not isinstance(own, AbsoluteError) else []
        symbols = [Symbol("o", "0"), Symbol("t", "0")]
        values = [outputs[0], targets[0]]
        return [calculated("", Symbol("L"), only.value, symbols, values, value, notes)]
    parts = []
    for k, (o, t, form) in enumerate(zip(outputs, targets, forms, strict=True)):
        assert form is not None
        numbers = form.value(Number(o), Number(t))
        label = form.value(Symbol("o", str(k)), Symbol("t", str(k)))
        parts.append(Part(evaluate(numbers), label, numbers))
    whole = total([part.value for part in parts])
    if not matches(whole / len(parts), value):
        return []
    words = Words(f"the sum over the {len(parts)} outputs")
    first = added("", Symbol("S"), words, parts, whole)
    return [
        first,
        calculated("", Symbol("L"), lambda s: s / len(parts), [Symbol("S")], [whole], value),
    ]


# --- slopes by the outputs


def output_slope(setting: Setting, place: tuple[int, ...]) -> list[Worked]:
    """How the objective changes with one raw output; operation by operation where need be."""
    own = setting.trace.network.loss
    value = setting.slope_at("output", *place)
    if value is None:
        return []
    steps: list[Worked] = []
    if isinstance(own, CategoricalCrossEntropy):
        steps = _softmax_slope(setting, own, place, value)
    elif type(own) in MEANS:
        steps = _mean_slope(setting, own, place, value)
    if steps:
        return steps
    id = setting.trace.slopes[setting.id("output")]
    return list(setting.generic(id, (setting.sample, *place)).children)


def _scaled(setting: Setting, inside: Callable[..., Expr], count: int) -> Callable[..., Expr]:
    """What one output's slope is in the objective: over the outputs, times the sample's share."""
    weight, batch = float(setting.trace.value("weight")[setting.sample]), setting.trace.batch
    below = count * batch

    def formula(*given: Expr) -> Expr:
        found: Expr = inside(*given)
        if weight != 1:
            found = Number(weight) * found
        return found if below == 1 else found / below

    return formula


def _mean_slope(setting: Setting, own: Loss, place: tuple[int, ...], value: float) -> list[Worked]:
    found = pairs(setting)
    if found is None:
        return []
    shape = np.shape(setting.row("output"))
    flat = int(np.ravel_multi_index(place, shape))
    output, target = found[0][flat], found[1][flat]
    form = each(own, output, target)
    if form is None:
        return []
    formula = _scaled(setting, form.slope, len(found[0]))
    if not matches(evaluate(formula(Literal(output), Literal(target))), value, 1e-3):
        return []
    sub = index(place)
    symbols = [Symbol("o", sub), Symbol("t", sub)]
    notes = [f"Here {form.why}."] if form.why else []
    title = "Slope of the loss by this output"
    step = calculated(
        title, slope(Symbol("o", sub)), formula, symbols, [output, target], value, notes
    )
    return [step]


def _softmax_slope(
    setting: Setting, own: CategoricalCrossEntropy, place: tuple[int, ...], value: float
) -> list[Worked]:
    wanted = target_class(setting)
    if wanted is None or own.smoothing or len(place) != 1:
        return []
    step, p = probability(setting, place[0])
    q = float(place[0] == wanted)

    def inside(x: Expr) -> Expr:
        return x - Literal(1.0) if q else x - Literal(0.0)

    formula = _scaled(setting, inside, 1)
    if not matches(evaluate(formula(Literal(p))), value, 1e-3):
        return []
    sub = str(place[0])
    why = "1 for the class hoped for, 0 for all others"
    final = calculated(
        "Slope of the loss by this output: probability - target", slope(Symbol("o", sub)), formula,
        [Symbol("p", sub)], [p], value, [f"The target is {why}."],
    )  # fmt: skip
    return [step, final]
