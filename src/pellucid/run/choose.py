"""Choosing an executor, by name."""

from __future__ import annotations

from functools import lru_cache
from typing import get_args

from pellucid.errors import EngineError, unknown_name
from pellucid.run.executor import Executor, Precision
from pellucid.run.native.absent import warn_absent
from pellucid.run.native.module import is_built
from pellucid.run.reference import ReferenceExecutor

ENGINES = ("auto", "native", "reference")


def executor(
    engine: str | Executor = "auto",
    precision: Precision | None = None,
    threads: int | None = None,
) -> Executor:
    """Choose an executor: ``auto`` (the fastest here), ``native``, ``reference``, or your own.

    ``auto`` and ``native`` compute in float32, ``reference`` in float64, unless a precision is
    given. ``threads`` is for the native engine; the reference takes as many as its NumPy does.
    Raises: ``UnknownNameError``; ``EngineError`` where this installation does not have the engine,
        for threads beside the reference, and for a precision or threads beside an executor that
        has its own.
    """
    if precision is not None and precision not in get_args(Precision):
        raise unknown_name("precision", precision, get_args(Precision))
    if not isinstance(engine, str):
        return _own(engine, precision, threads)
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)
    if engine == "native" or (engine == "auto" and is_built()):
        return _native(precision or "float32") if threads is None else _made(precision, threads)
    if threads is not None and engine == "reference":
        raise EngineError(
            f"engine='reference' takes as many threads as its NumPy does, got threads={threads!r}. "
            "Leave threads out, or use engine='native'."
        )
    if engine == "auto":
        warn_absent()
    return ReferenceExecutor(precision or ("float32" if engine == "auto" else "float64"))


@lru_cache
def _native(precision: Precision) -> Executor:
    """The native executor, checked once: one prediction takes less time than that."""
    return _made(precision, None)


def _made(precision: Precision | None, threads: int | None) -> Executor:
    from pellucid.run.native import NativeExecutor

    return NativeExecutor(precision or "float32", threads)


def _own(engine: object, precision: Precision | None, threads: int | None) -> Executor:
    if precision is not None or threads is not None or not isinstance(engine, Executor):
        also = f" and precision={precision!r}" if precision else ""
        also += f" and threads={threads!r}" if threads is not None else ""
        raise EngineError(
            f"engine is a name, or an executor with its own precision and threads; got {engine!r}"
            f"{also}. Use engine='auto', engine='reference' or ReferenceExecutor('float32')."
        )
    return engine
