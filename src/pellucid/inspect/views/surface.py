"""The loss over a plane in the space of the parameters, and the way of a run on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.draw import Draw
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError, unknown_name
from pellucid.figures.surface import loss_slices, loss_surface
from pellucid.graph.primitive import Array
from pellucid.inspect.views.losses import BY, LOSS, encoded_rows, loss_graph
from pellucid.models.network import Network
from pellucid.nn.layout import Layout
from pellucid.run.choose import executor
from pellucid.run.reference import ReferenceExecutor

DIRECTIONS = ("gradient", "path")
MOST = 512


def loss_surface_figure(
    net: Network, x: Any, y: Any = None, *, path: Any = None, directions: str = "gradient",
    reach: float = 1.0, places: int = 25, seed: int = 0, slices: bool = False,
    template: str = "light",
) -> Any:  # fmt: skip
    """Draw the loss on rows around the network's parameters, nothing dropped, no penalty.

    Along the first direction the parameters move against the gradient, along the second in a random
    direction, as large in each filter as the filter is. With ``directions="path"`` the two are
    those in which the path spreads most: a run's way hardly ever lies in a plane that was drawn.

    Parameters:
        x, y: rows, at most 512 of which are used, evenly taken, and their targets.
        path: where a run was: networks (such as ``run.at(step)``), or a flat vector of parameters a
            row. Its places on the plane are those nearest to it.
        directions: "gradient" or "path".
        reach: how far to go; 1 is about the size of the parameters themselves. It grows to show all
            of the path.
        places: along each direction.
        seed: of the random direction.
        slices: lines along the two directions in place of the plane.
        template: "light" or "dark".

    Returns: a ``plotly.graph_objects.Figure``.
    Raises: ``ParameterError``, ``UnknownNameError``, ``DataError``.
    Source: H. Li et al., Visualizing the Loss Landscape of Neural Nets, 2018, arXiv:1712.09913,
        section 4 (filter normalisation) and 7 (directions of the path).
    """
    if directions not in DIRECTIONS:
        raise unknown_name("kind of directions", directions, DIRECTIONS)
    if not reach > 0 or places < 3:
        raise ParameterError(f"reach is above 0 and places at least 3, got {reach:g} and {places}.")
    step = max(1, -(-len(x) // MOST))
    losses = _Losses(net, encoded_rows(net, x[::step], None if y is None else y[::step]))
    points = None if path is None else _points(net, path)
    plane = _along_path(losses, points) if directions == "path" else _along_gradient(losses, seed)
    if slices:
        return _sliced(losses, plane, reach, places, template)
    ways = None if points is None else plane.places(points - losses.params)
    low, high = _reaches(ways, reach)
    across, up = (np.linspace(low[k], high[k], places).tolist() for k in (0, 1))
    values = [[losses(plane.at(a, b)) for a in across] for b in up]
    title = "The loss around these parameters"
    if points is not None:
        share = plane.share(points - losses.params)
        title += f"<br><sup>the plane holds {share:.0%} of the way's squared length</sup>"
    return loss_surface(across, up, values, ways, plane.names, title, template)


@dataclass(frozen=True)
class _Plane:
    """Two directions at right angles, each as long as one step along it."""

    first: Array
    second: Array
    names: tuple[str, str]

    def at(self, a: float, b: float) -> Array:
        """How far the parameters are moved at a place."""
        return np.asarray(a * self.first + b * self.second)

    def places(self, moves: Array) -> Array:
        """The nearest places of moves."""
        own = [moves @ d / (d @ d) if (d @ d) > 0 else moves @ d for d in (self.first, self.second)]
        return np.stack(own, axis=1)

    def share(self, moves: Array) -> float:
        """How much of the moves lies in the plane, of their squares."""
        inside = self.places(moves)
        length = np.array([self.first @ self.first, self.second @ self.second])
        whole = float((moves**2).sum())
        return float((inside**2 * length).sum()) / whole if whole > 0 else 1.0


class _Losses:
    """The loss of a network on rows, as a function of how its parameters are moved."""

    def __init__(self, net: Network, inputs: dict[str, Array]) -> None:
        self.task = net._parts()[0]
        self.params, self.state = (np.asarray(v, np.float64) for v in net._vectors())
        chosen = executor("auto")
        self.dtype = np.dtype(chosen.precision)
        self.given = inputs
        self.fast = {
            k: v.astype(self.dtype) if v.dtype.kind == "f" else v for k, v in inputs.items()
        }
        self.program = chosen.compile(loss_graph(self.task), [LOSS])

    def __call__(self, move: Array) -> float:
        moved = (self.params + move).astype(self.dtype)
        found = self.program.run(
            {**self.fast, "params": moved, "state": self.state.astype(self.dtype)}
        )
        return float(found[LOSS])

    def gradient(self) -> Array:
        """Of the loss at the parameters as they are."""
        program = ReferenceExecutor().compile(loss_graph(self.task, params=True))
        found = program.run({**self.given, "params": self.params, "state": self.state})
        names = self.task.architecture.learned.names
        return np.concatenate([found[f"{BY}{name}"].reshape(-1) for name in names])


def _along_gradient(losses: _Losses, seed: int) -> _Plane:
    random = filter_normalised(losses.task.architecture.learned, losses.params, seed)
    length, gradient = float(np.linalg.norm(random)), losses.gradient()
    size = float(np.linalg.norm(gradient))
    first = -gradient * (length / size) if size > 0 else np.zeros_like(gradient)
    if size > 0:
        random = random - first * (random @ first) / (first @ first)
        random *= length / max(float(np.linalg.norm(random)), 1e-300)
    return _Plane(first, random, ("against the gradient", "a random direction"))


def filter_normalised(layout: Layout, params: Array, seed: int) -> Array:
    """A random direction that is as large in each filter as the filter itself.

    Formula: d_f = r_f |w_f| / |r_f| with r normally distributed; f runs over the filters of a
        convolution, the units of a dense layer, and each other array as a whole.
    """
    own, parts = layout.views(params), []
    for parameter in layout.parameters:
        weights = own[parameter.name]
        random = (
            Draw(seed, f"direction {parameter.name}").normal(parameter.size).reshape(weights.shape)
        )
        if weights.ndim >= 2:
            axes = (0,) if weights.ndim == 2 else tuple(range(1, weights.ndim))
            sizes = [np.sqrt((a**2).sum(axis=axes, keepdims=True)) for a in (weights, random)]
        else:
            sizes = [np.sqrt((a**2).sum()) for a in (weights, random)]
        parts.append((random * sizes[0] / np.maximum(sizes[1], 1e-300)).reshape(-1))
    return np.concatenate([np.zeros(0), *parts])


def _along_path(losses: _Losses, points: Array | None) -> _Plane:
    if points is None or len(points) < 3:
        raise ParameterError(
            "directions='path' needs a path of at least three places. Give path=, or use the "
            "gradient's."
        )
    moves = points - losses.params
    _, sizes, rows = np.linalg.svd(moves, full_matrices=False)
    length = max(float(np.abs(moves @ rows[0]).max()), 1e-12)
    shares = sizes**2 / max(float((sizes**2).sum()), 1e-300)
    names = tuple(f"direction {k + 1} of the way ({shares[k]:.0%})" for k in (0, 1))
    return _Plane(rows[0] * length, rows[1] * length, names)  # type: ignore[arg-type]


def _points(net: Network, path: Any) -> Array:
    """The flat parameters of each place of a path."""
    size = net.architecture.learned.size
    rows = [
        np.asarray(each._vectors()[0] if isinstance(each, Network) else each, np.float64)
        for each in path
    ]
    wrong = next((row for row in rows if row.shape != (size,)), None)
    if not rows or wrong is not None:
        got = "none" if wrong is None else f"one of shape {list(wrong.shape)}"
        raise DataError(
            f"A path is networks, or flat vectors of {size:,} parameters, got {got}. "
            "Give networks of these layers."
        )
    return np.stack(rows)


def _reaches(ways: Array | None, reach: float) -> tuple[list[float], list[float]]:
    low, high = [-reach, -reach], [reach, reach]
    if ways is not None:
        for k in (0, 1):
            margin = 0.1 * (float(ways[:, k].max()) - float(ways[:, k].min()))
            low[k] = min(low[k], float(ways[:, k].min()) - margin)
            high[k] = max(high[k], float(ways[:, k].max()) + margin)
    return low, high


def _sliced(losses: _Losses, plane: _Plane, reach: float, places: int, template: str) -> Any:
    at: Sequence[float] = np.linspace(-reach, reach, 2 * places + 1).tolist()
    rows = {
        name: [(a, losses(direction * a)) for a in at]
        for name, direction in zip(plane.names, (plane.first, plane.second), strict=True)
    }
    return loss_slices(rows, "The loss along two lines", template)
