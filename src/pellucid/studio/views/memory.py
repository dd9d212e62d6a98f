"""A memory's grid, what is stored, and the energy on its way down."""

from __future__ import annotations

from typing import Any

from pellucid.memory.hopfield import STORAGES
from pellucid.scene.memory_bench import MemoryBench


def memory(bench: MemoryBench) -> dict[str, Any]:
    """The grid and the stored pictures, the energies so far, and what the grid shows.

    Shapes: ``state`` rows x columns; ``patterns`` n x rows x columns; ``alike`` n.
    """
    name, unit = bench.name(), bench.unit
    return {
        "size": list(bench.scene.size), "state": bench.state, "patterns": bench.patterns,
        "alike": bench.alike(), "energies": bench.energies, "step": bench.step,
        "unit": None if unit is None else list(unit), "over": bench.is_over,
        "rule": bench.scene.rule, "rules": list(STORAGES),
        "is": None if name is None else {
            "kind": name.kind, "patterns": list(name.patterns), "signs": list(name.signs),
            "overlap": name.overlap,
        },
    }  # fmt: skip
