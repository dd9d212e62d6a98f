"""The plan: stages of kernel calls over one arena of memory, for a graph at one batch size.

Read it with ``Plan.explain()``. How it comes about: ``rewrite`` (suitable operations), ``items``
(sizes, levels), ``layout`` (samples innermost or not), ``fuse`` (chains), ``tasks`` (calls in
order), ``memory`` (who lies where), and here: which calls run side by side.
"""

from __future__ import annotations

from typing import Any

from pellucid.graph import Graph
from pellucid.graph.primitive import Array
from pellucid.run.native.chain import STORE_CHECKED
from pellucid.run.native.items import Items
from pellucid.run.native.layout import choose_layouts
from pellucid.run.native.lower import Value
from pellucid.run.native.memory import Memory, scratch_bytes
from pellucid.run.native.module import LANES, native
from pellucid.run.native.order import in_order
from pellucid.run.native.stages import ROWS, SOLO, SPLIT, Stage
from pellucid.run.native.tasks import Task, Tasks

GIGAFLOPS, GIGABYTES = 40.0, 8.0  # rough rates, to tell small work from large
WORTH_THREADS = 40e-6  # seconds of work, below which one thread does it all
WORTH_SPLITTING = 4e-6
CHUNK_BYTES = 256 << 10  # of a chunk's values: half of a usual second-level cache
LEAST_CHUNK, LARGE_CHUNK = 48, 512
PAYING = 1.0  # values of a chunk for each weight that it reads anew
SLOW = 10e-3  # seconds a step, from which interrupts are looked for within it


class Plan:
    """A graph at one batch size, ready to run."""

    def __init__(self, graph: Graph, batch: int, single: bool, threads: int) -> None:
        """Plan an adapted graph (``rewrite.adapt``) for a number of threads."""
        self.batch, self.single, self.item_bytes = batch, single, 4 if single else 8
        items = Items(graph, batch)
        choose_layouts(items)
        self.tasks = Tasks(items)
        self.items = items
        self.seconds = sum(self._seconds(task) for task in self.tasks.all)
        self.threads = threads if self.seconds > WORTH_THREADS else 1
        self.memory = Memory(self.tasks, self._stages(), self.item_bytes)
        self.inputs, self.outputs = self.memory.inputs, self.memory.outputs
        self.native = self._build()

    @property
    def shares(self) -> int:
        """Into how many parts the stages are divided at most."""
        return max((stage.shares for stage in self.memory.stages), default=1)

    @property
    def flops(self) -> int:
        """Floating-point operations of a step, a function such as exp counting as one."""
        tasks = [part for task in self.tasks.all for part in (task, task.after) if part]
        return sum(task.flops for task in tasks)

    def explain(self, seconds: Array | None = None) -> str:
        """The plan as text: stages and calls, with the work and the memory of each.

        Bytes are those of all values that a call reads or writes, whether from cache or memory.

        Parameters:
            seconds: how long each call takes a step, to be shown (``NativeProgram.time``).
        """
        from pellucid.run.native.explain import explain

        return explain(self, seconds)

    def _seconds(self, task: Task) -> float:
        return task.flops / (GIGAFLOPS * 1e9) + self.bytes_of(task) / (GIGABYTES * 1e9)

    def bytes_of(self, task: Task) -> int:
        """The bytes that a call reads and writes."""
        values = {*task.values(False), *task.values(True)}
        return self.item_bytes * sum(self.items[id].size for id, _ in values)

    # --- stages

    def _stages(self) -> list[Stage]:
        stages: list[Stage] = []
        where: dict[int, int] = {}
        for task in in_order({t.number: t for t in self.tasks.all}, lambda t: t.needs):
            place = where[task.number] = self._stage_for(stages, task, where)
            stages[place].tasks.append(task)
        for stage in stages:
            self._size(stage)
        return stages

    def _stage_for(self, stages: list[Stage], task: Task, where: dict[int, int]) -> int:
        turn = ROWS if task.by_rows else SOLO
        if turn == SOLO and self._is_worth_splitting(task):
            turn = SPLIT
        earliest = max((where[n] for n in task.needs), default=-1)
        for place, stage in enumerate(stages):
            late = place > earliest or (place == earliest and turn != SPLIT)
            if late and stage.turn == turn and stage.level == task.level:
                return place
        stages.append(Stage(turn, task.level))
        return len(stages) - 1

    def _is_worth_splitting(self, task: Task) -> bool:
        return self.threads > 1 and task.split and self._seconds(task) > WORTH_SPLITTING

    def _size(self, stage: Stage) -> None:
        """Chunks and shares of a stage."""
        if stage.turn == SPLIT:
            stage.shares = self.threads
        if stage.turn != ROWS:
            return
        if any(task.lanes for task in stage.tasks):
            stage.chunk = LANES
        else:
            stage.chunk = self._rows_a_chunk(stage)
        chunks = max(1, -(-self.batch // stage.chunk))
        work = sum(self._seconds(task) for task in stage.tasks)
        stage.shares = min(self.threads, chunks) if work > WORTH_SPLITTING else 1

    def _rows_a_chunk(self, stage: Stage) -> int:
        """As many as fit the cache, but enough that the weights, read anew by each, pay off."""
        values: set[Value] = set()
        weights: set[Value] = set()
        for task in stage.tasks:
            values.update(task.values(True))
            weights.update(v for v in task.values(False) if not self.items[v[0]].batched)
        width = max(1, sum(self.items[id].width for id, _ in values))
        fitting = CHUNK_BYTES // (width * self.item_bytes)
        paying = int(PAYING * sum(self.items[id].size for id, _ in weights)) // width
        if fitting < LEAST_CHUNK:  # nothing is gained by small chunks that do not fit either
            fitting = LARGE_CHUNK
        fitting = max(fitting, paying)
        even = -(-self.batch // self.threads)
        pieces = -(-even // fitting)
        return max(1, -(-even // max(1, pieces)))

    # --- the native plan

    def _build(self) -> Any:
        memory = self.memory
        stages = []
        for stage in memory.stages:
            calls = [self._call(task) for task in stage.tasks]
            stages.append((stage.turn, stage.shares, stage.chunk, calls))
        scratch = max(
            (scratch_bytes(t, self.item_bytes, self.batch) for t in self.tasks.all), default=0
        )
        return native.Plan(
            single=self.single,
            slow=self.seconds > SLOW,
            batch=self.batch,
            bytes=(memory.shared_bytes, memory.local_bytes, scratch),
            buffers=memory.buffers,
            constants=memory.constants,
            stages=stages,
            checks=self._checks(),
        )

    def _call(self, task: Task) -> tuple[Any, ...]:
        operands = [
            self._operand(task, value, writes, k) for k, (value, writes) in enumerate(task.operands)
        ]
        ints, floats = list(task.ints), list(task.floats)
        after = None
        if task.kernel == "chunked":
            ints[1] = int(self.single)
        if task.program is not None:
            ints, floats = task.program.encode()
        if task.after is not None:
            operands.append((0, 0, 0))  # the product itself is not kept
            kernel, others, *rest = self._call(task.after)
            after = (kernel, [(0, 0, 0), *others], *rest)
        return task.kernel, operands, ints, floats, after

    def _operand(self, task: Task, value: Value, writes: bool, place: int) -> tuple[int, int, int]:
        buffer, offset, pitch = self.memory.find(value, task, writes)
        return buffer, offset + task.shifts.get(place, 0), pitch

    def _checks(self) -> list[tuple[int, int]]:
        checked = {
            operand.item
            for task in self.tasks.all
            for part in (task, task.after)
            if part is not None and part.program is not None
            for operand in part.program.operands
            if operand.mode == STORE_CHECKED
        }
        found = []
        for name, id in self.items.graph.outputs.items():
            item = self.items[id]
            if item.dtype == "float" and item.size and not self._is_checked(id, checked):
                found.append((self.memory.outputs[name], item.size))
        return found

    def _is_checked(self, id: int, checked: set[int]) -> bool:
        root = self.items.root(id)[0]
        if root.op == "concatenate":
            return all(self._is_checked(part, checked) for part in root.inputs)
        return root.id in checked
