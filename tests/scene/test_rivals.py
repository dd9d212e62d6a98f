"""A network's rivals on held-out rows, against scikit-learn; drawn pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from pellucid.data.pictures.drawn import draw_folder, drawn_pictures
from pellucid.errors import DataError, ParameterError
from pellucid.learn.local import Oja
from pellucid.nn.dense import Dense
from pellucid.scene.bench import Bench
from pellucid.scene.comparing import baselines, known, rivals
from pellucid.scene.scene import Scene, scene_from_record, scene_to_record
from pellucid.scene.source import DrawnPictures, Sample


def test_the_neighbours_are_scikit_learns() -> None:
    bench = Bench(Scene(Sample("wine"), validation=0.3))
    assert known(bench) is None
    found = {row["name"]: row for row in baselines(bench)}
    x, y = bench.data.x, bench.data.y
    scaler = StandardScaler().fit(x[bench.learned])
    near = KNeighborsClassifier(5).fit(scaler.transform(x[bench.learned]), y[bench.learned])
    right = near.predict(scaler.transform(x[np.sort(bench.held)])) == y[np.sort(bench.held)]
    assert found["k nearest neighbours"]["scores"]["accuracy"] == pytest.approx(right.mean())
    assert np.array_equal(found["k nearest neighbours"]["right"], right)
    assert set(found) == {"majority class", "linear model", "k nearest neighbours"}


def test_they_are_kept_while_the_data_stay_the_same() -> None:
    bench = Bench(Scene(Sample("iris"), validation=0.2))
    first = baselines(bench)
    bench.learn(20)
    assert baselines(bench) is first
    assert known(bench) is first
    bench.change(seed=5)
    assert known(bench) is None


def test_numbers_have_rivals_too() -> None:
    bench = Bench(Scene(Sample("diabetes"), validation=0.2))
    found = baselines(bench)
    assert [row["name"] for row in found] == ["mean", "linear model", "k nearest neighbours"]
    assert all(row["right"] is None and "r2" in row["scores"] for row in found)


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(DataError) as error:
        rivals(Bench(Scene(Sample("iris"))))
    assert str(error.value) == (
        "A comparison needs rows that nobody learned from, and none are held out. Hold some out, "
        "such as a fifth."
    )
    oja = Scene(Sample("iris"), output=Dense(1, bias=False), rule=Oja(0.01), validation=0.2)
    with pytest.raises(DataError, match="this rule learns without any"):
        rivals(Bench(oja))


def test_drawn_pictures_are_those_of_the_folder(tmp_path: Path) -> None:
    from PIL import Image

    found = drawn_pictures("shapes", 2, 12, 7)
    draw_folder("shapes", tmp_path / "out", count=2, size=12, seed=7)
    assert found.x.shape == (12, 3, 12, 12)
    for row, name in enumerate(found.files):
        kind, number = name.rsplit("_", 1)
        with Image.open(tmp_path / "out" / kind / f"{kind}_{int(number):04}.png") as picture:
            assert np.array_equal(np.moveaxis(np.asarray(picture), 2, 0), found.x[row])
        assert found.y[row] == kind
    assert drawn_pictures("shapes", 2, 12, 7) is found
    assert not found.x.flags.writeable


def test_drawn_pictures_are_a_source() -> None:
    scene = Scene(DrawnPictures("shapes", 3, 10))
    assert scene_from_record(scene_to_record(scene)) == scene
    data = scene.source.open(None)
    assert (len(data), data.class_names is not None and len(data.class_names)) == (18, 6)
    with pytest.raises(ParameterError):
        DrawnPictures("shapes", 1)
