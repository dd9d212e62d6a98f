"""Measure Pellucid against its peers: one machine, one run, alternating, medians.

Prints how many times as long as Pellucid each peer takes (above 1: Pellucid is faster) and writes
every time measured as JSON, with pictures beside it. Without an option that names a part: the
workloads, and unless --quick whole processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import machine
import memory
import process
import publish
from contender import MODULES, is_installed
from curves import CONTENDERS as LEARNERS
from workloads import GROWTH, WORKLOADS

HERE = Path(__file__).parent
RACES = [workload.name for workload in WORKLOADS]


def arguments() -> argparse.Namespace:
    """Read the command line; all of it is checked before anything is measured."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("scripts/bench", description=__doc__, formatter_class=form)
    add = parser.add_argument
    add("--quick", action="store_true", help="short turns, one thread; about two minutes")
    add("--speed", action="store_true", help="the workloads")
    add("--process", action="store_true", help="whole processes, and importing")
    add("--growth", action="store_true", help="time a step by width, batch and depth")
    add("--memory", action="store_true", help="peak memory of processes that train")
    add("--accuracy", action="store_true", help="accuracy against seconds; needs --data-dir")
    add("--all", action="store_true", help="all five parts")
    add("--only", action="append", metavar="NAME", choices=RACES,
        help=f"this workload; may be repeated: {', '.join(RACES)}")  # fmt: skip
    add("--threads", type=counts, metavar="1,2", help="thread counts; by default 1,2")
    add("--rounds", type=rounds, default=5, help="turns of each contender, at least 5")
    add("--seconds", type=float, help="least length of a turn; 1, or 0.2 with --quick")
    add("--data-dir", type=Path, metavar="FOLDER", help="the folder with MNIST's idx files")
    add("--out", type=Path, metavar="FILE", help="the JSON file; by default in benchmarks/results")
    add("--publish", type=Path, nargs="+", metavar="FILE",
        help="measure nothing: put these results into docs")  # fmt: skip
    chosen = parser.parse_args()
    chosen.parts = [part for part in publish.PARTS if chosen.all or getattr(chosen, part)]
    if not chosen.parts:
        chosen.parts = ["speed"] if chosen.quick else ["speed", "process"]
    if chosen.data_dir and not list(chosen.data_dir.glob("train-images-idx3-ubyte*")):
        parser.error(f"--data-dir {chosen.data_dir} has no file train-images-idx3-ubyte[.gz]")
    if chosen.data_dir is None and "accuracy" in chosen.parts:
        parser.error("--accuracy learns MNIST: say where it is with --data-dir FOLDER")
    chosen.threads = chosen.threads or ([1] if chosen.quick else [1, 2])
    chosen.seconds = chosen.seconds or (0.2 if chosen.quick else 1.0)
    return chosen


def counts(text: str) -> list[int]:
    """Thread counts from a text like 1,2."""
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("thread counts are 1 or more")
    return numbers


def rounds(text: str) -> int:
    """The number of turns; fewer than five make no median worth having."""
    if int(text) < 5:
        raise argparse.ArgumentTypeError("5 or more")
    return int(text)


def program(name: str, threads: int, orders: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Run one of the programs here in a process of its own; pass on each row as it comes."""
    command = [sys.executable, str(HERE / name), json.dumps(orders | {"threads": threads})]
    environment = process.environment(threads)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield from map(json.loads, running.stdout)
    if running.returncode:
        raise SystemExit(f"{name} with {threads} threads ended with code {running.returncode}.")


def measure(part: str, chosen: argparse.Namespace, names: list[str]) -> Iterator[dict[str, Any]]:
    """All rows of a part."""
    workloads = [w for w in WORKLOADS if not chosen.only or w.name in chosen.only]
    folder = str(chosen.data_dir) if chosen.data_dir else None
    orders: dict[str, Any] = {"rounds": chosen.rounds, "data_dir": folder}
    most = chosen.threads[-1]
    two = [name for name in names if name in LEARNERS]
    if part == "speed":
        racing = {"contenders": names, "workloads": [w.name for w in workloads], "first": True}
        for count in chosen.threads:
            yield from program("race.py", count, orders | racing | {"enough": chosen.seconds})
    elif part == "process":
        yield process.imports(names, chosen.rounds, most)
        yield process.whole(names, chosen.rounds, most)
    elif part == "growth":
        points = [point.name for curve in GROWTH.values() for point in curve]
        racing = {"contenders": two, "workloads": points, "first": False}
        for count in chosen.threads:
            yield from program("race.py", count, orders | racing | {"enough": chosen.seconds / 2})
    elif part == "memory":
        training = [workload for workload in workloads if workload.task == "train"]
        yield from memory.rows(names, training, most, chosen.data_dir)
    elif part == "accuracy":
        learning = {"contenders": two, "epochs": 2 if chosen.quick else None}
        yield from program("curves.py", most, orders | learning)


def main() -> None:
    """Measure, print, write."""
    chosen = arguments()
    if chosen.publish:
        publish.publish(chosen.publish)
        return
    names = [name for name in MODULES if is_installed(name)]
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.facts(names),
        "data": "MNIST" if chosen.data_dir else "random",
        "quick": chosen.quick,
        "names": names,
        "missing": [name for name in MODULES if name not in names],
    }
    print(publish.heading(result), flush=True)
    for part in chosen.parts:
        rows = result[part] = []
        for row in measure(part, chosen, names):
            rows.append(row)
            print(
                f"  measured {row['workload']}, threads: {row['threads']}",
                file=sys.stderr, flush=True,
            )  # fmt: skip
        print(publish.told(part, result), flush=True)
    file = chosen.out or HERE / "results" / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
    drawn = publish.draw(result, file.parent, file.stem + "-")
    print("All times and pictures:", *[file, *drawn], sep="\n  ")


if __name__ == "__main__":
    main()
