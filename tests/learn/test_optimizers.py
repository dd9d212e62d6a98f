"""What holds for every optimizer, found by introspection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError, UnknownNameError
from pellucid.graph import Builder
from pellucid.hyper import declarations
from pellucid.learn import (
    LBFGS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Backprop,
    Lion,
    Nadam,
    Optimizer,
    RMSProp,
    optimizer,
)
from pellucid.run import ReferenceExecutor
from tests.learn.cases import Array, classes, invalid_values

Gradient = Callable[[Array], Array]


def walk(
    chosen: Optimizer, w: Array, gradients: Sequence[Array] | Gradient, rates: Sequence[float]
) -> list[Array]:
    """The parameters after each step."""
    b = Builder()
    first = chosen.slots(len(w))
    nodes = b.input("w", w.shape), b.input("g", w.shape), b.input("r")
    slots = {name: b.input(name, np.shape(array)) for name, array in first.items()}
    after, carried = chosen.step(*nodes, slots)
    assert carried.keys() == first.keys()
    program = ReferenceExecutor().compile(b.build(**{"w'": after}, **carried))
    values: dict[str, Array] = dict(first)
    path = []
    for k, rate in enumerate(rates):
        g = gradients(w) if callable(gradients) else gradients[k]
        found = program.run({"w": w, "g": g, "r": np.array(rate), **values})
        w = found.pop("w'")
        values = found
        path.append(w)
    return path


@dataclass(frozen=True)
class Case:
    """Two steps from 1 with rate 0.1, worked by hand."""

    chosen: Optimizer
    gradients: tuple[float, float]
    expected: tuple[float, float]


# With beta1 = beta2 = 3/4 and the gradients 2, -1: m = 1/2, 1/8 and v = 1, 1, to be divided by 1/4
# and 7/16: 2 and 2/7, 4 and 16/7. epsilon is 1.
BETAS: dict[str, Any] = {"beta1": 0.75, "beta2": 0.75, "epsilon": 1.0}
FIRST, SECOND = 0.1 * 2 / (2 + 1), 0.1 * (2 / 7) / (sqrt(16 / 7) + 1)
CASES = [
    Case(SGD(), (2, -1), (0.8, 0.9)),
    Case(SGD(momentum=0.5), (2, -1), (0.8, 0.8)),
    Case(SGD(momentum=0.5, nesterov=True), (2, -1), (0.7, 0.8)),
    Case(SGD(weight_decay=0.5), (2, -1), (0.75, 0.75 - 0.1 * (-1 + 0.375))),
    Case(Lion(beta1=0.5, beta2=0.75), (2, -1), (0.9, 1.0)),
    Case(Lion(beta1=0.75, beta2=0.5), (2, -1), (0.9, 0.8)),
    Case(Lion(beta1=0.5, beta2=0.75, weight_decay=0.1), (2, -1), (0.89, 0.89 * 0.99 + 0.1)),
    Case(AdaGrad(), (2, -1), (0.9, 0.9 + 0.1 / sqrt(5))),
    Case(AdaGrad(initial=5.0), (2, -1), (1 - 0.2 / 3, 1 - 0.2 / 3 + 0.1 / sqrt(10))),
    Case(
        RMSProp(alpha=0.5, epsilon=1e-12), (2, -1),
        (1 - 0.2 / sqrt(2), 1 - 0.2 / sqrt(2) + 0.1 / sqrt(1.5)),
    ),
    Case(RMSProp(alpha=0.5, centered=True, epsilon=1e-12), (2, -1), (0.8, 0.8 + 0.1 / sqrt(1.5))),
    Case(
        RMSProp(alpha=0.5, momentum=0.5, epsilon=1e-12), (2, -1),
        (1 - 0.2 / sqrt(2), 1 - 0.2 / sqrt(2) - 0.1 * (0.5 * sqrt(2) - 1 / sqrt(1.5))),
    ),
    Case(
        AdaDelta(rho=0.5, epsilon=1.0), (2, -1),
        (1 - 0.2 / sqrt(3), 1 - 0.2 / sqrt(3) + 0.1 * sqrt(5 / 3) / sqrt(2.5)),
    ),
    Case(Adam(**BETAS), (2, -1), (1 - FIRST, 1 - FIRST - SECOND)),
    Case(
        AdamW(weight_decay=0.5, **BETAS), (2, -1),
        (0.95 - FIRST, (0.95 - FIRST) * 0.95 - SECOND),
    ),
    # With the gradients 2, 0: m = 1/2, 3/8, to be divided by 1/4 and 7/16; v falls to 3/4, and
    # AMSGrad keeps 1.
    Case(Adam(**BETAS), (2, 0), (1 - FIRST, 1 - FIRST - 0.1 * (6 / 7) / (sqrt(12 / 7) + 1))),
    Case(AMSGrad(**BETAS), (2, 0), (1 - FIRST, 1 - FIRST - 0.1 * (6 / 7) / (sqrt(16 / 7) + 1))),
    # b = 3/8 at each step, so the products of one, two and three of them are 3/8, 9/64, 27/512.
    Case(
        Nadam(momentum_decay=0.0, **BETAS), (2, -1),
        (
            1 - 0.1 * (2 + (1 / 2) * (3 / 8) / (55 / 64)) / 3,
            1 - 0.1 * (2 + (1 / 2) * (3 / 8) / (55 / 64)) / 3
            - 0.1 * (-(5 / 8) / (55 / 64) + (1 / 8) * (3 / 8) / (485 / 512)) / (sqrt(16 / 7) + 1),
        ),
    ),
]  # fmt: skip
OPTIMIZERS = sorted(classes(Optimizer), key=lambda cls: cls.__name__)
each = pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda cls: cls.__name__)


def test_every_optimizer_has_a_case_and_a_peer() -> None:
    assert {type(case.chosen) for case in CASES} == set(OPTIMIZERS)
    assert {type(ours) for ours, _, _ in PEERS} | {Lion} == set(OPTIMIZERS)
    assert RATES.keys() == {cls.__name__ for cls in OPTIMIZERS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.chosen))
def test_two_steps_worked_by_hand(case: Case) -> None:
    gradients = [np.array([g], float) for g in case.gradients]
    path = walk(case.chosen, np.array([1.0]), gradients, [0.1, 0.1])
    np.testing.assert_allclose(np.concatenate(path), case.expected, rtol=1e-9)


# ours, the class of torch.optim, its settings
PEERS: list[tuple[Optimizer, str, dict[str, Any]]] = [
    (SGD(), "SGD", {}),
    (SGD(momentum=0.9, weight_decay=0.1), "SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    (
        SGD(momentum=0.8, nesterov=True, weight_decay=0.1), "SGD",
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    (AdaGrad(), "Adagrad", {}),
    (
        AdaGrad(initial=0.3, epsilon=1e-3, weight_decay=0.1), "Adagrad",
        {"initial_accumulator_value": 0.3, "eps": 1e-3, "weight_decay": 0.1},
    ),
    (RMSProp(), "RMSprop", {}),
    (
        RMSProp(alpha=0.9, momentum=0.5, centered=True, epsilon=1e-3, weight_decay=0.1), "RMSprop",
        {"alpha": 0.9, "momentum": 0.5, "centered": True, "eps": 1e-3, "weight_decay": 0.1},
    ),
    (AdaDelta(), "Adadelta", {}),
    (
        AdaDelta(rho=0.7, epsilon=1e-3, weight_decay=0.1), "Adadelta",
        {"rho": 0.7, "eps": 1e-3, "weight_decay": 0.1},
    ),
    (Adam(), "Adam", {}),
    (
        Adam(beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1), "Adam",
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1},
    ),
    (AdamW(), "AdamW", {}),
    (
        AdamW(beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1), "AdamW",
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1},
    ),
    (AMSGrad(), "Adam", {"amsgrad": True}),
    (
        AMSGrad(beta1=0.8, beta2=0.9, epsilon=1e-3, weight_decay=0.1), "Adam",
        {"amsgrad": True, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    ),
    (Nadam(), "NAdam", {}),
    (
        Nadam(beta1=0.8, beta2=0.9, epsilon=1e-3, weight_decay=0.1, momentum_decay=0.1), "NAdam",
        {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.1},
    ),
]  # fmt: skip


@pytest.mark.parity
@pytest.mark.parametrize(("ours", "name", "settings"), PEERS, ids=lambda part: str(part)[:90])
def test_steps_are_pytorchs(ours: Optimizer, name: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    w = rng.normal(size=7)
    gradients = [rng.normal(size=7) * size for size in (5.0, 1.0, 0.1, 0.0, 2.0)]
    rates = [0.1, 0.1, 0.05, 0.2, 0.01]
    theirs = torch.tensor(w.copy(), requires_grad=True)
    peer = getattr(torch.optim, name)([theirs], lr=0.1, **settings)
    limit = 1e-7 if name == "NAdam" else 1e-12  # PyTorch keeps NAdam's product in float32
    for g, rate, found in zip(gradients, rates, walk(ours, w, gradients, rates), strict=True):
        peer.param_groups[0]["lr"] = rate
        theirs.grad = torch.tensor(g)
        peer.step()
        np.testing.assert_allclose(found, theirs.detach().numpy(), rtol=limit, atol=1e-14)


@pytest.mark.parity
@each
def test_default_settings_are_pytorchs(cls: type[Optimizer]) -> None:
    torch = pytest.importorskip("torch")
    same = {
        "SGD": "SGD", "AdaGrad": "Adagrad", "RMSProp": "RMSprop", "AdaDelta": "Adadelta",
        "Adam": "Adam", "AdamW": "AdamW", "AMSGrad": "Adam", "Nadam": "NAdam",
    }  # fmt: skip
    if cls is Lion:  # of the paper, in the authors' code; PyTorch has none
        assert (Lion().beta1, Lion().beta2, Lion().schedule.rate(0, 1)) == (0.9, 0.99, 1e-4)
        return
    peer = getattr(torch.optim, same[cls.__name__])([torch.zeros(1)])
    theirs = dict(peer.defaults)
    theirs["beta1"], theirs["beta2"] = theirs.pop("betas", (None, None))
    theirs["epsilon"], theirs["initial"] = (
        theirs.get("eps"),
        theirs.get("initial_accumulator_value"),
    )
    if cls is SGD:
        theirs["lr"] = 0.01  # PyTorch's 0.001 dates from when it had no default
    assert cls().schedule.rate(0, 1) == theirs["lr"]
    for name in declarations(cls):
        assert getattr(cls(), name) == theirs[name], name


# rates for the bowl and for Rosenbrock's valley, falling to 0 in a straight line
RATES = {
    "SGD": (0.1, 1.5e-3), "Lion": (0.05, 0.02), "AdaGrad": (1.0, 0.5), "RMSProp": (0.05, 0.02),
    "AdaDelta": (20.0, 5.0), "Adam": (0.1, 0.05), "AdamW": (0.1, 0.05), "AMSGrad": (0.1, 0.05),
    "Nadam": (0.1, 0.05),
}  # fmt: skip


def plain(cls: type[Optimizer]) -> Optimizer:
    """The optimizer with nothing that pulls to 0."""
    return AdamW(weight_decay=0.0) if cls is AdamW else cls()


@each
def test_a_bowl_is_minimised(cls: type[Optimizer]) -> None:
    centre, steep = np.array([1.0, -2.0, 0.5]), np.array([1.0, 3.0, 0.3])
    rates = np.linspace(RATES[cls.__name__][0], 0.0, 400)
    path = walk(plain(cls), np.zeros(3), lambda w: steep * (w - centre), list(rates))
    np.testing.assert_allclose(path[-1], centre, atol=0.01)


def rosenbrock(w: Array) -> float:
    return float((1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2)


def rosenbrock_gradient(w: Array) -> Array:
    bend = w[1] - w[0] ** 2
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * bend, 200 * bend])


@each
def test_rosenbrocks_valley_is_followed(cls: type[Optimizer]) -> None:
    begin = np.array([-0.5, 1.0])
    rates = np.linspace(RATES[cls.__name__][1], 0.0, 3000)
    path = walk(plain(cls), begin, rosenbrock_gradient, list(rates))
    assert rosenbrock(begin) > 50
    assert rosenbrock(path[-1]) < 0.05


@each
def test_no_gradient_is_no_step(cls: type[Optimizer]) -> None:
    w = np.array([1.0, -2.0])
    for after in walk(plain(cls), w, [np.zeros(2)] * 3, [0.1] * 3):
        np.testing.assert_array_equal(after, w)


@each
def test_a_rate_of_zero_is_no_step(cls: type[Optimizer]) -> None:
    w = np.array([1.0, -2.0])
    for after in walk(cls(), w, [np.array([0.0, 3.0])] * 3, [0.0] * 3):
        np.testing.assert_array_equal(after, w)


@each
def test_slots_are_finite_and_as_long_as_the_parameters_or_scalars(cls: type[Optimizer]) -> None:
    for size in (0, 1, 5):
        for array in cls().slots(size).values():
            assert array.shape in ((), (size,))
            assert np.isfinite(array).all()


@each
def test_values_outside_the_declared_range_are_refused(cls: type[Optimizer]) -> None:
    declared = declarations(cls)
    assert declared
    for name, one in declared.items():
        for value in invalid_values(one):
            with pytest.raises(ParameterError) as caught:
                cls(**{name: value})
            assert str(caught.value) == (
                f"{cls.__name__} expects {name} to be {one.range}, got {value!r}. "
                f"{name} is {one.doc}."
            )


@each
def test_the_rate_is_a_number_above_0(cls: type[Optimizer]) -> None:
    for value in (0, -1.0, float("nan"), "fast"):
        with pytest.raises(ParameterError) as caught:
            cls(rate=value)  # type: ignore[arg-type]
        assert str(caught.value) == (
            f"{cls.__name__} expects rate to be a number above 0, got {value!r}. "
            "rate is the learning rate."
        )


@each
def test_an_optimizer_is_found_by_its_name(cls: type[Optimizer]) -> None:
    assert optimizer(cls.__name__.lower()) == cls()
    assert optimizer(cls.__name__) == cls()


def test_short_names_and_unknown_ones() -> None:
    assert optimizer("momentum") == SGD(momentum=0.9)
    assert optimizer("nesterov") == SGD(momentum=0.9, nesterov=True)
    assert optimizer("lbfgs") == LBFGS()
    with pytest.raises(UnknownNameError) as caught:
        optimizer("adamm")
    assert str(caught.value) == (
        "There is no optimizer 'adamm'. Did you mean 'adam'? Known: adadelta, adagrad, adam, "
        "adamw, amsgrad, lbfgs, lion, momentum, nadam, nesterov, rmsprop, sgd."
    )
    with pytest.raises(ParameterError) as wrong:
        optimizer(3)  # type: ignore[arg-type]
    assert str(wrong.value) == "An optimizer is a name or an Optimizer such as Adam(), got 3."


def test_an_optimizer_of_ones_own_is_known_by_name() -> None:
    class Still(Optimizer):
        def slots(self, size: int) -> dict[str, Array]:
            return {}

        def step(self, w: Any, g: Any, r: Any, slots: Any) -> tuple[Any, dict[str, Any]]:
            return w, {}

    try:
        assert isinstance(Backprop("still").optimizer, Still)
    finally:
        del Optimizer.classes["still"]
