"""Operations that take several elements together: sum, mean, max, argmax, logsumexp, log-softmax."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from pellucid.graph import Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import DType, Shape
from pellucid.ops.elementwise import cast, equal, exp
from pellucid.ops.move import broadcast_to, reshape

# The meanings call NumPy's reductions themselves, not the wrappers np.sum and np.max: on the small
# values of a step those cost as much as the sum.

Axes: TypeAlias = int | Sequence[int] | None


def _reduced(*accepted: DType) -> Callable[..., Type]:
    def rule(x: Type, axes: tuple[int, ...], keepdims: bool) -> Type:
        if x.dtype not in accepted:
            raise TypeProblem(f"takes {' or '.join(accepted)} values, not {x.dtype}; cast them")
        _check_axes(x, axes)
        return Type(_shape(x.shape, axes, keepdims), x.dtype)

    return rule


def _check_axes(x: Type, axes: Any) -> None:
    if not isinstance(axes, tuple) or len(set(axes)) < len(axes):
        raise TypeProblem(f"axes must be a tuple of different axes, got {axes!r}")
    for axis in axes:
        if not 0 <= axis < len(x.shape):
            raise TypeProblem(f"there is no axis {axis} in a value of {len(x.shape)} axes")


def _shape(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    if keepdims:
        return tuple(1 if axis in axes else dim for axis, dim in enumerate(shape))
    return tuple(dim for axis, dim in enumerate(shape) if axis not in axes)


def _spread(g: Value, x: Value, axes: tuple[int, ...]) -> Value:
    """Repeat a reduced value along the axes that were reduced."""
    if g.shape == ():
        return broadcast_to(g, x.shape)
    return broadcast_to(reshape(g, _shape(x.shape, axes, True)), x.shape)


def _all(x: Value, axes: Axes) -> tuple[int, ...]:
    rank = len(x.shape)
    chosen = range(rank) if axes is None else (axes,) if isinstance(axes, int) else axes
    return tuple(sorted(axis + rank if axis < 0 else axis for axis in chosen))


_sum = register(
    Primitive(
        "sum", _reduced("float", "int"),
        lambda x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims),
        lambda g, y, x, axes, keepdims: (_spread(g, x, axes),),
        "y = sum of x over the axes", r"y = \sum x",
        (
            Sample(([[1.0, 2.0], [3.0, 4.0]],), [3.0, 7.0], {"axes": (1,), "keepdims": False}),
            Sample(([[1.0, 2.0], [3.0, 4.0]],), [[10.0]], {"axes": (0, 1), "keepdims": True}),
        ),
    )
)  # fmt: skip
_mean = register(
    Primitive(
        "mean", _reduced("float"),
        lambda x, axes, keepdims: np.add.reduce(x, axis=axes, keepdims=keepdims) / _length(x, axes),
        lambda g, y, x, axes, keepdims: (_spread(g / _count(x, axes=axes), x, axes),),
        "y = sum of x over the axes / number of elements added", r"y = \frac{1}{n} \sum x",
        (Sample(([[1.0, 2.0], [3.0, 5.0]],), [1.5, 4.0], {"axes": (1,), "keepdims": False}),),
    )
)  # fmt: skip


def _length(x: Array, axes: tuple[int, ...]) -> float:
    return float(np.prod([x.shape[axis] for axis in axes]))


def _count_rule(x: Type, axes: tuple[int, ...]) -> Type:
    _check_axes(x, axes)
    return Type((), "float")


_count: Primitive = register(
    Primitive(
        "count", _count_rule, lambda x, axes: np.float64(_length(x, axes)), None,
        "y = number of elements of x along the axes", "y = n",
        (Sample(([[1.0, 2.0, 3.0], [3.0, 5.0, 6.0]],), 3.0, {"axes": (1,)}),),
    )
)  # fmt: skip


def _max_vjp(g: Value, y: Value, x: Value, axes: tuple[int, ...], keepdims: bool) -> tuple[Value]:
    """Where several elements tie for the maximum, each gets an equal share."""
    winners = cast(equal(x, _spread(y, x, axes)), "float")
    share = g / sum(winners, axes, keepdims=keepdims)
    return (winners * _spread(share, x, axes),)


_max = register(
    Primitive(
        "max", _reduced("float"),
        lambda x, axes, keepdims: np.maximum.reduce(x, axis=axes, keepdims=keepdims, initial=-np.inf),
        _max_vjp, "y = largest x along the axes (-inf of nothing); ties share the gradient",
        r"y = \max x",
        (Sample(([[1.0, 2.0], [7.0, 5.0]],), [2.0, 7.0], {"axes": (1,), "keepdims": False}),),
    )
)  # fmt: skip


def _argmax_rule(x: Type, axis: int) -> Type:
    _check_axes(x, (axis,))
    if x.shape[axis] == 0:
        raise TypeProblem(f"axis {axis} is empty: it has no largest element")
    return Type(_shape(x.shape, (axis,), False), "int")


_argmax = register(
    Primitive(
        "argmax", _argmax_rule, lambda x, axis: np.argmax(x, axis=axis), None,
        "y = place of the largest x along the axis, the first of equals",
        r"y = \operatorname{argmax} x",
        (Sample(([[1.0, 2.0], [7.0, 7.0]],), [1, 0], {"axis": 1}),),
    )
)  # fmt: skip


def _logsumexp_meaning(x: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    top = np.maximum.reduce(x, axis=axes, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0.0).astype(x.dtype)
    total: Array = np.log(np.add.reduce(np.exp(x - shift), axis=axes, keepdims=True)) + shift
    return total if keepdims else np.squeeze(total, axis=axes)


_logsumexp = register(
    Primitive(
        "logsumexp", _reduced("float"), _logsumexp_meaning,
        lambda g, y, x, axes, keepdims: (_spread(g, x, axes) * exp(x - _spread(y, x, axes)),),
        "y = ln(sum of e^x over the axes), with the largest x taken out first",
        r"y = \ln \sum e^{x}",
        (
            Sample(([[0.0, 0.0], [1000.0, 1000.0]],), [0.6931471805599453, 1000.6931471805599],
                   {"axes": (1,), "keepdims": False}),
        ),
    )
)  # fmt: skip


def _log_softmax_rule(x: Type, axis: int) -> Type:
    if x.dtype != "float":
        raise TypeProblem(f"takes float values, not {x.dtype}; cast them")
    _check_axes(x, (axis,))
    return x


def _log_softmax_meaning(x: Array, axis: int) -> Array:
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.asarray(shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True)))


_log_softmax = register(
    Primitive(
        "log_softmax", _log_softmax_rule, _log_softmax_meaning,
        lambda g, y, x, axis: (g - exp(y) * sum(g, axis, keepdims=True),),
        "y = x - ln(sum of e^x along the axis)", r"y_i = x_i - \ln \sum_j e^{x_j}",
        (
            Sample(([[0.0, 0.0], [1000.0, 1000.0]],), [[-0.6931471805599453] * 2] * 2, {"axis": 1}),
            Sample(([[1.0, 2.0, 3.0]],), [[-2.4076059644443806, -1.4076059644443804, -0.4076059644443804]], {"axis": 1}),
        ),
    )
)  # fmt: skip


def sum(x: Value, axes: Axes = None, *, keepdims: bool = False) -> Value:
    """Add up x over the axes (all by default)."""
    return _reduce(_sum, x, axes, keepdims)


def mean(x: Value, axes: Axes = None, *, keepdims: bool = False) -> Value:
    """The arithmetic mean of x over the axes (all by default)."""
    return _reduce(_mean, x, axes, keepdims)


def max(x: Value, axes: Axes = None, *, keepdims: bool = False) -> Value:
    """The largest element of x over the axes (all by default); ties share the gradient."""
    return _reduce(_max, x, axes, keepdims)


def logsumexp(x: Value, axes: Axes = None, *, keepdims: bool = False) -> Value:
    """ln of the sum of e^x over the axes (all by default), without overflow."""
    return _reduce(_logsumexp, x, axes, keepdims)


def count(x: Value, axes: Axes = None) -> Value:
    """The number of elements of x over the axes (all by default), as a float."""
    result: Value = _count(x, axes=_all(x, axes))
    return result


def argmax(x: Value, axis: int = -1) -> Value:
    """The place of the largest element along the axis, the first of equals."""
    result: Value = _argmax(x, axis=_all(x, axis)[0])
    return result


def log_softmax(x: Value, axis: int = -1) -> Value:
    """The logarithm of softmax along the axis, without overflow."""
    result: Value = _log_softmax(x, axis=_all(x, axis)[0])
    return result


def softmax(x: Value, axis: int = -1) -> Value:
    """e^x divided by its sum along the axis: positive, adding up to 1."""
    result: Value = exp(log_softmax(x, axis))
    return result


def _reduce(op: Primitive, x: Value, axes: Axes, keepdims: builtins.bool) -> Value:
    result: Value = op(x, axes=_all(x, axes), keepdims=keepdims)
    return result


__all__ = ["argmax", "count", "log_softmax", "logsumexp", "max", "mean", "softmax", "sum"]
