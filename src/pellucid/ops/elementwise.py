"""Operations on each element: arithmetic, exponentials, comparisons, choices.

Inputs broadcast as in NumPy. Where a function has a corner, the derivative used there is stated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.graph import Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import DType, broadcast


def _elementwise(arity: int, *accepted: DType, result: DType | None = None) -> Callable[..., Type]:
    def rule(*types: Type) -> Type:
        if len(types) != arity:
            raise TypeProblem(f"takes {arity} input{'s' if arity > 1 else ''}, got {len(types)}")
        return _join(types, accepted, result)

    return rule


def _join(types: tuple[Type, ...], accepted: tuple[DType, ...], result: DType | None) -> Type:
    dtypes = {type.dtype for type in types}
    if len(dtypes) > 1:
        raise TypeProblem(f"mixes {' and '.join(sorted(dtypes))} values; cast one of them")
    dtype = dtypes.pop()
    if dtype not in accepted:
        raise TypeProblem(f"takes {' or '.join(accepted)} values, not {dtype}; cast them")
    shape = broadcast([type.shape for type in types])
    if shape is None:
        raise TypeProblem("these shapes do not broadcast together")
    return Type(shape, result or dtype)


_number = _elementwise(2, "float", "int")
_real = _elementwise(2, "float")
_compare = _elementwise(2, "float", "int", result="bool")


def _unary(
    name: str, meaning: Callable[..., Any], derivative: Callable[[Value, Value], Any] | None,
    formula: str, latex: str, *samples: Sample,
) -> Primitive:  # fmt: skip
    """A function of one float; ``derivative(x, y)`` builds dy/dx."""

    def vjp(g: Value, y: Value, x: Value) -> tuple[Value]:
        assert derivative is not None
        return (g * derivative(x, y),)

    return register(
        Primitive(
            name,
            _elementwise(1, "float"),
            meaning,
            vjp if derivative else None,
            formula,
            latex,
            samples,
        )
    )


# --- arithmetic

add = register(
    Primitive(
        "add", _number, np.add, lambda g, y, a, b: (g, g),
        "y = a + b", "y = a + b",
        (Sample(([1.0, 2.0], [10.0, 20.0]), [11.0, 22.0]), Sample(([[1.0], [2.0]], [3.0, 4.0]), [[4.0, 5.0], [5.0, 6.0]])),
    )
)  # fmt: skip
subtract = register(
    Primitive(
        "subtract", _number, np.subtract, lambda g, y, a, b: (g, -g),
        "y = a - b", "y = a - b",
        (Sample(([1.0, 2.0], [10.0, 5.0]), [-9.0, -3.0]),),
    )
)  # fmt: skip
multiply = register(
    Primitive(
        "multiply", _number, np.multiply, lambda g, y, a, b: (g * b, g * a),
        "y = a * b", r"y = a \, b",
        (Sample(([1.0, 2.0], [10.0, -5.0]), [10.0, -10.0]), Sample(([[1.0], [2.0]], 3.0), [[3.0], [6.0]])),
    )
)  # fmt: skip
divide = register(
    Primitive(
        "divide", _real, np.divide, lambda g, y, a, b: (g / b, -(g * y / b)),
        "y = a / b", r"y = \frac{a}{b}",
        (Sample(([1.0, 2.0], [10.0, -4.0]), [0.1, -0.5]),),
    )
)  # fmt: skip
negate = register(
    Primitive(
        "negate", _elementwise(1, "float", "int"), np.negative, lambda g, y, x: (-g,),
        "y = -x", "y = -x",
        (Sample(([1.0, -2.0],), [-1.0, 2.0]),),
    )
)  # fmt: skip


def _power_vjp(g: Value, y: Value, a: Value, b: Value) -> tuple[Value, Value]:
    # a ** b with b = 0 is 1 for every a, so its slope is 0 there, also at a = 0.
    # The exponent is 1 there, so that the branch not taken has finite slopes of its own.
    flat = equal(b, 0.0)
    slope_a = where(flat, 0.0, b * a ** where(flat, 1.0, b - 1.0))
    # d/db is y ln(a); for a <= 0 it exists only in the limit a = 0, where it is 0.
    slope_b = y * log(where(a > 0.0, a, 1.0))
    return g * slope_a, g * slope_b


power = register(
    Primitive(
        "power", _real, np.power, _power_vjp,
        "y = a ^ b", "y = a^{b}",
        (Sample(([2.0, 3.0], [3.0, 2.0]), [8.0, 9.0]), Sample(([4.0, 9.0], 0.5), [2.0, 3.0])),
    )
)  # fmt: skip

# --- functions of one number

exp = _unary(
    "exp",
    np.exp,
    lambda x, y: y,
    "y = e^x",
    r"y = e^{x}",
    Sample(([0.0, 1.0],), [1.0, 2.718281828459045]),
)
log = _unary("log", np.log, lambda x, y: 1.0 / x, "y = ln(x)", r"y = \ln x", Sample(([1.0, 2.718281828459045],), [0.0, 1.0]))  # fmt: skip
log1p = _unary(
    "log1p", np.log1p, lambda x, y: 1.0 / (1.0 + x), "y = ln(1 + x)", r"y = \ln(1 + x)",
    Sample(([0.0, 1.0, 1e-12],), [0.0, 0.6931471805599453, 1e-12]),
)  # fmt: skip
sqrt = _unary(
    "sqrt",
    np.sqrt,
    lambda x, y: 0.5 / y,
    "y = sqrt(x)",
    r"y = \sqrt{x}",
    Sample(([4.0, 9.0],), [2.0, 3.0]),
)
tanh = _unary("tanh", np.tanh, lambda x, y: 1.0 - y * y, "y = tanh(x)", r"y = \tanh x", Sample(([0.0, 0.5],), [0.0, 0.46211715726000973]))  # fmt: skip


def _sigmoid(x: Array) -> Array:
    # e^-|x| never overflows; the two branches are the same function.
    decay = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, decay) / (1.0 + decay))


sigmoid = _unary(
    "sigmoid", _sigmoid, lambda x, y: y * (1.0 - y), "y = 1 / (1 + e^-x)", r"y = \frac{1}{1 + e^{-x}}",
    Sample(([0.0, 2.0, -800.0],), [0.5, 0.8807970779778823, 0.0]),
)  # fmt: skip


def _erf(x: Array) -> Array:
    from scipy.special import erf as scipy_erf

    return np.asarray(scipy_erf(x))


TWO_OVER_SQRT_PI = 1.1283791670955126
erf = _unary(
    "erf", _erf, lambda x, y: TWO_OVER_SQRT_PI * exp(-(x * x)),
    "y = 2/sqrt(pi) * integral from 0 to x of e^(-t^2) dt",
    r"y = \frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2}\,dt",
    Sample(([0.0, 0.5, -1.0],), [0.0, 0.5204998778130465, -0.8427007929497149]),
)  # fmt: skip
abs = _unary(
    "abs", np.abs, lambda x, y: sign(x), "y = |x|, slope 0 at 0", "y = |x|",
    Sample(([-2.0, 3.0],), [2.0, 3.0]), Sample(([0.0],), [0.0], check_gradient=False),
)  # fmt: skip
sign: Primitive = _unary(
    "sign", np.sign, None, "y = -1, 0 or 1 as x is below, at or above 0", r"y = \operatorname{sign} x",
    Sample(([-2.0, 0.0, 3.0],), [-1.0, 0.0, 1.0]),
)  # fmt: skip

# --- choices


def maximum_vjp(g: Value, y: Value, a: Value, b: Value) -> tuple[Value, Value]:
    """Where a and b tie, the whole gradient goes to b: so relu = max(x, 0) has slope 0 at 0."""
    first = a > b
    return where(first, g, 0.0), where(first, 0.0, g)


def minimum_vjp(g: Value, y: Value, a: Value, b: Value) -> tuple[Value, Value]:
    """Where a and b tie, the whole gradient goes to b."""
    first = a < b
    return where(first, g, 0.0), where(first, 0.0, g)


maximum = register(
    Primitive(
        "maximum", _number, np.maximum, maximum_vjp,
        "y = a if a > b else b; NaN if either is", r"y = \max(a, b)",
        (Sample(([1.0, 5.0], [3.0, 2.0]), [3.0, 5.0]), Sample(([1.0], [1.0]), [1.0], check_gradient=False)),
    )
)  # fmt: skip
minimum = register(
    Primitive(
        "minimum", _number, np.minimum, minimum_vjp,
        "y = a if a < b else b; NaN if either is", r"y = \min(a, b)",
        (Sample(([1.0, 5.0], [3.0, 2.0]), [1.0, 2.0]), Sample(([1.0], [1.0]), [1.0], check_gradient=False)),
    )
)  # fmt: skip


def _comparison(name: str, meaning: Callable[..., Any], symbol: str, latex: str, expected: list[bool]) -> Primitive:  # fmt: skip
    samples = (Sample(([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]), expected),)
    formula = f"y = (a {symbol} b)"
    return register(
        Primitive(name, _compare, meaning, None, formula, f"y = [a {latex} b]", samples)
    )


equal = _comparison("equal", np.equal, "=", "=", [False, True, False])
less = _comparison("less", np.less, "<", "<", [True, False, False])
less_equal = _comparison("less_equal", np.less_equal, "<=", r"\le", [True, True, False])


def _where_rule(condition: Type, a: Type, b: Type) -> Type:
    if condition.dtype != "bool":
        raise TypeProblem(f"the condition must be bool, not {condition.dtype}")
    if a.dtype != b.dtype:
        raise TypeProblem(f"mixes {a.dtype} and {b.dtype} values; cast one of them")
    shape = broadcast([condition.shape, a.shape, b.shape])
    if shape is None:
        raise TypeProblem("these shapes do not broadcast together")
    return Type(shape, a.dtype)


where: Primitive = register(
    Primitive(
        "where", _where_rule, np.where,
        lambda g, y, condition, a, b: (None, where(condition, g, 0.0), where(condition, 0.0, g)),
        "y = a where the condition holds, else b", r"y = \begin{cases} a & c \\ b & \neg c \end{cases}",
        (Sample(([True, False], [1.0, 2.0], [3.0, 4.0]), [1.0, 4.0]),),
    )
)  # fmt: skip


def _clip_rule(x: Type, low: float, high: float) -> Type:
    if not low <= high:
        raise TypeProblem(f"the low limit {low} is above the high limit {high}")
    return _join((x,), ("float",), None)


_clip = register(
    Primitive(
        "clip", _clip_rule, lambda x, low, high: np.clip(x, low, high),
        lambda g, y, x, low, high: (where(x < low, 0.0, where(x > high, 0.0, g)),),
        "y = low if x < low, high if x > high, else x; slope 1 at the limits",
        r"y = \min(\max(x, l), h)",
        (Sample(([-2.0, 0.5, 3.0],), [-1.0, 0.5, 1.0], {"low": -1.0, "high": 1.0}),),
    )
)  # fmt: skip


def clip(x: Any, low: float, high: float) -> Any:
    """Keep x within [low, high]; the slope is 1 inside and at the limits, 0 outside."""
    return _clip(x, low=float(low), high=float(high))


# --- change of kind

_NUMPY: dict[str, Any] = {"float": np.float64, "int": np.int64, "bool": np.bool_}


def _cast_rule(x: Type, dtype: DType) -> Type:
    if dtype not in _NUMPY:
        raise TypeProblem(f"there is no kind of number {dtype!r}")
    return Type(x.shape, dtype)


_cast = register(
    Primitive(
        "cast", _cast_rule, lambda x, dtype: x.astype(_NUMPY[dtype]), None,
        "y = x as another kind of number; float to int drops the fraction, x != 0 gives True",
        r"y = \operatorname{cast}(x)",
        (
            Sample(([True, False],), [1.0, 0.0], {"dtype": "float"}),
            Sample(([2.7, -2.7],), [2, -2], {"dtype": "int"}, check_gradient=False),
            Sample(([0, 3],), [False, True], {"dtype": "bool"}),
        ),
    )
)  # fmt: skip


def cast(x: Value, dtype: DType) -> Value:
    """Turn x into another kind of number; nothing flows back through it."""
    return x if x.dtype == dtype else _cast(x, dtype=dtype)
