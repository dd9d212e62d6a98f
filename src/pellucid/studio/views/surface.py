"""The loss over two parameters, all others as they are, and the way of the training on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import islice
from operator import lt
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.inspect.views.losses import LOSS, loss_graph
from pellucid.learn.unsupervised import NoTarget, Reconstruction
from pellucid.nn.layout import Layout
from pellucid.scene.bench import Bench

PLACES, FEWER, COARSE, MOST_ROWS, MOST_PATH = 41, 25, 9, 128, 128
"""Along each side of the grid: where it stays as it is while the network learns, and elsewhere."""
MOST_CHOICES = 200
WORK = 30_000_000
"""Places of a grid times parameters, at most, as long as the picture can still be read."""
FAR = 4.0
"""A path that runs this many times out of the picture is cut off, and not followed."""


@dataclass
class _Kept:
    """What stays from one look to the next."""

    axes: tuple[int, int] | None = None
    layout: Layout | None = None
    path: dict[tuple[object, int], Array] = field(default_factory=dict)
    window: Array | None = None
    mark: tuple[Any, ...] = ()
    values: Array | None = None
    losses: tuple[Any, Any] | None = None


_KEPT: WeakKeyDictionary[Bench, _Kept] = WeakKeyDictionary()


def surface(bench: Bench) -> dict[str, Any]:
    """The loss on a grid, where the network is, which way is down, and the way until here.

    Shapes: ``values`` up x across; ``path`` steps x 2; ``dot`` and ``down`` 2.
    """
    task = bench.network._parts()[0]
    size = task.architecture.learned.size
    if isinstance(task.loss, NoTarget | Reconstruction):
        return {"none": "targets"}
    if size < 2:
        return {"none": "parameters"}
    kept = _KEPT.setdefault(bench, _Kept())
    layout = task.architecture.learned
    if kept.axes is None or kept.layout != layout:
        kept.axes, kept.layout, kept.window = _usual(layout), layout, None
    losses = _losses(bench, kept)
    vector, state = bench.network._vectors()
    params = np.asarray(vector, np.float64)
    axes = list(kept.axes)
    dot = params[axes]
    path, steps = _path(bench, kept, axes)
    at = _Slice(losses, params.astype(bench.executor.precision), state, axes)
    window = _window(kept, at, path, 4 if size == 2 else 1)
    others = np.delete(params, axes).tobytes(), state.tobytes()
    mark = (*kept.axes, id(bench.ready), window.tobytes(), *others)
    if kept.mark != mark or kept.values is None:
        kept.values, kept.mark = at.grid(window, _places(size)), mark
    return {
        "axes": [_name(layout, axis) for axis in axes],
        "choices": list(islice(_names(layout), MOST_CHOICES)),
        "across": window[0].tolist(), "up": window[1].tolist(), "values": kept.values,
        "dot": dot.tolist(), "loss": at(*dot), "down": at.down(dot, window),
        "path": path, "steps": steps, "step": bench.step, "alone": size == 2,
    }  # fmt: skip


def _places(size: int) -> int:
    """How fine the grid is: each of its places costs a pass through all the parameters."""
    if size == 2:
        return PLACES
    return int(np.clip((WORK / size) ** 0.5, COARSE, FEWER))


def choose_axes(bench: Bench, across: str, up: str) -> None:
    """Look along two other parameters, named as in ``dense_1.weight[0,1]``.

    Raises: ``UnknownNameError`` for a parameter that is not there; ``ParameterError`` for the same
        one twice.
    """
    layout = bench.network.architecture.learned
    axes = _axis(layout, across), _axis(layout, up)
    if across == up:
        raise ParameterError(f"A surface is over two parameters, got {across} twice. Choose two.")
    kept = _KEPT.setdefault(bench, _Kept())
    kept.axes, kept.layout, kept.window = axes, layout, None
    kept.path.clear()


def _names(layout: Layout) -> Iterator[str]:
    """All parameters, one number each, in the order of the flat vector."""
    for parameter in layout.parameters:
        for place in np.ndindex(*parameter.shape):
            yield _named(parameter.name, place)


def _named(parameter: str, place: Iterable[Any]) -> str:
    return f"{parameter}[{','.join(map(str, place))}]"


def _name(layout: Layout, axis: int) -> str:
    """What a place of the flat vector is called."""
    for parameter in layout.parameters:
        if axis < parameter.size:
            return _named(parameter.name, np.unravel_index(axis, parameter.shape))
        axis -= parameter.size
    raise IndexError(axis)


def _axis(layout: Layout, name: str) -> int:
    """The place in the flat vector of what is called so."""
    at = 0
    for parameter in layout.parameters:
        if name.startswith(f"{parameter.name}["):
            found = name[len(parameter.name) + 1 : -1].split(",")
            place = [int(part) for part in found if part.isascii() and part.isdecimal()]
            inside = len(place) == len(parameter.shape) and all(map(lt, place, parameter.shape))
            if inside and _named(parameter.name, place) == name:
                return at + int(np.ravel_multi_index(place, parameter.shape))
        at += parameter.size
    raise unknown_name("parameter", name, list(islice(_names(layout), MOST_CHOICES)))


def _usual(layout: Layout) -> tuple[int, int]:
    """The first weight, and the bias of its unit where it has one input, else its next weight."""
    first = layout.parameters[0]
    bias = f"{first.name.removesuffix('weight')}bias"
    one_input = len(first.shape) > 1 and first.size == first.shape[-1]
    return 0, _axis(layout, f"{bias}[0]") if one_input and bias in layout.names else 1


def _losses(bench: Bench, kept: _Kept) -> Any:
    """The mean loss of at most ``MOST_ROWS`` rows, of the flat parameters and layers' states."""
    ready = bench.ready
    if kept.losses is None or kept.losses[0] is not ready:
        program = bench.executor.compile(loss_graph(ready.network._parts()[0]), [LOSS])
        every = max(1, -(-len(ready.samples) // MOST_ROWS))
        rows = {name: ready.samples.rows[name][::every] for name in ("x", "y")}

        def loss(params: Array, state: Array) -> float:
            return float(program.run({**rows, "params": params, "state": state})[LOSS])

        kept.losses, kept.path = (ready, loss), {}
    return kept.losses[1]


@dataclass(frozen=True)
class _Slice:
    """The loss as a function of two parameters.

    Attributes:
        params: of the network, in an array of its own: the two are changed in it.
        state: of its layers, such as the means of a ``BatchNorm``.
    """

    losses: Any
    params: Array
    state: Array
    axes: list[int]

    def __call__(self, a: float, b: float) -> float:
        self.params[self.axes] = a, b
        return float(self.losses(self.params, self.state))

    def grid(self, window: Array, places: int) -> Array:
        """The losses over a window: up x across."""
        across, up = (np.linspace(low, high, places) for low, high in window.tolist())
        return np.array([[self(a, b) for a in across] for b in up])

    def down(self, dot: Array, window: Array) -> list[float]:
        """Against the gradient: how the loss falls a unit along each, by central differences."""
        reach = (window[:, 1] - window[:, 0]) / 400
        found = []
        for k in (0, 1):
            move = np.where(np.arange(2) == k, reach, 0.0)
            found.append(float((self(*(dot - move)) - self(*(dot + move))) / (2 * reach[k])))
        return found


def _path(bench: Bench, kept: _Kept, axes: list[int]) -> tuple[Array, Array]:
    """Where the two parameters were at steps that lie evenly, the first and the cursor's too."""
    span = max(1, bench.last - bench.first)
    stride = 2 ** max(0, int(np.ceil(np.log2(span / MOST_PATH))))
    wanted = sorted({bench.first, *range(bench.first, bench.step + 1, stride)})
    keys = [(bench.branch_at(step), step) for step in wanted]
    for key in keys:
        if key not in kept.path:
            kept.path[key] = np.asarray(bench.params_at(key[1]), np.float64)[axes]
    places = [kept.path[key] for key in keys]
    branches, many = {branch for branch, _ in keys}, len(kept.path) > 8 * MOST_PATH
    kept.path = {
        key: place for key, place in kept.path.items()
        if (key in keys if many else key[0] in branches)
    }  # fmt: skip
    now = np.asarray(bench.network._vectors()[0], np.float64)[axes]
    return np.array([*places, now]), np.array([*wanted, bench.step])


def _window(kept: _Kept, at: _Slice, path: Array, tries: int) -> Array:
    """What is shown: the path and the lowest place near its start; as before if that will do."""
    if kept.window is not None:
        spans = kept.window[:, 1] - kept.window[:, 0]
        near = np.abs(path - kept.window.mean(axis=1)) <= FAR * spans
        seen = path[near.all(axis=1)]
        inside = (seen >= kept.window[:, 0]) & (seen <= kept.window[:, 1])
        if inside.all():
            return kept.window
    core = np.stack([path[0], _lowest(at, path[0], tries)])
    centre, spans = core.mean(axis=0), np.maximum(np.ptp(core, axis=0), 1.0)
    near = (np.abs(path - centre) <= FAR * spans).all(axis=1)
    points = np.concatenate([core, path[near]])
    low, high = points.min(axis=0), points.max(axis=0)
    spans = np.maximum(high - low, 1.0)
    unit = 10.0 ** np.floor(np.log10(spans)) / 2
    low = np.floor((low - 0.2 * spans) / unit) * unit
    high = np.ceil((high + 0.2 * spans) / unit) * unit
    kept.window = np.stack([low, high], axis=1)
    return kept.window


def _lowest(at: _Slice, start: Array, tries: int) -> Array:
    """The lowest place of coarse grids, the first about the start, the next about an edge."""
    reach, found = 2.0, np.array(start)
    for _ in range(tries):
        window = np.stack([found - reach, found + reach], axis=1)
        values = at.grid(window, COARSE)
        values[~np.isfinite(values)] = np.inf
        row, column = np.unravel_index(int(values.argmin()), values.shape)
        ends = [np.linspace(low, high, COARSE) for low, high in window.tolist()]
        found = np.array([ends[0][column], ends[1][row]])
        if 0 < row < COARSE - 1 and 0 < column < COARSE - 1:
            break
    return found
