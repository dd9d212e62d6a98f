"""The table of ratios, and what is worth knowing about the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

OURS = "pellucid"
NOISE = 0.025  # accuracies on 357 rows differ by about so much from seed to seed


def table(rows: list[dict[str, Any]], names: list[str]) -> str:
    """A line a workload: our time, then for each peer ours / peer and the peer's time."""
    peers = [name for name in names if name != OURS]
    lines = [["workload", "threads", OURS, *peers]]
    for row in rows:
        times = row["median"]
        line = [row["title"], str(row["threads"]), duration(times.get(OURS))]
        for peer in peers:
            cell = duration(times.get(peer))
            if OURS in times and peer in times:
                cell = f"{times[OURS] / times[peer]:.2f} ({cell})"
            line.append(cell)
        lines.append(line)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def duration(seconds: float | None) -> str:
    """A time with a unit that suits it; a dash for none."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def notes(rows: list[dict[str, Any]]) -> list[str]:
    """What was measured beside the contenders, and whether all learned alike."""
    return [*_beside(rows), *_accuracies(rows)]


def _beside(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['title']}: {name} {duration(row['median'][name])}."
        for row in rows
        for name in row.get("beside", [])
    ]


def _accuracies(rows: list[dict[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        found = row.get("accuracy", {})
        if not found:
            continue
        middle = median(found.values())
        apart = [name for name, value in found.items() if abs(value - middle) > NOISE]
        values = ", ".join(f"{name} {value:.1%}" for name, value in found.items())
        verdict = f"NOT THE SAME: {', '.join(apart)}" if apart else "the same within noise"
        lines.append(f"Accuracy, {row['title']}, {row['threads']} threads: {values}: {verdict}.")
    return lines


def machine(names: list[str]) -> dict[str, Any]:
    """Processor, system, Python, versions, and which kernels the BLAS of NumPy runs."""
    distributions = {"pytorch": "torch"}
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(distributions.get(name, name)) for name in names},
        "blas": blas(),
    }


def processor() -> str:
    """The processor's name, where the system tells."""
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def blas() -> list[str]:
    """The kernels in use; an environment variable can choose slow ones."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    import numpy as np

    np.ones((2, 2)) @ np.ones((2, 2))
    return [
        f"{pool['internal_api']} {pool.get('architecture', '')}".strip()
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    ]
