"""Which of a network's outputs is explained: of which class, label or target, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pellucid.data.codec import Classes, Counts, Labels, Numbers
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import BATCH, Value
from pellucid.models.answers import check_chances
from pellucid.models.network import Network
from pellucid.nn.losses import Loss, Quantiles
from pellucid.ops import reshape, slice


@dataclass(frozen=True)
class Output:
    """One number that a network gives for a row.

    Formula: factor * output[place] + offset, of the raw output, or of what the loss's link makes
        of it.

    Attributes:
        name: in words, such as "the score of class 'setosa'".
        label: the class, label, target or level; None where there is one output only.
        place: its place among the outputs.
        linked: whether it is taken after the link: a chance, or a number as it is predicted.
    """

    name: str
    label: Any
    place: int
    linked: bool = False
    factor: float = 1.0
    offset: float = 0.0

    def of(self, output: Value, loss: Loss) -> Value:
        """Add its nodes to the graph of the raw output.

        Shapes: (batch, ...) -> (batch,).
        """
        value = loss.link(output) if self.linked else output
        count = prod(dim for dim in value.shape[1:] if isinstance(dim, int))
        flat = reshape(value, (BATCH, count))
        one = reshape(slice(flat, 1, self.place, self.place + 1), (BATCH,))
        if self.factor != 1.0:
            one = one * self.factor
        return one + self.offset if self.offset != 0.0 else one


def chosen_output(network: Network, x: Any, output: Any, probability: bool) -> Output:
    """The output that is asked for; by default the predicted class's, or the only number's.

    Parameters:
        x: the row, for the class that is predicted.
        output: a class or label as it was given, the name or place of a target, a quantile's level.
        probability: whether the chance of a class is meant, in place of its score.
    Raises: ``UnknownNameError`` for an output that there is not; ``ParameterError`` for a chance of
        a network that gives none, and where several numbers are given and none is chosen.
    """
    task, _, target = network._parts()
    if isinstance(target, Classes | Labels):
        if probability:
            check_chances(task.loss, target, "attribute(probability=True)")
        return _of_label(network, x, output, probability)
    if probability:
        raise ParameterError(
            "probability=True explains the chance of a class, and this network gives numbers. "
            "Leave it out."
        )
    count = prod(task.architecture.out_shape)
    if isinstance(task.loss, Quantiles):
        return _of_level(task.loss, target, output)
    if isinstance(target, Numbers | Counts):
        place, name = _of_target(_target_names(network, count), output)
        factor, offset = float(target.scale[place]), float(target.mean[place])
        words = "the predicted number" if count == 1 else f"the predicted {name}"
        return Output(words, name, place, True, factor, offset)
    place, name = _of_target([*map(str, range(count))], output)
    return Output(f"output {name}", name, place, True)


def _of_label(network: Network, x: Any, output: Any, probability: bool) -> Output:
    target = network._parts()[2]
    assert isinstance(target, Classes | Labels)
    labels: Sequence[Any] = target.labels
    if output is None:
        place = _likeliest(network, x, target)
    else:
        place = _place_of(output, labels, "class" if isinstance(target, Classes) else "label")
    what = "chance" if probability else "score"
    noun = "class" if isinstance(target, Classes) else "label"
    name = f"the {what} of {noun} {labels[place]!r}"
    if isinstance(target, Labels) or prod(network.architecture.out_shape) > 1:
        return Output(name, labels[place], place, probability)
    if place == 1:
        return Output(name, labels[1], 0, probability)
    return Output(name, labels[0], 0, probability, -1.0, 1.0 if probability else 0.0)


def _likeliest(network: Network, x: Any, target: Classes | Labels) -> int:
    """The place of the class that is predicted, or of the label with the largest chance."""
    if isinstance(target, Labels):
        return int(np.argmax(network.predict_proba(x, engine="reference")[0]))
    return int(target.encode(network.predict(x, engine="reference"))[0])


def _place_of(output: Any, labels: Sequence[Any], noun: str) -> int:
    wanted = output.item() if isinstance(output, np.generic) else output
    for place, label in enumerate(labels):
        if label == wanted and isinstance(label, bool) == isinstance(wanted, bool):
            return place
    raise unknown_name(noun, wanted, map(str, labels))


def _target_names(network: Network, count: int) -> list[str]:
    """What the targets are called, as far as the network knows; else their places."""
    told = network.provenance.get("data")
    names = told.get("targets") if isinstance(told, dict) else None
    known = isinstance(names, list) and len(names) == count
    return [*map(str, names)] if isinstance(names, list) and known else [*map(str, range(count))]


def _of_target(names: list[str], output: Any) -> tuple[int, str]:
    if output is None and len(names) == 1:
        return 0, names[0]
    if output is None:
        raise ParameterError(
            f"This network gives {len(names)} numbers a row, and one at a time is explained. Give "
            f"output, one of: {', '.join(names)}."
        )
    place = output if type(output) is int else None
    if place is None and str(output) in names:
        place = names.index(str(output))
    if place is None or not 0 <= place < len(names):
        raise unknown_name("output", output, names)
    return place, names[place]


def _of_level(loss: Quantiles, target: Any, output: Any) -> Output:
    levels = [float(level) for level in loss.levels]
    if output is not None and output not in levels:
        raise unknown_name("quantile", output, [f"{level:g}" for level in levels])
    place = loss.middle if output is None else levels.index(output)
    factor, offset = float(target.scale[0]), float(target.mean[0])
    return Output(
        f"the predicted quantile {levels[place]:g}", levels[place], place, True, factor, offset
    )
