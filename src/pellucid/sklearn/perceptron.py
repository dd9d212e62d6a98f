"""The perceptron rule as a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.learn.local.perceptron import Perceptron
from pellucid.learn.plan import EarlyStopping
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.nn.dense import Dense
from pellucid.nn.init import zeros
from pellucid.nn.losses import SquaredError
from pellucid.sklearn.checks import checked_inputs, checked_pair, checked_weight, seed_of
from pellucid.sklearn.rows import Rows
from pellucid.sklearn.targets import OneOf, kind_of
from pellucid.sklearn.verbose import shown
from pellucid.sklearn.weights import class_weights


class PerceptronClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Rosenblatt's perceptron: a line between classes, moved by each mistake and by nothing else.

    Two classes have one unit, more have one each; the unit with the largest weighted sum wins.
    After each epoch the mistakes on all rows are counted, and the best epoch's weights are kept
    (the pocket algorithm), so that it ends well also where no line divides the classes.

    Parameters:
        rate: the learning rate. Weights start at 0, so it scales them and changes no answer.
        epochs: how often each row is seen at most.
        patience: epochs without fewer mistakes before it stops; None: all epochs.
        shuffle: whether each epoch has an order of its own.
        class_weight: a dictionary, or "balanced"; how far a mistake moves the line.
        scale_inputs: whether columns are brought to mean 0 and deviation 1.
        random_state: the seed of the order.
        verbose: whether its course is shown on stderr: a bar in a terminal, else a line an epoch.
        engine, precision, threads: what computes, as in ``Network.fit``.

    Attributes:
        network_: the ``Network``. Its ``predict`` has the units' steps alone: where one of three or
            more classes is asked for and two units fire it takes the first, the estimator the
            larger.
        coef_, intercept_: weights and biases in units of X, (units, features) and (units,).
        classes_, n_features_in_, feature_names_in_: as everywhere in scikit-learn.
        history_, loss_curve_: rows of the history, and the share of wrong units at each epoch.
        n_iter_, best_epoch_: epochs seen, and the one whose weights were kept.

    Example:
        >>> from pellucid.sklearn import PerceptronClassifier
        >>> gate = PerceptronClassifier(scale_inputs=False, random_state=0)
        >>> gate.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]).predict([[1, 1], [1, 0]])
        array([1, 0])

    Source: F. Rosenblatt, 1958, doi:10.1037/h0042519; the pocket: S. Gallant, 1990,
        doi:10.1109/72.80230, here after each epoch.
    """

    def __init__(
        self, rate: float = 1.0, *, epochs: int = 200, patience: int | None = 20,
        shuffle: bool = True, class_weight: Mapping[Any, float] | str | None = None,
        scale_inputs: bool = True, random_state: Any = None, verbose: bool = False,
        engine: Any = "auto", precision: Any = None, threads: int | None = None,
    ) -> None:  # fmt: skip
        self.rate = rate
        self.epochs = epochs
        self.patience = patience
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.scale_inputs = scale_inputs
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> PerceptronClassifier:
        """Learn from rows and their labels; equal rows count as one with their weights together."""
        self.__dict__.pop("network_", None)
        x, numbers = self._told(X, y, None)
        rows = Rows(x, numbers, checked_weight(sample_weight, x))
        rows = rows.merged() if self.shuffle else rows.counted()
        stopping = EarlyStopping(self.epochs if self.patience is None else self.patience)
        watched = (rows.x, self._kind.taught(rows.y), rows.weight)
        self._learn(rows, self.epochs, watched, stopping)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> PerceptronClassifier:
        """See these rows once more; the first call fixes scaling and classes.

        Parameters:
            classes: all classes that will come; needed at the first call if y does not hold them.
        """
        x, numbers = self._told(X, y, classes)
        self._learn(Rows(x, numbers, checked_weight(sample_weight, x)).counted(), 1, None, None)
        return self

    def decision_function(self, X: Any) -> Array:
        """The weighted sums: (n,) for two classes, else (n, classes)."""
        check_is_fitted(self, "network_")
        z = checked_inputs(self, X, reset=False) @ self.coef_.T + self.intercept_
        return np.asarray(z[:, 0] if z.shape[1] == 1 else z)

    def predict(self, X: Any) -> Array:
        """The label of each row."""
        z = self.decision_function(X)
        return np.asarray(self.classes_[np.argmax(z, 1) if z.ndim == 2 else (z >= 0).astype(int)])

    # --- inside

    def _told(self, x: Any, y: Any, classes: Any) -> tuple[Array, Array]:
        known = hasattr(self, "network_")
        x, y = checked_pair(self, x, y, reset=not known, numeric=False)
        if not known:
            kind = kind_of(y, classes)
            if not isinstance(kind, OneOf):
                raise ParameterError(
                    f"PerceptronClassifier expects one class a row, got y of shape {list(y.shape)}."
                    " Use NetworkClassifier for several labels."
                )
            self._kind, self.classes_ = kind, kind.classes
        return x, self._kind.numbers(y)

    def _learn(self, rows: Rows, epochs: int, watched: Any, stopping: Any) -> None:
        if not hasattr(self, "network_"):
            units = 1 if len(self.classes_) == 2 else len(self.classes_)
            layer = Dense(units, activation="step", weight_init=zeros())
            seed = seed_of(self.random_state)
            net = Network([layer], loss=SquaredError(), scale_inputs=self.scale_inputs, seed=seed)
            taught = self._kind.taught(rows.y)
            self.network_ = net.build(rows.x, taught, target=self._kind.codec)
            self.history_: list[dict[str, Any]] = []
        run = self.network_.fit(
            rows.x, self._kind.taught(rows.y), rule=Perceptron(self.rate, log=False),
            epochs=epochs, validation=watched, early_stopping=stopping,
            sample_weight=class_weights(self.class_weight, self._kind, rows.y, rows.weight),
            shuffle=self.shuffle, engine=self.engine, precision=self.precision,
            threads=self.threads, **shown(self.verbose),
        )  # fmt: skip
        self._note(run)

    def _note(self, run: Run) -> None:
        self.history_ += run.history.rows
        self.n_iter_ = len(self.history_)
        self.loss_curve_ = [row.get("val_loss", row["loss"]) for row in self.history_]
        self.best_epoch_ = run.history.ended.best_epoch if run.history.ended else None
        # z = W (x - mean) / scale + b, in units of x.
        learned, codec = self.network_.parameters, self.network_._parts()[1]
        weight, bias = (np.asarray(array, np.float64) for array in learned.values())
        features = len(weight)
        origin = codec.encode(np.zeros((1, features)), np.float64)[0]
        slope = codec.encode(np.ones((1, features)), np.float64)[0] - origin
        self.coef_ = (weight * slope[:, None]).T
        self.intercept_ = origin @ weight + bias

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
