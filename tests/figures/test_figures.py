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
FIGURES: dict[str, tuple[Any, ...]] = {
    "confusion_matrix": (np.array([[5, 1], [0, 4]]), ["cat", "dog"]),
    "learning_curves": (ROWS,),
    "neuron_line": (-1.0, 1.5, [[0, 0], [0, 1], [1, 1]], ["no", "no", "yes"]),
    "rate_curve": (RATES, 0.01),
}
TEXTS = {"beside", "confusion_text", "curves_text", "picture_text", "table_text", "to_encoding"}


def draw(name: str, *arguments: Any, **options: Any) -> Any:
    make: Callable[..., Any] = getattr(figures, name)
    return make(*arguments, **options)


def test_every_public_function_is_tested_here_or_among_the_texts() -> None:
    assert set(figures.__all__) == set(FIGURES) | TEXTS
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
    assert titled


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
