"""Optimizers by name."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.errors import ParameterError, unknown_name
from pellucid.learn.minimizer import Minimizer
from pellucid.learn.optimizers.base import Optimizer
from pellucid.learn.optimizers.lbfgs import LBFGS
from pellucid.learn.optimizers.sgd import SGD


def optimizer(choice: str | Optimizer | Minimizer) -> Optimizer | Minimizer:
    """An optimizer by name with its defaults, or the one given.

    ``momentum`` and ``nesterov`` are short for ``SGD(momentum=0.9)`` without and with the look
    ahead.
    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for anything else.

    Example:
        >>> optimizer("nesterov").momentum
        0.9
    """
    if isinstance(choice, Optimizer | Minimizer):
        return choice
    if isinstance(choice, str):
        known = names()
        if choice.lower() not in known:
            raise unknown_name("optimizer", choice, known)
        return known[choice.lower()]()
    raise ParameterError(f"An optimizer is a name or an Optimizer such as Adam(), got {choice!r}.")


def names() -> dict[str, Callable[[], Optimizer | Minimizer]]:
    """How each optimizer is made from its name alone, also those of the user's own."""
    return {
        **Optimizer.classes,
        "lbfgs": LBFGS,
        "momentum": lambda: SGD(momentum=0.9),
        "nesterov": lambda: SGD(momentum=0.9, nesterov=True),
    }
