"""ONNX's operators that are layers: each as parts of a network, or what keeps it from being one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from pellucid import ops
from pellucid.graph import Value
from pellucid.graph.primitive import Array
from pellucid.io.foreign import Constant, Part, Piece, Step
from pellucid.io.onnx_graph import OnnxNode
from pellucid.nn.activate import Activation
from pellucid.nn.activations import Softmax
from pellucid.nn.conv import Conv1D, Conv2D
from pellucid.nn.dense import Dense
from pellucid.nn.embedding import Embedding
from pellucid.nn.norm import BatchNorm, LayerNorm
from pellucid.nn.pool import AvgPool2D, GlobalAvgPool2D, MaxPool2D
from pellucid.nn.shape import Flatten, Reshape

Shape: TypeAlias = tuple[int, ...]
Fixed: TypeAlias = Mapping[str, Array]
Reader: TypeAlias = Callable[[OnnxNode, Fixed, Shape], list[Part]]
"""From a node, the fixed arrays and the shape of a sample to parts of a network."""


class Unreadable(Exception):
    """What keeps a node from being read, in words that follow its name."""


def _given(node: OnnxNode, fixed: Fixed, place: int) -> Array | None:
    """A fixed input; None where it is left out."""
    if place >= len(node.inputs) or not node.inputs[place]:
        return None
    name = node.inputs[place]
    if name not in fixed:
        raise Unreadable("takes an array that another part of the network computes")
    return fixed[name]


def _needed(node: OnnxNode, fixed: Fixed, place: int) -> Array:
    found = _given(node, fixed, place)
    if found is None:
        raise Unreadable(f"has no input {place}")
    return found


def layer_name(node: OnnxNode) -> str | None:
    """What a layer may be called by the name of its array: ``fc1`` for ``fc1.weight``."""
    for name in node.inputs[1:]:
        path = name.rpartition(".")[0]
        if path and path.isidentifier():
            return path
    return None


# --- layers with parameters


def _gemm(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.attrs.get("transA", 0):
        raise Unreadable("turns its rows (transA)")
    weight = _needed(node, fixed, 1)
    weight = weight.T if node.attrs.get("transB", 0) else weight
    bias = _given(node, fixed, 2)
    weight = weight * np.asarray(node.attrs.get("alpha", 1.0), weight.dtype)
    arrays = {"weight": weight}
    if bias is not None:
        scaled = bias * np.asarray(node.attrs.get("beta", 1.0), bias.dtype)
        arrays["bias"] = np.broadcast_to(scaled.reshape(-1), (weight.shape[1],))
    layer = Dense(weight.shape[1], bias=bias is not None, name=layer_name(node))
    return [Piece(layer, arrays)]


def _matmul(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.inputs[0] in fixed:
        raise Unreadable("has its fixed array on the left")
    weight = _needed(node, fixed, 1)
    if weight.ndim != 2:
        raise Unreadable(f"multiplies by an array of {weight.ndim} axes, 2 are expected")
    layer = Dense(weight.shape[1], bias=False, name=layer_name(node))
    return [Piece(layer, {"weight": weight})]


def _conv(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    weight, bias = _needed(node, fixed, 1), _given(node, fixed, 2)
    axes = weight.ndim - 2
    if axes not in (1, 2):
        raise Unreadable(f"slides along {axes} axes; 1 and 2 are known")
    stride, dilation = _many(node, "strides", axes), _many(node, "dilations", axes)
    kernel = weight.shape[2:]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    pads = _pads(node, shape[1:], reach, stride)
    own: dict[str, Any] = {
        "groups": int(node.attrs.get("group", 1)), "bias": bias is not None,
        "name": layer_name(node),
    }  # fmt: skip
    arrays = {"weight": weight} | ({} if bias is None else {"bias": bias})
    if axes == 1:
        layer: Any = Conv1D(
            weight.shape[0], kernel[0], stride=stride[0], padding=pads[0], dilation=dilation[0],
            **own,
        )  # fmt: skip
    else:
        own |= {"stride": stride, "dilation": dilation, "padding": pads}
        layer = Conv2D(weight.shape[0], kernel, **own)
    return [Piece(layer, arrays)]


def _many(node: OnnxNode, name: str, axes: int) -> tuple[int, ...]:
    found = tuple(int(size) for size in node.attrs.get(name, (1,) * axes))
    if len(found) != axes:
        raise Unreadable(f"has {len(found)} {name} for {axes} axes")
    return found


def _pads(
    node: OnnxNode, sides: Sequence[int], reach: Sequence[int], stride: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """What is added before and after each axis."""
    auto = node.attrs.get("auto_pad", "NOTSET")
    axes = len(reach)
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = []
        for side, far, step in zip(sides, reach, stride, strict=True):
            missing = max((-(-side // step) - 1) * step + far - side, 0)
            less, more = missing // 2, missing - missing // 2
            found.append((less, more) if auto == "SAME_UPPER" else (more, less))
        return tuple(found)
    flat = [int(size) for size in node.attrs.get("pads", (0,) * 2 * axes)]
    if auto == "VALID":
        flat = [0] * 2 * axes
    if min(flat, default=0) < 0:
        raise Unreadable("cuts off pixels (pads below 0)")
    return tuple((flat[axis], flat[axis + axes]) for axis in range(axes))


def _batch_norm(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.attrs.get("training_mode", 0):
        raise Unreadable("is set to training; export the model for answering (eval)")
    scale, shift, mean, variance = (_needed(node, fixed, place) for place in (1, 2, 3, 4))
    momentum = 1.0 - float(node.attrs.get("momentum", 0.9))
    layer = BatchNorm(
        momentum=_rounded(momentum) if 0 < momentum <= 1 else 0.1,
        epsilon=_rounded(node.attrs.get("epsilon", 1e-5)), name=layer_name(node),
    )  # fmt: skip
    return [Piece(layer, {"scale": scale, "shift": shift, "mean": mean, "variance": variance})]


def _rounded(value: float) -> float:
    """The number that was meant, where single precision made 1e-5 of it 9.99999974e-06."""
    return float(f"{float(value):.6g}")


def _layer_norm(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    axis = int(node.attrs.get("axis", -1))
    axes = -axis if axis < 0 else len(shape) + 1 - axis
    if not 1 <= axes <= len(shape):
        raise Unreadable("takes the rows together")
    scale, shift = _needed(node, fixed, 1), _given(node, fixed, 2)
    size = shape[len(shape) - axes :]
    arrays = {
        "scale": np.broadcast_to(scale, size),
        "shift": np.zeros(size, scale.dtype) if shift is None else np.broadcast_to(shift, size),
    }
    epsilon = _rounded(node.attrs.get("epsilon", 1e-5))
    return [Piece(LayerNorm(axes, epsilon, name=layer_name(node)), arrays)]


def _gather(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.inputs[0] not in fixed or node.attrs.get("axis", 0) != 0:
        raise Unreadable("takes some of what the network computes")
    table = _needed(node, fixed, 0)
    if table.ndim != 2:
        raise Unreadable(f"looks up in an array of {table.ndim} axes, 2 are expected")
    path = node.inputs[0].rpartition(".")[0]
    name = path if path.isidentifier() else None
    return [Piece(Embedding(*table.shape, name=name), {"weight": table})]


def _scaler(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    """Scaling as scikit-learn's pipelines have it: (x - offset) scale."""
    offset, scale = (
        np.asarray(node.attrs.get(name, default), np.float64)
        for name, default in (("offset", [0.0]), ("scale", [1.0]))
    )
    return [
        Constant(operator, array.reshape(()) if array.size == 1 else array)
        for operator, array in (("Sub", offset), ("Mul", scale))
    ]


# --- pooling


def _max_pool(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if any(size != 1 for size in node.attrs.get("dilations", (1,))):
        raise Unreadable("leaves pixels out (dilations)")
    return _pooled(node, shape, MaxPool2D)


def _average_pool(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if any(size != 1 for size in node.attrs.get("dilations", (1,))):
        raise Unreadable("leaves pixels out (dilations)")
    counted = bool(node.attrs.get("count_include_pad", 0))
    return _pooled(node, shape, partial(AvgPool2D, count_padding=counted))


def _pooled(node: OnnxNode, shape: Shape, make: Callable[..., Any]) -> list[Part]:
    size = tuple(int(k) for k in node.attrs["kernel_shape"])
    if len(size) not in (1, 2) or len(shape) != len(size) + 1:
        raise Unreadable(f"pools along {len(size)} axes; 1 and 2 are known")
    stride = _many(node, "strides", len(size))
    pads = _pads(node, shape[1:], size, stride)
    if node.attrs.get("ceil_mode", 0):
        for side, far, step, ends in zip(shape[1:], size, stride, pads, strict=True):
            if (side + sum(ends) - far) % step:
                raise Unreadable("counts windows that reach beyond the picture (ceil_mode)")
    return windowed(make, size, stride, pads, shape)


def windowed(
    make: Callable[..., Any], size: Sequence[int], stride: Sequence[int],
    pads: Sequence[tuple[int, int]], shape: Shape,
) -> list[Part]:  # fmt: skip
    """A pooling layer; of a series, as pictures of height 1."""
    if len(size) == 2:
        return [Piece(make(tuple(size), tuple(stride), tuple(pads)))]
    layer = make((1, size[0]), (1, stride[0]), ((0, 0), tuple(pads[0])))
    gives = layer.output_shape((shape[0], 1, shape[1]))
    before, after = Reshape((shape[0], 1, shape[1])), Reshape((gives[0], gives[2]))
    return [Piece(before), Piece(layer), Piece(after)]


def _global_average(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    return averaged(shape, keep=True)


def averaged(shape: Shape, *, keep: bool) -> list[Part]:
    """The mean of each channel, as numbers or as pictures of one pixel."""
    if len(shape) not in (2, 3):
        raise Unreadable(f"takes the mean of samples of shape {list(shape)}")
    before = [Piece(Reshape((shape[0], 1, shape[1])))] if len(shape) == 2 else []
    after = [Piece(Reshape((shape[0], *(1 for _ in shape[1:]))))] if keep else []
    return [*before, Piece(GlobalAvgPool2D()), *after]


def _global_max(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if len(shape) != 3:
        raise Unreadable(f"takes the largest of samples of shape {list(shape)}")
    return [Piece(MaxPool2D(shape[1:]))]


def _reduce_mean(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    axes = node.attrs.get("axes")
    if axes is None:
        given = _given(node, fixed, 1)
        axes = range(1, len(shape) + 1) if given is None else given.tolist()
    places = sorted(int(axis) % (len(shape) + 1) for axis in axes)
    if len(shape) not in (2, 3) or places != list(range(2, len(shape) + 1)):
        raise Unreadable("takes the mean along other axes than all of a picture")
    return averaged(shape, keep=bool(node.attrs.get("keepdims", 1)))


# --- rearrangements, and functions of whole rows


def _nothing(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    return []


def _dropout(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    mode = _given(node, fixed, 2)
    if mode is not None and bool(np.all(mode)):
        raise Unreadable("is set to training; export the model for answering (eval)")
    return []


def _cast(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.attrs.get("to") not in (1, 10, 11, 16, 6, 7):
        raise Unreadable("turns numbers into another kind than floats")
    return []


def _flatten(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    if node.attrs.get("axis", 1) not in (1, -len(shape)):
        raise Unreadable(f"flattens from axis {node.attrs['axis']} on; 1 is known")
    return [Piece(Flatten())]


def _reshape(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    sizes = [int(size) for size in _needed(node, fixed, 1)]
    count, rest = math.prod(shape), sizes[1:]
    if sizes == [-1] and count == 1:  # a single answer a row, without an axis
        return []
    rest = [shape[k] if size == 0 and k < len(shape) else size for k, size in enumerate(rest)]
    known = math.prod(size for size in rest if size > 0)
    whole = known == count or (-1 in rest and count % known == 0 and sizes[0] != -1)
    if not rest or not whole:
        raise Unreadable(f"gives {sizes} of samples of shape {list(shape)}: it mixes the rows")
    return [Piece(Flatten() if len(rest) == 1 else Reshape(tuple(rest)))]


def _same_numbers(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    """Squeeze and Unsqueeze: axes of size 1 come or go."""
    axes = node.attrs.get("axes")
    given = _given(node, fixed, 1) if axes is None else None
    axes = axes if axes is not None else ([] if given is None else given.tolist())
    whole = [0, *shape]
    if node.op == "Squeeze":
        chosen = {int(axis) % len(whole) for axis in axes}
        chosen = chosen or {k for k, size in enumerate(whole) if size == 1}
        if 0 in chosen or any(whole[axis] != 1 for axis in chosen):
            raise Unreadable("takes away an axis that is not of size 1")
        sizes = [size for axis, size in enumerate(whole) if axis not in chosen]
    else:
        total = len(whole) + len(axes)
        chosen = {int(axis) % total for axis in axes}
        if 0 in chosen:
            raise Unreadable("adds an axis before the rows")
        left = iter(whole)
        sizes = [1 if axis in chosen else next(left) for axis in range(total)]
    if len(sizes) < 2:  # a single answer a row, without an axis
        return []
    return [Piece(Reshape(tuple(sizes[1:])))]


def _transpose(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    order = tuple(int(axis) for axis in node.attrs.get("perm", range(len(shape), -1, -1)))
    if order[0] != 0:
        raise Unreadable("moves the axis of rows")

    def function(z: Value) -> Value:
        return ops.transpose(z, order)

    return [] if order == tuple(range(len(order))) else [Step(function, "transpose")]


def _last_axis(node: OnnxNode, shape: Shape) -> None:
    axis = int(node.attrs.get("axis", -1))
    if axis not in (-1, len(shape)):
        raise Unreadable(f"works along axis {axis}; the last is known")


def _softmax(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    _last_axis(node, shape)
    return [Piece(Activation(Softmax()))]


def _log_softmax(node: OnnxNode, fixed: Fixed, shape: Shape) -> list[Part]:
    _last_axis(node, shape)
    return [Step(lambda z: ops.log_softmax(z, -1), "LogSoftmax")]


LAYERS: dict[str, Reader] = {
    "Gemm": _gemm, "MatMul": _matmul, "Conv": _conv, "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm, "Gather": _gather, "MaxPool": _max_pool,
    "AveragePool": _average_pool, "GlobalAveragePool": _global_average,
    "GlobalMaxPool": _global_max, "ReduceMean": _reduce_mean, "Dropout": _dropout,
    "Identity": _nothing, "Cast": _cast, "Flatten": _flatten, "Reshape": _reshape,
    "Squeeze": _same_numbers, "Unsqueeze": _same_numbers, "Transpose": _transpose,
    "Softmax": _softmax, "LogSoftmax": _log_softmax, "ai.onnx.ml.Scaler": _scaler,
}  # fmt: skip
"""How each operator is read."""
ARITHMETIC = {"Add": Constant, "Sub": Constant, "Mul": Constant, "Div": Constant}
