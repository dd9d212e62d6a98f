"""PyTorch's modules, by themselves and through its own ONNX exporter, and scikit-learn's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Network, data
from pellucid.errors import FileError, ParameterError
from tests.io.foreign import answers

torch = pytest.importorskip("torch")
nn = torch.nn
torch.set_num_threads(1)

pytestmark = pytest.mark.parity


def seeded(*modules: Any) -> Any:
    """A Sequential whose running statistics are no longer 0 and 1."""
    made = nn.Sequential(*modules)
    generator = torch.Generator().manual_seed(1)
    for module in made.modules():
        for name in ("running_mean", "running_var"):
            own = getattr(module, name, None)
            if own is not None:
                own.copy_(torch.rand(own.shape, generator=generator) + 0.5)
    return made.eval()


SEQUENTIALS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "dense": (
        lambda: seeded(nn.Linear(5, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3)), (5,),
    ),
    "activations": (
        lambda: seeded(
            nn.Linear(4, 6), nn.LeakyReLU(0.2), nn.Linear(6, 6), nn.ELU(0.5), nn.Linear(6, 6),
            nn.SELU(), nn.Linear(6, 6), nn.GELU(), nn.Linear(6, 6), nn.GELU("tanh"),
            nn.Linear(6, 6), nn.SiLU(), nn.Linear(6, 6), nn.Softplus(), nn.Linear(6, 6),
            nn.Hardswish(), nn.Linear(6, 6), nn.ReLU6(), nn.Linear(6, 6), nn.Mish(),
            nn.Linear(6, 6), nn.Hardsigmoid(), nn.Linear(6, 6), nn.Softsign(), nn.Linear(6, 6),
            nn.Hardtanh(), nn.Linear(6, 2), nn.Tanh(),
        ), (4,),
    ),
    "lenet": (
        lambda: seeded(
            nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 8, 3),
            nn.ReLU(), nn.MaxPool2d(2, stride=1), nn.Flatten(), nn.Linear(8 * 3 * 3, 10),
        ), (1, 12, 12),
    ),
    "batch norm": (
        lambda: seeded(
            nn.Conv2d(3, 4, 3, stride=2, padding=(1, 0), bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.Conv2d(4, 8, 3, groups=4, dilation=(1, 2), padding=(1, 2)),
            nn.Conv2d(8, 8, (3, 5), padding="same"), nn.BatchNorm2d(8),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 6), nn.BatchNorm1d(6),
            nn.Linear(6, 4),
        ), (3, 11, 12),
    ),
    "series": (
        lambda: seeded(
            nn.Conv1d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2), nn.AvgPool1d(2),
            nn.Flatten(), nn.Linear(16, 3),
        ), (2, 16),
    ),
    "layer norm, nested": (
        lambda: seeded(
            nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Tanh()), nn.Identity(),
            nn.Sequential(nn.Linear(8, 3)),
        ), (6,),
    ),
    "unflattened": (
        lambda: seeded(
            nn.Linear(4, 18), nn.Unflatten(1, (2, 3, 3)), nn.Conv2d(2, 3, 2), nn.Flatten(),
        ), (4,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENTIALS)
def test_a_sequential_answers_as_pytorch_does(name: str) -> None:
    make, shape = SEQUENTIALS[name]
    torch.manual_seed(0)
    module = make()
    net = Network.from_torch(module, shape=shape)
    x = np.random.default_rng(0).normal(size=(9, *shape)).astype(np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy()
    found = np.asarray(net.predict(x, engine="reference")).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("name", SEQUENTIALS)
def test_what_pytorch_exports_is_read(name: str, dynamic: bool, tmp_path: Path) -> None:
    make, shape = SEQUENTIALS[name]
    torch.manual_seed(0)
    module, path = make(), tmp_path / "m.onnx"
    x = np.random.default_rng(0).normal(size=(9, *shape)).astype(np.float32)
    axes = {"x": {0: "n"}, "y": {0: "n"}} if dynamic else None
    exported(module, x if dynamic else x[:1], path, dynamic_axes=axes)
    net = Network.from_onnx(path)
    expected = np.concatenate([answers(path, x[k : k + 1]) for k in range(len(x))])
    found = np.asarray(net.predict(x, engine="reference")).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def exported(module: Any, x: Any, path: Path, **options: Any) -> None:
    """PyTorch's exporter by tracing, which needs no other package; it warns of its age."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (torch.from_numpy(x),), str(path), input_names=["x"], output_names=["y"],
            dynamo=False, **options,
        )  # fmt: skip


class Skipping(nn.Module):  # type: ignore[misc, name-defined]
    """A block around which there is a way, as in ResNet, and a view as people write it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.short = nn.Conv2d(2, 4, 1)
        self.head = nn.Linear(4 * 6 * 6, 3)

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.norm(self.first(x)))
        h = torch.relu(self.second(h) + self.short(x))
        h = h + torch.sigmoid(h) * h
        return torch.log_softmax(self.head(h.view(h.size(0), -1)), dim=1)


def test_a_module_of_ones_own_is_read_through_onnx(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, path = Skipping().eval(), tmp_path / "m.onnx"
    x = np.random.default_rng(0).normal(size=(5, 2, 6, 6)).astype(np.float32)
    exported(module, x, path, dynamic_axes={"x": {0: "n"}})
    net = Network.from_onnx(path, classes=["a", "b", "c"])
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).exp().numpy()
    np.testing.assert_allclose(net.predict_proba(x, engine="reference"), expected, atol=1e-5)
    assert net.architecture.layers[0][0] == "residual_1"
    assert "residual_1.shortcut.weight" in net.parameters
    assert net.parameters["head.weight"].shape == (144, 3)


def test_a_state_takes_the_place_of_the_modules_numbers(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    first, second = (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)) for _ in range(2))
    save_file(second.state_dict(), tmp_path / "s.safetensors")
    x = np.ones((2, 3), np.float32)
    with torch.no_grad():
        expected = second(torch.from_numpy(x)).numpy()
    for state in (second.state_dict(), tmp_path / "s.safetensors"):
        net = Network.from_torch(first, state=state)
        np.testing.assert_allclose(net.predict(x, engine="reference"), expected, atol=1e-6)


def test_the_network_is_independent_of_the_module() -> None:
    module = nn.Sequential(nn.Linear(3, 2))
    net = Network.from_torch(module)
    before = net.predict(np.ones((1, 3)))
    with torch.no_grad():
        module[0].weight.zero_()
    np.testing.assert_array_equal(net.predict(np.ones((1, 3))), before)


def test_it_learns_on() -> None:
    x, y = data.load("iris")
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    net = Network.from_torch(module, ["setosa", "versicolor", "virginica"])
    before = net.evaluate(x, y)["loss"]
    net.fit(x, y, epochs=40, progress=False)
    assert net.evaluate(x, y)["loss"] < before / 2


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(3, 4), nn.GRU(4, 2), nn.Bilinear(2, 2, 2)), {},
            "This Sequential cannot become a network: GRU is not known (1); Bilinear is not known "
            "(2). Known are ",
        ),
        (
            lambda: nn.Sequential(nn.Conv2d(1, 2, 3)), {},
            "The first module, Conv2d, does not tell the shape of a row. Give it, as in shape=(1, "
            "28, 28).",
        ),
        (
            lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect")),
            {"shape": (1, 8, 8)},
            "This Sequential cannot become a network: Conv2d (0) pads with reflect; zeros are "
            "known. Known are ",
        ),
        (
            lambda: nn.Sequential(nn.Linear(3, 2)), {"state": {"0.weight": torch.zeros(2, 4)}},
            "The state does not fit the module: 0.bias is missing; 0.weight is [2, 4], expected "
            "[2, 3]. Give the module that the state was saved from.",
        ),
        (
            lambda: nn.Sequential(nn.Linear(3, 2)), {"state": "weights.pt"},
            "weights.pt is not loaded: a file of PyTorch's own can run code when it is. Load it "
            "yourself if you trust it, and give its state dictionary, or save it with "
            "safetensors.torch.save_file.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(make: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises((FileError, ParameterError)) as caught:
        Network.from_torch(make(), **options)
    assert str(caught.value).startswith(message)


def test_a_path_is_no_module() -> None:
    with pytest.raises(ParameterError) as caught:
        Network.from_torch("model.pt")
    assert str(caught.value) == (
        "from_torch takes a torch.nn.Module such as nn.Sequential(...), got 'model.pt'. Files of "
        "PyTorch are not loaded: make the module, and give its state."
    )


def test_scikit_learns_networks_come_through_skl2onnx(tmp_path: Path) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = data.load("iris")
    x = np.asarray(x, np.float32)
    cases = {
        "classes": (
            make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=60, random_state=0)),
            y,
        ),
        "two classes": (
            MLPClassifier((5,), activation="tanh", max_iter=60, random_state=0),
            np.asarray(y) == y[0],
        ),
        "numbers": (MLPRegressor(hidden_layer_sizes=[6], max_iter=60, random_state=0), x[:, 0] * 3),
    }
    path = tmp_path / "s.onnx"
    for name, (model, target) in cases.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target = np.asarray(target).astype(int) if name == "two classes" else target
            model.fit(x, target)
            path.write_bytes(
                skl2onnx.to_onnx(
                    model, x[:1], options={"zipmap": False} if name != "numbers" else None
                ).SerializeToString()
            )
        net = Network.from_onnx(path)
        if name == "numbers":
            np.testing.assert_allclose(net.predict(x), model.predict(x), rtol=1e-4)
            continue
        chances = net.predict_proba(x, engine="reference")
        np.testing.assert_allclose(chances, model.predict_proba(x), atol=1e-5)
        assert net.classes.tolist() == model.classes_.tolist()
        assert net.predict(x).tolist() == model.predict(x).tolist()


def test_what_pytorchs_newer_exporter_writes_is_read(tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    torch.manual_seed(0)
    module, path = Skipping().eval(), tmp_path / "m.onnx"
    x = np.random.default_rng(0).normal(size=(5, 2, 6, 6)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = ({0: torch.export.Dim("rows")},)
        torch.onnx.export(
            module, (torch.from_numpy(x),), str(path), dynamo=True, dynamic_shapes=rows,
            verbose=False,
        )  # fmt: skip
    net = Network.from_onnx(path, classes=3)
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).exp().numpy()
    np.testing.assert_allclose(net.predict_proba(x, engine="reference"), expected, atol=1e-5)


@pytest.mark.parametrize("shared", ["activation", "layer"])
def test_a_module_that_stands_twice_is_read_twice(shared: str) -> None:
    twice = nn.ReLU() if shared == "activation" else nn.Linear(6, 6)
    module = seeded(nn.Linear(4, 6), twice, nn.Linear(6, 6), twice, nn.Linear(6, 2))
    x = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    net = Network.from_torch(module, shape=(4,))
    with torch.no_grad():
        expected = module(torch.tensor(x)).numpy()
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-5, atol=1e-6)


def test_a_softplus_that_bends_into_a_line_is_refused() -> None:
    module = nn.Sequential(nn.Linear(4, 6), nn.Softplus(threshold=1.0))
    with pytest.raises(FileError, match="is linear above 1; 20 or more is known"):
        Network.from_torch(module, shape=(4,))
