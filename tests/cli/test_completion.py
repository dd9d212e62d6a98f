"""What the shell offers: by click's own interface, and in a real Bash with the script in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from pellucid.cli import main
from pellucid.data import names
from pellucid.data.columns.kinds import KINDS
from pellucid.data.columns.missing import POLICIES

FLATS = "Nr,Größe,frei ab,Ort\n1,2,2024-01-01,Bonn\n2,3,2024-01-02,Ulm\n"
bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs Bash")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("flats.csv").write_text(FLATS)


def offered(*words: str, text: str = "") -> list[str]:
    """What click offers for a text behind these words."""
    found = ShellComplete(main, {}, "pellucid", "_X").get_completions(list(words), text)
    return [str(item.value) for item in found]


def test_commands_and_options() -> None:
    assert {"train", "predict", "completion"} <= set(offered())
    assert offered(text="tr") == ["train"]
    assert "--target" in offered("train", text="--")
    assert offered("completion") == ["bash", "zsh", "fish"]


def test_samples_are_offered_for_data() -> None:
    assert offered("train") == list(names())
    assert offered("train", text="dig") == ["digits"]
    assert offered("predict", "model", text="ir") == ["iris"]
    assert offered("data", text="fl") == ["flowers"]
    Path("irons.csv").write_text(FLATS)
    Path("ironed").mkdir()
    assert offered("train", text="ir") == ["iris", "ironed/", "irons.csv"]
    found = ShellComplete(main, {}, "pellucid", "_X").get_completions(["train"], "fla")
    assert [(item.type, item.value) for item in found] == [("file", "fla")]


@pytest.mark.parametrize("option", ["--target", "--group", "--time"])
def test_the_columns_of_the_table_are_offered(option: str) -> None:
    assert offered("train", "flats.csv", option) == ["Nr", "Größe", "frei ab", "Ort"]
    assert offered("train", "flats.csv", option, text="G") == ["Größe"]
    assert offered("train", "iris", option) == []
    assert offered("train", option) == []
    Path("broken.csv").write_bytes(b"\0\0\0")
    assert offered("train", "broken.csv", option) == []
    assert offered("train", "absent.csv", option) == []


def test_columns_with_kinds_and_policies() -> None:
    for option, values in (("--column", KINDS), ("--missing", POLICIES)):
        assert offered("train", "flats.csv", option, text="O") == ["Ort="]
        assert offered("train", "flats.csv", option, text="Ort=") == [f"Ort={v}" for v in values]
    assert offered("train", "flats.csv", "--column", text="Ort=ca") == ["Ort=category"]


def test_engines_rules_activations_and_choices() -> None:
    assert offered("train", "iris", "--engine") == ["auto", "native", "reference"]
    assert set(offered("train", "iris", "--rule", text="ada")) >= {"adam", "adamw", "adagrad"}
    assert offered("train", "iris", "--activation", text="re") == ["relu"]
    assert offered("train", "iris", "--kind") == ["classes", "numbers", "labels", "counts"]
    assert offered("train", "iris", "--fit", text="s") == ["stretch"]


def test_runs_are_offered_for_a_model() -> None:
    for name in ("iris-1", "wine-1", "empty"):
        Path("runs", name).mkdir(parents=True)
    for name in ("iris-1", "wine-1"):
        Path("runs", name, "model.safetensors").touch()
    assert offered("inspect") == ["runs/iris-1", "runs/wine-1"]
    assert offered("export", text="runs/w") == ["runs/wine-1"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell], prog_name="pellucid")
    assert done.exit_code == 0
    assert f"_PELLUCID_COMPLETE={shell}_complete" in done.stdout
    assert done.stderr == ""


def in_bash(*words: str, break_at: str = "") -> list[str]:
    """What Bash offers for the last of these words, split as Bash splits them."""
    program = Path("bin", "pellucid")
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pellucid "$@"\n')
    program.chmod(0o755)
    script = CliRunner().invoke(main, ["completion", "bash"], prog_name="pellucid").stdout
    Path("script.bash").write_text(script)
    typed = " ".join(f"'{word}'" if " " not in word else word for word in words)
    commands = (
        f"source script.bash\nCOMP_WORDS=({typed})\nCOMP_CWORD={len(words) - 1}\n"
        'compopt() { local IFS=" "; echo "compopt $*"; }\n_pellucid_completion pellucid\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", commands], capture_output=True, text=True, check=True,
        env=os.environ | {"PATH": f"{program.parent.absolute()}:{os.environ['PATH']}",
                          "PYTHONWARNINGS": "error", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@bash
def test_bash_completes_commands_samples_and_columns() -> None:
    assert in_bash("pellucid", "tr") == ["train"]
    assert in_bash("pellucid", "train", "mo") == ["moons"]
    assert in_bash("pellucid", "train", "flats.csv", "--target", "O") == ["Ort"]
    assert in_bash("pellucid", "train", "flats.csv", "--target", "fr") == ["frei\\ ab"]
    assert in_bash("pellucid", "train", "fla") == ["compopt -o default"]


@bash
def test_bash_completes_name_and_kind_which_it_takes_for_three_words() -> None:
    words = ("pellucid", "train", "flats.csv", "--column")
    assert in_bash(*words, "Or") == ["compopt -o nospace", "Ort="]
    assert in_bash(*words, "Ort", "=", "ca") == ["category"]
    assert in_bash(*words, "Ort", "=") == list(KINDS)
    assert in_bash(*words, "Ort", "=", "category", "--eng") == ["--engine"]
    assert in_bash(*words, "Ort", "=", "category", "--target", "N") == ["Nr"]


@bash
def test_bash_knows_the_script_by_eval() -> None:
    script = CliRunner().invoke(main, ["completion", "bash"], prog_name="pellucid").stdout
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p pellucid"], capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "complete -o nosort -F _pellucid_completion pellucid\n"
