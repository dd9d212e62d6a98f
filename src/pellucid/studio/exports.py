"""What the page takes away: the scene, the network for other programs, its picture, its curves."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.io.model import model_bytes
from pellucid.models.network import Network
from pellucid.models.saving import to_file
from pellucid.scene.acts import Relabel
from pellucid.studio.files import is_plain
from pellucid.studio.scene_file import Saved, files_of, scene_bytes

if TYPE_CHECKING:
    from pellucid.studio.session import Session

NO_CURVES = "Nothing was learned yet, so there are no curves. Press play first."
CHECKED = 1000
"""Rows on which an ONNX file is compared with the network before it is handed out."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What was on the bench when someone asked, in arrays of its own.

    Attributes:
        kind: of the bench: network, memory or map.
        name: of the data, as a file may be called.
        saved: the scene and the network.
        rows: some of the data, in the user's words.
        names: what the numbers of a row are called.
        curve: the learning curve by column.
        learned: how many rows were learned from.
        labels: of the rows that were given another by hand, as the data have them now.
    """

    kind: str
    name: str
    saved: Saved
    rows: Any = None
    names: Any = None
    curve: Mapping[str, Any] | None = None
    learned: int = 0
    labels: Mapping[int, Any] | None = None

    @property
    def network(self) -> Network:
        """The network.

        Raises: ``ParameterError`` where there is none.
        """
        if self.saved.network is None:
            raise _no_network(self.kind)
        return self.saved.network


def download(session: Session, kind: str) -> tuple[str, str, bytes]:
    """A file of what is on the bench: its name, its content type, its bytes.

    Parameters:
        kind: one of ``KINDS``.
    Raises: ``UnknownNameError`` for another kind; what keeps the file from being written.
    """
    found = session.call(lambda at: _checked(at, kind))
    ending, media, write = KINDS[kind]
    return f"{found.name}{ending}", media, write(found)


def _checked(session: Session, kind: str) -> Snapshot:
    check(session.bench, kind)
    return snapshot(session)


def check(bench: Any, kind: str) -> None:
    """Raise what is known to keep a file from being made, before it is asked for.

    A browser notes each download that is refused as a fault of the page; this is no fault.
    """
    if kind not in KINDS:
        raise unknown_name("kind of file", kind, KINDS)
    held: str = bench.kind
    if held != "network" and kind != "scene":
        raise _no_network(held)
    if kind == "csv" and not len(bench.curve.get("step", ())):
        raise ParameterError(NO_CURVES)


def _no_network(held: str) -> ParameterError:
    return ParameterError(
        f"There is a {held} on the bench, and no network: it can be saved as a scene."
    )


def snapshot(session: Session) -> Snapshot:
    """Copy what is on the bench; by the session's own thread."""
    bench = session.bench
    kind: str = bench.kind
    played = bench.played()
    if kind != "network":
        return Snapshot(kind, kind, Saved(played, None, session.folder, 0))
    network, _ = bench.copied()
    x, y = bench.data.x, bench.data.y
    given = sorted({act.row for act in played.acts if isinstance(act, Relabel)})
    return Snapshot(
        kind, _plain(bench.data.name), Saved(played, network, session.folder, bench.step),
        x[:: -(-len(x) // CHECKED)], list(bench.data.feature_names) or None, bench.curve,
        len(bench.learned), dict(zip(given, y[np.array(given, int)].tolist(), strict=True)),
    )  # fmt: skip


def _plain(name: str) -> str:
    """A name that is one on every system."""
    found = "".join(letter for letter in name if letter.isalnum() or letter in " -_")[:60].strip()
    return found if is_plain(found or ".") else "network"


# --- the kinds


def _scene(found: Snapshot) -> bytes:
    return scene_bytes(found.saved)


def _model(found: Snapshot) -> bytes:
    return model_bytes(to_file(found.network))


def _onnx(found: Snapshot) -> bytes:
    network = found.network
    with tempfile.TemporaryDirectory(prefix="pellucid-") as folder:
        path = Path(folder) / f"{found.name}.onnx"
        network.to_onnx(path, found.rows)
        return path.read_bytes()


def _python(found: Snapshot) -> bytes:
    """A zip file of the program, the model, and the data that it reads."""
    from pellucid.studio.source_code import python_program

    network, saved = found.network, found.saved
    task = network._parts()[0]
    model = f"{found.name}.safetensors"
    title = f"{found.name}, after {saved.step:,} steps"
    text = python_program(
        saved.scene, tuple(task.architecture.chain.layers), task.loss, title, model, found.learned,
        found.labels,
    )  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{found.name}/{found.name}.py", text)
        archive.writestr(f"{found.name}/{model}", _model(found))
        for name, path in files_of(saved.scene, saved.folder):
            if f"{found.name}/{name}" not in archive.namelist():
                archive.write(path, f"{found.name}/{name}")
    return out.getvalue()


def _svg(found: Snapshot) -> bytes:
    from pellucid.figures.drawing_svg import drawing_svg
    from pellucid.inspect.views.diagram import network_drawing

    return drawing_svg(network_drawing(found.network, names=found.names)).encode()


def _csv(found: Snapshot) -> bytes:
    """The learning curve: a row for each step that was noted, empty cells where nothing was."""
    columns = dict(found.curve or {})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(name, value) for name, value in zip(columns, row, strict=True)])
    return out.getvalue().encode()


def _cell(name: str, value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if name in ("step", "epoch") else repr(float(value))


KINDS: Mapping[str, tuple[str, str, Callable[[Snapshot], bytes]]] = {
    "scene": (".pellucid", "application/zip", _scene),
    "python": ("-program.zip", "application/zip", _python),
    "onnx": (".onnx", "application/octet-stream", _onnx),
    "model": (".safetensors", "application/octet-stream", _model),
    "svg": ("-network.svg", "image/svg+xml", _svg),
    "csv": ("-curves.csv", "text/csv; charset=utf-8", _csv),
}
"""By what the page calls them: how the name ends, the content type, and what writes the file. No
name is that of the data that it was learned from."""
