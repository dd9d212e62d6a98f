"""A learning rule read back from the text that ``run.json`` has of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from pellucid.errors import FileError, PellucidError


def read_rule(text: Any) -> Any:
    """The rule that ``provenance.rule_text`` wrote down: classes of a closed list, and numbers.

    Nothing of the text is run: it is taken apart, and each name looked up.
    Raises: ``FileError`` for anything else.

    Example:
        >>> read_rule("Backprop(optimizer=SGD(rate=Constant(value=0.5), momentum=0.0), l2=0.1)")
        Backprop(optimizer=SGD(rate=Constant(value=0.5)), l2=0.1)
    """
    try:
        return _value(ast.parse(str(text), mode="eval").body, _known())
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, PellucidError):
        raise FileError(
            f"run.json is damaged: {str(text)!r:.80} is no learning rule. Train again for a new "
            "run."
        ) from None


def _known() -> dict[str, Callable[..., Any]]:
    from pellucid.learn import schedules
    from pellucid.learn.backprop import Backprop
    from pellucid.learn.optimizers import names

    made = [type(make()) for make in names().values()]
    classes = [one for one in made if one.__module__.startswith("pellucid.")]
    of_schedules = [
        schedules.Constant, schedules.Cosine, schedules.Exponential, schedules.OneCycle,
        schedules.StepDecay, schedules.WarmUp,
    ]  # fmt: skip
    return {one.__name__: one for one in (Backprop, *classes, *of_schedules)}


def _value(node: ast.expr, known: dict[str, Callable[..., Any]]) -> Any:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in known or node.args:
            raise ValueError("no part of a rule")
        given = {str(word.arg): _value(word.value, known) for word in node.keywords}
        return known[node.func.id](**given)
    return ast.literal_eval(node)
