"""The matrix product, with either factor transposed on demand."""

from __future__ import annotations

import numpy as np

from pellucid.graph import Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import broadcast


def _rule(a: Type, b: Type, transpose_a: bool, transpose_b: bool) -> Type:
    if a.dtype != "float" or b.dtype != "float":
        raise TypeProblem("a matrix product takes float values; cast them")
    if len(a.shape) < 2 or len(b.shape) < 2:
        raise TypeProblem("both factors need at least 2 axes; reshape a vector to a row or column")
    rows, inner = a.shape[-2:] if not transpose_a else a.shape[:-3:-1]
    other, columns = b.shape[-2:] if not transpose_b else b.shape[:-3:-1]
    if inner != other:
        raise TypeProblem(f"the inner sizes differ: {inner} columns against {other} rows")
    outer = broadcast([a.shape[:-2], b.shape[:-2]])
    if outer is None:
        raise TypeProblem("the leading axes do not broadcast together")
    return Type((*outer, rows, columns))


def _meaning(a: Array, b: Array, transpose_a: bool, transpose_b: bool) -> Array:
    left = np.swapaxes(a, -1, -2) if transpose_a else a
    right = np.swapaxes(b, -1, -2) if transpose_b else b
    return np.asarray(left @ right)


def _vjp(
    g: Value, y: Value, a: Value, b: Value, transpose_a: bool, transpose_b: bool
) -> tuple[Value, Value]:
    if transpose_a:
        for_a = matmul(b, g, transpose_a=transpose_b, transpose_b=True)
    else:
        for_a = matmul(g, b, transpose_b=not transpose_b)
    if transpose_b:
        for_b = matmul(g, a, transpose_a=True, transpose_b=transpose_a)
    else:
        for_b = matmul(a, g, transpose_a=not transpose_a)
    return for_a, for_b


_A, _B = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]
_TRANSPOSED_A = [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
_TRANSPOSED_B = [[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]]
_PRODUCT = [[1.0, 2.0, 0.0], [3.0, 4.0, 2.0], [5.0, 6.0, 4.0]]


def _sample(transpose_a: bool, transpose_b: bool) -> Sample:
    inputs = (_TRANSPOSED_A if transpose_a else _A, _TRANSPOSED_B if transpose_b else _B)
    return Sample(inputs, _PRODUCT, {"transpose_a": transpose_a, "transpose_b": transpose_b})


_matmul = register(
    Primitive(
        "matmul", _rule, _meaning, _vjp,
        "y[i,j] = sum over k of a[i,k] * b[k,j]", r"y_{ij} = \sum_k a_{ik} \, b_{kj}",
        (
            *(_sample(a, b) for a in (False, True) for b in (False, True)),
            Sample(([[[1.0, 2.0]], [[3.0, 4.0]]], [[1.0], [10.0]]), [[[21.0]], [[43.0]]],
                   {"transpose_a": False, "transpose_b": False}),
        ),
    )
)  # fmt: skip


def matmul(a: Value, b: Value, *, transpose_a: bool = False, transpose_b: bool = False) -> Value:
    """The product of matrices a and b, either transposed first; leading axes broadcast.

    Shapes: (..., m, k), (..., k, n) -> (..., m, n).
    """
    result: Value = _matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)
    return result
