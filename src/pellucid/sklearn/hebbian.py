"""Sanger's Hebbian rule as a transformer: principal components, learned row by row."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from pellucid.data.codec import Standardize
from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.learn.local.hebb import Sanger
from pellucid.learn.schedules import Constant, Cosine, Schedule
from pellucid.models.network import Network
from pellucid.models.run import default_batch
from pellucid.nn.dense import Dense
from pellucid.sklearn.checks import checked_inputs, seed_of
from pellucid.sklearn.verbose import shown

RATE = Hyper("how far a step goes, in 1 / (mean of |x - mean|^2)", float, above=0)
COMPONENTS = Hyper("how many components are learned", int, low=1)
BATCH = Hyper("the rows a step", int, low=1)
FIRST_RATE, STEADY_RATE = 0.5, 0.1  # falling within a fit; at every call of partial_fit
STEPS, MOST_EPOCHS = 5_000, 1_000
ASKEW = 0.1  # how far from orthonormal the components may be before a fit says so


class HebbianPCA(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """The first principal components by Sanger's rule: one layer, no error sent back.

    Unit j of one linear layer learns what the units before it have left of the input; it ends at
    the j-th principal component. Components stand in falling order of their variance, with their
    largest entry positive, like those of scikit-learn's ``PCA``, which they approach with more
    epochs.

    Formula: w_j <- w_j + rate mean over the batch of y_j (x - sum over k <= j of y_k w_k), with x
        centred and y = W^T x; transform(X) = (X - mean_) components_^T.
    Parameters:
        n_components: how many; None: as many as X has columns, or rows where these are fewer.
        rate: the first learning rate, in 1 / (mean of |x - mean|^2), so that it does not depend on
            the units of X; 0.5 by default, falling to 0 along a cosine. In ``partial_fit`` it
            stays, and is 0.1 by default.
        epochs: how often each row is seen; by default as many as make 5,000 steps, 1,000 at most. A
            component with the share s of the whole variance needs some 10 / (rate s) steps.
        batch: rows a step; 32 by default, 64 from 5,000 rows on, 512 from 100,000 on.
        random_state: the seed of the first weights and of the order.
        verbose: whether its course is shown on stderr: a bar in a terminal, else a line an epoch.
        engine, precision, threads: what computes, as in ``Network.fit``.

    Attributes:
        components_: (n_components, features), nearly of length 1 and orthogonal.
        mean_: of each column.
        explained_variance_, explained_variance_ratio_: of the rows along each component, and its
            share of the whole; of the latest rows after ``partial_fit``.
        network_: the ``Network``; ``network_.predict(X)`` is ``transform(X)`` up to rounding.
        history_, loss_curve_: rows of the history, and the mean square of what is left over.
        n_components_, n_iter_, n_features_in_, feature_names_in_: as in scikit-learn.

    Example:
        >>> import numpy as np
        >>> from pellucid.sklearn import HebbianPCA
        >>> x = np.random.default_rng(0).normal(size=(500, 2)) * [3.0, 1.0]
        >>> HebbianPCA(1, random_state=0).fit(x).components_.round(1) + 0.0
        array([[1., 0.]])

    Source: T. Sanger, 1989, doi:10.1016/0893-6080(89)90044-0, eq. 4.
    """

    def __init__(
        self, n_components: int | None = None, *, rate: float | None = None,
        epochs: int | None = None, batch: int | None = None, random_state: Any = None,
        verbose: bool = False, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        self.n_components = n_components
        self.rate = rate
        self.epochs = epochs
        self.batch = batch
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> HebbianPCA:
        """Learn the components of the rows of X; y is there for pipelines, and not looked at."""
        x = checked_inputs(self, X, reset=True, least=2)
        self._start(x)
        steps = -(-len(x) // self._batch(x))
        usual = max(1, min(MOST_EPOCHS, round(STEPS / steps)))
        self._learn(
            x, Cosine(self._rate(FIRST_RATE)), usual if self.epochs is None else self.epochs
        )
        self._check_learned()
        return self

    def partial_fit(self, X: Any, y: Any = None) -> HebbianPCA:
        """See these rows once more; the first call fixes the mean."""
        known = hasattr(self, "network_")
        x = checked_inputs(self, X, reset=not known, least=1 if known else 2)
        if not known:
            self._start(x)
        self._learn(x, Constant(self._rate(STEADY_RATE)), 1)
        return self

    def transform(self, X: Any) -> Array:
        """The rows along the components: (n, n_components)."""
        check_is_fitted(self, "network_")
        x = checked_inputs(self, X, reset=False)
        return np.asarray((x - self.mean_.astype(x.dtype)) @ self.components_.T.astype(x.dtype))

    def inverse_transform(self, X: Any) -> Array:
        """Rows made of what ``transform`` gave, in the units of the first X."""
        from sklearn.utils import check_array

        check_is_fitted(self, "network_")
        z = check_array(X)
        if z.shape[1] != self.n_components_:
            raise DataError(
                f"inverse_transform expects {self.n_components_} columns, one a component, got "
                f"{z.shape[1]}. Give what transform returned."
            )
        return np.asarray(z @ self.components_ + self.mean_)

    # --- inside

    def _start(self, x: Array) -> None:
        count, features = x.shape
        most = min(count, features)
        units = most if self.n_components is None else self.n_components
        units = COMPONENTS.check("HebbianPCA", "n_components", units)
        if units > features:
            raise ParameterError(
                f"HebbianPCA expects n_components of at most n_features={features}, got {units}. "
                "Use fewer components."
            )
        self.mean_ = x.mean(axis=0, dtype=np.float64)
        self._spread = float(np.square(x - self.mean_).sum(axis=1).mean())
        if self._spread == 0:
            raise DataError(
                f"X has {count} equal rows; expected rows that differ, since components are the "
                "directions in which they do."
            )
        net = Network([Dense(units, bias=False)], seed=seed_of(self.random_state))
        centring = Standardize(self.mean_, np.ones(features))
        self.network_ = net.build(x, inputs=centring)
        self.history_: list[dict[str, Any]] = []
        self.n_components_ = self._n_features_out = units

    def _rate(self, usual: float) -> float:
        rate = usual if self.rate is None else RATE.check("HebbianPCA", "rate", self.rate)
        return float(rate) / self._spread

    def _batch(self, x: Array) -> int:
        if self.batch is None:
            return default_batch(len(x))
        return int(min(BATCH.check("HebbianPCA", "batch", self.batch), len(x)))

    def _learn(self, x: Array, pace: Schedule, epochs: int | None) -> None:
        run = self.network_.fit(
            x, rule=Sanger(pace), epochs=epochs, batch=self._batch(x), engine=self.engine,
            precision=self.precision, threads=self.threads, **shown(self.verbose),
        )  # fmt: skip
        self.history_ += run.history.rows
        self.n_iter_ = len(self.history_)
        self.loss_curve_ = [row["loss"] for row in self.history_]
        self._note(x)

    def _note(self, x: Array) -> None:
        (weight,) = self.network_.parameters.values()
        largest = weight[np.argmax(np.abs(weight), axis=0), np.arange(weight.shape[1])]
        weight *= np.where(largest < 0, -1.0, 1.0).astype(weight.dtype)
        self.components_ = weight.T.astype(np.float64)
        free = max(len(x) - 1, 1)
        along = (x - self.mean_) @ self.components_.T
        self.explained_variance_ = np.square(along - along.mean(axis=0)).sum(axis=0) / free
        whole = np.square(x - x.mean(axis=0)).sum() / free
        self.explained_variance_ratio_ = self.explained_variance_ / (whole or 1.0)

    def _check_learned(self) -> None:
        from sklearn.exceptions import ConvergenceWarning

        off = np.abs(np.triu(self.components_ @ self.components_.T - np.eye(self.n_components_)))
        askew = np.flatnonzero(off.max(axis=0) > ASKEW)  # beside those before, or of another length
        if askew.size:
            warnings.warn(
                f"HebbianPCA has not learned all {self.n_components_} components: number "
                f"{askew[0] + 1} is not of length 1 and orthogonal to those before it (off by "
                f"{off[:, askew[0]].max():.2g}). Use fewer components, more epochs, or columns of "
                "like spread (StandardScaler).",
                ConvergenceWarning, stacklevel=3,
            )  # fmt: skip

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"preserves_dtype": [np.float64, np.float32]}
