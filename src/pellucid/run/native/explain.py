"""A plan as text: its stages, and for each call what it does, with how much work it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pellucid.graph.primitive import Array
from pellucid.graph.types import show_shape
from pellucid.run.native.lower import Value

if TYPE_CHECKING:
    from pellucid.run.native.plan import Plan
    from pellucid.run.native.stages import Stage
    from pellucid.run.native.tasks import Task

HEADING = ("call", "of", "result", "FLOPs", "bytes")
TIMED = ("time", "FLOP/s")
WORDS = 3  # columns that are words; numbers follow


def explain(plan: Plan, seconds: Array | None = None) -> str:
    """The plan as text; see ``Plan.explain``. With ``seconds``: how long each call takes a step."""
    memory = plan.memory
    arena = memory.shared_bytes + plan.shares * memory.local_bytes
    calls = sum(len(stage.tasks) for stage in memory.stages)
    lines = [
        f"A step of {plan.batch} sample{'s' * (plan.batch != 1)} in "
        f"{'float32' if plan.single else 'float64'}: {len(plan.items.live)} operations in {calls} "
        f"calls, {plan.threads} thread{'s' * (plan.threads != 1)}, {_amount(arena)}B of memory, "
        f"{_amount(plan.flops)}FLOP."
    ]
    times = iter(()) if seconds is None else iter(seconds)
    for number, stage in enumerate(memory.stages, 1):
        lines += ["", f"Stage {number}: {_turn(stage)}"]
        table: list[tuple[str, ...]] = [HEADING if seconds is None else (*HEADING, *TIMED)]
        table += [(*_row(plan, task), *_timing(task, times)) for task in stage.tasks]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = [
                cell.ljust(width) if place < WORDS else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _turn(stage: Stage) -> str:
    if stage.chunk:
        threads = f"{stage.shares} threads" if stage.shares > 1 else "one thread"
        return f"chunks of {stage.chunk} samples go through these calls, on {threads}"
    if stage.shares > 1:
        return f"each call is shared out to {stage.shares} threads"
    return "one call after the other"


def _row(plan: Plan, task: Task) -> tuple[str, ...]:
    name = task.kernel
    if task.program is not None:
        name = f"chain of {len(task.program.code)}"
    if task.after is not None and task.after.program is not None:
        name += f" + chain of {len(task.after.program.code)}"
    work = _amount(_flops(task)), _amount(plan.bytes_of(task))
    return name, task.label, _results(plan, task), *work


def _flops(task: Task) -> int:
    return task.flops + (task.after.flops if task.after else 0)


def _timing(task: Task, times: Iterator[float]) -> tuple[str, ...]:
    """The next call's time, and its rate; nothing where no times are known."""
    return tuple(
        text
        for time in [next(times, None)]
        if time is not None
        for text in (f"{time * 1e6:.3g} us", _amount(_flops(task) / time if time else 0))
    )


def _results(plan: Plan, task: Task) -> str:
    written = list(dict.fromkeys(task.values(True)))
    shown = [_value(plan, value) for value in written[:3]]
    return ", ".join(shown) + (f" and {len(written) - 3} more" if len(written) > 3 else "")


def _value(plan: Plan, value: Value) -> str:
    item = plan.items[value[0]]
    layout = " in lanes" if value[1] == "lanes" else ""
    return f"%{item.id} {show_shape(item.node.shape)}{layout}"


def _amount(number: float) -> str:
    """A count with a unit prefix: ``25.7 M``."""
    for prefix in ("", "k", "M", "G"):
        if number < 1000:
            return f"{number:.0f} {prefix}" if prefix == "" else f"{number:.3g} {prefix}"
        number /= 1000
    return f"{number:.3g} T"
