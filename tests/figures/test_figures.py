"""Every figure, found by introspection: it can be drawn in each template, and is strict JSON."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from pellucid import figures
from pellucid.errors import DataError, ShapeError, UnknownNameError
from pellucid.figures.theme import THEMES

ROWS = [
    {
        "epoch": n, "step": 3 * n, "rate": 0.1, "loss": 1 / n, "accuracy": 1 - 0.5 / n,
        "val_loss": 1 / n + 0.02 * n, "val_accuracy": 0.9 - 0.4 / n, "seconds": 0.5 * n,
    }
    for n in range(1, 11)
]  # fmt: skip
RATES = [
    {"rate": 10.0**k, "loss": 1.0 - k / 10 if k < 0 else 50.0, "smoothed": 2.0}
    for k in range(-5, 2)
]
BINS = [
    {"low": 0.5, "high": 0.6, "count": 4, "confidence": 0.55, "accuracy": 0.5},
    {"low": 0.9, "high": 1.0, "count": 16, "confidence": 0.97, "accuracy": 1.0},
]
POINTS = [[1.0, 1.5], [2.0, 1.5], [4.0, 5.0]]
ERRORS = [{"low": -1.0, "high": 0.0, "rows": 1}, {"low": 0.0, "high": 1.0, "rows": 2}]
SCORES = [
    {"model": "this network", "measure": "accuracy", "value": 0.9, "low": 0.8, "high": 0.95},
    {"model": "mean", "measure": "accuracy", "value": 0.5, "low": None, "high": None},
]
COLUMNS = [
    {"column": "size", "rise": 0.2, "deviation": 0.02, "weights": 3.0},
    {"column": "age", "rise": 0.0, "deviation": 0.01, "weights": 1.0},
]
AXIS = [0.0, 1.0, 2.0]
CHANCES = np.array([[[0.8, 0.2], [0.4, 0.6], [0.1, 0.9]]] * 3)
PLANE = np.array([[-1.0, 0.0, 1.0]] * 3)
STAGES = [
    figures.Stage("inputs", (2,), ("2 numbers",), ("a", "b")),
    figures.Stage("dense_1", (3,), ("3 units",), (), [[1.0, -2.0, 0.5], [0.1, 0.0, 3.0]]),
]
FLOW = [
    {"layer": "conv2d_1", "activation": 0.5, "zeros": 0.4, "gradient": 1e-3,
     "weight_gradient": 2e-3},
    {"layer": "flatten_1", "activation": 0.5, "zeros": 0.4, "gradient": 1e-3,
     "weight_gradient": None},
]  # fmt: skip
RACE = [
    {"run": run, "step": step, "loss": start / step}
    for run, start in (("sgd", 2.0), ("adam", 1.0))
    for step in (1, 10, 100)
]
LOADS = [
    {"units": 200, "load": 0.1, "error": 0.004, "deviation": 0.001, "theory": 0.003},
    {"units": 200, "load": 0.13, "error": 0.02, "deviation": 0.01, "theory": 0.012},
    {"units": 200, "load": 0.2, "error": 0.3, "deviation": 0.02, "theory": None},
]
CELLS = [[0.5, 1.0, 0.25], [0.0, 2.0, 0.5]]
FIGURES: dict[str, tuple[Any, ...]] = {
    "attribution_bars": (["a", "b"], [0.5, -1.5], [3, "red"]),
    "attribution_map": (PLANE, PLANE**2),
    "capacity_curve": (LOADS,),
    "class_map": ([["a", None], ["b", "a"]], "hexagonal"),
    "component_planes": ([CELLS, CELLS], ["length", "width"]),
    "confusion_matrix": (np.array([[5, 1], [0, 4]]), ["cat", "dog"]),
    "decision_regions": (AXIS, AXIS, CHANCES, ["no", "yes"], ("a", "b"), [[1, 1]], ["yes"]),
    "error_histogram": (ERRORS, "price"),
    "feature_maps": (np.arange(18.0).reshape(2, 3, 3),),
    "hit_map": (CELLS,),
    "importance_bars": (COLUMNS,),
    "kernels": (np.arange(18.0).reshape(2, 1, 3, 3) - 9,),
    "layer_flow": (FLOW,),
    "learning_curves": (ROWS,),
    "loss_slices": ({"down": [(0.0, 1.0), (1.0, 0.5)]},),
    "loss_surface": (AXIS, AXIS, PLANE + 2, [[0.0, 0.0], [1.0, 1.0]]),
    "network_diagram": (STAGES,),
    "neuron_line": (-1.0, 1.5, [[0, 0], [0, 1], [1, 1]], ["no", "no", "yes"]),
    "predicted_true": (POINTS, "price"),
    "race_curves": (RACE,),
    "rate_curve": (RATES, 0.01),
    "recall_course": (np.ones((2, 3, 3)), -np.ones((2, 3, 3)), [[0.0, 0.0], [-1.0, -2.0]], ["a"]),
    "reliability_curve": (BINS,),
    "score_intervals": (SCORES,),
    "unit_plane": (AXIS, AXIS, PLANE, ("a", "b"), PLANE),
    "u_matrix": (CELLS, "hexagonal"),
}
WITHOUT_AXES = {"attribution_map", "feature_maps", "kernels", "network_diagram"}
"""Figures whose places are pixels or units, and no numbers to read off."""
OTHERS = {"Stage", "figure_bytes"}
TEXTS = {"beside", "confusion_text", "curves_text", "picture_text", "table_text", "to_encoding"}


def draw(name: str, *arguments: Any, **options: Any) -> Any:
    make: Callable[..., Any] = getattr(figures, name)
    return make(*arguments, **options)


def test_every_public_function_is_tested_here_or_among_the_texts() -> None:
    assert set(figures.__all__) == set(FIGURES) | TEXTS | OTHERS
    drawn = {
        n
        for n in figures.__all__
        if "template" in inspect.signature(getattr(figures, n)).parameters
    }
    assert drawn == set(FIGURES)


@pytest.mark.parametrize("template", THEMES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_in_each_template_and_is_strict_json(name: str, template: str) -> None:
    figure = draw(name, *FIGURES[name], template=template)
    assert isinstance(figure, go.Figure)
    json.loads(figure.to_json(), parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    assert figure.layout.paper_bgcolor == THEMES[template].paper
    assert figure.layout.title.text
    titled = [axis for axis in figure.select_xaxes() if axis.title.text]
    assert bool(titled) is (name not in WITHOUT_AXES)


@pytest.mark.parametrize("name", FIGURES)
def test_an_unknown_template_is_named(name: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        draw(name, *FIGURES[name], template="ligth")
    assert str(caught.value) == (
        "There is no template 'ligth'. Did you mean 'light'? Known: dark, light."
    )


def test_plotly_is_loaded_only_when_a_figure_is_made() -> None:
    program = "import pellucid.figures, sys; print('plotly' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


@pytest.mark.parametrize("name", THEMES)
def test_curves_and_marks_differ_in_more_than_hue(name: str) -> None:
    chosen = THEMES[name]
    assert len({chosen.training, chosen.validation, chosen.mark, chosen.paper}) == 4
    figure = draw("learning_curves", ROWS, template=name)
    dashes = {trace.name: trace.line.dash for trace in figure.data if trace.mode == "lines"}
    assert dashes == {"training": "solid", "validation": "dash"}


def test_learning_curves_show_each_metric_and_mark_the_best_held_out_epoch() -> None:
    figure = draw("learning_curves", ROWS)
    assert [note.text for note in figure.layout.annotations] == ["loss", "accuracy"]
    curve = {trace.name: trace for trace in figure.data[:2]}
    assert list(curve["training"].x) == list(range(1, 11))
    assert list(curve["validation"].y) == [row["val_loss"] for row in ROWS]
    assert figure.data[-1].name == "best epoch: 7"
    assert figure.data[-1].y[0] == ROWS[6]["val_loss"]
    assert sum(bool(trace.showlegend) for trace in figure.data[:-1]) == 2


def test_learning_curves_without_held_out_rows_and_with_gaps() -> None:
    rows = [
        {"epoch": 1, "loss": 1.0},
        {"epoch": 2, "loss": float("nan")},
        {"epoch": 3, "loss": 0.5},
    ]
    figure = draw("learning_curves", rows)
    assert list(figure.data[0].x) == [1, 3]
    assert figure.data[-1].name == "best epoch: 3"


def test_learning_curves_of_nothing_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        draw("learning_curves", [])
    assert str(caught.value) == (
        "There are no learning curves: the history has no epochs. Train for at least one epoch."
    )


def test_the_rate_curve_is_logarithmic_marks_the_suggestion_and_stops_below_the_blow_up() -> None:
    figure = draw("rate_curve", [*RATES, {"rate": 100.0, "loss": float("inf")}], 0.01)
    assert figure.layout.xaxis.type == "log"
    assert list(figure.data[0].x) == [row["rate"] for row in RATES]
    assert [trace.name for trace in figure.data] == ["loss", "smoothed", "suggested: 0.01"]
    assert figure.layout.shapes[0].x0 == 0.01
    assert figure.layout.yaxis.range[1] < 50
    assert not draw("rate_curve", RATES).layout.shapes
    with pytest.raises(DataError) as caught:
        draw("rate_curve", [{"rate": 1.0, "loss": float("nan")}])
    assert str(caught.value) == (
        "There is no rate curve: no learning rate that was tried gave a finite loss."
    )


def test_the_confusion_matrix_is_shaded_by_row_and_says_counts() -> None:
    figure = draw("confusion_matrix", [[3, 1], [0, 0]], ["a", "b"])
    assert [list(row) for row in figure.data[0].z] == [[0.75, 0.25], [0.0, 0.0]]
    assert [list(row) for row in figure.data[0].text] == [[3, 1], [0, 0]]
    assert figure.layout.title.text == "Confusion matrix: 3 of 4 right"
    many = draw("confusion_matrix", np.eye(30, dtype=int), range(30))
    assert many.data[0].text is None


@pytest.mark.parametrize("name", ["confusion_matrix", "confusion_text"])
def test_a_matrix_that_does_not_fit_its_labels_is_refused(name: str) -> None:
    with pytest.raises(ShapeError) as caught:
        draw(name, [[1, 2, 3]], ["a", "b"])
    assert str(caught.value) == (
        "A confusion matrix of 2 labels is 2 x 2, got shape [1, 3]. Give one row, one column and "
        "one label a class."
    )


def test_a_neuron_is_the_line_it_says() -> None:
    figure = draw("neuron_line", 2.0, -1.0, [[0.0, 0.0], [10.0, 5.0]], names=("hours", "mark"))
    line = figure.data[-1]
    assert line.name == "mark = 2 hours - 1"
    assert list(line.y) == [2.0 * x - 1.0 for x in line.x]
    assert line.x[0] < 0
    assert line.x[1] > 10


def test_an_upright_boundary_and_the_classes_of_points() -> None:
    figure = draw("neuron_line", None, 0.5, [[0, 0], [1, 1]], [False, True])
    assert figure.data[-1].name == "x = 0.5"
    assert list(figure.data[-1].x) == [0.5, 0.5]
    assert [trace.name for trace in figure.data[:2]] == ["False", "True"]
    assert len({trace.marker.symbol for trace in figure.data[:2]}) == 2


def test_points_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        draw("neuron_line", 1.0, 0.0, [[1, 2, 3]])
    assert str(caught.value) == (
        "A line is drawn on points of two numbers, n x 2, got shape [1, 3]. Choose two columns."
    )
    with pytest.raises(ShapeError) as caught:
        draw("neuron_line", 1.0, 0.0, [[1, 2]], ["a", "b"])
    assert str(caught.value) == "There are 1 points and 2 labels. Give one label a point."


def test_reliability_has_a_point_a_bin_with_wilsons_interval() -> None:
    from scipy.stats import binomtest

    figure = draw("reliability_curve", BINS)
    points = figure.data[-1]
    assert list(points.x) == [0.55, 0.97]
    assert list(points.y) == [0.5, 1.0]
    assert points.marker.size[1] > points.marker.size[0]
    for place, row in enumerate(BINS):
        right = round(row["accuracy"] * row["count"])
        known = binomtest(right, int(row["count"])).proportion_ci(0.95, "wilson")
        up, down = points.error_y.array[place], points.error_y.arrayminus[place]
        assert row["accuracy"] + up == pytest.approx(known.high, abs=1e-4)
        assert row["accuracy"] - down == pytest.approx(known.low, abs=1e-4)
    assert list(figure.data[0].x) == list(figure.data[0].y) == [0.5, 1.0]


def test_predicted_and_true_share_their_range() -> None:
    figure = draw("predicted_true", POINTS, "price")
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.xaxis.title.text == "true price"
    assert list(figure.data[-1].y) == [1.5, 1.5, 5.0]
    bars = draw("error_histogram", ERRORS).data[-1]
    assert list(bars.x) == [-0.5, 0.5]
    assert list(bars.y) == [1, 2]


def test_scores_have_whiskers_and_importance_two_panels() -> None:
    points = draw("score_intervals", SCORES).data[0]
    assert list(points.error_x.array) == pytest.approx([0.05, 0.0])
    assert list(points.error_x.arrayminus) == pytest.approx([0.1, 0.0])
    bars = draw("importance_bars", COLUMNS).data
    assert [list(own.x) for own in bars] == [[0.2, 0.0], [0.75, 0.25]]
    bare = [row | {"weights": None} for row in COLUMNS]
    assert len(draw("importance_bars", bare).data) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "reliability_curve",
            "There is no reliability curve: there are no rows. Give at least one.",
        ),
        (
            "predicted_true",
            "There are no points of predicted and true. Give at least one pair.",
        ),
        (
            "error_histogram",
            "There is no histogram of errors: there are no bins. Give at least one.",
        ),
        ("score_intervals", "There are no scores to draw. Give at least one with a value."),
        (
            "importance_bars",
            "There is no importance to draw: there are no columns. Give at least one.",
        ),
    ],
)
def test_figures_of_nothing_are_refused(name: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        draw(name, [])
    assert str(caught.value) == message
