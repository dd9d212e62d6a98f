"""Whole processes: what importing costs, and the time from the start to a printed accuracy."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from contender import package
from workloads import PROCESS_BARS, load, named

EPOCHS = 30
IMPORTS = {  # where the name alone, being lazy, would load next to nothing
    "pellucid": "from pellucid import Network",
    "scikit-learn": "from sklearn.neural_network import MLPClassifier",
}
PROGRAM = f"""
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from contender import contender
from workloads import Data, named
saved = np.load(sys.argv[2])
data = Data(**saved)
made = contender(sys.argv[3])(named("digits"), data, int(sys.argv[4]))
made.train({EPOCHS})
predicted = made.predict(made.place(data.test_x))
print(np.mean(np.asarray(predicted) == data.test_y))
"""


def imports(names: list[str], rounds: int, threads: int) -> dict[str, Any]:
    """Time of a Python that only imports what a contender works with."""
    statements = {name: IMPORTS.get(name, f"import {package(name)}") for name in names}
    beside = {"python alone": "", "import pellucid": "import pellucid"}
    calls = {name: ["-c", statement] for name, statement in (statements | beside).items()}
    row, _ = _alternate(calls, rounds, threads)
    named_so = {"workload": "import", "title": "import, whole process", "beside": [*beside]}
    return named_so | row | {"bars": dict(PROCESS_BARS["import"])}


def whole(names: list[str], rounds: int, threads: int) -> dict[str, Any]:
    """Time to import, load the digits, train 30 epochs and print the accuracy."""
    names = [name for name in names if name != "onnx-runtime"]  # does not train
    digits = named("digits")
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "digits.npz"
        np.savez(saved, **vars(load(digits, None)))
        here = str(Path(__file__).parent)
        calls = {name: ["-c", PROGRAM, here, str(saved), name, str(threads)] for name in names}
        row, printed = _alternate(calls, rounds, threads)
    accuracy = {name: float(text) for name, text in printed.items()}
    title = f"import, digits, {EPOCHS} epochs, score"
    named_so = {"workload": "process", "title": title, "accuracy": accuracy}
    return named_so | row | {"bars": dict(PROCESS_BARS["process"])}


def _alternate(
    calls: dict[str, list[str]], rounds: int, threads: int
) -> tuple[dict[str, Any], dict[str, str]]:
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    printed = {}
    for turn in range(rounds + 1):  # the first fills the disk's cache and is not counted
        for name, arguments in calls.items():
            begin = perf_counter()
            printed[name] = run_python(arguments, threads)
            if turn:
                seconds[name].append(perf_counter() - begin)
    medians = {name: median(times) for name, times in seconds.items()}
    row = {"unit": "seconds", "threads": threads, "median": medians, "seconds": seconds}
    return row | {"absent": {}}, printed


def run_python(arguments: list[str], threads: int) -> str:
    """Run a fresh Python with its thread pools held to a size, and return what it prints."""
    command = [sys.executable, "-W", "ignore", *arguments]
    result = subprocess.run(
        command, env=environment(threads), check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout


def environment(threads: int) -> dict[str, str]:
    """The environment in which every library keeps to so many threads.

    Bytecode is kept, as it is of any package that was installed: else ours would be compiled anew
    in each process, and the peers' not.
    """
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    eigen = "true" if threads > 1 else "false"
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        **dict.fromkeys(pools, str(threads)),
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={eigen}",
    }
