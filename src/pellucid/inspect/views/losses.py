"""The loss of a network on rows, and its gradient by layers' outputs and by parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError
from pellucid.graph import Builder, Graph, gradients
from pellucid.graph.primitive import Array
from pellucid.inspect.views.layers import walked
from pellucid.learn.step import Task
from pellucid.learn.unsupervised import NoTarget, Reconstruction
from pellucid.models.network import Network
from pellucid.models.prepare import check_labelled, encode_target, encoded, given
from pellucid.ops import mean

LOSS, BY = "loss", "gradient by "


def encoded_rows(net: Network, x: Any, y: Any) -> dict[str, Array]:
    """Rows and targets as the graph of the loss reads them, in float64."""
    task, codec, target = net._parts()
    check_labelled(y, target)
    rows, y = given(x, y, codec)
    z = encoded(rows, codec, task, "float64")
    found = {"x": np.asarray(z[0 : len(z)])}
    if y is not None:
        found["y"] = encode_target(y, target, task)
    return found


def loss_graph(task: Task, *, layers: bool = False, params: bool = False) -> Graph:
    """The graph of the mean loss of rows, as the network answers (without dropout).

    Parameters:
        layers: whether with the gradient by what each layer gives.
        params: whether with the gradient by each parameter.
    Raises: ``DataError`` for a network that learns without a target.
    """
    if isinstance(task.loss, NoTarget | Reconstruction):
        raise DataError(
            "This network learned without targets, so it has no loss to follow backwards."
        )
    builder = Builder()
    given_by, learned, _ = walked(builder, task.architecture)
    output = list(given_by.values())[-1]
    wanted = task.loss.target_type(task.architecture.out_shape)
    target = builder.input("y", wanted.shape, wanted.dtype)
    with builder.context(role="loss", scope="loss"):
        loss = mean(task.loss.per_sample(output, target), (0,))
    by = (given_by if layers else {}) | (learned if params else {})
    parts = gradients(loss, list(by.values()))
    named = {f"{BY}{name}": part for name, part in zip(by, parts, strict=True)}
    return builder.build(**{LOSS: loss}, **{k: v for k, v in given_by.items() if layers}, **named)
