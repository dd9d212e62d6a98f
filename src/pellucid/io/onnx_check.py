"""What an ONNX model answers: by ONNX Runtime where it is there, else by ONNX's own evaluator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.errors import ExportError
from pellucid.graph.primitive import Array

FEW = 100
"""Rows that ONNX's own evaluator is asked for at most: it takes some thousand times as long."""


def has_runtime() -> bool:
    """Whether ONNX Runtime is installed."""
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


def run_evaluator(model: bytes, x: Array | Sequence[Array]) -> dict[str, Array]:
    """What ``onnx.reference`` makes of rows: each output by name.

    Parameters:
        x: the rows; for a model of several inputs an array for each.
    Raises: ``ExportError`` where it cannot compute the model.
    """
    import onnx
    from onnx.reference import ReferenceEvaluator

    read = onnx.load_from_string(model)
    given = [x] if isinstance(x, np.ndarray) else x
    feeds = {
        one.name: np.ascontiguousarray(rows, _dtype(one.type.tensor_type.elem_type))
        for one, rows in zip(read.graph.input, given, strict=True)
    }
    try:
        found = ReferenceEvaluator(read).run(None, feeds)
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as reason:
        raise ExportError(
            "The model's answers cannot be compared with the network's by ONNX's own evaluator: "
            f"{(str(reason).splitlines() or [type(reason).__name__])[0][:200]}. Nothing was "
            "written. Install ONNX Runtime, which does it: pip install 'pellucid[onnx]'"
        ) from None
    names = [output.name for output in read.graph.output]
    return {name: np.asarray(array) for name, array in zip(names, found, strict=True)}


def _dtype(kind: int) -> np.dtype[np.generic]:
    import onnx

    found: np.dtype[np.generic] = onnx.helper.tensor_dtype_to_np_dtype(kind)
    return found
