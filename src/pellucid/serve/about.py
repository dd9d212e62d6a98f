"""What the service tells of its model: what goes in, what comes out, where it came from.

A model's file may hold anything, and paths of the machine that trained it. So only what is listed
here is told, and only where it is of the type that it should be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pellucid._version import __version__
from pellucid.data.codec import Classes, Counts, Labels, NoTargets, Numbers
from pellucid.serve.answers import ends_of
from pellucid.serve.reader import Reader

if TYPE_CHECKING:
    from pellucid.models.network import Network

LONGEST = 200
WHOLE = ("training_rows", "validation_rows", "test_rows", "rows")
MOST_PIXELS = 1_000_000


def about(network: Network, reader: Reader, chances: bool) -> dict[str, Any]:
    """All that ``GET /model`` answers.

    Parameters:
        chances: whether answers have the chances of the classes.
    """
    target = network._parts()[2]
    return {
        "kind": kind_of(target),
        "target": target_name(network),
        "classes": list(target.labels) if isinstance(target, Classes | Labels) else None,
        "threshold": target.threshold if isinstance(target, Classes) else None,
        "interval": ends_of(network.loss) is not None,
        "columns": reader.columns(),
        "inputs": network.inputs.describe(),
        "layers": [repr(layer) for layer in network.layers],
        "chances": chances,
        "loss": network.loss.kind,
        "parameters": network.architecture.learned.size,
        "steps": network.steps_taken,
        "trained": trained(network.provenance) | {"seed": network.seed},
        "served_by": f"pellucid {__version__}",
        "example": reader.example,
    }


def kind_of(target: Any) -> str:
    """What the answers are: classes, labels, numbers, counts, or a network's outputs."""
    kinds = (
        (Classes, "classes"), (Labels, "labels"), (Counts, "counts"), (Numbers, "numbers"),
        (NoTargets, "outputs"),
    )  # fmt: skip
    return next((name for kind, name in kinds if isinstance(target, kind)), target.kind)


def trained(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Where the model came from: versions, and the data's name, size and fingerprint."""
    told: dict[str, Any] = {}
    versions = provenance.get("versions")
    if isinstance(versions, dict):
        told["versions"] = {
            name: value for name, value in versions.items() if _is_word(name) and _is_word(value)
        }
    data = _data(provenance)
    for name in WHOLE:
        if type(data.get(name)) is int:
            told[name] = data[name]
    for name in ("name", "sha256"):
        if _is_word(data.get(name)):
            told["data" if name == "name" else name] = data[name]
    return told


def target_name(network: Network) -> str | None:
    """The column that is predicted, where the model's file says so."""
    name = _data(network.provenance).get("target")
    return name if isinstance(name, str) else None


def feature_names(network: Network) -> list[str]:
    """The names of an array's columns, where the model's file says them; else none."""
    shape = network.inputs.row_shape
    data = _data(network.provenance)
    names, picture = data.get("features"), data.get("picture")
    if isinstance(picture, list) and [type(size) for size in picture] == [int, int]:
        rows, columns = picture
        if 0 < rows * columns < MOST_PIXELS and rows > 0:
            names = [f"pixel_{row}_{column}" for row in range(rows) for column in range(columns)]
    if (
        not isinstance(names, list)
        or (len(names),) != shape
        or len(set(map(str, names))) < len(names)
    ):
        return []
    return names if all(isinstance(name, str) for name in names) else []


def _data(provenance: Mapping[str, Any]) -> Mapping[str, Any]:
    data = provenance.get("data")
    return data if isinstance(data, dict) else {}


def _is_word(value: Any) -> bool:
    """Whether it is a short text that is no path."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and not set(value) & set("/\\")
