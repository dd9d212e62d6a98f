"""From an estimator's parameters to the layers and the rule of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pellucid.errors import ParameterError
from pellucid.learn.backprop import Backprop
from pellucid.learn.minimizer import Minimizer
from pellucid.learn.optimizers import Adam, Optimizer, optimizer
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import Cosine
from pellucid.models.run import FIRST_RATE, MOST_PENALTY
from pellucid.nn.activate import Activation
from pellucid.nn.activations import activation, default_init
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.layer import Layer
from pellucid.nn.norm import BatchNorm

STEADY_RATE = 1e-3  # where a call sees a part of the data, and does not know how many will follow


def hidden_layers(hidden: Any, functions: Any, dropout: Any, batch_norm: Any) -> list[Layer]:
    """Dense layers, each with its activation, batch normalisation before it and dropout after it.

    Raises: ``ParameterError`` for a sequence of another length than ``hidden``.
    """
    sizes = _several(hidden)
    layers: list[Layer] = []
    settings = zip(
        sizes,
        _each("activation", functions, len(sizes)),
        _each("dropout", dropout, len(sizes)),
        _each("batch_norm", batch_norm, len(sizes)),
        strict=True,
    )
    for units, function, share, normed in settings:
        if normed:
            start = default_init(activation(function))
            layers.append(Dense(units, bias=False, weight_init=start))  # BatchNorm has the shift
            layers += [BatchNorm(), Activation(function)]
        else:
            layers.append(Dense(units, activation=function))
        if share:
            layers.append(Dropout(share))
    return layers


def _several(hidden: Any) -> list[Any]:
    try:
        return list(hidden)
    except TypeError:  # a single number, or something that Dense will refuse
        return [hidden]


def _each(name: str, value: Any, count: int) -> list[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [value] * count
    if len(value) != count:
        raise ParameterError(
            f"{name} expects one value for all hidden layers, or one for each of the {count}, got "
            f"{len(value)}: {value!r:.60}."
        )
    return list(value)


def learning_rule(
    rule: Any, rate: Any, l1: float, l2: float | None, count: int | None
) -> Rule:  # fmt: skip
    """The rule that an estimator's parameters ask for.

    ``count`` is the number of rows, None where more will come in later calls.
    Raises: ``ParameterError`` for rate, l1 or l2 beside a whole rule, which has its own.
    """
    if isinstance(rule, Rule):
        if rate is not None or l1 or l2 is not None:
            raise ParameterError(
                f"rule={rule!r:.60} has its own rate and penalties, got rate={rate!r}, l1={l1!r}, "
                f"l2={l2!r} beside it. Set them in the rule, or give an optimizer's name as rule."
            )
        return rule
    if l2 is None:
        l2 = 0.0 if count is None else min(2.0 / count, MOST_PENALTY)
    return Backprop(_paced(rule, rate, count), l1=l1, l2=l2)


def _paced(choice: Any, rate: Any, count: int | None) -> Optimizer | Minimizer:
    if choice is None:
        chosen: Optimizer | Minimizer = Adam(STEADY_RATE if count is None else Cosine(FIRST_RATE))
    else:
        chosen = optimizer(choice)
    if rate is None:
        return chosen
    if isinstance(chosen, Minimizer):
        raise ParameterError(
            f"{type(chosen).__name__} finds the length of its steps itself, got rate={rate!r}. "
            "Leave rate out."
        )
    return replace(chosen, rate=rate)
