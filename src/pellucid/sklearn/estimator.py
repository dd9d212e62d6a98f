"""What the estimators of networks share: parameters, and the way from X and y to a network."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from pellucid.data.codec import TargetCodec
from pellucid.data.split import split_rows
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper, declarations
from pellucid.learn.plan import Plan
from pellucid.learn.rule import Rule
from pellucid.learn.score import rows_a_batch
from pellucid.models.network import Network
from pellucid.models.penalty import suited
from pellucid.models.run import Run, default_batch
from pellucid.nn.compose import checked
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.losses import Loss
from pellucid.run.choose import executor
from pellucid.sklearn.checks import checked_inputs, checked_weight, seed_of
from pellucid.sklearn.rows import Rows
from pellucid.sklearn.settings import hidden_layers, learning_rule
from pellucid.sklearn.verbose import shown

SHAPED_BY = ("hidden", "dropout", "batch_norm", "scale_inputs")
BATCH = declarations(Plan)["batch"]
SHARE = Hyper("the share of the rows to hold out", float, above=0, below=1)
HELD_OUT = 0.1  # where early stopping has to watch something, and nothing else was said


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]
    """A network as an estimator; ``NetworkClassifier`` and ``NetworkRegressor`` say what y is."""

    def __init__(
        self, hidden: Any = (64,), *, activation: Any = "relu", dropout: Any = 0.0,
        batch_norm: Any = False, layers: Any = None, loss: Any = None, rule: Any = None,
        rate: Any = None, l1: float = 0.0, l2: float | None = None, epochs: int | None = None,
        batch: int | None = None, shuffle: bool = True, validation_fraction: float | None = None,
        early_stopping: Any = None, scale_inputs: bool = True, warm_start: bool = False,
        random_state: Any = None, verbose: bool = False, engine: Any = "auto",
        precision: Any = None, threads: int | None = None,
    ) -> None:  # fmt: skip
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.layers = layers
        self.loss = loss
        self.rule = rule
        self.rate = rate
        self.l1 = l1
        self.l2 = l2
        self.epochs = epochs
        self.batch = batch
        self.shuffle = shuffle
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.scale_inputs = scale_inputs
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine
        self.precision = precision
        self.threads = threads

    # --- what a kind of estimator says

    @abstractmethod
    def _loss(self) -> Loss:
        """The loss, once the kind of y is known."""

    @abstractmethod
    def _codec(self) -> TargetCodec | None:
        """How the network reads y; None: as its loss asks."""

    @abstractmethod
    def _taught(self, numbers: Array) -> Array:
        """What the network is given as y, of y as numbers."""

    @abstractmethod
    def _told(self, x: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
        """X and y as arrays of numbers."""

    def _counts(self, numbers: Array, weight: Array) -> Array:
        """How much each row counts beyond its weight."""
        return weight

    def _stratify(self, numbers: Array) -> bool:
        """Whether rows are held out class by class."""
        return False

    # --- learning

    def _fit(self, x: Array, y: Array, weight: Any, watched: tuple[Any, Any, Any]) -> None:
        self._forget()
        rows = Rows(x, y, checked_weight(weight, x))
        rows = rows.merged() if self.shuffle else rows.counted()
        held_out = self._given(*watched)
        share = self._share(held_out is not None)
        seed = seed_of(self.random_state)
        if share is not None:
            stratify = self._stratify(rows.y)
            keep, out = split_rows(
                rows.y if stratify else len(rows), share, seed=seed, stratify=stratify
            )
            rows, held_out = rows.take(keep), rows.take(out)
        rule = learning_rule(self.rule, self.rate, self.l1, self.l2, len(rows))
        suits = self.l2 is None and not isinstance(self.rule, Rule)
        self._learn(rows, held_out, rule, self.epochs, seed, suits)

    def _partial_fit(self, x: Array, y: Array, weight: Any) -> None:
        rows = Rows(x, y, checked_weight(weight, x)).counted()
        rule = learning_rule(self.rule, self.rate, self.l1, self.l2, None)
        seed = 0 if hasattr(self, "network_") else seed_of(self.random_state)
        self._learn(rows, None, rule, 1, seed)

    def _learn(
        self, rows: Rows, held_out: Rows | None, rule: Rule, epochs: int | None, seed: int,
        suits: bool = False,
    ) -> None:  # fmt: skip
        if hasattr(self, "network_"):
            self._check_same_shape()
        else:
            self.network_ = self._network(rows, seed)
            self._shaped_by = {name: getattr(self, name) for name in SHAPED_BY}
            self.history_: list[dict[str, Any]] = []
        if suits:
            rule = suited(rule, self.network_, rows.x, self._taught(rows.y))
        weight = self._counts(rows.y, rows.weight)
        validation = None
        if held_out is not None:
            validation = held_out.x, self._taught(held_out.y), held_out.weight
        run = self.network_.fit(
            rows.x, self._taught(rows.y), epochs=epochs, batch=self._batch(rule, len(rows)),
            rule=rule, validation=validation, early_stopping=self._patience(held_out),
            sample_weight=weight, shuffle=self.shuffle, engine=self.engine,
            precision=self.precision, threads=self.threads, **shown(self.verbose),
        )  # fmt: skip
        self._note(run)

    def _network(self, rows: Rows, seed: int) -> Network:
        layers: list[Layer]
        if self.layers is None:
            layers = hidden_layers(self.hidden, self.activation, self.dropout, self.batch_norm)
            layers.append(Dense())
        else:
            self._check_layers_alone()
            layers = list(checked(self.layers))
        net = Network(layers, loss=self._loss(), scale_inputs=self.scale_inputs, seed=seed)
        return net.build(rows.x, self._taught(rows.y), target=self._codec())

    def _note(self, run: Run) -> None:
        self.history_ += run.history.rows
        self.n_iter_ = len(self.history_)
        self.loss_curve_ = [row["loss"] for row in self.history_]
        self.validation_curve_ = [row.get("val_loss") for row in self.history_]
        self.best_epoch_ = run.history.ended.best_epoch if run.history.ended else None

    def _forget(self) -> None:
        if not self.warm_start:
            for name in ("network_", "history_"):
                self.__dict__.pop(name, None)

    # --- settings

    def _batch(self, rule: Rule, count: int) -> Any:
        if rule.minimizer is not None:
            return self.batch  # the network refuses one, and says why
        if self.batch is None:
            return rule.batch or default_batch(count)
        return min(BATCH.check(type(self).__name__, "batch", self.batch), count)

    def _patience(self, held_out: Rows | None) -> Any:
        return None if held_out is None or self.early_stopping is False else self.early_stopping

    def _share(self, given: bool) -> float | None:
        """The share of the rows to hold out."""
        if given:
            if self.validation_fraction is not None:
                raise ParameterError(
                    f"fit was given X_val, and validation_fraction={self.validation_fraction!r} "
                    "would hold out other rows to watch. Leave one of the two out."
                )
            return None
        if self.validation_fraction is None and self.early_stopping:
            return HELD_OUT
        if self.validation_fraction is None:
            return None
        owner = type(self).__name__
        return float(SHARE.check(owner, "validation_fraction", self.validation_fraction))

    def _given(self, x: Any, y: Any, weight: Any) -> Rows | None:
        """The rows to watch that ``fit`` was given."""
        if x is None and y is None:
            if weight is not None:
                raise ParameterError(
                    "fit was given sample_weight_val, and no rows that it belongs to. Give X_val "
                    "and y_val as well."
                )
            return None
        if x is None or y is None:
            one, other = ("X_val", "y_val") if y is None else ("y_val", "X_val")
            raise ParameterError(f"fit was given {one}, and no {other}. Give both, or neither.")
        x, y = self._told(x, y, reset=False)
        return Rows(x, y, checked_weight(weight, x)).counted()

    def _check_same_shape(self) -> None:
        changed = [name for name, old in self._shaped_by.items() if getattr(self, name) != old]
        if changed:
            raise ParameterError(
                f"{', '.join(changed)} changed since this network was made, and to go on with it "
                "cannot change that. Use warm_start=False and fit, or clone the estimator."
            )

    def _check_layers_alone(self) -> None:
        defaults = inspect.signature(type(self).__init__).parameters
        shown = ("hidden", "activation", "dropout", "batch_norm")
        beside = [name for name in shown if getattr(self, name) != defaults[name].default]
        if beside:
            raise ParameterError(
                f"layers says all about the network, got {', '.join(beside)} beside it. Leave "
                "layers or the others out."
            )

    # --- predicting

    def _outputs(self, x: Any) -> Array:
        """The raw outputs for rows of X, in float64."""
        check_is_fitted(self, "network_")
        x = checked_inputs(self, x, reset=False)
        chosen = executor(self.engine, None, self.threads)
        return raw_outputs(self.network_, x, chosen)

    # --- tags, in the form of scikit-learn 1.6, and of those before

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.target_tags.required = True
        return tags

    def _more_tags(self) -> Mapping[str, Any]:
        return {"multioutput": True, "requires_y": True}


def raw_outputs(net: Network, x: Array, chosen: Any) -> Array:
    """What the last layer gives, before the loss makes a prediction of it."""
    task, codec, _ = net._parts()
    program = chosen.compile(net.graph(), ["output"])
    carried = net._reached().carried
    fixed = {"params": carried["params"], "state": carried["state"]}
    kind = np.int64 if task.architecture.in_dtype == "int" else np.dtype(chosen.precision)
    z = codec.encode(x, dtype=kind)
    size = rows_a_batch(z)
    found = [
        program.run({"x": z[at : at + size], **fixed})["output"] for at in range(0, len(z), size)
    ]
    return np.concatenate(found).astype(np.float64)
