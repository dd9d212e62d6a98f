"""Layers and losses as plain JSON values, and back: records of closed lists.

A record names a class and gives its hyper-parameters; layers, activations and initialisers within
it are records as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.nn.activations import ActivationFunction, Custom
from pellucid.nn.custom import Written
from pellucid.nn.init import Initializer
from pellucid.nn.layer import Layer
from pellucid.nn.losses import CustomLoss, Loss
from pellucid.records import Family, Records


def _own_activation(entries: dict[str, Any]) -> dict[str, Any]:
    return entries | {"written": Written.from_record(entries["written"], ("z",))}


def _own_loss(entries: dict[str, Any]) -> dict[str, Any]:
    return entries | {"written": Written.from_record(entries["written"], ("output", "target"))}


FAMILIES = (
    Family("layer", Layer, Layer.classes),
    Family("activation", ActivationFunction, ActivationFunction.classes, {Custom: _own_activation}),
    Family("initializer", Initializer, Initializer.classes),
    Family("loss", Loss, Loss.classes, {CustomLoss: _own_loss}),
)
RECORDS = Records(FAMILIES, plain=Written)


def layer_to_record(layer: Layer) -> dict[str, Any]:
    """A layer as JSON values: its class and all its hyper-parameters.

    Raises: ``ParameterError`` for a function of one's own that no network has used yet.

    Example:
        >>> from pellucid.nn import Dropout
        >>> layer_to_record(Dropout(0.2))
        {'layer': 'Dropout', 'name': None, 'rate': 0.2}
    """
    record: dict[str, Any] = RECORDS.encode(layer, "a layer")
    return record


def layer_from_record(record: Mapping[str, Any]) -> Layer:
    """Read back what ``layer_to_record`` wrote.

    Raises: ``UnknownNameError`` for a class that is not in the list, with the nearest suggested;
        ``ParameterError`` saying which fields are missing, unknown or of a wrong value.
    """
    layer = RECORDS.decode(record, "layer")
    assert isinstance(layer, Layer)
    return layer


def loss_to_record(loss: Loss) -> dict[str, Any]:
    """A loss as JSON values.

    Example:
        >>> from pellucid.nn import Huber
        >>> loss_to_record(Huber(2.0))
        {'loss': 'huber', 'delta': 2.0}
    """
    record: dict[str, Any] = RECORDS.encode(loss, "a loss")
    return record


def loss_from_record(record: Mapping[str, Any]) -> Loss:
    """Read back what ``loss_to_record`` wrote; raises as ``layer_from_record``."""
    loss = RECORDS.decode(record, "loss")
    assert isinstance(loss, Loss)
    return loss
