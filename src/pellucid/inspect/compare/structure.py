"""Which layer of one network answers to which of another, and what was changed between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from pellucid.dataclass import dataclass
from pellucid.models.network import Network
from pellucid.nn.layer import Layer

Status = Literal["same", "changed", "only in A", "only in B"]
ALONE, CHANGED = 1.0, 0.5
"""What a layer without a partner costs, and what a pair of different settings does."""


@dataclass(frozen=True)
class LayerPair:
    """A layer of A and the layer of B that answers to it, or one that is alone.

    Attributes:
        a, b: their names; None where there is none.
        kind: what it is, such as ``Dense``.
        changes: the settings that differ, as "units: 32 -> 64".
    """

    a: str | None
    b: str | None
    kind: str
    changes: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Whether it is the same in both."""
        if self.a is None or self.b is None:
            return "only in A" if self.b is None else "only in B"
        return "changed" if self.changes else "same"

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "A": self.a, "B": self.b, "kind": self.kind, "status": self.status,
            "changes": list(self.changes),
        }  # fmt: skip


Named = tuple[str, Layer]


def paired(a: Network, b: Network) -> tuple[LayerPair, ...]:
    """The layers of both in one order, matched so that as little as can be differs.

    An edit distance: a pair of the same kind and settings is free, one of other settings costs
    1/2, a layer alone 1; layers of different kinds are no pair.
    """
    first, second = a.architecture.layers, b.architecture.layers
    return tuple(
        LayerPair(
            None if one is None else one[0],
            None if other is None else other[0],
            type((one or other)[1]).__name__,  # type: ignore[index]
            () if one is None or other is None else changes(one[1], other[1]),
        )
        for one, other in _aligned(first, second)
    )


def changes(a: Layer, b: Layer) -> tuple[str, ...]:
    """The settings of two layers of one kind that differ; names and first values do not count."""
    told = []
    for field in dataclasses.fields(a):
        if field.name in ("_", "name") or field.name.endswith("_init"):
            continue
        one, other = getattr(a, field.name), getattr(b, field.name)
        if repr(one) != repr(other):
            told.append(f"{field.name}: {_short(one)} -> {_short(other)}")
    return tuple(told)


def _short(value: Any) -> str:
    shown = repr(value).removesuffix("()")
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _aligned(
    first: Sequence[Named], second: Sequence[Named]
) -> list[tuple[Named | None, Named | None]]:
    """The cheapest way through both, from the ends back."""
    n, m = len(first), len(second)
    cost = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            if i < n or j < m:
                cost[i][j] = min(found for found, *_ in _ways(first, second, cost, i, j))
    pairs: list[tuple[Named | None, Named | None]] = []
    i = j = 0
    while i < n or j < m:
        _, i_next, j_next = min(_ways(first, second, cost, i, j), key=lambda way: way[0])
        pairs.append((first[i] if i_next > i else None, second[j] if j_next > j else None))
        i, j = i_next, j_next
    return pairs


def _ways(
    first: Sequence[Named], second: Sequence[Named], cost: list[list[float]], i: int, j: int
) -> list[tuple[float, int, int]]:
    ways = []
    if i < len(first) and j < len(second) and type(first[i][1]) is type(second[j][1]):
        own = CHANGED if changes(first[i][1], second[j][1]) else 0.0
        ways.append((own + cost[i + 1][j + 1], i + 1, j + 1))
    if i < len(first):
        ways.append((ALONE + cost[i + 1][j], i + 1, j))
    if j < len(second):
        ways.append((ALONE + cost[i][j + 1], i, j + 1))
    return ways
