"""Accuracy against seconds: MNIST's test set after each epoch, the clock stopped meanwhile.

Called by ``run.py`` as a program of its own, like ``race.py``; prints one JSON object a network.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

from contender import contender
from race import right
from workloads import Data, Workload, load_mnist

NETWORKS = {  # and epochs
    "mnist-1-hidden": (Workload("mnist-1-hidden", (784, 128, 10), batch=128, rows=59_904), 10),
    "lenet": (Workload("lenet", (784, 10), batch=128, rows=59_904, convolutional=True), 6),
}
CONTENDERS = ("pellucid", "pytorch")


def curve(
    names: list[str], workload: Workload, data: Data, threads: int, epochs: int
) -> dict[str, list[list[float]]]:
    """For each contender [seconds, accuracy] after each epoch; in turn, an epoch each.

    The clock of a contender starts before its network is made.
    """
    makers = {name: contender(name) for name in names}  # importing is another table's
    made, clock = {}, {}
    for name, make in makers.items():
        begin = perf_counter()
        made[name] = make(workload, data, threads)
        clock[name] = perf_counter() - begin
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    for _ in range(epochs):
        for name in names:
            begin = perf_counter()
            made[name].train(1)
            clock[name] += perf_counter() - begin
            found[name].append([clock[name], right(made[name], data)])
    return found


def main() -> None:
    """Keep to the cores given, train, and print one JSON object a network."""
    orders: dict[str, Any] = json.loads(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: orders["threads"]])
    warnings.simplefilter("ignore")
    for workload, epochs in NETWORKS.values():
        data = load_mnist(Path(orders["data_dir"]), workload.batch)
        names, epochs = orders["contenders"], min(epochs, orders["epochs"] or epochs)
        row = {
            "workload": workload.name,
            "title": workload.title,
            "threads": orders["threads"],
            "curve": curve(names, workload, data, orders["threads"], epochs),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
