"""The Python blocks of the documents run, top to bottom, one namespace a document."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import click
import pytest

from pellucid.cli import main

ROOT = Path(__file__).resolve().parent.parent


def loaded(script: str) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(script, ROOT / "scripts" / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check_docs = loaded("check_docs")


PROGRAM = [sys.executable, "-W", "error", str(ROOT / "scripts" / "run_blocks.py")]


def run_blocks(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the blocks of a page in a process of their own, in a folder they may leave files in."""
    return subprocess.run(
        [*PROGRAM, str(path)], cwd=folder, check=False, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[str] | None]:
    """A process that runs pages in copies of itself, where processes can be copied."""
    if not hasattr(os, "fork"):
        yield None
        return
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # others are not copied
    with subprocess.Popen(
        [*PROGRAM, "--each"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **one_thread},
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


def run_in_a_copy(
    runner: subprocess.Popen[str] | None, path: Path, folder: Path
) -> subprocess.CompletedProcess[str]:
    """The same as ``run_blocks``, in a copy of a process that has imported much."""
    if runner is None:
        return run_blocks(path, folder)
    assert runner.stdin is not None and runner.stdout is not None
    output = folder.with_suffix(".txt")
    print(json.dumps([str(path), str(folder), str(output)]), file=runner.stdin, flush=True)
    status = int(runner.stdout.readline())
    printed = output.read_text(encoding="utf-8")
    return subprocess.CompletedProcess([], status, printed, printed)


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in check_docs.documents(ROOT)]
)
def test_the_python_blocks_of_a_document_run(
    path: Path, tmp_path: Path, runner: subprocess.Popen[str] | None
) -> None:
    result = run_in_a_copy(runner, path, tmp_path)
    assert result.returncode == 0, result.stdout


def test_blocks_share_names(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\na = 1\n```\n```python\n>>> a + 1\n2\n```\n")
    assert run_blocks(page, tmp_path).returncode == 0


@pytest.mark.parametrize("copied", [False, True])
def test_a_wrong_result_and_an_error_are_noticed(
    copied: bool, tmp_path: Path, runner: subprocess.Popen[str] | None
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    run = partial(run_in_a_copy, runner) if copied else run_blocks
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n```\n")
    result = run(page, folder)
    assert result.returncode == 1
    assert "line 2, in page.md" in result.stdout
    assert "Expected:\n    3\nGot:\n    2\n" in result.stdout
    page.write_text("\n```python\na = 1\nb\n```\n")
    result = run(page, folder)
    assert result.returncode == 1
    assert "line 4" in result.stderr
    assert result.stderr.endswith("NameError: name 'b' is not defined\n")


def test_links_to_nothing_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# The one, and only\n")
    page.write_text(
        "# Top\n[a](other.md) [b](other.md#the-one-and-only) [c](#top) [d](https://example.org)\n"
        "`[e](in-code.md)` [f](gone.md) [g](other.md#gone)\n\n[h]: lost.md\n"
    )
    assert list(check_docs.broken_links(page)) == [
        f"{page}: the link gone.md leads nowhere",
        f"{page}: the link other.md#gone leads to a heading that is not there",
        f"{page}: the link lost.md leads nowhere",
    ]


@click.group()
def program() -> None: ...


@program.command()
@click.argument("data", type=click.Path(exists=True))
@click.option("--epochs", type=int)
@click.option("--quiet", is_flag=True)
def train(data: str, epochs: int, quiet: bool) -> None: ...


def test_commands_that_would_be_refused_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ pellucid train my.csv --epochs 3  # fine\nout: pellucid train\n"
        "$ pellucid train my.csv \\\n    --epochs many\n$ pellucid train\n```\n"
        "```bash\npellucid train a.csv --fast | tail\npellucid trian a.csv\n"
        "pellucid train a b\npellucid --help\npellucid trian --help\n"
        "pellucid train --help > out.txt\n```\n"
    )
    faults = [fault.removeprefix(f"{page}:") for fault in check_docs.bad_commands(page, program)]
    assert [fault.split(":")[0] for fault in faults] == ["4", "6", "9", "10", "11", "13"]
    assert "'many' is not a valid integer" in faults[0]
    assert faults[1].endswith("DATA is missing")
    assert "No such option" in faults[2]
    assert "No such command 'trian'" in faults[3]
    assert faults[4].endswith("it does not take b")
    assert "No such command 'trian'" in faults[5]


def test_the_demo_names_commands_that_exist() -> None:
    lines = (ROOT / "scripts" / "demo").read_text().splitlines()
    shown = [line.split("   ")[0].split() for line in map(str.strip, lines)]
    commands = [words[1:] for words in shown if words[:1] == ["pellucid"]]
    assert len(commands) > 3
    assert [check_docs.fault_of(main, words) for words in commands] == [None] * len(commands)


@pytest.mark.parametrize("place", ["home", "Users", "root"])
def test_the_paths_of_a_machine_are_seen(place: str) -> None:
    assert check_docs.MACHINE.search(f"see /{place}/someone/file")
    assert not check_docs.MACHINE.search(f"https://example.org/{place}/someone a/{place}/b")


@pytest.mark.parametrize("script", ["list_parts", "list_messages"])
def test_a_listed_page_is_what_its_script_writes(script: str) -> None:
    """In a process of its own: classes that other tests define are not parts."""
    program = (
        f"import sys; sys.path.insert(0, 'scripts'); import {script} as found; "
        "sys.exit(found.page() != found.PAGE.read_text(encoding='utf-8'))"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert result.returncode == 0, f"run scripts/{script}.py"


def test_every_field_of_a_status_is_told_and_no_other(tmp_path: Path) -> None:
    from pellucid.lessons.memory import THREE
    from pellucid.scene.map_scene import MapScene
    from pellucid.scene.scene import Scene
    from pellucid.studio.session import Session

    told = loaded("list_messages").STATUS
    session = Session("one", tmp_path, print)
    try:
        for place in ("workbench", "in a lesson"):
            if place == "in a lesson":
                session.call(lambda at: at.open_lesson("neuron"))
            for scene in (Scene(), THREE, MapScene(rows=2, columns=2)):
                session.call(lambda at, scene=scene: at.open(scene))  # type: ignore[misc]
                found = session.call(lambda at: at.status())
                there = {found["kind"], place}
                assert sorted(found) == sorted(name for name, of, _ in told if there & {*of})
    finally:
        session.end()


def test_the_studios_tabs_are_called_in_its_doc_as_on_the_page() -> None:
    page = ROOT / "src/pellucid/studio/static/js/texts/en/workbench.js"
    tabs = re.findall(r'^  tab_\w+: "(.+)",$', page.read_text(encoding="utf-8"), re.MULTILINE)
    text = (ROOT / "docs/studio.md").read_text(encoding="utf-8")
    table = text.partition("| tab | what it shows |")[2].partition("\n\n")[0]
    assert len(tabs) > 10 and [name for name in tabs if name not in table] == []
