"""What a network answers: predictions, chances, scores; the part of a ``Network`` that uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, Labels, TargetCodec
from pellucid.graph.primitive import Array
from pellucid.learn.metrics import Metric
from pellucid.learn.score import Scorer
from pellucid.learn.step import Task, predict_graph
from pellucid.models.answers import check_chances
from pellucid.models.predictor import OUTPUT, Prediction, Predictor, own_vector
from pellucid.models.prepare import (
    check_labelled,
    given,
    make_task,
    sample_weights,
    samples,
)
from pellucid.run.choose import executor
from pellucid.run.executor import Executor


class Answering:
    """The part of a ``Network`` that answers, from the parameters that it has."""

    _predictors: dict[tuple[Any, ...], Predictor]

    def _parts(self) -> tuple[Task, InputCodec, TargetCodec]:
        """The task and both codecs."""
        raise NotImplementedError

    def _vectors(self) -> tuple[Array, Array]:
        """The parameters, and the layers' states."""
        raise NotImplementedError

    def predict(self, x: Any, *, engine: str | Executor = "auto") -> Any:
        """The answer for each sample: a label as it was given, or numbers in the units of y."""
        return self._predictor(executor(engine))(x)

    def predict_proba(self, x: Any, *, engine: str | Executor = "auto") -> Array:
        """The chance of each class for each sample: (samples, classes), in ``classes``'s order.

        Raises: ``DataError`` for a network that gives numbers, or scores that are no chances.
        """
        return np.asarray(self._predictor(executor(engine), proba=True)(x))

    def compile_predictor(
        self, *, proba: bool = False, engine: str | Executor = "auto", threads: int | None = None
    ) -> Predictor:
        """A function from samples to answers with as little around the computation as can be.

        It keeps today's parameters: what the network learns later does not change it.

        Parameters:
            proba: whether it gives what ``predict_proba`` gives, in place of ``predict``.
            engine, threads: what computes, and with how many threads at most.
        Raises: ``DataError`` for chances of a network that gives none.
        """
        chosen = executor(engine, None, threads)
        prediction = self._prediction(chosen, proba=proba)
        params, state = (own_vector(vector, chosen.precision) for vector in self._vectors())
        return Predictor(replace(prediction, params=params, state=state), chosen)

    def evaluate(
        self, x: Any, y: Any = None, *, sample_weight: Any = None,
        metrics: Sequence[str | Metric] | None = None, engine: str | Executor = "auto",
    ) -> dict[str, float]:  # fmt: skip
        """The loss and each metric on samples."""
        task, codec, target = self._parts()
        check_labelled(y, target)
        x, y = given(x, y, codec)
        if metrics is not None:
            task = make_task(task.architecture, task.loss, target, metrics)
        weights = sample_weights(len(x), target, y, sample_weight)
        chosen = executor(engine)
        data = samples(x, y, weights, codec, target, task, chosen.precision)
        scorer = Scorer(task, chosen)
        return scorer.finish(scorer.totals(*self._vectors(), data.rows))

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy for classes and labels, R2 for numbers and counts: the usual one number."""
        name = "accuracy" if isinstance(self._parts()[2], Classes | Labels) else "r2"
        return self.evaluate(x, y, sample_weight=sample_weight, metrics=[name])[name]

    def _predictor(self, chosen: Executor, *, proba: bool = False) -> Predictor:
        """How this network predicts with the parameters that it has; compiled once."""
        own = chosen.name, chosen.precision, getattr(chosen, "threads", None), type(chosen), proba
        known = self._predictors.get(own)
        if known is None or not known.reads(*self._vectors()):
            known = Predictor(self._prediction(chosen, proba=proba), chosen)
            self._predictors[own] = known
        return known

    def _prediction(self, chosen: Executor, *, proba: bool = False) -> Prediction:
        """All that predicting with these parameters needs."""
        task, codec, target = self._parts()
        if proba:
            check_chances(task.loss, target)
        program = chosen.compile(predict_graph(task.architecture, task.loss), [OUTPUT])
        return Prediction(task, codec, target, *self._vectors(), program, chosen.precision, proba)
