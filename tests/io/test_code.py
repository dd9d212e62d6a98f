"""Exported code answers as the network does: each layer and activation, in each language."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from pellucid.nn import ActivationFunction
from tests.io.networks import OPERATIONS, ROWS, of_activation, of_ends, of_layer, of_operation, own
from tests.io.programs import ENDS, answers
from tests.nn.cases import ACTIVATIONS, LAYERS, Case

languages = pytest.mark.parametrize("language", ENDS)


@languages
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_every_layer(case: Case, language: str, tmp_path: Path) -> None:
    net, x = of_layer(case)
    path = tmp_path / f"model.{ENDS[language]}"
    net.to_code(path, language)
    found = answers(path, x, "predict")
    assert len(found) == ROWS
    np.testing.assert_allclose(found, own(net, x), rtol=1e-12, atol=1e-13)


@languages
@pytest.mark.parametrize("function", ACTIVATIONS, ids=str)
def test_every_activation(function: ActivationFunction, language: str, tmp_path: Path) -> None:
    net, x = of_activation(function)
    path = tmp_path / f"model.{ENDS[language]}"
    net.to_code(path, language)
    np.testing.assert_allclose(answers(path, x, "predict"), own(net, x), rtol=1e-13, atol=3e-14)


@languages
def test_functions_at_their_ends(language: str, tmp_path: Path) -> None:
    net, x = of_ends()
    path = tmp_path / f"model.{ENDS[language]}"
    net.to_code(path, language)
    expected = own(net, x)
    assert np.isinf(expected).any() and np.isnan(expected).any()
    np.testing.assert_allclose(answers(path, x, "predict"), expected, rtol=1e-13)


def test_python_imports_nothing(tmp_path: Path) -> None:
    net, _ = of_activation(ACTIVATIONS[3])
    net.to_code(tmp_path / "model.py", "python")
    tree = ast.parse((tmp_path / "model.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@languages
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation(name: str, language: str, tmp_path: Path) -> None:
    net, x = of_operation(name)
    path = tmp_path / f"model.{ENDS[language]}"
    net.to_code(path, language)
    np.testing.assert_allclose(answers(path, x, "predict"), own(net, x), rtol=1e-12, atol=1e-13)
