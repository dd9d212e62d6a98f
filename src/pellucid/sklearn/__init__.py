"""Pellucid's networks and local rules as scikit-learn estimators.

They are thin: each makes a ``Network``, fits it, and shows it as ``network_``. What they add is
what scikit-learn's pipelines, searches and metrics expect of an estimator.
"""

from pellucid.sklearn.clusters import AutoencoderClusters, CompetitiveClusters, SelfOrganisingMap
from pellucid.sklearn.hebbian import HebbianPCA
from pellucid.sklearn.networks import NetworkClassifier, NetworkRegressor
from pellucid.sklearn.perceptron import PerceptronClassifier

__all__ = [
    "AutoencoderClusters",
    "CompetitiveClusters",
    "HebbianPCA",
    "NetworkClassifier",
    "NetworkRegressor",
    "PerceptronClassifier",
    "SelfOrganisingMap",
]
