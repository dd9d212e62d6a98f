"""Measure Pellucid against its peers: one machine, one run, alternating, medians.

Prints ratios ours / peer (below 1: Pellucid is faster) and writes every time measured as JSON.
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

import process
import report
from contender import MODULES, is_installed
from workloads import WORKLOADS

RACES = [workload.name for workload in WORKLOADS]
PROCESSES = {"import": process.imports, "process": process.whole}
RESULTS = Path(__file__).parent / "results"


def arguments() -> argparse.Namespace:
    """Read the command line; all of it is checked before anything is measured."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="short turns, one thread, no whole processes")
    add("--only", action="append", metavar="NAME", choices=[*RACES, *PROCESSES],
        help=f"this one; may be repeated: {', '.join([*RACES, *PROCESSES])}")  # fmt: skip
    add("--threads", type=counts, metavar="1,2", help="thread counts; by default 1,2")
    add("--rounds", type=rounds, default=5, help="turns of each contender, at least 5")
    add("--data-dir", type=Path, metavar="FOLDER", help="the folder with MNIST's idx files")
    add("--out", type=Path, metavar="FILE", help="the JSON file; by default in benchmarks/results")
    chosen = parser.parse_args()
    if chosen.data_dir and not list(chosen.data_dir.glob("train-images-idx3-ubyte*")):
        parser.error(f"--data-dir {chosen.data_dir} has no file train-images-idx3-ubyte[.gz]")
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


def race(chosen: argparse.Namespace, names: list[str], threads: int) -> Iterator[dict[str, Any]]:
    """Run the races in a process of its own and pass on each row as it comes."""
    workloads = [name for name in RACES if not chosen.only or name in chosen.only]
    if not workloads:
        return
    orders = {
        "contenders": names,
        "workloads": workloads,
        "threads": threads,
        "rounds": chosen.rounds,
        "enough": 0.05 if chosen.quick else 0.3,
        "data_dir": str(chosen.data_dir) if chosen.data_dir else None,
    }
    command = [sys.executable, str(Path(__file__).parent / "race.py"), json.dumps(orders)]
    environment = process.environment(threads)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield from map(json.loads, running.stdout)
    if running.returncode:
        raise SystemExit(f"The race with {threads} threads ended with code {running.returncode}.")


def measure(chosen: argparse.Namespace, names: list[str]) -> Iterator[dict[str, Any]]:
    """All rows that were asked for."""
    threads = chosen.threads or ([1] if chosen.quick else [1, 2])
    for count in threads:
        yield from race(chosen, names, count)
    for name, timed in PROCESSES.items():
        if name in (chosen.only or ([] if chosen.quick else PROCESSES)):
            yield timed(names, chosen.rounds, threads[-1])


def main() -> None:
    """Measure, print, write."""
    chosen = arguments()
    names = [name for name in MODULES if is_installed(name)]
    missing = [name for name in MODULES if name not in names]
    if missing:
        print(f"Missing here, and left out: {', '.join(missing)}.")
    if chosen.data_dir is None:
        print("No --data-dir: workloads of MNIST's shape run on random numbers.")
    if chosen.quick:
        print("--quick: short turns; whole processes only with --only import or --only process.")
    facts = report.machine(names)
    print(
        f"{facts['processor']}, {facts['cores']} cores; BLAS: {', '.join(facts['blas'])}",
        flush=True,
    )
    rows = []
    for row in measure(chosen, names):
        rows.append(row)
        print(f"  measured {row['title']}, threads: {row['threads']}", file=sys.stderr, flush=True)
    print("\nTime per training step (or per call), and ours / peer: below 1 Pellucid is faster.\n")
    print(report.table(rows, names))
    print(*["", *report.notes(rows)], sep="\n")
    now = datetime.now(UTC)
    file = chosen.out or RESULTS / f"{now:%Y-%m-%d-%H%M%S}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    data = "MNIST" if chosen.data_dir else "random"
    result = {
        "date": now.isoformat(timespec="seconds"),
        "machine": facts,
        "data": data,
        "quick": chosen.quick,
        "missing": missing,
        "rows": rows,
    }
    file.write_text(json.dumps(result, indent=1) + "\n")
    print(f"All times: {file}")


if __name__ == "__main__":
    main()
