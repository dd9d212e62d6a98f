"""The network's own score on rows held out, what its rivals got, and where they differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.assess.baselines import MOST_ROWS
from pellucid.assess.scores import scores
from pellucid.graph.primitive import Array
from pellucid.scene.bench import Bench
from pellucid.scene.comparing import known
from pellucid.studio.views.answers import decoded, has_answers, held_numbers, places, wanted


def compare(bench: Bench) -> dict[str, Any]:
    """The measure, the network's score, its give or take, and the rivals where they are known.

    All are tested on every held-out row. ``taken`` are the rows that the rivals learn from, of
    those that the network learns from.
    """
    held = bench.ready.held_rows
    if not len(held) or not has_answers(bench):
        return {"none": "held" if has_answers(bench) else "targets"}
    measure = "accuracy" if bench.data.kind == "classes" else "r2"
    given = held_numbers(bench)
    own = places(bench, given) == wanted(bench, held) if measure == "accuracy" else None
    value = _r2(bench, given) if own is None else float(own.mean())
    found = known(bench)
    told: dict[str, Any] = {
        "measure": measure, "network": value, "held": len(held), "learned": len(bench.learned),
        "step": bench.step, "parameters": bench.network.architecture.learned.size,
        "rivals": None if found is None else shown(found),
        "taken": min(len(bench.learned), MOST_ROWS) if not found else found[0]["rows"],
        "error": None if own is None or value is None else error(value, len(held)),
    }  # fmt: skip
    if found is not None and own is not None:
        told["pairs"] = pairs(own, found)
    return told


def error(share: float, rows: int) -> float:
    """The standard error of a share among so many rows."""
    return math.sqrt(max(0.0, share * (1 - share)) / rows)


def shown(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rivals for the page."""
    told = ("name", "scores", "seconds", "rows", "stored")
    return [{name: row[name] for name in told} for row in found]


def pairs(own: Array, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each rival, on how many held-out rows both are right, only one of them, or none."""
    told = []
    for rival in found:
        other = rival["right"]
        told.append({
            "name": rival["name"], "both": int((own & other).sum()),
            "network": int((own & ~other).sum()), "rival": int((~own & other).sum()),
            "none": int((~own & ~other).sum()),
        })  # fmt: skip
    return told


def _r2(bench: Bench, given: Array) -> float | None:
    """As the rivals are measured; None where all targets are equal."""
    told = decoded(bench, given)
    return scores("numbers", np.asarray(bench.data.y)[bench.ready.held_rows], told)["r2"]
