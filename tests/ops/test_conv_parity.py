"""Convolution and pooling against PyTorch in float64, to 1e-10, values and all gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.graph import Builder, Value, gradient
from pellucid.ops import avg_pool2d, conv2d, max_pool2d
from pellucid.ops import sum as add_up
from pellucid.run import ReferenceExecutor
from tests.ops.cases import Array

pytestmark = pytest.mark.parity
torch = pytest.importorskip("torch")

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
paddings = st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2)
pictures = st.tuples(st.integers(7, 9), st.integers(7, 9))


def ours(build: Callable[..., Value], *arrays: Array) -> tuple[Array, list[Array], list[Array]]:
    """The value y, the gradient of sum(y^3), and that of the sum of this gradient's squares."""
    builder = Builder()
    inputs = [builder.input(f"x{k}", a.shape) for k, a in enumerate(arrays)]
    names = [f"x{k}" for k in range(len(arrays))]
    y = build(*inputs)
    first = gradient(builder.build(y=y, loss=add_up(y * y * y)), "loss", names)
    more = Builder(first)
    slopes = [more.value(first.output(f"d loss / d {name}").id) for name in names]
    bend = sum((add_up(slope * slope) for slope in slopes[1:]), add_up(slopes[0] * slopes[0]))
    kept = {name: more.value(id) for name, id in first.outputs.items()}
    second = gradient(more.build(bend=bend, **kept), "bend", names)
    result = ReferenceExecutor().compile(second).run(dict(zip(names, arrays, strict=True)))
    firsts = [result[f"d loss / d {name}"] for name in names]
    return result["y"], firsts, [result[f"d bend / d {name}"] for name in names]


def theirs(build: Callable[..., Any], *arrays: Array) -> tuple[Array, list[Array], list[Array]]:
    inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = build(*inputs)
    first = torch.autograd.grad((y**3).sum(), inputs, create_graph=True)
    second = torch.autograd.grad(sum((slope**2).sum() for slope in first), inputs)
    return (
        y.detach().numpy(),
        [slope.detach().numpy() for slope in first],
        [bend.numpy() for bend in second],
    )


def same(mine: Callable[..., Value], torchs: Callable[..., Any], *arrays: Array) -> None:
    value, firsts, seconds = ours(mine, *arrays)
    expected, wanted_firsts, wanted_seconds = theirs(torchs, *arrays)
    scale = max(1.0, *(float(np.abs(w).max()) for w in wanted_seconds))
    np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-10)
    for got, wanted in zip(firsts, wanted_firsts, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10 * scale)
    for got, wanted in zip(seconds, wanted_seconds, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10 * scale)


def around(padding: Any) -> tuple[int, int, int, int]:
    (above, below), (left, right) = padding
    return left, right, above, below


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    pictures, pairs, pairs, paddings, pairs, st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)
)
def test_conv2d(
    picture: Any,
    size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    inner: int,
    outer: int,
) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, groups * inner, *picture))
    w = generator.normal(size=(groups * outer, inner, *size))
    same(
        lambda x, w: conv2d(
            x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
        ),
        lambda x, w: torch.nn.functional.conv2d(
            torch.nn.functional.pad(x, around(padding)), w,
            stride=stride, dilation=dilation, groups=groups,
        ),
        x, w,
    )  # fmt: skip


@st.composite
def windows(draw: Any) -> tuple[Any, Any, Any]:
    size = draw(pairs)
    padding = tuple((draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))) for n in size)
    return size, draw(pairs), padding


@settings(max_examples=25, deadline=None, derandomize=True)
@given(pictures, windows(), st.booleans())
def test_max_pool2d(picture: Any, window: Any, ties: bool) -> None:
    size, stride, padding = window
    x = np.random.default_rng(1).normal(size=(2, 3, *picture))
    x = np.round(x) if ties else x  # PyTorch's first of equals is ours
    same(
        lambda x: max_pool2d(x, size, stride, padding),
        lambda x: torch.nn.functional.max_pool2d(
            torch.nn.functional.pad(x, around(padding), value=-np.inf), size, stride
        ),
        x,
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(pictures, windows(), st.booleans())
def test_avg_pool2d(picture: Any, window: Any, counted: bool) -> None:
    size, stride, padding = window
    x = np.random.default_rng(2).normal(size=(2, 3, *picture))

    def torchs(x: Any) -> Any:
        total = torch.nn.functional.avg_pool2d(
            torch.nn.functional.pad(x, around(padding)), size, stride
        )
        if counted:
            return total
        ones = torch.nn.functional.pad(torch.ones_like(x), around(padding))
        return total / torch.nn.functional.avg_pool2d(ones, size, stride)

    same(lambda x: avg_pool2d(x, size, stride, padding, count_padding=counted), torchs, x)


def test_symmetric_padding_is_that_of_pytorchs_own_pools() -> None:
    x = np.random.default_rng(3).normal(size=(2, 3, 7, 8))
    one = ((1, 1), (1, 1))
    same(
        lambda x: max_pool2d(x, (3, 3), (2, 2), one),
        lambda x: torch.nn.functional.max_pool2d(x, 3, 2, 1),
        x,
    )
    for counted in (False, True):
        same(
            lambda x, counted=counted: avg_pool2d(x, (3, 3), (2, 2), one, count_padding=counted),
            lambda x, counted=counted: torch.nn.functional.avg_pool2d(
                x, 3, 2, 1, count_include_pad=counted
            ),
            x,
        )
