"""ONNX Runtime, for predicting only: a session, with input and output bound to fixed memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from peer_numpy import Contender as ByHand
from workloads import Data, Workload

OPSET, FORMAT = 17, 10  # not the newest: any onnxruntime of the last years reads these


@dataclass
class Bound:
    """Rows and the classes found for them, where the session reads and writes."""

    binding: Any
    rows: Any
    classes: Any


class Contender:
    """A session on the weights of the network by hand; binding is quicker than ``session.run``."""

    def __init__(self, workload: Workload, data: Data, threads: int) -> None:
        if workload.task != "predict":
            raise NotImplementedError("no training in ONNX Runtime")
        self.session = onnxruntime.InferenceSession(
            model(ByHand(workload, data, threads)),
            options(threads),
            providers=["CPUExecutionProvider"],
        )

    def train(self, epochs: int) -> None:
        raise NotImplementedError("no training in ONNX Runtime")

    def predict(self, x: Bound) -> Any:
        self.session.run_with_iobinding(x.binding)
        return x.classes

    def place(self, x: Any) -> Bound:
        rows, classes = np.ascontiguousarray(x), np.empty(len(x), np.int64)
        binding = self.session.io_binding()
        binding.bind_cpu_input("x", rows)
        binding.bind_output("y", "cpu", 0, np.int64, classes.shape, classes.ctypes.data)
        return Bound(binding, rows, classes)


def options(threads: int) -> Any:
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = threads
    chosen.inter_op_num_threads = 1
    return chosen


def model(trained: ByHand) -> bytes:
    """The network as an ONNX model that ends in the class, as all contenders do."""
    nodes, constants, value = [], [], "x"
    for k, (weight, bias) in enumerate(zip(trained.weights, trained.biases, strict=True)):
        constants.append(numpy_helper.from_array(weight, f"weight {k}"))
        constants.append(numpy_helper.from_array(bias, f"bias {k}"))
        nodes.append(helper.make_node("Gemm", [value, f"weight {k}", f"bias {k}"], [f"z {k}"]))
        nodes.append(helper.make_node("Relu", [f"z {k}"], [f"h {k}"]))
        value = f"h {k}"
    nodes[-1] = helper.make_node("ArgMax", [nodes[-1].input[0]], ["y"], axis=1, keepdims=0)
    graph = helper.make_graph(
        nodes,
        "perceptron",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", len(trained.weights[0])])],
        [helper.make_tensor_value_info("y", TensorProto.INT64, ["rows"])],
        constants,
    )
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=FORMAT
    )
    return bytes(made.SerializeToString())
