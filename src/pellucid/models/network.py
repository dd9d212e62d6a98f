"""The network in a user's hand: layers and their numbers, fit to data in the user's words."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, InputCodec, Labels, TargetCodec
from pellucid.data.dataset import Kind
from pellucid.data.pictures.framing import Framing
from pellucid.data.targets import KINDS
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.hyper import declarations
from pellucid.learn.backprop import Backprop
from pellucid.learn.events import Event
from pellucid.learn.loop import EarlyStopping, Plan, State
from pellucid.learn.metrics import Metric
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task, predict_graph, start, step_graph
from pellucid.learn.unsupervised import NoTarget
from pellucid.models.answering import Answering
from pellucid.models.deciding import Deciding
from pellucid.models.fitting import made_ready
from pellucid.models.handing_on import HandingOn
from pellucid.models.kinds import target_codec
from pellucid.models.looking import Looking
from pellucid.models.pickling import independent, restore, state_of
from pellucid.models.predictor import Predictor
from pellucid.models.prepare import (
    check_parameters,
    fill,
    first_task,
    given,
    input_codec,
    make_task,
)
from pellucid.models.run import Run, as_rule
from pellucid.models.taking_in import TakingIn
from pellucid.nn.architecture import Architecture
from pellucid.nn.compose import Chain
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.losses import Loss
from pellucid.nn.losses import loss as find_loss
from pellucid.run.executor import Executor, Precision


class Network(Answering, Deciding, HandingOn, Looking, TakingIn):
    """A neural network: layers, their parameters, and how data go in and come out.

    Input and output size, the loss and the scaling of the inputs follow from the data at the first
    ``fit``. Labels of any type come back as they were given, numbers in their own units.

    Parameters:
        layers: layers in order, such as ``[Dense(64, activation="relu"), Dense()]``. A last
            ``Dense()`` without units gets as many as the target needs.
        hidden: in place of layers: sizes of hidden Dense layers, an output layer after them.
        activation: of those hidden layers.
        loss: a ``Loss`` or its name. By default softmax cross-entropy for classes (sigmoid with one
            output), sigmoid for several labels a row, squared error for numbers, Poisson's for
            counts.
        target: what y holds, where it is guessed wrongly: "classes", "numbers", "labels" (any of
            them a row: columns of 0 and 1, lists of labels, text as "red;round") or "counts".
        scale_inputs: whether inputs are scaled (tables: each column to mean 0 and deviation 1;
            pictures: all pixels together; data frames: each column by its kind), fitted on the
            training rows and saved with the network.
        columns: kinds of columns of a data frame, as ``{"zip": "category"}``: ``docs/tables.md``.
        missing: what stands in for missing values in columns of a data frame, as ``{"age":
            "median"}``: mean, median, zero, most_frequent, own, or drop for leaving the rows out.
        framing: for picture files, how they became arrays; saved with the network.
        seed: of the first parameters, the shuffling and the dropout.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> net = Network(hidden=[8], seed=0)
        >>> run = net.fit(x, y, epochs=40)
        >>> net.predict(x[:2])
        array(['setosa', 'setosa'], dtype='<U10')
    """

    most_parameters: int | None = None
    """The most that it may have, looked at before any are made; None: as many as fit in memory."""

    def __init__(
        self,
        layers: Sequence[Layer] | None = None,
        *,
        hidden: Sequence[int] | int | None = None,
        activation: Any = "relu",
        loss: str | Loss | None = None,
        target: Kind | None = None,
        scale_inputs: bool = True,
        columns: Mapping[str, str] | None = None,
        missing: Mapping[str, str] | None = None,
        framing: Framing | None = None,
        seed: int = 0,
    ) -> None:
        if (layers is None) == (hidden is None):
            raise ParameterError(
                "Network takes either layers, such as [Dense(64, activation='relu'), Dense()], "
                "or hidden, such as hidden=[64]; give one of the two."
            )
        hidden = [hidden] if isinstance(hidden, int) else hidden
        if layers is None:
            layers = [*(Dense(units, activation=activation) for units in hidden or ()), Dense()]
        self._layers = tuple(Chain(tuple(layers)).layers)  # checked: layers, with different names
        self._asked_loss = None if loss is None else find_loss(loss)
        if target is not None and target not in KINDS:
            raise unknown_name("kind of target", target, KINDS)
        self._kind = target
        self._scale_inputs, self._framing = scale_inputs, framing
        self._columns = None if columns is None else dict(columns)
        self._missing = None if missing is None else dict(missing)
        self.seed = declarations(Plan)["seed"].check("Network", "seed", seed)
        self._task: Task | None = None
        self._codec: InputCodec | None = None
        self._target: TargetCodec | None = None
        self._state: State | None = None
        self._rule: Rule | None = None
        self._predictors: dict[tuple[Any, ...], Predictor] = {}
        self.provenance: dict[str, Any] = {}

    # --- learning

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int | None = None,
        batch: int | None = None,
        rule: Rule | str | None = None,
        validation: float | tuple[Any, ...] | None = None,
        early_stopping: EarlyStopping | int | None = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | str | None = None,
        metrics: Sequence[str | Metric] | None = None,
        shuffle: bool = True,
        engine: str | Executor = "auto",
        precision: Precision | None = None,
        threads: int | None = None,
        progress: bool | None = None,
        on_event: Callable[[Event], None] | None = None,
        health: Any = None,
    ) -> Run:
        """Learn from samples; a fitted network goes on from where it is.

        Parameters:
            x, y: samples by row, and what is hoped for; no y for rules that need none (``Oja()``).
                x may be a data frame (pandas, Polars, PyArrow), and y the name of a column of it.
            epochs: how often each sample is seen; by default from the number of samples.
            batch: samples a step; 32 by default, 64 from 5,000 samples on, 512 from 100,000 on.
            rule: how to learn: ``Backprop(Adam(1e-3))``, ``Perceptron()``, ...; an optimizer's name
                is short for ``Backprop`` with it. By default the rule of the last ``fit``, at first
                ``Backprop(Adam(Cosine(0.005)))`` with a penalty that suits the samples.
            validation: a share of the rows to hold out (of each class), (x, y), or (x, y, weight).
            early_stopping: stop when the validation loss no longer falls, and go back to the best
                epoch; a number is the patience in epochs.
            sample_weight, class_weight: how much each sample counts; see ``docs/training.md``.
            metrics: names or ``Metric``; accuracy, or mae and r2, by default.
            engine, precision, threads: what computes, how exactly, and with how many threads at
                most; by default what the machine allows.
            progress: a progress bar on stderr; by default when that is a terminal.
            on_event: called with each event of the training loop.
            health: True, or a ``pellucid.inspect.health.Health``: look at the layers now and then
                while learning; ``run.health()`` tells what it found.
        Returns: a ``Run`` with the history. Ctrl-C ends the run and keeps what was learned.
        Raises: ``DataError``, ``ShapeError``, ``ParameterError`` before anything is changed.
        """
        run = made_ready(
            self, x, y, epochs=epochs, batch=batch, rule=rule, validation=validation,
            early_stopping=early_stopping, sample_weight=sample_weight, class_weight=class_weight,
            metrics=metrics, shuffle=shuffle, engine=engine, precision=precision, threads=threads,
            progress=progress, on_event=on_event,
        )  # fmt: skip
        run.watch(health)
        run.pull(run.begin())
        return run

    def build(
        self, x: Any, y: Any = None, *,
        inputs: InputCodec | None = None, target: TargetCodec | None = None,
    ) -> Network:  # fmt: skip
        """Fix sizes, loss, scaling and first parameters from data, learn nothing; return it.

        ``inputs`` and ``target`` say how x and y are read, where x and y do not tell all of it.
        """
        x, y = given(x, y, inputs or self._codec, self._scale_inputs)
        own = NoTarget() if y is None else None
        self.__dict__.update(self._prepared(x, y, None, own, inputs, target).__dict__)
        return self

    # --- looking

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in order; once the network is built, with all sizes filled in."""
        return tuple(self._task.architecture.chain.layers) if self._task else self._layers

    @property
    def architecture(self) -> Architecture:
        """The layers fixed to the input's shape, with the layout of the parameters."""
        return self._parts()[0].architecture

    @property
    def loss(self) -> Loss:
        """What is made small."""
        return self._parts()[0].loss

    @property
    def framing(self) -> Framing | None:
        """How picture files become what it takes; None where it did not learn from such."""
        return getattr(self._codec, "framing", self._framing)

    @property
    def classes(self) -> Any:
        """What the columns of ``predict_proba`` are about; None for a network of numbers."""
        target = self._parts()[2]
        if isinstance(target, Labels):
            return np.array(target.labels)
        return target.decode(np.arange(len(target.labels))) if isinstance(target, Classes) else None

    @property
    def inputs(self) -> InputCodec:
        """How data go in; for a table, ``net.inputs.rows()`` lists its columns and their kinds."""
        return self._parts()[1]

    @property
    def parameters(self) -> dict[str, Array]:
        """Named views into the one flat parameter vector: ``net.parameters["dense_1.weight"]``."""
        return self.architecture.learned.views(self._reached().carried["params"])

    @property
    def steps_taken(self) -> int:
        """How many training steps led to these parameters."""
        return self._reached().step

    def with_parameters(self, parameters: Mapping[str, Any]) -> Network:
        """A copy in which some parameters have other values, by name.

        Raises: ``UnknownNameError`` (nearest name suggested), ``ShapeError`` naming every misfit.
        """
        other = self.copy()
        fill(other.architecture.learned, other.parameters, parameters)
        return other

    def copy(self) -> Network:
        """An independent network with the same numbers."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)  # not by the way of pickles, which is a longer one
        if self._state is not None:
            carried = {name: array.copy() for name, array in self._state.carried.items()}
            reached = self._state
            other._state = State(carried, reached.step, reached.epoch, begun=reached.begun)
        other.provenance = copy.deepcopy(self.provenance)
        other._predictors = {}
        return other

    def graph(
        self, *, step: bool = False, rule: Rule | str | None = None, batch: int = 32
    ) -> Graph:
        """The computational graph: the prediction, or with ``step`` a whole training step.

        The step graph holds the forward pass, the loss, the backward pass and the weight update, of
        the given rule, the last ``fit``'s, or ``Backprop()``.
        """
        task = self._parts()[0]
        if not step:
            return predict_graph(task.architecture, task.loss)
        size = declarations(Plan)["batch"].check("graph", "batch", batch)
        return step_graph(task, as_rule(rule or self._rule or Backprop()), size)

    def summary(self) -> Any:
        """Layers, shapes, parameters and memory; text when printed, a table in a notebook."""
        from pellucid.models.summary import Summary

        return Summary.of(self)

    def find_rate(self, x: Any, y: Any, *, rule: Rule | str | None = None, **options: Any) -> Any:
        """Try rising learning rates on a copy and suggest one; this network is left as it is."""
        from pellucid.models.rates import find_rate

        return find_rate(self, x, y, rule=rule, **options)

    def __repr__(self) -> str:
        inside = ", ".join(repr(layer) for layer in self.layers)
        return f"Network([{inside}], seed={self.seed})"

    def _repr_html_(self) -> str:
        return self._shown() if self._task else f"<pre>{self!r}</pre>"

    # --- keeping

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one safetensors file: layers, numbers, scaling, labels, provenance."""
        from pellucid.models.saving import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Network:
        """Read a network that ``save`` wrote; nothing in the file is ever run."""
        from pellucid.models.saving import load

        return load(path)

    __getstate__, __setstate__, __deepcopy__ = state_of, restore, independent

    # --- inside

    def _parts(self) -> tuple[Task, InputCodec, TargetCodec]:
        if self._task is None or self._codec is None or self._target is None:
            raise ParameterError(
                "This network has no sizes or parameters yet: they come from data. "
                "Call fit(x, y), or build(x, y) to look at it before it learns."
            )
        return self._task, self._codec, self._target

    def _reached(self) -> State:
        self._parts()
        assert self._state is not None
        return self._state

    def _vectors(self) -> tuple[Array, Array]:
        carried = self._reached().carried
        return carried["params"], carried["state"]

    def _prepared(
        self, x: Any, y: Any, metrics: Sequence[str | Metric] | None, own: Loss | None = None,
        codec: InputCodec | None = None, target: TargetCodec | None = None,
    ) -> Network:  # fmt: skip
        """A copy that has sizes, codecs, task and first parameters; self is not touched.

        ``own`` is the loss of a rule that needs no targets.
        """
        other = self.copy()
        if self._task is not None:
            task, codec, target = self._parts()
            codec.encode(x[:1])
            other._task = make_task(task.architecture, own or task.loss, target, metrics)
            return other
        codec = codec or input_codec(
            x, self._framing, self._scale_inputs, self._columns, self._missing
        )
        target = target or target_codec(y, self._asked_loss, self._layers, self._kind)
        task = first_task(self._layers, codec, target, own or self._asked_loss, metrics)
        check_parameters(task.architecture, self.most_parameters)
        state = State(start(task, Backprop(), self.seed))
        other._task, other._codec, other._target, other._state = task, codec, target, state
        return other
