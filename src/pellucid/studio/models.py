"""A trained network that was uploaded: what it is, and samples that it can go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid.data.codec import TableCodec
from pellucid.data.samples import names
from pellucid.errors import FileError, PellucidError
from pellucid.models.network import Network
from pellucid.scene.model import model_scene
from pellucid.scene.source import IDX, PictureFolder, Sample, Source, TableFile, within


def told(path: Path) -> dict[str, Any]:
    """What a model file holds, in short.

    Raises: ``FileError`` for what is none.
    """
    network = Network.load(path)
    size = network.architecture.learned.size
    source = source_of(network, path.parent)
    where = "Its data are at hand: it can be looked at, and go on learning." if source else ""
    return {"parameters": int(size), "words": where or needs(network, path.name), "problem": None}


def needs(network: Network, name: str) -> str:
    """What data a model wants, in words."""
    codec = network.inputs
    known = network.provenance.get("data", {}).get("name")
    if isinstance(codec, TableCodec):
        columns = ", ".join(column.name for column in codec.used[:6])
        what = f"a table with the columns {columns}{', ...' if len(codec.used) > 6 else ''}"
    else:
        what = "rows of the shape " + " x ".join(map(str, network._parts()[1].row_shape))
    learned = f" It learned from {known!r}." if isinstance(known, str) else ""
    return f"{name} takes {what}.{learned} Upload such data first, and then the model again."


def known_data(network: Network, name: str) -> tuple[Source, Path | None]:
    """The data that a model says it learned from, and where they lie; None: built in.

    Raises: ``FileError`` where it does not say, or they are not there any more.
    """
    told = network.provenance.get("data", {})
    given, target, kind = (told.get(key) for key in ("given", "target", "kind"))
    if given in names():
        return Sample(given), None
    path = Path(given) if isinstance(given, str) else None
    if path is None or not path.exists():
        where = "does not say what it learned from" if path is None else (
            f"learned from {given}, which is not there"
        )  # fmt: skip
        raise FileError(
            f"{name} {where}. Open the studio with such data, and upload the model on its page."
        )
    path = path.resolve()
    if path.is_dir():
        return PictureFolder(path.name), path
    if not isinstance(target, str) or kind not in ("classes", "numbers"):
        raise FileError(
            f"{name} predicts {kind or 'something'} in {target or 'several columns'}; the studio "
            "shows networks that predict classes or numbers in one column. Look into it with "
            "pellucid inspect."
        )
    return TableFile(path.name, target, kind), path


def source_of(network: Network, folder: Path, current: Source | None = None) -> Source | None:
    """Samples that a model can read: those on the bench, of the session, or built in; or None."""
    told = network.provenance.get("data", {})
    name, target = told.get("name"), told.get("target")
    tried: list[Source] = [current] if current is not None else []
    if isinstance(name, str) and isinstance(target, str):
        tried += [
            TableFile(path.name, target) for path in sorted(folder.iterdir())
            if path.stem == name and path.is_file() and path.suffix != ".safetensors"
        ]  # fmt: skip
    if isinstance(name, str) and name not in IDX and (folder / name).is_dir():
        tried.append(PictureFolder(name))
    if isinstance(name, str) and name in names() and (name not in IDX or (folder / name).is_dir()):
        tried.append(Sample(name))
    return next((source for source in tried if reads(network, source, folder)), None)


def reads(network: Network, source: Source, folder: Path) -> bool:
    """Whether a network takes these samples, and knows their targets."""
    try:
        data = source.open(folder)
        network.predict(data.x[:1])
        network._parts()[2].encode(data.y[:1])
    except PellucidError:
        return False
    return True


def opened(file: str, folder: Path, current: Source | None = None) -> Any:
    """The scene that begins with a model of the session.

    Raises: ``FileError`` for what is none, or where there are no data for it.
    """
    network = Network.load(within(folder, file))
    source = source_of(network, folder, current)
    if source is None:
        raise FileError(needs(network, file))
    return model_scene(file, network, source)
