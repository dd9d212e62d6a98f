"""Threads and processes: the same bits each time, Ctrl-C, forks, and limits from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.learn import Adam, Backprop, start, step_graph
from pellucid.nn import CategoricalCrossEntropy, Conv2D, Dense, Dropout, Flatten, MaxPool2D
from pellucid.run import Steps
from pellucid.run.executor import Feed
from pellucid.run.native.program import NativeExecutor
from tests.run.native.agree import Way
from tests.run.native.test_steps import data_of, feed_of, task_of

ROOT = Path(__file__).resolve().parents[3]


def trained(way: Way, pictures: bool) -> Steps:
    """A training long enough that threads get in each other's way, if they do."""
    if pictures:
        layers = [Conv2D(4, 3, activation="relu"), MaxPool2D(2), Flatten(), Dense(5)]
        task = task_of(layers, (2, 8, 8), CategoricalCrossEntropy())
    else:
        layers = [Dense(70, activation="tanh"), Dropout(0.3), Dense(7)]
        task = task_of(layers, (65,), CategoricalCrossEntropy())
    rule = Backprop(Adam())
    carried = {n: a.astype(way.precision) for n, a in start(task, rule, 0).items()}
    order = np.random.default_rng(0).permutation(90).repeat(3)
    feed = feed_of(data_of(task, 90, way), order, 32, 1e-3)
    return way.executor.compile(step_graph(task, rule, 32)).steps(carried, feed)


def same(one: Steps, two: Steps) -> None:
    for found, expected in ((one.carried, two.carried), (one.reported, two.reported)):
        assert list(found) == list(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.mark.parametrize("pictures", [False, True], ids=["rows", "pictures"])
@pytest.mark.parametrize("threads", [1, 2])
def test_two_runs_give_the_same_bits_also_side_by_side(threads: int, pictures: bool) -> None:
    ways = (Way("float32", threads), Way("float64", threads), Way("float32", threads, cut_up=True))
    for way in ways:
        with way.chosen():
            alone = trained(way, pictures)
            same(trained(way, pictures), alone)
            with ThreadPoolExecutor(2) as pool:
                found = list(pool.map(lambda _, way=way: trained(way, pictures), range(4)))
        for one in found:
            same(one, alone)


def test_one_program_runs_in_two_threads_at_once() -> None:
    way = Way("float32", 2)
    task = task_of([Dense(70, "tanh"), Dense(7)], (65,), CategoricalCrossEntropy())
    graph = step_graph(task, Backprop(Adam()), 32)
    program = way.executor.compile(graph)
    carried = {n: a.astype(np.float32) for n, a in start(task, Backprop(Adam()), 0).items()}
    rows = data_of(task, 90, way)

    def train(seed: int) -> Steps:
        order = np.random.default_rng(seed).permutation(90).repeat(4)
        return program.steps(carried, feed_of(rows, order, 32, 1e-3))

    alone = [train(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for found, expected in zip(pool.map(train, range(4)), alone, strict=True):
            same(found, expected)


# --- processes: each program says what it saw

HEAD = """
import os, sys, time
import numpy as np
from pellucid.graph import BATCH, Builder
import pellucid.ops as ops
from pellucid.run.executor import Feed
from pellucid.run.native.program import NativeExecutor
from pellucid.run.native.threads import thread_count

def step(width):
    b = Builder()
    x, w, rate = b.input("x", (BATCH, width)), b.input("w", (width, width)), b.input("rate")
    y = ops.tanh(x @ w)
    g = ops.matmul(x, y, transpose_a=True)
    return b.build(**{"w'": w - rate * ops.tanh(g), "loss": ops.sum(y * y)})

def train(width=200, batch=256, steps=20, threads=2, program=None, epoch=None):
    rng = np.random.default_rng(0)
    program = program or NativeExecutor("float32", threads).compile(step(width))
    x = rng.normal(size=(batch, width)).astype(np.float32)
    order = np.tile(np.arange(batch), steps)
    w = np.zeros((width, width), np.float32)
    feed = Feed({"x": x}, order, batch, {"rate": np.full(2 * steps, 1e-3)}, epoch)
    return program.steps({"w": w}, feed)
"""


def run(program: str, **environment: str) -> str:
    """What a program in a process of its own prints; it must end well."""
    result = subprocess.run(
        [sys.executable, "-c", HEAD + program], cwd=ROOT, check=False, capture_output=True,
        text=True, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


INTERRUPTED = """
many = NativeExecutor("float32", 2).compile(step(WIDTH))
train(WIDTH, BATCH, 2, program=many)
print("go", flush=True)
try:
    for _ in range(20):  # a second or so each: a sender that oversleeps finds it at work
        train(WIDTH, BATCH, STEPS, program=many, epoch=EPOCH)
    print("ran to its end")
except KeyboardInterrupt:
    print("stopped", flush=True)
print(train(WIDTH, BATCH, 3, program=many).done)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    ("width", "batch", "steps", "epoch"),
    [(8, 4, 3_000_000, None), (600, 2048, 3000, None), (8, 4, 2_000_000, 6)],
    ids=["short", "long", "epochs"],
)
def test_an_interrupt_stops_the_steps(
    width: int, batch: int, steps: int, epoch: int | None
) -> None:
    """Many short steps, few long ones, and epochs of one full step and a short one."""
    program = INTERRUPTED.replace("WIDTH", str(width)).replace("BATCH, ", f"{batch}, ")
    program = program.replace("STEPS", str(steps)).replace("EPOCH", str(epoch))
    process = subprocess.Popen(
        [sys.executable, "-c", HEAD + program], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "go\n", process.stderr.read()
        time.sleep(0.4)
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        line = process.stdout.readline()
        waited = time.perf_counter() - sent
        rest, errors = process.stdout.read(), process.stderr.read()
    assert line == "stopped\n", line + errors
    assert rest == "3\n", errors
    assert waited < 2.0


def test_a_fork_after_a_run_with_threads_can_train() -> None:
    program = """
before = train()
child = os.fork()
if child == 0:
    after = train()
    os._exit(0 if np.array_equal(after.carried["w"], before.carried["w"]) else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(np.array_equal(train().carried["w"], before.carried["w"]))
"""
    assert run(program) == "0\nTrue\n"


POOL = """
import multiprocessing
def task(k):
    return float(train().carried["w"].sum())
if __name__ == "__main__":
    mine = task(0)
    context = multiprocessing.get_context("METHOD")
    with context.Pool(2) as pool:
        print(all(value == mine for value in pool.map(task, range(4))))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_a_pool_can_train(method: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"  # spawned processes read it again
    path.write_text(HEAD + POOL.replace("METHOD", method))
    result = subprocess.run(
        [sys.executable, str(path)], cwd=ROOT, check=False, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert result.stdout == "True\n", result.stderr


def test_workers_of_a_parallel_program_keep_to_their_threads() -> None:
    """joblib's workers are told how many threads to use."""
    program = (
        "print(thread_count(), NativeExecutor('float32').compile(step(300)).plan(999).threads)"
    )
    assert run(program, OMP_NUM_THREADS="1", PELLUCID_THREADS="") == "1 1\n"


def test_a_process_on_one_cpu_uses_one_thread() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot keep a process on one CPU")
    program = "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); print(thread_count())"
    assert run(program, OMP_NUM_THREADS="", PELLUCID_THREADS="") == "1\n"


# --- curves


def test_digits_are_learned_alike() -> None:
    """The same curve as the reference in float64, and the same accuracy in float32."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    task = task_of([Dense(32, "relu"), Dense(10)], (64,), CategoricalCrossEntropy())
    rule = Backprop(Adam())
    order = np.concatenate([np.random.default_rng(k).permutation(1400) for k in range(4)])
    results: dict[str, Any] = {}
    for way in (Way("float64", 2), Way("float32", 2)):
        kind = way.precision
        rows = {"x": x[:1400].astype(kind), "y": y[:1400], "weight": np.ones(1400, kind)}
        given: Feed = feed_of(rows, order, 50, 3e-3)
        carried = {n: a.astype(kind) for n, a in start(task, rule, 0).items()}
        found = way.executor.compile(step_graph(task, rule, 50)).steps(carried, given)
        results[kind] = found.reported["loss.sum"]
        if kind == "float64":
            expected = way.reference.compile(step_graph(task, rule, 50)).steps(carried, given)
            np.testing.assert_allclose(results[kind], expected.reported["loss.sum"], rtol=1e-8)
            np.testing.assert_allclose(
                found.carried["params"], expected.carried["params"], rtol=1e-6, atol=1e-8
            )
        results[f"right in {kind}"] = accuracy(task, found, x[1400:], y[1400:])
    np.testing.assert_allclose(results["float32"], results["float64"], rtol=0.02, atol=1e-2)
    assert results["right in float64"] > 0.8
    assert results["right in float32"] == pytest.approx(results["right in float64"], abs=0.01)


def accuracy(task: Any, steps: Steps, x: Any, y: Any) -> float:
    from pellucid.learn import predict_graph

    program = NativeExecutor("float32").compile(predict_graph(task.architecture, task.loss))
    given = {"x": x, "params": steps.carried["params"], "state": steps.carried["state"]}
    return float(np.mean(program.run(given)["output"].argmax(1) == y))


def test_an_instruction_set_that_is_not_there_is_told() -> None:
    code = (
        "from pellucid.errors import EngineError\n"
        "from pellucid.run.native.program import NativeExecutor\n"
        "try:\n    NativeExecutor()\nexcept EngineError as error:\n    print(error)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PELLUCID_ISA": "avx9"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.startswith("The environment variable PELLUCID_ISA expects an instruction")
    assert found.stdout.endswith("got 'avx9'. Unset it to take the best.\n")


DAEMON = """
from threading import Event, Thread
many = NativeExecutor("float32", THREADS).compile(step(WIDTH))
begun = Event()
def learn():
    while True:
        begun.set()
        train(WIDTH, 64, STEPS, program=many)
Thread(target=learn, daemon=True).start()
begun.wait()
time.sleep(0.3)
print("end", flush=True)
"""


@pytest.mark.parametrize(("width", "steps", "threads"), [(8, 100, 1), (8, 10**6, 1), (300, 50, 2)])
def test_a_program_can_end_while_a_daemon_thread_trains(
    width: int, steps: int, threads: int
) -> None:
    words = {"WIDTH": width, "STEPS": steps, "THREADS": threads}
    program = DAEMON
    for name, value in words.items():
        program = program.replace(name, str(value))
    for _ in range(3):
        assert run(program) == "end\n"


def test_a_program_can_end_while_a_daemon_thread_predicts() -> None:
    program = """
from threading import Event, Thread
from pellucid import Network
x = np.random.default_rng(0).normal(size=(40_000, 30)).astype(np.float32)
net = Network(hidden=[64], seed=0)
net.fit(x[:64], x[:64, 0] > 0, epochs=1, progress=False)
net.predict(x[:64])
begun = Event()
def answer():
    while True:
        begun.set()
        net.predict(x)
Thread(target=answer, daemon=True).start()
begun.wait()
time.sleep(0.3)
print("end", flush=True)
"""
    for _ in range(3):
        assert run(program) == "end\n"
