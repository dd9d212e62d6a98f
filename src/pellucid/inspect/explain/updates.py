"""The update of one weight: the gradient within its limits, then the optimizer's formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.inspect.explain.backward import parameter_symbol
from pellucid.inspect.explain.digits import decimals
from pellucid.inspect.explain.elements import Place
from pellucid.inspect.explain.expression import (
    Expr,
    Literal,
    Number,
    Power,
    Symbol,
    Words,
    evaluate,
    function,
    sqrt,
)
from pellucid.inspect.explain.setting import Setting, index, slope
from pellucid.inspect.explain.worked import Part, Worked, added, calculated, heading, matches, read
from pellucid.inspect.trace_updates import Updates, updates
from pellucid.learn import optimizers
from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import adam, scaled, sgd

STEP_DIGITS = 4
"""The digits of the step that must still be seen in the weight after it."""


@dataclass
class Moving:
    """One weight on its way through an optimizer: what is known, and the steps so far."""

    own: Updates
    place: Place
    weight: Symbol
    symbols: dict[str, Expr] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    steps: list[Worked] = field(default_factory=list)
    sound: bool = True

    def before(self, slot: str, letter: str) -> None:
        """Take up what the optimizer remembers."""
        array = self.own.memory_before[slot]
        self.symbols[letter] = Symbol(letter)
        self.values[letter] = float(array[self.place] if array.shape else array)

    def after(self, slot: str) -> float:
        """What it remembers afterwards."""
        array = self.own.memory_after[slot]
        return float(array[self.place] if array.shape else array)

    def work(
        self, letter: str, formula: Callable[..., Expr], *given: str, value: float | None = None,
        title: str = "",
    ) -> None:  # fmt: skip
        """Work out a letter from others; with a value it must come out as in the trace."""
        inside = [self.values[name] for name in given]
        found = evaluate(formula(*map(Literal, inside)))
        if value is not None and not matches(found, value, _largest(inside) * 1e-3):
            self.sound = False
        result = found if value is None else value
        self.symbols[letter], self.values[letter] = Symbol(letter), result
        symbols = [self.symbols[name] for name in given]
        self.steps.append(calculated(title, Symbol(letter), formula, symbols, inside, result))


def weight_update(setting: Setting, name: str, place: Place) -> Worked:
    """What the step did to one weight."""
    rule, own = setting.trace.rule, updates(setting.trace, name)
    title = f"{name}[{index(place)}]"
    if isinstance(rule, Backprop) and own.gradient is not None and own.clipped is not None:
        moving = Moving(own, place, parameter_symbol(name, place))
        moving.steps += _clipping(setting, rule, own, place)
        moving.values |= {
            "w": float(own.before[place]), "g": float(own.clipped[place]), "r": own.rate,
        }  # fmt: skip
        limited = rule.clip_value is not None or rule.clip_norm is not None
        g: Expr = Symbol("g") if limited else slope(moving.weight)
        moving.symbols |= {"w": moving.weight, "g": g, "r": Symbol("r")}
        if _optimizer(setting, rule, moving):
            return heading(title, moving.steps)
    return heading(title, _by_operations(setting, name, place))


def _optimizer(setting: Setting, rule: Backprop, moving: Moving) -> bool:
    maker = WORDS.get(type(rule.optimizer))
    if maker is None:
        return False
    maker(rule.optimizer, moving)
    if not moving.sound:
        return False
    values = moving.values
    after = float(moving.own.after[moving.place])
    kept = values.get("kept", values["w"])
    if not matches(kept - values["step"], after, 1e-6 * abs(after) + abs(values["step"]) * 1e-6):
        return False
    moving.steps.append(_moved(moving, after, kept))
    return True


def _moved(moving: Moving, after: float, kept: float) -> Worked:
    """w' = w - step, with enough digits for the step to be seen."""
    step, name = moving.values["step"], moving.weight
    symbol = Symbol(f"{name.name}'", name.sub, name.of)
    before = Symbol("kept") if "kept" in moving.values else name
    digits = max(6, decimals(step, STEP_DIGITS) - decimals(after, 1) + 1) if step else 6
    return calculated(
        "After the step", symbol, lambda w, s: w - s, [before, Symbol("step")], [kept, step], after,
        digits=min(digits, 12),
    )  # fmt: skip


def _by_operations(setting: Setting, name: str, place: Place) -> Sequence[Worked]:
    """The next parameters, operation by operation."""
    layout = setting.trace.network.architecture.learned
    places = layout.views(np.arange(layout.size, dtype=np.float64))[name]
    own = updates(setting.trace, name)
    steps = setting.generic(setting.id("params'"), (int(places[place]),)).children
    if steps:
        return steps
    note = "The rule leaves it as it is."
    return [read("After the step", parameter_symbol(name, place), float(own.after[place]), [note])]


def _clipping(setting: Setting, rule: Backprop, own: Updates, place: Place) -> list[Worked]:
    """How the gradient was held within its limits, and nothing where it was not."""
    if rule.clip_value is None and rule.clip_norm is None:
        return []
    assert own.gradient is not None and own.clipped is not None
    g, steps, whole = float(own.gradient[place]), [], setting.trace.value("gradient")
    if rule.clip_value is not None:
        limit = rule.clip_value
        cut = float(np.clip(g, -limit, limit))
        steps.append(
            calculated(
                f"Held between -{limit:g} and {limit:g}",
                Symbol("g"),
                lambda x: function("min", function("max", x, -limit), limit),
                [Symbol("dJ/dw")],
                [g],
                cut,
            )
        )
        g, whole = cut, np.clip(whole, -limit, limit)
    if rule.clip_norm is not None:
        steps += _norm(rule.clip_norm, whole, g, float(own.clipped[place]))
    return steps


def _norm(limit: float, whole: Array, g: float, result: float) -> list[Worked]:
    squares = float(np.square(whole).sum())
    top = np.argsort(-np.abs(whole), kind="stable")[:5].tolist()
    parts = [
        Part(value**2, Words(f"parameter {k}"), Power(Number(value), Literal(2)))
        for k, value in ((k, float(whole[k])) for k in top)
    ]
    rest = len(whole) - len(parts)
    if rest > 0:
        left = squares - sum(part.value for part in parts)
        parts.append(Part(left, f"and {rest:,} smaller squares, together"))
    total, length = Symbol("S"), float(np.sqrt(squares))
    first = added(
        "Length of the whole gradient", total, Words("the sum of the squares of all its numbers"),
        [], squares, first=parts,
    )  # fmt: skip
    second = calculated("", Symbol("length"), sqrt, [total], [squares], length)
    note = f"It is shortened to a length of {limit:g} where it is longer."

    def formula(x: Expr, n: Expr) -> Expr:
        return x * (Literal(limit) / n) if length > limit else x

    third = calculated(
        "Held to that length", Symbol("g"), formula, [Symbol("dJ/dw"), Symbol("length")],
        [g, length], result, [note],
    )  # fmt: skip
    return [first, second, third]


# --- the optimizers, in the words of their papers


def _decayed(weight_decay: float, moving: Moving) -> str:
    """The gradient with the pull to 0, where there is one."""
    if not weight_decay:
        return "g"
    moving.work("d", lambda g, w: g + weight_decay * w, "g", "w", title="With weight decay")
    return "d"


def _sgd(own: sgd.SGD, moving: Moving) -> None:
    d = _decayed(own.weight_decay, moving)
    if own.momentum:
        moving.before("velocity", "v")
        after = moving.after("velocity")
        moving.work("v'", lambda v, x: own.momentum * v + x, "v", d, value=after, title="Velocity")
        if own.nesterov:
            moving.work("u", lambda x, v: x + own.momentum * v, d, "v'", title="Looking ahead")
    last = d if not own.momentum else ("u" if own.nesterov else "v'")
    moving.work("step", lambda r, x: r * x, "r", last, title="The step")


def _lion(own: sgd.Lion, moving: Moving) -> None:
    b1, b2 = own.beta1, own.beta2
    moving.before("mean", "m")
    moving.work("c", lambda m, g: b1 * m + _rest(b1) * g, "m", "g", title="Mixed momentum")
    _kept(own.weight_decay, moving)
    moving.work("step", lambda r, c: r * function("sign", c), "r", "c", title="The step")
    after = moving.after("mean")
    moving.work("m'", lambda m, g: b2 * m + _rest(b2) * g, "m", "g", value=after, title="Momentum")


def _adagrad(own: scaled.AdaGrad, moving: Moving) -> None:
    d = _decayed(own.weight_decay, moving)
    moving.before("square", "s")
    after = moving.after("square")
    moving.work("s'", lambda s, x: s + x**2, "s", d, value=after, title="Sum of squares")
    moving.work(
        "step", lambda r, x, s: r * x / (sqrt(s) + own.epsilon), "r", d, "s'", title="The step"
    )


def _rmsprop(own: scaled.RMSProp, moving: Moving) -> None:
    d, a = _decayed(own.weight_decay, moving), own.alpha
    moving.before("square", "s")
    _mean_square(moving, "s", d, a, moving.after("square"))
    spread = "s'"
    if own.centered:
        moving.before("mean", "m")
        after = moving.after("mean")
        moving.work("m'", lambda m, x: a * m + _rest(a) * x, "m", d, value=after, title="Mean")
        moving.work("c", lambda s, m: function("max", s - m**2, 0), "s'", "m'", title="Spread")
        spread = "c"
    moving.work("u", lambda x, s: x / (sqrt(s) + own.epsilon), d, spread, title="Scaled")
    last = "u"
    if own.momentum:
        moving.before("velocity", "v")
        after, last = moving.after("velocity"), "v'"
        moving.work(
            "v'", lambda v, u: own.momentum * v + u, "v", "u", value=after, title="Velocity"
        )
    moving.work("step", lambda r, x: r * x, "r", last, title="The step")


def _adadelta(own: scaled.AdaDelta, moving: Moving) -> None:
    d, e = _decayed(own.weight_decay, moving), own.epsilon
    moving.before("square", "s")
    moving.before("moved", "q")
    _mean_square(moving, "s", d, own.rho, moving.after("square"))
    moving.work("u", lambda x, q, s: x * sqrt((q + e) / (s + e)), d, "q", "s'", title="Scaled")
    _mean_square(moving, "q", "u", own.rho, moving.after("moved"))
    moving.work("step", lambda r, u: r * u, "r", "u", title="The step")


def _moments(own: adam._Moments, moving: Moving, d: str) -> float:
    """Adam's two running means; the number of steps."""
    b1, b2 = own.beta1, own.beta2
    moving.before("mean", "m")
    moving.before("square", "v")
    after = moving.after("mean")
    moving.work(
        "m'", lambda m, x: b1 * m + _rest(b1) * x, "m", d, value=after, title="Mean of gradients"
    )
    _mean_square(moving, "v", d, b2, moving.after("square"))
    return moving.after("steps")


def _corrected(own: adam._Moments, moving: Moving, t: float, spread: str) -> None:
    """Both means corrected for their start at 0, and the step."""
    b1, b2 = own.beta1, own.beta2
    moving.work(
        "m_hat", lambda m: m / (1 - Literal(b1) ** t), "m'", title="Corrected for its start"
    )
    moving.work(
        "v_hat", lambda v: v / (1 - Literal(b2) ** t), spread, title="Corrected for its start"
    )
    moving.work(
        "step",
        lambda r, m, v: r * m / (sqrt(v) + own.epsilon),
        "r",
        "m_hat",
        "v_hat",
        title="The step",
    )


def _adam(own: adam.Adam, moving: Moving) -> None:
    t = _moments(own, moving, _decayed(own.weight_decay, moving))
    _corrected(own, moving, t, "v'")


def _adamw(own: adam.AdamW, moving: Moving) -> None:
    t = _moments(own, moving, "g")
    _kept(own.weight_decay, moving)
    _corrected(own, moving, t, "v'")


def _amsgrad(own: adam.AMSGrad, moving: Moving) -> None:
    t = _moments(own, moving, _decayed(own.weight_decay, moving))
    moving.before("largest", "l")
    after = moving.after("largest")
    largest: Callable[..., Expr] = lambda a, b: function("max", a, b)
    moving.work("l'", largest, "l", "v'", value=after, title="The largest so far")
    _corrected(own, moving, t, "l'")


def _nadam(own: adam.Nadam, moving: Moving) -> None:
    d = _decayed(own.weight_decay, moving)
    t, b1, b2 = _moments(own, moving, d), own.beta1, own.beta2
    moving.before("product", "p")

    def beta(time: float) -> Expr:
        return b1 * (1 - 0.5 * Literal(0.96) ** Literal(time * own.momentum_decay))

    moving.work("b", lambda: beta(t), title="The share of the momentum now")
    moving.work("b_next", lambda: beta(t + 1), title="and in the next step")
    after = moving.after("product")
    moving.work("p'", lambda p, b: p * b, "p", "b", value=after, title="All shares multiplied")
    moving.work(
        "n", lambda x, b, p: x * (1 - b) / (1 - p), d, "b", "p'", title="The gradient's part"
    )
    moving.work(
        "a", lambda m, c, p: m * c / (1 - p * c), "m'", "b_next", "p'", title="The mean's part"
    )
    moving.work(
        "v_hat", lambda v: v / (1 - Literal(b2) ** t), "v'", title="Corrected for its start"
    )
    moving.work(
        "step", lambda r, n, a, v: r * (n + a) / (sqrt(v) + own.epsilon), "r", "n", "a", "v_hat",
        title="The step",
    )  # fmt: skip


def _mean_square(moving: Moving, letter: str, of: str, keep: float, after: float) -> None:
    moving.work(
        f"{letter}'", lambda s, x: keep * s + _rest(keep) * x**2, letter, of, value=after,
        title="Mean of squares",
    )  # fmt: skip


def _kept(weight_decay: float, moving: Moving) -> None:
    if weight_decay:
        moving.work("kept", lambda w, r: w * (1 - r * weight_decay), "w", "r", title="Pulled to 0")


def _rest(share: float) -> Expr:
    return 1 - Literal(share)


def _largest(values: Sequence[float]) -> float:
    return max(map(abs, values), default=0.0)


WORDS: dict[type, Callable[..., None]] = {
    optimizers.SGD: _sgd,
    optimizers.Lion: _lion,
    optimizers.AdaGrad: _adagrad,
    optimizers.RMSProp: _rmsprop,
    optimizers.AdaDelta: _adadelta,
    optimizers.Adam: _adam,
    optimizers.AdamW: _adamw,
    optimizers.AMSGrad: _amsgrad,
    optimizers.Nadam: _nadam,
}
