"""A group of elementwise items as a program for the native chain machine (native/src/chain.h)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from pellucid.dataclass import dataclass
from pellucid.run.native.group import Group
from pellucid.run.native.items import ELEMENTWISE, KINDS, Item, Items
from pellucid.run.native.module import CHAIN_OPS, LANES
from pellucid.run.native.spaces import FULL, ONE, adds_up, classes_in

FLOAT, INT, BOOL = KINDS.values()
LOAD, STORE, STORE_CHECKED, SUM_ALL, SUM_ROWS, SUM_COLS = range(6)
BY_ROWS, IN_LANES, FLAT, WHOLE = range(4)
MOST_BLOCK = 2048  # elements; the machine takes fewer where the first cache asks for it

PLAIN = {
    "add": "ADD", "subtract": "SUB", "multiply": "MUL", "divide": "DIV", "negate": "NEG",
    "power": "POW", "exp": "EXP", "log": "LOG", "log1p": "LOG1P", "sqrt": "SQRT", "tanh": "TANH",
    "sigmoid": "SIGMOID", "erf": "ERF", "abs": "ABS", "sign": "SIGN", "maximum": "MAX",
    "minimum": "MIN", "equal": "EQ", "less": "LT", "less_equal": "LE", "where": "WHERE",
}  # fmt: skip
ON_INTS = {
    "add": "INT_ADD", "subtract": "INT_SUB", "multiply": "INT_MUL", "negate": "INT_NEG",
    "maximum": "INT_MOST", "minimum": "INT_LEAST", "equal": "INT_EQ", "less": "INT_LT",
    "less_equal": "INT_LE", "where": "INT_WHERE",
}  # fmt: skip
CASTS = {
    ("float", "int"): "FLOAT_TO_INT", ("float", "bool"): "FLOAT_TO_BOOL", ("bool", "float"): "COPY",
    ("int", "float"): "INT_TO_FLOAT", ("int", "bool"): "INT_TO_BOOL",
    ("bool", "int"): "BOOL_TO_INT",
}  # fmt: skip
ALONG_ROWS = {
    "sum": "ROW_SUM", "mean": "ROW_MEAN", "max": "ROW_MAX", "logsumexp": "ROW_LOGSUMEXP",
    "argmax": "ROW_ARGMAX",
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Register:
    """A value over the block: over what it varies, its kind, and its number once it has one."""

    cls: int
    kind: int
    number: int = -1


@dataclass(slots=True)
class Operand:
    """What the machine loads or stores: a mode, a register, the item it is."""

    mode: int
    register: Register
    item: int


@dataclass(slots=True)
class Instr:
    """One instruction: dst = op(sources)."""

    op: str
    dst: Register
    sources: tuple[Register, ...]


@dataclass
class Program:
    """A chain, and the items that are its operands in their order."""

    items: Items
    group: Group
    overlaps: Callable[[int, int], bool]
    operands: list[Operand] = field(default_factory=list)
    code: list[Instr] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)
    values: dict[int, Register] = field(default_factory=dict)
    widened: dict[tuple[int, int], Register] = field(default_factory=dict)
    loaded: dict[tuple[int, int, int], Register] = field(default_factory=dict)
    known: dict[str, Register] = field(default_factory=dict)

    # --- values

    def add(self, item: Item) -> None:
        """Write the instructions that compute an item of the group."""
        own, classes = classes_in(self.items, self.group, item)
        if item.op == "broadcast_to":
            self.values[item.id] = self._value(item.inputs[0], classes[0])
            return
        sources = [self._value(id, cls) for id, cls in zip(item.inputs, classes, strict=True)]
        if item.op not in ELEMENTWISE:  # what a broadcast left narrow counts as often as it shows
            sources = [self._as_class(sources[0], classes[0], one_too=True)]
        if adds_up(item):
            self._sum(item, sources[0])
        elif item.op in ALONG_ROWS:
            self._along_rows(item, sources[0], own)
        elif item.op in ("log_softmax", "one_hot"):
            self._along_columns(item, own, sources[0])
        else:
            self._elementwise(item, own, sources)

    def _elementwise(self, item: Item, own: int, sources: list[Register]) -> None:
        kind = self.items[item.inputs[-1]].dtype
        if item.op == "cast":
            name = CASTS[kind, item.dtype]
        elif item.op == "clip":
            name = "CLIP"
            sources += [self._constant(item.attrs["low"]), self._constant(item.attrs["high"])]
        elif kind == "int":
            name = ON_INTS[item.op]
        else:  # truth values are kept as floats of 0 and 1, also by the machine
            name = PLAIN[item.op]
        varying = [s.cls for s in sources if s.cls != ONE]
        common = own if len(set(varying)) > 1 else (varying[0] if varying else ONE)
        self._emit(item, name, common, [self._as_class(s, common) for s in sources])

    def _along_rows(self, item: Item, source: Register, own: int) -> None:
        # A single number, and a space of one column, are rows of one element.
        if self.group.space[1] > 1 and source.cls == FULL:
            self._emit(item, ALONG_ROWS[item.op], own, [source])
        elif item.op == "argmax":
            self._emit(item, "FLOAT_TO_INT", ONE, [self._constant(0.0)])
        else:
            self._emit(item, "INT_COPY" if item.dtype == "int" else "COPY", source.cls, [source])

    def _along_columns(self, item: Item, own: int, source: Register) -> None:
        if self.group.space[1] > 1:
            self._emit(item, item.op.upper(), own, [source])
        elif item.op == "log_softmax":  # of one number: 0, or NaN
            self._emit(item, "SUB", source.cls, [source, source])
        else:
            first = self._new("INT_EQ", source.cls, BOOL, (source, self._constant(0.0, INT)))
            self._emit(item, "COPY", source.cls, [first])

    def _sum(self, item: Item, source: Register) -> None:
        axes = item.attrs["axes"]
        if self.group.lanes:
            mode = SUM_COLS
        elif len(axes) == len(self.items[item.inputs[0]].shape):
            mode = SUM_ALL
        else:
            mode = SUM_ROWS
        self.operands.append(Operand(mode, source, item.id))
        self.values[item.id] = source

    def _emit(self, item: Item, op: str, cls: int, sources: list[Register]) -> None:
        self.values[item.id] = self._new(op, cls, KINDS[item.dtype], tuple(sources))

    def _new(self, op: str, cls: int, kind: int, sources: tuple[Register, ...]) -> Register:
        result = Register(cls, kind)
        self.code.append(Instr(op, result, sources))
        return result

    def _value(self, id: int, cls: int) -> Register:
        """The register of an input, seen through views of what the group computes."""
        root = self.items.root(id)[0]
        if root.id in self.values and self.items[root.id] in self.group.items:
            return self.values[root.id]
        key = (*self.items.root(id)[1:], root.id, cls)
        if key not in self.loaded:
            self.loaded[key] = self._load(id, cls)
        return self.loaded[key]

    def _load(self, id: int, cls: int) -> Register:
        item = self.items[id]
        root = self.items.root(id)[0]
        if root.array is not None and root.size == 1 and item.dtype == "float":
            return self._constant(float(root.array.reshape(-1)[0]))
        register = Register(cls, KINDS[item.dtype])
        self.operands.append(Operand(LOAD, register, id))
        return register

    def _constant(self, value: float, kind: int = FLOAT) -> Register:
        key = f"{kind} {value!r}"  # tells 0.0 from -0.0
        if key not in self.known:
            self.known[key] = self._new("CONST", ONE, kind, ())
            self.constants.append(value)
        return self.known[key]

    def _as_class(self, register: Register, cls: int, *, one_too: bool = False) -> Register:
        """The value spread over a class; a single number goes with any, unless ``one_too``."""
        if register.cls == cls or (register.cls == ONE and not one_too):
            return register
        key = (id(register), cls)
        if key not in self.widened:
            self.widened[key] = self._new("WIDEN", cls, register.kind, (register,))
        return self.widened[key]

    def store(self, id: int, checked: bool) -> None:
        """Write the instructions that leave an item in memory."""
        own = classes_in(self.items, self.group, self.items[id])[0]
        register = self._as_class(self.values[id], own, one_too=True)
        loaded = any(o.register is register and o.mode == LOAD for o in self.operands)
        if loaded or self._read_later(id, register):
            op = "INT_COPY" if register.kind == INT else "COPY"
            register = self._new(op, own, register.kind, (register,))
        mode = STORE_CHECKED if checked and register.kind == FLOAT else STORE
        self.operands.append(Operand(mode, register, id))

    def _read_later(self, id: int, register: Register) -> bool:
        """Whether memory that the store overwrites is read after the value is computed."""
        shared = [
            operand.register
            for operand in self.operands
            if operand.mode == LOAD and self.overlaps(id, operand.item)
        ]
        if not shared:
            return False
        made = next(k for k, instr in enumerate(self.code) if instr.dst is register)
        later = [source for instr in self.code[made + 1 :] for source in instr.sources]
        later += [operand.register for operand in self.operands if operand.mode >= SUM_ALL]
        return any(source is other for source in later for other in shared)

    # --- the form that the machine reads

    def encode(self) -> tuple[list[int], list[float]]:
        """The program's numbers, as native/src/chain.h lays them out."""
        table = self._numbered()
        rows, columns = self.group.space
        if self.group.lanes:
            space, columns = IN_LANES, columns * LANES
        elif self.group.by_rows:
            space = BY_ROWS
        else:
            space = FLAT if rows == 1 else WHOLE
        whole_rows = any(i.op.startswith("ROW_") or i.op == "LOG_SOFTMAX" for i in self.code)
        block = max(MOST_BLOCK, columns) if whole_rows else MOST_BLOCK
        ints = [space, rows, columns, block, len(table), len(self.code), len(self.operands)]
        for register in table:
            ints += [register.cls, register.kind]
        for operand in self.operands:
            ints += [operand.mode, operand.register.number]
        constants = 0
        for instr in self.code:
            sources = [source.number for source in instr.sources]
            if instr.op == "CONST":
                sources, constants = [constants], constants + 1
            sources += [-1] * (3 - len(sources))
            ints += [CHAIN_OPS[instr.op], instr.dst.number, *sources]
        return ints, list(self.constants)

    def _numbered(self) -> list[Register]:
        """Number the registers; scratch registers are used again after their last reading."""
        table: list[Register] = []
        free: dict[tuple[int, int], list[int]] = {}
        held = {id(operand.register) for operand in self.operands}
        last = {id(s): k for k, instr in enumerate(self.code) for s in instr.sources}
        for operand in self.operands:
            if operand.register.number < 0:
                operand.register.number = len(table)
                table.append(operand.register)
        for k, instr in enumerate(self.code):
            dst = instr.dst
            if dst.number < 0:
                numbers = free.get((dst.cls, dst.kind))
                if numbers:
                    dst.number = numbers.pop()
                else:
                    dst.number = len(table)
                    table.append(dst)
            for register in {id(r): r for r in (*instr.sources, dst)}.values():
                if last.get(id(register), k) <= k and id(register) not in held:
                    free.setdefault((register.cls, register.kind), []).append(register.number)
        return table


def write_chain(
    items: Items, group: Group, stored: dict[int, bool], overlaps: Callable[[int, int], bool]
) -> Program:
    """The program of a group; ``stored`` are the items needed outside, and whether to check them.

    Parameters:
        overlaps: whether the memory in which one item is stored is that of another that is loaded.
    """
    program = Program(items, group, overlaps)
    for item in group.items:
        program.add(item)
    _fuse_products(program, {id(program.values[i]) for i in stored})
    for number, checked in stored.items():
        program.store(number, checked)
    return program


def _fuse_products(program: Program, kept: set[int]) -> None:
    """Let a product that only a sum reads be one instruction with it: a b + c.

    A difference c - a b is one as well, where a or b is a single number: its sign is turned.
    """
    uses: dict[int, int] = {}
    for instr in program.code:
        for source in instr.sources:
            uses[id(source)] = uses.get(id(source), 0) + 1
    summed = {id(operand.register) for operand in program.operands}
    made = {id(instr.dst): instr for instr in program.code}
    gone: set[int] = set()
    turned: dict[int, Instr] = {}  # before which instruction to turn a sign
    for instr in program.code:
        for k in {"ADD": (0, 1), "SUB": (1,)}.get(instr.op, ()):
            product = made.get(id(instr.sources[k]))
            if product is None or product.op != "MUL" or uses[id(product.dst)] > 1:
                continue
            if product.dst.cls != instr.dst.cls or id(product.dst) in kept | summed | gone:
                continue
            factors = list(product.sources)
            if instr.op == "SUB":
                single = next((f for f in factors if f.cls == ONE), None)
                if single is None or instr.dst.cls == ONE:
                    continue
                negative = Register(ONE, FLOAT)
                turned[id(instr)] = Instr("NEG", negative, (single,))
                factors[factors.index(single)] = negative
            gone.add(id(product.dst))
            instr.op, instr.sources = "FMA", (*factors, instr.sources[1 - k])
            break
    program.code = [
        made
        for instr in program.code
        if id(instr.dst) not in gone
        for made in (turned.get(id(instr)), instr)
        if made is not None
    ]
