"""Prediction: from the user's samples to the user's answers, and the shortest way between them.

``Network.predict`` and ``Predictor`` share the functions here; the predictor takes a native short
cut (``pellucid.run.native.direct``) wherever the samples allow it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.data.codec import (
    Classes,
    Counts,
    InputCodec,
    Keep,
    NoTargets,
    Numbers,
    PictureCodec,
    ScalePixels,
    Standardize,
    TargetCodec,
)
from pellucid.dataclass import dataclass
from pellucid.graph.primitive import Array
from pellucid.learn.score import rows_a_batch
from pellucid.learn.step import Task
from pellucid.models.answers import answered, halfway
from pellucid.models.prepare import encoded
from pellucid.nn.losses import Quantiles
from pellucid.run.executor import Executor, Precision, Program

OUTPUT = "prediction"  # of the graph that predicts
ALIGNMENT = 64


@dataclass(frozen=True)
class Prediction:
    """All that a prediction needs: what computes, the parameters, and both codecs.

    Attributes:
        proba: whether the chances of all classes are asked for, not the class.
    """

    task: Task
    codec: InputCodec
    target: TargetCodec
    params: Array
    state: Array
    program: Program
    precision: Precision
    proba: bool = False

    def __call__(self, x: Any) -> Any:
        """The answer for each sample: a label, chances, or numbers in the units of y.

        Raises: ``DataError``, ``ShapeError`` for samples unlike those of the training.
        """
        return self._answers(self.numbers(x))

    def of(self, z: Any) -> Any:
        """The answer for each sample that is encoded already."""
        return self._answers(self.computed(z))

    def numbers(self, x: Any, name: str = OUTPUT) -> Array:
        """An output of the program for each sample, before it is told in the user's words."""
        return self.computed(encoded(x, self.codec, self.task, self.precision), name)

    def computed(self, z: Any, name: str = OUTPUT) -> Array:
        """The same for samples that are encoded already."""
        size = rows_a_batch(z)
        fixed = {"params": self.params, "state": self.state}
        parts = [
            self.program.run({"x": z[at : at + size], **fixed})[name]
            for at in range(0, len(z), size)
        ]
        return np.concatenate(parts)

    def _answers(self, found: Array) -> Any:
        if self.proba:
            return np.concatenate([1.0 - found, found], axis=1) if found.shape[1] == 1 else found
        return self.target.decode(answered(found, self.task.loss, self.target))


class Predictor:
    """A function from samples to answers, with as little around the computation as can be.

    ``Network.compile_predictor`` makes it. It answers as ``predict`` (or ``predict_proba``) does,
    for one sample or many, with the same errors, and keeps the parameters of that moment: what the
    network learns later does not change it. Threads may share it.

    An array of the samples' shape that is C-contiguous, of 32 or 64 bit floats or of integers, goes
    straight to compiled code, which scales the inputs, computes, and writes the answers; anything
    else is read as ``predict`` reads it. Where the compiled part does not compute (another engine,
    an Embedding as first layer) it is no faster than ``predict``.

    Example:
        >>> import numpy as np
        >>> from pellucid import Network
        >>> x = np.array([[0.0, 1.0], [1.0, 0.0]] * 4)
        >>> net = Network(hidden=[3], seed=0).build(x, ["b", "a"] * 4)
        >>> predict = net.compile_predictor(engine="reference")
        >>> bool((predict(x) == net.predict(x)).all())
        True
    """

    def __init__(self, prediction: Prediction, executor: Executor) -> None:
        self.prediction = prediction
        self._quick = _short_cut(prediction, executor)

    def reads(self, params: Array, state: Array) -> bool:
        """Whether it computes with the numbers in this memory."""
        return self.prediction.params is params and self.prediction.state is state

    def __call__(self, x: Any) -> Any:
        """The answer for each sample.

        Shapes: samples as the network learned from them, (samples, ...) -> one answer a sample.
        Raises: as ``Network.predict``: ``DataError``, ``ShapeError``.
        """
        found = self._quick(x)
        if found is not None:
            return found
        return self.prediction(x)

    def __repr__(self) -> str:
        layers = ", ".join(repr(layer) for layer in self.prediction.task.architecture.chain.layers)
        return f"Predictor([{layers}])"


def own_vector(vector: Array, precision: Precision) -> Array:
    """A copy in a precision, which starts at a cache line."""
    dtype = np.dtype(precision)
    room = np.empty(vector.size * dtype.itemsize + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    copy = room[start : start + vector.size * dtype.itemsize].view(dtype)
    copy[:] = vector
    return copy


def _nothing(x: Any) -> Any:
    """No short cut."""
    return None


def _short_cut(prediction: Prediction, executor: Executor) -> Callable[[Any], Any]:
    """A function that gives the answers, or None where ``Prediction`` has to."""
    from pellucid.run.native import NativeExecutor

    if not isinstance(executor, NativeExecutor) or prediction.task.architecture.in_dtype == "int":
        return _nothing
    fixed = {"params": prediction.params, "state": prediction.state}
    if any(a.dtype != executor.precision or not a.flags.carray for a in fixed.values()):
        return _nothing
    from pellucid.run.native.direct import Rows, direct

    codec = prediction.codec
    if isinstance(codec, PictureCodec):
        codec = codec.scaling
    if isinstance(codec, Standardize | ScalePixels):
        rows = Rows(codec.row_shape, codec.mean, codec.scale)
    elif isinstance(codec, Keep):
        rows = Rows(codec.row_shape, np.zeros(0), np.zeros(0), codec.whole)
    else:
        return _nothing
    answers, finish = _answers(prediction)
    quick = direct(prediction.program.graph, OUTPUT, fixed, rows, answers, executor)
    if finish is None:
        return quick

    def finished(x: Any) -> Any:
        places = quick(x)
        return None if places is None else finish(places)

    return finished


def _answers(prediction: Prediction) -> tuple[Any, Callable[[Array], Any] | None]:
    """What the native part makes of the output, and what is left to do with that."""
    from pellucid.run.native.direct import Answers

    shape, target = prediction.task.architecture.out_shape, prediction.target
    loss = prediction.task.loss
    count, none, dtype = int(np.prod(shape)), np.zeros(0), np.dtype(prediction.precision)
    same = Answers("same", count, shape, dtype, none, none, none)
    if prediction.proba:
        pair = Answers("pair", 1, (2,), dtype, none, none, none)
        return pair if count == 1 else same, None
    if isinstance(target, Classes) and (target.threshold is None or count == 1):
        labels: Any = target.decode(np.arange(len(target.labels)))
        plain = isinstance(labels, np.ndarray) and labels.dtype.kind != "O"
        table = labels if plain else np.arange(len(target.labels))
        kind: Any = "most" if count > 1 else "past"
        half = target.threshold or halfway(loss)
        answers = Answers(kind, count, (), table.dtype, none, none, table, half)
        return answers, None if plain else target.decode
    if isinstance(target, Numbers | Counts) and not isinstance(loss, Quantiles):
        own = () if target.flat else (count,)
        mean, scale = target.mean, target.scale
        return Answers("scaled", count, own, np.dtype(float), mean, scale, none), None
    if isinstance(target, NoTargets):
        return same, None
    return same, lambda found: target.decode(answered(found, loss, target))
