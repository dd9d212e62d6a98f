"""The learning curves up to the last step that can be seen."""

from __future__ import annotations

from typing import Any

from pellucid.scene.bench import Bench


def curves(bench: Bench) -> dict[str, Any]:
    """Columns by name: step, batch_loss, rate, each epoch's values; NaN where there are none."""
    return {"columns": bench.curve, "cursor": bench.step}
