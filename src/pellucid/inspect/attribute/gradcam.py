"""Grad-CAM: where a convolutional layer saw what speaks for a class."""

from __future__ import annotations

import numpy as np

from pellucid.errors import ParameterError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.found import Found
from pellucid.inspect.attribute.graphs import ACTIVATION, PULL, SCORE, score_graph
from pellucid.models.network import Network
from pellucid.nn.dropout import Dropout
from pellucid.nn.pool import AvgPool2D, MaxPool2D

POOLS = (AvgPool2D, MaxPool2D, Dropout)


def grad_cam(asking: Asking, *, layer: str | None = None, negative: bool = False) -> Found:
    """A map of where the channels lie that the score rises with.

    Formula: with A the layer's channels and w_k the mean over places of dF/dA_k: the map is
        max(sum over k of w_k A_k, 0), brought to the picture's size between its places' middles,
        each place's number shared out over the pixels that it stands for.
    It shows where, not how much: it is not made to add up, and does not know of a baseline.
    Parameters:
        layer: by default the last that gives channels of rows and columns and is no pooling.
        negative: whether what speaks against is kept, too.
    Raises: ``ParameterError`` for a network without such a layer; ``UnknownNameError``.
    Source: R. Selvaraju et al., 2017, doi:10.1109/ICCV.2017.74.
    """
    question = asking.question
    name = _layer(question.network, layer)
    if question.picture is None:
        raise _none()
    program = asking.compiled(score_graph(question.network, question.output, name))
    found = asking.run(program, {"x": question.start}, SCORE, ACTIVATION, PULL)
    weights = found[PULL].mean(axis=(2, 3), keepdims=True)
    seen = (weights * found[ACTIVATION]).sum(axis=1)[0]
    kept = seen if negative else np.maximum(seen, 0.0)
    whole = enlarged(kept, question.picture) * (kept.size / np.prod(question.picture))
    channels = question.elements // whole.size
    spread = np.tile(whole.reshape(-1), channels) / channels
    size = f"{kept.shape[0]} x {kept.shape[1]}"
    return Found(spread, notes=(f"the {size} places of {name}, brought to the picture's size",))


def enlarged(values: Array, size: tuple[int, int]) -> Array:
    """A map brought to another size, evenly between the middles of its places.

    Example:
        >>> enlarged(np.array([[0.0, 4.0]]), (1, 4)).tolist()
        [[0.0, 1.0, 3.0, 4.0]]
    """
    for axis, length in enumerate(size):
        own = values.shape[axis]
        at = (np.arange(length) + 0.5) * own / length - 0.5
        between = np.stack([np.interp(at, np.arange(own), unit) for unit in np.eye(own)])
        values = np.moveaxis(np.tensordot(values, between, axes=([axis], [0])), -1, axis)
    return np.asarray(values)


def _layer(network: Network, asked: str | None) -> str:
    """The name of the layer that is looked at."""
    shape, fitting, last = network.architecture.in_shape, [], None
    for name, layer in network.architecture.layers:
        shape = layer.output_shape(shape)
        if len(shape) == 3:
            fitting.append(name)
            last = last if isinstance(layer, POOLS) else name
    if asked is not None and asked not in fitting:
        raise unknown_name("layer with channels of rows and columns", asked, fitting)
    if last is None:
        raise _none()
    return asked or last


def _none() -> ParameterError:
    return ParameterError(
        "grad_cam needs pictures and a layer that gives channels of rows and columns, such as "
        "Conv2D, and this network has none. Use method='integrated_gradients'."
    )
