"""Losses for classes: cross-entropies, and the hinge."""

from __future__ import annotations

from pellucid.dataclass import dataclass
from pellucid.errors import ShapeError
from pellucid.graph import BATCH, Type, Value
from pellucid.hyper import hyper
from pellucid.nn.activations import ActivationFunction, Linear, Sigmoid, Softmax, softplus_tail
from pellucid.nn.loss import Loss, per_sample_mean
from pellucid.ops import cast, log_softmax, max, maximum, one_hot, reshape, sum


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Cross-entropy of sigmoid, from logits, for two classes or for several labels at once.

    Formula: L = mean over the outputs k of ln(1 + e^output_k) - q_k output_k, which is
        -q ln p - (1 - q) ln(1 - p) with p = sigmoid(output) and q the target, smoothed:
        q = (1 - smoothing) target + smoothing / 2.
    Shapes: (batch, 1), int (batch,) -> (batch,): the class, 0 or 1; or (batch, k), float (batch, k)
        with k > 1 -> (batch,): each label's probability.
    Parameters:
        smoothing: the share of the target that goes half to each class, from 0 to below 1.
    Numerics: computed as (max(0, z) - q z) + ln(1 + e^-|z|) with z the output, so that nothing
        overflows and the loss of a confident right answer does not vanish; the slope at z = 0 is
        the right one, 1/2 - q.
    """

    kind = "binary_cross_entropy"
    smoothing: float = hyper(0.0, low=0, below=1, doc="the share of the target spread evenly")

    @property
    def link(self) -> ActivationFunction:
        """The sigmoid: the probability of class 1, or of each label."""
        return Sigmoid()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Int (batch,) for one output, float of the output's shape for more."""
        return Type((BATCH,), "int") if out_shape == (1,) else Type((BATCH, *out_shape))

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the mean of differences."""
        wanted = cast(reshape(target, output.shape), "float")
        if self.smoothing:
            wanted = wanted * (1.0 - self.smoothing) + 0.5 * self.smoothing
        far = maximum(0.0, output) - wanted * output
        return per_sample_mean(far + softplus_tail(output))


@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """Cross-entropy of softmax, from logits.

    Formula: L = - sum over k of q_k ln softmax(output)_k, with q the target, smoothed:
        q = (1 - smoothing) target + smoothing / K.
    Shapes: (batch, ..., K), int (batch, ...) or float (batch, ..., K) -> (batch,), the mean over
        the axes between.
    Parameters:
        smoothing: the share of the target that is spread over all classes, from 0 to below 1.
        targets: "index", the number of the class, or "one_hot", a probability for each class.
    Numerics: through log-softmax, so that no exponential overflows.
    Raises: ``ShapeError`` for fewer than two outputs.
    Source: C. Szegedy et al., 2016, doi:10.1109/CVPR.2016.308 (smoothing).
    """

    kind = "categorical_cross_entropy"
    smoothing: float = hyper(0.0, low=0, below=1, doc="the share of the target spread evenly")
    targets: str = hyper(
        "index", kind=str, choices=("index", "one_hot"), doc="how targets are given"
    )

    @property
    def link(self) -> ActivationFunction:
        """Softmax: the probability of each class."""
        return Softmax()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Int without the last axis, or float of the output's shape."""
        if not out_shape or out_shape[-1] < 2:
            raise ShapeError(
                "Categorical cross-entropy expects an output for each of at least 2 classes, got "
                f"outputs of shape {list(out_shape)}. Use binary_cross_entropy with one output."
            )
        index = Type((BATCH, *out_shape[:-1]), "int")
        return index if self.targets == "index" else Type((BATCH, *out_shape))

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the sum over the classes."""
        depth = output.shape[-1]
        assert isinstance(depth, int)
        wanted = one_hot(target, depth) if self.targets == "index" else target
        if self.smoothing:
            wanted = wanted * (1.0 - self.smoothing) + self.smoothing / depth
        return per_sample_mean(-sum(wanted * log_softmax(output), -1))


@dataclass(frozen=True)
class Hinge(Loss):
    """The margin loss of support vector machines.

    Formula: one output, classes 0 and 1: L = max(0, 1 - s output) with s = 2 target - 1.
        K > 1 outputs (Crammer and Singer): L = max over k of (output_k + [k != t]) - output_t, with
        t the target.
    Shapes: (batch, 1) or (batch, K), int (batch,) -> (batch,).
    Numerics: slope 0 at the corner of one output; classes that tie for the largest share the
        gradient.
    Raises: ``ShapeError`` for outputs of another shape.
    Source: C. Cortes, V. Vapnik, 1995, doi:10.1007/BF00994018; K. Crammer, Y. Singer, 2001, JMLR 2.
    """

    kind = "hinge"

    @property
    def link(self) -> ActivationFunction:
        """None: scores, not probabilities. One output means class 1 where it is above 0."""
        return Linear()

    def target_type(self, out_shape: tuple[int, ...]) -> Type:
        """Int (batch,)."""
        if len(out_shape) != 1:
            raise ShapeError(
                "Hinge expects one output, or one for each class, got outputs of shape "
                f"{list(out_shape)}. Put Flatten() at the end of the network."
            )
        return Type((BATCH,), "int")

    def per_sample(self, output: Value, target: Value) -> Value:
        """Add the margin that is missing."""
        classes = output.shape[-1]
        assert isinstance(classes, int)
        loss: Value
        if classes == 1:
            side = cast(target, "float") * 2.0 - 1.0
            loss = maximum(1.0 - side * reshape(output, target.shape), 0.0)
            return loss
        wanted = one_hot(target, classes)
        return max(output + (1.0 - wanted), -1) - sum(wanted * output, -1)
