"""Labels, counts, quantiles and thresholds handed on: ONNX Runtime, gcc, node, Python, PyTorch."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Dense, Network
from pellucid.io.onnx import run_onnx
from pellucid.models.deploy import deploy
from pellucid.nn import Quantiles
from tests.io.programs import ENDS, answers, compiled, needed

languages = pytest.mark.parametrize("language", ENDS)
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 4)) * [1, 5, 0.1, 2] + [0, 3, 1, -2]
NAMES = np.array(["red", "round", "soft"])
PRESENT = np.column_stack([X[:, 0] > 0, X[:, 1] > 4, X[:, 2] + X[:, 0] > 1.5])


def fitted(y: Any, layers: Any = None, **options: Any) -> Network:
    net = Network(layers or [Dense(6, "tanh"), Dense()], seed=1, **options)
    net.fit(X, y, epochs=8, progress=False, engine="reference")
    return net


def labels() -> Network:
    return fitted([tuple(NAMES[row]) for row in PRESENT])


def counts() -> Network:
    return fitted(RANDOM.poisson(np.exp(0.5 * X[:, 0])), target="counts")


def several_counts() -> Network:
    y = np.column_stack([RANDOM.poisson(np.exp(0.5 * X[:, k])) for k in (0, 3)])
    return fitted(y, target="counts")


def quantiles() -> Network:
    net = fitted(100 + 20 * X[:, 0] + X[:, 1], loss=Quantiles((0.1, 0.5, 0.9)))
    net.calibrate_interval(X, 100 + 25 * X[:, 0])
    return net


def chosen(outputs: int) -> Network:
    y = np.where(X[:, 0] > 1, "yes", "no")
    net = fitted(y, [Dense(6, "tanh"), Dense(outputs)])
    net.set_threshold(0.2)
    return net


def calibrated() -> Network:
    y = (X[:, 0] + RANDOM.normal(size=200) > 0).astype(int)
    net = fitted(y)
    net.calibrate(X, RANDOM.permutation(y) | y)
    return net


def told(net: Network) -> Any:
    """What all exports answer with, by the definition."""
    if isinstance(net.loss, Quantiles):
        return net.predict_quantiles(X, engine="reference")
    if net.classes is None:
        return np.asarray(net.predict(X, engine="reference")).reshape(len(X), -1)
    return net.predict_proba(X, engine="reference")


MADE: list[Callable[[], Network]] = [
    labels, counts, several_counts, quantiles, lambda: chosen(1), lambda: chosen(2), calibrated,
]  # fmt: skip
NAMED = ["labels", "counts", "several", "quantiles", "threshold-1", "threshold-2", "calibrated"]
each = pytest.mark.parametrize("make", MADE, ids=NAMED)


@each
def test_onnx_runtime_answers_as_the_network(make: Callable[[], Network], tmp_path: Path) -> None:
    net = make()
    done = net.to_onnx(tmp_path / "m.onnx", X)
    assert done.difference is not None and done.difference < 1e-5
    found = run_onnx((tmp_path / "m.onnx").read_bytes(), X.astype(np.float32))
    answer = found["value" if net.classes is None else "probabilities"]
    assert np.allclose(answer.reshape(len(X), -1), told(net), rtol=1e-4, atol=1e-4)
    if deploy(net).kind == "labels":
        assert (found["labels"] == (told(net) > 0.5)).mean() > 0.99
        assert found["labels"].shape == (200, 3)
    elif net.classes is not None:
        assert (found["label"] == net.predict(X, engine="reference")).mean() > 0.99


@each
@languages
def test_programs_answer_as_the_network(
    make: Callable[[], Network], language: str, tmp_path: Path
) -> None:
    net = make()
    path = tmp_path / f"m.{ENDS[language]}"
    net.to_code(path, language)
    function = "predict" if net.classes is None else "predict_proba"
    assert np.allclose(answers(path, X, function), told(net), rtol=1e-5, atol=1e-5)


@each
def test_modules_of_pytorch_answer_as_the_network(make: Callable[[], Network]) -> None:
    torch = pytest.importorskip("torch")
    net = make()
    module = net.to_torch()
    found = module(torch.tensor(X)).detach().numpy()
    assert np.allclose(found.reshape(len(X), -1), told(net), rtol=1e-4, atol=1e-4)
    assert module.threshold == net.threshold


@languages
def test_programs_name_the_labels_of_a_row(language: str, tmp_path: Path) -> None:
    net, path = labels(), tmp_path / f"m.{ENDS[language]}"
    net.to_code(path, language)
    expected = net.predict(X[:50], engine="reference")
    if language == "python":
        space: dict[str, Any] = {}
        exec(path.read_text(), space)  # noqa: S102
        found = [tuple(space["predict"](row)) for row in X[:50].tolist()]
    elif language == "javascript":
        program = (
            f'import {{ predict }} from "{path.as_uri()}"; import {{ readFileSync }} from "fs";'
            "console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(predict)));"
        )
        done = subprocess.run(
            [needed("node"), "--input-type=module", "-e", program], check=True,
            input=json.dumps(X[:50].tolist()), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        found = [tuple(row) for row in json.loads(done.stdout)]
    else:
        main = """
        #include <stdio.h>
        int main(void) {
            double x[INPUTS];
            int present[OUTPUTS];
            while (fread(x, sizeof(double), INPUTS, stdin) == INPUTS) {
                if (predict(x, present)) return 1;
                for (int i = 0; i < OUTPUTS; i++) if (present[i]) printf("%s ", LABELS[i]);
                printf("\\n");
            }
            return 0;
        }
        """
        ran = subprocess.run(
            [compiled(path, main)], check=True, input=X[:50].tobytes(), stdout=subprocess.PIPE
        )
        found = [tuple(line.split()) for line in ran.stdout.decode().splitlines()]
    assert found == list(expected)


@pytest.mark.parametrize("outputs", [1, 2])
@languages
def test_programs_answer_by_the_threshold(language: str, outputs: int, tmp_path: Path) -> None:
    net, path = chosen(outputs), tmp_path / f"m.{ENDS[language]}"
    net.to_code(path, language)
    assert "It is yes above a chance of 0.2." in re.sub(r"[\s/*]+", " ", path.read_text())
    expected = net.predict(X, engine="reference")
    assert (expected == "yes").sum() > (told(net)[:, 1] > 0.5).sum()
    if language == "python":
        space: dict[str, Any] = {}
        exec(path.read_text(), space)  # noqa: S102
        found = [space["predict"](row) for row in X.tolist()]
    elif language == "javascript":
        program = (
            f'import {{ predict }} from "{path.as_uri()}"; import {{ readFileSync }} from "fs";'
            "console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(predict)));"
        )
        done = subprocess.run(
            [needed("node"), "--input-type=module", "-e", program], check=True,
            input=json.dumps(X.tolist()), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        found = json.loads(done.stdout)
    else:
        main = """
        #include <stdio.h>
        int main(void) {
            double x[INPUTS];
            const char *label;
            while (fread(x, sizeof(double), INPUTS, stdin) == INPUTS) {
                if (predict(x, &label)) return 1;
                printf("%s\\n", label);
            }
            return 0;
        }
        """
        ran = subprocess.run(
            [compiled(path, main)], check=True, input=X.tobytes(), stdout=subprocess.PIPE
        )
        found = ran.stdout.decode().split()
    assert found == expected.tolist()


def test_files_say_what_they_answer_with(tmp_path: Path) -> None:
    quantiles().to_code(tmp_path / "q.py", "python")
    text = " ".join((tmp_path / "q.py").read_text().split())
    assert "predict gives the quantiles 0.1, 0.5, 0.9." in text
    labels().to_code(tmp_path / "l.py", "python")
    text = " ".join((tmp_path / "l.py").read_text().split())
    assert (
        "predict gives the labels whose chance is above one half, predict_proba the chance of each "
        "label: red, round, soft." in text
    )
