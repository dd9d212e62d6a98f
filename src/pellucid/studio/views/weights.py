"""The weights and biases of each layer, as tables: a row for what comes in, a column a unit.

Of a few, how they came there as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.inspect.views.outline import outline
from pellucid.scene.bench import Bench
from pellucid.scene.course import course

MOST_IN, MOST_OUT = 64, 64
"""More of a parameter than this is not sent: nobody reads a table of ten thousand numbers."""


def weights(bench: Bench) -> dict[str, Any]:
    """Each learned parameter with its name, shape and the part of it that a table shows.

    ``course`` is how they went until the last step that was reached; None where they are many.
    Shapes: ``values`` is in x out as in the parameter for two axes; of a convolution its filters
        come first, each flattened: filters x (channels rows columns).
    """
    network = bench.network
    learned = network.architecture.learned
    views = learned.views(np.asarray(network._vectors()[0]))
    names = list(outline(network)[0].labels)
    tables = [p for p in learned.parameters if len(p.shape) == 2]
    first = tables[0].name if tables and tables[0].shape[0] == len(names) else None
    return {
        "parameters": [
            {
                "name": parameter.name, "layer": parameter.name.rpartition(".")[0],
                "kind": parameter.kind, "shape": list(parameter.shape),
                "values": _part(views[parameter.name]),
                "rows": names[:MOST_IN] if parameter.name == first else None,
            }
            for parameter in learned.parameters
        ],
        "classes": [str(name) for name in network.classes] if network.classes is not None else None,
        "course": course(bench), "step": bench.step,
    }  # fmt: skip


def _part(values: Any) -> Any:
    """What of a parameter a table shows."""
    table = np.asarray(values, float)
    if table.ndim > 2:
        table = table.reshape(len(table), -1)
    return table[:MOST_IN, :MOST_OUT] if table.ndim == 2 else table.reshape(-1)[:MOST_OUT]
