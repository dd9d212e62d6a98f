"""The fully connected layer."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError
from pellucid.graph import Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationLike, Linear, activation, default_init
from pellucid.nn.init import Fans, Initializer, initializer, zeros
from pellucid.nn.layer import Layer, Tracer
from pellucid.nn.layout import Parameter
from pellucid.ops import matmul


@dataclass(frozen=True)
class Dense(Layer):
    """Each unit takes the weighted sum of all inputs, adds its bias and applies the activation.

    Formula: z_j = b_j + sum over i of x_i W_ij;  y_j = activation(z_j).
    Shapes: (batch, ..., inputs) -> (batch, ..., units); weight (inputs, units), bias (units,).
    Parameters:
        units: outputs of the layer; None (only for a network's last layer): as many as the target
            needs.
        activation: a name, an ``ActivationFunction`` or a function of a graph value; linear by
            default.
        bias: whether each unit has a bias.
        weight_init: how weights start: He's uniform for relu and its kin, Glorot's otherwise.
    Raises: ``ShapeError`` for samples without a feature axis, or units that are not known yet.

    Example:
        >>> [(p.name, p.shape) for p in Dense(3).parameters((4,))]
        [('weight', (4, 3)), ('bias', (3,))]
    """

    units: int | None = hyper(None, kind=int, low=1, optional=True, doc="the number of outputs")
    activation: ActivationLike = Linear()
    bias: bool = hyper(True, kind=bool, doc="whether each unit has a bias")
    weight_init: str | Initializer | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "activation", activation(self.activation))
        if self.weight_init is not None:
            object.__setattr__(self, "weight_init", initializer(self.weight_init))

    def parameters(self, in_shape: tuple[int, ...]) -> tuple[Parameter, ...]:
        """Weight (inputs, units) and bias (units,)."""
        if not in_shape:
            raise self.misfit(
                "samples of shape [..., features]", "[]", "Put Reshape((1,)) before it."
            )
        if self.units is None:
            raise ShapeError(
                f"{self.name or 'Dense'} does not know its number of units. Only a network's last "
                "layer may leave it to the data; write Dense(units) here."
            )
        start = self.weight_init or default_init(activation(self.activation))
        fans = Fans(in_shape[-1], self.units)
        weight = Parameter("weight", (in_shape[-1], self.units), initializer(start), fans)
        bias = Parameter("bias", (self.units,), zeros(), fans, kind="bias")
        return (weight, bias) if self.bias else (weight,)

    def trace(self, builder: Tracer, x: Value) -> Value:
        """Add the product, the bias and the activation."""
        rows = matmul(x, builder.parameter("weight"))
        z = rows + builder.parameter("bias") if self.bias else rows
        builder.note("x", x)
        builder.note("z", z)
        y = activation(self.activation)(z)
        builder.note("y", y)
        return y
