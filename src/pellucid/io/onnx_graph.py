"""An ONNX file as a graph to walk along: nodes, fixed arrays, who reads what.

What does not depend on the rows is computed here, so that only layers are left to be understood.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import FileError, missing_package
from pellucid.graph.primitive import Array
from pellucid.io.files import cannot, checked

BATCH_AXIS = 0
"""In a shape, the size that stands for the rows: so ONNX's Reshape takes it from its input."""
FOLDED = (
    "Add", "Cast", "Concat", "Div", "Gather", "Identity", "Mod", "Mul", "Neg", "Reshape", "Slice",
    "Squeeze", "Sqrt", "Sub", "Transpose", "Unsqueeze",
)  # fmt: skip
"""Operations on fixed arrays that are done when a file is read; none makes much out of little."""


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """One node: what it does, and what it reads and gives by name."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: dict[str, Any]

    @property
    def told(self) -> str:
        """The node in a message."""
        return f"{self.op} ({self.name})" if self.name else self.op


@dataclass(eq=False)
class OnnxGraph:
    """A graph whose fixed parts are arrays.

    Attributes:
        nodes: those that depend on the rows, in order.
        constants: fixed arrays by name.
        inputs, outputs: name, ONNX's number of the type, and the shape (None where not known).
        sequences: outputs that are no arrays.
    """

    path: str
    nodes: list[OnnxNode]
    constants: dict[str, Array]
    inputs: list[tuple[str, int, tuple[int | None, ...] | None]]
    outputs: list[tuple[str, int, tuple[int | None, ...] | None]]
    producer: str = ""
    opset: int = 0
    sha256: str = ""
    readers: dict[str, list[OnnxNode]] = field(default_factory=dict)
    maker: dict[str, OnnxNode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                self.readers.setdefault(name, []).append(node)
            for name in node.outputs:
                self.maker[name] = node

    def needed(self, output: str) -> list[OnnxNode]:
        """The nodes that an output depends on, in order."""
        wanted, found = {output}, []
        for node in reversed(self.nodes):
            if wanted.intersection(node.outputs):
                found.append(node)
                wanted.update(node.inputs)
        return found[::-1]


def open_onnx(path: str | os.PathLike[str]) -> OnnxGraph:
    """Read a file, check it, and compute what is fixed.

    Raises: ``PackageError`` without the package onnx; ``FileError`` for a file that is not there,
        is damaged or cut off, or is no ONNX model.
    """
    try:
        import onnx
        from onnx import inliner, shape_inference
    except ImportError:
        raise missing_package("Reading ONNX", "onnx", "onnx") from None
    import hashlib

    place = Path(checked(path))
    try:
        content = place.read_bytes()
    except OSError as error:
        raise cannot("read", path, error) from None
    model = _parsed(content, place)
    with _reading(place):
        if model.functions:
            model = inliner.inline_local_functions(model)
        onnx.checker.check_model(model)
    with suppress(Exception):  # sizes that cannot be told are asked for where they are needed
        model = shape_inference.infer_shapes(model)
    opset = max((s.version for s in model.opset_import if s.domain in ("", "ai.onnx")), default=0)
    producer = f"{model.producer_name} {model.producer_version}".strip()
    sha256 = hashlib.sha256(content).hexdigest()
    return _graph(model.graph, str(path), producer, opset, sha256)


class _reading:  # noqa: N801 - it reads as a statement
    """Within it, whatever ONNX says against a file is told in a paragraph."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception):
            first = (
                str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            )
            raise FileError(
                f"{self.path} is no valid ONNX model: {first:.200}. It is damaged, cut off, or of "
                "another kind: export it again."
            ) from None


def _parsed(content: bytes, place: Path) -> Any:
    import onnx
    from onnx.external_data_helper import load_external_data_for_model

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # noqa: BLE001 - protobuf has its own, of several kinds
        raise FileError(
            f"{place} is no ONNX model, or is damaged or cut off ({type(error).__name__}). "
            "Export it again."
        ) from None
    if not model.HasField("graph") or not model.graph.node:
        raise FileError(f"{place} holds no ONNX graph. It is empty, cut off, or of another kind.")
    with _reading(place):
        load_external_data_for_model(model, str(place.parent))
    return model


def _graph(graph: Any, path: str, producer: str, opset: int, sha256: str) -> OnnxGraph:
    from onnx import helper, numpy_helper

    if graph.sparse_initializer:
        raise FileError(f"{path} holds sparse arrays, which are not read. Export them as dense.")
    constants = {each.name: _array(numpy_helper.to_array(each)) for each in graph.initializer}
    infos = {each.name: each for each in (*graph.input, *graph.value_info, *graph.output)}
    shapes = {name: _shape(info) for name, info in infos.items()}
    inputs = [_told(each) for each in graph.input if each.name not in constants]
    rows = [name for name, _, shape in inputs if shape]
    batch = {shapes[name][0] for name in rows if shapes[name]}  # type: ignore[index]
    nodes: list[OnnxNode] = []
    for each in graph.node:
        attrs = {a.name: helper.get_attribute_value(a) for a in each.attribute}
        attrs = {k: v.decode() if isinstance(v, bytes) else v for k, v in attrs.items()}
        domain = "" if each.domain in ("", "ai.onnx") else f"{each.domain}."
        node = OnnxNode(
            domain + each.op_type, each.name, tuple(each.input), tuple(each.output), attrs
        )
        found = _folded(node, each, constants, shapes, batch, rows)
        if found is None:
            nodes.append(node)
        else:
            constants[node.outputs[0]] = found
    outputs = [_told(each) for each in graph.output]
    return OnnxGraph(path, nodes, constants, inputs, outputs, producer, opset, sha256)


def _array(array: Any) -> Array:
    """An array of NumPy's own kinds: the shorter floats of others become float32."""
    found: Array = np.asarray(array)
    return found if found.dtype.kind in "biufSUO" else found.astype(np.float32)


def _folded(
    node: OnnxNode, proto: Any, constants: dict[str, Array],
    shapes: dict[str, tuple[int | None, ...] | None], batch: set[int | None], rows: Sequence[str],
) -> Array | None:  # fmt: skip
    """The value of a node that does not depend on the rows; None where it does."""
    if node.op == "Constant":
        from onnx import numpy_helper

        for name in ("value", "value_float", "value_int", "value_floats", "value_ints"):
            if name in node.attrs:
                value = node.attrs[name]
                return _array(numpy_helper.to_array(value) if name == "value" else value)
        return None
    if node.op == "Shape" and node.inputs[0] in shapes:
        return _sizes(node, shapes[node.inputs[0]], batch)
    known = all(not name or name in constants for name in node.inputs)
    if not known or node.op not in FOLDED or len(node.outputs) != 1:
        return None
    from onnx.reference import ReferenceEvaluator

    given = {name: constants[name] for name in node.inputs if name}
    try:
        return np.asarray(ReferenceEvaluator(proto).run(None, given)[0])
    except Exception:  # noqa: BLE001 - then it stays a node, and is named if nothing knows it
        return None


def _sizes(
    node: OnnxNode, shape: tuple[int | None, ...] | None, batch: set[int | None]
) -> Array | None:
    """A shape with ``BATCH_AXIS`` for the rows; None where another size is not known."""
    if shape is None or any(size is None for size in shape[1:]):
        return None
    first = shape[0] if shape and shape[0] is not None and shape[0] not in batch else BATCH_AXIS
    sizes: Array = np.array([first, *shape[1:]], np.int64)
    start, end = node.attrs.get("start", 0), node.attrs.get("end", len(sizes))
    return np.asarray(sizes[start:end])


def _shape(info: Any) -> tuple[int | None, ...] | None:
    kind = info.type
    if not kind.HasField("tensor_type") or not kind.tensor_type.HasField("shape"):
        return None
    return tuple(
        dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None
        for dim in kind.tensor_type.shape.dim
    )


def _told(info: Any) -> tuple[str, int, tuple[int | None, ...] | None]:
    number = info.type.tensor_type.elem_type if info.type.HasField("tensor_type") else 0
    return info.name, int(number), _shape(info)
