"""The native executor: the graph planned in Python, run by compiled kernels."""

from pellucid.run.native.module import is_built
from pellucid.run.native.plan import Plan
from pellucid.run.native.program import NativeExecutor, NativeProgram
from pellucid.run.native.threads import thread_count

__all__ = ["NativeExecutor", "NativeProgram", "Plan", "is_built", "thread_count"]
