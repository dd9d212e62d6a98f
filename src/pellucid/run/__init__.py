"""Executors: ways to run a graph."""

from pellucid.run.executor import ENGINES, Executor, Feed, Precision, Program, Steps, executor
from pellucid.run.reference import ReferenceExecutor

__all__ = [
    "ENGINES",
    "Executor",
    "Feed",
    "Precision",
    "Program",
    "ReferenceExecutor",
    "Steps",
    "executor",
]
