"""A map on a bench: any step again, to the bit; what lives where, against KohonenMap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pellucid import data
from pellucid.errors import DataError, ParameterError
from pellucid.memory import KohonenMap
from pellucid.scene.map_bench import MapBench, unit_told
from pellucid.scene.map_scene import MapScene
from pellucid.scene.scene import scene_from_record
from pellucid.scene.source import DrawnPictures, Points, Sample, TableFile

SMALL = MapScene(Sample("iris"), rows=4, columns=5, radius=2.5, steps=600)


def test_any_step_is_reached_again_to_the_bit() -> None:
    bench = MapBench(SMALL)
    kept = {0: bench.places}
    for step in (1, 40, 333):
        bench.learn(step - bench.step)
        kept[step] = bench.places
    bench.to_end()
    assert (bench.step, bench.is_over) == (600, True)
    for step, places in kept.items():
        bench.seek(step)
        assert bench.step == step
        assert np.array_equal(bench.places, places)
    again = MapBench(bench.played())
    assert np.array_equal(again.places, bench.places)


def test_it_is_a_record_that_opens_again() -> None:
    scene = replace(SMALL, grid="hexagonal", taken=17, seed=3)
    opened = scene_from_record(scene.to_record())
    assert opened == scene
    assert isinstance(opened, MapScene)
    assert opened.bench().step == 17


def test_a_step_is_kohonens_rule() -> None:
    points = Points(((0.0, 0.0, 0.0), (4.0, 1.0, 0.0), (1.0, 3.0, 1.0)))
    scene = MapScene(points, rows=1, columns=2, radius=1.0, last_radius=1.0, rate=0.5, scale=False)
    bench = MapBench(scene)
    before = bench.places
    bench.learn(1)
    after = bench.places
    for x in np.asarray(bench.data.x, float):
        won = int(np.linalg.norm(before - x, axis=1).argmin())
        near = np.exp(-((np.arange(2) - won) ** 2) / 2)[:, None]
        expected = before + 0.5 * near * (x - before)
        if np.allclose(after, expected, atol=1e-6):
            return
    raise AssertionError("no sample leads there")


def test_it_measures_what_the_kohonen_map_does() -> None:
    bench = MapBench(SMALL)
    bench.to_end()
    x, y = data.load("iris")
    own = KohonenMap(4, 5, epochs=1, seed=0).fit(x)
    own.network.parameters["dense_1.weight"][...] = bench.places.T
    assert np.array_equal(own.predict(x), bench.winners())
    assert own.quantisation_error(x) == pytest.approx(bench.quantisation_error(), abs=1e-6)
    assert own.topographic_error(x) == pytest.approx(bench.topographic_error())
    assert np.allclose(own.u_matrix().ravel(), bench.borders(), atol=1e-6)
    assert np.array_equal(own.hits(x), bench.hits())
    planes = own.component_planes()
    assert np.allclose(planes.reshape(4, -1).T, bench.centres, atol=1e-5)
    told = own.class_map(x, y)
    counts, names = bench.label_counts(), bench.labels()[1]
    for unit, hits in enumerate(bench.hits()):
        most = told[unit // 5][unit % 5]
        assert (names[counts[unit].argmax()] if hits else None) == most


def test_it_finds_the_groups_of_iris_without_their_names() -> None:
    bench = MapBench(SMALL)
    start = bench.quantisation_error()
    bench.to_end()
    assert bench.quantisation_error() < start / 2
    assert bench.purity() > 0.9
    assert bench.topographic_error() < 0.1
    assert int(bench.label_counts().sum()) == 150


def test_radius_and_rate_fall() -> None:
    bench = MapBench(SMALL)
    assert (bench.radius, bench.rate) == (2.5, 0.5)
    bench.to_end()
    assert bench.radius == pytest.approx(0.7)
    assert bench.rate == pytest.approx(0.005)
    assert bench.advance() == 0
    bench.more()
    assert bench.advance(5) == 5
    assert bench.radius == pytest.approx(0.7)


def test_another_scene_begins_anew_and_is_undone() -> None:
    bench = MapBench(SMALL)
    bench.learn(30)
    places = bench.places
    bench.change(rows=2, columns=2)
    assert (bench.step, bench.scene.layout.units, bench.undoable) == (0, 4, "scene")
    with pytest.raises(ParameterError):
        bench.change(rows=0)
    assert bench.scene.rows == 2
    assert bench.undo()
    assert (bench.step, bench.scene.rows) == (30, 4)
    assert np.array_equal(bench.places, places)
    assert bench.redo()
    assert bench.scene.rows == 2
    bench.restart()
    assert bench.step == 0


def test_a_unit_tells_what_lives_there() -> None:
    bench = MapBench(SMALL)
    bench.to_end()
    unit = int(bench.hits().argmax())
    told = unit_told(bench, unit)
    assert told["hits"] == bench.hits()[unit]
    assert sum(one["count"] for one in told["classes"]) == told["hits"]
    assert (told["row"], told["column"]) == (unit // 5, unit % 5)
    assert [one["name"] for one in told["values"]] == list(bench.data.feature_names)
    assert all(bench.winners()[row] == unit for row in told["rows"])
    with pytest.raises(ParameterError) as error:
        unit_told(bench, 20)
    assert str(error.value) == "The map has units 0 to 19, got 20. Choose one of these."


def test_of_a_table_the_numbers_are_taken(tmp_path: Path) -> None:
    rows = ["size,colour,weight,kind"]
    rows += [f"{k % 7 + 0.5},{'red' if k % 2 else 'blue'},{k}.25,{'a' if k < 10 else 'b'}"
             for k in range(20)]  # fmt: skip
    rows.append(",red,3.5,a")
    (tmp_path / "things.csv").write_text("\n".join(rows) + "\n")
    scene = MapScene(TableFile("things.csv", "kind"), rows=2, columns=2, steps=50)
    bench = scene.bench(tmp_path)
    assert bench.data.feature_names == ("size", "weight")
    assert len(bench.data.x) == 20
    bench.to_end()
    assert bench.hits().sum() == 20
    (tmp_path / "words.csv").write_text("colour,kind\n" + "red,a\nblue,b\n" * 4)
    with pytest.raises(DataError) as error:
        MapScene(TableFile("words.csv", "kind")).bench(tmp_path)
    assert str(error.value) == (
        "A map is laid over columns of numbers, and words has none. Choose another table."
    )


def test_pictures_are_refused() -> None:
    with pytest.raises(DataError) as error:
        MapScene(DrawnPictures("shapes", 2, 8)).bench()
    assert str(error.value) == (
        "A map is laid over rows of numbers, and shapes holds pictures of 3 x 8 x 8. Choose "
        "digits, or a table."
    )


def test_its_standing_is_plain() -> None:
    bench = MapBench(SMALL)
    bench.learn(10)
    bench.choose(7)
    told = bench.standing()
    assert (told["step"], told["first"], told["last"], told["chosen"]) == (10, 0, 10, 7)
    assert told["scores"] == {"distance": bench.quantisation_error()}
    assert bench.kind == "map"
