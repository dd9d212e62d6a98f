"""Choosing an executor, by name."""

from __future__ import annotations

from typing import get_args

from pellucid.errors import EngineError, unknown_name
from pellucid.run.executor import Executor, Precision
from pellucid.run.reference import ReferenceExecutor

ENGINES = ("auto", "native", "reference")


def executor(engine: str | Executor = "auto", precision: Precision | None = None) -> Executor:
    """Choose an executor: ``auto`` (the fastest here), ``reference``, or one of your own.

    ``auto`` computes in float32, ``reference`` in float64, unless a precision is given.
    Raises: ``UnknownNameError``; ``EngineError`` where this installation does not have the engine,
        or for a precision beside an executor that has one.
    """
    if precision is not None and precision not in get_args(Precision):
        raise unknown_name("precision", precision, get_args(Precision))
    if not isinstance(engine, str):
        if precision is not None or not hasattr(engine, "compile"):
            raise EngineError(
                f"engine is a name, or an executor with its own precision; got {engine!r}"
                + (f" and precision={precision!r}. " if precision else ". ")
                + "Use engine='auto', engine='reference' or ReferenceExecutor('float32')."
            )
        return engine
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)
    if engine == "native":
        raise EngineError(
            "This version of Pellucid has no native engine yet. "
            "Use engine='auto' or engine='reference'."
        )
    return ReferenceExecutor(precision or ("float32" if engine == "auto" else "float64"))
