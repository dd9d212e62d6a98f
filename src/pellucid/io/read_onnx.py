"""Reading an ONNX file: from its input to its answer, node by node, as layers.

All that is not known is named at once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pellucid.errors import FileError, ParameterError, ShapeError
from pellucid.io.foreign import Foreign, assembled, refusal
from pellucid.io.onnx_ends import WHOLE, found_answer, found_end, found_input, found_shape
from pellucid.io.onnx_functions import FUNCTIONS
from pellucid.io.onnx_graph import OnnxGraph, OnnxNode, open_onnx
from pellucid.io.onnx_layers import LAYERS
from pellucid.io.onnx_walk import Walk

SUPPORTED = tuple(sorted({*LAYERS, *FUNCTIONS, "Concat", "Constant"}))


def read_onnx(
    path: str | os.PathLike[str], shape: Sequence[int] | None = None, output: str | None = None
) -> Foreign:
    """Read an ONNX file as layers and arrays.

    Parameters:
        shape: of one row, where the file leaves sizes open.
        output: the output to read, where there are several that hold numbers.
    Raises: ``FileError`` for a damaged file, for several inputs or outputs, and naming all nodes
        that are not known; ``PackageError`` without the package onnx; ``ParameterError`` for a
        shape that does not fit; ``UnknownNameError`` for an output that is not there.
    """
    graph = open_onnx(path)
    name, kind, known = found_input(graph)
    row_shape = found_shape(graph, name, known, shape)
    chosen, end, labels = found_answer(graph, output)
    end, ending, nodes = found_end(graph, end)
    _check_known(graph, nodes)
    walk = Walk(graph, nodes, end)
    parts = walk.chain(name, end, row_shape)
    if walk.faults:
        raise refusal(graph.path, walk.faults, SUPPORTED)
    origin = {
        "format": "onnx", "file": Path(graph.path).name, "sha256": graph.sha256,
        "producer": graph.producer, "opset": graph.opset, "nodes": len(nodes), "output": chosen,
    }  # fmt: skip
    try:
        return assembled(
            parts, row_shape, whole=kind in WHOLE, labels=labels, origin=origin, ending=ending
        )
    except (ShapeError, ParameterError) as error:
        raise FileError(f"{graph.path}: its layers do not fit one another. {error}") from None


def _check_known(graph: OnnxGraph, nodes: Sequence[OnnxNode]) -> None:
    """Raise ``FileError`` that names all operators that are not known, with their nodes."""
    unknown: dict[str, list[str]] = {}
    for node in nodes:
        if node.op not in SUPPORTED:
            unknown.setdefault(node.op, []).append(node.name or "without a name")
    if unknown:
        faults = []
        for op, names in unknown.items():
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            faults.append(f"{op} is not known ({', '.join(names[:3])}{more})")
        raise refusal(graph.path, faults, SUPPORTED)
