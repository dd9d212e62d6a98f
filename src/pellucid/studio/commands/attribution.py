"""What one answer is made of: computed beside the training, on a copy of the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.plain import plain
from pellucid.studio.command import Command, Later
from pellucid.studio.views.answers import class_names
from pellucid.studio.views.data import is_picture, picture

if TYPE_CHECKING:
    from pellucid.inspect.attribute import Attribution
    from pellucid.studio.session import Session

MOST_COLUMNS = 40
NAMES = (
    "integrated_gradients", "gradient_x_input", "smoothgrad", "deeplift", "occlusion", "grad_cam",
    "exact_shapley", "sampled_shapley",
)  # fmt: skip


@dataclass(frozen=True)
class Attribute(Command):
    """Share one answer for the chosen row out among its columns or pixels."""

    method: str = hyper("integrated_gradients", kind=str, choices=NAMES, doc="how it is shared out")
    output: str | None = hyper(
        None, kind=str, optional=True, doc="the class; None: the one that is answered"
    )

    def do(self, at: Session) -> Any:
        """Compute it aside."""
        bench = at.network_bench
        network, _ = bench.copied()
        x, row, step = bench.chosen_x, bench.chosen, bench.step
        names = class_names(bench)
        output: Any = self.output
        if names is not None and output in names:
            output = network.classes[names.index(output)]
        seen = picture(bench, row) if is_picture(bench) else None
        columns = bench.data.feature_names

        def compute() -> dict[str, Any]:
            from pellucid.inspect.attribute import attribute

            own = None if seen is not None or len(columns) == 0 else columns
            plain_array = isinstance(x, np.ndarray)
            found = attribute(
                network, x, self.method, output=output, names=own if plain_array else None
            )
            return {"row": row, "step": step, "classes": names, **told(found, seen)}

        return Later(_checked(compute))


def told(found: Attribution, seen: Any) -> dict[str, Any]:
    """An attribution for the page.

    Shapes: of a picture ``map`` is height x width, ``picture`` channels x height x width.
    """
    record = {
        "method": found.method, "output": found.output, "label": plain(found.label),
        "score": found.score, "baseline": found.baseline, "baseline_score": found.baseline_score,
        "difference": found.difference, "sum": found.sum, "residual": found.residual,
        "share": found.residual_share, "notes": list(found.notes), "seconds": found.seconds,
        "evaluations": found.evaluations,
    }  # fmt: skip
    if found.map is not None:
        return {**record, "map": np.asarray(found.map, float), "picture": seen}
    rows = found.rows()
    shown = [
        {
            "name": row["column"], "value": plain(row["value"]), "share": row["attribution"],
            "error": row.get("error"),
        }
        for row in rows[:MOST_COLUMNS]
    ]  # fmt: skip
    rest = rows[MOST_COLUMNS:]
    return {
        **record, "columns": shown, "more": len(rest),
        "rest": float(sum(row["attribution"] for row in rest)),
    }  # fmt: skip


def _checked(compute: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Numbers that are too large to compute with are said in words, not warned of."""

    def quietly() -> dict[str, Any]:
        with np.errstate(all="ignore"):
            return compute()

    return quietly


COMMANDS = (Attribute,)
