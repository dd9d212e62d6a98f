"""The rules that learn without targets: Hebb's, and those that keep it from running away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError
from pellucid.hyper import hyper
from pellucid.learn.local.base import LocalRule, View, dense_views, only_view, replaced, share
from pellucid.learn.rule import Situation, Update
from pellucid.learn.schedules import ScheduleLike
from pellucid.learn.unsupervised import NoTarget, Reconstruction
from pellucid.nn.activations import Linear
from pellucid.nn.losses import Loss
from pellucid.ops import matmul


@dataclass(frozen=True)
class Hebb(LocalRule):
    """What is active together grows together: on Dense layers, without targets.

    Formula: w_ij <- w_ij + rate (mean over the batch of x_i y_j - decay w_ij), y the layer's
        output, or its input where it is clamped; each sample with its weight. Where x and y have
        the same sign the weight grows, where they have opposite signs it falls. Biases stay.
    Parameters:
        rate: the learning rate.
        decay: the share of a weight that is forgotten, as a multiple of the rate.
        layers: names of the Dense layers that learn; None: all.
        clamped: whether the outputs are held at the inputs while it learns, as in an associative
            memory, where each unit is both: then w_ij <- w_ij + rate mean of x_i x_j.
    Raises: ``ShapeError`` for a clamped layer with another number of units than inputs.
    Numerics: nothing holds the weights back. In a linear layer they grow without limit along the
        input's direction of largest mean square m, by a factor 1 + rate (m - decay) a step, unless
        decay is at least m; then they fall to 0. ``Oja`` is the cure.
    Loss: none (0), since nothing is hoped for.
    Source: D. Hebb, The Organization of Behavior, 1949.
    """

    rate: ScheduleLike = 0.01
    decay: float = hyper(0.0, low=0, doc="the share of a weight that is forgotten")
    layers: Sequence[str] | None = None
    clamped: bool = hyper(False, kind=bool, doc="whether the outputs are held at the inputs")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.layers is not None:
            given = (self.layers,) if isinstance(self.layers, str) else tuple(self.layers)
            if not given:
                raise ParameterError(
                    "Hebb expects layers to name Dense layers, or None for all, got []. "
                    "Without a layer nothing is learned."
                )
            object.__setattr__(self, "layers", given)

    @property
    def loss(self) -> Loss | None:
        """Nothing is hoped for."""
        return NoTarget()

    def update(self, now: Situation) -> Update:
        changed = {}
        for view in dense_views(now, "Hebb", self.layers):
            if self.clamped:
                check_square(view, "A clamped Hebb")
            y = view.x if self.clamped else view.y
            together = matmul(view.x, share(now) * y, transpose_a=True)
            if self.decay:
                together = together - self.decay * view.weight
            changed[f"{view.name}.weight"] = view.weight + now.rate * together
        return Update(replaced(now, changed))


def check_square(view: View, owner: str) -> int:
    """The number of units of a layer that has as many inputs."""
    inputs, units = view.weight.shape
    if inputs != units or not isinstance(units, int):
        raise ShapeError(
            f"{owner} expects as many units as inputs, since each is both, got {view.name} with "
            f"{inputs} inputs and {units} units. Use Dense({inputs})."
        )
    return units


@dataclass(frozen=True)
class Oja(LocalRule):
    """Hebb's rule with as much forgetting as keeps weights at length 1: finds main directions.

    Formula: W <- W + rate mean over the batch of (x - W y) y^T, with y = W^T x, each sample with
        its weight. One unit: w <- w + rate y (x - y w), which ends at the first principal component
        of centred inputs, up to sign. Several units end at an orthonormal basis of the space of the
        first ones, in no order; for an order use ``Sanger``. The bias stays, and is left out of y.
    Numerics: for a rate that is large beside 1 / (mean of |x|^2) the weights run away.
    Loss: ``Reconstruction``.
    Raises: ``ParameterError`` for any network but one linear Dense layer.
    Source: E. Oja, 1982, doi:10.1007/BF00275687; several units: E. Oja, 1989,
        doi:10.1142/S0129065789000475.
    """

    rate: ScheduleLike = 0.01

    @property
    def loss(self) -> Loss | None:
        """What cannot be read back from the outputs."""
        return Reconstruction()

    def update(self, now: Situation) -> Update:
        return _principal(now, "Oja", ordered=False)


@dataclass(frozen=True)
class Sanger(LocalRule):
    """Oja's rule with an order: each unit learns what those before it have left over.

    Formula: w_ij <- w_ij + rate mean over the batch of y_j (x_i - sum over k <= j of w_ik y_k),
        with y = W^T x, each sample with its weight. Unit j ends at the j-th principal component of
        centred inputs, up to sign. The bias stays, and is left out of y.
    Numerics: for a rate that is large beside 1 / (mean of |x|^2) the weights run away.
    Loss: ``Reconstruction``.
    Raises: ``ParameterError`` for any network but one linear Dense layer.
    Source: T. Sanger, 1989, doi:10.1016/0893-6080(89)90044-0, eq. 4.
    """

    rate: ScheduleLike = 0.01

    @property
    def loss(self) -> Loss | None:
        """What cannot be read back from the outputs."""
        return Reconstruction()

    def update(self, now: Situation) -> Update:
        return _principal(now, "Sanger", ordered=True)


def _principal(now: Situation, owner: str, ordered: bool) -> Update:
    """W + rate (mean of x y^T - W U), U the mean of y y^T, or of its upper triangle if ordered."""
    view, layer = only_view(now, owner)
    if not isinstance(layer.activation, Linear):
        raise ParameterError(
            f"{owner} expects a linear activation, got {view.name} with "
            f"{getattr(layer.activation, 'kind', layer.activation)}. Leave the activation out."
        )
    y = matmul(view.x, view.weight)
    counted = share(now) * y
    between = matmul(y, counted, transpose_a=True)
    if ordered:
        units = layer.units or 1
        between = between * np.triu(np.ones((units, units)))
    step = matmul(view.x, counted, transpose_a=True) - matmul(view.weight, between)
    return Update(replaced(now, {f"{view.name}.weight": view.weight + now.rate * step}))
