"""For each primitive, inputs of several sizes for the shared tests: the table and what fills it.

Values keep clear of corners and ties, where a difference quotient means nothing; what happens there is
tested by hand in ``test_corners.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.graph import BATCH, PRIMITIVES, Builder, DType, Graph, Value

Array: TypeAlias = NDArray[Any]
Sizes: TypeAlias = tuple[int, ...]
Draw: TypeAlias = Callable[[np.random.Generator, Sizes], Array]
KIND: dict[str, DType] = {"f": "float", "i": "int", "b": "bool"}
SMALL = 60  # up to so many input elements, each is checked; beyond, random directions are


@dataclass(frozen=True)
class Case:
    """Inputs of one set of sizes for one primitive.

    Attributes:
        batch: the inputs whose first axis may be symbolic, all together.
    """

    op: str
    shapes: tuple[Sizes, ...]
    draws: tuple[Draw, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    batch: tuple[int, ...] = ()

    def arrays(self, scale: float = 1.0) -> list[Array]:
        """The inputs, the same in every run."""
        generator = np.random.default_rng([len(self.op), *map(math.prod, self.shapes)])
        drawn = [d(generator, s) for d, s in zip(self.draws, self.shapes, strict=True)]
        return [np.asarray(a * scale) if a.dtype.kind == "f" else a for a in drawn]

    @property
    def large(self) -> bool:
        return sum(math.prod(shape) for shape in self.shapes) > SMALL

    def __str__(self) -> str:
        return f"{self.op}-" + "-".join(
            "x".join(map(str, shape)) or "scalar" for shape in self.shapes
        )


def built(op: str, arrays: list[Array], attrs: Mapping[str, Any], batch: tuple[int, ...] = ()) -> tuple[Builder, list[Value], Value]:  # fmt: skip
    """A builder with one input for each array, ``x0``, ``x1``, ..., and the primitive on them."""
    builder = Builder()
    inputs = []
    for k, array in enumerate(arrays):
        shape: tuple[Any, ...] = array.shape
        if k in batch:
            shape = (BATCH, *shape[1:])
        inputs.append(builder.input(f"x{k}", shape, KIND[array.dtype.kind]))
    return builder, inputs, builder.apply(PRIMITIVES[op], inputs, attrs)


def graph_of(case: Case, batch: tuple[int, ...] = ()) -> Graph:
    """The case's primitive alone, its output named ``y``."""
    builder, _, y = built(case.op, case.arrays(), case.attrs, batch)
    return builder.build(y=y)


def feed(arrays: list[Array]) -> dict[str, Array]:
    """The arrays by the names that ``built`` gave."""
    return {f"x{k}": array for k, array in enumerate(arrays)}


# --- draws


def normal(generator: np.random.Generator, shape: Sizes) -> Array:
    return np.asarray(generator.normal(size=shape))


def positive(generator: np.random.Generator, shape: Sizes) -> Array:
    return np.asarray(generator.uniform(0.3, 2.0, size=shape))


def apart(generator: np.random.Generator, shape: Sizes) -> Array:
    """Different numbers, none of them near another or near 0."""
    count = math.prod(shape)
    return (generator.permutation(count).reshape(shape) - count / 2 + 0.3) * 0.37


def apart_by(shift: float) -> Draw:
    """The same kind of numbers, moved so that they meet none of those of ``apart``."""
    return lambda generator, shape: apart(generator, shape) + shift


def flags(generator: np.random.Generator, shape: Sizes) -> Array:
    return np.asarray(generator.random(shape) < 0.5)


def below(count: int) -> Draw:
    return lambda generator, shape: np.asarray(generator.integers(0, count, size=shape))


def key(generator: np.random.Generator, shape: Sizes) -> Array:
    return np.array([11, 5])


# --- the table

ONE: tuple[tuple[Sizes], ...] = (((),), ((3,),), ((2, 3),), ((1, 1),), ((0, 3),), ((20, 30),))
TWO: tuple[tuple[Sizes, Sizes], ...] = (
    ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((1, 1), (1,)), ((0, 3), (1, 3)),
    ((20, 30), (20, 30)),
)  # fmt: skip


def _unary(op: str, draw: Draw, **attrs: Any) -> list[Case]:
    return [Case(op, shapes, (draw,), attrs, (0,) if len(shapes[0]) > 1 else ()) for shapes in ONE]


def _binary(op: str, first: Draw, second: Draw) -> list[Case]:
    return [
        Case(op, shapes, (first, second), {}, (0, 1) if len(shapes[0]) == len(shapes[1]) == 2 and shapes[0][0] == shapes[1][0] else ())
        for shapes in TWO
    ]  # fmt: skip


def _over(op: str, draw: Draw, *settings: tuple[Sizes, dict[str, Any]]) -> list[Case]:
    """A primitive of one input: (shape, attrs) pairs; the first axis may be the batch."""
    return [Case(op, (shape,), (draw,), attrs, (0,)) for shape, attrs in settings]


def _reduction(op: str, draw: Draw) -> list[Case]:
    return _over(
        op, draw,
        ((2, 3, 2), {"axes": (1,), "keepdims": False}), ((2, 3), {"axes": (0, 1), "keepdims": True}),
        ((2, 3), {"axes": (), "keepdims": False}), ((1,), {"axes": (0,), "keepdims": False}),
        ((2, 0), {"axes": (0,), "keepdims": False}), ((20, 30), {"axes": (0, 1), "keepdims": False}),
    )  # fmt: skip


def _conv_attrs(**changed: Any) -> dict[str, Any]:
    plain = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    return plain | changed


_SPREAD = _conv_attrs(stride=(2, 1), padding=((1, 0), (0, 2)), dilation=(1, 2))
# x, w, y, attrs of a convolution; its two gradients take (y, w) and (x, y).
_CONVOLUTIONS: tuple[tuple[Sizes, Sizes, Sizes, dict[str, Any]], ...] = (
    ((2, 1, 3, 3), (2, 1, 2, 2), (2, 2, 2, 2), _conv_attrs()),
    ((1, 1, 4, 3), (1, 1, 2, 2), (1, 1, 2, 3), _SPREAD),
    ((1, 4, 2, 3), (2, 2, 1, 2), (1, 2, 2, 2), _conv_attrs(groups=2)),
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1), _conv_attrs()),
    ((0, 1, 3, 3), (2, 1, 2, 2), (0, 2, 2, 2), _conv_attrs()),
    ((3, 4, 7, 6), (6, 2, 3, 3), (3, 6, 4, 5), _SPREAD | {"groups": 2, "dilation": (1, 1), "padding": ((1, 1), (0, 1))}),
)  # fmt: skip


def _pool_attrs(**changed: Any) -> dict[str, Any]:
    return {"size": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))} | changed


_POOLS: tuple[tuple[Sizes, Sizes, dict[str, Any]], ...] = (
    ((2, 1, 3, 3), (2, 1, 2, 2), _pool_attrs(stride=(1, 1))),
    ((1, 2, 3, 4), (1, 2, 2, 2), _pool_attrs(size=(2, 3), padding=((1, 0), (0, 1)))),
    ((1, 1, 1, 1), (1, 1, 1, 1), _pool_attrs(size=(1, 1))),
    ((0, 1, 2, 2), (0, 1, 1, 1), _pool_attrs()),
    ((3, 4, 7, 6), (3, 4, 4, 5), _pool_attrs(size=(3, 2), stride=(2, 1), padding=((1, 1), (0, 0)))),
)


def _pooling() -> list[Case]:
    cases: list[Case] = []
    for x, y, attrs in _POOLS:
        cases += [
            Case("max_pool2d", (x,), (apart,), attrs, (0,)),
            Case("max_pool2d_gradient", (x, y), (apart, normal), attrs, (0, 1)),
            Case("max_pool2d_select", (x, x), (apart, normal), attrs, (0, 1)),
        ]
        for counted in (False, True):
            both = {**attrs, "count_padding": counted}
            cases += [
                Case("avg_pool2d", (x,), (normal,), both, (0,)),
                Case("avg_pool2d_gradient", (y,), (normal,), {"picture": x[2:], **both}, (0,)),
            ]
    return cases


def _convolution() -> list[Case]:
    cases: list[Case] = []
    for x, w, y, attrs in _CONVOLUTIONS:
        two = (normal, normal)
        cases += [
            Case("conv2d", (x, w), two, attrs, (0,)),
            Case("conv2d_input_gradient", (y, w), two, {"size": x[2:], **attrs}, (0,)),
            Case("conv2d_weight_gradient", (x, y), two, {"size": w[2:], **attrs}, (0, 1)),
        ]
    return cases


def _products() -> list[Case]:
    cases = []
    for a, b in ((False, False), (False, True), (True, False), (True, True)):
        for m, k, n in ((2, 3, 2), (1, 1, 1), (2, 0, 3), (20, 30, 10)):
            shapes = ((k, m) if a else (m, k), (n, k) if b else (k, n))
            attrs = {"transpose_a": a, "transpose_b": b}
            cases.append(Case("matmul", shapes, (normal, normal), attrs, () if a else (0,)))
    plain = {"transpose_a": False, "transpose_b": False}
    cases.append(Case("matmul", ((2, 2, 3), (3, 2)), (normal, normal), plain, (0,)))
    cases.append(Case("matmul", ((2, 1, 2, 3), (4, 3, 1)), (normal, normal), plain, (0,)))
    return cases


def _picking() -> list[Case]:
    cases = []
    for table, index, axis in (((3, 2), (4,), 0), ((2, 3), (2, 2), 1), ((1,), (1,), 0), ((3, 2), (0,), 0), ((20, 30), (50,), 0)):  # fmt: skip
        picks = (normal, below(table[axis]))
        updates = (*table[:axis], *index, *table[axis + 1 :])
        cases += [
            Case("gather", (table, index), picks, {"axis": axis}, (1,)),
            Case("scatter_add", (updates, index), picks, {"size": table[axis], "axis": axis},
                 (0, 1) if axis == 0 else (0,)),
        ]  # fmt: skip
    return cases


def _choices() -> list[Case]:
    triples: tuple[tuple[Sizes, ...], ...] = (
        ((2, 3), (2, 3), (2, 3)), ((2, 1), (3,), ()), ((1,), (1,), (1,)), ((0, 2), (1, 2), (2,)),
        ((20, 30), (20, 30), (30,)),
    )  # fmt: skip
    return [Case("where", shapes, (flags, normal, normal)) for shapes in triples]


def _random() -> list[Case]:
    shapes: tuple[Sizes, ...] = ((0,), (), (1,), (2, 3), (20, 30))
    cases = [Case("permutation", ((2,),), (key,), {"stream": 4, "size": n}) for n in (0, 1, 9)]
    for shape in shapes:
        attrs = {"stream": 4, "shape": shape}
        cases += [Case(op, ((2,),), (key,), attrs) for op in ("uniform", "normal")]
        cases.append(Case("bernoulli", ((2,),), (key,), {**attrs, "chance": 0.3}))
    return cases


def _moves() -> list[Case]:
    def cut(axis: int, start: int, stop: int, step: int) -> dict[str, Any]:
        return {"axis": axis, "start": start, "stop": stop, "step": step}

    def around(axis: int, before: int, after: int, between: int) -> dict[str, Any]:
        return {"axis": axis, "before": before, "after": after, "between": between, "value": 0.5}

    joins: tuple[tuple[tuple[Sizes, ...], int], ...] = (
        (((2, 1), (2, 3), (2, 0)), 1), (((1, 1),), 1), (((0, 2), (0, 1)), 1), (((20, 30), (20, 5)), 1),
    )  # fmt: skip
    return [
        *(Case("reshape", (a,), (normal,), {"shape": b}) for a, b in
          (((2, 3), (3, 2)), ((), (1, 1)), ((1, 1), ()), ((0, 3), (5, 0)), ((20, 30), (600,)))),
        *_over("transpose", normal, ((2, 3, 2), {"order": (2, 0, 1)}), ((1, 1), {"order": (0, 1)}),
               ((0, 3), {"order": (1, 0)}), ((20, 30), {"order": (1, 0)})),
        *(Case("broadcast_to", (a,), (normal,), {"shape": b}) for a, b in
          (((2, 1), (2, 3)), ((), (2, 2)), ((3,), (2, 3)), ((1,), (1, 1)), ((1, 3), (0, 3)), ((80,), (20, 80)))),
        *_over("slice", normal, ((2, 5), cut(1, 1, 5, 2)), ((2, 4), cut(1, 2, 2, 1)), ((1, 1), cut(1, 0, 1, 1)),
               ((2, 0), cut(1, 0, 0, 3)), ((20, 30), cut(1, 3, 28, 4))),
        *_over("pad", normal, ((2, 3), around(1, 1, 2, 1)), ((2, 0), around(1, 1, 0, 2)), ((1, 1), around(1, 0, 0, 0)),
               ((20, 30), around(1, 2, 0, 1))),
        *(Case("concatenate", shapes, (normal,) * len(shapes), {"axis": axis}, tuple(range(len(shapes))))
          for shapes, axis in joins),
    ]  # fmt: skip


def _all() -> list[Case]:
    return [
        *_binary("add", normal, normal), *_binary("subtract", normal, normal),
        *_binary("multiply", normal, normal), *_binary("divide", normal, positive),
        *_binary("power", positive, normal), *_unary("negate", normal), *_unary("exp", normal),
        *_unary("log", positive), *_unary("log1p", positive), *_unary("sqrt", positive),
        *_unary("tanh", normal), *_unary("sigmoid", normal), *_unary("erf", normal),
        *_unary("abs", apart), *_unary("sign", apart), *_binary("maximum", apart, apart_by(0.1)),
        *_binary("minimum", apart, apart_by(0.1)), *_binary("equal", normal, normal),
        *_binary("less", normal, normal), *_binary("less_equal", normal, normal), *_choices(),
        *_unary("clip", apart, low=-0.5, high=0.4), *_unary("cast", flags, dtype="float"),
        *_unary("cast", normal, dtype="int"), *_unary("cast", below(3), dtype="bool"),
        *_reduction("sum", normal), *_reduction("mean", normal), *_reduction("max", apart),
        *_reduction("logsumexp", normal),
        *_over("count", normal, ((2, 3), {"axes": (0, 1)}), ((1,), {"axes": (0,)}), ((0, 3), {"axes": (1,)}),
               ((20, 30), {"axes": (0,)})),
        *_over("argmax", apart, ((2, 3), {"axis": 1}), ((1, 1), {"axis": 1}), ((0, 3), {"axis": 1}), ((20, 30), {"axis": 1})),
        *_over("log_softmax", normal, ((2, 3), {"axis": 1}), ((3,), {"axis": 0}), ((1, 1), {"axis": 1}),
               ((2, 0), {"axis": 1}), ((20, 30), {"axis": 1})),
        *_over("one_hot", below(3), ((2, 2), {"depth": 3}), ((1,), {"depth": 1}), ((0,), {"depth": 2}), ((50,), {"depth": 0})),
        *_products(), *_picking(), *_moves(), *_random(), *_convolution(), *_pooling(),
    ]  # fmt: skip


CASES = _all()
