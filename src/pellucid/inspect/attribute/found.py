"""What a method found, before it is told in the user's words."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array


@dataclass(frozen=True)
class Found:
    """What each element gets.

    Attributes:
        values: one number an element, flat.
        errors: their standard errors, where they were sampled.
        notes: what is to be known of how they were found.
    """

    values: Array
    errors: Array | None = None
    notes: tuple[str, ...] = ()
