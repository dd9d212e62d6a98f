"""Temperatures: by hand, by SciPy, and with nothing changed but how certain a network is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logit

from pellucid import Activation, Dense, Dropout, Network, data
from pellucid.assess.calibration import reliability_of
from pellucid.errors import DataError, ParameterError
from pellucid.models.calibrate import Calibration, last_linear

QUIET: dict[str, Any] = {"progress": False}


def noisy(classes: int = 3, rows: int = 400, seed: int = 0) -> tuple[Any, Any]:
    """Classes that overlap, so that a network that learns them by heart is too certain."""
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, rows)
    return random.normal(size=(rows, 8)) + 0.6 * np.eye(8)[y], y


def certain(layers: Any = None, classes: int = 3, **options: Any) -> Network:
    x, y = noisy(classes)
    net = Network(layers or [Dense(64, "relu"), Dense()], seed=0, **options)
    net.fit(x[:200], y[:200], epochs=60, rule="adam", **QUIET)
    return net


def logits(net: Network, x: Any) -> Any:
    return log_softmax(np.log(net.predict_proba(x, engine="reference")), 1)


def test_the_temperature_is_scipys() -> None:
    net, (x, y) = certain(), noisy()
    x, y = x[200:], y[200:]
    z = logits(net, x)

    def loss(temperature: float) -> float:
        return float(-log_softmax(z / temperature, 1)[np.arange(200), y].mean())

    best = minimize_scalar(loss, bounds=(0.05, 50), method="bounded", options={"xatol": 1e-9})
    found = net.calibrate(x, y, engine="reference")
    assert found.temperature == pytest.approx(best.x, rel=1e-4)
    assert found.temperature > 1.5  # it had learned its rows by heart
    assert found.loss_before == pytest.approx(loss(1.0), rel=1e-6)
    assert found.loss_after == pytest.approx(best.fun, rel=1e-8)
    assert found.rows == 200
    assert found.is_worth_it
    after = log_softmax(z / found.temperature, 1)
    assert np.allclose(logits(net, x), after, atol=1e-4)


def test_a_temperature_by_hand() -> None:
    # One output z = 2 for every row, and 3 of 4 rows are of class 1: sigmoid(2 / T) = 3/4.
    net = Network([Dense(1)], seed=0, scale_inputs=False).build(np.ones((4, 1)), [0, 1, 1, 1])
    net = net.with_parameters({"dense_1.weight": [[2.0]], "dense_1.bias": [0.0]})
    found = net.calibrate(np.ones((4, 1)), [0, 1, 1, 1])
    assert found.temperature == pytest.approx(2 / np.log(3), rel=1e-6)
    assert net.predict_proba(np.ones((1, 1)))[0, 1] == pytest.approx(0.75, abs=1e-6)
    assert net.provenance["calibration"] == {"temperature": found.temperature, "rows": 4}


def test_answers_stay_and_chances_are_more_honest() -> None:
    net, (x, y) = certain(), noisy(rows=4000, seed=1)
    held, test = (x[:400], y[:400]), (x[400:], y[400:])
    before, error = net.predict(test[0]), reliability_of(net, *test).error
    predictor = net.compile_predictor(proba=True)
    frozen = predictor(test[0][:5])
    net.calibrate(*held)
    assert (net.predict(test[0]) == before).all()
    assert reliability_of(net, *test).error < error / 2
    assert np.array_equal(predictor(test[0][:5]), frozen)  # it keeps the numbers of its moment


def test_sample_weights_are_repeated_rows() -> None:
    x, y = noisy()
    x, y, weight = x[200:], y[200:], np.arange(200) % 3
    one, other = certain(), certain()
    found = one.calibrate(x, y, sample_weight=weight)
    again = other.calibrate(np.repeat(x, weight, axis=0), np.repeat(y, weight))
    assert found.temperature == pytest.approx(again.temperature, rel=1e-9)


def test_several_labels_share_a_temperature() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 6))
    y = x[:, :3] + 2 * random.normal(size=(400, 3)) > 0
    net = Network(hidden=[64], seed=0)
    net.fit(x[:100], y[:100], epochs=100, rule="adam", **QUIET)
    z = logit(net.predict_proba(x[100:], engine="reference"))
    found = net.calibrate(x[100:], y[100:], engine="reference")
    own = y[100:]

    def loss(temperature: float) -> float:
        p = expit(z / temperature)
        return float(-np.log(np.where(own, p, 1 - p)).mean())

    best = minimize_scalar(loss, bounds=(0.1, 50), method="bounded", options={"xatol": 1e-9})
    assert found.temperature == pytest.approx(best.x, rel=1e-4)


def test_the_file_has_it_without_a_word(tmp_path: Path) -> None:
    net, (x, y) = certain(), noisy()
    net.calibrate(x[200:], y[200:])
    net.save(tmp_path / "m.safetensors")
    again = Network.load(tmp_path / "m.safetensors")
    assert np.array_equal(again.predict_proba(x), net.predict_proba(x))


def test_to_learn_on_forgets_it() -> None:
    net, (x, y) = certain(), noisy()
    net.calibrate(x[200:], y[200:])
    net.fit(x[:200], y[:200], epochs=1, **QUIET)
    assert "calibration" not in net.provenance


def test_layers_that_keep_a_factor_are_passed_by() -> None:
    net = certain([Dense(8, "relu"), Dense(3), Dropout(0.1), Activation("linear")])
    assert last_linear(net) == "dense_2"


def test_what_cannot_be_calibrated_is_refused_by_name() -> None:
    x, y = noisy()
    bent = certain([Dense(8), Dense(3, "tanh")])
    for net, kind, message in [
        (bent, ParameterError, "calibrate divides the last layer's weights by a temperature, and "
         "dense_2 (Dense) at the end is no linear layer. End with Dense(), without an activation."),
        (certain(loss="hinge"), DataError, "calibrate needs a loss that gives chances, such as "
         "cross-entropy; hinge gives scores. Use predict."),
        (Network(hidden=[2]).build(x, x[:, 0]), DataError, "calibrate needs a network of classes; "
         "this one gives numbers. Use predict."),
    ]:  # fmt: skip
        with pytest.raises(kind) as caught:
            net.calibrate(x, y)
        assert str(caught.value) == message


def test_rows_that_teach_no_temperature_are_refused_and_nothing_changes() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[16], seed=0)
    net.fit(x, y, epochs=100, **QUIET)
    right = net.predict(x) == y
    before = net.predict_proba(x)
    with pytest.raises(DataError) as caught:
        net.calibrate(x[right], y[right])
    assert str(caught.value) == (
        f"On these {right.sum():,} rows the network makes no mistake to learn from: the more "
        "certain it is, the better. Give more rows that it did not learn from."
    )
    with pytest.raises(DataError, match="worse than none at all"):
        net.calibrate(x, np.roll(y, 50))
    assert np.array_equal(net.predict_proba(x), before)


def test_a_gain_that_noise_would_bring_is_not_worth_it() -> None:
    assert not Calibration(1.1, 380, 0.5, 0.495).is_worth_it
    assert Calibration(1.1, 390, 0.5, 0.495).is_worth_it
