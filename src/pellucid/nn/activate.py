"""The layer that applies an activation function and nothing else."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph import Value
from pellucid.nn.activations import ActivationLike, Linear, activation
from pellucid.nn.layer import Layer, Tracer


@dataclass(frozen=True)
class Activation(Layer):
    """Apply an activation function to what comes in.

    Formula: y = function(x).
    Shapes: (batch, ...) -> the same, for all functions but one's own.
    Parameters:
        function: a name, an ``ActivationFunction`` or a function of a graph value; linear by
            default.
    Raises: ``UnknownNameError`` for a name that is none, with the nearest suggested.

    Example:
        >>> Activation("relu").function
        Relu()
    """

    function: ActivationLike = Linear()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "function", activation(self.function))

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the function's nodes."""
        return activation(self.function)(x)
