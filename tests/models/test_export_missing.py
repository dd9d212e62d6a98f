"""Networks whose missing values are filled in other ways, exported: all forms do the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pellucid import Network
from tests.io.programs import ENDS, answers_by_name
from tests.models.test_export_tables import ROWS, by_row, expected, frame, given

MISSING = {
    "value": "zero", "x": "median", "town": "most_frequent", "double": "own",
    "open": "most_frequent", "2 ways": "most_frequent", "sold": "most_frequent",
    "zip": "most_frequent",
}  # fmt: skip


@pytest.fixture(scope="module")
def net() -> Network:
    shown = frame()
    made = Network(hidden=[6], columns={"zip": "category"}, missing=MISSING, seed=1)
    x = shown.drop("side")
    made.fit(x, shown["side"], epochs=2, progress=False, engine="reference")
    return made


def test_the_policies_make_a_difference(net: Network) -> None:
    rows = frame(ROWS, 1, new=True)
    plain = Network(hidden=[6], columns={"zip": "category"}, seed=1)
    shown = frame()
    plain.fit(shown.drop("side"), shown["side"], epochs=2, progress=False, engine="reference")
    assert np.abs(expected(net, rows) - expected(plain, rows)).max() > 1e-3


@pytest.mark.parametrize("language", ENDS)
def test_code_fills_as_the_network_does(net: Network, language: str, tmp_path: Path) -> None:
    path = tmp_path / f"m.{ENDS[language]}"
    net.to_code(path, language)
    rows = frame(ROWS, 1, new=True)
    found = answers_by_name(path, by_row(given(net, rows)), "predict_proba")
    np.testing.assert_allclose(found, expected(net, rows), atol=1e-9)


def test_onnx_fills_as_the_network_does(net: Network, tmp_path: Path) -> None:
    done = net.to_onnx(tmp_path / "m.onnx", frame(ROWS, 1, new=True))
    assert done.checked == ROWS


def test_a_model_file_keeps_the_policies(net: Network, tmp_path: Path) -> None:
    net.save(tmp_path / "m.safetensors")
    rows = frame(ROWS, 1, new=True)
    again = Network.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(expected(again, rows), expected(net, rows))
