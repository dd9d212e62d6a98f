"""Networks as a classifier and as a regressor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from pellucid.data.codec import TargetCodec
from pellucid.errors import ParameterError
from pellucid.graph.primitive import Array
from pellucid.models.answers import answered
from pellucid.models.kinds import is_classifier
from pellucid.nn.losses import Loss, SquaredError
from pellucid.nn.losses import loss as find_loss
from pellucid.sklearn.checks import checked_pair
from pellucid.sklearn.estimator import NetworkEstimator
from pellucid.sklearn.targets import Kind, OneOf, gives_chances, kind_of, linked
from pellucid.sklearn.weights import class_weights


def _has_chances(estimator: NetworkClassifier) -> bool:
    return estimator.loss is None or gives_chances(find_loss(estimator.loss))


class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A neural network that tells classes apart, as a scikit-learn estimator.

    The names of its parameters are Pellucid's own (``hidden``, ``activation``, ``epochs``, ...), so
    that what one reads of ``Network`` holds here, and nobody takes it for ``MLPClassifier``, whose
    ``alpha``, ``max_iter`` or ``tol`` mean other things. Those that many estimators share are
    scikit-learn's: ``class_weight``, ``validation_fraction``, ``warm_start``, ``random_state``,
    ``verbose``.

    Equal rows are learned from as one row with their weights together, in an order that the rows
    alone decide: so a row of weight 2 is the row given twice, a row of weight 0 is none, and a fit
    does not depend on the order of the rows, all to the bit. (Not with ``shuffle=False``.)

    Parameters:
        hidden: units of each hidden layer: (64,) by default; () for none.
        activation: of all hidden layers, or a list with one for each: a name, an
            ``ActivationFunction`` such as ``leaky_relu(0.1)``, or a function of a graph value.
        dropout: the share of numbers left out after each hidden layer, or a list.
        batch_norm: whether sums are normalised before each activation, or a list.
        layers: in place of these four: layers in order, the last a ``Dense()`` without units.
        loss: a name, a ``Loss``, or a function of output and target; softmax cross-entropy by
            default, sigmoid cross-entropy for several labels a row.
        rule: an optimizer's name or an ``Optimizer``, or a whole rule such as
            ``Backprop(Adam(), clip_norm=1.0)``; Adam by default.
        rate: the learning rate, a number or a ``Schedule``; by default Adam's falls from 0.005 to 0
            along a cosine in ``fit`` and stays at 0.001 in ``partial_fit``, where nobody knows how
            much will come; another optimizer has its own.
        l1, l2: penalties on weights, not biases, as in ``Backprop``. By default l2 suits the
            rows in ``fit``, as in ``Network.fit`` (``docs/training.md``), and is 0 in
            ``partial_fit``.
        epochs: how often each row is seen in ``fit``; by default as in ``Network.fit``.
        batch: rows a step, or all there are; 32 by default, 64 from 5,000 rows on,
            512 from 100,000 on.
        shuffle: whether each epoch has an order of its own.
        class_weight: a dictionary, or "balanced": the same total for each class.
        validation_fraction: a share of the rows to hold out and watch (of each class).
        early_stopping: stop when the validation loss no longer falls, and go back to the best
            epoch: patience in epochs, or ``EarlyStopping(...)``. A tenth of the rows is held out
            where neither ``validation_fraction`` nor ``X_val`` says otherwise.
        scale_inputs: whether columns are brought to mean 0 and deviation 1, inside the network.
        warm_start: whether ``fit`` goes on with the network of the last fit.
        random_state: the seed of first weights, order, dropout and held-out rows.
        verbose: whether its course is shown on stderr: a bar in a terminal, else a line an epoch.
        engine, precision, threads: what computes, how exactly, and with how many threads at most.

    Attributes:
        network_: the ``Network``, with the labels of y: save, explain, export it.
        history_: a dictionary an epoch: loss, metrics, val_...; ``loss_curve_`` and
            ``validation_curve_`` are two of its columns.
        n_iter_, best_epoch_: epochs seen, and the one that early stopping went back to.
        classes_: the labels, sorted; the numbers of the columns for several labels a row; a list
            for several columns of classes.
        n_outputs_, n_features_in_, feature_names_in_: as in scikit-learn.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from pellucid.sklearn import NetworkClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> net = NetworkClassifier((16, 8), activation=["leaky_relu", "tanh"], random_state=0)
        >>> bool(net.fit(X, y).score(X, y) > 0.95)
        True
    """

    def __init__(
        self, hidden: Any = (64,), *, activation: Any = "relu", dropout: Any = 0.0,
        batch_norm: Any = False, layers: Any = None, loss: Any = None, rule: Any = None,
        rate: Any = None, l1: float = 0.0, l2: float | None = None, epochs: int | None = None,
        batch: int | None = None, shuffle: bool = True,
        class_weight: Mapping[Any, float] | str | None = None,
        validation_fraction: float | None = None, early_stopping: Any = None,
        scale_inputs: bool = True, warm_start: bool = False, random_state: Any = None,
        verbose: bool = False, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            hidden, activation=activation, dropout=dropout, batch_norm=batch_norm, layers=layers,
            loss=loss, rule=rule, rate=rate, l1=l1, l2=l2, epochs=epochs, batch=batch,
            shuffle=shuffle, validation_fraction=validation_fraction,
            early_stopping=early_stopping, scale_inputs=scale_inputs, warm_start=warm_start,
            random_state=random_state, verbose=verbose, engine=engine, precision=precision,
            threads=threads,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> NetworkClassifier:  # fmt: skip
        """Learn from rows; with ``warm_start`` go on from the last fit.

        Parameters:
            X, y: rows of numbers (an array, a data frame, a sparse matrix), and their labels.
            sample_weight: how much each row counts: weight 2 is the row given twice.
            X_val, y_val, sample_weight_val: rows to watch in place of a ``validation_fraction``.
        """
        x, labels = self._told_first(X, y, None, again=self.warm_start)
        self._fit(x, self._kind.numbers(labels), sample_weight, (X_val, y_val, sample_weight_val))
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> NetworkClassifier:
        """See these rows once more; the first call fixes sizes, scaling and classes.

        Parameters:
            classes: all classes that will come; needed at the first call if y does not hold them.
        """
        x, labels = self._told_first(X, y, classes, again=True)
        self._partial_fit(x, self._kind.numbers(labels), sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The label of each row; a row of labels for several."""
        outputs = self._outputs(X)
        return self._kind.labels(outputs, self.network_.loss)

    def decision_function(self, X: Any) -> Any:
        """The raw outputs: for two classes by how much the second is ahead, else one a class."""
        outputs = self._outputs(X)
        return self._kind.scores(outputs, self.network_.loss)

    @available_if(_has_chances)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """The chance of each class, in the order of ``classes_``; of each label, for several."""
        outputs = self._outputs(X)
        return self._kind.chances(outputs, self.network_.loss)

    @available_if(_has_chances)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of ``predict_proba``."""
        chances = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return (
                [np.log(each) for each in chances] if isinstance(chances, list) else np.log(chances)
            )

    # --- inside

    def _told_first(self, x: Any, y: Any, classes: Any, *, again: bool) -> tuple[Array, Any]:
        """X and y; the kind of y and the classes are found out, unless they are known."""
        again = again and hasattr(self, "network_")
        x, y = checked_pair(self, x, y, reset=not again, numeric=False)
        if not again:
            self._kind: Kind = kind_of(y, classes)
            self.classes_ = self._kind.classes
            self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        elif classes is not None and not _same(classes, self.classes_):
            raise ParameterError(
                f"partial_fit was given classes={classes!r:.60}, and began with "
                f"{self.classes_!r:.60}. Leave classes out."
            )
        return x, y

    def _told(self, x: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
        x, y = checked_pair(self, x, y, reset=reset, numeric=False)
        return x, self._kind.numbers(y)

    def _loss(self) -> Loss:
        return self._kind.loss(None if self.loss is None else find_loss(self.loss))

    def _codec(self) -> TargetCodec | None:
        return self._kind.codec

    def _taught(self, numbers: Array) -> Array:
        return self._kind.taught(numbers)

    def _counts(self, numbers: Array, weight: Array) -> Array:
        return class_weights(self.class_weight, self._kind, numbers, weight)

    def _stratify(self, numbers: Array) -> bool:
        return isinstance(self._kind, OneOf)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of the estimator."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> Mapping[str, Any]:
        return {"multioutput": True, "multilabel": True, "requires_y": True}


class NetworkRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A neural network that predicts numbers, as a scikit-learn estimator.

    Parameters and attributes are those of ``NetworkClassifier``, without ``class_weight`` and
    ``classes_``. ``loss`` is "squared_error" by default; "absolute_error" (MAE), "huber",
    "poisson" for counts, or a function of output and target. Inside, each column of y has mean 0
    and deviation 1 unless the loss says otherwise, so ``Huber(delta)`` and the loss curve are in
    deviations of y, and the metrics of ``history_`` in units of y.

    Example:
        >>> import numpy as np
        >>> from pellucid.sklearn import NetworkRegressor
        >>> X = np.linspace(-1, 1, 50)[:, None]
        >>> net = NetworkRegressor(loss="absolute_error", random_state=0).fit(X, 3 * X[:, 0] ** 2)
        >>> bool(abs(net.predict([[0.5]])[0] - 0.75) < 0.1)
        True
    """

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *,
        X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None,
    ) -> NetworkRegressor:  # fmt: skip
        """Learn from rows; with ``warm_start`` go on from the last fit.

        Parameters:
            X, y: rows of numbers (an array, a data frame, a sparse matrix), and a number or several
                for each.
            sample_weight: how much each row counts: weight 2 is the row given twice.
            X_val, y_val, sample_weight_val: rows to watch in place of a ``validation_fraction``.
        """
        again = self.warm_start and hasattr(self, "network_")
        x, numbers = self._told(X, y, reset=not again)
        self._fit(x, numbers, sample_weight, (X_val, y_val, sample_weight_val))
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkRegressor:
        """See these rows once more; the first call fixes sizes and scaling."""
        x, numbers = self._told(X, y, reset=not hasattr(self, "network_"))
        self._partial_fit(x, numbers, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The number for each row, or a row of numbers where y had several columns."""
        outputs = self._outputs(X)
        target = self.network_._parts()[2]
        loss = self.network_.loss
        return target.decode(answered(linked(outputs, loss), loss, target))

    # --- inside

    def _told(self, x: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
        x, y = checked_pair(self, x, y, reset=reset, numeric=True)
        if reset:
            self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        return x, y.astype(np.float64)

    def _loss(self) -> Loss:
        asked = SquaredError() if self.loss is None else find_loss(self.loss)
        if is_classifier(asked):
            raise ParameterError(
                f"NetworkRegressor expects a loss for numbers, such as 'squared_error', got "
                f"{asked.kind}. Use NetworkClassifier for classes."
            )
        return asked

    def _codec(self) -> TargetCodec | None:
        return None

    def _taught(self, numbers: Array) -> Array:
        return numbers


def _same(given: Any, known: Any) -> bool:
    if isinstance(known, list):
        return len(given) == len(known) and all(map(_same, given, known))
    return np.array_equal(np.unique(np.asarray(given)), known)
