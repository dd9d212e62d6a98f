"""Clusters and maps as scikit-learn estimators: thin ones over ``pellucid.memory``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from pellucid.graph.primitive import Array
from pellucid.memory.autoencoder import Autoencoder
from pellucid.memory.competitive import CompetitiveLayer
from pellucid.memory.som import KohonenMap
from pellucid.sklearn.checks import checked_inputs, seed_of


class _OverMemory(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """What the three share: X is checked in scikit-learn's way, ``model_`` does the work."""

    def predict(self, X: Any) -> Array:
        """The number of each row's cluster, or unit, counted from 0."""
        check_is_fitted(self, "model_")
        return np.asarray(self.model_.predict(checked_inputs(self, X, reset=False)))

    def transform(self, X: Any) -> Array:
        """The rows as the model sees them, as its ``transform`` says."""
        check_is_fitted(self, "model_")
        x = checked_inputs(self, X, reset=False)
        return np.asarray(self.model_.transform(x), x.dtype)

    def score(self, X: Any, y: Any = None) -> float:
        """Minus a mean squared error, as the model's ``score`` says; y is not looked at."""
        check_is_fitted(self, "model_")
        return float(self.model_.score(checked_inputs(self, X, reset=False)))

    def _settings(self, seed: int) -> dict[str, Any]:
        """The settings that the model has under the same name."""
        given: dict[str, Any] = self.get_params(deep=False)
        given.pop("random_state")
        if "n_clusters" in given:
            given["clusters"] = given.pop("n_clusters")
        return given | {"seed": seed}

    def _learned(self, model: Any, x: Array) -> None:
        self.model_ = model
        self.network_ = model.network
        self.history_ = model.run.history.rows
        self.n_iter_ = len(self.history_)
        self.labels_ = np.asarray(model.predict(x))
        self._n_features_out = model.transform(x[:1]).shape[1]

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn may expect of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"preserves_dtype": [np.float64, np.float32]}


class CompetitiveClusters(ClusterMixin, _OverMemory):  # type: ignore[misc]
    """Clusters by competitive learning: the nearest unit takes each row, and moves towards it.

    Parameters: ``n_clusters``, ``random_state``, and those of
        ``pellucid.memory.CompetitiveLayer``.

    Attributes:
        cluster_centers_: (n_clusters, features), in the units of X.
        labels_: the cluster of each row of the last X.
        model_, network_: the ``CompetitiveLayer``, and the ``Network`` in it.
        history_: rows of the history; the loss is the mean squared distance.
        n_iter_, n_features_in_, feature_names_in_: as in scikit-learn.

    ``transform`` gives the distance of each row to each centre.

    Example:
        >>> from pellucid.sklearn import CompetitiveClusters
        >>> x = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
        >>> labels = CompetitiveClusters(2, random_state=1).fit_predict(x)
        >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
        True
    """

    def __init__(
        self, n_clusters: int = 8, *, rate: Any = 0.2, conscience: float = 0.0,
        frequency: bool = False, epochs: int | None = None, scale_inputs: bool = True,
        random_state: Any = None, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        self.n_clusters = n_clusters
        self.rate = rate
        self.conscience = conscience
        self.frequency = frequency
        self.epochs = epochs
        self.scale_inputs = scale_inputs
        self.random_state = random_state
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> CompetitiveClusters:
        """Learn centres from the rows of X; y is there for pipelines, and not looked at."""
        x = checked_inputs(self, X, reset=True)
        model = CompetitiveLayer(**self._settings(seed_of(self.random_state)))
        self._learned(model.fit(x), x)
        self.cluster_centers_ = model.centres
        return self

    def partial_fit(self, X: Any, y: Any = None) -> CompetitiveClusters:
        """See these rows once more; the first call chooses the first centres among them."""
        known = hasattr(self, "model_")
        x = checked_inputs(self, X, reset=not known)
        if not known:
            self.model_ = CompetitiveLayer(**self._settings(seed_of(self.random_state)))
        self._learned(self.model_.partial_fit(x), x)
        self.cluster_centers_ = self.model_.centres
        return self


class SelfOrganisingMap(_OverMemory):
    """A Kohonen map as a transformer: from rows to their distances to the units of the map.

    Parameters: ``random_state``, and those of ``pellucid.memory.KohonenMap``.

    Attributes:
        units_: the place of each unit, (units, features), in the units of X.
        labels_: the nearest unit of each row of the last X.
        model_, network_: the ``KohonenMap``, with U-matrix and errors, and the ``Network`` in it.
        history_: rows of the history; the loss is the mean squared distance.
        n_iter_, n_features_in_, feature_names_in_: as in scikit-learn.

    ``predict`` gives the number of the nearest unit.

    Example:
        >>> import numpy as np
        >>> from pellucid.sklearn import SelfOrganisingMap
        >>> x = np.linspace(0.0, 1.0, 60)[:, None]
        >>> line = SelfOrganisingMap(1, 4, training="batch").fit(x)
        >>> line.predict([[0.0], [0.3], [0.6], [1.0]]).tolist()
        [0, 1, 2, 3]
    """

    def __init__(
        self, rows: int = 8, columns: int = 8, *, grid: str = "rectangular",
        neighbourhood: str = "gaussian", training: str = "online", rate: Any = None,
        radius: float | None = None, last_radius: float = 0.7, fall: str = "exponential",
        start: str = "pca", epochs: int | None = None, scale_inputs: bool = True,
        random_state: Any = None, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        self.rows = rows
        self.columns = columns
        self.grid = grid
        self.neighbourhood = neighbourhood
        self.training = training
        self.rate = rate
        self.radius = radius
        self.last_radius = last_radius
        self.fall = fall
        self.start = start
        self.epochs = epochs
        self.scale_inputs = scale_inputs
        self.random_state = random_state
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> SelfOrganisingMap:
        """Lay the map out from the rows of X; y is there for pipelines, and not looked at."""
        x = checked_inputs(self, X, reset=True)
        model = KohonenMap(**self._settings(seed_of(self.random_state)))
        self._learned(model.fit(x), x)
        self.units_ = model.centres
        return self

    def partial_fit(self, X: Any, y: Any = None) -> SelfOrganisingMap:
        """See these rows once more; the first call tells where the map begins."""
        known = hasattr(self, "model_")
        x = checked_inputs(self, X, reset=not known)
        if not known:
            self.model_ = KohonenMap(**self._settings(seed_of(self.random_state)))
        self._learned(self.model_.partial_fit(x), x)
        self.units_ = self.model_.centres
        return self


class AutoencoderClusters(ClusterMixin, _OverMemory):  # type: ignore[misc]
    """Clusters of the codes of an autoencoder: scikit-learn's k-means on what a network says of X.

    Parameters: ``n_clusters``, ``random_state``, and those of ``pellucid.memory.Autoencoder``.

    Attributes:
        cluster_centers_: of the codes: (n_clusters, code).
        labels_: the cluster of each row of X.
        model_, network_: the ``Autoencoder``, and the ``Network`` in it.
        history_: rows of the history; the loss is the mean squared error of what comes back.
        n_iter_, n_features_in_, feature_names_in_: as in scikit-learn.

    ``transform`` gives the codes, and ``inverse_transform`` rows made of them.
    """

    def __init__(
        self, n_clusters: int = 8, *, code: int = 2, hidden: Sequence[int] | int = (32,),
        activation: Any = "tanh", rule: Any = None, epochs: int | None = None,
        batch: int | None = None, starts: int = 10, scale_inputs: bool = True,
        random_state: Any = None, engine: Any = "auto", precision: Any = None,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        self.n_clusters = n_clusters
        self.code = code
        self.hidden = hidden
        self.activation = activation
        self.rule = rule
        self.epochs = epochs
        self.batch = batch
        self.starts = starts
        self.scale_inputs = scale_inputs
        self.random_state = random_state
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> AutoencoderClusters:
        """Learn from the rows of X; y is there for pipelines, and not looked at."""
        x = checked_inputs(self, X, reset=True, least=2)
        model = Autoencoder(**self._settings(seed_of(self.random_state)))
        self._learned(model.fit(x), x)
        self.cluster_centers_ = model.centres
        return self

    def inverse_transform(self, X: Any) -> Array:
        """Rows made of codes, in the units of the first X."""
        from sklearn.utils import check_array

        check_is_fitted(self, "model_")
        return np.asarray(self.model_.inverse_transform(check_array(X)))
