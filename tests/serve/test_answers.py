"""Answers other than one class or number: labels, counts, intervals, a threshold."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from pellucid import Network
from pellucid.nn import Quantiles
from pellucid.serve import application
from tests.serve.asking import ask

X = np.random.default_rng(0).normal(size=(200, 3))
Y: dict[str, Any] = {
    "labels": np.column_stack([X[:, 0] > 0, X[:, 1] > 0.5]).astype(int),
    "counts": np.random.default_rng(1).poisson(np.exp(0.5 * X[:, 0])),
    "interval": X[:, 0] + 0.1 * X[:, 1],
    "threshold": np.where(X[:, 0] > 0, "yes", "no"),
}


@lru_cache
def model(kind: str) -> Network:
    every: dict[str, dict[str, Any]] = {
        "labels": {"target": "labels"},
        "counts": {"target": "counts", "loss": "poisson"},
        "interval": {"loss": Quantiles((0.1, 0.5, 0.9))},
    }
    options = every.get(kind, {})
    net = Network(hidden=[8], seed=0, **options)
    net.fit(X, Y[kind], epochs=30, progress=False)
    if kind == "threshold":
        net.set_threshold(0.9)
    return net


def answers(kind: str) -> list[dict[str, Any]]:
    rows = X[:40].tolist()
    found = ask(application(model(kind)), "POST", "/predict/batch", json_of=rows)
    assert found.status == 200, found.body
    return list(found.json["predictions"])


def test_labels_are_a_list_and_each_has_its_chance() -> None:
    net = model("labels")
    names = [str(name) for name in net.classes]
    for answer, there, chances in zip(
        answers("labels"), net.predict(X[:40]), net.predict_proba(X[:40]), strict=True
    ):
        assert answer["prediction"] == np.asarray(net.classes)[np.asarray(there) > 0].tolist()
        assert answer["probabilities"] == dict(zip(names, chances.tolist(), strict=True))


def test_counts_are_what_the_network_expects() -> None:
    wanted = model("counts").predict(X[:40])
    assert [answer["prediction"] for answer in answers("counts")] == wanted.tolist()


def test_an_interval_is_beside_the_median() -> None:
    net = model("interval")
    ends = net.predict_interval(X[:40])
    found = answers("interval")
    np.testing.assert_allclose([a["prediction"] for a in found], net.predict(X[:40]), rtol=1e-6)
    np.testing.assert_allclose([[a["low"], a["high"]] for a in found], ends, rtol=1e-12)


def test_the_threshold_of_the_model_decides() -> None:
    net = model("threshold")
    wanted = net.predict(X[:40]).tolist()
    assert [answer["prediction"] for answer in answers("threshold")] == wanted
    unmoved = np.where(net.predict_proba(X[:40])[:, 1] > 0.5, "yes", "no").tolist()
    assert wanted != unmoved, "the threshold of this test changes nothing"


@pytest.mark.parametrize("kind", list(Y))
def test_the_description_names_what_is_answered(kind: str) -> None:
    schemas = ask(application(model(kind)), "GET", "/openapi.json").json["components"]["schemas"]
    described = [
        set(schema["properties"]) for schema in schemas.values()
        if "prediction" in schema.get("properties", {})
    ]  # fmt: skip
    assert described
    assert all(set(answers(kind)[0]) <= names for names in described)
