"""``pellucid resume``: a run that was killed ends as one that never was."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main, training
from pellucid.io.checkpoints import Checkpoints
from pellucid.learn.events import EpochDone, StepsDone

PROGRAM = [sys.executable, "-m", "pellucid"]
KILLS = int(os.environ.get("PELLUCID_KILLS", "3"))
ENGINES = ("reference", "native") if "PELLUCID_KILLS" in os.environ else ("reference",)
UNITS = {"reference": (24, 12), "native": (320, 160)}  # so that an epoch takes several calls
SLOW = (
    "digits", "--net", "net.json", "--epochs", "4", "--batch", "8", "--patience", "5",
    "--checkpoint-every", "0.05", "--no-audit", "--no-report", "--quiet", "--out", "run",
)  # fmt: skip
QUICK = ("iris", "--epochs", "6", "--checkpoint-every", "0", "--no-report", "--out", "run")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), prog_name="pellucid")


def refused(*words: str) -> str:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.stderr.splitlines()[-1].removeprefix("Error: ")


def told(folder: Path) -> list[dict[str, Any]]:
    """The epochs among the events, but for the seconds."""
    rows = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return [
        {name: value for name, value in row.items() if name != "seconds"}
        for row in rows
        if row["event"] == "EpochDone"
    ]


def record(folder: Path) -> dict[str, Any]:
    """What run.json says, but for what the clock says."""
    found: dict[str, Any] = json.loads((folder / "run.json").read_text())
    for name in ("seconds", "seconds_in_all", "finished"):
        del found[name]
    found["last"].pop("seconds")
    for scores in found["baselines"].values():
        scores.pop("seconds", None)
    return found


def same(one: Path, other: Path) -> None:
    """See that two runs are the same but for the time they took."""
    assert told(one) == told(other)
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
    assert record(one) == record(other)


# --- killed


def begun(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_is_killed_at_random_moments_ends_as_one_that_never_was(engine: str) -> None:
    """Killed again and again, while it trains; with PELLUCID_KILLS=50 so often on each engine."""
    first, second = UNITS[engine]
    layers = [
        {"layer": "Dense", "units": first, "activation": "relu"}, {"layer": "Dropout", "rate": 0.3},
        {"layer": "Dense", "units": second, "activation": "relu"}, {"layer": "Dense"},
    ]  # fmt: skip
    Path("net.json").write_text(json.dumps(layers))
    words = ("train", *SLOW, "--engine", engine, *(("--threads", "1") * (engine == "native")))
    before = time.perf_counter()
    ended(begun(*words))
    whole = time.perf_counter() - before
    Path("run").rename("whole")
    training_time = json.loads(Path("whole/run.json").read_text())["seconds"]
    draw, places = random.Random(KILLS), list[tuple[int, int]]()
    for _ in range(KILLS):
        if Path("run/run.json").exists() and _status() in ("done", "learned"):
            _finished(len(places))  # it came to its end: another is killed
        process = begun("resume", "run", "--quiet") if Path("run").exists() else begun(*words)
        assert _is_at_work(process, 60 + whole)
        time.sleep(draw.uniform(0, training_time / 2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        newest, _ = Checkpoints("run").newest()
        assert newest is not None
        into = 0 if newest.state.begun is None else newest.state.begun.steps
        places.append((newest.state.step, into))
    _finished(len(places))
    print(engine, places)
    if KILLS >= 10:  # of few kills each may come upon the end of an epoch
        assert any(0 < into < 162 for _, into in places)


def _status() -> str:
    return str(json.loads(Path("run/run.json").read_text()).get("status"))


def _finished(number: int) -> None:
    """See the killed run to its end, and that it is the one that never was."""
    if _status() != "done":
        ended(begun("resume", "run", "--quiet"))
    same(Path("whole"), Path("run"))
    Path("run").rename(f"run-{number}")


def _is_at_work(process: subprocess.Popen[bytes], most: float) -> bool:
    """Wait until it is at work, or ended."""
    events, size = Path("run/events.jsonl"), 0
    began = time.perf_counter()
    first = events.stat().st_mtime_ns if events.exists() else 0
    while time.perf_counter() - began < most:
        if process.poll() is not None:
            return True
        if events.exists() and events.stat().st_mtime_ns != first and events.stat().st_size > size:
            return True
        time.sleep(0.01)
    return False


# --- broken off at a chosen place


class _GoneError(Exception):
    """Stands for a kill: nothing that comes after it is done."""


def killed_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Train, and be gone at a step: nothing is written any more."""
    note = training._Work._note

    def gone(self: Any, event: Any) -> None:
        note(self, event)
        if isinstance(event, StepsDone) and event.step >= step:
            raise _GoneError

    with monkeypatch.context() as patched:
        patched.setattr(training._Work, "_note", gone)
        assert isinstance(run("train", *QUICK).exception, _GoneError)


def whole_run() -> None:
    assert run("train", *QUICK).exit_code == 0
    Path("run").rename("whole")


def test_the_settings_are_there_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(monkeypatch, 6)
    found = json.loads(Path("run/run.json").read_text())
    assert (found["status"], found["stopped"]) == ("running", None)
    assert (found["settings"]["epochs"], found["settings"]["batch"]) == (6, 32)
    assert found["settings"]["rule"].startswith("Backprop(optimizer=Adam(rate=Cosine(first=0.005")
    assert found["computed"]["engine"] == "native"
    assert {"threads", "instructions", "processor", "versions"} <= found["computed"].keys()
    assert not Path("run/model.safetensors").exists()
    assert Checkpoints("run").steps()[0] == 0


@pytest.mark.parametrize("step", [1, 4, 7, 24])
def test_it_goes_on_to_the_same_end(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run()
    killed_at(monkeypatch, step)
    done = run("resume", "run", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "done"
    assert "run goes on after " in done.stderr
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )
    assert told(Path("run")) == told(Path("whole"))
    rows = [json.loads(line)["event"] for line in Path("run/events.jsonl").read_text().splitlines()]
    assert rows[0] == "RunStarted" and rows.count("Resumed") == 1 and rows[-1] == "RunEnded"


def test_after_ctrl_c_too(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run()
    note = training._Work._note

    def interrupted(self: Any, event: Any) -> None:
        note(self, event)
        if isinstance(event, EpochDone) and event.epoch == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training._Work, "_note", interrupted)
        assert run("train", *QUICK).exit_code == 0
    assert json.loads(Path("run/run.json").read_text())["status"] == "interrupted"
    assert run("resume", "run").exit_code == 0
    assert record(Path("run"))["stopped"] == "finished"
    assert told(Path("run")) == told(Path("whole"))
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )


def test_damaged_checkpoints_are_told_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run()
    killed_at(monkeypatch, 18)
    steps = Checkpoints("run").steps()
    newest = Checkpoints("run").file(steps[-1])
    newest.write_bytes(newest.read_bytes()[:-1])
    done = run("resume", "run")
    assert f"Warning: {newest} is damaged: it is not what its checksum says.\n" in done.stderr
    assert f"run goes on after {steps[-2]} of 24 steps" in done.stdout
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )
    assert told(Path("run")) == told(Path("whole"))


def test_without_any_checkpoint_it_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run()
    killed_at(monkeypatch, 18)
    Checkpoints("run").clear()
    done = run("resume", "run")
    assert "run begins again from its start.\n" in done.stdout
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )
    assert told(Path("run")) == told(Path("whole"))


def test_a_run_that_was_killed_before_its_training_is_done_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole_run()

    def gone(*_: Any) -> None:
        raise _GoneError

    with monkeypatch.context() as patched:
        patched.setattr(training._Work, "cross_validate", gone)
        patched.setattr("pellucid.io.run_folder.RunFolder.release", lambda self: None)
        run("train", *QUICK)
    assert json.loads(Path("run/run.json").read_text())["status"] == "preparing"
    assert run("resume", "run").exit_code == 0
    assert told(Path("run")) == told(Path("whole"))


def test_a_full_disk_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_run()
    real, left = os.fsync, 12

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        done = run("train", *QUICK)
    assert done.exit_code == 1
    assert "no space left on device" in done.stderr
    assert "Training goes on without" in done.stderr
    assert done.stderr.splitlines()[-1].endswith(
        "Mend that, then this goes on where it is: pellucid resume run"
    )
    assert run("resume", "run").exit_code == 0
    assert told(Path("run")) == told(Path("whole"))
    assert (
        Path("run/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    )


def test_a_minimizer_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("iris", "--rule", "lbfgs", "--epochs", "20", "--no-report", "--out", "run")
    assert run("train", *words).exit_code == 0
    Path("run").rename("whole")
    note = training._Work._note

    def gone(self: Any, event: Any) -> None:
        note(self, event)
        if isinstance(event, EpochDone) and event.epoch == 5:
            raise _GoneError

    with monkeypatch.context() as patched:
        patched.setattr(training._Work, "_note", gone)
        run("train", *words)
    done = run("resume", "run")
    assert done.exit_code == 0, done.stderr
    assert "run begins again from its start.\n" in done.stdout
    assert told(Path("run")) == told(Path("whole"))


# --- refused


def test_what_is_over_is_not_gone_on_with() -> None:
    run("train", *QUICK)
    assert refused("resume", "run") == (
        "run has come to its end, so there is nothing to go on with. Look at it with `pellucid "
        "inspect run`, or train anew for other settings."
    )


def test_what_is_no_run_is_named() -> None:
    Path("empty").mkdir()
    expected = (
        "{} is no folder of a run; expected one with run.json, as `pellucid train` makes it. Check "
        "the path."
    )
    assert refused("resume", "empty") == expected.format("empty")
    assert refused("resume", "absent") == expected.format("absent")
    Path("empty/run.json").write_text("{")
    assert refused("resume", "empty").startswith("empty/run.json is damaged; expected an object")
    Path("empty/run.json").write_text("{}")
    assert refused("resume", "empty").startswith("empty does not say which command made it")


def test_changed_data_are_refused_and_moved_data_found(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in draw.normal(size=(80, 2))]
    table = "a,b,y\n" + "\n".join(rows)
    Path("t.csv").write_text(table)
    words = ("t.csv", "--epochs", "6", "--checkpoint-every", "0", "--no-report", "--out", "run")
    monkeypatch.setattr(sys.modules[__name__], "QUICK", words)
    killed_at(monkeypatch, 5)
    Path("t.csv").write_text(table.replace("yes", "yess"))
    assert refused("resume", "run").startswith("The data have changed since run was made: their")
    Path("elsewhere").mkdir()
    Path("t.csv").unlink()
    Path("elsewhere/t.csv").write_text(table)
    assert refused("resume", "run")
    done = run("resume", "run", "--data", "elsewhere/t.csv")
    assert done.exit_code == 0, done.stderr
