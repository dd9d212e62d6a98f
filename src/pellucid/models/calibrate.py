"""Calibration: one temperature, fitted on held-out rows, by which all raw outputs are divided.

A network that is right in 80 of 100 cases should say 0.8, and one that learned long says 0.95. A
temperature changes how certain it is and not which class is the most likely. It is folded into the
last linear layer: from then on there is nothing that a prediction, an engine or an export would
have to know.

Formula: T is where the mean over the rows of -ln p(true) is smallest, with p = softmax(output / T),
    or sigmoid(output / T) of each output. In b = 1 / T that is convex, with the slope
    mean of (sum over k of p_k output_k - output_true).
Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, 2017, On Calibration of Modern Neural Networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.models.answers import check_chances
from pellucid.models.prepare import (
    check_labelled,
    encode_target,
    given,
    given_weights,
)
from pellucid.models.threshold import set_threshold
from pellucid.nn.activate import Activation
from pellucid.nn.activations import Linear, Softmax
from pellucid.nn.compose import Chain, checked, named
from pellucid.nn.conv import Conv1D, Conv2D, DepthwiseConv2D
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.pool import AvgPool2D, GlobalAvgPool2D
from pellucid.nn.shape import Flatten, Reshape

if TYPE_CHECKING:
    from pellucid.models.network import Network
    from pellucid.nn.layer import Layer
    from pellucid.run.executor import Executor

MOST = 100.0
"""Temperatures from 1 / 100 to 100 are looked at."""
NOISE = 3.841
"""Where 95 % of the chi-squared distribution with one degree of freedom lie below."""
PASSED_BY = (Flatten, Reshape, Dropout, GlobalAvgPool2D, AvgPool2D)
"""Layers whose output is divided by T where their input is."""


@dataclass(frozen=True)
class Calibration:
    """What fitting a temperature found.

    Attributes:
        temperature: what the raw outputs are divided by; above 1 the network was too certain.
        rows: how many held-out rows it was fitted on.
        loss_before, loss_after: the mean of -ln p(true) over these rows, in nats.
    """

    temperature: float
    rows: int
    loss_before: float
    loss_after: float

    @property
    def is_worth_it(self) -> bool:
        """Whether it gains more than noise would in 19 of 20 cases (likelihood-ratio test)."""
        return 2 * self.rows * (self.loss_before - self.loss_after) > NOISE

    def row(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


def find_temperature(
    net: Network, x: Any, y: Any, sample_weight: Any, chosen: Executor
) -> Calibration:
    """The temperature for these rows; the network is left as it is.

    Raises: ``DataError`` for a network that gives no chances, and for rows that no temperature is
        best for; ``ParameterError`` for a network whose last layer is not linear.
    """
    task, codec, target = net._parts()
    check_chances(task.loss, target, "calibrate")
    check_labelled(y, target)
    last_linear(net)
    x, y = given(x, y, codec)
    weight = given_weights(sample_weight, len(x))
    output = raw_outputs(net, x, chosen)
    wanted = encode_target(y, target, task)
    if wanted.ndim == 1:
        count = output.shape[1]
        wanted = wanted[:, None] if count == 1 else wanted[:, None] == np.arange(count)
    shares = np.ones(len(x)) if weight is None else weight
    if not shares.sum() > 0:
        raise DataError("calibrate was given weights that are all 0. Give some rows a weight.")
    by_class = isinstance(task.loss.link, Softmax)
    losses = _Losses(output, wanted.astype(np.float64), shares / shares.sum(), by_class)
    sharpness = losses.best()
    return Calibration(1 / sharpness, len(x), losses.loss(1.0), losses.loss(sharpness))


def raw_outputs(net: Network, x: Any, chosen: Executor) -> Array:
    """What the last layer gives for rows as ``given`` returns them, in float64."""
    from dataclasses import replace

    prediction = net._prediction(chosen)
    raw = replace(prediction, program=chosen.compile(net.graph(), ["output"]))
    return raw.numbers(x, "output").astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Losses:
    """The mean loss of rows as a function of b = 1 / T, and its slope.

    Shapes: output and wanted are rows x outputs, share is rows and adds up to 1.
    """

    output: Array
    wanted: Array
    share: Array
    by_class: bool

    def loss(self, b: float) -> float:
        """The mean of -ln p(true)."""
        from scipy.special import log_expit, log_softmax

        z = b * self.output
        if self.by_class:
            each = -(self.wanted * log_softmax(z, 1)).sum(1)
        else:
            each = -(self.wanted * log_expit(z) + (1 - self.wanted) * log_expit(-z)).mean(1)
        return float(self.share @ each)

    def slope(self, b: float) -> float:
        """The derivative of the loss by b, which grows with b."""
        from scipy.special import expit, softmax

        z = b * self.output
        if self.by_class:
            each = ((softmax(z, 1) - self.wanted) * self.output).sum(1)
        else:
            each = ((expit(z) - self.wanted) * self.output).mean(1)
        return float(self.share @ each)

    def is_faultless(self) -> bool:
        """Whether each row that counts is answered rightly: then no certainty is too much."""
        counts = self.share > 0
        output, wanted = self.output[counts], self.wanted[counts] > 0.5
        if self.by_class:
            others = np.where(wanted, -np.inf, output).max(1)
            return bool((np.where(wanted, output, -np.inf).max(1) > others).all())
        return bool(((output > 0) == wanted).all())

    def best(self) -> float:
        """Where the slope is 0."""
        from scipy.optimize import brentq

        if self.slope(1 / MOST) >= 0:
            raise DataError(
                "On these rows the network's scores are worse than none at all, so no temperature "
                "makes chances of them. Check that y belongs to x, or train longer."
            )
        if self.is_faultless() or self.slope(MOST) <= 0:
            raise DataError(
                f"On these {len(self.share):,} rows the network makes no mistake to learn from: "
                "the more certain it is, the better. Give more rows that it did not learn from."
            )
        slope: Callable[[float], float] = lambda log_b: self.slope(float(np.exp(log_b)))
        return float(np.exp(brentq(slope, -np.log(MOST), np.log(MOST), xtol=1e-10)))


def fold(net: Network, temperature: float) -> None:
    """Divide the last linear layer's weights and biases by a temperature.

    Raises: ``ParameterError`` where there is no such layer.
    """
    name = last_linear(net)
    state, layout = net._reached(), net.architecture.learned
    params = state.carried["params"].copy()  # a new vector: compiled predictors keep the old one
    for full, view in layout.views(params).items():
        if full.startswith(f"{name}."):
            view /= temperature
    state.carried["params"] = params
    level = net.threshold
    if level is not None:  # a chance moves with the temperature: the answers stay
        odds = (level / (1 - level)) ** (1 / temperature)
        set_threshold(net, odds / (1 + odds))


def last_linear(net: Network) -> str:
    """The name of the layer that gives the raw outputs.

    Raises: ``ParameterError`` that names the layer in whose place there is another.
    """
    found = _last_linear(net.layers, "")
    if isinstance(found, str):
        return found
    name, layer = found
    raise ParameterError(
        f"calibrate divides the last layer's weights by a temperature, and {name} "
        f"({type(layer).__name__}) at the end is no linear layer. End with Dense(), without an "
        "activation."
    )


def _last_linear(layers: Any, path: str) -> str | tuple[str, Layer]:
    """The path of the last linear layer, or the layer that stands in its place."""
    own = named(layers)
    for name, layer in reversed(own):
        if isinstance(layer, Chain):
            return _last_linear(checked(layer.layers), f"{path}{name}.")
        plain = isinstance(layer, Activation) and isinstance(layer.function, Linear)
        if plain or isinstance(layer, PASSED_BY):
            continue
        linear = isinstance(layer, Dense | Conv1D | Conv2D | DepthwiseConv2D)
        if linear and isinstance(getattr(layer, "activation", None), Linear):
            return f"{path}{name}"
        return f"{path}{name}", layer
    return f"{path}{own[0][0]}", own[0][1]
