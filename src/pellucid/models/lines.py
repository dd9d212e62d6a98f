"""A neuron in the plane: the line that one input draws, and the one that divides two."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError
from pellucid.models.formula import number, total


@dataclass(frozen=True)
class Line:
    """The line of a neuron with one input.

    The weight is the slope: how much the value rises when x rises by 1; a negative weight turns the
    line to fall. The bias is the value at x = 0: it shifts the whole line up or down.

    Formula: of = slope x + intercept.

    Attributes:
        slope: the weight, in units of y per unit of x.
        intercept: the bias, in units of y.
        of: "y" where the activation is linear; "z" where the line is the weighted sum only, which
            the activation then bends or cuts.

    Example:
        >>> from pellucid import Neuron
        >>> line = Neuron([2.0], bias=1.0).line()
        >>> print(line)
        y = 2 x + 1
        >>> line(3.0)
        7.0
    """

    slope: float
    intercept: float
    of: str = "y"

    def __call__(self, x: float) -> float:
        """The line's value at x."""
        return self.slope * x + self.intercept

    def __str__(self) -> str:
        return f"{self.of} = {total([(self.slope, 'x'), (self.intercept, '')])}"


@dataclass(frozen=True)
class Boundary:
    """Where a neuron of two inputs changes sides: a line in the plane of x1 and x2.

    Formula: w1 x1 + w2 x2 + b = level; so x2 = slope x1 + intercept, or x1 = at where w2 is 0.

    Attributes:
        slope, intercept: of the line, None for an upright one.
        at: the x1 of an upright line, else None.
        side: on which side z is at or above the level: "above" or "below" the line, "right" or
            "left" of an upright one.

    Example:
        >>> from pellucid import Neuron, step
        >>> print(Neuron([0.5, 0.5], bias=-0.25, activation=step(0.5)).boundary())
        x2 = -x1 + 1.5; it fires above
    """

    slope: float | None
    intercept: float | None
    at: float | None
    side: str

    def __str__(self) -> str:
        if self.slope is None or self.intercept is None:
            return f"x1 = {number(self.at or 0.0)}; it fires to the {self.side}"
        return f"x2 = {total([(self.slope, 'x1'), (self.intercept, '')])}; it fires {self.side}"


def line(weights: Sequence[float], bias: float, *, linear: bool) -> Line:
    """The line of one weight and a bias; raises ``ShapeError`` for more inputs."""
    if len(weights) != 1:
        raise ShapeError(
            f"A line is drawn by a neuron with 1 input, this one has {len(weights)}. "
            "With 2 inputs ask for boundary()."
        )
    return Line(weights[0], bias, "y" if linear else "z")


def boundary(weights: Sequence[float], bias: float, level: float) -> Boundary:
    """The line where the weighted sum of two inputs is at a level."""
    if len(weights) != 2:
        remedy = " With 1 input ask for line()." if len(weights) == 1 else ""
        raise ShapeError(
            f"A boundary is a line for a neuron with 2 inputs, this one has {len(weights)}.{remedy}"
        )
    first, second = weights
    if second:
        side = "above" if second > 0 else "below"
        return Boundary(_ratio(-first, second), _ratio(level - bias, second), None, side)
    if first:
        return Boundary(None, None, _ratio(level - bias, first), "right" if first > 0 else "left")
    raise ParameterError(
        "Both weights are 0, so the answer is the same everywhere and nothing divides the plane. "
        "Give at least one weight."
    )


def _ratio(above: float, below: float) -> float:
    return above / below + 0.0  # without the sign of a zero
