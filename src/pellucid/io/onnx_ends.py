"""Where an ONNX graph begins and ends: its rows, its answers, and what it calls its classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.errors import FileError, ParameterError, unknown_name
from pellucid.io.onnx_functions import CONDITIONS
from pellucid.io.onnx_graph import OnnxGraph, OnnxNode

FLOATS, WHOLE = (1, 10, 11, 16), (6, 7)
"""ONNX's numbers of the types float, float16, double, bfloat16; and of int32, int64."""


def found_input(graph: OnnxGraph) -> tuple[str, int, tuple[int | None, ...] | None]:
    """The one input: its name, the number of its type, its shape."""
    if len(graph.inputs) != 1:
        names = ", ".join(name for name, _, _ in graph.inputs) or "none"
        raise FileError(
            f"{graph.path} has {len(graph.inputs)} inputs ({names}); a network here takes one "
            "array of rows. Export the part of it that does."
        )
    name, kind, shape = graph.inputs[0]
    if kind not in (*FLOATS, *WHOLE):
        raise FileError(
            f"{graph.path} takes {name!r}, which holds neither floats nor whole numbers. "
            "Export the part of it that takes numbers."
        )
    return name, kind, shape


def found_shape(
    graph: OnnxGraph, name: str, known: tuple[int | None, ...] | None, shape: Sequence[int] | None
) -> tuple[int, ...]:
    """The shape of one row, as the file or the user says it."""
    if known is not None and len(known) < 2:
        raise FileError(
            f"{graph.path} takes {name!r} of {len(known)} axes; expected an axis of rows, and at "
            "least one more."
        )
    if shape is None:
        if known is None or any(size is None for size in known[1:]):
            told = "its shape" if known is None else f"the sizes of {list(known[1:])}"
            raise ParameterError(
                f"{graph.path} leaves open {told} of a row of {name!r}. Give it, as in "
                "shape=(1, 28, 28)."
            )
        return tuple(size for size in known[1:] if size is not None)
    given = tuple(int(size) for size in shape)
    fits = known is None or (
        len(known) == len(given) + 1
        and all(a in (None, b) for a, b in zip(known[1:], given, strict=True))
    )
    if not fits or min(given, default=0) < 1:
        raise ParameterError(
            f"shape is {list(given)}; {graph.path} takes rows of {list((known or ())[1:])}, where "
            "None is open. Leave shape out, or give one that fits."
        )
    return given


def found_answer(graph: OnnxGraph, output: str | None) -> tuple[str, str, tuple[Any, ...]]:
    """The output that holds the numbers, the value in it, and the labels that another names."""
    names = [name for name, _, _ in graph.outputs]
    if output is not None and output not in names:
        raise unknown_name(f"output in {graph.path}", output, names)
    numbers, labels = [], tuple[Any, ...]()
    for name, kind, _ in graph.outputs:
        maker = graph.maker.get(name)
        if maker is not None and maker.op == "ai.onnx.ml.ZipMap":
            own = maker.attrs.get("classlabels_strings") or maker.attrs.get("classlabels_int64s")
            labels = tuple(v.decode() if isinstance(v, bytes) else v for v in own or ())
            numbers.append((name, maker.inputs[0]))
        elif kind in FLOATS:
            numbers.append((name, name))
        else:
            labels = labels or _labels(graph, name)
    chosen = [(name, inner) for name, inner in numbers if output in (None, name)]
    if len(chosen) != 1:
        told = ", ".join(name for name, _ in numbers) or "none"
        raise FileError(
            f"{graph.path} has {len(numbers)} outputs that hold numbers ({told}); one is expected. "
            f"{'Name it with output=.' if numbers else 'Export its chances or scores as well.'}"
        )
    return *chosen[0], labels


def _labels(graph: OnnxGraph, output: str) -> tuple[Any, ...]:
    """The fixed list that the answer of a classifier is taken from."""
    for node in reversed(graph.needed(output)):
        if node.op in ("Gather", "ai.onnx.ml.ArrayFeatureExtractor"):
            fixed = graph.constants.get(node.inputs[0])
            if fixed is not None and fixed.dtype.kind in "OSUib" and fixed.size > 1:
                flat = fixed.reshape(-1).tolist()
                return tuple(v.decode() if isinstance(v, bytes) else v for v in flat)
    return ()


def found_end(graph: OnnxGraph, end: str) -> tuple[str, str, list[OnnxNode]]:
    """The end without what makes two chances of one, ``[1 - p, p]``; and what that one is of."""
    while (last := graph.maker.get(end)) is not None and _passes(graph, last):
        end = last.inputs[0]
    if last is not None and last.op == "Concat" and len(last.inputs) == 2:
        other, second = last.inputs
        before = graph.maker.get(other)
        pair = before is not None and before.op == "Sub" and before.inputs[1] == second
        one = graph.constants.get(before.inputs[0]) if before is not None and pair else None
        sigmoid = graph.maker.get(second)
        if one is not None and (one == 1).all() and sigmoid is not None:
            while sigmoid is not None and _passes(graph, sigmoid):
                sigmoid = graph.maker.get(sigmoid.inputs[0])
            if sigmoid is not None and sigmoid.op == "Sigmoid":
                end = sigmoid.inputs[0]
                return end, "sigmoid", graph.needed(end)
    return end, "", graph.needed(end)


def _passes(graph: OnnxGraph, node: OnnxNode) -> bool:
    """Whether a node gives the numbers that it takes."""
    before = graph.maker.get(node.inputs[0])
    return node.op == "Identity" or (
        node.op == "Cast" and (before is None or before.op not in CONDITIONS)
    )
