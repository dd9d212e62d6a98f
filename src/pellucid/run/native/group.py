"""A group of items that one call computes."""

from __future__ import annotations

from dataclasses import field

from pellucid.dataclass import dataclass
from pellucid.run.native.items import Item

# Rows and columns a sample of what goes by rows, or in all; columns None: any number of them.
Space = tuple[int, int | None]


@dataclass(slots=True, eq=False)
class Group:
    """Items computed by one call.

    Attributes:
        place: its number; a group with a smaller number is not always done before.
        spaces: of a chain, the spaces that fit all its items.
        needs: the groups that must be done before, as bits.
        bias: of a product, the item that it starts from.
    """

    place: int
    level: int
    by_rows: bool
    lanes: bool
    items: list[Item] = field(default_factory=list)
    spaces: set[Space] | None = None
    needs: int = 0
    bias: int | None = None

    @property
    def is_chain(self) -> bool:
        """Whether the chain machine computes it."""
        return bool(self.spaces)

    @property
    def result(self) -> Item:
        """What a kernel's call gives."""
        return self.items[-1]

    @property
    def space(self) -> tuple[int, int]:
        """The chosen space: the longest columns, or a single one where any number fits."""
        assert self.spaces
        rows, columns = max(self.spaces, key=lambda space: space[1] or 0)
        return rows, 1 if columns is None else columns
