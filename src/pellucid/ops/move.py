"""Operations that move elements and compute nothing: reshape, transpose, broadcast, slice, pad, concatenate."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence

import numpy as np

from pellucid.graph import Dim, Primitive, Sample, Shape, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import Batch, broadcast, count, divide, show_shape

# --- reshape


def _reshape_rule(x: Type, shape: Shape) -> Type:
    if count(x.shape) != count(shape):
        raise TypeProblem(
            f"{count(x.shape)} elements do not fill the shape {show_shape(shape)}, "
            f"which holds {count(shape)}"
        )
    return Type(tuple(shape), x.dtype)


_reshape = register(
    Primitive(
        "reshape", _reshape_rule, lambda x, shape: np.reshape(x, shape),
        lambda g, y, x, shape: (reshape(g, x.shape),),
        "y = the elements of x in the same order in another shape", r"y = \operatorname{reshape}(x)",
        (Sample(([[1.0, 2.0], [3.0, 4.0]],), [1.0, 2.0, 3.0, 4.0], {"shape": (4,)}),),
    )
)  # fmt: skip


def reshape(x: Value, shape: Sequence[Dim]) -> Value:
    """The elements of x, in the same order, in another shape; one size may be -1 (the rest)."""
    sizes = tuple(shape)
    if -1 in sizes:
        at = sizes.index(-1)
        rest = divide(count(x.shape), count(sizes[:at] + sizes[at + 1 :]))
        sizes = (*sizes[:at], -1 if rest is None else rest, *sizes[at + 1 :])
    if sizes == x.shape:
        return x
    result: Value = _reshape(x, shape=sizes)
    return result


# --- transpose


def _transpose_rule(x: Type, order: tuple[int, ...]) -> Type:
    if sorted(order) != list(range(len(x.shape))):
        raise TypeProblem(f"order {order} does not name each of the {len(x.shape)} axes once")
    return Type(tuple(x.shape[axis] for axis in order), x.dtype)


_transpose = register(
    Primitive(
        "transpose", _transpose_rule, lambda x, order: np.transpose(x, order),
        lambda g, y, x, order: (transpose(g, tuple(int(i) for i in np.argsort(order))),),
        "y = x with its axes in another order", r"y = x^{\top}",
        (Sample(([[1.0, 2.0], [3.0, 4.0]],), [[1.0, 3.0], [2.0, 4.0]], {"order": (1, 0)}),),
    )
)  # fmt: skip


def transpose(x: Value, order: Sequence[int] | None = None) -> Value:
    """Put the axes of x in another order (reversed by default)."""
    chosen = tuple(order) if order is not None else tuple(reversed(range(len(x.shape))))
    result: Value = _transpose(x, order=chosen)
    return result


# --- broadcast


def _broadcast_rule(x: Type, shape: Shape) -> Type:
    if broadcast([x.shape, shape]) != tuple(shape):
        raise TypeProblem(f"it does not broadcast to {show_shape(shape)}")
    return Type(tuple(shape), x.dtype)


def _broadcast_meaning(x: Array, shape: tuple[int, ...]) -> Array:
    if math.prod(shape) > 1 << 14:  # a view; below that size, copying is quicker than making one
        return np.broadcast_to(x, shape)
    result = np.empty(shape, x.dtype)
    result[...] = x
    return result


_broadcast_to = register(
    Primitive(
        "broadcast_to", _broadcast_rule, _broadcast_meaning,
        lambda g, y, x, shape: (g,),  # the gradient undoes all broadcasting in one place
        "y = x repeated along new axes and along axes of size 1", r"y = \operatorname{broadcast}(x)",
        (Sample(([[1.0], [2.0]],), [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], {"shape": (2, 3)}),),
    )
)  # fmt: skip


def broadcast_to(x: Value, shape: Sequence[Dim]) -> Value:
    """Repeat x along new leading axes and along its axes of size 1 until it has the shape."""
    if tuple(shape) == x.shape:
        return x
    result: Value = _broadcast_to(x, shape=tuple(shape))
    return result


# --- slice and pad: each is the other's way back


def _slice_rule(x: Type, axis: int, start: int, stop: int, step: int) -> Type:
    dim = _axis(x, axis)
    if isinstance(dim, Batch):
        raise TypeProblem("the batch axis cannot be sliced: its size is not known yet")
    if not 0 <= start <= stop <= dim or step < 1:
        raise TypeProblem(f"slice {start}:{stop}:{step} is not within the {dim} of axis {axis}")
    return Type(_replace(x.shape, axis, len(range(start, stop, step))), x.dtype)


def _slice_meaning(x: Array, axis: int, start: int, stop: int, step: int) -> Array:
    return x[(builtins.slice(None),) * axis + (builtins.slice(start, stop, step),)]


def _slice_vjp(
    g: Value, y: Value, x: Value, axis: int, start: int, stop: int, step: int
) -> tuple[Value]:
    total, taken = x.shape[axis], y.shape[axis]
    assert isinstance(total, int) and isinstance(taken, int)
    if taken == 0:
        empty = g.builder.constant(0.0)
        return (broadcast_to(empty, x.shape),)
    after = total - start - ((taken - 1) * step + 1)
    return (pad(g, axis, before=start, after=after, between=step - 1),)


_slice = register(
    Primitive(
        "slice", _slice_rule, _slice_meaning, _slice_vjp,
        "y = the elements start, start + step, ... before stop along one axis", r"y = x_{s:e:d}",
        (
            Sample(([1.0, 2.0, 3.0, 4.0, 5.0, 6.0],), [2.0, 4.0], {"axis": 0, "start": 1, "stop": 5, "step": 2}),
            Sample(([[1.0, 2.0], [3.0, 4.0]],), [[2.0], [4.0]], {"axis": 1, "start": 1, "stop": 2, "step": 1}),
        ),
    )
)  # fmt: skip


def slice(x: Value, axis: int, start: int, stop: int, step: int = 1) -> Value:
    """The elements start, start + step, ... before stop along one axis."""
    result: Value = _slice(x, axis=axis, start=start, stop=stop, step=step)
    return result


def _pad_rule(x: Type, axis: int, before: int, after: int, between: int, value: float) -> Type:
    dim = _axis(x, axis)
    if isinstance(dim, Batch):
        raise TypeProblem("the batch axis cannot be padded: its size is not known yet")
    if min(before, after, between) < 0:
        raise TypeProblem(f"it cannot pad by {(before, after, between)}: use slice to remove")
    if x.dtype != "float":
        raise TypeProblem(f"takes float values, not {x.dtype}; cast them")
    return Type(_replace(x.shape, axis, before + _spread(dim, between) + after), x.dtype)


def _spread(dim: int, between: int) -> int:
    return (dim - 1) * (between + 1) + 1 if dim else 0


def _pad_meaning(x: Array, axis: int, before: int, after: int, between: int, value: float) -> Array:
    width = _spread(x.shape[axis], between)
    result = np.full(
        (*x.shape[:axis], before + width + after, *x.shape[axis + 1 :]), value, x.dtype
    )
    place = builtins.slice(before, before + width, between + 1)
    result[(builtins.slice(None),) * axis + (place,)] = x
    return result


def _pad_vjp(
    g: Value, y: Value, x: Value, axis: int, before: int, after: int, between: int, value: float
) -> tuple[Value]:
    dim = x.shape[axis]
    assert isinstance(dim, int)
    return (slice(g, axis, before, before + _spread(dim, between), between + 1),)


_pad = register(
    Primitive(
        "pad", _pad_rule, _pad_meaning, _pad_vjp,
        "y = x along one axis with a value put before, after and between its elements",
        r"y = \operatorname{pad}(x)",
        (Sample(([1.0, 2.0],), [0.0, 1.0, 0.0, 2.0, 0.0, 0.0],
                {"axis": 0, "before": 1, "after": 2, "between": 1, "value": 0.0}),),
    )
)  # fmt: skip


def pad(
    x: Value, axis: int, *, before: int = 0, after: int = 0, between: int = 0, value: float = 0.0
) -> Value:
    """Put ``value`` before, after and between the elements of x along one axis."""
    result: Value = _pad(x, axis=axis, before=before, after=after, between=between, value=value)
    return result


# --- concatenate


def _concatenate_rule(*types: Type, axis: int) -> Type:
    if not types:
        raise TypeProblem("there is nothing to concatenate")
    if len({type.dtype for type in types}) > 1:
        raise TypeProblem("mixes kinds of numbers; cast them")
    total = 0
    for type in types:
        dim = _axis(type, axis)
        if isinstance(dim, Batch):
            raise TypeProblem("values cannot be joined along the batch axis")
        if _replace(type.shape, axis, 0) != _replace(types[0].shape, axis, 0):
            raise TypeProblem(f"all axes but axis {axis} must agree")
        total += dim
    return Type(_replace(types[0].shape, axis, total), types[0].dtype)


def _concatenate_vjp(g: Value, y: Value, *inputs: Value, axis: int) -> tuple[Value, ...]:
    parts, start = [], 0
    for value in inputs:
        dim = value.shape[axis]
        assert isinstance(dim, int)
        parts.append(slice(g, axis, start, start + dim))
        start += dim
    return tuple(parts)


_concatenate = register(
    Primitive(
        "concatenate", _concatenate_rule, lambda *arrays, axis: np.concatenate(arrays, axis=axis),
        _concatenate_vjp, "y = the inputs one after the other along one axis", r"y = [a ; b]",
        (Sample(([[1.0], [2.0]], [[3.0, 4.0], [5.0, 6.0]]), [[1.0, 3.0, 4.0], [2.0, 5.0, 6.0]], {"axis": 1}),),
    )
)  # fmt: skip


def concatenate(values: Sequence[Value], axis: int = 0) -> Value:
    """Join values along one axis."""
    if len(values) == 1:
        return values[0]
    result: Value = _concatenate(*values, axis=axis)
    return result


def _axis(x: Type, axis: int) -> Dim:
    if not 0 <= axis < len(x.shape):
        raise TypeProblem(f"there is no axis {axis} in a value of {len(x.shape)} axes")
    return x.shape[axis]


def _replace(shape: Shape, axis: int, dim: Dim) -> Shape:
    return (*shape[:axis], dim, *shape[axis + 1 :])
