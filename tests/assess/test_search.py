"""Searching: the time is kept, the default is never beaten by chance, the result is whole."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.assess import halving as halving_module
from pellucid.assess.candidates import Candidate, candidates
from pellucid.assess.halving import Halving
from pellucid.assess.judge import losses
from pellucid.assess.problem import Problem, Trial
from pellucid.assess.search import search
from pellucid.data import load, moons
from pellucid.errors import DataError, ParameterError
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.penalty import suited
from pellucid.models.run import default_rule


def problem(x: Any, y: Any, **others: Any) -> Problem:
    own: dict[str, Any] = {
        "seed": 0, "engine": "auto", "first": (), "network": {}, "epochs": None, "shape": None,
        "share": None, "groups": None, "times": None,
    }  # fmt: skip
    return Problem.of(x, y, **(own | others))


def test_what_is_found_is_fitted_on_all_rows_and_told() -> None:
    x, y = load("iris")
    found = search(x, y, budget=8, seed=1)
    assert found.tried[0].candidate == Candidate()
    assert [trial.outcome for trial in found.tried].count("kept") == 1
    assert found.run is not None
    assert found.run.history.started is not None
    assert found.run.history.started.samples == 150
    assert found.network.score(x, y) > 0.95
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["judged_on"] == "5 folds of 150 rows"
    assert len(record["tried"]) == len(found.tried) > 1
    assert record["best"]["configuration"] == found.best.text
    text = found.text(80)
    assert "64 relu (default)" in text
    assert found.reason.split(":")[0] in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("budget", [1.0, 3.0])
def test_the_time_is_kept(budget: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of one thread's work, which goes no faster where others work beside it."""
    monkeypatch.setenv("PELLUCID_THREADS", "1")
    for module in ("search", "halving"):
        clock = SimpleNamespace(perf_counter=time.process_time)
        monkeypatch.setattr(f"pellucid.assess.{module}.time", clock)
    x, y = load("digits")
    began = time.process_time()
    search(x, y, budget=budget)
    assert time.process_time() - began < budget + 5


def test_the_default_is_judged_as_a_fit_of_its_own_would_be() -> None:
    x, y = moons(400, seed=0)
    found = search(x, y, budget=2, validation=0.25, refit=False)
    task = problem(x, y, share=0.25)
    ((kept, held),) = task.turns()[0].parts
    net = Network(hidden=[64], seed=0)
    net.fit(x[kept], y[kept])
    first = found.tried[0]
    assert first.loss == pytest.approx(net.evaluate(x[held], y[held])["loss"], rel=1e-3)
    assert found.run is None
    assert found.network.steps_taken == 0


def test_the_rule_of_the_default_is_that_of_a_plain_fit_and_others_multiply_its_penalty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = load("diabetes")
    seen: list[tuple[int, Rule]] = []
    before = Network.fit

    def fit(self: Network, x: Any, y: Any, **options: Any) -> Any:
        seen.append((len(x), options["rule"]))
        return before(self, x, y, **options)

    monkeypatch.setattr(Network, "fit", fit)
    five = Candidate((4,), penalty=5.0, rate=0.01)
    halving = Halving(problem(x, y, epochs=1), [Candidate((4,)), five], 0.0, 60.0, None)
    usual = []
    for (kept, _), place in zip(halving.turns.parts, range(5), strict=True):
        net = Network(hidden=[4], seed=0).build(x[kept], y[kept])
        usual.append(suited(default_rule(len(kept)), net, x[kept], y[kept]))
        for candidate in halving.every:
            network = halving._networks(candidate)[place]
            assert halving._fit(network, place, candidate, 1, 0.0)
    for place, rule in enumerate(usual):
        assert isinstance(rule, Backprop)
        other = seen[2 * place + 1][1]
        assert isinstance(other, Backprop)
        assert seen[2 * place][1] == rule
        assert other.l2 == 5 * rule.l2
    assert len({rule.l2 for rule in usual if isinstance(rule, Backprop)}) > 1


def test_the_last_fit_of_the_default_is_a_plain_fit() -> None:
    x, y = load("diabetes")
    found = search(x, y, budget=0.5, fixed={"hidden": (4,), "batch": 64}, epochs=1)
    net = Network(hidden=[4], seed=0)
    run = net.fit(x, y, epochs=1, batch=64)
    assert isinstance(found.rule, Backprop) and isinstance(run.rule, Backprop)
    assert found.rule.l2 == pytest.approx(run.rule.l2 * found.best.penalty)
    assert found.run is not None
    assert found.run.rule == found.rule


def test_a_loss_that_is_not_finite_is_marked_never_kept_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = load("diabetes")
    odd = Candidate((3,))

    def odd_losses(network: Network, *given: Any) -> Any:
        found = losses(network, *given)
        return found * np.inf if network.parameters["dense_1.bias"].size == 3 else found

    monkeypatch.setattr(halving_module, "losses", odd_losses)
    every = [Candidate((8,)), odd, Candidate((5,))]
    halving = Halving(problem(x, y, epochs=3), every, time.perf_counter(), 20.0, None)
    best, _ = halving.look()
    outcomes = {trial.candidate: (trial.outcome, trial.loss) for trial in halving.trials}
    assert best != odd
    assert outcomes[odd] == ("not finite", None)
    assert outcomes[Candidate((5,))][0] in ("in full", "kept")

    every = [odd, Candidate((8,))]
    halving = Halving(problem(x, y, epochs=3), every, time.perf_counter(), 20.0, None)
    best, reason = halving.look()
    assert best == Candidate((8,))
    assert reason == "Kept: 8 relu; the default has no finite loss."


def test_a_fold_whose_target_is_constant_hides_nothing() -> None:
    rng = np.random.default_rng(0)
    x, when = rng.normal(size=(60, 2)), np.arange(60)
    y = np.where(when < 20, rng.normal(size=60), 0.5)
    y[50:] += rng.normal(size=10)
    found = search(x, y, budget=2, times=when, fixed={"hidden": (4,)}, epochs=2, refit=False)
    known = [trial.loss for trial in found.tried if trial.loss is not None]
    assert len(known) == len(found.tried) > 1
    assert max(known) < 1e3


def test_label_sets_are_searched() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = [{"a"} if row[0] > 0 else {"a", "b"} if row[1] > 0 else set() for row in x]
    y[0] = {"rare"}
    found = search(x, y, budget=1, fixed={"hidden": (4,)}, epochs=2)
    assert list(found.network.classes) == ["a", "b", "rare"]
    assert found.tried[0].loss is not None


def test_rows_that_are_dropped_for_a_missing_value_take_no_part() -> None:
    rng = np.random.default_rng(0)
    values = [None if k % 3 == 0 else float(k % 7) for k in range(45)]
    frame = pl.DataFrame({"a": values, "b": rng.normal(size=45), "y": rng.normal(size=45)})
    options: dict[str, Any] = {"epochs": 1, "missing": {"a": "drop"}, "groups": np.arange(45) // 5}
    found = search(frame, "y", budget=1, fixed={"batch": 30}, **options)
    assert found.judged == "5 folds of 30 rows"
    assert found.run is not None and found.run.history.started is not None
    assert found.run.history.started.samples == 30
    with pytest.raises(ParameterError) as caught:
        search(frame, "y", budget=1, fixed={"batch": 31}, **options)
    assert str(caught.value) == (
        "search was given batch=31, and there are 30 rows to learn from. Use a smaller batch."
    )


def test_no_target_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        search(np.zeros((20, 2)), None, budget=1)
    assert str(caught.value) == (
        "search judges answers by what is true, and there is no y. Give y, or the name of its "
        "column."
    )


def test_no_other_is_kept_unless_it_is_better_by_more_than_its_standard_error() -> None:
    x, y = moons(200, seed=0)
    halving = Halving(problem(x, y), candidates(200), 0.0, 60.0, None)
    a, b, c = (Trial(candidate) for candidate in candidates(200)[:3])
    halving.trials = [a, b, c]
    rng = np.random.default_rng(0)
    base = rng.random(100)
    for trial, errors in (
        (a, base), (b, base - 0.001 + 0.1 * rng.normal(size=100)), (c, base - 0.05)
    ):  # fmt: skip
        halving.errors[trial.candidate] = errors
        trial.loss, trial.outcome = float(errors.mean()), "in full"
    assert halving._chosen() is c
    del halving.errors[c.candidate]
    assert a.loss is not None
    b.loss = a.loss - 0.001  # lower, and by chance
    assert halving._chosen() is a


def test_a_better_configuration_is_found_where_there_is_one() -> None:
    """A checkerboard is beyond a network that may have no hidden layer; the search says so."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1200, 2))
    y = np.where(np.sin(4 * x[:, 0]) * np.sin(4 * x[:, 1]) > 0, "on", "off")
    found = search(x, y, budget=10, epochs=20)
    assert found.best != Candidate()
    assert found.best.hidden != ()
    kept = next(trial for trial in found.tried if trial.outcome == "kept")
    assert kept.loss is not None
    assert found.tried[0].loss is not None
    assert kept.loss < found.tried[0].loss
    assert "against" in found.reason


def test_too_little_time_leaves_the_default_and_a_shorter_last_fit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6_000, 10))
    y = x[:, 0] + np.sin(x[:, 1])
    found = search(x, y, budget=0.2, engine="reference")
    assert found.best == Candidate()
    assert len(found.tried) == 1
    assert "no time for another" in found.reason


def test_frames_classes_missing_in_a_fold_and_groups() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({
        "size": rng.normal(size=80), "town": [f"t{k % 4}" for k in range(80)],
        "kind": ["rare" if k == 7 else "often" if k % 2 else "other" for k in range(80)],
    })  # fmt: skip
    found = search(frame, "kind", budget=1, groups=np.arange(80) // 4)
    assert list(found.network.classes) == ["often", "other", "rare"]
    assert found.network.predict(frame.head(2)).shape == (2,)


def test_an_interrupt_keeps_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = load("iris")
    before, calls = Network.fit, 0

    def fit(self: Network, *args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 20:
            raise KeyboardInterrupt
        return before(self, *args, **options)

    monkeypatch.setattr(Network, "fit", fit)
    found = search(x, y, budget=30)
    assert calls == 21  # and the last fit
    assert found.reason.startswith("Interrupted: the best so far is kept. Kept: the default")
    assert found.run is not None
    assert found.run.reason == "finished"


def test_a_configuration_that_diverges_is_dropped() -> None:
    x, y = load("diabetes")
    task = problem(x, y)
    wild = Candidate(rate=1e30)
    halving = Halving(task, [Candidate((8,)), wild], time.perf_counter(), 3.0, None)
    best, _ = halving.look()
    assert best == Candidate((8,))
    assert halving.trials[1].outcome == "diverged"
    assert halving.trials[1].loss is None


@pytest.mark.parametrize("budget", [0, -1, float("inf"), float("nan"), "60s"])
def test_a_budget_that_is_none_is_refused(budget: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        search([[0.0]] * 20, [0.0] * 20, budget=budget)
    assert str(caught.value) == (
        f"search expects budget to be a number above 0, got {budget!r}. budget is the seconds for "
        "trying configurations and the last fit."
    )


def test_few_rows_are_refused() -> None:
    with pytest.raises(DataError):
        search(*load("xor"), budget=1)
