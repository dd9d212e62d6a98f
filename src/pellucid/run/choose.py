"""Choosing an executor, by name."""

from __future__ import annotations

from pellucid.errors import EngineError, unknown_name
from pellucid.run.executor import Executor, Precision
from pellucid.run.reference import ReferenceExecutor

ENGINES = ("auto", "native", "reference")


def executor(engine: str | Executor = "auto", precision: Precision | None = None) -> Executor:
    """Choose an executor: ``auto`` (the fastest here), ``reference``, or one of your own.

    ``auto`` computes in float32, ``reference`` in float64, unless a precision is given.
    Raises: ``UnknownNameError``; ``EngineError`` where this installation does not have the engine.
    """
    if not isinstance(engine, str):
        return engine
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)
    if engine == "native":
        raise EngineError(
            "This version of Pellucid has no native engine yet. "
            "Use engine='auto' or engine='reference'."
        )
    return ReferenceExecutor(precision or ("float32" if engine == "auto" else "float64"))
