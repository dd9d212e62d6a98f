"""The door: a network, a row, a method; an attribution comes out."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ParameterError, unknown_name
from pellucid.inspect.attribute.asking import Asking
from pellucid.inspect.attribute.attribution import Attribution
from pellucid.inspect.attribute.found import Found
from pellucid.inspect.attribute.gradcam import grad_cam
from pellucid.inspect.attribute.integrated import integrated_gradients
from pellucid.inspect.attribute.occlusion import occlusion
from pellucid.inspect.attribute.outputs import chosen_output
from pellucid.inspect.attribute.question import Question, ask, one_row
from pellucid.inspect.attribute.rescale import deeplift
from pellucid.inspect.attribute.shapley import exact_shapley, sampled_shapley
from pellucid.inspect.attribute.slopes import gradient_x_input, smoothgrad
from pellucid.models.network import Network
from pellucid.run.choose import executor
from pellucid.run.executor import Executor
from pellucid.run.native.module import is_built

METHODS: dict[str, Callable[..., Found]] = {
    method.__name__: method
    for method in (
        gradient_x_input, integrated_gradients, smoothgrad, deeplift, occlusion, grad_cam,
        exact_shapley, sampled_shapley,
    )
}  # fmt: skip
"""The methods by name. What one can be told is in its docstring."""


def attribute(
    network: Network, x: Any, method: str = "integrated_gradients", *, output: Any = None,
    baseline: Any = "mean", probability: bool = False, names: Sequence[str] | None = None,
    engine: str | Executor | None = None, **options: Any,
) -> Attribution:  # fmt: skip
    """Share one answer out among the columns or pixels that it was made from.

    Parameters:
        x: one row, with or without the axis of rows; of a data frame one row of it, or a dictionary
            by column.
        method: a name in ``METHODS``.
        output: what is explained: a class or label as it was given, the name or place of a target,
            a quantile's level. By default the class that is predicted, or the only number.
        baseline: what the row is compared with: "mean" (zeros of the scaled input: the mean of the
            training rows, or a picture of their mean grey), "black" (pictures), a row, or several
            rows, over which the mean is taken.
        probability: whether the chance of a class is explained, in place of its score before
            softmax or sigmoid. Numbers are explained in the target's own unit.
        names: of the columns of an array.
        engine: what computes; by default in float64 the native engine where it was built, else the
            reference executor. They agree within rounding.
        options: the method's own, such as ``steps=200``.
    Raises: ``ShapeError`` and ``DataError`` for what is no row of the network's, or several;
        ``UnknownNameError`` for a method or output that there is not; ``ParameterError`` for
        options that the method does not have, or outside their range.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> net = Network(hidden=[8], seed=0).build(x, y)
        >>> found = attribute(net, x[0], output="setosa")
        >>> found.values.shape, bool(abs(found.residual) < 0.001 * abs(found.difference))
        ((4,), True)
    """
    if method not in METHODS:
        raise unknown_name("method of attribution", method, METHODS)
    _check_options(method, options)
    began = time.perf_counter()
    row = one_row(x, network.inputs)
    chosen = chosen_output(network, row, output, probability)
    asking = Asking(ask(network, row, chosen, baseline), chosen_executor(engine))
    question, score = asking.question, asking.start_score
    base = float(asking.baseline_scores.mean())
    found = METHODS[method](asking, **options)
    return Attribution(
        method, chosen.name, chosen.label, found.values.reshape(question.shape),
        None if found.errors is None else found.errors.reshape(question.shape),
        _names(question, names), question.cells, question.picture, _pixels(question.pixels), score,
        question.compared, base, asking.evaluations, time.perf_counter() - began, found.notes,
    )  # fmt: skip


def _names(question: Question, names: Sequence[str] | None) -> tuple[str, ...]:
    """What the columns are called."""
    if names is None:
        return question.names
    if question.picture is not None or len(names) != question.elements:
        what = "is a picture" if question.picture else f"has {question.elements} columns"
        raise ParameterError(
            f"names expects a name for each column, got {len(names)}, and the row {what}. Leave "
            "names out, or give as many."
        )
    return tuple(map(str, names))


def chosen_executor(engine: str | Executor | None) -> Executor:
    """The executor asked for; by default one that computes in float64."""
    if engine is None:
        return executor("native" if is_built() else "reference", "float64")
    return executor(engine)


def _pixels(pixels: Any) -> Any:
    return None if pixels is None else np.array(pixels)


def _check_options(method: str, options: dict[str, Any]) -> None:
    known = [*inspect.signature(METHODS[method]).parameters][1:]
    for name in options:
        if name not in known:
            own = f"{method} takes {', '.join(known)}" if known else f"{method} takes none"
            raise ParameterError(f"There is no option {name!r} here: {own}. Leave it out.")
