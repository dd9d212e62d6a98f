"""The record of a primitive operation, and the table of all of them.

The graph knows operations only through this table; ``pellucid.ops`` fills it. An operation of one's
own comes in by the same door: make a ``Primitive`` and ``register`` it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.errors import GraphError, unknown_name
from pellucid.graph.types import Type, TypeProblem

Array: TypeAlias = NDArray[Any]
Rule: TypeAlias = Callable[..., Type]


@dataclass(frozen=True)
class Sample:
    """Inputs and attributes to test a primitive with, and the value worked out by hand."""

    inputs: tuple[Any, ...]
    expected: Any
    attrs: Mapping[str, Any] = field(default_factory=dict)
    check_gradient: bool = True


@dataclass(frozen=True, eq=False)
class Primitive:
    """One primitive operation.

    Parameters:
        name: the name by which graphs and files call it.
        rule: ``rule(*types, **attrs) -> Type``; raises ``TypeProblem`` when they do not fit.
        meaning: ``meaning(*arrays, **attrs) -> array`` in NumPy: the definition of the operation.
        vjp: ``vjp(g, y, *inputs, **attrs)`` builds, for the gradient g of a scalar with respect to
            the output y, the gradient with respect to each input (None where there is none).
            None: piecewise constant, so nothing flows back.
        formula, latex: what it computes, in text and LaTeX.
        samples: hand-worked examples; the test suite finds them here.
    """

    name: str
    rule: Rule
    meaning: Callable[..., Any]
    vjp: Callable[..., tuple[Any, ...]] | None
    formula: str
    latex: str
    samples: tuple[Sample, ...] = ()

    def __call__(self, *inputs: Any, **attrs: Any) -> Any:
        """Add the operation to the graph of its inputs; on plain numbers, compute it at once."""
        for value in inputs:
            builder = getattr(value, "builder", None)
            if builder is not None:
                return builder.apply(self, inputs, attrs)
        with np.errstate(all="ignore"):
            return np.asarray(self.meaning(*(np.asarray(value) for value in inputs), **attrs))

    def __repr__(self) -> str:
        return f"<primitive {self.name}: {self.formula}>"


__all__ = [
    "PRIMITIVES",
    "Array",
    "Primitive",
    "Rule",
    "Sample",
    "TypeProblem",
    "lookup",
    "register",
]

PRIMITIVES: dict[str, Primitive] = {}


def register(primitive: Primitive) -> Primitive:
    """Add a primitive to the table and hand it back; a name can be taken only once."""
    if primitive.name in PRIMITIVES or primitive.name in ("input", "constant"):
        raise GraphError(f"There is a primitive {primitive.name!r} already; choose another name.")
    PRIMITIVES[primitive.name] = primitive
    return primitive


def lookup(name: str) -> Primitive:
    """The primitive of that name, or an error that suggests the nearest."""
    try:
        return PRIMITIVES[name]
    except KeyError:
        raise unknown_name("operation", name, PRIMITIVES) from None
