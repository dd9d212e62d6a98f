"""The pictures: well-formed, and as long as the numbers say."""

from __future__ import annotations

from math import log10
from xml.etree import ElementTree as ET

import pytest

import chart
from contest import NAMES, Contest

SPACE = "{http://www.w3.org/2000/svg}"
PEERS = {"pytorch": 100.0, "jax": 10.0, "numpy": 0.5}  # ours takes a second


def bars(drawn: str) -> list[tuple[float, float]]:
    """Left ends and lengths of the bars."""
    found = [r for r in ET.fromstring(drawn).iter(f"{SPACE}rect") if "fill" in r.attrib]
    return [(float(r.attrib["x"]), float(r.attrib["width"])) for r in found]


def words(drawn: str) -> list[str]:
    return [t.text or "" for t in ET.fromstring(drawn).iter(f"{SPACE}text")]


def test_bars_are_as_long_as_the_logarithm_of_the_ratio() -> None:
    drawn = chart.bars([Contest("w", "a & b < c", 0, 1.0, PEERS, {})], "note")
    (one, hundred), (other, ten), (below, half) = bars(drawn)
    assert one == other
    assert hundred == pytest.approx(2 * ten, abs=0.2)
    assert below + half == pytest.approx(one, abs=0.2)  # ends where the others start
    assert half == pytest.approx(-log10(0.5) * ten, abs=0.2)
    assert {"100x PyTorch", "10x JAX", "0.5x NumPy by hand", "a & b < c"} <= set(words(drawn))


def test_every_workload_has_a_group_in_the_frame() -> None:
    found = [Contest(str(k), f"title {k}", 0, 1e-6, dict.fromkeys(PEERS, 2e-6), {}) for k in "abc"]
    drawn = chart.bars(found, "note")
    assert {f"title {k}" for k in "abc"} <= set(words(drawn))
    root = ET.fromstring(drawn)
    high = float(root.attrib["height"])
    assert all(0 <= float(t.attrib["y"]) <= high for t in root.iter(f"{SPACE}text"))


def test_growth_has_a_panel_a_curve_and_three_lines_in_each() -> None:
    rows = [
        {"workload": f"{kind} {n}", "median": {"pellucid": 1e-5 * n, "pytorch": 1e-3},
         "limit": 5e-6 * n}
        for kind in ("width", "batch", "depth")
        for n in (1, 16, 256)
    ]  # fmt: skip
    drawn = chart.growth(rows, "note")
    lines = list(ET.fromstring(drawn).iter(f"{SPACE}polyline"))
    legend, plots = 3, 3 * 3
    assert len(lines) == legend + plots
    assert {"time a step, by depth", NAMES["pytorch"], "the machine's limit"} <= set(words(drawn))


def test_accuracy_rises_up_the_picture() -> None:
    points = [[0.5, 0.95], [1.0, 0.96], [2.0, 0.97]]
    row = {"title": "lenet: LeNet-5, 128", "curve": {"pellucid": points, "pytorch": points}}
    drawn = chart.curves([row], "note")
    assert "LeNet-5, batch 128" in words(drawn)
    plotted = list(ET.fromstring(drawn).iter(f"{SPACE}polyline"))[-1].attrib["points"]
    heights = [float(point.split(",")[1]) for point in plotted.split()]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)


def test_one_point_makes_a_picture_too() -> None:
    row = {"title": "lenet: LeNet-5, 128", "curve": {"pellucid": [[0.5, 0.95]]}}
    ET.fromstring(chart.curves([row], "note"))
