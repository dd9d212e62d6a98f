"""How an attribution is shown: text whose sums come out, JSON, HTML, figures."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from pellucid.inspect.attribute import attribute
from pellucid.inspect.attribute.gradcam import enlarged
from tests.inspect.attribute.nets import conv, dense, regression


def test_the_text_adds_up() -> None:
    net = regression([2.0, -1.0, 0.0], bias=7.0)
    found = attribute(net, [1.0, 2.0, 3.0], "deeplift", baseline=[0.0, 0.0, 1.0])
    lines = found.text().splitlines()
    assert lines[0] == "The predicted number, by DeepLIFT"
    table = [line.split() for line in lines[2:6]]
    assert table[0][:3] == ["column", "value", "attribution"]
    assert {(row[0], row[1]) for row in table[1:]} == {("x1", "1"), ("x2", "2"), ("x3", "3")}
    assert float(table[1][2]) + float(table[2][2]) + float(table[3][2]) == pytest.approx(0.0)
    assert re.search(r"\+7  for this row\n", found.text())
    assert re.search(r"\+7  for the given row\n", found.text())
    assert str(found) == found.text()
    assert found.text().splitlines()[-1].endswith(" seconds")


def test_a_residual_is_said_in_numbers_and_as_a_share() -> None:
    found = attribute(dense(4, [6], seed=1), [1.0, 2.0, -1.0, 0.5], "gradient_x_input")
    share = 100 * abs(found.residual / found.difference)
    assert f"{found.residual:+.2g}  is missing ({share:.0f} %)" in found.text()


def test_the_smallest_columns_are_taken_together_and_said_to_be() -> None:
    net = dense(30, [5], seed=1)
    found = attribute(net, np.linspace(-1, 1, 30), "deeplift")
    rest = sum(row["attribution"] for row in found.rows()[20:])
    line = next(own for own in found.text().splitlines() if own.startswith("and 10 more"))
    assert line.split() == ["and", "10", "more,", "together", f"{rest:+.4g}"]


def test_standard_errors_are_shown() -> None:
    net = dense(4, [6], 3, "relu", 3)
    found = attribute(net, [1.0, 2.0, -1.0, 0.5], "smoothgrad")
    assert "±" in found.text().splitlines()[2]
    assert all(row["error"] >= 0 for row in found.rows())


def test_json_holds_all_of_it() -> None:
    found = attribute(dense(3, [4]), [1.0, 2.0, 3.0], "sampled_shapley")
    record = json.loads(found.to_json())
    assert record["values"] == found.values.tolist()
    assert record["errors"] == pytest.approx(found.errors)
    assert record["sum"] == pytest.approx(sum(row["attribution"] for row in record["columns"]))
    assert record["residual"] == found.residual
    assert record["difference"] == pytest.approx(record["score"] - record["baseline_score"])
    picture = json.loads(attribute(conv(), np.ones((2, 8, 8))).to_json())
    assert np.shape(picture["values"]) == (2, 8, 8)
    assert picture["columns"] is None


def test_html_needs_nothing_and_escapes() -> None:
    import pandas as pd

    from pellucid import Network

    frame = pd.DataFrame({"<b>": [1.0, 2.0, 3.0, 4.0], "kind": ["<i>", "u", "u", "<i>"]})
    net = Network(hidden=[2], seed=0).build(frame, [0.5, 1.5, 2.5, 3.5])
    html = attribute(net, frame[:1])._repr_html_()
    assert "<b>&lt;" not in html
    assert "&lt;b&gt;" in html and "&lt;i&gt;" in html
    assert "src=" not in html
    shown = attribute(conv(), np.random.default_rng(0).normal(size=(2, 8, 8)))._repr_html_()
    assert 'src="data:image/png;base64,' in shown
    assert "http" not in shown


def test_figures_are_drawn() -> None:
    bars = attribute(dense(40, [4]), np.linspace(-1, 1, 40), "deeplift")
    for template in ("light", "dark"):
        figure = bars.plot(template)
        assert len(figure.data[0].y) == 21
        assert figure.data[0].y[-1] == "the other 20, added up"
        assert sum(figure.data[0].x) == pytest.approx(bars.sum)
    found = attribute(conv(), np.random.default_rng(0).normal(size=(2, 8, 8)))
    drawn = found.plot("dark").data[-1]
    assert found.map is not None
    assert np.asarray(drawn.z) == pytest.approx(found.map)
    assert drawn.zmin == -drawn.zmax == pytest.approx(-np.abs(found.map).max())


def test_maps_in_text_tell_what_speaks_for_and_against() -> None:
    found = attribute(conv(1), np.random.default_rng(1).normal(size=(2, 8, 8)))
    assert found.map is not None
    text = found.text()
    assert f"speaks for it: {np.maximum(found.map, 0).sum():+.4g}" in text
    assert f"speaks against it: {-np.maximum(-found.map, 0).sum():+.4g}" in text
    assert found.rows()[0]["attribution"] == pytest.approx(
        float(found.map.flat[np.abs(found.map).argmax()])
    )


def test_maps_brought_to_size_keep_their_mean() -> None:
    values = np.arange(6.0).reshape(2, 3)
    for size in ((4, 6), (8, 9), (2, 3)):
        assert enlarged(values, size).mean() == pytest.approx(values.mean())
    assert (enlarged(values, (2, 3)) == values).all()
