"""ONNX files made by hand, for the tests of reading them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18


def node(op: str, inputs: Sequence[str], output: str, **attrs: Any) -> Any:
    """A node named by its output."""
    return helper.make_node(op, list(inputs), [output], name=f"node_{output}", **attrs)


def written(
    path: Path, nodes: Sequence[Any], arrays: dict[str, Any], shape: Sequence[Any],
    outputs: Sequence[tuple[str, int]] = (("y", TensorProto.FLOAT),),
    kind: int = TensorProto.FLOAT, inputs: Sequence[str] = ("x",), opset: int = OPSET,
) -> Path:  # fmt: skip
    """A model of float rows of a shape, its arrays in single precision unless they are whole."""
    initial = [
        numpy_helper.from_array(
            np.asarray(a) if np.asarray(a).dtype.kind in "iUSO" else np.asarray(a, np.float32), name
        )
        for name, a in arrays.items()
    ]
    graph = helper.make_graph(
        list(nodes), "made", [helper.make_tensor_value_info(n, kind, shape) for n in inputs],
        [helper.make_tensor_value_info(n, k, ["n", "m"]) for n, k in outputs], initial,
    )  # fmt: skip
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9, producer_name="hand"
    )
    path.write_bytes(model.SerializeToString())
    onnx.checker.check_model(str(path))
    return path


def answers(path: Path, x: Any, output: str | None = None) -> Any:
    """What ONNX Runtime gives for rows."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = output or session.get_outputs()[0].name
    return session.run([name], {session.get_inputs()[0].name: x})[0]
