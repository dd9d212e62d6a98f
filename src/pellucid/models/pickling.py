"""Pickles and copies of a network, as ``joblib``, ``copy`` and process pools ask for them.

A pickle holds the bytes of the model file, what the optimizer carries, and the rule, so that
learning goes on after it as if nothing had happened. Pickle is the protocol of the user's own
processes; a file of Pellucid's own never uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from pellucid.io.model import model_bytes, read_bytes

if TYPE_CHECKING:
    from pellucid.models.network import Network

FILED = ("params", "state")  # of the carried values: those that a model file holds


def state_of(net: Network) -> dict[str, Any]:
    """What a pickle holds of a network.

    Raises: ``ParameterError`` for a network with a part that a file cannot hold.
    """
    from pellucid.models.saving import to_file

    if net._task is None:
        return {name: value for name, value in net.__dict__.items() if name != "_predictors"}
    carried = net._reached().carried
    return {
        "model": model_bytes(to_file(net)),
        "slots": {name: array for name, array in carried.items() if name not in FILED},
        "rule": net._rule,
        "begun": net._reached().begun,
        # Named here, a class of the user's is known again where the pickle is read.
        "classes": tuple(dict.fromkeys(_own_classes((net.layers, net.loss)))),
    }


def restore(net: Network, state: dict[str, Any]) -> None:
    """Make of a new network what ``state_of`` described."""
    from pellucid.models.saving import from_file

    if "model" not in state:
        net.__dict__.update(state, _predictors={})
        return
    read = from_file(read_bytes(state["model"], "The pickled network"), "The pickled network")
    net.__dict__.update(read.__dict__, _rule=state["rule"])
    net._reached().carried.update(state["slots"])
    net._reached().begun = state["begun"]


def independent(net: Network, memo: dict[int, Any]) -> Network:
    """A deep copy: the same numbers in arrays of its own; layers are frozen, and shared."""
    return net.copy()


def _own_classes(part: Any) -> Iterator[type[Any]]:
    """The classes of layers, activations and the like that are not Pellucid's."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from _own_classes(each)
    elif is_dataclass(part) and not isinstance(part, type):
        if not type(part).__module__.startswith("pellucid."):
            yield type(part)
        for field in fields(part):
            yield from _own_classes(getattr(part, field.name))
