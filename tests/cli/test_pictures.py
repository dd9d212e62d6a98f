"""The road of pictures on the command line: draw, train, predict; and what is refused on it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.cli.pictures import augmentation, read_size
from pellucid.data import read_files
from pellucid.data.pictures.drawn import draw_folder
from pellucid.errors import ParameterError, UnknownNameError
from pellucid.models.network import Network
from pellucid.nn import ColorJitter, Conv2D, CutOut, Flatten, RandomAffine

QUICK = ("--epochs", "1")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 120 flowers."""
    folder = tmp_path_factory.mktemp("drawn") / "flowers"
    draw_folder("flowers", folder, count=60, size=32)
    return folder


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Path) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(drawn, "flowers")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="pellucid")


def done(*words: str) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def refused(*words: str) -> str:
    result = run(*words)
    assert result.exit_code == 2 and "Traceback" not in result.output
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


def test_the_whole_road() -> None:
    told = done("train", "flowers", "--epochs", "12")
    assert "Data     flowers: 120 rows of pictures of 3 x 32 x 32, 2 classes" in told.stdout
    assert "RandomAffine 3x32x32 > ColorJitter 3x32x32 > Conv2D 16x32x32" in told.stdout
    assert "The simple models saw the pictures shrunk to at most 16 x 16." in told.stdout
    net = Network.load("runs/flowers-1/model.safetensors")
    new = Path("new")
    draw_folder("flowers", new, count=20, size=50, seed=7)  # of another size, never seen
    answers = done("predict", "runs/flowers-1", "new").stdout
    rows = list(csv.DictReader(answers.splitlines()))
    assert list(rows[0]) == [
        "file", "prediction", "probability_red_rose", "probability_white_lotus"
    ]  # fmt: skip
    right = [row["prediction"] == row["file"].split("/")[0] for row in rows]
    assert len(right) == 40 and np.mean(right) > 0.9
    assert net.framing is not None
    expected = net.predict_proba(read_files(new, net.framing).x)
    found = [[float(row[f"probability_{label}"]) for label in net.classes] for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    one = done("predict", "runs/flowers-1", f"new/{rows[3]['file']}", "--json")
    record = json.loads(one.stdout)
    assert record["predictions"][0]["file"] == Path(rows[3]["file"]).name
    assert record["predictions"][0]["prediction"] == rows[3]["prediction"]
    looked = done("inspect", "runs/flowers-1").stdout
    assert "Inputs   Pictures: 32 x 32 in colour, cropped, each pixel" in looked


def test_the_record_says_how_it_was_done() -> None:
    (Path("flowers") / "red_rose" / "zero.png").touch()
    told = done("train", "flowers", *QUICK, "--size", "16x24", "--grey", "--fit", "pad", "--json")
    record = json.loads(told.stdout)
    note = "1 of 121 pictures cannot be read, left out: red_rose/zero.png is empty."
    assert f"Warning: {note}" in told.stderr
    assert record["data"]["notes"] == [note] and record["data"]["picture"] == [16, 24]
    assert record["settings"]["layers"][0]["layer"] == "RandomAffine"
    assert record["settings"]["layers"][0]["flip"] == "none"  # grey
    assert record["command"] == (
        "pellucid train flowers --epochs 1 --size 16x24 --fit pad --grey --json"
    )
    assert set(record["baselines"]) == {"majority class", "linear model", "k nearest neighbours"}
    framing = Network.load("runs/flowers-1/model.safetensors").framing
    assert framing is not None and framing.shape == (1, 16, 24) and framing.fit == "pad"
    assert refused("train", "flowers", *QUICK, "--strict") == (
        "1 of 121 pictures cannot be read: red_rose/zero.png is empty. Repair or remove them, or "
        "read without strict (--strict) to leave them out."
    )
    answered = done("predict", "runs/flowers-1", "flowers")
    assert answered.stderr == f"Warning: {note}\n"
    assert refused("predict", "runs/flowers-1", "flowers", "--strict").startswith("1 of 121 ")


def test_epochs_follow_from_the_number_of_pictures() -> None:
    record = json.loads(done("train", "flowers", "--json", "--test", "0.5", "--size", "8").stdout)
    assert record["epochs"] == 30 and record["settings"]["batch"] == 32


def test_other_networks_and_augmentation() -> None:
    done("train", "flowers", *QUICK, "--hidden", "8", "--out", "dense")
    assert isinstance(Network.load("dense/model.safetensors").layers[0], Flatten)
    done("train", "flowers", *QUICK, "--hidden", "8", "--augment", "cutout", "--out", "hidden")
    layers = Network.load("hidden/model.safetensors").layers
    assert isinstance(layers[0], CutOut) and isinstance(layers[1], Flatten)
    Path("net.json").write_text(
        '[{"layer": "Conv2D", "filters": 2, "kernel": 5}, {"layer": "Flatten"}, {"layer": "Dense"}]'
    )
    done("train", "flowers", *QUICK, "--net", "net.json", "--augment", "flip", "--out", "own")
    layers = Network.load("own/model.safetensors").layers
    assert layers[0] == RandomAffine("horizontal", 0, 0, 0) and isinstance(layers[1], Conv2D)
    done("train", "flowers", *QUICK, "--augment", "none", "--out", "none")
    assert isinstance(Network.load("none/model.safetensors").layers[0], Conv2D)


def test_pictures_beyond_the_memory_are_learned_from_a_file_that_is_gone_afterwards() -> None:
    draw_folder("flowers", "many", count=20, size=16)
    words = ("many", "--epochs", "2", "--seed", "3")
    done("train", *words, "--out", "inside")
    done("train", *words, "--memory", "0.00001", "--out", "outside")
    inside, outside = (
        json.loads(Path(name, "run.json").read_text()) for name in ("inside", "outside")
    )
    assert outside["metrics"] == inside["metrics"]
    assert outside["data"]["sha256"] == inside["data"]["sha256"]
    assert list(Path().glob(".pellucid*")) == []


def test_a_list_and_numbers() -> None:
    rows = [
        f"{path},{len(path.name) + number % 7}"
        for number, path in enumerate(sorted(Path("flowers").rglob("*.png")))
    ]
    Path("list.csv").write_text("\n".join(["path,size", *rows]) + "\n")
    told = done("train", "list.csv", "--kind", "numbers", *QUICK, "--size", "8")
    assert "target size: numbers" in told.stdout and "largest errors" in told.stdout
    assert "flowers/" in told.stdout.split("largest errors")[1]  # rows by their file
    answered = done("predict", "runs/list-1", "list.csv").stdout.splitlines()
    assert answered[0] == "file,prediction" and len(answered) == 121


def test_options_that_mean_nothing_are_refused() -> None:
    assert refused("train", "iris", "--size", "32") == (
        "iris is a sample, for which the options of picture files (size, fit, grey, background, "
        "strict, memory) have no meaning. Leave them out."
    )
    assert refused("train", "iris", "--augment", "flip") == (
        "--augment is for pictures from files, and iris holds none. Leave it out; for other "
        "pictures, RandomAffine, ColorJitter and CutOut can be layers of a --net file."
    )
    assert refused("train", "flowers", "--activation", "tanh") == (
        "--activation tanh is for --hidden, and for pictures a convolutional network is taken, "
        "whose blocks have relu. Leave it out, or give --hidden or --net."
    )
    assert refused("train", "flowers", "--size", "8x") == (
        "Invalid value: --size is '8x'; expected pixels, such as 64, or height x width, such as "
        "48x64."
    )
    assert "runs" not in [path.name for path in Path().iterdir()]


def test_pictures_and_models_that_do_not_belong_together() -> None:
    done("train", "iris", *QUICK)
    assert refused("predict", "runs/iris-1", "flowers") == (
        "flowers holds pictures, and the model did not learn from picture files: it does not say "
        "how to bring them to its size. Give it what it learned from, or train one on a folder of "
        "pictures."
    )
    assert refused("predict", "runs/iris-1", "iris", "--strict") == (
        "--strict is for pictures, and iris holds none. Leave it out."
    )
    done("train", "flowers", *QUICK, "--size", "8")
    assert refused("predict", "runs/flowers-1", "iris").startswith("x is 150 x 4, the model was ")
    picture = "flowers/red_rose/red_rose_0001.png"
    assert refused("predict", "runs/flowers-1", "flowers", "--out", picture) == (
        f"{picture} belongs to the model or the data, and the answers would replace it. Give --out "
        "another name."
    )


# --- drawing


def test_a_folder_is_drawn() -> None:
    told = done("data", "shapes", "s", "--count", "2", "--size", "16", "--seed", "3")
    assert len(list(Path("s").rglob("*.png"))) == 12 and told.stdout == ""
    assert told.stderr.startswith("12 pictures are in s (")
    assert told.stderr.endswith("seconds). Learn them:\n  pellucid train s\n")
    assert done("data", "shapes").stdout == (
        "shapes: circles, crosses, hearts, squares, stars and triangles, drawn as PNG files in a "
        "folder for each class.\n"
        "Classes: circle, cross, heart, square, star, triangle\n"
        "Draw them: pellucid data shapes OUT\n"
    )


def test_what_cannot_be_drawn() -> None:
    assert refused("data", "flowers", "flowers") == (
        "flowers is there already; expected the name of a new folder. Give another name."
    )
    assert refused("data", "flowers", "-").startswith("Pictures are drawn into a folder, got -. ")
    assert refused("data", "flowers", "f", "--force") == "--force has no meaning for flowers."
    assert refused("data", "flowers", "f", "--data-dir", "d") == (
        "--data-dir has no meaning for flowers."
    )
    assert refused("data", "flowers", "--count", "3") == (
        "Say where to draw: give OUT, the name of a new folder."
    )
    assert refused("data", "iris", "i.csv", "--count", "3") == (
        "--count is for pictures to draw: flowers and shapes."
    )
    assert refused("data", "shapes", "s", "--size", "4").startswith("shapes expects size to be ")


# --- what the options mean


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("none", []),
        ("flip", [RandomAffine("horizontal", 0, 0, 0)]),
        ("flip=both,rotate", [RandomAffine("both", 0, 10, 0)]),
        (" shift = 0.2 , zoom=1 ", [RandomAffine("none", 0.2, 0, 1)]),
        ("color,cutout=0.5", [ColorJitter(), CutOut(0.5)]),
        ("cutout,color=0.4,flip", [
            RandomAffine("horizontal", 0, 0, 0), CutOut(), ColorJitter(0.4, 0.4, 0.4)
        ]),
    ],
)  # fmt: skip
def test_a_list_of_augmentations(text: str, layers: list[Any]) -> None:
    assert augmentation(text) == layers


def test_faults_of_a_list_of_augmentations() -> None:
    with pytest.raises(UnknownNameError) as unknown:
        augmentation("flip,turn")
    assert str(unknown.value) == (
        "There is no augmentation 'turn'. Known: color, cutout, flip, none, rotate, shift, zoom."
    )
    for text, fault in {
        "flip,flip": "--augment has flip twice in 'flip,flip'. Write it once.",
        "zoom=big": "--augment expects a number for zoom, got 'big'. Write zoom=0.1, or just zoom.",
    }.items():
        with pytest.raises(ParameterError) as wrong:
            augmentation(text)
        assert str(wrong.value) == fault
    with pytest.raises(ParameterError):
        augmentation("shift=2")


def test_sizes() -> None:
    assert read_size("32") == (32, 32) and read_size("48X64") == (48, 64)
