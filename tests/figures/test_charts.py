"""Charts as SVG: marks where their values are, round numbers at the axes, all text escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from pellucid.figures.chart import Axis, Chart, Guide, Series, spanning, ticks
from pellucid.figures.curves import learning_charts
from pellucid.figures.regression import error_chart, predicted_true_chart
from pellucid.figures.reliability import reliability_chart
from pellucid.figures.svg import BOTTOM, LEFT, RIGHT, TOP, labelled, svg, tick_text

EVIL = '<script>alert(1)</script>&"'
SVG = "{http://www.w3.org/2000/svg}"


def read(chart: Chart) -> ET.Element:
    return ET.fromstring(svg(chart, 440, 290))


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (0.0, 1.0, 6, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-130.0, 130.0, 6, [-100.0, -50.0, 0.0, 50.0, 100.0]),
        (0.97, 1.03, 4, [0.98, 1.0, 1.02]),
        (3e6, 9e6, 3, [4e6, 6e6, 8e6]),
    ],
)
def test_ticks_are_round(low: float, high: float, most: int, wanted: list[float]) -> None:
    assert ticks(Axis("x", low, high), most) == pytest.approx(wanted)
    assert len(ticks(Axis("x", low, high), most)) <= most + 1


def test_whole_axes_have_whole_ticks() -> None:
    assert ticks(Axis("epoch", 1, 3, whole=True)) == [1.0, 2.0, 3.0]
    assert ticks(Axis("epoch", 0.5, 1.5, whole=True)) == [1.0]
    assert tick_text(Axis("x", 0, 1), 0.30000000000000004) == "0.3"


def test_ticks_that_differ_look_different() -> None:
    far = labelled(Axis("x", 1e9, 1e9 + 2, whole=True))
    assert [text for _, text in far] == ["1,000,000,000", "1,000,000,001", "1,000,000,002"]
    assert [text for _, text in labelled(Axis("x", 0, 2e7))] == [
        "0",
        "5e+06",
        "1e+07",
        "1.5e+07",
        "2e+07",
    ]


def test_a_span_has_a_length() -> None:
    assert spanning([2.0, 2.0]) == pytest.approx((1.8, 2.2))
    assert spanning([0.0, 10.0], 0.1) == (-1.0, 11.0)
    assert spanning([0.0]) == (-0.1, 0.1)


def test_points_lie_where_their_values_are() -> None:
    chart = Chart(
        "t", Axis("x", 0, 10), Axis("y", 0, 1),
        (Series("s", [0, 10, 5], [0, 1, 0.5], "points", low=[0, 0.9, 0.4], high=[0.1, 1, 0.6]),),
    )  # fmt: skip
    circles = read(chart).findall(f"{SVG}circle")
    places = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in circles]
    right, bottom = 440 - RIGHT, 290 - BOTTOM
    middle = (LEFT + right) / 2, (TOP + bottom) / 2
    for found, wanted in zip(places, [(LEFT, bottom), (right, TOP), middle], strict=True):
        assert found == pytest.approx(wanted, abs=0.1)
    whiskers = [e for e in read(chart).findall(f"{SVG}line") if "whisker" in e.attrib["class"]]
    assert len(whiskers) == 3
    assert float(whiskers[1].attrib["y2"]) == TOP


def test_names_and_notes_are_escaped() -> None:
    chart = Chart(
        EVIL, Axis(EVIL, 0, 1), Axis(EVIL, 0, 1),
        (Series(EVIL, [0.5], [0.5], "points", notes=[EVIL]), Series(EVIL, [0, 1], [0, 1], "line"),
         Series("b", [0.2, 0.4], [1, 1], "bars", notes=[EVIL, EVIL])),
        (Guide(EVIL, (0, 0), (1, 1)),),
    )  # fmt: skip
    text = svg(chart)
    assert "<script" not in text
    root = ET.fromstring(text)
    assert root.attrib["aria-label"] == EVIL
    assert [own.text for own in root.iter(f"{SVG}title")] == [EVIL] * 5


def test_colours_come_from_the_page_alone() -> None:
    rows = [{"epoch": k, "loss": 1 / k, "val_loss": 2 / k, "accuracy": k / 4} for k in (1, 2, 3)]
    bins = [{"low": 0.9, "high": 1, "count": 3, "confidence": 0.95, "accuracy": 1.0}]
    charts = [
        *learning_charts(rows), reliability_chart(bins), predicted_true_chart([[1.0, 1.0]]),
        error_chart([{"low": -1.0, "high": 1.0, "rows": 3}]),
    ]  # fmt: skip
    assert [chart.y.label for chart in charts[:2]] == ["loss", "accuracy"]
    for chart in charts:
        text = svg(chart)
        assert not re.search(r"#[0-9a-f]{3,6}|rgb|style=|url|href", text)
        ET.fromstring(text)
