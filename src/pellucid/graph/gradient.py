"""Reverse-mode differentiation, graph to graph.

The gradient of a graph is a larger graph of the same nodes: for each operation between the loss and
what it is differentiated by, the operation's ``vjp`` adds backward nodes. Since those are ordinary
nodes, they can be differentiated again.

Source: B. Speelpenning, Compiling Fast Partial Derivatives of Functions Given by Algorithms, 1980;
the vector-Jacobian product per primitive follows the design of HIPS/autograd.
"""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.errors import GraphError, unknown_name
from pellucid.graph.build import Builder, Value
from pellucid.graph.node import Graph
from pellucid.graph.primitive import lookup
from pellucid.graph.types import Shape


def gradient(graph: Graph, loss: str, wrt: Sequence[str]) -> Graph:
    """Add the gradient of one scalar output with respect to inputs or outputs, all by name.

    Formula: output ``d LOSS / d NAME`` has the shape of NAME and holds the partial derivative for
        each of its elements.
    Raises: ``UnknownNameError`` for a name that is not there; ``GraphError`` when the loss is not a
        float scalar.

    Example:
        >>> import pellucid.ops  # fills the table of operations
        >>> from pellucid.graph import Builder, gradient
        >>> g = Builder()
        >>> x = g.input("x")
        >>> list(gradient(g.build(y=x * x * x), "y", ["x"]).outputs)
        ['y', 'd y / d x']
    """
    builder = Builder(graph)
    places = {name: node.id for name, node in graph.inputs.items()} | dict(graph.outputs)
    for name in wrt:
        if name not in places:
            raise unknown_name("input or output", name, places)
    values = [builder.value(places[name]) for name in wrt]
    results = gradients(builder.value(graph.output(loss).id), values)
    added = {f"d {loss} / d {name}": value for name, value in zip(wrt, results, strict=True)}
    kept = {name: builder.value(id) for name, id in graph.outputs.items()}
    return builder.build(**kept, **added)


def gradients(loss: Value, wrt: Sequence[Value]) -> list[Value]:
    """The same within a builder: values in, gradient values out (zeros where nothing depends)."""
    builder = loss.builder
    if loss.shape != () or loss.dtype != "float":
        raise GraphError(f"Only a float scalar can be differentiated, the loss is {loss.type}.")
    reached = _reached(builder, [value.id for value in wrt], loss.id)
    cotangents: dict[int, Value] = {}
    with builder.context(role="backward", scope=loss.node.scope, twin=loss.id):
        cotangents[loss.id] = builder.constant(1.0)
    for id in range(loss.id, -1, -1):
        if id in cotangents and reached[id]:
            _pull_back(builder, id, cotangents, reached)
    zeros: list[Value] = []
    for value in wrt:
        with builder.context(role="backward", scope=value.node.scope, twin=value.id):
            zero = cotangents.get(value.id)
            zeros.append(zero if zero is not None else _zeros(builder, value.shape))
    return zeros


def _reached(builder: Builder, sources: list[int], last: int) -> list[bool]:
    """Which nodes up to ``last`` depend on a source: only through those does a gradient flow."""
    reached = [False] * (last + 1)
    for id in sources:
        if id <= last:
            reached[id] = True
    for node in builder.nodes[: last + 1]:
        reached[node.id] = reached[node.id] or any(reached[id] for id in node.inputs)
    return reached


def _pull_back(
    builder: Builder, id: int, cotangents: dict[int, Value], reached: list[bool]
) -> None:
    node = builder.nodes[id]
    if not any(reached[source] for source in node.inputs):
        return
    vjp = lookup(node.op).vjp
    if vjp is None:
        return
    inputs = [builder.value(source) for source in node.inputs]
    with builder.context(role="backward", scope=node.scope, twin=id):
        results = vjp(cotangents[id], builder.value(id), *inputs, **node.attrs)
        for source, result in zip(inputs, results, strict=True):
            if result is None or not reached[source.id] or source.dtype != "float":
                continue
            share = unbroadcast(result, source.shape)
            known = cotangents.get(source.id)
            cotangents[source.id] = share if known is None else known + share


def unbroadcast(value: Value, shape: Shape) -> Value:
    """Undo broadcasting: add up the gradient over the axes along which the input was repeated."""
    if value.shape == shape:
        return value
    if value.shape == ():  # a scalar gradient that stands for each element
        return value._apply("broadcast_to", value, shape=shape)
    extra = len(value.shape) - len(shape)
    axes = tuple(range(extra)) + tuple(
        axis + extra
        for axis, dim in enumerate(shape)
        if dim == 1 and value.shape[axis + extra] != 1
    )
    if axes:
        value = value._apply("sum", value, axes=axes, keepdims=False)
    if value.shape != shape:
        value = value._apply("reshape", value, shape=shape)
    return value


def _zeros(builder: Builder, shape: Shape) -> Value:
    zero = builder.constant(0.0)
    return zero._apply("broadcast_to", zero, shape=shape) if shape else zero
