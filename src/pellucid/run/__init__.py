"""Executors: ways to run a graph."""

from pellucid.run.choose import ENGINES, executor
from pellucid.run.executor import Executor, Feed, Precision, Program, Steps
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
