"""What is taken away: scenes that reopen to the bit, programs that run, files for others."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import runpy
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from pellucid import Conv2D, Dense, Dropout, Flatten, Network
from pellucid.errors import PellucidError
from pellucid.learn.backprop import Backprop
from pellucid.learn.local import Oja
from pellucid.learn.optimizers import SGD, Adam
from pellucid.learn.schedules import Cosine
from pellucid.run.choose import executor
from pellucid.scene.acts import Take
from pellucid.scene.bench import Bench
from pellucid.scene.memory_scene import MemoryScene
from pellucid.scene.scene import Scene
from pellucid.scene.source import ArrayFile, DrawnPictures, PictureFolder, Points, Sample, TableFile
from pellucid.studio.command import Later
from pellucid.studio.commands.sharing import CheckFile, OpenSceneFile
from pellucid.studio.exports import KINDS, download
from pellucid.studio.scene_file import _own_sum, reopened, told
from pellucid.studio.scene_members import PARAMETERS, RECORD
from pellucid.studio.session import Session
from pellucid.studio.uploads import receive
from tests.studio.idx_files import idx_folder

FLOWERS = "petal,sepal,species\n" + "".join(
    f"{n / 10},{n % 7},{'rose' if n % 3 else 'lotus'}\n" for n in range(30)
)
CORNERS = ((0.0, 1.0, 0.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
SMALL = (Dense(4, activation="tanh"), Dropout(0.1))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "flowers.csv").write_text(FLOWERS)
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(folder / "a.npz", x=x, y=np.where(x[:, 0] > 0, "up", "down"))
    for kind, color in (("cat", (200, 30, 30)), ("dog", (20, 20, 220))):
        (folder / "pets" / kind).mkdir(parents=True)
        for n in range(5):
            shade = tuple(max(0, value - 9 * n) for value in color)
            Image.new("RGB", (16, 16), shade).save(folder / "pets" / kind / f"{n}.png")
    made = Session("one", folder, print)
    yield made
    made.end()


def play(session: Session, scene: Any, steps: int = 12, edits: bool = True) -> None:
    def do(at: Session) -> None:
        at.open(scene)
        at.bench.learn(steps)
        if edits:
            name = next(iter(at.bench.network.parameters))
            at.bench.edit(name, (0,) * at.bench.network.parameters[name].ndim, 0.5)
            at.bench.learn(3)

    session.call(do)


def done(session: Session, later: Later) -> Any:
    """The reply to what is computed aside."""
    found, then = later.compute(), later.then
    return found if then is None else session.call(lambda at: then(at, found))


def taken(session: Session, kind: str, folder: Path) -> Path:
    name, _, content = download(session, kind)
    path = folder / name
    path.write_bytes(content)
    return path


def same(one: Network, two: Network) -> bool:
    a, b = one.parameters, two.parameters
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


# --- scenes


@pytest.mark.parametrize(
    "scene",
    [
        Scene(TableFile("flowers.csv", "species"), SMALL, validation=0.2),
        Scene(ArrayFile("a.npz"), SMALL),
        Scene(PictureFolder("pets"), (Conv2D(2, 3, activation="relu"), Flatten())),
        Scene(Sample("moons"), SMALL, rule=Backprop(Adam(Cosine(0.02))), batch=7, epochs=2),
        Scene(Points(((0.0, 1.0, 0.0), (1.0, 0.0, 1.0), (1.0, 1.0, 1.0))), rule=Backprop(SGD(0.1))),
        Scene(Sample("iris"), output=Dense(2), rule=Oja(0.01)),
    ],
    ids=lambda scene: type(scene.source).__name__,
)
def test_a_scene_reopens_to_the_bit_in_another_folder(
    session: Session, tmp_path: Path, scene: Scene
) -> None:
    play(session, scene)
    path, other = taken(session, "scene", tmp_path), tmp_path / "other"
    other.mkdir()
    bench, notes = reopened(path, other)
    mine = session.bench
    assert notes == [] and bench.step == mine.step
    assert same(bench.network, mine.network) and bench.played() == mine.played()
    assert np.array_equal(bench.network.predict(bench.data.x), mine.network.predict(mine.data.x))
    bench.learn(5)
    session.call(lambda at: at.bench.learn(5))
    assert same(bench.network, mine.network), "and goes on to the same bits"
    bench.seek(4)
    session.call(lambda at: at.bench.seek(4))
    assert same(bench.network, mine.network), "and can be gone back in"


def test_labels_and_knocked_out_units_are_kept(session: Session, tmp_path: Path) -> None:
    play(session, Scene(TableFile("flowers.csv", "species"), (Dense(3),)), edits=False)
    session.call(lambda at: at.bench.relabel(4, "lotus"))
    session.call(lambda at: at.bench.learn(2))
    session.call(lambda at: at.bench.knock("dense_1", 1))
    bench, _ = reopened(taken(session, "scene", tmp_path), _new(tmp_path))
    assert bench.data.y[4] == "lotus" and same(bench.network, session.bench.network)
    assert not bench.network.parameters["dense_2.weight"][1].any()


def _new(tmp_path: Path) -> Path:
    folder = tmp_path / "another"
    folder.mkdir()
    return folder


def test_the_same_scene_gives_the_same_bytes(session: Session) -> None:
    play(session, Scene(TableFile("flowers.csv", "species"), SMALL))
    assert download(session, "scene") == download(session, "scene")


def test_what_is_in_the_folder_stays_as_it_is(session: Session, tmp_path: Path) -> None:
    play(session, Scene(TableFile("flowers.csv", "species"), SMALL))
    path, other = taken(session, "scene", tmp_path), _new(tmp_path)
    (other / "flowers.csv").write_text("other")
    bench, _ = reopened(path, other)
    assert bench.scene.source == TableFile("flowers 2.csv", "species")
    assert (other / "flowers.csv").read_text() == "other"


def test_another_machine_gets_the_numbers_of_the_file(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here one that computes in double precision: other roundings at each step."""
    play(session, Scene(Sample("moons"), SMALL))
    path, other = taken(session, "scene", tmp_path), _new(tmp_path)
    wide = executor("reference", "float64")
    monkeypatch.setattr("pellucid.scene.bench.executor", lambda *_, **__: wide)
    bench, notes = reopened(path, other)
    assert notes == [
        "This machine computes its steps with other roundings; the network is as it was saved, and "
        "steps before are this machine's."
    ]
    assert bench.step == session.bench.step
    for name, array in bench.network.parameters.items():
        assert np.array_equal(array.astype(np.float32), session.bench.network.parameters[name])
    assert isinstance(bench.played().acts[-1], Take)
    again, _ = reopened(_write(tmp_path, bench, other), tmp_path / "session")
    assert same(again.network, bench.network)


def _write(tmp_path: Path, bench: Bench, folder: Path) -> Path:
    from pellucid.studio.scene_file import Saved, scene_bytes

    path = tmp_path / "again.pellucid"
    path.write_bytes(scene_bytes(Saved(bench.played(), bench.network, folder, bench.step)))
    return path


def test_hours_of_learning_are_not_done_again(session: Session, tmp_path: Path) -> None:
    play(session, Scene(Sample("moons"), SMALL))
    bench, notes = reopened(taken(session, "scene", tmp_path), _new(tmp_path), patience=-1)
    assert bench.step == 0 and same(bench.network, session.bench.network)
    assert notes == [
        "Its 15 steps would take long to be learned again. So the network has the numbers that "
        "were saved, and counts its steps from here: it goes on learning, and cannot go back to "
        "earlier steps."
    ]


def test_a_memory_is_a_scene_too(session: Session, tmp_path: Path) -> None:
    grid = tuple(tuple(1 if row == at else -1 for at in range(4)) for row in range(4))
    session.call(lambda at: at.open(MemoryScene((4, 4), (grid,))))
    bench, _ = reopened(taken(session, "scene", tmp_path), _new(tmp_path))
    assert bench.kind == "memory" and bench.played() == session.bench.played()
    for kind in set(KINDS) - {"scene"}:
        with pytest.raises(PellucidError, match="There is a memory on the bench, and no network"):
            download(session, kind)


def test_it_is_opened_by_upload_and_can_be_undone(session: Session, tmp_path: Path) -> None:
    play(session, Scene(TableFile("flowers.csv", "species"), SMALL))
    content = download(session, "scene")[2]
    saved = {name: a.copy() for name, a in session.bench.network.parameters.items()}
    session.call(lambda at: at.open(Scene(Sample("iris"))))
    (session.folder / "mine.pellucid").write_bytes(content)
    found = receive(session.folder, "mine.pellucid")
    assert (found["kind"], found["steps"], found["notes"]) == ("scene", 15, [])
    later = session.call(OpenSceneFile("mine.pellucid").do)
    assert isinstance(later, Later) and done(session, later) == {"notes": []}
    now = session.bench.network.parameters
    assert all(np.array_equal(now[name], array) for name, array in saved.items())
    assert session.call(lambda at: at.bench.undo()) and session.bench.data.name == "iris"


# --- files that were changed, or come from elsewhere


def rewritten(path: Path, change: Callable[[dict[str, Any]], Any], *, sign: bool = True) -> Path:
    """The same scene with another record, its checksum right or not."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    record = json.loads(held[RECORD])
    change(record)
    if sign:
        record["sha256"] = _own_sum(record)
    held[RECORD] = json.dumps(record).encode()
    return packed(path, held)


def packed(path: Path, held: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def scene(session: Session, tmp_path: Path) -> Path:
    play(session, Scene(TableFile("flowers.csv", "species"), SMALL))
    return taken(session, "scene", tmp_path)


@pytest.mark.parametrize(
    ("change", "sign", "words"),
    [
        (
            lambda r: r.update(version=7), True,
            "flowers.pellucid is a scene of version 7, and this Pellucid reads up to 1. Install a "
            "newer Pellucid.",
        ),
        (
            lambda r: r.update(step=99), False,
            "flowers.pellucid is damaged, or was changed by hand: its record is not what its "
            "checksum says. Save the scene again.",
        ),
        (
            lambda r: r.update(format="other"), True,
            "flowers.pellucid is damaged, or was changed by hand: it does not say that it is a "
            "scene. Save the scene again.",
        ),
        (
            lambda r: r["scene"]["hidden"][0].update(layer="os.system"), True,
            "flowers.pellucid holds no scene that can be opened. There is no layer 'os.system'.",
        ),
        (
            lambda r: r["scene"]["source"].update(file="../../etc/passwd"), True,
            "flowers.pellucid is damaged, or was changed by hand: its scene has no use for "
            "files/flowers.csv. Save the scene again.",
        ),
        (
            lambda r: r["members"].update({"files/x.csv": "0"}), True,
            "flowers.pellucid is damaged, or was changed by hand: it has other files than its",
        ),
        (lambda r: r["scene"].update(seed=-4), True, "flowers.pellucid holds no scene that can be"),
        (lambda r: r.pop("scene"), True, "flowers.pellucid holds no scene that can be opened."),
    ],
)  # fmt: skip
def test_a_record_that_was_changed(
    scene: Path, tmp_path: Path, change: Any, sign: bool, words: str
) -> None:
    path = rewritten(scene, change, sign=sign)
    with pytest.raises(PellucidError) as fault:
        reopened(path, _new(tmp_path))
    assert str(fault.value).startswith(words)


def test_data_and_parameters_that_were_changed(scene: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(scene) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    for name in ("files/flowers.csv", "parameters.safetensors"):
        path = packed(tmp_path / "bad.pellucid", held | {name: held[name] + b"\n"})
        with pytest.raises(PellucidError, match=f"{name} is not what its checksum says. Save the"):
            reopened(path, tmp_path)
    assert not (tmp_path / "flowers.csv").exists()


def test_names_that_lead_out_of_the_folder(scene: Path, tmp_path: Path) -> None:
    def change(record: dict[str, Any]) -> None:
        record["members"]["files/../../x.csv"] = record["members"].pop("files/flowers.csv")

    path = rewritten(scene, change)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["files/../../x.csv"] = held.pop("files/flowers.csv")
    with pytest.raises(PellucidError, match=r"a file with the name 'files/\.\./\.\./x\.csv'"):
        reopened(packed(path, held), _new(tmp_path))
    assert not list(tmp_path.rglob("x.csv"))


# --- MNIST: its folder is the user's own, to which the session has a link


def held_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_members(path: Path, more: dict[str, bytes], name: str = "sent.pellucid") -> Path:
    """The same scene, signed, with other files in it."""
    held = held_in(path) | more
    record = json.loads(held.pop(RECORD))
    record["members"] = {key: hashlib.sha256(value).hexdigest() for key, value in held.items()}
    record["sha256"] = _own_sum(record)
    return packed(path.with_name(name), {RECORD: json.dumps(record).encode(), **held})


@pytest.fixture
def of_mnist(session: Session, tmp_path: Path) -> Path:
    """A scene on MNIST, from a studio that was started with --data-dir."""
    (session.folder / "mnist").symlink_to(idx_folder(tmp_path / "own"))
    (tmp_path / "own" / "diary.txt").write_text("mine")
    (tmp_path / "own" / "sub").mkdir()
    play(session, Scene(Sample("mnist"), (Flatten(), Dense(3)), batch=16))
    return taken(session, "scene", tmp_path)


def test_mnist_comes_with_its_four_files_and_nothing_else(of_mnist: Path, tmp_path: Path) -> None:
    idx = {f"files/mnist/{path.name}" for path in (tmp_path / "own").glob("*ubyte")}
    assert len(idx) == 4 and held_in(of_mnist).keys() == {RECORD, PARAMETERS, *idx}
    bench, notes = reopened(of_mnist, _new(tmp_path))
    assert notes == [] and bench.step == 15


def test_mnist_reopens_where_the_session_has_the_same_files(
    of_mnist: Path, session: Session
) -> None:
    bench, notes = reopened(of_mnist, session.folder)
    assert notes == [] and bench.step == 15
    assert (session.folder / "mnist").is_symlink()


@pytest.mark.parametrize(
    "more",
    [
        {"files/mnist/sub/evil.txt": b"evil"},
        {"files/mnist/evil.txt": b"evil"},
        {"files/mnist/t10k-labels-idx1-ubyte": b"evil"},
        {"files/mnist": b"evil"},
    ],
)
def test_a_scene_never_writes_into_the_users_folder(
    of_mnist: Path, session: Session, tmp_path: Path, more: dict[str, bytes]
) -> None:
    before = contents(tmp_path / "own"), contents(session.folder)
    path = with_members(of_mnist, more)
    with pytest.raises(PellucidError) as fault:
        reopened(path, session.folder)
    assert str(fault.value) == (
        "sent.pellucid came with files of its own for mnist, and this session has others. Open it "
        "in a studio that was started without --data-dir."
    )
    assert (contents(tmp_path / "own"), contents(session.folder)) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def test_no_sample_but_mnist_has_files(session: Session, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (session.folder / "moons").symlink_to(tmp_path / "own")
    play(session, Scene(Sample("moons"), SMALL))
    path = with_members(taken(session, "scene", tmp_path), {"files/moons/evil.txt": b"evil"})
    with pytest.raises(PellucidError, match=r"its scene has no use for files/moons/evil\.txt"):
        reopened(path, session.folder)
    assert not list((tmp_path / "own").iterdir())


def test_links_of_the_session_are_not_written_through(
    session: Session, scene: Path, tmp_path: Path
) -> None:
    other, mine = _new(tmp_path), tmp_path / "mine.csv"
    mine.write_text("mine")
    (other / "flowers.csv").symlink_to(mine)
    (other / "flowers 2.csv").symlink_to(tmp_path / "nowhere.csv")
    bench, _ = reopened(scene, other)
    assert bench.scene.source == TableFile("flowers 3.csv", "species")
    assert mine.read_text() == "mine" and not (tmp_path / "nowhere.csv").exists()


def test_nothing_stays_of_a_scene_that_cannot_be_opened(scene: Path, tmp_path: Path) -> None:
    path = with_members(scene, {"files/flowers.csv": b"petal,species\n1,rose\n2,rose\n"})
    other = _new(tmp_path)
    with pytest.raises(PellucidError, match=r"^sent\.pellucid cannot be opened\. "):
        reopened(path, other)
    assert not list(other.iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"{}", b"\x00" * 100])
def test_what_is_no_scene(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.pellucid").write_bytes(content)
    with pytest.raises(PellucidError, match=r"is damaged, or no zip file|is empty: it has no"):
        receive(tmp_path, "no.pellucid")


def test_a_zip_that_is_no_scene(tmp_path: Path) -> None:
    path = packed(tmp_path / "no.pellucid", {"a.txt": b"x"})
    with pytest.raises(PellucidError, match=r"no\.pellucid is a zip file, and no scene: it has no"):
        told(path)


def test_a_record_nested_too_deep(tmp_path: Path) -> None:
    path = packed(tmp_path / "deep.pellucid", {RECORD: b"[" * 100_000})
    with pytest.raises(PellucidError, match="is damaged, or was changed by hand: its record"):
        told(path)


# --- for other programs


@pytest.mark.parametrize(
    "scene",
    [
        Scene(TableFile("flowers.csv", "species"), SMALL, validation=0.2),
        Scene(TableFile("flowers.csv", "petal", "numbers"), (Dense(3, activation="relu"),)),
        Scene(ArrayFile("a.npz"), SMALL),
        Scene(PictureFolder("pets"), (Conv2D(2, 3, activation="relu"), Flatten()), batch=4),
        Scene(Points(CORNERS, classes=("a'\"b", "c"))),
        Scene(DrawnPictures("shapes", 4, 16), (Flatten(),), rule=Backprop(SGD(0.1), l2=0.01)),
    ],
    ids=lambda scene: type(scene.source).__name__ + str(getattr(scene.source, "kind", "")),
)
def test_the_program_runs_and_answers_the_same(
    session: Session, tmp_path: Path, scene: Scene
) -> None:
    play(session, scene, steps=3)
    if session.bench.data.kind == "classes":
        session.call(lambda at: at.bench.relabel(0, str(at.bench.data.y[-1])))
    path = taken(session, "python", tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "program")
    place = tmp_path / "program" / path.stem.removesuffix("-program")
    program = place / f"{path.stem.removesuffix('-program')}.py"
    asking = (
        "import sys, json, runpy; found = runpy.run_path(sys.argv[1]);"
        "x, y = found['load_data'](); network = found['load_network']();"
        "made = repr(found['make_network']());"
        "print(json.dumps([network.predict(x).tolist(), y.tolist(), made]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asking, str(program)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answers, targets, network = json.loads(done.stdout.splitlines()[-1])
    bench = session.bench
    assert answers == bench.network.predict(bench.data.x).tolist()
    assert targets == bench.data.y.tolist()
    layers = bench.network.architecture.chain.layers
    assert all(repr(layer) in network for layer in layers)
    whole = subprocess.run([sys.executable, "-W", "ignore", str(program), "learn"],
                           capture_output=True, text=True)  # fmt: skip
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.count("answer ") == min(20, len(bench.data.x))


@pytest.mark.parametrize(
    "names",
    [[True, False], [3, 7], np.array([250, 5], np.uint8), np.array([1.0, 2.0], np.float32),
     ["it's", 'a "b" \\']],
    ids=["truth", "integers", "bytes", "floats", "quotes"],
)  # fmt: skip
def test_labels_changed_by_hand_are_the_same_in_the_program(
    session: Session, tmp_path: Path, names: Any
) -> None:
    y = np.array(names)[np.arange(40) % 2]
    np.savez(session.folder / "own.npz", x=np.random.default_rng(0).normal(size=(40, 3)), y=y)

    def do(at: Session) -> None:
        at.open(Scene(ArrayFile("own.npz"), SMALL))
        for row, name in ((0, 1), (1, 0), (2, 1), (2, 0)):
            at.bench.relabel(row, str(np.array(names)[name]))

    session.call(do)
    with zipfile.ZipFile(taken(session, "python", tmp_path)) as archive:
        archive.extractall(tmp_path)
    _, found = runpy.run_path(str(tmp_path / "own" / "own.py"))["load_data"]()
    now = session.bench.data.y
    assert found.dtype == now.dtype and found.tolist() == now.tolist()
    assert found.tolist()[:3] == y[[1, 0, 0]].tolist()


def test_the_onnx_file_answers_the_same(session: Session, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    play(session, Scene(Sample("moons"), SMALL), edits=True)
    model = runtime.InferenceSession(taken(session, "onnx", tmp_path).read_bytes())
    x = np.asarray(session.bench.data.x[:50], np.float32)
    label, chances = model.run(["label", "probabilities"], {"x": x})
    network = session.bench.network
    assert np.array_equal(label, network.predict(x))
    assert np.abs(chances - network.predict_proba(x)).max() < 1e-5


def learned_by(path: Path, folder: Path) -> tuple[str, Network]:
    """What a saved program says of its learning, and the network that it learns."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    name = path.stem.removesuffix("-program")
    program = folder / name / f"{name}.py"
    asking = (
        "import sys, runpy; found = runpy.run_path(sys.argv[1]); print(found['learn'].__doc__);"
        "found['learn']().save(sys.argv[2])"
    )
    made = folder / "again.safetensors"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asking, str(program), str(made)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split()), Network.load(made)


@pytest.mark.parametrize("batch", [None, 40])
def test_the_program_learns_what_was_learned(
    session: Session, tmp_path: Path, batch: int | None
) -> None:
    scene = Scene(Sample("moons"), SMALL, validation=0.2, batch=batch, epochs=5000)
    play(session, scene, steps=0, edits=False)
    session.call(lambda at: at.bench.learn_epochs(7))
    said, network = learned_by(taken(session, "python", tmp_path), tmp_path)
    steps = session.bench.step
    assert f"7 epochs, as in the studio ({steps} steps): the network that was saved." in said
    assert same(network, session.bench.network)


def test_the_program_says_what_differs(session: Session, tmp_path: Path) -> None:
    play(session, Scene(Sample("moons"), SMALL, batch=40, epochs=5000), steps=12)
    session.call(lambda at: at.bench.learn(1))
    said, network = learned_by(taken(session, "python", tmp_path), tmp_path)
    assert "Its numbers differ from those that were saved: there it was changed by hand" in said
    assert not same(network, session.bench.network)


def test_the_model_file_is_the_network(session: Session, tmp_path: Path) -> None:
    play(session, Scene(TableFile("flowers.csv", "species"), SMALL))
    found = Network.load(taken(session, "model", tmp_path))
    assert same(found, session.bench.network)
    assert np.array_equal(
        found.predict(session.bench.data.x), session.bench.network.predict(session.bench.data.x)
    )


def test_the_picture_is_svg_of_every_weight(session: Session) -> None:
    play(session, Scene(Sample("moons"), (Dense(3),)))
    name, media, content = download(session, "svg")
    root = ET.fromstring(content)
    assert (name, media) == ("moons-network.svg", "image/svg+xml") and root.tag.endswith("svg")
    assert b"<script" not in content and b"x1" in content


def test_the_curves_as_a_table(session: Session) -> None:
    play(session, Scene(Sample("moons"), SMALL, validation=0.2, batch=40), steps=8, edits=False)
    name, _, content = download(session, "csv")
    assert name == "moons-curves.csv"  # a table's own name stays the table's
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    curve = session.bench.curve
    assert [int(row["step"]) for row in rows] == curve["step"].astype(int).tolist()
    losses = [float(row["batch_loss"]) if row["batch_loss"] else None for row in rows]
    mine = [None if np.isnan(v) else v for v in curve["batch_loss"].tolist()]
    assert losses == mine and "val_loss" in rows[0]


def test_no_curves_before_anything_was_learned(session: Session) -> None:
    session.call(lambda at: at.open(Scene()))
    with pytest.raises(PellucidError, match="Nothing was learned yet, so there are no curves"):
        download(session, "csv")


def test_what_cannot_be_saved_is_said_before_it_is_fetched(session: Session) -> None:
    session.call(lambda at: at.open(Scene()))
    with pytest.raises(PellucidError, match="Nothing was learned yet, so there are no curves"):
        session.call(CheckFile("csv").do)
    with pytest.raises(PellucidError, match="There is no kind of file 'exe'"):
        session.call(CheckFile("exe").do)
    assert session.call(CheckFile("scene").do) is None


def test_another_kind_of_file(session: Session) -> None:
    with pytest.raises(PellucidError, match="There is no kind of file 'exe'"):
        download(session, "exe")


def test_it_is_of_one_moment_while_it_learns(session: Session, tmp_path: Path) -> None:
    session.call(lambda at: at.open(Scene(Sample("moons"), SMALL, epochs=100_000)))
    session.call(lambda at: at.play(None))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = taken(session, "scene", tmp_path)
    session.call(lambda at: at.pause())
    bench, notes = reopened(path, _new(tmp_path))
    assert notes == [] and bench.step == json.loads(zipfile.ZipFile(path).read(RECORD))["step"]
