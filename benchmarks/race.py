"""One race: all contenders in one process with one thread count, turn and turn about.

Called by ``run.py`` as a program of its own, since thread counts are fixed when libraries load.
Reads its orders as JSON from the command line and prints one JSON object a workload.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from workloads import WORKLOADS, Data, Workload, load

ACCURACY_EPOCHS = 30


@dataclass
class Entry:
    """A contender at the start: ``turn(n)`` does n units of work, each of so many steps."""

    turn: Callable[[int], None]
    steps: int
    repeats: int = 1
    seconds: list[float] = field(default_factory=list)

    def run(self) -> float:
        """Seconds a step over one turn."""
        begin = perf_counter()
        self.turn(self.repeats)
        return (perf_counter() - begin) / (self.repeats * self.steps)

    def warm_up(self, enough: float) -> None:
        """Run until a turn takes long enough to be measured."""
        self.run()
        self.repeats = max(1, round(enough / (self.run() * self.steps)))


def contest(entries: dict[str, Entry], rounds: int, enough: float) -> None:
    """Warm up, then measure: each round gives every contender one turn."""
    for entry in entries.values():
        entry.warm_up(enough)
    for _ in range(rounds):
        for entry in entries.values():
            entry.seconds.append(entry.run())


def enter(made: Any, workload: Workload, data: Data) -> Entry:
    """Turn a contender with its network into an entry for the workload's task."""
    if workload.task == "train":
        return Entry(made.train, workload.steps)
    x = made.place(data.x[: workload.batch])

    def turn(count: int) -> None:
        for _ in range(count):
            made.predict(x)

    return Entry(turn, 1)


def accuracy(made: Any, data: Data) -> float:
    """Train a fresh contender and count its right answers on the rows kept apart."""
    made.train(ACCURACY_EPOCHS)
    predicted = made.predict(made.place(data.test_x))
    return sum(int(p) == int(y) for p, y in zip(predicted, data.test_y, strict=True)) / len(
        data.test_y
    )


def race(orders: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The results of each workload: medians, all times, and accuracy on digits."""
    from contender import contender

    threads, folder = orders["threads"], orders["data_dir"]
    makers = {name: contender(name) for name in orders["contenders"]}
    for workload in (w for w in WORKLOADS if w.name in orders["workloads"]):
        data = load(workload, Path(folder) if folder else None)
        entries, absent = {}, {}
        for name, make in makers.items():
            try:
                entries[name] = enter(make(workload, data, threads), workload, data)
            except NotImplementedError as reason:
                absent[name] = str(reason)
        contest(entries, orders["rounds"], orders["enough"])
        row: dict[str, Any] = {
            "workload": workload.name,
            "title": workload.title,
            "unit": "seconds per step" if workload.task == "train" else "seconds per call",
            "threads": threads,
            "median": {name: median(entry.seconds) for name, entry in entries.items()},
            "seconds": {name: entry.seconds for name, entry in entries.items()},
            "absent": absent,
        }
        if workload.name == "digits":
            row["accuracy"] = {
                name: accuracy(make(workload, data, threads), data) for name, make in makers.items()
            }
        yield row


def main() -> None:
    """Keep to the cores given, run, and print one JSON object a workload."""
    orders = json.loads(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: orders["threads"]])
    warnings.simplefilter("ignore")
    for row in race(orders):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
