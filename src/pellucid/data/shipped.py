"""The data sets that scikit-learn ships, read from its files.

They are the first data that anyone meets, and importing scikit-learn takes a second or two: longer
than to train on them. Where its files are not where they have been for years, it reads them itself.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass

_CELLS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
_FEATURES = {
    "breast_cancer": (
        *(f"mean {name}" for name in _CELLS),
        *(f"{name} error" for name in _CELLS),
        *(f"worst {name}" for name in _CELLS),
    ),
    "diabetes": ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
    "digits": tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
    "iris": ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    "wine": (
        "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols",
        "flavanoids", "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue",
        "od280/od315_of_diluted_wines", "proline",
    ),
}  # fmt: skip
_FILES = {
    "breast_cancer": ("breast_cancer.csv",),
    "diabetes": ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz"),
    "digits": ("digits.csv.gz",),
    "iris": ("iris.csv",),
    "wine": ("wine_data.csv",),
}


@dataclass(frozen=True)
class Shipped:
    """Rows, targets (of classes their numbers), the columns' names and the classes' in order."""

    x: NDArray[np.float64]
    y: NDArray[Any]
    features: tuple[str, ...]
    classes: tuple[str, ...] = ()


def shipped(name: str) -> Shipped:
    """A data set by its name."""
    return _read(name) or _loaded(name)


def _read(name: str) -> Shipped | None:
    """Without importing scikit-learn; None where the files are not there."""
    found = importlib.util.find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        files = [Path(folder, "datasets", "data", file) for file in _FILES[name]]
        if all(file.is_file() for file in files):
            return _diabetes(*files) if name == "diabetes" else _classes(name, *files)
    return None


def _diabetes(rows: Path, targets: Path) -> Shipped:
    return Shipped(np.loadtxt(rows), np.loadtxt(targets), _FEATURES["diabetes"])


def _classes(name: str, file: Path) -> Shipped:
    """Rows with the class's number at the end; but for the digits below a line with the names."""
    classes = tuple("0123456789")
    if name != "digits":
        with file.open(encoding="utf-8") as lines:
            classes = tuple(lines.readline().strip().split(",")[2:])
    table = np.loadtxt(file, delimiter=",", skiprows=int(name != "digits"))
    return Shipped(table[:, :-1].copy(), table[:, -1].astype(np.int64), _FEATURES[name], classes)


def _loaded(name: str) -> Shipped:
    """As scikit-learn gives it."""
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    x = np.ascontiguousarray(bunch.data, np.float64)
    features = tuple(str(feature) for feature in bunch.feature_names)
    if name == "diabetes":
        return Shipped(x, np.asarray(bunch.target, np.float64), features)
    classes = tuple(str(label) for label in bunch.target_names)
    return Shipped(x, np.asarray(bunch.target, np.int64), features, classes)
