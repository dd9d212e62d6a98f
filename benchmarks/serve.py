"""Single rows over HTTP: ``pellucid serve`` beside ONNX Runtime behind FastAPI, the same model.

``python benchmarks/serve.py [--requests 10000] [--rounds 5] [--columns mixed|numbers]`` trains a
small network, starts both services (a process each, on one port each), and lets a client, a process
of its own, send rows over connections that stay open, one request a time on each. The services take
turns in every round, and each number shown is the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import machine
from pellucid import Network

HERE = Path(__file__).parent
AT_ONCE = (1, 8)
LAYERS = (64, 32)
DIFFERENT = 500
KEYS = ("p50", "p99", "rate", "cpu")
PACKAGES = ["starlette", "uvicorn", "httptools", "uvloop", "fastapi", "pydantic", "onnxruntime"]


def main() -> None:
    """Train, serve, ask, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--columns", choices=["mixed", "numbers"], default="mixed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, asked.columns)
        rows = measured(folder, asked.requests, asked.rounds)
    for row in rows:
        print(
            f"{row['service']:22} {row['connections']} at once: p50 {row['p50']:6.3f} ms, p99 "
            f"{row['p99']:6.3f} ms, {row['rate']:6,.0f} a second, {row['cpu']:4.0f} us of a CPU "
            f"each, {row['errors']} errors"
        )
    print(json.dumps(machine.facts(PACKAGES)))


def prepare(folder: Path, columns: str) -> None:
    """Write the model in both forms, and rows with the label that the network gives each."""
    table = sample(columns)
    net = Network(hidden=LAYERS, seed=0)
    net.fit(table, "side", epochs=10, progress=False)
    net.save(folder / "model.safetensors")
    net.to_onnx(folder / "model.onnx", table.drop("side").head(200))
    x = table.drop("side").head(DIFFERENT)
    asked = [
        {"row": row, "label": label}
        for row, label in zip(x.to_dicts(), net.predict(x).tolist(), strict=True)
    ]
    (folder / "rows.json").write_text(json.dumps(asked))


def sample(columns: str, rows: int = 5_000) -> pl.DataFrame:
    """A table of ten columns: numbers, or six numbers, three of categories and a truth value."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, 10)) * np.logspace(-2, 4, 10)
    made: dict[str, Any] = {f"number_{k}": numbers[:, k] for k in range(10)}
    score = (numbers / np.logspace(-2, 4, 10))[:, :6].sum(axis=1)
    if columns == "mixed":
        for k in range(6, 9):
            place = random.integers(0, 5, rows)
            del made[f"number_{k}"]
            made[f"category_{k}"] = np.array(["ash", "birch", "cedar", "elm", "fir"])[place]
            score += place == k - 6
        yes = random.random(rows) < 0.5
        del made["number_9"]
        made["truth_9"], score = np.where(yes, "yes", "no"), score + yes
    side = np.select([score < -1, score < 2], ["low", "middle"], "high")
    return pl.DataFrame({**made, "side": side})


def measured(folder: Path, requests: int, rounds: int) -> list[dict[str, Any]]:
    """The medians over the rounds, a row a service and number of connections."""
    commands = {
        "pellucid serve": [
            *("-m", "pellucid", "serve", str(folder / "model.safetensors")),
            *("--port", "0", "--json"),
        ],
        "FastAPI, ONNX Runtime": [str(HERE / "serve_rival.py"), str(folder / "model.onnx")],
    }
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with (
        serving(commands["pellucid serve"]) as own,
        serving(commands["FastAPI, ONNX Runtime"]) as other,
    ):
        services = dict(zip(commands, (own, other), strict=True))
        for service in services.values():
            ask(folder, service, 1_000, 1)  # both are warm
        for _ in range(rounds):
            for at_once in AT_ONCE:
                for name, service in services.items():
                    result = ask(folder, service, requests, at_once)
                    found.setdefault((name, at_once), []).append(result)
    return [
        {
            "service": name, "connections": at_once,
            **{key: statistics.median(r[key] for r in results) for key in KEYS},
            "errors": sum(result["errors"] for result in results),
        }
        for (name, at_once), results in found.items()
    ]  # fmt: skip


@contextmanager
def serving(command: list[str]) -> Iterator[tuple[int, int]]:
    """A service in a process of its own; within it, the numbers of the process and its port."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=HERE
    )
    try:
        assert process.stdout is not None
        yield process.pid, json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.wait()


def ask(folder: Path, service: tuple[int, int], requests: int, at_once: int) -> dict[str, Any]:
    """Let the client ask, in a process of its own."""
    process, port = service
    before = processor_time(process)
    words = [str(HERE / "serve_client.py"), str(folder / "rows.json"), str(port)]
    done = subprocess.run(
        [sys.executable, *words, str(requests), str(at_once)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"cpu": 1e6 * (processor_time(process) - before) / requests}


def processor_time(process: int) -> float:
    """The seconds that a process has computed for, where Linux tells; else NaN."""
    file = Path(f"/proc/{process}/stat")
    if not file.exists():
        return math.nan
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
