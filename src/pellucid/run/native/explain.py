"""A plan as text: its stages, and for each call what it does, with how much work it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.graph.types import show_shape
from pellucid.run.native.lower import Value

if TYPE_CHECKING:
    from pellucid.run.native.plan import Plan
    from pellucid.run.native.stages import Stage
    from pellucid.run.native.tasks import Task

HEADING = ("call", "of", "result", "FLOPs", "bytes")


def explain(plan: Plan) -> str:
    """The plan as text; see ``Plan.explain``."""
    memory = plan.memory
    arena = memory.shared_bytes + plan.shares * memory.local_bytes
    calls = sum(len(stage.tasks) for stage in memory.stages)
    lines = [
        f"A step of {plan.batch} sample{'s' * (plan.batch != 1)} in "
        f"{'float32' if plan.single else 'float64'}: {len(plan.items.live)} operations in {calls} "
        f"calls, {plan.threads} thread{'s' * (plan.threads != 1)}, {_amount(arena)}B of memory, "
        f"{_amount(plan.flops)}FLOP."
    ]
    for number, stage in enumerate(memory.stages, 1):
        lines += ["", f"Stage {number}: {_turn(stage)}"]
        rows = [_row(plan, task) for task in stage.tasks]
        widths = [max(len(row[k]) for row in (HEADING, *rows)) for k in range(len(HEADING))]
        for row in (HEADING, *rows):
            words = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)]
            words += [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
            lines.append("  " + "  ".join(words).rstrip())
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
    flops = task.flops + (task.after.flops if task.after else 0)
    return name, task.label, _results(plan, task), _amount(flops), _amount(plan.bytes_of(task))


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
