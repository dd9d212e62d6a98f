"""Layers and losses as plain JSON values, and back.

A record names a class from a closed list and gives its hyper-parameters; layers, activations and
initialisers within it are records as well. Reading one makes objects of known classes and checks
their
values: nothing in a file is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, unknown_name
from pellucid.nn.activations import ActivationFunction, Custom
from pellucid.nn.custom import Written
from pellucid.nn.init import Initializer
from pellucid.nn.layer import Layer
from pellucid.nn.losses import CustomLoss, Loss

DEPTH = 64  # of objects and lists within each other; deeper, a file attacks the stack


@dataclass(frozen=True)
class _Family:
    """One of the closed lists: the key that names the class, the base, and the classes by name."""

    key: str
    base: type[Any]
    classes: Mapping[str, type[Any]]

    def name(self, value: Any) -> str:
        """The name of a value's class in the list."""
        known = [name for name, cls in self.classes.items() if cls is type(value)]
        if not known:
            raise ParameterError(f"{type(value).__name__} is not in the list of {self.key}s.")
        return known[0]


FAMILIES = (
    _Family("layer", Layer, Layer.classes),
    _Family("activation", ActivationFunction, ActivationFunction.classes),
    _Family("initializer", Initializer, Initializer.classes),
    _Family("loss", Loss, Loss.classes),
)


def layer_to_record(layer: Layer) -> dict[str, Any]:
    """A layer as JSON values: its class and all its hyper-parameters.

    Raises: ``ParameterError`` for a function of one's own that no network has used yet.

    Example:
        >>> from pellucid.nn import Dropout
        >>> layer_to_record(Dropout(0.2))
        {'layer': 'Dropout', 'name': None, 'rate': 0.2}
    """
    record: dict[str, Any] = _encode(layer, "a layer")
    return record


def layer_from_record(record: Mapping[str, Any]) -> Layer:
    """Read back what ``layer_to_record`` wrote.

    Raises: ``UnknownNameError`` for a class that is not in the list, with the nearest suggested;
        ``ParameterError`` saying which fields are missing, unknown or of a wrong value.
    """
    layer = _object(record, "layer")
    assert isinstance(layer, Layer)
    return layer


def loss_to_record(loss: Loss) -> dict[str, Any]:
    """A loss as JSON values.

    Example:
        >>> from pellucid.nn import Huber
        >>> loss_to_record(Huber(2.0))
        {'loss': 'huber', 'delta': 2.0}
    """
    record: dict[str, Any] = _encode(loss, "a loss")
    return record


def loss_from_record(record: Mapping[str, Any]) -> Loss:
    """Read back what ``loss_to_record`` wrote; raises as ``layer_from_record``."""
    loss = _object(record, "loss")
    assert isinstance(loss, Loss)
    return loss


def _encode(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_encode(item, where) for item in value]
    if isinstance(value, Written):
        return value.to_record()
    for family in FAMILIES:
        if isinstance(value, family.base):
            entries = {
                f.name: _encode(getattr(value, f.name), f.name) for f in _fields(type(value))
            }
            return {family.key: family.name(value), **entries}
    if isinstance(value, np.generic):
        return _encode(value.item(), where)
    raise ParameterError(f"A file cannot hold {value!r}, the value of {where}.")


def _object(record: Any, key: str, depth: int = 0) -> Any:
    """The object that a record of one family describes."""
    family = next(family for family in FAMILIES if family.key == key)
    if not isinstance(record, Mapping) or not isinstance(record.get(key), str):
        raise ParameterError(
            f"A record of a {key} is an object with the key {key!r} and a name, "
            f"got {_short(record)}."
        )
    name = record[key]
    if name not in family.classes:
        raise unknown_name(key, name, family.classes)
    cls = family.classes[name]
    entries = {field: value for field, value in record.items() if field != key}
    _check_fields(f"{key} {name}", _fields(cls), entries)
    if cls is Custom:
        return Custom(Written.from_record(entries["written"], ("z",)))
    if cls is CustomLoss:
        entries["written"] = Written.from_record(entries["written"], ("output", "target"))
    return cls(**{field: _decode(value, depth) for field, value in entries.items()})


def _decode(value: Any, depth: int) -> Any:
    if depth > DEPTH:
        raise ParameterError(f"The record is nested more than {DEPTH} deep.")
    if isinstance(value, list):
        return tuple(_decode(item, depth + 1) for item in value)
    if isinstance(value, Mapping):
        for family in FAMILIES:
            if family.key in value:
                return _object(value, family.key, depth + 1)
    return value


def _check_fields(where: str, known: list[Field[Any]], given: Mapping[str, Any]) -> None:
    names = [field.name for field in known]
    unknown = [name for name in given if name not in names]
    missing = [
        field.name
        for field in known
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING
    ]
    faults = [f"{', '.join(unknown)} unknown"] if unknown else []
    faults += [f"{', '.join(missing)} missing"] if missing else []
    if faults:
        raise ParameterError(
            f"The record of {where} has wrong fields: {'; '.join(faults)}. "
            f"Its fields are {', '.join(names) or 'none'}."
        )


def _fields(cls: type[Any]) -> list[Field[Any]]:
    return [field for field in fields(cls) if field.init]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
