"""The shortest way from an array to answers: the native predictor for a graph with fixed inputs.

The native part (native/src/predictor.cpp) encodes rows, runs a plan and decodes what comes out, in
one call; here its plans are made, one for each power of two of rows, when they are first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.run.native.module import native
from pellucid.run.native.program import NativeExecutor, planned
from pellucid.run.native.threads import thread_count

BLOCK_BYTES = 256 << 10  # of a piece's rows: half of a usual second-level cache
LEAST_BLOCK, MOST_BLOCK = 16, 1024

Kind: TypeAlias = Literal["same", "pair", "scaled", "most", "past"]


@dataclass(frozen=True)
class Rows:
    """How rows come in: z = (x - mean) / scale, in double and rounded once.

    Attributes:
        shape: of a row.
        mean, scale: both empty, of one number, or of one a value of a row.
        whole: whether only whole numbers are taken.
    """

    shape: tuple[int, ...]
    mean: Array
    scale: Array
    whole: bool = False


@dataclass(frozen=True)
class Answers:
    """What becomes of a row of the network's numbers y.

    Attributes:
        kind: "same": y; "pair": 1 - y and y; "scaled": y * scale + mean in double; "most": the
            label at the place of the largest; "past": the second label where y > halfway.
        outputs: how many numbers a row there are.
        shape, dtype: of a row's answer.
        labels: for "most" and "past", each of the answer's dtype.
    """

    kind: Kind
    outputs: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    mean: Array
    scale: Array
    labels: Array
    halfway: float = 0.5


def direct(
    graph: Graph, output: str, fixed: Mapping[str, Array], rows: Rows, answers: Answers,
    executor: NativeExecutor,
) -> Callable[[Any], Any]:  # fmt: skip
    """A function from an array of rows to answers; None for what has to go the long way.

    That is what is no plain C-contiguous array of the rows' shape, and what holds, or leads to, NaN
    or infinity. The graph reads ``x``, and ``fixed``, of the executor's precision and C-contiguous,
    which is read where it lies.
    """
    dtype = np.dtype(executor.precision)
    addresses = [(name, array.ctypes.data) for name, array in fixed.items()]
    kept = planned(graph, executor.precision, 1)

    def make(size: int) -> tuple[Any, ...]:
        plan = kept.plan(size)
        places = [(plan.inputs[name], address) for name, address in addresses]
        return plan.native, plan.inputs["x"], plan.outputs[output], places, plan.seconds, fixed

    return native.Predictor(  # type: ignore[no-any-return]
        single=dtype == np.float32,
        threads=thread_count(executor.threads),
        block=_block(int(np.prod(rows.shape)) * dtype.itemsize),
        row_shape=list(rows.shape),
        in_mean=rows.mean.tolist(),
        in_scale=rows.scale.tolist(),
        whole=rows.whole,
        answer=native.ANSWERS.index(answers.kind),
        outputs=answers.outputs,
        mean=answers.mean.tolist(),
        scale=answers.scale.tolist(),
        halfway=answers.halfway,
        labels=answers.labels.tobytes(),
        array_type=np.ndarray,
        empty=np.empty,
        dtype=answers.dtype,
        tail=answers.shape,
        make=make,
    )


def _block(row_bytes: int) -> int:
    """How many rows to compute at once: a power of two whose inputs fit the cache."""
    fitting = max(LEAST_BLOCK, min(MOST_BLOCK, BLOCK_BYTES // max(1, row_bytes)))
    return 1 << (int(fitting).bit_length() - 1)
