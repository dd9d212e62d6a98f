"""Panels as text, against hand-worked numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pellucid.learn import SGD, Backprop
from pellucid.lessons import Lesson, find, path
from pellucid.lessons.asked import gate, unit
from pellucid.lessons.neuron import VAULT
from pellucid.lessons.shown import PANELS, shown
from pellucid.lessons.staging import bench_of
from pellucid.lessons.xor import BY_HAND
from pellucid.nn.dense import Dense
from pellucid.nn.losses import SquaredError
from pellucid.scene.bench import Bench
from pellucid.scene.scene import Scene
from pellucid.scene.source import Points, Sample


def text(bench: Bench, panel: str) -> str:
    found = shown(bench, panel)
    assert found is not None
    return found


def test_a_small_network_is_written_out() -> None:
    assert text(Bench(VAULT), "network") == "y = 1 if -0.5 + 0.6 x1 + 0.6 x2 >= 0.5, else 0"
    assert text(Bench(BY_HAND), "network").split("\n") == [
        "h1 = 1 if 0.6 x1 + 0.6 x2 >= 0.5, else 0",
        "h2 = 1 if 1.5 - 0.6 x1 - 0.6 x2 >= 0.5, else 0",
        "y = 1 if -0.5 + 0.6 h1 + 0.6 h2 >= 0.5, else 0",
    ]


def test_layers_in_a_row_have_names_of_their_own() -> None:
    deep = (Dense(2, activation="tanh"), Dense(1, activation="relu"))
    lines = text(Bench(Scene(gate((0, 0, 0, 1)), hidden=deep, output=Dense(1))), "network")
    assert [line.split(" = ")[0] for line in lines.split("\n")] == ["h1a", "h1b", "h2a", "y"]
    assert "h2a = relu(" in lines and "h1b" in lines.split("\n")[2]


def test_a_large_network_is_summed_up() -> None:
    assert "Dense(16" in text(Bench(Scene(Sample("moons"), hidden=(Dense(16),))), "network")


def test_the_truth_table() -> None:
    assert text(Bench(VAULT), "truth").split("\n") == [
        "x1  x2  wanted  sum z  answer",
        " 0   0       0   -0.5       0",
        " 0   1       0    0.1       0",
        " 1   0       0    0.1       0",
        " 1   1       1    0.7       1",
    ]


def test_weights_with_their_inputs() -> None:
    assert text(Bench(VAULT), "weights").split("\n") == [
        "input  weight",
        "x1        0.6",
        "x2        0.6",
        "bias     -0.5",
    ]


def test_the_plane() -> None:
    """The border of AND is x1 + x2 = 5/3: only the corner at the upper right lies beyond it."""
    lines = text(Bench(VAULT), "boundary").split("\n")
    assert lines[0] == "x2 up, x1 to the right; ○ 0 (on blank)   ● 1 (on ░)"
    plot = "\n".join(lines[1:-2])
    assert plot.count("○") == 3 and plot.count("●") == 1
    rows = [line.split("│")[1] for line in lines[1:-2]]
    assert "░" in rows[0] and rows[0].startswith(" " * 20)
    assert not any("░" in row for row in rows[7:])
    upper = next(row for row in rows if "●" in row)
    assert upper.index("●") > upper.index("░")


def test_the_line() -> None:
    points = Points(((0.0, 1.0), (2.0, 5.0)), ("x",), ())
    scene = Scene(points, output=Dense(1), scale=False, acts=unit((2.0,), 1.0))
    lines = text(Bench(scene), "line").split("\n")
    assert lines[0] == "over x: · the network   ● samples"
    plot = [line.split("│")[1] for line in lines[1:-2]]
    assert sum(row.count("●") for row in plot) == 2
    columns = [min(row.index(sign) for sign in "·●" if sign in row) for row in plot if row.strip()]
    assert columns == sorted(columns, reverse=True)  # it rises to the right


def test_mistakes_and_those_before() -> None:
    bench = bench_of(find("xor").stages()[0])
    assert text(bench, "mistakes") == "(no mistake yet)"
    bench.to_end()
    lines = text(bench, "mistakes").split("\n")
    assert " ".join(lines[0].split()) == "step x1 x2 wanted got weights after bias after"
    assert len(lines) == 10 and lines[-1] == f"(and {len(bench.log) - 8} before these)"


def test_curves_before_and_after() -> None:
    bench = bench_of(find("xor").stages()[3])
    assert text(bench, "curves") == "(nothing has been learned yet)"
    bench.to_end()
    assert "lowest loss at epoch 400" in text(bench, "curves")


def test_data_and_confusion() -> None:
    lines = text(Bench(VAULT), "data").split("\n")
    assert lines[0].split() == ["x1", "x2", "wanted"] and len(lines) == 5
    assert "(and 192 more)" in text(Bench(Scene(Sample("moons"))), "data")
    wrong = replace(VAULT, acts=unit((0.6, 0.6), 0.0))  # an OR where an AND is wanted
    assert text(Bench(wrong), "confusion").split("\n") == [
        "true   predicted",
        "        0    1",
        "0       1    2",
        "1       ·    1",
    ]


def test_steps_by_hand() -> None:
    """One linear neuron with y = 2 x + 1 at x = 3, where 5 is wanted: 2 off, so slopes 12 and 4."""
    points = Points(((3.0, 5.0),), ("x",), ())
    scene = Scene(
        points, output=Dense(1), loss=SquaredError(), rule=Backprop(SGD(0.1)), scale=False,
        acts=unit((2.0,), 1.0),
    )  # fmt: skip
    found = text(Bench(scene), "steps")
    assert found.startswith("Inputs")
    assert [line.split() for line in found.split("\n")[-2:]] == [
        ["dense_1.weight[0,0]", "2", "12", "0.8"],
        ["dense_1.bias[0]", "1", "4", "0.6"],
    ]


@pytest.mark.parametrize("panel", ["steps", "line", "boundary"])
def test_what_is_too_large_has_no_text(panel: str) -> None:
    scene = Scene(Sample("iris"), hidden=(Dense(16, activation="relu"),))
    assert shown(Bench(scene), panel) is None


def test_a_panel_without_text() -> None:
    assert "maps" not in PANELS
    assert shown(Bench(VAULT), "maps") is None


def solved(lesson: int, stage: int, attempt: int = 0) -> Any:
    """The bench of a stage, after one of its things to try was done."""
    there = find(lesson).stages()[stage]
    solve = [one for at, one in find(lesson).tries() if at is there][attempt].solve
    bench = bench_of(there)
    assert solve is not None
    solve(bench)
    return bench


def test_a_race_is_a_table_the_best_first() -> None:
    assert text(bench_of(find(12).stages()[1]), "race") == "(no race has been run yet)"
    lines = [line.split() for line in text(solved(12, 1), "race").split("\n")]
    assert lines[0][0] == "rule" and {line[1] for line in lines[1:]} == {
        "SGD", "momentum", "AdaGrad", "Adam",
    }  # fmt: skip
    ends = [float(line[2]) for line in lines[1:]]
    assert ends == sorted(ends) and [line[0] for line in lines[1:]] == ["1", "2", "3", "4"]


def test_rivals_are_a_table_once_it_has_learned() -> None:
    before = text(bench_of(find(17).stages()[0]), "compare")
    assert before == "(it is compared with its rivals once it has learned)"
    facts, found = find(17).computed(), text(solved(17, 0), "compare").split("\n")
    assert [line.split()[-1] for line in found] == [
        "accuracy", *(f"{facts[f'digits_{name}']:.3f}"
                      for name in ("network", "majority", "linear", "near")),
    ]  # fmt: skip


def test_a_comparison_without_rows_held_out_says_why() -> None:
    bench = Bench(Scene(Sample("moons"), validation=0.0))
    bench.learn(1)
    assert text(bench, "compare").startswith("(A comparison needs rows that nobody learned from")


def test_a_map_is_its_cells_and_a_net_its_knots() -> None:
    bench = solved(16, 1)
    lines = text(bench, "map").split("\n")
    cells = [line.split() for line in lines[: bench.scene.rows]]
    assert all(len(row) == bench.scene.columns for row in cells)
    assert sum(cell != "·" for row in cells for cell in row) == int((bench.hits() > 0).sum())
    assert lines[1].startswith(" ") and not lines[0].startswith(" ")  # cells of six neighbours
    assert "a class_0" in lines[-3] and f"{bench.topographic_error():.1%}" in lines[-1]
    assert shown(bench, "net") is None  # thirteen columns
    assert text(bench_of(find(16).stages()[0]), "net").count("●") < 8  # crumpled
    assert text(solved(16, 0), "net").count("●") > 30


def test_a_drawn_digit_and_what_it_is_taken_for() -> None:
    assert text(bench_of(find(13).stages()[0]), "digit").startswith("(nothing is drawn")
    found = text(solved(13, 0, 1), "digit").split("\n")
    assert found[0].split()[-2:] == ["taken", "for"] and len(found) == 9
    assert found[1].split()[-2] == "3" and found[1].endswith("%")


def test_what_units_give_over_all_rows_shows_a_dead_one() -> None:
    dead = text(solved(9, 2), "functions").split("\n")
    assert dead[0].split() == ["unit", "activation", "sum", "gives", "over", "all", "rows"]
    assert dead[1].split()[-3:] == ["0", "to", "0"] and not dead[2].endswith(" 0 to 0")


def test_a_place_on_the_surface_is_two_numbers_and_their_slopes() -> None:
    facts, found = find(8).computed(), text(bench_of(find(8).stages()[0]), "surface").split("\n")
    assert found[1].split() == ["dense_1.weight", "-1", f"{facts['by_slope']:.4g}"]
    assert found[3] == f"loss {facts['loss']:.4g} after 0 steps"
    assert shown(Bench(Scene(Sample("moons"))), "surface") is None


def test_what_an_answer_is_made_of_shows_the_leak() -> None:
    found = text(solved(18, 0, 1), "attribution").split("\n")
    assert "failed" in found[0] and found[3].split()[0] == "prize"
    assert shown(Bench(Scene(Sample("digits"))), "attribution") is None


def test_weights_tell_how_they_came_there() -> None:
    lines = text(solved(6, 0), "weights").split("\n")
    assert lines[6] == "how they came there"
    assert lines[7].split()[-2:] == ["step", "5"] and len(lines) == 12
    assert lines[8].split() == ["flash", "0.1", "0.11", "0.123", "0.1399", "0.1619", "0.1904"]


@pytest.mark.parametrize("lesson", path(), ids=lambda lesson: lesson.slug)
def test_only_feature_maps_are_for_the_browser_alone(lesson: Lesson) -> None:
    assert {name for stage in lesson.stages() for name in stage.shows} - set(PANELS) <= {"maps"}
