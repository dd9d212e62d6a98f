"""The program as a process: how fast it starts, how it ends, pipes, terminals and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pellucid._version import __version__
from pellucid.cli import main
from pellucid.models.network import Network

PROGRAM = [sys.executable, "-W", "error", "-m", "pellucid"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_help_and_version_load_nothing_heavy() -> None:
    program = (
        "import sys\nfrom pellucid.cli import main\n"
        "try: main([sys.argv[1]])\nexcept SystemExit: pass\n"
        "print({'numpy', 'rich', 'sklearn', 'plotly', 'scipy'} & set(sys.modules), file=sys.stderr)"
    )
    for word in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", program, word], capture_output=True, text=True, check=True
        )
        assert done.stderr == "set()\n"
    assert __version__ in done.stdout


def test_each_command_is_there_and_has_help() -> None:
    assert sorted(main.commands) == [
        "attribute", "audit", "cluster", "compare", "completion", "data", "diagnose", "doctor",
        "explain", "export", "import", "importance", "inspect", "learn", "predict", "replay",
        "report", "resume", "serve", "studio", "train",
    ]  # fmt: skip
    for name, command in main.commands.items():
        done = CliRunner().invoke(main, [name, "--help"])
        assert done.exit_code == 0
        assert done.stdout.isascii()
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert command.help


def test_an_unknown_command_exits_2() -> None:
    done = CliRunner().invoke(main, ["trian"], prog_name="pellucid")
    assert done.exit_code == 2
    assert "No such command 'trian'" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a pipe that is closed early is a matter of POSIX")
@pytest.mark.parametrize("words", [["data", "digits", "-"], ["train", "iris", "--epochs", "2"]])
def test_a_reader_that_goes_away_is_no_fault(words: list[str], tmp_path: Path) -> None:
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(
            [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=errors, cwd=tmp_path, text=True
        )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 0
    assert (tmp_path / "errors").read_text() == ""
    if words[0] == "train":  # the work was done all the same
        assert (tmp_path / "runs" / "iris-1" / "model.safetensors").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_under_stdout_exits_1_with_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "data", "iris"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "Error: Cannot write the results: No space left on device.\n"


def test_a_terminal_without_unicode_gets_plain_characters(tmp_path: Path) -> None:
    done = run(
        "train", "digits", "--epochs", "1", "--out", str(tmp_path / "run"), PYTHONIOENCODING="ascii"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "* training  o validation" in done.stdout
    assert "##" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as POSIX does")
def test_ctrl_c_keeps_what_was_learned(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["train", "digits", "--epochs", "1000000", "--json", "--out", str(out)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Network"):
            break
    time.sleep(1 + 2 * (time.perf_counter() - began))  # until it learns, on a busy machine too
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    record = json.loads(output)
    assert record["stopped"] == "interrupted"
    assert record["baselines"]["majority class"]["accuracy"] == pytest.approx(0.1, abs=0.01)
    assert Network.load(out / "model.safetensors").steps_taken > 0
    assert "Traceback" not in errors


def test_help_keeps_its_lines_apart_and_tells_defaults() -> None:
    for words in ([], *([name] for name in main.commands)):
        text = CliRunner().invoke(main, [*words, "--help"], prog_name="pellucid").stdout
        assert "\\b" not in text
        assert "\b" not in text
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert "Start with:\n    pellucid learn  " in text
    assert "\n    pellucid train digits  " in text
    text = " ".join(CliRunner().invoke(main, ["train", "--help"]).stdout.split())
    assert "What all that is random follows from. [default: 0]" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_report_that_cannot_be_written_leaves_no_folder(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "train", "iris"], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: Cannot write the results: No space left on device.\n"
    assert list(tmp_path.iterdir()) == []


def test_errors_are_wrapped_for_a_terminal_and_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from io import StringIO

    from pellucid.cli.output import WrongInput

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "40")
    error, pipe, terminal = WrongInput("word " * 30 + "end."), StringIO(), Terminal()
    error.show(pipe)
    error.show(terminal)
    assert pipe.getvalue() == "Error: " + "word " * 30 + "end.\n"
    assert max(map(len, terminal.getvalue().splitlines())) <= 40
    assert terminal.getvalue().split() == pipe.getvalue().split()
