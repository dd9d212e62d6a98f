"""ONNX: each operation of the graph as operators of the standard set, preprocessing included.

The layers compute in single precision, as runtimes are built for; what is in the user's units
(scaling of inputs and targets) in double precision, so that large numbers lose nothing there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from pellucid._version import __version__
from pellucid.errors import ExportError, missing_package
from pellucid.graph import Batch, Node
from pellucid.graph.primitive import Array
from pellucid.graph.simplify import constant_array
from pellucid.io.deployment import ANSWER, PLACE, Deployment, check_known, settled
from pellucid.io.onnx_columns import ML, ML_OPSET, SIDE_BY_SIDE, add_columns

OPSET, FORMAT = 18, 9
"""The operator set, and the version of the file format: ONNX Runtime reads both from 1.14 on."""
MOST_BYTES = 2**31 - 1
OUTPUTS = {
    "chances": "probabilities", "labels": "probabilities", "scores": "scores", "values": "value",
}  # fmt: skip
Numbers: TypeAlias = Literal["float32", "float64"]


def to_onnx(deployment: Deployment, numbers: Numbers = "float32") -> bytes:
    """The model file, checked by ONNX's own checker.

    Its input is ``x``, or one for each column of a table with texts, by its name; its outputs are
    ``label`` and ``probabilities`` (or ``scores``) for classes, ``labels`` (1 where a row has one)
    and ``probabilities`` for labels, else ``value``.

    Parameters:
        numbers: the type of the numbers that go in and come out.
    Raises: ``PackageError`` without the package onnx; ``ExportError`` for operations that ONNX has
        no operators for, and beyond the 2 GB that a file may have.
    """
    try:
        import onnx
    except ImportError:
        raise missing_package("ONNX export", "onnx", "onnx") from None
    deployment = settled(deployment.part(ANSWER, PLACE))
    check_known(deployment, OPERATORS, "ONNX")
    size = sum(array.nbytes for array in deployment.arrays.values())
    if size > MOST_BYTES:
        raise ExportError(
            f"{deployment.name} has {size:,} bytes of parameters; a single ONNX file holds at most "
            f"{MOST_BYTES:,}. Use a smaller network, or to_torch."
        )
    model = Writer(deployment, numbers).model()
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class Writer:
    """One model in the making: ONNX nodes and initializers by name."""

    def __init__(self, deployment: Deployment, numbers: Numbers) -> None:
        from onnx import TensorProto, helper

        self.deployment, self.types, self.helper = deployment, TensorProto, helper
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}
        self.outer = self.types.DOUBLE if numbers == "float64" else self.types.FLOAT
        self.scope = ""
        self.names: dict[int, tuple[str, int]] = {}  # of each node of the graph: name and type
        self.casts: dict[tuple[str, int], str] = {}
        self.rows = SIDE_BY_SIDE if deployment.is_named else "x"

    def model(self) -> Any:
        """The whole model."""
        helper, graph = self.helper, self.deployment.graph
        rows = self.types.INT64 if self.deployment.rows.dtype == "int" else self.outer
        for node in graph.nodes:
            if node is self.deployment.rows:
                self.names[node.id] = self.rows, rows
            elif node.op not in ("input", "constant"):
                self.scope = node.scope or "network"
                kind = self.kind(node)
                inputs = [self.read(id, node) for id in node.inputs]
                self.names[node.id] = OPERATORS[node.op](self, node, inputs), kind
        outputs = self.outputs()
        if self.deployment.is_named:
            given = add_columns(self)
        else:
            sizes = ["rows", *self.deployment.row_shape]
            given = [helper.make_tensor_value_info("x", rows, sizes)]
        made = helper.make_graph(
            self.nodes, "network", given, outputs, list(self.initializers.values())
        )
        sets = [helper.make_opsetid("", OPSET)]
        sets += [helper.make_opsetid(ML, ML_OPSET)] if self.deployment.is_named else []
        model = helper.make_model(
            made, opset_imports=sets, ir_version=FORMAT, producer_name="pellucid",
            producer_version=__version__,
        )  # fmt: skip
        known = {
            "labels": self.deployment.labels, "columns": self.deployment.columns,
            "quantiles": self.deployment.levels, "threshold": self.deployment.threshold,
        }  # fmt: skip
        helper.set_model_props(model, {k: json.dumps(v) for k, v in known.items() if v})
        return model

    def outputs(self) -> list[Any]:
        """Name the answers, and give classes their labels."""
        graph, helper = self.deployment.graph, self.helper
        node = graph.output(ANSWER)
        self.scope, name = "answers", OUTPUTS[self.deployment.kind]
        self.nodes.append(
            helper.make_node("Cast", [self.read(node.id)], [name], to=self.outer, name=name)
        )
        sizes = ["rows", *node.shape[1:]]
        found = [helper.make_tensor_value_info(name, self.outer, sizes)]
        if self.deployment.kind == "labels":
            present = graph.output(PLACE)
            self.nodes.append(
                helper.make_node("Identity", [self.read(present.id)], ["labels"], name="labels")
            )
            sizes = ["rows", *present.shape[1:]]
            found.insert(0, helper.make_tensor_value_info("labels", self.types.INT64, sizes))
        elif self.deployment.labels:
            labels, kind = self._labels()
            place = self.read(graph.output(PLACE).id)
            self.nodes.append(
                helper.make_node("Gather", [labels, place], ["label"], axis=0, name="label")
            )
            found.insert(0, helper.make_tensor_value_info("label", kind, ["rows"]))
        return found

    def _labels(self) -> tuple[str, int]:
        labels = self.deployment.labels
        types = {
            str: self.types.STRING, bool: self.types.BOOL, int: self.types.INT64,
            float: self.types.DOUBLE,
        }  # fmt: skip
        kind = types[type(labels[0])]
        if kind == self.types.INT64 and max(labels) >= 2**63:
            kind = self.types.UINT64
        values = [label.encode() if isinstance(label, str) else label for label in labels]
        self.initializers["labels"] = self.helper.make_tensor("labels", kind, [len(values)], values)
        return "labels", kind

    # --- what the table of operators calls

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an ONNX node and give the name of its output."""
        name = f"{self.scope}.{operator}.{len(self.nodes)}"
        self.nodes.append(
            self.helper.make_node(operator, list(inputs), [name], name=name, **attributes)
        )
        return name

    def ints(self, *values: int) -> str:
        """A row of whole numbers, as shapes and axes are given."""
        name = f"ints {' '.join(map(str, values))}"
        return self.initial(name, np.array(values, np.int64), self.types.INT64)

    def number(self, value: float, like: Node) -> str:
        """A single number of a node's type."""
        kind = self.kind(like)
        return self.initial(f"number {value!r} {kind}", np.asarray(value, np.float64), kind)

    def initial(self, name: str, array: Array, kind: int) -> str:
        """A fixed array, entered once."""
        if name not in self.initializers:
            dtype = self.helper.tensor_dtype_to_np_dtype(kind)
            with np.errstate(over="ignore"):
                values = np.ascontiguousarray(array.astype(dtype))
            self.initializers[name] = self.helper.make_tensor(
                name, kind, array.shape, values.tobytes(), raw=True
            )
        return name

    def kind(self, node: Node) -> int:
        """The ONNX type of a node's value."""
        if node.dtype != "float":
            return int(self.types.INT64 if node.dtype == "int" else self.types.BOOL)
        wide = node.scope in self.deployment.wide
        return int(self.types.DOUBLE if wide else self.types.FLOAT)

    def read(self, id: int, by: Node | None = None) -> str:
        """The name of a value, in the precision of the node that reads it."""
        node = self.deployment.graph.nodes[id]
        wide = by is not None and by.scope in self.deployment.wide
        float_kind = int(self.types.DOUBLE if wide else self.types.FLOAT)
        if id not in self.names:
            kind = float_kind if node.dtype == "float" else self.kind(node)
            name = node.attrs["name"] if node.op == "input" else f"constant {id}"
            name = f"{name} (double)" if kind == self.types.DOUBLE else name
            array = (
                self.deployment.arrays[node.attrs["name"]]
                if node.op == "input"
                else constant_array(node)
            )
            return self.initial(name, array, kind)
        name, kind = self.names[id]
        if by is None or node.dtype != "float" or kind == float_kind:
            return name
        if (name, float_kind) not in self.casts:
            self.casts[name, float_kind] = self.add("Cast", name, to=float_kind)
        return self.casts[name, float_kind]

    def shape(self, id: int) -> tuple[Any, ...]:
        """The shape of a value of the graph."""
        return self.deployment.graph.nodes[id].shape


Operator: TypeAlias = Callable[[Writer, Node, Sequence[str]], str]


def _plain(operator: str) -> Operator:
    return lambda w, node, inputs: w.add(operator, *inputs)


def _reduce(operator: str) -> Operator:
    return lambda w, node, inputs: w.add(
        operator, inputs[0], w.ints(*node.attrs["axes"]), keepdims=int(node.attrs["keepdims"])
    )


def _log1p(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Log", w.add("Add", inputs[0], w.number(1.0, node)))


def _clip(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    low, high = (w.number(node.attrs[side], node) for side in ("low", "high"))
    return w.add("Clip", inputs[0], low, high)


def _cast(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Cast", inputs[0], to=w.kind(node))


def _matmul(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    factors = []
    for name, id, side in zip(inputs, node.inputs, ("transpose_a", "transpose_b"), strict=True):
        order = list(range(len(w.shape(id))))
        turned = [*order[:-2], order[-1], order[-2]]
        factors.append(w.add("Transpose", name, perm=turned) if node.attrs[side] else name)
    return w.add("MatMul", *factors)


def _sizes(shape: Sequence[Any]) -> list[int]:
    """Sizes with -1 for the one that follows from the number of rows."""
    return [-1 if isinstance(dim, Batch) else dim for dim in shape]


def _reshape(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Reshape", inputs[0], w.ints(*_sizes(node.shape)))


def _broadcast_to(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    own, first = w.shape(node.inputs[0]), node.shape[0] if node.shape else 1
    if not isinstance(first, Batch) or (len(own) == len(node.shape) and own[0] == first):
        return w.add("Expand", inputs[0], w.ints(*(abs(size) for size in _sizes(node.shape))))
    rows = w.add("Mul", w.add("Shape", w.rows, start=0, end=1), w.ints(first.multiple))
    sizes = w.add("Concat", rows, w.ints(*_sizes(node.shape[1:])), axis=0)
    return w.add("Expand", inputs[0], sizes)


def _transpose(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Transpose", inputs[0], perm=list(node.attrs["order"]))


def _slice(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    ends = [w.ints(node.attrs[part]) for part in ("start", "stop", "axis", "step")]
    return w.add("Slice", inputs[0], *ends)


def _pad(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    axis, between = node.attrs["axis"], node.attrs["between"]
    value, x, shape = w.number(node.attrs["value"], node), inputs[0], w.shape(node.inputs[0])
    if between and shape[axis]:  # each element in a row of its own, filled up; the last cut off
        x = w.add("Unsqueeze", x, w.ints(axis + 1))
        x = w.add("Pad", x, w.ints(0, between), value, w.ints(axis + 1))
        whole = shape[axis] * (between + 1)
        x = w.add("Reshape", x, w.ints(*_sizes((*shape[:axis], whole, *shape[axis + 1 :]))))
        x = w.add("Slice", x, w.ints(0), w.ints(whole - between), w.ints(axis))
    ends = w.ints(node.attrs["before"], node.attrs["after"])
    return w.add("Pad", x, ends, value, w.ints(axis))


def _concatenate(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Concat", *inputs, axis=node.attrs["axis"])


def _gather(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("Gather", *inputs, axis=node.attrs["axis"])


def _one_hot(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    places = w.ints(*range(node.attrs["depth"]))
    found = w.add("Equal", w.add("Unsqueeze", inputs[0], w.ints(-1)), places)
    return w.add("Cast", found, to=w.kind(node))


def _argmax(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("ArgMax", inputs[0], axis=node.attrs["axis"], keepdims=0)


def _log_softmax(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("LogSoftmax", inputs[0], axis=node.attrs["axis"])


def _window(node: Node) -> dict[str, Any]:
    """Strides and padding as ONNX has them: all that comes before, then all that comes after."""
    (above, below), (left, right) = node.attrs["padding"]
    return {"strides": list(node.attrs["stride"]), "pads": [above, left, below, right]}


def _conv2d(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    dilations, groups = list(node.attrs["dilation"]), node.attrs["groups"]
    return w.add("Conv", *inputs, dilations=dilations, group=groups, **_window(node))


def _max_pool2d(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    return w.add("MaxPool", inputs[0], kernel_shape=list(node.attrs["size"]), **_window(node))


def _avg_pool2d(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    counted = int(node.attrs["count_padding"])
    size = list(node.attrs["size"])
    return w.add(
        "AveragePool", inputs[0], kernel_shape=size, count_include_pad=counted, **_window(node)
    )


def _logsumexp(w: Writer, node: Node, inputs: Sequence[str]) -> str:
    """With the largest taken out first, as far as it is finite."""
    axes, keep = w.ints(*node.attrs["axes"]), node.attrs["keepdims"]
    limit = float(np.finfo(np.float32).max)
    top = w.add("ReduceMax", inputs[0], axes, keepdims=1)
    top = w.add("Clip", top, w.number(-limit, node), w.number(limit, node))
    total = w.add("ReduceSum", w.add("Exp", w.add("Sub", inputs[0], top)), axes, keepdims=1)
    found = w.add("Add", w.add("Log", total), top)
    return found if keep else w.add("Squeeze", found, axes)


OPERATORS: dict[str, Operator] = {
    "add": _plain("Add"), "subtract": _plain("Sub"), "multiply": _plain("Mul"),
    "divide": _plain("Div"), "negate": _plain("Neg"), "power": _plain("Pow"),
    "exp": _plain("Exp"), "log": _plain("Log"), "log1p": _log1p, "sqrt": _plain("Sqrt"),
    "tanh": _plain("Tanh"), "sigmoid": _plain("Sigmoid"), "erf": _plain("Erf"),
    "abs": _plain("Abs"), "sign": _plain("Sign"), "maximum": _plain("Max"),
    "minimum": _plain("Min"), "equal": _plain("Equal"), "less": _plain("Less"),
    "less_equal": _plain("LessOrEqual"), "where": _plain("Where"), "clip": _clip, "cast": _cast,
    "sum": _reduce("ReduceSum"), "mean": _reduce("ReduceMean"), "max": _reduce("ReduceMax"),
    "logsumexp": _logsumexp, "log_softmax": _log_softmax, "argmax": _argmax,
    "matmul": _matmul, "conv2d": _conv2d, "max_pool2d": _max_pool2d, "avg_pool2d": _avg_pool2d,
    "reshape": _reshape, "broadcast_to": _broadcast_to, "transpose": _transpose, "slice": _slice,
    "pad": _pad, "concatenate": _concatenate, "gather": _gather, "one_hot": _one_hot,
}  # fmt: skip
"""How each operation is written. Left out, since no prediction needs them: random numbers, and the
gradients of convolution, pooling and gather."""


def run_onnx(model: bytes, x: Array | Sequence[Array]) -> dict[str, Array]:
    """What ONNX Runtime makes of rows: each output by name.

    Parameters:
        x: the rows; for a model of several inputs an array for each.
    Raises: ``PackageError`` without the package onnxruntime.
    """
    try:
        import onnxruntime
    except ImportError:
        raise missing_package("ONNX export", "onnx and onnxruntime", "onnx") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    dtypes: dict[str, Any] = {
        "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
        "tensor(string)": object,
    }  # fmt: skip
    kinds = {each.name: dtypes[each.type] for each in session.get_inputs()}
    names = [output.name for output in session.get_outputs()]
    given = dict(zip(kinds, [x] if isinstance(x, np.ndarray) else x, strict=True))
    first = next(iter(given.values()))
    rows = max(1, (1 << 22) // max(1, math.prod(first.shape[1:])))
    parts = [
        session.run(
            names,
            {k: np.ascontiguousarray(v[at : at + rows], kinds[k]) for k, v in given.items()},
        )
        for at in range(0, len(first), rows)
    ]
    return {name: np.concatenate(found) for name, *found in zip(names, *parts, strict=True)}
