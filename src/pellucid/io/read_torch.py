"""Reading a PyTorch ``nn.Sequential``: each module as a layer, its arrays by their names.

PyTorch itself is not imported: modules are known by their class's name and their settings. A file
of PyTorch's own is never loaded, since loading one can run code; a state comes as a mapping, or as
a safetensors file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pellucid import ops
from pellucid.errors import FileError, ParameterError, ShapeError
from pellucid.graph.primitive import Array
from pellucid.io.foreign import Foreign, Part, Piece, Step, assembled, refusal
from pellucid.io.onnx_layers import Shape, Unreadable, averaged, windowed
from pellucid.nn.activate import Activation
from pellucid.nn.activations import (
    ActivationFunction,
    Elu,
    Gelu,
    HardSigmoid,
    LeakyRelu,
    Relu,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from pellucid.nn.compose import fitted
from pellucid.nn.conv import Conv1D, Conv2D
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout
from pellucid.nn.embedding import Embedding
from pellucid.nn.norm import BatchNorm, LayerNorm
from pellucid.nn.pool import AvgPool2D, MaxPool2D
from pellucid.nn.shape import Flatten, Reshape

Arrays: TypeAlias = Mapping[str, Array]
Reader: TypeAlias = Callable[[Any, Arrays, Shape, "str | None"], list[Part]]
"""From a module, its arrays, the shape of a sample and the layer's name to parts of a network."""

LINEAR_FROM = 20
"""From there on softplus(z) is z, within float32."""


def read_torch(module: Any, state: Any = None, shape: Sequence[int] | None = None) -> Foreign:
    """Read a module, with its own numbers or those of a state.

    Parameters:
        module: an ``nn.Sequential``, also one within another, or a single known module.
        state: a state dictionary, or the path of a safetensors file, in place of the module's own.
        shape: of one row, where the first module does not tell it.
    Raises: ``FileError`` naming all modules that are not known, arrays that are missing or do not
        fit, and for a file of PyTorch's own; ``ParameterError`` where the shape of a row is needed.
    """
    if not _is_module(module):
        raise ParameterError(
            f"from_torch takes a torch.nn.Module such as nn.Sequential(...), got {module!r:.80}. "
            "Files of PyTorch are not loaded: make the module, and give its state."
        )
    arrays = _arrays(module, state)
    leaves = _leaves(module)
    row_shape, whole = _row_shape(leaves, shape)
    parts, faults, at = list[Part](), list[str](), row_shape
    for path, each in leaves:
        kind = type(each).__name__
        if kind not in MODULES:
            faults.append(f"{kind} is not known ({path or 'the module'})")
    if not faults:
        for path, each in leaves:
            kind = type(each).__name__
            own = {k[len(path) + 1 :] if path else k: v for k, v in arrays.items()
                   if not path or k.startswith(f"{path}.")}  # fmt: skip
            name = path if path.isidentifier() else None
            try:
                found = MODULES[kind](each, own, at, name)
                for part in found:
                    at = _gives(part, at)
            except (Unreadable, ShapeError, ParameterError) as fault:
                faults.append(f"{kind} ({path}) {fault}")
                break
            parts += found
    if faults:
        raise refusal(f"This {type(module).__name__}", faults, sorted(MODULES))
    origin = {"format": "torch", "module": type(module).__name__, "modules": len(leaves)}
    if isinstance(state, str | os.PathLike):
        origin["file"] = Path(state).name
    return assembled(parts, row_shape, whole=whole, origin=origin)


def _is_module(value: Any) -> bool:
    return any(
        f"{base.__module__}.{base.__qualname__}" == "torch.nn.modules.module.Module"
        for base in type(value).__mro__
    )


def _leaves(module: Any, path: str = "") -> list[tuple[str, Any]]:
    """The modules within Sequentials, in order, with their full names; one may stand twice."""
    if type(module).__name__ != "Sequential":
        return [(path, module)]
    found: list[tuple[str, Any]] = []
    for name, child in module._modules.items():  # named_children() would tell each but once
        if child is not None:
            found += _leaves(child, f"{path}.{name}" if path else name)
    return found


# --- arrays


def _arrays(module: Any, state: Any) -> dict[str, Array]:
    own = {name: _array(tensor) for name, tensor in module.state_dict().items()}
    if state is None:
        return own
    given = _state(state)
    faults = [f"{name} is missing" for name in own if name not in given]
    faults += [f"{name} belongs to no module" for name in given if name not in own]
    faults += [
        f"{name} is {list(given[name].shape)}, expected {list(array.shape)}"
        for name, array in own.items()
        if name in given and given[name].shape != array.shape
    ]
    faults = [fault for fault in faults if not fault.startswith("num_batches")]
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise FileError(
            f"The state does not fit the module: {'; '.join(faults[:5])}{more}. "
            "Give the module that the state was saved from."
        )
    return given


def _state(state: Any) -> dict[str, Array]:
    if isinstance(state, Mapping):
        return {str(name): _array(tensor) for name, tensor in state.items()}
    if not isinstance(state, str | os.PathLike):
        raise ParameterError(
            f"state is a state dictionary or the path of a safetensors file, got {state!r:.60}."
        )
    place = Path(state)
    if place.suffix != ".safetensors":
        raise FileError(
            f"{place} is not loaded: a file of PyTorch's own can run code when it is. Load it "
            "yourself if you trust it, and give its state dictionary, or save it with "
            "safetensors.torch.save_file."
        )
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = place.read_bytes()
        return {name: _array(array) for name, array in load(content).items()}
    except OSError as error:
        raise FileError(f"{place} cannot be read: {error.strerror or error}.") from None
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise FileError(
            f"{place} is no safetensors file, or is damaged or cut off ({error}). Save it again."
        ) from None


def _array(tensor: Any) -> Array:
    """A tensor as an array, of a kind that NumPy has."""
    if isinstance(tensor, np.ndarray):
        return tensor
    plain = tensor.detach().cpu()
    if str(plain.dtype) in ("torch.bfloat16", "torch.float16"):
        plain = plain.float()
    return np.array(plain.numpy())


def _row_shape(
    leaves: Sequence[tuple[str, Any]], shape: Sequence[int] | None
) -> tuple[tuple[int, ...], bool]:
    """The shape of a row, and whether it holds whole numbers."""
    first = next((m for _, m in leaves if type(m).__name__ not in ("Identity", "Dropout")), None)
    whole = type(first).__name__ == "Embedding"
    if shape is not None:
        given = tuple(int(size) for size in shape)
        if min(given, default=0) < 1:
            raise ParameterError(
                f"shape is the shape of one row, such as (1, 28, 28), got {shape}."
            )
        return given, whole
    if type(first).__name__ == "Linear":
        return (int(first.in_features),), False  # type: ignore[union-attr]
    raise ParameterError(
        f"The first module, {type(first).__name__}, does not tell the shape of a row. Give it, as "
        "in shape=(1, 28, 28)."
    )


def _gives(part: Part, shape: Shape) -> Shape:
    if isinstance(part, Piece):
        return fitted(type(part.layer).__name__, part.layer, shape)[1]
    return shape


# --- modules


def _linear(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    arrays = {"weight": a["weight"].T} | ({"bias": a["bias"]} if "bias" in a else {})
    return [Piece(Dense(int(m.out_features), bias="bias" in a, name=name), arrays)]


def _conv(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.padding_mode != "zeros":
        raise Unreadable(f"pads with {m.padding_mode}; zeros are known")
    axes, padding = len(m.kernel_size), m.padding
    if isinstance(padding, tuple):
        padding = tuple((int(p), int(p)) for p in padding)
        padding = padding if axes == 2 else padding[0]
    own: dict[str, Any] = {
        "padding": padding, "groups": int(m.groups), "bias": "bias" in a, "name": name,
    }  # fmt: skip
    filters, size = int(m.out_channels), tuple(map(int, m.kernel_size))
    stride, dilation = tuple(map(int, m.stride)), tuple(map(int, m.dilation))
    if axes == 1:
        layer: Any = Conv1D(filters, size[0], stride=stride[0], dilation=dilation[0], **own)
    else:
        layer = Conv2D(filters, size, stride=stride, dilation=dilation, **own)  # type: ignore[arg-type]
    return [Piece(layer, dict(a))]


def _batch_norm(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if "running_mean" not in a:
        raise Unreadable("keeps no running statistics (track_running_stats=False)")
    momentum = 0.1 if m.momentum is None else float(m.momentum)
    mean = a["running_mean"]
    arrays = {
        "scale": a.get("weight", np.ones_like(mean)), "shift": a.get("bias", np.zeros_like(mean)),
        "mean": mean, "variance": a["running_var"],
    }  # fmt: skip
    return [Piece(BatchNorm(momentum=momentum, epsilon=float(m.eps), name=name), arrays)]


def _layer_norm(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    size = tuple(map(int, m.normalized_shape))
    scale = a.get("weight", np.ones(size, np.float32))
    arrays = {"scale": scale, "shift": a.get("bias", np.zeros_like(scale))}
    return [Piece(LayerNorm(len(size), float(m.eps), name=name), arrays)]


def _embedding(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.max_norm is not None:
        raise Unreadable("shortens its rows (max_norm)")
    layer = Embedding(int(m.num_embeddings), int(m.embedding_dim), name=name)
    return [Piece(layer, {"weight": a["weight"]})]


def _both(value: Any, axes: int) -> tuple[int, ...]:
    return tuple(map(int, value)) if isinstance(value, tuple | list) else (int(value),) * axes


def _pool(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    axes = int(type(m).__name__[-2])
    size = _both(m.kernel_size, axes)
    stride = size if m.stride is None else _both(m.stride, axes)
    pads = _both(m.padding, axes)
    if any(step != 1 for step in _both(getattr(m, "dilation", 1), axes)):
        raise Unreadable("leaves pixels out (dilation)")
    if getattr(m, "divisor_override", None) is not None:
        raise Unreadable("divides by a number of its own (divisor_override)")
    if m.ceil_mode:
        for side, far, step, pad in zip(shape[1:], size, stride, pads, strict=True):
            if (side + 2 * pad - far) % step:
                raise Unreadable("counts windows that reach beyond the picture (ceil_mode)")
    ends = [(pad, pad) for pad in pads]
    if type(m).__name__.startswith("Max"):
        return windowed(MaxPool2D, size, stride, ends, shape)
    counted = bool(m.count_include_pad)
    return windowed(partial(AvgPool2D, count_padding=counted), size, stride, ends, shape)


def _adaptive_mean(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    axes = int(type(m).__name__[-2])
    if _both(m.output_size, axes) != (1,) * axes:
        raise Unreadable(f"gives {m.output_size} places; 1 is known")
    return averaged(shape, keep=True)


def _flatten(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.start_dim != 1 or m.end_dim not in (-1, len(shape)):
        raise Unreadable(f"flattens axes {m.start_dim} to {m.end_dim}; 1 to -1 are known")
    return [Piece(Flatten())]


def _unflatten(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.dim not in (1, -1) or len(shape) != 1:
        raise Unreadable(f"unflattens axis {m.dim}; 1 of rows of numbers is known")
    return [Piece(Reshape(tuple(map(int, m.unflattened_size))))]


def _dropout(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    return [Piece(Dropout(float(m.p), name=name))] if m.p < 1 else []


def _softmax(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.dim not in (-1, len(shape)):
        raise Unreadable(f"works along axis {m.dim}; the last is known")
    if type(m).__name__ == "LogSoftmax":
        return [Step(lambda z: ops.log_softmax(z, -1), "LogSoftmax")]
    return [Piece(Activation(Softmax()))]


def _plain(make: Callable[[Any], ActivationFunction]) -> Reader:
    return lambda m, a, shape, name: [Piece(Activation(make(m)))]


def _softplus(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    if m.beta != 1:
        raise Unreadable(f"has beta {m.beta}; 1 is known")
    if m.threshold < LINEAR_FROM:
        raise Unreadable(f"is linear above {m.threshold:g}; {LINEAR_FROM} or more is known")
    return [Piece(Activation(Softplus()))]


def _leaky(m: Any, a: Arrays, shape: Shape, name: str | None) -> list[Part]:
    slope = float(m.negative_slope)
    if not 0 < slope < 1:
        raise Unreadable(f"has slope {slope:g}; above 0 and below 1 are known")
    return [Piece(Activation(LeakyRelu(slope)))]


def _between(low: float, high: float) -> Reader:
    """Functions that cut off at two ends."""
    return lambda m, a, shape, name: [
        Step(lambda z: ops.clip(z, getattr(m, "min_val", low), getattr(m, "max_val", high)),
             type(m).__name__)
    ]  # fmt: skip


MODULES: dict[str, Reader] = {
    "Linear": _linear, "Conv1d": _conv, "Conv2d": _conv, "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm, "LayerNorm": _layer_norm, "Embedding": _embedding,
    "MaxPool1d": _pool, "MaxPool2d": _pool, "AvgPool1d": _pool, "AvgPool2d": _pool,
    "AdaptiveAvgPool1d": _adaptive_mean, "AdaptiveAvgPool2d": _adaptive_mean,
    "Flatten": _flatten, "Unflatten": _unflatten, "Identity": lambda m, a, shape, name: [],
    "Dropout": _dropout, "Dropout1d": _dropout, "Dropout2d": _dropout,
    "ReLU": _plain(lambda m: Relu()), "Sigmoid": _plain(lambda m: Sigmoid()),
    "Tanh": _plain(lambda m: Tanh()), "SELU": _plain(lambda m: Selu()),
    "SiLU": _plain(lambda m: Silu()), "Hardsigmoid": _plain(lambda m: HardSigmoid()),
    "ELU": _plain(lambda m: Elu(float(m.alpha))),
    "GELU": _plain(lambda m: Gelu(m.approximate == "tanh")),
    "LeakyReLU": _leaky, "Softplus": _softplus, "Softmax": _softmax, "LogSoftmax": _softmax,
    "ReLU6": _between(0.0, 6.0), "Hardtanh": _between(-1.0, 1.0),
    "Softsign": lambda m, a, shape, name: [Step(lambda z: z / (1.0 + ops.abs(z)), "softsign")],
    "Hardswish": lambda m, a, shape, name: [
        Step(lambda z: z * HardSigmoid()(z), "hard_swish")],
    "Mish": lambda m, a, shape, name: [Step(lambda z: z * ops.tanh(Softplus()(z)), "mish")],
}  # fmt: skip
"""How each module is read. Dropout1d and Dropout2d drop whole channels when a network is trained
on; here they drop single numbers."""
