"""The targets that data hold beside what a model takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.models.network import Network


def targets(
    network: Network, data: str, data_dir: str | None, files: tuple[str, ...] = (),
    row: int | None = None,
) -> Any:  # fmt: skip
    """What is hoped for in each row, as the network takes it; None where the data do not say.

    Parameters:
        files: the picture files that the rows are, if they are: the folder of each is its class.
        row: the one row that is asked for, whose target then is the only one; None: all.
    Raises: ``DataError`` for a class that the model does not know.
    """
    from pellucid.data.source import is_table, open_data

    some = slice(None) if row is None else slice(row, row + 1)
    if files:
        return _of_folders(network, files[some])
    if is_table(data):
        return _of_table(network, data, some)
    if Path(data).suffix.lower() == ".npz" and not _has_targets(data):
        return None
    return as_known(network, open_data(data, data_dir=data_dir).y[some])


def _of_folders(network: Network, files: Sequence[str]) -> Any:
    from pellucid.data.codec import Classes

    codec = network._parts()[2]
    folders = [Path(file).parent.name for file in files]
    if not isinstance(codec, Classes) or not set(folders) <= set(map(str, codec.labels)):
        return None
    return as_known(network, folders)


def _of_table(network: Network, data: str, some: slice) -> Any:
    from pellucid.data.frame import Table
    from pellucid.data.source import open_features

    told = network.provenance.get("data")
    told = told if isinstance(told, dict) else {}
    names = told.get("targets") or ([told["target"]] if told.get("target") else [])
    table = open_features(data, [])
    if not isinstance(table, Table) or not names or not set(names) <= set(table.columns):
        return None
    cells = [table.column(name)[some] for name in names]
    if any(cell is None for column in cells for cell in column):
        return None
    return as_known(network, cells[0] if len(cells) == 1 else list(zip(*cells, strict=True)))


def as_known(network: Network, values: Iterable[Any]) -> Any:
    """Targets as the network's codec takes them: labels as it knows them, numbers as they are.

    Raises: ``DataError`` for a class that the model does not know.
    """
    import numpy as np

    from pellucid.data.codec import Classes
    from pellucid.errors import DataError

    codec = network._parts()[2]
    if not isinstance(codec, Classes):
        return np.asarray(list(values))
    known = {str(label): label for label in codec.labels}
    given = [str(value) for value in values]
    unknown = next((value for value in given if value not in known), None)
    if unknown is not None:
        raise DataError(
            f"The data hold the class {unknown!r}, which the model does not know; expected one of "
            f"{', '.join([*known][:10])}. Leave its rows out, or the target's column."
        )
    return np.array([known[value] for value in given])


def _has_targets(path: str) -> bool:
    """Whether an .npz file holds an array y."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return "y.npy" in archive.namelist()
