"""What the machine could do at best, measured beside the contenders: products and memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from workloads import Workload

SIDE = 1024
STATE = 16  # bytes a parameter: itself, its gradient, Adam's two moments, float32
MOVED = 20  # bytes that a step moves for it at the least, if the gradient stays in registers
LEAST = 1 << 18  # bytes; with less, calling NumPy would be what is measured
AT_ONCE = 1 << 27  # bytes a turn of the memory's measurement moves, about


def sgemm(turns: int = 5) -> float:
    """Operations a second of NumPy's float32 product of 1024 x 1024 matrices; the best turn.

    The threads are those of the process, as the environment sets them.
    """
    random = np.random.default_rng(0)
    a, b = random.random((2, SIDE, SIDE), dtype=np.float32)
    out = np.empty_like(a)

    def turn() -> float:
        begin = perf_counter()
        np.matmul(a, b, out=out)
        return perf_counter() - begin

    turn()
    return 2 * SIDE**3 / min(turn() for _ in range(turns))


def memory(size: int, threads: int, turns: int = 3) -> float:
    """Bytes a second while adding one array to another, ``size`` bytes in all; the best turn.

    Each thread has arrays of its own.
    """
    count = max(size, LEAST) // 8 // threads
    parts = [(np.zeros(count, np.float32), np.ones(count, np.float32)) for _ in range(threads)]
    repeats = max(1, AT_ONCE // (12 * count * threads))

    def add(part: Any) -> None:
        for _ in range(repeats):
            np.add(part[0], part[1], out=part[0])

    with ThreadPoolExecutor(threads) as pool:

        def turn() -> float:
            begin = perf_counter()
            list(pool.map(add, parts))
            return perf_counter() - begin

        turn()
        return 12 * count * threads * repeats / min(turn() for _ in range(turns))


def rates(workload: Workload, threads: int) -> dict[str, float]:
    """Both rates, memory's at the size of the workload's parameters and Adam's moments."""
    return {"sgemm": sgemm(), "memory": memory(STATE * workload.parameters, threads)}


def limit(workload: Workload, found: dict[str, float]) -> float:
    """Seconds a step at these rates: its products, and in training what Adam moves."""
    moved = MOVED * workload.parameters if workload.task == "train" else 0
    return workload.flops / found["sgemm"] + moved / found["memory"]
