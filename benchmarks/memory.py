"""Peak memory: a process of its own for each workload and contender, which trains and tells."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from process import run_python
from workloads import Data, Workload, load

SECONDS = 1.0  # that a process trains, or an epoch if that is longer
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from contender import contender
from memory import peak, train
from workloads import Data, named
workload, data = named(sys.argv[2]), Data(**np.load(sys.argv[3]))
try:
    made = contender(sys.argv[4])(workload, data, int(sys.argv[5]))
except NotImplementedError:
    print(0)
else:
    train(made)
    print(peak())
"""


def rows(
    names: list[str], workloads: list[Workload], threads: int, folder: Path | None
) -> Iterator[dict[str, Any]]:
    """Peak bytes of each process that trains; 0 rounds of warming up: the peak is the peak."""
    here = str(Path(__file__).parent)
    for workload in workloads:
        with tempfile.TemporaryDirectory() as temporary:
            data = load(workload, folder)
            saved = Path(temporary) / "data.npz"
            np.savez(saved, **vars(data))
            found = {}
            for name in names:
                order = [here, workload.name, str(saved), name, str(threads)]
                found[name] = int(run_python(["-c", PROGRAM, *order], threads))
        yield {
            "workload": workload.name,
            "title": workload.title,
            "threads": threads,
            "peak": {name: size for name, size in found.items() if size},
            "data": size_of(data),
        }


def size_of(data: Data) -> int:
    """Bytes of the data itself, which every contender holds."""
    return sum(array.nbytes for array in vars(data).values())


def train(made: Any) -> None:
    """Train for a while."""
    from time import perf_counter

    begin = perf_counter()
    while perf_counter() - begin < SECONDS:
        made.train(1)


def peak() -> int:
    """The most bytes that this process has held in memory.

    Linux hands a parent's peak on to what it starts, as ``getrusage`` counts; the kernel's own
    record of the process (VmHWM) does not, and is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource
    import sys

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
