"""A network without numbers in it: layers fixed to a shape, and their parameters' layout."""

from __future__ import annotations

from dataclasses import field

from pellucid.dataclass import dataclass
from pellucid.graph import Builder, DType, Value
from pellucid.nn.compose import Chain, named
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Layout


@dataclass(frozen=True)
class Traced:
    """What tracing an architecture gave.

    Attributes:
        output: the raw output, (batch, ...).
        parameters: the node of each learned parameter, by full name.
        state: the flat vector of states after the step.
        notes: values that learning rules and explanations ask for, such as ``dense_1.z``.
    """

    output: Value
    parameters: dict[str, Value]
    state: Value
    notes: dict[str, Value]


@dataclass(frozen=True)
class Architecture:
    """Layers, fixed to samples of one shape.

    Raises: ``ShapeError`` naming the first layer that the shape does not fit.
    """

    chain: Chain
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...] = field(init=False)
    learned: Layout = field(init=False, repr=False)
    states: Layout = field(init=False, repr=False)

    def __post_init__(self) -> None:
        layout = Layout(self.chain.parameters(self.in_shape))
        object.__setattr__(self, "learned", layout.select(("weight", "bias")))
        object.__setattr__(self, "states", layout.select(("state",)))
        object.__setattr__(self, "out_shape", self.chain.output_shape(self.in_shape))

    @property
    def in_dtype(self) -> DType:
        """The kind of number of the input: ``int`` where the first layer is an Embedding."""
        return self.chain.input_dtype

    @property
    def layers(self) -> tuple[tuple[str, Layer], ...]:
        """The layers with their names, in order."""
        return named(self.chain.layers)

    def trace(
        self,
        x: Value,
        params: Value,
        state: Value,
        *,
        training: bool = False,
        key: Value | None = None,
    ) -> Traced:
        """Add the forward pass to the graph of x, with parameters and states as flat vectors."""
        builder: Builder = x.builder
        learned, states = self.learned.values(params), self.states.values(state)
        tracer = Tracer(builder, learned | states, training, key)
        output = self.chain.trace(tracer, x)
        with builder.context(role="update"):
            after = self.states.join(states | tracer.moved, like=state)
        return Traced(output, learned, after, tracer.notes)
