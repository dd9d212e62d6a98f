"""``pellucid studio MODEL``, ``RUN`` and ``SCENE``: what each new session begins with."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pellucid import BatchNorm, Dense, Dropout, Flatten, Network, data
from pellucid.cli import main
from pellucid.errors import PellucidError
from pellucid.io.event_log import read_events
from pellucid.io.read_run import read_history
from pellucid.models.network import Network as Made
from pellucid.nn.layer import Layer
from pellucid.scene.bench import Bench
from pellucid.scene.model import model_scene
from pellucid.scene.scene import Scene, scene_from_record, scene_to_record
from pellucid.scene.source import ArrayFile, Sample, TableFile
from pellucid.studio.commands.choosing import TellSamples
from pellucid.studio.commands.sharing import OpenModelFile
from pellucid.studio.exports import download
from pellucid.studio.limits import Limits
from pellucid.studio.opening import opening
from pellucid.studio.samples import ORDER
from pellucid.studio.scene_file import reopened
from pellucid.studio.session import Session
from pellucid.studio.sessions import Sessions
from pellucid.studio.socket import converse
from pellucid.studio.stages import FIRST
from pellucid.studio.uploads import receive
from tests.studio.idx_files import idx_folder

FLOWERS = "petal,sepal,species\n" + "".join(
    f"{n / 10},{n % 7},{'rose' if n % 3 else 'lotus'}\n" for n in range(60)
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on a table."""
    place = tmp_path_factory.mktemp("trained")
    (place / "flowers.csv").write_text(FLOWERS)
    words = ["train", str(place / "flowers.csv"), "--epochs", "4", "--hidden", "5", "--no-report"]
    done = CliRunner().invoke(main, [*words, "--out", str(place / "run")])
    assert done.exit_code == 0, done.output
    return place / "run"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "session"
    folder.mkdir()
    made = Session("one", folder, print)
    yield made
    made.end()


def same_answers(bench: Bench, network: Network) -> bool:
    x = bench.data.x
    return np.array_equal(bench.network.predict_proba(x), network.predict_proba(x))


@pytest.mark.parametrize("file", ["", "model.safetensors"])
def test_a_run_or_its_model_as_it_was_trained(run: Path, session: Session, file: str) -> None:
    begun = opening(str(run / file), None, None)
    assert begun.said.endswith("Its scores are on all rows, also on those that it learned from.")
    session.call(begun.begin)
    bench, network = session.bench, Made.load(run / "model.safetensors")
    assert isinstance(bench.scene.source, TableFile) and bench.step == 0
    assert same_answers(bench, network)
    session.call(lambda at: at.bench.learn(20))
    assert bench.step == 20 and not same_answers(bench, network)
    session.call(lambda at: at.bench.restart())
    assert same_answers(bench, network)


def test_a_runs_learning_curve_lies_before_step_0(
    run: Path, session: Session, tmp_path: Path
) -> None:
    session.call(opening(str(run), None, None).begin)
    rows, events = read_history(run), read_events(run)
    curve, last = session.bench.curve, rows[-1]["step"]
    ends = ~np.isnan(curve["loss"])
    assert curve["step"][ends].tolist() == [row["step"] - last for row in rows]
    for name in ("loss", "accuracy", "epoch", "rate"):
        assert curve[name][ends].tolist() == [row[name] for row in rows]
    batches = [row["loss"] for row in events if row["event"] == "StepsDone"]
    assert curve["batch_loss"][~np.isnan(curve["batch_loss"])].tolist() == batches
    assert curve["step"][-1] == 0 and session.bench.first == 0
    session.call(lambda at: at.bench.learn(3))
    assert session.bench.curve["step"][-1] == 3
    saved, other = tmp_path / "saved.pellucid", tmp_path / "other"
    saved.write_bytes(download(session, "scene")[2])
    other.mkdir()
    found, _ = reopened(saved, other)
    for name, column in session.bench.curve.items():
        assert np.array_equal(found.curve[name], column, equal_nan=True), name
    label = session.bench.data.y[0]
    session.call(lambda at: at.bench.relabel(0, label))
    assert session.bench.curve["step"][0] == curve["step"][0]
    hidden = (Dense(2),)
    session.call(lambda at: at.change({"hidden": hidden}))
    assert session.bench.scene.history is None and not len(session.bench.curve["step"])


def test_the_model_of_a_run_alone_brings_no_curve(run: Path, session: Session) -> None:
    session.call(opening(str(run / "model.safetensors"), None, None).begin)
    assert not len(session.bench.curve["step"])


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "EpochDone", "step": 4, "loss": "low"}',
        '{"event": "EpochDone"}',
        "{",
        '{"event": "EpochDone", "step": 4, "loss": 1' + "0" * 400 + "}",
    ],
)
def test_a_run_whose_events_are_damaged(run: Path, tmp_path: Path, line: str) -> None:
    broken = tmp_path / "run"
    shutil.copytree(run, broken)
    (broken / "events.jsonl").write_text(line + "\n")
    with pytest.raises(PellucidError, match="is damaged; expected a"):
        opening(str(broken), None, None)


def test_a_model_of_a_sample(session: Session, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["train", "iris", "--epochs", "2", "--no-report", "--out", str(tmp_path / "run")]
    )
    assert done.exit_code == 0, done.output
    session.call(opening(str(tmp_path / "run"), None, None).begin)
    assert session.bench.scene.source == Sample("iris")
    assert same_answers(session.bench, Made.load(tmp_path / "run" / "model.safetensors"))


def test_a_model_whose_data_are_gone(session: Session, run: Path, tmp_path: Path) -> None:
    network = Made.load(run / "model.safetensors")
    network.provenance["data"]["given"] = "gone.csv"
    network.save(tmp_path / "m.safetensors")
    with pytest.raises(PellucidError) as fault:
        opening(str(tmp_path / "m.safetensors"), None, None)
    assert str(fault.value) == (
        f"{tmp_path}/m.safetensors learned from gone.csv, which is not there. Open the studio with "
        "such data, and upload the model on its page."
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("m.onnx", "is a model of another program. Make one of Pellucid of it first: pellucid"),
        ("m.safetensors", "is no model file: it has only 4 bytes."),
        ("m.pellucid", "is damaged, or no zip file. Make it again."),
    ],
)
def test_what_is_none_is_refused_in_the_terminal(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"none")
    done = CliRunner().invoke(main, ["studio", str(tmp_path / name), "--no-browser"])
    assert done.exit_code == 2 and words in done.stderr and "Traceback" not in done.stderr


def test_a_target_has_no_meaning_for_a_model(run: Path) -> None:
    with pytest.raises(PellucidError, match="knows what it predicts, so --target species has no"):
        opening(str(run), "species", None)


def test_a_scene_from_the_terminal(session: Session, tmp_path: Path) -> None:
    (session.folder / "flowers.csv").write_text(FLOWERS)
    scene = Scene(TableFile("flowers.csv", "species"), (Dense(3), Dropout(0.2)))
    session.call(lambda at: at.open(scene))
    session.call(lambda at: at.bench.learn(9))
    name, _, content = download(session, "scene")
    (tmp_path / name).write_bytes(content)
    begun = opening(str(tmp_path / name), None, None)
    (tmp_path / "other").mkdir()
    other = Session("two", tmp_path / "other", print)
    try:
        other.call(begun.begin)
        assert other.bench.step == 9 and other.bench.played() == session.bench.played()
        assert same_answers(other.bench, session.bench.network)
    finally:
        other.end()


class Line:
    """A page's end of a socket: it greets, listens for a moment and leaves."""

    def __init__(self) -> None:
        self.said = [{"type": "websocket.receive", "text": '{"hello": 1}'}]
        self.heard: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self.said:
            return self.said.pop()
        await asyncio.sleep(0.3)
        return {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text))

    @property
    def notes(self) -> list[str]:
        return [message["text"] for message in self.heard if message["type"] == "note"]


def test_the_page_is_told_once_what_there_is_to_say_of_a_scene(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.call(lambda at: at.open(Scene(Sample("iris"))))
    session.call(lambda at: at.bench.learn(9))
    name, _, content = download(session, "scene")
    (tmp_path / name).write_bytes(content)

    def at_once(path: Path, folder: Path) -> Any:
        return reopened(path, folder, patience=-1)

    monkeypatch.setattr("pellucid.studio.scene_file.reopened", at_once)
    sessions = Sessions(print, opening(str(tmp_path / name), None, None).begin)
    try:
        first, again = Line(), Line()
        asyncio.run(converse(first, sessions))
        assert first.notes == [
            "Its 9 steps would take long to be learned again. So the network has the numbers that "
            "were saved, and counts its steps from here: it goes on learning, and cannot go back "
            "to earlier steps."
        ]
        hello = {"hello": 1, "session": first.heard[0]["session"]}
        again.said = [{"type": "websocket.receive", "text": json.dumps(hello)}]
        asyncio.run(converse(again, sessions))
        assert again.notes == []
    finally:
        sessions.close()


def test_data_begin_as_before(session: Session, tmp_path: Path) -> None:
    (tmp_path / "flowers.csv").write_text(FLOWERS)
    begun = opening(str(tmp_path / "flowers.csv"), None, None)
    assert begun.scene is not None
    session.call(begun.begin)
    assert session.bench.data.target == "species" and session.bench.scene.validation == 0.2


def test_arrays(session: Session, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(30, 4))
    np.savez(tmp_path / "a.npz", x=x, y=x[:, 0])
    begun = opening(str(tmp_path / "a.npz"), None, None)
    assert begun.said == (
        f"Each session learns from its own copy of {tmp_path}/a.npz; the file is not touched."
    )
    session.call(begun.begin)
    assert session.bench.scene.source == ArrayFile("a.npz")
    session.call(lambda at: at.bench.learn(4))
    assert session.bench.step == 4 and np.array_equal(session.bench.data.x, x)


def test_a_file_longer_than_an_upload_is_read_where_it_is(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flowers.csv").write_text(FLOWERS)
    monkeypatch.setattr("pellucid.studio.opening.Limits", lambda: Limits(upload=100))
    begun = opening(str(tmp_path / "flowers.csv"), None, None)
    assert begun.said == f"{tmp_path}/flowers.csv is read where it is; nothing is written there."
    session.call(begun.begin)
    assert (session.folder / "flowers.csv").is_symlink() and len(session.bench.data.x) == 60


@pytest.mark.parametrize(("seed", "name"), [(0, "mnist"), (1, "fashion_mnist")])
def test_idx_files(session: Session, tmp_path: Path, seed: int, name: str) -> None:
    """Named as the data, or as --data-dir alone: then a tile offers them."""
    folder = idx_folder(tmp_path / ("own" if seed == 0 else "fashion"), seed)
    begun = opening(str(folder), None, None)
    assert begun.said == f"{folder} is read where it is; nothing is written there."
    session.call(begun.begin)
    assert session.bench.scene.source == Sample(name) and len(session.bench.data.x) == 60


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_tile_for_the_folder_of_idx_files(session: Session, tmp_path: Path, name: str) -> None:
    folder = idx_folder(tmp_path / name.removesuffix("_mnist"))
    session.call(opening(None, None, str(folder)).begin)
    told = session.call(TellSamples().do).compute()
    assert [one["name"] for one in told] == [*ORDER, name]
    (tile,) = (one for one in told if one["name"] == name)
    assert (tile["rows"], tile["inputs"], tile["picture"]) == (60, 64, [8, 8])
    assert tile["preview"]["pictures"].shape == (3, 8, 8)
    session.call(lambda at: at.change({"source": Sample(name)}))
    assert session.bench.data.name == name


def test_clothes_are_known_by_their_labels(tmp_path: Path) -> None:
    folder = idx_folder(tmp_path / "own")
    labels = folder / "train-labels-idx1-ubyte"
    content = labels.read_bytes()
    labels.write_bytes(content[:8] + bytes((9, 0, 0, 3, 0)) + content[13:])
    assert opening(None, None, str(folder)).files == (("fashion_mnist", folder),)
    assert opening("mnist", None, str(folder)).files == (("mnist", folder),)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            ("table.csv", "--target", "a,b"),
            "table.csv would predict 2 columns; the studio predicts one, a class or a number. Give "
            "--target with one column, or use pellucid train.",
        ),
        (
            ("list.csv",),
            "list.csv is a list of pictures; the studio reads pictures in a folder that has a "
            "folder for each class. Give that folder, or use pellucid train.",
        ),
        (("two.npz",), "two.npz has several targets a row (y is 4 x 2); the studio predicts one"),
        (
            ("--data-dir", "empty"),
            "t10k-labels-idx1-ubyte are not in empty; expected a folder with",
        ),
    ],
)
def test_data_that_no_session_could_open_are_refused_in_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text("a,b,c\n1,2,3\n4,5,6\n7,8,9\n")
    Path("empty").mkdir()
    for name in ("cat", "dog"):
        Image.new("RGB", (16, 16)).save(f"{name}.png")
    Path("list.csv").write_text("file,label\ncat.png,cat\ndog.png,dog\n")
    np.savez("two.npz", x=np.eye(4), y=np.eye(4)[:, :2] / 2)
    done = CliRunner().invoke(main, ["studio", *given, "--no-browser"])
    assert done.exit_code == 2 and words in done.stderr, done.output
    assert "Traceback" not in done.stderr


# --- models on the page


def test_an_uploaded_model_on_the_data_of_the_bench(session: Session, run: Path) -> None:
    (session.folder / "mine.csv").write_text(FLOWERS)
    session.call(lambda at: at.open(Scene(TableFile("mine.csv", "species"))))
    content = (run / "model.safetensors").read_bytes()
    (session.folder / "m.safetensors").write_bytes(content)
    told = receive(session.folder, "m.safetensors")
    assert told["kind"] == "model"
    assert told["parameters"] == Made.load(run / "model.safetensors").architecture.learned.size
    later = session.call(OpenModelFile("m.safetensors").do)
    found = later.compute()
    answer = session.call(lambda at: later.then(at, found))
    assert answer == {"notes": ["It is on the data mine."]}
    assert same_answers(session.bench, Made.load(run / "model.safetensors"))
    assert session.call(lambda at: at.bench.undo()) and session.bench.scene.model is None


def test_an_uploaded_model_without_data(session: Session, run: Path) -> None:
    (session.folder / "m.safetensors").write_bytes((run / "model.safetensors").read_bytes())
    told = receive(session.folder, "m.safetensors")
    assert told["words"] == (
        "m.safetensors takes a table with the columns petal, sepal. It learned from 'flowers'. "
        "Upload such data first, and then the model again."
    )
    with pytest.raises(PellucidError, match="Upload such data first, and then the model again"):
        session.call(OpenModelFile("m.safetensors").do).compute()


def trained(layers: list[Layer], folder: Path) -> Network:
    x, y = data.load("iris")
    network = Network(layers, seed=2)
    network.fit(x[::2], y[::2], epochs=3, progress=False)
    network.save(folder / "m.safetensors")
    return network


def test_states_of_layers_are_taken_over(tmp_path: Path) -> None:
    network = trained([Dense(4), BatchNorm(), Dense()], tmp_path)
    scene = model_scene("m.safetensors", network, Sample("iris"))
    assert scene_from_record(scene_to_record(scene)) == scene
    bench = Bench(scene, tmp_path)
    assert same_answers(bench, network)
    bench.learn(11)
    again = Bench(bench.played(), tmp_path)
    assert same_answers(again, bench.network) and again.step == 11


def test_other_layers_begin_anew(tmp_path: Path) -> None:
    network = trained([Dense(4), Dense()], tmp_path)
    bench = Bench(model_scene("m.safetensors", network, Sample("iris")), tmp_path)
    bench.change(hidden=(Dense(2),))
    anew = bench.scene
    assert anew.model is None
    bench.undo()
    bench.change(validation=0.2)
    assert bench.scene.model == "m.safetensors" and same_answers(bench, network)


def test_a_scene_whose_layers_are_not_the_models(tmp_path: Path) -> None:
    network = trained([Dense(4), Dense()], tmp_path)
    scene = model_scene("m.safetensors", network, Sample("iris"))
    wrong = scene_to_record(scene) | {"hidden": []}
    with pytest.raises(PellucidError, match=r"begins with m\.safetensors, and has other layers or"):
        Bench(cast("Scene", scene_from_record(wrong)), tmp_path)
    other = Bench(Scene(Sample("iris"), (Dense(7),)), tmp_path)
    with pytest.raises(PellucidError, match="has other layers than the network on the bench"):
        other.take("m.safetensors")


def test_a_network_that_does_not_end_with_a_dense_layer(tmp_path: Path) -> None:
    network = trained([Dense(3), Flatten()], tmp_path)
    with pytest.raises(PellucidError, match="ends with a layer of Flatten; on a bench a network"):
        model_scene("m.safetensors", network, Sample("iris"))


def test_a_sample_begins_as_the_workbench_does() -> None:
    begun = opening("moons", None, None).scene
    assert begun == FIRST
    gate = opening("xor", None, None).scene
    assert gate is not None
    assert (gate.hidden, gate.validation, gate.scale) == (FIRST.hidden, 0.0, False)
