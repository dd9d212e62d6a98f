"""PyTorch: the graph of a prediction as an ``nn.Module`` with the network's parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from pellucid.errors import ExportError, missing_package
from pellucid.graph import Batch, Node
from pellucid.graph.simplify import constant_array, needed
from pellucid.io.deployment import ANSWER, OUTPUT, ROWS, Deployment, check_known

Function: TypeAlias = Callable[[Any, Node, Sequence[Any]], Any]
"""From the module torch, a node and its inputs to its value."""


def to_torch(deployment: Deployment) -> Any:
    """A module that takes rows and gives what the network answers.

    ``module(x)`` gives chances, scores or values, ``module.raw(x)`` what the last layer gives;
    ``module.labels`` are the labels of classes, ``module.threshold`` is the chance of the second
    of two classes above which it is the answer, where that is not one half. Parameters have their
    names, and can be trained on.

    Raises: ``PackageError`` without PyTorch; ``ExportError`` for operations that are not known, and
        for names that a module cannot have.
    """
    try:
        import torch
    except ImportError:
        raise missing_package("to_torch", "torch", "torch") from None
    if deployment.is_named:
        held = ", ".join(repr(field.name) for field in deployment.fields if field.texts)
        raise ExportError(
            f"PyTorch has no texts, which these columns hold: {held}. Export to ONNX or code, or "
            "train on numbers in their place."
        )
    check_known(deployment.part(ANSWER, OUTPUT), FUNCTIONS, "PyTorch")

    class Deployed(torch.nn.Module):  # type: ignore[misc]
        """A network that Pellucid made."""

        def __init__(self) -> None:
            super().__init__()
            self.labels = list(deployment.labels)
            self.threshold = deployment.threshold
            for name, array in deployment.arrays.items():
                _place(torch, self, name, array, name not in deployment.states)

        def forward(self, x: Any) -> Any:
            """Chances, scores or values for rows of x."""
            return _run(torch, self, deployment, x, ANSWER)

        def raw(self, x: Any) -> Any:
            """What the last layer gives: logits, for a network of classes."""
            return _run(torch, self, deployment, x, OUTPUT)

    return Deployed().eval()


def _place(torch: Any, module: Any, name: str, array: Any, learned: bool) -> None:
    """Register an array under its dotted name, modules within modules."""
    *path, last = name.split(".")
    for part in path:
        if part not in module._modules:
            try:
                module.add_module(part, torch.nn.Module())
            except KeyError:
                raise ExportError(
                    f"A layer named {part!r} cannot go to PyTorch, whose modules use that name. "
                    "Give the layer another name."
                ) from None
        module = module._modules[part]
    tensor = torch.from_numpy(np.array(array))
    if learned:
        module.register_parameter(last, torch.nn.Parameter(tensor))
    else:
        module.register_buffer(last, tensor)


def _run(torch: Any, module: Any, deployment: Deployment, x: Any, output: str) -> Any:
    """The value of an output, node by node."""
    graph = deployment.part(output).graph
    live, values = needed(graph), dict[int, Any]()
    x = torch.as_tensor(x)
    kept = next(module.parameters(), x)
    own = kept.dtype if kept.is_floating_point() else torch.float32
    for node in graph.nodes:
        if node.id not in live:
            continue
        kind = torch.float64 if node.scope in deployment.wide else own
        if node.op == "input":
            name = node.attrs["name"]
            values[node.id] = x if name == ROWS else attrgetter(name)(module)
        elif node.op == "constant":
            values[node.id] = _in(torch, torch.from_numpy(constant_array(node)).to(x.device), kind)
        else:
            inputs = [_typed(torch, graph.nodes[id], values[id], kind) for id in node.inputs]
            values[node.id] = FUNCTIONS[node.op](torch, _sized(node, len(x)), inputs)
    return values[graph.outputs[output]]


def _typed(torch: Any, node: Node, value: Any, kind: Any) -> Any:
    """A value in the precision of who reads it; whole numbers and conditions as they are."""
    return value.to(kind) if node.dtype == "float" else _in(torch, value, torch.int64)


def _in(torch: Any, value: Any, kind: Any) -> Any:
    return value if value.dtype in (torch.bool, torch.int64) else value.to(kind)


def _sized(node: Node, rows: int) -> Node:
    """The node with its sizes for a number of rows."""
    if not any(isinstance(dim, Batch) for dim in node.shape):
        return node
    shape = tuple(dim.size(rows) if isinstance(dim, Batch) else dim for dim in node.shape)
    return replace(node, shape=shape)


def _named(name: str) -> Function:
    return lambda torch, node, inputs: getattr(torch, name)(*inputs)


def _over_axes(name: str) -> Function:
    def function(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
        axes, keep = node.attrs["axes"], node.attrs["keepdims"]
        return getattr(torch, name)(inputs[0], dim=axes, keepdim=keep) if axes else inputs[0]

    return function


def _count(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    total = math.prod(inputs[0].shape[axis] for axis in node.attrs["axes"])
    return inputs[0].new_tensor(float(total))


def _cast(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    kinds = {"int": torch.int64, "bool": torch.bool, "float": torch.float64}
    return inputs[0].to(kinds[node.attrs["dtype"]])  # who reads floats brings them to its own kind


def _matmul(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    left, right = inputs
    left = left.mT if node.attrs["transpose_a"] else left
    return left @ (right.mT if node.attrs["transpose_b"] else right)


def _slice(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    start, stop, step = (node.attrs[part] for part in ("start", "stop", "step"))
    return inputs[0][(slice(None),) * node.attrs["axis"] + (slice(start, stop, step),)]


def _pad(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    x, axis, step = inputs[0], node.attrs["axis"], node.attrs["between"] + 1
    made = x.new_full(node.shape, node.attrs["value"])
    before = node.attrs["before"]
    made[(slice(None),) * axis + (slice(before, before + x.shape[axis] * step, step),)] = x
    return made


def _gather(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    table, index = inputs
    return table.index_select(node.attrs["axis"], index.reshape(-1)).reshape(node.shape)


def _one_hot(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    places = torch.arange(node.attrs["depth"], device=inputs[0].device)
    return (inputs[0][..., None] == places).to(torch.float64)


def _padded(torch: Any, node: Node, x: Any, value: float) -> Any:
    (above, below), (left, right) = node.attrs["padding"]
    return torch.nn.functional.pad(x, (left, right, above, below), value=value)


def _conv2d(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    x, weight = inputs
    settings = {name: node.attrs[name] for name in ("stride", "dilation", "groups")}
    return torch.nn.functional.conv2d(_padded(torch, node, x, 0.0), weight, **settings)


def _max_pool2d(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    padded = _padded(torch, node, inputs[0], -math.inf)
    return torch.nn.functional.max_pool2d(padded, node.attrs["size"], node.attrs["stride"])


def _avg_pool2d(torch: Any, node: Node, inputs: Sequence[Any]) -> Any:
    def mean(x: Any) -> Any:
        padded = _padded(torch, node, x, 0.0)
        return torch.nn.functional.avg_pool2d(padded, node.attrs["size"], node.attrs["stride"])

    found = mean(inputs[0])
    return found if node.attrs["count_padding"] else found / mean(torch.ones_like(inputs[0][:1]))


FUNCTIONS: dict[str, Function] = {
    **{
        name: _named(name)
        for name in (
            "add", "subtract", "multiply", "divide", "exp", "log", "log1p", "sqrt", "tanh",
            "sigmoid", "erf", "abs", "sign", "maximum", "minimum", "where",
        )
    },
    "negate": _named("neg"), "power": _named("pow"), "equal": _named("eq"), "less": _named("lt"),
    "less_equal": _named("le"), "cast": _cast, "count": _count, "matmul": _matmul,
    "clip": lambda torch, node, x: x[0].clamp(node.attrs["low"], node.attrs["high"]),
    "sum": _over_axes("sum"), "mean": _over_axes("mean"), "max": _over_axes("amax"),
    "logsumexp": _over_axes("logsumexp"),
    "log_softmax": lambda torch, node, x: torch.log_softmax(x[0], node.attrs["axis"]),
    "argmax": lambda torch, node, x: torch.argmax(x[0], node.attrs["axis"]),
    "reshape": lambda torch, node, x: x[0].reshape(node.shape),
    "broadcast_to": lambda torch, node, x: x[0].expand(node.shape),
    "transpose": lambda torch, node, x: x[0].permute(node.attrs["order"]),
    "slice": _slice, "pad": _pad, "gather": _gather, "one_hot": _one_hot,
    "concatenate": lambda torch, node, x: torch.cat(list(x), node.attrs["axis"]),
    "conv2d": _conv2d, "max_pool2d": _max_pool2d, "avg_pool2d": _avg_pool2d,
}  # fmt: skip
"""Each operation. Left out, since no prediction needs them: random numbers, and the gradients of
convolution, pooling and gather."""
