"""The graphs that are asked: the layers after a look-up, up to one number a row, and its gradient.

Everything that is explained is computed by these graphs; nothing is computed beside them.
"""

from __future__ import annotations

from pellucid.graph import BATCH, Builder, Graph, Value, gradients, simplify
from pellucid.graph.primitive import Array
from pellucid.inspect.attribute.outputs import Output
from pellucid.models.network import Network
from pellucid.nn.architecture import Architecture
from pellucid.nn.embed_columns import EmbedColumns
from pellucid.nn.embedding import Embedding
from pellucid.nn.layer import Tracer
from pellucid.ops import sum
from pellucid.run.reference import ReferenceExecutor

SCORE, GRADIENT = "score", "gradient"
ACTIVATION, PULL = "activation", "pull"


def is_looked_up(network: Network) -> bool:
    """Whether the first layer looks whole numbers up in a table."""
    layers = network.architecture.layers
    return bool(layers) and isinstance(layers[0][1], EmbedColumns | Embedding)


def embedded(network: Network, z: Array) -> Array:
    """What the first layer looks up for encoded rows."""
    architecture = network.architecture
    b = Builder()
    x = b.input("x", (BATCH, *architecture.in_shape), architecture.in_dtype)
    params, state = _vectors(b, architecture)
    found = _through(x, architecture, params, state, 0, 1)
    program = ReferenceExecutor().compile(simplify(b.build(embedded=next(iter(found.values())))))
    return program.run({"x": z, **inputs_of(network)})["embedded"]


def inputs_of(network: Network) -> dict[str, Array]:
    """The parameters and the layers' states, by the name of the graphs' inputs."""
    params, state = network._vectors()
    return {"params": params, "state": state}


def score_graph(network: Network, output: Output, layer: str | None = None) -> Graph:
    """From the numbers after a look-up to the score and its gradient.

    With ``layer`` also to what this layer gives, and the score's gradient by that. No row of a
    prediction looks at another, so the gradient of the sum over rows is that of each.

    Shapes: x (batch, ...); score (batch,), gradient as x.
    """
    b, x, found, score = _scored(network, output)
    total = sum(score)
    wanted = {GRADIENT: x} if layer is None else {PULL: found[layer]}
    slopes = dict(zip(wanted, gradients(total, [*wanted.values()]), strict=True))
    kept = {} if layer is None else {ACTIVATION: found[layer]}
    return simplify(b.build(score=score, **slopes, **kept))


def forward_graph(network: Network, output: Output) -> Graph:
    """From the numbers after a look-up to the score."""
    b, _, _, score = _scored(network, output)
    return b.build(score=score)


def _scored(network: Network, output: Output) -> tuple[Builder, Value, dict[str, Value], Value]:
    architecture, b = network.architecture, Builder()
    first = 1 if is_looked_up(network) else 0
    shape = architecture.in_shape
    if first:
        shape = architecture.layers[0][1].output_shape(shape)
    x = b.input("x", (BATCH, *shape))
    params, state = _vectors(b, architecture)
    found = _through(x, architecture, params, state, first)
    last = [x, *found.values()][-1]
    with b.context(scope="explained"):
        score = output.of(last, network.loss)
    return b, x, found, score


def _vectors(b: Builder, architecture: Architecture) -> tuple[Value, Value]:
    learned, states = architecture.learned, architecture.states
    return b.input("params", (learned.size,)), b.input("state", (states.size,))


def _through(
    x: Value, architecture: Architecture, params: Value, state: Value, start: int,
    stop: int | None = None,
) -> dict[str, Value]:  # fmt: skip
    """What each of the layers gives, by its name, as it answers."""
    leaves = architecture.learned.values(params) | architecture.states.values(state)
    tracer = Tracer(x.builder, leaves)
    found: dict[str, Value] = {}
    for name, layer in architecture.layers[start:stop]:
        with tracer.inside(name):
            x = found[name] = layer.trace(tracer, x)
    return found
