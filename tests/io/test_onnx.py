"""ONNX export: each layer and activation by ONNX Runtime, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.io.onnx import run_onnx
from pellucid.models.export import TOLERANCE
from pellucid.nn import ActivationFunction, Exponential
from tests.io.networks import OPERATIONS, of_activation, of_layer, of_operation, own
from tests.nn.cases import ACTIVATIONS, LAYERS, Case

Array = np.ndarray[Any, Any]


def outputs(path: Path, x: Any) -> dict[str, Array]:
    return run_onnx(path.read_bytes(), np.asarray(x))


@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_every_layer(case: Case, tmp_path: Path) -> None:
    net, x = of_layer(case)
    path = tmp_path / "model.onnx"
    done = net.to_onnx(path, x)
    assert done.difference is not None and done.difference <= TOLERANCE
    assert (done.checked, done.drawn) == (100, False)
    found = outputs(path, x)["value"].reshape(len(x), -1)
    np.testing.assert_allclose(found, own(net, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("function", ACTIVATIONS, ids=str)
def test_every_activation(function: ActivationFunction, tmp_path: Path) -> None:
    net, x = of_activation(function)
    x = x.astype(np.float32)  # at corners, what is rounded falls to one side
    if isinstance(function, Exponential):
        x = np.minimum(x, 5.0)
    net.to_onnx(tmp_path / "model.onnx", x)
    found = outputs(tmp_path / "model.onnx", x)["value"]
    np.testing.assert_allclose(found, own(net, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation(name: str, tmp_path: Path) -> None:
    net, x = of_operation(name)
    net.to_onnx(tmp_path / "model.onnx", x.astype(np.float32))
    found = outputs(tmp_path / "model.onnx", x)["value"].reshape(len(x), -1)
    np.testing.assert_allclose(found, own(net, x.astype(np.float32)), rtol=1e-4, atol=1e-4)
