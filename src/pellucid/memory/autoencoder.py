"""Clusters of codes: a network learns to say each sample in few numbers, k-means divides those."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from pellucid.data.codec import InputCodec, Keep, Numbers, fit_inputs
from pellucid.errors import DataError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.hyper import Hyper
from pellucid.learn.rule import Rule
from pellucid.memory.parameters import Parameters
from pellucid.memory.units import given_rows
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.nn.dense import Dense
from pellucid.nn.layer import Layer
from pellucid.nn.losses import SquaredError
from pellucid.run.choose import executor

CLUSTERS = Hyper("how many clusters there are", int, low=1)
CODE = Hyper("how many numbers stand for a sample", int, low=1)
SIZE = Hyper("the units of a hidden layer", int, low=1)
STARTS = Hyper("how often k-means starts anew", int, low=1)


class Autoencoder(Parameters):
    """A network that learns to give back its input through a narrow layer, and clusters of codes.

    The loss is the mean squared error of what comes back, in standard deviations of the columns.
    The clusters are those of scikit-learn's k-means on the codes.

    Parameters:
        clusters: how many.
        code: the units of the narrow layer.
        hidden: size or sizes of the layers before it; after it they come in the other order. ():
            none; then what is learned is the plane of the first principal components.
        activation: of these layers; the narrow one and the last are linear.
        rule, epochs, batch: how to learn, as in ``Network.fit``.
        starts: how often k-means starts anew; the best is taken.
        scale_inputs: whether columns are brought to mean 0 and deviation 1.
        seed: of the first parameters, the order, and k-means.
        engine, precision, threads: what computes, as in ``Network.fit``.

    Attributes:
        network: the whole ``Network``; ``encoder`` is its first half.
        centres: of the clusters, among the codes: (clusters, code).
        run: what the last fit did.

    Example:
        >>> from pellucid import data
        >>> from pellucid.memory import Autoencoder
        >>> x, y = data.load("iris")
        >>> model = Autoencoder(3, hidden=(), epochs=20, engine="reference").fit(x)
        >>> model.transform(x).shape, sorted(set(model.predict(x).tolist()))
        ((150, 2), [0, 1, 2])

    Source: G. Hinton, R. Salakhutdinov, 2006, doi:10.1126/science.1127647.
    """

    def __init__(
        self, clusters: int = 8, *, code: int = 2, hidden: Sequence[int] | int = (32,),
        activation: Any = "tanh", rule: Rule | str | None = None, epochs: int | None = None,
        batch: int | None = None, starts: int = 10, scale_inputs: bool = True, seed: int = 0,
        engine: Any = "auto", precision: Any = None, threads: int | None = None,
    ) -> None:  # fmt: skip
        self.clusters = clusters
        self.code = code
        self.hidden = hidden
        self.activation = activation
        self.rule = rule
        self.epochs = epochs
        self.batch = batch
        self.starts = starts
        self.scale_inputs = scale_inputs
        self.seed = seed
        self.engine = engine
        self.precision = precision
        self.threads = threads

    def fit(self, x: Any, y: Any = None) -> Self:
        """Learn to give back the samples, and divide their codes; y is not looked at.

        Raises: ``DataError`` for fewer samples than clusters.
        """
        count = CLUSTERS.check("Autoencoder", "clusters", self.clusters)
        starts = STARTS.check("Autoencoder", "starts", self.starts)
        rows = given_rows(x)
        if len(rows) < count:
            raise DataError(
                f"Autoencoder expects at least as many samples as the {count} clusters, got "
                f"{len(rows)}. Use fewer clusters, or give more rows."
            )
        network = self._built(rows)
        hoped = network.inputs.encode(rows, np.float64)
        own = isinstance(self.engine, str)
        run = network.fit(
            rows, hoped, rule=self.rule, epochs=self.epochs, batch=self.batch, metrics=[],
            engine=self.engine, precision=self.precision if own else None, threads=self.threads,
            progress=False,
        )  # fmt: skip
        halves = self._halves(network)
        codes = self._answer(halves[0], rows)
        self._keep(network, halves, self._divided(codes, count, starts))
        self.run: Run = run
        return self

    def transform(self, x: Any) -> Array:
        """The code of each sample: (n, code)."""
        self._fitted()
        return self._answer(self.encoder, given_rows(x))

    def inverse_transform(self, codes: Any) -> Array:
        """The samples that codes stand for, in the units of x."""
        self._fitted()
        found = self._answer(self.decoder, given_rows(codes))
        return np.asarray(self.network.inputs.decode(found))

    def reconstruct(self, x: Any) -> Array:
        """What comes back of each sample, in the units of x."""
        return self.inverse_transform(self.transform(x))

    def predict(self, x: Any) -> Array:
        """The cluster of each sample, counted from 0: that of the nearest centre of codes."""
        codes = self.transform(x)
        apart = ((codes[:, None] - self.centres[None]) ** 2).sum(axis=2)
        return np.asarray(apart.argmin(axis=1))

    def score(self, x: Any, y: Any = None) -> float:
        """Minus the mean squared error of what comes back, in the scale the network sees."""
        self._fitted()
        rows = given_rows(x)
        wanted = self.network.inputs.encode(rows, np.float64)
        return -float(np.square(self._answer(self.network, rows) - wanted).mean())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one safetensors file: the network, the centres and the settings."""
        from pellucid.memory.saving import save

        save(self, path)

    # --- inside

    def _fitted(self) -> None:
        if not hasattr(self, "centres"):
            raise self._unfitted()

    def _layers(self, features: int) -> tuple[list[Layer], list[Layer]]:
        """The layers up to the code, and those after it."""
        code = CODE.check("Autoencoder", "code", self.code)
        hidden = [self.hidden] if isinstance(self.hidden, int) else self.hidden
        sizes = [SIZE.check("Autoencoder", "hidden", size) for size in hidden]
        into: list[Layer] = [
            Dense(size, activation=self.activation, name=f"encode_{k}")
            for k, size in enumerate(sizes, 1)
        ]
        out: list[Layer] = [
            Dense(size, activation=self.activation, name=f"decode_{k}")
            for k, size in enumerate(reversed(sizes), 1)
        ]
        return [*into, Dense(code, name="code")], [*out, Dense(features, name="output")]

    def _built(self, x: Array) -> Network:
        codec = fit_inputs(x, "auto" if self.scale_inputs else "none")
        if len(codec.sample_shape) != 1:
            raise ParameterError(
                f"Autoencoder expects rows of features, got x with rows of shape "
                f"{list(codec.row_shape)}. Use x.reshape(len(x), -1)."
            )
        into, out = self._layers(codec.sample_shape[0])
        network = Network(
            [*into, *out], loss=SquaredError(), scale_inputs=self.scale_inputs, seed=self.seed
        )
        encoded = codec.encode(x, np.float64)
        return network.build(x, encoded, inputs=codec, target=as_it_is(codec.sample_shape[0]))

    def _halves(self, network: Network) -> tuple[Network, Network]:
        """The two halves as networks of their own."""
        features = network.architecture.in_shape[0]
        into, out = self._layers(features)
        row = np.zeros((1, *network.inputs.row_shape))
        encoder = Network(into, scale_inputs=self.scale_inputs).build(row, inputs=network.inputs)
        code = np.zeros((1, self.code))
        decoder = Network(out, loss=SquaredError(), scale_inputs=False).build(
            code, np.zeros((1, features)), inputs=_plain(code), target=as_it_is(features)
        )
        parts = network.parameters
        into_code, out_of_code = (
            half.with_parameters({name: parts[name] for name in half.parameters})
            for half in (encoder, decoder)
        )
        return into_code, out_of_code

    def _keep(self, network: Network, halves: tuple[Network, Network], centres: Array) -> None:
        self.network, self.centres = network, centres
        self.encoder, self.decoder = halves

    def _answer(self, network: Network, rows: Array) -> Array:
        chosen = self.engine
        if isinstance(chosen, str):
            chosen = executor(chosen, self.precision, self.threads)
        found = network.predict(rows, engine=chosen)
        return np.asarray(found, np.float64)

    def _divided(self, codes: Array, count: int, starts: int) -> Array:
        from sklearn.cluster import KMeans

        found = KMeans(count, n_init=starts, random_state=self.seed % 2**32).fit(codes)
        return np.asarray(found.cluster_centers_, np.float64)


def as_it_is(columns: int) -> Numbers:
    """Targets of so many columns that are compared as they are."""
    return Numbers(np.zeros(columns), np.ones(columns), flat=False)


def _plain(codes: Array) -> InputCodec:
    return Keep.fit(codes)
