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
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import limits
from workloads import Data, Workload, load, named

ACCURACY_EPOCHS = 30
COMPILED = "pellucid compiled"  # our second way to predict, beside ``Network.predict``


@dataclass
class Entry:
    """A contender at the start: ``turn(n)`` does n units of work, each of so many steps."""

    turn: Callable[[int], None]
    steps: int
    repeats: int = 1
    seconds: list[float] = field(default_factory=list)

    def timed(self) -> float:
        """Seconds of one turn."""
        begin = perf_counter()
        self.turn(self.repeats)
        return perf_counter() - begin

    def warm_up(self, enough: float) -> None:
        """Lengthen the turn until it takes long enough: what a call costs once is then little."""
        self.timed()
        while (taken := self.timed()) < enough:
            self.repeats = ceil(self.repeats * min(10.0, 1.2 * enough / taken))

    def measure(self) -> None:
        """Note the seconds a step of one turn."""
        self.seconds.append(self.timed() / (self.repeats * self.steps))


def contest(entries: dict[str, Entry], rounds: int, enough: float) -> None:
    """Warm up, then measure: each round gives every contender one turn."""
    for entry in entries.values():
        entry.warm_up(enough)
    for _ in range(rounds):
        for entry in entries.values():
            entry.measure()


def enter(name: str, made: Any, workload: Workload, data: Data) -> dict[str, Entry]:
    """Turn a contender with its network into an entry for the workload's task; ours into two."""
    if workload.task == "train":
        return {name: Entry(made.train, workload.steps)}
    x = made.place(data.x[: workload.batch])
    entries = {name: Entry(calls(made.predict, x), 1)}
    if hasattr(made, "compiled"):
        entries[COMPILED] = Entry(calls(made.compiled(), x), 1)
    return entries


def calls(predict: Callable[[Any], Any], x: Any) -> Callable[[int], None]:
    """What predicts for the same rows so many times."""

    def turn(count: int) -> None:
        for _ in range(count):
            predict(x)

    return turn


def first_calls(
    make: Any, workload: Workload, data: Data, threads: int, turns: int = 5
) -> list[float]:
    """Seconds to make a network and take its first step; and of a later call of one step."""
    one, rows = replace(workload, rows=workload.batch), batch_of_all_classes(workload, data)
    small = Data(data.x[rows], data.y[rows], data.test_x, data.test_y)
    begin = perf_counter()
    made = make(one, small, threads)
    made.train(1)
    first = perf_counter() - begin
    later = []
    for _ in range(turns):
        begin = perf_counter()
        made.train(1)
        later.append(perf_counter() - begin)
    return [first, median(later)]


def batch_of_all_classes(workload: Workload, data: Data) -> Any:
    """The numbers of as many rows as a batch has, with each class among them."""
    chosen = np.unique(data.y, return_index=True)[1]
    others = np.setdiff1d(np.arange(len(data.y)), chosen)
    return np.concatenate([chosen, others])[: workload.batch]


def accuracy(made: Any, data: Data) -> float:
    """Train a fresh contender and count its right answers on the rows kept apart."""
    made.train(ACCURACY_EPOCHS)
    return right(made, data)


def right(made: Any, data: Data) -> float:
    """The share of right answers on the rows kept apart."""
    predicted = made.predict(made.place(data.test_x))
    agree = (int(p) == int(y) for p, y in zip(predicted, data.test_y, strict=True))
    return sum(agree) / len(data.test_y)


def race(orders: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The results of each workload: medians, all times, limits, and accuracy on digits."""
    from contender import contender

    threads, folder = orders["threads"], orders["data_dir"]
    makers = {name: contender(name) for name in orders["contenders"]}
    for workload in map(named, orders["workloads"]):
        data = load(workload, Path(folder) if folder else None)
        row = raced(makers, workload, data, orders)
        if workload.name == "digits":
            row["accuracy"] = {
                name: accuracy(makers[name](workload, data, threads), data)
                for name in row["median"]
            }
        yield row


def raced(
    makers: dict[str, Any], workload: Workload, data: Data, orders: dict[str, Any]
) -> dict[str, Any]:
    """One workload's row."""
    threads = orders["threads"]
    rates = limits.rates(workload, threads)
    entries: dict[str, Entry] = {}
    absent, first = {}, {}
    for name, make in makers.items():
        try:
            made = make(workload, data, threads)
        except NotImplementedError as reason:
            absent[name] = str(reason)
            continue
        if orders["first"] and workload.task == "train":
            first[name] = first_calls(make, workload, data, threads)
        entries |= enter(name, made, workload, data)
    contest(entries, orders["rounds"], orders["enough"])
    return {
        "workload": workload.name,
        "title": workload.title,
        "unit": "seconds per step" if workload.task == "train" else "seconds per call",
        "threads": threads,
        "median": {name: median(entry.seconds) for name, entry in entries.items()},
        "seconds": {name: entry.seconds for name, entry in entries.items()},
        "absent": absent,
        "first": first,
        "rates": rates,
        "flops": workload.flops,
        "limit": limits.limit(workload, rates),
        "bars": dict(workload.bars),
    }


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
