"""A run's folder: claimed before training, written whole, never written over."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pellucid.errors import FileError
from pellucid.io.run_folder import RunFolder, model_path


def test_a_claimed_folder_is_there_and_can_be_given_back(tmp_path: Path) -> None:
    folder = RunFolder.claim(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "run.json").exists()
    folder.release()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_taken_and_stays_when_it_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    RunFolder.claim(tmp_path / "mine").release()
    assert list((tmp_path / "mine").iterdir()) == []


def test_what_someone_put_there_meanwhile_stays(tmp_path: Path) -> None:
    folder = RunFolder.claim(tmp_path / "run")
    (tmp_path / "run" / "note.txt").write_text("mine")
    folder.release()
    assert (tmp_path / "run" / "note.txt").read_text() == "mine"


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    RunFolder.claim(tmp_path / "run").write_record({"seed": 1})
    with pytest.raises(FileError) as caught:
        RunFolder.claim(tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path / 'run'} is not empty: it holds run.json; expected a new or empty folder for "
        "the run, since nothing is written over. Give another name, or remove it first."
    )
    assert (tmp_path / "run" / "run.json").read_text() == '{\n  "seed": 1\n}\n'


def test_the_next_free_number_is_claimed_by_one_alone(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "iris-2").write_text("a file counts as taken")
    with ThreadPoolExecutor(8) as pool:
        claims = [pool.submit(RunFolder.claim_next, "iris", tmp_path / "runs") for _ in range(20)]
        names = sorted(int(claim.result().path.name.removeprefix("iris-")) for claim in claims)
    assert names == [1, *range(3, 22)]


def test_a_file_in_the_place_of_the_parent_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(FileError) as caught:
        RunFolder.claim_next("iris", tmp_path / "runs")
    assert str(caught.value) == f"{tmp_path / 'runs'} is a file. Remove it, or name a folder."


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_found_at_once(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(FileError, match="permission denied"):
        RunFolder.claim(locked)


def test_a_model_is_a_file_or_that_of_its_folder(tmp_path: Path) -> None:
    assert model_path(tmp_path / "m.safetensors") == tmp_path / "m.safetensors"
    with pytest.raises(FileError) as caught:
        model_path(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is a folder without a model.safetensors; expected a model file, or the folder "
        "of a run. Check the path."
    )
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert model_path(tmp_path) == tmp_path / "model.safetensors"
