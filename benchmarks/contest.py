"""What a row of results says: us against each peer, the quickest of them, and the bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

OURS = "pellucid"
COMPILED = "pellucid compiled"
BESIDE = {OURS, COMPILED, "python alone", "import pellucid"}  # measured, and no peers
NAMES = {
    "pellucid": "Pellucid",
    "pytorch": "PyTorch",
    "jax": "JAX",
    "scikit-learn": "scikit-learn",
    "numpy": "NumPy by hand",
    "onnx-runtime": "ONNX Runtime",
}
TITLES = {
    "gates": "2-4-2, batch 4",
    "digits": "digits 64-32-10, batch 32",
    "mnist-2-hidden": "MNIST 784-128-64-10, batch 32",
    "mnist-1-hidden": "MNIST 784-128-10, batch 128",
    "wide": "784-1024-1024-10, batch 256",
    "lenet": "LeNet-5, batch 128",
    "predict-1": "predict 1 sample",
    "predict-10000": "predict 10,000 samples",
    "import": "import",
    "process": "import, digits, 30 epochs, score",
}


@dataclass(frozen=True)
class Contest:
    """Our time and the peers', in seconds.

    Attributes:
        threads: how many, or 0 where each contender has its best number.
        flops, limit, sgemm: operations, seconds at best, operations a second; 0 where unknown.
    """

    workload: str
    title: str
    threads: int
    ours: float
    peers: dict[str, float]
    bars: dict[str, float]
    flops: float = 0.0
    limit: float = 0.0
    sgemm: float = 0.0

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as long as ours each peer takes; above 1 we are faster."""
        return {name: seconds / self.ours for name, seconds in self.peers.items()}

    @property
    def best(self) -> tuple[str, float]:
        """The quickest peer and its ratio."""
        return min(self.ratios.items(), key=lambda item: item[1])

    @property
    def verdicts(self) -> list[tuple[str, float, float]]:
        """Each bar that can be judged: of whom, what it asks, and what was reached."""
        reached = self.ratios | ({"best": self.best[1]} if self.peers else {})
        return [(name, bar, reached[name]) for name, bar in self.bars.items() if name in reached]


def contests(rows: Iterable[dict[str, Any]]) -> Iterator[Contest]:
    """One contest a row; two where we have two ways to predict."""
    for row in rows:
        times = row["median"]
        peers = {name: seconds for name, seconds in times.items() if name not in BESIDE}
        for ours in (OURS, COMPILED):
            if ours in times:
                yield Contest(
                    row["workload"] + (", compiled" if ours == COMPILED else ""),
                    TITLES.get(row["workload"], row["title"])
                    + (", compiled" if ours == COMPILED else ""),
                    row["threads"], times[ours], peers, row.get("bars", {}),
                    row.get("flops", 0.0), row.get("limit", 0.0),
                    row.get("rates", {}).get("sgemm", 0.0),
                )  # fmt: skip


def at_best_threads(found: Iterable[Contest]) -> list[Contest]:
    """One contest a workload, each contender with the number of threads that suits it best."""
    merged: dict[str, Contest] = {}
    for one in found:
        known = merged.get(one.workload)
        if known is None:
            merged[one.workload] = Contest(
                one.workload, one.title, 0, one.ours, one.peers, one.bars
            )
            continue
        peers = {
            name: min(times[name] for times in (known.peers, one.peers) if name in times)
            for name in known.peers | one.peers
        }
        merged[one.workload] = Contest(
            one.workload, one.title, 0, min(known.ours, one.ours), peers, one.bars
        )
    return list(merged.values())
