"""The network in a notebook: what it is told, and edits by hand."""

from __future__ import annotations

import shutil
import sys
from base64 import b64decode
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest

from pellucid import Network, data
from pellucid.errors import PackageError, ParameterError
from pellucid.inspect.views.live import frozen
from pellucid.inspect.views.live.program import looks, program

NAMES = ["sepal length", "sepal width", "petal length", "petal width"]


@pytest.fixture
def net() -> Network:
    x, y = data.load("iris")
    made = Network(hidden=[5], seed=0)
    made.fit(x, y, epochs=5)
    return made


def thawed(told: Any) -> Any:
    return np.frombuffer(b64decode(told["base64"]), told["dtype"]).reshape(told["shape"])


def test_it_is_told_the_networks_numbers_for_the_row(net: Network) -> None:
    pytest.importorskip("anywidget")
    x, y = data.load("iris")
    widget = net.watch(x, y, row=70, names=NAMES)
    told = widget.told
    assert told["sample"] == "70" and told["target"] == "versicolor"
    assert told["answer"] == net.predict(x[70:71])[0]
    np.testing.assert_allclose(told["scores"], net.predict_proba(x[70:71], engine="reference")[0])
    assert told["stages"][0]["labels"] == NAMES
    np.testing.assert_array_equal(
        thawed(told["stages"][1]["weights"]), net.parameters["dense_1.weight"].astype(np.float32)
    )
    assert told["step"] == net.steps_taken
    widget.choose(0)
    assert widget.told["target"] == "setosa"


def test_an_edit_by_hand_changes_the_network_and_what_is_shown(net: Network) -> None:
    pytest.importorskip("anywidget")
    x, y = data.load("iris")
    widget = net.watch(x, y)
    before = net.predict_proba(x[:1]).copy()
    message = {"parameter": "dense_2.bias", "place": [1], "value": 6.0}
    widget._handle_custom_msg(message, [])
    assert net.parameters["dense_2.bias"][1] == 6 and widget.error == ""
    assert thawed(widget.told["stages"][2]["biases"])[1] == 6
    assert (net.predict_proba(x[:1]) != before).any()
    net.parameters["dense_2.bias"][1] = 0.5
    widget.refresh()
    assert thawed(widget.told["stages"][2]["biases"])[1] == 0.5


@pytest.mark.parametrize("message", [
    {"parameter": "dense_2.bias", "place": [7], "value": 1.0},
    {"parameter": "dense_2.bias", "place": [0, 0], "value": 1.0},
    {"parameter": "dense_2.bias", "place": [-1], "value": 1.0},
    {"parameter": "dense_2.bias", "place": [0], "value": float("nan")},
    {"parameter": "nothing", "place": [0], "value": 1.0},
    {"parameter": "dense_2.bias", "place": "x", "value": 1.0},
    {"place": [0]},
])  # fmt: skip
def test_what_is_no_edit_changes_nothing_and_is_said(net: Network, message: Any) -> None:
    pytest.importorskip("anywidget")
    x, y = data.load("iris")
    widget = net.watch(x, y)
    before = {name: value.copy() for name, value in net.parameters.items()}
    widget._handle_custom_msg(message, [])
    assert widget.error
    for name, value in net.parameters.items():
        np.testing.assert_array_equal(value, before[name])


def test_one_that_is_only_looked_at_hears_nothing(net: Network) -> None:
    pytest.importorskip("anywidget")
    x, _ = data.load("iris")
    widget = net.watch(x, editable=False)
    before = net.parameters["dense_2.bias"][0]
    message = {"parameter": "dense_2.bias", "place": [0], "value": 9.0}
    widget._handle_custom_msg(message, [])
    assert net.parameters["dense_2.bias"][0] == before and widget.told["target"] == ""
    assert widget.told["right"] is None


def test_a_row_that_is_not_there_is_refused(net: Network) -> None:
    x, _ = data.load("iris")
    with pytest.raises(ParameterError) as caught:
        net.watch(x, row=150)
    assert str(caught.value) == "x has rows 0 to 149, got row 150. Choose one of these."


def test_without_anywidget_the_extra_is_named(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "pellucid.inspect.views.live.widget", raising=False)
    x, _ = data.load("iris")
    with pytest.raises(PackageError) as caught:
        net.watch(x)
    assert str(caught.value) == (
        "watch needs anywidget, which is not installed. Install it with: "
        "pip install 'pellucid[notebook]'"
    )


def test_the_program_is_one_script_that_asks_for_nothing(tmp_path: Path) -> None:
    text = program("View")
    assert "import " not in text.replace("import{", "") and "export " not in text
    assert "fetch(" not in text and "url(" not in looks() and "@import" not in looks()
    assert text.rstrip().endswith(".NetworkView;")
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    path = tmp_path / "program.mjs"
    path.write_text(text, encoding="utf-8")
    done = run([node, "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_arrays_are_frozen_as_little_endian_text() -> None:
    told = frozen({"a": np.array([[1, 2]], ">f8"), "b": (np.array([True]), "x", None)})
    assert thawed(told["a"]).tolist() == [[1.0, 2.0]] and told["a"]["dtype"] == "float32"
    assert thawed(told["b"][0]).tolist() == [1] and told["b"][1:] == ["x", None]
