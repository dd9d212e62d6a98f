"""What the weights alone say of the inputs: three measures, and none of them asks the data.

All are of the encoded inputs, the numbers that the first dense layer reads; ``grouped`` adds up
those of a column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.graph.primitive import Array
from pellucid.models.network import Network
from pellucid.nn.activate import Activation
from pellucid.nn.affine import RandomAffine
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.embed_columns import EmbedColumns
from pellucid.nn.jitter import ColorJitter, CutOut
from pellucid.nn.shape import Flatten

PASSING = Activation | ColorJitter | CutOut | Dropout | Flatten | RandomAffine
"""Layers that leave each number at its place when the network answers."""


def dense_weights(network: Network) -> tuple[Array, ...] | None:
    """The weights of a network of dense layers, from input to output; None for any other network.

    Shapes: one array (inputs, units) a layer, in float64.
    """
    found = []
    for name, layer in network.architecture.layers:
        if isinstance(layer, Dense):
            found.append(np.asarray(network.parameters[f"{name}.weight"], float))
        elif not isinstance(layer, PASSING):
            return None  # an embedding among them: its places are no numbers to weigh
    return tuple(found) or None


def first_weights(network: Network) -> Array | None:
    """How large the weights of each encoded input are; None where the first layer is not dense.

    Formula: s_i = sum over units j of |W_ij|. Of a column that is embedded: the sum over its units.
    Shapes: one number an encoded input.
    """
    embedded: EmbedColumns | None = None
    for name, layer in network.architecture.layers:
        if isinstance(layer, EmbedColumns):
            embedded = layer
        elif isinstance(layer, Dense):
            sizes = np.abs(np.asarray(network.parameters[f"{name}.weight"], float)).sum(axis=1)
            return sizes if embedded is None else _joined(sizes, embedded.units)
        elif not isinstance(layer, PASSING):
            return None
    return None


def _joined(sizes: Array, units: Sequence[int]) -> Array:
    """The last sizes, those of embeddings' units, added up to one a column."""
    plain = len(sizes) - sum(units)
    starts = plain + np.cumsum([0, *units[:-1]])
    return np.concatenate([sizes[:plain], np.add.reduceat(sizes, starts)])


def garson(weights: Sequence[Array]) -> Array:
    """The share of each input in the sizes of the weights on all ways to the outputs.

    Formula: backwards from r_k = 1 / outputs: r_i = sum over j of |W_ij| / (sum over i' of |W_i'j|)
        r_j, layer by layer. They add up to 1. With one hidden layer and one output these are
        Garson's.
    Source: G. Garson, Interpreting Neural-Network Connection Weights, AI Expert 6(4), 1991.

    Example:
        >>> garson([np.array([[3.0], [-1.0]]), np.array([[2.0]])]).tolist()
        [0.75, 0.25]
    """
    shares = np.full(weights[-1].shape[1], 1 / weights[-1].shape[1])
    for layer in reversed(weights):
        sizes = np.abs(layer)
        totals = sizes.sum(axis=0)
        shares = sizes @ (shares / np.where(totals > 0, totals, 1.0))
    return np.asarray(shares)


def olden(weights: Sequence[Array]) -> Array:
    """The products of the weights along all ways from each input to the outputs, signs kept.

    Formula: P = W_1 W_2 ... W_L; with one output its column; with several, where only differences
        count, the root mean square over outputs of P less its mean over them (which has no sign).
    Source: J. Olden, M. Joy, R. Death, An accurate comparison of methods for quantifying variable
        importance in artificial neural networks, Ecological Modelling 178, 2004,
        doi:10.1016/j.ecolmodel.2004.03.013.

    Example:
        >>> olden([np.array([[3.0], [-1.0]]), np.array([[2.0]])]).tolist()
        [6.0, -2.0]
    """
    product = weights[0]
    for layer in weights[1:]:
        product = product @ layer
    if product.shape[1] == 1:
        return np.asarray(product[:, 0])
    apart = product - product.mean(axis=1, keepdims=True)
    return np.asarray(np.sqrt((apart**2).mean(axis=1)))


def grouped(values: Array, places: Sequence[Sequence[int]]) -> Array:
    """The values of each column's numbers, added up.

    Example:
        >>> grouped(np.array([1.0, 2.0, 4.0]), [[0], [1, 2]]).tolist()
        [1.0, 6.0]
    """
    return np.array([float(values[list(own)].sum()) for own in places])
