"""What the panels of drawings, feature maps, attributions, rivals and maps are told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid.assess.scores import scores
from pellucid.errors import ParameterError, PellucidError
from pellucid.inspect.attribute import METHODS
from pellucid.inspect.views.layers import read
from pellucid.lessons.handwriting import THREE
from pellucid.nn.conv import Conv2D, DepthwiseConv2D
from pellucid.nn.dense import Dense
from pellucid.nn.pool import AvgPool2D, MaxPool2D
from pellucid.nn.shape import Flatten
from pellucid.scene.bench import Bench
from pellucid.scene.map_bench import MapBench
from pellucid.scene.map_scene import MapScene
from pellucid.scene.scene import Scene
from pellucid.scene.source import DrawnPictures, Sample, TableFile
from pellucid.studio.commands.attribution import NAMES, Attribute
from pellucid.studio.commands.compare import CompareModels
from pellucid.studio.commands.digit import DrawDigit, WipeDigit
from pellucid.studio.commands.map import ChangeMap, ChooseOnMap, TellMapUnit
from pellucid.studio.commands.maps import TellProducts
from pellucid.studio.views import VIEWS
from pellucid.studio.views.maps import products
from pellucid.studio.wire import packed, unpacked

LOOKING = Scene(
    DrawnPictures("shapes", 4, 12),
    hidden=(
        Conv2D(4, 3, padding="same", stride=2, activation="relu"), DepthwiseConv2D(3, multiplier=2),
        MaxPool2D(2), Conv2D(6, 2, groups=2, padding=1, activation="tanh"), AvgPool2D(2), Flatten(),
    ),
    validation=0.25,
)  # fmt: skip


@pytest.fixture(scope="module")
def looking() -> Bench:
    bench = Bench(LOOKING)
    bench.learn(5)
    return bench


def at(bench: Any) -> Any:
    def change(fields: Any) -> None:
        bench.change(**fields)

    return SimpleNamespace(
        bench=bench, network_bench=bench, pause=lambda: None, change=change,
        has_ended=lambda: False,
    )  # fmt: skip


def told(bench: Any, name: str) -> Any:
    """A view as the page reads it."""
    return unpacked(packed({"value": VIEWS[name].compute(bench)}))["value"]


def test_feature_maps_are_what_the_layers_give(looking: Bench) -> None:
    found = told(looking, "maps")
    given = looking.outputs(looking.chosen_x)
    assert [layer["kind"] for layer in found["layers"]] == [
        "Conv2D", "DepthwiseConv2D", "MaxPool2D", "Conv2D", "AvgPool2D",
    ]  # fmt: skip
    for layer in found["layers"]:
        real = given[layer["name"]][0]
        seen = layer["maps"]["pixels"].astype(float) - 128
        back = seen / 127 * layer["maps"]["scale"][:, None, None]
        assert np.abs(back - real).max() <= layer["maps"]["scale"].max() / 127
        assert layer["shape"] == list(real.shape)
    kernels = found["layers"][0]["kernels"]["pixels"]
    assert kernels.shape == (4, 3, 3, 3)
    assert found["picture"].shape == (3, 12, 12)
    assert sum(found["scores"]) == pytest.approx(1.0, abs=1e-5)


def test_each_pixel_is_the_sum_of_its_products(looking: Bench) -> None:
    """By another way than the view's: the engine's own values."""
    given = looking.outputs(looking.chosen_x)
    makes: dict[str, Any] = {"relu": lambda z: max(z, 0.0), "tanh": np.tanh, "linear": float}
    for name, layer in looking.network.architecture.layers:
        if not isinstance(layer, Conv2D | DepthwiseConv2D | MaxPool2D | AvgPool2D):
            continue
        channels, height, width = given[name].shape[1:]
        for channel in range(channels):
            for row, column in ((0, 0), (height - 1, width - 1), (height // 2, 0)):
                found = products(looking, name, channel, row, column)
                real = float(given[name][0, channel, row, column])
                assert found["value"] == pytest.approx(real, abs=1e-6)
                if "pool" in found:
                    assert found["sum"] == pytest.approx(real, abs=1e-6)
                    continue
                assert np.allclose(found["products"], found["window"] * found["kernel"])
                assert found["sum"] == pytest.approx(sum(found["sums"]) + found["bias"])
                assert makes[found["activation"]](found["sum"]) == pytest.approx(real, abs=1e-5)


def test_the_first_window_is_cut_from_the_picture(looking: Bench) -> None:
    found = products(looking, "conv2d_1", 0, 2, 3)
    picture = read(looking.network, looking.chosen_x)[0]
    top, left = found["top"], found["left"]
    assert np.allclose(found["window"], picture[:, top : top + 3, left : left + 3])
    assert found["from"] is None
    edge = products(looking, "conv2d_1", 0, 5, 5)
    assert edge["inside"].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("layer", "place", "words"),
    [
        ("dense_1", (0, 0, 0), "There is no layer 'dense_1' that looks through a window."),
        ("nobody", (0, 0, 0), "There is no layer 'nobody' that looks through a window."),
        ("conv2d_1", (4, 0, 0), "conv2d_1 gives 4 x 6 x 6 numbers, and has none at 4, 0, 0"),
        ("conv2d_1", (0, 6, 0), "conv2d_1 gives 4 x 6 x 6 numbers, and has none at 0, 6, 0"),
    ],
)
def test_a_pixel_that_is_not_there(
    looking: Bench, layer: str, place: tuple[int, int, int], words: str
) -> None:
    with pytest.raises(ParameterError) as error:
        TellProducts(layer, *place).do(at(looking))
    assert str(error.value).startswith(words)


def test_a_table_has_no_maps() -> None:
    assert told(Bench(Scene(Sample("iris"))), "maps") == {"none": True}
    assert told(Bench(Scene(Sample("digits"))), "maps") == {"none": True}


def test_a_drawing_is_shown_with_its_scores() -> None:
    bench = Bench(Scene(Sample("digits"), hidden=(Dense(8, activation="relu"),), epochs=5))
    empty = told(bench, "digit")
    assert (empty["empty"], empty["side"], len(empty["classes"])) == (True, 8, 10)
    DrawDigit(tuple(map(tuple, THREE))).do(at(bench))
    found = told(bench, "digit")
    assert found["seen"].shape == (8, 8)
    assert (found["seen"].max(), np.max(found["numbers"])) == (255, 16)
    assert sum(found["scores"]) == pytest.approx(1.0, abs=1e-5)
    assert found["answer"] == found["classes"][int(np.argmax(found["scores"]))]
    bench.to_end()
    assert told(bench, "digit")["answer"] == "3"
    WipeDigit().do(at(bench))
    assert told(bench, "digit")["empty"]
    assert "none" in told(Bench(Scene(Sample("iris"))), "digit")


def test_the_methods_of_attribution_are_all_there() -> None:
    assert sorted(NAMES) == sorted(METHODS)


@pytest.mark.parametrize("method", ["integrated_gradients", "deeplift", "exact_shapley"])
def test_an_attribution_adds_up(method: str) -> None:
    bench = Bench(Scene(Sample("iris"), hidden=(Dense(4, activation="tanh"),)))
    bench.learn(30)
    bench.choose(120)
    found = Attribute(method).do(at(bench)).compute()
    assert found["sum"] == pytest.approx(found["difference"], rel=0.01)
    assert sum(one["share"] for one in found["columns"]) == pytest.approx(found["sum"])
    assert {one["name"] for one in found["columns"]} == set(bench.data.feature_names)
    assert (found["row"], found["step"]) == (120, 30)
    other = Attribute(method, "setosa").do(at(bench)).compute()
    assert other["label"] == "setosa"


def test_an_attribution_of_a_picture_is_a_map(looking: Bench) -> None:
    found = Attribute("occlusion").do(at(looking)).compute()
    assert found["map"].shape == (12, 12)
    assert found["picture"].shape == (3, 12, 12)
    packed({"value": found})
    with pytest.raises(PellucidError, match="grad_cam needs pictures"):
        Attribute("grad_cam").do(at(Bench(Scene(Sample("iris"))))).compute()
    with pytest.raises(PellucidError):
        Attribute("nothing")


def test_rivals_stand_beside_the_network() -> None:
    bench = Bench(Scene(Sample("wine"), hidden=(Dense(8),), validation=0.3, epochs=30))
    assert told(bench, "compare")["rivals"] is None
    bench.to_end()
    reply = compared(bench)
    found = told(bench, "compare")
    assert found == unpacked(packed({"value": reply}))["value"]
    assert found["network"] == pytest.approx(bench.scores()["val_accuracy"])
    for pair, rival in zip(found["pairs"], found["rivals"], strict=True):
        both = pair["both"] + pair["network"]
        assert sum(pair[k] for k in ("both", "network", "rival", "none")) == found["held"]
        assert both / found["held"] == pytest.approx(found["network"], abs=1e-6)
        share = (pair["both"] + pair["rival"]) / found["held"]
        assert share == pytest.approx(rival["scores"]["accuracy"])
    assert told(Bench(Scene(Sample("wine"))), "compare") == {"none": "held"}


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_all_are_tested_on_every_held_out_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    import pellucid.assess.baselines as limits
    import pellucid.studio.views.compare as view

    for module in (limits, view):
        monkeypatch.setattr(module, "MOST_ROWS", 1000)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(9000, 2))
    noise = rng.normal(size=9000)
    y = np.where(x[:, 0] + noise > 0, "a", "b") if kind == "classes" else x[:, 0] + noise
    rows = [f"{one},{two},{three}" for (one, two), three in zip(x, y, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["p,q,y", *rows]) + "\n")
    source = TableFile("table.csv", "y", kind=kind)
    bench = Bench(Scene(source, hidden=(Dense(3),), validation=0.5, epochs=2), tmp_path)
    bench.learn(40)
    network, data, held = bench.network, bench.data, bench.ready.held_rows
    assert len(held) > 4000
    told_before = told(bench, "compare")
    assert told_before["taken"] == 1000
    measure = "accuracy" if kind == "classes" else "r2"
    true, given = data.y[held], network.predict(data.x[held])
    own = scores(kind, true, given)[measure]
    assert told_before["network"] == pytest.approx(own, rel=1e-5)
    compared(bench)
    found = told(bench, "compare")
    for one in found["rivals"]:
        assert (one["rows"], one["stored"]) == (found["taken"], 2 * found["taken"])
        assert found["taken"] < found["learned"]
    for pair in found.get("pairs", []):
        assert sum(pair[k] for k in ("both", "network", "rival", "none")) == len(held)
        assert (pair["both"] + pair["network"]) / len(held) == pytest.approx(own)
    assert ("pairs" in found) == (kind == "classes")


@pytest.mark.parametrize("change", ["source", "seed", "label"])
def test_rivals_of_other_data_are_not_told(change: str) -> None:
    bench = Bench(Scene(Sample("moons"), validation=0.2))
    later = CompareModels().do(at(bench))
    found = later.compute()
    if change == "source":
        bench.change(source=Sample("circles"))
    elif change == "seed":
        bench.change(seed=1)
    else:
        bench.relabel(0, next(one for one in bench.data.y if one != bench.data.y[0]))
    assert later.then(at(bench), found)["rivals"] is None
    assert compared(bench)["rivals"] is not None


def test_a_comparison_is_no_reply_on_a_stage_without_a_network() -> None:
    bench = Bench(Scene(Sample("moons"), validation=0.2))
    later = CompareModels().do(at(bench))
    there = MapBench(MapScene(Sample("iris"), rows=2, columns=2, steps=3))
    assert later.then(at(there), later.compute()) is None


def compared(bench: Bench) -> Any:
    """The reply to who asks for the rivals."""
    later = CompareModels().do(at(bench))
    return later.then(at(bench), later.compute())


def test_no_two_commands_have_one_name() -> None:
    from importlib import import_module

    from pellucid.studio.commands import SUBJECTS, commands

    modules = [import_module(f"pellucid.studio.commands.{subject}") for subject in SUBJECTS]
    names = [cls.__name__ for module in modules for cls in module.COMMANDS]
    assert sorted(names) == sorted(commands())


def test_a_map_is_told_whole() -> None:
    bench = MapBench(MapScene(Sample("iris"), rows=3, columns=4, grid="hexagonal", steps=300))
    bench.to_end()
    found = told(bench, "map")
    assert found["places"].shape == (12, 2)
    assert found["planes"].shape == (4, 12)
    assert found["counts"].shape == (12, 3)
    assert int(found["hits"].sum()) == 150
    assert (found["most"] == -1).tolist() == (found["hits"] == 0).tolist()
    assert found["pictures"] is None
    edges = found["net"]["edges"]
    near = bench.scene.layout.adjacent()
    assert len(edges) == near.sum() // 2
    assert all(near[one, two] for one, two in edges)
    digits = MapBench(MapScene(Sample("digits"), rows=2, columns=2, steps=50, scale=False))
    assert told(digits, "map")["pictures"].shape == (4, 8, 8)
    assert told(digits, "map")["net"] is None


def test_commands_of_a_map() -> None:
    bench = MapBench(MapScene(Sample("iris"), rows=3, columns=4, steps=300))
    place = at(bench)
    ChangeMap({"rows": 2, "radius": 1.5}).do(place)
    assert (bench.scene.rows, bench.scene.radius, bench.scene.columns) == (2, 1.5, 4)
    assert TellMapUnit(3).do(place)["column"] == 3
    ChooseOnMap(9).do(place)
    assert bench.chosen == 9
    with pytest.raises(ParameterError, match="A map has no colour"):
        ChangeMap({"colour": 1}).do(place)
    with pytest.raises(ParameterError, match="rows"):
        ChangeMap({"rows": 1000}).do(place)
    with pytest.raises(ParameterError) as error:
        TellMapUnit(0).do(at(Bench(Scene(Sample("iris")))))
    assert str(error.value) == "This stage holds no map. Go to a stage with a map first."
