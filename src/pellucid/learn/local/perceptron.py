"""The rules that learn from an error at the layer itself: the perceptron's and the delta rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.hyper import hyper
from pellucid.learn.local.base import LocalRule, View, only_view, replaced, share, wanted
from pellucid.learn.rule import Situation, Update
from pellucid.learn.schedules import ScheduleLike
from pellucid.nn.activations import Step
from pellucid.ops import matmul, sum

LOGGED = 1000  # weights of a layer up to which the perceptron rule's log is kept unless asked for


@dataclass(frozen=True)
class Perceptron(LocalRule):
    """Change the weights only where the answer is wrong: for one Dense layer of step units.

    Formula: w_ij <- w_ij + rate (wanted_j - got_j) x_i;  b_j <- b_j + rate (wanted_j - got_j); with
        more than one sample a step, the mean over the batch, each sample with its weight.
    Parameters:
        rate: the learning rate; with all weights at 0 first, it scales them and changes no answer.
        log: whether each mistake is noted, weights before and after it; None: for layers of up to
            1,000 weights. A row of the log has step, sample (its row), wanted, got, weights_before,
            weights_after, bias_before, bias_after.
    Targets: classes, or 0 and 1. With one unit the answer 1 is class 1; with several each unit
        speaks for a class.
    Raises: ``ParameterError`` for any other network.
    Source: F. Rosenblatt, 1958, doi:10.1037/h0042519.
    """

    rate: ScheduleLike = 1.0
    log: bool | None = hyper(None, kind=bool, optional=True, doc="whether each mistake is noted")

    @property
    def batch(self) -> int | None:
        """One sample a step."""
        return 1

    def update(self, now: Situation) -> Update:
        view, layer = only_view(now, "Perceptron")
        if not isinstance(layer.activation, Step):
            raise ParameterError(
                f"Perceptron expects a step activation, got {view.name} with "
                f"{getattr(layer.activation, 'kind', layer.activation)}. Use "
                "Dense(..., activation='step'), or the rule Delta or Backprop."
            )
        hoped = wanted(now, _units(view))
        changed = _moved(now, view, hoped - view.y)
        reported: dict[str, Value] = {}
        if self._logs(view):
            reported = {"wanted": hoped, "got": view.y}
            for name, before in (("weights", view.weight), ("bias", view.bias)):
                if before is not None:
                    full = f"{view.name}.{'weight' if name == 'weights' else 'bias'}"
                    reported |= {f"{name}_before": before, f"{name}_after": changed[full]}
        return Update(replaced(now, changed), {}, reported)

    def entries(
        self, step: int, rows: Sequence[int], reported: Mapping[str, Array]
    ) -> list[dict[str, Any]]:
        """One row for each mistake; the weights are those before and after the whole step."""
        if not reported:
            return []
        around = {name: array.tolist() for name, array in reported.items() if "_" in name}
        return [
            {"step": step, "sample": row, "wanted": hoped.tolist(), "got": got.tolist(), **around}
            for row, hoped, got in zip(rows, reported["wanted"], reported["got"], strict=True)
            if not np.array_equal(hoped, got)
        ]

    def _logs(self, view: View) -> bool:
        if self.log is not None:
            return self.log
        return int(np.prod([size for size in view.weight.shape if isinstance(size, int)])) <= LOGGED


@dataclass(frozen=True)
class Delta(LocalRule):
    """Move each weight against the error of the weighted sum: for one Dense layer.

    Formula: w_ij <- w_ij + rate mean over the batch of (t_j - z_j) x_i;
        b_j <- b_j + rate mean over the batch of (t_j - z_j); z the weighted sum with its bias, each
        sample with its weight.
    Targets: numbers, or classes as 0 and 1 (one unit) or a 1 at the class's place. The error is
        taken before the activation, so the answer may still be a step of z.
    Numerics: for a rate above 2 / (largest eigenvalue of mean of x x^T) the weights run away.
    Raises: ``ParameterError`` for any other network.
    Source: B. Widrow, M. Hoff, 1960, Adaptive Switching Circuits, IRE WESCON.
    """

    rate: ScheduleLike = 0.01

    def update(self, now: Situation) -> Update:
        view, _ = only_view(now, "Delta")
        error = wanted(now, _units(view)) - view.z
        return Update(replaced(now, _moved(now, view, error)))


def _moved(now: Situation, view: View, error: Value) -> dict[str, Value]:
    """The layer's parameters after a step along x times the error."""
    pull = share(now) * error
    changed = {
        f"{view.name}.weight": view.weight + now.rate * matmul(view.x, pull, transpose_a=True)
    }
    if view.bias is not None:
        changed[f"{view.name}.bias"] = view.bias + now.rate * sum(pull, 0)
    return changed


def _units(view: View) -> int:
    units = view.z.shape[-1]
    assert isinstance(units, int)
    return units
