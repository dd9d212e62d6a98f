"""Operations that pick elements by number: gather, scatter-add (its way back), one-hot."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.graph import Dim, Primitive, Sample, Type, TypeProblem, Value, register
from pellucid.graph.primitive import Array
from pellucid.graph.types import Batch


def _gather_rule(table: Type, index: Type, axis: int) -> Type:
    _check(table, index, axis)
    return Type((*table.shape[:axis], *index.shape, *table.shape[axis + 1 :]), table.dtype)


def _check(table: Type, index: Type, axis: int) -> None:
    if index.dtype != "int":
        raise TypeProblem(f"the index must be int, not {index.dtype}")
    if not 0 <= axis < len(table.shape):
        raise TypeProblem(f"there is no axis {axis} in a value of {len(table.shape)} axes")


def _gather_meaning(table: Array, index: Array, axis: int) -> Array:
    _check_range(index, table.shape[axis])
    return np.take(table, index, axis=axis)


def _check_range(index: Array, size: int) -> None:
    if index.size and not (index.min() >= 0 and index.max() < size):
        raise outside(index[(index < 0) | (index >= size)].flat[0], size)


def outside(index: int, size: int) -> DataError:
    """The error for an index that names none of ``size`` elements."""
    return DataError(
        f"An index expects numbers from 0 to {size - 1}, got {index}. "
        "Check what the index counts: it starts at 0."
    )


def _gather_vjp(
    g: Value, y: Value, table: Value, index: Value, axis: int
) -> tuple[Value, Value | None]:
    return scatter_add(g, index, size=table.shape[axis], axis=axis), None


_gather = register(
    Primitive(
        "gather", _gather_rule, _gather_meaning, _gather_vjp, "y[i] = table[index[i]] along one axis", r"y_i = t_{k_i}",
        (
            Sample(([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [2, 0, 2]), [[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]], {"axis": 0}),
            Sample(([[1.0, 2.0], [3.0, 4.0]], [1]), [[2.0], [4.0]], {"axis": 1}),
        ),
    )
)  # fmt: skip


def gather(table: Value, index: Value, axis: int = 0) -> Value:
    """The slices of the table that the index names, along one axis. Index numbers count from 0."""
    result: Value = _gather(table, index, axis=axis)
    return result


def _scatter_rule(updates: Type, index: Type, size: Dim, axis: int) -> Type:
    if index.dtype != "int":
        raise TypeProblem(f"the index must be int, not {index.dtype}")
    rank = len(index.shape)
    if not 0 <= axis <= len(updates.shape) - rank:
        raise TypeProblem(f"updates of {len(updates.shape)} axes cannot hold the index at {axis}")
    if updates.dtype != "float" or updates.shape[axis : axis + rank] != index.shape:
        raise TypeProblem(f"the updates' axes from {axis} on must be those of the index")
    return Type((*updates.shape[:axis], size, *updates.shape[axis + rank :]))


def _scatter_meaning(updates: Array, index: Array, size: int, axis: int) -> Array:
    _check_range(index, size)
    shape = (*updates.shape[:axis], size, *updates.shape[axis + index.ndim :])
    result = np.zeros(shape, updates.dtype)
    place: Any = (*(builtins.slice(None),) * axis, index)
    np.add.at(result, place, updates)  # in the order of the index: repeated places add up
    return result


_scatter_add = register(
    Primitive(
        "scatter_add", _scatter_rule, _scatter_meaning,
        lambda g, y, updates, index, size, axis: (gather(g, index, axis), None),
        "y[k] = sum of updates[i] over all i with index[i] = k", r"y_k = \sum_{i : k_i = k} u_i",
        (Sample(([1.0, 2.0, 4.0], [1, 0, 1]), [2.0, 5.0, 0.0], {"size": 3, "axis": 0}),),
    )
)  # fmt: skip


def scatter_add(updates: Value, index: Value, size: Dim, axis: int = 0) -> Value:
    """Add each update to the place that the index names, along an axis of the given size."""
    result: Value = _scatter_add(updates, index, size=size, axis=axis)
    return result


def _one_hot_rule(index: Type, depth: int) -> Type:
    if index.dtype != "int":
        raise TypeProblem(f"the index must be int, not {index.dtype}")
    if isinstance(depth, Batch) or depth < 0:
        raise TypeProblem(f"the depth must be a whole number of at least 0, got {depth}")
    return Type((*index.shape, depth))


_one_hot = register(
    Primitive(
        "one_hot", _one_hot_rule,
        lambda index, depth: (index[..., None] == np.arange(depth)).astype(np.float64), None,
        "y[i,k] = 1 where index[i] = k, else 0", r"y_{ik} = [k_i = k]",
        (Sample(([1, 0, 7],), [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]], {"depth": 2}),),
    )
)  # fmt: skip


def one_hot(index: Value, depth: int) -> Value:
    """A row of zeros with a 1 at the place the index names; all zeros when it is outside."""
    result: Value = _one_hot(index, depth=depth)
    return result
