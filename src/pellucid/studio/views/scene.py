"""What the scene is, for the controls: its record, its data in short, its layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.frame import Table
from pellucid.inspect.views.layers import column_names, shapes
from pellucid.scene.bench import Bench
from pellucid.scene.scene import scene_to_record

MOST_NAMES = 50


def scene(bench: Bench) -> dict[str, Any]:
    """The record, and what follows from it: sizes, names, the batch that is taken."""
    data, network = bench.data, bench.network
    classes = network.classes
    layers = [
        {
            "name": name, "kind": type(layer).__name__,
            "parameters": sum(p.size for p in layer.parameters(before) if p.kind != "state"),
            "shape": list(after),
        }
        for name, layer, before, after in shapes(network)
    ]  # fmt: skip
    return {
        "record": scene_to_record(bench.scene),
        "data": {
            "name": data.name, "kind": data.kind, "rows": len(data.x),
            "columns": list(column_names(network))[:MOST_NAMES],
            "target": data.target, "description": data.description, "source": data.source,
            "is_table": isinstance(data.x, Table), "flat": data.x.ndim == 2,
            "inputs": int(np.prod(network.architecture.in_shape)),
            "picture": list(data.image_shape or data.x.shape[2:]) or None,
            "learned": len(bench.learned), "held": len(bench.held),
        },
        "classes": None if classes is None else [str(name) for name in classes],
        "layers": layers,
        "loss": network.loss.kind,
        "batch": bench.batch,
        "engine": bench.executor.name,
    }  # fmt: skip
