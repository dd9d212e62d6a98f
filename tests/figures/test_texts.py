"""Figures as text: what a person sees at 72 to 80 columns, without colours."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import ShapeError
from pellucid.figures import (
    beside,
    confusion_text,
    curves_text,
    picture_text,
    table_text,
    to_encoding,
)
from pellucid.figures.table import visible


def history(epochs: int) -> list[dict[str, Any]]:
    return [
        {"epoch": n, "step": n, "rate": 1.0, "loss": 2 / n, "accuracy": 1 - 0.5 / n,
         "val_loss": 2 / n + 0.1 * n, "val_accuracy": 0.5, "seconds": 1.0}
        for n in range(1, epochs + 1)
    ]  # fmt: skip


def test_curves_show_loss_and_metric_side_by_side() -> None:
    lines = curves_text(history(30), width=72, height=14).splitlines()
    assert len(lines) == 14
    assert max(map(len, lines)) <= 72
    assert lines[0].split() == ["loss", "accuracy"]
    assert lines[-1] == "• training  ○ validation  ◉ both  (lowest validation loss at epoch 4)"
    assert lines[-2].split() == ["1", "epoch", "30", "1", "epoch", "30"]
    assert lines[1].lstrip().startswith("3.1 ┤")


def test_a_falling_curve_is_drawn_falling_from_its_largest_to_its_smallest_value() -> None:
    rows = [{"epoch": n, "loss": float(6 - n)} for n in (1, 2, 3, 4, 5)]
    lines = curves_text(rows, width=30, height=9).splitlines()
    first, last = lines[1], lines[5]
    assert first.startswith("5.0 ┤•")
    assert last.startswith("1.0 ┤")
    assert last.endswith("•")
    columns = [line.find("•") for line in lines[1:6]]
    assert columns == sorted(columns)


@pytest.mark.parametrize(
    ("value", "span", "text"),
    [(1.0, 0.7, "1.00"), (2.34, 2.0, "2.3"), (1250.0, 900.0, "1250"), (1e-9, 1e-9, "1e-09")],
)
def test_ticks_are_as_exact_as_the_axis(value: float, span: float, text: str) -> None:
    from pellucid.figures.terminal import _tick

    assert _tick(value, span) == text


@given(
    st.lists(st.floats(-1e300, 1e300) | st.just(float("nan")), min_size=1, max_size=40),
    st.integers(1, 120), st.integers(1, 30),
)  # fmt: skip
def test_curves_of_any_values_fit_the_width_and_height(
    losses: list[float], width: int, height: int
) -> None:
    rows = [{"epoch": n, "loss": loss, "val_loss": -loss} for n, loss in enumerate(losses, 1)]
    lines = curves_text(rows, width, height).splitlines()
    assert len(lines) == max(height, 6)
    assert max(map(len, lines[:-1])) <= max(width, 24)


def test_curves_without_epochs_say_so() -> None:
    assert curves_text([]) == "(no epoch was finished: there are no learning curves)"


def test_colours_are_only_there_when_asked_for() -> None:
    assert "\033" not in curves_text(history(5))
    coloured = curves_text(history(5), color=True)
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == curves_text(history(5))
    assert coloured != curves_text(history(5))


def test_a_small_picture_has_two_characters_a_pixel() -> None:
    assert picture_text([[0, 4], [8, 16]]) == "  ░░\n▒▒██"
    assert picture_text(np.zeros((2, 3))) == "\n"


def test_a_large_picture_has_one_character_for_two_rows() -> None:
    picture = np.zeros((14, 3))
    picture[0, 0] = picture[1, 1] = picture[0, 2] = picture[1, 2] = 1
    assert picture_text(picture).splitlines()[0] == "▀▄█"
    assert len(picture_text(np.ones((28, 28))).split("\n")) == 14
    assert len(picture_text(np.eye(27)).split("\n")) == 14


def test_a_picture_in_colour_keeps_all_greys() -> None:
    assert picture_text([[0, 1]], color=True) == "\033[48;5;232m  \033[48;5;255m  \033[0m"
    picture = np.zeros((14, 1))
    picture[1] = 1
    first = picture_text(picture, color=True).splitlines()[0]
    assert first == "\033[38;5;232;48;5;255m▀\033[0m"


@pytest.mark.parametrize("shape", [(3,), (0, 3), (1, 2, 2)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError) as caught:
        picture_text(np.zeros(shape))
    assert str(caught.value) == (
        f"A picture is height x width, got shape {list(shape)}. Give one channel of one."
    )


def test_a_wide_confusion_matrix_becomes_a_list_of_the_most_frequent() -> None:
    counts = np.diag([9] * 30)
    counts[2, 5], counts[7, 1] = 3, 4
    assert confusion_text(counts, [f"kind {n}" for n in range(30)]) == (
        "true    predicted  times\nkind 7  kind 1         4\nkind 2  kind 5         3"
    )
    assert confusion_text(np.diag([9] * 40), range(40)) == "(no mistakes)"


def test_a_table_puts_text_left_and_numbers_right() -> None:
    rows: list[dict[str, Any]] = [
        {"a": "x", "b": 1.23456, "c": "7"},
        {"a": "long", "b": 10, "c": "12"},
        {"a": "z"},
    ]
    assert table_text(rows, right=("c",)) == (
        "a         b   c\nx     1.235   7\nlong     10  12\nz"
    )


def test_blocks_side_by_side_go_on_below_and_colours_have_no_width() -> None:
    coloured = "\033[48;5;232m  \033[0m"
    assert visible(coloured) == 2
    assert beside(["ab\nc", coloured, "e"], width=8) == f"ab   {coloured}\nc\n\ne"
    assert beside([]) == ""


def test_drawings_have_a_plain_form_for_other_encodings() -> None:
    assert to_encoding("•○◉ ░▒▓█ ▀▄ │┤└─┴ · é") == '*o@ .:*# "_ ||+-+ . ?'
    assert to_encoding("• é", "latin-1") == "* é"
    assert curves_text(history(5)) != to_encoding(curves_text(history(5)))
    to_encoding(curves_text(history(5))).encode("ascii")


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "top_k_3", "recall_micro", "f1"])
def test_the_axis_of_a_share_stays_within_0_and_1(name: str) -> None:
    for value, ends in ((1.0, ("1.00", "0.50")), (0.0, ("0.50", "0.00"))):
        rows = [{"epoch": n, "loss": 1 / n, name: value} for n in (1, 2, 3)]
        text = curves_text(rows)
        assert all(f"{end} ┤" in text for end in ends)


def test_the_best_epoch_is_only_one_that_was_kept() -> None:
    assert curves_text(history(30)).endswith("(lowest validation loss at epoch 4)")
    assert curves_text(history(30), kept=4).endswith("(best epoch: 4)")
    rows = [{"epoch": n, "loss": 1 / n} for n in (1, 2, 3)]
    assert curves_text(rows).endswith("(lowest loss at epoch 3)")
