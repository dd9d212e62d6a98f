"""Schedules: formulas worked by hand, and PyTorch's where it has them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.hyper import declarations
from pellucid.learn import (
    SGD,
    ByFunction,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Schedule,
    StepDecay,
    WarmUp,
)
from tests.learn.cases import Array, classes, invalid_values


@dataclass(frozen=True)
class Case:
    """Rates of a run of ``len(expected)`` steps, worked by hand."""

    schedule: Schedule
    expected: tuple[float, ...]


HALF = sqrt(0.5)
CASES = [
    Case(Constant(0.3), (0.3, 0.3, 0.3)),
    Case(StepDecay(0.8, 0.5, 2), (0.8, 0.8, 0.4, 0.4, 0.2)),
    Case(Exponential(0.8, 0.25, 2), (0.8, 0.4, 0.2, 0.1)),
    Case(Cosine(1.0, 0.2), (1.0, 0.2 + 0.4 * (1 + HALF), 0.6, 0.2 + 0.4 * (1 - HALF))),
    Case(Cosine(1.0, 0.2, steps=2), (1.0, 0.6, 0.2, 0.2, 0.2)),
    # n = 6, a = 0.5 * 6 - 1 = 2: up from 0.1 over 2 steps, down to 0.01 over 3.
    Case(OneCycle(1.0, 0.5, 10.0, 10.0), (0.1, 0.55, 1.0, 0.7525, 0.2575, 0.01)),
    Case(WarmUp(0.8, steps=2, share=0.5), (0.4, 0.6, 0.8, 0.8)),
    Case(WarmUp(StepDecay(0.8, 0.5, 1), steps=2, share=0.0), (0.0, 0.4, 0.8, 0.4, 0.2)),
    Case(WarmUp(Cosine(1.0, 0.0), steps=2, share=0.5), (0.5, 0.75, 1.0, 0.5)),
    Case(ByFunction(lambda step: 1 / (1 + step)), (1.0, 1 / 2, 1 / 3)),
]
SCHEDULES = sorted(classes(Schedule), key=lambda cls: cls.__name__)


def test_every_schedule_has_a_case() -> None:
    assert {type(case.schedule) for case in CASES} == set(SCHEDULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.schedule).__name__)
def test_rates_worked_by_hand(case: Case) -> None:
    total = len(case.expected)
    np.testing.assert_allclose(case.schedule.rates(0, total, total), case.expected, rtol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.schedule).__name__)
def test_many_rates_are_those_of_each_step(case: Case) -> None:
    total = len(case.expected)
    whole = case.schedule.rates(0, 2 * total, total)
    parts = [case.schedule.rates(k, 1, total)[0] for k in range(2 * total)]
    np.testing.assert_array_equal(whole, parts)
    assert case.schedule.rate(1, total) == whole[1]
    assert case.schedule.rates(3, 0, total).shape == (0,)


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.__name__)
def test_values_outside_the_declared_range_are_refused(cls: type[Schedule]) -> None:
    for name, declared in declarations(cls).items():
        for value in invalid_values(declared):
            with pytest.raises(ParameterError) as caught:
                cls(**{name: value})
            assert str(caught.value) == (
                f"{cls.__name__} expects {name} to be {declared.range}, got {value!r}. "
                f"{name} is {declared.doc}."
            )


@pytest.mark.parametrize("schedule", [OneCycle(), Cosine(), WarmUp(0.1, steps=5)], ids=repr)
@pytest.mark.parametrize("total", [1, 2, 3])
def test_runs_of_few_steps_have_rates(schedule: Schedule, total: int) -> None:
    rates = schedule.rates(0, total + 2, total)
    assert (rates >= 0).all()
    assert rates.max() > 0


def torch_rates(name: str, count: int, settings: dict[str, Any], first: float) -> Array:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=first)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of PyTorch about itself
            schedule.step()
    return np.array(rates)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("ours", "name", "settings"),
    [
        (StepDecay(0.3, 0.5, 7), "StepLR", {"step_size": 7, "gamma": 0.5}),
        (Exponential(0.3, 0.9, 1), "ExponentialLR", {"gamma": 0.9}),
        (Exponential(0.3, 0.5, 7), "ExponentialLR", {"gamma": 0.5 ** (1 / 7)}),
        (Cosine(0.3, 0.01, steps=39), "CosineAnnealingLR", {"T_max": 39, "eta_min": 0.01}),
        (OneCycle(0.3), "OneCycleLR", {"max_lr": 0.3, "total_steps": 40}),
        (
            OneCycle(0.3, 0.6, 5.0, 20.0, steps=50), "OneCycleLR",
            {"max_lr": 0.3, "total_steps": 50, "pct_start": 0.6, "div_factor": 5.0,
             "final_div_factor": 20.0},
        ),
        (
            WarmUp(0.3, steps=9, share=0.25), "LinearLR",
            {"start_factor": 0.25, "total_iters": 9},
        ),
    ],
)  # fmt: skip
def test_rates_are_pytorchs(ours: Schedule, name: str, settings: dict[str, Any]) -> None:
    theirs = torch_rates(name, 40, settings, 0.3)
    np.testing.assert_allclose(ours.rates(0, 40, 40), theirs, rtol=1e-9, atol=1e-15)


def test_a_number_or_a_function_becomes_a_schedule() -> None:
    assert SGD(0.5).schedule == Constant(0.5)
    assert SGD(lambda step: 0.5 / (step + 1)).schedule.rates(0, 2, 2).tolist() == [0.5, 0.25]
    assert SGD(Cosine(0.5)).schedule == Cosine(0.5)


@pytest.mark.parametrize(("value", "shown"), [(-1.0, "-1.0"), (float("nan"), "nan")])
def test_a_rate_below_0_is_named_with_its_step(value: float, shown: str) -> None:
    schedule = ByFunction(lambda step: value if step == 5 else 1.0)
    assert schedule.rates(0, 5, 9).tolist() == [1.0] * 5
    with pytest.raises(ParameterError) as caught:
        schedule.rates(4, 3, 9)
    assert str(caught.value) == (
        f"ByFunction gives a learning rate of {shown} at step 5. "
        "A rate must be finite and at least 0."
    )
