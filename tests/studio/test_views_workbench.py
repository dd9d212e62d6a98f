"""The workbench's views, against NumPy, scikit-learn and the network's own answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from pellucid.learn import Backprop, Cosine, Oja, Perceptron
from pellucid.learn.optimizers import LBFGS, SGD, Adam
from pellucid.nn import Conv2D, Dense, Flatten, MaxPool2D, Reshape
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample, TableFile
from pellucid.studio.views import VIEWS
from pellucid.studio.views.answers import chances, numbers
from pellucid.studio.views.data import page
from pellucid.studio.wire import packed, unpacked

OWN = ("boundary", "truth", "mistakes", "weights", "data", "confusion", "gradients", "sample")


def view(name: str, bench: Bench) -> dict[str, Any]:
    found = VIEWS[name].compute(bench)
    unpacked(packed({"value": found}))  # the wire carries it
    return found


def made(name: str, *units: int, **fields: Any) -> Bench:
    hidden = tuple(Dense(count, activation="relu") for count in units)
    scene = Scene(source=Sample(name), hidden=hidden, **{"validation": 0.2, **fields})
    bench = Bench(scene)
    bench.learn(40)
    return bench


def gate(**fields: Any) -> Bench:
    own = {"output": Dense(1, activation="step"), "rule": Perceptron(1.0), "scale": False}
    return Bench(Scene(source=Sample("and"), **{**own, **fields}))


@pytest.fixture(scope="module")
def benches() -> dict[str, Bench]:
    conv = (Reshape((1, 8, 8)), Conv2D(6, 3, activation="relu"), MaxPool2D(2), Flatten())
    return {
        "moons": made("moons", 8, 8), "iris": made("iris", 8), "line": made("line", 4),
        "diabetes": made("diabetes", 8), "digits": made("digits", 16),
        "pictures": Bench(Scene(source=Sample("digits"), hidden=conv)), "gate": gate(),
    }  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_every_view_has_something_to_say_of_every_scene(
    name: str, benches: dict[str, Bench]
) -> None:
    for bench in benches.values():
        found = view(name, bench)
        assert found and (set(found) != {"none"} or isinstance(found["none"], str))


# --- boundary


def test_the_plane_is_what_the_network_answers(benches: dict[str, Bench]) -> None:
    bench = benches["moons"]
    found = view("boundary", bench)
    (left, right), (low, high) = found["range"]
    for i, j in ((0, 0), (10, 50), (63, 63)):
        x = np.array([[left + (right - left) * j / 63, low + (high - low) * i / 63]])
        assert found["values"][i, j] == pytest.approx(
            bench.network.predict_proba(x)[0, 1], abs=1e-5
        )
    assert found["held"].sum() == len(bench.held) == 40
    assert found["labels"].tolist() == bench.data.y[found["rows"]].tolist()
    assert (found["points"] == bench.data.x[found["rows"]]).all()


def test_the_other_inputs_are_those_of_the_chosen_row(benches: dict[str, Bench]) -> None:
    bench = benches["iris"]
    bench.choose(70)
    bench.look_along(3, 1)
    found = view("boundary", bench)
    assert found["inputs"] == ["petal width (cm)", "sepal width (cm)"] and found["others"] == 2
    x = bench.data.x[70:71].copy()
    x[0, 3], x[0, 1] = found["range"][0][1], found["range"][1][0]
    assert found["values"][0, 63] == pytest.approx(bench.network.predict_proba(x)[0], abs=1e-5)
    assert 70 in found["rows"]


def test_the_first_plane_is_of_inputs_that_tell_most() -> None:
    from sklearn.feature_selection import f_classif, r_regression

    iris, diabetes = (Bench(Scene(source=Sample(name))) for name in ("iris", "diabetes"))
    best = np.sort(np.argsort(f_classif(iris.data.x, iris.data.y)[0])[-2:]).tolist()
    assert view("boundary", iris)["plane"] == best == [2, 3]  # length and width of the petals
    best = np.sort(np.argsort(r_regression(diabetes.data.x, diabetes.data.y) ** 2)[-2:]).tolist()
    assert view("boundary", diabetes)["plane"] == best


def test_one_input_is_a_line(benches: dict[str, Bench]) -> None:
    bench = benches["line"]
    found = view("boundary", bench)
    low, high = found["range"][0]
    across = np.linspace(low, high, len(found["values"]))
    assert found["values"] == pytest.approx(bench.network.predict(across[:, None]), abs=1e-4)


def test_a_table_has_a_plane_of_its_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        f"{a:.3f},{'red' if c else 'blue'},{b:.3f},{'yes' if a > b else 'no'}"
        for a, b, c in zip(*rng.normal(size=(2, 40)), rng.integers(0, 2, 40), strict=True)
    ]
    (tmp_path / "own.csv").write_text("\n".join(["a,colour,b,so", *rows, ",red,0.5,no"]))
    bench = Bench(Scene(source=TableFile("own.csv", "so"), hidden=(Dense(4),)), tmp_path)
    bench.learn(20)
    found = view("boundary", bench)
    assert found["names"] == ["a", "b"] and found["others"] == 1
    assert np.isfinite(found["values"]).all() and np.isfinite(found["points"]).all()
    frame = bench.data.x[:1].frame.with_columns(a=found["range"][0][0], b=found["range"][1][0])
    assert found["values"][0, 0] == pytest.approx(
        bench.network.predict_proba(frame)[0, 1], abs=1e-5
    )


def test_a_step_is_sure(benches: dict[str, Bench]) -> None:
    bench = benches["gate"]
    found = chances(bench, numbers(bench, bench.data.x))
    assert found is not None and set(found.ravel().tolist()) <= {0.0, 1.0}


# --- the truth table and the rule's mistakes


def test_the_truth_table_comes_out_by_hand() -> None:
    bench = gate()
    bench.edit("dense_1.weight", (0, 0), 0.6)
    bench.edit("dense_1.weight", (1, 0), 0.6)
    bench.edit("dense_1.bias", (0,), -0.9)
    found = view("truth", bench)
    assert found["inputs"].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert found["sums"].ravel() == pytest.approx([-0.9, -0.3, -0.3, 0.3], abs=1e-6)
    assert found["answers"].tolist() == found["wanted"].tolist() == [0, 0, 0, 1]
    assert found["right"].all()
    bench.edit("dense_1.bias", (0,), -0.5)
    assert view("truth", bench)["right"].tolist() == [True, False, False, True]


def test_mistakes_move_the_weights_by_the_rule() -> None:
    bench = gate()
    bench.learn(40)
    found = view("mistakes", bench)
    assert found["noted"] == len(found["mistakes"]) > 0
    steps = [one["step"] for one in found["mistakes"]]
    assert steps == sorted(steps, reverse=True)
    for one in found["mistakes"]:
        assert one["inputs"] == bench.data.x[one["row"]].tolist()
        assert one["wanted"] == [float(bench.data.y[one["row"]])]
        error = one["wanted"][0] - one["got"][0]
        moved = np.subtract(one["weights_after"], one["weights_before"])[0]
        assert moved == pytest.approx(error * np.array(one["inputs"]))
        assert one["bias_after"][0] - one["bias_before"][0] == pytest.approx(error)


# --- weights


def test_weights_are_those_of_the_network(benches: dict[str, Bench]) -> None:
    for name in ("iris", "pictures"):
        bench = benches[name]
        found = {one["name"]: one for one in view("weights", bench)["parameters"]}
        assert set(found) == set(bench.network.parameters)
        for key, one in found.items():
            whole = np.asarray(bench.network.parameters[key])
            flat = whole.reshape(len(whole), -1) if whole.ndim > 2 else whole
            part = flat[:64, :64] if flat.ndim == 2 else flat[:64]
            assert one["values"] == pytest.approx(part) and one["shape"] == list(whole.shape)
    first = view("weights", benches["iris"])["parameters"][0]
    assert first["rows"] == list(benches["iris"].data.feature_names)


# --- rows


def test_pages_of_rows(benches: dict[str, Bench]) -> None:
    bench = benches["iris"]
    found = page(bench, "held", 5, 10)
    assert found["rows"].tolist() == np.sort(bench.held)[5:15].tolist()
    assert found["all"] == 30 and found["held"].all()
    assert found["cells"] == bench.data.x[found["rows"]].tolist()
    assert found["wanted"] == bench.data.y[found["rows"]].tolist()
    assert page(bench, "all", 149, 10)["rows"].tolist() == [149]
    assert page(bench, "all", 1000, 10)["rows"].tolist() == []
    assert view("data", bench)["counts"] == [50, 50, 50]


def test_pages_of_pictures(benches: dict[str, Bench]) -> None:
    bench = benches["digits"]
    found = page(bench, "all", 0, 3)
    assert found["pictures"].shape == (3, 1, 8, 8) and found["pictures"].dtype == np.uint8
    wanted = np.round(255 * bench.data.x[:3].reshape(3, 1, 8, 8) / 16)
    assert (found["pictures"] == wanted).all()
    assert page(bench, "all", 5000, 3)["rows"].tolist() == []


def test_the_chosen_row(benches: dict[str, Bench]) -> None:
    bench = benches["iris"]
    bench.choose(100)
    found = view("sample", bench)
    x = bench.data.x[100:101]
    assert found["cells"] == x[0].tolist() and found["wanted"] == "virginica"
    assert found["scores"] == pytest.approx(bench.network.predict_proba(x)[0], abs=1e-6)
    assert found["answer"] == bench.network.predict(x)[0]
    line = benches["line"]
    found = view("sample", line)
    assert found["error"] == pytest.approx(
        line.network.predict(line.chosen_x)[0] - line.chosen_y[0]
    )


# --- mistakes by class


@pytest.mark.parametrize("name", ["moons", "iris", "digits"])
def test_counts_are_those_of_scikit_learn(name: str, benches: dict[str, Bench]) -> None:
    bench = benches[name]
    found = view("confusion", bench)
    for part in ("learned", "held"):
        rows = found["rows"][found["held"] == (part == "held")]
        answers = bench.network.predict(bench.data.x[rows])
        assert (found["counts"][part] == confusion_matrix(bench.data.y[rows], answers)).all()
    if name != "digits":
        assert len(found["rows"]) == len(bench.data.x)
        share = np.trace(found["counts"]["held"]) / found["counts"]["held"].sum()
        assert share == pytest.approx(bench.scores()["val_accuracy"], abs=1e-6)


def test_numbers_have_no_classes_to_mistake(benches: dict[str, Bench]) -> None:
    bench = benches["diabetes"]
    found = view("confusion", bench)
    assert found["classes"] is None and "counts" not in found
    assert found["answered"] == pytest.approx(bench.network.predict(bench.data.x[found["rows"]]))
    assert (found["wanted"] == bench.data.y[found["rows"]]).all()


def test_another_label_is_another_count() -> None:
    bench = made("iris", 4, validation=0.0)
    row = 0
    before = view("confusion", bench)["counts"]["learned"].sum(axis=1)
    bench.relabel(row, "virginica")
    after = view("confusion", bench)["counts"]["learned"].sum(axis=1)
    assert (after - before).tolist() == [-1, 0, 1]


# --- gradients


def test_gradients_and_updates_by_differences() -> None:
    """One linear layer, squared error: the gradient by hand, the update of plain descent."""
    rows = tuple((float(a), float(b), 2.0 * a - b) for a in range(4) for b in range(3))
    source = Points(rows, ("a", "b"), ())
    scene = Scene(source=source, rule=Backprop(SGD(0.01)), scale=False, batch=12)
    bench = Bench(scene)
    found = view("gradients", bench)["layers"][0]
    x, y = np.array(rows)[:, :2], np.array(rows)[:, 2]
    w = np.asarray(bench.network.parameters["dense_1.weight"], float)[:, 0]
    b = float(bench.network.parameters["dense_1.bias"][0])
    error = x @ w + b - y
    slopes = np.append(2 * (x * error[:, None]).mean(axis=0), 2 * error.mean())
    length = np.linalg.norm(np.append(w, b))
    assert found["gradient"] == pytest.approx(np.sqrt((slopes**2).mean()), rel=1e-4)
    assert found["update"] == pytest.approx(0.01 * np.linalg.norm(slopes), rel=1e-3)
    assert found["ratio"] == pytest.approx(0.01 * np.linalg.norm(slopes) / length, rel=1e-3)
    assert found["size"] == pytest.approx(np.sqrt(((x @ w + b) ** 2).mean()), rel=1e-4)
    assert found["outputs"]["counts"].sum() == 12


def test_dead_units_are_found() -> None:
    bench = made("moons", 5)
    for place in (1, 3):
        for row in (0, 1):
            bench.edit("dense_1.weight", (row, place), 0.0)
        bench.edit("dense_1.bias", (place,), -1.0)
    found = view("gradients", bench)["layers"][0]
    assert found["dead"] == [1, 3] and found["dead_count"] == 2 and found["units"] == 5


def test_gradients_are_those_of_the_health_check(benches: dict[str, Bench]) -> None:
    from pellucid.inspect.health.look import look
    from pellucid.inspect.health.survey import sample_of

    bench = benches["iris"]
    found = view("gradients", bench)
    rows = sample_of(bench.ready.samples, 64)
    inputs = bench._now.state.carried | rows | {
        "rate": np.array(bench.rate), "time": np.array(bench.step + 1.0),
        "key": np.array([0, bench.step]),
    }  # fmt: skip
    known = look(bench.network._parts()[0], bench.scene.rule, inputs, bench.step)
    for mine, theirs in zip(found["layers"], known.layers, strict=True):
        assert mine["size"] == pytest.approx(theirs.size, rel=1e-4)
        assert mine["dead"] == list(theirs.dead)


def test_a_minimizer_has_no_single_step() -> None:
    bench = Bench(Scene(rule=Backprop(LBFGS())))
    assert view("gradients", bench) == {"none": "minimizer"}


def test_another_rule_is_looked_at_anew() -> None:
    bench = made("moons", 4)
    before = view("gradients", bench)["layers"][0]["update"]
    bench.change(rule=Backprop(Adam(1.0)))
    after = view("gradients", bench)
    assert after["rate"] == 1.0 and after["layers"][0]["update"] > 10 * before


def stepped(bench: Bench) -> float:
    """Take a step, and give the rate that it was told to have."""
    assert bench.advance(1) == 1
    rates = bench.curve["rate"]
    return float(rates[np.isfinite(rates)][-1])


def test_the_rate_is_that_of_the_step_that_follows() -> None:
    rule = Backprop(SGD(Cosine(0.1)))
    bench = Bench(Scene(hidden=(Dense(3, activation="tanh"),), rule=rule, epochs=2, batch=60))

    def agrees() -> bool:
        told = view("gradients", bench)["rate"]
        return bool(told == pytest.approx(stepped(bench), rel=1e-6))

    assert all(agrees() for _ in range(5))  # into the second epoch
    bench.edit("dense_1.bias", (0,), 0.5)
    assert agrees()  # a new plan, begun within an epoch
    bench.seek(2)
    assert view("gradients", bench)["rate"] < 0.1
    bench.seek(bench.last)
    bench.to_end()
    assert bench.is_over
    assert view("gradients", bench)["rate"] == pytest.approx(0.1)
    bench.more()
    assert agrees() and agrees()
    bench.change(epochs=7)
    assert agrees()


# --- cost


@pytest.mark.parametrize("name", OWN)
def test_a_view_costs_little(name: str, benches: dict[str, Bench]) -> None:
    """A fifth of a tenth of a second at most, on a busy machine; a few ms on a quiet one."""
    for bench in benches.values():
        view(name, bench)
        took = []
        for _ in range(5):
            bench.learn(1)
            began = time.perf_counter()
            VIEWS[name].compute(bench)
            took.append(time.perf_counter() - began)
        assert min(took) < 0.02


def test_a_step_gives_no_chance() -> None:
    bench = gate()
    assert view("sample", bench)["scores"] is None
    assert not view("boundary", bench)["sure"]
    told = view("network", bench)
    said = view("sample", bench)["answer"]
    assert (told["chances"], told["scores"], told["answer"]) == (False, [], said)
    other = made("moons", 4)
    assert view("sample", other)["scores"] is not None
    assert view("boundary", other)["sure"]


def test_columns_that_are_not_learned_from_are_neither_offered_nor_counted(tmp_path: Path) -> None:
    towns = ("Altstadt", "Neustadt", "Hafen")
    rows = [f"{k},{20 + k % 37},{k % 5},{towns[k % 3]},{1000 * k}" for k in range(60)]
    (tmp_path / "flats.csv").write_text("\n".join(["id,area_m2,rooms,district,price", *rows]))
    bench = Bench(Scene(source=TableFile("flats.csv", "price"), hidden=(Dense(3),)), tmp_path)
    assert view("boundary", bench)["names"] == ["area_m2", "rooms"]
    assert view("data", bench)["inputs"] == 3
    first = view("weights", bench)["parameters"][0]
    assert first["rows"] == view("network", bench)["stages"][0]["labels"]
    assert "district = Altstadt" in first["rows"]


def test_without_a_teacher_there_is_no_target_and_no_loss() -> None:
    bench = Bench(Scene(source=Sample("blobs"), hidden=(), output=Dense(1), rule=Oja()))
    assert view("data", bench)["target"] is None
    assert bench.standing()["scores"] == {}
    assert view("data", gate())["target"] == "y"
