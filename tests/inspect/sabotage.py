"""Sabotaged trainings, one a function: what was done to each, and what is to be found.

Each gives a run. The first finding of its autopsy, or of its checkup where it did not diverge, has
to be of the kind that ``BROKEN`` and ``SICK`` say.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import Dense, Network, data
from pellucid.data.inputs import Keep
from pellucid.errors import DivergenceWarning
from pellucid.learn import SGD, Adam
from pellucid.learn.backprop import Backprop
from pellucid.models.run import Run
from pellucid.nn import Activation
from pellucid.nn.init import Constant, Normal
from pellucid.nn.losses import CustomLoss
from pellucid.ops import exp, log, mean, sqrt, sum

Make = Callable[[], Run]


def fit(net: Network, x: Any, y: Any, **options: Any) -> Run:
    """Fit, with the warning of a divergence passed over."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        return net.fit(x, y, progress=False, engine=options.pop("engine", "reference"), **options)


def numbers(count: int = 200, columns: int = 4, seed: int = 0) -> tuple[Any, Any]:
    """Inputs of size 1 and a smooth function of them."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, columns))
    return x, np.sin(x[:, 0]) + 0.5 * x[:, 1]


# --- broken: NaN or infinity


def rate_1e4() -> Run:
    x, y = numbers()
    return fit(Network(hidden=[16], seed=0), x, y, rule=Backprop(SGD(1e4)), epochs=20)


def rate_of_momentum() -> Run:
    x, y = numbers()
    rule = Backprop(SGD(3.0, momentum=0.9))
    return fit(Network(hidden=[16, 16], seed=0), x, y, rule=rule, epochs=60)


def log_of_zero_in_loss() -> Run:
    x, y = data.load("iris")
    kept = y != "virginica"

    def nll(output: Any, target: Any) -> Any:
        p = 0.5 * (output / (1.0 + output * output) ** 0.5 + 1.0)
        p = p * 0.0  # a slip: every chance is 0
        return mean(0.0 - log(p), 1) + mean(target, 1) * 0.0

    net = Network(
        [Dense(8, activation="relu"), Dense(1)],
        loss=CustomLoss.from_function(nll),
        target="numbers",
        seed=0,
    )
    return fit(net, x[kept], (y[kept] == "setosa").astype(float), epochs=5)


def log_of_negative_in_loss() -> Run:
    x, y = numbers()

    def loss(output: Any, target: Any) -> Any:
        return mean((log(output) - target) ** 2.0, 1)

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(loss), seed=0
    )
    return fit(net, x, y, epochs=3)


def division_by_zero_in_loss() -> Run:
    x, y = numbers()
    y = np.where(np.arange(len(y)) % 50 == 7, y.mean(), y)

    def relative(output: Any, target: Any) -> Any:
        return mean(abs(output - target) / abs(target * 0.0), 1)

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(relative), seed=0
    )
    return fit(net, x, y, epochs=3)


def slope_of_root_in_loss() -> Run:
    x, y = numbers()

    def length(output: Any, target: Any) -> Any:
        return sqrt(sum((output - target) * 0.0, 1)) + mean((output - target) ** 2.0, 1)

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(length), seed=0
    )
    return fit(net, x, y, epochs=3)


def root_of_negative_in_activation() -> Run:
    x, y = numbers()
    net = Network([Dense(8, activation=lambda z: sqrt(z)), Dense(1)], seed=0)
    return fit(net, x, y, epochs=3)


def power_of_negative() -> Run:
    x, y = numbers()
    net = Network([Dense(8, activation=lambda z: z**1.5), Dense(1)], seed=0)
    return fit(net, x, y, epochs=3)


def exp_in_activation() -> Run:
    x, y = numbers()
    net = Network([Dense(8, activation=lambda z: exp(400.0 * z * z)), Dense(1)], seed=0)
    return fit(net, x, y, epochs=3, rule=Backprop(Adam(1e-3)))


class LogCodec(Keep):
    """A codec of the user's own that takes logarithms, also of a row with a 0 in it."""

    def encode(self, x: Any, dtype: Any = np.float32) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(np.asarray(x, np.float64)).astype(dtype)


def infinity_in_row_317() -> Run:
    random = np.random.default_rng(0)
    x = random.lognormal(size=(400, 3))
    y = np.log(x).sum(axis=1)
    x[317, 1] = 0.0
    net = Network([Dense(8, activation="tanh"), Dense(1)], seed=0)
    net.build(x, y, inputs=LogCodec((3,)))
    return fit(net, x, y, epochs=3, rule=Backprop(Adam(1e-3)))


def huge_value_in_row_317() -> Run:
    x, y = numbers(400)
    x[317, 2] = 1e30
    net = Network(hidden=[8], scale_inputs=False, seed=0)
    return fit(net, x, y, rule=Backprop(SGD(0.01)), epochs=5)


def exploding_chain() -> Run:
    x, y = numbers()
    layers = [Dense(16, weight_init=Normal(40.0)) for _ in range(30)]
    return fit(Network([*layers, Dense(1)], seed=0), x, y, epochs=3, precision="float32")


def loss_times_a_billion() -> Run:
    x, y = numbers()

    def loss(output: Any, target: Any) -> Any:
        return sum((output - target) ** 2.0, 1) * 1e9

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(loss), seed=0
    )
    return fit(net, x, y, rule=Backprop(SGD(0.01)), epochs=30)


def unscaled_and_broken() -> Run:
    x, y = numbers()
    x = x * np.array([1.0, 300.0, 2000.0, 1e4]) + np.array([0.0, 500.0, 0.0, 3e4])
    net = Network(hidden=[16], scale_inputs=False, seed=0)
    return fit(net, x, y, rule=Backprop(SGD(0.01)), epochs=30)


def float32_overflow() -> Run:
    x, y = numbers()

    def loss(output: Any, target: Any) -> Any:
        far = (output - target) * 1e21
        return sum(far * far, 1) * 1e-42

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(loss), seed=0
    )
    return fit(net, x, y, epochs=3, precision="float32")


def rate_with_poisson() -> Run:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 3))
    y = random.poisson(np.exp(0.5 * x[:, 0] + 1.0))
    net = Network(hidden=[16], target="counts", seed=0)
    return fit(net, x, y, rule=Backprop(SGD(20.0)), epochs=20)


BROKEN: dict[str, tuple[Make, str]] = {
    "rate 1e4": (rate_1e4, "rate_too_high"),
    "rate with momentum": (rate_of_momentum, "rate_too_high"),
    "rate with counts": (rate_with_poisson, "rate_too_high"),
    "log of zero": (log_of_zero_in_loss, "log_of_zero"),
    "log of a negative number": (log_of_negative_in_loss, "log_of_negative"),
    "division by zero": (division_by_zero_in_loss, "division_by_zero"),
    "slope of a root at 0": (slope_of_root_in_loss, "slope_of_root"),
    "root of a negative number": (root_of_negative_in_activation, "root_of_negative"),
    "power of a negative number": (power_of_negative, "power_of_negative"),
    "overflow of exp": (exp_in_activation, "exp_overflow"),
    "infinity in row 317": (infinity_in_row_317, "bad_row"),
    "huge value in row 317": (huge_value_in_row_317, "bad_row"),
    "exploding chain": (exploding_chain, "exploding_chain"),
    "loss out of scale": (loss_times_a_billion, "loss_scale"),
    "inputs not scaled": (unscaled_and_broken, "unscaled_inputs"),
    "float32 overflow": (float32_overflow, "precision"),
}


# --- sick: finite, and nothing learned, or not what was meant


def classes(count: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Two classes that a curve divides, sorted by class."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 4))
    y = (x[:, 0] * x[:, 1] + 0.5 * x[:, 2] > 0).astype(int)
    order = np.argsort(y, kind="stable")
    return x[order], y[order]


def dead_start() -> Run:
    x, y = classes()
    net = Network(hidden=[16], seed=0).build(x, y)
    net = net.with_parameters({"dense_1.bias": np.full(16, -50.0)})
    return fit(net, x, y, epochs=20)


def zero_weights() -> Run:
    x, y = classes()
    layers = [
        Dense(8, activation="tanh", weight_init=Constant(0.0)),
        Dense(weight_init=Constant(0.0)),
    ]
    return fit(Network(layers, seed=0), x, y, epochs=20)


def equal_weights() -> Run:
    x, y = classes()
    layers = [
        Dense(8, activation="tanh", weight_init=Constant(0.3)),
        Dense(weight_init=Constant(0.3)),
    ]
    return fit(Network(layers, seed=0), x, y, epochs=20)


def label_leak() -> Run:
    x, y = classes(400, seed=3)
    random = np.random.default_rng(1)
    x = np.column_stack([x, y * 2.0 - 1.0 + 0.01 * random.normal(size=len(y))])
    return fit(Network(hidden=[16], seed=0), x, y, epochs=20, validation=0.2)


def sigmoid_chain() -> Run:
    x, y = classes()
    layers = [Dense(12, activation="sigmoid") for _ in range(9)]
    net = Network([*layers, Dense()], seed=0)
    return fit(net, x, y, epochs=15, rule=Backprop(SGD(0.1)))


def unscaled_and_slow() -> Run:
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 4))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    x = x * np.array([1.0, 1.0, 2000.0, 5.0]) + np.array([0.0, 0.0, 9000.0, 0.0])
    net = Network([Dense(16, activation="tanh"), Dense()], scale_inputs=False, seed=0)
    return fit(net, x, y, epochs=20, rule=Backprop(SGD(0.01)))


def rate_too_low() -> Run:
    x, y = numbers()
    return fit(Network(hidden=[16], seed=0), x, y, epochs=20, rule=Backprop(SGD(1e-6)))


def rate_too_high() -> Run:
    x, y = classes()
    return fit(Network(hidden=[16], seed=0), x, y, epochs=30, rule=Backprop(Adam(3.0)))


def overfitting() -> Run:
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 20))
    y = (x[:, 0] + 1.5 * random.normal(size=80) > 0).astype(int)
    net = Network(hidden=[128], seed=0)
    return fit(net, x, y, epochs=80, rule=Backprop(Adam(0.01)), validation=0.3)


def rare_class() -> Run:
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 4))
    y = np.where(random.random(600) < 0.03, "yes", "no")
    return fit(Network(hidden=[4], seed=0), x, y, epochs=10)


def sorted_batches() -> Run:
    x, y = classes(320)
    net = Network(hidden=[16], seed=0)
    return fit(net, x, y, epochs=5, shuffle=False, rule=Backprop(SGD(0.5)))


def squeezed_by_one_row() -> Run:
    x, y = numbers(300)
    x[42, 0] = 1e30
    return fit(Network(hidden=[16], seed=0), x, y, epochs=20)


def loss_too_small() -> Run:
    x, y = numbers()

    def loss(output: Any, target: Any) -> Any:
        return mean((output - target) ** 2.0, 1) * 1e-9

    net = Network(
        [Dense(8, activation="tanh"), Dense(1)], loss=CustomLoss.from_function(loss), seed=0
    )
    return fit(net, x, y, rule=Backprop(SGD(0.1)), epochs=10)


def saturated_tanh() -> Run:
    x, y = classes()
    layers = [Dense(16, activation="tanh", weight_init=Normal(100.0)) for _ in range(2)]
    return fit(Network([*layers, Dense()], seed=0), x, y, epochs=10, rule=Backprop(SGD(1e-4)))


def nothing_to_learn() -> Run:
    random = np.random.default_rng(0)
    x = random.normal(size=(2000, 3))
    y = random.normal(size=2000)
    return fit(Network(hidden=[4], seed=0), x, y, epochs=8, rule=Backprop(Adam(1e-3)))


def heavy_row() -> Run:
    x, y = numbers()
    weight = np.ones(len(y))
    weight[11] = 1e6
    return fit(Network(hidden=[8], seed=0), x, y, epochs=20, sample_weight=weight)


def gradients_explode() -> Run:
    x, y = classes()
    layers = [
        each
        for _ in range(8)
        for each in (Dense(16, weight_init=Normal(1.5)), Activation("leaky_relu"))
    ]
    net = Network([*layers, Dense()], seed=0)
    return fit(net, x, y, epochs=3, rule=Backprop(SGD(1e-13)))


SICK: dict[str, tuple[Make, tuple[str, ...]]] = {
    "dead relu start": (dead_start, ("dead_units",)),
    "all weights zero": (zero_weights, ("symmetry",)),
    "all weights equal": (equal_weights, ("symmetry",)),
    "label leak": (label_leak, ("leak",)),
    "vanishing sigmoid chain": (sigmoid_chain, ("vanishing_gradients",)),
    "inputs not scaled": (unscaled_and_slow, ("unscaled_inputs",)),
    "rate too low": (rate_too_low, ("rate_too_low",)),
    "rate too high": (rate_too_high, ("rate_too_high",)),
    "overfitting": (overfitting, ("overfitting",)),
    "a rare class": (rare_class, ("constant_answer",)),
    "sorted batches": (sorted_batches, ("sorted_batches",)),
    "one row makes the scale": (squeezed_by_one_row, ("bad_row",)),
    "loss too small": (loss_too_small, ("loss_scale",)),
    "saturated tanh": (saturated_tanh, ("saturated_units",)),
    "nothing to learn": (nothing_to_learn, ("constant_answer", "plateau")),
    "one heavy row": (heavy_row, ("bad_weight",)),
    "exploding gradients": (gradients_explode, ("exploding_gradients",)),
}
