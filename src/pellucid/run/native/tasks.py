"""What is to be done, in which order: one task a call, with what it reads and writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from pellucid.dataclass import dataclass
from pellucid.run.native.chain import LOAD, SUM_ALL, Program, write_chain
from pellucid.run.native.fuse import Fusion
from pellucid.run.native.group import Group
from pellucid.run.native.homes import find_homes, settled_parts, unsettle
from pellucid.run.native.items import KINDS, Item, Items
from pellucid.run.native.layout import lanes_size
from pellucid.run.native.lower import KEPT, Form, Lowered, Value, joined, lower
from pellucid.run.native.order import in_order
from pellucid.run.native.spaces import adds_up


@dataclass(slots=True, eq=False)
class Task:
    """One kernel's call.

    Attributes:
        label: what it does, for readers.
        operands: the values in the kernel's order, each with whether it is written.
        shifts: elements by which an operand starts later, by its place.
        needs: the numbers of the tasks that must be done before.
        number: its place among the tasks.
        after: of a weight gradient, the chain that takes it panel by panel.
    """

    kernel: str
    label: str
    level: int
    by_rows: bool
    operands: list[tuple[Value, bool]]
    ints: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    shifts: dict[int, int] = field(default_factory=dict)
    flops: int = 0
    split: bool = False
    lanes: bool = False
    program: Program | None = None
    after: Task | None = None
    needs: set[int] = field(default_factory=set)
    number: int = -1

    def values(self, written: bool) -> Iterable[Value]:
        """What it reads, or what it writes."""
        for value, writes in self.operands:
            if writes == written:
                yield value
        if self.after is not None:
            yield from self.after.values(written)


class Tasks:
    """The tasks that compute a graph's items, in an order in which they can be done."""

    def __init__(self, items: Items) -> None:
        self.items = items
        inputs, outputs = items.graph.inputs, items.graph.outputs
        self.carried = [name for name in inputs if f"{name}'" in outputs]
        self.follows = self._find_followers()
        self.homes = find_homes(items)
        self.fusion = Fusion(items)
        self.all: list[Task] = []
        self.writers: dict[Value, list[Task]] = {}
        self.checked = self._find_checked()
        self._attached = self._attach()
        for group in self._ordered():
            self._add_group(group)
        self._hand_out()

    # --- order of the groups

    def _ordered(self) -> list[Group]:
        """Groups by level; within one, after all that they need, else in the graph's order."""
        merged = {chain.place: place for place, chain in self._attached.items()}
        groups = {g.place: g for g in self.fusion.groups if g.place not in merged}
        places = [group.place for group in self.fusion.groups]

        def needs(group: Group) -> set[int]:
            found = {merged.get(place, place) for place in places if group.needs >> place & 1}
            return found - {group.place}

        return list(in_order(groups, needs))

    def _attach(self) -> dict[int, Group]:
        """For each weight gradient that a single chain reads in its own order: that chain."""
        found: dict[int, Group] = {}
        for group in self.fusion.groups:
            chain = self._update_of(group)
            if chain is not None and chain not in found.values():
                found[group.place] = chain
                self.fusion.require(group, chain.needs & ~(1 << group.place))
        return found

    def _update_of(self, group: Group) -> Group | None:
        item = group.items[0]
        if item.op != "matmul" or item.by_rows or item.id in self.items.shown or item.size < 2:
            return None
        users = {self.fusion.of[id].place for id in item.users if id in self.fusion.of}
        (lowered,) = lower(self.items, item)
        if lowered.kernel != "gemm_reduce" or len(users) != 1:
            return None
        chain = next(g for g in self.fusion.groups if g.place in users)
        fits = chain.is_chain and chain.level == group.level and chain.space == (1, item.size)
        if not fits or any(adds_up(other) for other in chain.items):
            return None
        return chain if self._nothing_else_waits(group, chain) else None

    def _nothing_else_waits(self, group: Group, chain: Group) -> bool:
        """Whether nothing else that the chain reads needs the gradient."""
        sources = {
            self.items.root(id)[0].id: self.fusion.of.get(self.items.root(id)[0].id)
            for item in chain.items
            for id in item.inputs
        }
        return not any(
            source.needs >> group.place & 1
            for source in sources.values()
            if source is not None and source is not chain and source is not group
        )

    # --- outputs

    def _hand_out(self) -> None:
        """Copies of the outputs that are not computed where the caller wants them."""
        kept = self._keep()
        unsettle(self)
        level = max((task.level for task in self.all), default=0)
        level += level % 2
        for name, id in self.items.graph.outputs.items():
            item, root = self.items[id], self.items.root(id)[0]
            if item.size == 0:
                continue
            at_home = self.homes.get(root.id) == (name, 0)
            if at_home and not root.lanes:
                continue
            ints = (KINDS[item.dtype], 0, 1, item.size, 1, 1)
            operands: list[tuple[Value, bool]] = [
                ((id, KEPT if root.id in kept else "rows"), False),
                ((id, f"output {name}"), True),
            ]
            task = Task("move", f"output {name}", level, False, operands, ints)
            if at_home:
                self._ensure((root.id, "rows"), task)
                continue
            self._push(task)
            # A copy over a carried value comes after all that read it.
            if name in (f"{carried}'" for carried in self.carried):
                task.needs.update(range(len(self.all) - 1))

    def _keep(self) -> set[int]:
        """Keep the carried inputs that outputs show, before their next values take their place."""
        kept: set[int] = set()
        for id in self.items.graph.outputs.values():
            root = self.items.root(id)[0]
            carried = root.op == "input" and root.attrs["name"] in self.carried
            if not carried or root.batched or root.id in kept or root.size == 0:
                continue
            kept.add(root.id)
            ints = (KINDS[root.dtype], 0, 1, root.size, 1, 1)
            operands: list[tuple[Value, bool]] = [
                ((root.id, "rows"), False),
                ((root.id, KEPT), True),
            ]
            self._push(Task("move", f"keep {root.attrs['name']}", 0, False, operands, ints))
        return kept

    # --- tasks

    def _add_group(self, group: Group) -> None:
        if group.is_chain:
            self._push(self._chain_task(group))
            return
        item = group.result
        if item.size == 0:
            return
        for call in self._lowered(group):
            task = self._task(call, item)
            if group.place in self._attached:
                task.after = self._chain_task(self._attached[group.place])
                self._panel_first(task.after, item)
                task.operands = task.operands[:-1]
            self._push(task)

    def _lowered(self, group: Group) -> list[Lowered]:
        first = group.items[0]
        if first.op == "concatenate" and not first.by_rows:
            return joined(self.items, first, settled_parts(self.items, first, self.homes))
        return lower(self.items, first, group.bias)

    def _panel_first(self, chain: Task, item: Item) -> None:
        """Make the gradient the chain's first operand, which the product hands over."""
        assert chain.program is not None
        place = next(
            k
            for k, ((id, _), writes) in enumerate(chain.operands)
            if not writes and self.items.root(id)[0] is item
        )
        chain.program.operands.insert(0, chain.program.operands.pop(place))
        chain.operands.pop(place)

    def _task(self, call: Lowered, item: Item) -> Task:
        operands = [(value, False) for value in call.reads]
        operands.append(((item.id, call.form), True))
        operands += [(value, False) for value in call.extra]
        shifts = {len(call.reads): call.y_shift} if call.y_shift else {}
        if call.x_shift:
            shifts[0] = call.x_shift
        return Task(
            call.kernel, item.node.scope, item.level, item.by_rows, operands, call.ints,
            call.floats, shifts, call.flops, call.split,
            lanes=any(form == "lanes" for (_, form), _ in operands),
        )  # fmt: skip

    def _chain_task(self, group: Group) -> Task:
        stored = {
            item.id: item.id in self.checked
            for item in group.items
            if not adds_up(item) and self._is_needed(item, group)
        }
        program = write_chain(self.items, group, stored, self._overlaps)
        operands: list[tuple[Value, bool]] = []
        for operand in program.operands:
            form: Form = "rows"
            item = self.items[operand.item]
            if group.lanes and item.batched:
                form = "lanes"
            operands.append(((operand.item, form), operand.mode != LOAD))
        elements = max(item.size for item in group.items)
        sums = any(operand.mode >= SUM_ALL for operand in program.operands)
        split = not group.by_rows and not sums and group.space != (1, 1)
        label = ", ".join(dict.fromkeys(item.node.scope or item.op for item in group.items))
        return Task(
            "chain", label, group.level, group.by_rows, operands,
            flops=elements * len(program.code), split=split, lanes=group.lanes, program=program,
        )  # fmt: skip

    def _is_needed(self, item: Item, group: Group) -> bool:
        if item.id in self.items.shown:
            return True
        return any(self.fusion.of.get(user) is not group for user in item.users)

    def _overlaps(self, stored: int, loaded: int) -> bool:
        """Whether an item is stored where the carried input that it follows was loaded from."""
        root = self.items.root(loaded)[0]
        return root.op == "input" and self.follows.get(stored) == root.attrs["name"]

    def _find_followers(self) -> dict[int, str]:
        """For each item that is stored as a carried value, or part of it: that value's name."""
        found: dict[int, str] = {}
        for name in self.carried:
            waiting = [self.items.graph.outputs[f"{name}'"]]
            while waiting:
                root = self.items.root(waiting.pop())[0]
                found[root.id] = name
                if root.op == "concatenate":
                    waiting.extend(root.inputs)
        return found

    def _find_checked(self) -> set[int]:
        """The items that are outputs or parts of them: no element may be NaN or infinite."""
        found: set[int] = set()
        waiting = list(self.items.graph.outputs.values())
        while waiting:
            id = waiting.pop()
            root = self.items.root(id)[0]
            if root.size == self.items[id].size:  # of a wider one, the rest may be anything
                found.add(root.id)
                waiting += root.inputs if root.op == "concatenate" else ()
        return found

    def _push(self, task: Task) -> None:
        """Add a task after the conversions of what it reads."""
        for value in list(task.values(False)):
            self._ensure(value, task)
        for value in task.values(False):
            root = self.items.root(value[0])[0]
            for writer in self.writers.get((root.id, value[1]), []):
                task.needs.add(writer.number)
        for id, form in task.values(True):
            before = self.writers.setdefault((id, form), [])
            task.needs.update(other.number for other in before)
            before.append(task)
            at: int | str = id
            while form == "rows" and at in self.homes:  # who reads the whole waits for each part
                at = self.homes[at][0]
                if isinstance(at, int):
                    self.writers.setdefault((at, "rows"), []).append(task)
        task.number = len(self.all)
        self.all.append(task)

    def _ensure(self, value: Value, task: Task) -> None:
        """Let a value be there in the form that a task reads."""
        root = self.items.root(value[0])[0]
        form = value[1]
        if form == "picked" or (root.id, form) in self.writers or root.size == 0:
            return
        if root.op == "constant" or (root.op == "input" and not root.batched):
            return
        level, by_rows = task.level, task.by_rows
        if root.op == "input":
            picked: Value = (root.id, "picked")
            if form == "lanes":
                call = Lowered("to_lanes", (picked,), (root.width, 1), form="lanes")
            else:
                call = Lowered("pick", (picked,), (root.width, KINDS[root.dtype]))
        elif form == "lanes":
            call = Lowered("to_lanes", ((root.id, "rows"),), (root.width, 0), form="lanes")
        else:
            call = Lowered("to_rows", ((root.id, "lanes"),), (root.width,))
            level, by_rows = root.level, True
        made = self._task(call, root)
        made.level, made.by_rows = level, by_rows
        made.label = made.label or str(root.attrs.get("name", ""))
        self._push(made)

    def elements(self, value: Value) -> int:
        """How many elements the memory of a value holds, for the whole batch."""
        root = self.items.root(value[0])[0]
        if value[1] == "lanes":
            return lanes_size(root.width, self.items.batch)
        return root.size
